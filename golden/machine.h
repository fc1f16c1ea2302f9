/* SPDX-License-Identifier: Apache-2.0 */
/* machine.h - the inside of the golden machine.
 *
 * Everything runs in vector time: a vector is one value, and superlanes exist only in the views. Internally time is the
 * clock `clk`, which counts on from reset through every start; cycle = clk - start. What an instruction produces waits
 * in a ring, in the slot of the clock at which it lands, tagged with that clock: a slot whose tag is another clock is
 * empty, so nothing needs clearing and idle units cost nothing.
 *
 * A cycle: streams move and everything tagged with this clock lands; then every queue that is due takes its step, and
 * an instruction executes at once (or d_skew later): it reads registers as they are now and puts its results into a
 * later slot. So all reads of a cycle see the values of this cycle, whatever the order of the queues.
 *
 * All mutable state except MEM contents is one block without pointers (the arena), which is what save and restore copy.
 */
#ifndef TSP_MACHINE_H
#define TSP_MACHINE_H
#include "tsp_golden.h"

enum {
  CLK_RESET = 4096, /* greater than the depth of any ring, so that clk - depth stays positive */
  TRACE_DEPTH = 1 << 16,
  WEIGHT_ALIGN = 64,
  MAX_LATENCY = 2048,
  ALU_SOURCE = 0x40,
  IMM_SOURCE = 0x80,
  DST_STREAM = 0x80,
  STREAM_BITS = 0x3f /* VXM operand fields (tsp_isa.h) */
};

/* The fields of all instructions by name. */
#define MACHINE_FIELDS(X)                                                                                              \
  X(n) X(d) X(a) X(b) X(raddr) X(rstream) X(waddr) X(wstream) X(group) X(slot) X(stream) X(acc) X(out) X(dst) X(imm)
enum {
#define X(name) F_##name,
  MACHINE_FIELDS(X)
#undef X
      F_COUNT
};

/* One row of the instruction table, ready for execution. */
typedef struct {
  const tsp_instr *row; /* NULL: no such opcode */
  int d_func, d_skew;
  bool limits_only; /* a Repeat can only move its fields past a limit, never into an undefined encoding */
  tsp_field field[F_COUNT];
} machine_op;

/* An instruction on its way from dispatch to its operands. */
typedef struct {
  uint16_t queue;
  uint64_t word, id; /* id 0 without TSP_TRACE */
} machine_issue;

/* wake, the clock of the next step, is kept apart: it is all that idle queues cost. */
typedef struct {
  uint64_t prev;
  uint32_t pc, left, length;
  uint8_t state, prev_check; /* tsp_fault_code of prev where it was in the text */
} machine_queue;
#define NEVER UINT64_MAX

typedef struct {
  uint8_t dir, stream, dead; /* dead: lost the register to a lower queue */
  uint16_t column, queue;
  uint64_t id;
} machine_drive;

typedef struct {
  uint64_t tag;
  uint32_t count;
  bool clash; /* two drivers of one register */
} machine_slot;

/* A MEM word or accumulator entry about to change, a part of the weight buffer, an install, a product, a result. */
typedef struct {
  uint64_t tag, id;
  uint32_t index;
  bool taken; /* products: an ACC has it */
} machine_record;

enum { PHASE_RESET, PHASE_RUNNING, PHASE_DONE, PHASE_FAULTED };
typedef struct {
  uint64_t clk, start, done_clk; /* done_clk: 0 until every queue has ended */
  uint64_t fault_clk, last_id;
  int32_t ended;
  uint16_t fault_queue;
  uint8_t fault_code, phase;
} machine_state;

