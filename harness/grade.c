/* SPDX-License-Identifier: Apache-2.0 */
#include "grade.h"
#include "upset.h"
#include <stdlib.h>
#include <string.h>

enum { STATES = 16, SPARE = 1024 };
static const size_t ROOM = (size_t)1 << 30; /* bytes for saved states */

typedef struct {
  uint64_t cycle; /* in which both machines stand */
  uint8_t *bytes[2];
  size_t size[2];
} state;

struct tsp_grader {
  const tsp_run *run;
  tsp_engine *ref, *dut;
  tsp_lockstep *lockstep;
  uint64_t cycles; /* of the undisturbed run */
  int states;
  state state[STATES];
};

const char *tsp_grade_name(tsp_grade g)
{
  static const char *const name[TSP_GRADES] = {"corrected by ECC", "detected by ECC", "detected by lockstep", "masked",
                                               "unnoticed"};
  return name[g];
}

static void state_free(state *s)
{
  free(s->bytes[0]);
  free(s->bytes[1]);
  *s = (state){0};
}

static tsp_status save(tsp_grader *g)
{
  state *s = &g->state[g->states];
  s->cycle = tsp_lockstep_cycle(g->lockstep);
  tsp_status st = tsp_engine_save(g->ref, &s->bytes[0], &s->size[0]);
  if (st == TSP_OK)
    st = tsp_engine_save(g->dut, &s->bytes[1], &s->size[1]);
  if (st != TSP_OK)
    state_free(s);
  else
    g->states++;
  return st;
}

static tsp_status oracle(const tsp_grader *g, bool *right)
{
  tsp_oracle o = {0};
  tsp_status s = g->run->check ? g->run->check(g->run->ctx, g->run->image, g->dut, &o) : TSP_OK;
  *right = (s == TSP_OK || s == TSP_EDIVERGED) && !o.mismatches;
  return s == TSP_EDIVERGED ? TSP_OK : s;
}

/* A cycle of both, with the case's own upsets, compared. */
static tsp_status step(tsp_grader *g)
{
  tsp_status s = tsp_lockstep_advance(g->lockstep);
  if (s == TSP_OK)
    s = tsp_upset_cycle(g->run, g->ref, g->dut, tsp_lockstep_cycle(g->lockstep));
  return s == TSP_OK ? tsp_lockstep_compare(g->lockstep) : s;
}

/* The run without a flip: it tells the length; then once more, saving states. */
static tsp_status reference_run(tsp_grader *g, tsp_error *err)
{
  const tsp_image *image = g->run->image;
  uint64_t limit = image->cycles_predicted ? image->cycles_predicted + SPARE : UINT64_C(10000000);
  bool right = false;
  tsp_status s = tsp_lockstep_start(g->lockstep, image, err);
  if (s != TSP_OK)
    return s;
  for (uint64_t i = 0; s == TSP_OK && !tsp_lockstep_done(g->lockstep); i++)
    s = i < limit ? step(g) : TSP_ESTATE;
  if (s == TSP_OK)
    s = tsp_lockstep_contents(g->lockstep);
  if (s == TSP_OK)
    s = oracle(g, &right);
  if (s != TSP_OK || !right)
    return tsp_fail(err, s == TSP_OK ? TSP_EDIVERGED : s, "the program does not pass without a flip: %s",
                    s == TSP_OK ? "its outputs are wrong" : tsp_status_text(s));
  g->cycles = tsp_lockstep_cycle(g->lockstep);
  return TSP_OK;
}

static tsp_status save_states(tsp_grader *g, tsp_error *err)
{
  tsp_status s = tsp_lockstep_start(g->lockstep, g->run->image, err);
  if (s == TSP_OK && (s = step(g)) == TSP_OK)
    s = save(g); /* in cycle 0 */
  size_t each = s == TSP_OK ? g->state[0].size[0] + g->state[0].size[1] : 1, fit = ROOM / each;
  uint64_t count = fit < 1 ? 1 : fit > STATES ? STATES : fit, apart = g->cycles / count + 1;
  for (uint64_t c = 1; s == TSP_OK && c < g->cycles && g->states < (int)count; c++) {
    s = step(g);
    if (s == TSP_OK && c % apart == 0)
      s = save(g);
  }
  return s == TSP_OK ? s : tsp_fail(err, s, "the states cannot be saved: %s", tsp_status_text(s));
}

