// SPDX-License-Identifier: Apache-2.0
// tk_write.c: a graph as kernel text, which reads back as the same graph.
#include "number.h"
#include "tk.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_identifier(const char *s)
{
  for (const char *c = s; *c; c++)
    if (!(*c == '_' || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (c > s && *c >= '0' && *c <= '9')))
      return false;
  return *s != 0;
}

/* Leaves and outputs have their names, all others numbers. */
static const char *variable(const tsp_graph *g, int id, char buf[GRAPH_NAME])
{
  const tsp_node *n = tsp_graph_node(g, id);
  const char *name = n->output ? n->output : n->inputs == 0 ? n->name : "";
  if (is_identifier(name))
    return name;
  snprintf(buf, GRAPH_NAME, "t%d_", id);
  return buf;
}

static void write_number(const tsp_node *n, uint64_t i, FILE *to)
{
  double v = tsp_number_load(n->type, n->data + i * (uint64_t)tsp_type_size(n->type));
  fprintf(to, tspg_is_float(n->type) ? "%.9g" : "%.0f", v);
}

static void write_leaf(const tsp_graph *g, int id, FILE *to)
{
  const tsp_node *n = tsp_graph_node(g, id);
  char name[GRAPH_NAME];
  tspg_text t;
  uint64_t count = tsp_node_elements(n), size = (uint64_t)tsp_type_size(n->type);
  bool same = true;
  fprintf(to, "%-6s %s : %s%s", tsp_graph_op_name(n->op), variable(g, id, name), tsp_type_name(n->type),
          tspg_shape_text(n->rank, n->shape, &t));
  if (n->low <= n->high && n->op == TSP_G_INPUT)
    fprintf(to, " in %.17g..%.17g", n->low, n->high);
  for (uint64_t i = 1; n->data && i < count; i++)
    same = same && memcmp(n->data, n->data + i * size, size) == 0;
  if (n->data)
    fprintf(to, same ? " = " : " = [");
  for (uint64_t i = 0; n->data && i < (same ? 1 : count); i++) {
    if (i)
      fprintf(to, i % 16 ? ", " : ",\n  ");
    write_number(n, i, to);
  }
  fprintf(to, same ? "\n" : "]\n");
}

static void write_list(int count, const uint32_t *list, FILE *to)
{
  for (int i = 0; i < count; i++)
    fprintf(to, "%s%" PRIu32, i ? ", " : "[", list[i]);
  fprintf(to, "]");
}

static const char *sign(int op)
{
  switch (op) {
  case TSP_G_ADD: return "+";
  case TSP_G_SUB: return "-";
  case TSP_G_MUL: return "*";
  case TSP_G_DIV: return "/";
  case TSP_G_LT: return "<";
  case TSP_G_LE: return "<=";
  case TSP_G_EQ: return "==";
  case TSP_G_AND: return "&";
  case TSP_G_OR: return "|";
  case TSP_G_XOR: return "^";
  case TSP_G_SHL: return "<<";
  case TSP_G_SAR: return ">>";
  default: return NULL;
  }
}

static void write_arguments(const tsp_graph *g, const tsp_node *n, FILE *to)
{
  char name[GRAPH_NAME];
  uint32_t perm[TSP_GRAPH_RANK];
  for (int i = 0; i < n->inputs && !(n->op == TSP_G_ATTENTION && i == 3); i++)
    fprintf(to, "%s%s", i ? ", " : "", variable(g, n->input[i], name));
  switch (n->op) {
  case TSP_G_CAST: fprintf(to, ", %s", tsp_type_name(n->type)); break;
  case TSP_G_TRANSPOSE:
    for (int i = 0; i < n->rank; i++)
      perm[i] = (uint32_t)n->perm[i];
    fprintf(to, ", ");
    write_list(n->rank, perm, to);
    break;
  case TSP_G_RESHAPE:
  case TSP_G_BROADCAST:
    fprintf(to, ", ");
    write_list(n->rank, n->shape, to);
    break;
  case TSP_G_TAKE:
    fprintf(to, ", ");
    write_list((int)n->shape[n->axis], n->index, to);
    fprintf(to, ", axis = %d", n->axis);
    break;
  case TSP_G_REDUCE_MAX:
  case TSP_G_REDUCE_SUM:
  case TSP_G_CONCAT: fprintf(to, ", axis = %d", n->axis); break;
  case TSP_G_RMSNORM:
  case TSP_G_LAYERNORM: fprintf(to, ", eps = %.17g", n->number); break;
  case TSP_G_ATTENTION:
    if (n->inputs == 4)
      fprintf(to, ", mask = %s", variable(g, n->input[3], name));
    fprintf(to, ", scale = %.17g, causal = %s", n->number, n->causal ? "true" : "false");
    break;
  default: break;
  }
}

static void write_operation(const tsp_graph *g, int id, FILE *to)
{
  const tsp_node *n = tsp_graph_node(g, id), *x = tsp_graph_node(g, n->input[0]);
  char name[GRAPH_NAME], other[GRAPH_NAME];
  const char *function = n->op == TSP_G_REDUCE_MAX   ? "max"
                         : n->op == TSP_G_REDUCE_SUM ? "sum"
                                                     : tsp_graph_op_name(n->op);
  fprintf(to, "%s = ", variable(g, id, name));
  if (sign(n->op)) {
    fprintf(to, "%s %s %s\n", variable(g, n->input[0], name), sign(n->op), variable(g, n->input[1], other));
  } else if (n->op == TSP_G_SLICE) {
    fprintf(to, "%s[", variable(g, n->input[0], name));
    for (int i = 0; i < n->axis; i++)
      fprintf(to, ":, ");
    fprintf(to, "%" PRIu32 ":%" PRIu32 "]\n", n->start, n->start + n->shape[n->axis]);
  } else if (n->op == TSP_G_RESHAPE && tspg_same_shape(x, n->rank, n->shape)) { /* an output of its own */
    fprintf(to, "%s\n", variable(g, n->input[0], name));
  } else {
    fprintf(to, "%s(", function);
    write_arguments(g, n, to);
    fprintf(to, ")\n");
  }
}

static void write_output(const tsp_node *n, FILE *to)
{
  fprintf(to, "output %s", n->output);
  if (n->within > 0 || n->relative > 0)
    fprintf(to, " within %.17g + %.17g%%", n->within, 100 * n->relative);
  fprintf(to, "\n");
}

void tsp_graph_write(const tsp_graph *g, FILE *to)
{
  fprintf(to, "kernel %s\n", is_identifier(g->name) ? g->name : "unnamed");
  for (int id = 0; id < g->count; id++) {
    const tsp_node *n = tsp_graph_node(g, id);
    if (n->inputs == 0)
      write_leaf(g, id, to);
    else
      write_operation(g, id, to);
    if (n->output)
      write_output(n, to);
  }
}
