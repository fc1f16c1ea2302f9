/* SPDX-License-Identifier: Apache-2.0 */
/* gtkw.c - the lines of GTKWave's save file format. */
#include "gtkw.h"
#include "wave_text.h"
#include <string.h>

/* Flags of a row (GTKWave's TR_*). */
enum {
  HEX = 0x22, /* and right-justified */
  DECIMAL = 0x24,
  FILTERED = 0x4000,
  COMMENT = 0x200,
  BEGIN = 0x800200,
  END = 0x1000200,
  FOLDED = 0x400000
};

void gtkw_begin(gtkw *g, bool open, const char *title)
{
  fprintf(g->to, "@%x\n-%s\n", open ? BEGIN : BEGIN | FOLDED, title);
}

void gtkw_end(gtkw *g, bool open, const char *title)
{
  fprintf(g->to, "@%x\n-%s\n", open ? END : END | FOLDED, title);
}

void gtkw_comment(gtkw *g, const char *text)
{
  fprintf(g->to, "@%x\n-%s\n", COMMENT, text);
}

void gtkw_row(gtkw *g, int colour, const char *label, tsp_net net, int kind)
{
  const bool named = kind == TSP_WAVE_TENSOR;
  char name[TSP_NET_NAME];

  if (kind >= 0)
    fprintf(g->to, "@%x\n^>1 %s %s:%s%s%s\n", HEX | FILTERED, g->filter, g->cfg->name, tsp_wave_kind_name(kind),
            named ? ":" : "", named ? g->program : "");
  else
    fprintf(g->to, "@%x\n", DECIMAL);
  if (colour)
    fprintf(g->to, "[color] %d\n", colour);
  fprintf(g->to, "+{%s} %s\n", label, tsp_net_name(g->cfg, net, name));
}

void gtkw_moved_row(gtkw *g, const char *label, tsp_net net, int kind)
{
  if (g->superlane)
    fprintf(g->to, ">%d\n", g->superlane * TSP_PS_PER_CYCLE);
  gtkw_row(g, GTKW_PLAIN, label, net, kind);
  if (g->superlane)
    fprintf(g->to, ">0\n");
}

/* A row for every type of the set, named between label and tail; one of hexadecimal digits for an empty set. */
static void typed_rows(gtkw *g, const char *label, const char *tail, tsp_net net, unsigned set)
{
  static const int kind[TSP_TYPES] = {[TSP_I8] = TSP_WAVE_I8,
                                      [TSP_I16] = TSP_WAVE_I16,
                                      [TSP_I32] = TSP_WAVE_I32,
                                      [TSP_F16] = TSP_WAVE_F16,
                                      [TSP_F32] = TSP_WAVE_F32};
  char typed[160];

  if (!set) {
    snprintf(typed, sizeof typed, "%s%s", label, tail);
    gtkw_row(g, GTKW_PLAIN, typed, net, TSP_WAVE_HEX);
  }
  for (int t = 0; t < TSP_TYPES; t++)
    if (set >> t & 1) {
      snprintf(typed, sizeof typed, "%s %s%s", label, tsp_type_name(t), tail);
      gtkw_row(g, GTKW_PLAIN, typed, net, kind[t]);
    }
}

/* The label, and the superlane if it is not 0. */
static char *of_superlane(const char *text, int superlane, char *buf, size_t size)
{
  if (superlane)
    snprintf(buf, size, "%s, superlane %d", text, superlane);
  else
    snprintf(buf, size, "%s", text);
  return buf;
}

static void mxm_data(gtkw *g, int queue, int n)
{
  const int plane = (queue - g->cfg->q_mxm) / 3, part = (queue - g->cfg->q_mxm) % 3;
  const unsigned product = g->types.product[plane];
  char label[64];

  if (part == 0)
    gtkw_row(g, GTKW_PLAIN, of_superlane("  loads", n, label, sizeof label), (tsp_net){TSP_NET_LOAD, plane, n, {0}},
             TSP_WAVE_LOAD);
  if (part == 1)
    typed_rows(g, "  activations", of_superlane("", n, label, sizeof label), (tsp_net){TSP_NET_ACT, plane, n, {0}},
               product == 1u << TSP_I32 ? 1u << TSP_I8 : 0); /* of fp16 each half by itself: bytes */
  if (part < 2)
    return;
  typed_rows(g, "  product", of_superlane("", n, label, sizeof label), (tsp_net){TSP_NET_PRODUCT, plane, n, {0}},
             product);
  gtkw_row(g, GTKW_PLAIN, of_superlane("  accumulator", n, label, sizeof label),
           (tsp_net){TSP_NET_ENTRY, plane, n, {0}}, product == 1u << TSP_F32 ? TSP_WAVE_ENTRY_F32 : TSP_WAVE_ENTRY);
}

void gtkw_data(gtkw *g, int queue, int n)
{
  const tsp_config *c = g->cfg;
  char label[64];

  switch (tsp_queue_unit(c, queue)) {
  case TSP_UNIT_MEM:
    gtkw_row(g, GTKW_PLAIN, of_superlane("  stores", n, label, sizeof label),
             (tsp_net){TSP_NET_STORE, queue - c->q_mem, n, {0}}, TSP_WAVE_STORE);
    break;
  case TSP_UNIT_MXW:
  case TSP_UNIT_MXA:
  case TSP_UNIT_MXC: mxm_data(g, queue, n); break;
  case TSP_UNIT_VXM:
    typed_rows(g, "  result", of_superlane("", n, label, sizeof label),
               (tsp_net){TSP_NET_RESULT, queue - c->q_vxm, n, {0}}, g->types.result[queue - c->q_vxm]);
    break;
  default: break; /* SXM and links: their results are the streams */
  }
}

