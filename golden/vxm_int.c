/* SPDX-License-Identifier: Apache-2.0 */
/* vxm_int.c - integer operations of 8, 16 and 32 bits. Operands are sign-extended to 32 bits, and so are results. */
#include <stdbool.h>

#include "vxm_num.h"

/* Two's complement narrowing of 32 bits to a width, and its limits. */
static inline uint32_t wrap8(uint32_t v)
{
  return (uint32_t)(int32_t)(int8_t)v;
}
static inline uint32_t wrap16(uint32_t v)
{
  return (uint32_t)(int32_t)(int16_t)v;
}
static inline uint32_t wrap32(uint32_t v)
{
  return v;
}

static inline uint32_t clamp(int64_t v, int64_t low, int64_t high)
{
  return (uint32_t)(v < low ? low : v > high ? high : v);
}
#define CLAMP(w, v) clamp(v, INT##w##_MIN, INT##w##_MAX)

/* One operation of one width: x and y are the operands, X and Y their values. */
#define BINARY(name, w, expression)                                                                                    \
  void num_##name##_i##w(const uint32_t *restrict a, const uint32_t *restrict b, uint32_t *restrict r, int n)          \
  {                                                                                                                    \
    for (int i = 0; i < n; i++) {                                                                                      \
      uint32_t x = a[i], y = b[i];                                                                                     \
      int32_t X = (int32_t)x, Y = (int32_t)y;                                                                          \
                                                                                                                       \
      (void)x, (void)y, (void)X, (void)Y;                                                                              \
      r[i] = expression;                                                                                               \
    }                                                                                                                  \
  }
#define UNARY(name, w, expression)                                                                                     \
  void num_##name##_i##w(const uint32_t *restrict a, const uint32_t *restrict b, uint32_t *restrict r, int n)          \
  {                                                                                                                    \
    (void)b;                                                                                                           \
    for (int i = 0; i < n; i++) {                                                                                      \
      int32_t X = (int32_t)a[i];                                                                                       \
                                                                                                                       \
      r[i] = expression;                                                                                               \
    }                                                                                                                  \
  }
#define TRUTH(condition) ((condition) ? UINT32_MAX : 0)
#define BITS(w)          (UINT32_MAX >> (32 - (w)))

/* A count from the width on shifts everything out; the sign stays in Sar. */
#define SHL(w) wrap##w((y & 0xff) < (w) ? x << (y & 31) : 0)
#define SHR(w) wrap##w((y & 0xff) < (w) ? (x & BITS(w)) >> (y & 31) : 0)
#define SAR    (uint32_t)((int64_t)X >> ((y & 0xff) < 31 ? y & 0xff : 31))

#define WIDTH(w)                                                                                                       \
  BINARY(add, w, wrap##w(x + y))                                                                                       \
  BINARY(sub, w, wrap##w(x - y))                                                                                       \
  BINARY(mul, w, wrap##w(x *y))                                                                                        \
  BINARY(adds, w, CLAMP(w, (int64_t)X + Y))                                                                            \
  BINARY(subs, w, CLAMP(w, (int64_t)X - Y))                                                                            \
  BINARY(muls, w, CLAMP(w, (int64_t)X *Y))                                                                             \
  BINARY(shl, w, SHL(w))                                                                                               \
  BINARY(shr, w, SHR(w))                                                                                               \
  UNARY(abs, w, CLAMP(w, X < 0 ? -(int64_t)X : X))                                                                     \
  UNARY(neg, w, CLAMP(w, -(int64_t)X))

WIDTH(8)
WIDTH(16)
WIDTH(32)

/* These are the same for every width, since operands are sign-extended; i32 stands for all. */
BINARY(min, 32, X < Y ? x : y)
BINARY(max, 32, X > Y ? x : y)
BINARY(cmplt, 32, TRUTH(X < Y))
BINARY(cmple, 32, TRUTH(X <= Y))
BINARY(cmpeq, 32, TRUTH(X == Y))
BINARY(and, 32, x &y)
BINARY(or, 32, x | y)
BINARY(xor, 32, x ^ y)
BINARY(andn, 32, x & ~y)
BINARY(sar, 32, SAR)
UNARY(relu, 32, (uint32_t)(X > 0 ? X : 0))
UNARY(mov, 32, (uint32_t)X)

/* Conversions to a narrower integer. */
UNARY(narrow, 8, CLAMP(8, X))
UNARY(narrow, 16, CLAMP(16, X))

void num_select(const uint32_t *restrict a, const uint32_t *restrict b, const uint32_t *restrict c,
                uint32_t *restrict r, int n)
{
  for (int i = 0; i < n; i++)
    r[i] = c[i] ? a[i] : b[i];
}
