/* SPDX-License-Identifier: Apache-2.0 */
/* cases.h - the cases by name, for cases.c. */
#ifndef TSP_CASES_H
#define TSP_CASES_H
#include "tsp_case.h"

extern const tsp_case case_mxm_gemm, case_mxm_gemm_k, case_mxm_gemm_sweep;
#endif
