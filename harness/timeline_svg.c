/* SPDX-License-Identifier: Apache-2.0 */
/* timeline_svg.c - a timeline as one self-contained picture: a row per queue, grouped by kind of slice, colours by kind
 * of instruction, a ruler of cycles, a legend; a bar's title is its instruction and tensor. */
#include "timeline.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LEFT = 96, WIDTH = 1500, ROW = 14, BAR = 11, GROUP = 22, TOP = 66, LEGEND = 20 };

static double x_of(const tsp_timeline_view *v, uint64_t cycle)
{
  uint64_t at = cycle < v->from ? v->from : cycle > v->to ? v->to : cycle;
  return LEFT + (double)WIDTH * (double)(at - v->from) / (double)(v->to - v->from);
}

/* Dark enough for white letters. */
static bool dark(const char *colour)
{
  unsigned rgb = (unsigned)strtoul(colour + 1, NULL, 16);
  return 3 * (rgb >> 16) + 6 * (rgb >> 8 & 0xff) + (rgb & 0xff) < 1500;
}

static void escaped(const char *s, FILE *to)
{
  for (; *s; s++)
    switch (*s) {
    case '&': fputs("&amp;", to); break;
    case '<': fputs("&lt;", to); break;
    case '>': fputs("&gt;", to); break;
    case '"': fputs("&quot;", to); break;
    default: fputc(*s, to); break;
    }
}

static bool shown(const tsp_timeline *t, const tsp_timeline_view *v, int queue)
{
  const tsp_span *s;
  return v->show[queue] && tsp_timeline_queue(t, queue, &s) > 0;
}

/* Where the row of a queue begins; past the last queue: the height. */
static int row_at(const tsp_timeline *t, const tsp_timeline_view *v, int queue)
{
  int y = TOP, slice = -1;
  for (int q = 0; q < t->cfg->queues && q <= queue; q++) {
    if (!shown(t, v, q))
      continue;
    if (tsp_timeline_slice(t->cfg, q) != slice)
      y += GROUP;
    slice = tsp_timeline_slice(t->cfg, q);
    if (q < queue)
      y += ROW;
  }
  return y;
}

/* 1, 2 or 5 times a power of ten, for about ten marks. */
static uint64_t mark(uint64_t cycles)
{
  uint64_t step = 1;
  for (int i = 0; step * 12 < cycles; i++)
    step = i % 3 == 1 ? step / 2 * 5 : step * 2;
  return step;
}

static void ruler(const tsp_timeline_view *v, int height, FILE *to)
{
  uint64_t step = mark(v->to - v->from);
  for (uint64_t c = (v->from + step - 1) / step * step; c <= v->to; c += step) {
    fprintf(to, "<line class=\"g\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>", x_of(v, c), x_of(v, c), TOP + 4,
            height);
    fprintf(to, "<text class=\"c\" x=\"%.1f\" y=\"%d\">%" PRIu64 "</text>\n", x_of(v, c), TOP, c);
  }
}

static void bar(const tsp_timeline *t, const tsp_timeline_view *v, const tsp_span *s, uint64_t end, int y, FILE *to)
{
  char text[128], tensor[128];
  double x = x_of(v, s->from), w = x_of(v, end) - x;
  fprintf(to, "<rect class=\"k%d\" x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\"><title>", s->kind, x, y,
          w < 0.4 ? 0.4 : w, BAR);
  escaped(tsp_word_text(tsp_isa_builtin(), t->cfg, s->text, text, sizeof text), to);
  fprintf(to, "\ncycle %" PRIu64 "%s", s->from, s->cycles > 1 ? " to " : "");
  if (s->cycles > 1)
    fprintf(to, "%" PRIu64, s->from + s->cycles - 1);
  fputs(s->tensor >= 0 ? "\n" : "", to);
  escaped(tsp_span_tensor(t, s, tensor), to);
  fputs("</title></rect>", to);
  if (s->tensor < 0 || w < 8 + 6.2 * (double)strlen(t->image->tensor[s->tensor].name))
    return;
  fprintf(to, "<text class=\"%s\" x=\"%.1f\" y=\"%d\">", dark(tsp_timeline_kinds[s->kind].colour) ? "t d" : "t",
          x + w / 2, y + BAR - 2);
  escaped(t->image->tensor[s->tensor].name, to);
  fputs("</text>", to);
}

