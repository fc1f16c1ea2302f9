// SPDX-License-Identifier: Apache-2.0
#include "rows.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

tsp_status rows_new(const tsp_config *cfg, const char *name, rows_case *r)
{
  *r = (rows_case){.vector = (uint32_t)cfg->vector};
  tsp_status s = build_new(cfg, name, &r->b);
  if (s == TSP_OK)
    r->tensor = build_tensor(&r->b, "y", TSP_I8, 1, (uint32_t)cfg->vector, NULL);
  return s;
}

static tsp_piece word_piece(const rows_case *r, int slice, uint32_t addr, uint32_t row)
{
  return (tsp_piece){.slice = (uint16_t)slice,
                     .addr = addr,
                     .count = 1,
                     .addr_step = 1,
                     .lanes = r->vector,
                     .first = (int64_t)row * r->vector,
                     .vec_step = r->vector,
                     .lane_step = 1};
}

uint8_t *rows_add(rows_case *r, int slice, const char *what, uint32_t *addr)
{
  *addr = build_room(&r->b, slice, 1);
  if (r->rows == r->room) {
    uint32_t room = r->room ? 2 * r->room : 64;
    if (!build_grow(&r->b, &r->want, (size_t)room * r->vector) || !build_grow(&r->b, &r->what, room * sizeof *r->what))
      return NULL;
    r->room = room;
  }
  build_piece(&r->b, r->tensor, word_piece(r, slice, *addr, r->rows));
  snprintf(r->what[r->rows], sizeof *r->what, "%s", what);
  uint8_t *row = r->want + (size_t)r->rows++ * r->vector;
  memset(row, 0, r->vector);
  return row;
}

uint32_t rows_word(rows_case *r, int slice, const uint8_t *bytes)
{
  char name[32];
  uint32_t addr = build_room(&r->b, slice, 1);
  snprintf(name, sizeof name, "x%d", r->b.image->tensor_count);
  build_piece(&r->b, build_tensor(&r->b, name, TSP_I8, 1, r->vector, bytes), word_piece(r, slice, addr, 0));
  return addr;
}

static tsp_status check(void *ctx, const tsp_image *image, tsp_engine *e, tsp_oracle *out)
{
  const rows_case *r = ctx;
  uint8_t *y = build_fetch(image, e, "y");
  *out = (tsp_oracle){.compared = (uint64_t)r->rows * r->vector};
  snprintf(out->note, sizeof out->note, "%s", r->note);
  for (size_t i = 0; y && i < out->compared; i++) {
    double error = (double)abs((int)y[i] - (int)r->want[i]);
    out->max_abs_err = error > out->max_abs_err ? error : out->max_abs_err;
    if (y[i] != r->want[i] && out->mismatches++ == 0)
      snprintf(out->first, sizeof out->first, "%s, element %zu: expected 0x%02x, got 0x%02x", r->what[i / r->vector],
               i % r->vector, r->want[i], y[i]);
  }
  free(y);
  return y ? TSP_OK : TSP_ENOMEM;
}

static void release(void *ctx)
{
  rows_case *r = ctx;
  free(r->want);
  free(r->what);
  free(r);
}

tsp_status rows_finish(rows_case *r, tsp_run *out, tsp_error *err)
{
  rows_case *own = malloc(sizeof *own);
  if (!own)
    build_fail(&r->b, TSP_ENOMEM, "out of memory");
  if (r->tensor >= 0)
    r->b.image->tensor[r->tensor].shape[0] = r->rows ? r->rows : 1;
  tsp_status s = build_finish(&r->b, &out->image, err);
  if (s != TSP_OK || !own) {
    free(r->want);
    free(r->what);
    free(own);
    return s;
  }
  *own = *r;
  *out = (tsp_run){.image = out->image, .ctx = own, .check = check, .free = release};
  return TSP_OK;
}
