// SPDX-License-Identifier: Apache-2.0
// graph_op.c: element-wise operations, reductions and products.
#include "graph.h"
#include <string.h>

bool tspg_broadcast(int *rank, uint32_t shape[TSP_GRAPH_RANK], int b_rank, const uint32_t *b_shape)
{
  uint32_t out[TSP_GRAPH_RANK] = {0};
  int r = *rank > b_rank ? *rank : b_rank;
  for (int i = 1; i <= r; i++) { /* from the last axis */
    uint32_t a = i <= *rank ? shape[*rank - i] : 1, b = i <= b_rank ? b_shape[b_rank - i] : 1;
    if (a != b && a != 1 && b != 1)
      return false;
    out[r - i] = a == 1 ? b : a;
  }
  memcpy(shape, out, (size_t)r * sizeof *out);
  *rank = r;
  return true;
}

bool tspg_same_shape(const tsp_node *a, int rank, const uint32_t *shape)
{
  return a->rank == rank && memcmp(a->shape, shape, (size_t)rank * sizeof *shape) == 0;
}

static bool check_type(tsp_graph *g, int op, int id)
{
  static const char *const would_fit[] = {"", "i8, i16 and i32", "f16 and f32"};
  int of = tspg_op_info(op)->of, type = tsp_graph_node(g, id)->type;
  tspg_text t;
  if (of == OF_ANY || (of == OF_FLOATS) == tspg_is_float(type))
    return true;
  tspg_misfit(g, op, "%s has the wrong type: %s would fit", tspg_describe(g, id, &t), would_fit[of]);
  return false;
}

static int no_such_op(tsp_graph *g, int op, int operands)
{
  return tsp_graph_fail(g, TSP_EFORMAT, "operation %d (%s) is none with %d operand%s", op, tsp_graph_op_name(op),
                        operands, operands > 1 ? "s" : "");
}

int tsp_graph_unary(tsp_graph *g, int op, int a)
{
  if (!tspg_op_info(op) || tspg_op_info(op)->operands != 1)
    return no_such_op(g, op, 1);
  const tsp_node *x = tspg_operand(g, op, a);
  if (!x || !check_type(g, op, a))
    return -1;
  tsp_node n = {.op = op, .type = x->type, .rank = x->rank, .inputs = 1};
  memcpy(n.shape, x->shape, sizeof n.shape);
  return tspg_add(g, &n, &a);
}

static int misfit2(tsp_graph *g, int op, int a, int b, const char *why)
{
  tspg_text ta, tb;
  return tspg_misfit(g, op, "%s and %s %s", tspg_describe(g, a, &ta), tspg_describe(g, b, &tb), why);
}

int tsp_graph_binary(tsp_graph *g, int op, int a, int b)
{
  if (!tspg_op_info(op) || tspg_op_info(op)->operands != 2)
    return no_such_op(g, op, 2);
  const tsp_node *x = tspg_operand(g, op, a), *y = x ? tspg_operand(g, op, b) : NULL;
  if (!y || !check_type(g, op, a))
    return -1;
  if (x->type != y->type)
    return misfit2(g, op, a, b, "have different types: cast one of them");
  bool mask = op == TSP_G_LT || op == TSP_G_LE || op == TSP_G_EQ;
  tsp_node n = {.op = op, .type = mask ? tspg_mask_type(x->type) : x->type, .rank = x->rank, .inputs = 2};
  memcpy(n.shape, x->shape, sizeof n.shape);
  if (!tspg_broadcast(&n.rank, n.shape, y->rank, y->shape))
    return misfit2(g, op, a, b, "do not broadcast: aligned at the last axis, sizes must be equal or 1");
  return tspg_add(g, &n, (const int[]){a, b});
}

