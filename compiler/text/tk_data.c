// SPDX-License-Identifier: Apache-2.0
// tk_data.c: contents of constants, states and inputs.
#include "number.h"
#include "tk.h"
#include <math.h>
#include <string.h>

typedef struct {
  int type, rank;
  const uint32_t *shape;
  uint64_t count, size; /* elements; bytes of one */
  uint8_t *to;
} contents;

/* splitmix64, as everywhere in this project: the same seed gives the same contents on every host. */
static uint64_t draw(uint64_t *state)
{
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static double fraction(uint64_t *state)
{
  return (double)(draw(state) >> 11) * 0x1p-53;
}

/* The sum of twelve has variance 1. */
static double normal(uint64_t *state)
{
  double sum = -6;
  for (int i = 0; i < 12; i++)
    sum += fraction(state);
  return sum;
}

static void put(tk_parser *t, const contents *c, uint64_t i, double v, const tk_token *at)
{
  if (!tk_ok(t))
    return;
  if (!tspg_is_float(c->type) && (!tsp_number_fits(c->type, v) || v != floor(v)))
    tk_fail(t, at, "%g is no %s", v, tsp_type_name(c->type));
  else
    tsp_number_store(c->type, v, c->to + i * c->size);
}

static void fill(tk_parser *t, const contents *c, double v, const tk_token *at)
{
  for (uint64_t i = 0; tk_ok(t) && i < c->count; i++)
    put(t, c, i, v, at);
}

/* normal(seed, deviation), uniform(seed, low, high): both ends included for integers. */
static void random_contents(tk_parser *t, const contents *c, bool is_normal, const tk_token *at)
{
  tk_expect(t, '(', "'('");
  uint64_t state = tk_size(t, "the seed", UINT32_MAX);
  tk_expect(t, ',', "','");
  double low = tk_number(t, is_normal ? "the deviation" : "the lowest value"), high = 0;
  if (!is_normal) {
    tk_expect(t, ',', "','");
    high = tk_number(t, "the highest value");
  }
  tk_expect(t, ')', "')'");
  bool whole = !tspg_is_float(c->type);
  if (tk_ok(t) && !is_normal && !(low <= high && high - low < 0x1p52))
    tk_fail(t, at, "no values in %g..%g", low, high);
  for (uint64_t i = 0; tk_ok(t) && i < c->count; i++) {
    double v = is_normal ? normal(&state) * low
               : whole   ? low + (double)(draw(&state) % ((uint64_t)(high - low) + 1))
                         : low + (high - low) * fraction(&state);
    if (is_normal && whole) {
      uint8_t rounded[8];
      tsp_number_store(c->type, v, rounded);
      v = tsp_number_load(c->type, rounded);
    }
    put(t, c, i, v, at);
  }
}

/* rope_cos(base): of angle position * base^(-i / half), the position along the last axis but one. */
static void rope_contents(tk_parser *t, const contents *c, bool cosine, const tk_token *at)
{
  tk_expect(t, '(', "'('");
  double base = tk_number(t, "the base");
  tk_expect(t, ')', "')'");
  uint64_t half = c->shape[c->rank - 1], rows = c->rank > 1 ? c->shape[c->rank - 2] : 1;
  if (tk_ok(t) && !(base > 0))
    tk_fail(t, at, "base %g; a number above 0, for example 10000, would fit", base);
  for (uint64_t i = 0; tk_ok(t) && i < c->count; i++) {
    double angle = (double)(i / half % rows) * pow(base, -(double)(i % half) / (double)half);
    put(t, c, i, cosine ? cos(angle) : sin(angle), at);
  }
}

/* Row-major numbers; brackets inside may show the rows. */
static void list_contents(tk_parser *t, const contents *c)
{
  uint64_t n = 0;
  int depth = 0;
  tk_token at = t->token;
  do {
    at = t->token;
    if (tk_accept(t, '[')) {
      depth++;
      continue;
    }
    double v = tk_number(t, "an element");
    if (n < c->count)
      put(t, c, n, v, &at);
    n++;
    while (depth > 0 && tk_accept(t, ']'))
      depth--;
    if (depth > 0)
      tk_expect(t, ',', "',' or ']'");
  } while (tk_ok(t) && depth > 0);
  if (tk_ok(t) && n != c->count)
    tk_fail(t, &at, "%llu elements in the list; %llu would fit", (unsigned long long)n, (unsigned long long)c->count);
}

typedef struct {
  char path[512];
  int from;
  uint64_t offset;
} source;

/* file("name", from = f32, offset = 28) */
static source file_arguments(tk_parser *t)
{
  source s = {.from = -1};
  tk_expect(t, '(', "'('");
  tk_token name = t->token;
  if (!tk_expect(t, TK_STRING, "the file's name in \"\""))
    return s;
  if (name.length - 2 >= (int)sizeof s.path || name.length < 3)
    tk_fail(t, &name, "a file name of %d characters; 1 to %zu would fit", name.length - 2, sizeof s.path - 1);
  else
    snprintf(s.path, sizeof s.path, "%.*s", name.length - 2, name.start + 1);
  while (tk_accept(t, ',')) {
    tk_token key = t->token;
    tk_expect(t, TK_NAME, "from or offset");
    tk_expect(t, '=', "'='");
    if (tk_is(&key, "offset")) {
      s.offset = tk_size(t, "the offset", UINT32_MAX);
    } else if (tk_is(&key, "from")) {
      s.from = tk_type_of(&t->token);
      tk_expect(t, s.from >= 0 ? TK_NAME : TK_STRING, "a type (i8, i16, i32, f16 or f32)");
    } else {
      tk_fail(t, &key, "a file has 'from' and 'offset' only");
    }
  }
  tk_expect(t, ')', "',' or ')'");
  return s;
}

static void read_contents(tk_parser *t, const contents *c);

/* The file's, or behind 'or' what stands in for it where there is no such file. */
static void file_contents(tk_parser *t, const contents *c, const tk_token *at)
{
  source s = file_arguments(t);
  bool stands_in = tk_accept_word(t, "or");
  if (stands_in)
    read_contents(t, c);
  if (!tk_ok(t))
    return;
  if (!stands_in || tk_file_exists(t, s.path))
    tk_file(t, at, s.path, s.from, s.offset, c->type, c->rank, c->shape, c->to);
  else if (!t->g->missing)
    t->g->missing = tspg_copy(t->g, s.path, strlen(s.path) + 1);
}

static void read_contents(tk_parser *t, const contents *c)
{
  tk_token at = t->token;
  if (++t->nesting > TK_NESTING)
    tk_fail(t, &at, "more than %d stand-ins", TK_NESTING);
  if (tk_accept_word(t, "zeros"))
    memset(c->to, 0, c->count * c->size);
  else if (tk_accept_word(t, "iota"))
    for (uint64_t i = 0; i < c->count && tk_ok(t); i++)
      put(t, c, i, (double)i, &at);
  else if (tk_accept_word(t, "normal"))
    random_contents(t, c, true, &at);
  else if (tk_accept_word(t, "uniform"))
    random_contents(t, c, false, &at);
  else if (tk_accept_word(t, "rope_cos"))
    rope_contents(t, c, true, &at);
  else if (tk_accept_word(t, "rope_sin"))
    rope_contents(t, c, false, &at);
  else if (tk_accept_word(t, "file"))
    file_contents(t, c, &at);
  else if (at.kind == '[')
    list_contents(t, c);
  else
    fill(t, c, tk_number(t, "the contents"), &at);
  t->nesting--;
}

const uint8_t *tk_data(tk_parser *t, int type, int rank, const uint32_t *shape)
{
  contents c = {type, rank, shape, 1, (uint64_t)tsp_type_size(type), NULL};
  for (int i = 0; i < rank; i++)
    c.count *= shape[i];
  c.to = tspg_alloc(t->g, c.count * c.size);
  if (!c.to)
    return NULL;
  read_contents(t, &c);
  return tk_ok(t) ? c.to : NULL;
}
