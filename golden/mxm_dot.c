/* SPDX-License-Identifier: Apache-2.0 */
/* mxm_dot.c - the product of one activation vector with a plane, for which most of the machine's time is spent.
 *
 * Activations are unsigned here (value + 128): unsigned times signed bytes is what the dot product instructions of
 * current CPUs take, and gcc finds them in this loop. 128 times the sum of the row, kept from the install, goes off. */
#include "machine.h"

static int32_t dot(const uint8_t *restrict x, const int8_t *restrict w, int n)
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

/* |sum| < 255 * 128 * 1024 < 2^31: the sums are exact, and the product of a plane never wraps. */
void mxm_product(const uint8_t *x, const int8_t *weights, const int32_t *sum, int32_t *y, int outputs, int row_bytes)
{
  for (int o = 0; o < outputs; o++)
    y[o] = dot(x, weights + (size_t)o * (size_t)row_bytes, row_bytes) - 128 * sum[o];
}
