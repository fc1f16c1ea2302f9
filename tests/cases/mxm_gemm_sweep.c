// SPDX-License-Identifier: Apache-2.0
// mxm_gemm_sweep.c: seeded products of many shapes, from one element to the largest that fits.
#include "cases.h"
#include "gemm.h"
#include <math.h>
#include <stdio.h>

enum { SHAPES = 18, LONGEST = 40000 }; /* LONGEST: cycles of a largest product, so that RTL stays affordable */

typedef struct {
  uint32_t m, k, n;
} shape;

static uint32_t some(tsp_rng *r, int64_t high)
{
  return (uint32_t)rng_range(r, 1, high);
}

static shape random_shape(tsp_rng *r, const tsp_config *cfg)
{
  return (shape){some(r, cfg->acc_depth + 20), some(r, 3 * cfg->vector), some(r, 3 * cfg->vector)};
}

static shape shape_at(const tsp_config *cfg, tsp_rng *r, int i)
{
  uint32_t v = (uint32_t)cfg->vector, acc = (uint32_t)cfg->acc_depth;
  switch (i) {
  case 0: return (shape){1, 1, 1};
  case 1: return (shape){1, some(r, 3 * v), some(r, 3 * v)}; /* one row */
  case 2: return (shape){some(r, 100), some(r, 3 * v), 1};   /* one column */
  case 3: return (shape){some(r, 100), 1, some(r, 3 * v)};   /* K of one */
  case 4: return (shape){13, 67, 71};                        /* primes */
  case 5: return (shape){31, 2 * v + 1, 3 * v - 1};          /* a lane too many, a lane too few */
  case 6: return (shape){32, v, v};                          /* exact multiples of the vector */
  case 7: return (shape){acc, 2 * v, 2 * v};
  case 8: return (shape){acc + 1, v + 1, v}; /* one row more than the accumulators hold */
  default: return random_shape(r, cfg);
  }
}

/* Words of memory of the product, and a rough count of its cycles. */
static double words(const tsp_config *cfg, shape s, double y_bytes)
{
  double v = cfg->vector, kts = ceil(s.k / v), nts = ceil(s.n / v);
  return s.m * kts + kts * nts * v + s.m * nts * y_bytes;
}

static double cycles(const tsp_config *cfg, shape s)
{
  double v = cfg->vector, tiles = ceil(s.k / v) * ceil(s.n / v);
  return tiles * fmax(s.m, (double)cfg->superlanes * cfg->parts * 2 * cfg->planes) / cfg->planes;
}

static shape grow(shape s, int dimension, uint32_t size)
{
  uint32_t *at[3] = {&s.m, &s.k, &s.n};
  *at[dimension] = size;
  return s;
}

/* One dimension as large as memory and LONGEST allow, the others small. */
static shape largest(const tsp_config *cfg, tsp_rng *r, int dimension, bool requant)
{
  shape s = {some(r, 4), some(r, cfg->vector), some(r, cfg->vector)};
  double room = 2.0 * cfg->mem_slices * cfg->mem_words;
  uint32_t low = 1, high = 1u << 24;
  while (low < high) {
    uint32_t middle = low + (high - low + 1) / 2;
    shape t = grow(s, dimension, middle);
    if (words(cfg, t, requant ? 1 : 4) <= room && cycles(cfg, t) <= LONGEST)
      low = middle;
    else
      high = middle - 1;
  }
  return grow(s, dimension, low);
}

static tsp_status make_data(const tsp_config *cfg, uint64_t seed, int i, shape s, gemm_data *g)
{
  tsp_rng rng = {seed * 1000003 + (uint64_t)i};
  tsp_status status = gemm_alloc(g, s.m, s.k, s.n);
  if (status != TSP_OK)
    return status;
  gemm_random(g, &rng);
  g->requant = cfg->fp && i % 2;
  g->relu = g->requant && i % 4 == 3;
  g->scale = (float)(127 / (100 * 100 * sqrt(s.k))); /* some results saturate */
  snprintf(g->note, sizeof g->note, "%ux%ux%u %s%s%s", s.m, s.k, s.n, g->requant ? "requantised" : "int32",
           g->relu ? ", ReLU" : "", cfg->fp ? "" : " (no fp32)");
  return TSP_OK;
}

/* What does not fit is cut by a sixteenth in its largest dimension until it does. */
static shape smaller(shape s)
{
  uint32_t *most = s.m >= s.k && s.m >= s.n ? &s.m : s.k >= s.n ? &s.k : &s.n;
  *most -= (*most + 15) / 16;
  return s;
}

static tsp_status make(const tsp_config *cfg, uint64_t seed, int i, tsp_run *out, tsp_error *err)
{
  tsp_rng rng = {seed ^ (UINT64_C(0x5eed) << 32) ^ (uint64_t)i};
  bool big = i >= SHAPES - 3;
  shape s = big ? largest(cfg, &rng, i - (SHAPES - 3), cfg->fp && i % 2) : shape_at(cfg, &rng, i);
  for (;; s = smaller(s)) {
    gemm_data g;
    if (s.m == 0 || s.k == 0 || s.n == 0)
      return TSP_ERANGE;
    tsp_status status = make_data(cfg, seed, i, s, &g);
    if (status != TSP_OK)
      return tsp_fail(err, status, "mxm_gemm_sweep: %s", tsp_status_text(status));
    status = gemm_run(cfg, "mxm_gemm_sweep", &g, out, err);
    if (status != TSP_ERANGE)
      return status;
  }
}

const tsp_case case_mxm_gemm_sweep = {
    "mxm_gemm_sweep", "products of many shapes, int32 and requantised, with and without ReLU", SHAPES, make};
