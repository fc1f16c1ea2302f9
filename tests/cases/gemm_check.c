// SPDX-License-Identifier: Apache-2.0
// gemm_check.c: the oracle. A plain triple loop, and requantisation in the host's IEEE arithmetic, which rounds to
// nearest even: int32 -> fp32 and the fp32 product round once each, as the definition says.
#include "gemm_check.h"
#include "gemm.h"
#include <fenv.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int32_t gemm_product(const gemm_data *g, uint32_t row, uint32_t column)
{
  uint32_t sum = 0; /* wraps modulo 2^32 */
  for (uint32_t i = 0; i < g->k; i++)
    sum += (uint32_t)(g->x[(size_t)row * g->k + i] * g->w[(size_t)i * g->n + column]);
  return (int32_t)sum;
}

int8_t gemm_requantise(int32_t product, float scale, bool relu)
{
  float value = (float)product;
  value *= scale;
  if (relu && !(value > 0))
    value = 0;
  value = nearbyintf(value);
  return (int8_t)(value > 127 ? 127 : value < -128 ? -128 : value);
}

static void compare(const gemm_data *g, const uint8_t *y, uint32_t row, uint32_t column, tsp_oracle *out)
{
  int32_t product = gemm_product(g, row, column), got, want = product;
  size_t at = (size_t)row * g->n + column;
  if (g->requant) {
    want = gemm_requantise(product, g->scale, g->relu);
    got = (int8_t)y[at];
  } else {
    memcpy(&got, y + 4 * at, sizeof got);
  }
  out->compared++;
  if (got == want)
    return;
  double error = fabs((double)got - (double)want);
  out->max_abs_err = fmax(out->max_abs_err, error);
  out->max_ulp = fmax(out->max_ulp, error); /* of an integer, one unit */
  if (out->mismatches++ == 0)
    snprintf(out->first, sizeof out->first, "y[%u][%u]: expected %d, got %d (product %d)", row, column, want, got,
             product);
}

static tsp_status read_word(void *e, int slice, uint32_t addr, uint8_t *vector)
{
  return tsp_engine_mem_read(e, slice, addr, vector);
}

tsp_status gemm_check(void *ctx, const tsp_image *image, tsp_engine *e, tsp_oracle *out)
{
  const gemm_data *g = ctx;
  const tsp_tensor *t = tsp_image_tensor(image, "y");
  *out = (tsp_oracle){0};
  memcpy(out->note, g->note, sizeof out->note);
  if (!t || tsp_tensor_elements(t) != (uint64_t)g->m * g->n || fegetround() != FE_TONEAREST)
    return TSP_EFORMAT;
  uint8_t *y = calloc(tsp_tensor_elements(t), (size_t)tsp_type_size(t->type));
  if (!y)
    return TSP_ENOMEM;
  tsp_status s = tsp_tensor_gather(tsp_engine_config(e), t, y, read_word, e);
  for (uint32_t r = 0; s == TSP_OK && r < g->m; r++)
    for (uint32_t c = 0; c < g->n; c++)
      compare(g, y, r, c, out);
  free(y);
  return s;
}

void gemm_check_free(void *ctx)
{
  gemm_free(ctx);
  free(ctx);
}
