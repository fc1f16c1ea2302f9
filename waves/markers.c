/* SPDX-License-Identifier: Apache-2.0 */
/* markers.c - the named markers of a save file: GTKWave has 26, one for each letter. */
#include "gtkw.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LETTERS = 26, NAME = 48 };

/* What is left out first if there are more events than letters: the greatest. */
enum { RANK_FAILURE, RANK_LIMITS, RANK_CHAIN, RANK_RELEASE, RANK_FIRST, RANK_LAST };

typedef struct {
  uint64_t time;
  int rank;
  char name[NAME];
} event;

typedef struct {
  event *at; /* NULL without memory: then there are no markers */
  size_t count, room;
} events;

/* Only of what lies in the window; events of one time share a marker. */
static void add(gtkw *g, events *e, int rank, uint64_t time, const char *what, const char *of)
{
  const uint64_t first = g->s->from * TSP_PS_PER_CYCLE;

  if (!e->at || time < first || (g->s->cycles && (time - first) / TSP_PS_PER_CYCLE >= g->s->cycles))
    return;
  for (size_t i = 0; i < e->count; i++)
    if (e->at[i].time == time) {
      const size_t used = strlen(e->at[i].name);

      snprintf(e->at[i].name + used, NAME - used, ", %s%s", what, of);
      e->at[i].rank = rank < e->at[i].rank ? rank : e->at[i].rank;
      return;
    }
  if (e->count == e->room)
    return;
  e->at[e->count].time = time;
  e->at[e->count].rank = rank;
  snprintf(e->at[e->count++].name, NAME, "%s%s", what, of);
}

static void add_ends(gtkw *g, events *e)
{
  const tsp_csr *end = &g->activity.end;

  if (g->s->diverged)
    add(g, e, RANK_FAILURE, g->s->diverged_at * TSP_PS_PER_CYCLE, "diverged", "");
  if (end->fault_code)
    add(g, e, RANK_FAILURE, end->fault_cycle * TSP_PS_PER_CYCLE, "fault", "");
  add(g, e, RANK_LIMITS, 0, "start", "");
  if (end->done && !end->fault_code)
    add(g, e, RANK_LIMITS, end->cycles * TSP_PS_PER_CYCLE, "end", "");
  for (size_t i = 0; i < g->activity.releases; i++)
    add(g, e, RANK_RELEASE, g->activity.release[i].cycle * TSP_PS_PER_CYCLE,
        g->activity.release[i].opcode == TSP_OP_SYNC ? "barrier" : "deskew", "");
}

static void add_chain(gtkw *g, events *e, const tsp_dispatch *const *link, size_t n)
{
  char name[16];

  for (size_t i = 0; i < n; i++)
    add(g, e, RANK_CHAIN, gtkw_time(g, link[i]->cycle), tsp_queue_name(g->cfg, link[i]->queue, name), "");
}

/* The first and, if the program has ended, the last dispatch that handles each tensor. */
static void add_tensors(gtkw *g, events *e)
{
  const bool ended = g->activity.end.done || g->activity.end.fault_code;

  for (int t = 0; g->s->image && t < g->s->image->tensor_count; t++) {
    const tsp_handling *h = &g->activity.tensor[t];

    if (h->first == UINT64_MAX)
      continue;
    add(g, e, RANK_FIRST, gtkw_time(g, h->first), "first ", g->s->image->tensor[t].name);
    if (ended)
      add(g, e, RANK_LAST, gtkw_time(g, h->last), "last ", g->s->image->tensor[t].name);
  }
}

static int by_rank(const void *a_, const void *b_)
{
  const event *a = a_, *b = b_;

  return a->rank != b->rank ? a->rank - b->rank : (a->time > b->time) - (a->time < b->time);
}

static int by_time(const void *a_, const void *b_)
{
  const event *a = a_, *b = b_;

  return (a->time > b->time) - (a->time < b->time);
}

void gtkw_markers(gtkw *g, uint64_t cursor, double zoom)
{
  const size_t tensors = g->s->image ? (size_t)g->s->image->tensor_count : 0;
  events e = {.room = 4 + 2 * GTKW_MAX_CHAIN + g->activity.releases + 2 * tensors};

  e.at = calloc(e.room, sizeof *e.at);
  add_ends(g, &e);
  if (g->s->view == TSP_VIEW_PROGRAM) {
    add_chain(g, &e, g->weights, g->weights_count);
    add_chain(g, &e, g->result, g->result_count);
  }
  add_tensors(g, &e);
  const size_t shown = e.count < LETTERS ? e.count : LETTERS;
  if (e.at) {
    qsort(e.at, e.count, sizeof *e.at, by_rank);
    qsort(e.at, shown, sizeof *e.at, by_time);
  }
  fprintf(g->to, "*%f %" PRIu64, zoom, cursor);
  for (size_t i = 0; i < shown; i++)
    fprintf(g->to, " %" PRIu64, e.at[i].time);
  fprintf(g->to, "\n");
  for (size_t i = 0; i < shown; i++)
    fprintf(g->to, "[markername] %c%s\n", (int)('A' + i), e.at[i].name);
  if (shown < e.count) {
    char text[80];

    snprintf(text, sizeof text, "%zu more events have no marker", e.count - shown);
    gtkw_comment(g, text);
  }
  free(e.at);
}
