// SPDX-License-Identifier: Apache-2.0
// graph.c: the list of nodes, its memory, errors, leaves, names and outputs.
#include "graph.h"
#include "number.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void *tspg_alloc(tsp_graph *g, uint64_t bytes)
{
  if (bytes > GRAPH_BYTES || (g->bytes += bytes) > GRAPH_BYTES) {
    tsp_graph_fail(g, TSP_ERANGE, "the kernel's constants, states and lists take more than %d bytes", GRAPH_BYTES);
    return NULL;
  }
  tspg_block *b = calloc(1, sizeof *b + bytes);
  if (!b) {
    tsp_graph_fail(g, TSP_ENOMEM, "out of memory for %llu bytes", (unsigned long long)bytes);
    return NULL;
  }
  b->next = g->blocks;
  g->blocks = b;
  return b + 1;
}

void *tspg_copy(tsp_graph *g, const void *from, uint64_t bytes)
{
  void *to = tspg_alloc(g, bytes);
  return to && bytes ? memcpy(to, from, bytes) : to;
}

static bool is_name(const char *name)
{
  size_t n = name ? strnlen(name, GRAPH_NAME) : 0;
  for (size_t i = 0; i < n; i++)
    if (!isalnum((unsigned char)name[i]) && !strchr("_-.", name[i]))
      return false;
  return n > 0 && n < GRAPH_NAME;
}

tsp_graph *tsp_graph_new(const char *name)
{
  tsp_graph *g = calloc(1, sizeof *g);
  if (!g)
    return NULL;
  if (is_name(name))
    snprintf(g->name, sizeof g->name, "%s", name);
  else
    tsp_graph_fail(g, TSP_EFORMAT, "kernel: '%.80s' is no name; it needs 1 to %d letters, digits, '_', '-' or '.'",
                   name ? name : "", GRAPH_NAME - 1);
  return g;
}

void tsp_graph_free(tsp_graph *g)
{
  if (!g)
    return;
  for (tspg_block *b = g->blocks, *next; b; b = next) {
    next = b->next;
    free(b);
  }
  free(g->item);
  free(g);
}

tsp_status tsp_graph_error(const tsp_graph *g, tsp_error *err)
{
  if (err)
    *err = g->err;
  return g->status;
}

void tsp_graph_at(tsp_graph *g, uint32_t line, uint32_t column)
{
  g->line = line;
  g->column = column;
}

int tsp_graph_fail(tsp_graph *g, tsp_status s, const char *format, ...)
{
  va_list ap;
  int n = 0;
  if (g->status != TSP_OK || s == TSP_OK)
    return -1;
  g->status = s;
  if (g->line)
    n = snprintf(g->err.text, sizeof g->err.text, "%u:%u: ", g->line, g->column);
  va_start(ap, format);
  vsnprintf(g->err.text + n, sizeof g->err.text - (size_t)n, format, ap);
  va_end(ap);
  return -1;
}

int tspg_misfit(tsp_graph *g, int op, const char *format, ...)
{
  char text[400];
  va_list ap;
  va_start(ap, format);
  vsnprintf(text, sizeof text, format, ap);
  va_end(ap);
  return tsp_graph_fail(g, TSP_EFORMAT, "%s: %s", tsp_graph_op_name(op), text);
}

const char *tsp_graph_name(const tsp_graph *g)
{
  return g->name;
}

const char *tsp_graph_missing(const tsp_graph *g)
{
  return g->missing;
}

int tsp_graph_count(const tsp_graph *g)
{
  return g->count;
}

const tsp_node *tsp_graph_node(const tsp_graph *g, int id)
{
  return id >= 0 && id < g->count ? &g->item[id]->node : NULL;
}

uint64_t tsp_node_elements(const tsp_node *n)
{
  uint64_t e = 1;
  for (int i = 0; i < n->rank; i++)
    e *= n->shape[i];
  return e;
}

const tsp_node *tspg_operand(tsp_graph *g, int op, int id)
{
  const tsp_node *n = tsp_graph_node(g, id);
  tspg_text t;
  if (g->status != TSP_OK)
    return NULL;
  if (!n)
    tspg_misfit(g, op, "there is no tensor %d, only 0 to %d", id, g->count - 1);
  else if (g->item[id]->replaced >= 0)
    tspg_misfit(g, op, "%s is an old version of a state, replaced by scatter #%d; use that one's result",
                tspg_describe(g, id, &t), g->item[id]->replaced);
  else
    return n;
  return NULL;
}

