// SPDX-License-Identifier: Apache-2.0
// arrange.c: words that an operation reads at once but that lie in one slice, or bytes of one vec on both sides of the
// VXM: each gets a place of its own, and those that are not there are copied.
#include "scheduler.h"
#include <limits.h>

void tspc_items_clear(tspc_sched *s)
{
  s->items = s->rounds = 0;
  s->horizon = -1;
}

static void add(tspc_sched *s, tspc_item item)
{
  item.slice = item.side = TSPC_NONE;
  if (s->items < TSPC_ITEMS)
    s->item[s->items++] = item;
}

void tspc_items_words(tspc_sched *s, const int *word, int n, int to)
{
  for (int i = 0; i < n; i++)
    add(s, (tspc_item){.word = word[i], .set = -1 - s->items, .to = to});
}

void tspc_items_group(tspc_sched *s, const int *word, int n, int to)
{
  int set = -1 - s->items;
  for (int i = 0; i < n; i++)
    add(s, (tspc_item){.word = word[i], .set = set, .to = to, .one_side = true});
}

void tspc_items_tree(tspc_sched *s, const tspc_tree *t, int root)
{
  for (int i = 0; i < t->leaves; i++)
    if (!t->leaf[i].live && t->leaf[i].same < 0)
      for (int b = 0; b < s->p->vec[t->leaf[i].vec].bytes; b++)
        add(s, (tspc_item){.word = s->p->vec[t->leaf[i].vec].word[b],
                           .set = i,
                           .at = root + t->leaf[i].at,
                           .to = s->space.cfg->vxm_column,
                           .one_side = true});
}

/* ---- a place for each ---- */
static int column_of(const tspc_space *s, int slice)
{
  return s->column[slice];
}

static int read_cycle(const tspc_sched *s, const tspc_item *it, int slice)
{
  int way = it->to - column_of(&s->space, slice);
  return it->at - (way < 0 ? -way : way);
}

/* Whether another item would be read from that slice in the same cycle. */
static bool taken(const tspc_sched *s, const tspc_item *it, int slice)
{
  for (int i = 0; i < s->items; i++)
    if (&s->item[i] != it && s->item[i].slice == slice && read_cycle(s, &s->item[i], slice) == read_cycle(s, it, slice))
      return true;
  return false;
}

enum { SIDES = 2 }; /* 0: from the west */

static bool on_side(const tspc_sched *s, const tspc_item *it, int slice, int side)
{
  int at = column_of(&s->space, slice);
  return !it->one_side || (side == 0 ? at <= it->to : at >= it->to);
}

static int room(const tspc_sched *s, const tspc_item *it, int side)
{
  int n = 0;
  for (int x = 0; x < 2 * s->space.cfg->mem_slices; x++)
    n += on_side(s, it, x, side) && !taken(s, it, x);
  for (int i = 0; i < s->items; i++) /* those before that are still to get a place there */
    n -= s->item[i].slice < 0 && s->item[i].side == side && s->item[i].at == it->at && s->item[i].to == it->to;
  return n;
}

/* A home of the word in a slice that is free for it. */
static int home_in(const tspc_sched *s, const tspc_item *it, int side)
{
  const tspc_word *w = &s->p->word[it->word];
  for (int h = 0; h < w->homes; h++)
    if (on_side(s, it, w->home[h].slice, side) && !taken(s, it, w->home[h].slice))
      return w->home[h].slice;
  return TSPC_NONE;
}

static int emptier(const tspc_sched *s, const tspc_item *it, bool holes)
{
  const tsp_config *cfg = s->space.cfg;
  int best = TSPC_NONE;
  uint32_t most = 0;
  for (int x = 0; x < 2 * cfg->mem_slices; x++) {
    const tspc_bank *b = &s->space.bank[2 * x];
    uint32_t left = b[0].end - b[0].next + b[1].end - b[1].next;
    if (holes)
      left += (uint32_t)b[0].holes + (uint32_t)b[1].holes;
    if (on_side(s, it, x, it->side) && !taken(s, it, x) && left > most) {
      best = x;
      most = left;
    }
  }
  return best;
}

