// SPDX-License-Identifier: Apache-2.0
// space.c: the tables of what is taken, with undo.
#include "space.h"
#include <stdlib.h>
#include <string.h>

enum { UNDO_QUEUE, UNDO_RESULT, UNDO_STREAM, UNDO_NEXT, UNDO_HOLE, UNDO_EVENT, UNDO_HOME, UNDO_PASSING };
enum { FIRST_CYCLES = 2048 };

static bool widen(tspc_space *s, int64_t cycles)
{
  const tsp_config *cfg = s->cfg;
  size_t was = (size_t)s->cycles, is = (size_t)cycles, margin = (size_t)cfg->columns, parts = (size_t)s->parts;
  for (int q = 0; q < cfg->queues + cfg->alus; q++) {
    uint8_t **row = q < cfg->queues ? &s->queue[q] : &s->result[q - cfg->queues];
    uint8_t *r = realloc(*row, is);
    if (!r)
      return tspc_prog_fail(s->p, TSP_ENOMEM, "out of memory"), false;
    memset(r + was, 0, is - was);
    *row = r;
  }
  uint8_t *working = realloc(s->working, is);
  if (!working)
    return tspc_prog_fail(s->p, TSP_ENOMEM, "out of memory"), false;
  memset(working + was, 0, is - was);
  s->working = working;
  for (int i = 0; i < 2 * cfg->streams; i++) {
    size_t from = s->cycles ? (was + margin) * parts : 0, to = (is + margin) * parts;
    uint64_t *r = realloc(s->stream[i], to * sizeof *r);
    if (!r)
      return tspc_prog_fail(s->p, TSP_ENOMEM, "out of memory"), false;
    memset(r + from, 0, (to - from) * sizeof *r);
    s->stream[i] = r;
  }
  s->cycles = cycles;
  return true;
}

static bool reach(tspc_space *s, int64_t cycle)
{
  if (cycle < s->cycles - s->cfg->columns)
    return true;
  if (cycle > INT32_MAX / 2) {
    tspc_prog_fail(s->p, TSP_ERANGE, "the schedule has more than %d cycles", INT32_MAX / 2);
    return false;
  }
  int64_t to = s->cycles;
  while (cycle >= to - s->cfg->columns)
    to = to * 3 / 2;
  return widen(s, to);
}

/* Whether a word will need a place of its own that it has not got yet; and whether it is known that it will be used. */
static bool lacks_place(const tspc_word *w)
{
  return w->keep && !w->homes;
}

static bool owed(const tspc_space *s, const tspc_word *w)
{
  bool written = w->tensor >= 0 && s->p->image->tensor[w->tensor].role == TSP_ROLE_INPUT;
  return lacks_place(w) && (w->uses > 0 || !w->initial || written);
}

static void count_owed(tspc_space *s, const tspc_word *w, int n)
{
  s->owed += owed(s, w) ? n : 0;
  s->owed_first += owed(s, w) && w->initial ? n : 0;
}

/* Whether a word may take a place that those that need one do not. */
static bool spare(const tspc_space *s, const tspc_word *w)
{
  return lacks_place(w) || (s->fresh > s->owed_first && s->fresh + s->holes > s->owed);
}

