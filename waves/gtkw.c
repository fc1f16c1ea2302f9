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

void gtkw_row(gtkw *g, int colour, const char *label, int net, int i, int j, int superlane)
{
  char name[TSP_NET_NAME];
  const int kind = tsp_net_kind(net);

  if (kind >= 0)
    fprintf(g->to, "@%x\n^>1 %s %s:%s\n", HEX | FILTERED, g->filter, g->cfg->name, tsp_wave_kind_name(kind));
  else
    fprintf(g->to, "@%x\n", DECIMAL);
  if (colour)
    fprintf(g->to, "[color] %d\n", colour);
  fprintf(g->to, "+{%s} %s\n", label, tsp_net_name(g->cfg, net, i, j, superlane, name));
}

static const char *of_superlane(const gtkw *g, const char *text, char *buf, size_t size)
{
  if (g->superlane)
    snprintf(buf, size, "%s, superlane %d", text, g->superlane);
  else
    snprintf(buf, size, "%s", text);
  return buf;
}

void gtkw_data(gtkw *g, int queue)
{
  const tsp_config *c = g->cfg;
  const int plane = (queue - c->q_mxm) / 3, n = g->superlane;
  char label[64];

  switch (tsp_queue_unit(c, queue)) {
  case TSP_UNIT_MEM:
    gtkw_row(g, GTKW_PLAIN, of_superlane(g, "  stores", label, sizeof label), TSP_NET_STORE, queue - c->q_mem, 0, n);
    break;
  case TSP_UNIT_MXW:
    gtkw_row(g, GTKW_PLAIN, of_superlane(g, "  loads", label, sizeof label), TSP_NET_LOAD, plane, 0, n);
    break;
  case TSP_UNIT_MXA:
    gtkw_row(g, GTKW_PLAIN, of_superlane(g, "  activations", label, sizeof label), TSP_NET_ACT, plane, 0, n);
    break;
  case TSP_UNIT_MXC:
    gtkw_row(g, GTKW_PLAIN, of_superlane(g, "  product", label, sizeof label), TSP_NET_PRODUCT, plane, 0, n);
    gtkw_row(g, GTKW_PLAIN, of_superlane(g, "  accumulator", label, sizeof label), TSP_NET_ENTRY, plane, 0, n);
    break;
  case TSP_UNIT_VXM:
    gtkw_row(g, GTKW_PLAIN, of_superlane(g, "  result", label, sizeof label), TSP_NET_RESULT, queue - c->q_vxm, 0, n);
    break;
  default: break; /* SXM and links: their results are the streams */
  }
}

void gtkw_queue(gtkw *g, int queue, bool all)
{
  char name[16];

  gtkw_row(g, GTKW_YELLOW, tsp_queue_name(g->cfg, queue, name), TSP_NET_INSTR, queue, 0, g->superlane);
  if (all) {
    gtkw_data(g, queue);
    gtkw_row(g, GTKW_PLAIN, "  position", TSP_NET_QUEUE, queue, 0, 0);
  }
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

void gtkw_stream(gtkw *g, int direction, int stream, int from, int to)
{
  const int step = direction == TSP_EAST ? 1 : -1;
  char label[128], who[COLUMN_TEXT];

  for (int c = from; step > 0 ? c <= to : c >= to; c += step) {
    snprintf(label, sizeof label, "  s%d %s c%02d%s", stream, direction == TSP_EAST ? "east" : "west", c,
             gtkw_column_text(g->cfg, c, who));
    gtkw_row(g, GTKW_PLAIN, label, direction == TSP_EAST ? TSP_NET_EAST : TSP_NET_WEST, c, stream, g->superlane);
  }
}
