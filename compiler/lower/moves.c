// SPDX-License-Identifier: Apache-2.0
// moves.c: moves between lanes. Those that are asked for together are made together: what comes to different lanes of
// one vec from the same vec is one move.
#include "lower.h"
#include <stdlib.h>
#include <string.h>

int tspc_moved(tspc_lower *l, int vec, const int *from)
{
  tspc_prog *p = l->p;
  int vector = p->cfg->vector;
  if (vec < 0)
    return vec;
  int bytes = p->vec[vec].bytes, lo = vector, hi = 0, made = TSPC_NONE;
  uint8_t *old = calloc(4, (size_t)(unsigned)vector), *new = calloc(4, (size_t)(unsigned)vector);
  bool constant = old && new &&tspc_contents(p, vec, old);
  for (int i = 0; constant && i < vector; i++)
    if (from[i] >= 0) {
      memcpy(new + i *bytes, old + from[i] * bytes, (size_t)bytes);
      lo = i < lo ? i : lo;
      hi = i + 1;
    }
  if (!old || !new)
    tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
  else
    made = constant ? tspc_vec_pool(p, bytes, new, lo < hi ? lo : 0, hi) : tspc_lane(p, vec, from);
  free(old);
  free(new);
  return made;
}

int *tspc_new_map(tspc_lower *l)
{
  int *from = malloc((size_t)l->p->cfg->vector * sizeof *from);
  if (!from)
    tspc_prog_fail(l->p, TSP_ENOMEM, "out of memory");
  else
    memset(from, 0xff, (size_t)l->p->cfg->vector * sizeof *from);
  return from;
}

int tspc_splat(tspc_lower *l, const tspc_tensor *t, int row)
{
  int vec = *tspc_at(t, row, 0);
  if (t->splat || vec < 0)
    return vec;
  int *from = tspc_new_map(l);
  int lanes = l->p->cfg->lanes;
  for (int i = 0; from && i < l->p->cfg->vector; i++)
    from[i] = t->repeated ? i / lanes * lanes + t->lane[row] % lanes : t->lane[row];
  if (from)
    vec = tspc_moved(l, vec, from);
  free(from);
  return vec;
}

int tspc_aligned(tspc_lower *l, const tspc_tensor *t, int row, int tile, int lane)
{
  int vec = *tspc_at(t, row, tile);
  if (vec < 0 || t->splat || t->lane[row] == lane)
    return vec;
  int *from = tspc_new_map(l);
  for (int i = 0; from && i < tspc_tile_width(l->p, t, tile); i++)
    from[lane + i] = t->lane[row] + i;
  if (from)
    vec = tspc_moved(l, vec, from);
  free(from);
  return vec;
}

/* ---- moves that are asked for together ---- */
typedef struct {
  int vec, to, n; /* lanes to..to+n-1 of the result */
  int map;        /* or TSPC_NONE: nothing moves */
} request;

typedef struct {
  int vec, next; /* the next one that hashes alike */
  int requests;  /* different ones */
  int made;
  bool constant; /* costs nothing, and nothing is merged with it */
  int *from;
} map;

struct tspc_moves {
  tspc_lower *l;
  request *request;
  map *map;
  int requests, request_cap, maps, map_cap;
  int *head, heads; /* maps by vec */
  bool settled;
};

tspc_moves *tspc_moves_new(tspc_lower *l, int expected)
{
  tspc_moves *m = calloc(1, sizeof *m);
  if (m)
    *m = (tspc_moves){.l = l, .head = malloc(((size_t)expected + 1) * sizeof(int)), .heads = expected + 1};
  if (!m || !m->head)
    tspc_prog_fail(l->p, TSP_ENOMEM, "out of memory");
  else
    memset(m->head, 0xff, (size_t)m->heads * sizeof(int));
  return m;
}

void tspc_moves_free(tspc_moves *m)
{
  for (int i = 0; m && i < m->maps; i++)
    free(m->map[i].from);
  if (m) {
    free(m->request);
    free(m->map);
    free(m->head);
  }
  free(m);
}

/* Whether what a request brings to its lanes agrees with a map; from NULL: nothing moves. */
static bool agrees(const map *g, int to, int n, const int *from)
{
  for (int i = 0; i < n; i++)
    if (g->from[to + i] >= 0 && g->from[to + i] != (from ? from[i] : to + i))
      return false;
  return true;
}

