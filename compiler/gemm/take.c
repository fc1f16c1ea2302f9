// SPDX-License-Identifier: Apache-2.0
// take.c: the search for the earliest start of a pattern in the resource table.
#include "table.h"
#include <stdlib.h>
#include <string.h>

/* The last taken cycle in [at, at + n), or -1. */
static int64_t last_taken(const tspc_bits *b, int64_t at, uint32_t n)
{
  int64_t end = at + n;
  if (end > (int64_t)b->words * 64)
    end = (int64_t)b->words * 64;
  while (end > at) {
    int64_t i = (end - 1) / 64;
    uint64_t w = b->word[i];
    if (end % 64)
      w &= (UINT64_C(1) << (end % 64)) - 1;
    if (at > i * 64)
      w &= ~UINT64_C(0) << (at - i * 64);
    if (w)
      return i * 64 + 63 - __builtin_clzll(w);
    end = i * 64;
  }
  return -1;
}

/* Sets or clears n cycles. */
static tsp_status mark(tspc_bits *b, int64_t at, uint32_t n, bool set)
{
  size_t need = (size_t)(at + n + 63) / 64;
  if (need > b->words) {
    size_t words = need + need / 2 + 4;
    uint64_t *w = realloc(b->word, words * sizeof *w);
    if (!w)
      return TSP_ENOMEM;
    memset(w + b->words, 0, (words - b->words) * sizeof *w);
    b->word = w;
    b->words = words;
  }
  for (int64_t t = at; t < at + n;) {
    int64_t left = at + n - t, span = 64 - t % 64 < left ? 64 - t % 64 : left;
    uint64_t mask = (span == 64 ? ~UINT64_C(0) : (UINT64_C(1) << span) - 1) << (t % 64);
    b->word[t / 64] = set ? b->word[t / 64] | mask : b->word[t / 64] & ~mask;
    t += span;
  }
  return TSP_OK;
}

static int option_end(const tspc_pattern *p, int option)
{
  return option + 1 < p->options ? p->option[option + 1] : p->claims;
}

static int choice_end(const tspc_pattern *p, int choice)
{
  return choice + 1 < p->choices ? p->choice[choice + 1] : p->options;
}

/* The first start at or after `start` at which the option's claims are free. */
static int64_t option_next(const tspc_table *t, const tspc_pattern *p, int option, int64_t start)
{
  int end = option_end(p, option), first = p->option[option];
  for (int i = first, quiet = 0; quiet < end - first; i = i + 1 < end ? i + 1 : first, quiet++) {
    const tspc_claim *c = &p->claim[i];
    if (start + c->offset < 0) {
      start = -c->offset;
      quiet = 0;
    }
    int64_t last = last_taken(&t->bits[c->res], start + c->offset, c->n);
    if (last >= 0) {
      start = last + 1 - c->offset;
      quiet = -1;
    }
  }
  return start;
}

/* The first option of the choice that is free soonest, and when. */
static int64_t choice_next(const tspc_table *t, const tspc_pattern *p, int choice, int64_t start, int *pick)
{
  int64_t best = INT64_MAX;
  for (int o = p->choice[choice]; o < choice_end(p, choice) && best > start; o++) {
    int64_t s = option_next(t, p, o, start);
    if (s < best) {
      best = s;
      *pick = o - p->choice[choice];
    }
  }
  return best;
}

static tsp_status option_mark(tspc_table *t, const tspc_pattern *p, int choice, int64_t start, bool set)
{
  int option = p->choice[choice] + p->pick[choice];
  for (int i = p->option[option]; i < option_end(p, option); i++) {
    const tspc_claim *c = &p->claim[i];
    if (c->mark && mark(&t->bits[c->res], start + c->offset, c->n, set) != TSP_OK)
      return TSP_ENOMEM;
  }
  return TSP_OK;
}

/* Marks one free option of every choice at `start`, each seeing those before it. On failure nothing stays marked and
 * *start is the next start worth trying. */
static tsp_status try_start(tspc_table *t, tspc_pattern *p, int64_t *start)
{
  for (int c = 0; c < p->choices; c++) {
    int64_t next = choice_next(t, p, c, *start, &p->pick[c]);
    if (next == *start) {
      if (option_mark(t, p, c, *start, true) != TSP_OK)
        return TSP_ENOMEM;
      continue;
    }
    for (int undo = 0; undo < c; undo++)
      option_mark(t, p, undo, *start, false);
    *start += 1;
    return TSP_ERANGE;
  }
  return TSP_OK;
}

/* The first start at which every choice by itself has a free option. */
static int64_t next_start(const tspc_table *t, const tspc_pattern *p, int64_t start)
{
  for (int c = 0, quiet = 0; quiet < p->choices; c = (c + 1) % p->choices, quiet++) {
    int pick;
    int64_t s = choice_next(t, p, c, start, &pick);
    if (s != start)
      quiet = -1;
    start = s;
  }
  return start;
}

/* A start at which the whole table is free. */
static int64_t free_start(const tspc_table *t, const tspc_pattern *p, int64_t from)
{
  int64_t start = from > t->end ? from : t->end;
  for (int i = 0; i < p->claims; i++)
    if (start + p->claim[i].offset < t->end)
      start = t->end - p->claim[i].offset;
  return start;
}

static void extend(tspc_table *t, const tspc_pattern *p, int64_t start)
{
  for (int i = 0; i < p->claims; i++) {
    int64_t end = start + p->claim[i].offset + p->claim[i].n;
    t->end = end > t->end ? end : t->end;
  }
}

static void unmark(tspc_table *t, const tspc_pattern *p, int64_t start)
{
  for (int c = 0; c < p->choices; c++)
    option_mark(t, p, c, start, false);
}

tsp_status tspc_take(tspc_table *t, tspc_pattern *p, int64_t from, int64_t *start)
{
  if (p->failed)
    return TSP_ENOMEM;
  int64_t far = free_start(t, p, from), s = far;
  tsp_status status = try_start(t, p, &s);
  if (status != TSP_OK)
    return status; /* not even in an empty table */
  unmark(t, p, far);
  for (s = next_start(t, p, from); s < far; s = next_start(t, p, s)) {
    status = try_start(t, p, &s);
    if (status != TSP_ERANGE)
      break;
  }
  if (s >= far) {
    s = far;
    status = try_start(t, p, &s);
  }
  if (status == TSP_OK)
    extend(t, p, s);
  *start = s;
  return status;
}
