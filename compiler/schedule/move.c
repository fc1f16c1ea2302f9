// SPDX-License-Identifier: Apache-2.0
// move.c: words on their way from memory to a unit and from a unit to memory.
#include "scheduler.h"
#include <string.h>

enum { WIDEST = 64 }; /* words moved at once, at the most */
enum {
  READS = 8,
  COPIES = 12,
  FEWER = 6
};                  /* reads that pay for a further home; homes that are found without arranging,
                       and if half of memory is full */
enum { ROOM = 64 }; /* words left free by further homes */

static int column_of(const tspc_space *s, int slice)
{
  return s->column[slice];
}

void tspc_read_at(tspc_sched *sc, int slice, uint32_t addr, int64_t cycle, int code, int word)
{
  tspc_space *s = &sc->space;
  tspc_word *w = &sc->p->word[word];
  if (cycle > w->last)
    w->last = cycle;
  tspc_dispatch(s, s->cfg->q_mem + slice, cycle, tspc_ins(s, TSP_OP_READ, "raddr", addr, "rstream", code, NULL, 0),
                word);
}

/* Dispatch of a Read in a slice whose value is at `column` in cycle t; false if the stream does not lead there. */
static bool read_cycle(const tspc_space *s, int slice, int direction, int column, int64_t t, int64_t *cycle)
{
  int hops = tspc_hops(direction, column_of(s, slice), column);
  *cycle = t - hops - s->func[TSP_OP_READ];
  return hops >= 0 && *cycle >= 0;
}

/* ---- places ---- */
static int filled(const tspc_space *s, int slice, int bank)
{
  const tspc_bank *b = &s->bank[2 * slice + bank];
  uint32_t half = (uint32_t)s->cfg->mem_words / 2;
  return (int)((uint64_t)(half - (b->end - b->next) - (uint32_t)b->holes) * 64 / half);
}

/* Slice that words of a stripe prefer: rows of one weight load lie in different slices, half of them in each
 * hemisphere, those of every byte in the same ones: the others are left for what is read beside loads. */
static int striped(const tsp_config *cfg)
{
  int half = (cfg->lw_streams + 1) / 2;
  return half < cfg->mem_slices ? half : cfg->mem_slices;
}

static int stripe_slice(const tsp_config *cfg, int stripe)
{
  int row = stripe % cfg->lw_streams, byte = stripe / cfg->lw_streams, of = striped(cfg), apart = of < 4 ? 1 : of / 4;
  return (row % 2 ? cfg->mem_slices : 0) + (row / 2 + byte * apart) % of;
}

/* What it costs to have a word from the start in a slice that is not for its kind. */
static int off_stripe(const tsp_config *cfg, const tspc_word *w, int slice)
{
  return w->stripe < 0 && w->edge && slice % cfg->mem_slices < striped(cfg) ? 1000 : 0;
}

/* A home for a word that is there from the start: the emptiest slice whose Read is free when it is needed. */
static bool new_home(tspc_sched *s, int word, int direction, int column, int64_t t)
{
  tspc_space *sp = &s->space;
  int best = -1, best_bank = 0, best_cost = 0, slices = 2 * sp->cfg->mem_slices, n = s->p->word[word].homes;
  int most = tspc_short_of_words(s, 2) ? FEWER : COPIES;
  for (int x = 0; x < slices; x++)
    for (int bank = 0; bank < 2; bank++) {
      int64_t cycle;
      uint32_t half = bank ? (uint32_t)sp->cfg->mem_words / 2 : 0;
      bool has = false;
      for (int h = 0; h < n; h++)
        has = has || s->p->word[word].home[h].slice == x;
      if (has || !read_cycle(sp, x, direction, column, t, &cycle) || !tspc_can_read(sp, x, half, cycle) ||
          sp->bank[2 * x + bank].next == sp->bank[2 * x + bank].end ||
          (n > 0 && (n >= most || s->p->thrifty || sp->fresh <= sp->owed + ROOM)))
        continue;
      int cost = 4 * filled(sp, x, bank) + 8 * bank + (x + word) % 4 + off_stripe(sp->cfg, &s->p->word[word], x);
      if (best < 0 || cost < best_cost) {
        best = x;
        best_bank = bank;
        best_cost = cost;
      }
    }
  tspc_home home = {.slice = (uint16_t)(best < 0 ? 0 : best)};
  return best >= 0 && tspc_claim_word(sp, best, best_bank, TSPC_STATIC, word, &home.addr) &&
         tspc_add_home(sp, word, home);
}

