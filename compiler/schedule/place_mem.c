// SPDX-License-Identifier: Apache-2.0
// place_mem.c: rows of tables and states whose place is known at run time only: Gather and Scatter.
#include "scheduler.h"

static int column_of(const tspc_space *s, int slice)
{
  return tsp_queue_column(s->cfg, s->cfg->q_mem + slice);
}

static int64_t first_cycle(const tspc_sched *s, const tspc_op *o, int column)
{
  int64_t first = o->est;
  for (int i = 0; i < o->reads; i++) {
    int64_t t = tspc_earliest(s, o->read[i], column);
    first = t > first ? t : first;
  }
  for (int i = 0; i < o->makes; i++)
    if (s->p->word[o->old[i]].last >= first)
      first = s->p->word[o->old[i]].last + 1;
  return first;
}

static void finish(tspc_sched *s, const tspc_op *o)
{
  tspc_commit(&s->space);
  for (int i = 0; i < o->reads; i++)
    tspc_read_done(s, o->read[i]);
}

static bool try_gather(tspc_sched *s, const tspc_op *o, int64_t t)
{
  tspc_space *sp = &s->space;
  int column = column_of(sp, o->slice), map;
  if (!tspc_claim_queue(sp, sp->cfg->q_mem + o->slice, t) ||
      !tspc_bring_any(s, s->p->vec[o->b].word, 2, 2, column, t, &map))
    return false;
  s->blame = TSPC_NONE;
  for (int direction = 0; direction < 2; direction++) {
    int base = tspc_keep(s, &o->c, 1, 1, 1, direction, column, t + sp->func[TSP_OP_GATHER]);
    if (base < 0)
      continue;
    tspc_dispatch(sp, sp->cfg->q_mem + o->slice, t,
                  tspc_ins(sp, TSP_OP_GATHER, "map", map, "rstream", tspc_code(direction, base), NULL, 0), TSPC_NONE);
    return true;
  }
  return false;
}

static bool try_scatter(tspc_sched *s, const tspc_op *o, int64_t t)
{
  tspc_space *sp = &s->space;
  int column = column_of(sp, o->slice), map, data;
  if (!tspc_claim_queue(sp, sp->cfg->q_mem + o->slice, t) ||
      !tspc_bring_any(s, s->p->vec[o->b].word, 2, 2, column, t, &map) ||
      !tspc_bring_any(s, &o->a, 1, 1, column, t, &data))
    return false;
  tspc_dispatch(sp, sp->cfg->q_mem + o->slice, t, tspc_ins(sp, TSP_OP_SCATTER, "wstream", data, "map", map, NULL, 0),
                TSPC_NONE);
  for (int i = 0; i < o->makes; i++) {
    tspc_word *w = &s->p->word[o->made[i]];
    for (int h = 0; h < w->homes; h++)
      if (w->home[h].from < t + sp->func[TSP_OP_SCATTER])
        w->home[h].from = t + sp->func[TSP_OP_SCATTER];
  }
  return true;
}

static void place(tspc_sched *s, tspc_op *o, bool (*try)(tspc_sched *, const tspc_op *, int64_t))
{
  int64_t first = first_cycle(s, o, column_of(&s->space, o->slice));
  tspc_items_clear(s);
  tspc_items_group(s, s->p->vec[o->b].word, 2, column_of(&s->space, o->slice));
  if (o->kind == TSPC_OP_SCATTER)
    tspc_items_words(s, &o->a, 1, column_of(&s->space, o->slice));
  for (int64_t t = first; tspc_may_fit(s, first, t); t++) {
    int mark = tspc_mark(&s->space);
    tspc_relieve(s, (int)(t - first));
    s->blame = TSPC_NONE;
    if (try(s, o, t)) {
      finish(s, o);
      return;
    }
    tspc_back(&s->space, mark);
  }
  tspc_no_place(s, "a row of a table or state");
}

void tspc_place_gather(tspc_sched *s, tspc_op *o)
{
  place(s, o, try_gather);
}

void tspc_place_scatter(tspc_sched *s, tspc_op *o)
{
  place(s, o, try_scatter);
}
