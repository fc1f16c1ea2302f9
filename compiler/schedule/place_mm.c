// SPDX-License-Identifier: Apache-2.0
// place_mm.c: products: weights loaded and installed, activations sent, products accumulated and taken to memory or
// through the VXM. An fp16 product takes the two planes of a hemisphere, an int8 product any one.
#include "scheduler.h"
#include <stdlib.h>

typedef struct {
  tspc_sched *s;
  const tspc_group *g;
  int plane, planes; /* the first, and how many work together */
  int hemi, column, outward, inward;
} product;

static int queue_of(const product *m, int plane, int unit)
{
  return m->s->space.cfg->q_mxm + 3 * plane + (unit - TSP_UNIT_MXW);
}

static int64_t max64(int64_t a, int64_t b)
{
  return a > b ? a : b;
}

static product on_plane(tspc_sched *s, const tspc_group *g, int plane)
{
  const tsp_config *cfg = s->space.cfg;
  product m = {.s = s, .g = g, .plane = plane, .planes = g->elem, .hemi = tsp_plane_hemisphere(cfg, plane)};
  m.column = tsp_queue_column(cfg, queue_of(&m, plane, TSP_UNIT_MXW));
  m.outward = m.hemi;
  m.inward = !m.hemi;
  return m;
}

/* ---- weights ---- */
static bool holds(const product *m, int tile)
{
  for (int e = 0; e < m->planes; e++)
    if (m->s->plane[m->plane + e].tile != tile || m->s->plane[m->plane + e].byte != e)
      return false;
  return true;
}

/* One LW of outputs first.. of a tile; returns its cycle. */
static int64_t load_part(product *m, const tspc_wtile *tile, int byte, int slot, int64_t from)
{
  tspc_sched *s = m->s;
  tspc_space *sp = &s->space;
  int lw = sp->cfg->lw_streams, queue = queue_of(m, m->plane + byte, TSP_UNIT_MXW), word[64];
  for (int j = 0; j < lw; j++) {
    int output = slot * lw + j;
    word[j] = output < tile->outputs ? tile->word[output * tile->elem + byte] : s->zero[j];
    if (s->p->word[word[j]].homes)
      from = max64(from, tspc_earliest(s, word[j], m->column));
  }
  tspc_items_clear(s);
  tspc_items_words(s, word, lw, m->column);
  for (int64_t t = from; tspc_may_fit(s, from, t); t++) {
    tspc_relieve(s, (int)(t - from));
    s->blame = TSPC_NONE;
    int mark = tspc_mark(sp);
    if (tspc_claim_queue(sp, queue, t)) {
      int base = tspc_bring(s, word, lw, lw, m->outward, m->column, t);
      if (base >= 0) {
        tspc_dispatch(sp, queue, t,
                      tspc_ins(sp, TSP_OP_LW, "group", tspc_code(m->outward, base), "slot", slot, NULL, 0), word[0]);
        tspc_commit(sp);
        return t;
      }
    }
    tspc_back(sp, mark);
  }
  tspc_no_place(s, "a load of weights");
  return from;
}

/* Loads and installs a tile. */
static void install(product *m, int tile)
{
  tspc_sched *s = m->s;
  tspc_space *sp = &s->space;
  const tspc_wtile *w = &s->p->tile[tile];
  int slots = (w->outputs + sp->cfg->lw_streams - 1) / sp->cfg->lw_streams;
  for (int e = 0; e < m->planes; e++) {
    tspc_plane *plane = &s->plane[m->plane + e];
    int64_t at = plane->ready - 1;
    /* Ascending slots behind the last IW never overtake its wave (golden/README.md, MXM). */
    for (int slot = 0; slot < slots; slot++)
      at = load_part(m, w, e, slot, at + 1);
    plane->loaded = at + sp->func[TSP_OP_LW];
  }
  for (int e = 0; tspc_ok(s->p) && e < m->planes; e++) {
    tspc_plane *plane = &s->plane[m->plane + e];
    int queue = queue_of(m, m->plane + e, TSP_UNIT_MXW);
    int64_t t = max64(plane->loaded, plane->last);
    while (tspc_ok(s->p) && !tspc_claim_queue(sp, queue, t))
      t++;
    tspc_dispatch(sp, queue, t, tspc_ins(sp, TSP_OP_IW, NULL, 0, NULL, 0, NULL, 0), TSPC_NONE);
    tspc_commit(sp);
    plane->ready = t + sp->func[TSP_OP_IW];
    plane->tile = tile;
    plane->byte = e;
  }
}

/* ---- activations ---- */
/* Claims what an activation at t and its accumulation take. */
static bool claim_wave(product *m, int64_t t, int64_t acc)
{
  tspc_space *sp = &m->s->space;
  for (int e = 0; e < m->planes; e++)
    for (int i = 0; i < m->planes; i++) /* fp16: two cycles in both planes */
      if (!tspc_claim_queue(sp, queue_of(m, m->plane + e, TSP_UNIT_MXA), t + i))
        return false;
  return tspc_claim_queue(sp, queue_of(m, m->plane, TSP_UNIT_MXC), acc);
}

