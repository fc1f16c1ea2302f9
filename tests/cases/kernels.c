// SPDX-License-Identifier: Apache-2.0
// kernels.c: a case for every kernel text in tests/kernels/, listed by the Makefile in kernels.inc.
#include "cases.h"

#define TSP_KERNEL(name, summary)                                                                                      \
  static tsp_status make_##name(const tsp_config *cfg, uint64_t seed, int i, tsp_run *out, tsp_error *err)             \
  {                                                                                                                    \
    (void)i;                                                                                                           \
    return tsp_kernel_make(cfg, "tests/kernels/" #name ".tk", NULL, seed, out, err);                                   \
  }                                                                                                                    \
  const tsp_case kernel_##name = {#name, summary, 1, make_##name};
#include "kernels.inc"
