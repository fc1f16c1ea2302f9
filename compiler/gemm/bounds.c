// SPDX-License-Identifier: Apache-2.0
// bounds.c: lower bounds on the cycles of a product: the work of each resource over its capacity. No schedule on this
// machine, whatever its order and placement, takes fewer.
#include "pass.h"
#include <stdlib.h>

static uint64_t over(uint64_t work, uint64_t capacity)
{
  return (work + capacity - 1) / capacity;
}

static uint64_t func(const tspc_kernel *k, int opcode)
{
  return (uint64_t)tsp_isa_d_func(k->isa, k->cfg, (unsigned)opcode);
}

/* Cycles before the first ABC can be dispatched: the weights of a tile read, loaded and installed. */
static uint64_t lead(const tspc_kernel *k, uint64_t slots)
{
  return func(k, TSP_OP_READ) + slots - 1 + func(k, TSP_OP_LW) + func(k, TSP_OP_IW);
}

/* Cycles from the last ABC's dispatch to the end of its Write's queue. */
static uint64_t tail(const tspc_kernel *k)
{
  uint64_t t = func(k, TSP_OP_ABC) + func(k, TSP_OP_ACC_OUT);
  if (k->ops)
    t += (uint64_t)k->cfg->vxm_column + 1; /* to the VXM, and at least one column on to a slice */
  for (int o = 0; o < k->ops; o++)
    t += func(k, k->op[o].opcode);
  return t;
}

static void add(tsp_image *image, const char *resource, uint64_t cycles)
{
  tsp_bound *b = &image->bound[image->bound_count++];
  snprintf(b->resource, sizeof b->resource, "%s", resource);
  b->cycles = cycles;
}

tsp_status tspc_bounds(const tspc_kernel *k, tsp_image *image)
{
  const tsp_config *cfg = k->cfg;
  uint64_t m = k->gemm->m, kts = tspc_ceil(k->gemm->k, (uint32_t)cfg->vector);
  uint64_t nts = tspc_ceil(k->gemm->n, (uint32_t)cfg->vector), planes = (uint64_t)cfg->planes;
  uint64_t hemispheres = planes > 1 ? 2 : 1, sharing = (uint64_t)tspc_hemisphere_planes(cfg, TSP_WEST);
  uint64_t lw = (uint64_t)cfg->lw_streams, smallest = k->gemm->n - (nts - 1) * (uint64_t)cfg->vector;
  uint64_t slots = over(smallest, lw); /* LWs of the tile with the fewest outputs */
  uint64_t slices = 2 * (uint64_t)cfg->mem_slices, streams = (uint64_t)cfg->streams;
  uint64_t drain = (uint64_t)tsp_isa_drain(k->isa, cfg), loads = kts * over(k->gemm->n, lw);
  uint64_t sends = m * kts * over(nts, sharing), results = m * nts;
  uint64_t ends = lead(k, slots) + tail(k) + 1 + drain; /* a first and last step that nothing overlaps; the Write */

  image->bound = calloc(7, sizeof *image->bound);
  if (!image->bound)
    return TSP_ENOMEM;
  add(image, "planes", ends - 1 + over(m * kts * nts, planes));
  add(image, "weight loads", ends - slots + over(loads, planes));
  add(image, "outward streams", drain + over(loads * lw + sends, streams * hemispheres));
  add(image, "inward streams", drain + over(4 * results, streams * hemispheres));
  add(image, "memory reads", drain + over(loads * lw + sends, slices));
  add(image, "memory writes", drain + over(results * (uint64_t)k->y_bytes, slices));
  if (k->ops)
    add(image, "ALUs", drain + over(results * (uint64_t)k->ops, (uint64_t)cfg->alus));
  return TSP_OK;
}

uint64_t tsp_image_bound(const tsp_image *image)
{
  uint64_t most = 0;
  for (int i = 0; i < image->bound_count; i++)
    most = image->bound[i].cycles > most ? image->bound[i].cycles : most;
  return most;
}
