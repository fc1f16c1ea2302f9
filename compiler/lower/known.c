// SPDX-License-Identifier: Apache-2.0
// known.c: what has been made already, in an open hash table of kind and number.
#include "vec.h"
#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t h, uint64_t v)
{
  h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
  return h ^ (h >> 29);
}

static uint64_t hash_ints(uint64_t h, const int *v, int n)
{
  for (int i = 0; i < n; i++)
    h = mix(h, (uint64_t)(uint32_t)v[i]);
  return h;
}

static uint64_t hash_bytes(uint64_t h, const uint8_t *v, int n)
{
  for (int i = 0; i < n; i++)
    h = mix(h, v[i]);
  return h;
}

static int tile_words(const tspc_wtile *t)
{
  return t->outputs * t->elem;
}

static uint64_t hash_of(const tspc_prog *p, int kind, int i)
{
  const tspc_vec *v;
  switch (kind) {
  case TSPC_IN_VEC:
    v = &p->vec[i];
    return v->kind == TSPC_VEC_WORDS
               ? hash_ints(v->bytes, v->word, v->bytes)
               : hash_ints(mix((uint64_t)(v->kind * 8 + v->bytes), v->imm + ((uint64_t)(uint32_t)v->opcode << 32)),
                           v->of, 3);
  case TSPC_IN_POOL: return hash_bytes(1, p->pool + (size_t)i * (size_t)p->cfg->vector, p->cfg->vector);
  case TSPC_IN_MAP: return hash_ints(2, p->map[i].from, p->cfg->vector);
  case TSPC_IN_TILE: return hash_ints((uint64_t)p->tile[i].elem, p->tile[i].word, tile_words(&p->tile[i]));
  case TSPC_IN_LANE: return mix((uint64_t)(uint32_t)p->op[i].a, (uint64_t)(uint32_t)p->op[i].c);
  default:
    return hash_ints(mix((uint64_t)p->group[i].elem, (uint64_t)(uint32_t)p->group[i].node), p->group[i].tile,
                     p->group[i].ktiles);
  }
}

static bool same(const tspc_prog *p, int kind, int a, int b)
{
  size_t vector = (size_t)p->cfg->vector;
  const tspc_vec *v = &p->vec[a], *w = &p->vec[b];
  switch (kind) {
  case TSPC_IN_VEC:
    return v->kind == w->kind && v->bytes == w->bytes && v->opcode == w->opcode && v->imm == w->imm &&
           memcmp(v->of, w->of, sizeof v->of) == 0 &&
           (v->kind != TSPC_VEC_WORDS || memcmp(v->word, w->word, sizeof v->word) == 0);
  case TSPC_IN_POOL: return memcmp(p->pool + (size_t)a * vector, p->pool + (size_t)b * vector, vector) == 0;
  case TSPC_IN_MAP: return memcmp(p->map[a].from, p->map[b].from, vector * sizeof(int)) == 0;
  case TSPC_IN_TILE:
    return p->tile[a].elem == p->tile[b].elem && p->tile[a].outputs == p->tile[b].outputs &&
           memcmp(p->tile[a].word, p->tile[b].word, (size_t)tile_words(&p->tile[a]) * sizeof(int)) == 0;
  case TSPC_IN_LANE: return p->op[a].a == p->op[b].a && p->op[a].c == p->op[b].c;
  default:
    return p->group[a].node == p->group[b].node && p->group[a].elem == p->group[b].elem &&
           p->group[a].ktiles == p->group[b].ktiles &&
           memcmp(p->group[a].tile, p->group[b].tile, (size_t)p->group[a].ktiles * sizeof(int)) == 0;
  }
}

static bool rehash(tspc_prog *p)
{
  int size = p->index_size ? 2 * p->index_size : 4096, *old = p->index, *index = malloc((size_t)size * sizeof *index);
  if (!index)
    return tspc_prog_fail(p, TSP_ENOMEM, "out of memory"), false;
  memset(index, 0xff, (size_t)size * sizeof *index);
  for (int i = 0; i < p->index_size; i++) {
    if (old[i] < 0)
      continue;
    uint64_t h = mix(hash_of(p, old[i] % TSPC_IN_KINDS, old[i] / TSPC_IN_KINDS), (uint64_t)(old[i] % TSPC_IN_KINDS));
    while (index[h % (uint64_t)size] >= 0)
      h++;
    index[h % (uint64_t)size] = old[i];
  }
  free(old);
  p->index = index;
  p->index_size = size;
  return true;
}

/* Where it is in the index, or would be. */
static uint64_t slot_of(const tspc_prog *p, int kind, int i)
{
  uint64_t h = mix(hash_of(p, kind, i), (uint64_t)kind), size = (uint64_t)p->index_size;
  for (; p->index[h % size] >= 0; h++) {
    int at = p->index[h % size];
    if (at % TSPC_IN_KINDS == kind && (at / TSPC_IN_KINDS == i || same(p, kind, at / TSPC_IN_KINDS, i)))
      break;
  }
  return h % size;
}

int tspc_find(const tspc_prog *p, int kind, int i)
{
  int at = p->index_size ? p->index[slot_of(p, kind, i)] : -1;
  return at < 0 ? TSPC_NONE : at / TSPC_IN_KINDS;
}

int tspc_known(tspc_prog *p, int kind, int i)
{
  if (2 * (p->index_used + 1) > p->index_size && !rehash(p))
    return i;
  int *at = &p->index[slot_of(p, kind, i)];
  if (*at < 0) {
    *at = i * TSPC_IN_KINDS + kind;
    p->index_used++;
  }
  return *at / TSPC_IN_KINDS;
}
