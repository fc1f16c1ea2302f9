// SPDX-License-Identifier: Apache-2.0
// mxm_gemm_f16.c: y = x * w in fp16 on the first pair of planes. Each tile of K is an exact sum of products, rounded
// once to fp32; tiles are added in fp32. The oracle sums in 128-bit integers.
#include "build.h"
#include "cases.h"
#include "gemm.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 8, TILES = 2, RUNS = 4 };

typedef struct {
  uint32_t m, k, n, tile;
  uint16_t *x, *w; /* [m][k], [tiles][n][tile] */
  char note[160];
} f16_data;

/* ---- the oracle ------------------------------------------------------------------------------------------------ */

/* A finite half in units of 2^-24. */
static int64_t units(uint16_t h)
{
  int exponent = h >> 10 & 31;
  int64_t m = exponent ? (int64_t)(0x400 | (h & 0x3ff)) << (exponent - 1) : h & 0x3ff;
  return h & 0x8000 ? -m : m;
}

static bool special(uint16_t h)
{
  return (h & 0x7c00) == 0x7c00;
}

/* An integer in units of 2^-48, rounded once to the nearest float, ties to even. */
static float rounded(__int128 sum)
{
  const bool negative = sum < 0;
  unsigned __int128 v = negative ? -(unsigned __int128)sum : (unsigned __int128)sum;
  int shift = 0;
  while (v >> shift >> 24)
    shift++;
  uint64_t kept = (uint64_t)(v >> shift);
  const unsigned __int128 rest = v - ((unsigned __int128)kept << shift);
  const unsigned __int128 half = shift ? (unsigned __int128)1 << (shift - 1) : 0;
  if (shift && (rest > half || (rest == half && kept & 1)))
    kept++;
  const float f = ldexpf((float)kept, shift - 48); /* kept has at most 24 bits, or is 2^24 */
  return negative ? -f : f;
}

/* The product of what is not finite: 0 finite, else an infinity or NaN. */
static float not_finite(uint16_t a, uint16_t b)
{
  const bool nan = (special(a) && a & 0x3ff) || (special(b) && b & 0x3ff);
  if (!special(a) && !special(b))
    return 0;
  if (nan || !(a & 0x7fff) || !(b & 0x7fff))
    return NAN;
  return (a ^ b) & 0x8000 ? -INFINITY : INFINITY;
}

static float dot(const uint16_t *x, const uint16_t *w, uint32_t n)
{
  __int128 sum = 0;
  float beyond = 0; /* infinities of both signs add to NaN */
  for (uint32_t i = 0; i < n; i++) {
    beyond += not_finite(x[i], w[i]);
    if (!special(x[i]) && !special(w[i]))
      sum += (__int128)units(x[i]) * units(w[i]);
  }
  return beyond != 0 ? beyond : rounded(sum);
}

static float expected(const f16_data *d, uint32_t row, uint32_t column)
{
  float y = 0;
  for (uint32_t t = 0; t < TILES; t++) {
    const float part =
        dot(d->x + (size_t)row * d->k + t * d->tile, d->w + ((size_t)t * d->n + column) * d->tile, d->tile);
    y = t ? y + part : part;
  }
  return y;
}

static tsp_status check(void *ctx, const tsp_image *image, tsp_engine *e, tsp_oracle *out)
{
  const f16_data *d = ctx;
  uint32_t *y = build_fetch(image, e, "y"), want;
  *out = (tsp_oracle){.compared = (uint64_t)d->m * d->n};
  snprintf(out->note, sizeof out->note, "%s", d->note);
  for (uint32_t i = 0; y && i < d->m * d->n; i++) {
    const float f = expected(d, i / d->n, i % d->n);
    memcpy(&want, &f, sizeof want);
    want = isnan(f) ? 0x7fc00000 : want;
    if (y[i] != want && out->mismatches++ == 0)
      snprintf(out->first, sizeof out->first, "y[%u][%u]: expected 0x%08x (%.9g), got 0x%08x", i / d->n, i % d->n, want,
               (double)f, y[i]);
  }
  free(y);
  return y ? TSP_OK : TSP_ENOMEM;
}

static void release(void *ctx)
{
  f16_data *d = ctx;
  free(d->x);
  free(d->w);
  free(d);
}

/* ---- data ------------------------------------------------------------------------------------------------------ */

/* By run: numbers of moderate size; all sizes, with large ones that cancel; subnormals; now and then no number. */
static uint16_t draw(tsp_rng *r, int run, uint32_t i)
{
  const uint16_t any = (uint16_t)rng_next(r), sign = any & 0x8000, fraction = any & 0x3ff;
  switch (run) {
  case 0: return (uint16_t)(sign | (uint16_t)rng_range(r, 10, 18) << 10 | fraction);
  case 1: return i % 3 ? (uint16_t)(sign | (uint16_t)rng_range(r, 0, 30) << 10 | fraction) : (uint16_t)(sign | 0x7bff);
  case 2: return (uint16_t)(sign | (uint16_t)rng_range(r, 0, 2) << 10 | fraction);
  default:
    return rng_range(r, 0, 400) ? (uint16_t)(sign | (uint16_t)rng_range(r, 0, 30) << 10 | fraction)
                                : (uint16_t)(sign | 0x7c00 | (rng_range(r, 0, 3) ? 0 : fraction));
  }
}

