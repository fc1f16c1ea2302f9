/* SPDX-License-Identifier: Apache-2.0 */
/* vxm_float.c - fp32 arithmetic. Every loop is free of branches, so that compilers make vector code of it; only
 * products with a subnormal, infinite or NaN operand or result are done again lane by lane. */
#include "vxm_float.h"

/* Significands have three more bits below: guard, round and sticky. `e` is the exponent of the greater magnitude. */
enum { GUARD = 3 };

static inline uint32_t significand(uint32_t mag)
{
  return (mag & FRACTION) | (mag >= HIDDEN ? HIDDEN : 0);
}

/* Subnormals count with exponent 1. */
static inline uint32_t exponent(uint32_t mag)
{
  return mag >= HIDDEN ? mag >> 23 : 1;
}

static inline uint32_t shift_sticky(uint32_t v, uint32_t by)
{
  uint32_t kept = v >> by;

  return kept | (kept << by != v);
}

/* How far left v < 2^27 can move until bit 26 is set: by halving steps, which have a vector form everywhere. */
static inline uint32_t room(uint32_t v)
{
  uint32_t n = 0, step;

  step = v < UINT32_C(1) << 11 ? 16 : 0, v <<= step, n += step;
  step = v < UINT32_C(1) << 19 ? 8 : 0, v <<= step, n += step;
  step = v < UINT32_C(1) << 23 ? 4 : 0, v <<= step, n += step;
  step = v < UINT32_C(1) << 25 ? 2 : 0, v <<= step, n += step;
  return n + (v < UINT32_C(1) << 26);
}

static inline uint32_t add_bits(uint32_t a, uint32_t b)
{
  uint32_t swap = (a & ~SIGN) < (b & ~SIGN), big = swap ? b : a, small = swap ? a : b;
  uint32_t mag = big & ~SIGN, less = small & ~SIGN, differ = (a ^ b) & SIGN;
  uint32_t e = exponent(mag), distance = e - exponent(less);
  uint32_t y = shift_sticky(significand(less) << GUARD, distance < 31 ? distance : 31);
  uint32_t sum = (significand(mag) << GUARD) + (differ ? 0u - y : y), carry = sum >> 27, left, kept, bits;

  sum = (sum >> carry) | (sum & carry);
  left = room(sum);
  left = left < e + carry - 1 ? left : e + carry - 1; /* not below the least exponent: a subnormal */
  sum <<= left;
  kept = sum >> GUARD;
  bits = ((e + carry - left - 1) << 23) + kept + ((sum & 7) + (kept & 1) > 4); /* the leading one adds 1 */
  bits = bits > INFINITE ? INFINITE : bits;
  bits |= big & SIGN;
  bits = sum == 0 ? a & b & SIGN : bits; /* -0 only from two of them */
  bits = mag == INFINITE ? big : bits;
  return mag > INFINITE || (less == INFINITE && differ) ? TSP_NAN_F32 : bits;
}

void num_add_f32(const uint32_t *restrict a, const uint32_t *restrict b, uint32_t *restrict r, int n)
{
  for (int i = 0; i < n; i++)
    r[i] = add_bits(a[i], b[i]);
}

void num_sub_f32(const uint32_t *restrict a, const uint32_t *restrict b, uint32_t *restrict r, int n)
{
  for (int i = 0; i < n; i++)
    r[i] = add_bits(a[i], b[i] ^ SIGN);
}

/* A finite nonzero value as significand (leading one in bit 23) and biased exponent, also for subnormals. */
static uint32_t unpack(uint32_t mag, int *e)
{
  uint32_t m = mag & FRACTION;
  int zeros;

  *e = (int)(mag >> 23);
  if (*e)
    return m | HIDDEN;
  zeros = __builtin_clz(m) - 8;
  *e = 1 - zeros;
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

/* An order of all values but NaNs, as signed integers: -0 is below +0. */
static inline int32_t order(uint32_t a)
{
  return (int32_t)(a & SIGN ? a ^ ~SIGN : a);
}

static inline bool nan_of(uint32_t a)
{
  return (a & ~SIGN) > INFINITE;
}

/* One operation; x and y are the operands. */
#define BINARY(name, expression)                                                                                       \
  void num_##name##_f32(const uint32_t *restrict a, const uint32_t *restrict b, uint32_t *restrict r, int n)           \
  {                                                                                                                    \
    for (int i = 0; i < n; i++) {                                                                                      \
      uint32_t x = a[i], y = b[i];                                                                                     \
                                                                                                                       \
      r[i] = expression;                                                                                               \
    }                                                                                                                  \
  }
#define UNARY(name, expression)                                                                                        \
  void num_##name##_f32(const uint32_t *restrict a, const uint32_t *restrict b, uint32_t *restrict r, int n)           \
  {                                                                                                                    \
    (void)b;                                                                                                           \
    for (int i = 0; i < n; i++) {                                                                                      \
      uint32_t x = a[i];                                                                                               \
                                                                                                                       \
      r[i] = nan_of(x) ? TSP_NAN_F32 : (expression);                                                                   \
    }                                                                                                                  \
  }
#define ZEROS            (((x | y) & ~SIGN) == 0)
#define NANS             (nan_of(x) | nan_of(y)) /* no branches */
#define TRUTH(condition) (((condition) & !NANS) ? UINT32_MAX : 0)

BINARY(min, NANS ? TSP_NAN_F32 : order(x) < order(y) ? x : y)
BINARY(max, NANS ? TSP_NAN_F32 : order(x) > order(y) ? x : y)
BINARY(cmplt, TRUTH((order(x) < order(y)) & !ZEROS))
BINARY(cmple, TRUTH((order(x) <= order(y)) | ZEROS))
BINARY(cmpeq, TRUTH((x == y) | ZEROS))
UNARY(abs, x & ~SIGN)
UNARY(neg, x ^ SIGN)
UNARY(relu, x &SIGN ? 0 : x)
