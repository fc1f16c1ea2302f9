// SPDX-License-Identifier: Apache-2.0
// vec.c: makes words and vecs. What has been made before is found again (known.c): a graph whose rows share a vector
// costs one operation.
#include "vec.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

tsp_status tspc_prog_fail(tspc_prog *p, tsp_status s, const char *format, ...)
{
  if (p->status != TSP_OK)
    return p->status;
  p->status = s;
  if (p->err) {
    va_list ap;
    va_start(ap, format);
    vsnprintf(p->err->text, sizeof p->err->text, format, ap);
    va_end(ap);
  }
  return s;
}

static const char *describe(const tsp_node *n, char *buf, size_t size)
{
  int at = snprintf(buf, size, "%s%s%s %s[", n->name && n->name[0] ? n->name : "", n->name && n->name[0] ? " = " : "",
                    tsp_graph_op_name(n->op), tsp_type_name(n->type));
  for (int i = 0; i < n->rank && at > 0 && (size_t)at < size; i++)
    at += snprintf(buf + at, size - (size_t)at, "%s%u", i ? ", " : "", n->shape[i]);
  if (at > 0 && (size_t)at < size)
    snprintf(buf + at, size - (size_t)at, "]");
  return buf;
}

void tspc_explain(tspc_prog *p, int node)
{
  char what[160], where[40] = "", why[sizeof p->err->text];
  const tsp_node *n = tsp_graph_node(p->graph, node);
  if (!p->err || !n)
    return;
  if (n->line)
    snprintf(where, sizeof where, "%u:%u: ", n->line, n->column);
  snprintf(why, sizeof why, "%s", p->err->text);
  tsp_fail(p->err, p->status, "%s%s: %s", where, describe(n, what, sizeof what), why);
}

bool tspc_grow(tspc_prog *p, void *array, int *cap, int need, size_t size)
{
  if (need <= *cap)
    return true;
  int to = *cap ? 2 * *cap : 64;
  while (to < need)
    to *= 2;
  void *grown = realloc(*(void **)array, (size_t)to * size);
  if (!grown) {
    tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
    return false;
  }
  *(void **)array = grown;
  *cap = to;
  return true;
}

void tspc_prog_free(tspc_prog *p)
{
  for (int i = 0; i < p->tiles; i++)
    free(p->tile[i].word);
  for (int i = 0; i < p->groups; i++) {
    for (int r = 0; r < p->group[i].rows; r++)
      free(p->group[i].row[r].act);
    free(p->group[i].row);
    free(p->group[i].tile);
  }
  for (int i = 0; i < p->ops; i++) {
    free(p->op[i].read);
    free(p->op[i].made);
    free(p->op[i].old);
  }
  for (int i = 0; i < p->maps; i++)
    free(p->map[i].from);
  for (int i = 0; i < p->arrays; i++) {
    free(p->array[i].slice);
    free(p->array[i].level);
    free(p->array[i].word);
  }
  free(p->word);
  free(p->vec);
  free(p->tile);
  free(p->group);
  free(p->op);
  free(p->map);
  free(p->array);
  free(p->pool);
  free(p->pool_word);
  free(p->tree);
  free(p->index);
  free(p->fixed);
  free(p->placed);
}

/* ---- words and vecs ---- */
int tspc_word_new(tspc_prog *p)
{
  if (!tspc_ok(p) || !tspc_grow(p, &p->word, &p->word_cap, p->words + 1, sizeof *p->word))
    return TSPC_NONE;
  p->word[p->words] =
      (tspc_word){.last = -1, .stripe = TSPC_NONE, .vec = TSPC_NONE, .pool = TSPC_NONE, .tensor = TSPC_NONE};
  return p->words++;
}

enum { POOL_COPIES = 4 }; /* bytes of a vec */

