// SPDX-License-Identifier: Apache-2.0
// fuse.c: joins elementwise operations that only one other uses into trees of chained ALUs, hands products that only
// one tree uses to it straight from the accumulators, and lists the operations that the scheduler places.
//
// A group of products is placed as a whole, so nothing that a tree of it reads may depend on a product of that group or
// of a later one: a tree takes a live product of group g only if g is the last group that its root depends on.
#include "scheduler.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
  tspc_prog *p;
  tspc_space *scratch; /* empty, to try whether a tree fits onto the ALUs */
} fuser;

static bool single(const tspc_prog *p, int vec)
{
  return vec >= 0 && p->vec[vec].uses == 1 && !p->vec[vec].stored && p->vec[vec].word[0] < 0;
}

static bool product(const tspc_prog *p, int vec)
{
  return vec >= 0 && p->vec[vec].group >= 0;
}

/* Live products of group g that the subtree of a vec brings, were it fused; g TSPC_NONE: of any. */
static int live(const fuser *f, int vec, int g)
{
  const tspc_prog *p = f->p;
  if (!single(p, vec) || p->vec[vec].after < 0)
    return 0;
  if (product(p, vec))
    return p->vec[vec].bytes == 4 && (g < 0 || p->vec[vec].group == g);
  int n = 0;
  for (int i = 0; p->vec[vec].kind == TSPC_VEC_VX && i < 3; i++)
    if (i == 0 || p->vec[vec].in[i] != p->vec[vec].in[0])
      n += live(f, p->vec[vec].in[i], g);
  return n;
}

/* Whether something that the subtree would read from memory depends on group g or a later one. */
static bool waits(const fuser *f, int vec, int g)
{
  const tspc_prog *p = f->p;
  if (vec < 0 || p->vec[vec].after < g)
    return false;
  if (!single(p, vec) || product(p, vec) || p->vec[vec].kind != TSPC_VEC_VX)
    return !live(f, vec, g);
  for (int i = 0; i < 3; i++)
    if (waits(f, p->vec[vec].in[i], g))
      return true;
  return false;
}

/* Whether a vec has a row of a state among its operands: it must be read before the next version is written, so nothing
 * that may come later takes it along. */
static bool of_state(const tspc_prog *p, int vec)
{
  for (int i = 0; i < 3; i++) {
    int in = p->vec[vec].in[i];
    if (in >= 0 && p->vec[in].word[0] >= 0 && p->word[p->vec[in].word[0]].state)
      return true;
  }
  return false;
}

static int func(const fuser *f, int opcode)
{
  return f->scratch->func[opcode];
}

/* Whether operand `slot` of a node is another node, and no mask from memory. */
static bool is_chained(const tspc_tree *t, int node, int slot)
{
  for (int i = 1; i < t->nodes; i++)
    if (t->node[i].parent == node && t->node[i].slot == slot && t->node[i].vec >= 0)
      return true;
  return false;
}

/* The Mov through which a mask goes that is not chained: it must be made by the Sel's own ALU. */
static int mask_mov(const fuser *f, int vec)
{
  static const int type[5] = {0, TSP_I8, TSP_I16, 0, TSP_I32};
  return tspc_opcode(f->p, "Mov", type[f->p->vec[vec].bytes]);
}

/* When operand `slot` of a node has to be at the VXM, were nothing more chained. */
static int needed_at(const fuser *f, const tspc_node *n, int slot)
{
  int in = slot == 2 ? f->p->vec[n->vec].in[2] : TSPC_NONE;
  return n->at - (in < 0 ? 0 : func(f, mask_mov(f, in)));
}

/* Bytes that come from memory at a time, were nothing more chained; a live product of group `owner` does not. */
static int bytes_at(const fuser *f, const tspc_tree *t, int at, int owner)
{
  const tspc_prog *p = f->p;
  int bytes = 0;
  for (int node = 0; node < t->nodes; node++)
    for (int k = 0; t->node[node].vec >= 0 && k < 3; k++) {
      int in = p->vec[t->node[node].vec].in[k];
      bool live = owner >= 0 && single(p, in) && product(p, in) && p->vec[in].group == owner;
      if (in >= 0 && p->vec[in].kind != TSPC_VEC_IMM && !live && !is_chained(t, node, k) &&
          needed_at(f, &t->node[node], k) == at)
        bytes += p->vec[in].bytes;
    }
  return bytes;
}

