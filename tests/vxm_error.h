/* SPDX-License-Identifier: Apache-2.0 */
/* vxm_error.h - how far a special function is from the truth. The truth is the host's double function, wrong by less
 * than 2^-50 of itself: next to an fp32 unit in the last place (ulp), of 2^-24 at least, that is nothing. An error
 * below 1 ulp means: the result is one of the two fp32 values around the exact one, so at most 1 ulp from the rounded
 * one. */
#ifndef TSP_VXM_ERROR_H
#define TSP_VXM_ERROR_H
#include "vxm_oracle.h"

typedef struct {
  double ulps;  /* distance from the exact value; 0 where that is zero, infinite or NaN; INFINITY: another class */
  bool rounded; /* the correctly rounded value */
} oracle_error;

/* The unit in the last place of values like x > 0. */
static inline double oracle_ulp(oracle_type t, double x)
{
  int e, digits = t == ORACLE_F16 ? 11 : 24, least = t == ORACLE_F16 ? -13 : -125;

  frexp(x, &e);
  return ldexp(1, (e > least ? e : least) - digits);
}

static inline oracle_error oracle_special_error(const oracle_op *op, uint32_t a, uint32_t r)
{
  double exact = oracle_exact(op->family, oracle_value(op->from, a)), got = oracle_value(op->to, r);
  uint32_t want = oracle_round(op->to, exact);
  oracle_error error = {.rounded = r == want};

  if (r == want && (isinf(got) || isnan(got) || exact == 0))
    return error;
  if (isnan(got) || isnan(exact) || signbit(got) != signbit(exact) || isinf(exact) || exact == 0) {
    error.ulps = INFINITY;
    return error;
  }
  if (isinf(got)) /* where the next value would be */
    got = copysign(op->to == ORACLE_F16 ? 0x1p16 : 0x1p128, got);
  error.ulps = fabs(got - exact) / oracle_ulp(op->to, fabs(exact));
  return error;
}

#endif
