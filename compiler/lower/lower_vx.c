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
  bool splat = false, all = t->width == 1, repeated = all;
  for (int i = 0; i < n->inputs; i++)
    in[i] = &l->tensor[n->input[i]];
  for (int r = 0; tspc_ok(l->p) && r < t->rows; r++) {
    for (int i = 0; i < n->inputs; i++)
      row[i] = operand_row(in[i], t, r);
    t->lane[r] = row_lane(in, row, n->inputs, t, &splat);
    all = all && splat;
    for (int i = 0; i < n->inputs; i++)
      repeated = repeated && (in[i]->splat || (in[i]->repeated && in[i]->lane[row[i]] == t->lane[r]));
    for (int k = 0; tspc_ok(l->p) && k < t->tiles; k++) {
      for (int i = 0; i < n->inputs; i++)
        vec[i] = operand(l, in[i], row[i], k, t->lane[r], t);
      int made = n->op == TSP_G_SELECT
                     ? tspc_vec_vx(l->p, opcode, vec[1], vec[2], vec[0])
                     : tspc_vec_vx(l->p, opcode, vec[0], n->inputs > 1 ? vec[1] : TSPC_NONE, TSPC_NONE);
      *tspc_at(t, r, k) = made;
      if (splat || repeated)
        tspc_define(l->p, made, 0, l->p->cfg->vector);
      else
        tspc_define(l->p, made, t->lane[r], t->lane[r] + tspc_tile_width(l->p, t, k));
    }
  }
  t->repeated = repeated && !all;
  t->splat = all; /* rows that are in one lane only beside some that are in all: those count as in lane 0 */
}
