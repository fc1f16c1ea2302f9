// SPDX-License-Identifier: Apache-2.0
// kernels.c: a case for every kernel text in tests/kernels/, listed by the Makefile in kernels.inc. On a machine
// without floating point it runs the integer kernel; on a small one its parameter T is smaller. Both are said in the
// report.
#include "cases.h"
#include "kernel.h"
#include <stdio.h>
#include <string.h>

enum { SMALL = 1 << 20 }; /* bytes of memory that each kernel should do with, and no more than that */

static bool is_small(const tsp_config *cfg)
{
  return 2.0 * cfg->mem_slices * cfg->mem_words * cfg->vector < SMALL;
}

static tsp_status make(const tsp_config *cfg, const char *path, uint64_t seed, tsp_run *out, tsp_error *err)
{
  char note[200];
  tsp_status s = tsp_kernel_make(cfg, path, NULL, seed, out, err);
  for (int t = 64; s == TSP_ERANGE && cfg->fp && is_small(cfg) && t >= 4; t /= 2) {
    char set[16];
    snprintf(set, sizeof set, "T=%d", t);
    snprintf(note, sizeof note, "%s: more does not fit", set);
    s = tsp_kernel_make(cfg, path, (const char *const[]){set, NULL}, seed, out, err);
    if (s == TSP_OK)
      kernel_note(out, note);
  }
  if (s == TSP_ERANGE && !cfg->fp) {
    snprintf(note, sizeof note, "%s has no floating point: integers.tk instead", cfg->name);
    s = tsp_kernel_make(cfg, "tests/kernels/integers.tk", NULL, seed, out, err);
    if (s == TSP_OK)
      kernel_note(out, note);
  }
  return s;
}

#define TSP_KERNEL(name, summary)                                                                                      \
  static tsp_status make_##name(const tsp_config *cfg, uint64_t seed, int i, tsp_run *out, tsp_error *err)             \
  {                                                                                                                    \
    (void)i;                                                                                                           \
    return make(cfg, "tests/kernels/" #name ".tk", seed, out, err);                                                    \
  }                                                                                                                    \
  const tsp_case kernel_##name = {#name, summary, 1, make_##name};
#include "kernels.inc"