void gtkw_instr(gtkw *g, int queue)
{
  char name[16];

  gtkw_row(g, GTKW_YELLOW, tsp_queue_name(g->cfg, queue, name), (tsp_net){TSP_NET_INSTR, queue, g->superlane, {0}},
           TSP_WAVE_INSTR);
  if (g->program)
    gtkw_moved_row(g, "  tensor", (tsp_net){TSP_NET_ISSUE, queue, 0, {0}}, TSP_WAVE_TENSOR);
}

static void position(gtkw *g, int queue)
{
  gtkw_moved_row(g, "  position", (tsp_net){TSP_NET_QUEUE, queue, 0, {0}}, TSP_WAVE_QUEUE);
}

void gtkw_position(gtkw *g, int queue)
{
  gtkw_instr(g, queue);
  position(g, queue);
}

void gtkw_queue(gtkw *g, int queue)
{
  gtkw_instr(g, queue);
  gtkw_data(g, queue, g->superlane);
  position(g, queue);
}

char *gtkw_column_text(const tsp_config *cfg, int column, char *buf)
{
  size_t used = 0;

  buf[0] = '\0';
  for (int q = 0; q < cfg->queues && used < COLUMN_TEXT - 16; q++) {
    const int unit = tsp_queue_unit(cfg, q);
    const bool first_of_vxm = unit == TSP_UNIT_VXM && q == cfg->q_vxm, mem = unit == TSP_UNIT_MEM;
    const int m = (q - cfg->q_mem) % cfg->mem_slices;

    if (tsp_queue_column(cfg, q) != column)
      continue;
    if (mem)
      used +=
          (size_t)snprintf(buf + used, COLUMN_TEXT - used, " %c%d", q - cfg->q_mem < cfg->mem_slices ? 'W' : 'E', m);
    else if (first_of_vxm)
      used += (size_t)snprintf(buf + used, COLUMN_TEXT - used, " VXM");
    else if (unit == TSP_UNIT_MXW)
      used += (size_t)snprintf(buf + used, COLUMN_TEXT - used, " MXM%d", (q - cfg->q_mxm) / 3);
    else if (unit == TSP_UNIT_SXP)
      used += (size_t)snprintf(buf + used, COLUMN_TEXT - used, " SXM");
    else if (unit == TSP_UNIT_C2C && (q - cfg->q_c2c) % cfg->links == 0)
      used += (size_t)snprintf(buf + used, COLUMN_TEXT - used, " C2C");
  }
  return buf;
}

char *gtkw_stream_text(int direction, int base, int count, char *buf)
{
  const char *way = direction == TSP_EAST ? "east" : "west";

  if (count == 1)
    snprintf(buf, STREAM_TEXT, "s%d %s", base, way);
  else
    snprintf(buf, STREAM_TEXT, "s%d-%d %s", base, base + count - 1, way);
  return buf;
}

/* Types of that many bytes that the group is used in. */
static unsigned types_of(const gtkw *g, int direction, int base, int count)
{
  unsigned set = 0;

  for (int t = 0; t < TSP_TYPES; t++)
    if (tsp_type_size(t) == count)
      set |= g->types.stream[direction][base] & 1u << t;
  return set;
}

void gtkw_stream_row(gtkw *g, int direction, int base, int count, int column, int superlane)
{
  char label[STREAM_TEXT + 8], tail[COLUMN_TEXT + 8], who[COLUMN_TEXT], streams[STREAM_TEXT];

  snprintf(label, sizeof label, "  %s", gtkw_stream_text(direction, base, count, streams));
  if (superlane == g->superlane)
    snprintf(tail, sizeof tail, " c%02d%s", column, gtkw_column_text(g->cfg, column, who));
  else
    snprintf(tail, sizeof tail, " c%02d, superlane %d", column, superlane);
  typed_rows(g, label, tail, (tsp_net){TSP_NET_STREAM, column, superlane, {direction, base, count}},
             types_of(g, direction, base, count));
}

bool gtkw_uses(const gtkw *g, int queue, int direction, int base, int count)
{
  for (size_t i = 0; i < g->activity.count; i++) {
    tsp_stream_use use[TSP_MAX_USES];
    const int n = g->activity.at[i].queue == queue ? tsp_stream_uses(g->cfg, g->activity.at[i].text, use) : 0;

    for (int u = 0; u < n; u++)
      if (use[u].direction == direction && use[u].base < base + count && base < use[u].base + use[u].count)
        return true;
  }
  return false;
}

void gtkw_stream(gtkw *g, int direction, int base, int count, int from, int to, bool users)
{
  const int step = direction == TSP_EAST ? 1 : -1;

  for (int c = from; step > 0 ? c <= to : c >= to; c += step) {
    for (int q = 0; q < g->cfg->queues && users; q++)
      if (g->queue_used[q] && tsp_queue_column(g->cfg, q) == c && gtkw_uses(g, q, direction, base, count))
        gtkw_instr(g, q);
    gtkw_stream_row(g, direction, base, count, c, g->superlane);
  }
}
