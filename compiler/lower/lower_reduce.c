// SPDX-License-Identifier: Apache-2.0
// lower_reduce.c: maxima and sums over an axis.
#include "lower.h"
#include <stdlib.h>
#include <string.h>

static int combine(tspc_lower *l, int opcode, const int *vec, int n)
{
  if (n == 1)
    return vec[0];
  int a = combine(l, opcode, vec, n / 2), b = combine(l, opcode, vec + n / 2, n - n / 2);
  return tspc_vec_vx(l->p, opcode, a, b, TSPC_NONE);
}

static void reduce_rows(tspc_lower *l, const tsp_node *n, const tspc_tensor *a, int opcode, tspc_tensor *t)
{
  int count = (int)a->shape[n->axis], inner = 1, *vec = malloc((size_t)count * sizeof *vec);
  for (int i = n->axis + 1; i < a->rank - 1; i++)
    inner *= (int)a->shape[i];
  t->splat = a->splat;
  if (!vec)
    tspc_prog_fail(l->p, TSP_ENOMEM, "out of memory");
  for (int r = 0; vec && tspc_ok(l->p) && r < t->rows; r++) {
    int first = r / inner * count * inner + r % inner;
    t->lane[r] = a->lane[first];
    for (int k = 0; tspc_ok(l->p) && k < t->tiles; k++) {
      for (int i = 0; i < count; i++)
        vec[i] = tspc_aligned(l, a, first + i * inner, k, t->lane[r]);
      int made = *tspc_at(t, r, k) = combine(l, opcode, vec, count);
      if (count > 1) /* else it is the operand's, of which others may use other lanes */
        tspc_define(l->p, made, a->splat ? 0 : t->lane[r],
                    a->splat ? l->p->cfg->vector : t->lane[r] + tspc_tile_width(l->p, t, k));
    }
  }
  free(vec);
}

static uint32_t lowest(int type)
{
  switch (type) {
  case TSP_I8: return 0xffffff80;
  case TSP_I16: return 0xffff8000;
  case TSP_I32: return 0x80000000;
  case TSP_F16: return 0xfffffc00;
  default: return 0xff800000;
  }
}

/* Lanes lo..hi-1, and in the others what does not change the result. */
static int neutral(tspc_lower *l, int op, int type, int vec, int lo, int hi)
{
  tspc_prog *p = l->p;
  int bytes = tsp_type_size(type), vector = p->cfg->vector;
  if (op == TSP_G_REDUCE_SUM)
    return tspc_masked(p, vec, lo, hi);
  if (hi - lo == vector)
    return vec;
  uint8_t *contents = calloc((size_t)vector, (size_t)bytes);
  if (!contents)
    return tspc_prog_fail(p, TSP_ENOMEM, "out of memory"), TSPC_NONE;
  memset(contents + lo * bytes, 0xff, (size_t)((hi - lo) * bytes));
  int mask = tspc_vec_pool(p, bytes, contents, lo, hi);
  free(contents);
  return tspc_vec_vx(p, tspc_opcode(p, "Sel", tspc_int_type(bytes)), vec, tspc_vec_imm(p, bytes, lowest(type)), mask);
}

/* How many runs of `covered` lanes are joined next: all stay within superlanes as long as possible. */
static int radix(const tsp_config *cfg, int covered)
{
  static const int prime[] = {4, 2, 3, 5};
  int left = covered < cfg->lanes ? cfg->lanes / covered : cfg->vector / covered;
  for (size_t i = 0; i < sizeof prime / sizeof *prime; i++)
    if (left % prime[i] == 0)
      return prime[i];
  return left;
}

/* Every lane gets what all those give together that lie multiples of `covered` lanes from it.
 */
static int reduce_lanes(tspc_lower *l, int opcode, int vec, int covered)
{
  const tsp_config *cfg = l->p->cfg;
  int *from = malloc((size_t)cfg->vector * sizeof *from), *part = malloc((size_t)cfg->vector * sizeof *part);
  if (!from || !part)
    tspc_prog_fail(l->p, TSP_ENOMEM, "out of memory");
  while (from && part && tspc_ok(l->p) && covered < cfg->vector) {
    int n = radix(cfg, covered);
    part[0] = vec;
    for (int i = 1; i < n; i++) {
      for (int lane = 0; lane < cfg->vector; lane++) {
        int group = lane / (n * covered), at = lane / covered % n;
        from[lane] = (group * n + (at + i) % n) * covered + lane % covered;
      }
      part[i] = tspc_lane(l->p, vec, from);
    }
    vec = combine(l, opcode, part, n);
    covered *= n;
  }
  free(from);
  free(part);
  return vec;
}

