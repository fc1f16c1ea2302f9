// SPDX-License-Identifier: Apache-2.0
// ecc.c: rows of bytes through every kind of consumer, one bit of each row (or of its check bits) upset in memory
// before: the results are right, and the machine has counted and kept what it corrected.
#include "cases.h"
#include "rows.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 24, UPSET_AT = 2 };

/* The rows, their own oracle, and what the registers must show in the end. */
typedef struct {
  rows_case *r;
  tsp_status (*rows_check)(void *, const tsp_image *, tsp_engine *, tsp_oracle *);
  void (*rows_free)(void *);
  tsp_upset upset[ROWS];
  uint64_t upsets, first_cycle;
  uint16_t first_queue, first_superlane;
} ecc_case;

/* The registers are a result like the rows. */
static void compare(tsp_oracle *out, const char *what, uint64_t want, uint64_t got)
{
  out->compared++;
  if (want != got && out->mismatches++ == 0)
    snprintf(out->first, sizeof out->first, "%s: expected %llu, got %llu", what, (unsigned long long)want,
             (unsigned long long)got);
}

static tsp_status check(void *ctx, const tsp_image *image, tsp_engine *e, tsp_oracle *out)
{
  const ecc_case *c = ctx;
  tsp_csr csr = tsp_engine_csr(e);
  tsp_status s = c->rows_check(c->r, image, e, out);
  compare(out, "corrected operands", c->upsets, csr.ecc_count);
  if (c->upsets) {
    compare(out, "queue of the first", c->first_queue, csr.ecc_queue);
    compare(out, "superlane of the first", c->first_superlane, csr.ecc_superlane);
    compare(out, "cycle of the first", c->first_cycle, csr.ecc_cycle);
  }
  return s;
}

static void release(void *ctx)
{
  ecc_case *c = ctx;
  c->rows_free(c->r);
  free(c);
}

/* A consumer that hands its operand on unchanged: an ALU, or a shifter of either hemisphere that shifts by nothing. */
static void row(ecc_case *e, rows_case *r, const tsp_config *c, tsp_rng *rng, int i, int64_t now, uint8_t *bytes)
{
  build *b = &r->b;
  const int kind = i % 3, sxm = c->q_sxm + (kind == 2) * TSP_SXM_QUEUES;
  const int queue = kind == 0 ? c->q_vxm + i / 3 % c->alus : sxm, column = tsp_queue_column(c, queue);
  const int in = kind == 1 ? TSP_WEST : TSP_EAST, back = kind == 0 ? in : 1 - in;
  const int source = kind == 1 ? c->mem_slices : 0; /* W0 eastward, E0 westward */
  const int sink = kind == 0 ? c->mem_slices : kind == 1 ? 0 : c->mem_slices;
  const unsigned opcode = kind == 0 ? TSP_OP_MOV_I8 : TSP_OP_SHIFT_UP;
  uint32_t addr;
  for (int k = 0; k < c->vector; k++)
    bytes[k] = (uint8_t)rng_next(rng);
  const uint32_t word = rows_word(r, source, bytes);
  build_read(b, source, word, in, 0, column, now);
  uint64_t w = ins(opcode);
  w = kind == 0 ? ins_with(ins_with(w, "a", in * 32), "dst", 0x80 | (back * 32 + 1))
                : ins_with(ins_with(w, "stream", in * 32), "out", back * 32 + 1);
  build_at(b, queue, now, w);
  uint8_t *want = rows_add(r, sink, kind == 0 ? "through an ALU" : "through a shifter", &addr);
  if (want)
    memcpy(want, bytes, (size_t)c->vector);
  build_write(b, sink, addr, back, 1, column, now + build_late(b, opcode));
  if (!c->ecc)
    return;
  const int superlane = (int)rng_range(rng, 0, c->superlanes - 1);
  e->upset[e->upsets++] = (tsp_upset){.cycle = UPSET_AT,
                                      .slice = source,
                                      .addr = word,
                                      .superlane = superlane,
                                      .bit = (int)rng_range(rng, 0, 8 * c->lanes + c->check_bits - 1)};
  if (i == 0) {
    e->first_queue = (uint16_t)queue;
    e->first_superlane = (uint16_t)superlane;
    e->first_cycle = (uint64_t)now + (uint64_t)superlane;
  }
}

static tsp_status make(const tsp_config *cfg, uint64_t seed, int run, tsp_run *out, tsp_error *err)
{
  tsp_rng rng = {seed};
  rows_case r;
  (void)run;
  ecc_case *e = calloc(1, sizeof *e);
  uint8_t *bytes = malloc((size_t)cfg->vector);
  tsp_status s = e && bytes ? rows_new(cfg, "ecc", &r) : TSP_ENOMEM;
  if (s == TSP_OK) {
    if (!cfg->ecc)
      snprintf(r.note, sizeof r.note, "%s has no check bits: nothing is upset", cfg->name);
    else
      snprintf(r.note, sizeof r.note, "%d bits upset in memory", ROWS);
    for (int i = 0; i < ROWS; i++)
      row(e, &r, cfg, &rng, i,
          2 * cfg->columns + UPSET_AT + 8 + (int64_t)i * (2 * cfg->superlanes + 2 * cfg->columns + 4), bytes);
    s = rows_finish(&r, out, err);
  }
  free(bytes);
  if (s != TSP_OK) {
    free(e);
    return s;
  }
  e->r = out->ctx;
  e->rows_check = out->check;
  e->rows_free = out->free;
  *out = (tsp_run){
      .image = out->image, .ctx = e, .check = check, .free = release, .upset = e->upset, .upsets = (size_t)e->upsets};
  return TSP_OK;
}

const tsp_case case_ecc = {"ecc", "one bit of every word upset: corrected, counted, the first one kept", 1, make};
