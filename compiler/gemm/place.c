// SPDX-License-Identifier: Apache-2.0
// place.c: gives every tile a place in memory. Inputs fill bank 0 first and results bank 1, so that one slice can feed
// activations and take results in the same cycle.
#include "pass.h"
#include <stdlib.h>

enum { EXCLUDED = -1, CLASS_PENALTY = 1 << 20, INPUT_BANK = CLASS_PENALTY / 2, OUTPUT_BANK = 1 << 28 };

/* What a block wants: `count` different slices with `words` free words each, best rank first. */
typedef struct {
  const tspc_kernel *k;
  tspc_layout *l;
  int hemisphere, index, bank; /* index: zone for w, block number for x, plane in its hemisphere for y */
  int64_t (*rank)(const void *request, int slice);
} request;

static uint32_t room(const request *r, int slice, int bank)
{
  return (uint32_t)r->k->cfg->mem_words / 2 - r->l->used[2 * slice + bank];
}

/* The fullest slices last, so that the last words of all slices can be used together. */
static int64_t spread_rank(const request *r, int slice, uint32_t words, int *bank)
{
  const uint32_t *used = &r->l->used[2 * slice];
  *bank = room(r, slice, r->bank) >= words ? r->bank : !r->bank;
  return room(r, slice, *bank) >= words ? (int64_t)used[0] + used[1] : EXCLUDED;
}

static int64_t total_rank(const request *r, int slice, uint32_t words, int *bank)
{
  if (r->l->spread)
    return spread_rank(r, slice, words, bank);
  *bank = r->bank;
  if (room(r, slice, *bank) >= words)
    return r->rank(r, slice);
  *bank = !r->bank;
  return room(r, slice, *bank) >= words ? (r->bank ? OUTPUT_BANK : INPUT_BANK) + r->rank(r, slice) : EXCLUDED;
}

static bool holds(const tspc_block *b, int slice)
{
  for (int i = 0; i < b->slices; i++)
    if (b->slice[i] == slice)
      return true;
  return false;
}

/* The best slice that the block does not use yet. */
static int best_slice(const request *r, const tspc_block *b, uint32_t words, int *bank)
{
  int best = -1, try_bank;
  int64_t best_rank = INT64_MAX;
  for (int s = 0; s < 2 * r->k->cfg->mem_slices; s++) {
    int64_t rank = total_rank(r, s, words, &try_bank);
    if (rank == EXCLUDED || rank >= best_rank || holds(b, s))
      continue;
    best = s;
    best_rank = rank;
    *bank = try_bank;
  }
  return best;
}

static bool allocate(const request *r, int count, uint32_t words, tspc_block *b)
{
  for (b->slices = 0; b->slices < count;) {
    int bank = 0, s = best_slice(r, b, words, &bank);
    if (s < 0)
      return false;
    b->slice[b->slices] = (uint16_t)s;
    b->addr[b->slices++] = (uint32_t)(bank * (r->k->cfg->mem_words / 2)) + r->l->used[2 * s + bank];
    r->l->used[2 * s + bank] += words;
  }
  return true;
}

static int64_t rank_w(const void *request_, int slice)
{
  const request *r = request_;
  for (int j = 0; j < r->k->cfg->lw_streams; j++)
    if (tspc_zone_slice(r->k->cfg, r->l->local, r->hemisphere, r->index, j) == slice)
      return j;
  return CLASS_PENALTY + r->l->used[2 * slice];
}

static int64_t rank_x(const void *request_, int slice)
{
  const request *r = request_;
  uint16_t list[MAX_SLICES];
  int count = tspc_x_slices(r->k, r->hemisphere, list);
  for (int i = 0; i < count; i++)
    if (list[i] == slice)
      return (i - r->index % count + count) % count;
  int away = tspc_slice_hemisphere(r->k->cfg, slice) != r->hemisphere;
  return (int64_t)(1 + away) * CLASS_PENALTY + r->l->used[2 * slice];
}

static int64_t rank_y(const void *request_, int slice)
{
  const request *r = request_;
  const tsp_config *cfg = r->k->cfg;
  int planes = tspc_hemisphere_planes(cfg, r->hemisphere);
  int away = tspc_slice_hemisphere(cfg, slice) != r->hemisphere;
  int others = slice % cfg->mem_slices % planes != r->index;
  int mixed = r->l->inputs_above[slice] > 0; /* reads of that bank would hold the writes up */
  return (int64_t)(4 * mixed + 2 * away + others) * CLASS_PENALTY + r->l->used[2 * slice + 1];
}

static tspc_block *block_at(const tspc_tiling *t, tspc_block *b, int i, int j, int js, int hemisphere)
{
  (void)t;
  return &b[((size_t)i * (size_t)js + (size_t)j) * 2 + (size_t)hemisphere];
}

/* With one copy, the hemisphere that comes second uses the first one's block. */
static bool input(const request *r, tspc_block *pair, int hemisphere, int copies, int count, uint32_t words)
{
  if (pair[hemisphere].slices || (copies == 1 && pair[!hemisphere].slices))
    return true;
  return allocate(r, count, words, &pair[hemisphere]);
}

