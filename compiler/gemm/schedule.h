/* SPDX-License-Identifier: Apache-2.0 */
/* schedule.h - the scheduling pass's own state. Private to compiler/schedule.c, weights.c and step.c. */
#ifndef TSP_SCHEDULE_H
#define TSP_SCHEDULE_H
#include "pass.h"

enum { NO_TILE = -1 };

/* What a plane holds. Tiles are numbered kt * nts + nt. */
typedef struct {
  int buffered, installed; /* tile in the weight buffer, in the array */
  int64_t loaded;          /* first cycle an IW may install the buffer */
  int64_t last_abc;
  int64_t ready; /* first cycle an ABC uses the installed tile */
} tspc_plane;

/* Rows of one step: `rows` rows from row0 of a chunk, against tile kt of K, on `planes` planes of a hemisphere that
 * share the activations, each with its own tile of N. */
typedef struct {
  int hemisphere, planes, plane[MAX_TEAM], nt[MAX_TEAM];
  int chunk, kt;
  uint32_t row0, rows;
} tspc_step;

typedef struct {
  const tspc_kernel *k;
  const tspc_tiling *t;
  const tspc_layout *l;
  tspc_schedule *s;
  tspc_pattern pattern;
  tspc_plane plane[MAX_PLANES];
  int chains;
  uint8_t chain[MAX_CHAINS][MAX_OPS];
} tspc_scheduler;

static inline int tspc_func(const tspc_scheduler *s, int opcode)
{
  return tsp_isa_d_func(s->k->isa, s->k->cfg, (unsigned)opcode);
}
static inline int tspc_skew(const tspc_scheduler *s, int opcode)
{
  return tsp_isa_d_skew(s->k->isa, (unsigned)opcode);
}
static inline int tspc_plane_queue(const tspc_scheduler *s, int plane, int unit)
{
  return s->k->cfg->q_mxm + 3 * plane + (unit - TSP_UNIT_MXW);
}
static inline int tspc_outward(int hemisphere)
{
  return hemisphere;
}
static inline int tspc_inward(int hemisphere)
{
  return !hemisphere;
}
static inline int tspc_stream_code(int direction, int stream)
{
  return direction * 32 + stream;
}

uint64_t tspc_word(const tspc_scheduler *s, int opcode);
uint64_t tspc_field(const tspc_scheduler *s, uint64_t word, const char *field, int64_t value);
tsp_status tspc_issue(tspc_scheduler *s, tspc_burst burst);

/* Loads a tile into a plane's weight buffer as early as possible; installs it and sets `ready`. */
tsp_status tspc_load(tspc_scheduler *s, int plane, int kt, int nt);
tsp_status tspc_install(tspc_scheduler *s, int plane, int kt, int nt);
/* Schedules the step's burst with all that follows from it, up to the write of its results. TSP_ERANGE: its parts
 * collide with each other at any time, so it has to be cut. */
tsp_status tspc_burst_step(tspc_scheduler *s, const tspc_step *step);
#endif
