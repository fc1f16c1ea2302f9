/* SPDX-License-Identifier: Apache-2.0 */
/* check.h - inside of the lockstep: what a checker is. One per functional slice, each in its own file; the lockstep
 * calls all of them after every cycle, in the order of cause and effect. */
#ifndef TSP_CHECK_H
#define TSP_CHECK_H
#include "lockstep.h"
#include <string.h>

/* The two machines in one cycle. */
typedef struct {
  tsp_engine *ref, *dut;
  const tsp_config *cfg;
  uint64_t cycle;
  bool other_tables;
  const tsp_event *ref_event, *dut_event; /* of this cycle */
  size_t ref_events, dut_events;
} tsp_pair;

typedef struct {
  const char *name;
  /* Compares all of its kind, adds to n->compared and n->different, and fills *at with the place that explains most
   * if anything differs (nothing differed before in this cycle for this checker). */
  void (*check)(const tsp_pair *p, tsp_count *n, tsp_place *at);
  /* For widening a place over its vector: compares the same place in superlane s in this cycle; differs[lane] = 1 where
   * it differs. NULL if the kind has no lanes. */
  void (*lanes)(const tsp_pair *p, const tsp_place *at, int s, uint8_t *differs);
} tsp_checker;

extern const tsp_checker tsp_check_queues, tsp_check_memory, tsp_check_weights, tsp_check_accumulators, tsp_check_maps,
    tsp_check_vxm, tsp_check_streams, tsp_check_sends, tsp_check_csr;

/* A place of a kind with every other member unset. */
tsp_place tsp_place_new(int kind, const char *field, int bits, uint64_t expected, uint64_t got);

/* The event that a place of this kind is part of, or -1. */
int tsp_event_of_place(int kind);

/* Compares the whole contents of the memories (after the end). */
tsp_status tsp_check_contents(tsp_engine *ref, tsp_engine *dut, tsp_count *n, tsp_place *at);

/* Fills everything of d but place, cycle, values and lane map: the instruction, its tensor and the chain. */
void tsp_divergence_explain(tsp_divergence *d, const tsp_engine *ref, const tsp_image *image, const tsp_event *event);

/* True if the instruction drives the stream register at its unit's column. */
bool tsp_dispatch_drives(const tsp_config *cfg, const tsp_dispatch *d, int direction, int stream);

#endif