/* The most bytes that the tree's operands bring in one cycle. */
static int width(const fuser *f, const tspc_tree *t, int owner)
{
  int most = 0;
  for (int i = 0; i < t->nodes; i++)
    for (int slot = 0; t->node[i].vec >= 0 && slot < 3; slot += 2) {
      int bytes = bytes_at(f, t, needed_at(f, &t->node[i], slot), owner);
      most = bytes > most ? bytes : most;
    }
  return most;
}

/* Operands that come at once have streams, and lie in different slices, each in one hemisphere. */
static int widest(const tsp_config *cfg)
{
  int slices = cfg->mem_slices < 4 ? 2 * cfg->mem_slices : 8 * (cfg->mem_slices / 4);
  return slices < cfg->streams ? slices : cfg->streams;
}

static void add_leaf(tspc_prog *p, tspc_tree *t, int vec, int node, int slot, bool is_live)
{
  tspc_leaf l = {.vec = vec, .node = node, .slot = slot, .at = t->node[node].at, .same = TSPC_NONE, .live = is_live};
  for (int i = 0; i < t->leaves; i++)
    if (t->leaf[i].vec == vec && t->leaf[i].at == l.at)
      l.same = i;
  if (!is_live)
    tspc_store(p, vec);
  t->leaf[t->leaves++] = l;
}

static void add_node(const fuser *f, tspc_tree *t, int vec, int opcode, int parent, int slot)
{
  int at = parent < 0 ? 0 : t->node[parent].at - func(f, opcode);
  t->node[t->nodes++] = (tspc_node){vec, opcode, parent, slot, at};
}

/* Whether the ALUs take the tree where nothing else runs, with what brings the mask of a Sel that was added last. */
static bool embeds(const fuser *f, tspc_tree tree)
{
  const tspc_tree *t = &tree;
  int last = t->nodes - 1, mask = f->p->vec[t->node[last].vec].in[2];
  if (mask >= 0 && f->p->vec[mask].kind != TSPC_VEC_IMM)
    add_node(f, &tree, TSPC_NONE, mask_mov(f, mask), last, 2);
  uint8_t alu[TSPC_NODES];
  int mark = tspc_mark(f->scratch);
  bool ok = tspc_place_alus(f->scratch, t, 256, alu);
  tspc_back(f->scratch, mark);
  return ok;
}

static void add_mask(fuser *f, tspc_tree *t, int vec, int node)
{
  add_node(f, t, TSPC_NONE, mask_mov(f, vec), node, 2);
  add_leaf(f->p, t, vec, t->nodes - 1, 0, false);
}

static void grow(fuser *f, tspc_tree *t, int node, int owner)
{
  tspc_prog *p = f->p;
  tspc_vec v = p->vec[t->node[node].vec];
  for (int i = 0; i < 3; i++) {
    int slot = (i + 2) % 3, in = v.in[slot]; /* a mask first: only the Sel's own ALU makes it */
    if (in < 0 || p->vec[in].kind == TSPC_VEC_IMM)
      continue;
    bool chained = p->vec[in].kind == TSPC_VEC_VX && single(p, in) &&
                   (!live(f, in, TSPC_NONE) || (owner >= 0 && live(f, in, owner) == 1)) &&
                   t->nodes < p->manner.chained && !of_state(p, in);
    if (chained) {
      tspc_tree before = *t;
      add_node(f, t, in, p->vec[in].opcode, node, slot);
      chained = width(f, t, owner) <= widest(p->cfg) && embeds(f, *t);
      p->vec[in].fused = chained;
      if (chained)
        grow(f, t, t->nodes - 1, owner);
      else
        *t = before;
    }
    if (chained)
      continue;
    bool from_acc = single(p, in) && product(p, in) && owner == p->vec[in].group && p->vec[in].bytes == 4 && slot < 2;
    if (slot == 2)
      add_mask(f, t, in, node);
    else
      add_leaf(p, t, in, node, slot, from_acc);
  }
}

