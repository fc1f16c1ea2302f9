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

/* One team for each hemisphere (size 2), or one for each plane (size 1). */
static void make_teams(const tsp_config *cfg, tspc_tiling *t)
{
  t->teams = 0;
  for (int p = 0; p < cfg->planes; p++) {
    int h = tsp_plane_hemisphere(cfg, p);
    tspc_team *last = t->teams ? &t->team[t->teams - 1] : NULL;
    if (last && last->hemisphere == h && last->planes < t->team_size)
      last->plane[last->planes++] = p;
    else
      t->team[t->teams++] = (tspc_team){.hemisphere = h, .planes = 1, .plane = {p}};
  }
}

/* Jobs in an order that keeps the tiles of N, and with a single tile of K the weights too; team i gets one range. */
static int job_groups(const tspc_tiling *t) { return (t->nts + t->team_size - 1) / t->team_size; }

static int team_first_job(const tspc_tiling *t, int jobs, int team)
{
  return (int)((int64_t)jobs * team / t->teams);
}

/* Estimated cycles of the busiest team. */
static uint64_t estimate(const tspc_kernel *k, const tspc_tiling *t)
{
  const tsp_config *cfg = k->cfg;
  uint16_t slice[2 * 256];
  int local, zones, planes = tspc_hemisphere_planes(cfg, TSP_WEST);
  tspc_zones(cfg, &local, &zones);
  uint64_t jobs = (uint64_t)(((int64_t)job_groups(t) * t->chunks + t->teams - 1) / t->teams);
  uint64_t loads = t->kts > 1 ? jobs * (uint64_t)t->kts : (jobs + (uint64_t)t->chunks - 1) / (uint64_t)t->chunks;
  int groups = (cfg->streams - planes / t->team_size) / cfg->lw_streams; /* beside the activations */
  int loading = groups < 1 ? 1 : groups < zones ? groups : zones;
  uint64_t sharing = (uint64_t)((local == 1 ? planes : cfg->planes) + loading - 1) / (uint64_t)loading;
  uint64_t load = loads * (uint64_t)t->slots * sharing;
  uint64_t compute = jobs * (uint64_t)t->kts * (t->rows + 1);
  uint64_t x_slices = (uint64_t)tspc_free_slices(cfg, TSP_WEST, slice), readers = (uint64_t)(planes / t->team_size);
  if (readers > x_slices)
    compute = compute * readers / x_slices;
  return (load > compute ? load : compute) + (uint64_t)t->slots + t->rows;
}

/* Tries team sizes and numbers of chunks from the fewest to enough to feed every team; keeps the fastest. */
static void choose(const tspc_kernel *k, uint32_t max_rows, tspc_tiling *t)
{
  const tsp_config *cfg = k->cfg;
  int sizes = cfg->planes % 2 == 0 ? cfg->planes / 2 : 1; /* every team has as many planes */
  uint64_t best = UINT64_MAX;
  tspc_tiling chosen = *t;
  int fewest = (int)tspc_ceil(k->gemm->m, max_rows);
  for (t->team_size = 1; t->team_size <= sizes; t->team_size++) {
    make_teams(cfg, t);
    for (int chunks = fewest; chunks <= fewest + 2 * cfg->planes && (uint32_t)chunks <= k->gemm->m; chunks++) {
      t->rows = tspc_ceil(k->gemm->m, (uint32_t)chunks);
      t->chunks = (int)tspc_ceil(k->gemm->m, t->rows);
      uint64_t cost = estimate(k, t);
      if (cost < best || (cost == best && t->team_size > chosen.team_size && t->chunks == chosen.chunks)) {
        best = cost;
        chosen = *t;
      }
    }
  }
  *t = chosen;
}

static void deal(tspc_tiling *t)
{
  t->jobs = job_groups(t) * t->chunks;
  for (int i = 0; i < t->teams; i++) {
    tspc_team *team = &t->team[i];
    team->job0 = team_first_job(t, t->jobs, i);
    team->jobs = team_first_job(t, t->jobs, i + 1) - team->job0;
    for (int j = team->job0; j < team->job0 + team->jobs; j++) {
      int nt0 = j / t->chunks * t->team_size;
      t->job[j] = (tspc_job){.chunk = j % t->chunks, .nt0 = nt0, .team = i};
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
  deal(t);
  return TSP_OK;
}

void tspc_tiling_free(tspc_tiling *t)
{
  free(t->job);
  t->job = NULL;
}