/* Copy number k of a row of the pool, for vecs in which several bytes are equal: all are read at once. */
static int pool_word(tspc_prog *p, const uint8_t *bytes, int k)
{
  size_t vector = (size_t)p->cfg->vector;
  if (!tspc_ok(p) || !tspc_grow(p, &p->pool, &p->pool_cap, p->pools + 1, vector) ||
      !tspc_grow(p, &p->pool_word, &p->pool_word_cap, p->pools + 1, POOL_COPIES * sizeof(int)))
    return TSPC_NONE;
  memcpy(p->pool + (size_t)p->pools * vector, bytes, vector);
  int row = tspc_known(p, TSPC_IN_POOL, p->pools);
  int *copy = p->pool_word + POOL_COPIES * row;
  if (row == p->pools) {
    p->pools++;
    memset(copy, 0xff, POOL_COPIES * sizeof *copy);
  }
  if (copy[k] < 0)
    copy[k] = tspc_static(p, row);
  return copy[k];
}

int tspc_pool_word(tspc_prog *p, const uint8_t *bytes)
{
  return pool_word(p, bytes, 0);
}

int tspc_static(tspc_prog *p, int row)
{
  int w = tspc_word_new(p);
  if (w >= 0) {
    p->word[w].pool = row;
    p->word[w].keep = p->word[w].initial = true;
  }
  return w;
}

int tspc_vec_add(tspc_prog *p, tspc_vec v)
{
  if (!tspc_ok(p) || !tspc_grow(p, &p->vec, &p->vec_cap, p->vecs + 1, sizeof *p->vec))
    return TSPC_NONE;
  v.group = v.row = TSPC_NONE;
  v.node = p->node;
  for (int i = 0; i < TSPC_PARTNERS; i++)
    v.tree[i] = TSPC_NONE;
  p->vec[p->vecs] = v;
  return p->vecs++;
}

int tspc_vec_words(tspc_prog *p, int bytes, const int *word, int lo, int hi)
{
  tspc_vec v = {.kind = TSPC_VEC_WORDS,
                .bytes = (uint8_t)bytes,
                .in = {TSPC_NONE, TSPC_NONE, TSPC_NONE},
                .word = {TSPC_NONE, TSPC_NONE, TSPC_NONE, TSPC_NONE},
                .lo = lo,
                .hi = hi,
                .after = TSPC_NONE,
                .stored = true};
  for (int i = 0; i < bytes; i++) {
    if (word[i] < 0)
      return TSPC_NONE;
    v.word[i] = word[i];
    int maker = p->word[word[i]].vec; /* what its maker depends on */
    if (maker >= 0 && p->vec[maker].after > v.after)
      v.after = p->vec[maker].after;
  }
  int made = tspc_vec_add(p, v);
  for (int i = 0; made >= 0 && i < bytes; i++)
    p->word[v.word[i]].vec = made; /* `word` may be a vec's, and those have moved */
  return made;
}

int tspc_vec_imm(tspc_prog *p, int bytes, uint32_t value)
{
  tspc_vec v = {.kind = TSPC_VEC_IMM,
                .bytes = (uint8_t)bytes,
                .in = {TSPC_NONE, TSPC_NONE, TSPC_NONE},
                .imm = value,
                .word = {TSPC_NONE, TSPC_NONE, TSPC_NONE, TSPC_NONE},
                .lo = 0,
                .hi = value ? p->cfg->vector : 0,
                .after = TSPC_NONE};
  int i = tspc_vec_add(p, v);
  if (i < 0)
    return i;
  int first = tspc_known(p, TSPC_IN_VEC, i);
  p->vecs -= first != i;
  return first;
}

int tspc_vec_pool(tspc_prog *p, int bytes, const uint8_t *contents, int lo, int hi)
{
  int word[4], vector = p->cfg->vector;
  uint8_t *one = malloc((size_t)vector);
  if (!one)
    return tspc_prog_fail(p, TSP_ENOMEM, "out of memory"), TSPC_NONE;
  for (int b = 0; b < bytes; b++) {
    for (int l = 0; l < vector; l++)
      one[l] = contents[l * bytes + b];
    int equal = 0;
    word[b] = pool_word(p, one, 0);
    for (int i = 0; word[b] >= 0 && i < b; i++)
      equal += p->word[word[i]].pool == p->word[word[b]].pool;
    if (equal)
      word[b] = pool_word(p, one, equal);
  }
  free(one);
  int made = tspc_vec_words(p, bytes, word, lo, hi), first = made < 0 ? made : tspc_known(p, TSPC_IN_VEC, made);
  if (first != made) {
    p->vecs--;
    for (int b = 0; b < bytes; b++)
      p->word[word[b]].vec = first;
  }
  return first;
}

