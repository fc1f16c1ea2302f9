// SPDX-License-Identifier: Apache-2.0
// mem_gather.c: every superlane reads a word of its own choice, and stores one where it chooses.
//
// Gather and Scatter act in W0. Of an address's two bytes the low ones come from W0 itself, the high ones from E1;
// where a hemisphere has one slice, from an ALU, and then all words are in one page of 256.
#include "cases.h"
#include "rows.h"
#include <stdlib.h>
#include <string.h>

enum { TABLE = 24, STEPS = 12, MAP = 4, DATA = 2, RESULT = 3 }; /* the last three are streams */

typedef struct {
  rows_case r;
  const tsp_config *c;
  tsp_rng rng;
  uint8_t *row, *low, *high;
  uint32_t *at; /* of each superlane */
  int slice, queue, column;
  int64_t now;
} gather_case;

/* Words of W0 across a page where that can be. */
static uint32_t words(gather_case *g, uint32_t count)
{
  uint32_t *free_addr = &g->r.b.free_addr[g->slice];
  uint32_t to_page = (256 - *free_addr % 256) % 256;
  if (g->c->mem_slices > 1 && g->c->mem_words >= 1024)
    build_room(&g->r.b, g->slice, (to_page + 256 - count / 2) % 256);
  else if (to_page < count)
    build_room(&g->r.b, g->slice, to_page);
  return build_room(&g->r.b, g->slice, count);
}

/* The addresses on the two map streams at W0. */
static void addresses(gather_case *g)
{
  const int lanes = g->c->lanes, vxm = g->c->vxm_column;
  for (int i = 0; i < g->c->vector; i++) {
    g->low[i] = i % lanes ? (uint8_t)rng_next(&g->rng) : (uint8_t)g->at[i / lanes];
    g->high[i] = i % lanes ? (uint8_t)rng_next(&g->rng) : (uint8_t)(g->at[i / lanes] >> 8);
  }
  build_read(&g->r.b, g->slice, rows_word(&g->r, g->slice, g->low), TSP_WEST, MAP, g->column, g->now);
  if (g->c->mem_slices > 1) {
    const int e1 = build_slice(g->c, 3);
    build_read(&g->r.b, e1, rows_word(&g->r, e1, g->high), TSP_WEST, MAP + 1, g->column, g->now);
    return;
  }
  uint64_t w = ins_with(ins_with(ins(TSP_OP_MOV_I8), "a", 0x80), "imm", g->at[0] >> 8);
  build_at(&g->r.b, g->c->q_vxm, g->now - build_late(&g->r.b, TSP_OP_MOV_I8) - (vxm - g->column),
           ins_with(w, "dst", 0x80 | (TSP_WEST * 32 + MAP + 1)));
}

static void choose(gather_case *g, uint32_t first, uint32_t count)
{
  for (int n = 0; n < g->c->superlanes; n++)
    g->at[n] = first + (uint32_t)rng_range(&g->rng, 0, (int64_t)count - 1);
}

static void fill(gather_case *g)
{
  for (int i = 0; i < g->c->vector; i++)
    g->row[i] = (uint8_t)rng_next(&g->rng);
}

static void gathers(gather_case *g)
{
  const int to = build_slice(g->c, 1), lanes = g->c->lanes, v = g->c->vector;
  uint8_t *table = malloc((size_t)TABLE * (size_t)v);
  uint32_t first = words(g, TABLE), addr;
  int t = build_tensor(&g->r.b, "table", TSP_I8, TABLE, (uint32_t)v, NULL);
  if (!table || t < 0) {
    build_fail(&g->r.b, TSP_ENOMEM, "out of memory");
    free(table);
    return;
  }
  for (int i = 0; i < TABLE * v; i++)
    table[i] = (uint8_t)rng_next(&g->rng);
  tsp_tensor *tensor = &g->r.b.image->tensor[t];
  tensor->role = TSP_ROLE_CONST;
  tensor->data = table; /* the image's now */
  tensor->data_bytes = (size_t)TABLE * (size_t)v;
  build_piece(&g->r.b, t,
              (tsp_piece){.slice = (uint16_t)g->slice,
                          .addr = first,
                          .count = TABLE,
                          .addr_step = 1,
                          .lanes = (uint32_t)v,
                          .vec_step = v,
                          .lane_step = 1});
  for (int k = 0; k < STEPS; k++) {
    choose(g, first, TABLE);
    addresses(g);
    build_at(&g->r.b, g->queue, g->now,
             ins_with(ins_with(ins(TSP_OP_GATHER), "map", TSP_WEST * 32 + MAP), "rstream", RESULT));
    uint8_t *want = rows_add(&g->r, to, "gathered", &addr);
    for (int i = 0; want && i < v; i++)
      want[i] = table[(g->at[i / lanes] - first) * (uint32_t)v + (uint32_t)i];
    build_write(&g->r.b, to, addr, TSP_EAST, RESULT, g->column, g->now + build_late(&g->r.b, TSP_OP_GATHER));
    g->now += 24;
  }
}

