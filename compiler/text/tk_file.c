// SPDX-License-Identifier: Apache-2.0
// tk_file.c: contents of files, raw or .npy (the array format of NumPy, versions 1 to 3).
#include "number.h"
#include "tk.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NPY_HEADER = 1 << 16 };

/* A file looked for beside the kernel text, then among the files of models. */
static FILE *open_file(const tk_parser *t, const char *path)
{
  const char *models = getenv("TSP_MODEL_DIR");
  const char *dir[] = {t->dir, models && *models ? models : "../shared/data"};
  if (path[0] == '/')
    return fopen(path, "rb");
  char full[4096];
  for (int i = 0; i < 2; i++) {
    const char *between = dir[i][0] ? "/" : "";
    FILE *f =
        snprintf(full, sizeof full, "%s%s%s", dir[i], between, path) < (int)sizeof full ? fopen(full, "rb") : NULL;
    if (f)
      return f;
  }
  return NULL;
}

/* The text behind 'key': in the header. */
static const char *npy_field(const char *header, const char *key)
{
  char quoted[32];
  snprintf(quoted, sizeof quoted, "'%s':", key);
  const char *p = strstr(header, quoted);
  if (!p)
    return NULL;
  p += strlen(quoted);
  while (*p == ' ')
    p++;
  return p;
}

static int npy_type(const char *descr)
{
  static const char *const known[TSP_TYPES] = {
      [TSP_I8] = "'|i1'", [TSP_I16] = "'<i2'", [TSP_I32] = "'<i4'", [TSP_F16] = "'<f2'", [TSP_F32] = "'<f4'"};
  for (int i = 0; i < TSP_TYPES; i++)
    if (strncmp(descr, known[i], strlen(known[i])) == 0)
      return i;
  return -1;
}

/* "(64, 16)" is this shape. */
static bool npy_shape(const char *p, int rank, const uint32_t *shape)
{
  if (*p++ != '(')
    return false;
  for (int i = 0; i < rank; i++) {
    char *end;
    while (*p == ' ')
      p++;
    if (!isdigit((unsigned char)*p) || strtoull(p, &end, 10) != shape[i])
      return false;
    p = *end == ',' ? end + 1 : end;
  }
  while (*p == ' ')
    p++;
  return *p == ')';
}

static bool check_npy(tk_parser *t, const tk_token *at, const char *path, const char *header, int *from, int rank,
                      const uint32_t *shape)
{
  const char *descr = npy_field(header, "descr"), *order = npy_field(header, "fortran_order"),
             *size = npy_field(header, "shape");
  tspg_text text;
  if (!descr || !order || !size) {
    tk_fail(t, at, "%s: its header lacks descr, fortran_order or shape", path);
    return false;
  }
  int type = npy_type(descr);
  if (type < 0 || (*from >= 0 && *from != type))
    tk_fail(t, at, "%s has elements of type %.8s; '|i1', '<i2', '<i4', '<f2' and '<f4' would fit, and %s", path, descr,
            *from >= 0 ? tsp_type_name(*from) : "the tensor's type without from = ..");
  else if (strncmp(order, "False", 5) != 0)
    tk_fail(t, at, "%s is stored column by column (fortran_order); row by row would fit", path);
  else if (!npy_shape(size, rank, shape))
    tk_fail(t, at, "%s has shape %.*s; the tensor's is %s", path, (int)strcspn(size, ")") + 1, size,
            tspg_shape_text(rank, shape, &text));
  *from = type;
  return tk_ok(t);
}

/* Reads past the header of a .npy file. */
static bool read_npy(tk_parser *t, const tk_token *at, const char *path, FILE *f, int *from, int rank,
                     const uint32_t *shape)
{
  uint8_t head[12] = {0};
  size_t fixed = fread(head, 1, 10, f) == 10 && head[6] >= 2 ? 2 : 0;
  size_t got = fread(head + 10, 1, fixed, f);
  uint32_t length = head[8] | (uint32_t)head[9] << 8 | (uint32_t)head[10] << 16 | (uint32_t)head[11] << 24;
  char *header = length <= NPY_HEADER ? calloc(1, length + 1) : NULL;
  bool ok = false;
  if (memcmp(head, "\x93NUMPY", 6) != 0 || head[6] < 1 || head[6] > 3)
    tk_fail(t, at, "%s is no .npy file of version 1 to 3", path);
  else if (!header || got != fixed || fread(header, 1, length, f) != length)
    tk_fail(t, at, "%s: its header of %" PRIu32 " bytes is cut off or too long", path, length);
  else
    ok = check_npy(t, at, path, header, from, rank, shape);
  free(header);
  return ok;
}

static bool read_elements(tk_parser *t, const tk_token *at, const char *path, FILE *f, int from, int type,
                          uint64_t count, uint8_t *to)
{
  uint8_t element[8];
  size_t size = (size_t)tsp_type_size(from);
  for (uint64_t i = 0; i < count; i++, to += tsp_type_size(type)) {
    if (fread(element, 1, size, f) != size) {
      tk_fail(t, at, "%s ends after %" PRIu64 " of %" PRIu64 " elements of %s", path, i, count, tsp_type_name(from));
      return false;
    }
    if (from == type)
      memcpy(to, element, size);
    else
      tsp_number_store(type, tsp_number_load(from, element), to);
  }
  return true;
}

bool tk_file_exists(const tk_parser *t, const char *path)
{
  FILE *f = open_file(t, path);
  if (f)
    fclose(f);
  return f != NULL;
}

bool tk_file(tk_parser *t, const tk_token *at, const char *path, int from, uint64_t offset, int type, int rank,
             const uint32_t *shape, uint8_t *to)
{
  size_t n = strlen(path);
  bool npy = n > 4 && strcmp(path + n - 4, ".npy") == 0, given = from >= 0;
  uint64_t count = 1;
  for (int i = 0; i < rank; i++)
    count *= shape[i];
  FILE *f = open_file(t, path);
  if (!f) {
    tk_fail(t, at,
            "%s cannot be read, neither beside the kernel text nor in $TSP_MODEL_DIR or, without it, ../shared/data",
            path);
    return false;
  }
  bool ok = true;
  if (npy)
    ok = read_npy(t, at, path, f, &from, rank, shape);
  else if (fseek(f, (long)offset, SEEK_SET) != 0)
    ok = tk_fail(t, at, "%s has no offset %" PRIu64, path, offset) == 0;
  if (ok && npy && !given && from != type)
    ok = tk_fail(t, at, "%s holds %s, the tensor %s; from = %s converts, with rounding", path, tsp_type_name(from),
                 tsp_type_name(type), tsp_type_name(from)) == 0;
  if (ok)
    ok = read_elements(t, at, path, f, from >= 0 ? from : type, type, count, to);
  if (ok && (npy || offset == 0) && fgetc(f) != EOF)
    ok = tk_fail(t, at, "%s holds more than the tensor's %" PRIu64 " elements", path, count) == 0;
  fclose(f);
  return ok;
}