int tsp_graph_select(tsp_graph *g, int mask, int a, int b)
{
  const int op = TSP_G_SELECT;
  const tsp_node *m = tspg_operand(g, op, mask), *x = m ? tspg_operand(g, op, a) : NULL,
                 *y = x ? tspg_operand(g, op, b) : NULL;
  tspg_text t, tx;
  if (!y)
    return -1;
  if (x->type != y->type)
    return misfit2(g, op, a, b, "have different types: cast one of them");
  if (m->type != tspg_mask_type(x->type))
    return tspg_misfit(g, op, "the mask %s does not fit %s: a mask of type %s would", tspg_describe(g, mask, &t),
                       tspg_describe(g, a, &tx), tsp_type_name(tspg_mask_type(x->type)));
  tsp_node n = {.op = op, .type = x->type, .rank = x->rank, .inputs = 3};
  memcpy(n.shape, x->shape, sizeof n.shape);
  if (!tspg_broadcast(&n.rank, n.shape, y->rank, y->shape))
    return misfit2(g, op, a, b, "do not broadcast: aligned at the last axis, sizes must be equal or 1");
  if (!tspg_broadcast(&n.rank, n.shape, m->rank, m->shape))
    return misfit2(g, op, mask, a, "do not broadcast: aligned at the last axis, sizes must be equal or 1");
  return tspg_add(g, &n, (const int[]){mask, a, b});
}

int tsp_graph_cast(tsp_graph *g, int a, int type)
{
  const tsp_node *x = tspg_operand(g, TSP_G_CAST, a);
  if (!x)
    return -1;
  if (tsp_type_size(type) == 0)
    return tspg_misfit(g, TSP_G_CAST, "%d is no element type", type);
  if (x->type == type)
    return a;
  tsp_node n = {.op = TSP_G_CAST, .type = type, .rank = x->rank, .inputs = 1};
  memcpy(n.shape, x->shape, sizeof n.shape);
  return tspg_add(g, &n, &a);
}

int tsp_graph_reduce(tsp_graph *g, int op, int a, int axis)
{
  tspg_text t;
  if (op != TSP_G_REDUCE_MAX && op != TSP_G_REDUCE_SUM)
    return tsp_graph_fail(g, TSP_EFORMAT, "operation %d (%s) is no reduction", op, tsp_graph_op_name(op));
  const tsp_node *x = tspg_operand(g, op, a);
  if (!x)
    return -1;
  if (axis < 0 || axis >= x->rank)
    return tspg_misfit(g, op, "%s has no axis %d: 0 to %d would fit", tspg_describe(g, a, &t), axis, x->rank - 1);
  tsp_node n = {.op = op, .type = x->type, .rank = x->rank, .inputs = 1, .axis = axis};
  memcpy(n.shape, x->shape, sizeof n.shape);
  n.shape[axis] = 1;
  return tspg_add(g, &n, &a);
}

/* Leading axes of both, broadcast, then rows of x and columns of y. */
static bool product_shape(const tsp_node *x, const tsp_node *y, tsp_node *n)
{
  n->rank = x->rank - 2;
  memcpy(n->shape, x->shape, sizeof n->shape);
  if (!tspg_broadcast(&n->rank, n->shape, y->rank - 2, y->shape))
    return false;
  n->shape[n->rank++] = x->shape[x->rank - 2];
  n->shape[n->rank++] = y->shape[y->rank - 1];
  return true;
}

int tsp_graph_matmul(tsp_graph *g, int a, int b)
{
  const int op = TSP_G_MATMUL;
  const tsp_node *x = tspg_operand(g, op, a), *y = x ? tspg_operand(g, op, b) : NULL;
  if (!y)
    return -1;
  if (x->rank < 2 || y->rank < 2)
    return misfit2(g, op, a, b, "need rank 2 at least: [.., M, K] and [.., K, N] would fit");
  if (x->type != y->type || (x->type != TSP_I8 && x->type != TSP_F16))
    return misfit2(g, op, a, b, "have the wrong types: both i8 or both f16 would fit");
  uint32_t k = x->shape[x->rank - 1];
  if (y->shape[y->rank - 2] != k) {
    char why[120];
    snprintf(why, sizeof why, "differ in the inner size: a second operand [.., %u, %u] would fit", k,
             y->shape[y->rank - 1]);
    return misfit2(g, op, a, b, why);
  }
  tsp_node n = {.op = op, .type = x->type == TSP_I8 ? TSP_I32 : TSP_F32, .inputs = 2};
  if (!product_shape(x, y, &n))
    return misfit2(g, op, a, b, "have leading axes that do not broadcast: they must be equal or 1");
  return tspg_add(g, &n, (const int[]){a, b});
}
