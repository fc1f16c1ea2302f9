/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_track.c - the instructions of a random program, and the streams they drive and take. */
#include "fuzz_track.h"
#include <stdlib.h>
#include <string.h>

int fuzz_below(tsp_fuzz *f, int n)
{
  return (int)rng_range(&f->rng, 0, n - 1);
}

bool fuzz_chance(tsp_fuzz *f, int percent)
{
  return fuzz_below(f, 100) < percent;
}

int fuzz_between(tsp_fuzz *f, int low, int high)
{
  return high <= low ? low : (int)rng_range(&f->rng, low, high);
}

bool fuzz_room(tsp_fuzz *f, void **array, int count, int *room, size_t each)
{
  if (count < *room)
    return true;
  int more = *room ? 2 * *room : 8;
  void *grown = realloc(*array, (size_t)more * each);
  if (!grown) {
    f->failed = true;
    return false;
  }
  *array = grown;
  *room = more;
  return true;
}

static int span(const tsp_fuzz *f)
{
  return f->horizon + FUZZ_LONGEST + f->cfg.superlanes;
}

tsp_fuzz *fuzz_new(const tsp_config *cfg, int horizon)
{
  tsp_fuzz *f = calloc(1, sizeof *f);
  if (!f)
    return NULL;
  f->cfg = *cfg;
  f->horizon = horizon;
  f->no_end = f->uneven_queue = f->even_queue = f->filled_queue = f->beyond = -1;
  f->diagonals = span(f) + cfg->columns;
  f->active = calloc((size_t)span(f), sizeof *f->active);
  f->slot = calloc((size_t)cfg->queues * (size_t)horizon, sizeof *f->slot);
  f->per_queue = calloc((size_t)cfg->queues, sizeof *f->per_queue);
  f->diagonal = calloc(2 * (size_t)cfg->streams * (size_t)f->diagonals, sizeof *f->diagonal);
  if (!f->active || !f->slot || !f->per_queue || !f->diagonal) {
    tsp_fuzz_free(f);
    return NULL;
  }
  for (int t = 0; t < span(f); t++)
    f->active[t] = cfg->superlanes;
  return f;
}

void tsp_fuzz_free(tsp_fuzz *f)
{
  if (!f)
    return;
  for (int i = 0; f->diagonal && i < 2 * f->cfg.streams * f->diagonals; i++) {
    free(f->diagonal[i].drive);
    free(f->diagonal[i].use);
  }
  for (int i = 0; i < f->words; i++)
    free(f->word[i].bytes);
  free(f->active);
  free(f->slot);
  free(f->per_queue);
  free(f->diagonal);
  free(f->op);
  free(f->need);
  free(f->word);
  free(f->fetch);
  free(f->stored);
  free(f);
}

int fuzz_slot(const tsp_fuzz *f, int queue, int cycle)
{
  return cycle < 0 || cycle >= f->horizon ? -1 : f->slot[(size_t)queue * (size_t)f->horizon + (size_t)cycle] - 1;
}

const tsp_instr *fuzz_row(const tsp_fuzz *f, int op)
{
  return tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(f->op[op].word));
}

int fuzz_late(const tsp_fuzz *f, uint64_t word)
{
  return tsp_isa_d_func(tsp_isa_builtin(), &f->cfg, tsp_word_opcode(word));
}

bool fuzz_covers(const tsp_fuzz *f, int from, int to)
{
  for (int t = from; t < to; t++)
    if (f->active[t] < f->active[to])
      return false;
  return true;
}

static fuzz_diagonal *diagonal(const tsp_fuzz *f, int direction, int stream, int column, int cycle)
{
  int i = direction == TSP_EAST ? cycle - column + f->cfg.columns - 1 : cycle + column;
  return &f->diagonal[((size_t)direction * (size_t)f->cfg.streams + (size_t)stream) * (size_t)f->diagonals + (size_t)i];
}

/* Whether column a comes before b (or is it) on the way of a value. */
static bool before(int direction, int a, int b)
{
  return direction == TSP_EAST ? a <= b : a >= b;
}

