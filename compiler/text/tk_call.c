// SPDX-License-Identifier: Apache-2.0
// tk_call.c: the functions of kernel text.
#include "tk.h"
#include <math.h>
#include <string.h>

typedef struct {
  const char *name;
  int least, most; /* unnamed arguments */
  int op;          /* of the graph */
  int (*make)(tk_parser *t, tk_call *c, int op);
} function;

/* Argument i as a tensor; a number becomes a scalar of a type. */
static int tensor(tk_parser *t, const tk_call *c, int i, int type)
{
  return tk_tensor(t, &c->arg[i], type);
}

static int type_of(const tk_parser *t, int id)
{
  const tsp_node *n = tsp_graph_node(t->g, id);
  return n ? n->type : -1;
}

static tk_value *key(tk_call *c, const char *name)
{
  for (int i = 0; i < c->keys; i++)
    if (tk_is(&c->key[i].name, name) && !c->key[i].used) {
      c->key[i].used = true;
      return &c->key[i].value;
    }
  return NULL;
}

/* A named number; `otherwise` if it is not given, NAN: it must be. */
static double key_number(tk_parser *t, tk_call *c, const char *name, double otherwise)
{
  const tk_value *v = key(c, name);
  if (!v && isnan(otherwise))
    tk_fail(t, &c->at, "%.*s: %s = .. is missing", c->at.length, c->at.start, name);
  else if (v && v->kind != TK_IS_NUMBER)
    tk_fail(t, &v->at, "%s must be a number", name);
  return v ? v->number : otherwise;
}

static int key_axis(tk_parser *t, tk_call *c, int id)
{
  const tsp_node *n = tsp_graph_node(t->g, id);
  double axis = key_number(t, c, "axis", NAN);
  if (!tk_ok(t) || !n)
    return -1;
  if (axis != floor(axis) || fabs(axis) > TSP_GRAPH_RANK)
    return tk_fail(t, &c->at, "axis %g; 0 to %d, or from the last: -1 to %d, would fit", axis, n->rank - 1, -n->rank);
  return axis < 0 ? n->rank + (int)axis : (int)axis;
}

/* Argument i as a list, of which the graph wants at least `least`. */
static const tk_value *list(tk_parser *t, const tk_call *c, int i, uint32_t least, const char *example)
{
  const tk_value *v = &c->arg[i];
  if (v->kind == TK_IS_LIST && v->count >= least)
    return v;
  tk_fail(t, &v->at, "%.*s takes a list here, for example %s", c->at.length, c->at.start, example);
  return NULL;
}

static int unary(tk_parser *t, tk_call *c, int op)
{
  return tsp_graph_unary(t->g, op, tensor(t, c, 0, -1));
}

static int binary(tk_parser *t, tk_call *c, int op)
{
  bool second = c->arg[0].kind != TK_IS_TENSOR;
  int id = tensor(t, c, second, -1), type = type_of(t, id), other = tensor(t, c, !second, type);
  return tsp_graph_binary(t->g, op, second ? other : id, second ? id : other);
}

/* Of two tensors, or of one along an axis. */
static int greatest(tk_parser *t, tk_call *c, int op)
{
  if (c->args == 2)
    return binary(t, c, op);
  int a = tensor(t, c, 0, -1);
  if (op == TSP_G_MIN) /* the machine reduces by the greatest only */
    return tsp_graph_unary(
        t->g, TSP_G_NEG,
        tsp_graph_reduce(t->g, TSP_G_REDUCE_MAX, tsp_graph_unary(t->g, TSP_G_NEG, a), key_axis(t, c, a)));
  return tsp_graph_reduce(t->g, TSP_G_REDUCE_MAX, a, key_axis(t, c, a));
}

static int sum(tk_parser *t, tk_call *c, int op)
{
  int a = tensor(t, c, 0, -1);
  return tsp_graph_reduce(t->g, op, a, key_axis(t, c, a));
}

static int mean(tk_parser *t, tk_call *c, int op)
{
  int a = tensor(t, c, 0, -1), axis = key_axis(t, c, a);
  const tsp_node *n = tsp_graph_node(t->g, a);
  int s = tsp_graph_reduce(t->g, op, a, axis);
  if (s >= 0 && !tspg_is_float(n->type))
    return tk_fail(t, &c->at, "mean of %s; f16 and f32 would fit", tsp_type_name(n->type));
  return s < 0 ? -1 : tsp_graph_binary(t->g, TSP_G_MUL, s, tsp_graph_scalar(t->g, n->type, 1.0 / n->shape[axis]));
}

