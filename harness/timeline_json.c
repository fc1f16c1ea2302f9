/* SPDX-License-Identifier: Apache-2.0 */
/* timeline_json.c - a timeline as a Chrome trace: a process per kind of slice, a thread per queue, a microsecond per
 * cycle. */
#include "timeline.h"
#include <jansson.h>
#include <string.h>

/* One event, and the comma before it; takes o. */
static tsp_status put(json_t *o, bool *first, FILE *to)
{
  if (!o)
    return TSP_ENOMEM;
  fputs(*first ? "\n" : ",\n", to);
  *first = false;
  int bad = json_dumpf(o, to, JSON_COMPACT | JSON_PRESERVE_ORDER);
  json_decref(o);
  return bad ? TSP_EIO : TSP_OK;
}

static tsp_status name_of(const char *what, const char *name, int pid, int tid, bool *first, FILE *to)
{
  return put(
      json_pack("{s:s, s:s, s:i, s:i, s:{s:s}}", "name", what, "ph", "M", "pid", pid, "tid", tid, "args", "name", name),
      first, to);
}

static tsp_status span(const tsp_timeline *t, const tsp_span *s, int pid, bool *first, FILE *to)
{
  char text[128], tensor[128];
  tsp_word_text(tsp_isa_builtin(), t->cfg, s->text, text, sizeof text);
  const char *name = s->tensor >= 0 ? t->image->tensor[s->tensor].name : tsp_timeline_kinds[s->kind].name;
  return put(json_pack("{s:s, s:s, s:s, s:I, s:I, s:i, s:i, s:{s:s, s:s, s:I, s:I}}", "name", name, "cat",
                       tsp_timeline_kinds[s->kind].name, "ph", "X", "ts", (json_int_t)s->from, "dur",
                       (json_int_t)s->cycles, "pid", pid, "tid", (int)s->queue, "args", "instruction", text, "tensor",
                       tsp_span_tensor(t, s, tensor), "issues", (json_int_t)s->cycles, "word", (json_int_t)s->word),
             first, to);
}

static tsp_status queue(const tsp_timeline *t, const tsp_timeline_view *v, int q, bool *first, FILE *to)
{
  const tsp_span *s;
  size_t spans = tsp_timeline_queue(t, q, &s);
  int pid = tsp_timeline_slice(t->cfg, q) + 1;
  char name[16];
  if (!v->show[q] || !spans)
    return TSP_OK;
  tsp_status st = name_of("thread_name", tsp_queue_name(t->cfg, q, name), pid, q, first, to);
  for (size_t i = 0; i < spans && st == TSP_OK; i++)
    if (s[i].from < v->to && s[i].from + s[i].cycles > v->from)
      st = span(t, &s[i], pid, first, to);
  return st;
}

tsp_status tsp_timeline_json(const tsp_timeline *t, const tsp_timeline_view *v, FILE *to)
{
  bool first = true;
  tsp_status s = TSP_OK;
  fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[", to);
  for (int u = 0; u < TSP_TIMELINE_SLICES && s == TSP_OK; u++)
    s = name_of("process_name", tsp_timeline_slice_name(u), u + 1, 0, &first, to);
  for (int q = 0; q < t->cfg->queues && s == TSP_OK; q++)
    s = queue(t, v, q, &first, to);
  fputs("\n]}\n", to);
  return s == TSP_OK && ferror(to) ? TSP_EIO : s;
}
