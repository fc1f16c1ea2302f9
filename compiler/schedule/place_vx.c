// SPDX-License-Identifier: Apache-2.0
// place_vx.c: trees of elementwise operations on the VXM.
#include "scheduler.h"

static uint64_t source(uint64_t code_kind, int value)
{
  return code_kind | (uint64_t)value;
}

enum { FROM_STREAM = 0x00, FROM_ALU = 0x40, FROM_IMM = 0x80, TO_CHAIN = 0, TO_STREAM = 0x80 };

/* The word of a node: operands from streams, neighbours or the immediate. */
static uint64_t node_word(const tspc_sched *s, const tspc_tree *t, int node, const uint8_t *alu, const int *code,
                          int result)
{
  static const char *const field[2] = {"a", "b"};
  const tspc_prog *p = s->p;
  const tsp_instr *in = s->space.instr[t->node[node].opcode];
  uint64_t word = (uint64_t)t->node[node].opcode << 56;
  for (int k = 0; k < 2 && t->node[node].vec >= 0; k++) {
    int operand = p->vec[t->node[node].vec].in[k];
    if (operand >= 0 && p->vec[operand].kind == TSPC_VEC_IMM) {
      word = tsp_word_set(in, word, field[k], FROM_IMM);
      word = tsp_word_set(in, word, "imm", p->vec[operand].imm);
    }
  }
  for (int i = 0; i < t->nodes; i++)
    if (i > 0 && t->node[i].parent == node && t->node[i].slot < 2)
      word = tsp_word_set(in, word, field[t->node[i].slot], (int64_t)source(FROM_ALU, alu[i]));
  for (int i = 0; i < t->leaves; i++)
    if (t->leaf[i].node == node && t->leaf[i].slot < 2)
      word = tsp_word_set(in, word, field[t->leaf[i].slot], (int64_t)source(FROM_STREAM, code[i]));
  return tsp_word_set(in, word, "dst", node == 0 ? TO_STREAM + result : TO_CHAIN);
}

static bool bring_leaves(tspc_sched *s, const tspc_tree *t, int64_t at, int live, int *code)
{
  for (int i = 0; i < t->leaves; i++) {
    const tspc_leaf *l = &t->leaf[i];
    const tspc_vec *v = &s->p->vec[l->vec];
    if (l->same >= 0)
      code[i] = code[l->same];
    else if (l->live)
      code[i] = live;
    else if (!tspc_bring_any(s, v->word, v->bytes, v->bytes, s->space.cfg->vxm_column, at + l->at, &code[i]))
      return false;
  }
  return true;
}

/* Lets an operand wait in an ALU before the one that needs it. */
static void wait_once(const tspc_space *sp, tspc_tree *t, tspc_leaf *l, int mov)
{
  t->node[t->nodes] = (tspc_node){TSPC_NONE, mov, l->node, l->slot, l->at - sp->func[mov]};
  l->node = t->nodes++;
  l->slot = 0;
  l->at -= sp->func[mov];
}

static int move_of(tspc_sched *s, int bytes)
{
  static const int type[5] = {0, TSP_I8, TSP_I16, 0, TSP_I32};
  if (!s->mov[bytes])
    s->mov[bytes] = tspc_opcode(s->p, "Mov", type[bytes]);
  return s->mov[bytes];
}

/* The same as bring_leaves(), but what cannot be read when it is needed is read earlier. */
static bool bring_early(tspc_sched *s, tspc_tree *t, int64_t at, int live, int *code)
{
  enum { WAITS = 12 };
  for (int i = 0; i < t->leaves; i++) {
    tspc_leaf *l = &t->leaf[i];
    const tspc_vec *v = &s->p->vec[l->vec];
    int mov = move_of(s, v->bytes), waits = 0;
    l->same = TSPC_NONE;
    if (l->live) {
      code[i] = live;
      continue;
    }
    while (!tspc_bring_any(s, v->word, v->bytes, v->bytes, s->space.cfg->vxm_column, at + l->at, &code[i])) {
      if (waits++ == WAITS || t->nodes == TSPC_NODES || at + l->at < s->space.func[mov])
        return false;
      wait_once(&s->space, t, l, mov);
    }
  }
  return true;
}

