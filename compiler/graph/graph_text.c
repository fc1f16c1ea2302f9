// SPDX-License-Identifier: Apache-2.0
// graph_text.c: names of operations, tensors in words, and the graph as text.
#include "graph.h"
#include <inttypes.h>
#include <string.h>

static const tspg_op op_info[TSP_G_OPS] = {
    [TSP_G_INPUT] = {"input", 0, OF_ANY},
    [TSP_G_CONST] = {"const", 0, OF_ANY},
    [TSP_G_STATE] = {"state", 0, OF_ANY},
    [TSP_G_NEG] = {"neg", 1, OF_ANY},
    [TSP_G_ABS] = {"abs", 1, OF_ANY},
    [TSP_G_RELU] = {"relu", 1, OF_ANY},
    [TSP_G_EXP] = {"exp", 1, OF_FLOATS},
    [TSP_G_TANH] = {"tanh", 1, OF_FLOATS},
    [TSP_G_RSQRT] = {"rsqrt", 1, OF_FLOATS},
    [TSP_G_RECIP] = {"recip", 1, OF_FLOATS},
    [TSP_G_CAST] = {"cast", 0, OF_ANY},
    [TSP_G_ADD] = {"add", 2, OF_ANY},
    [TSP_G_SUB] = {"sub", 2, OF_ANY},
    [TSP_G_MUL] = {"mul", 2, OF_ANY},
    [TSP_G_MIN] = {"min", 2, OF_ANY},
    [TSP_G_MAX] = {"max", 2, OF_ANY},
    [TSP_G_LT] = {"lt", 2, OF_ANY},
    [TSP_G_LE] = {"le", 2, OF_ANY},
    [TSP_G_EQ] = {"eq", 2, OF_ANY},
    [TSP_G_AND] = {"and", 2, OF_INTEGERS},
    [TSP_G_OR] = {"or", 2, OF_INTEGERS},
    [TSP_G_XOR] = {"xor", 2, OF_INTEGERS},
    [TSP_G_SHL] = {"shl", 2, OF_INTEGERS},
    [TSP_G_SHR] = {"shr", 2, OF_INTEGERS},
    [TSP_G_SAR] = {"sar", 2, OF_INTEGERS},
    [TSP_G_SELECT] = {"select", 0, OF_ANY},
    [TSP_G_REDUCE_MAX] = {"reduce_max", 0, OF_ANY},
    [TSP_G_REDUCE_SUM] = {"reduce_sum", 0, OF_ANY},
    [TSP_G_MATMUL] = {"matmul", 0, OF_ANY},
    [TSP_G_TRANSPOSE] = {"transpose", 0, OF_ANY},
    [TSP_G_RESHAPE] = {"reshape", 0, OF_ANY},
    [TSP_G_SLICE] = {"slice", 0, OF_ANY},
    [TSP_G_CONCAT] = {"concat", 0, OF_ANY},
    [TSP_G_TAKE] = {"take", 0, OF_ANY},
    [TSP_G_BROADCAST] = {"broadcast", 0, OF_ANY},
    [TSP_G_GATHER] = {"gather", 0, OF_ANY},
    [TSP_G_SCATTER] = {"scatter", 0, OF_ANY},
    [TSP_G_SQRT] = {"sqrt", 1, OF_FLOATS},
    [TSP_G_DIV] = {"div", 2, OF_FLOATS},
    [TSP_G_SIGMOID] = {"sigmoid", 1, OF_FLOATS},
    [TSP_G_SILU] = {"silu", 1, OF_FLOATS},
    [TSP_G_GELU] = {"gelu", 1, OF_FLOATS},
    [TSP_G_SOFTMAX] = {"softmax", 1, OF_FLOATS},
    [TSP_G_RMSNORM] = {"rmsnorm", 0, OF_FLOATS},
    [TSP_G_LAYERNORM] = {"layernorm", 0, OF_FLOATS},
    [TSP_G_ROPE] = {"rope", 0, OF_FLOATS},
    [TSP_G_QUANTIZE] = {"quantize", 0, OF_FLOATS},
    [TSP_G_DEQUANTIZE] = {"dequantize", 0, OF_INTEGERS},
    [TSP_G_ATTENTION] = {"attention", 0, OF_FLOATS},
};

