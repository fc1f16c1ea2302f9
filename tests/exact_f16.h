/* SPDX-License-Identifier: Apache-2.0 */
/* exact_f16.h - sums of fp16 products in integers of 256 bits, rounded once: an oracle. */
#ifndef TSP_EXACT_F16_H
#define TSP_EXACT_F16_H
#include <stdbool.h>
#include <stdint.h>

/* Two's complement, least significant word first, in units of 2^-100. */
typedef struct {
  uint64_t word[4];
} big;

static inline big big_add(big a, big b)
{
  big r;
  unsigned carry = 0;

  for (int k = 0; k < 4; k++) {
    uint64_t s = a.word[k] + b.word[k], t = s + carry;

    carry = (s < a.word[k]) | (t < s);
    r.word[k] = t;
  }
  return r;
}

static inline big big_negate(big a)
{
  for (int k = 0; k < 4; k++)
    a.word[k] = ~a.word[k];
  return big_add(a, (big){{1}});
}

static inline bool big_bit(const big *a, int bit)
{
  return bit >= 0 && a->word[bit / 64] >> (bit % 64) & 1;
}

static inline big big_shifted(uint64_t v, int left)
{
  big r = {{0}};

  for (int b = 0; b < 64; b++)
    if (v >> b & 1)
      r.word[(b + left) / 64] |= UINT64_C(1) << ((b + left) % 64);
  return r;
}

/* Sum so far, and what specials made of it. */
typedef struct {
  big sum;
  bool nan, positive, negative;
} exact;

static inline void exact_add(exact *e, uint16_t a, uint16_t b)
{
  int ea = a >> 10 & 31, eb = b >> 10 & 31;
  bool minus = (a ^ b) >> 15, a_nan = ea == 31 && a & 0x3ff, b_nan = eb == 31 && b & 0x3ff;
  uint64_t fa = (a & 0x3ff) + (ea ? 1024 : 0), fb = (b & 0x3ff) + (eb ? 1024 : 0);
  big product;

  if (ea == 31 || eb == 31) {
    if (a_nan || b_nan || !fa || !fb)
      e->nan = true;
    else if (minus)
      e->negative = true;
    else
      e->positive = true;
    return;
  }
  /* each factor is f * 2^(max(e,1) - 25) */
  product = big_shifted(fa * fb, 100 - 50 + (ea ? ea : 1) + (eb ? eb : 1));
  e->sum = big_add(e->sum, minus ? big_negate(product) : product);
}

static inline uint32_t exact_round(const exact *e)
{
  bool minus = e->sum.word[3] >> 63, sticky = false;
  big m = minus ? big_negate(e->sum) : e->sum;
  int top = 255;
  uint32_t kept = 0;

  if (e->nan || (e->positive && e->negative))
    return 0x7fc00000;
  if (e->positive || e->negative)
    return e->positive ? 0x7f800000 : 0xff800000;
  while (top >= 0 && !big_bit(&m, top))
    top--;
  if (top < 0)
    return 0;
  for (int k = 0; k < 24; k++)
    kept = kept << 1 | big_bit(&m, top - k);
  for (int k = 0; k < top - 24; k++)
    sticky |= big_bit(&m, k);
  if (big_bit(&m, top - 24) && (sticky || kept & 1))
    kept++;
  if (kept >> 24) {
    kept >>= 1;
    top++;
  }
  return (uint32_t)minus << 31 | (uint32_t)(top - 100 + 127) << 23 | (kept & 0x7fffff);
}

#endif
