/* SPDX-License-Identifier: Apache-2.0 */
/* Memory after the end: every byte of every word of every MEM slice. A flipped bit that nothing has read shows here. */
#include "check.h"
#include <stdlib.h>

static uint64_t word_differs(const tsp_config *c, int slice, uint32_t addr, const uint8_t *a, const uint8_t *b,
                             tsp_place *at)
{
  uint64_t n = 0;
  for (int i = 0; i < c->vector; i++) {
    if (a[i] == b[i] || n++)
      continue;
    *at = tsp_place_new(TSP_AT_CONTENTS, "data", 8, a[i], b[i]);
    at->unit = slice;
    at->index = addr;
    at->superlane = i / c->lanes;
    at->lane = i % c->lanes;
  }
  return n;
}

static tsp_status slice_differs(tsp_engine *ref, tsp_engine *dut, int slice, uint8_t *buf, tsp_count *n, tsp_place *at)
{
  const tsp_config *c = tsp_engine_config(ref);
  uint8_t *a = buf, *b = buf + c->vector;
  for (uint32_t addr = 0; addr < (uint32_t)c->mem_words; addr++) {
    tsp_status s = tsp_engine_mem_read(ref, slice, addr, a);
    if (s == TSP_OK)
      s = tsp_engine_mem_read(dut, slice, addr, b);
    if (s != TSP_OK)
      return s;
    n->compared += (uint64_t)c->vector;
    if (memcmp(a, b, (size_t)c->vector) == 0)
      continue;
    tsp_place found = *at;
    n->different += word_differs(c, slice, addr, a, b, &found);
    if (at->kind != TSP_AT_CONTENTS)
      *at = found;
  }
  return TSP_OK;
}

tsp_status tsp_check_contents(tsp_engine *ref, tsp_engine *dut, tsp_count *n, tsp_place *at)
{
  const tsp_config *c = tsp_engine_config(ref);
  uint8_t *buf = malloc(2 * (size_t)c->vector);
  tsp_status s = buf ? TSP_OK : TSP_ENOMEM;
  *at = tsp_place_new(TSP_AT_KINDS, "", 0, 0, 0);
  for (int slice = 0; s == TSP_OK && slice < 2 * c->mem_slices; slice++)
    s = slice_differs(ref, dut, slice, buf, n, at);
  free(buf);
  return s == TSP_OK && at->kind == TSP_AT_CONTENTS ? TSP_EDIVERGED : s;
}
