/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include <stdlib.h>

/* In the order of TSP_AT_QUEUE.. */
static const tsp_checker *const checkers[] = {
    &tsp_check_queues, &tsp_check_memory,  &tsp_check_weights, &tsp_check_accumulators, &tsp_check_maps,
    &tsp_check_vxm,    &tsp_check_streams, &tsp_check_sends,   &tsp_check_csr,
};
enum { CHECKERS = sizeof checkers / sizeof *checkers };
_Static_assert((int)CHECKERS == (int)TSP_AT_CONTENTS && (int)TSP_COUNTS == (int)TSP_AT_KINDS, "one counter per kind");

struct tsp_lockstep {
  tsp_engine *ref, *dut;
  const tsp_image *image;
  bool other_tables, diverged;
  tsp_status last; /* of the last advance */
  tsp_count count[TSP_COUNTS];
  tsp_divergence divergence;
};

tsp_place tsp_place_new(int kind, const char *field, int bits, uint64_t expected, uint64_t got)
{
  return (tsp_place){.kind = (uint8_t)kind,
                     .field = field,
                     .unit = -1,
                     .superlane = -1,
                     .lane = -1,
                     .direction = -1,
                     .column = -1,
                     .stream = -1,
                     .index = -1,
                     .out = -1,
                     .bits = bits,
                     .expected = expected,
                     .got = got};
}

static tsp_status check_pair(tsp_engine *ref, tsp_engine *dut, bool other_tables, tsp_error *err)
{
  if (strcmp(tsp_engine_name(ref), "golden") != 0)
    return tsp_fail(err, TSP_ERANGE, "the reference of a lockstep is a golden machine, not %s", tsp_engine_name(ref));
  const tsp_config *a = tsp_engine_config(ref), *b = tsp_engine_config(dut);
  if (a->superlanes != b->superlanes || a->lanes != b->lanes || a->streams != b->streams || a->columns != b->columns ||
      a->mem_slices != b->mem_slices || a->mem_words != b->mem_words || a->planes != b->planes || a->alus != b->alus ||
      a->acc_depth != b->acc_depth || a->maps != b->maps || a->links != b->links || a->ecc != b->ecc ||
      a->queues != b->queues)
    return tsp_fail(err, TSP_ERANGE, "the machines have different configurations: golden %s, %s %s", a->name,
                    tsp_engine_name(dut), b->name);
  uint64_t want = tsp_engine_csr(ref).table_hash, have = tsp_engine_csr(dut).table_hash;
  if (want != have && !other_tables)
    return tsp_fail(err, TSP_ETABLES,
                    "%s (%s) was built from other tables: its hash is 0x%016llx, golden's is 0x%016llx; rebuild it",
                    tsp_engine_name(dut), b->name, (unsigned long long)have, (unsigned long long)want);
  return TSP_OK;
}

tsp_status tsp_lockstep_open(tsp_engine *ref, tsp_engine *dut, const tsp_lockstep_options *options, tsp_lockstep **out,
                             tsp_error *err)
{
  *out = NULL;
  bool other_tables = options && options->other_tables;
  tsp_status s = check_pair(ref, dut, other_tables, err);
  if (s != TSP_OK)
    return s;
  tsp_lockstep *l = calloc(1, sizeof *l);
  if (!l)
    return tsp_fail(err, TSP_ENOMEM, "out of memory for the lockstep");
  l->ref = ref;
  l->dut = dut;
  l->other_tables = other_tables;
  for (int i = 0; i < CHECKERS; i++)
    l->count[i].name = checkers[i]->name;
  l->count[TSP_AT_CONTENTS].name = "contents";
  *out = l;
  return TSP_OK;
}

void tsp_lockstep_close(tsp_lockstep *l)
{
  if (!l)
    return;
  tsp_divergence_free(&l->divergence);
  free(l);
}

static tsp_status load(const tsp_lockstep *l, tsp_engine *e, const tsp_image *image, tsp_error *err)
{
  tsp_image own = *image; /* shares everything but the hash */
  if (l->other_tables)
    own.table_hash = tsp_engine_csr(e).table_hash;
  return tsp_engine_load(e, &own, err);
}