/* Bars narrower than what can be seen are drawn together with the next of their kind and tensor. */
static void row(const tsp_timeline *t, const tsp_timeline_view *v, int queue, FILE *to)
{
  const tsp_span *s;
  size_t spans = tsp_timeline_queue(t, queue, &s);
  int y = row_at(t, v, queue);
  char name[16];
  const uint64_t fine = (v->to - v->from) / (2 * WIDTH);
  fprintf(to, "<text class=\"n\" x=\"%d\" y=\"%d\">%s</text>\n", LEFT - 6, y + BAR - 1,
          tsp_queue_name(t->cfg, queue, name));
  for (size_t i = 0; i < spans;) {
    size_t j = i + 1;
    while (j < spans && s[j].kind == s[i].kind && s[j].tensor == s[i].tensor &&
           s[j].from <= s[j - 1].from + s[j - 1].cycles + fine)
      j += fine ? 1 : spans;
    uint64_t end = fine ? s[j - 1].from + s[j - 1].cycles : s[i].from + s[i].cycles;
    if (s[i].from < v->to && end > v->from)
      bar(t, v, &s[i], end, y, to);
    i = fine ? j : i + 1;
  }
  fputc('\n', to);
}

static void legend(const tsp_timeline *t, int y, FILE *to)
{
  bool seen[TSP_TIMELINE_KINDS] = {false};
  double x = LEFT;
  for (size_t i = 0; i < t->spans; i++)
    seen[t->span[i].kind] = true;
  for (int k = 0; k < TSP_TIMELINE_KINDS; k++) {
    if (!seen[k])
      continue;
    fprintf(to,
            "<rect class=\"k%d\" x=\"%.1f\" y=\"%d\" width=\"12\" height=\"12\"/><text x=\"%.1f\" y=\"%d\">%s</text>",
            k, x, y, x + 17, y + 10, tsp_timeline_kinds[k].name);
    x += 34 + 6.4 * (double)strlen(tsp_timeline_kinds[k].name);
  }
}

tsp_status tsp_timeline_svg(const tsp_timeline *t, const tsp_timeline_view *v, FILE *to)
{
  int height = row_at(t, v, t->cfg->queues) + 10, slice = -1;
  fprintf(to,
          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
          "font-family=\"sans-serif\" font-size=\"11\">\n<style>text{fill:#222}.n{text-anchor:end;font-size:10px}"
          ".c{text-anchor:middle;fill:#555}.t{text-anchor:middle;font-size:9px}.d{fill:#fff}.h{font-weight:bold}"
          ".g{stroke:#ddd}rect{shape-rendering:crispEdges}",
          LEFT + WIDTH + 30, height, LEFT + WIDTH + 30, height);
  for (int k = 0; k < TSP_TIMELINE_KINDS; k++)
    fprintf(to, ".k%d{fill:%s}", k, tsp_timeline_kinds[k].colour);
  fprintf(to,
          "</style>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n<text class=\"h\" x=\"%d\" y=\"18\" "
          "font-size=\"14\">",
          LEFT);
  escaped(t->image->kernel, to);
  fprintf(to, " on %s: %" PRIu64 " cycles", t->cfg->name, t->cycles);
  if (t->fault[0])
    fprintf(to, "; %s", t->fault);
  fputs("</text>\n", to);
  legend(t, LEGEND + 10, to);
  ruler(v, height - 6, to);
  for (int q = 0; q < t->cfg->queues; q++) {
    if (!shown(t, v, q))
      continue;
    if (tsp_timeline_slice(t->cfg, q) != slice)
      fprintf(to, "<text class=\"h\" x=\"%d\" y=\"%d\">%s</text>\n", LEFT, row_at(t, v, q) - 4,
              tsp_timeline_slice_name(tsp_timeline_slice(t->cfg, q)));
    slice = tsp_timeline_slice(t->cfg, q);
    row(t, v, q, to);
  }
  fputs("</svg>\n", to);
  return ferror(to) ? TSP_EIO : TSP_OK;
}
