/* SPDX-License-Identifier: Apache-2.0 */
/* nets.h - where waves/tsp_view.sv puts what a person looks at: the names as a wave viewer knows them, range included.
 */
#ifndef TSP_NETS_H
#define TSP_NETS_H
#include "tsp_config.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  TSP_NET_RUNNING, /* CSRs: no index */
  TSP_NET_DONE,
  TSP_NET_CYCLES,
  TSP_NET_FAULT,
  TSP_NET_FAULT_CYCLE,
  TSP_NET_INSTR,   /* i: queue; superlane that it acts in */
  TSP_NET_QUEUE,   /* i: queue */
  TSP_NET_STORE,   /* i: MEM slice; superlane */
  TSP_NET_RESULT,  /* i: ALU; superlane */
  TSP_NET_LOAD,    /* i: plane; superlane */
  TSP_NET_ACT,     /* i: plane; superlane */
  TSP_NET_PRODUCT, /* i: plane; superlane */
  TSP_NET_ENTRY,   /* i: plane; superlane */
  TSP_NET_EAST,    /* i: column, j: stream; superlane */
  TSP_NET_WEST     /* i: column, j: stream; superlane */
};

/* Writes the name; buf has TSP_NET_NAME bytes; returns buf. */
enum { TSP_NET_NAME = 160 };
char *tsp_net_name(const tsp_config *cfg, int net, int i, int j, int superlane, char *buf);

/* The kind of text that shows the net (wave_text.h), or -1: a plain number. */
int tsp_net_kind(int net);

#ifdef __cplusplus
}
#endif
#endif