static f16_data *make_data(const tsp_config *cfg, uint64_t seed, int run)
{
  static const char *const note[RUNS] = {"moderate numbers", "numbers of all sizes that cancel", "subnormal numbers",
                                         "infinities and NaN"};
  f16_data *d = calloc(1, sizeof *d);
  tsp_rng rng = {seed * 1000003 + (uint64_t)run};
  if (!d)
    return NULL;
  d->tile = d->n = (uint32_t)cfg->vector;
  d->m = cfg->acc_depth < ROWS ? (uint32_t)cfg->acc_depth : ROWS;
  d->k = TILES * d->tile;
  d->x = malloc((size_t)d->m * d->k * sizeof *d->x);
  d->w = malloc((size_t)TILES * d->n * d->tile * sizeof *d->w);
  if (!d->x || !d->w) {
    release(d);
    return NULL;
  }
  for (uint32_t i = 0; i < d->m * d->k; i++)
    d->x[i] = draw(&rng, run, i);
  for (uint32_t i = 0; i < TILES * d->n * d->tile; i++)
    d->w[i] = draw(&rng, run, i);
  snprintf(d->note, sizeof d->note, "%s, %ux%ux%u", note[run], d->m, d->k, d->n);
  return d;
}

/* ---- the program ----------------------------------------------------------------------------------------------- */

typedef struct {
  build b;
  const tsp_config *c;
  const f16_data *d;
  int plane, column, outward, slots;
  uint32_t weights[2]; /* first word of the low and high bytes, the same in all slices that hold weights */
} f16_case;

static int weights_queue(const f16_case *g, int half)
{
  return g->c->q_mxm + 3 * (g->plane + half);
}

/* Slice j holds, for each slot, the output that stream j brings it. */
static void place_weights(f16_case *g, int tile)
{
  const uint32_t n = g->d->n, each = g->d->tile;
  char name[16];
  snprintf(name, sizeof name, "w%d", tile);
  int t = build_tensor(&g->b, name, TSP_F16, n, each, g->d->w + (size_t)tile * n * each);
  for (int half = 0; half < 2; half++)
    for (int j = 0; j < g->c->lw_streams; j++) {
      const int slice = build_slice(g->c, j);
      g->weights[half] = build_room(&g->b, slice, (uint32_t)g->slots);
      build_piece(&g->b, t,
                  (tsp_piece){.slice = (uint16_t)slice,
                              .byte = (uint8_t)half,
                              .addr = g->weights[half],
                              .count = (uint32_t)g->slots,
                              .addr_step = 1,
                              .lanes = each,
                              .first = (int64_t)j * each,
                              .vec_step = (int64_t)g->c->lw_streams * each,
                              .lane_step = 1});
    }
}

/* Loads both planes and installs; the cycle after the IWs. */
static int64_t load(f16_case *g, int64_t now)
{
  for (int half = 0; half < 2; half++)
    for (int slot = 0; slot < g->slots; slot++, now++) {
      for (int j = 0; j < g->c->lw_streams; j++)
        build_read(&g->b, build_slice(g->c, j), g->weights[half] + (uint32_t)slot, g->outward, j, g->column, now);
      build_at(&g->b, weights_queue(g, half), now,
               ins_with(ins_with(ins(TSP_OP_LW), "group", g->outward * 32), "slot", slot));
    }
  build_at(&g->b, weights_queue(g, 0), now, ins(TSP_OP_IW));
  build_at(&g->b, weights_queue(g, 1), now, ins(TSP_OP_IW));
  return now + 1;
}

/* One tile: all rows of x through the planes. y: where the last tile's sums go, by byte. */
static int64_t multiply(f16_case *g, int tile, const uint32_t x[2], const uint32_t y[4], int64_t now)
{
  const int slices = 2 * g->c->mem_slices, apart = slices >= 6 ? 2 : 2 * g->c->columns + g->c->superlanes + 16;
  const unsigned acc = tile == 0 ? TSP_OP_ACC_SET : tile + 1 < TILES ? TSP_OP_ACC_ADD_F32 : TSP_OP_ACC_SUM_F32;
  for (uint32_t m = 0; m < g->d->m; m++, now += apart) {
    const int64_t there = now + g->c->superlanes + 1;
    for (int half = 0; half < 2; half++)
      build_read(&g->b, build_slice(g->c, half), x[half] + (uint32_t)tile * g->d->m + m, g->outward, half, g->column,
                 now);
    build_at(&g->b, weights_queue(g, 0) + 1, now, ins_with(ins(TSP_OP_ABC_F16), "group", g->outward * 32));
    build_at(&g->b, weights_queue(g, 0) + 2, there,
             ins_with(ins_with(ins(acc), "acc", m), "out", (1 - g->outward) * 32));
    for (int byte = 0; acc == TSP_OP_ACC_SUM_F32 && byte < 4; byte++)
      build_write(&g->b, build_slice(g->c, (2 + byte) % slices), y[byte] + m, 1 - g->outward, byte, g->column,
                  there + build_late(&g->b, acc));
  }
  return now + 2 * g->c->superlanes + 2 * g->c->columns + 8;
}