bool tspc_space_init(tspc_space *s, tspc_prog *p)
{
  const tsp_config *cfg = p->cfg;
  *s = (tspc_space){.p = p, .cfg = cfg, .isa = p->isa, .parts = (cfg->columns + 63) / 64, .end = -1};
  s->queue = calloc((size_t)cfg->queues, sizeof *s->queue);
  s->result = calloc((size_t)cfg->alus, sizeof *s->result);
  s->stream = calloc(2 * (size_t)cfg->streams, sizeof *s->stream);
  s->bank = calloc(4 * (size_t)cfg->mem_slices, sizeof *s->bank);
  s->pending = calloc(2 * (size_t)cfg->mem_slices, sizeof *s->pending);
  s->column = calloc(2 * (size_t)cfg->mem_slices, sizeof *s->column);
  if (!s->queue || !s->result || !s->stream || !s->bank || !s->pending || !s->column)
    return tspc_prog_fail(p, TSP_ENOMEM, "out of memory"), false;
  for (int x = 0; x < 2 * cfg->mem_slices; x++)
    s->column[x] = tsp_queue_column(cfg, cfg->q_mem + x);
  uint32_t half = (uint32_t)cfg->mem_words / 2;
  for (int i = 0; i < 4 * cfg->mem_slices; i++) {
    uint32_t fixed = p->fixed ? p->fixed[i / 2] : 0, first = i % 2 ? half : 0;
    s->bank[i].next = fixed > first ? fixed : first;
    s->bank[i].end = first + half;
    if (s->bank[i].next > s->bank[i].end)
      s->bank[i].next = s->bank[i].end;
    s->fresh += (int)(s->bank[i].end - s->bank[i].next);
  }
  s->owed = s->owed_first = p->text;
  for (int i = 0; i < p->words; i++)
    count_owed(s, &p->word[i], 1);
  for (int i = 0; i < s->isa->count; i++) {
    unsigned opcode = s->isa->instr[i].opcode;
    s->instr[opcode] = &s->isa->instr[i];
    s->func[opcode] = tsp_isa_d_func(s->isa, cfg, opcode);
    s->skew[opcode] = tsp_isa_d_skew(s->isa, opcode);
  }
  s->joins = s->func[TSP_OP_READWRITE] == s->func[TSP_OP_READ] && s->skew[TSP_OP_READWRITE] == s->skew[TSP_OP_READ] &&
             s->skew[TSP_OP_READWRITE] == s->skew[TSP_OP_WRITE];
  return widen(s, FIRST_CYCLES + 4 * cfg->columns);
}

void tspc_space_free(tspc_space *s)
{
  for (int q = 0; s->queue && q < s->cfg->queues; q++)
    free(s->queue[q]);
  for (int a = 0; s->result && a < s->cfg->alus; a++)
    free(s->result[a]);
  for (int i = 0; s->stream && i < 2 * s->cfg->streams; i++)
    free(s->stream[i]);
  for (int i = 0; s->bank && i < 4 * s->cfg->mem_slices; i++)
    free(s->bank[i].hole);
  free(s->queue);
  free(s->result);
  free(s->stream);
  free(s->working);
  free(s->bank);
  free(s->pending);
  free(s->column);
  free(s->passing);
  free(s->passing_hash);
  free(s->event);
  free(s->undo);
}

static bool note(tspc_space *s, int kind, int a, int64_t b, uint64_t old)
{
  if (!tspc_grow(s->p, &s->undo, &s->undo_cap, s->undos + 1, sizeof *s->undo))
    return false;
  s->undo[s->undos++] = (tspc_undo){(uint8_t)kind, a, b, old};
  return true;
}

static bool is_alu(const tspc_space *s, int queue)
{
  return queue >= s->cfg->q_vxm && queue < s->cfg->q_vxm + s->cfg->alus;
}

void tspc_drop_home(tspc_space *s, int word)
{
  tspc_word *w = &s->p->word[word];
  const tspc_home *h = &w->home[--w->homes];
  s->pending[h->slice] -= h->share;
}

void tspc_back(tspc_space *s, int mark)
{
  while (s->undos > mark) {
    const tspc_undo *u = &s->undo[--s->undos];
    tspc_bank *bank;
    switch (u->kind) {
    case UNDO_QUEUE:
      s->queue[u->a][u->b] = (uint8_t)u->old;
      s->working[u->b] -= is_alu(s, u->a);
      break;
    case UNDO_RESULT: s->result[u->a][u->b] = (uint8_t)u->old; break;
    case UNDO_STREAM: s->stream[u->a][u->b] = u->old; break;
    case UNDO_NEXT:
      s->bank[u->a].next--;
      s->fresh++;
      break;
    case UNDO_HOLE:
      bank = &s->bank[u->a];
      bank->hole[bank->holes++] = (tspc_hole){(uint32_t)u->old, u->b};
      s->holes++;
      break;
    case UNDO_EVENT:
      s->events--;
      s->end = u->b;
      break;
    case UNDO_PASSING: tspc_passed(s); break;
    case UNDO_HOME:
      tspc_drop_home(s, u->a);
      count_owed(s, &s->p->word[u->a], 1);
      break;
    default: break;
    }
  }
}

