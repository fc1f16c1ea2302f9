/* SPDX-License-Identifier: Apache-2.0 */
/* oracle_est.h - estimates: numbers with what they may be off: the machine's result is within v - e .. v + e. The bound
 * is carried through every step (running error analysis), so that an oracle needs no tolerance of its own. Where the
 * operands are exact (e = 0) and the machine's rule has one answer, the result is exact too: rounded as the machine
 * rounds. `type` is the type a step computes in. With `math` nothing is rounded, v stays the mathematical result of a
 * formula, and each step adds the rounding it would have. e = INFINITY: nothing is known, as after an overflow that may
 * happen.
 */
#ifndef TSP_CASE_ORACLE_EST_H
#define TSP_CASE_ORACLE_EST_H
#include <stdbool.h>
#include <stdint.h>

typedef struct {
  double v, e;
} est;

typedef struct {
  int type;
  bool math;
} arith;

static inline est exactly(double v)
{
  return (est){v, 0};
}

double oracle_load(int type, const uint8_t *at);
/* To the nearest of a type, even at ties; integers saturate, NaN is 0. */
double oracle_round(int type, double v);
/* The bits of the nearest number of a floating-point type; of an integer type those of v times the greatest. */
uint32_t oracle_bits(int type, double v);
double oracle_unit(int type);          /* of rounding, relative: half the distance of neighbours */
double oracle_ulp(int type, double v); /* distance of v's neighbours */

est est_add(arith t, est a, est b);
est est_sub(arith t, est a, est b);
est est_mul(arith t, est a, est b);
est est_min(est a, est b);
est est_max(est a, est b);
est est_neg(arith t, est a);
est est_abs(arith t, est a);
est est_relu(est a);
est est_exp(arith t, est a);
est est_tanh(arith t, est a);
est est_rsqrt(arith t, est a);
est est_recip(arith t, est a);
est est_cast(arith to, est a, int from);
est est_compare(est a, est b, int op);        /* TSP_G_LT, _LE, _EQ: -1 or 0 */
est est_bits(int type, est a, est b, int op); /* TSP_G_AND .. TSP_G_SAR */
est est_select(est mask, est a, est b);

/* Sum of n numbers, `step` apart, in any order. */
est est_sum(arith t, const est *x, uint32_t n, uint64_t step);
/* Sum of products as the matrix unit makes it: exact over a tile, rounded to fp32, or int32 modulo. */
est est_dot(arith t, const est *a, uint64_t a_step, const est *b, uint64_t b_step, uint32_t n);
#endif
