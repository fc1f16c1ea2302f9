/* SPDX-License-Identifier: Apache-2.0 */
#include "mxm_f16.h"

#include "vxm_num.h"

enum { FRACTION_BITS = 10, HALF_BITS = 20, UNIT = -48 }; /* a product is a multiple of 2^UNIT */

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 wide_magnitude;

void f16_split(uint16_t v, float *high, float *low)
{
  uint32_t exponent = v >> FRACTION_BITS & 0x1f, fraction = v & 0x3ff;
  uint64_t magnitude = exponent ? (uint64_t)(fraction | 1u << FRACTION_BITS) << (exponent - 1) : fraction;
  float sign = v >> 15 ? -1 : 1;

  if (f16_special(v))
    magnitude = 0;
  *high = sign * (float)(magnitude >> HALF_BITS);
  *low = sign * (float)(magnitude & ((1u << HALF_BITS) - 1));
}

static bool is_nan(uint16_t v)
{
  return (v & 0x7fff) > 0x7c00;
}
static bool is_zero(uint16_t v)
{
  return !(v & 0x7fff);
}

uint8_t f16_product_flag(uint16_t a, uint16_t b)
{
  if (!f16_special(a) && !f16_special(b))
    return 0;
  if (is_nan(a) || is_nan(b) || is_zero(a) || is_zero(b))
    return F16_NAN;
  return (a ^ b) >> 15 ? F16_NEGATIVE : F16_POSITIVE;
}

/* Four inputs at a time: each sum is loaded and stored once for four products. */
enum { BLOCK = 4 };

static void add_block(const float *x_high, const float *x_low, const float *restrict high, const float *restrict low,
                      double *restrict sum, int outputs)
{
  double *restrict mixed = sum + outputs, *restrict lowest = mixed + outputs;

  for (int o = 0; o < outputs; o++) {
    double a = sum[o], b = mixed[o], c = lowest[o];

    for (int k = 0; k < BLOCK; k++) {
      double wh = (double)high[k * outputs + o], wl = (double)low[k * outputs + o];

      a += (double)x_high[k] * wh;
      b += (double)x_high[k] * wl + (double)x_low[k] * wh;
      c += (double)x_low[k] * wl;
    }
    sum[o] = a;
    mixed[o] = b;
    lowest[o] = c;
  }
}

static void add_one(float x_high, float x_low, const float *restrict high, const float *restrict low,
                    double *restrict sum, int outputs)
{
  double *restrict mixed = sum + outputs, *restrict lowest = mixed + outputs;

  for (int o = 0; o < outputs; o++) {
    double wh = (double)high[o], wl = (double)low[o];

    sum[o] += (double)x_high * wh;
    mixed[o] += (double)x_high * wl + (double)x_low * wh;
    lowest[o] += (double)x_low * wl;
  }
}

void f16_accumulate(const uint16_t *x, const float *high, const float *low, double *sum, int inputs, int outputs)
{
  for (int i = 0; i < inputs;) {
    int n = inputs - i < BLOCK ? 1 : BLOCK;
    float x_high[BLOCK], x_low[BLOCK];
    bool any = false;

    for (int k = 0; k < n; k++) {
      f16_split(x[i + k], &x_high[k], &x_low[k]);
      any |= x_high[k] != 0 || x_low[k] != 0;
    }
    if (any && n == BLOCK)
      add_block(x_high, x_low, high + i * outputs, low + i * outputs, sum, outputs);
    else if (any)
      add_one(x_high[0], x_low[0], high + i * outputs, low + i * outputs, sum, outputs);
    i += n;
  }
}

static int bit_length(wide_magnitude v)
{
  uint64_t top = (uint64_t)(v >> 64), rest = (uint64_t)v;

  return top ? 128 - __builtin_clzll(top) : rest ? 64 - __builtin_clzll(rest) : 0;
}

/* Sums stay far from both ends of the exponent range of fp32. */
static uint32_t round_sum(wide v)
{
  uint32_t sign = v < 0 ? UINT32_C(0x80000000) : 0, kept;
  wide_magnitude magnitude = v < 0 ? -(wide_magnitude)v : (wide_magnitude)v, rest, half;
  int length = bit_length(magnitude), right = length - 24;

  if (!length)
    return 0;
  if (right <= 0) {
    kept = (uint32_t)magnitude << -right;
  } else {
    half = (wide_magnitude)1 << (right - 1);
    rest = magnitude & (2 * half - 1);
    kept = (uint32_t)(magnitude >> right);
    kept += rest + (kept & 1) > half;
  }
  /* the leading one of kept, or its carry, counts the exponent up */
  return sign | (((uint32_t)(length - 1 + UNIT + 127 - 1) << 23) + kept);
}

uint32_t f16_round(double high, double mixed, double low, uint8_t flags)
{
  const wide half = 1 << HALF_BITS;
  wide v = ((int64_t)high * half + (int64_t)mixed) * half + (int64_t)low;

  if (flags & F16_NAN || (flags & F16_POSITIVE && flags & F16_NEGATIVE))
    return TSP_NAN_F32;
  if (flags)
    return flags & F16_POSITIVE ? UINT32_C(0x7f800000) : UINT32_C(0xff800000);
  return round_sum(v);
}
