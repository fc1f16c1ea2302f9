// SPDX-License-Identifier: Apache-2.0
// alus.c: finds an ALU for every node of a tree: a chained operand comes from the ALU itself or a neighbour in the
// mesh, in exactly the cycle in which it is there.
#include "scheduler.h"

enum { MESH = 4, MOST_TRIES = 4000 };

typedef struct {
  tspc_space *s;
  const tspc_tree *t;
  int64_t at;
  uint8_t *alu;
  int tries;
} search;

static bool neighbours(int a, int b)
{
  int rows = a / MESH - b / MESH, columns = a % MESH - b % MESH;
  return rows * rows + columns * columns <= 1;
}

static bool executes(const search *f, int opcode, int alu)
{
  return f->s->instr[opcode]->unit != TSP_UNIT_VXS || alu % MESH == MESH - 1;
}

static bool place(search *f, int node)
{
  if (node == f->t->nodes)
    return true;
  const tspc_node *n = &f->t->node[node];
  int alus = f->s->cfg->alus, rows = (alus + MESH - 1) / MESH;
  for (int i = 0; i < rows * MESH; i++) {
    int alu = i / rows + MESH * (i % rows); /* the last of a row only if need be */
    if (alu >= alus || !executes(f, n->opcode, alu))
      continue;
    if (n->parent >= 0 && (n->slot == 2 ? alu != f->alu[n->parent] : !neighbours(alu, f->alu[n->parent])))
      continue;
    if (++f->tries > MOST_TRIES)
      return false;
    int mark = tspc_mark(f->s);
    int64_t t = f->at + n->at;
    f->alu[node] = (uint8_t)alu;
    if (tspc_claim_queue(f->s, f->s->cfg->q_vxm + alu, t) && tspc_claim_alu(f->s, alu, t + f->s->func[n->opcode]) &&
        place(f, node + 1))
      return true;
    tspc_back(f->s, mark);
  }
  return false;
}

bool tspc_place_alus(tspc_space *s, const tspc_tree *t, int64_t at, uint8_t *alu)
{
  search f = {s, t, at, alu, 0};
  return place(&f, 0);
}