typedef struct {
  tsp_engine base;
  tsp_isa isa;
  int flags, drain;
  uint64_t hash;
  machine_op op[256];
  tsp_dispatch_fn on_dispatch;
  void *on_dispatch_ctx;

  /* sizes */
  int slices;    /* MEM slices of both hemispheres */
  int row_bytes; /* of a row of weights: vector, padded to WEIGHT_ALIGN */
  int ring;      /* slots of the rings of results, a power of two */
  int product_ring, install_ring, pend_ring, pend_max, drive_max, event_max;
  int *column; /* [queues] */

  uint8_t *mem; /* uint8 [slices][mem_words][vector], outside the arena; pages never written stay untouched */
  uint8_t *arena;
  size_t arena_size;
  machine_state *s;

  /* queues */
  uint64_t *wake;       /* [queues] */
  machine_queue *queue; /* [queues] */
  uint64_t *text;       /* [queues][iq_depth] */
  uint8_t *text_check;  /* [queues][iq_depth]: tsp_word_check of each word */
  uint64_t *notified;   /* [barrier + 1]: tag = clock at which a notification is due */
  machine_issue *pend;  /* [pend_ring][pend_max]: instructions whose d_skew has not passed */
  uint32_t *pend_count; /* [pend_ring] */

  /* streams: the ring slot of a value is (column - clk) mod columns eastward, (column + clk) mod columns westward */
  int32_t *slot0;       /* [2]: slot of column 0 now */
  uint32_t *valid;      /* [2][columns]: bit per stream, of all superlanes */
  uint8_t *data;        /* [2][columns][streams][vector] */
  uint64_t *stream_id;  /* [2][columns][streams] */
  machine_slot *drives; /* [ring] */
  machine_drive *drive; /* [ring][drive_max] */
  uint8_t *drive_data;  /* [ring][drive_max][vector] */
  uint32_t *claim;      /* [ring][2][columns]: bit per stream with a driver */

  /* memory */
  uint64_t *touched;     /* bit per word [slices][mem_words] that may differ from zero */
  machine_slot *stores;  /* [ring] */
  uint16_t *store_slice; /* [ring][slices]: the slices of a slot's stores in order of their dispatch */
  machine_record *store; /* [ring][slices]: Write, ReadWrite */
  uint8_t *store_data;   /* [ring][slices][vector] */
  uint64_t *mem_id;      /* [slices][mem_words]: last writer */

  /* VXM */
  machine_record *result; /* [ring][alus] */
  uint32_t *result_data;  /* [ring][alus][vector] */
  uint32_t *operand;      /* [2][vector]: scratch */

  /* MXM */
  int8_t *buffer, *weights;                /* [planes][vector out][row_bytes in] */
  int32_t *weight_sum;                     /* [planes][vector out]: sum of the row, see mxm_dot.c */
  uint8_t *fresh;                          /* [planes][superlanes]: buffer column differs from weights */
  machine_record *load;                    /* [ring][planes]: LW */
  int8_t *load_data;                       /* [ring][planes][lw_streams][vector] */
  machine_record *install;                 /* [install_ring][planes]: IW */
  uint64_t *install_clk;                   /* [planes]: dispatch of the last IW, 0 never */
  machine_record *product;                 /* [product_ring][planes] */
  int32_t *product_data;                   /* [product_ring][planes][vector] */
  int32_t *acc;                            /* [planes][acc_depth][vector] */
  machine_record *update;                  /* [ring][planes][2]: ACC.set, ACC.add; only with TSP_VIEWS */
  int32_t *update_data;                    /* [ring][planes][2][vector] */
  uint64_t *load_id, *install_id, *acc_id; /* [planes], [planes], [planes][acc_depth] */
  uint8_t *activation;                     /* [row_bytes]: scratch */

  /* physical views, superlane n one cycle behind n-1; only with TSP_VIEWS */
  int32_t *view_slot0;                  /* [2][superlanes] */
  uint32_t *view_valid;                 /* [2][superlanes][columns] */
  uint8_t *view_data;                   /* [2][superlanes][columns][streams][lanes] */
  uint64_t *view_id;                    /* [2][superlanes][columns][streams] */
  int8_t *view_buffer, *view_weights;   /* [planes][superlanes r][superlanes c][lanes out][lanes in] */
  uint64_t *last_store;                 /* [slices]: clock at which the last Write landed */
  uint64_t *last_install, *last_update; /* [planes] */
  tsp_event *event;                     /* outside the arena */
  size_t event_count;

  tsp_dispatch *trace; /* [TRACE_DEPTH], by id modulo depth; only with TSP_TRACE */
} machine;

