/* SPDX-License-Identifier: Apache-2.0 */
#include "nets.h"
#include "wave_text.h"
#include <stdarg.h>
#include <stdio.h>

#define CHIP      "TOP.tsp_chip."
#define SUPERLANE CHIP "g_superlane[%d].u_superlane."

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static char *
name(char *buf, const char *format, ...)
{
  va_list ap;

  va_start(ap, format);
  vsnprintf(buf, TSP_NET_NAME, format, ap);
  va_end(ap);
  return buf;
}

static char *mem_name(const tsp_config *cfg, int slice, int n, char *buf)
{
  return name(buf, SUPERLANE "g_column[%d].g_mem[%d].u_tile.u_view.store[%d:0]", n,
              tsp_queue_column(cfg, cfg->q_mem + slice), slice % cfg->mem_slices % cfg->mem_per_hop,
              cfg->lanes * 8 + 19);
}

char *tsp_net_name(const tsp_config *cfg, tsp_net net, char *buf)
{
  const int bytes = cfg->lanes * 8, words = cfg->lanes * 32, i = net.i, n = net.superlane;

  switch (net.net) {
  case TSP_NET_RUNNING: return name(buf, CHIP "u_csr.running_q");
  case TSP_NET_DONE: return name(buf, CHIP "u_csr.done_q");
  case TSP_NET_CYCLES: return name(buf, CHIP "u_csr.cycles_q[63:0]");
  case TSP_NET_FAULT: return name(buf, CHIP "u_csr.u_view.fault[23:0]");
  case TSP_NET_FAULT_CYCLE: return name(buf, CHIP "u_csr.fault_cycle_q[63:0]");
  case TSP_NET_INSTR: return name(buf, SUPERLANE "u_bus.u_view.g_queue[%d].instr[63:0]", n, i);
  case TSP_NET_QUEUE: return name(buf, CHIP "u_view.g_view[%d].queue[55:0]", i);
  case TSP_NET_ISSUE: return name(buf, CHIP "u_view.g_view[%d].issue[55:0]", i);
  case TSP_NET_STORE: return mem_name(cfg, i, n, buf);
  case TSP_NET_RESULT: return name(buf, SUPERLANE "u_vxm.g_alu[%d].u_alu.u_view.result[%d:0]", n, i, words + 3);
  case TSP_NET_LOAD: return name(buf, SUPERLANE "g_plane[%d].u_feed.u_view.load[%d:0]", n, i, bytes + 19);
  case TSP_NET_ACT: return name(buf, SUPERLANE "g_plane[%d].u_feed.u_view.act[%d:0]", n, i, bytes + 3);
  case TSP_NET_PRODUCT: return name(buf, SUPERLANE "g_plane[%d].u_acc.u_view.product[%d:0]", n, i, words + 3);
  case TSP_NET_ENTRY: return name(buf, SUPERLANE "g_plane[%d].u_acc.u_view.entry[%d:0]", n, i, words + 19);
  default:
    return name(buf, SUPERLANE "g_column[%d].u_%s.u_view%d.g_stream[%d].value[%d:0]", n, i,
                net.stream.direction == TSP_EAST ? "east" : "west", net.stream.count, net.stream.base,
                net.stream.count * bytes + 3);
  }
}

int tsp_net_kind(int net)
{
  switch (net) {
  case TSP_NET_FAULT: return TSP_WAVE_FAULT;
  case TSP_NET_INSTR: return TSP_WAVE_INSTR;
  case TSP_NET_QUEUE: return TSP_WAVE_QUEUE;
  case TSP_NET_ISSUE: return TSP_WAVE_TENSOR;
  case TSP_NET_STORE: return TSP_WAVE_STORE;
  case TSP_NET_LOAD: return TSP_WAVE_LOAD;
  case TSP_NET_ENTRY: return TSP_WAVE_ENTRY;
  case TSP_NET_PRODUCT: return TSP_WAVE_I32;
  case TSP_NET_RESULT:
  case TSP_NET_ACT:
  case TSP_NET_STREAM: return TSP_WAVE_HEX;
  default: return -1;
  }
}
