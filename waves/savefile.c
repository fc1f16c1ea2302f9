/* SPDX-License-Identifier: Apache-2.0 */
#include "savefile.h"
#include "gtkw.h"
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  PS_PER_CYCLE = 1000,
  PIXELS_PER_CYCLE = 128, /* room for most instructions' text */
  LEAD = 2,               /* cycles shown left of the first link of a chain */
  LEAD_UP = 8,            /* and left of a given cursor */
  MAX_CHAIN = 16
};

/* The chains that are shown. */
typedef struct {
  const tsp_dispatch *weights[MAX_CHAIN], *result[MAX_CHAIN];
  size_t weights_count, result_count;
} chains;

static void mark_used(gtkw *g, int queue, uint64_t word)
{
  tsp_stream_use use[TSP_MAX_USES];
  const int n = tsp_stream_uses(g->cfg, word, use);

  g->queue_used[queue] = true;
  for (int i = 0; i < n; i++)
    for (int s = use[i].base; s < use[i].base + use[i].count; s++)
      g->stream_used[use[i].direction][s] = true;
}

/* What to show: what the program does in the window, or all there is. */
static tsp_status select_used(gtkw *g, const tsp_savefile *s, tsp_error *err)
{
  const uint64_t ago = (uint64_t)g->cfg->columns, from = s->from > ago ? s->from - ago : 0;
  const uint64_t to = s->cycles ? s->from + s->cycles - 1 : UINT64_MAX;
  tsp_status st;

  if (!s->image) {
    memset(g->queue_used, true, (size_t)g->cfg->queues);
    for (int d = TSP_EAST; d <= TSP_WEST; d++)
      memset(g->stream_used[d], true, (size_t)g->cfg->streams);
    return TSP_OK;
  }
  st = tsp_activity_record(g->cfg, s->image, from, to, &g->activity, err);
  for (size_t i = 0; st == TSP_OK && i < g->activity.count; i++)
    mark_used(g, g->activity.at[i].queue, g->activity.at[i].text);
  return st;
}

/* The instruction that the result chain ends in. */
static const tsp_dispatch *result_of(const gtkw *g, const tsp_savefile *s)
{
  const uint64_t stagger = (uint64_t)g->superlane;
  const tsp_activity *a = &g->activity;

  for (size_t i = 0; s->instr && i < a->count; i++)
    if (a->at[i].queue == s->instr->queue && a->at[i].cycle == s->instr->cycle)
      return &a->at[i];
  return tsp_activity_last(a, TSP_OP_WRITE,
                           s->cursor == TSP_CURSOR_FIND || s->cursor < stagger ? 0 : s->cursor - stagger);
}

/* The weights are those of the last LW before the result chain begins. */
static chains find_chains(const gtkw *g, const tsp_savefile *s)
{
  const tsp_activity *a = &g->activity;
  chains c = {0};

  c.result_count = tsp_activity_chain(g->cfg, a, result_of(g, s), c.result, MAX_CHAIN);
  c.weights_count = tsp_activity_chain(
      g->cfg, a, tsp_activity_last(a, TSP_OP_LW, c.result_count ? c.result[0]->cycle : 0), c.weights, MAX_CHAIN);
  return c;
}

/* Time in the FST at which a dispatch acts in the superlane shown. */
static uint64_t time_of(const gtkw *g, const tsp_dispatch *d)
{
  return (d->cycle + (uint64_t)g->superlane) * PS_PER_CYCLE;
}

static uint64_t opening_time(const gtkw *g, const tsp_savefile *s, const chains *c)
{
  if (s->cursor != TSP_CURSOR_FIND)
    return s->cursor * PS_PER_CYCLE;
  if (c->weights_count)
    return time_of(g, c->weights[0]);
  return c->result_count ? time_of(g, c->result[0]) : s->from * PS_PER_CYCLE;
}

static const tsp_dispatch *link_at(const chains *c, size_t i)
{
  return i < c->weights_count ? c->weights[i] : c->result[i - c->weights_count];
}

/* Zoom, cursor, and a named marker at every link of the chains: GTKWave has 26. */
static void time_lines(gtkw *g, const tsp_savefile *s, const chains *c)
{
  const uint64_t cursor = opening_time(g, s, c);
  const uint64_t back = (s->cursor == TSP_CURSOR_FIND ? LEAD : LEAD_UP) * PS_PER_CYCLE;
  const uint64_t first = s->from * PS_PER_CYCLE;
  const size_t links = c->weights_count + c->result_count < 26 ? c->weights_count + c->result_count : 26;
  char name[16];

  fprintf(g->to, "[timestart] %" PRIu64 "\n", cursor > first + back ? cursor - back : first);
  /* GTKWave shows 2^-zoom time units in 200 pixels. */
  fprintf(g->to, "*%f %" PRIu64, -log2(200.0 * PS_PER_CYCLE / PIXELS_PER_CYCLE), cursor);
  for (size_t i = 0; i < links; i++)
    fprintf(g->to, " %" PRIu64, time_of(g, link_at(c, i)));
  fprintf(g->to, "\n");
  for (size_t i = 0; i < links; i++)
    fprintf(g->to, "[markername] %c%s\n", (int)('A' + i), tsp_queue_name(g->cfg, link_at(c, i)->queue, name));
}

