/* SPDX-License-Identifier: Apache-2.0 */
#include "vxm_num.h"

#include <stdbool.h>

enum { BIAS = 127, EXPONENT_MAX = 255 };
#define SIGN     UINT32_C(0x80000000)
#define INFINITE UINT32_C(0x7f800000)
#define HIDDEN   UINT32_C(0x00800000) /* the leading one of a normal significand */
#define FRACTION UINT32_C(0x007fffff)

void num_ext_i8(const uint32_t *restrict a, uint32_t *restrict r, int n)
{
  for (int i = 0; i < n; i++)
    r[i] = (uint32_t)(int32_t)(int8_t)a[i];
}

void num_add_i32(const uint32_t *restrict a, const uint32_t *restrict b, uint32_t *restrict r, int n)
{
  for (int i = 0; i < n; i++)
    r[i] = a[i] + b[i];
}

void num_max_i32(const uint32_t *restrict a, const uint32_t *restrict b, uint32_t *restrict r, int n)
{
  for (int i = 0; i < n; i++)
    r[i] = (int32_t)a[i] > (int32_t)b[i] ? a[i] : b[i];
}

void num_cvt_i32_i8(const uint32_t *restrict a, uint32_t *restrict r, int n)
{
  for (int i = 0; i < n; i++) {
    int32_t v = (int32_t)a[i];

    v = v > INT8_MAX ? INT8_MAX : v;
    r[i] = (uint32_t)(v < INT8_MIN ? INT8_MIN : v);
  }
}

/* The magnitude is moved so that its leading one is bit 31; 24 bits stay and 8 decide the rounding. */
void num_cvt_i32_f32(const uint32_t *restrict a, uint32_t *restrict r, int n)
{
  for (int i = 0; i < n; i++) {
    uint32_t sign = a[i] & SIGN, mag = sign ? 0u - a[i] : a[i];
    int zeros = __builtin_clz(mag | 1);
    uint32_t norm = mag << zeros, kept = norm >> 8;
    uint32_t up = (norm & 0xff) + (kept & 1) > 0x80;
    uint32_t bits = ((uint32_t)(31 - zeros + BIAS) << 23) + (kept - HIDDEN) + up; /* a carry raises the exponent */

    r[i] = mag ? sign | bits : 0;
  }
}

/* Below 128 the significand is shifted to its integer part; a shift of 25 or more leaves less than a half. */
void num_cvt_f32_i8(const uint32_t *restrict a, uint32_t *restrict r, int n)
{
  for (int i = 0; i < n; i++) {
    uint32_t mag = a[i] & ~SIGN, big = mag >= UINT32_C(0x43000000), negative = a[i] >> 31;
    int right = BIAS + 23 - (int)(mag >> 23);
    uint32_t shift = (uint32_t)(big ? 17 : right > 31 ? 31 : right);
    uint32_t m = (mag & FRACTION) | HIDDEN, q = m >> shift;
    uint32_t rest = m & ((UINT32_C(1) << shift) - 1);
    uint32_t limit = INT8_MAX + negative;

    q += rest + (q & 1) > UINT32_C(1) << (shift - 1);
    q = big || q > limit ? limit : q;
    r[i] = mag > INFINITE ? 0 : negative ? 0u - q : q;
  }
}

/* A finite nonzero value as significand (leading one in bit 23) and biased exponent, also for subnormals. */
static uint32_t unpack(uint32_t mag, int *exponent)
{
  uint32_t m = mag & FRACTION;
  int zeros;

  *exponent = (int)(mag >> 23);
  if (*exponent)
    return m | HIDDEN;
  zeros = __builtin_clz(m) - 8;
  *exponent = 1 - zeros;
  return m << zeros;
}

/* 48-bit product with its leading one in bit 47, shifted right and rounded to nearest even. */
static uint32_t round_product(uint64_t p, int shift)
{
  uint64_t q, rest;

  if (shift > 49)
    return 0; /* less than half of the smallest subnormal */
  q = p >> shift;
  rest = p & ((UINT64_C(1) << shift) - 1);
  return (uint32_t)(q + (rest + (q & 1) > UINT64_C(1) << (shift - 1)));
}

static uint32_t mul_special(uint32_t a, uint32_t b)
{
  uint32_t sign = (a ^ b) & SIGN, ma = a & ~SIGN, mb = b & ~SIGN, bits;
  int ea, eb, e;
  uint64_t p;

  if (ma > INFINITE || mb > INFINITE || (ma == INFINITE && !mb) || (mb == INFINITE && !ma))
    return TSP_NAN_F32;
  if (ma == INFINITE || mb == INFINITE)
    return sign | INFINITE;
  if (!ma || !mb)
    return sign;
  p = (uint64_t)unpack(ma, &ea) * unpack(mb, &eb);
  e = ea + eb - BIAS;
  if (p >> 47)
    e++;
  else
    p <<= 1;
  if (e >= EXPONENT_MAX)
    return sign | INFINITE;
  if (e <= 0)
    return sign | round_product(p, 25 - e);                /* a carry into bit 23 makes it normal */
  bits = ((uint32_t)(e - 1) << 23) + round_product(p, 24); /* the leading one adds 1 to the exponent */
  return sign | bits;
}

/* First every lane as if operands and result were normal, without branches; then the lanes where one is not. */
void num_mul_f32(const uint32_t *restrict a, const uint32_t *restrict b, uint32_t *restrict r, int n)
{
  uint32_t any = 0;

  for (int i = 0; i < n; i++) {
    uint32_t ea = a[i] >> 23 & 0xff, eb = b[i] >> 23 & 0xff;
    uint64_t p = (uint64_t)((a[i] & FRACTION) | HIDDEN) * ((b[i] & FRACTION) | HIDDEN);
    uint32_t high = (uint32_t)(p >> 47), e = ea + eb - BIAS + high;
    uint32_t kept, rest;

    p <<= 1 - high;
    kept = (uint32_t)(p >> 24);
    rest = (uint32_t)p & UINT32_C(0xffffff);
    kept += rest + (kept & 1) > UINT32_C(0x800000);
    r[i] = ((a[i] ^ b[i]) & SIGN) | (((e - 1) << 23) + kept);
    /* e in 1..253 cannot overflow by the carry */
    any |= (ea - 1 > 253) | (eb - 1 > 253) | (e - 1 > 252);
  }
  if (!any)
    return;
  for (int i = 0; i < n; i++)
    r[i] = mul_special(a[i], b[i]);
}

void num_relu_f32(const uint32_t *restrict a, uint32_t *restrict r, int n)
{
  for (int i = 0; i < n; i++) {
    uint32_t mag = a[i] & ~SIGN, positive = a[i] >> 31 ? 0 : a[i];

    r[i] = mag > INFINITE ? TSP_NAN_F32 : positive;
  }
}