static void enter(map *g, int to, int n, const int *from)
{
  int fresh = 0;
  for (int i = 0; i < n; i++) {
    fresh += g->from[to + i] < 0;
    g->from[to + i] = from ? from[i] : to + i;
  }
  g->requests += fresh > 0;
}

static int map_new(tspc_moves *m, int vec)
{
  if (!tspc_grow(m->l->p, &m->map, &m->map_cap, m->maps + 1, sizeof *m->map))
    return TSPC_NONE;
  map *g = &m->map[m->maps];
  *g = (map){.vec = vec, .made = TSPC_NONE, .next = TSPC_NONE, .constant = tspc_constant(m->l->p, vec)};
  g->from = tspc_new_map(m->l);
  if (!g->from)
    return TSPC_NONE;
  if (!g->constant) {
    g->next = m->head[vec % m->heads];
    m->head[vec % m->heads] = m->maps;
  }
  return m->maps++;
}

/* The map of a vec with which a request agrees, of at least so many others; or TSPC_NONE. */
static int agreeing(const tspc_moves *m, const request *r, const int *from, int others)
{
  int i = m->head[r->vec % m->heads];
  while (i >= 0 && (m->map[i].vec != r->vec || m->map[i].requests < others || !agrees(&m->map[i], r->to, r->n, from)))
    i = m->map[i].next;
  return i;
}

int tspc_move_ask(tspc_moves *m, int vec, int to, int n, const int *from)
{
  if (!m || !tspc_ok(m->l->p) || !tspc_grow(m->l->p, &m->request, &m->request_cap, m->requests + 1, sizeof(request)))
    return TSPC_NONE;
  request *r = &m->request[m->requests];
  *r = (request){vec, to, n, TSPC_NONE};
  if (from && vec >= 0) {
    r->map = agreeing(m, r, from, 1);
    if (r->map < 0)
      r->map = map_new(m, vec);
    if (r->map < 0)
      return TSPC_NONE;
    enter(&m->map[r->map], to, n, from);
  }
  return m->requests++;
}

int tspc_move_row(tspc_moves *m, const tspc_tensor *t, int row, int tile, int lane)
{
  int vec = *tspc_at(t, row, tile), n = tspc_tile_width(m->l->p, t, tile);
  if (vec < 0 || t->splat)
    return tspc_move_ask(m, vec, lane, 0, NULL);
  if (t->lane[row] == lane)
    return tspc_move_ask(m, vec, lane, n, NULL);
  int *from = tspc_new_map(m->l), asked = TSPC_NONE;
  for (int i = 0; from && i < n; i++)
    from[i] = t->lane[row] + i;
  if (from)
    asked = tspc_move_ask(m, vec, lane, n, from);
  free(from);
  return asked;
}

/* What stays where it is goes along with a move of several others, so that all find their row in the same vec. */
static void settle(tspc_moves *m)
{
  for (int i = 0; !m->settled && i < m->requests; i++) {
    request *r = &m->request[i];
    if (r->vec < 0 || r->map >= 0 || r->n == 0)
      continue;
    r->map = agreeing(m, r, NULL, 2);
    if (r->map >= 0)
      enter(&m->map[r->map], r->to, r->n, NULL);
  }
  m->settled = true;
}

bool tspc_move_shared(const tspc_moves *m, int asked)
{
  int map = m->request[asked].map;
  return map >= 0 && m->map[map].requests > 1;
}

int tspc_move_made(tspc_moves *m, int asked)
{
  if (!m || !tspc_ok(m->l->p) || asked < 0)
    return TSPC_NONE;
  settle(m);
  const request *r = &m->request[asked];
  if (r->map < 0)
    return r->vec;
  map *g = &m->map[r->map];
  if (g->made < 0)
    g->made = tspc_moved(m->l, g->vec, g->from);
  return g->made;
}

int64_t tspc_moves_words(const tspc_moves *m)
{
  int64_t words = 0;
  for (int i = 0; m && i < m->maps; i++)
    words += m->map[i].constant ? 0 : m->l->p->vec[m->map[i].vec].bytes;
  return words;
}