/* Takes the Read of a word; sets where and when. */
static bool take_read(tspc_sched *s, int word, int direction, int column, int64_t t, int *home, int64_t *cycle)
{
  tspc_space *sp = &s->space;
  const tspc_word *w = &s->p->word[word];
  for (int pass = 0; pass < 2; pass++) {
    for (int h = 0; h < w->homes; h++)
      if (tspc_arranged(s, word, column, t, w->home[h].slice) &&
          read_cycle(sp, w->home[h].slice, direction, column, t, cycle) && *cycle >= w->home[h].from &&
          tspc_claim_mem(sp, w->home[h].slice, TSPC_READ, w->home[h].addr, *cycle)) {
        *home = h;
        s->read_bank = tspc_bank_of(sp, w->home[h].addr);
        return true;
      }
    bool costly = w->homes && !s->spread && w->demand < READS * w->homes && tspc_short_of_words(s, 2);
    if (!w->initial || costly || !new_home(s, word, direction, column, t))
      break;
  }
  s->blame = word;
  return false;
}

/* As tspc_bring(), of words that do not pass anyway. */
static int bring_anew(tspc_sched *s, const int *word, int n, int align, int direction, int column, int64_t t)
{
  tspc_space *sp = &s->space;
  int mark = tspc_mark(sp), home[WIDEST], from[WIDEST] = {0}, to[WIDEST] = {0};
  int64_t cycle[WIDEST], driven[WIDEST] = {0};
  sp->looks++;
  for (int i = 0; i < n; i++) {
    if (!take_read(s, word[i], direction, column, t, &home[i], &cycle[i])) {
      tspc_back(sp, mark);
      return TSPC_NONE;
    }
    from[i] = column_of(sp, s->p->word[word[i]].home[home[i]].slice);
    to[i] = column;
    driven[i] = cycle[i] + sp->func[TSP_OP_READ];
  }
  int base = tspc_claim_group(sp, direction, n, align, from, driven, to);
  if (base < 0 || !tspc_pass(sp, direction, word, n, column, t, base)) {
    tspc_back(sp, mark);
    return TSPC_NONE;
  }
  for (int i = 0; i < n; i++) {
    const tspc_home *h = &s->p->word[word[i]].home[home[i]];
    tspc_read_at(s, h->slice, h->addr, cycle[i], tspc_code(direction, base + i), word[i]);
  }
  return base;
}

int tspc_bring(tspc_sched *s, const int *word, int n, int align, int direction, int column, int64_t t)
{
  int there = tspc_passing_by(&s->space, direction, word, n, column, t);
  return there >= 0 && there % align == 0 ? there : bring_anew(s, word, n, align, direction, column, t);
}

/* Words never used so far in the slices from which a stream of that direction comes to a column. */
static uint32_t room(const tspc_space *s, int direction, int column)
{
  uint32_t n = 0;
  for (int i = 0; i < 4 * s->cfg->mem_slices; i++)
    if (tspc_hops(direction, column_of(s, i / 2), column) >= 0)
      n += s->bank[i].end - s->bank[i].next;
  return n;
}

int tspc_idler_side(const tspc_space *s)
{
  int n = s->cfg->mem_slices, more[2] = {0, 0};
  for (int x = 0; x < 2 * n; x++)
    more[x < n ? 0 : 1] += s->pending[x];
  return more[1] < more[0] ? TSP_EAST : TSP_WEST;
}

