// SPDX-License-Identifier: Apache-2.0
#include "model.h"
#include "file_bytes.h"
#include <stdlib.h>

typedef struct {
  char text[4096];
} file_path;

static const char *path_of(const char *file, file_path *p)
{
  const char *dir = getenv("TSP_MODEL_DIR");
  snprintf(p->text, sizeof p->text, "%s/%s", dir && *dir ? dir : "../shared/data", file);
  return p->text;
}

tsp_status model_read(tsp_llama **out, tsp_error *err)
{
  file_path p = {""};
  return tsp_llama_read(path_of("stories260K.bin", &p), out, err);
}

tsp_status model_tokenizer(uint32_t vocab, tsp_tokenizer **out, tsp_error *err)
{
  file_path p = {""};
  return tsp_tokenizer_read(path_of("tok512.bin", &p), vocab, out, err);
}

tsp_status model_text(char **out, tsp_error *err)
{
  file_path p = {""};
  uint8_t *bytes;
  size_t size;
  tsp_status s = tspc_file_bytes(path_of("stories260K.greedy.txt", &p), &bytes, &size, err);
  *out = (char *)bytes;
  return s;
}
