// SPDX-License-Identifier: Apache-2.0
// gemm.c: makes a run of a matrix product.
#include "gemm.h"
#include "gemm_check.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

tsp_status gemm_alloc(gemm_data *g, uint32_t m, uint32_t k, uint32_t n)
{
  *g = (gemm_data){.m = m, .k = k, .n = n, .scale = 1};
  g->x = malloc((size_t)m * k);
  g->w = malloc((size_t)k * n);
  if (g->x && g->w)
    return TSP_OK;
  gemm_free(g);
  return TSP_ENOMEM;
}

void gemm_free(gemm_data *g)
{
  free(g->x);
  free(g->w);
  g->x = g->w = NULL;
}

void gemm_random(gemm_data *g, tsp_rng *rng)
{
  for (size_t i = 0; i < (size_t)g->m * g->k; i++)
    g->x[i] = (int8_t)rng_range(rng, -128, 127);
  for (size_t i = 0; i < (size_t)g->k * g->n; i++)
    g->w[i] = (int8_t)rng_range(rng, -128, 127);
}

void gemm_crop(gemm_data *g, uint32_t m, uint32_t k, uint32_t n)
{
  for (uint32_t r = 0; r < m; r++)
    memmove(&g->x[(size_t)r * k], &g->x[(size_t)r * g->k], k);
  for (uint32_t r = 0; r < k; r++)
    memmove(&g->w[(size_t)r * n], &g->w[(size_t)r * g->n], n);
  g->m = m;
  g->k = k;
  g->n = n;
}

void gemm_quantise(const float *from, size_t count, int8_t *to)
{
  float most = 0;
  for (size_t i = 0; i < count; i++)
    most = fmaxf(most, fabsf(from[i]));
  for (size_t i = 0; i < count; i++)
    to[i] = (int8_t)(most > 0 ? lrintf(from[i] / most * 127) : 0);
}

void gemm_fit_scale(gemm_data *g)
{
  double most = 1;
  for (uint32_t r = 0; r < g->m; r++)
    for (uint32_t c = 0; c < g->n; c++)
      most = fmax(most, fabs((double)gemm_product(g, r, c)));
  g->scale = (float)(127 / most);
}

tsp_status gemm_compile(const tsp_config *cfg, const tsp_isa *isa, const char *name, const gemm_data *g,
                        tsp_image **image, tsp_error *err)
{
  tsp_gemm gemm = {.name = name,
                   .m = g->m,
                   .k = g->k,
                   .n = g->n,
                   .requant = g->requant,
                   .relu = g->relu,
                   .scale = g->scale,
                   .x = g->x,
                   .w = g->w};
  *image = NULL;
  tsp_graph *graph = tsp_graph_gemm(&gemm);
  if (!graph)
    return TSP_ENOMEM;
  tsp_status s = tsp_graph_compile(cfg, isa, graph, NULL, image, err);
  tsp_graph_free(graph);
  return s;
}

/* The leading m rows and n columns. */
static tsp_status compile(const tsp_config *cfg, const char *name, const gemm_data *g, uint32_t m, uint32_t n,
                          tsp_image **image, tsp_error *err)
{
  gemm_data part;
  tsp_status s = gemm_alloc(&part, g->m, g->k, g->n);
  if (s != TSP_OK)
    return s;
  memcpy(part.x, g->x, (size_t)g->m * g->k);
  memcpy(part.w, g->w, (size_t)g->k * g->n);
  gemm_crop(&part, m, g->k, n);
  part.requant = g->requant;
  part.relu = g->relu;
  part.scale = g->scale;
  s = gemm_compile(cfg, NULL, name, &part, image, err);
  gemm_free(&part);
  return s;
}

static void integer_only(const tsp_config *cfg, gemm_data *g)
{
  if (cfg->fp || !g->requant)
    return;
  g->requant = g->relu = false;
  size_t used = strlen(g->note);
  snprintf(g->note + used, sizeof g->note - used, "%s%s has no fp32: the int32 product is checked", used ? "; " : "",
           cfg->name);
}

static tsp_status hand_over(gemm_data *g, tsp_image *image, tsp_run *out)
{
  gemm_data *ctx = malloc(sizeof *ctx);
  if (!ctx) {
    tsp_image_free(image);
    gemm_free(g);
    return TSP_ENOMEM;
  }
  *ctx = *g;
  *out = (tsp_run){.image = image, .ctx = ctx, .check = gemm_check, .free = gemm_check_free};
  return TSP_OK;
}

tsp_status gemm_run(const tsp_config *cfg, const char *name, gemm_data *g, tsp_run *out, tsp_error *err)
{
  tsp_image *image;
  integer_only(cfg, g);
  tsp_status s = gemm_compile(cfg, NULL, name, g, &image, err);
  if (s == TSP_OK)
    return hand_over(g, image, out);
  gemm_free(g);
  return s;
}

/* The most columns that fit with m rows, with their image; 0 if none. */
static uint32_t fit_columns(const tsp_config *cfg, const char *name, const gemm_data *g, uint32_t m, tsp_image **image,
                            tsp_error *err)
{
  uint32_t low = 0, high = g->n;
  while (low < high) {
    uint32_t middle = low + (high - low + 1) / 2;
    tsp_image *candidate;
    if (compile(cfg, name, g, m, middle, &candidate, err) == TSP_OK) {
      tsp_image_free(*image);
      *image = candidate;
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

tsp_status gemm_run_cropped(const tsp_config *cfg, const char *name, gemm_data *g, tsp_run *out, tsp_error *err)
{
  tsp_image *image = NULL;
  integer_only(cfg, g);
  tsp_status s = gemm_compile(cfg, NULL, name, g, &image, err);
  if (s == TSP_OK)
    return hand_over(g, image, out);
  if (s != TSP_ERANGE) {
    gemm_free(g);
    return s;
  }
  uint32_t m = g->m, n = 0, all_m = g->m, all_n = g->n;
  while (m > 0 && (n = fit_columns(cfg, name, g, m, &image, err)) == 0)
    m /= 2;
  if (n == 0) {
    gemm_free(g);
    return TSP_ERANGE;
  }
  gemm_crop(g, m, g->k, n);
  size_t used = strlen(g->note);
  snprintf(g->note + used, sizeof g->note - used, "%s%ux%ux%u does not fit: its leading %ux%ux%u", used ? "; " : "",
           all_m, g->k, all_n, m, g->k, n);
  return hand_over(g, image, out);
}
