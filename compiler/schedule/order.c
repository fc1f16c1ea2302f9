// SPDX-License-Identifier: Apache-2.0
// order.c: list scheduling. Of the operations whose operands exist, the scheduler takes one that can start about now
// and has the longest way to the end of the program still below it.
#include "scheduler.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  tspc_sched *s;
  int *first, *reader;      /* readers of word w: reader[first[w]..first[w + 1]] */
  int *old_first, *scatter; /* Scatters that wait until word w has been read for the last time: as above */
  int *ready, readies;
} order;

/* About the cycles from an operation's start until its result can be used elsewhere. */
static int64_t latency(const tspc_sched *s, const tspc_op *o)
{
  const tspc_space *sp = &s->space;
  int64_t memory = sp->func[TSP_OP_READ] + sp->func[TSP_OP_WRITE] + 2, cross = sp->cfg->hemi_cols;
  switch (o->kind) {
  case TSPC_OP_VX: return memory - s->p->tree[o->a].node[s->p->tree[o->a].nodes - 1].at + 2;
  case TSPC_OP_MM: return memory + sp->func[TSP_OP_ABC] + sp->func[TSP_OP_ACC_OUT] + 2 * cross + o->c + 6;
  case TSPC_OP_LANE: return memory + 2 * cross + sp->func[s->p->map[o->c].local ? TSP_OP_DISTRIBUTE : TSP_OP_PERMUTE];
  default: return memory + cross;
  }
}

static int made_count(const tspc_op *o, const tspc_prog *p, int i, int *word)
{
  const tspc_vec *v;
  switch (o->kind) {
  case TSPC_OP_VX:
    v = &p->vec[p->tree[o->a].node[0].vec];
    *word = i < v->bytes ? v->word[i] : TSPC_NONE;
    return v->bytes;
  case TSPC_OP_MM: {
    const tspc_row *r = &p->group[o->a].row[o->b + i / 4];
    v = &p->vec[r->tree >= 0 ? p->tree[r->tree].node[0].vec : r->vec];
    *word = i / 4 < o->c && i % 4 < v->bytes ? v->word[i % 4] : TSPC_NONE;
    return 4 * o->c;
  }
  case TSPC_OP_LANE: *word = o->b; return 1;
  case TSPC_OP_GATHER: *word = o->c; return 1;
  default: *word = i < o->makes ? o->made[i] : TSPC_NONE; return o->makes;
  }
}

/* ---- what waits for what ---- */
/* Lists, for each word, the operations that have it in a list of theirs. */
static bool invert(const tspc_prog *p, bool old, int **first, int **list)
{
  int total = 0;
  *first = calloc((size_t)p->words + 2, sizeof **first);
  for (int i = 0; *first && i < p->ops; i++)
    for (int k = 0; k < (old ? p->op[i].makes : p->op[i].reads); k++, total++)
      (*first)[(old ? p->op[i].old : p->op[i].read)[k] + 2]++;
  *list = malloc(((size_t)total + 1) * sizeof **list);
  if (!*first || !*list)
    return false;
  for (int w = 0; w < p->words; w++)
    (*first)[w + 2] += (*first)[w + 1];
  for (int i = 0; i < p->ops; i++)
    for (int k = 0; k < (old ? p->op[i].makes : p->op[i].reads); k++)
      (*list)[(*first)[(old ? p->op[i].old : p->op[i].read)[k] + 1]++] = i;
  return true;
}

static void make_ready(order *d, int op)
{
  tspc_prog *p = d->s->p;
  tspc_op *o = &p->op[op];
  o->est = 0;
  for (int k = 0; k < o->reads; k++) {
    const tspc_word *w = &p->word[o->read[k]];
    int64_t from = w->homes ? w->home[0].from : 0;
    o->est = from > o->est ? from : o->est;
  }
  d->ready[d->readies++] = op;
}

static void count_waits(order *d)
{
  tspc_prog *p = d->s->p;
  for (int i = 0; i < p->ops; i++) {
    for (int k = 0; k < p->op[i].reads; k++)
      p->op[i].waits += p->word[p->op[i].read[k]].makers > 0;
    for (int k = 0; k < p->op[i].makes; k++)
      p->op[i].waits += p->word[p->op[i].old[k]].uses > 0;
    if (!p->op[i].waits)
      make_ready(d, i);
  }
}