/* The last driver up to a column; -1 if none. */
static int driver_on(const fuzz_diagonal *d, int direction, int column)
{
  int best = -1;
  for (int i = 0; i < d->drives; i++)
    if (before(direction, d->drive[i].column, column) &&
        (best < 0 || before(direction, d->drive[best].column, d->drive[i].column)))
      best = i;
  return best;
}

int fuzz_driver(const tsp_fuzz *f, int direction, int stream, int column, int cycle)
{
  if (cycle < 0 || cycle >= span(f))
    return -1;
  const fuzz_diagonal *d = diagonal(f, direction, stream, column, cycle);
  int i = driver_on(d, direction, column);
  return i < 0 ? -1 : d->drive[i].op;
}

int fuzz_valid(const tsp_fuzz *f, int direction, int stream, int column, int cycle)
{
  int op = fuzz_driver(f, direction, stream, column, cycle);
  return op >= 0 && fuzz_covers(f, (int)f->op[op].cycle, cycle) ? op : -1;
}

void fuzz_need_of(tsp_fuzz *f, int op, int producer)
{
  void **array = (void **)&f->need;
  if (producer >= 0 && fuzz_room(f, array, f->needs, &f->need_room, sizeof *f->need))
    f->need[f->needs++] = (fuzz_need){op, producer};
}

static bool take_use(tsp_fuzz *f, int op, const tsp_stream_use *u, int column, int cycle, bool content)
{
  for (int s = u->base; s < u->base + u->count; s++) {
    fuzz_diagonal *d = diagonal(f, u->direction, s, column, cycle);
    void **array = (void **)&d->use;
    if (content)
      fuzz_need_of(f, op, fuzz_driver(f, u->direction, s, column, cycle));
    if (fuzz_room(f, array, d->uses, &d->use_room, sizeof *d->use))
      d->use[d->uses++] = (fuzz_mark){op, (int16_t)column, content};
  }
  return !f->failed;
}

static void take_drive(tsp_fuzz *f, int op, const tsp_stream_use *u, int column, int cycle)
{
  for (int s = u->base; s < u->base + u->count; s++) {
    fuzz_diagonal *d = diagonal(f, u->direction, s, column, cycle);
    void **array = (void **)&d->drive;
    if (fuzz_room(f, array, d->drives, &d->drive_room, sizeof *d->drive))
      d->drive[d->drives++] = (fuzz_mark){op, (int16_t)column, false};
  }
}

static void give_back(fuzz_mark *mark, int *count, int op)
{
  int n = 0;
  for (int i = 0; i < *count; i++)
    if (mark[i].op != op)
      mark[n++] = mark[i];
  *count = n;
}

/* Nobody else drives the register, and whoever takes the value further on can live with it. */
static bool may_drive(const tsp_fuzz *f, int direction, int stream, int column, int landing, int dispatch)
{
  const fuzz_diagonal *d = diagonal(f, direction, stream, column, landing);
  for (int i = 0; i < d->drives; i++)
    if (d->drive[i].column == column)
      return false;
  for (int i = 0; i < d->uses; i++) {
    const fuzz_mark *use = &d->use[i];
    int there = landing + abs(use->column - column), now = driver_on(d, direction, use->column);
    if (!before(direction, column, use->column) || (now >= 0 && before(direction, column, d->drive[now].column)))
      continue; /* it does not see the new value */
    if (use->content || !fuzz_covers(f, dispatch, there))
      return false;
  }
  return true;
}

static bool streams_ok(const tsp_fuzz *f, int queue, int cycle, uint64_t word)
{
  tsp_stream_use use[TSP_MAX_USES];
  int n = tsp_stream_uses(&f->cfg, word, use), column = tsp_queue_column(&f->cfg, queue), late = fuzz_late(f, word);
  bool twice = tsp_word_opcode(word) == TSP_OP_IFETCH;
  for (int i = 0; i < n; i++)
    for (int s = use[i].base; s < use[i].base + use[i].count; s++) {
      int way = use[i].direction;
      if (use[i].drives && !may_drive(f, way, s, column, cycle + late, cycle))
        return false;
      if (!use[i].drives && fuzz_valid(f, way, s, column, cycle) < 0)
        return false;
      if (twice && fuzz_valid(f, way, s, column, cycle + 1) < 0)
        return false;
    }
  return true;
}

