/* SPDX-License-Identifier: Apache-2.0 */
/* vxm_half.c - fp16 operations: operands widened, the fp32 operation, its result rounded. Rounding twice does no harm
 * to sums, differences and products of fp16: fp32 has 24 >= 2 * 11 + 2 bits of precision, and products and sums of fp16
 * that are subnormal in fp16 are exact in fp32. An integer that fp32 has to round is infinite in fp16. */
#include "vxm_num.h"

enum { BLOCK = 64 };

static void by_halves(num_fn *f32, const uint32_t *a, const uint32_t *b, uint32_t *r, int n)
{
  uint32_t x[BLOCK], y[BLOCK], z[BLOCK];

  for (int i = 0; i < n; i += BLOCK) {
    int m = n - i < BLOCK ? n - i : BLOCK;

    num_cvt_f16_f32(a + i, a + i, x, m);
    num_cvt_f16_f32(b + i, b + i, y, m);
    f32(x, y, z, m);
    num_cvt_f32_f16(z, z, r + i, m);
  }
}

/* As above, but the results are not floating point. */
static void from_halves(num_fn *f32, const uint32_t *a, const uint32_t *b, uint32_t *r, int n)
{
  uint32_t x[BLOCK], y[BLOCK];

  for (int i = 0; i < n; i += BLOCK) {
    int m = n - i < BLOCK ? n - i : BLOCK;

    num_cvt_f16_f32(a + i, a + i, x, m);
    num_cvt_f16_f32(b + i, b + i, y, m);
    f32(x, y, r + i, m);
  }
}

#define BINARY(name, way)                                                                                              \
  void num_##name##_f16(const uint32_t *a, const uint32_t *b, uint32_t *r, int n)                                      \
  {                                                                                                                    \
    way(num_##name##_f32, a, b, r, n);                                                                                 \
  }
#define UNARY(name, f32, way)                                                                                          \
  void num_##name(const uint32_t *a, const uint32_t *b, uint32_t *r, int n)                                            \
  {                                                                                                                    \
    (void)b;                                                                                                           \
    way(f32, a, a, r, n);                                                                                              \
  }

BINARY(add, by_halves)
BINARY(sub, by_halves)
BINARY(mul, by_halves)
BINARY(min, by_halves)
BINARY(max, by_halves)
BINARY(cmplt, from_halves)
BINARY(cmple, from_halves)
BINARY(cmpeq, from_halves)
UNARY(abs_f16, num_abs_f32, by_halves)
UNARY(neg_f16, num_neg_f32, by_halves)
UNARY(relu_f16, num_relu_f32, by_halves)
UNARY(exp_f16, num_exp_f32, by_halves)
UNARY(tanh_f16, num_tanh_f32, by_halves)
UNARY(rsqrt_f16, num_rsqrt_f32, by_halves)
UNARY(recip_f16, num_recip_f32, by_halves)
UNARY(cvt_f16_i8, num_cvt_f32_i8, from_halves)
UNARY(cvt_f16_i16, num_cvt_f32_i16, from_halves)
UNARY(cvt_f16_i32, num_cvt_f32_i32, from_halves)

void num_cvt_i32_f16(const uint32_t *a, const uint32_t *b, uint32_t *r, int n)
{
  uint32_t x[BLOCK];

  (void)b;
  for (int i = 0; i < n; i += BLOCK) {
    int m = n - i < BLOCK ? n - i : BLOCK;

    num_cvt_i32_f32(a + i, a + i, x, m);
    num_cvt_f32_f16(x, x, r + i, m);
  }
}