/* Direction from which words come that have no place yet. */
static int first_direction(const tspc_space *s, int column)
{
  uint32_t east = room(s, TSP_EAST, column), west = room(s, TSP_WEST, column);
  if (east / 2 > west || west / 2 > east)
    return east > west ? TSP_EAST : TSP_WEST;
  return tspc_idler_side(s) == TSP_EAST ? TSP_WEST : TSP_EAST;
}

bool tspc_bring_any(tspc_sched *s, const int *word, int n, int align, int column, int64_t t, int *code)
{
  const tspc_word *w = &s->p->word[word[0]];
  for (int direction = 0; direction < 2; direction++) {
    int base = tspc_passing_by(&s->space, direction, word, n, column, t);
    if (base >= 0 && base % align == 0) {
      *code = tspc_code(direction, base);
      return true;
    }
  }
  int first = w->homes ? column_of(&s->space, w->home[0].slice) > column : first_direction(&s->space, column);
  for (int i = 0; i < 2; i++) {
    int direction = i ? !first : first, base = bring_anew(s, word, n, align, direction, column, t);
    if (base >= 0) {
      *code = tspc_code(direction, base);
      return true;
    }
  }
  return false;
}

int64_t tspc_earliest(const tspc_sched *s, int word, int column)
{
  const tspc_word *w = &s->p->word[word];
  const tspc_space *sp = &s->space;
  int64_t best = INT64_MAX;
  for (int h = 0; h < w->homes; h++) {
    int hops = column - column_of(sp, w->home[h].slice);
    int64_t t = w->home[h].from + sp->func[TSP_OP_READ] + (hops < 0 ? -hops : hops);
    best = t < best ? t : best;
  }
  return w->homes && (!w->initial || tspc_short_of_words(s, 2)) ? best : sp->func[TSP_OP_READ] + 1;
}

/* ---- storing ---- */
static int distance(int a, int b)
{
  return a < b ? b - a : a - b;
}

/* Hemisphere in which the other words of a vec lie that the VXM reads as a whole; TSPC_NONE: none is placed. */
static int hemisphere(const tspc_sched *s, int vec)
{
  const tspc_prog *p = s->p;
  for (int b = 0; vec >= 0 && p->vec[vec].leaf && b < p->vec[vec].bytes; b++) {
    int w = p->vec[vec].word[b];
    if (w >= 0 && p->word[w].homes)
      return tspc_slice_hemi(s->space.cfg, p->word[w].home[0].slice);
  }
  return TSPC_NONE;
}

enum { AVOID_IF_CHEAP = 1, AVOID = 2 };

static void avoid_word(const tspc_sched *s, int word)
{
  const tspc_word *w = &s->p->word[word];
  for (int h = 0; h < w->homes; h++) { /* words that are there from the start find another place more easily */
    uint8_t *a = &s->avoid[w->home[h].slice], how = w->initial || w->homes > 1 ? AVOID_IF_CHEAP : AVOID;
    *a = *a > how ? *a : how;
  }
}

static void avoid_words(const tspc_sched *s, const tspc_vec *v)
{
  for (int b = 0; b < v->bytes; b++)
    if (v->word[b] >= 0)
      avoid_word(s, v->word[b]);
}

/* Marks slices of words that are read together with the words of a vec, and counts those that such vecs take or will
 * take in each hemisphere. */
static void find_partners(tspc_sched *s, int vec)
{
  const tspc_prog *p = s->p;
  memset(s->avoid, 0, 2 * (size_t)s->space.cfg->mem_slices);
  s->taken[0] = s->taken[1] = 0;
  if (vec < 0)
    return;
  avoid_words(s, &p->vec[vec]);
  for (int k = 0; k < TSPC_PARTNERS && p->vec[vec].tree[k] >= 0; k++) {
    const tspc_tree *t = &p->tree[p->vec[vec].tree[k]];
    for (int i = 0; i < t->leaves; i++)
      if (!t->leaf[i].live && t->leaf[i].vec != vec && t->leaf[i].same < 0) {
        int hemi = hemisphere(s, t->leaf[i].vec);
        avoid_words(s, &p->vec[t->leaf[i].vec]);
        if (hemi >= 0)
          s->taken[hemi] += p->vec[t->leaf[i].vec].bytes;
      }
  }
}