static bool take_queue(tspc_space *s, int queue, int64_t cycle, int flags)
{
  if (!note(s, UNDO_QUEUE, queue, cycle, s->queue[queue][cycle]))
    return false;
  s->queue[queue][cycle] |= (uint8_t)flags;
  s->working[cycle] += is_alu(s, queue);
  return true;
}

enum { EVERY = 32, APART = 5 }; /* cycles between pauses; between those of neighbours */

static bool pauses(const tspc_space *s, int queue, int64_t cycle)
{
  return s->p->fetches && s->p->fetches[queue] && (cycle + APART * queue) % EVERY == 0;
}

bool tspc_pause_between(const tspc_prog *p, int queue, int64_t from, int64_t to)
{
  return p->fetches && p->fetches[queue] && (to - 1 + APART * queue) / EVERY > (from + APART * queue) / EVERY;
}

bool tspc_claim_queue(tspc_space *s, int queue, int64_t cycle)
{
  return cycle >= 0 && !pauses(s, queue, cycle) && reach(s, cycle) && !s->queue[queue][cycle] &&
         take_queue(s, queue, cycle, TSPC_BUSY);
}

bool tspc_can_read(tspc_space *s, int slice, uint32_t addr, int64_t cycle)
{
  if (cycle < 0 || pauses(s, slice, cycle) || !reach(s, cycle))
    return false;
  int has = s->queue[slice][cycle];
  return !(has & (TSPC_READ | TSPC_BUSY)) &&
         (!(has & TSPC_WRITE) || (s->joins && !(has & TSPC_WRITE1) == !!tspc_bank_of(s, addr)));
}

bool tspc_can_write(tspc_space *s, int slice, int bank, int64_t cycle)
{
  if (cycle < 0 || pauses(s, slice, cycle) || !reach(s, cycle))
    return false;
  int has = s->queue[slice][cycle];
  return !(has & (TSPC_WRITE | TSPC_BUSY)) && (!(has & TSPC_READ) || (s->joins && !(has & TSPC_READ1) == !!bank));
}

bool tspc_claim_mem(tspc_space *s, int slice, int access, uint32_t addr, int64_t cycle)
{
  int bank = tspc_bank_of(s, addr);
  if (access == TSPC_READ)
    return tspc_can_read(s, slice, addr, cycle) && take_queue(s, slice, cycle, TSPC_READ | (bank ? TSPC_READ1 : 0));
  return tspc_can_write(s, slice, bank, cycle) && take_queue(s, slice, cycle, TSPC_WRITE | (bank ? TSPC_WRITE1 : 0));
}

bool tspc_claim_alu(tspc_space *s, int alu, int64_t result)
{
  if (result < 0 || !reach(s, result) || s->result[alu][result] || !note(s, UNDO_RESULT, alu, result, 0))
    return false;
  s->result[alu][result] = 1;
  return true;
}

/* Columns lo..hi as bits of part k of a mask. */
static uint64_t columns(int lo, int hi, int k)
{
  lo -= 64 * k;
  hi -= 64 * k;
  if (hi < 0 || lo > 63)
    return 0;
  lo = lo < 0 ? 0 : lo;
  hi = hi > 63 ? 63 : hi;
  return (~UINT64_C(0) >> (63 - (hi - lo))) << lo;
}

