// SPDX-License-Identifier: Apache-2.0
// graph_known.c: nodes that compute what an earlier one does, found again in an open hash table.
#include "graph.h"
#include <string.h>

static uint64_t mix(uint64_t h, uint64_t v)
{
  h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
  return h ^ (h >> 29);
}

static uint64_t bytes(uint64_t h, const void *data, uint64_t n)
{
  for (uint64_t i = 0; i < n; i++)
    h = mix(h, ((const uint8_t *)data)[i]);
  return h;
}

static uint64_t number_bits(const tsp_node *n)
{
  uint64_t bits;
  memcpy(&bits, &n->number, sizeof bits);
  return bits;
}

static uint64_t index_bytes(const tsp_node *n)
{
  return n->index ? (uint64_t)n->shape[n->axis] * sizeof *n->index : 0;
}

static uint64_t hash(const tsp_node *n)
{
  uint64_t h = mix(mix((uint64_t)n->op, (uint64_t)n->type), (uint64_t)n->axis * 64 + n->start);
  for (int i = 0; i < n->rank; i++)
    h = mix(h, n->shape[i] * UINT64_C(8) + (uint64_t)n->perm[i]);
  for (int i = 0; i < n->inputs; i++)
    h = mix(h, (uint64_t)n->input[i]);
  h = mix(h, number_bits(n));
  return bytes(bytes(h, n->index, index_bytes(n)), n->data, n->data ? tspg_bytes(n) : 0);
}

static bool same(const tsp_node *a, const tsp_node *b)
{
  return a->op == b->op && a->type == b->type && a->axis == b->axis && a->start == b->start && a->inputs == b->inputs &&
         a->causal == b->causal && number_bits(a) == number_bits(b) && tspg_same_shape(a, b->rank, b->shape) &&
         memcmp(a->perm, b->perm, sizeof a->perm) == 0 &&
         (a->inputs == 0 || memcmp(a->input, b->input, (size_t)a->inputs * sizeof *a->input) == 0) &&
         (!a->index || memcmp(a->index, b->index, index_bytes(a)) == 0) &&
         (!a->data || memcmp(a->data, b->data, tspg_bytes(a)) == 0);
}

static bool grow(tsp_graph *g)
{
  int size = g->known_size ? 2 * g->known_size : 1024, *old = g->known;
  int *table = tspg_alloc(g, (uint64_t)size * sizeof *table);
  for (int i = 0; table && i < g->known_size; i++) {
    if (!old[i])
      continue;
    uint64_t h = hash(&g->item[old[i] - 1]->node);
    while (table[h % (uint64_t)size])
      h++;
    table[h % (uint64_t)size] = old[i];
  }
  if (!table)
    return false;
  g->known = table;
  g->known_size = size;
  return true;
}

int tspg_known(tsp_graph *g, int id)
{
  const tsp_node *n = tsp_graph_node(g, id);
  if (!n || n->op == TSP_G_INPUT || n->op == TSP_G_STATE || n->op == TSP_G_SCATTER || n->name[0])
    return n ? id : -1;
  if (2 * (g->known_used + 1) > g->known_size && !grow(g))
    return -1;
  uint64_t h = hash(n), size = (uint64_t)g->known_size;
  for (; g->known[h % size]; h++)
    if (same(&g->item[g->known[h % size] - 1]->node, n))
      return g->known[h % size] - 1;
  g->known[h % size] = id + 1;
  g->known_used++;
  return id;
}