int tspc_opcode(tspc_prog *p, const char *name, int type)
{
  char text[32];
  snprintf(text, sizeof text, "%s.%s", name, tsp_type_name(type));
  const tsp_instr *in = tsp_isa_by_mnemonic(p->isa, text);
  if (!in)
    tspc_prog_fail(p, TSP_ERANGE, "the machine has no operation %s", text);
  else if (!p->cfg->fp && (in->unit == TSP_UNIT_VXF || in->unit == TSP_UNIT_VXS))
    tspc_prog_fail(p, TSP_ERANGE, "%s: configuration %s has no floating point", text, p->cfg->name);
  else
    return in->opcode;
  return TSPC_NONE;
}

static int field_bytes(int kind)
{
  switch (kind) {
  case TSP_KIND_SRC1:
  case TSP_KIND_DST1: return 1;
  case TSP_KIND_SRC2:
  case TSP_KIND_DST2: return 2;
  default: return 4;
  }
}

static int result_bytes(const tsp_instr *in)
{
  for (int i = 0; i < in->field_count; i++)
    if (strcmp(in->field[i].name, "dst") == 0)
      return field_bytes(in->field[i].kind);
  return 4;
}

/* Whether zero times a constant is zero in all bits: it is finite and, in floating point, not negative. */
static bool scales(const char *m, uint32_t c)
{
  if (strstr(m, "f32"))
    return c < 0x7f800000;
  return !strstr(m, "f16") || (c & 0xffff) < 0x7c00;
}

/* Whether f(0, 0) is zero, or f(0, x): then lanes that are zero before are so after. Zero means all bits. */
static void zero_lanes(const tspc_prog *p, const char *m, const tspc_vec *a, const tspc_vec *b, int *lo, int *hi)
{
  static const char *const both[] = {"Add", "Sub", "Mul", "Min", "Max", "Or.", "Xor", "Sel"}, *const one[] = {
                                                                                                  "Abs", "Mov",  "ReLU",
                                                                                                  "Cvt", "TanH", "Sh",
                                                                                                  "Sar"};
  *lo = 0;
  *hi = p->cfg->vector;
  if (strncmp(m, "And.", 4) == 0 && b) {
    *lo = a->lo > b->lo ? a->lo : b->lo;
    *hi = a->hi < b->hi ? a->hi : b->hi;
    if (*hi < *lo)
      *hi = *lo;
    return;
  }
  for (size_t i = 0; i < sizeof one / sizeof *one; i++)
    if (strncmp(m, one[i], strlen(one[i])) == 0) {
      *lo = a->lo;
      *hi = a->hi;
    }
  if (strncmp(m, "Mul", 3) == 0 && b && b->kind == TSPC_VEC_IMM && scales(m, b->imm)) {
    *lo = a->lo;
    *hi = a->hi;
    return;
  }
  for (size_t i = 0; b && i < sizeof both / sizeof *both; i++)
    if (strncmp(m, both[i], strlen(both[i])) == 0) {
      *lo = a->lo == a->hi ? b->lo : b->lo == b->hi ? a->lo : a->lo < b->lo ? a->lo : b->lo;
      *hi = a->lo == a->hi ? b->hi : b->lo == b->hi ? a->hi : a->hi > b->hi ? a->hi : b->hi;
    }
}

/* An immediate as a vector in memory, where an instruction has another immediate already. */
static int imm_in_memory(tspc_prog *p, int vec)
{
  tspc_vec v = p->vec[vec];
  uint8_t *contents = malloc(4 * (size_t)p->cfg->vector);
  if (!contents)
    return tspc_prog_fail(p, TSP_ENOMEM, "out of memory"), TSPC_NONE;
  for (int l = 0; l < p->cfg->vector; l++)
    for (int b = 0; b < v.bytes; b++)
      contents[l * v.bytes + b] = (uint8_t)(v.imm >> (8 * b));
  int at = tspc_vec_pool(p, v.bytes, contents, v.lo, v.hi);
  free(contents);
  return at;
}