static bool place_w(const tspc_kernel *k, const tspc_tiling *t, tspc_layout *l, const tspc_job *job)
{
  const tspc_team *team = &t->team[job->team];
  int copies = l->local == 1 ? l->copies : 1; /* slices that both hemispheres share hold a tile once */
  for (int i = 0; i < job->nts; i++) {
    int plane = team->plane[i] - (team->hemisphere == TSP_EAST ? tspc_hemisphere_planes(k->cfg, TSP_WEST) : 0);
    request r = {k, l, team->hemisphere, plane % l->zones, 0, rank_w};
    for (int kt = 0; kt < t->kts; kt++)
      if (!input(&r, block_at(t, l->w, kt, job->nt0 + i, t->nts, 0), team->hemisphere, copies, k->cfg->lw_streams,
                 (uint32_t)t->slots))
        return false;
  }
  return true;
}

static bool place_x(const tspc_kernel *k, const tspc_tiling *t, tspc_layout *l, const tspc_job *job)
{
  int h = t->team[job->team].hemisphere;
  for (int kt = 0; kt < t->kts; kt++) {
    request r = {k, l, h, job->chunk + kt, 0, rank_x};
    if (!input(&r, block_at(t, l->x, job->chunk, kt, t->kts, 0), h, l->copies, 1, tspc_rows(k, t, job->chunk)))
      return false;
  }
  return true;
}

static bool place_y(const tspc_kernel *k, const tspc_tiling *t, tspc_layout *l, const tspc_job *job)
{
  const tspc_team *team = &t->team[job->team];
  for (int i = 0; i < job->nts; i++) {
    int plane = team->plane[i] - (team->hemisphere == TSP_EAST ? tspc_hemisphere_planes(k->cfg, TSP_WEST) : 0);
    request r = {k, l, team->hemisphere, plane, 1, rank_y};
    tspc_block *b = &l->y[(size_t)job->chunk * (size_t)t->nts + (size_t)(job->nt0 + i)];
    if (!allocate(&r, k->y_bytes, tspc_rows(k, t, job->chunk), b))
      return false;
  }
  return true;
}

static bool place_all(const tspc_kernel *k, const tspc_tiling *t, tspc_layout *l)
{
  bool ok = true;
  for (int j = 0; ok && j < t->jobs; j++)
    ok = place_w(k, t, l, &t->job[j]);
  for (int j = 0; ok && j < t->jobs; j++)
    ok = place_x(k, t, l, &t->job[j]);
  for (int s = 0; s < 2 * k->cfg->mem_slices; s++)
    l->inputs_above[s] = l->used[2 * s + 1];
  for (int j = 0; ok && j < t->jobs; j++)
    ok = place_y(k, t, l, &t->job[j]);
  return ok;
}

static tsp_status layout_new(const tspc_kernel *k, const tspc_tiling *t, int copies, bool spread, tspc_layout *l)
{
  *l = (tspc_layout){.copies = copies, .spread = spread};
  tspc_zones(k->cfg, &l->local, &l->zones);
  l->w = calloc((size_t)t->kts * (size_t)t->nts * 2, sizeof *l->w);
  l->x = calloc((size_t)t->chunks * (size_t)t->kts * 2, sizeof *l->x);
  l->y = calloc((size_t)t->chunks * (size_t)t->nts, sizeof *l->y);
  l->used = calloc((size_t)k->cfg->mem_slices * 4, sizeof *l->used);
  l->inputs_above = calloc((size_t)k->cfg->mem_slices * 2, sizeof *l->inputs_above);
  return l->w && l->x && l->y && l->used && l->inputs_above ? TSP_OK : TSP_ENOMEM;
}

/* First with a copy of the inputs in each hemisphere; then with one; then without regard to what gets in whose way.
 * TSP_ERANGE: not even so. */
tsp_status tspc_place(const tspc_kernel *k, const tspc_tiling *t, tspc_layout *l, tsp_error *err)
{
  for (int attempt = 0; attempt < 3; attempt++) {
    tsp_status status = layout_new(k, t, attempt == 0 ? 2 : 1, attempt == 2, l);
    if (status != TSP_OK) {
      tspc_layout_free(l);
      return tsp_fail(err, status, "gemm: out of memory");
    }
    if (place_all(k, t, l))
      return TSP_OK;
    tspc_layout_free(l);
  }
  return tsp_fail(err, TSP_ERANGE, "gemm: tiles do not pack");
}

void tspc_layout_free(tspc_layout *l)
{
  free(l->w);
  free(l->x);
  free(l->y);
  free(l->used);
  free(l->inputs_above);
  *l = (tspc_layout){0};
}

const tspc_block *tspc_w_block(const tspc_tiling *t, const tspc_layout *l, int kt, int nt, int hemisphere)
{
  const tspc_block *pair = block_at(t, l->w, kt, nt, t->nts, 0);
  return pair[hemisphere].slices ? &pair[hemisphere] : &pair[!hemisphere];
}

const tspc_block *tspc_x_block(const tspc_tiling *t, const tspc_layout *l, int chunk, int kt, int hemisphere)
{
  const tspc_block *pair = block_at(t, l->x, chunk, kt, t->kts, 0);
  return pair[hemisphere].slices ? &pair[hemisphere] : &pair[!hemisphere];
}

const tspc_block *tspc_y_block(const tspc_tiling *t, const tspc_layout *l, int chunk, int nt)
{
  return &l->y[(size_t)chunk * (size_t)t->nts + (size_t)nt];
}