static inline const machine *machine_of_const(const tsp_engine *e)
{
  return (const machine *)e;
}
static inline machine *machine_of(tsp_engine *e)
{
  return (machine *)e;
}
static inline int64_t field(const machine_op *op, int f, uint64_t word)
{
  return tsp_field_get(&op->field[f], word);
}
static inline size_t ring_slot(const machine *m, uint64_t clk)
{
  return (size_t)(clk & (uint64_t)(m->ring - 1));
}

/* machine_layout.c: sizes, one allocation. */
tsp_status machine_layout(machine *m);

/* machine.c */
void machine_fault(machine *m, int queue, tsp_fault_code code); /* in the present cycle */
void machine_execute(machine *m, const machine_issue *i);       /* at dispatch + d_skew */

/* queue.c */
void queues_rewind(machine *m);
void queues_step(machine *m);
tsp_status queue_load(machine *m, int queue, const uint64_t *word, uint32_t length);
tsp_queue_view queue_view(const machine *m, int queue);

/* streams.c. A stream field is direction * 32 + index. */
void streams_advance(machine *m);
void streams_clash(machine *m);
/* What a unit at this column takes from a stream, uint8 [vector]; NULL if invalid. Adds its producer to the sources of
 * id. */
const uint8_t *stream_tap(machine *m, int column, int stream, uint64_t id);
/* The vector, uint8 [vector], to fill, which will be in the stream register from clock `clk` on. */
uint8_t *stream_drive(machine *m, uint64_t clk, const machine_issue *i, int stream);
/* The lowest `count` bytes of uint32 [vector], one stream each. */
void stream_drive_bytes(machine *m, uint64_t clk, const machine_issue *i, int stream, const uint32_t *value, int count);

/* machine_mem.c, vxm.c, mxm.c: execution of one instruction, and what lands in this cycle. */
void mem_execute(machine *m, const machine_issue *i, const machine_op *op);
void mem_land(machine *m);
void vxm_execute(machine *m, const machine_issue *i, const machine_op *op);
void mxm_load(machine *m, const machine_issue *i, const machine_op *op);
void mxm_install(machine *m, const machine_issue *i, const machine_op *op);
void mxm_activate(machine *m, const machine_issue *i, const machine_op *op);
void mxm_accumulate(machine *m, const machine_issue *i, const machine_op *op);
void mxm_land(machine *m);
void mxm_lost(machine *m); /* products of this cycle that no ACC took */

/* mxm_dot.c: y[o] = sum over i < row_bytes of x[i] * weights[o][i], o < outputs, modulo 2^32. x is biased: value + 128.
 * sum[o] must be mxm_row_sum of row o. */
void mxm_product(const uint8_t *x, const int8_t *weights, const int32_t *sum, int32_t *y, int outputs, int row_bytes);
int32_t mxm_row_sum(const int8_t *row, int row_bytes);

/* views.c */
void views_step(machine *m);
void views_events(machine *m); /* lists the events of the present cycle; changes no state */
uint64_t views_event_id(const machine *m, const tsp_event *event); /* of an event that is in the list */
tsp_tile_view views_tile(const machine *m, int direction, int column, int superlane);
tsp_alu_view views_alu(const machine *m, int alu, int superlane);

/* trace.c */
uint64_t trace_dispatch(machine *m, int queue, uint64_t word, uint32_t at, uint32_t issue); /* 0 without TSP_TRACE */
void trace_source(machine *m, uint64_t id, uint64_t source);
void trace_report(machine *m, uint64_t id); /* calls the observer */

/* machine_save.c */
tsp_status machine_save(const tsp_engine *e, uint8_t **bytes, size_t *size);
tsp_status machine_restore(tsp_engine *e, const uint8_t *bytes, size_t size, tsp_error *err);

#endif