/* ---- many rows at once: half of the lanes of one and half of the lanes of another are moved together ---- */
/* Lanes in which bit `covered` is not set get what a gives there and `covered` lanes on, the others the same of b. */
static int join(tspc_lower *l, int opcode, int bytes, int a, int b, int covered)
{
  tspc_prog *p = l->p;
  int vector = p->cfg->vector, *swap = malloc((size_t)vector * sizeof *swap), here = a, there = a;
  uint8_t *contents = calloc((size_t)vector, (size_t)bytes);
  if (!swap || !contents)
    tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
  for (int i = 0; tspc_ok(p) && i < vector; i++) {
    swap[i] = i ^ covered;
    memset(contents + i * bytes, i & covered ? 0 : 0xff, (size_t)bytes);
  }
  if (tspc_ok(p) && a != b) {
    int mask = tspc_vec_pool(p, bytes, contents, 0, vector), select = tspc_opcode(p, "Sel", tspc_int_type(bytes));
    here = tspc_vec_vx(p, select, a, b, mask);
    there = tspc_vec_vx(p, select, b, a, mask);
  }
  if (tspc_ok(p))
    here = tspc_vec_vx(p, opcode, here, tspc_lane(p, there, swap), TSPC_NONE);
  free(swap);
  free(contents);
  return here;
}

/* Lane i of every superlane of the result is what all lanes of row i give; n up to the lanes of a superlane. */
static int join_rows(tspc_lower *l, int opcode, int bytes, int *vec, int n)
{
  int covered = 1;
  for (; tspc_ok(l->p) && covered < l->p->cfg->lanes; covered *= 2, n = (n + 1) / 2)
    for (int i = 0; tspc_ok(l->p) && i < (n + 1) / 2; i++)
      vec[i] = join(l, opcode, bytes, vec[2 * i], vec[2 * i + 1 < n ? 2 * i + 1 : 2 * i], covered);
  return tspc_ok(l->p) ? reduce_lanes(l, opcode, vec[0], covered) : TSPC_NONE;
}

/* A row of the operand as one vec: its tiles together, and in lanes that it has not what does not change the result. */
static int whole_row(tspc_lower *l, const tsp_node *n, const tspc_tensor *a, int opcode, int row, int *tile)
{
  for (int k = 0; k < a->tiles; k++)
    tile[k] = neutral(l, n->op, n->type, *tspc_at(a, row, k), a->lane[row], a->lane[row] + tspc_tile_width(l->p, a, k));
  return combine(l, opcode, tile, a->tiles);
}

static void reduce_last(tspc_lower *l, const tsp_node *n, const tspc_tensor *a, int opcode, tspc_tensor *t)
{
  int most = l->p->cfg->lanes, *tile = malloc((size_t)a->tiles * sizeof *tile),
      *vec = malloc((size_t)most * sizeof *vec);
  t->splat = a->width == 1 || t->rows <= most; /* of so few, fewer steps count for more than fewer moves */
  t->repeated = !t->splat;
  if (!vec || !tile)
    tspc_prog_fail(l->p, TSP_ENOMEM, "out of memory");
  for (int r = 0, rows; tspc_ok(l->p) && r < t->rows; r += rows) {
    rows = t->splat ? 1 : t->rows - r < most ? t->rows - r : most;
    for (int i = 0; i < rows && a->width > 1; i++)
      vec[i] = whole_row(l, n, a, opcode, r + i, tile);
    int made = a->width == 1 ? tspc_splat(l, a, r)
               : t->splat    ? reduce_lanes(l, opcode, vec[0], 1)
                             : join_rows(l, opcode, a->bytes, vec, rows);
    for (int i = 0; i < rows; i++) {
      *tspc_at(t, r + i, 0) = made;
      t->lane[r + i] = i;
      if (!t->splat)
        tspc_define(l->p, made, 0, l->p->cfg->vector);
    }
  }
  free(vec);
  free(tile);
}

void tspc_lower_reduce(tspc_lower *l, int node, tspc_tensor *t)
{
  const tsp_node *n = tsp_graph_node(l->g, node);
  const tspc_tensor *a = &l->tensor[n->input[0]];
  int opcode = tspc_opcode(l->p, n->op == TSP_G_REDUCE_MAX ? "Max" : "Add", n->type);
  if (n->axis < n->rank - 1)
    reduce_rows(l, n, a, opcode, t);
  else
    reduce_last(l, n, a, opcode, t);
}