bool tspc_claim_stream(tspc_space *s, int direction, int stream, int from, int to, int64_t t)
{
  int lo = from < to ? from : to, hi = from < to ? to : from, row = direction * s->cfg->streams + stream;
  if (t < 0 || !reach(s, t + hi - lo))
    return false;
  int64_t diagonal = direction == TSP_EAST ? t - from + s->cfg->columns : t + from;
  for (int k = 0; k < s->parts; k++) {
    int64_t at = diagonal * s->parts + k;
    uint64_t bits = columns(lo, hi, k);
    if (s->stream[row][at] & bits)
      return false;
    if (bits && !note(s, UNDO_STREAM, row, at, s->stream[row][at]))
      return false;
    s->stream[row][at] |= bits;
  }
  return true;
}

int tspc_claim_group(tspc_space *s, int direction, int count, int align, const int *from, const int64_t *t,
                     const int *to)
{
  for (int base = 0; base + count <= s->cfg->streams; base += align) {
    int mark = tspc_mark(s), i = 0;
    while (i < count && tspc_claim_stream(s, direction, base + i, from[i], to[i], t[i]))
      i++;
    if (i == count)
      return base;
    tspc_back(s, mark);
    if (!tspc_ok(s->p))
      return TSPC_NONE;
  }
  return TSPC_NONE;
}

bool tspc_claim_word(tspc_space *s, int slice, int bank, int64_t cycle, int word, uint32_t *addr)
{
  int b = 2 * slice + bank;
  tspc_bank *k = &s->bank[b];
  for (int i = k->holes - 1; cycle != TSPC_STATIC && i >= 0 && i >= k->holes - 16; i--) {
    if (k->hole[i].from > cycle)
      continue;
    *addr = k->hole[i].addr;
    if (!note(s, UNDO_HOLE, b, k->hole[i].from, *addr))
      return false;
    k->hole[i] = k->hole[--k->holes];
    s->holes--;
    return true;
  }
  if (k->next == k->end || !spare(s, &s->p->word[word]) || !note(s, UNDO_NEXT, b, 0, 0))
    return false;
  s->fresh--;
  *addr = k->next++;
  return true;
}

void tspc_free_word(tspc_space *s, int slice, uint32_t addr, int64_t from)
{
  tspc_bank *k = &s->bank[2 * slice + tspc_bank_of(s, addr)];
  if (!tspc_grow(s->p, &k->hole, &k->cap, k->holes + 1, sizeof *k->hole))
    return;
  k->hole[k->holes++] = (tspc_hole){addr, from};
  s->holes++;
}

bool tspc_add_home(tspc_space *s, int word, tspc_home home)
{
  tspc_word *w = &s->p->word[word];
  if (w->homes == TSPC_HOMES || !note(s, UNDO_HOME, word, 0, 0))
    return false;
  count_owed(s, w, -1);
  home.share = w->demand / (w->homes + 1);
  s->pending[home.slice] += home.share;
  w->home[w->homes++] = home;
  return true;
}

bool tspc_pass(tspc_space *s, int direction, const int *word, int n, int column, int64_t t, int base)
{
  int before = s->passings;
  return tspc_passes(s, direction, word, n, column, t, base) &&
         (s->passings == before || note(s, UNDO_PASSING, 0, 0, 0));
}

void tspc_dispatch(tspc_space *s, int queue, int64_t cycle, uint64_t word, int word_id)
{
  if (!tspc_grow(s->p, &s->event, &s->event_cap, s->events + 1, sizeof *s->event) || !note(s, UNDO_EVENT, 0, s->end, 0))
    return;
  s->end = cycle > s->end ? cycle : s->end;
  s->event[s->events++] = (tspc_event){(uint16_t)queue, s->p->node, word_id, cycle, word};
}

uint64_t tspc_ins(const tspc_space *s, int opcode, const char *f1, int64_t v1, const char *f2, int64_t v2,
                  const char *f3, int64_t v3)
{
  const tsp_instr *in = s->instr[opcode];
  uint64_t word = (uint64_t)opcode << 56;
  if (f1)
    word = tsp_word_set(in, word, f1, v1);
  if (f2)
    word = tsp_word_set(in, word, f2, v2);
  return f3 ? tsp_word_set(in, word, f3, v3) : word;
}
