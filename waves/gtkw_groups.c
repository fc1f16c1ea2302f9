/* SPDX-License-Identifier: Apache-2.0 */
/* gtkw_groups.c - the groups of a save file, from the top of the window down. */
#include "gtkw.h"
#include "wave_text.h"
#include <stdlib.h>
#include <string.h>

void gtkw_chip(gtkw *g)
{
  gtkw_begin(g, true, "chip");
  gtkw_row(g, GTKW_PLAIN, "cycle", (tsp_net){.net = TSP_NET_CYCLES}, -1);
  gtkw_row(g, GTKW_PLAIN, "running", (tsp_net){.net = TSP_NET_RUNNING}, -1);
  gtkw_row(g, GTKW_PLAIN, "done", (tsp_net){.net = TSP_NET_DONE}, -1);
  gtkw_row(g, GTKW_PLAIN, "fault", (tsp_net){.net = TSP_NET_FAULT}, TSP_WAVE_FAULT);
  gtkw_row(g, GTKW_PLAIN, "fault cycle", (tsp_net){.net = TSP_NET_FAULT_CYCLE}, -1);
  gtkw_end(g, true, "chip");
}

/* What lies between two links of a chain: the columns of the stream, or the register that hands the value on. Of a
 * group that has no type of its width its first stream. */
static void between(gtkw *g, const tsp_dispatch *from, const tsp_dispatch *to)
{
  const tsp_config *c = g->cfg;
  const int unit = tsp_queue_unit(c, from->queue);
  tsp_stream_use link;

  if (tsp_activity_link(c, from, to, &link))
    gtkw_stream(g, link.direction, link.base, link.count == 2 || link.count == 4 ? link.count : 1,
                tsp_queue_column(c, from->queue), tsp_queue_column(c, to->queue), false);
  else if (unit == TSP_UNIT_VXM || unit == TSP_UNIT_MXA)
    gtkw_data(g, unit == TSP_UNIT_MXA ? from->queue + 1 : from->queue, g->superlane);
}

static void chain(gtkw *g, const char *title, const tsp_dispatch *const *link, size_t n)
{
  gtkw_begin(g, true, title);
  for (size_t i = 0; i < n; i++) {
    const int q = link[i]->queue, unit = tsp_queue_unit(g->cfg, q);

    gtkw_instr(g, q);
    if (unit == TSP_UNIT_MXA)
      gtkw_data(g, q, g->superlane);
    if (i + 1 < n)
      between(g, link[i], link[i + 1]);
    else if (unit != TSP_UNIT_MXA)
      gtkw_data(g, q, g->superlane);
  }
  gtkw_end(g, true, title);
}

void gtkw_chains(gtkw *g)
{
  if (g->weights_count)
    chain(g, "follow weights to their LW", g->weights, g->weights_count);
  if (g->result_count)
    chain(g, g->s->instr ? "follow the value to its instruction" : "follow a result to its Write", g->result,
          g->result_count);
}

/* Queues from west to east: by column; planes, SXM and links outside of the memory that stands with them. */
static int west_to_east(const tsp_config *c, int queue)
{
  const int unit = tsp_queue_unit(c, queue), column = tsp_queue_column(c, queue);

  if (queue >= c->q_mxm)
    return column == 0 ? queue - c->queues : c->columns * 1024 + queue;
  if (unit == TSP_UNIT_MEM && queue - c->q_mem < c->mem_slices)
    return column * 1024 + c->mem_slices - queue;
  return column * 1024 + queue;
}

static int by_place(const void *a, const void *b, void *cfg)
{
  return west_to_east(cfg, *(const int *)a) - west_to_east(cfg, *(const int *)b);
}

int gtkw_used_queues(const gtkw *g, int *queue)
{
  int n = 0;

  for (int q = 0; q < g->cfg->queues; q++)
    if (g->queue_used[q])
      queue[n++] = q;
  qsort_r(queue, (size_t)n, sizeof *queue, by_place, (void *)g->cfg);
  return n;
}

char *gtkw_slice_name(const tsp_config *c, int queue, char *buf)
{
  const char side = tsp_queue_hemisphere(c, queue) == TSP_WEST ? 'w' : 'e';

  switch (tsp_queue_unit(c, queue)) {
  case TSP_UNIT_MEM: return tsp_queue_name(c, queue, buf);
  case TSP_UNIT_VXM: snprintf(buf, 16, "vxm"); break;
  case TSP_UNIT_MXW:
  case TSP_UNIT_MXA:
  case TSP_UNIT_MXC: snprintf(buf, 16, "mxm%d", (queue - c->q_mxm) / 3); break;
  case TSP_UNIT_C2C: snprintf(buf, 16, "c2c_%c", side); break;
  default: snprintf(buf, 16, "sxm_%c", side); break;
  }
  return buf;
}

void gtkw_instructions(gtkw *g, bool open)
{
  int queue[GTKW_MAX_QUEUES];
  const int n = gtkw_used_queues(g, queue);

  gtkw_begin(g, open, "instructions, west to east");
  for (int i = 0; i < n; i++)
    gtkw_instr(g, queue[i]);
  gtkw_end(g, open, "instructions, west to east");
}

