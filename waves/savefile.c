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
  PIXELS_PER_CYCLE = 128, /* room for most instructions' text */
  LEAD = 2,               /* cycles shown left of where a view opens */
  LEAD_UP = 8,            /* and left of a given cursor */
  SHOWN = 14              /* cycles in a window, about: GTKWave begins at 0 if it finds less from the start on */
};

static void mark_used(gtkw *g, const tsp_dispatch *d)
{
  tsp_stream_use use[TSP_MAX_USES];
  const int n = tsp_stream_uses(g->cfg, d->text, use);
  const tsp_debug *line = tsp_image_debug(g->s->image, d->queue, d->word);

  g->queue_used[d->queue] = true;
  tsp_types_add(g->cfg, &g->types, d->queue, d->text,
                line && line->tensor >= 0 ? &g->s->image->tensor[line->tensor] : NULL);
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
    mark_used(g, &g->activity.at[i]);
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
static void find_chains(gtkw *g, const tsp_savefile *s)
{
  const tsp_activity *a = &g->activity;

  g->result_count = tsp_activity_chain(g->cfg, a, result_of(g, s), g->result, GTKW_MAX_CHAIN);
  g->weights_count =
      tsp_activity_chain(g->cfg, a, tsp_activity_last(a, TSP_OP_LW, g->result_count ? g->result[0]->cycle : 0),
                         g->weights, GTKW_MAX_CHAIN);
}

uint64_t gtkw_time(const gtkw *g, uint64_t cycle)
{
  return (cycle + (uint64_t)g->superlane) * TSP_PS_PER_CYCLE;
}

static void time_lines(gtkw *g, const tsp_savefile *s)
{
  const bool given = s->cursor != TSP_CURSOR_FIND;
  const uint64_t cursor = given ? s->cursor * TSP_PS_PER_CYCLE : gtkw_time(g, gtkw_view_opens(g));
  const uint64_t back = (given ? LEAD_UP : LEAD) * TSP_PS_PER_CYCLE, first = s->from * TSP_PS_PER_CYCLE;

  const uint64_t last = g->activity.end.cycles * TSP_PS_PER_CYCLE, width = SHOWN * TSP_PS_PER_CYCLE;
  uint64_t start = cursor > first + back ? cursor - back : first;

  if (s->image && start + width > last)
    start = last > first + width ? last - width : first;
  fprintf(g->to, "[timestart] %" PRIu64 "\n", start);
  /* GTKWave shows 2^-zoom time units in 200 pixels. */
  gtkw_markers(g, cursor, -log2(200.0 * TSP_PS_PER_CYCLE / PIXELS_PER_CYCLE));
}

static void body(gtkw *g, const tsp_savefile *s, const char *path)
{
  char fst[PATH_MAX];

  fprintf(g->to, "[*] %s, %s: cycle k of the program is at k ns\n", g->cfg->name, tsp_view_name(s->view));
  fprintf(g->to, "[dumpfile] \"%s\"\n", realpath(s->fst, fst) ? fst : s->fst);
  fprintf(g->to, "[savefile] \"%s\"\n", path);
  fprintf(g->to, "[size] 1800 1100\n[pos] -1 -1\n[sst_width] 10\n[signals_width] 330\n[sst_expanded] 0\n");
  find_chains(g, s);
  time_lines(g, s);
  gtkw_chip(g);
  gtkw_view(g);
}

/* The image that tsp-filter reads: the one given, or program.tsp beside the FST, which a run may yet have to write. */
static const char *program_of(const tsp_savefile *s, char *buf, size_t size)
{
  char folder[PATH_MAX], whole[PATH_MAX];
  const char *slash = strrchr(s->fst, '/');

  if (!s->image)
    return NULL;
  if (s->program)
    return realpath(s->program, buf) ? buf : s->program;
  snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - s->fst) : 1, slash ? s->fst : ".");
  snprintf(buf, size, "%s/program.tsp", realpath(folder, whole) ? whole : folder);
  return buf;
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

static tsp_status check(const tsp_config *cfg, const tsp_savefile *s, tsp_error *err)
{
  char name[16];
  bool found = !s->slice;

  if (s->superlane < 0 || s->superlane >= cfg->superlanes)
    return tsp_fail(err, TSP_ERANGE, "superlane %d is not in 0..%d", s->superlane, cfg->superlanes - 1);
  if (s->has_stream &&
      (s->direction < TSP_EAST || s->direction > TSP_WEST || s->stream < 0 || s->stream >= cfg->streams))
    return tsp_fail(err, TSP_ERANGE, "stream %d of direction %d is not there", s->stream, s->direction);
  if (s->has_queue && (s->queue < 0 || s->queue >= cfg->queues))
    return tsp_fail(err, TSP_ERANGE, "queue %d is not in 0..%d", s->queue, cfg->queues - 1);
  if (cfg->queues > GTKW_MAX_QUEUES || cfg->alus > TSP_TYPED_ALUS || cfg->planes > TSP_TYPED_PLANES ||
      cfg->streams > TSP_TYPED_STREAMS)
    return tsp_fail(err, TSP_ERANGE, "%s is larger than what a save file lists", cfg->name);
  for (int q = 0; q < cfg->queues && !found; q++)
    found = strcmp(gtkw_slice_name(cfg, q, name), s->slice) == 0;
  if (!found)
    return tsp_fail(err, TSP_ERANGE, "%s has no slice '%.40s' (mem_w0, mem_e1, vxm, mxm0, sxm_w, c2c_e, ..)", cfg->name,
                    s->slice);
  return TSP_OK;
}

tsp_status tsp_stream_parse(const tsp_config *cfg, const char *text, int *direction, int *stream, tsp_error *err)
{
  char *end = NULL;
  const unsigned long n = text[0] == 's' && text[1] >= '0' && text[1] <= '9' ? strtoul(text + 1, &end, 10) : 0;
  const bool named = end && (strcmp(end, ".e") == 0 || strcmp(end, ".w") == 0);

  if (!named || n >= (unsigned long)cfg->streams)
    return tsp_fail(err, TSP_ERANGE, "'%.40s' is no stream of %s: s0.e to s%d.e eastward, s0.w to s%d.w westward", text,
                    cfg->name, cfg->streams - 1, cfg->streams - 1);
  *stream = (int)n;
  *direction = end[1] == 'e' ? TSP_EAST : TSP_WEST;
  return TSP_OK;
}

tsp_status tsp_savefile_write(const tsp_config *cfg, const tsp_savefile *s, const char *path, tsp_error *err)
{
  char filter[PATH_MAX], program[PATH_MAX + 16];
  gtkw g = {.cfg = cfg, .s = s, .filter = filter, .superlane = s->superlane};
  tsp_status st = check(cfg, s, err);

  g.program = program_of(s, program, sizeof program);
  if (st == TSP_OK)
    st = tsp_savefile_filter(s->filter, filter, sizeof filter, err);
  if (st == TSP_OK)
    st = select_used(&g, s, err);
  if (st == TSP_OK)
    st = write_file(&g, s, path, err);
  tsp_activity_free(&g.activity);
  return st;
}