/* The slice with the most room. What is there from the start needs no copy where words were never used. */
static int emptiest(const tspc_sched *s, const tspc_item *it)
{
  int best = s->p->word[it->word].initial ? emptier(s, it, false) : TSPC_NONE;
  return best < 0 ? emptier(s, it, true) : best;
}

static int words_in(tspc_sched *s, int first, int n, int side)
{
  int count = 0;
  for (int i = first; i < first + n; i++) {
    s->item[i].slice = home_in(s, &s->item[i], side);
    s->item[i].side = side;
    if (s->item[i].slice >= 0)
      count++;
    else if (s->p->word[s->item[i].word].homes == TSPC_HOMES || emptiest(s, &s->item[i]) < 0)
      count -= n; /* it cannot get another place there */
  }
  for (int i = first; i < first + n; i++)
    s->item[i].slice = s->item[i].side = TSPC_NONE;
  return count;
}

/* Leaves words where they are as far as that goes; the rest of a set must come from the same side. */
static bool settle(tspc_sched *s, int first, int n)
{
  int best = INT_MIN, side = 0;
  for (int h = 0; h < SIDES; h++) {
    int in = room(s, &s->item[first], h) >= n ? words_in(s, first, n, h) : INT_MIN;
    if (in > best) {
      best = in;
      side = h;
    }
  }
  for (int i = first; best > INT_MIN && i < first + n; i++) {
    s->item[i].slice = home_in(s, &s->item[i], side);
    s->item[i].side = side;
  }
  return best > INT_MIN;
}

/* ---- copies ---- */
static bool try_copy(tspc_sched *s, int word, int slice, int64_t t)
{
  tspc_space *sp = &s->space;
  tspc_home from = s->p->word[word].home[0], to = {.slice = (uint16_t)slice};
  int at = column_of(sp, from.slice), end = column_of(sp, slice), direction = end < at ? TSP_WEST : TSP_EAST;
  int64_t driven = t + sp->func[TSP_OP_READ], cycle = driven + tspc_hops(direction, at, end);
  if (!tspc_claim_mem(sp, from.slice, TSPC_READ, from.addr, t))
    return false;
  bool claimed = false;
  for (int bank = 0; !claimed && bank < 2; bank++)
    claimed = tspc_can_write(sp, slice, bank, cycle) && tspc_claim_word(sp, slice, bank, cycle, word, &to.addr) &&
              tspc_claim_mem(sp, slice, TSPC_WRITE, to.addr, cycle);
  to.from = cycle + sp->func[TSP_OP_WRITE];
  int base = claimed ? tspc_claim_group(sp, direction, 1, 1, &at, &driven, &end) : TSPC_NONE;
  if (base < 0 || !tspc_add_home(sp, word, to))
    return false;
  tspc_read_at(s, from.slice, from.addr, t, tspc_code(direction, base), word);
  tspc_dispatch(sp, sp->cfg->q_mem + slice, cycle,
                tspc_ins(sp, TSP_OP_WRITE, "waddr", to.addr, "wstream", tspc_code(direction, base), NULL, 0), word);
  return true;
}

/* From there on everything is free. */
static int64_t behind(const tspc_sched *s, int64_t first)
{
  enum { BEHIND = 300 }; /* the longest tree, and the way across the chip */
  return (first > s->space.end ? first : s->space.end) + BEHIND + 2 * s->space.cfg->columns;
}

/* One more place of a word that is there from the start. */
static bool from_start(tspc_sched *s, int word, int slice)
{
  tspc_space *sp = &s->space;
  tspc_home home = {.slice = (uint16_t)slice};
  bool found = s->p->word[word].initial && s->p->word[word].homes < TSPC_HOMES &&
               (tspc_claim_word(sp, slice, 0, TSPC_STATIC, word, &home.addr) ||
                tspc_claim_word(sp, slice, 1, TSPC_STATIC, word, &home.addr)) &&
               tspc_add_home(sp, word, home);
  tspc_commit(sp);
  return found;
}