/* The elements of a shape, or 0 if it is none or too large. */
static uint64_t elements(int rank, const uint32_t *shape)
{
  uint64_t n = 1;
  for (int i = 0; i < rank; i++)
    if (n > GRAPH_ELEMENTS || (n *= shape[i]) == 0)
      return 0;
  return n > GRAPH_ELEMENTS ? 0 : n;
}

static bool grow(tsp_graph *g)
{
  if (g->count < g->room)
    return true;
  int room = g->room ? 2 * g->room : 32;
  tspg_item **item = realloc(g->item, (size_t)room * sizeof(tspg_item *));
  if (!item)
    return tsp_graph_fail(g, TSP_ENOMEM, "out of memory for %d tensors", room) == 0;
  g->item = item;
  g->room = room;
  return true;
}

int tspg_add(tsp_graph *g, const tsp_node *n, const int *input)
{
  tspg_text t;
  if (g->status != TSP_OK)
    return -1;
  if (elements(n->rank, n->shape) == 0)
    return tsp_graph_fail(g, TSP_ERANGE,
                          "%s: a tensor of shape %s; every size must be at least 1 and all %u elements at most",
                          tsp_graph_op_name(n->op), tspg_shape_text(n->rank, n->shape, &t), (unsigned)GRAPH_ELEMENTS);
  tspg_item *item = grow(g) ? tspg_alloc(g, sizeof *item) : NULL;
  int *inputs = item ? tspg_copy(g, input, (uint64_t)n->inputs * sizeof *inputs) : NULL;
  if (!inputs)
    return -1;
  item->node = *n;
  item->node.input = inputs;
  item->node.name = n->name ? n->name : "";
  item->node.line = g->line;
  item->node.column = g->column;
  item->replaced = item->turned = -1;
  g->item[g->count] = item;
  return g->count++;
}

/* A copy of the name, if it is one and no leaf or output has it; otherwise NULL after keeping an error. */
static const char *new_name(tsp_graph *g, const char *what, const char *name)
{
  if (g->status != TSP_OK)
    return NULL;
  if (!is_name(name)) {
    tsp_graph_fail(g, TSP_EFORMAT, "%s: '%.80s' is no name; it needs 1 to %d letters, digits, '_', '-' or '.'", what,
                   name ? name : "", GRAPH_NAME - 1);
    return NULL;
  }
  for (int i = 0; i < g->count; i++) {
    const tsp_node *n = &g->item[i]->node;
    if ((n->inputs == 0 && strcmp(n->name, name) == 0) || (n->output && strcmp(n->output, name) == 0)) {
      tspg_text t;
      tsp_graph_fail(g, TSP_EFORMAT, "%s %s: the name is taken by %s", what, name, tspg_describe(g, i, &t));
      return NULL;
    }
  }
  return tspg_copy(g, name, strlen(name) + 1);
}

static int leaf(tsp_graph *g, int op, const char *name, int type, int rank, const uint32_t *shape, const void *data)
{
  tsp_node n = {.op = op, .type = type, .rank = rank, .low = 1};
  tspg_text t;
  if (g->status != TSP_OK)
    return -1;
  if (tsp_type_size(type) == 0)
    return tspg_misfit(g, op, "%.63s: %d is no element type", name ? name : "", type);
  if (rank < 1 || rank > TSP_GRAPH_RANK || !shape)
    return tspg_misfit(g, op, "%.63s: rank %d; 1 to %d would fit", name ? name : "", rank, TSP_GRAPH_RANK);
  memcpy(n.shape, shape, (size_t)rank * sizeof *shape);
  if (elements(rank, shape) == 0)
    return tsp_graph_fail(
        g, TSP_ERANGE, "%s %.63s: shape %s; every size must be at least 1 and all %u elements at most",
        tsp_graph_op_name(op), name ? name : "", tspg_shape_text(rank, shape, &t), (unsigned)GRAPH_ELEMENTS);
  if (name && !(n.name = new_name(g, tsp_graph_op_name(op), name)))
    return -1;
  if (data && !(n.data = tspg_copy(g, data, tspg_bytes(&n))))
    return -1;
  return tspg_add(g, &n, NULL);
}

int tsp_graph_input(tsp_graph *g, const char *name, int type, int rank, const uint32_t *shape, const void *data)
{
  return leaf(g, TSP_G_INPUT, name ? name : "", type, rank, shape, data);
}

