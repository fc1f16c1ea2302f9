// SPDX-License-Identifier: Apache-2.0
// graph_bounds.c: lower bounds on the cycles of a vector program on a configuration.
#include "graph_pass.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
  tspc_prog *p;
  const tspc_space *s;
  uint64_t waves, loads, reads, writes, alus, special, moves;
} work;

static void count_tree(work *w, const tspc_tree *t)
{
  for (int i = 0; i < t->nodes; i++) {
    w->alus++;
    w->special += tsp_isa_by_opcode(w->p->isa, (unsigned)t->node[i].opcode)->unit == TSP_UNIT_VXS;
  }
  for (int i = 0; i < t->leaves; i++)
    w->reads += t->leaf[i].live || t->leaf[i].same >= 0 ? 0 : w->p->vec[t->leaf[i].vec].bytes;
  w->writes += w->p->vec[t->node[0].vec].bytes;
}

static void count_mm(work *w, const tspc_op *o)
{
  const tspc_group *g = &w->p->group[o->a];
  int lw = w->s->cfg->lw_streams;
  w->waves += (uint64_t)(o->c * g->ktiles * g->elem * g->elem); /* fp16: two cycles of two planes */
  w->reads += (uint64_t)(o->c * g->ktiles * g->elem);
  for (int k = 0; k < g->ktiles && o->b == 0; k++) { /* once for all the parts that a group is cut into */
    int slots = (w->p->tile[g->tile[k]].outputs + lw - 1) / lw;
    w->loads += (uint64_t)(slots * g->elem);
    w->reads += (uint64_t)(slots * g->elem * lw);
  }
  for (int r = o->b; r < o->b + o->c; r++) {
    if (g->row[r].tree >= 0)
      count_tree(w, &w->p->tree[g->row[r].tree]);
    else
      w->writes += w->p->vec[g->row[r].vec].bytes;
  }
}

static void count(work *w)
{
  for (int i = 0; i < w->p->ops; i++) {
    const tspc_op *o = &w->p->op[i];
    switch (o->kind) {
    case TSPC_OP_VX: count_tree(w, &w->p->tree[o->a]); break;
    case TSPC_OP_MM: count_mm(w, o); break;
    case TSPC_OP_LANE:
      w->moves++;
      w->reads++;
      w->writes++;
      break;
    case TSPC_OP_GATHER:
      w->reads += 3;
      w->writes++;
      break;
    default: w->reads += 3; w->writes++;
    }
  }
}

/* ---- the longest chain: cycles from the start until a word can be read ---- */
static int64_t func(const work *w, int opcode)
{
  return w->s->func[opcode];
}

/* From the first Read of an operation to the cycle in which its result can be read, through the nearest slices. */
static int64_t shortest(const work *w, const tspc_op *o, const tspc_tree *t, bool product)
{
  int64_t c = func(w, TSP_OP_READ) + func(w, TSP_OP_WRITE), tree = t ? 2 : 0;
  if (t) { /* a column to the VXM and one from it; the shortest way of an operand through the tree */
    int64_t least = INT64_MAX;
    for (int i = 0; i < t->leaves; i++)
      if (product ? t->leaf[i].live : !t->leaf[i].live)
        least = -t->leaf[i].at < least ? -t->leaf[i].at : least;
    tree += (least == INT64_MAX ? 0 : least) + func(w, t->node[0].opcode);
  }
  switch (o->kind) {
  case TSPC_OP_VX: return c + tree;
  case TSPC_OP_MM: return c + func(w, TSP_OP_ABC) + func(w, TSP_OP_ACC_OUT) + (t ? w->s->cfg->hemi_cols - 1 + tree : 0);
  case TSPC_OP_LANE: return c + func(w, w->p->map[o->c].local ? TSP_OP_DISTRIBUTE : TSP_OP_PERMUTE);
  case TSPC_OP_GATHER: return c + func(w, TSP_OP_GATHER);
  default: return func(w, TSP_OP_READ) + func(w, TSP_OP_SCATTER);
  }
}

static int64_t start(const int64_t *at, const int *word, int n)
{
  int64_t t = 0;
  for (int i = 0; i < n; i++)
    t = word[i] >= 0 && at[word[i]] > t ? at[word[i]] : t;
  return t;
}