static void header(gtkw *g, const tsp_savefile *s, const char *path)
{
  char fst[PATH_MAX];

  fprintf(g->to, "[*] %s: cycle k of the program is at k ns\n", g->cfg->name);
  fprintf(g->to, "[dumpfile] \"%s\"\n", realpath(s->fst, fst) ? fst : s->fst);
  fprintf(g->to, "[savefile] \"%s\"\n", path);
  fprintf(g->to, "[size] 1800 1100\n[pos] -1 -1\n[sst_width] 10\n[signals_width] 330\n[sst_expanded] 0\n");
}

static void stagger(gtkw *g, const chains *c)
{
  tsp_stream_use link;

  for (size_t i = 0; i + 1 < c->result_count; i++)
    if (tsp_activity_link(g->cfg, c->result[i], c->result[i + 1], &link)) {
      gtkw_stagger(g, link.direction, link.base, tsp_queue_column(g->cfg, c->result[i + 1]->queue));
      return;
    }
  gtkw_stagger(g, TSP_EAST, 0, g->cfg->vxm_column);
}

static void body(gtkw *g, const tsp_savefile *s, const char *path)
{
  const chains c = find_chains(g, s);

  header(g, s, path);
  time_lines(g, s, &c);
  gtkw_chip(g);
  if (s->has_stream)
    gtkw_one_stream(g, s->direction, s->stream, true);
  if (c.weights_count)
    gtkw_chain(g, "follow weights to their LW", c.weights, c.weights_count);
  if (c.result_count)
    gtkw_chain(g, s->instr ? "follow the value to its instruction" : "follow a result to its Write", c.result,
               c.result_count);
  gtkw_slices(g);
  stagger(g, &c);
  gtkw_streams(g, s->image && !c.result_count && !c.weights_count);
}

/* GTKWave ends a program's path at its first space. */
static tsp_status found(const char *path, char *buf, size_t size, tsp_error *err)
{
  if (strpbrk(path, " \t"))
    return tsp_fail(err, TSP_EIO, "GTKWave cannot start '%s': its path has a space", path);
  if ((size_t)snprintf(buf, size, "%s", path) >= size)
    return tsp_fail(err, TSP_EIO, "the path of tsp-filter is too long");
  return TSP_OK;
}

tsp_status tsp_savefile_filter(const char *given, char *buf, size_t size, tsp_error *err)
{
  static const char *const place[] = {"", "../bin/", "../../bin/"};
  char self[PATH_MAX], path[PATH_MAX + 32], whole[PATH_MAX];
  const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

  if (given) {
    if (!realpath(given, whole) || access(whole, X_OK) != 0)
      return tsp_fail(err, TSP_EIO, "%s is no program", given);
    return found(whole, buf, size, err);
  }
  self[n < 0 ? 0 : n] = '\0';
  char *slash = strrchr(self, '/');
  if (slash)
    slash[1] = '\0';
  for (size_t i = 0; i < sizeof place / sizeof place[0]; i++) {
    snprintf(path, sizeof path, "%s%stsp-filter", self, place[i]);
    if (realpath(path, whole) && access(whole, X_OK) == 0)
      return found(whole, buf, size, err);
  }
  return tsp_fail(err, TSP_EIO, "there is no tsp-filter beside this program; make build/bin/tsp-filter");
}

static tsp_status write_file(gtkw *g, const tsp_savefile *s, const char *path, tsp_error *err)
{
  char part[PATH_MAX];
  bool bad;

  snprintf(part, sizeof part, "%s.part", path);
  g->to = fopen(part, "w");
  if (!g->to)
    return tsp_fail(err, TSP_EIO, "%s cannot be written", part);
  body(g, s, path);
  bad = ferror(g->to);
  bad = fclose(g->to) != 0 || bad;
  if (bad || rename(part, path) != 0) {
    unlink(part);
    return tsp_fail(err, TSP_EIO, "%s cannot be written", path);
  }
  return TSP_OK;
}

tsp_status tsp_savefile_write(const tsp_config *cfg, const tsp_savefile *s, const char *path, tsp_error *err)
{
  char filter[PATH_MAX];
  gtkw g = {.cfg = cfg, .filter = filter, .superlane = s->superlane};
  tsp_status st;

  if (s->superlane < 0 || s->superlane >= cfg->superlanes)
    return tsp_fail(err, TSP_ERANGE, "superlane %d is not in 0..%d", s->superlane, cfg->superlanes - 1);
  if (s->has_stream &&
      (s->direction < TSP_EAST || s->direction > TSP_WEST || s->stream < 0 || s->stream >= cfg->streams))
    return tsp_fail(err, TSP_ERANGE, "stream %d of direction %d is not there", s->stream, s->direction);
  if (cfg->queues > (int)(sizeof g.queue_used / sizeof g.queue_used[0]))
    return tsp_fail(err, TSP_ERANGE, "%d queues are more than a save file lists", cfg->queues);
  st = tsp_savefile_filter(s->filter, filter, sizeof filter, err);
  if (st == TSP_OK)
    st = select_used(&g, s, err);
  if (st == TSP_OK)
    st = write_file(&g, s, path, err);
  tsp_activity_free(&g.activity);
  return st;
}
