// SPDX-License-Identifier: Apache-2.0
// tk_expr.c: expressions. Numbers are computed while reading; what meets a tensor becomes a node.
#include "tk.h"
#include <math.h>
#include <string.h>

/* From the loosest to the tightest. */
static const struct {
  int token, level, op;
  bool swap; /* a > b is b < a */
} operators[] = {{'<', 0, TSP_G_LT, false},     {TK_LE, 0, TSP_G_LE, false}, {'>', 0, TSP_G_LT, true},
                 {TK_GE, 0, TSP_G_LE, true},    {TK_EQ, 0, TSP_G_EQ, false}, {'|', 1, TSP_G_OR, false},
                 {'^', 2, TSP_G_XOR, false},    {'&', 3, TSP_G_AND, false},  {TK_SHL, 4, TSP_G_SHL, false},
                 {TK_SHR, 4, TSP_G_SAR, false}, {'+', 5, TSP_G_ADD, false},  {'-', 5, TSP_G_SUB, false},
                 {'*', 6, TSP_G_MUL, false},    {'/', 6, TSP_G_DIV, false}};
enum { LEVELS = 7, OPERATORS = sizeof operators / sizeof *operators };

tk_value tk_of_tensor(int id, const tk_token *at)
{
  return (tk_value){.kind = TK_IS_TENSOR, .id = id, .at = *at};
}

tk_value tk_of_number(double number, const tk_token *at)
{
  return (tk_value){.kind = TK_IS_NUMBER, .number = number, .at = *at};
}

static const char *kind_name(const tk_value *v)
{
  static const char *const name[] = {"a number", "a tensor", "a list", "a type"};
  return name[v->kind];
}

int tk_type_of(const tk_token *a)
{
  for (int i = 0; i < TSP_TYPES; i++)
    if (tk_is(a, tsp_type_name(i)))
      return i;
  return -1;
}

int tk_tensor(tk_parser *t, const tk_value *v, int type)
{
  if (!tk_ok(t))
    return -1;
  if (v->kind == TK_IS_TENSOR)
    return v->id;
  if (v->kind != TK_IS_NUMBER || type < 0)
    return tk_fail(t, &v->at, "%s stands here; a tensor would fit", kind_name(v));
  if (!tspg_is_float(type) && v->number != floor(v->number))
    return tk_fail(t, &v->at, "%g is no %s: an integer would fit", v->number, tsp_type_name(type));
  uint32_t line = t->g->line, column = t->g->column; /* of what it is an operand of */
  tk_at(t, &v->at);
  int id = tsp_graph_scalar(t->g, type, v->number);
  if (id >= 0)
    tsp_graph_at(t->g, line, column);
  return id;
}

double tk_number(tk_parser *t, const char *what)
{
  tk_value v = tk_expression(t);
  if (tk_ok(t) && v.kind != TK_IS_NUMBER)
    tk_fail(t, &v.at, "%s must be a number, not %s", what, kind_name(&v));
  return tk_ok(t) ? v.number : 0;
}

uint32_t tk_size(tk_parser *t, const char *what, double most)
{
  tk_token at = t->token;
  double n = tk_number(t, what);
  if (!tk_ok(t))
    return 0;
  if (n >= 0 && n <= most && n == floor(n))
    return (uint32_t)n;
  tk_fail(t, &at, "%s is %.17g; an integer from 0 to %.0f would fit", what, n, most);
  return 0;
}

