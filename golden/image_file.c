/* SPDX-License-Identifier: Apache-2.0 */
/* image_file.c - error places, growing arrays and whole-or-nothing file replacement. */
#include "image_internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

tsp_status tsp_fail_at(tsp_error *err, tsp_status s, const tsp_error *cause, const char *format, ...)
{
  char place[256];
  va_list args;

  va_start(args, format);
  vsnprintf(place, sizeof place, format, args);
  va_end(args);
  return tsp_fail(err, s, "%s: %s", place, cause->text);
}

void *tsp_grow(void *array, size_t count, size_t *capacity, size_t size)
{
  size_t wanted = *capacity ? 2 * *capacity : 16;
  void *larger;

  if (count < *capacity)
    return array;
  larger = reallocarray(array, wanted, size);
  if (larger)
    *capacity = wanted;
  return larger;
}

/* A new file beside path with the usual permissions; its name goes to *name (to be freed). NULL: see errno. */
static FILE *open_beside(const char *path, char **name)
{
  FILE *f = NULL;
  int fd = -1;

  *name = NULL;
  for (int i = 0; i < 1000 && fd < 0; i++) {
    free(*name);
    if (asprintf(name, "%s.%ld.%d.tmp", path, (long)getpid(), i) < 0) {
      *name = NULL;
      return NULL;
    }
    fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno != EEXIST)
      return NULL;
  }
  if (fd >= 0)
    f = fdopen(fd, "wb");
  if (!f && fd >= 0) {
    close(fd);
    unlink(*name);
  }
  return f;
}

tsp_status tsp_file_replace(const char *path, tsp_emit_fn emit, const void *ctx, tsp_error *err)
{
  struct stat info;
  char *name;
  FILE *f;
  tsp_status s;

  if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
    return tsp_fail(err, TSP_EIO, "%s: not a regular file", path);
  errno = 0;
  f = open_beside(path, &name);
  if (!f) {
    s = tsp_fail(err, TSP_EIO, "%s: %s", path, strerror(errno));
    free(name);
    return s;
  }
  s = emit(f, ctx);
  if ((fclose(f) != 0 && s == TSP_OK) || (s == TSP_OK && rename(name, path) != 0))
    s = TSP_EIO;
  if (s != TSP_OK) {
    tsp_fail(err, s, "%s: %s", path, s == TSP_EIO && errno ? strerror(errno) : tsp_status_text(s));
    unlink(name);
  }
  free(name);
  return s;
}