static tsp_status start(tsp_engine *e, tsp_error *err)
{
  tsp_status s = tsp_engine_start(e);
  return s == TSP_OK ? s : tsp_fail(err, s, "%s does not start: %s", tsp_engine_name(e), tsp_status_text(s));
}

/* Memory has no reset: both machines begin with what the reference holds, so that words which the program never writes
 * compare equal. Loading then writes to each by itself. */
static tsp_status equal_memory(const tsp_lockstep *l, tsp_error *err)
{
  const tsp_config *c = tsp_engine_config(l->ref);
  uint8_t *word = malloc((size_t)c->vector);
  tsp_status s = word ? l->ref->ops->reset(l->ref) : TSP_ENOMEM;
  if (s == TSP_OK)
    s = l->dut->ops->reset(l->dut);
  for (int slice = 0; s == TSP_OK && slice < 2 * c->mem_slices; slice++)
    for (uint32_t addr = 0; s == TSP_OK && addr < (uint32_t)c->mem_words; addr++)
      if ((s = tsp_engine_mem_read(l->ref, slice, addr, word)) == TSP_OK)
        s = tsp_engine_mem_write(l->dut, slice, addr, word);
  free(word);
  return s == TSP_OK ? s : tsp_fail(err, s, "the memories cannot be made equal: %s", tsp_status_text(s));
}

tsp_status tsp_lockstep_load(tsp_lockstep *l, const tsp_image *image, tsp_error *err)
{
  l->image = image;
  tsp_status s = equal_memory(l, err);
  if (s == TSP_OK)
    s = load(l, l->ref, image, err);
  return s == TSP_OK ? load(l, l->dut, image, err) : s;
}

tsp_status tsp_lockstep_restart(tsp_lockstep *l, tsp_error *err)
{
  l->last = TSP_OK;
  tsp_status s = start(l->ref, err);
  return s == TSP_OK ? start(l->dut, err) : s;
}

tsp_status tsp_lockstep_start(tsp_lockstep *l, const tsp_image *image, tsp_error *err)
{
  tsp_status s = tsp_lockstep_load(l, image, err);
  return s == TSP_OK ? tsp_lockstep_restart(l, err) : s;
}

void tsp_lockstep_resume(tsp_lockstep *l, const tsp_image *image)
{
  l->image = image;
  l->last = TSP_OK;
  l->diverged = false;
  tsp_divergence_free(&l->divergence);
  l->divergence = (tsp_divergence){0};
}

tsp_status tsp_lockstep_advance(tsp_lockstep *l)
{
  if (!l->image || l->diverged)
    return TSP_ESTATE;
  tsp_status a = tsp_engine_step(l->ref, 1, NULL), b = tsp_engine_step(l->dut, 1, NULL);
  if (a != TSP_OK && a != TSP_EFAULT)
    return a;
  if (b != TSP_OK && b != TSP_EFAULT)
    return b;
  l->last = a; /* a fault of one alone shows in the CSRs */
  return TSP_OK;
}

static tsp_pair pair_now(const tsp_lockstep *l)
{
  tsp_pair p = {.ref = l->ref, .dut = l->dut, .cfg = tsp_engine_config(l->ref), .other_tables = l->other_tables};
  p.cycle = tsp_engine_csr(l->ref).cycles;
  p.ref_event = tsp_engine_events(l->ref, &p.ref_events);
  p.dut_event = tsp_engine_events(l->dut, &p.dut_events);
  return p;
}

/* The rest of the vector passes the same place in the following cycles, one superlane each. */
static void widen(tsp_lockstep *l, tsp_divergence *d)
{
  const tsp_checker *checker = checkers[d->place.kind];
  const tsp_config *cfg = tsp_engine_config(l->ref);
  if (!checker->lanes || !(d->lane_differs = calloc((size_t)cfg->superlanes, (size_t)cfg->lanes)))
    return;
  d->superlanes = cfg->superlanes;
  d->lanes = cfg->lanes;
  for (int s = d->place.superlane;; s++) {
    tsp_pair p = pair_now(l);
    checker->lanes(&p, &d->place, s, d->lane_differs + (size_t)s * (size_t)cfg->lanes);
    d->lanes_compared = (uint64_t)(s + 1) * (uint64_t)cfg->lanes;
    if (s + 1 == cfg->superlanes || tsp_engine_step(l->ref, 1, NULL) != TSP_OK ||
        tsp_engine_step(l->dut, 1, NULL) != TSP_OK)
      break;
  }
  for (int i = 0; i < cfg->superlanes * cfg->lanes; i++)
    d->lanes_differing += d->lane_differs[i];
}