/* [1, 4, 8..15] */
static tk_value list(tk_parser *t)
{
  tk_value v = {.kind = TK_IS_LIST, .at = t->token};
  uint32_t room = 0, *items = NULL;
  tk_expect(t, '[', "'['");
  while (tk_ok(t) && t->token.kind != ']') {
    uint32_t first = tk_size(t, "an element of the list", UINT32_MAX), last = first;
    tk_token at = t->token;
    if (tk_accept(t, TK_RANGE))
      last = tk_size(t, "the end of the range", UINT32_MAX);
    if (tk_ok(t) && (last < first || last - first >= TK_TEXT - v.count)) {
      tk_fail(t, &at, "a range %u..%u; the greater behind, and at most %d elements in all, would fit", first, last,
              TK_TEXT);
      break;
    }
    for (uint64_t i = first; tk_ok(t) && i <= last; i++) {
      if (v.count == room) {
        uint32_t *more = tspg_alloc(t->g, 2ULL * (room + 8) * sizeof *more);
        if (!more)
          break;
        if (items)
          memcpy(more, items, v.count * sizeof *more);
        items = more;
        room = 2 * (room + 8);
      }
      items[v.count++] = (uint32_t)i;
    }
    if (!tk_accept(t, ','))
      break;
  }
  tk_expect(t, ']', "',' or ']'");
  v.list = items;
  return v;
}

static void argument(tk_parser *t, tk_call *c)
{
  tk_value v = tk_expression(t);
  if (tk_ok(t) && c->keys > 0)
    tk_fail(t, &v.at, "an argument without a name stands behind one with a name");
  else if (tk_ok(t) && c->args == TK_ARGS)
    tk_fail(t, &v.at, "more than %d arguments", TK_ARGS);
  else if (tk_ok(t))
    c->arg[c->args++] = v;
}

/* A name and '=' begin a named argument; an expression that begins with a name is read again from it. */
static bool named(tk_parser *t, tk_call *c)
{
  tk_parser before = *t;
  tk_token name = t->token;
  if (name.kind != TK_NAME)
    return false;
  tk_next(t);
  if (!tk_accept(t, '=')) {
    if (tk_ok(t))
      *t = before;
    return false;
  }
  if (c->keys == TK_KEYS) {
    tk_fail(t, &name, "more than %d named arguments", TK_KEYS);
    return true;
  }
  c->key[c->keys].name = name;
  c->key[c->keys].value = tk_expression(t);
  c->keys++;
  return true;
}

static tk_value call(tk_parser *t, const tk_token *name)
{
  tk_call c = {.at = *name};
  tk_expect(t, '(', "'('");
  while (tk_ok(t) && t->token.kind != ')') {
    if (!named(t, &c))
      argument(t, &c);
    if (!tk_accept(t, ','))
      break;
  }
  tk_expect(t, ')', "',' or ')'");
  return tk_ok(t) ? tk_apply(t, &c) : tk_of_tensor(-1, name);
}

static tk_value named_value(tk_parser *t, const tk_token *name)
{
  tk_value v = {.kind = TK_IS_TYPE, .id = tk_type_of(name)};
  if (v.id < 0 && !tk_find(t, name, &v))
    tk_fail(t, name, "'%.*s' is not known here; a name stands for something from its line on",
            name->length < 80 ? name->length : 80, name->start);
  v.at = *name;
  return v;
}

static tk_value primary(tk_parser *t)
{
  tk_token at = t->token;
  tk_value v = tk_of_number(at.number, &at);
  if (tk_accept(t, TK_NUMBER))
    return v;
  if (tk_accept_word(t, "true"))
    return tk_of_number(1, &at);
  if (tk_accept_word(t, "false"))
    return tk_of_number(0, &at);
  if (tk_accept_word(t, "inf"))
    return tk_of_number((double)INFINITY, &at);
  if (tk_accept_word(t, "nan"))
    return tk_of_number((double)NAN, &at);
  if (tk_accept(t, TK_NAME))
    return t->token.kind == '(' ? call(t, &at) : named_value(t, &at);
  if (at.kind == '[')
    return list(t);
  if (tk_accept(t, '(')) {
    v = tk_expression(t);
    tk_expect(t, ')', "')'");
    return v;
  }
  tk_expect(t, TK_NAME, "a tensor or a number");
  return v;
}