tsp_status tsp_grader_open(const tsp_run *run, tsp_engine *ref, tsp_engine *dut, tsp_grader **out, tsp_error *err)
{
  tsp_grader *g = calloc(1, sizeof *g);
  *out = NULL;
  if (!g)
    return tsp_fail(err, TSP_ENOMEM, "out of memory");
  g->run = run;
  g->ref = ref;
  g->dut = dut;
  tsp_status s = tsp_lockstep_open(ref, dut, NULL, &g->lockstep, err);
  if (s == TSP_OK)
    s = reference_run(g, err);
  if (s == TSP_OK)
    s = save_states(g, err);
  if (s != TSP_OK)
    tsp_grader_close(g);
  else
    *out = g;
  return s;
}

void tsp_grader_close(tsp_grader *g)
{
  if (!g)
    return;
  for (int i = 0; i < g->states; i++)
    state_free(&g->state[i]);
  tsp_lockstep_close(g->lockstep);
  free(g);
}

static tsp_status restore(tsp_grader *g, uint64_t cycle, tsp_error *err)
{
  int last = 0;
  for (int i = 1; i < g->states; i++)
    if (g->state[i].cycle <= cycle)
      last = i;
  const state *s = &g->state[last];
  tsp_status st = tsp_engine_restore(g->ref, s->bytes[0], s->size[0], err);
  if (st == TSP_OK)
    st = tsp_engine_restore(g->dut, s->bytes[1], s->size[1], err);
  tsp_lockstep_resume(g->lockstep, g->run->image);
  return st;
}

static tsp_status flip(const tsp_grader *g, const tsp_flip *f, tsp_error *err)
{
  tsp_status s = tsp_engines_flip(g->dut, f->reg, f->element, f->bit);
  return s == TSP_OK ? s : tsp_fail(err, s, "the bit cannot be flipped: %s", tsp_status_text(s));
}

/* Up to the flip, the flip, and on until something differs or all has ended. */
static tsp_status disturbed_run(tsp_grader *g, const tsp_flip *f, tsp_error *err)
{
  tsp_status s = TSP_OK;
  while (s == TSP_OK && tsp_lockstep_cycle(g->lockstep) < f->cycle)
    s = step(g);
  if (s != TSP_OK)
    return tsp_fail(err, TSP_ESTATE, "the restored run differs before its flip");
  s = flip(g, f, err);
  if (s == TSP_OK)
    s = tsp_lockstep_compare(g->lockstep);
  else
    return s;
  for (uint64_t i = 0; s == TSP_OK && !tsp_lockstep_done(g->lockstep) && i < g->cycles + SPARE; i++)
    s = step(g);
  if (s == TSP_OK && tsp_lockstep_done(g->lockstep))
    s = tsp_lockstep_contents(g->lockstep);
  return s == TSP_EDIVERGED || s == TSP_EFAULT ? TSP_OK : s;
}

/* What the RTL alone comes to after the machines have differed: with ECC it may have helped itself. */
static tsp_status alone(tsp_grader *g, tsp_graded *out)
{
  bool right = false;
  tsp_csr c = tsp_engine_csr(g->dut);
  for (uint64_t i = 0; c.running && i < g->cycles + SPARE; i++) {
    tsp_engine_step(g->dut, 1, NULL);
    c = tsp_engine_csr(g->dut);
  }
  out->grade = c.fault_code == TSP_FAULT_ECC ? TSP_GRADE_ECC : TSP_GRADE_LOCKSTEP;
  tsp_status s = c.done && c.ecc_count ? oracle(g, &right) : TSP_OK;
  if (c.done && c.ecc_count && c.cycles == g->cycles && right)
    out->grade = TSP_GRADE_CORRECTED;
  return s;
}

static tsp_status judge(tsp_grader *g, tsp_graded *out)
{
  const tsp_divergence *d = tsp_lockstep_divergence(g->lockstep);
  bool right = false;
  if (d) {
    out->flip.caught = true;
    out->flip.caught_cycle = d->cycle;
    out->distance = d->cycle - out->flip.cycle;
    out->in_the_end = d->place.kind == TSP_AT_CONTENTS;
    tsp_divergence_where(tsp_engine_config(g->ref), d, out->where, sizeof out->where);
    return alone(g, out);
  }
  tsp_status s = tsp_lockstep_done(g->lockstep) ? oracle(g, &right) : TSP_OK;
  out->grade = right ? TSP_GRADE_MASKED : TSP_GRADE_UNNOTICED;
  return s;
}

tsp_status tsp_grader_run(tsp_grader *g, uint64_t seed, tsp_graded *out, tsp_error *err)
{
  memset(out, 0, sizeof *out);
  tsp_status s = tsp_flip_parse("1", g->dut, seed, g->cycles, &out->flip, err);
  if (s == TSP_OK)
    s = restore(g, out->flip.cycle, err);
  if (s == TSP_OK)
    s = disturbed_run(g, &out->flip, err);
  if (s == TSP_OK)
    s = judge(g, out);
  return s;
}
