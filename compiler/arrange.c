// SPDX-License-Identifier: Apache-2.0
// arrange.c: words that an operation reads at once but that lie in one slice, or bytes of one vec on both sides of the VXM:
// each gets a place of its own, and those that are not there are copied.
#include "scheduler.h"

enum { COPY_TRIES = 1 << 16 };

void tspc_items_clear(tspc_sched *s)
{
  s->items = 0;
}

static void add(tspc_sched *s, int word, int set, int at, bool vxm)
{
  if (s->items < TSPC_ITEMS)
    s->item[s->items++] = (tspc_item){word, set, at, vxm, TSPC_NONE};
}

void tspc_items_words(tspc_sched *s, const int *word, int n)
{
  for (int i = 0; i < n; i++)
    add(s, word[i], -1 - s->items, 1, false);
}

void tspc_items_tree(tspc_sched *s, const tspc_tree *t)
{
  for (int i = 0; i < t->leaves; i++)
    if (!t->leaf[i].live && t->leaf[i].same < 0)
      for (int b = 0; b < s->p->vec[t->leaf[i].vec].bytes; b++)
        add(s, s->p->vec[t->leaf[i].vec].word[b], i, t->leaf[i].at, true);
}

/* ---- a place for each ---- */
static bool taken(const tspc_sched *s, int slice, int at)
{
  for (int i = 0; i < s->items; i++)
    if (s->item[i].slice == slice && s->item[i].at == at)
      return true;
  return false;
}

static int room(const tspc_sched *s, int hemi, int at)
{
  int n = 0, first = hemi == TSP_WEST ? 0 : s->space.cfg->mem_slices;
  for (int x = first; x < first + s->space.cfg->mem_slices; x++)
    n += !taken(s, x, at);
  return n;
}

/* A home of the word in a slice that is free for it; hemi TSPC_NONE: any. */
static int home_in(const tspc_sched *s, const tspc_item *it, int hemi)
{
  const tspc_word *w = &s->p->word[it->word];
  for (int h = 0; h < w->homes; h++)
    if ((hemi < 0 || tspc_slice_hemi(s->space.cfg, w->home[h].slice) == hemi) && !taken(s, w->home[h].slice, it->at))
      return w->home[h].slice;
  return TSPC_NONE;
}

static int words_in(tspc_sched *s, int first, int n, int hemi)
{
  int count = 0;
  for (int i = first; i < first + n; i++) {
    s->item[i].slice = home_in(s, &s->item[i], hemi);
    count += s->item[i].slice >= 0;
  }
  for (int i = first; i < first + n; i++)
    s->item[i].slice = TSPC_NONE;
  return count;
}

/* Leaves words where they are as far as that goes; *hemi is where the rest of a set must be. */
static bool settle(tspc_sched *s, int first, int n, int *hemi)
{
  *hemi = TSPC_NONE;
  if (s->item[first].vxm) {
    int best = -1;
    for (int h = 0; h < 2; h++) {
      int in = room(s, h, s->item[first].at) >= n ? words_in(s, first, n, h) : -1;
      if (in > best) {
        best = in;
        *hemi = h;
      }
    }
    if (best < 0)
      return false;
  }
  for (int i = first; i < first + n; i++)
    s->item[i].slice = home_in(s, &s->item[i], *hemi);
  return true;
}

static int emptiest(const tspc_sched *s, int hemi, int at)
{
  const tsp_config *cfg = s->space.cfg;
  int best = TSPC_NONE;
  uint32_t most = 0;
  for (int x = 0; x < 2 * cfg->mem_slices; x++) {
    const tspc_bank *b = &s->space.bank[2 * x];
    uint32_t left = b[0].end - b[0].next + b[1].end - b[1].next + (uint32_t)b[0].holes + (uint32_t)b[1].holes;
    if ((hemi < 0 || tspc_slice_hemi(cfg, x) == hemi) && !taken(s, x, at) && left > most) {
      best = x;
      most = left;
    }
  }
  return best;
}

/* ---- copies ---- */
static int column_of(const tspc_space *s, int slice)
{
  return tsp_queue_column(s->cfg, s->cfg->q_mem + slice);
}

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
    claimed = tspc_can_write(sp, slice, bank, cycle) && tspc_claim_word(sp, slice, bank, cycle, &to.addr) &&
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

static void copy(tspc_sched *s, int word, int slice)
{
  tspc_space *sp = &s->space;
  tspc_word *w = &s->p->word[word];
  if (w->homes == TSPC_HOMES && !w->initial)
    w->homes--;
  int64_t first = w->homes ? w->home[0].from : 0;
  for (int64_t t = first; w->homes && t < first + COPY_TRIES && tspc_ok(s->p); t++) {
    int mark = tspc_mark(sp);
    if (try_copy(s, word, slice, t)) {
      tspc_commit(sp);
      return;
    }
    tspc_back(sp, mark);
  }
}

/* One more place of a word that is there from the start. */
static void another_home(tspc_sched *s, int word, int slice)
{
  tspc_space *sp = &s->space;
  tspc_home home = {.slice = (uint16_t)slice};
  if (s->p->word[word].homes < TSPC_HOMES && (tspc_claim_word(sp, slice, 0, TSPC_STATIC, &home.addr) ||
                                              tspc_claim_word(sp, slice, 1, TSPC_STATIC, &home.addr)))
    tspc_add_home(sp, word, home);
  tspc_commit(sp);
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

static void arrange(tspc_sched *s)
{
  int hemi[TSPC_ITEMS];
  for (int i = 0; i < s->items; i++)
    s->item[i].slice = TSPC_NONE;
  for (int i = 0, n; i < s->items; i += n) {
    for (n = 1; i + n < s->items && s->item[i + n].set == s->item[i].set;)
      n++;
    if (!settle(s, i, n, &hemi[i]))
      return;
    for (int k = 1; k < n; k++)
      hemi[i + k] = hemi[i];
  }
  for (int i = 0; i < s->items; i++) {
    tspc_item *it = &s->item[i];
    if (it->slice < 0) {
      it->slice = emptiest(s, hemi[i], it->at);
      if (it->slice < 0)
        return;
      if (s->p->word[it->word].initial)
        another_home(s, it->word, it->slice);
      else
        copy(s, it->word, it->slice);
    }
    prefer(&s->p->word[it->word], it->slice);
  }
}

void tspc_relieve(tspc_sched *s, int attempt)
{
  enum { SPREAD = 12, FIRST = 24, AGAIN = 200 };
  s->spread = attempt >= SPREAD;
  if (attempt == FIRST || (attempt > FIRST && attempt % AGAIN == 0))
    arrange(s);
}