static bool take_product(product *m, const tspc_row *row, int64_t t, int *base)
{
  tspc_sched *s = m->s;
  tspc_space *sp = &s->space;
  if (row->tree < 0) {
    const tspc_vec *v = &s->p->vec[row->vec];
    const tspc_word *weight = &s->p->word[s->p->tile[m->g->tile[0]].word[0]];
    s->weight_bank = !tspc_bank_of(sp, weight->home[0].addr);
    *base = tspc_keep(s, v->word, v->bytes, 4, 4, m->inward, m->column, t);
    s->weight_bank = 0;
    return *base >= 0;
  }
  const tspc_tree *tree = &s->p->tree[row->tree];
  int vxm = sp->cfg->vxm_column, from[4], to[4], at = 0;
  int64_t driven[4], there = t + tspc_hops(m->inward, m->column, vxm);
  for (int i = 0; i < 4; i++) {
    from[i] = m->column;
    to[i] = vxm;
    driven[i] = t;
  }
  *base = tspc_claim_group(sp, m->inward, 4, 4, from, driven, to);
  for (int i = 0; i < tree->leaves; i++)
    if (tree->leaf[i].live)
      at = tree->leaf[i].at;
  return *base >= 0 && tspc_try_tree(s, tree, there - at, tspc_code(m->inward, *base));
}

/* One activation of tile k of K at t. */
static bool try_wave(product *m, const tspc_row *row, int k, int entry, int64_t t)
{
  tspc_sched *s = m->s;
  tspc_space *sp = &s->space;
  bool f16 = m->planes == 2, last = k == m->g->ktiles - 1;
  int abc = f16 ? TSP_OP_ABC_F16 : TSP_OP_ABC, mark = tspc_mark(sp), base = 0;
  int64_t acc = t + sp->func[abc];
  int op = last ? (k == 0 ? TSP_OP_ACC_OUT
                   : f16  ? TSP_OP_ACC_SUM_F32
                          : TSP_OP_ACC_SUM)
                : (k == 0 ? TSP_OP_ACC_SET
                   : f16  ? TSP_OP_ACC_ADD_F32
                          : TSP_OP_ACC_ADD);
  if (claim_wave(m, t, acc)) {
    int in = tspc_bring(s, row->act + k * m->planes, m->planes, m->planes, m->outward, m->column, t);
    if (in >= 0 && (!last || take_product(m, row, acc + sp->func[op], &base))) {
      tspc_dispatch(sp, queue_of(m, m->plane, TSP_UNIT_MXA), t,
                    tspc_ins(sp, abc, f16 ? "group" : "stream", tspc_code(m->outward, in), NULL, 0, NULL, 0),
                    row->act[k * m->planes]);
      tspc_dispatch(
          sp, queue_of(m, m->plane, TSP_UNIT_MXC), acc,
          tspc_ins(sp, op, "acc", last && k == 0 ? 0 : entry, last ? "out" : NULL, tspc_code(m->inward, base), NULL, 0),
          last && row->tree < 0 && s->p->vec[row->vec].bytes == 4 ? s->p->vec[row->vec].word[0] : TSPC_NONE);
      return true;
    }
  }
  tspc_back(sp, mark);
  return false;
}

/* Cycles from an activation to the dispatch of the root of the tree that takes its product. */
static int64_t root_after(const product *m, const tspc_tree *tree)
{
  const tspc_space *sp = &m->s->space;
  int64_t at = sp->func[m->planes == 2 ? TSP_OP_ABC_F16 : TSP_OP_ABC] + sp->func[TSP_OP_ACC_OUT] +
               tspc_hops(m->inward, m->column, sp->cfg->vxm_column);
  for (int i = 0; i < tree->leaves; i++)
    if (tree->leaf[i].live)
      return at - tree->leaf[i].at;
  return at;
}

static int64_t row_earliest(const product *m, const tspc_row *row, int k)
{
  int64_t t = 0;
  for (int e = 0; e < m->planes; e++)
    t = max64(t, tspc_earliest(m->s, row->act[k * m->planes + e], m->column));
  if (k < m->g->ktiles - 1 || row->tree < 0)
    return t;
  const tspc_tree *tree = &m->s->p->tree[row->tree];
  return max64(t, tspc_tree_earliest(m->s, tree) - root_after(m, tree));
}

/* ---- the order of the rows ---- */
typedef struct {
  int row;
  int64_t est; /* the cycle in which it can start */
} start;

static int by_start(const void *a_, const void *b_)
{
  const start *a = a_, *b = b_;
  if (a->est != b->est)
    return a->est < b->est ? -1 : 1;
  return a->row - b->row;
}

static void swap(start *a, start *b)
{
  start x = *a;
  *a = *b;
  *b = x;
}

/* A heap with the first row on top. */
static void push(start *heap, int n, start x)
{
  heap[n] = x;
  for (int i = n; i > 0 && heap[i].row < heap[(i - 1) / 2].row; i = (i - 1) / 2)
    swap(&heap[i], &heap[(i - 1) / 2]);
}