/* The bytes of a vec lie in different slices on one side of the VXM. */
static void check_width(tspc_prog *p, int vec, int node, const char *what)
{
  const tsp_config *cfg = p->cfg;
  int most = cfg->mem_slices < cfg->streams ? cfg->mem_slices : cfg->streams;
  if (!tspc_ok(p) || p->vec[vec].bytes <= most)
    return;
  tspc_prog_fail(
      p, TSP_ERANGE,
      "%s of %d bytes an element takes as many MEM slices in one hemisphere; configuration %s has %d: types of "
      "at most %d bytes fit",
      what, p->vec[vec].bytes, cfg->name, cfg->mem_slices, most);
  tspc_explain(p, node);
}

static tspc_row *row_of(tspc_prog *p, int vec)
{
  return &p->group[p->vec[vec].group].row[p->vec[vec].row];
}

static void partner(tspc_vec *v, int tree)
{
  for (int i = 0; i < TSPC_PARTNERS; i++)
    if (v->tree[i] < 0) {
      v->tree[i] = tree;
      return;
    }
}

/* The tree of a root. A live product enters if it is the only one of the last group that the root depends on. */
static void make_tree(fuser *f, int root)
{
  tspc_prog *p = f->p;
  if (!tspc_grow(p, &p->tree, &p->tree_cap, p->trees + 1, sizeof *p->tree))
    return;
  int owner = of_state(p, root) ? TSPC_NONE : p->vec[root].after, n = 0;
  for (int i = 0; i < 3; i++)
    if (i == 0 || p->vec[root].in[i] != p->vec[root].in[0])
      n += owner >= 0 ? live(f, p->vec[root].in[i], owner) : 0;
  for (int i = 0; owner >= 0 && i < 3; i++)
    n += waits(f, p->vec[root].in[i], owner) ? 2 : 0;
  if (n != 1)
    owner = TSPC_NONE;
  tspc_tree t = {0};
  add_node(f, &t, root, p->vec[root].opcode, TSPC_NONE, 0);
  grow(f, &t, 0, owner);
  int taken = TSPC_NONE;
  check_width(p, root, p->vec[root].node, "a result");
  for (int i = 0; i < t.leaves; i++) {
    p->vec[t.leaf[i].vec].leaf = true;
    partner(&p->vec[t.leaf[i].vec], p->trees);
    if (t.leaf[i].live)
      taken = t.leaf[i].vec;
    else
      check_width(p, t.leaf[i].vec, p->vec[root].node, "an operand");
  }
  p->tree[p->trees] = t;
  if (taken >= 0)
    row_of(p, taken)->tree = p->trees;
  else
    tspc_op_new(p, TSPC_OP_VX, p->trees, 0, 0, 0);
  p->trees++;
}

/* ---- the list of operations ---- */
static void reads(tspc_prog *p, tspc_op *o, int word)
{
  int id = 1 + (int)(o - p->op);
  p->word[word].demand++;
  if (p->word[word].reader == id)
    return;
  p->word[word].reader = id;
  if (o->reads % 16 == 0) {
    int *r = realloc(o->read, ((size_t)o->reads + 16) * sizeof *r);
    if (!r) {
      tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
      return;
    }
    o->read = r;
  }
  o->read[o->reads++] = word;
}

static void reads_tree(tspc_prog *p, tspc_op *o, const tspc_tree *t)
{
  for (int i = 0; i < t->leaves; i++)
    for (int b = 0; !t->leaf[i].live && b < p->vec[t->leaf[i].vec].bytes; b++)
      reads(p, o, p->vec[t->leaf[i].vec].word[b]);
}

static void makes(tspc_prog *p, int vec)
{
  for (int b = 0; b < p->vec[vec].bytes; b++)
    if (p->vec[vec].word[b] >= 0)
      p->word[p->vec[vec].word[b]].makers++;
}

static void link_mm(tspc_prog *p, tspc_op *o)
{
  const tspc_group *g = &p->group[o->a];
  for (int k = 0; k < g->ktiles; k++)
    for (int i = 0; i < p->tile[g->tile[k]].outputs * g->elem; i++)
      reads(p, o, p->tile[g->tile[k]].word[i]);
  for (int r = o->b; r < o->b + o->c; r++) {
    for (int i = 0; i < g->ktiles * g->elem; i++)
      reads(p, o, g->row[r].act[i]);
    if (g->row[r].tree >= 0) {
      reads_tree(p, o, &p->tree[g->row[r].tree]);
      makes(p, p->tree[g->row[r].tree].node[0].vec);
    } else {
      tspc_store(p, g->row[r].vec);
      makes(p, g->row[r].vec);
    }
  }
}