const tspg_op *tspg_op_info(int op)
{
  return op >= 0 && op < TSP_G_OPS ? &op_info[op] : NULL;
}

const char *tsp_graph_op_name(int op)
{
  return op >= 0 && op < TSP_G_OPS ? op_info[op].name : "?";
}

const char *tspg_shape_text(int rank, const uint32_t *shape, tspg_text *t)
{
  size_t n = 0;
  for (int i = 0; i < rank; i++)
    n += (size_t)snprintf(t->text + n, sizeof t->text - n, "%s%" PRIu32, i ? ", " : "[", shape[i]);
  snprintf(t->text + n, sizeof t->text - n, "]");
  return t->text;
}

const char *tspg_describe(const tsp_graph *g, int id, tspg_text *t)
{
  const tsp_node *n = tsp_graph_node(g, id);
  tspg_text shape;
  const char *type = tsp_type_name(n->type);
  tspg_shape_text(n->rank, n->shape, &shape);
  if (n->name[0])
    snprintf(t->text, sizeof t->text, "%s %s%s", n->name, type, shape.text);
  else
    snprintf(t->text, sizeof t->text, "#%d %s%s", id, type, shape.text);
  return t->text;
}

static void dump_index(const tsp_node *n, FILE *to)
{
  const uint32_t *i = n->index;
  uint32_t count = n->shape[n->axis];
  fprintf(to, " index");
  for (uint32_t at = 0; at < count;) { /* runs of one step, as first..last/step */
    uint32_t end = at + 1;
    uint32_t step = end < count ? i[end] - i[at] : 1;
    while (end < count && i[end] - i[end - 1] == step)
      end++;
    if (end - at > 2)
      fprintf(to, " %" PRIu32 "..%" PRIu32 "/%d", i[at], i[end - 1], (int)step);
    else
      fprintf(to, " %" PRIu32, i[at]);
    at = end - at > 2 ? end : at + 1;
  }
}

static void dump_attributes(const tsp_node *n, FILE *to)
{
  switch (n->op) {
  case TSP_G_REDUCE_MAX:
  case TSP_G_REDUCE_SUM:
  case TSP_G_CONCAT: fprintf(to, " axis %d", n->axis); break;
  case TSP_G_SLICE: fprintf(to, " axis %d from %" PRIu32, n->axis, n->start); break;
  case TSP_G_TAKE:
    fprintf(to, " axis %d", n->axis);
    dump_index(n, to);
    break;
  case TSP_G_TRANSPOSE:
    fprintf(to, " axes");
    for (int i = 0; i < n->rank; i++)
      fprintf(to, " %d", n->perm[i]);
    break;
  case TSP_G_RMSNORM:
  case TSP_G_LAYERNORM: fprintf(to, " eps %.9g", n->number); break;
  case TSP_G_ATTENTION: fprintf(to, " scale %.9g%s", n->number, n->causal ? " causal" : ""); break;
  default: break;
  }
}

void tsp_graph_dump(const tsp_graph *g, FILE *to)
{
  tspg_text t;
  fprintf(to, "graph %s: %d tensors\n", g->name, g->count);
  for (int id = 0; id < g->count; id++) {
    const tsp_node *n = &g->item[id]->node;
    fprintf(to, "  #%-4d %s%s", id, tsp_type_name(n->type), tspg_shape_text(n->rank, n->shape, &t));
    if (n->name[0])
      fprintf(to, " %s", n->name);
    fprintf(to, " = %s", tsp_graph_op_name(n->op));
    for (int i = 0; i < n->inputs; i++) {
      const char *name = g->item[n->input[i]]->node.name;
      fprintf(to, name[0] ? " #%d:%s" : " #%d", n->input[i], name);
    }
    dump_attributes(n, to);
    if (n->output)
      fprintf(to, " -> output %s", n->output);
    if (n->line)
      fprintf(to, "   ; %" PRIu32 ":%" PRIu32, n->line, n->column);
    fprintf(to, "\n");
  }
}
