/* SPDX-License-Identifier: Apache-2.0 */
/* vxm_convert.c - conversions from and to fp32 and fp16. */
#include "vxm_float.h"

enum { BIAS_F16 = 15 };
#define SIGN_F16     UINT32_C(0x8000)
#define INFINITE_F16 UINT32_C(0x7c00)

static inline uint32_t sign_extend(uint32_t half)
{
  return (uint32_t)(int32_t)(int16_t)half;
}

/* A magnitude to fp32: moved so that its leading one is bit 31, 24 bits stay and 8 decide the rounding. */
static inline uint32_t round_integer(uint32_t mag)
{
  int zeros = __builtin_clz(mag | 1);
  uint32_t norm = mag << zeros, kept = norm >> 8, up = (norm & 0xff) + (kept & 1) > 0x80;

  return mag ? ((uint32_t)(31 - zeros + BIAS - 1) << 23) + kept + up : 0; /* the leading one adds 1 to the exponent */
}

void num_cvt_i32_f32(const uint32_t *restrict a, const uint32_t *restrict b, uint32_t *restrict r, int n)
{
  (void)b;
  for (int i = 0; i < n; i++)
    r[i] = (a[i] & SIGN) | round_integer(a[i] & SIGN ? 0u - a[i] : a[i]);
}

/* The significand is shifted to its integer part; a right shift of 25 or more leaves less than a half. */
static inline uint32_t to_integer(uint32_t a, uint32_t most)
{
  uint32_t mag = a & ~SIGN, negative = a >> 31, limit = most + negative, e = mag >> 23;
  uint32_t big = e >= BIAS + 31, m = (mag & FRACTION) | HIDDEN;
  uint32_t left = e > BIAS + 23 ? (e - BIAS - 23) & 7 : 0;
  uint32_t right = e >= BIAS + 23 ? 0 : e + 25 > BIAS + 23 ? BIAS + 23 - e : 25;
  uint32_t q = (m << left) >> right, half = (UINT32_C(1) << right) >> 1;
  uint32_t rest = m & ((UINT32_C(1) << right) - 1);

  q += right && rest + (q & 1) > half;
  q = big || q > limit ? limit : q;
  return mag > INFINITE ? 0 : negative ? 0u - q : q;
}

#define TO_INTEGER(w)                                                                                                  \
  void num_cvt_f32_i##w(const uint32_t *restrict a, const uint32_t *restrict b, uint32_t *restrict r, int n)           \
  {                                                                                                                    \
    (void)b;                                                                                                           \
    for (int i = 0; i < n; i++)                                                                                        \
      r[i] = to_integer(a[i], INT##w##_MAX);                                                                           \
  }
TO_INTEGER(8)
TO_INTEGER(16)
TO_INTEGER(32)

/* A subnormal is its fraction times 2^-24. */
static inline uint32_t widen(uint32_t half)
{
  uint32_t mag = half & (SIGN_F16 - 1), sign = (half & SIGN_F16) << 16, bits = (mag << 13) + ((BIAS - BIAS_F16) << 23);

  bits = mag < 0x400 ? mag ? round_integer(mag) - (UINT32_C(24) << 23) : 0 : bits;
  bits = mag == INFINITE_F16 ? INFINITE : bits;
  return mag > INFINITE_F16 ? TSP_NAN_F32 : sign | bits;
}

/* Below 2^-14 the significand is shifted to units of 2^-24; from 65520 on the result is infinite. */
static inline uint32_t narrow(uint32_t a)
{
  uint32_t mag = a & ~SIGN, sign = a >> 16 & SIGN_F16, e = mag >> 23;
  uint32_t tiny = e < BIAS - BIAS_F16 + 1, m = (mag & FRACTION) | HIDDEN;
  uint32_t v = tiny ? m : mag - ((BIAS - BIAS_F16) << 23);
  uint32_t shift = !tiny ? 13 : e > BIAS - 26 ? BIAS - 1 - e : 25;
  uint32_t kept = v >> shift, rest = v & ((UINT32_C(1) << shift) - 1);
  uint32_t bits = kept + (rest + (kept & 1) > UINT32_C(1) << (shift - 1));

  bits = bits > INFINITE_F16 ? INFINITE_F16 : bits;
  return sign_extend(mag > INFINITE ? TSP_NAN_F16 : sign | bits);
}

void num_cvt_f16_f32(const uint32_t *restrict a, const uint32_t *restrict b, uint32_t *restrict r, int n)
{
  (void)b;
  for (int i = 0; i < n; i++)
    r[i] = widen(a[i]);
}

void num_cvt_f32_f16(const uint32_t *restrict a, const uint32_t *restrict b, uint32_t *restrict r, int n)
{
  (void)b;
  for (int i = 0; i < n; i++)
    r[i] = narrow(a[i]);
}
