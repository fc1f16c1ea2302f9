// SPDX-License-Identifier: Apache-2.0
// kernel.c: checks a product's description and lowers its epilogue to VXM operations.
#include "pass.h"
#include <string.h>

static void add(tspc_kernel *k, int opcode, bool has_imm, uint32_t imm)
{
  k->op[k->ops++] = (tspc_op){opcode, has_imm, imm};
}

static uint32_t float_bits(float f)
{
  uint32_t bits;
  memcpy(&bits, &f, sizeof bits);
  return bits;
}

static void lower(tspc_kernel *k)
{
  if (k->gemm->requant) {
    add(k, TSP_OP_CVT_I32_F32, false, 0);
    add(k, TSP_OP_MUL_F32, true, float_bits(k->gemm->scale));
    if (k->gemm->relu)
      add(k, TSP_OP_RELU_F32, false, 0);
    add(k, TSP_OP_CVT_F32_I8, false, 0);
  }
}

tsp_status tspc_kernel_make(const tsp_config *cfg, const tsp_isa *isa, const tsp_gemm *gemm, tspc_kernel *k,
                            tsp_error *err)
{
  *k = (tspc_kernel){.cfg = cfg, .isa = isa, .gemm = gemm, .y_bytes = gemm->requant ? 1 : 4};
  if (gemm->m < 1 || gemm->k < 1 || gemm->n < 1)
    return tsp_fail(err, TSP_ERANGE, "gemm %ux%ux%u: every size must be at least 1", gemm->m, gemm->k, gemm->n);
  if (gemm->relu && !gemm->requant)
    return tsp_fail(err, TSP_EFORMAT, "gemm %ux%ux%u: ReLU is a step of requantisation, which is not asked for",
                    gemm->m, gemm->k, gemm->n);
  if (!gemm->w)
    return tsp_fail(err, TSP_EFORMAT, "gemm %ux%ux%u: no contents for the constant w", gemm->m, gemm->k, gemm->n);
  if (gemm->requant && !cfg->fp)
    return tsp_fail(err, TSP_ERANGE,
                    "gemm %ux%ux%u: requantisation needs fp32 in the VXM, which configuration %s has not (fp 0); "
                    "the int32 product fits",
                    gemm->m, gemm->k, gemm->n, cfg->name);
  if (2 * cfg->mem_slices < cfg->lw_streams || 2 * cfg->mem_slices < 4)
    return tsp_fail(err, TSP_ERANGE, "configuration %s: %d MEM slices; weights need %d at once, int32 results 4",
                    cfg->name, 2 * cfg->mem_slices, cfg->lw_streams);
  lower(k);
  uint8_t chain[MAX_CHAINS][MAX_OPS];
  if (k->ops && tspc_chains(cfg, k->ops, chain) == 0)
    return tsp_fail(err, TSP_ERANGE, "gemm %ux%ux%u: the epilogue chains %d ALUs, configuration %s has %d", gemm->m,
                    gemm->k, gemm->n, k->ops, cfg->name, cfg->alus);
  return TSP_OK;
}
