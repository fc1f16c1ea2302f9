// SPDX-License-Identifier: Apache-2.0
// sxm_all.c: every unit of both SXMs on random bytes, against plain loops over the elements of a vector.
//
// One step after the other, each PERIOD cycles: operands come from MEM to the edge, the result goes back into MEM. A
// result of many streams is made as often as there are slices to take it.
#include "cases.h"
#include "rows.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct {
  rows_case r;
  const tsp_config *c;
  tsp_rng rng;
  int hemisphere, outward, inward, column, slices, v;
  int64_t now; /* cycle in which the operands of the step are at the edge */
  uint8_t *x, *map, *high;
} sxm_case;

static void randomise(sxm_case *s, uint8_t *bytes)
{
  for (int i = 0; i < s->v; i++)
    bytes[i] = (uint8_t)rng_next(&s->rng);
}

static int64_t period(const tsp_config *c)
{
  return 2 * c->columns + 2 * c->superlanes + 24;
}

/* A word onto an outward stream, from any slice (each at most once in a step). */
static void operand(sxm_case *s, int slice, int stream, const uint8_t *bytes)
{
  uint32_t addr = rows_word(&s->r, slice, bytes);
  build_read(&s->r.b, slice, addr, s->outward, stream, s->column, s->now);
}

/* Where an inward stream's result goes; the row that it must be. */
static uint8_t *result(sxm_case *s, int slice, int stream, int64_t at, const char *what)
{
  uint32_t addr;
  uint8_t *row = rows_add(&s->r, slice, what, &addr);
  build_write(&s->r.b, slice, addr, s->inward, stream, s->column, at);
  return row;
}

static int unit(const sxm_case *s, int index)
{
  return s->c->q_sxm + s->hemisphere * TSP_SXM_QUEUES + index;
}

static uint64_t streams(const sxm_case *s, unsigned opcode, int in, int out)
{
  uint64_t w = ins_with(ins_with(ins(opcode), "stream", s->outward * 32 + in), "out", s->inward * 32 + out);
  return w;
}

static void shift(sxm_case *s, int shifter, unsigned opcode, int n)
{
  char what[48];
  randomise(s, s->x);
  operand(s, build_slice(s->c, 0), 1, s->x);
  build_at(&s->r.b, unit(s, shifter), s->now, ins_with(streams(s, opcode, 1, 0), "n", n));
  snprintf(what, sizeof what, "shift %s by %d", opcode == TSP_OP_SHIFT_UP ? "up" : "down", n);
  uint8_t *row = result(s, build_slice(s->c, 1), 0, s->now + build_late(&s->r.b, opcode), what);
  for (int i = 0; row && i < s->v; i++) {
    int from = opcode == TSP_OP_SHIFT_UP ? i - n : i + n;
    row[i] = from >= 0 && from < s->v ? s->x[from] : 0;
  }
  s->now += period(s->c);
}

static void load_map(sxm_case *s, int queue, unsigned opcode, int map, const uint8_t *low, const uint8_t *high)
{
  operand(s, build_slice(s->c, 0), 2, low);
  if (high)
    operand(s, build_slice(s->c, 1), 3, high);
  uint64_t w = ins_with(ins_with(ins(opcode), "stream", s->outward * 32 + 2), "group", s->outward * 32 + 2);
  build_at(&s->r.b, queue, s->now, ins_with(w, "map", map));
  s->now += period(s->c);
}

static void selects(sxm_case *s, int shifter, int map)
{
  int n = (int)rng_range(&s->rng, 0, s->v - 1);
  for (int i = 0; i < s->v; i++)
    s->map[i] = (uint8_t)rng_range(&s->rng, 0, 3);
  load_map(s, unit(s, shifter), TSP_OP_SMAP, map, s->map, NULL);
  randomise(s, s->x);
  operand(s, build_slice(s->c, 1), 0, s->x);
  build_at(&s->r.b, unit(s, shifter), s->now, ins_with(ins_with(streams(s, TSP_OP_SELECT, 0, 3), "n", n), "map", map));
  uint8_t *row = result(s, build_slice(s->c, 0), 3, s->now + build_late(&s->r.b, TSP_OP_SELECT), "select");
  for (int i = 0; row && i < s->v; i++) {
    int from = s->map[i] == 0 ? i : s->map[i] == 1 ? i - n : i + n;
    row[i] = s->map[i] < 3 && from >= 0 && from < s->v ? s->x[from] : 0;
  }
  s->now += period(s->c);
}