enum { MOSTLY = 40 }; /* of 64: from there on others are worth a longer way */

/* What it costs to leave a word in a slice, in cycles of its way from the unit to its readers and in conflicts. */
static int cost(const tspc_sched *s, const tspc_word *w, int slice, int column)
{
  const tsp_config *cfg = s->space.cfg;
  int at = column_of(&s->space, slice), far = distance(column, at), on = 0;
  if (w->vec >= 0 && s->p->vec[w->vec].leaf)
    on = distance(at, cfg->vxm_column);
  if (w->edge) {
    int edge = at < cfg->columns - 1 - at ? at : cfg->columns - 1 - at;
    on = edge > on ? edge : on;
  }
  int full = filled(&s->space, slice, 0) < filled(&s->space, slice, 1) ? filled(&s->space, slice, 0)
                                                                       : filled(&s->space, slice, 1);
  int c = 4 * (far + on) + full / 2 + (full > MOSTLY ? 8 * (full - MOSTLY) : 0);
  if (w->stripe >= 0 && slice != stripe_slice(cfg, w->stripe))
    c += 200;
  c += s->space.pending[slice] + off_stripe(cfg, w, slice) / 10;
  return c + (s->avoid[slice] == AVOID ? 400 : s->avoid[slice] ? 256 : 0);
}

/* The cheapest place of a word downstream; claims its Write. */
static bool take_write(tspc_sched *s, int word, int direction, int column, int64_t t, int hemi, tspc_home *home)
{
  tspc_space *sp = &s->space;
  const tspc_word *w = &s->p->word[word];
  int best = -1, best_cost = 0, best_bank = 0, crowded[2] = {0, 0};
  for (int h = 0; hemi < 0 && w->vec >= 0 && s->p->vec[w->vec].leaf && h < 2; h++)
    crowded[h] = s->taken[h] + s->p->vec[w->vec].bytes > sp->cfg->mem_slices ? 800 : 0; /* its other bytes come too */
  for (int x = 0; x < 2 * sp->cfg->mem_slices; x++) {
    int hops = tspc_hops(direction, column, column_of(sp, x));
    if (hops < 0 || (hemi >= 0 && hemi != tspc_slice_hemi(sp->cfg, x)))
      continue;
    if (w->stripe >= 0 && !s->spread && x != stripe_slice(sp->cfg, w->stripe))
      continue; /* a cycle later its own slice may be free */
    for (int bank = 0; bank < 2; bank++) {
      const tspc_bank *b = &sp->bank[2 * x + bank];
      if (w->stripe >= 0 && !s->spread && bank != s->weight_bank)
        continue;
      if (!tspc_can_write(sp, x, bank, t + hops) || (b->next == b->end && !b->holes))
        continue;
      int c = cost(s, w, x, column) + (w->stripe < 0 ? 12 * (bank == s->read_bank) : 12 * (bank != s->weight_bank)) +
              crowded[tspc_slice_hemi(sp->cfg, x)];
      if (best < 0 || c < best_cost) {
        best = x;
        best_cost = c;
        best_bank = bank;
      }
    }
  }
  if (best < 0)
    return false;
  int64_t cycle = t + tspc_hops(direction, column, column_of(sp, best));
  *home = (tspc_home){.slice = (uint16_t)best, .from = cycle + sp->func[TSP_OP_WRITE]};
  if (!tspc_claim_word(sp, best, best_bank, cycle, word, &home->addr) ||
      !tspc_claim_mem(sp, best, TSPC_WRITE, home->addr, cycle))
    return false;
  s->avoid[best] = AVOID;
  return true;
}

