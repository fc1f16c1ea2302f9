// SPDX-License-Identifier: Apache-2.0
// place_sxm.c: words whose elements change lanes, through the distributors (within superlanes) and permuters. Maps are
// loaded when they are first needed; the one that has not been used for longest gives way.
#include "scheduler.h"

enum { PERMUTER = 0, DISTRIBUTOR = 1, UNITS = 4 };

/* Unit of a hemisphere: its queue, opcodes and how the map is brought. */
typedef struct {
  int hemi, kind, queue, column, move, load, map_words;
} unit;

static unit unit_of(const tspc_sched *s, int hemi, int kind)
{
  enum { QUEUE_P = 2, QUEUE_D = 3 }; /* order of an SXM's queues (tsp_config.h) */
  const tsp_config *cfg = s->space.cfg;
  int queue = cfg->q_sxm + (hemi == TSP_WEST ? 0 : TSP_SXM_QUEUES) + (kind == PERMUTER ? QUEUE_P : QUEUE_D);
  bool p = kind == PERMUTER;
  return (unit){hemi,
                kind,
                queue,
                tsp_queue_column(cfg, queue),
                p ? TSP_OP_PERMUTE : TSP_OP_DISTRIBUTE,
                p ? TSP_OP_PMAP : TSP_OP_DMAP,
                p ? 2 : 1};
}

static tspc_slot *slots(const tspc_sched *s, const unit *u)
{
  return s->slot + (size_t)(2 * (u->hemi == TSP_WEST ? 0 : 1) + u->kind) * (size_t)s->space.cfg->maps;
}

/* The map's slot, loaded if need be. */
static int slot_of(tspc_sched *s, const unit *u, int map)
{
  tspc_space *sp = &s->space;
  tspc_slot *slot = slots(s, u);
  int oldest = 0;
  for (int i = 0; i < sp->cfg->maps; i++) {
    if (slot[i].map == map)
      return i;
    if (slot[i].last < slot[oldest].last)
      oldest = i;
  }
  const tspc_map *m = &s->p->map[map];
  const int *word = u->kind == PERMUTER ? m->word : m->word + 2;
  int64_t from = slot[oldest].last + 1;
  tspc_items_clear(s);
  tspc_items_words(s, word, u->map_words, u->column);
  for (int64_t t = from; tspc_may_fit(s, from, t); t++) {
    tspc_relieve(s, (int)(t - from));
    int mark = tspc_mark(sp), base = TSPC_NONE;
    if (tspc_claim_queue(sp, u->queue, t) &&
        (base = tspc_bring(s, word, u->map_words, u->map_words, u->hemi, u->column, t)) >= 0) {
      tspc_dispatch(sp, u->queue, t,
                    tspc_ins(sp, u->load, u->kind == PERMUTER ? "group" : "stream", tspc_code(u->hemi, base), "map",
                             oldest, NULL, 0),
                    TSPC_NONE);
      tspc_commit(sp);
      slot[oldest] = (tspc_slot){map, t + 1, t + 1};
      return oldest;
    }
    tspc_back(sp, mark);
  }
  tspc_no_place(s, "the map of a move between lanes");
  return 0;
}

static bool try_move(tspc_sched *s, const tspc_op *o, const unit *u, int64_t t)
{
  tspc_space *sp = &s->space;
  tspc_slot *slot = slots(s, u);
  int i = 0, mark = tspc_mark(sp);
  while (slot[i].map != o->c)
    i++;
  if (t >= slot[i].from && tspc_claim_queue(sp, u->queue, t)) {
    int in = tspc_bring(s, &o->a, 1, 1, u->hemi, u->column, t);
    if (in >= 0) {
      s->blame = TSPC_NONE;
      int out = tspc_keep(s, &o->b, 1, 1, 1, !u->hemi, u->column, t + sp->func[u->move]);
      if (out >= 0) {
        tspc_dispatch(
            sp, u->queue, t,
            tspc_ins(sp, u->move, "stream", tspc_code(u->hemi, in), "out", tspc_code(!u->hemi, out), "map", i),
            TSPC_NONE);
        tspc_commit(sp);
        if (t + sp->cfg->superlanes > slot[i].last)
          slot[i].last = t + sp->cfg->superlanes; /* a permutation uses its map as late as that */
        return true;
      }
    }
  }
  tspc_back(sp, mark);
  return false;
}

/* The near hemisphere's unit first. A move within superlanes goes through a permuter, too, where the distributors have
 * no time for it soon; but its map then takes two words more. */
void tspc_place_lane(tspc_sched *s, tspc_op *o)
{
  enum { SOON = 16 };
  bool local = s->p->map[o->c].local;
  const tspc_word *w = &s->p->word[o->a];
  int near = w->homes ? tspc_slice_hemi(s->space.cfg, w->home[0].slice) : o->a % 2, units = 2;
  unit u[UNITS];
  for (int i = 0; i < UNITS; i++)
    u[i] = unit_of(s, i % 2 ? !near : near, local && i < 2 ? DISTRIBUTOR : PERMUTER);
  int64_t first = INT64_MAX;
  for (int i = 0; i < units; i++) {
    slot_of(s, &u[i], o->c);
    int64_t there = tspc_earliest(s, o->a, u[i].column);
    first = there < first ? there : first;
  }
  tspc_items_clear(s);
  for (int64_t t = first; tspc_may_fit(s, first, t); t++) {
    for (; local && !s->p->thrifty && t - first > SOON && units < UNITS; units++) {
      slot_of(s, &u[units], o->c);
      tspc_items_clear(s);
    }
    tspc_relieve(s, (int)(t - first));
    s->blame = TSPC_NONE;
    for (int i = 0; i < units; i++)
      if (try_move(s, o, &u[i], t)) {
        if (t > first)
          s->busy[local ? TSPC_BUSY_DISTRIBUTOR : TSPC_BUSY_PERMUTER] = o->est + t - first;
        tspc_read_done(s, o->a);
        return;
      }
  }
  tspc_no_place(s, "a move between lanes");
}
