// SPDX-License-Identifier: Apache-2.0
// graph_dump.c: the vector program as text: after lowering, and as operations after fusing.
#include "graph_pass.h"
#include <string.h>

bool tspc_wanted(const tsp_dump *dump, const char *pass)
{
  return dump && dump->pass && (strcmp(dump->pass, "all") == 0 || strcmp(dump->pass, pass) == 0);
}

void tspc_print(tspc_prog *p, const tsp_dump *dump, const char *pass, void (*to)(const tspc_prog *, FILE *))
{
  if (tspc_wanted(dump, pass))
    to(p, dump->to);
}

void tspc_dump_vecs(const tspc_prog *p, FILE *to)
{
  for (int i = 0; i < p->vecs; i++) {
    const tspc_vec *v = &p->vec[i];
    fprintf(to, "v%d %d bytes, lanes %d..%d: ", i, v->bytes, v->lo, v->hi);
    if (v->kind == TSPC_VEC_IMM)
      fprintf(to, "#0x%x", v->imm);
    else if (v->kind == TSPC_VEC_VX)
      fprintf(to, "%s", tsp_isa_by_opcode(p->isa, (unsigned)v->opcode)->mnemonic);
    else if (v->group >= 0)
      fprintf(to, "product of group %d, row %d", v->group, v->row);
    else
      fprintf(to, "words w%d ..", v->word[0]);
    for (int k = 0; k < 3; k++)
      if (v->in[k] >= 0)
        fprintf(to, " v%d", v->in[k]);
    fprintf(to, "\n");
  }
}

/* What each node of the graph takes: its cycles from the first dispatch to the last, and its instructions by unit. */
void tspc_dump_nodes(const tspc_prog *p, const tspc_space *s, FILE *to)
{
  enum { UNITS = TSP_UNIT_C2C + 1 };
  int nodes = tsp_graph_count(p->graph);
  for (int i = 0; i < nodes; i++) {
    int64_t first = INT64_MAX, last = -1;
    int count[UNITS] = {0}, total = 0;
    for (int e = 0; e < s->events; e++) {
      if (s->event[e].node != i)
        continue;
      first = s->event[e].cycle < first ? s->event[e].cycle : first;
      last = s->event[e].cycle > last ? s->event[e].cycle : last;
      count[tsp_queue_unit(s->cfg, s->event[e].queue)]++;
      total++;
    }
    const tsp_node *n = tsp_graph_node(p->graph, i);
    if (!total)
      continue;
    fprintf(to, "%5d %-10s %-16s cycles %6lld..%-6lld mem %5d, weights %4d, abc %4d, vxm %4d, sxm %4d\n", i,
            tsp_graph_op_name(n->op), n->name, (long long)first, (long long)last, count[TSP_UNIT_MEM],
            count[TSP_UNIT_MXW], count[TSP_UNIT_MXA], count[TSP_UNIT_VXM],
            count[TSP_UNIT_SXP] + count[TSP_UNIT_SXD] + count[TSP_UNIT_SXS]);
  }
}

static void dump_tree(const tspc_prog *p, const tspc_tree *t, FILE *to)
{
  for (int i = 0; i < t->nodes; i++)
    fprintf(to, "    %s v%d at %d, operand %d of %d\n",
            tsp_isa_by_opcode(p->isa, (unsigned)t->node[i].opcode)->mnemonic, t->node[i].vec, t->node[i].at,
            t->node[i].slot, t->node[i].parent);
  for (int i = 0; i < t->leaves; i++)
    fprintf(to, "    v%d at %d, operand %d of %d%s\n", t->leaf[i].vec, t->leaf[i].at, t->leaf[i].slot, t->leaf[i].node,
            t->leaf[i].live ? ", live" : "");
}

void tspc_dump_ops(const tspc_prog *p, FILE *to)
{
  for (int i = 0; i < p->ops; i++) {
    const tspc_op *o = &p->op[i];
    switch (o->kind) {
    case TSPC_OP_VX:
      fprintf(to, "op %d: tree\n", i);
      dump_tree(p, &p->tree[o->a], to);
      break;
    case TSPC_OP_MM:
      fprintf(to, "op %d: products of group %d, %d tiles of K, rows %d..%d\n", i, o->a, p->group[o->a].ktiles, o->b,
              o->b + o->c - 1);
      for (int r = o->b; r < o->b + o->c; r++)
        if (p->group[o->a].row[r].tree >= 0)
          dump_tree(p, &p->tree[p->group[o->a].row[r].tree], to);
      break;
    case TSPC_OP_LANE: fprintf(to, "op %d: w%d -> w%d by map %d\n", i, o->a, o->b, o->c); break;
    case TSPC_OP_GATHER: fprintf(to, "op %d: gather slice %d at v%d -> w%d\n", i, o->slice, o->b, o->c); break;
    default: fprintf(to, "op %d: scatter w%d -> slice %d at v%d\n", i, o->a, o->slice, o->b); break;
    }
  }
}
