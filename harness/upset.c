/* SPDX-License-Identifier: Apache-2.0 */
#include "upset.h"
#include "tsp_golden.h"

tsp_status tsp_upset_cycle(const tsp_run *run, tsp_engine *golden, tsp_engine *rtl, uint64_t cycle)
{
  tsp_status s = TSP_OK;
  for (size_t i = 0; s == TSP_OK && i < run->upsets; i++) {
    const tsp_upset *u = &run->upset[i];
    if (u->cycle != cycle)
      continue;
    if (golden)
      s = tsp_golden_flip_mem(golden, u->slice, u->addr, u->superlane, u->bit);
    if (s == TSP_OK && rtl)
      s = tsp_engines_flip_mem(rtl, u->slice, u->addr, u->superlane, u->bit);
  }
  return s;
}
