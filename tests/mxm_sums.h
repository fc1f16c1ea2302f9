/* SPDX-License-Identifier: Apache-2.0 */
/* mxm_sums.h - sums of products as the MXM forms them: inputs to draw, the model's sum, an oracle's. */
#ifndef TSP_MXM_SUMS_H
#define TSP_MXM_SUMS_H
#include "exact_f16.h"
#include "machine.h"
#include "mxm_f16.h"
#include "vxm_operands.h"

/* Kinds of values to draw from. */
enum { ANY, SMALL, SUBNORMAL, EXTREME, SPECIAL, CANCELLING, KINDS };

static inline uint32_t sums_below(uint64_t *s, uint32_t n)
{
  return (uint32_t)(operand_random64(s) >> 33) % n;
}

static inline uint16_t sums_draw(uint64_t *s, int kind)
{
  uint16_t v = (uint16_t)operand_random64(s), sign = v & 0x8000;

  switch (kind) {
  case SMALL: return sign | (uint16_t)(0x3800 + sums_below(s, 0x800));
  case SUBNORMAL: return sign | (v & 0x3ff);
  case EXTREME: return sign | (uint16_t)(sums_below(s, 2) ? sums_below(s, 4) : 0x7bff - sums_below(s, 4));
  case SPECIAL:
    if (!sums_below(s, 40))
      return sign | (uint16_t)(sums_below(s, 3) ? 0x7c00 : 0x7c00 + sums_below(s, 1024));
    return sums_below(s, 8) ? f16_special(v) ? sign : v : sign;
  default: return f16_special(v) ? v ^ 0x4000 : v;
  }
}

/* In cancelling sums each second product is the negative of the one before, but for the last bits of some. */
static inline void sums_draw_pair(uint64_t *s, int kind, int i, uint16_t *x, uint16_t *w)
{
  x[i] = sums_draw(s, kind);
  w[i] = sums_draw(s, kind);
  if (kind == CANCELLING && i % 2) {
    x[i] = x[i - 1] ^ 0x8000;
    w[i] = sums_below(s, 4) || (w[i - 1] & 0x3ff) == 0x3ff ? w[i - 1] : w[i - 1] + 1;
  }
}

static inline uint32_t sums_model_f16(const uint16_t *x, const uint16_t *w, int n)
{
  float high[F16_INPUTS_MAX], low[F16_INPUTS_MAX];
  double sum[3] = {0};
  uint8_t flags = 0;

  for (int i = 0; i < n; i++) {
    f16_split(w[i], &high[i], &low[i]);
    flags |= f16_product_flag(x[i], w[i]);
  }
  f16_accumulate(x, high, low, sum, n, 1);
  return f16_round(sum[0], sum[1], sum[2], flags);
}

static inline uint32_t sums_exact_f16(const uint16_t *x, const uint16_t *w, int n)
{
  exact e = {0};

  for (int i = 0; i < n; i++)
    exact_add(&e, x[i], w[i]);
  return exact_round(&e);
}

/* The model's and the oracle's int8 sums of n products, modulo 2^32. */
static inline int32_t sums_model_i8(const int8_t *x, const int8_t *w, int n)
{
  uint8_t shifted[F16_INPUTS_MAX];
  int32_t row = mxm_row_sum(w, n), y = 0;

  for (int i = 0; i < n; i++)
    shifted[i] = (uint8_t)(x[i] + 128);
  mxm_product(shifted, w, &row, &y, 1, n);
  return y;
}

static inline int32_t sums_exact_i8(const int8_t *x, const int8_t *w, int n)
{
  int64_t sum = 0;

  for (int i = 0; i < n; i++)
    sum += (int64_t)x[i] * w[i];
  return (int32_t)(uint32_t)(uint64_t)sum;
}

#endif
