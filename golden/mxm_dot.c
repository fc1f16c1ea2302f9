/* SPDX-License-Identifier: Apache-2.0 */
/* mxm_dot.c - the product of one activation vector with a plane, on which most of the machine's time is spent.
 *
 * Activations are unsigned here (value + 128): unsigned times signed bytes is what the dot product instructions of
 * current CPUs take, and gcc finds them in this loop. 128 times the sum of the row, kept from the install, goes off.
 * CPUs without them multiply pairs of 16 bits, for which the activations are widened once. */
#include "machine.h"

#if defined(__AVX512VNNI__) || defined(__AVXVNNI__)
typedef uint8_t factor;
#else
typedef int16_t factor;
#endif

enum { FACTORS = 1024 }; /* 64 superlanes of 16 lanes */

static int32_t dot(const factor *restrict x, const int8_t *restrict w, int n)
{
  int32_t sum = 0;

  for (int i = 0; i < n; i++)
    sum += x[i] * w[i];
  return sum;
}

int32_t mxm_row_sum(const int8_t *row, int row_bytes)
{
  int32_t sum = 0;

  for (int i = 0; i < row_bytes; i++)
    sum += row[i];
  return sum;
}

/* |dot| <= 255 * 128 * 1024 < 2^31: every sum is exact. */
void mxm_product(const uint8_t *x, const int8_t *weights, const int32_t *sum, int32_t *y, int outputs, int row_bytes)
{
  _Alignas(WEIGHT_ALIGN) factor wide[FACTORS];

  for (int i = 0; i < row_bytes; i++)
    wide[i] = x[i];
  for (int o = 0; o < outputs; o++)
    y[o] = dot(wide, weights + (size_t)o * (size_t)row_bytes, row_bytes) - 128 * sum[o];
}
