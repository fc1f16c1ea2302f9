// SPDX-License-Identifier: Apache-2.0
// cases.c: the list of cases.
#include "cases.h"

#define TSP_KERNEL(name, summary) extern const tsp_case kernel_##name;
#include "kernels.inc"
#undef TSP_KERNEL

const tsp_case *const tsp_cases[] = {
    &case_mxm_gemm,   &case_mxm_gemm_k,    &case_mxm_gemm_fetch, &case_mxm_gemm_sweep,
    &case_vxm_int,    &case_vxm_fp32,      &case_vxm_special,    &case_sxm_all,
    &case_mem_gather, &case_c2c_loopback,  &case_mxm_gemm_f16,   &case_icu_ifetch,
    &case_ecc,        &case_random_graphs, &case_llama_decode,   &case_llama_odd,
#define TSP_KERNEL(name, summary) &kernel_##name,
#include "kernels.inc"
};
const int tsp_case_count = (int)(sizeof tsp_cases / sizeof tsp_cases[0]);
