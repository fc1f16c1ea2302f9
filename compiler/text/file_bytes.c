/* SPDX-License-Identifier: Apache-2.0 */
#include "file_bytes.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static tsp_status read_all(FILE *f, const char *path, uint8_t **bytes, size_t *size, tsp_error *err)
{
  struct stat info;
  if (fstat(fileno(f), &info) != 0)
    return tsp_fail(err, TSP_EIO, "%s: %s", path, strerror(errno));
  if (!S_ISREG(info.st_mode))
    return tsp_fail(err, TSP_EIO, "%s: not a regular file", path);
  *size = (size_t)info.st_size;
  *bytes = malloc(*size + 1);
  if (!*bytes)
    return tsp_fail(err, TSP_ENOMEM, "%s: out of memory for %zu bytes", path, *size);
  (*bytes)[*size] = 0;
  if (fread(*bytes, 1, *size, f) == *size)
    return TSP_OK;
  free(*bytes);
  *bytes = NULL;
  return tsp_fail(err, TSP_EIO, "%s: %s", path, ferror(f) ? strerror(errno) : "it became shorter while it was read");
}

tsp_status tspc_file_bytes(const char *path, uint8_t **bytes, size_t *size, tsp_error *err)
{
  *bytes = NULL;
  FILE *f = fopen(path, "rb");
  if (!f)
    return tsp_fail(err, TSP_EIO, "%s: %s", path, strerror(errno));
  tsp_status s = read_all(f, path, bytes, size, err);
  fclose(f);
  return s;
}