/* The words are read back one after the other. */
static void scatters(gather_case *g)
{
  const int from = build_slice(g->c, 1), lanes = g->c->lanes, v = g->c->vector;
  uint8_t *held = calloc(STEPS, (size_t)v);
  uint32_t first = words(g, STEPS), addr;
  int t = build_tensor(&g->r.b, "scattered", TSP_I8, STEPS, (uint32_t)v, held); /* zeros at first */
  if (t >= 0)
    g->r.b.image->tensor[t].role = TSP_ROLE_INPUT; /* it does not stay as it is */
  build_piece(&g->r.b, t,
              (tsp_piece){.slice = (uint16_t)g->slice,
                          .addr = first,
                          .count = STEPS,
                          .addr_step = 1,
                          .lanes = (uint32_t)v,
                          .vec_step = v,
                          .lane_step = 1});
  for (int k = 0; held && k < 2 * STEPS; k++) {
    choose(g, first, STEPS);
    addresses(g);
    fill(g);
    build_read(&g->r.b, from, rows_word(&g->r, from, g->row), TSP_WEST, DATA, g->column, g->now);
    build_at(&g->r.b, g->queue, g->now,
             ins_with(ins_with(ins(TSP_OP_SCATTER), "map", TSP_WEST * 32 + MAP), "wstream", TSP_WEST * 32 + DATA));
    for (int i = 0; i < v; i++)
      held[(g->at[i / lanes] - first) * (uint32_t)v + (uint32_t)i] = g->row[i];
    g->now += 24;
  }
  for (int k = 0; held && k < STEPS; k++) {
    uint8_t *want = rows_add(&g->r, from, "scattered", &addr);
    if (want)
      memcpy(want, held + (size_t)k * (size_t)v, (size_t)v);
    build_read(&g->r.b, g->slice, first + (uint32_t)k, TSP_EAST, RESULT, g->c->vxm_column, g->now);
    build_write(&g->r.b, from, addr, TSP_EAST, RESULT, g->c->vxm_column, g->now);
    g->now += 4;
  }
  if (!held)
    build_fail(&g->r.b, TSP_ENOMEM, "out of memory");
  free(held);
}

static tsp_status make(const tsp_config *cfg, uint64_t seed, int i, tsp_run *out, tsp_error *err)
{
  gather_case g = {.c = cfg, .rng = {seed}, .now = 2 * cfg->columns + 8};
  (void)i;
  tsp_status s = rows_new(cfg, "mem_gather", &g.r);
  if (s != TSP_OK)
    return s;
  g.slice = build_slice(cfg, 0);
  g.queue = cfg->q_mem + g.slice;
  g.column = tsp_queue_column(cfg, g.queue);
  g.row = malloc((size_t)cfg->vector);
  g.low = malloc((size_t)cfg->vector);
  g.high = malloc((size_t)cfg->vector);
  g.at = malloc((size_t)cfg->superlanes * sizeof *g.at);
  if (g.row && g.low && g.high && g.at) {
    gathers(&g);
    scatters(&g);
  } else {
    build_fail(&g.r.b, TSP_ENOMEM, "out of memory");
  }
  free(g.row);
  free(g.low);
  free(g.high);
  free(g.at);
  return rows_finish(&g.r, out, err);
}

const tsp_case case_mem_gather = {"mem_gather", "Gather and Scatter with an address per superlane", 1, make};
