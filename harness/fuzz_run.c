/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_run.h"
#include "upset.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SPARE = 600 }; /* cycles beyond the expected end */

/* The cycles in which instructions must be dispatched. */
typedef struct {
  const tsp_config *cfg;
  tsp_fuzz_op *op; /* by queue, then cycle */
  size_t count;
  uint64_t seen, until; /* those before a fault are checked */
  char first[256];
} schedule;

static int by_place(const void *a, const void *b)
{
  const tsp_fuzz_op *x = a, *y = b;
  if (x->queue != y->queue)
    return x->queue < y->queue ? -1 : 1;
  return x->cycle == y->cycle ? 0 : x->cycle < y->cycle ? -1 : 1;
}

static bool is_icu(uint64_t word)
{
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(word));
  return in && in->unit == TSP_UNIT_ICU;
}

static bool schedule_make(schedule *s, const tsp_fuzz *f, const tsp_config *cfg, const tsp_fuzz_end *end)
{
  memset(s, 0, sizeof *s);
  s->cfg = cfg;
  s->until = end->fault ? end->cycle : UINT64_MAX;
  s->op = malloc((tsp_fuzz_count(f) + 1) * sizeof *s->op);
  for (size_t i = 0; s->op && i < tsp_fuzz_count(f); i++)
    if (!is_icu(tsp_fuzz_at(f, i).word) && tsp_fuzz_at(f, i).cycle < s->until)
      s->op[s->count++] = tsp_fuzz_at(f, i);
  if (s->op)
    qsort(s->op, s->count, sizeof *s->op, by_place);
  return s->op != NULL;
}

static void dispatched(void *ctx, const tsp_dispatch *d)
{
  schedule *s = ctx;
  char name[16], text[128];
  if (d->cycle >= s->until || is_icu(d->text))
    return;
  tsp_fuzz_op key = {d->queue, (uint32_t)d->cycle, d->text};
  const tsp_fuzz_op *op = bsearch(&key, s->op, s->count, sizeof key, by_place);
  s->seen++;
  if ((!op || op->word != d->text) && !s->first[0])
    snprintf(s->first, sizeof s->first, "%s dispatched %s at cycle %" PRIu64 ", which nobody asked for",
             tsp_queue_name(s->cfg, d->queue, name),
             tsp_word_text(tsp_isa_builtin(), s->cfg, d->text, text, sizeof text), d->cycle);
}

static void judge_end(const tsp_engine *ref, const tsp_fuzz_end *want, const schedule *s, tsp_fuzz_outcome *out)
{
  tsp_csr c = tsp_engine_csr(ref);
  char name[16] = "", due[16] = "";
  const tsp_config *cfg = tsp_engine_config(ref);
  out->end = (tsp_fuzz_end){(tsp_fault_code)c.fault_code, c.fault_queue, c.fault_code ? c.fault_cycle : c.cycles};
  if (!c.fault_code && !c.done)
    out->end.cycle = 0;
  bool same =
      out->end.fault == want->fault && out->end.cycle == want->cycle && (!want->fault || out->end.queue == want->queue);
  if (!same) {
    out->verdict = TSP_FUZZ_WRONG_END;
    snprintf(out->reason, sizeof out->reason,
             "ends with fault %d (%s) %s at cycle %" PRIu64 ", must with fault %d (%s) %s at cycle %" PRIu64,
             out->end.fault, tsp_fault_text(out->end.fault),
             out->end.fault ? tsp_queue_name(cfg, out->end.queue, name) : "", out->end.cycle, want->fault,
             tsp_fault_text(want->fault), want->fault ? tsp_queue_name(cfg, want->queue, due) : "", want->cycle);
  } else if (s->first[0] || s->seen != s->count) {
    out->verdict = TSP_FUZZ_WRONG_CYCLE;
    snprintf(out->reason, sizeof out->reason, "%" PRIu64 " instructions dispatched, must be %zu%s%s", s->seen, s->count,
             s->first[0] ? "; " : "", s->first);
  }
}

/* As tsp_lockstep_run(), with the program's upsets. */
static tsp_status run_upset(tsp_lockstep *l, const tsp_fuzz *f, tsp_engine *ref, tsp_engine *dut, uint64_t limit)
{
  bool both_golden = strcmp(tsp_engine_name(dut), "golden") == 0;
  tsp_run run = {.upset = NULL};
  tsp_status s = TSP_OK;
  run.upset = tsp_fuzz_upsets(f, &run.upsets);
  if (!run.upsets)
    return tsp_lockstep_run(l, limit);
  for (uint64_t i = 0; s == TSP_OK && !tsp_lockstep_done(l); i++) {
    s = i < limit ? tsp_lockstep_advance(l) : TSP_ESTATE;
    if (s == TSP_OK)
      s = tsp_upset_cycle(&run, ref, both_golden ? NULL : dut, i);
    if (s == TSP_OK && both_golden)
      s = tsp_upset_cycle(&run, dut, NULL, i);
    if (s == TSP_OK)
      s = tsp_lockstep_compare(l);
  }
  return s;
}

