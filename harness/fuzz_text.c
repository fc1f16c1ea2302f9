/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_text.c - the text of a queue from its dispatch cycles: waits of several kinds, and Repeats where they fit. */
#include "fuzz_track.h"
#include <stdlib.h>

typedef struct {
  const tsp_fuzz *f;
  fuzz_text *t;
  tsp_rng *rng;
  int queue, uses;
  uint32_t now;  /* next free cycle */
  uint64_t prev; /* what a Repeat would re-issue; 0 if nothing */
} writer;

static int below(writer *w, int n)
{
  return (int)rng_range(w->rng, 0, n - 1);
}

static bool grow(void *array, size_t bytes)
{
  void *grown = realloc(*(void **)array, bytes);
  if (grown)
    *(void **)array = grown;
  return grown != NULL;
}

static bool put(writer *w, uint64_t word, uint32_t cycles)
{
  fuzz_text *t = w->t;
  if (t->count == t->room) {
    int room = t->room ? 2 * t->room : 16;
    if (!grow(&t->word, (size_t)room * sizeof *t->word) || !grow(&t->cycle, (size_t)room * sizeof *t->cycle))
      return false;
    t->room = room;
  }
  t->word[t->count] = word;
  t->cycle[t->count++] = w->now;
  w->now += cycles;
  return true;
}

/* The cycle in which a Sync at the head now is retired; UINT32_MAX if never. */
static uint32_t retired(const writer *w)
{
  const tsp_fuzz *f = w->f;
  uint32_t best = UINT32_MAX;
  for (int i = 0; i < f->ops; i++) {
    uint32_t due = f->op[i].cycle + (uint32_t)f->cfg.barrier;
    if (tsp_word_opcode(f->op[i].word) == TSP_OP_NOTIFY && due >= w->now && due < best)
      best = due;
  }
  return best;
}

/* Waits until a cycle. */
static bool wait_until(writer *w, uint32_t until)
{
  const tsp_config *c = &w->f->cfg;
  bool link = tsp_queue_unit(c, w->queue) == TSP_UNIT_C2C, ok = true;
  while (ok && w->now < until) {
    uint32_t due = w->uses & TSP_FUZZ_SYNC ? retired(w) : UINT32_MAX, left = until - w->now, n = left;
    uint32_t zero = (w->now + (uint32_t)c->hac_period - 1) / (uint32_t)c->hac_period * (uint32_t)c->hac_period;
    if (due < until && below(w, 4)) {
      ok = put(w, fuzz_op_word(TSP_OP_SYNC), due - w->now + 1);
      continue;
    }
    if (link && w->uses & TSP_FUZZ_DESKEW && zero < until && below(w, 2)) {
      ok = put(w, fuzz_op_word(TSP_OP_DESKEW), zero - w->now + 1);
      continue;
    }
    if (w->uses && left > 1 && below(w, 4) == 0)
      n = 1 + (uint32_t)below(w, (int)left);
    n = n > 65535 ? 65535 : n;
    ok = put(w, fuzz_with(fuzz_op_word(TSP_OP_NOP), "n", n), n);
  }
  return ok;
}

static bool is_icu(uint64_t word)
{
  return tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(word)) == NULL ||
         tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(word))->unit == TSP_UNIT_ICU;
}

/* The strides that lead from one word to the next: false if no strides do. */
static bool strides(uint64_t from, uint64_t to, int64_t *a, int64_t *b)
{
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(from));
  for (int i = 0; in && i < in->field_count; i++) {
    int64_t d = tsp_field_get(&in->field[i], to) - tsp_field_get(&in->field[i], from);
    if (in->field[i].stride == 1)
      *a = (int16_t)d;
    if (in->field[i].stride == 2)
      *b = (int16_t)d;
  }
  return in && tsp_word_stride(in, from, *a, *b) == to;
}

/* A Repeat for op[0] and as many after it as one can make; how many it made, 0 if none, -1 without memory. */
static int repeat(writer *w, const tsp_fuzz_op *op, int n)
{
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(w->prev));
  int64_t a = below(w, 9) - 4, b = below(w, 9) - 4;
  uint32_t d = op[0].cycle - w->now + 1;
  int run = 1;
  if (!(w->uses & TSP_FUZZ_REPEAT) || !w->prev || below(w, 8) == 0 || is_icu(op[0].word) ||
      !strides(w->prev, op[0].word, &a, &b))
    return 0;
  uint64_t word = op[0].word;
  while (run < n && d <= 255 && op[run].cycle == op[0].cycle + (uint32_t)run * d &&
         op[run].word == tsp_word_stride(in, word, a, b)) {
    word = op[run].word;
    run++;
  }
  if (run == 1 && (d > 255 || below(w, 3) == 0)) { /* a wait, then a Repeat of one */
    uint32_t most = d > 255 ? 255 : d, own = 1 + (uint32_t)below(w, (int)most);
    if (!wait_until(w, op[0].cycle - own + 1))
      return -1;
    d = own;
  }
  uint64_t text = fuzz_with(fuzz_with(fuzz_op_word(TSP_OP_REPEAT), "n", run), "d", d);
  text = fuzz_with(fuzz_with(text, "a", a), "b", b);
  w->prev = word;
  return put(w, text, (uint32_t)run * d) ? run : -1;
}

static int by_cycle(const void *a, const void *b)
{
  uint32_t x = ((const tsp_fuzz_op *)a)->cycle, y = ((const tsp_fuzz_op *)b)->cycle;
  return x < y ? -1 : x > y;
}

/* The instructions of the queue in order; NULL if out of memory. */
static tsp_fuzz_op *of_queue(const tsp_fuzz *f, int queue, int *count)
{
  tsp_fuzz_op *op = malloc(((size_t)f->ops + 1) * sizeof *op);
  *count = 0;
  for (int i = 0; op && i < f->ops; i++)
    if (f->op[i].queue == queue)
      op[(*count)++] = f->op[i];
  if (op)
    qsort(op, (size_t)*count, sizeof *op, by_cycle);
  return op;
}

static bool write_all(writer *w, const tsp_fuzz_op *op, int count)
{
  for (int i = 0, made; i < count; i += made ? made : 1) {
    made = repeat(w, op + i, count - i);
    if (made < 0 || (!made && (!wait_until(w, op[i].cycle) || !put(w, op[i].word, 1))))
      return false;
    if (!made && !is_icu(op[i].word))
      w->prev = op[i].word;
  }
  if (w->uses && below(w, 3) == 0 && !wait_until(w, w->now + (uint32_t)below(w, 12)))
    return false;
  if (w->queue == 0 && w->f->wrong.fault &&
      !wait_until(w, (uint32_t)w->f->wrong.cycle)) /* a fault after the end is none */
    return false;
  w->t->end = w->now;
  return w->queue == w->f->no_end || put(w, fuzz_op_word(TSP_OP_END), 1);
}

bool fuzz_text_make(const tsp_fuzz *f, int queue, int uses, tsp_rng *rng, fuzz_text *out)
{
  *out = (fuzz_text){0};
  writer w = {f, out, rng, queue, uses, 0, 0};
  int count;
  tsp_fuzz_op *op = of_queue(f, queue, &count);
  bool ok = op && write_all(&w, op, count);
  free(op);
  return ok;
}

void fuzz_text_free(fuzz_text *t)
{
  free(t->word);
  free(t->cycle);
}