static const tsp_event *event_of(const tsp_pair *p, const tsp_place *at)
{
  int kind = tsp_event_of_place(at->kind);
  if (kind < 0)
    return NULL;
  for (size_t i = 0; i < p->ref_events; i++) {
    const tsp_event *e = &p->ref_event[i];
    if (e->kind == kind && e->unit == at->unit && e->superlane == at->superlane && e->index == at->index)
      return e;
  }
  return NULL;
}

static void diverge(tsp_lockstep *l, const tsp_pair *p, const tsp_place *at, uint64_t values)
{
  tsp_divergence *d = &l->divergence;
  l->diverged = true;
  d->cycle = p->cycle;
  d->place = *at;
  d->values = values;
  d->vector_time = (int64_t)p->cycle - (at->superlane > 0 ? at->superlane : 0);
  tsp_divergence_explain(d, l->ref, l->image, event_of(p, at));
  if (at->kind < TSP_AT_CONTENTS)
    widen(l, d);
}

tsp_status tsp_lockstep_compare(tsp_lockstep *l)
{
  if (!l->image || l->diverged)
    return TSP_ESTATE;
  tsp_pair p = pair_now(l);
  tsp_place first = tsp_place_new(TSP_AT_KINDS, "", 0, 0, 0), at;
  uint64_t values = 0;
  for (int i = 0; i < CHECKERS; i++) {
    uint64_t before = l->count[i].different;
    checkers[i]->check(&p, &l->count[i], &at);
    if (l->count[i].different == before)
      continue;
    values += l->count[i].different - before;
    if (first.kind == TSP_AT_KINDS)
      first = at;
  }
  if (!values)
    return l->last;
  diverge(l, &p, &first, values);
  return TSP_EDIVERGED;
}

tsp_status tsp_lockstep_step(tsp_lockstep *l)
{
  tsp_status s = tsp_lockstep_advance(l);
  return s == TSP_OK ? tsp_lockstep_compare(l) : s;
}

tsp_status tsp_lockstep_run(tsp_lockstep *l, uint64_t limit)
{
  for (uint64_t i = 0; i < limit; i++) {
    tsp_status s = tsp_lockstep_step(l);
    if (s != TSP_OK || tsp_lockstep_done(l))
      return s;
  }
  return TSP_ESTATE;
}

tsp_status tsp_lockstep_contents(tsp_lockstep *l)
{
  if (!l->image || l->diverged)
    return TSP_ESTATE;
  tsp_place at;
  tsp_status s = tsp_check_contents(l->ref, l->dut, &l->count[TSP_AT_CONTENTS], &at);
  if (s == TSP_EDIVERGED) {
    tsp_pair p = pair_now(l);
    diverge(l, &p, &at, l->count[TSP_AT_CONTENTS].different);
  }
  return s;
}

bool tsp_lockstep_done(const tsp_lockstep *l)
{
  return tsp_engine_csr(l->ref).done && tsp_engine_csr(l->dut).done;
}

uint64_t tsp_lockstep_cycle(const tsp_lockstep *l)
{
  return tsp_engine_csr(l->ref).cycles;
}

const tsp_count *tsp_lockstep_counts(const tsp_lockstep *l)
{
  return l->count;
}

uint64_t tsp_lockstep_compared(const tsp_lockstep *l)
{
  uint64_t n = 0;
  for (int i = 0; i < TSP_COUNTS; i++)
    n += l->count[i].compared;
  return n;
}

uint64_t tsp_lockstep_different(const tsp_lockstep *l)
{
  uint64_t n = 0;
  for (int i = 0; i < TSP_COUNTS; i++)
    n += l->count[i].different;
  return n;
}

const tsp_divergence *tsp_lockstep_divergence(const tsp_lockstep *l)
{
  return l->diverged ? &l->divergence : NULL;
}