static void link(tspc_prog *p, int op)
{
  tspc_op *o = &p->op[op];
  switch (o->kind) {
  case TSPC_OP_VX:
    reads_tree(p, o, &p->tree[o->a]);
    makes(p, p->tree[o->a].node[0].vec);
    break;
  case TSPC_OP_MM: link_mm(p, o); break;
  case TSPC_OP_LANE:
    reads(p, o, o->a);
    p->word[o->b].makers++;
    break;
  default: /* GATHER a -> word c; SCATTER of word a */
    for (int b = 0; b < 2; b++)
      reads(p, o, p->vec[o->b].word[b]);
    if (o->kind == TSPC_OP_GATHER) {
      if (o->a >= 0)
        reads(p, o, o->a);
      p->word[o->c].makers++;
    } else {
      reads(p, o, o->a);
      for (int i = 0; i < o->makes; i++)
        p->word[o->made[i]].makers++;
    }
    break;
  }
  for (int i = 0; i < o->reads; i++)
    p->word[o->read[i]].uses++;
}

/* Into how many parts to cut the rows of each of `groups` groups, so that the plane with the most of them is done
 * soonest. A part of fewer rows than its weights take to load gains nothing. */
static int parts_of(const tspc_prog *p, const tspc_group *g, int groups)
{
  enum { SHORT = 12 }; /* rows: less than that does not pay for loading the weights once more */
  int planes = p->cfg->planes / g->elem, load = p->tile[g->tile[0]].outputs / p->cfg->lw_streams + 2;
  int least = g->ktiles > 1 ? (g->rows + p->cfg->acc_depth - 1) / p->cfg->acc_depth : 1, best = least;
  load = load > SHORT ? load : SHORT;
  for (int64_t parts = least, soonest = INT64_MAX; parts <= least + 2 * planes && parts <= g->rows; parts++) {
    int64_t rows = (g->rows + parts - 1) / parts, most = (groups * parts + planes - 1) / planes;
    int64_t cycles = most * (rows > load ? rows : load);
    if (cycles < soonest) {
      soonest = cycles;
      best = (int)parts;
    }
  }
  return best;
}

static void add_groups(tspc_prog *p)
{
  for (int g = 0, end; g < p->groups; g = end) {
    for (end = g; end < p->groups && p->group[end].node == p->group[g].node;)
      end++;
    p->node = p->group[g].node;
    for (int i = g; i < end; i++) {
      int64_t rows = p->group[i].rows, parts = parts_of(p, &p->group[i], end - g), most = p->cfg->vector / 2;
      /* What takes up results need not wait for more rows than that. */
      if (p->group[i].ktiles == 1 && rows / parts > p->cfg->vector)
        parts *= (rows + parts * most - 1) / (parts * most);
      for (int64_t k = 0; k < parts; k++) {
        int first = (int)(rows * k / parts), last = (int)(rows * (k + 1) / parts);
        tspc_op_new(p, TSPC_OP_MM, i, first, last - first, 0);
      }
    }
  }
}

/* Operations first..ops-1 in the opposite order. */
static void turn_round(tspc_prog *p, int first)
{
  for (int i = first, k = p->ops - 1; i < k; i++, k--) {
    tspc_op x = p->op[i];
    p->op[i] = p->op[k];
    p->op[k] = x;
  }
}

void tspc_fuse(tspc_prog *p)
{
  tspc_space scratch;
  fuser f = {.p = p, .scratch = &scratch};
  int first = p->ops;
  if (tspc_space_init(&scratch, p)) {
    for (int i = p->vecs - 1; tspc_ok(p) && i >= 0; i--) {
      if (p->vec[i].kind != TSPC_VEC_VX || !p->vec[i].stored)
        continue;
      p->node = p->vec[i].node;
      make_tree(&f, i);
    }
  } else {
    tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
  }
  tspc_space_free(&scratch);
  /* What is alike is placed in the order of the list: rows of one head before those of the next. */
  turn_round(p, first);
  add_groups(p);
  for (int i = 0; tspc_ok(p) && i < p->ops; i++) {
    p->node = p->op[i].node;
    link(p, i);
  }
}