/* An operation that has been made of these operands, or TSPC_NONE. */
static int made_before(tspc_prog *p, tspc_vec v)
{
  int i = tspc_vec_add(p, v), found = i < 0 ? i : tspc_find(p, TSPC_IN_VEC, i);
  p->vecs -= i >= 0;
  return found;
}

int tspc_vec_vx(tspc_prog *p, int opcode, int a, int b, int mask)
{
  const tsp_instr *in = opcode < 0 ? NULL : tsp_isa_by_opcode(p->isa, (unsigned)opcode);
  if (!tspc_ok(p) || !in || a < 0)
    return TSPC_NONE;
  tspc_vec v = {.kind = TSPC_VEC_VX,
                .bytes = (uint8_t)result_bytes(in),
                .opcode = opcode,
                .of = {a, b, mask},
                .word = {TSPC_NONE, TSPC_NONE, TSPC_NONE, TSPC_NONE},
                .after = TSPC_NONE};
  int found = made_before(p, v), same = a == b;
  if (found >= 0)
    return found;
  a = tspc_narrow(p, a);
  b = same ? a : tspc_narrow(p, b);
  v.in[2] = tspc_narrow(p, mask);
  if (a >= 0 && b >= 0 && a != b && p->vec[a].kind == TSPC_VEC_IMM && p->vec[b].kind == TSPC_VEC_IMM)
    a = imm_in_memory(p, a);
  if (!tspc_ok(p))
    return TSPC_NONE;
  v.in[0] = a;
  v.in[1] = b;
  for (int i = 0; i < 3; i++)
    if (v.in[i] >= 0 && p->vec[v.in[i]].after > v.after)
      v.after = p->vec[v.in[i]].after;
  zero_lanes(p, in->mnemonic, &p->vec[a], b >= 0 ? &p->vec[b] : NULL, &v.lo, &v.hi);
  int i = tspc_vec_add(p, v);
  if (i < 0)
    return i;
  tspc_known(p, TSPC_IN_VEC, i);
  for (int k = 0; k < 3; k++)
    if (v.in[k] >= 0 && (k == 0 || v.in[k] != v.in[0]))
      p->vec[v.in[k]].uses++;
  return i;
}

const int *tspc_store(tspc_prog *p, int vec)
{
  static const int none[4] = {TSPC_NONE, TSPC_NONE, TSPC_NONE, TSPC_NONE};
  if (vec >= 0 && p->vec[vec].kind == TSPC_VEC_IMM)
    vec = imm_in_memory(p, vec);
  if (!tspc_ok(p) || vec < 0)
    return none;
  p->vec[vec].stored = true;
  for (int i = 0; i < p->vec[vec].bytes && p->vec[vec].word[i] < 0; i++) {
    int w = tspc_word_new(p);
    if (w < 0)
      return none;
    p->word[w].vec = vec;
    p->vec[vec].word[i] = w;
  }
  return p->vec[vec].word;
}

/* ---- lanes ---- */
static int map_of(tspc_prog *p, const int *from)
{
  int vector = p->cfg->vector, lanes = p->cfg->lanes;
  if (!tspc_grow(p, &p->map, &p->map_cap, p->maps + 1, sizeof *p->map))
    return TSPC_NONE;
  tspc_map *m = &p->map[p->maps];
  *m = (tspc_map){.from = malloc((size_t)vector * sizeof(int)), .local = true};
  if (!m->from)
    return tspc_prog_fail(p, TSP_ENOMEM, "out of memory"), TSPC_NONE;
  memcpy(m->from, from, (size_t)vector * sizeof(int));
  int i = tspc_known(p, TSPC_IN_MAP, p->maps);
  if (i != p->maps) {
    free(m->from);
    return i;
  }
  p->maps++;
  uint8_t *bytes = malloc(3 * (size_t)vector);
  if (!bytes)
    return tspc_prog_fail(p, TSP_ENOMEM, "out of memory"), TSPC_NONE;
  for (int l = 0; l < vector; l++) {
    int e = from[l] < 0 ? 0xffff : from[l];
    bytes[l] = (uint8_t)e;
    bytes[vector + l] = (uint8_t)(e >> 8);
    bytes[2 * vector + l] = from[l] < 0 ? 0xff : (uint8_t)(from[l] % lanes);
    m->local = m->local && (from[l] < 0 || from[l] / lanes == l / lanes);
  }
  for (int k = 0; k < 3; k++) {
    int w = tspc_pool_word(p, bytes + (size_t)k * (size_t)vector);
    p->map[i].word[k] = w;
  }
  free(bytes);
  return i;
}