/* Words that are read often are written into several slices that their stream passes. */
static void tap(tspc_sched *s, int word, int direction, int column, int64_t t, int base, int *to)
{
  enum { MOST = 2 };
  tspc_space *sp = &s->space;
  for (int more = s->p->thrifty ? 0 : s->p->word[word].demand / READS; more > 0 && s->p->word[word].homes < MOST;
       more--) {
    tspc_home home;
    int mark = tspc_mark(sp), hemi = tspc_slice_hemi(sp->cfg, s->p->word[word].home[0].slice);
    if (s->p->word[word].stripe >= 0 || !take_write(s, word, direction, column, t, hemi, &home))
      return;
    int end = column_of(sp, home.slice);
    if (tspc_hops(direction, *to, end) > 0 &&
        !tspc_claim_stream(sp, direction, base, *to + (direction == TSP_EAST ? 1 : -1), end,
                           t + tspc_hops(direction, column, *to) + 1)) {
      tspc_back(sp, mark);
      return;
    }
    if (tspc_hops(direction, *to, end) > 0)
      *to = end;
    if (!tspc_add_home(sp, word, home)) {
      tspc_back(sp, mark);
      return;
    }
    tspc_dispatch(sp, sp->cfg->q_mem + home.slice, home.from - sp->func[TSP_OP_WRITE],
                  tspc_ins(sp, TSP_OP_WRITE, "waddr", home.addr, "wstream", tspc_code(direction, base), NULL, 0), word);
  }
}

int tspc_keep(tspc_sched *s, const int *word, int n, int drives, int align, int direction, int column, int64_t t)
{
  tspc_space *sp = &s->space;
  tspc_home home[WIDEST];
  int mark = tspc_mark(sp), from[WIDEST], to[WIDEST], vec = s->p->word[word[0]].vec, hemi = hemisphere(s, vec);
  int64_t driven[WIDEST];
  find_partners(s, vec);
  for (int i = 0; i < drives; i++) {
    from[i] = to[i] = column;
    driven[i] = t;
    if (i >= n)
      continue;
    if (!take_write(s, word[i], direction, column, t, hemi, &home[i])) {
      tspc_back(sp, mark);
      return TSPC_NONE;
    }
    to[i] = column_of(sp, home[i].slice);
    if (hemi < 0 && vec >= 0 && s->p->vec[vec].leaf)
      hemi = tspc_slice_hemi(sp->cfg, home[i].slice);
  }
  int base = tspc_claim_group(sp, direction, drives, align, from, driven, to);
  if (base < 0) {
    tspc_back(sp, mark);
    return TSPC_NONE;
  }
  for (int i = 0; i < n; i++) {
    int64_t cycle = home[i].from - sp->func[TSP_OP_WRITE];
    if (!tspc_add_home(sp, word[i], home[i])) {
      tspc_back(sp, mark);
      return TSPC_NONE;
    }
    tspc_dispatch(sp, sp->cfg->q_mem + home[i].slice, cycle,
                  tspc_ins(sp, TSP_OP_WRITE, "waddr", home[i].addr, "wstream", tspc_code(direction, base + i), NULL, 0),
                  word[i]);
  }
  for (int i = 0; i < n; i++)
    tap(s, word[i], direction, column, t, base + i, &to[i]);
  return base;
}

void tspc_read_done(tspc_sched *s, int word)
{
  tspc_word *w = &s->p->word[word];
  if (--w->uses > 0)
    return;
  for (int h = 0; h < w->homes; h++)
    s->space.pending[w->home[h].slice] -= w->home[h].share;
  for (int h = 0; h < w->homes && !w->state; h++) {
    int64_t from = w->last + 1 > w->home[h].from ? w->last + 1 : w->home[h].from;
    if (!w->keep || !tspc_listed(w, h)) /* copies of what stays */
      tspc_free_word(&s->space, w->home[h].slice, w->home[h].addr, from);
  }
}
