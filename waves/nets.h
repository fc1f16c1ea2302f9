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
  TSP_NET_ISSUE,   /* i: queue */
  TSP_NET_STORE,   /* i: MEM slice; superlane */
  TSP_NET_RESULT,  /* i: ALU; superlane */
  TSP_NET_LOAD,    /* i: plane; superlane */
  TSP_NET_ACT,     /* i: plane; superlane */
  TSP_NET_PRODUCT, /* i: plane; superlane */
  TSP_NET_ENTRY,   /* i: plane; superlane */
  TSP_NET_STREAM   /* i: column, of the streams that tsp_net.stream names; superlane */
};

/* A net. A stream group has 1, 2 or 4 streams, its base a multiple of that. */
typedef struct {
  int net, i, superlane;
  struct {
    int direction, base, count;
  } stream; /* of TSP_NET_STREAM */
} tsp_net;

/* Writes the name; buf has TSP_NET_NAME bytes; returns buf. */
enum { TSP_NET_NAME = 160 };
char *tsp_net_name(const tsp_config *cfg, tsp_net net, char *buf);

/* The kind of text that shows the net if nothing is known of the type of its values (wave_text.h), or -1: a plain
 * number. */
int tsp_net_kind(int net);

#ifdef __cplusplus
}
#endif
#endif