/* A bijection of all elements, then a map with repeats and numbers beyond the vector. */
static void permute(sxm_case *s, int map, bool bijection)
{
  uint32_t *from = calloc((size_t)s->v, sizeof *from);
  for (int i = 0; from && i < s->v; i++)
    from[i] = bijection ? (uint32_t)i : (uint32_t)rng_range(&s->rng, 0, s->v + 3);
  for (int i = s->v - 1; from && bijection && i > 0; i--) {
    int k = (int)rng_range(&s->rng, 0, i);
    uint32_t other = from[k];
    from[k] = from[i];
    from[i] = other;
  }
  for (int i = 0; from && i < s->v; i++) {
    s->map[i] = (uint8_t)from[i];
    s->high[i] = (uint8_t)(from[i] >> 8);
  }
  load_map(s, unit(s, 2), TSP_OP_PMAP, map, s->map, s->high);
  randomise(s, s->x);
  operand(s, build_slice(s->c, 0), 1, s->x);
  build_at(&s->r.b, unit(s, 2), s->now, ins_with(streams(s, TSP_OP_PERMUTE, 1, 1), "map", map));
  uint8_t *row = result(s, build_slice(s->c, 1), 1, s->now + build_late(&s->r.b, TSP_OP_PERMUTE), "permute");
  for (int i = 0; row && from && i < s->v; i++)
    row[i] = from[i] < (uint32_t)s->v ? s->x[from[i]] : 0;
  free(from);
  s->now += period(s->c);
}

static void distribute(sxm_case *s, int map)
{
  for (int i = 0; i < s->v; i++)
    s->map[i] = (uint8_t)rng_range(&s->rng, 0, s->c->lanes + 1);
  load_map(s, unit(s, 3), TSP_OP_DMAP, map, s->map, NULL);
  randomise(s, s->x);
  operand(s, build_slice(s->c, 0), 0, s->x);
  build_at(&s->r.b, unit(s, 3), s->now, ins_with(streams(s, TSP_OP_DISTRIBUTE, 0, 2), "map", map));
  uint8_t *row = result(s, build_slice(s->c, 1), 2, s->now + build_late(&s->r.b, TSP_OP_DISTRIBUTE), "distribute");
  for (int i = 0; row && i < s->v; i++)
    row[i] = s->map[i] < s->c->lanes ? s->x[i / s->c->lanes * s->c->lanes + s->map[i]] : 0;
  s->now += period(s->c);
}

/* The n*n streams a few at a time: as many as there are slices. */
static void rotate(sxm_case *s, int n)
{
  const int lanes = s->c->lanes;
  randomise(s, s->x);
  for (int first = 0; first < n * n; first += s->slices) {
    operand(s, build_slice(s->c, 0), 1, s->x);
    uint64_t w = ins_with(ins_with(ins(TSP_OP_ROTATE), "stream", s->outward * 32 + 1), "n", n);
    build_at(&s->r.b, unit(s, 3), s->now, ins_with(w, "group", s->inward * 32));
    for (int k = first; k < n * n && k < first + s->slices; k++) {
      char what[48];
      snprintf(what, sizeof what, "rotate %d, stream %d", n, k);
      uint8_t *row = result(s, build_slice(s->c, k - first), k, s->now + build_late(&s->r.b, TSP_OP_ROTATE), what);
      for (int l = 0; row && l < s->v; l++) {
        int i = l % lanes / n, j = l % lanes % n, base = l - l % lanes;
        if (l % lanes < n * n)
          row[l] = s->x[base + n * ((i + k / n) % n) + (j + k % n) % n];
      }
    }
    s->now += period(s->c);
  }
}

