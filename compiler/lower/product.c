// SPDX-License-Identifier: Apache-2.0
// product.c: makes weight tiles and products, in groups of the same tiles.
#include "vec.h"
#include <stdlib.h>
#include <string.h>

/* Which byte of its vec a word is. */
static int byte_of(const tspc_prog *p, int word)
{
  const tspc_vec *v = p->word[word].vec < 0 ? NULL : &p->vec[p->word[word].vec];
  for (int b = 0; v && b < v->bytes; b++)
    if (v->word[b] == word)
      return b;
  return 0;
}

int tspc_wtile_of(tspc_prog *p, int outputs, int elem, const int *word)
{
  if (!tspc_ok(p) || !tspc_grow(p, &p->tile, &p->tile_cap, p->tiles + 1, sizeof *p->tile))
    return TSPC_NONE;
  size_t n = (size_t)outputs * (size_t)elem;
  int *copy = malloc(n * sizeof *copy);
  if (!copy)
    return tspc_prog_fail(p, TSP_ENOMEM, "out of memory"), TSPC_NONE;
  memcpy(copy, word, n * sizeof *copy);
  p->tile[p->tiles] = (tspc_wtile){outputs, elem, copy};
  int i = tspc_known(p, TSPC_IN_TILE, p->tiles);
  if (i != p->tiles) {
    free(copy);
    return i;
  }
  for (int o = 0; o < outputs; o++)
    for (int e = 0; e < elem; e++) {
      tspc_word *w = &p->word[word[o * elem + e]];
      w->edge = true;
      if (w->stripe < 0)
        w->stripe = o % p->cfg->lw_streams + byte_of(p, word[o * elem + e]) * p->cfg->lw_streams;
    }
  return p->tiles++;
}

static int latest(const tspc_prog *p, int word)
{
  int vec = p->word[word].vec;
  return vec < 0 ? TSPC_NONE : p->vec[vec].after;
}

/* The open group of these tiles: one made for the same graph node, so that no row can depend on another of its group.
 */
static int group_of(tspc_prog *p, int ktiles, int elem, const int *tile)
{
  if (!tspc_grow(p, &p->group, &p->group_cap, p->groups + 1, sizeof *p->group))
    return TSPC_NONE;
  tspc_group *g = &p->group[p->groups];
  *g = (tspc_group){.ktiles = ktiles, .elem = elem, .node = p->node, .tile = malloc((size_t)ktiles * sizeof(int))};
  if (!g->tile)
    return tspc_prog_fail(p, TSP_ENOMEM, "out of memory"), TSPC_NONE;
  memcpy(g->tile, tile, (size_t)ktiles * sizeof(int));
  int i = tspc_known(p, TSPC_IN_GROUP, p->groups);
  if (i != p->groups)
    free(g->tile);
  p->groups += i == p->groups;
  return i;
}

int tspc_product(tspc_prog *p, int ktiles, int elem, const int *tile, const int *act, int bytes)
{
  for (int i = 0; i < ktiles * elem; i++)
    if (!tspc_ok(p) || act[i] < 0 || tile[i / elem] < 0)
      return TSPC_NONE;
  int gi = group_of(p, ktiles, elem, tile);
  if (gi < 0)
    return TSPC_NONE;
  tspc_group *g = &p->group[gi];
  tspc_row r = {.tree = TSPC_NONE, .act = malloc((size_t)(ktiles * elem) * sizeof(int))};
  if (!r.act)
    return tspc_prog_fail(p, TSP_ENOMEM, "out of memory"), TSPC_NONE;
  memcpy(r.act, act, (size_t)(ktiles * elem) * sizeof(int));
  tspc_vec v = {.kind = TSPC_VEC_WORDS,
                .bytes = (uint8_t)bytes,
                .in = {TSPC_NONE, TSPC_NONE, TSPC_NONE},
                .word = {TSPC_NONE, TSPC_NONE, TSPC_NONE, TSPC_NONE},
                .lo = 0,
                .hi = p->cfg->vector,
                .after = gi};
  r.vec = tspc_vec_add(p, v);
  if (r.vec < 0 || !tspc_grow(p, &g->row, &g->cap, g->rows + 1, sizeof *g->row)) {
    free(r.act);
    return TSPC_NONE;
  }
  for (int i = 0; i < ktiles * elem; i++) {
    p->word[act[i]].edge = true;
    if (latest(p, act[i]) > gi)
      tspc_prog_fail(p, TSP_ESTATE, "products of one group depend on each other");
  }
  p->vec[r.vec].group = gi;
  p->vec[r.vec].row = g->rows;
  g->row[g->rows++] = r;
  return r.vec;
}
