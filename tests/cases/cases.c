// SPDX-License-Identifier: Apache-2.0
// cases.c: the list of cases.
#include "cases.h"

const tsp_case *const tsp_cases[] = {&case_mxm_gemm, &case_mxm_gemm_k, &case_mxm_gemm_sweep};
const int tsp_case_count = (int)(sizeof tsp_cases / sizeof tsp_cases[0]);
