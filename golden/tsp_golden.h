/* tsp_golden.h - the golden model: the reference machine of golden/README.md in plain C, in vector time. */
#ifndef TSP_GOLDEN_H
#define TSP_GOLDEN_H
#include "tsp_engine.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  TSP_VIEWS = 1, /* keep physical, staggered views (tile, alu, events); without it those calls return invalid/none */
  TSP_TRACE = 2  /* keep the dispatch records that tsp_golden_trace() and tsp_golden_chain() show */
};

/* A golden machine in its reset state (memory zero). isa NULL is the built-in table; a changed copy changes latencies.
 * TSP_ERANGE for an incomplete configuration, TSP_ENOMEM; *out is NULL on either. */
tsp_status tsp_golden_open(const tsp_config *cfg, const tsp_isa *isa, int flags, tsp_engine **out);

/* Bits that turn by themselves, for tests of ECC. bit: 0 to 8 * lanes - 1 of the superlane's data (8 * lane + bit of
 * the byte), then its check bits, if the configuration has any. TSP_ERANGE if there is no such place. flip_mem: a
 * stored word, as Reads of the next cycle on see it; a Write of the present cycle still overwrites it. flip_stream:
 * what a stream register holds in superlane n in the next cycle plus n; nothing if it is invalid then. TSP_ENOMEM after
 * 64 of them without a step. */
tsp_status tsp_golden_flip_mem(tsp_engine *e, int slice, uint32_t addr, int superlane, int bit);
tsp_status tsp_golden_flip_stream(tsp_engine *e, int direction, int column, int stream, int superlane, int bit);

/* One dispatched instruction. id counts from 1 in order of dispatch; records older than the last 2^16 are forgotten. */
typedef struct {
  uint64_t id, cycle;
  uint16_t queue;
  uint32_t word;      /* index in the queue's text: of the instruction, or of the Repeat that re-issued it */
  uint32_t issue;     /* 0 for the instruction itself, k for a Repeat's k-th re-issue */
  uint64_t text;      /* the word as executed, strides applied */
  uint64_t source[4]; /* ids of the producers of its operands; 0 unused. Read: the last Write of that word (0 if host
                         data) */
} tsp_dispatch;

/* The record of an id; false if it is 0 or forgotten. */
bool tsp_golden_trace(const tsp_engine *e, uint64_t id, tsp_dispatch *out);

/* The newest record's id; 0 before the first dispatch. */
uint64_t tsp_golden_trace_last(const tsp_engine *e);

/* Called for every dispatch in order, if set (NULL clears it); used to check predicted cycles and to draw timelines. */
typedef void (*tsp_dispatch_fn)(void *ctx, const tsp_dispatch *d);
void tsp_golden_on_dispatch(tsp_engine *e, tsp_dispatch_fn fn, void *ctx);

/* Id of the instruction that produced what the view shows at this place now: a stream register, an ALU result,
 * or the newest event-producing instruction of that unit and index. 0 if nothing valid is there. Needs both flags. */
uint64_t tsp_golden_who_stream(const tsp_engine *e, int direction, int column, int stream, int superlane);
uint64_t tsp_golden_who_alu(const tsp_engine *e, int alu, int superlane);
uint64_t tsp_golden_who_event(const tsp_engine *e, const tsp_event *event);

#ifdef __cplusplus
}
#endif
#endif
