// SPDX-License-Identifier: Apache-2.0
// weights.c: schedules the loading (LW) and installing (IW) of weight tiles.
#include "schedule.h"

static int tile_number(const tspc_scheduler *s, int kt, int nt)
{
  return kt * s->t->nts + nt;
}

/* Dispatch of the Read of stream j, counted from the first LW. */
static int64_t read_offset(const tspc_scheduler *s, int plane, int slice)
{
  const tsp_config *cfg = s->k->cfg;
  int to = tsp_queue_column(cfg, tspc_plane_queue(s, plane, TSP_UNIT_MXW)), from = tsp_queue_column(cfg, slice);
  int hops = tspc_hops(tspc_outward(tsp_plane_hemisphere(cfg, plane)), from, to);
  return tspc_skew(s, TSP_OP_LW) - hops - tspc_func(s, TSP_OP_READ);
}

/* Start 0 is the first LW; the slots follow one per cycle in ascending order. */
static void build(tspc_scheduler *s, int plane, const tspc_block *b)
{
  const tsp_config *cfg = s->k->cfg;
  tspc_pattern *p = &s->pattern;
  int queue = tspc_plane_queue(s, plane, TSP_UNIT_MXW), direction = tspc_outward(tsp_plane_hemisphere(cfg, plane));
  uint32_t n = (uint32_t)s->t->slots;
  tspc_pattern_clear(p);
  tspc_choice(p);
  tspc_option(p);
  tspc_claim_add(p, tspc_res_queue(cfg, queue), 0, n, true);
  for (int j = 0; j < b->slices; j++)
    tspc_claim_read(p, cfg, b->slice[j], b->addr[j], read_offset(s, plane, b->slice[j]), n);
  tspc_choice(p);
  for (int g = cfg->streams - cfg->lw_streams; g >= 0; g -= cfg->lw_streams) {
    tspc_option(p);
    for (int j = 0; j < b->slices; j++)
      tspc_claim_streams(p, cfg, direction, g + j, 1, tsp_queue_column(cfg, b->slice[j]), tsp_queue_column(cfg, queue),
                         read_offset(s, plane, b->slice[j]) + tspc_func(s, TSP_OP_READ), n);
  }
}

/* One burst over the slots that hold outputs of the product, one over those beyond N. */
static tsp_status issue_split(tspc_scheduler *s, tspc_burst b, int nt, int j)
{
  const tsp_config *cfg = s->k->cfg;
  uint32_t columns = tspc_extent(s->k->gemm->n, cfg->vector, nt), total = b.n;
  uint32_t real = columns > (uint32_t)j ? tspc_ceil(columns - (uint32_t)j, (uint32_t)cfg->lw_streams) : 0;
  uint64_t word = b.word;
  tsp_status status = TSP_OK;
  b.n = real;
  if (real)
    status = tspc_issue(s, b);
  for (uint32_t i = 0; i < real; i++)
    word = tsp_word_stride(tsp_isa_by_opcode(s->k->isa, tsp_word_opcode(word)), word, b.stride, b.stride);
  if (status != TSP_OK || real == total)
    return status;
  tspc_burst zero = b;
  zero.word = word;
  zero.cycle += real;
  zero.n = total - real;
  zero.tensor = TENSOR_ZERO;
  zero.first = zero.step = 0;
  return tspc_issue(s, zero);
}

static tsp_status issue(tspc_scheduler *s, int plane, int kt, int nt, const tspc_block *b, int64_t start)
{
  const tsp_config *cfg = s->k->cfg;
  int direction = tspc_outward(tsp_plane_hemisphere(cfg, plane));
  int group = cfg->streams - cfg->lw_streams * (1 + s->pattern.pick[1]);
  int64_t first = (int64_t)kt * cfg->vector * s->k->gemm->n + (int64_t)nt * cfg->vector;
  uint64_t word = tspc_field(s, tspc_word(s, TSP_OP_LW), "group", tspc_stream_code(direction, group));
  tspc_burst burst = {.queue = tspc_plane_queue(s, plane, TSP_UNIT_MXW),
                      .n = (uint32_t)s->t->slots,
                      .cycle = start,
                      .word = word,
                      .stride = 1,
                      .tensor = TENSOR_W,
                      .first = first,
                      .step = cfg->lw_streams};
  tsp_status status = issue_split(s, burst, nt, 0);
  for (int j = 0; status == TSP_OK && j < b->slices; j++) {
    word = tspc_field(s, tspc_word(s, TSP_OP_READ), "raddr", b->addr[j]);
    burst.word = tspc_field(s, word, "rstream", tspc_stream_code(direction, group + j));
    burst.queue = b->slice[j];
    burst.cycle = start + read_offset(s, plane, b->slice[j]);
    burst.first = first + j;
    status = issue_split(s, burst, nt, j);
  }
  return status;
}

tsp_status tspc_load(tspc_scheduler *s, int plane, int kt, int nt)
{
  tspc_plane *p = &s->plane[plane];
  int tile = tile_number(s, kt, nt);
  if (p->buffered == tile)
    return TSP_OK;
  const tspc_block *b = tspc_w_block(s->t, s->l, kt, nt, tsp_plane_hemisphere(s->k->cfg, plane));
  int64_t start;
  build(s, plane, b);
  /* Ascending slots behind the last IW never overtake its wave (golden/README.md, MXM). */
  tsp_status status = tspc_take(&s->s->table, &s->pattern, p->ready, &start);
  if (status != TSP_OK)
    return status;
  p->buffered = tile;
  p->loaded = start + s->t->slots - 1 + tspc_func(s, TSP_OP_LW);
  return issue(s, plane, kt, nt, b, start);
}

tsp_status tspc_install(tspc_scheduler *s, int plane, int kt, int nt)
{
  tspc_plane *p = &s->plane[plane];
  const tsp_config *cfg = s->k->cfg;
  int tile = tile_number(s, kt, nt), queue = tspc_plane_queue(s, plane, TSP_UNIT_MXW);
  int64_t start, from = p->loaded > p->last_abc ? p->loaded : p->last_abc;
  if (p->installed == tile)
    return TSP_OK;
  tspc_pattern_clear(&s->pattern);
  tspc_choice(&s->pattern);
  tspc_option(&s->pattern);
  tspc_claim_add(&s->pattern, tspc_res_queue(cfg, queue), 0, 1, true);
  tsp_status status = tspc_take(&s->s->table, &s->pattern, from, &start);
  if (status != TSP_OK)
    return status;
  p->installed = tile;
  p->ready = start + tspc_func(s, TSP_OP_IW);
  return tspc_issue(s, (tspc_burst){.queue = queue,
                                    .n = 1,
                                    .cycle = start,
                                    .word = tspc_word(s, TSP_OP_IW),
                                    .tensor = TENSOR_W,
                                    .first = (int64_t)kt * cfg->vector * s->k->gemm->n + (int64_t)nt * cfg->vector});
}
