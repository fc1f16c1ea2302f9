/* SPDX-License-Identifier: Apache-2.0 */
/* example.c - the RTL from a plain C program: run an image on the Verilated chip and print one of its tensors.
 *   make build/mini/example && build/mini/example build/mini/mxm_gemm/program.tsp y */
#include <stdio.h>
#include <stdlib.h>

#include "tsp_csim.h"

static tsp_status read_word(void *engine, int slice, uint32_t addr, uint8_t *vector)
{
  return tsp_engine_mem_read(engine, slice, addr, vector);
}

static int print(tsp_engine *e, const tsp_image *image, const char *name)
{
  const tsp_tensor *t = tsp_image_tensor(image, name);
  uint64_t size = t ? tsp_tensor_elements(t) * (uint64_t)tsp_type_size(t->type) : 0;
  uint8_t *data = calloc(1, size ? size : 1);

  if (!t || !data || tsp_tensor_gather(tsp_engine_config(e), t, data, read_word, e)) {
    fprintf(stderr, "no tensor '%s' to read\n", name);
    free(data);
    return 1;
  }
  for (uint64_t i = 0; i < size; i++)
    printf("%02x%c", data[i], i % 32 == 31 ? '\n' : ' ');
  printf("\n%s: %llu cycles\n", image->kernel, (unsigned long long)tsp_engine_csr(e).cycles);
  free(data);
  return 0;
}

int main(int argc, char **argv)
{
  tsp_image *image = NULL;
  tsp_engine *e = NULL;
  tsp_error err = {""};
  int status = 1;

  if (argc != 3) {
    fprintf(stderr, "usage: %s IMAGE.tsp TENSOR\n", argv[0]);
    return 2;
  }
  if (tsp_image_read(argv[1], &image, &err))
    fprintf(stderr, "%s\n", err.text);
  else if (tsp_csim_open(tsp_config_find(image->config), 1, &e))
    fprintf(stderr, "this program was linked with another configuration than %s\n", image->config);
  else if (tsp_engine_load(e, image, &err) || tsp_engine_start(e) || tsp_engine_step(e, UINT64_MAX, NULL))
    fprintf(stderr, "%s: %s\n", argv[1], err.text[0] ? err.text : tsp_fault_text(tsp_engine_csr(e).fault_code));
  else
    status = print(e, image, argv[2]);
  tsp_engine_close(e);
  tsp_image_free(image);
  return status;
}
