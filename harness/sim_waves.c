/* SPDX-License-Identifier: Apache-2.0 */
/* The waves of a window, from a second run of the RTL alone: the same seed, program and flip give the same cycles, be
 * it from the beginning or from a state that was saved. */
#include "savefile.h"
#include "sim.h"
#include "upset.h"
#include <inttypes.h>
#include <stdlib.h>

/* The RTL on its way through a program, and the next cycle to run. */
typedef struct {
  const tsp_run *run;
  const tsp_flip *flip;
  tsp_engine *e;
  uint64_t next;
} rerun;

static tsp_status to_cycle(rerun *r, uint64_t until)
{
  const tsp_flip *f = r->flip;
  while (r->next < until) {
    uint64_t stop = r->run->upsets ? r->next + 1 : until, ran;
    if (f->on && f->cycle >= r->next && f->cycle < stop)
      stop = f->cycle + 1;
    tsp_status s = tsp_engine_step(r->e, stop - r->next, &ran);
    if (s != TSP_OK && s != TSP_EFAULT)
      return s;
    r->next += ran;
    if (ran && (s = tsp_upset_cycle(r->run, NULL, r->e, r->next - 1)) != TSP_OK)
      return s;
    if (f->on && r->next == f->cycle + 1 && ran && (s = tsp_engines_flip(r->e, f->reg, f->element, f->bit)) != TSP_OK)
      return s;
    if (r->next < stop)
      return TSP_OK; /* the program ended, or a fault stopped it */
  }
  return TSP_OK;
}

static tsp_status restore(rerun *r, const char *path, uint64_t cycle, tsp_error *err)
{
  FILE *f = fopen(path, "rb");
  uint8_t *bytes = NULL;
  long size = f && fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;
  tsp_status s = TSP_EIO;
  if (size > 0 && fseek(f, 0, SEEK_SET) == 0 && (bytes = malloc((size_t)size)) &&
      fread(bytes, 1, (size_t)size, f) == (size_t)size)
    s = tsp_engine_restore(r->e, bytes, (size_t)size, err);
  else
    tsp_fail(err, s, "%s cannot be read", path);
  if (f)
    fclose(f);
  free(bytes);
  uint64_t stands = tsp_engine_csr(r->e).cycles;
  r->next = stands ? stands + 1 : 0; /* no snapshot is made between cycles 0 and 1 */
  if (s == TSP_OK && r->next > cycle)
    s = tsp_fail(err, TSP_EFORMAT, "%s is the RTL before cycle %" PRIu64 ", which is behind %" PRIu64, path, r->next,
                 cycle);
  return s;
}

static tsp_status window(const tsp_sim_options *o, rerun *r, tsp_error *err)
{
  char path[320];
  uint64_t until = o->cycles ? o->from + o->cycles : tsp_sim_limit(o, r->run->image);
  snprintf(path, sizeof path, "%s/waves.fst", o->out);
  tsp_status s = o->state ? restore(r, o->state, o->from, err) : TSP_OK;
  if (s == TSP_OK)
    s = to_cycle(r, o->from);
  if (s != TSP_OK)
    return err->text[0] ? s
                        : tsp_fail(err, s, "the RTL does not reach cycle %" PRIu64 ": %s", o->from, tsp_status_text(s));
  s = tsp_engines_waves(r->e, path);
  if (s != TSP_OK)
    return tsp_fail(err, s, "%s: %s", path, tsp_status_text(s));
  s = to_cycle(r, until);
  tsp_engines_waves(r->e, NULL);
  return s == TSP_OK ? s : tsp_fail(err, s, "the RTL stops inside the window: %s", tsp_status_text(s));
}

tsp_status tsp_sim_savefile(const tsp_sim_options *o, const tsp_image *image, uint64_t from, uint64_t cycles,
                            const tsp_divergence *d, tsp_error *err)
{
  const tsp_config *cfg;
  char fst[320], path[320];
  snprintf(fst, sizeof fst, "%s/waves.fst", o->out);
  snprintf(path, sizeof path, "%s/waves.gtkw", o->out);
  tsp_savefile s = {.fst = fst, .image = image, .from = from, .cycles = cycles, .cursor = TSP_CURSOR_FIND};
  if (d) {
    s.cursor = d->cycle;
    s.diverged = true;
    s.diverged_at = d->cycle;
    s.instr = d->has_instr ? &d->instr : NULL;
    s.superlane = d->place.superlane > 0 ? d->place.superlane : 0;
    s.has_stream = d->place.kind == TSP_AT_STREAM;
    s.has_queue = d->place.kind == TSP_AT_QUEUE;
    s.queue = d->place.unit;
    s.direction = d->place.direction;
    s.stream = d->place.stream;
  }
  tsp_status st = tsp_sim_config(image, &cfg, err);
  return st == TSP_OK ? tsp_savefile_write(cfg, &s, path, err) : st;
}

tsp_status tsp_sim_waves(const tsp_sim_options *o, const tsp_run *run, const tsp_flip *flip, tsp_error *err)
{
  const tsp_config *cfg;
  rerun r = {.run = run, .flip = flip};
  tsp_status s = tsp_sim_config(run->image, &cfg, err);
  if (s == TSP_OK)
    s = tsp_engines_rtl(cfg, o->seed, &r.e, err);
  if (s == TSP_OK && (s = tsp_engine_load(r.e, run->image, err)) == TSP_OK && (s = tsp_engine_start(r.e)) != TSP_OK)
    s = tsp_fail(err, s, "the RTL does not start: %s", tsp_status_text(s));
  if (s == TSP_OK)
    s = window(o, &r, err);
  tsp_engine_close(r.e);
  return s;
}