static int choose(tk_parser *t, tk_call *c, int op)
{
  bool second = c->arg[1].kind != TK_IS_TENSOR;
  int id = tensor(t, c, 1 + second, -1), type = type_of(t, id), other = tensor(t, c, 2 - second, type);
  (void)op;
  return tsp_graph_select(t->g, tensor(t, c, 0, -1), second ? other : id, second ? id : other);
}

static int cast(tk_parser *t, tk_call *c, int op)
{
  int a = tensor(t, c, 0, -1);
  if (tk_ok(t) && c->arg[1].kind != TK_IS_TYPE)
    return tk_fail(t, &c->arg[1].at, "%s takes a type here: i8, i16, i32, f16 or f32", tsp_graph_op_name(op));
  return tsp_graph_cast(t->g, a, c->arg[1].id);
}

static int product(tk_parser *t, tk_call *c, int op)
{
  (void)op;
  return tsp_graph_matmul(t->g, tensor(t, c, 0, -1), tensor(t, c, 1, -1));
}

/* The last two axes swapped, or the axes in the order of a list. */
static int transpose(tk_parser *t, tk_call *c, int op)
{
  int a = tensor(t, c, 0, -1), perm[TSP_GRAPH_RANK] = {0, 1, 2, 3};
  const tsp_node *n = tsp_graph_node(t->g, a);
  if (!n)
    return -1;
  if (c->args == 2) {
    const tk_value *l = list(t, c, 1, 1, "[1, 0]");
    if (l && l->count != (uint32_t)n->rank)
      return tk_fail(t, &l->at, "%u axes in the list; the tensor has %d", l->count, n->rank);
    for (int i = 0; l && i < n->rank; i++)
      perm[i] = l->list[i] < TSP_GRAPH_RANK ? (int)l->list[i] : TSP_GRAPH_RANK;
  } else if (n->rank < 2) {
    return tk_fail(t, &c->at, "%s: the tensor has one axis only", tsp_graph_op_name(op));
  } else {
    perm[n->rank - 2] = n->rank - 1;
    perm[n->rank - 1] = n->rank - 2;
  }
  return tsp_graph_transpose(t->g, a, perm);
}

static int shaped(tk_parser *t, tk_call *c, int op)
{
  int a = tensor(t, c, 0, -1);
  const tk_value *l = list(t, c, 1, 1, "[64, 16]");
  if (!l)
    return -1;
  int rank = l->count <= TSP_GRAPH_RANK ? (int)l->count : TSP_GRAPH_RANK + 1;
  return op == TSP_G_RESHAPE ? tsp_graph_reshape(t->g, a, rank, l->list) : tsp_graph_broadcast(t->g, a, rank, l->list);
}

static int concat(tk_parser *t, tk_call *c, int op)
{
  int part[TK_ARGS] = {0};
  (void)op;
  for (int i = 0; i < c->args; i++)
    part[i] = tensor(t, c, i, -1);
  return tsp_graph_concat(t->g, key_axis(t, c, part[0]), c->args, part);
}

static int take(tk_parser *t, tk_call *c, int op)
{
  int a = tensor(t, c, 0, -1), axis = key_axis(t, c, a);
  const tk_value *l = list(t, c, 1, 1, "[1, 0, 8..15]");
  (void)op;
  return l ? tsp_graph_take(t->g, a, axis, l->count, l->list) : -1;
}

static int rows(tk_parser *t, tk_call *c, int op)
{
  if (op == TSP_G_GATHER)
    return tsp_graph_gather(t->g, tensor(t, c, 0, -1), tensor(t, c, 1, -1));
  return tsp_graph_scatter(t->g, tensor(t, c, 0, -1), tensor(t, c, 1, -1), tensor(t, c, 2, -1));
}

static int norm(tk_parser *t, tk_call *c, int op)
{
  int x = tensor(t, c, 0, -1), type = type_of(t, x), w = tensor(t, c, 1, type);
  double eps = key_number(t, c, "eps", 1e-5);
  if (op == TSP_G_RMSNORM)
    return tsp_graph_rmsnorm(t->g, x, w, eps);
  return tsp_graph_layernorm(t->g, x, w, tensor(t, c, 2, type), eps);
}

static int rope(tk_parser *t, tk_call *c, int op)
{
  (void)op;
  return tsp_graph_rope(t->g, tensor(t, c, 0, -1), tensor(t, c, 1, -1), tensor(t, c, 2, -1));
}

static int scaled(tk_parser *t, tk_call *c, int op)
{
  int x = tensor(t, c, 0, -1);
  if (op == TSP_G_QUANTIZE)
    return tsp_graph_quantize(t->g, x, tensor(t, c, 1, type_of(t, x)));
  return tsp_graph_dequantize(t->g, x, tensor(t, c, 1, TSP_F32));
}

