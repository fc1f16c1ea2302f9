/* SPDX-License-Identifier: Apache-2.0 */
/* gtkw_groups.c - the groups of a save file, from the top of the window down. */
#include "gtkw.h"
#include <stdlib.h>
#include <string.h>

void gtkw_chip(gtkw *g)
{
  gtkw_begin(g, true, "chip");
  gtkw_row(g, GTKW_PLAIN, "cycle", TSP_NET_CYCLES, 0, 0, 0);
  gtkw_row(g, GTKW_PLAIN, "running", TSP_NET_RUNNING, 0, 0, 0);
  gtkw_row(g, GTKW_PLAIN, "done", TSP_NET_DONE, 0, 0, 0);
  gtkw_row(g, GTKW_PLAIN, "fault", TSP_NET_FAULT, 0, 0, 0);
  gtkw_row(g, GTKW_PLAIN, "fault cycle", TSP_NET_FAULT_CYCLE, 0, 0, 0);
  gtkw_end(g, true, "chip");
}

/* What lies between two links of a chain: the columns of the stream, or the register that hands the value on. */
static void between(gtkw *g, const tsp_dispatch *from, const tsp_dispatch *to)
{
  const tsp_config *c = g->cfg;
  tsp_stream_use link;

  if (tsp_activity_link(c, from, to, &link))
    gtkw_stream(g, link.direction, link.base, tsp_queue_column(c, from->queue), tsp_queue_column(c, to->queue));
  else if (tsp_queue_unit(c, from->queue) == TSP_UNIT_VXM)
    gtkw_row(g, GTKW_PLAIN, "  result", TSP_NET_RESULT, from->queue - c->q_vxm, 0, g->superlane);
  else if (tsp_queue_unit(c, from->queue) == TSP_UNIT_MXA)
    gtkw_row(g, GTKW_PLAIN, "  product", TSP_NET_PRODUCT, (from->queue - c->q_mxm) / 3, 0, g->superlane);
}

void gtkw_chain(gtkw *g, const char *title, const tsp_dispatch *const *chain, size_t n)
{
  const tsp_config *c = g->cfg;
  char name[16];

  gtkw_begin(g, true, title);
  for (size_t i = 0; i < n; i++) {
    const int q = chain[i]->queue, unit = tsp_queue_unit(c, q);

    gtkw_row(g, GTKW_YELLOW, tsp_queue_name(c, q, name), TSP_NET_INSTR, q, 0, g->superlane);
    if (unit == TSP_UNIT_MXA)
      gtkw_data(g, q);
    if (i + 1 < n)
      between(g, chain[i], chain[i + 1]);
    else if (unit != TSP_UNIT_MXA)
      gtkw_data(g, q);
  }
  gtkw_end(g, true, title);
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

/* Title of the slice that a queue belongs to. */
static char *slice_title(const tsp_config *c, int queue, char *buf, size_t size)
{
  char name[16];

  switch (tsp_queue_unit(c, queue)) {
  case TSP_UNIT_MEM: snprintf(buf, size, "MEM %s", tsp_queue_name(c, queue, name)); break;
  case TSP_UNIT_VXM: snprintf(buf, size, "VXM"); break;
  case TSP_UNIT_MXW:
  case TSP_UNIT_MXA:
  case TSP_UNIT_MXC: snprintf(buf, size, "MXM plane %d", (queue - c->q_mxm) / 3); break;
  case TSP_UNIT_C2C: snprintf(buf, size, "C2C %s", tsp_queue_hemisphere(c, queue) == TSP_WEST ? "west" : "east"); break;
  default: snprintf(buf, size, "SXM %s", tsp_queue_hemisphere(c, queue) == TSP_WEST ? "west" : "east"); break;
  }
  return buf;
}

static void slice_groups(gtkw *g, const int *queue, int n)
{
  char title[32], next[32];

  for (int i = 0; i < n; i++) {
    slice_title(g->cfg, queue[i], title, sizeof title);
    if (i == 0 || strcmp(title, slice_title(g->cfg, queue[i - 1], next, sizeof next)) != 0)
      gtkw_begin(g, false, title);
    gtkw_queue(g, queue[i], true);
    if (i + 1 == n || strcmp(title, slice_title(g->cfg, queue[i + 1], next, sizeof next)) != 0)
      gtkw_end(g, false, title);
  }
}

void gtkw_slices(gtkw *g)
{
  int queue[1024], n = 0;

  for (int q = 0; q < g->cfg->queues; q++)
    if (g->queue_used[q])
      queue[n++] = q;
  qsort_r(queue, (size_t)n, sizeof *queue, by_place, (void *)g->cfg);
  gtkw_begin(g, g->activity.count > 0, "instructions, west to east");
  for (int i = 0; i < n; i++)
    gtkw_queue(g, queue[i], false);
  gtkw_end(g, g->activity.count > 0, "instructions, west to east");
  gtkw_comment(g, "slices, west to east");
  slice_groups(g, queue, n);
}

void gtkw_one_stream(gtkw *g, int direction, int stream, bool open)
{
  const int last = g->cfg->columns - 1;
  const bool east = direction == TSP_EAST;
  char title[64];

  snprintf(title, sizeof title, "stream %d %s, superlane %d", stream, east ? "east" : "west", g->superlane);
  gtkw_begin(g, open, title);
  gtkw_stream(g, direction, stream, east ? 0 : last, east ? last : 0);
  gtkw_end(g, open, title);
}

void gtkw_streams(gtkw *g, bool open)
{
  gtkw_comment(g, "streams, as a value passes them");
  for (int d = TSP_EAST; d <= TSP_WEST; d++)
    for (int s = 0; s < g->cfg->streams; s++)
      if (g->stream_used[d][s])
        gtkw_one_stream(g, d, s, open);
}

void gtkw_stagger(gtkw *g, int direction, int stream, int column)
{
  char title[64], label[32];

  snprintf(title, sizeof title, "stagger: s%d %s c%02d by superlane", stream, direction == TSP_EAST ? "east" : "west",
           column);
  gtkw_begin(g, true, title);
  for (int n = 0; n < g->cfg->superlanes; n++) {
    snprintf(label, sizeof label, "  superlane %d", n);
    gtkw_row(g, GTKW_PLAIN, label, direction == TSP_EAST ? TSP_NET_EAST : TSP_NET_WEST, column, stream, n);
  }
  gtkw_end(g, true, title);
}
