/* SPDX-License-Identifier: Apache-2.0 */
/* timeline_text.c - a timeline as rows of letters, and the summary. */
#include "predict.h"
#include "timeline.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL = 10 };

/* Issues of each kind of a queue's spans that fall into from..to-1. */
static void count(const tsp_span *s, size_t spans, uint64_t from, uint64_t to, uint64_t per_kind[TSP_TIMELINE_KINDS])
{
  memset(per_kind, 0, TSP_TIMELINE_KINDS * sizeof *per_kind);
  for (size_t i = 0; i < spans && s[i].from < to; i++) {
    uint64_t a = s[i].from > from ? s[i].from : from, b = s[i].from + s[i].cycles;
    b = b < to ? b : to;
    per_kind[s[i].kind] += b > a ? b - a : 0;
  }
}

/* The letter of the most frequent kind; small if the queue is idle for half of the time or more. */
static char letter(const uint64_t per_kind[TSP_TIMELINE_KINDS], uint64_t cycles)
{
  uint64_t all = 0;
  int most = 0;
  for (int k = 0; k < TSP_TIMELINE_KINDS; k++) {
    all += per_kind[k];
    most = per_kind[k] > per_kind[most] ? k : most;
  }
  if (!all)
    return '.';
  char c = tsp_timeline_kinds[most].letter;
  return 2 * all > cycles ? c : (char)tolower(c);
}

static void row(const tsp_timeline *t, const tsp_timeline_view *v, int queue, uint64_t each, bool *seen, FILE *to)
{
  const tsp_span *s;
  size_t spans = tsp_timeline_queue(t, queue, &s);
  uint64_t per_kind[TSP_TIMELINE_KINDS];
  char name[16];
  fprintf(to, "%-*s ", LABEL, tsp_queue_name(t->cfg, queue, name));
  for (uint64_t at = v->from; at < v->to; at += each) {
    uint64_t end = at + each < v->to ? at + each : v->to;
    while (spans && s->from + s->cycles <= at) {
      s++;
      spans--;
    }
    count(s, spans, at, end, per_kind);
    for (int k = 0; k < TSP_TIMELINE_KINDS; k++)
      seen[k] = seen[k] || per_kind[k];
    fputc(letter(per_kind, end - at), to);
  }
  fputc('\n', to);
}

static void ruler(const tsp_timeline_view *v, uint64_t each, FILE *to)
{
  uint64_t columns = (v->to - v->from + each - 1) / each;
  fprintf(to, "%-*s ", LABEL, "cycle");
  for (uint64_t i = 0; i < columns;) {
    int n = i % 10 == 0 && i + 8 <= columns ? fprintf(to, "|%" PRIu64, v->from + i * each) : (fputc(' ', to), 1);
    i += (uint64_t)n;
  }
  fputc('\n', to);
}

void tsp_timeline_text(const tsp_timeline *t, const tsp_timeline_view *v, int columns, FILE *to)
{
  uint64_t room = columns > LABEL + 11 ? (uint64_t)(columns - LABEL - 1) : 10;
  uint64_t each = (v->to - v->from + room - 1) / room;
  bool seen[TSP_TIMELINE_KINDS] = {false};
  const tsp_span *s;
  each = each ? each : 1;
  ruler(v, each, to);
  for (int q = 0; q < t->cfg->queues; q++)
    if (v->show[q] && tsp_timeline_queue(t, q, &s))
      row(t, v, q, each, seen, to);
  fprintf(to, "\n%" PRIu64 " cycle%s a letter; a small letter: idle for half of them or more\n", each,
          each == 1 ? "" : "s");
  for (int k = 0; k < TSP_TIMELINE_KINDS; k++)
    if (seen[k])
      fprintf(to, "  %c %s", tsp_timeline_kinds[k].letter, tsp_timeline_kinds[k].name);
  fputc('\n', to);
}

static void bounds(const tsp_timeline *t, FILE *to)
{
  const tsp_bound *most = tsp_image_bound(t->image);
  for (int i = 0; i < t->image->bound_count; i++)
    fprintf(to, "  bound of %-24s %10" PRIu64 " cycles%s\n", t->image->bound[i].resource, t->image->bound[i].cycles,
            t->image->bound[i].cycles == most->cycles ? "  <- bounds it" : "");
  if (most)
    fprintf(to, "  executed in %.2f of the bound\n", (double)t->cycles / (double)most->cycles);
}

static void kinds(const tsp_timeline *t, FILE *to)
{
  fprintf(to, "\n  %-18s %6s %12s %11s   %-16s %10s %16s\n", "slice kind", "queues", "instructions", "utilisation",
          "busiest queue", "its cycles", "text (longest)");
  for (int u = 0; u < TSP_UNITS; u++) {
    uint64_t issues = 0, text = 0, longest = 0;
    int queues = 0, busiest = -1;
    char name[16] = "-";
    for (int q = 0; q < t->cfg->queues; q++) {
      if (tsp_queue_unit(t->cfg, q) - TSP_UNIT_MEM != u)
        continue;
      queues++;
      issues += t->issues[q];
      text += t->text[q];
      longest = t->text[q] > longest ? t->text[q] : longest;
      if (t->issues[q] && (busiest < 0 || t->issues[q] > t->issues[busiest]))
        busiest = q;
    }
    if (!queues)
      continue;
    fprintf(to, "  %-18s %6d %12" PRIu64 " %10.1f%%   %-16s %10" PRIu64 " %8" PRIu64 " (%5" PRIu64 ")\n",
            tsp_predict_unit_name(u), queues, issues,
            t->cycles ? 100 * (double)issues / ((double)queues * (double)t->cycles) : 0,
            busiest < 0 ? name : tsp_queue_name(t->cfg, busiest, name), busiest < 0 ? 0 : t->issues[busiest], text,
            longest);
  }
}

static uint64_t words_of(const tsp_tensor *t)
{
  uint64_t n = 0;
  for (int p = 0; p < t->piece_count; p++)
    n += t->piece[p].count;
  return n;
}

static void memory(const tsp_timeline *t, FILE *to)
{
  static const char *const role[] = {"const", "input", "output", "temp", "state"};
  enum { ROLES = sizeof role / sizeof *role };
  const size_t words = 2 * (size_t)t->cfg->mem_slices * (size_t)t->cfg->mem_words;
  uint64_t used[ROLES] = {0};
  int tensors[ROLES] = {0};
  for (int i = 0; i < t->image->tensor_count; i++) {
    const tsp_tensor *x = &t->image->tensor[i];
    used[x->role % ROLES] += words_of(x);
    tensors[x->role % ROLES] += x->piece_count > 0;
  }
  fprintf(to, "\n  memory: %zu words of %d bytes\n", words, t->cfg->vector);
  for (int i = 0; i < ROLES; i++)
    if (tensors[i])
      fprintf(to, "    %-7s %5d tensor%s %8" PRIu64 " words, %.2f %%\n", role[i], tensors[i],
              tensors[i] > 1 ? "s" : " ", used[i], 100 * (double)used[i] / (double)words);
}

void tsp_timeline_summary(const tsp_timeline *t, FILE *to)
{
  fprintf(to, "%s on %s: %" PRIu64 " cycles", t->image->kernel, t->cfg->name, t->cycles);
  if (t->image->cycles_predicted)
    fprintf(to, ", %" PRIu64 " predicted", t->image->cycles_predicted);
  fprintf(to, "%s%s\n", t->fault[0] ? "; " : "", t->fault);
  bounds(t, to);
  kinds(t, to);
  memory(t, to);
}