/* A word that has no place yet must be somewhere before it is copied. */
static void copy(tspc_sched *s, int word, int slice)
{
  tspc_space *sp = &s->space;
  tspc_word *w = &s->p->word[word];
  for (int x = 0; !w->homes && x < 2 * sp->cfg->mem_slices; x++)
    from_start(s, word, x);
  if (w->homes == TSPC_HOMES && !w->initial)
    tspc_drop_home(sp, word);
  int64_t first = w->homes ? w->home[0].from : 0;
  int64_t end = behind(s, first);
  for (int64_t t = first; w->homes && tspc_ok(s->p) && t < end; t++) {
    int mark = tspc_mark(sp);
    if (try_copy(s, word, slice, t)) {
      tspc_commit(sp);
      return;
    }
    tspc_back(sp, mark);
  }
}

/* The home in a slice is looked at first from now on. */
static void prefer(tspc_word *w, int slice)
{
  for (int h = 1; h < w->homes; h++)
    if (w->home[h].slice == slice) {
      tspc_home x = w->home[h];
      w->home[h] = w->home[0];
      w->home[0] = x;
    }
}

static int set_size(const tspc_sched *s, int first)
{
  int n = 1;
  while (first + n < s->items && s->item[first + n].set == s->item[first].set)
    n++;
  return n;
}

static void arrange(tspc_sched *s)
{
  enum { WIDEST_SET = 4 };
  for (int i = 0; i < s->items; i++)
    s->item[i].slice = s->item[i].side = TSPC_NONE;
  for (int want = WIDEST_SET; want > 0; want--) /* what needs much room on one side takes it first */
    for (int i = 0, n; i < s->items; i += n) {
      n = set_size(s, i);
      if ((n < WIDEST_SET ? n : WIDEST_SET) == want && !settle(s, i, n))
        return;
    }
  for (int i = 0; i < s->items; i++) {
    tspc_item *it = &s->item[i];
    if (it->slice < 0) {
      it->slice = emptiest(s, it);
      if (it->slice < 0)
        return;
      if (!from_start(s, it->word, it->slice))
        copy(s, it->word, it->slice);
    }
    prefer(&s->p->word[it->word], it->slice);
  }
}

/* A word that is needed twice in a cycle has two slices. */
bool tspc_arranged(const tspc_sched *s, int word, int column, int64_t t, int slice)
{
  bool another = false;
  for (int i = 0; s->rounds > 0 && i < s->items; i++)
    if (s->item[i].word == word && s->item[i].to == column && s->start + s->item[i].at == t) {
      if (s->item[i].slice == slice)
        return true;
      another = true;
    }
  return !another;
}

bool tspc_may_fit(tspc_sched *s, int64_t first, int64_t t)
{
  enum { ROUNDS = 3 };
  s->start = t;
  if (s->horizon < 0)
    s->horizon = behind(s, first);
  if (t >= s->horizon && s->items > 0 && s->rounds++ < ROUNDS) {
    arrange(s);
    s->horizon = behind(s, t);
  }
  return tspc_ok(s->p) && t < s->horizon;
}

bool tspc_short_of_words(const tspc_sched *s, int part)
{
  const tsp_config *cfg = s->space.cfg;
  return s->space.fresh + s->space.holes - s->space.owed < 2 * cfg->mem_slices * cfg->mem_words / part;
}

void tspc_no_place(tspc_sched *s, const char *what)
{
  enum { FULL = 16 }; /* what is left then is in the wrong slices */
  const tsp_config *cfg = s->space.cfg;
  if (tspc_short_of_words(s, FULL))
    tspc_prog_fail(
        s->p, TSP_ERANGE,
        "%s finds no place: the %d words of memory of configuration %s are full; fewer or smaller tensors fit", what,
        2 * cfg->mem_slices * cfg->mem_words, cfg->name);
  else
    tspc_prog_fail(s->p, TSP_ESTATE, "%s finds no place on configuration %s with %d MEM slices and %d streams", what,
                   cfg->name, 2 * cfg->mem_slices, cfg->streams);
}

void tspc_relieve(tspc_sched *s, int attempt)
{
  enum { SPREAD = 12, FIRST = 24, AGAIN = 200 };
  s->spread = attempt >= SPREAD;
  if (attempt == FIRST || (attempt > FIRST && attempt % AGAIN == 0))
    arrange(s);
}
