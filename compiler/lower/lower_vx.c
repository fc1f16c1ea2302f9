// SPDX-License-Identifier: Apache-2.0
// lower_vx.c: elementwise operations and reductions.
#include "lower.h"
#include <stdlib.h>
#include <string.h>

/* ---- elementwise ---- */
static const char *mnemonic(int op)
{
  switch (op) {
  case TSP_G_NEG: return "Neg";
  case TSP_G_ABS: return "Abs";
  case TSP_G_RELU: return "ReLU";
  case TSP_G_EXP: return "Exp";
  case TSP_G_TANH: return "TanH";
  case TSP_G_RSQRT: return "RSqrt";
  case TSP_G_RECIP: return "Recip";
  case TSP_G_ADD: return "Add";
  case TSP_G_SUB: return "Sub";
  case TSP_G_MUL: return "Mul";
  case TSP_G_MIN: return "Min";
  case TSP_G_MAX: return "Max";
  case TSP_G_LT: return "CmpLt";
  case TSP_G_LE: return "CmpLe";
  case TSP_G_EQ: return "CmpEq";
  case TSP_G_AND: return "And";
  case TSP_G_OR: return "Or";
  case TSP_G_XOR: return "Xor";
  case TSP_G_SHL: return "Shl";
  case TSP_G_SHR: return "Shr";
  case TSP_G_SAR: return "Sar";
  case TSP_G_SELECT: return "Sel";
  default: return "";
  }
}

static int opcode_of(tspc_lower *l, const tsp_node *n)
{
  const tsp_node *a = tsp_graph_node(l->g, n->input[0]);
  if (n->op == TSP_G_CAST) {
    char name[16];
    snprintf(name, sizeof name, "Cvt.%s", tsp_type_name(a->type));
    return tspc_opcode(l->p, name, n->type);
  }
  int type = n->op == TSP_G_SELECT ? tspc_int_type(tsp_type_size(n->type)) : a->type;
  return tspc_opcode(l->p, mnemonic(n->op), type);
}

/* Row of an operand that stretches to row r of the result. */
static int operand_row(const tspc_tensor *t, const tspc_tensor *out, int r)
{
  int row = 0, size = 1;
  for (int i = out->rank - 2; i >= 0; i--) {
    int at = r % (int)out->shape[i], k = i - (out->rank - t->rank);
    r /= (int)out->shape[i];
    if (k < 0)
      continue;
    row += t->shape[k] == 1 ? 0 : at * size;
    size *= (int)t->shape[k];
  }
  return row;
}

/* The lane that a result's row begins at: that of the first operand that is not the same in all lanes. */
static int row_lane(const tspc_tensor *const *in, const int *row, int inputs, const tspc_tensor *out, bool *splat)
{
  *splat = true;
  int lane = 0;
  for (int i = inputs - 1; i >= 0; i--)
    if (!in[i]->splat && in[i]->width == out->width) {
      lane = in[i]->lane[row[i]];
      *splat = false;
    }
  return out->tiles > 1 ? 0 : lane;
}

static int operand(tspc_lower *l, const tspc_tensor *t, int row, int tile, int lane, const tspc_tensor *out)
{
  if (t->width == 1 && (out->width > 1 || t->splat))
    return tspc_splat(l, t, row);
  return tspc_aligned(l, t, row, tile, lane);
}

void tspc_lower_elementwise(tspc_lower *l, int node, tspc_tensor *t)
{
  const tsp_node *n = tsp_graph_node(l->g, node);
  const tspc_tensor *in[3];
  int opcode = opcode_of(l, n), row[3], vec[3];
  bool splat = false, all = t->width == 1;
  for (int i = 0; i < n->inputs; i++)
    in[i] = &l->tensor[n->input[i]];
  for (int r = 0; tspc_ok(l->p) && r < t->rows; r++) {
    for (int i = 0; i < n->inputs; i++)
      row[i] = operand_row(in[i], t, r);
    t->lane[r] = row_lane(in, row, n->inputs, t, &splat);
    all = all && splat;
    for (int k = 0; tspc_ok(l->p) && k < t->tiles; k++) {
      for (int i = 0; i < n->inputs; i++)
        vec[i] = operand(l, in[i], row[i], k, t->lane[r], t);
      int made = n->op == TSP_G_SELECT
                     ? tspc_vec_vx(l->p, opcode, vec[1], vec[2], vec[0])
                     : tspc_vec_vx(l->p, opcode, vec[0], n->inputs > 1 ? vec[1] : TSPC_NONE, TSPC_NONE);
      *tspc_at(t, r, k) = made;
      if (splat)
        tspc_define(l->p, made, 0, l->p->cfg->vector);
      else
        tspc_define(l->p, made, t->lane[r], t->lane[r] + tspc_tile_width(l->p, t, k));
    }
  }
  t->splat = all; /* rows that are in one lane only beside some that are in all: those count as in lane 0 */
}

/* ---- reductions ---- */
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

/* Every lane gets what all lanes together give. */
static int reduce_lanes(tspc_lower *l, int opcode, int vec)
{
  const tsp_config *cfg = l->p->cfg;
  int *from = malloc((size_t)cfg->vector * sizeof *from), *part = malloc((size_t)cfg->vector * sizeof *part);
  if (!from || !part)
    tspc_prog_fail(l->p, TSP_ENOMEM, "out of memory");
  for (int covered = 1; from && part && tspc_ok(l->p) && covered < cfg->vector;) {
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

void tspc_lower_reduce(tspc_lower *l, int node, tspc_tensor *t)
{
  const tsp_node *n = tsp_graph_node(l->g, node);
  const tspc_tensor *a = &l->tensor[n->input[0]];
  int opcode = tspc_opcode(l->p, n->op == TSP_G_REDUCE_MAX ? "Max" : "Add", n->type);
  if (n->axis < n->rank - 1) {
    reduce_rows(l, n, a, opcode, t);
    return;
  }
  int *vec = malloc((size_t)a->tiles * sizeof *vec);
  t->splat = true;
  if (!vec)
    tspc_prog_fail(l->p, TSP_ENOMEM, "out of memory");
  for (int r = 0; vec && tspc_ok(l->p) && r < t->rows; r++) {
    if (a->width == 1) {
      *tspc_at(t, r, 0) = tspc_splat(l, a, r);
      continue;
    }
    for (int k = 0; k < a->tiles; k++)
      vec[k] = neutral(l, n->op, n->type, *tspc_at(a, r, k), a->lane[r], a->lane[r] + tspc_tile_width(l->p, a, k));
    *tspc_at(t, r, 0) = reduce_lanes(l, opcode, combine(l, opcode, vec, a->tiles));
  }
  free(vec);
}
