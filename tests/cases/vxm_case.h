/* SPDX-License-Identifier: Apache-2.0 */
/* vxm_case.h - one VXM operation after the other on vectors of 32-bit operands: each byte of an operand comes from
 * memory by itself and the ALUs put them together, so that two MEM slices are enough. */
#ifndef TSP_CASE_VXM_H
#define TSP_CASE_VXM_H
#include "build.h"

/* What an operation does with the operands' 32 bits, as the host computes it; c: what the ALU's result register held.
 */
typedef uint32_t (*vxm_fn)(uint32_t a, uint32_t b, uint32_t c);

typedef struct {
  const char *mnemonic;
  vxm_fn fn;
  double ulp; /* tolerated: 0 unless the function is approximated */
} vxm_op;

enum { VXM_OPS_PER_RUN = 6 };

/* Programs that `count` operations need. */
#define VXM_RUNS(count) (((count) + VXM_OPS_PER_RUN - 1) / VXM_OPS_PER_RUN)

/* Operands from the seed; note: said with the verdict, may be NULL. */
typedef uint32_t (*vxm_operand)(tsp_rng *rng, uint64_t i);
tsp_status vxm_make(const tsp_config *cfg, const char *name, uint64_t seed, int run, const vxm_op *op, int count,
                    vxm_operand operand, const char *note, tsp_run *out, tsp_error *err);
#endif
