/* SPDX-License-Identifier: Apache-2.0 */
/* cases.h - the cases by name, for cases.c, and what several share. */
#ifndef TSP_CASES_H
#define TSP_CASES_H
#include "rng.h"
#include "tsp_case.h"

extern const tsp_case case_mxm_gemm, case_mxm_gemm_k, case_mxm_gemm_fetch, case_mxm_gemm_sweep, case_mxm_gemm_f16,
    case_vxm_int, case_ecc, case_vxm_fp32, case_vxm_special, case_sxm_all, case_mem_gather, case_icu_ifetch,
    case_c2c_loopback, case_random_graphs, case_llama_decode, case_llama_odd;

/* Operands of the VXM cases; and what those of floating point run where there is none. */
uint32_t vxm_integer(tsp_rng *rng, uint64_t i);
uint32_t vxm_float(tsp_rng *rng, uint64_t i);
tsp_status vxm_integer_instead(const tsp_config *cfg, const char *name, uint64_t seed, int i, tsp_run *out,
                               tsp_error *err);
#endif