/* Stores the result on whichever side is cheaper to reach, else on the other. */
static bool keep_result(tspc_sched *s, const tspc_vec *v, int64_t t, int *result)
{
  int stripe = s->p->word[v->word[0]].stripe, column = s->space.cfg->vxm_column;
  int first = stripe >= 0 ? !(stripe % s->space.cfg->lw_streams % 2) : tspc_idler_side(&s->space);
  for (int i = 0; i < 2; i++) {
    int direction = i ? !first : first,
        base = tspc_keep(s, v->word, v->bytes, v->bytes, v->bytes, direction, column, t);
    if (base >= 0) {
      *result = tspc_code(direction, base);
      return true;
    }
  }
  return false;
}

static bool alus_idle(const tspc_space *s, const tspc_tree *t, int64_t at)
{
  for (int i = 0; i < t->nodes; i++)
    if (tspc_alus_full(s, at + t->node[i].at))
      return false;
  return true;
}

/* The ALUs and the place of the result of a tree whose leaves are there. */
static bool compute(tspc_sched *s, const tspc_tree *t, int64_t at, const int *code)
{
  tspc_space *sp = &s->space;
  uint8_t alu[TSPC_NODES];
  int result;
  s->blame = TSPC_NONE;
  if (!tspc_place_alus(sp, t, at, alu) ||
      !keep_result(s, &s->p->vec[t->node[0].vec], at + sp->func[t->node[0].opcode], &result))
    return false;
  for (int i = 0; i < t->nodes; i++)
    tspc_dispatch(sp, sp->cfg->q_vxm + alu[i], at + t->node[i].at, node_word(s, t, i, alu, code, result),
                  TSPC_NONE); /* one result may be several elements */
  return true;
}

bool tspc_try_tree(tspc_sched *s, const tspc_tree *t, int64_t at, int live)
{
  int code[TSPC_LEAVES], mark = tspc_mark(&s->space);
  if (at + t->node[t->nodes - 1].at < 0 || !alus_idle(&s->space, t, at))
    return false;
  if (bring_leaves(s, t, at, live, code)) {
    if (compute(s, t, at, code))
      return true;
  } else {
    tspc_tree early = *t;
    tspc_back(&s->space, mark);
    if (bring_early(s, &early, at, live, code) && compute(s, &early, at, code))
      return true;
  }
  tspc_back(&s->space, mark);
  return false;
}

int64_t tspc_tree_earliest(const tspc_sched *s, const tspc_tree *t)
{
  int64_t at = 0;
  for (int i = 0; i < t->nodes; i++)
    if (-t->node[i].at > at)
      at = -t->node[i].at;
  for (int i = 0; i < t->leaves; i++)
    for (int b = 0; !t->leaf[i].live && b < s->p->vec[t->leaf[i].vec].bytes; b++) {
      int64_t there = tspc_earliest(s, s->p->vec[t->leaf[i].vec].word[b], s->space.cfg->vxm_column) - t->leaf[i].at;
      at = there > at ? there : at;
    }
  return at;
}

void tspc_place_vx(tspc_sched *s, tspc_op *o)
{
  const tspc_tree *t = &s->p->tree[o->a];
  int64_t first = tspc_tree_earliest(s, t);
  tspc_items_clear(s);
  tspc_items_tree(s, t, 0);
  for (int64_t at = first; tspc_may_fit(s, first, at); at++) {
    tspc_relieve(s, (int)(at - first));
    s->blame = TSPC_NONE;
    if (tspc_try_tree(s, t, at, 0)) {
      tspc_commit(&s->space);
      for (int i = 0; i < o->reads; i++)
        tspc_read_done(s, o->read[i]);
      return;
    }
  }
  tspc_no_place(s, "an elementwise operation");
}
