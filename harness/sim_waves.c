/* SPDX-License-Identifier: Apache-2.0 */
/* The waves of a window, from a second run of the RTL alone: the same seed, program and flip give the same cycles. */
#include "savefile.h"
#include "sim.h"
#include <string.h>

static tsp_status to_cycle(tsp_engine *e, uint64_t *next, uint64_t until, const tsp_flip *f)
{
  while (*next < until) {
    uint64_t stop = f && f->on && f->cycle >= *next && f->cycle < until ? f->cycle + 1 : until, ran;
    tsp_status s = tsp_engine_step(e, stop - *next, &ran);
    if (s != TSP_OK && s != TSP_EFAULT)
      return s;
    *next += ran;
    if (f && f->on && *next == f->cycle + 1 && ran && (s = tsp_engines_flip(e, f->reg, f->element, f->bit)) != TSP_OK)
      return s;
    if (*next < stop)
      return TSP_OK; /* the program ended, or a fault stopped it */
  }
  return TSP_OK;
}

static tsp_status window(const tsp_sim_options *o, const tsp_image *image, tsp_engine *e, const tsp_flip *f,
                         tsp_error *err)
{
  char path[320];
  uint64_t next = 0, until = o->cycles ? o->from + o->cycles : tsp_sim_limit(o, image);
  snprintf(path, sizeof path, "%s/waves.fst", o->out);
  tsp_status s = to_cycle(e, &next, o->from, f);
  if (s != TSP_OK)
    return tsp_fail(err, s, "the RTL does not reach cycle %llu: %s", (unsigned long long)o->from, tsp_status_text(s));
  s = tsp_engines_waves(e, path);
  if (s != TSP_OK)
    return tsp_fail(err, s, "%s: %s", path, tsp_status_text(s));
  s = to_cycle(e, &next, until, f);
  tsp_engines_waves(e, NULL);
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
    s.direction = d->place.direction;
    s.stream = d->place.stream;
  }
  tsp_status st = tsp_sim_config(image, &cfg, err);
  return st == TSP_OK ? tsp_savefile_write(cfg, &s, path, err) : st;
}

tsp_status tsp_sim_waves(const tsp_sim_options *o, const tsp_image *image, const tsp_flip *flip, tsp_error *err)
{
  const tsp_config *cfg;
  tsp_engine *e = NULL;
  tsp_status s = tsp_sim_config(image, &cfg, err);
  if (s == TSP_OK)
    s = tsp_engines_rtl(cfg, o->seed, &e, err);
  if (s == TSP_OK && (s = tsp_engine_load(e, image, err)) == TSP_OK && (s = tsp_engine_start(e)) != TSP_OK)
    s = tsp_fail(err, s, "the RTL does not start: %s", tsp_status_text(s));
  if (s == TSP_OK)
    s = window(o, image, e, flip, err);
  tsp_engine_close(e);
  return s;
}