static int attention(tk_parser *t, tk_call *c, int op)
{
  int q = tensor(t, c, 0, -1), k = tensor(t, c, 1, -1), v = tensor(t, c, 2, -1);
  const tk_value *m = key(c, "mask");
  int mask = m ? tk_tensor(t, m, TSP_F32) : -1;
  double causal = key_number(t, c, "causal", 0), scale = key_number(t, c, "scale", NAN);
  (void)op;
  return tk_ok(t) ? tsp_graph_attention(t->g, q, k, v, mask, scale, causal != 0) : -1;
}

static const function functions[] = {
    {"neg", 1, 1, TSP_G_NEG, unary},
    {"abs", 1, 1, TSP_G_ABS, unary},
    {"relu", 1, 1, TSP_G_RELU, unary},
    {"exp", 1, 1, TSP_G_EXP, unary},
    {"tanh", 1, 1, TSP_G_TANH, unary},
    {"rsqrt", 1, 1, TSP_G_RSQRT, unary},
    {"recip", 1, 1, TSP_G_RECIP, unary},
    {"sqrt", 1, 1, TSP_G_SQRT, unary},
    {"sigmoid", 1, 1, TSP_G_SIGMOID, unary},
    {"silu", 1, 1, TSP_G_SILU, unary},
    {"gelu", 1, 1, TSP_G_GELU, unary},
    {"softmax", 1, 1, TSP_G_SOFTMAX, unary},
    {"min", 1, 2, TSP_G_MIN, greatest},
    {"max", 1, 2, TSP_G_MAX, greatest},
    {"shr", 2, 2, TSP_G_SHR, binary},
    {"sum", 1, 1, TSP_G_REDUCE_SUM, sum},
    {"mean", 1, 1, TSP_G_REDUCE_SUM, mean},
    {"select", 3, 3, TSP_G_SELECT, choose},
    {"cast", 2, 2, TSP_G_CAST, cast},
    {"matmul", 2, 2, TSP_G_MATMUL, product},
    {"transpose", 1, 2, TSP_G_TRANSPOSE, transpose},
    {"reshape", 2, 2, TSP_G_RESHAPE, shaped},
    {"broadcast", 2, 2, TSP_G_BROADCAST, shaped},
    {"concat", 1, TK_ARGS, TSP_G_CONCAT, concat},
    {"take", 2, 2, TSP_G_TAKE, take},
    {"gather", 2, 2, TSP_G_GATHER, rows},
    {"scatter", 3, 3, TSP_G_SCATTER, rows},
    {"rmsnorm", 2, 2, TSP_G_RMSNORM, norm},
    {"layernorm", 3, 3, TSP_G_LAYERNORM, norm},
    {"rope", 3, 3, TSP_G_ROPE, rope},
    {"quantize", 2, 2, TSP_G_QUANTIZE, scaled},
    {"dequantize", 2, 2, TSP_G_DEQUANTIZE, scaled},
    {"attention", 3, 3, TSP_G_ATTENTION, attention},
};

/* sqrt and exp of numbers are numbers. */
static bool of_number(const tk_call *c, double *number)
{
  if (c->args != 1 || c->arg[0].kind != TK_IS_NUMBER)
    return false;
  *number = tk_is(&c->at, "sqrt") ? sqrt(c->arg[0].number) : tk_is(&c->at, "exp") ? exp(c->arg[0].number) : (double)NAN;
  return isfinite(*number);
}

tk_value tk_apply(tk_parser *t, tk_call *c)
{
  const function *f = NULL;
  double number;
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
    if (tk_is(&c->at, functions[i].name))
      f = &functions[i];
  if (!f)
    tk_fail(t, &c->at, "there is no function '%.*s'", c->at.length < 80 ? c->at.length : 80, c->at.start);
  else if (of_number(c, &number))
    return tk_of_number(number, &c->at);
  else if (c->args < f->least || c->args > f->most)
    tk_fail(t, &c->at, "%s takes %d to %d arguments without a name, not %d", f->name, f->least, f->most, c->args);
  if (!tk_ok(t))
    return tk_of_tensor(-1, &c->at);
  tk_at(t, &c->at);
  int id = f->make(t, c, f->op);
  for (int i = 0; tk_ok(t) && i < c->keys; i++)
    if (!c->key[i].used)
      tk_fail(t, &c->key[i].name, "%s has no argument %.*s", f->name, c->key[i].name.length, c->key[i].name.start);
  return tk_of_tensor(id, &c->at);
}