int tsp_graph_const(tsp_graph *g, const char *name, int type, int rank, const uint32_t *shape, const void *data)
{
  if (!data)
    return tspg_misfit(g, TSP_G_CONST, "%.63s: no contents", name ? name : "");
  return leaf(g, TSP_G_CONST, name, type, rank, shape, data);
}

int tsp_graph_state(tsp_graph *g, const char *name, int type, int rank, const uint32_t *shape, const void *data)
{
  int id = leaf(g, TSP_G_STATE, name ? name : "", type, rank, shape, data);
  if (id >= 0 && !data) {
    tsp_node *n = &g->item[id]->node;
    n->data = tspg_alloc(g, tspg_bytes(n));
    if (!n->data)
      return -1;
  }
  return id;
}

int tsp_graph_scalar(tsp_graph *g, int type, double value)
{
  static const uint32_t one[1] = {1};
  uint8_t bytes[8];
  if (g->status != TSP_OK)
    return -1;
  if (tsp_type_size(type) == 0)
    return tspg_misfit(g, TSP_G_CONST, "%d is no element type", type);
  if (!tsp_number_fits(type, value))
    return tsp_graph_fail(g, TSP_ERANGE, "const: %g is beyond the range of %s", value, tsp_type_name(type));
  tsp_number_store(type, value, bytes);
  return leaf(g, TSP_G_CONST, NULL, type, 1, one, bytes);
}

void tsp_graph_label(tsp_graph *g, int id, const char *name)
{
  if (g->status != TSP_OK)
    return;
  if (!tsp_graph_node(g, id))
    tsp_graph_fail(g, TSP_EFORMAT, "label: there is no tensor %d, only 0 to %d", id, g->count - 1);
  else if (!is_name(name))
    tsp_graph_fail(g, TSP_EFORMAT, "label: '%.80s' is no name; it needs 1 to %d letters, digits, '_', '-' or '.'",
                   name ? name : "", GRAPH_NAME - 1);
  else if (!g->item[id]->node.name[0] && g->item[id]->node.inputs > 0) {
    const char *copy = tspg_copy(g, name, strlen(name) + 1);
    if (copy)
      g->item[id]->node.name = copy;
  }
}

void tsp_graph_output(tsp_graph *g, int id, const char *name)
{
  const tsp_node *n = tspg_operand(g, TSP_G_RESHAPE, id);
  const char *copy = n ? new_name(g, "output", name) : NULL;
  if (!copy)
    return;
  if (n->output || n->inputs == 0 || n->op == TSP_G_SCATTER) { /* a place of its own */
    tsp_node same = {.op = TSP_G_RESHAPE, .type = n->type, .rank = n->rank, .inputs = 1};
    memcpy(same.shape, n->shape, sizeof same.shape);
    id = tspg_add(g, &same, &id);
  }
  if (id >= 0)
    g->item[id]->node.output = copy;
}

void tsp_graph_range(tsp_graph *g, int id, double low, double high)
{
  const tsp_node *n = tsp_graph_node(g, id);
  if (g->status != TSP_OK)
    return;
  if (!n || n->op != TSP_G_INPUT) {
    tsp_graph_fail(g, TSP_EFORMAT, "range: tensor %d is no input", id);
  } else if (!(low <= high) || !tsp_number_fits(n->type, low) || !tsp_number_fits(n->type, high)) {
    tspg_text t;
    tsp_graph_fail(g, TSP_ERANGE, "input %s: no values in %g..%g", tspg_describe(g, id, &t), low, high);
  } else {
    g->item[id]->node.low = low;
    g->item[id]->node.high = high;
  }
}

void tsp_graph_budget(tsp_graph *g, const char *output, double within, double relative)
{
  if (g->status != TSP_OK)
    return;
  if (!(within >= 0 && relative >= 0))
    tsp_graph_fail(g, TSP_ERANGE, "output %.63s: a budget of %g + %g; none may be negative", output, within, relative);
  for (int i = 0; i < g->count; i++)
    if (g->item[i]->node.output && strcmp(g->item[i]->node.output, output) == 0) {
      g->item[i]->node.within = within;
      g->item[i]->node.relative = relative;
      return;
    }
  tsp_graph_fail(g, TSP_EFORMAT, "budget: there is no output %.63s", output);
}
