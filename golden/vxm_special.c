/* SPDX-License-Identifier: Apache-2.0 */
/* vxm_special.c - Exp, TanH, RSqrt and Recip of fp32 by the algorithm of golden/README.md, special functions. */
#include "vxm_float.h"

typedef struct {
  int64_t c[4];
} segment;

static const segment rows[] = {
#define TSP_SPECIAL_ROW(c0, c1, c2, c3) {{c0, c1, c2, c3}},
#include "special.def"
};

enum {
#define TSP_SPECIAL_TABLE(name, first, rows) name = first,
#include "special.def"
};

static const uint64_t log2e =
#define TSP_SPECIAL_LOG2E(value) UINT64_C(value)
#include "special.def"
    ;

enum { D_BITS = 27, Y_BITS = 32 };
#define ONE UINT32_C(0x3f800000)
#define TEN UINT32_C(0x41200000)

/* A finite nonzero operand: m * 2^(e-23), leading one in bit 23. */
typedef struct {
  uint32_t sign, m;
  int e;
} operand;

static operand split(uint32_t a)
{
  uint32_t mag = a & ~SIGN;
  int zeros;

  if (mag >= HIDDEN)
    return (operand){a & SIGN, (mag & FRACTION) | HIDDEN, (int)(mag >> 23) - BIAS};
  zeros = __builtin_clz(mag) - 8;
  return (operand){a & SIGN, mag << zeros, 1 - BIAS - zeros};
}

/* Right shifts of negative numbers are arithmetic in every compiler this builds with; the suite would show another. */
static uint64_t cubic(int row, uint64_t d)
{
  const int64_t *c = rows[row].c, x = (int64_t)d;
  int64_t t = c[2] + ((c[3] * x) >> D_BITS), u = c[1] + ((t * x) >> D_BITS);

  return (uint64_t)(c[0] + ((u * x) >> D_BITS));
}

/* sign, p * 2^q rounded to fp32. p < 2^63 is moved so that its leading one is bit 62; 24 bits stay of it, fewer of a
 * subnormal. */
static uint32_t round_to_f32(uint32_t sign, uint64_t p, int q)
{
  int zeros = __builtin_clzll(p), e = 63 - zeros + q + BIAS, shift = e > 0 ? 39 : 40 - e;
  uint64_t kept, rest;
  uint32_t bits;

  if (e >= EXPONENT_MAX)
    return sign | INFINITE;
  if (shift > 63)
    return sign;
  p = p << zeros >> 1;
  kept = p >> shift;
  rest = p & ((UINT64_C(1) << shift) - 1);
  bits = (e > 0 ? (uint32_t)(e - 1) << 23 : 0) + (uint32_t)kept; /* a normal's leading one adds 1 to the exponent */
  return sign | (bits + (rest + (kept & 1) > UINT64_C(1) << (shift - 1)));
}

static uint32_t recip(uint32_t a)
{
  uint32_t mag = a & ~SIGN;
  operand x;

  if (mag > INFINITE)
    return TSP_NAN_F32;
  if (mag == INFINITE || !mag)
    return a ^ INFINITE;
  x = split(a);
  return round_to_f32(x.sign, cubic(RECIP + (int)(x.m >> 17 & 63), (uint64_t)(x.m & 0x1ffff) << 10), -Y_BITS - x.e);
}

static uint32_t rsqrt(uint32_t a)
{
  uint32_t mag = a & ~SIGN;
  operand x;
  int odd;

  if (!mag)
    return a | INFINITE;
  if (a > INFINITE) /* negative too */
    return TSP_NAN_F32;
  if (mag == INFINITE)
    return 0;
  x = split(a);
  odd = x.e & 1;
  return round_to_f32(0, cubic(RSQRT + 32 * odd + (int)(x.m >> 18 & 31), (uint64_t)(x.m & 0x3ffff) << 9),
                      -Y_BITS - (x.e - odd) / 2);
}

static uint32_t exponential(uint32_t a)
{
  uint32_t mag = a & ~SIGN;
  int64_t v;
  operand x;

  if (mag > INFINITE)
    return TSP_NAN_F32;
  if (!mag)
    return ONE;
  x = split(a);
  if (x.e >= 7) /* infinity too */
    return x.sign ? 0 : INFINITE;
  v = (int64_t)((x.m * log2e) >> (29 - x.e < 63 ? 29 - x.e : 63));
  v = x.sign ? -v : v;
  return round_to_f32(0, cubic(EXP + (int)(v >> D_BITS & 31), (uint64_t)v & 0x7ffffff), (int)(v >> 32) + 1 - Y_BITS);
}

static uint32_t tanh_bits(uint32_t a)
{
  uint32_t mag = a & ~SIGN;
  uint64_t fixed;
  operand x;

  if (mag > INFINITE)
    return TSP_NAN_F32;
  if (!mag)
    return a;
  if (mag >= TEN)
    return (a & SIGN) | ONE;
  x = split(a);
  if (x.e >= 0)
    return round_to_f32(x.sign, cubic(TANH + 32 + 32 * x.e + (int)(x.m >> 18 & 31), (uint64_t)(x.m & 0x3ffff) << 9),
                        -Y_BITS);
  fixed = (uint64_t)x.m << 9 >> (-x.e < 33 ? -x.e : 33);
  return round_to_f32(x.sign, x.m * cubic(TANH + (int)(fixed >> D_BITS), fixed & 0x7ffffff), x.e - 23 - Y_BITS);
}

#define EACH(name, function)                                                                                           \
  void num_##name##_f32(const uint32_t *a, const uint32_t *b, uint32_t *r, int n)                                      \
  {                                                                                                                    \
    (void)b;                                                                                                           \
    for (int i = 0; i < n; i++)                                                                                        \
      r[i] = function(a[i]);                                                                                           \
  }
EACH(recip, recip)
EACH(rsqrt, rsqrt)
EACH(exp, exponential)
EACH(tanh, tanh_bits)
