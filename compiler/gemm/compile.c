// SPDX-License-Identifier: Apache-2.0
// compile.c: the passes in a row.
#include "pass.h"
#include "tsp_fetch.h"
#include <string.h>

static const char *const passes[] = {"kernel", "tile", "place", "schedule", "emit", NULL};

const char *const *tsp_compile_passes(void)
{
  return passes;
}

static tsp_status check_dump(const tsp_dump *dump, tsp_error *err)
{
  if (!dump || !dump->pass || strcmp(dump->pass, "all") == 0)
    return TSP_OK;
  for (int i = 0; passes[i]; i++)
    if (strcmp(dump->pass, passes[i]) == 0)
      return TSP_OK;
  return tsp_fail(err, TSP_EFORMAT, "no pass is called %s; there are kernel, tile, place, schedule, emit and all",
                  dump->pass);
}

static void print(const tspc_unit *u, const tsp_dump *dump, const char *pass, void (*to)(const tspc_unit *, FILE *))
{
  if (dump && dump->pass && (strcmp(dump->pass, "all") == 0 || strcmp(dump->pass, pass) == 0))
    to(u, dump->to);
}

/* Words of memory that the product needs at the least. */
static uint64_t words_needed(const tspc_kernel *k, uint64_t m, uint64_t n)
{
  const tsp_config *cfg = k->cfg;
  uint64_t vector = (uint64_t)cfg->vector, kts = (k->gemm->k + vector - 1) / vector, nts = (n + vector - 1) / vector;
  return m * kts + kts * nts * (uint64_t)(cfg->superlanes * cfg->lanes) + m * nts * (uint64_t)k->y_bytes;
}

/* The most of m or n that fits, the others as they are; 0 if none. */
static uint64_t most(const tspc_kernel *k, uint64_t words, bool rows)
{
  uint64_t low = 0, high = rows ? k->gemm->m : k->gemm->n;
  while (low < high) {
    uint64_t mid = (low + high + 1) / 2;
    if ((rows ? words_needed(k, mid, k->gemm->n) : words_needed(k, k->gemm->m, mid)) <= words)
      low = mid;
    else
      high = mid - 1;
  }
  return low;
}

static tsp_status too_big(const tspc_kernel *k, uint64_t words, tsp_error *err)
{
  const tsp_gemm *g = k->gemm;
  char fits[96] = "no M or N fits with the others as they are";
  unsigned long long m = most(k, words, true), n = most(k, words, false);
  if (m > 0 && n > 0)
    snprintf(fits, sizeof fits, "at most about M %llu or N %llu fit", m, n);
  else if (m > 0)
    snprintf(fits, sizeof fits, "at most about M %llu fits", m);
  else if (n > 0)
    snprintf(fits, sizeof fits, "at most about N %llu fits", n);
  return tsp_fail(err, TSP_ERANGE, "gemm %ux%ux%u: needs %llu words of memory, configuration %s has %llu; %s", g->m,
                  g->k, g->n, (unsigned long long)words_needed(k, g->m, g->n), k->cfg->name, (unsigned long long)words,
                  fits);
}

/* Smaller chunks pack where large ones do not. */
static tsp_status tile_and_place(tspc_unit *u, tsp_error *err)
{
  const tspc_kernel *k = &u->kernel;
  uint64_t words = 2 * (uint64_t)k->cfg->mem_slices * (uint64_t)k->cfg->mem_words;
  if (words_needed(k, k->gemm->m, k->gemm->n) > words)
    return too_big(k, words, err);
  tsp_status status = TSP_ERANGE;
  for (uint32_t rows = tspc_tile_max_rows(k); status == TSP_ERANGE && rows > 0; rows /= 2) {
    tspc_tiling_free(&u->tiling);
    status = tspc_tile(k, rows, &u->tiling, err);
    if (status == TSP_OK)
      status = tspc_place(k, &u->tiling, &u->layout, err);
  }
  return status == TSP_ERANGE ? too_big(k, words, err) : status;
}

/* What the queues do not hold is fetched from memory. */
static tsp_status fetch(tspc_unit *u, tsp_error *err)
{
  const tsp_config *cfg = u->kernel.cfg;
  const tsp_gemm *g = u->kernel.gemm;
  tsp_error why = {""};
  tsp_status status = tsp_text_fetch(cfg, u->kernel.isa, u->image, 0, NULL, &why);
  int longest = 0;
  char name[16];
  if (status == TSP_OK)
    return status;
  for (int q = 0; q < cfg->queues; q++)
    longest = u->image->queue[q].length > u->image->queue[longest].length ? q : longest;
  uint32_t words = u->image->queue[longest].length;
  return tsp_fail(err, status,
                  "gemm %ux%ux%u: queue %s has %u words of text, configuration %s holds %d (iq_depth); about %u rows "
                  "would fit. %s",
                  g->m, g->k, g->n, tsp_queue_name(cfg, longest, name), words, cfg->name, cfg->iq_depth,
                  (uint32_t)((uint64_t)g->m * (uint64_t)cfg->iq_depth / words), why.text);
}

static tsp_status compile(tspc_unit *u, const tsp_gemm *gemm, const tsp_dump *dump, tsp_error *err)
{
  const tspc_kernel *k = &u->kernel;
  print(u, dump, "kernel", tspc_dump_kernel);
  tsp_status status = tile_and_place(u, err);
  if (status != TSP_OK)
    return status;
  print(u, dump, "tile", tspc_dump_tile);
  print(u, dump, "place", tspc_dump_place);
  status = tspc_schedule_make(k, &u->tiling, &u->layout, &u->schedule, err);
  if (status != TSP_OK)
    return status;
  print(u, dump, "schedule", tspc_dump_schedule);
  status = tsp_image_new(k->cfg, gemm->name ? gemm->name : "gemm", &u->image);
  if (status == TSP_OK) {
    u->image->table_hash = tsp_table_hash(k->isa, k->cfg);
    status = tspc_tensors(k, &u->tiling, &u->layout, u->image);
  }
  if (status == TSP_OK)
    status = tspc_bounds(k, u->image);
  if (status != TSP_OK)
    return tsp_fail(err, status, "gemm: %s", tsp_status_text(status));
  status = tspc_emit(u, u->image, err);
  if (status == TSP_OK)
    status = fetch(u, err);
  if (status == TSP_OK)
    print(u, dump, "emit", tspc_dump_emit);
  return status;
}

tsp_status tsp_compile_gemm(const tsp_config *cfg, const tsp_isa *isa, const tsp_gemm *gemm, const tsp_dump *dump,
                            tsp_image **out, tsp_error *err)
{
  tspc_unit u = {0};
  *out = NULL;
  tsp_status status = check_dump(dump, err);
  if (status == TSP_OK)
    status = tspc_kernel_make(cfg, isa ? isa : tsp_isa_builtin(), gemm, &u.kernel, err);
  if (status == TSP_OK)
    status = compile(&u, gemm, dump, err);
  tspc_schedule_free(&u.schedule);
  tspc_layout_free(&u.layout);
  tspc_tiling_free(&u.tiling);
  if (status == TSP_OK)
    *out = u.image;
  else
    tsp_image_free(u.image);
  return status;
}