static void made(order *d, int op)
{
  tspc_prog *p = d->s->p;
  int word, n = made_count(&p->op[op], p, 0, &word);
  for (int i = 0; i < n; i++) {
    made_count(&p->op[op], p, i, &word);
    if (word < 0 || --p->word[word].makers > 0)
      continue;
    for (int r = d->first[word]; r < d->first[word + 1]; r++)
      if (--p->op[d->reader[r]].waits == 0)
        make_ready(d, d->reader[r]);
  }
}

/* Words that have been read for the last time. */
static void drained(order *d, int op)
{
  tspc_prog *p = d->s->p;
  for (int k = 0; k < p->op[op].reads; k++) {
    int w = p->op[op].read[k];
    for (int i = d->old_first[w]; p->word[w].uses == 0 && i < d->old_first[w + 1]; i++)
      if (--p->op[d->scatter[i]].waits == 0)
        make_ready(d, d->scatter[i]);
  }
}

/* ---- the longest way to the end ---- */
static int64_t depth(order *d, int op, uint8_t *state)
{
  tspc_prog *p = d->s->p;
  tspc_op *o = &p->op[op];
  if (state[op])
    return o->below;
  state[op] = 1;
  int64_t most = 0;
  int word, n = made_count(o, p, 0, &word);
  for (int i = 0; i < n; i++) {
    made_count(o, p, i, &word);
    for (int r = word < 0 ? 0 : d->first[word]; word >= 0 && r < d->first[word + 1]; r++) {
      int64_t b = depth(d, d->reader[r], state);
      most = b > most ? b : most;
    }
  }
  return o->below = most + latency(d->s, o);
}

/* Bounded recursion: operations are visited from those that come late in the list, which depend on earlier ones. */
static bool find_depths(order *d)
{
  int n = d->s->p->ops;
  uint8_t *state = calloc((size_t)n + 1, 1);
  for (int i = n - 1; state && i >= 0; i--)
    depth(d, i, state);
  free(state);
  return state != NULL;
}

/* When its operands are there, and about when the units that it needs are free. */
static int64_t earliest(const tspc_sched *s, const tspc_op *o)
{
  int64_t free = 0;
  if (o->kind == TSPC_OP_MM) {
    free = INT64_MAX;
    for (int p = 0; p < s->space.cfg->planes; p++)
      free = s->plane[p].last < free ? s->plane[p].last : free;
  } else if (o->kind == TSPC_OP_LANE) {
    free = s->busy[s->p->map[o->c].local ? TSPC_BUSY_DISTRIBUTOR : TSPC_BUSY_PERMUTER];
  }
  return free > o->est ? free : o->est;
}

/* Words that an operation gives back less those that it makes. */
static int relief(const tspc_prog *p, const tspc_op *o)
{
  int freed = 0, word, n = made_count(o, p, 0, &word);
  for (int k = 0; k < o->reads; k++)
    freed += p->word[o->read[k]].uses == 1 && !p->word[o->read[k]].keep;
  for (int i = 0; i < n; i++) {
    made_count(o, p, i, &word);
    freed -= word >= 0 && !p->word[word].keep;
  }
  return freed;
}

static int take(order *d, int best)
{
  int op = d->ready[best];
  d->ready[best] = d->ready[--d->readies];
  return op;
}

static int take_relief(order *d)
{
  const tspc_prog *p = d->s->p;
  int best = 0, most = INT_MIN;
  for (int i = 0; i < d->readies; i++) {
    int n = relief(p, &p->op[d->ready[i]]);
    if (n > most || (n == most && d->ready[i] < d->ready[best])) {
      best = i;
      most = n;
    }
  }
  return take(d, best);
}

static int take_next(order *d)
{
  const tspc_prog *p = d->s->p;
  int64_t now = INT64_MAX;
  int best = 0;
  for (int i = 0; i < d->readies; i++) {
    int64_t t = earliest(d->s, &p->op[d->ready[i]]);
    now = t < now ? t : now;
  }
  int64_t most = INT64_MIN;
  for (int i = 0; i < d->readies; i++) {
    const tspc_op *o = &p->op[d->ready[i]];
    int64_t long_way = 100 * o->below - p->manner.waiting * o->est;
    bool first = long_way > most || (long_way == most && d->ready[i] < d->ready[best]); /* rows one after the other */
    if (earliest(d->s, o) <= now + p->manner.within && first) {
      most = long_way;
      best = i;
    }
  }
  return take(d, best);
}

