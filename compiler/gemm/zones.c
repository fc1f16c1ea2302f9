// SPDX-License-Identifier: Apache-2.0
// zones.c: which MEM slices hold weights by preference. An LW takes lw_streams slices at once, so they come in sets.
#include "pass.h"

void tspc_zones(const tsp_config *cfg, int *local, int *zones)
{
  int spare = cfg->mem_slices - 2, planes = tspc_hemisphere_planes(cfg, TSP_WEST);
  *local = spare >= cfg->lw_streams ? 1 : 2 * spare >= cfg->lw_streams ? 0 : -1;
  *zones = 1;
  if (*local != 1)
    return;
  while (*zones < planes && (*zones + 1) * cfg->lw_streams <= spare && (*zones + 1) * cfg->lw_streams <= cfg->streams)
    ++*zones;
}

/* Local zones are outermost, by the planes; a zone that both hemispheres share is innermost, half in each. */
int tspc_zone_slice(const tsp_config *cfg, int local, int hemisphere, int zone, int j)
{
  int n = cfg->mem_slices, side = hemisphere == TSP_WEST ? 0 : n;
  if (local == 1)
    return side + n - 1 - zone * cfg->lw_streams - j;
  int west = cfg->lw_streams - cfg->lw_streams / 2;
  return j < west ? j : n + j - west;
}

static bool in_zone(const tsp_config *cfg, int local, int zones, int hemisphere, int slice)
{
  for (int z = 0; z < zones; z++)
    for (int j = 0; j < cfg->lw_streams; j++)
      if (tspc_zone_slice(cfg, local, hemisphere, z, j) == slice)
        return true;
  return false;
}

/* Slices without weights come first. With several tiles of K weights load behind every burst, and activations stay out
 * of their way; with one, they may take more slices to feed each plane from its own. */
int tspc_x_slices(const tspc_kernel *k, int hemisphere, uint16_t *slice)
{
  const tsp_config *cfg = k->cfg;
  int local, zones, count = 0, n = cfg->mem_slices, side = hemisphere == TSP_WEST ? 0 : n;
  int wanted = k->gemm->k > (uint32_t)cfg->vector ? 1 : tspc_hemisphere_planes(cfg, TSP_WEST);
  tspc_zones(cfg, &local, &zones);
  for (int m = n - 1; m >= 0; m--)
    if (!in_zone(cfg, local, zones, hemisphere, side + m))
      slice[count++] = (uint16_t)(side + m);
  if (count == 0)
    wanted = n;
  for (int m = n - 1; count < wanted && m >= 0; m--)
    if (in_zone(cfg, local, zones, hemisphere, side + m))
      slice[count++] = (uint16_t)(side + m);
  return count;
}