/* x[a:b, :, c:d]: the ranges of the leading axes. */
static tk_value ranges(tk_parser *t, tk_value v)
{
  tk_token at = t->token;
  int id = tk_tensor(t, &v, -1);
  const tsp_node *n = tsp_graph_node(t->g, id);
  tk_expect(t, '[', "'['");
  for (int axis = 0; tk_ok(t); axis++) {
    if (axis == n->rank) {
      tk_fail(t, &t->token, "a range for axis %d; the tensor has %d", axis, n->rank);
      break;
    }
    uint32_t first = 0, end = n->shape[axis];
    if (t->token.kind != ':')
      first = tk_size(t, "the first element", UINT32_MAX);
    tk_expect(t, ':', "':'");
    if (t->token.kind != ',' && t->token.kind != ']')
      end = tk_size(t, "the end", UINT32_MAX);
    tk_at(t, &at);
    if (tk_ok(t) && (first > 0 || end != n->shape[axis]))
      id = tsp_graph_slice(t->g, id, axis, first, end > first ? end - first : 0);
    if (!tk_accept(t, ','))
      break;
  }
  tk_expect(t, ']', "',' or ']'");
  return tk_of_tensor(id, &at);
}

static tk_value unary(tk_parser *t)
{
  tk_token at = t->token;
  tk_value v;
  if (++t->nesting > TK_NESTING)
    tk_fail(t, &at, "nested more than %d deep; name parts of it", TK_NESTING);
  if (tk_accept(t, '-')) {
    v = unary(t);
    if (v.kind == TK_IS_NUMBER) {
      v.number = -v.number;
    } else {
      int id = tk_tensor(t, &v, -1);
      tk_at(t, &at);
      v = tk_of_tensor(tsp_graph_unary(t->g, TSP_G_NEG, id), &at);
    }
  } else {
    for (v = primary(t); tk_ok(t) && t->token.kind == '[';)
      v = ranges(t, v);
  }
  t->nesting--;
  return v;
}

static double compute(int op, double a, double b)
{
  switch (op) {
  case TSP_G_LT: return a < b;
  case TSP_G_LE: return a <= b;
  case TSP_G_EQ: return a == b;
  case TSP_G_ADD: return a + b;
  case TSP_G_SUB: return a - b;
  case TSP_G_MUL: return a * b;
  case TSP_G_DIV: return a / b;
  default: return NAN;
  }
}

static tk_value apply(tk_parser *t, int op, tk_value a, tk_value b, const tk_token *at)
{
  if (!tk_ok(t))
    return a;
  if (a.kind == TK_IS_NUMBER && b.kind == TK_IS_NUMBER) {
    double r = compute(op, a.number, b.number);
    if (!isfinite(r))
      tk_fail(t, at, "%g %.*s %g has no value", a.number, at->length, at->start, b.number);
    return tk_of_number(r, at);
  }
  const tk_value *tensor = a.kind == TK_IS_TENSOR ? &a : &b;
  const tsp_node *n = tensor->kind == TK_IS_TENSOR ? tsp_graph_node(t->g, tensor->id) : NULL;
  int type = n ? n->type : -1, x = tk_tensor(t, &a, type), y = tk_tensor(t, &b, type);
  tk_at(t, at);
  return tk_of_tensor(tk_ok(t) ? tsp_graph_binary(t->g, op, x, y) : -1, at);
}

static tk_value level(tk_parser *t, int from)
{
  if (from == LEVELS)
    return unary(t);
  tk_value v = level(t, from + 1);
  while (tk_ok(t)) {
    int i = 0;
    while (i < OPERATORS && (operators[i].token != t->token.kind || operators[i].level != from))
      i++;
    if (i == OPERATORS)
      break;
    tk_token at = t->token;
    tk_next(t);
    tk_value b = level(t, from + 1);
    v = operators[i].swap ? apply(t, operators[i].op, b, v, &at) : apply(t, operators[i].op, v, b, &at);
  }
  return v;
}

tk_value tk_expression(tk_parser *t)
{
  return level(t, 0);
}
