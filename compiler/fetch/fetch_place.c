// SPDX-License-Identifier: Apache-2.0
// fetch_place.c: a line with more items: where it idles, and whether its Ifetches come in time.
#include "fetch.h"
#include <stdlib.h>
#include <string.h>

/* The first item that begins after a cycle. */
static int after(const fetch_line *l, uint64_t cycle)
{
  int low = 0, high = l->items;
  while (low < high) {
    int middle = (low + high) / 2;
    if (l->item[middle].at <= cycle)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* A queue may also end later, as long as another one does. A Read between an instruction and its Repeat would be
 * repeated in its place. */
bool fetch_idle(const fetch_pass *p, int queue, uint64_t cycle, bool for_read)
{
  const fetch_line *l = &p->line[queue];
  int next = after(l, cycle);
  if (next > 0 && cycle < l->item[next - 1].at + l->item[next - 1].cycles)
    return false;
  if (for_read && next < l->items && tsp_word_opcode(l->item[next].word) == TSP_OP_REPEAT)
    return false;
  return cycle < l->end || cycle < p->last;
}

/* Words of NOPs before item number i, or before the End. */
static uint32_t idle_before(const fetch_line *l, int i)
{
  uint64_t from = i > 0 ? l->item[i - 1].at + l->item[i - 1].cycles : 0, to = i < l->items ? l->item[i].at : l->end;
  return fetch_nops(to - from);
}

static void find_end(fetch_line *l)
{
  const fetch_item *final = l->items ? &l->item[l->items - 1] : NULL;
  l->end = final && final->at + final->cycles > l->ended ? final->at + final->cycles : l->ended;
  l->changed = true;
}

bool fetch_insert(fetch_pass *p, int queue, fetch_item item)
{
  fetch_line *l = &p->line[queue];
  int at = after(l, item.at);
  if (!fetch_grow(p, &l->item, l->items, &l->room, sizeof *l->item))
    return false;
  l->length -= idle_before(l, at);
  memmove(&l->item[at + 1], &l->item[at], (size_t)(l->items - at) * sizeof *l->item);
  l->item[at] = item;
  l->items++;
  l->fetches += item.fetch;
  find_end(l);
  l->length += idle_before(l, at) + 1 + idle_before(l, at + 1);
  return true;
}

void fetch_remove(fetch_pass *p, int queue, uint64_t cycle)
{
  fetch_line *l = &p->line[queue];
  int at = after(l, cycle) - 1;
  l->fetches -= l->item[at].fetch;
  l->length -= idle_before(l, at) + 1 + idle_before(l, at + 1);
  l->items--;
  memmove(&l->item[at], &l->item[at + 1], (size_t)(l->items - at) * sizeof *l->item);
  find_end(l);
  l->length += idle_before(l, at);
}

/* The text of a line in room of the caller's: at and item of each word. False: out of memory. */
static bool times(fetch_pass *p, const fetch_line *l, uint64_t **at, int **item)
{
  p->effort += l->length;
  *at = malloc((size_t)l->length * sizeof **at);
  *item = malloc((size_t)l->length * sizeof **item);
  if (!*at || !*item) {
    p->failed = true;
    return false;
  }
  fetch_text(p, l, NULL, *at, *item);
  return true;
}

/* The latest cycle for the Ifetch that brings words from `first` on; *word: which of them decides. */
static uint64_t deadline(const fetch_pass *p, const fetch_line *l, const uint64_t *at, uint64_t first, uint32_t *word)
{
  uint64_t latest = UINT64_MAX;
  for (uint64_t k = first; k < first + p->brings && k < l->length; k++) {
    uint64_t late = 3 + (k - first) / (uint64_t)p->cfg->fetch_row;
    uint64_t this = at[k] > late ? at[k] - late : 0;
    if (this < latest) {
      latest = this;
      *word = (uint32_t)k;
    }
  }
  return latest;
}

bool fetch_in_time(fetch_pass *p, int queue)
{
  const fetch_line *l = &p->line[queue];
  uint64_t *at = NULL;
  int *item = NULL, ordinal = 0;
  uint32_t word;
  bool good = times(p, l, &at, &item);
  for (uint32_t k = 0; good && k < l->length; k++) {
    if (item[k] < 0 || !l->item[item[k]].fetch)
      continue;
    uint64_t first = p->host + (uint64_t)ordinal++ * p->brings;
    good =
        first + p->brings <= (uint64_t)k + 1 + (uint64_t)p->cfg->iq_depth && at[k] <= deadline(p, l, at, first, &word);
  }
  free(at);
  free(item);
  return good;
}

void fetch_window(fetch_pass *p, int queue, int ordinal, uint64_t *from, uint64_t *to, uint32_t *word)
{
  const fetch_line *l = &p->line[queue];
  uint64_t *at = NULL, first = p->host + (uint64_t)ordinal * p->brings;
  int *item = NULL;
  *from = *to = 0;
  *word = (uint32_t)first;
  if (times(p, l, &at, &item)) {
    int64_t room = (int64_t)(first + p->brings) - p->cfg->iq_depth - 2; /* a word may be put in before this one */
    *from = room > 0 ? at[room < (int64_t)l->length ? room : (int64_t)l->length - 1] : 0;
    *to = deadline(p, l, at, first, word);
  }
  for (int i = l->items - 1; i >= 0; i--)
    if (l->item[i].fetch) {
      uint64_t soonest = l->item[i].at + (uint64_t)p->cfg->superlanes;
      *from = soonest > *from ? soonest : *from;
      break;
    }
  free(at);
  free(item);
}
