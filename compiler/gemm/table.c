// SPDX-License-Identifier: Apache-2.0
// table.c: rows of bits over cycles, and the claims of a pattern.
#include "table.h"
#include <stdlib.h>

static int streams_first(const tsp_config *cfg)
{
  return cfg->queues + cfg->alus + 8 * cfg->mem_slices;
}

int tspc_res_queue(const tsp_config *cfg, int queue)
{
  (void)cfg;
  return queue;
}

int tspc_res_result(const tsp_config *cfg, int alu)
{
  return cfg->queues + alu;
}

int tspc_res_mem(const tsp_config *cfg, int slice, int access, int bank)
{
  return cfg->queues + cfg->alus + 4 * slice + access + bank;
}

int tspc_res_stream(const tsp_config *cfg, int direction, int stream, int column)
{
  return streams_first(cfg) + (direction * cfg->streams + stream) * cfg->columns + column;
}

tsp_status tspc_table_init(tspc_table *t, const tsp_config *cfg)
{
  t->cfg = cfg;
  t->end = 0;
  t->count = streams_first(cfg) + 2 * cfg->streams * cfg->columns;
  t->bits = calloc((size_t)t->count, sizeof *t->bits);
  return t->bits ? TSP_OK : TSP_ENOMEM;
}

void tspc_table_free(tspc_table *t)
{
  for (int i = 0; t->bits && i < t->count; i++)
    free(t->bits[i].word);
  free(t->bits);
  t->bits = NULL;
}

void tspc_pattern_clear(tspc_pattern *p)
{
  p->claims = p->options = p->choices = 0;
}

void tspc_pattern_free(tspc_pattern *p)
{
  free(p->claim);
  free(p->option);
  free(p->choice);
  free(p->pick);
}

/* Room for one more element behind `count`; NULL leaves the old array as it was. */
static void *room(void *array, int count, int *cap, size_t size)
{
  if (count < *cap)
    return array;
  int more = *cap ? 2 * *cap : 64;
  void *p = realloc(array, (size_t)more * size);
  if (p)
    *cap = more;
  return p;
}

void tspc_choice(tspc_pattern *p)
{
  int cap = p->choice_cap;
  int *pick = room(p->pick, p->choices, &cap, sizeof *pick);
  if (pick)
    p->pick = pick;
  int *choice = room(p->choice, p->choices, &p->choice_cap, sizeof *choice);
  if (choice)
    p->choice = choice;
  if (!pick || !choice)
    p->failed = true;
  else
    p->choice[p->choices++] = p->options;
}

void tspc_option(tspc_pattern *p)
{
  int *option = room(p->option, p->options, &p->option_cap, sizeof *option);
  if (!option) {
    p->failed = true;
    return;
  }
  p->option = option;
  p->option[p->options++] = p->claims;
}

void tspc_claim_add(tspc_pattern *p, int res, int64_t offset, uint32_t n, bool mark)
{
  tspc_claim *claim = room(p->claim, p->claims, &p->claim_cap, sizeof *claim);
  if (!claim) {
    p->failed = true;
    return;
  }
  p->claim = claim;
  p->claim[p->claims++] = (tspc_claim){res, offset, n, mark};
}

/* One access of a kind per cycle, and the other kind only in the other bank. */
static void claim_mem(tspc_pattern *p, const tsp_config *cfg, int slice, uint32_t addr, int access, int64_t offset,
                      uint32_t n)
{
  int bank = addr >= (uint32_t)cfg->mem_words / 2;
  int other = access == MEM_READ ? MEM_WRITE : MEM_READ;
  tspc_claim_add(p, tspc_res_mem(cfg, slice, access, bank), offset, n, true);
  tspc_claim_add(p, tspc_res_mem(cfg, slice, access, !bank), offset, n, false);
  tspc_claim_add(p, tspc_res_mem(cfg, slice, other, bank), offset, n, false);
  if (p->exclusive)
    tspc_claim_add(p, tspc_res_mem(cfg, slice, other, !bank), offset, n, false);
}

void tspc_claim_read(tspc_pattern *p, const tsp_config *cfg, int slice, uint32_t addr, int64_t offset, uint32_t n)
{
  claim_mem(p, cfg, slice, addr, MEM_READ, offset, n);
}

void tspc_claim_write(tspc_pattern *p, const tsp_config *cfg, int slice, uint32_t addr, int64_t offset, uint32_t n)
{
  claim_mem(p, cfg, slice, addr, MEM_WRITE, offset, n);
}

void tspc_claim_streams(tspc_pattern *p, const tsp_config *cfg, int direction, int base, int count, int from, int to,
                        int64_t offset, uint32_t n)
{
  int hops = tspc_hops(direction, from, to);
  int step = direction == TSP_EAST ? 1 : -1;
  for (int s = base; s < base + count; s++)
    for (int h = 0; h <= hops; h++)
      tspc_claim_add(p, tspc_res_stream(cfg, direction, s, from + h * step), offset + h, n, true);
}
