/* SPDX-License-Identifier: Apache-2.0 */
/* mxm_f16.h - exact sums of fp16 products, rounded once (golden/README.md, numbers).
 *
 * A finite fp16 is an integer of at most 40 bits and a sign, in units of 2^-24. It is split into two halves of 20 bits;
 * the sums of their products over up to 2048 inputs are integers below 2^53, so doubles hold every partial sum exactly,
 * whatever the order, and the host's rounding mode has nothing to round. */
#ifndef TSP_MXM_F16_H
#define TSP_MXM_F16_H
#include <stdbool.h>
#include <stdint.h>

enum { F16_INPUTS_MAX = 2048 };

/* What infinities and NaNs among the products make of a sum, whatever its finite products are. */
enum { F16_NAN = 1, F16_POSITIVE = 2, F16_NEGATIVE = 4 };

/* Infinity or NaN. */
static inline bool f16_special(uint16_t v)
{
  return (v & 0x7c00) == 0x7c00;
}

/* value = high * 2^-4 + low * 2^-24; both 0 for a special one. */
void f16_split(uint16_t v, float *high, float *low);

/* The F16_ flag of the product of two values, 0 if both are finite. */
uint8_t f16_product_flag(uint16_t a, uint16_t b);

/* Adds x[k] * weight[k][o] over k < inputs to the sums of every output. high and low: float [inputs][outputs], the
 * split weights. sum: double [3][outputs]: products of high halves, mixed, of low halves. Specials count as 0. */
void f16_accumulate(const uint16_t *x, const float *high, const float *low, double *sum, int inputs, int outputs);

/* The fp32 bits of the sum with these three parts, or of what the flags say. */
uint32_t f16_round(double high, double mixed, double low, uint8_t flags);

#endif