static start pop(start *heap, int n)
{
  start top = heap[0];
  heap[0] = heap[n - 1];
  for (int i = 0, child; (child = 2 * i + 1) < n - 1; i = child) {
    child += child + 1 < n - 1 && heap[child + 1].row < heap[child].row;
    if (heap[i].row < heap[child].row)
      break;
    swap(&heap[i], &heap[child]);
  }
  return top;
}

/* Of the rows that can start, the first: what needs them all, a maximum over the keys of one head, has them soon. heap
 * [n] is scratch. */
static void in_order(start *order, int n, int cycles, start *heap)
{
  qsort(order, (size_t)n, sizeof *order, by_start);
  int64_t now = order[0].est;
  for (int done = 0, next = 0, waiting = 0; done < n; now += cycles) {
    if (!waiting && order[next].est > now)
      now = order[next].est;
    for (; next < n && order[next].est <= now; next++)
      push(heap, waiting++, order[next]);
    order[done++] = pop(heap, waiting--);
  }
}

/* A row looks for its cycle from where it can start on, but not far before the row before it found one: what is free
 * there did for none of many rows, and a product has as many rows as it likes. */
static void send_rows(product *m, const tspc_op *o, int k, int64_t ready, start *order)
{
  enum { BACK = 64 };
  tspc_sched *s = m->s;
  int64_t before = 0;
  for (int i = 0; i < o->c; i++)
    order[i] = (start){o->b + i, max64(ready, row_earliest(m, &m->g->row[o->b + i], k))};
  in_order(order, o->c, m->planes, order + o->c);
  for (int i = 0; tspc_ok(s->p) && i < o->c; i++) {
    int64_t from = max64(order[i].est, before - BACK), t = from;
    const tspc_row *row = &m->g->row[order[i].row];
    tspc_items_clear(s);
    tspc_items_words(s, row->act + k * m->planes, m->planes, m->column);
    if (row->tree >= 0 && k == m->g->ktiles - 1)
      tspc_items_tree(s, &s->p->tree[row->tree], (int)root_after(m, &s->p->tree[row->tree]));
    bool sent = false;
    for (; !sent && tspc_may_fit(s, from, t); t += !sent) {
      tspc_relieve(s, (int)(t - from));
      s->blame = TSPC_NONE;
      sent = try_wave(m, row, k, order[i].row - o->b, t);
    }
    if (!sent)
      tspc_no_place(s, "a product");
    tspc_commit(&s->space);
    before = t;
    for (int e = 0; e < m->planes; e++)
      s->plane[m->plane + e].last = max64(s->plane[m->plane + e].last, t + m->planes - 1);
  }
}

/* ---- which plane ---- */
/* About when the first activation could enter. */
static int64_t estimate(const product *m)
{
  const tspc_sched *s = m->s;
  const tspc_plane *plane = &s->plane[m->plane];
  if (m->g->ktiles == 1 && holds(m, m->g->tile[0]))
    return max64(plane->ready, plane->last + 1);
  int64_t last = plane->last, loaded = plane->ready;
  for (int e = 1; e < m->planes; e++) {
    last = max64(last, plane[e].last);
    loaded = max64(loaded, plane[e].ready);
  }
  return max64(last, loaded + s->p->tile[m->g->tile[0]].outputs / s->space.cfg->lw_streams + 2) + 1;
}

/* There is one: fp16 products are lowered only where planes pair. */
static void choose(tspc_sched *s, const tspc_group *g, int64_t ready, product *best)
{
  int64_t best_time = 0, best_last = 0;
  bool found = false;
  for (int plane = 0; plane < s->space.cfg->planes; plane++) {
    if (g->elem == 2 && !tsp_plane_pairs(s->space.cfg, plane))
      continue;
    product m = on_plane(s, g, plane);
    int64_t t = max64(ready, estimate(&m)), last = s->plane[plane].last;
    if (!found || t < best_time || (t == best_time && last < best_last)) {
      *best = m;
      best_time = t;
      best_last = last;
      found = true;
    }
  }
}

void tspc_place_mm(tspc_sched *s, tspc_op *o)
{
  const tspc_group *g = &s->p->group[o->a];
  product m = {0};
  start *order = malloc((2 * (size_t)o->c + 1) * sizeof *order);
  if (!order) {
    tspc_prog_fail(s->p, TSP_ENOMEM, "out of memory");
    return;
  }
  choose(s, g, o->est, &m);
  for (int k = 0; tspc_ok(s->p) && k < g->ktiles; k++) {
    if (!holds(&m, g->tile[k]))
      install(&m, g->tile[k]);
    int64_t ready = 0;
    for (int e = 0; e < m.planes; e++)
      ready = max64(ready, s->plane[m.plane + e].ready);
    send_rows(&m, o, k, ready, order);
  }
  for (int i = 0; i < o->reads; i++)
    tspc_read_done(s, o->read[i]);
  free(order);
}
