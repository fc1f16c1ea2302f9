// SPDX-License-Identifier: Apache-2.0
// fetch_stream.c: which stream registers carry a value that somebody still takes.
#include "fetch.h"

/* Column counted along the flow, and the list of the diagonal on which a value moves. */
static int position(const fetch_pass *p, int direction, int column)
{
  return direction == TSP_EAST ? column : p->cfg->columns - 1 - column;
}

static int32_t *list(const fetch_pass *p, int direction, int stream, int position, uint64_t cycle)
{
  int64_t diagonal = (int64_t)cycle - position + p->cfg->columns - 1;
  if (diagonal < 0 || diagonal >= p->diagonals)
    return NULL;
  return &p->head[(direction * p->cfg->streams + stream) * p->diagonals + diagonal];
}

void fetch_note(fetch_pass *p, int direction, int stream, int column, uint64_t cycle, bool drive)
{
  int at = position(p, direction, column);
  int32_t *head = list(p, direction, stream, at, cycle);
  if (!head || !fetch_grow(p, &p->event, p->events, &p->event_room, sizeof *p->event))
    return;
  p->event[p->events] = (fetch_event){*head, (int16_t)at, drive};
  *head = p->events++;
}

/* Nothing happens on the way, and the first thing behind it is another value's beginning. */
bool fetch_free(const fetch_pass *p, int direction, int stream, int from, int to, uint64_t cycle)
{
  int a = position(p, direction, from), b = position(p, direction, to), first = p->cfg->columns;
  const int32_t *head = list(p, direction, stream, a, cycle);
  bool drive = true;
  if (!head || b < a)
    return false;
  for (int32_t i = *head; i >= 0; i = p->event[i].next) {
    const fetch_event *e = &p->event[i];
    if (e->position < a || e->position > first)
      continue;
    drive = e->position == first ? drive || e->drive : e->drive;
    first = e->position;
  }
  return first > b && drive;
}
