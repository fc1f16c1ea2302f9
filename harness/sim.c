/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"
#include "files.h"
#include "rolling.h"
#include "tsp_verify.h"
#include "upset.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 4096, SPARE = 4096 }; /* cycles between two looks at the clock; beyond the predicted ones */

/* One program on its engines. */
typedef struct {
  const tsp_sim_options *o;
  tsp_report *r;
  tsp_run run;
  tsp_engine *ref, *dut; /* ref: golden, with lockstep or alone; dut: the RTL, or golden alone */
  tsp_lockstep *lockstep;
  tsp_predict *predict;
  tsp_progress *progress;
  bool writing; /* waves */
  tsp_rolling *rolling;
  uint64_t cycle; /* the next to run */
} sim;

const char *tsp_sim_engine_name(int on)
{
  static const char *const name[] = {"lockstep", "golden", "rtl"};
  return name[on];
}

int tsp_sim_engine_find(const char *name)
{
  for (int on = TSP_ON_LOCKSTEP; on <= TSP_ON_RTL; on++)
    if (strcmp(name, tsp_sim_engine_name(on)) == 0)
      return on;
  return -1;
}

static void verdict(tsp_report *r, tsp_verdict v, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void verdict(tsp_report *r, tsp_verdict v, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  vsnprintf(r->reason, sizeof r->reason, format, ap);
  va_end(ap);
  r->verdict = v;
}

uint64_t tsp_sim_limit(const tsp_sim_options *o, const tsp_image *image)
{
  if (o->limit)
    return o->limit;
  return image->cycles_predicted ? image->cycles_predicted + SPARE : UINT64_C(10000000);
}

static tsp_status open_engines(sim *s, tsp_error *err)
{
  const tsp_sim_options *o = s->o;
  tsp_status st = TSP_OK;
  if (o->on != TSP_ON_RTL)
    st = tsp_golden_open(s->r->cfg, NULL, o->on == TSP_ON_LOCKSTEP ? TSP_VIEWS | TSP_TRACE : TSP_TRACE, &s->ref);
  if (st != TSP_OK)
    return tsp_fail(err, st, "golden does not open: %s", tsp_status_text(st));
  if (o->on == TSP_ON_GOLDEN) {
    s->dut = s->ref;
    return TSP_OK;
  }
  st = tsp_engines_rtl(s->r->cfg, o->seed, &s->dut, err);
  return st == TSP_OK && o->on == TSP_ON_LOCKSTEP ? tsp_lockstep_open(s->ref, s->dut, NULL, &s->lockstep, err) : st;
}

static tsp_status start(sim *s, tsp_error *err)
{
  tsp_status st = open_engines(s, err);
  if (st == TSP_OK && s->lockstep)
    st = tsp_lockstep_start(s->lockstep, s->run.image, err);
  else if (st == TSP_OK && (st = tsp_engine_load(s->dut, s->run.image, err)) == TSP_OK &&
           (st = tsp_engine_start(s->dut)) != TSP_OK)
    st = tsp_fail(err, st, "%s does not start: %s", tsp_engine_name(s->dut), tsp_status_text(st));
  if (st == TSP_OK && s->o->inject && !s->lockstep)
    st = tsp_fail(err, TSP_EFORMAT, "inject needs the lockstep: only it can tell whether a flip is seen");
  else if (st == TSP_OK && s->o->inject)
    st = tsp_flip_parse(s->o->inject, s->dut, s->o->seed, s->run.image->cycles_predicted, &s->r->flip, err);
  if (st != TSP_OK || !s->ref)
    return st;
  s->predict = tsp_predict_new(s->r->cfg, s->run.image);
  if (!s->predict)
    return tsp_fail(err, TSP_ENOMEM, "out of memory for the schedule check");
  tsp_golden_on_dispatch(s->ref, tsp_predict_dispatch, s->predict);
  return TSP_OK;
}

/* Opens and closes the waves when the window's cycles come. */
static tsp_status waves(sim *s, tsp_error *err)
{
  const tsp_sim_options *o = s->o;
  if (!o->waves)
    return TSP_OK;
  bool inside = !o->has_window || (s->cycle >= o->from && s->cycle - o->from < o->cycles);
  if (inside == s->writing)
    return TSP_OK;
  char path[320];
  snprintf(path, sizeof path, "%s/waves.fst", o->out);
  tsp_status st = tsp_engines_waves(s->dut, inside ? path : NULL);
  if (st != TSP_OK)
    return st == TSP_ESTATE ? tsp_fail(err, st, "%s has no waves here: build %s-waves, or use make sim WAVES=1",
                                       tsp_engine_name(s->dut), o->program)
                            : tsp_fail(err, st, "%s cannot be written: %s", path, tsp_status_text(st));
  s->writing = inside;
  if (inside)
    snprintf(s->r->waves, sizeof s->r->waves, "%s", path);
  return TSP_OK;
}

/* How many cycles an engine alone may run before something has to be done. */
static uint64_t chunk(const sim *s, uint64_t limit)
{
  const tsp_flip *f = &s->r->flip;
  uint64_t n = s->run.upsets ? 1 : s->o->on == TSP_ON_RTL ? 64 : CHUNK;
  uint64_t stop[] = {limit, f->on ? f->cycle + 1 : limit, s->o->waves && s->o->has_window ? s->o->from : limit,
                     s->o->waves && s->o->has_window ? s->o->from + s->o->cycles : limit};
  for (size_t i = 0; i < sizeof stop / sizeof *stop; i++)
    if (stop[i] > s->cycle && stop[i] - s->cycle < n)
      n = stop[i] - s->cycle;
  return n;
}

static tsp_status flip(sim *s, uint64_t cycle, tsp_error *err)
{
  const tsp_flip *f = &s->r->flip;
  if (!f->on || f->cycle != cycle)
    return TSP_OK;
  tsp_status st = tsp_engines_flip(s->dut, f->reg, f->element, f->bit);
  return st == TSP_OK ? st : tsp_fail(err, st, "the bit cannot be flipped: %s", tsp_status_text(st));
}

static tsp_status upset(sim *s, uint64_t cycle, tsp_error *err)
{
  tsp_status st = tsp_upset_cycle(&s->run, s->ref, s->dut == s->ref ? NULL : s->dut, cycle);
  return st == TSP_OK ? st : tsp_fail(err, st, "a bit of memory cannot be upset: %s", tsp_status_text(st));
}

/* One cycle of the lockstep, or a chunk of an engine alone. *setup: a failure that is not the machine's. */
static tsp_status advance(sim *s, uint64_t limit, bool *setup, tsp_error *err)
{
  *setup = true;
  uint64_t ran = 1;
  tsp_status st = waves(s, err);
  if (st != TSP_OK)
    return st;
  tsp_status stepped = s->lockstep ? tsp_lockstep_advance(s->lockstep) : tsp_engine_step(s->dut, chunk(s, limit), &ran);
  if (stepped != TSP_OK && stepped != TSP_EFAULT)
    return tsp_fail(err, stepped, "the machine does not step: %s", tsp_status_text(stepped));
  s->cycle += ran;
  st = upset(s, s->cycle - 1, err);
  if (st == TSP_OK)
    st = flip(s, s->cycle - 1, err);
  if (st != TSP_OK)
    return st;
  *setup = false;
  return s->lockstep ? tsp_lockstep_compare(s->lockstep) : stepped;
}

static void state_path(const sim *s, char path[320])
{
  snprintf(path, 320, "%s/rtl.state", s->o->out);
}

/* In a snapshot: leaves the RTL as it stands, for a program with waves to go on from. */
static void leave_state(const sim *s)
{
  uint8_t *bytes;
  size_t size;
  char path[320];
  state_path(s, path);
  if (tsp_engine_save(s->dut, &bytes, &size) != TSP_OK)
    _exit(1);
  FILE *f = fopen(path, "wb");
  bool ok = f && fwrite(bytes, 1, size, f) == size;
  ok = f && fclose(f) == 0 && ok;
  if (!ok)
    unlink(path);
  _exit(!ok);
}

static tsp_status step_all(sim *s, bool *setup, tsp_error *err)
{
  const tsp_image *image = s->run.image;
  uint64_t limit = tsp_sim_limit(s->o, image);
  tsp_status st = TSP_OK;
  double before = tsp_now();
  while (st == TSP_OK && !tsp_engine_csr(s->dut).done && s->cycle < limit) {
    if (s->rolling && tsp_rolling_tick(s->rolling, s->cycle))
      leave_state(s);
    st = advance(s, limit, setup, err);
    tsp_progress_tick(s->progress, s->r->test, s->cycle, image->cycles_predicted);
  }
  s->r->run_s += tsp_now() - before;
  s->progress->base += s->cycle;
  if (s->writing)
    tsp_engines_waves(s->dut, NULL);
  if (s->r->waves[0]) {
    const tsp_sim_options *o = s->o;
    tsp_status written = tsp_sim_savefile(o, image, o->has_window ? o->from : 0, o->has_window ? o->cycles : 0,
                                          s->lockstep ? tsp_lockstep_divergence(s->lockstep) : NULL, err);
    if (written != TSP_OK && st == TSP_OK) {
      *setup = true;
      return written;
    }
  }
  return st;
}

static void diverged(sim *s)
{
  tsp_report *r = s->r;
  const tsp_divergence *d = tsp_lockstep_divergence(s->lockstep);
  r->diverged = true;
  r->divergence = *d;
  r->divergence.lane_differs = NULL;
  size_t lanes = (size_t)d->superlanes * (size_t)d->lanes;
  if (d->lane_differs && (r->divergence.lane_differs = malloc(lanes)))
    memcpy(r->divergence.lane_differs, d->lane_differs, lanes);
  bool after = d->place.kind == TSP_AT_CONTENTS;
  if (r->flip.on && d->cycle >= r->flip.cycle) {
    r->flip.caught = true;
    r->flip.caught_cycle = d->cycle;
    verdict(r, TSP_VERDICT_FAIL,
            "caught: the flip of cycle %" PRIu64 " diverged at cycle %" PRIu64 "%s, distance %" PRIu64, r->flip.cycle,
            d->cycle, after ? " in the final memory" : "", d->cycle - r->flip.cycle);
  } else if (after) {
    verdict(r, TSP_VERDICT_FAIL, "memory differs after the end; every cycle agreed");
  } else {
    verdict(r, TSP_VERDICT_FAIL, "diverged at cycle %" PRIu64 "; every earlier cycle agreed", d->cycle);
  }
}

static void faulted(sim *s)
{
  tsp_csr c = tsp_engine_csr(s->dut);
  char name[16] = "?", text[128] = "";
  if (c.fault_queue < s->r->cfg->queues) {
    tsp_queue_view q = tsp_engine_queue(s->dut, c.fault_queue);
    tsp_queue_name(s->r->cfg, c.fault_queue, name);
    if (q.prev)
      tsp_word_text(tsp_isa_builtin(), s->r->cfg, q.prev, text, sizeof text);
  }
  if (s->r->flip.on) {
    s->r->flip.caught = true;
    s->r->flip.caught_cycle = c.cycles;
  }
  verdict(s->r, TSP_VERDICT_FAIL, "schedule fault %d (%s) in queue %s at cycle %" PRIu64 "%s%s", c.fault_code,
          tsp_fault_text((tsp_fault_code)c.fault_code), name, c.fault_cycle,
          text[0] ? "; its last instruction is " : "", text);
}

/* The checks after the end, in the order in which they explain each other. */
static tsp_status check_end(sim *s, tsp_error *err)
{
  tsp_report *r = s->r;
  uint64_t predicted = s->run.image->cycles_predicted, executed = r->csr.cycles;
  tsp_status st = s->lockstep ? tsp_lockstep_contents(s->lockstep) : TSP_OK;
  if (st == TSP_EDIVERGED)
    diverged(s);
  else if (st != TSP_OK)
    return tsp_fail(err, st, "the final memory cannot be compared: %s", tsp_status_text(st));
  tsp_oracle one = {0};
  if (s->run.check && (st = s->run.check(s->run.ctx, s->run.image, s->dut, &one)) != TSP_OK && st != TSP_EDIVERGED)
    return tsp_fail(err, st, "the oracle does not work: %s", tsp_status_text(st));
  uint64_t compared = r->oracle.compared + one.compared;
  if (one.max_abs_err < r->oracle.max_abs_err)
    one.max_abs_err = r->oracle.max_abs_err;
  if (one.max_ulp < r->oracle.max_ulp)
    one.max_ulp = r->oracle.max_ulp;
  r->has_oracle = s->run.check != NULL;
  r->oracle = one;
  r->oracle.compared = compared;
  if (r->verdict != TSP_VERDICT_PASS)
    return TSP_OK;
  if (one.mismatches || st == TSP_EDIVERGED)
    verdict(r, TSP_VERDICT_FAIL, "%" PRIu64 " of %" PRIu64 " outputs differ from the oracle%s%s", one.mismatches,
            compared, one.first[0] ? "; first: " : "", one.first);
  else if (r->has_oracle && !one.compared)
    verdict(r, TSP_VERDICT_FAIL, "the oracle compared nothing");
  else if (r->has_prediction && r->prediction.wrong)
    verdict(r, TSP_VERDICT_FAIL, "%" PRIu64 " instructions not as predicted; first: %s", r->prediction.wrong,
            r->prediction.first);
  else if (predicted && predicted != executed)
    verdict(r, TSP_VERDICT_FAIL, "%" PRIu64 " cycles executed, %" PRIu64 " predicted", executed, predicted);
  if (r->verdict != TSP_VERDICT_PASS && r->flip.on) {
    r->flip.caught = true;
    r->flip.caught_cycle = executed;
  }
  return TSP_OK;
}

static void add_prediction(tsp_report *r, const tsp_prediction *p)
{
  tsp_prediction *sum = &r->prediction;
  r->has_prediction = true;
  sum->known = sum->known || p->known;
  sum->dispatched += p->dispatched;
  for (int i = 0; i < TSP_UNITS; i++)
    sum->unit[i] += p->unit[i];
  sum->wrong += p->wrong;
  memcpy(sum->first, p->first, sizeof sum->first);
}

static void add_numbers(sim *s)
{
  tsp_report *r = s->r;
  const tsp_bound *bound = tsp_image_bound(s->run.image);
  r->lower_bound += bound ? bound->cycles : 0;
  r->cycles_predicted += s->run.image->cycles_predicted;
  r->cycles_executed += r->csr.cycles;
  if (s->predict) {
    tsp_prediction p = tsp_predict_result(s->predict, r->csr.done);
    add_prediction(r, &p);
  }
}

static void add_counts(sim *s)
{
  const tsp_count *c = s->lockstep ? tsp_lockstep_counts(s->lockstep) : NULL;
  for (int i = 0; c && i < TSP_COUNTS; i++) {
    s->r->count[i].name = c[i].name;
    s->r->count[i].compared += c[i].compared;
    s->r->count[i].different += c[i].different;
    s->r->compared += c[i].compared;
    s->r->different += c[i].different;
  }
}

/* No program runs that the verifier does not prove, unless it is wrong on purpose. */
static bool prove(sim *s)
{
  tsp_verify_result v;
  tsp_error err = {""};
  if (s->o->unproved || s->run.unproved)
    return true;
  tsp_status st = tsp_verify(s->r->cfg, NULL, s->run.image, TSP_VERIFY_ALL, NULL, &v, &err);
  if (st == TSP_EFAULT)
    verdict(s->r, TSP_VERDICT_FAIL, "not proved: %s", err.text);
  else if (st != TSP_OK)
    verdict(s->r, TSP_VERDICT_ERROR, "%s", err.text);
  s->r->proved += st == TSP_OK;
  return st == TSP_OK;
}

/* From the snapshot that reaches furthest back. */
static void roll_back(sim *s)
{
  if (s->rolling && s->r->verdict == TSP_VERDICT_FAIL && tsp_rolling_wake(s->rolling, &s->r->state_cycle))
    state_path(s, s->r->state);
}

static void run_program(sim *s)
{
  tsp_error err = {""};
  bool setup = true;
  if (!prove(s))
    return;
  tsp_status st = start(s, &err);
  if (st == TSP_OK && s->o->rolling && s->o->on == TSP_ON_GOLDEN)
    st = tsp_fail(&err, TSP_EFORMAT, "--waves=fail needs the RTL: the golden model has no waves");
  if (st == TSP_OK && s->o->rolling && !(s->rolling = tsp_rolling_new(TSP_ROLLING_PAUSE)))
    st = tsp_fail(&err, TSP_ENOMEM, "out of memory for the rolling window");
  if (st == TSP_OK)
    st = step_all(s, &setup, &err);
  if (st != TSP_OK && setup) {
    verdict(s->r, TSP_VERDICT_ERROR, "%s", err.text);
    return;
  }
  s->r->csr = tsp_engine_csr(s->dut);
  if (st == TSP_EDIVERGED)
    diverged(s);
  add_numbers(s);
  if (st == TSP_EFAULT)
    faulted(s);
  else if (st == TSP_OK && !s->r->csr.done)
    verdict(s->r, TSP_VERDICT_FAIL, "not done after %" PRIu64 " cycles", s->cycle);
  else if (st == TSP_OK && check_end(s, &err) != TSP_OK)
    verdict(s->r, TSP_VERDICT_ERROR, "%s", err.text);
  add_counts(s);
  roll_back(s);
}

tsp_status tsp_sim_config(const tsp_image *image, const tsp_config **out, tsp_error *err)
{
  *out = tsp_config_find(image->config);
  return *out ? TSP_OK : tsp_fail(err, TSP_ERANGE, "the image is of configuration %s, which is unknown", image->config);
}

static bool ends_with(const char *s, const char *end)
{
  size_t n = strlen(s), e = strlen(end);
  return n > e && strcmp(s + n - e, end) == 0;
}

tsp_status tsp_sim_named(tsp_sim_options *o, const char *config, tsp_error *err)
{
  for (int i = 0; i < tsp_case_count; i++)
    if (strcmp(tsp_cases[i]->name, o->name) == 0)
      o->test = tsp_cases[i];
  o->cfg = o->test ? tsp_config_find(config) : NULL;
  return !o->test || o->cfg ? TSP_OK : tsp_fail(err, TSP_ERANGE, "there is no configuration '%s'", config);
}

tsp_status tsp_sim_program(const tsp_sim_options *o, int i, tsp_run *out, tsp_error *err)
{
  *out = (tsp_run){0};
  if (o->test)
    return o->test->make(o->cfg, o->seed, i, out, err);
  if (ends_with(o->name, ".tk"))
    return tsp_kernel_make(o->cfg ? o->cfg : tsp_config_find("mini"), o->name, o->set, o->seed, out, err);
  return ends_with(o->name, ".s") ? tsp_asm_read(o->name, &out->image, err) : tsp_image_read(o->name, &out->image, err);
}

static void one(const tsp_sim_options *o, tsp_report *r, int i, tsp_progress *progress)
{
  sim s = {.o = o, .r = r, .progress = progress};
  tsp_error err = {""};
  r->run = i;
  tsp_status st = tsp_sim_program(o, i, &s.run, &err);
  r->too_large += s.run.too_large;
  r->unjudged += s.run.unjudged;
  if (st == TSP_OK)
    st = tsp_sim_config(s.run.image, &r->cfg, &err);
  if (st == TSP_OK && o->cfg && r->cfg && strcmp(o->cfg->name, r->cfg->name) != 0)
    st = tsp_fail(&err, TSP_ERANGE, "the image is of configuration %s, not %s", r->cfg->name, o->cfg->name);
  if (st != TSP_OK) {
    verdict(r, TSP_VERDICT_ERROR, "%s", err.text[0] ? err.text : tsp_status_text(st));
  } else {
    snprintf(r->config, sizeof r->config, "%s", r->cfg->name);
    run_program(&s);
  }
  tsp_lockstep_close(s.lockstep);
  if (s.ref != s.dut)
    tsp_engine_close(s.ref);
  tsp_engine_close(s.dut);
  tsp_predict_free(s.predict);
  tsp_rolling_free(s.rolling);
  if (s.run.free)
    s.run.free(s.run.ctx);
  tsp_image_free(r->image);
  r->image = s.run.image;
}

static void finish(tsp_report *r)
{
  for (int i = 0; r->has_prediction && i < TSP_UNITS; i++) {
    double slots = (double)tsp_predict_unit_queues(r->cfg, i) * (double)r->cycles_executed;
    r->utilisation[i] = slots > 0 ? (double)r->prediction.unit[i] / slots : 0;
  }
  if (r->flip.on && r->flip.name[0] && r->verdict == TSP_VERDICT_PASS)
    verdict(r, TSP_VERDICT_PASS,
            "masked: every cycle and the end state agree, %" PRIu64
            " values compared equal, the final memory among them",
            r->compared);
}

void tsp_sim(const tsp_sim_options *o, tsp_report *r)
{
  double before = tsp_now();
  tsp_progress progress;
  memset(r, 0, sizeof *r);
  snprintf(r->test, sizeof r->test, "%s", o->name);
  snprintf(r->config, sizeof r->config, "%s", o->cfg ? o->cfg->name : "?");
  snprintf(r->engine, sizeof r->engine, "%s", tsp_sim_engine_name(o->on));
  snprintf(r->out, sizeof r->out, "%s", o->out);
  snprintf(r->program, sizeof r->program, "%s", o->program);
  r->from_file = !o->test && !ends_with(o->name, ".tk");
  r->set = o->set;
  r->seed = o->seed;
  r->cfg = o->cfg;
  r->runs = o->test ? o->test->runs : 1;
  tsp_progress_start(&progress, o->progress);
  int first = o->run >= 0 ? o->run : 0, last = o->run >= 0 ? o->run + 1 : r->runs;
  if (o->run >= r->runs)
    verdict(r, TSP_VERDICT_ERROR, "%s has %d programs, numbered from 0: there is none numbered %d", o->name, r->runs,
            o->run);
  for (int i = first; i < last && r->verdict == TSP_VERDICT_PASS; i++)
    one(o, r, i, &progress);
  tsp_progress_end(&progress);
  finish(r);
  tsp_error err = {""};
  if (r->image && tsp_program_write(o->out, r->image, &err) != TSP_OK)
    verdict(r, TSP_VERDICT_ERROR, "%s", err.text);
  r->wall_s = tsp_now() - before;
}