int tspc_op_new(tspc_prog *p, int kind, int a, int b, int c, int slice)
{
  if (!tspc_ok(p) || !tspc_grow(p, &p->op, &p->op_cap, p->ops + 1, sizeof *p->op))
    return TSPC_NONE;
  p->op[p->ops] = (tspc_op){.kind = (uint8_t)kind, .a = a, .b = b, .c = c, .slice = slice, .node = p->node};
  return p->ops++;
}

static bool identity(const tspc_prog *p, const int *from)
{
  for (int l = 0; l < p->cfg->vector; l++)
    if (from[l] != l)
      return false;
  return true;
}

int tspc_lane(tspc_prog *p, int vec, const int *from)
{
  if (!tspc_ok(p) || vec < 0)
    return TSPC_NONE;
  if (p->vec[vec].kind == TSPC_VEC_IMM || identity(p, from))
    return vec;
  int map = map_of(p, from), to[4];
  if (map < 0)
    return TSPC_NONE;
  const int *word = tspc_store(p, vec);
  int lo = p->cfg->vector, hi = 0, bytes = p->vec[vec].bytes, source[4];
  memcpy(source, word, sizeof source);
  int probe = tspc_op_new(p, TSPC_OP_LANE, source[0], TSPC_NONE, map, 0);
  int first = probe < 0 ? TSPC_NONE : tspc_known(p, TSPC_IN_LANE, probe);
  if (probe < 0)
    return TSPC_NONE;
  if (first != probe) { /* the same move has been made */
    p->ops--;
    return p->op[first].vec;
  }
  for (int l = 0; l < p->cfg->vector; l++)
    if (from[l] >= 0) {
      lo = l < lo ? l : lo;
      hi = l + 1;
    }
  for (int b = 0; b < bytes; b++)
    to[b] = tspc_word_new(p);
  int made = tspc_vec_words(p, bytes, to, lo < hi ? lo : 0, hi);
  if (made < 0)
    return TSPC_NONE;
  p->op[probe].b = to[0];
  p->op[probe].vec = made;
  for (int b = 1; b < bytes; b++)
    tspc_op_new(p, TSPC_OP_LANE, source[b], to[b], map, 0);
  for (int b = 0; b < bytes; b++)
    p->word[source[b]].edge = true;
  p->vec[made].after = p->vec[vec].after;
  return made;
}

int tspc_masked(tspc_prog *p, int vec, int lo, int hi)
{
  if (!tspc_ok(p) || vec < 0 || (p->vec[vec].lo >= lo && p->vec[vec].hi <= hi) || p->vec[vec].lo == p->vec[vec].hi)
    return vec;
  static const int type[5] = {0, TSP_I8, TSP_I16, 0, TSP_I32};
  int bytes = p->vec[vec].bytes;
  uint8_t *contents = calloc(4, (size_t)p->cfg->vector);
  if (!contents)
    return tspc_prog_fail(p, TSP_ENOMEM, "out of memory"), TSPC_NONE;
  memset(contents + lo * bytes, 0xff, (size_t)((hi - lo) * bytes));
  int mask = tspc_vec_pool(p, bytes, contents, lo, hi);
  free(contents);
  return tspc_vec_vx(p, tspc_opcode(p, "And", type[bytes]), vec, mask, TSPC_NONE);
}
