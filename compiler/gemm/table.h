/* SPDX-License-Identifier: Apache-2.0 */
/* table.h - the resource table: what is taken in which cycle, and the search for the earliest start of a pattern.
 * Every resource is a row of bits, one per cycle. Private to compiler/. */
#ifndef TSP_TABLE_H
#define TSP_TABLE_H
#include "tsp_isa.h"

typedef struct {
  uint64_t *word;
  size_t words;
} tspc_bits;

typedef struct {
  const tsp_config *cfg;
  tspc_bits *bits;
  int count;
  int64_t end; /* no resource is taken in this cycle or later */
} tspc_table;

tsp_status tspc_table_init(tspc_table *t, const tsp_config *cfg);
void tspc_table_free(tspc_table *t);

/* Resources. A stream register is taken from the column where a value is driven to the last one that taps it. A slice
 * has four: reads and writes of each bank. */
enum { MEM_READ, MEM_WRITE = 2 };
int tspc_res_queue(const tsp_config *cfg, int queue);
int tspc_res_result(const tsp_config *cfg, int alu);
int tspc_res_mem(const tsp_config *cfg, int slice, int access, int bank);
int tspc_res_stream(const tsp_config *cfg, int direction, int stream, int column);

/* Cycles from column to column in a direction; negative if the flow does not lead there. */
static inline int tspc_hops(int direction, int from, int to)
{
  return direction == TSP_EAST ? to - from : from - to;
}

/* A claim: n cycles of a resource from `offset` after the pattern's start; `mark` takes it, else it must be free only.
 */
typedef struct {
  int res;
  int64_t offset;
  uint32_t n;
  bool mark;
} tspc_claim;

/* A pattern: claims at fixed distances. It is a list of choices, each a list of options, each a list of claims. */
typedef struct {
  tspc_claim *claim;
  int *option; /* first claim of each option */
  int *choice; /* first option of each choice */
  int *pick;   /* the option chosen, counted in its choice */
  int claims, options, choices, claim_cap, option_cap, choice_cap;
  bool failed;    /* out of memory */
  bool exclusive; /* a slice cannot read and write in one cycle, whatever the banks */
} tspc_pattern;

void tspc_pattern_clear(tspc_pattern *p);
void tspc_pattern_free(tspc_pattern *p);
void tspc_choice(tspc_pattern *p); /* opens a choice */
void tspc_option(tspc_pattern *p); /* opens an option of the open choice */
void tspc_claim_add(tspc_pattern *p, int res, int64_t offset, uint32_t n, bool mark);

/* Claims of the common units. */
void tspc_claim_read(tspc_pattern *p, const tsp_config *cfg, int slice, uint32_t addr, int64_t offset, uint32_t n);
void tspc_claim_write(tspc_pattern *p, const tsp_config *cfg, int slice, uint32_t addr, int64_t offset, uint32_t n);
/* Streams base..base+count-1, driven in column `from` at offset and last tapped in column `to`. */
void tspc_claim_streams(tspc_pattern *p, const tsp_config *cfg, int direction, int base, int count, int from, int to,
                        int64_t offset, uint32_t n);

/* Takes the earliest start at or after `from` at which some option of every choice is free, and sets pick.
 * TSP_ERANGE if there is none at any time (the pattern collides with itself), TSP_ENOMEM. */
tsp_status tspc_take(tspc_table *t, tspc_pattern *p, int64_t from, int64_t *start);
#endif
