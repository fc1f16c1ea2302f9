// SPDX-License-Identifier: Apache-2.0
// tile.c: cuts the product into tiles of K and N and chunks of rows, and deals the jobs to teams of planes.
#include "pass.h"
#include <stdlib.h>

uint32_t tspc_tile_max_rows(const tspc_kernel *k)
{
  uint32_t bank = (uint32_t)k->cfg->mem_words / 2;
  bool accumulates = k->gemm->k > (uint32_t)k->cfg->vector;
  return accumulates ? tspc_min((uint32_t)k->cfg->acc_depth, bank) : tspc_min(512, bank);
}

/* One team for each hemisphere (size 2), or one for each plane (size 1), of the first `planes` planes. */
static void make_teams(const tsp_config *cfg, int planes, tspc_tiling *t)
{
  t->teams = 0;
  for (int p = 0; p < planes; p++) {
    int h = tsp_plane_hemisphere(cfg, p);
    tspc_team *last = t->teams ? &t->team[t->teams - 1] : NULL;
    if (last && last->hemisphere == h && last->planes < t->team_size)
      last->plane[last->planes++] = p;
    else
      t->team[t->teams++] = (tspc_team){.hemisphere = h, .planes = 1, .plane = {p}};
  }
}

/* Team i gets one range of the jobs. With one tile of K they are in order of the tiles of N, so that a plane keeps its
 * weights. Otherwise it reloads them for every job: then the order leaves the smaller operand in both hemispheres. */
static bool in_order_of_chunks(const tspc_kernel *k, const tspc_tiling *t)
{
  int local, zones;
  tspc_zones(k->cfg, &local, &zones);
  return t->kts > 1 && (local != 1 || k->gemm->m > k->gemm->n);
}

static int job_groups(const tspc_tiling *t)
{
  return (t->nts + t->team_size - 1) / t->team_size;
}

static int team_first_job(const tspc_tiling *t, int jobs, int team)
{
  return (int)((int64_t)jobs * team / t->teams);
}

/* Cycles that the loads of one tile into every plane take, where one set of slices after another feeds them. */
static uint64_t load_cycles(const tspc_kernel *k, const tspc_tiling *t, int planes)
{
  const tsp_config *cfg = k->cfg;
  int local, zones, west = tspc_hemisphere_planes(cfg, TSP_WEST);
  tspc_zones(cfg, &local, &zones);
  bool both = planes > west;
  int groups = (cfg->streams - west / t->team_size) / cfg->lw_streams; /* beside the activations */
  int loading = groups < 1 ? 1 : groups < zones ? groups : zones;
  int sharing = ((local == 1 ? west : planes) + loading - 1) / loading;
  /* Slices that feed both hemispheres read in opposite orders, so that loads to west and east keep apart. */
  int apart = local != 1 && both ? cfg->hemi_cols : 0;
  return (uint64_t)t->slots * (uint64_t)sharing + 2 * (uint64_t)apart;
}

/* Estimated cycles of the busiest team. */
static uint64_t estimate(const tspc_kernel *k, const tspc_tiling *t, int planes)
{
  uint16_t slice[MAX_SLICES];
  int west = tspc_hemisphere_planes(k->cfg, TSP_WEST);
  uint64_t jobs = (uint64_t)(((int64_t)job_groups(t) * t->chunks + t->teams - 1) / t->teams);
  uint64_t loads = t->kts > 1 ? jobs * (uint64_t)t->kts : (jobs + (uint64_t)t->chunks - 1) / (uint64_t)t->chunks;
  uint64_t first = load_cycles(k, t, planes), load = (loads - 1) * first; /* nothing runs beside the first */
  uint64_t compute = jobs * (uint64_t)t->kts * (t->rows + 1);
  uint64_t x_slices = (uint64_t)tspc_x_slices(k, TSP_WEST, slice), readers = (uint64_t)(west / t->team_size);
  if (readers > x_slices)
    compute = compute * readers / x_slices;
  return first + (load > compute ? load : compute);
}

/* Tries numbers of chunks from the fewest to enough to feed every team; keeps the fastest in *best. */
static void try_chunks(const tspc_kernel *k, uint32_t max_rows, int planes, tspc_tiling t, tspc_tiling *chosen,
                       uint64_t *best)
{
  int fewest = (int)tspc_ceil(k->gemm->m, max_rows);
  for (int chunks = fewest; chunks <= fewest + 2 * k->cfg->planes && (uint32_t)chunks <= k->gemm->m; chunks++) {
    t.rows = tspc_ceil(k->gemm->m, (uint32_t)chunks);
    t.chunks = (int)tspc_ceil(k->gemm->m, t.rows);
    uint64_t cost = estimate(k, &t, planes);
    if (cost < *best || (cost == *best && t.team_size > chosen->team_size && t.chunks == chosen->chunks)) {
      *best = cost;
      *chosen = t;
    }
  }
}

/* All planes, or only the western ones: where loading is the limit they may be as fast. */
static void choose(const tspc_kernel *k, uint32_t max_rows, tspc_tiling *t)
{
  const tsp_config *cfg = k->cfg;
  int west = tspc_hemisphere_planes(cfg, TSP_WEST);
  uint64_t best = UINT64_MAX;
  tspc_tiling chosen = *t;
  for (int planes = cfg->planes; planes > 0; planes = planes > west ? west : 0) {
    int sizes = planes == west || 2 * west == planes ? west : 1; /* every team has as many planes */
    for (t->team_size = 1; t->team_size <= sizes; t->team_size++) {
      make_teams(cfg, planes, t);
      try_chunks(k, max_rows, planes, *t, &chosen, &best);
    }
  }
  *t = chosen;
}

static void deal(const tspc_kernel *k, tspc_tiling *t)
{
  bool by_chunk = in_order_of_chunks(k, t);
  int groups = job_groups(t);
  t->jobs = groups * t->chunks;
  for (int i = 0; i < t->teams; i++) {
    tspc_team *team = &t->team[i];
    team->job0 = team_first_job(t, t->jobs, i);
    team->jobs = team_first_job(t, t->jobs, i + 1) - team->job0;
    for (int j = team->job0; j < team->job0 + team->jobs; j++) {
      int nt0 = (by_chunk ? j % groups : j / t->chunks) * t->team_size;
      t->job[j] = (tspc_job){.chunk = by_chunk ? j / groups : j % t->chunks, .nt0 = nt0, .team = i};
      t->job[j].nts = t->nts - nt0 < t->team_size ? t->nts - nt0 : t->team_size;
    }
  }
}

tsp_status tspc_tile(const tspc_kernel *k, uint32_t max_rows, tspc_tiling *t, tsp_error *err)
{
  const tsp_config *cfg = k->cfg;
  *t = (tspc_tiling){.kts = (int)tspc_ceil(k->gemm->k, (uint32_t)cfg->vector),
                     .nts = (int)tspc_ceil(k->gemm->n, (uint32_t)cfg->vector),
                     .slots = cfg->superlanes * cfg->parts};
  choose(k, max_rows, t);
  t->job = calloc((size_t)job_groups(t) * (size_t)t->chunks, sizeof *t->job);
  if (!t->job)
    return tsp_fail(err, TSP_ENOMEM, "gemm: out of memory");
  deal(k, t);
  return TSP_OK;
}

void tspc_tiling_free(tspc_tiling *t)
{
  free(t->job);
  t->job = NULL;
}
