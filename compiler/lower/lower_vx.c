// SPDX-License-Identifier: Apache-2.0
// lower_vx.c: elementwise operations.
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

static bool constant_row(tspc_lower *l, const tspc_tensor *t, int row)
{
  int vec = *tspc_at(t, row, 0);
  return vec >= 0 && tspc_constant(l->p, vec);
}

/* The lane that a result's row begins at: that of the first operand that is not the same in all lanes, of a constant
 * only if there is no other. */
static int row_lane(tspc_lower *l, const tspc_tensor *const *in, const int *row, int inputs, const tspc_tensor *out,
                    bool *splat)
{
  *splat = true;
  bool computed = false;
  int lane = 0;
  for (int i = 0; i < inputs; i++)
    if (!in[i]->splat && in[i]->width == out->width && !computed) {
      computed = !constant_row(l, in[i], row[i]);
      lane = computed || *splat ? in[i]->lane[row[i]] : lane;
      *splat = false;
    }
  return out->tiles > 1 ? 0 : lane;
}

/* A constant row in all places of a vector that lie whole rows from `lane`. */
static int repeated_row(tspc_lower *l, const tspc_tensor *t, int row, int lane)
{
  int vector = l->p->cfg->vector, w = t->width, first = lane % w, *from = tspc_new_map(l), made = TSPC_NONE;
  for (int i = first; from && i < first + (vector - first) / w * w; i++)
    from[i] = t->lane[row] + (i - first) % w;
  if (from)
    made = tspc_moved(l, *tspc_at(t, row, 0), from);
  free(from);
  return made;
}

/* Whether a vec has more than the row that lies at `lane`. */
static bool wider(const tspc_prog *p, int vec, int lane, int width)
{
  const tspc_vec *v = vec < 0 ? NULL : &p->vec[vec];
  bool told = v && v->dlo < v->dhi;
  return v && v->lo < v->hi && ((told ? v->dlo : v->lo) < lane || (told ? v->dhi : v->hi) > lane + width);
}

/* Operands of a result's row, of what was asked for. Constants beside others whose vecs hold several rows are repeated:
 * then what is computed of one of those rows is what is computed of all. */
static void operands(tspc_lower *l, tspc_moves *m, const int *asked, const tspc_tensor *const *in, const int *row,
                     int inputs, int lane, int *vec)
{
  bool wide = false, constant[3];
  for (int i = 0; i < inputs; i++) {
    constant[i] = in[i]->width > 1 && in[i]->tiles == 1 && constant_row(l, in[i], row[i]);
    if (constant[i])
      continue;
    vec[i] = tspc_move_made(m, asked[i]);
    wide = wide || (in[i]->width > 1 && wider(l->p, vec[i], lane, in[i]->width));
  }
  for (int i = 0; i < inputs; i++)
    if (constant[i])
      vec[i] = wide ? repeated_row(l, in[i], row[i], lane) : tspc_move_made(m, asked[i]);
}

typedef struct {
  const tsp_node *n;
  const tspc_tensor *in[3];
  int opcode;
} elementwise;

/* Asks for the operands of all rows where these begin. */
static tspc_moves *ask(tspc_lower *l, const elementwise *e, tspc_tensor *t, int *asked)
{
  tspc_moves *m = tspc_moves_new(l, t->rows * t->tiles);
  int row[3] = {0};
  bool splat;
  for (int r = 0; asked && tspc_ok(l->p) && r < t->rows; r++) {
    for (int i = 0; i < e->n->inputs; i++)
      row[i] = operand_row(e->in[i], t, r);
    t->lane[r] = row_lane(l, e->in, row, e->n->inputs, t, &splat);
    for (int k = 0; k < t->tiles; k++)
      for (int i = 0; i < e->n->inputs; i++)
        *asked++ = e->in[i]->width == 1 && (t->width > 1 || e->in[i]->splat)
                       ? tspc_move_ask(m, tspc_splat(l, e->in[i], row[i]), 0, 0, NULL)
                       : tspc_move_row(m, e->in[i], row[i], k, t->lane[r]);
  }
  return m;
}

void tspc_lower_elementwise(tspc_lower *l, int node, tspc_tensor *t)
{
  const tsp_node *n = tsp_graph_node(l->g, node);
  elementwise e = {.n = n, .opcode = opcode_of(l, n)};
  int row[3] = {0}, vec[3] = {0}, *asked = malloc((size_t)(t->rows * t->tiles * n->inputs) * sizeof *asked),
      *next = asked;
  bool splat = false, all = t->width == 1, repeated = all;
  for (int i = 0; i < n->inputs; i++)
    e.in[i] = &l->tensor[n->input[i]];
  if (!asked)
    tspc_prog_fail(l->p, TSP_ENOMEM, "out of memory");
  tspc_moves *m = ask(l, &e, t, asked);
  for (int r = 0; asked && tspc_ok(l->p) && r < t->rows; r++) {
    for (int i = 0; i < n->inputs; i++)
      row[i] = operand_row(e.in[i], t, r);
    row_lane(l, e.in, row, n->inputs, t, &splat);
    all = all && splat;
    for (int i = 0; i < n->inputs; i++)
      repeated = repeated && (e.in[i]->splat || (e.in[i]->repeated && e.in[i]->lane[row[i]] == t->lane[r]));
    for (int k = 0; tspc_ok(l->p) && k < t->tiles; k++, next += n->inputs) {
      operands(l, m, next, e.in, row, n->inputs, t->lane[r], vec);
      int made = n->op == TSP_G_SELECT
                     ? tspc_vec_vx(l->p, e.opcode, vec[1], vec[2], vec[0])
                     : tspc_vec_vx(l->p, e.opcode, vec[0], n->inputs > 1 ? vec[1] : TSPC_NONE, TSPC_NONE);
      *tspc_at(t, r, k) = made;
      if (splat || repeated)
        tspc_define(l->p, made, 0, l->p->cfg->vector);
      else
        tspc_define(l->p, made, t->lane[r], t->lane[r] + tspc_tile_width(l->p, t, k));
    }
  }
  tspc_moves_free(m);
  free(asked);
  t->repeated = repeated && !all;
  t->splat = all; /* rows that are in one lane only beside some that are in all: those count as in lane 0 */
}