static bool later(int64_t *at, int word, int64_t t)
{
  if (word < 0 || at[word] >= t)
    return false;
  at[word] = t;
  return true;
}

static bool visit_row(const work *w, const tspc_op *o, int r, int64_t *at)
{
  const tspc_group *g = &w->p->group[o->a];
  const tspc_row *row = &g->row[r];
  const tspc_tree *t = row->tree >= 0 ? &w->p->tree[row->tree] : NULL;
  const tspc_vec *v = &w->p->vec[t ? t->node[0].vec : row->vec];
  bool changed = false;
  int64_t from = start(at, row->act, g->ktiles * g->elem), weights = 0;
  for (int k = 0; k < g->ktiles; k++) {
    const tspc_wtile *tile = &w->p->tile[g->tile[k]];
    int64_t x = start(at, tile->word, tile->outputs * tile->elem);
    weights = x > weights ? x : weights;
  }
  weights += func(w, TSP_OP_LW) + func(w, TSP_OP_IW);
  int64_t done = (from > weights ? from : weights) + shortest(w, o, t, true);
  for (int b = 0; b < v->bytes; b++)
    changed = later(at, v->word[b], done) || changed;
  return changed;
}

static bool visit(const work *w, const tspc_op *o, int64_t *at)
{
  bool changed = false;
  if (o->kind == TSPC_OP_MM) {
    for (int r = o->b; r < o->b + o->c; r++)
      changed = visit_row(w, o, r, at) || changed;
    return changed;
  }
  const tspc_tree *t = o->kind == TSPC_OP_VX ? &w->p->tree[o->a] : NULL;
  int64_t done = start(at, o->read, o->reads) + shortest(w, o, t, false);
  if (t)
    for (int b = 0; b < w->p->vec[t->node[0].vec].bytes; b++)
      changed = later(at, w->p->vec[t->node[0].vec].word[b], done) || changed;
  else if (o->kind == TSPC_OP_LANE)
    changed = later(at, o->b, done);
  else if (o->kind == TSPC_OP_GATHER)
    changed = later(at, o->c, done);
  for (int i = 0; i < o->makes; i++)
    changed = later(at, o->made[i], done) || changed;
  return changed;
}

static int64_t longest_chain(const work *w)
{
  int64_t *at = calloc((size_t)w->p->words + 1, sizeof *at), most = 0;
  if (!at) {
    tspc_prog_fail(w->p, TSP_ENOMEM, "out of memory");
    return 0;
  }
  for (bool changed = true; changed;) { /* in the order in which they were placed this would take one round */
    changed = false;
    for (int i = 0; i < w->p->ops; i++)
      changed = visit(w, &w->p->op[w->p->placed[i]], at) || changed;
  }
  for (int i = 0; i < w->p->words; i++)
    most = at[i] > most ? at[i] : most;
  free(at);
  return most;
}

static void add(tsp_image *m, const char *resource, uint64_t busy, uint64_t of, uint64_t rest)
{
  tsp_bound *b = &m->bound[m->bound_count++];
  snprintf(b->resource, sizeof b->resource, "%s", resource);
  b->cycles = rest + (busy + of - 1) / of;
}

void tspc_find_bounds(tspc_prog *p, const tspc_space *s)
{
  const tsp_config *cfg = s->cfg;
  work w = {.p = p, .s = s};
  tsp_image *m = p->image;
  uint64_t drain = (uint64_t)tsp_isa_drain(s->isa, cfg), planes = (uint64_t)cfg->planes,
           slices = 2 * (uint64_t)cfg->mem_slices, alus = (uint64_t)cfg->alus;
  count(&w);
  m->bound = calloc(8, sizeof *m->bound);
  if (!m->bound) {
    tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
    return;
  }
  add(m, "dependences", (uint64_t)longest_chain(&w), 1, drain);
  add(m, "planes", w.waves, planes, drain);
  add(m, "weight loads", w.loads, planes, drain);
  add(m, "memory reads", w.reads, slices, drain);
  add(m, "memory writes", w.writes, slices, drain);
  add(m, "ALUs", w.alus, alus, drain);
  if (w.special)
    add(m, "special functions", w.special, alus / 4, drain);
  if (w.moves)
    add(m, "SXM", w.moves, 4, drain);
}
