// SPDX-License-Identifier: Apache-2.0
// graph_rewrite.c: a new graph from an old one, node by node.
#include "graph.h"
#include <stdlib.h>
#include <string.h>

int tspg_clone(tsp_graph *g, const tsp_node *n, const int *in)
{
  tsp_node copy = *n;
  copy.output = NULL;
  copy.name = "";
  copy.within = copy.relative = 0;
  if (n->inputs == 0)
    copy.name = tspg_copy(g, n->name, strlen(n->name) + 1);
  if (n->index)
    copy.index = tspg_copy(g, n->index, (uint64_t)n->shape[n->axis] * sizeof *n->index);
  if (n->data)
    copy.data = tspg_copy(g, n->data, tspg_bytes(n));
  int id = tspg_add(g, &copy, in);
  if (id >= 0 && n->op == TSP_G_SCATTER)
    g->item[in[0]]->replaced = id;
  return id;
}

static bool one(tsp_graph *to, const tsp_node *n, tspg_rewriter rewrite, int *map, int id)
{
  int in[TSP_GRAPH_INPUTS];
  for (int i = 0; i < n->inputs; i++)
    in[i] = map[n->input[i]];
  tsp_graph_at(to, n->line, n->column);
  map[id] = rewrite(to, n, in);
  if (map[id] >= 0 && n->name[0])
    tsp_graph_label(to, map[id], n->name);
  if (map[id] >= 0 && n->output)
    tsp_graph_output(to, map[id], n->output);
  if (map[id] >= 0 && n->output)
    tsp_graph_budget(to, n->output, n->within, n->relative);
  return to->status == TSP_OK;
}

tsp_graph *tspg_rewrite(const tsp_graph *g, tspg_rewriter rewrite, const bool *live, tsp_error *err)
{
  if (tsp_graph_error(g, err) != TSP_OK)
    return NULL;
  tsp_graph *to = tsp_graph_new(g->name);
  int *map = calloc((size_t)g->count + 1, sizeof *map);
  if (!to || !map) {
    tsp_fail(err, TSP_ENOMEM, "out of memory");
  } else {
    for (int id = 0; id < g->count; id++)
      if ((!live || live[id]) && !one(to, &g->item[id]->node, rewrite, map, id))
        break;
    tsp_graph_at(to, 0, 0);
  }
  free(map);
  if (to && map && tsp_graph_error(to, err) == TSP_OK)
    return to;
  tsp_graph_free(to);
  return NULL;
}
