/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_check.h - the oracle as the harness calls it; ctx is a gemm_data. */
#ifndef TSP_CASE_GEMM_CHECK_H
#define TSP_CASE_GEMM_CHECK_H
#include "tsp_case.h"

tsp_status gemm_check(void *ctx, const tsp_image *image, tsp_engine *e, tsp_oracle *out);
void gemm_check_free(void *ctx);
#endif