static void place(tspc_sched *s, tspc_op *o)
{
  s->p->node = o->node;
  switch (o->kind) {
  case TSPC_OP_VX: tspc_place_vx(s, o); break;
  case TSPC_OP_MM: tspc_place_mm(s, o); break;
  case TSPC_OP_LANE: tspc_place_lane(s, o); break;
  case TSPC_OP_GATHER: tspc_place_gather(s, o); break;
  default: tspc_place_scatter(s, o); break;
  }
}

static void need(tspc_prog *p, int word)
{
  p->word[word].uses += p->word[word].uses == 0;
}

/* What is read now and then without being an operand: maps, and zeros that fill up a load of weights. */
static void need_maps_and_zeros(tspc_sched *s)
{
  tspc_prog *p = s->p;
  int lw = p->cfg->lw_streams;
  for (int i = 0; i < p->ops; i++)
    for (int k = 0; p->op[i].kind == TSPC_OP_LANE && k < 3; k++)
      if (p->map[p->op[i].c].local == (k == 2))
        need(p, p->map[p->op[i].c].word[k]);
  for (int i = 0; i < p->tiles; i++)
    for (int j = p->tile[i].outputs % lw; j % lw; j++)
      need(p, s->zero[j]);
}

static bool init(tspc_sched *s)
{
  const tsp_config *cfg = s->p->cfg;
  s->slot = calloc(4 * (size_t)cfg->maps, sizeof *s->slot);
  s->zero = calloc((size_t)cfg->lw_streams, sizeof *s->zero);
  s->avoid = calloc(2 * (size_t)cfg->mem_slices, 1);
  uint8_t *zeros = calloc((size_t)cfg->vector, 1);
  bool ok = s->slot && s->zero && s->avoid && zeros;
  for (int i = 0; ok && i < 4 * cfg->maps; i++)
    s->slot[i] = (tspc_slot){TSPC_NONE, 0, -1};
  for (int i = 0; ok && i < 4; i++)
    s->plane[i] = (tspc_plane){.tile = TSPC_NONE, .last = -1};
  int word = ok ? tspc_pool_word(s->p, zeros) : TSPC_NONE;
  for (int j = 0; word >= 0 && j < cfg->lw_streams; j++)
    s->zero[j] = tspc_static(s->p, s->p->word[word].pool);
  if (word >= 0)
    need_maps_and_zeros(s);
  free(zeros);
  return word >= 0;
}

void tspc_schedule_all(tspc_sched *s)
{
  tspc_prog *p = s->p;
  bool ok = init(s);
  order d = {.s = s, .ready = malloc(((size_t)p->ops + 1) * sizeof(int))};
  p->placed = malloc(((size_t)p->ops + 1) * sizeof *p->placed);
  if (!p->placed || !ok || !tspc_space_init(&s->space, p) || !d.ready || !invert(p, false, &d.first, &d.reader) ||
      !invert(p, true, &d.old_first, &d.scatter) || !find_depths(&d))
    tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
  else if (s->space.owed > s->space.fresh)
    tspc_prog_fail(
        p, TSP_ERANGE,
        "inputs, constants, states and outputs%s take %d words of memory, configuration %s has %d for them; fewer "
        "or smaller tensors fit",
        p->text ? ", and text that the queues do not hold," : "", s->space.owed, p->cfg->name, s->space.fresh);
  else
    count_waits(&d);
  int placed = 0;
  for (; tspc_ok(p) && d.readies > 0; placed++) {
    int op = p->thrifty || tspc_short_of_words(s, 16) ? take_relief(&d) : take_next(&d);
    p->placed[placed] = op;
    place(s, &p->op[op]);
    if (!tspc_ok(p))
      tspc_explain(p, p->op[op].node);
    made(&d, op);
    drained(&d, op);
  }
  if (tspc_ok(p) && placed < p->ops)
    tspc_prog_fail(p, TSP_ESTATE, "%d of %d operations wait for each other", p->ops - placed, p->ops);
  free(d.first);
  free(d.reader);
  free(d.old_first);
  free(d.scatter);
  free(d.ready);
  free(s->slot);
  free(s->zero);
  free(s->avoid);
}