static tsp_status in_lockstep(const tsp_fuzz *f, tsp_engine *ref, tsp_engine *dut, const tsp_image *image,
                              uint64_t limit, tsp_fuzz_report report, void *ctx, tsp_fuzz_outcome *out)
{
  tsp_lockstep *l = NULL;
  tsp_error err = {""};
  tsp_status s = tsp_lockstep_open(ref, dut, NULL, &l, &err);
  if (s == TSP_OK)
    s = tsp_lockstep_start(l, image, &err);
  if (s != TSP_OK) {
    out->verdict = TSP_FUZZ_ERROR;
    snprintf(out->reason, sizeof out->reason, "%s", err.text);
    tsp_lockstep_close(l);
    return s;
  }
  s = run_upset(l, f, ref, dut, limit);
  if (s == TSP_OK)
    s = tsp_lockstep_contents(l);
  out->cycles = tsp_lockstep_cycle(l);
  out->compared = tsp_lockstep_compared(l);
  const tsp_divergence *d = tsp_lockstep_divergence(l);
  if (d) {
    char text[512];
    out->verdict = TSP_FUZZ_DIVERGED;
    snprintf(out->reason, sizeof out->reason, "diverged at cycle %" PRIu64 ": %.400s", d->cycle,
             tsp_divergence_where(tsp_engine_config(ref), d, text, sizeof text));
    if (report)
      report(ctx, image, d);
  }
  tsp_lockstep_close(l);
  return s;
}

void tsp_fuzz_run(const tsp_fuzz *f, int uses, tsp_engine *dut, bool check_end, tsp_fuzz_report report, void *ctx,
                  tsp_fuzz_outcome *out)
{
  const tsp_config *cfg = tsp_engine_config(dut);
  tsp_image *image = NULL;
  tsp_engine *ref = NULL;
  tsp_error err = {""};
  tsp_fuzz_end want;
  schedule sched = {0};
  memset(out, 0, sizeof *out);
  tsp_status s = tsp_fuzz_image(f, uses, &image, &want, &err);
  if (s == TSP_OK)
    s = tsp_golden_open(cfg, NULL, TSP_VIEWS | TSP_TRACE, &ref); /* its memory is zero again */
  if (s != TSP_OK || !schedule_make(&sched, f, cfg, &want)) {
    out->verdict = TSP_FUZZ_ERROR;
    snprintf(out->reason, sizeof out->reason, "%s", err.text[0] ? err.text : tsp_status_text(s));
  } else {
    tsp_golden_on_dispatch(ref, dispatched, &sched);
    in_lockstep(f, ref, dut, image, want.cycle + SPARE, report, ctx, out);
    if (out->verdict == TSP_FUZZ_PASS && check_end)
      judge_end(ref, &want, &sched, out);
  }
  free(sched.op);
  tsp_engine_close(ref);
  tsp_image_free(image);
}

static bool fails_alike(const tsp_fuzz *f, int uses, tsp_engine *dut, const tsp_fuzz_outcome *failure)
{
  tsp_fuzz_outcome now;
  tsp_fuzz_run(f, uses, dut, failure->verdict != TSP_FUZZ_DIVERGED, NULL, NULL, &now);
  if (now.verdict != failure->verdict)
    return false;
  return now.verdict != TSP_FUZZ_WRONG_END ||
         (now.end.fault == failure->end.fault && now.end.queue == failure->end.queue);
}

/* Drops runs of `size` instructions as long as that leaves a failing program. Instructions are looked at in their order
 * by queue, so that a large run is about a queue. */
static bool drop_runs(tsp_fuzz **f, size_t size, bool closed, int uses, tsp_engine *dut,
                      const tsp_fuzz_outcome *failure)
{
  bool dropped = false;
  for (size_t from = 0; from < tsp_fuzz_count(*f);) {
    size_t count = tsp_fuzz_count(*f);
    bool *drop = calloc(count + 1, sizeof *drop);
    for (size_t i = from; drop && i < from + size && i < count; i++)
      drop[i] = true;
    tsp_fuzz *less = drop ? tsp_fuzz_without(*f, drop, closed) : NULL;
    free(drop);
    if (less && tsp_fuzz_count(less) < count && fails_alike(less, uses, dut, failure)) {
      tsp_fuzz_free(*f);
      *f = less;
      dropped = true;
    } else {
      tsp_fuzz_free(less);
      from += size;
    }
  }
  return dropped;
}

/* Drops whole queues. */
static void drop_queues(tsp_fuzz **f, bool closed, int uses, tsp_engine *dut, const tsp_fuzz_outcome *failure)
{
  for (int q = tsp_engine_config(dut)->queues - 1; q >= 0; q--) {
    size_t count = tsp_fuzz_count(*f), n = 0;
    bool *drop = calloc(count + 1, sizeof *drop);
    for (size_t i = 0; drop && i < count; i++)
      n += drop[i] = tsp_fuzz_at(*f, i).queue == q;
    tsp_fuzz *less = drop && n ? tsp_fuzz_without(*f, drop, closed) : NULL;
    free(drop);
    if (less && fails_alike(less, uses, dut, failure)) {
      tsp_fuzz_free(*f);
      *f = less;
    } else {
      tsp_fuzz_free(less);
    }
  }
}

tsp_fuzz *tsp_fuzz_shrink(const tsp_fuzz *f, int *uses, tsp_engine *dut, const tsp_fuzz_outcome *failure)
{
  bool *none = calloc(tsp_fuzz_count(f) + 1, sizeof *none);
  tsp_fuzz *best = none ? tsp_fuzz_without(f, none, false) : NULL;
  bool legal = failure->verdict != TSP_FUZZ_DIVERGED; /* else a program need not stay legal */
  free(none);
  for (int use = 1; best && use < TSP_FUZZ_ALL; use *= 2)
    if (fails_alike(best, *uses & ~use, dut, failure))
      *uses &= ~use;
  for (int closed = 1; best && closed >= (legal ? 1 : 0); closed--) {
    drop_queues(&best, closed, *uses, dut, failure);
    for (size_t size = tsp_fuzz_count(best) / 2; size > 0; size /= 2)
      while (drop_runs(&best, size, closed, *uses, dut, failure) && size == 1)
        ;
  }
  return best;
}