static tsp_piece rows_piece(const f16_data *d, int slice, int byte, uint32_t addr, int64_t first, int64_t vec_step)
{
  return (tsp_piece){.slice = (uint16_t)slice,
                     .byte = (uint8_t)byte,
                     .addr = addr,
                     .count = d->m,
                     .addr_step = 1,
                     .lanes = d->tile,
                     .first = first,
                     .vec_step = vec_step,
                     .lane_step = 1};
}

static void program(f16_case *g)
{
  const f16_data *d = g->d;
  uint32_t x[2], y[4];
  int tx = build_tensor(&g->b, "x", TSP_F16, d->m, d->k, d->x),
      ty = build_tensor(&g->b, "y", TSP_F32, d->m, d->n, NULL);
  for (int half = 0; half < 2; half++) {
    x[half] = build_room(&g->b, build_slice(g->c, half), TILES * d->m);
    for (uint32_t t = 0; t < TILES; t++)
      build_piece(&g->b, tx, rows_piece(d, build_slice(g->c, half), half, x[half] + t * d->m, t * d->tile, d->k));
  }
  for (int byte = 0; byte < 4; byte++) {
    const int slice = build_slice(g->c, (2 + byte) % (2 * g->c->mem_slices));
    y[byte] = build_room(&g->b, slice, d->m);
    build_piece(&g->b, ty, rows_piece(d, slice, byte, y[byte], 0, d->n));
  }
  /* the same word in all slices that hold weights */
  uint32_t from = 0;
  for (int j = 0; j < 2 * g->c->mem_slices; j++)
    from = g->b.free_addr[j] > from ? g->b.free_addr[j] : from;
  for (int j = 0; j < 2 * g->c->mem_slices; j++)
    g->b.free_addr[j] = from;
  int64_t now = 2 * g->c->columns + 8;
  for (int tile = 0; tile < TILES; tile++) {
    place_weights(g, tile);
    now = load(g, now);
    now = multiply(g, tile, x, y, now);
  }
}

static int first_pair(const tsp_config *c)
{
  for (int p = 0; p < c->planes; p++)
    if (tsp_plane_pairs(c, p))
      return p;
  return -1;
}

static tsp_status int8_instead(const tsp_config *cfg, uint64_t seed, int run, tsp_run *out, tsp_error *err)
{
  gemm_data g;
  tsp_rng rng = {seed + (uint64_t)run};
  tsp_status s = gemm_alloc(&g, ROWS, (uint32_t)(TILES * cfg->vector), (uint32_t)cfg->vector);
  if (s != TSP_OK)
    return s;
  gemm_random(&g, &rng);
  snprintf(g.note, sizeof g.note, "%s has no pair of planes with fp16: an int8 product instead", cfg->name);
  return gemm_run_cropped(cfg, "mxm_gemm_f16", &g, out, err);
}

static tsp_status make(const tsp_config *cfg, uint64_t seed, int run, tsp_run *out, tsp_error *err)
{
  f16_case g = {.c = cfg, .plane = first_pair(cfg), .slots = cfg->superlanes * cfg->parts};
  if (!cfg->fp || g.plane < 0)
    return int8_instead(cfg, seed, run, out, err);
  if (2 * cfg->mem_slices < cfg->lw_streams || cfg->mem_slices < 2)
    return tsp_fail(err, TSP_ERANGE, "mxm_gemm_f16: %s has too few MEM slices to load weights", cfg->name);
  f16_data *d = make_data(cfg, seed, run);
  tsp_status s = d ? build_new(cfg, "mxm_gemm_f16", &g.b) : TSP_ENOMEM;
  if (s == TSP_OK) {
    g.d = d;
    g.column = tsp_queue_column(cfg, weights_queue(&g, 0));
    g.outward = tsp_plane_hemisphere(cfg, g.plane);
    program(&g);
    s = build_finish(&g.b, &out->image, err);
  }
  if (s != TSP_OK) {
    if (d)
      release(d);
    return s;
  }
  *out = (tsp_run){.image = out->image, .ctx = d, .check = check, .free = release};
  return TSP_OK;
}

const tsp_case case_mxm_gemm_f16 = {"mxm_gemm_f16", "fp16 products, exact sums rounded once, fp32 between tiles", RUNS,
                                    make};