void gtkw_slices(gtkw *g)
{
  int queue[GTKW_MAX_QUEUES];
  const int n = gtkw_used_queues(g, queue);
  char name[16], other[16];

  gtkw_comment(g, "slices, west to east");
  for (int i = 0; i < n; i++) {
    gtkw_slice_name(g->cfg, queue[i], name);
    if (i == 0 || strcmp(name, gtkw_slice_name(g->cfg, queue[i - 1], other)) != 0)
      gtkw_begin(g, false, name);
    gtkw_queue(g, queue[i]);
    if (i + 1 == n || strcmp(name, gtkw_slice_name(g->cfg, queue[i + 1], other)) != 0)
      gtkw_end(g, false, name);
  }
}

/* Marks the streams that the slice's dispatches take or drive, by how. */
static void streams_of(const gtkw *g, const char *slice, bool drives, bool used[2][TSP_TYPED_STREAMS])
{
  char name[16];

  for (size_t i = 0; i < g->activity.count; i++) {
    const tsp_dispatch *d = &g->activity.at[i];
    tsp_stream_use use[TSP_MAX_USES];
    const int n =
        strcmp(gtkw_slice_name(g->cfg, d->queue, name), slice) == 0 ? tsp_stream_uses(g->cfg, d->text, use) : 0;

    for (int u = 0; u < n; u++)
      for (int s = use[u].base; s < use[u].base + use[u].count && use[u].drives == drives; s++)
        used[use[u].direction][s] = true;
  }
}

/* Calls row for every group of the streams in use: in each type that they have, by themselves if they have none. */
typedef void (*group_fn)(gtkw *g, int direction, int base, int count, int column);

static void each_group(gtkw *g, bool used[2][TSP_TYPED_STREAMS], group_fn row, int column)
{
  for (int d = TSP_EAST; d <= TSP_WEST; d++)
    for (int s = 0; s < g->cfg->streams; s++) {
      const uint8_t types = g->types.stream[d][s];
      bool done[5] = {false};

      if (used[d][s] && !types)
        row(g, d, s, 1, column);
      for (int t = 0; t < TSP_TYPES && used[d][s]; t++) {
        const int size = tsp_type_size(t);

        if (types >> t & 1 && s == tsp_type_base(t, s) && !done[size])
          row(g, d, s, size, column);
        done[size] = done[size] || types >> t & 1;
      }
    }
}

static void row_at(gtkw *g, int direction, int base, int count, int column)
{
  gtkw_stream_row(g, direction, base, count, column, g->superlane);
}

static void whole_stream(gtkw *g, int direction, int base, int count, int open)
{
  gtkw_one_stream(g, direction, base, count, open);
}

void gtkw_one_slice(gtkw *g, const char *slice)
{
  char name[16];
  int column = 0;

  gtkw_begin(g, true, slice);
  for (int q = 0; q < g->cfg->queues; q++)
    if (strcmp(gtkw_slice_name(g->cfg, q, name), slice) == 0) {
      column = tsp_queue_column(g->cfg, q);
      if (g->queue_used[q])
        gtkw_queue(g, q);
    }
  gtkw_end(g, true, slice);
  for (int drives = 0; drives <= 1; drives++) {
    const char *title = drives ? "streams that it drives, at its column" : "streams that it takes, at its column";
    bool used[2][TSP_TYPED_STREAMS] = {{false}};

    streams_of(g, slice, drives, used);
    gtkw_begin(g, true, title);
    each_group(g, used, row_at, column);
    gtkw_end(g, true, title);
  }
  gtkw_begin(g, true, "superlane by superlane");
  for (int q = 0; q < g->cfg->queues; q++)
    for (int n = 0; n < g->cfg->superlanes; n++)
      if (g->queue_used[q] && strcmp(gtkw_slice_name(g->cfg, q, name), slice) == 0)
        gtkw_data(g, q, n);
  gtkw_end(g, true, "superlane by superlane");
}

/* The column furthest upstream at which the group was used; where it begins if that is not known. */
static int first_column(const gtkw *g, int direction, int base, int count)
{
  const bool east = direction == TSP_EAST;
  int first = -1;

  for (int q = 0; q < g->cfg->queues; q++) {
    const int c = tsp_queue_column(g->cfg, q);

    if (g->queue_used[q] && (first < 0 || (east ? c < first : c > first)) && gtkw_uses(g, q, direction, base, count))
      first = c;
  }
  return first >= 0 ? first : east ? 0 : g->cfg->columns - 1;
}

void gtkw_one_stream(gtkw *g, int direction, int base, int count, bool open)
{
  char title[64], streams[STREAM_TEXT];

  snprintf(title, sizeof title, "stream %s, superlane %d", gtkw_stream_text(direction, base, count, streams),
           g->superlane);
  gtkw_begin(g, open, title);
  gtkw_stream(g, direction, base, count, first_column(g, direction, base, count),
              direction == TSP_EAST ? g->cfg->columns - 1 : 0, open);
  gtkw_end(g, open, title);
}

void gtkw_streams(gtkw *g, bool open)
{
  gtkw_comment(g, "streams, as a value passes them");
  each_group(g, g->stream_used, whole_stream, open);
}

void gtkw_stagger(gtkw *g, int direction, int base, int count, int column)
{
  char title[80], streams[STREAM_TEXT];

  snprintf(title, sizeof title, "stagger: %s c%02d by superlane", gtkw_stream_text(direction, base, count, streams),
           column);
  gtkw_begin(g, true, title);
  for (int n = 0; n < g->cfg->superlanes; n++) {
    gtkw_stream_row(g, direction, base, count, column, n);
  }
  gtkw_end(g, true, title);
}
