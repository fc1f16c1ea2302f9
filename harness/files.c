/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

tsp_status tsp_folder_make(const char *path, tsp_error *err)
{
  char part[512];
  size_t n = strlen(path);
  if (n == 0 || n >= sizeof part)
    return tsp_fail(err, TSP_ERANGE, "the folder name '%s' is empty or too long", path);
  for (size_t i = 1; i <= n; i++) {
    if (path[i] != '/' && path[i] != '\0')
      continue;
    memcpy(part, path, i);
    part[i] = '\0';
    if (mkdir(part, 0777) != 0 && errno != EEXIST)
      return tsp_fail(err, TSP_EIO, "%s: %s", part, strerror(errno));
  }
  return TSP_OK;
}

typedef tsp_status (*fill_fn)(const void *what, FILE *to);

static tsp_status write_file(const char *folder, const char *name, fill_fn fill, const void *what, tsp_error *err)
{
  char path[600], temporary[640];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  snprintf(temporary, sizeof temporary, "%s.%ld", path, (long)getpid());
  FILE *f = fopen(temporary, "w");
  if (!f)
    return tsp_fail(err, TSP_EIO, "%s: %s", temporary, strerror(errno));
  tsp_status s = fill(what, f);
  bool bad = ferror(f) != 0;
  bad = fclose(f) != 0 || bad;
  if (s == TSP_OK && !bad && rename(temporary, path) == 0)
    return TSP_OK;
  int why = errno;
  unlink(temporary);
  return s != TSP_OK ? tsp_fail(err, s, "%s: %s", path, tsp_status_text(s))
                     : tsp_fail(err, TSP_EIO, "%s: %s", path, strerror(why));
}

static tsp_status fill_text(const void *what, FILE *to)
{
  return fprintf(to, "%s\n", (const char *)what) < 0 ? TSP_EIO : TSP_OK;
}

static tsp_status fill_listing(const void *what, FILE *to)
{
  return tsp_asm_write(what, to);
}

tsp_status tsp_file_write(const char *folder, const char *name, const char *text, tsp_error *err)
{
  return write_file(folder, name, fill_text, text, err);
}

tsp_status tsp_program_write(const char *folder, const tsp_image *image, tsp_error *err)
{
  char path[600];
  snprintf(path, sizeof path, "%s/program.tsp", folder);
  tsp_status s = tsp_image_write(image, path, err);
  return s == TSP_OK ? write_file(folder, "program.s", fill_listing, image, err) : s;
}
