/* SPDX-License-Identifier: Apache-2.0 */
/* views.c - what each view shows below the chip's rows, and where it opens. */
#include "gtkw.h"
#include <string.h>

static int size_of_group(const gtkw *g, int direction, int stream)
{
  int size = 1;

  for (int t = 0; t < TSP_TYPES; t++)
    if (g->types.stream[direction][stream] >> t & 1 && tsp_type_size(t) > size)
      size = tsp_type_size(t);
  return size;
}

static int base_of_group(const gtkw *g, int direction, int stream)
{
  return stream - stream % size_of_group(g, direction, stream);
}

/* The stream whose superlanes are compared: the first of the result's chain, or the first in use. */
static tsp_stream_use stream_of_interest(const gtkw *g)
{
  tsp_stream_use link = {.direction = TSP_EAST, .base = 0, .count = 1};

  if (g->s->has_stream)
    return (tsp_stream_use){.direction = (uint8_t)g->s->direction, .base = (uint8_t)g->s->stream, .count = 1};
  for (size_t i = 0; i + 1 < g->result_count; i++)
    if (tsp_activity_link(g->cfg, g->result[i], g->result[i + 1], &link))
      return link;
  for (int d = TSP_WEST; d >= TSP_EAST; d--)
    for (int s = g->cfg->streams - 1; s >= 0; s--)
      if (g->stream_used[d][s])
        link = (tsp_stream_use){.direction = (uint8_t)d, .base = (uint8_t)s, .count = 1};
  return link;
}

/* Superlane by superlane where the value is taken, or at the VXM. */
static void stagger(gtkw *g)
{
  const tsp_stream_use of = stream_of_interest(g);
  int column = g->cfg->vxm_column;
  tsp_stream_use link;

  for (size_t i = g->result_count; i-- > 1;)
    if (tsp_activity_link(g->cfg, g->result[i - 1], g->result[i], &link) && link.direction == of.direction &&
        link.base == of.base)
      column = tsp_queue_column(g->cfg, g->result[i]->queue);
  gtkw_stagger(g, of.direction, base_of_group(g, of.direction, of.base), size_of_group(g, of.direction, of.base),
               column);
}

static void show_program(gtkw *g)
{
  if (g->s->has_stream)
    gtkw_one_stream(g, g->s->direction, g->s->stream, 1, true);
  if (g->s->has_queue) {
    gtkw_begin(g, true, "the queue");
    gtkw_position(g, g->s->queue);
    gtkw_end(g, true, "the queue");
  }
  gtkw_chains(g);
  gtkw_instructions(g, g->activity.count > 0);
  gtkw_slices(g);
  stagger(g);
  gtkw_streams(g, g->s->image && !g->result_count && !g->weights_count);
}

/* The slice with the most dispatches. */
static const char *busiest(const gtkw *g, char name[16])
{
  size_t count[GTKW_MAX_QUEUES] = {0}, most = 0;
  char other[16];

  gtkw_slice_name(g->cfg, 0, name);
  for (size_t i = 0; i < g->activity.count; i++)
    count[g->activity.at[i].queue]++;
  for (int q = 0; q < g->cfg->queues; q++) {
    size_t sum = 0;

    gtkw_slice_name(g->cfg, q, other);
    for (int k = q; k < g->cfg->queues; k++) {
      char same[16];

      sum += strcmp(gtkw_slice_name(g->cfg, k, same), other) == 0 ? count[k] : 0;
    }
    if (sum > most) {
      most = sum;
      memcpy(name, other, sizeof other);
    }
  }
  return name;
}

static const char *slice_of(const gtkw *g, char name[16])
{
  return g->s->slice ? g->s->slice : busiest(g, name);
}

static void show_slice(gtkw *g)
{
  char name[16];

  gtkw_one_slice(g, slice_of(g, name));
}

static void show_stream(gtkw *g)
{
  const tsp_stream_use of = stream_of_interest(g);

  gtkw_one_stream(g, of.direction, base_of_group(g, of.direction, of.base), size_of_group(g, of.direction, of.base),
                  true);
  stagger(g);
}

static void show_queues(gtkw *g)
{
  int queue[GTKW_MAX_QUEUES];
  const int n = gtkw_used_queues(g, queue);

  gtkw_begin(g, true, "queues, west to east");
  for (int i = 0; i < n; i++)
    gtkw_position(g, queue[i]);
  gtkw_end(g, true, "queues, west to east");
}

static void show_superlane(gtkw *g)
{
  int queue[GTKW_MAX_QUEUES];
  const int n = gtkw_used_queues(g, queue);

  gtkw_begin(g, true, "superlane, west to east");
  for (int i = 0; i < n; i++) {
    gtkw_instr(g, queue[i]);
    gtkw_data(g, queue[i], g->superlane);
  }
  gtkw_end(g, true, "superlane, west to east");
  gtkw_streams(g, false);
}

static bool of_any(const gtkw *g, const tsp_dispatch *d)
{
  (void)g;
  (void)d;
  return true;
}

static bool of_slice(const gtkw *g, const tsp_dispatch *d)
{
  char name[16], of[16];

  return strcmp(gtkw_slice_name(g->cfg, d->queue, of), slice_of(g, name)) == 0;
}

static bool of_stream(const gtkw *g, const tsp_dispatch *d)
{
  const tsp_stream_use of = stream_of_interest(g);
  tsp_stream_use use[TSP_MAX_USES];
  const int n = tsp_stream_uses(g->cfg, d->text, use);

  for (int u = 0; u < n; u++)
    if (use[u].direction == of.direction && use[u].base <= of.base && of.base < use[u].base + use[u].count)
      return true;
  return false;
}

static const struct {
  const char *name, *summary;
  void (*show)(gtkw *);
  bool (*about)(const gtkw *,
                const tsp_dispatch *); /* whether a dispatch is what the view is about; NULL: the chains */
} views[TSP_VIEWS_OF_WAVES] = {
    [TSP_VIEW_PROGRAM] = {"program", "how a result comes about, then everything in use", show_program, NULL},
    [TSP_VIEW_SLICE] = {"slice", "one slice: its queues, streams and data", show_slice, of_slice},
    [TSP_VIEW_STREAM] = {"stream", "one stream across the chip, with who drives and takes it", show_stream, of_stream},
    [TSP_VIEW_QUEUES] = {"queues", "what every instruction queue dispatches, and where it stands", show_queues, of_any},
    [TSP_VIEW_SUPERLANE] = {"superlane", "everything in use in one superlane", show_superlane, NULL},
};

const char *tsp_view_name(int view)
{
  return views[view].name;
}

const char *tsp_view_summary(int view)
{
  return views[view].summary;
}

int tsp_view_find(const char *name)
{
  for (int v = 0; v < TSP_VIEWS_OF_WAVES; v++)
    if (strcmp(name, views[v].name) == 0)
      return v;
  return -1;
}

void gtkw_view(gtkw *g)
{
  views[g->s->view].show(g);
}

uint64_t gtkw_view_opens(const gtkw *g)
{
  for (size_t i = 0; i < g->activity.count && views[g->s->view].about; i++)
    if (g->activity.at[i].cycle >= g->s->from && views[g->s->view].about(g, &g->activity.at[i]))
      return g->activity.at[i].cycle;
  if (g->weights_count)
    return g->weights[0]->cycle;
  return g->result_count ? g->result[0]->cycle : g->s->from;
}