/* Stream j of the operands: from MEM if there is a slice for it, else a constant from the VXM. */
static void transpose(sxm_case *s, int transposer)
{
  const int lanes = s->c->lanes, q = s->c->q_vxm;
  uint8_t *all = calloc((size_t)lanes, (size_t)s->v);
  int memory = s->slices < lanes ? s->slices / 4 * 4 : lanes;
  if (!all || memory + 4 * s->c->alus < lanes) {
    build_fail(&s->r.b, all ? TSP_ERANGE : TSP_ENOMEM, "too few slices and ALUs for the operands of a transposer");
    free(all);
    return;
  }
  for (int i = 0; i < lanes * s->v; i++)
    all[i] = (uint8_t)rng_next(&s->rng);
  uint32_t *word = calloc((size_t)lanes, sizeof *word);
  for (int j = 0; word && j < memory; j++)
    word[j] = rows_word(&s->r, build_slice(s->c, j), all + j * s->v);
  for (int j = memory; j < lanes; j++)
    for (int i = 0; i < s->v; i++)
      all[j * s->v + i] = all[j * s->v];
  for (int first = 0; word && first < lanes; first += s->slices) {
    for (int j = 0; j < memory; j++)
      build_read(&s->r.b, build_slice(s->c, j), word[j], s->outward, j, s->column, s->now);
    for (int j = memory; j < lanes; j += 4) {
      uint32_t four = 0;
      for (int k = 3; k >= 0; k--)
        four = four << 8 | all[(j + k) * s->v];
      uint64_t w = ins_with(ins_with(ins(TSP_OP_MOV_I32), "a", 0x80), "imm", four);
      build_at(&s->r.b, q + (j - memory) / 4, s->now - build_late(&s->r.b, TSP_OP_MOV_I32) - s->c->hemi_cols,
               ins_with(w, "dst", 0x80 | (s->outward * 32 + j)));
    }
    build_at(&s->r.b, unit(s, 4 + transposer), s->now,
             ins_with(ins_with(ins(TSP_OP_TRANSPOSE), "group", s->outward * 32), "out", s->inward * 32));
    for (int i = first; i < lanes && i < first + s->slices; i++) {
      uint8_t *row =
          result(s, build_slice(s->c, i - first), i, s->now + build_late(&s->r.b, TSP_OP_TRANSPOSE), "transpose");
      for (int l = 0; row && l < s->v; l++)
        row[l] = all[(l % lanes) * s->v + l - l % lanes + i];
    }
    s->now += period(s->c);
  }
  free(word);
  free(all);
}

static void hemisphere(sxm_case *s, int h)
{
  const tsp_config *c = s->c;
  const int some = (int)rng_range(&s->rng, 0, s->v - 1);
  s->hemisphere = h;
  s->outward = h == 0 ? TSP_WEST : TSP_EAST;
  s->inward = 1 - s->outward;
  s->column = tsp_queue_column(c, unit(s, 0));
  for (int k = 0; k < 2; k++) {
    shift(s, k, TSP_OP_SHIFT_UP, k ? s->v - 1 : 0);
    shift(s, k, TSP_OP_SHIFT_DOWN, k ? 1 : s->v - 1);
    shift(s, k, TSP_OP_SHIFT_UP, some);
    shift(s, k, TSP_OP_SHIFT_DOWN, some);
    selects(s, k, k ? c->maps - 1 : 0);
  }
  permute(s, 0, true);
  permute(s, c->maps - 1, false);
  distribute(s, c->maps - 1);
  for (int n = 2; n <= 4 && n * n <= c->lanes; n++)
    rotate(s, n);
  transpose(s, 0);
  transpose(s, 1);
}

static tsp_status make(const tsp_config *cfg, uint64_t seed, int i, tsp_run *out, tsp_error *err)
{
  sxm_case s = {.c = cfg, .rng = {seed}, .slices = 2 * cfg->mem_slices, .v = cfg->vector, .now = period(cfg)};
  tsp_status st = rows_new(cfg, "sxm_all", &s.r);
  uint8_t *room = malloc(3 * (size_t)s.v);
  if (st == TSP_OK && room) {
    s.x = room;
    s.map = room + s.v;
    s.high = room + 2 * s.v;
    hemisphere(&s, i);
  } else {
    build_fail(&s.r.b, TSP_ENOMEM, "out of memory");
  }
  free(room);
  return st == TSP_OK ? rows_finish(&s.r, out, err) : st;
}

const tsp_case case_sxm_all = {"sxm_all", "shift, select, permute, distribute, rotate, transpose in both hemispheres",
                               2, make};
