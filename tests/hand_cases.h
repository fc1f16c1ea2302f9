/* SPDX-License-Identifier: Apache-2.0 */
/* hand_cases.h - the cases that no kernel text stands behind: matrix products and programs placed by hand. */
#ifndef TSP_TESTS_HAND_CASES_H
#define TSP_TESTS_HAND_CASES_H
#include "tsp_case.h"
#include <string.h>

static inline bool is_hand_case(const char *name)
{
  static const char *const hand[] = {
      "mxm_gemm",    "mxm_gemm_k", "mxm_gemm_fetch", "mxm_gemm_sweep", "mxm_gemm_f16", "vxm_int", "vxm_fp32",
      "vxm_special", "sxm_all",    "mem_gather",     "icu_ifetch",     "c2c_loopback", "ecc"};
  for (size_t i = 0; i < sizeof hand / sizeof *hand; i++)
    if (strcmp(name, hand[i]) == 0)
      return true;
  return false;
}

#endif
