// SPDX-License-Identifier: Apache-2.0
// passing.c: words that pass a column in a cycle already. A stream register is read by as many units as like: a maximum
// that is taken from many rows, an activation of two planes, is read from memory once for all that need it at once.
#include "space.h"
#include <stdlib.h>
#include <string.h>

static int hash(const tspc_space *s, const tspc_passing *p)
{
  uint64_t h = (uint64_t)(uint32_t)p->word[0] * 0x9e3779b97f4a7c15u;
  h = (h ^ (uint64_t)p->t) * 0x9e3779b97f4a7c15u;
  h = (h ^ (uint64_t)(2 * p->column + p->direction)) * 0x9e3779b97f4a7c15u;
  return (int)(h >> 32 & (uint64_t)(s->passing_size - 1));
}

static void enter(tspc_space *s, int i)
{
  int *first = &s->passing_hash[hash(s, &s->passing[i])];
  s->passing[i].next = *first;
  *first = i;
}

static bool grow(tspc_space *s)
{
  int size = s->passing_size ? 2 * s->passing_size : 4096;
  int *table = malloc((size_t)size * sizeof *table);
  if (!table)
    return tspc_prog_fail(s->p, TSP_ENOMEM, "out of memory"), false;
  memset(table, 0xff, (size_t)size * sizeof *table);
  free(s->passing_hash);
  s->passing_hash = table;
  s->passing_size = size;
  for (int i = 0; i < s->passings; i++)
    enter(s, i);
  return true;
}

static tspc_passing entry(int direction, const int *word, int n, int column, int64_t t)
{
  tspc_passing p = {.n = n, .direction = direction, .column = column, .t = t};
  memcpy(p.word, word, (size_t)n * sizeof *word);
  return p;
}

int tspc_passing_by(const tspc_space *s, int direction, const int *word, int n, int column, int64_t t)
{
  if (n > TSPC_SHARED || !s->p->word[word[0]].passes)
    return TSPC_NONE;
  tspc_passing want = entry(direction, word, n, column, t);
  for (int i = s->passing_hash[hash(s, &want)]; i >= 0; i = s->passing[i].next) {
    const tspc_passing *p = &s->passing[i];
    if (p->n == n && p->direction == direction && p->column == column && p->t == t &&
        memcmp(p->word, want.word, sizeof p->word) == 0)
      return p->base;
  }
  return TSPC_NONE;
}

bool tspc_passes(tspc_space *s, int direction, const int *word, int n, int column, int64_t t, int base)
{
  if (n > TSPC_SHARED)
    return true;
  if (!tspc_grow(s->p, &s->passing, &s->passing_cap, s->passings + 1, sizeof *s->passing) ||
      (2 * s->passings >= s->passing_size && !grow(s)))
    return false;
  s->passing[s->passings] = entry(direction, word, n, column, t);
  s->passing[s->passings].base = base;
  enter(s, s->passings++);
  s->p->word[word[0]].passes++;
  return true;
}

void tspc_passed(tspc_space *s)
{
  const tspc_passing *last = &s->passing[--s->passings];
  s->passing_hash[hash(s, last)] = last->next;
  s->p->word[last->word[0]].passes--;
}