static bool by_content(unsigned opcode, const tsp_stream_use *u)
{
  return opcode == TSP_OP_IFETCH || ((opcode == TSP_OP_GATHER || opcode == TSP_OP_SCATTER) && u->count == 2);
}

static void enter_streams(tsp_fuzz *f, int op)
{
  tsp_stream_use use[TSP_MAX_USES];
  const tsp_fuzz_op *o = &f->op[op];
  int n = tsp_stream_uses(&f->cfg, o->word, use), column = tsp_queue_column(&f->cfg, o->queue);
  int cycle = (int)o->cycle;
  unsigned opcode = tsp_word_opcode(o->word);
  for (int i = 0; i < n; i++) {
    if (use[i].drives)
      take_drive(f, op, &use[i], column, cycle + fuzz_late(f, o->word));
    else
      take_use(f, op, &use[i], column, cycle, by_content(opcode, &use[i]));
    if (opcode == TSP_OP_IFETCH)
      take_use(f, op, &use[i], column, cycle + 1, true);
  }
}

static void leave_streams(tsp_fuzz *f, int op)
{
  tsp_stream_use use[TSP_MAX_USES];
  const tsp_fuzz_op *o = &f->op[op];
  int n = tsp_stream_uses(&f->cfg, o->word, use), column = tsp_queue_column(&f->cfg, o->queue);
  for (int i = 0; i < n; i++)
    for (int s = use[i].base; s < use[i].base + use[i].count; s++)
      for (int more = 0; more <= 1; more++) { /* an Ifetch takes two */
        int cycle = (int)o->cycle + (use[i].drives ? fuzz_late(f, o->word) : more);
        fuzz_diagonal *d = diagonal(f, use[i].direction, s, column, cycle);
        give_back(use[i].drives ? d->drive : d->use, use[i].drives ? &d->drives : &d->uses, op);
      }
}

static int append(tsp_fuzz *f, int queue, int cycle, uint64_t word)
{
  void **array = (void **)&f->op;
  if (!fuzz_room(f, array, f->ops, &f->op_room, sizeof *f->op))
    return -1;
  f->op[f->ops] = (tsp_fuzz_op){(uint16_t)queue, (uint32_t)cycle, word};
  f->slot[(size_t)queue * (size_t)f->horizon + (size_t)cycle] = f->ops + 1;
  f->per_queue[queue]++;
  return f->ops++;
}

/* Every instruction needs at most a wait before it, and the End a word: the text then fits. */
static bool free_slot(const tsp_fuzz *f, int queue, int cycle)
{
  return cycle >= 0 && cycle < f->horizon && fuzz_slot(f, queue, cycle) < 0 &&
         f->per_queue[queue] < (f->cfg.iq_depth - 1) / 2;
}

int fuzz_force(tsp_fuzz *f, int queue, int cycle, uint64_t word)
{
  if (!free_slot(f, queue, cycle))
    return -1;
  int op = append(f, queue, cycle, word);
  if (op >= 0)
    enter_streams(f, op);
  return op;
}

int fuzz_add(tsp_fuzz *f, int queue, int cycle, uint64_t word)
{
  if (f->failed || !free_slot(f, queue, cycle) || tsp_word_check(tsp_isa_builtin(), &f->cfg, queue, word) ||
      !streams_ok(f, queue, cycle, word))
    return -1;
  int mark = f->ops, op = append(f, queue, cycle, word);
  if (op < 0)
    return -1;
  enter_streams(f, op);
  if (fuzz_unit_allows(f, op))
    return op;
  fuzz_rollback(f, mark);
  return -1;
}

void fuzz_rollback(tsp_fuzz *f, int mark)
{
  while (f->ops > mark) {
    int op = f->ops - 1;
    const tsp_fuzz_op *o = &f->op[op];
    leave_streams(f, op);
    f->slot[(size_t)o->queue * (size_t)f->horizon + o->cycle] = 0;
    f->per_queue[o->queue]--;
    f->ops--;
  }
  while (f->needs && (f->need[f->needs - 1].op >= mark || f->need[f->needs - 1].producer >= mark))
    f->needs--;
  while (f->fetches && f->fetch[f->fetches - 1].op >= mark)
    f->fetches--;
}
