/* SPDX-License-Identifier: Apache-2.0 */
/* machine.h - the inside of the golden machine.
 *
 * Everything runs in vector time: a vector is one value, and superlanes are staggered only in the views, in the cycles
 * of faults and in what Ifetch brings. Internally time is the clock `clk`, which counts on from reset through every
 * start; cycle = clk - start. What an instruction produces waits in a ring, in the slot of the clock at which it lands,
 * tagged with that clock: a slot whose tag is another clock is empty, so nothing needs clearing and idle units cost
 * nothing.
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
  STREAM_BITS = 0x3f, /* VXM operand fields (tsp_isa.h) */
  FLIGHTS = 3,        /* operands of a shifter whose outputs form together if their latencies differ */
  WAKE_BLOCK = 8,     /* queues that are looked at together */
  MAX_OPERANDS = 16,  /* streams that an instruction takes */
  MAX_FLIPS = 64,     /* flips of stream registers in a cycle */
  ACC_UPDATES = 3     /* kinds of accumulator update that can land together if their latencies differ */
};

/* The fields of all instructions by name. */
#define MACHINE_FIELDS(X)                                                                                              \
  X(n)                                                                                                                 \
  X(d)                                                                                                                 \
  X(a)                                                                                                                 \
  X(b)                                                                                                                 \
  X(raddr)                                                                                                             \
  X(rstream)                                                                                                           \
  X(waddr)                                                                                                             \
  X(wstream)                                                                                                           \
  X(group)                                                                                                             \
  X(slot)                                                                                                              \
  X(stream)                                                                                                            \
  X(acc)                                                                                                               \
  X(out)                                                                                                               \
  X(dst)                                                                                                               \
  X(imm)                                                                                                               \
  X(superlanes)                                                                                                        \
  X(map)
enum {
#define X(name) F_##name,
  MACHINE_FIELDS(X)
#undef X
      F_COUNT
};

/* Bit n: superlane n. Of a stream value, result or product: where it is valid. The extents of golden/README.md are sets
 * 0..extent-1; an operand that ECC cannot correct leaves a hole. */
typedef uint64_t superlane_set;

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
  uint32_t pc, tail, left, length; /* length: the host's; words are at their number modulo iq_depth */
  uint32_t fetching;               /* rows of Ifetches that have not had their time to arrive */
  uint64_t fetch_clk;              /* of its last Ifetch, 0 never */
  uint8_t state, prev_check;       /* tsp_fault_code of prev where it was in the text */
} machine_queue;
#define NEVER UINT64_MAX

typedef struct {
  uint8_t dir, stream;
  bool faulty; /* drive_syndrome is not all zero */
  uint16_t column, queue;
  superlane_set set; /* without superlanes in which a lower queue drives the register */
  uint64_t id;
} machine_drive;

typedef struct {
  uint64_t tag;
  uint32_t count;
  bool clash; /* two drivers of one register */
} machine_slot;

/* A MEM word, map or accumulator entry about to change, a part of the weight buffer, an install, a product, a result, a
 * vector on a link. */
typedef struct {
  uint64_t tag, id;
  superlane_set set; /* the superlanes that it is about */
  uint32_t index;
  bool taken;  /* products: an ACC has it */
  bool f32;    /* products: of fp16 */
  bool each;   /* stores: the words are in store_addr, index means nothing */
  bool faulty; /* stores, vectors on links: the syndromes beside it are not all zero */
} machine_record;

/* An Ifetch that was dispatched at the slot's clock. */
typedef struct {
  uint16_t queue;
  uint8_t stream;
  superlane_set set, blank; /* superlanes that bring words, and those of them whose operands were invalid */
} machine_fetch;

typedef struct {
  uint8_t dir, stream;
  uint16_t column, superlane, bit;
} machine_flip;

/* An instruction of the SXM whose output forms at the clock `tag`. */
typedef struct {
  uint64_t tag;
  machine_issue issue;
  superlane_set set;
} machine_flight;

typedef struct {
  uint32_t head, count;
} machine_link; /* a receiving end */

/* Operands that ECC corrected, by the cycle in which they were seen. */
typedef struct {
  uint64_t count;
  uint16_t queue, superlane; /* of the first */
} machine_corrected;

enum { PHASE_RESET, PHASE_RUNNING, PHASE_DONE, PHASE_FAULTED };
typedef struct {
  uint64_t clk, start, done_clk; /* done_clk: 0 until every queue has ended */
  uint64_t fault_clk, last_id;
  superlane_set powered; /* in this vector time */
  uint64_t last_fetch;   /* clock of the last Ifetch, 0 never */
  uint64_t last_switch;  /* clock at which the last instruction of the SXM has effect between superlanes or in a map */
  uint64_t last_wire;    /* clock at which the last Send was at an output, 0 never since the start */
  uint64_t ecc_count, ecc_clk;
  uint16_t ecc_queue, ecc_superlane;
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
  superlane_set all; /* superlanes */
  int slices;        /* MEM slices of both hemispheres */
  int row_bytes;     /* of a row of weights: vector, padded to WEIGHT_ALIGN */
  int ring;          /* slots of the rings of results, a power of two */
  int product_ring, install_ring, pend_ring, pend_max, drive_max, event_max;
  int fetch_ring, wire_ring, seen_ring;
  int *column; /* [queues] */

  uint8_t *mem;       /* uint8 [slices][mem_words][vector], outside the arena; pages never written stay untouched */
  uint8_t *host_word; /* [vector]: scratch */
  uint8_t *arena;
  size_t arena_size;
  machine_state *s;

  /* queues */
  uint64_t *wake;         /* [queues] */
  machine_queue *queue;   /* [queues] */
  uint64_t *text;         /* [queues][iq_depth] */
  uint8_t *text_check;    /* [queues][iq_depth]: tsp_word_check of each word */
  superlane_set *powered; /* [ring]: of the clocks past */
  machine_record *config; /* [ring]: index: superlanes to power */
  machine_slot *fetches;  /* [fetch_ring], by clock of dispatch */
  machine_fetch *fetch;   /* [fetch_ring][columns] */
  uint8_t *fetch_data;    /* [fetch_ring][columns][2][vector] */
  uint64_t *fetch_clk;    /* [columns]: the last that was not refused */
  uint64_t *notified;     /* [barrier + 1]: tag = clock at which a notification is due */
  machine_issue *pend;    /* [pend_ring][pend_max]: instructions whose d_skew has not passed */
  uint32_t *pend_count;   /* [pend_ring] */

  /* streams: the ring slot of a value is (column - clk) mod columns eastward, (column + clk) mod columns westward */
  int32_t *slot0;       /* [2]: slot of column 0 now */
  uint32_t *valid;      /* [2][columns]: bit per stream */
  uint32_t *partial;    /* [2][columns]: valid, but not in all superlanes */
  superlane_set *reach; /* [2][columns][streams]: where it is valid if partial */
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
  uint16_t *store_addr;  /* [ring][slices][superlanes]: words of a Scatter */
  uint64_t *mem_id;      /* [slices][mem_words]: last writer */

  /* VXM */
  machine_record *result; /* [ring][alus] */
  uint32_t *result_data;  /* [ring][alus][vector] */
  uint32_t *operand;      /* [2][vector]: scratch */

  /* MXM */
  int8_t *buffer, *weights; /* [planes][vector out][row_bytes in] */
  int32_t *weight_sum;      /* [planes][vector out]: sum of the row, see mxm_dot.c */
  uint8_t *fresh;           /* [planes][superlanes]: buffer column differs from weights */
  machine_record *load;     /* [ring][planes]: LW */
  int8_t *load_data;        /* [ring][planes][lw_streams][vector] */
  machine_record *install;  /* [install_ring][planes]: IW */
  uint64_t *install_clk;    /* [planes]: dispatch of the last IW, 0 never */
  machine_record *product;  /* [product_ring][planes] */
  int32_t *product_data;    /* [product_ring][planes][vector] */
  int32_t *acc;             /* [planes][acc_depth][vector] */
  machine_record *update;   /* [ring][planes][ACC_UPDATES]: ACC.set, .add, .add.f32; only with TSP_VIEWS */
  int32_t *update_data;     /* [ring][planes][ACC_UPDATES][vector] */
  uint64_t *load_id, *install_id, *acc_id; /* [planes], [planes], [planes][acc_depth] */
  uint8_t *activation;                     /* [row_bytes]: scratch */

  /* MXM fp16 (mxm_pair.c); pair: number of its first plane / 2 */
  int pairs;             /* 0: no fp16 */
  machine_record *entry; /* [pairs]: the last ABC.f16, tag: its vector time; index: its landing, in clocks from there */
  uint16_t *second;      /* [pairs][vector / 2]: what enters in its second cycle */
  double *sum;           /* [pairs][3][vector]: exact sums of its first cycle, see mxm_f16.h */
  uint8_t *sum_flags;    /* [pairs][vector] */
  float *split;      /* [pairs][2][vector in][vector out]: halves of the installed weights, inputs in order of entry */
  uint64_t *special; /* [pairs][vector in]: columns in which a weight of the input is an infinity or NaN */
  uint8_t *stale;    /* [pairs][superlanes]: split and special of the column are not those of the weights */

  /* SXM; unit: queue - q_sxm */
  uint8_t *map;     /* [2 * TSP_SXM_QUEUES][maps][2 * vector] */
  uint64_t *map_id; /* [2 * TSP_SXM_QUEUES][maps] */
  int flight_ring;
  machine_flight *flight; /* [flight_ring][2 * TSP_SXM_QUEUES][FLIGHTS]: operands on their way between superlanes */
  uint8_t *flight_data;   /* [flight_ring][2 * TSP_SXM_QUEUES][FLIGHTS][vector] */
  machine_record *remap;  /* [ring][2 * TSP_SXM_QUEUES]: a Map instruction, index: map; for views_events and landing */
  uint8_t *remap_data;    /* [ring][2 * TSP_SXM_QUEUES][2 * vector]: uint8 [vector], or uint16 [vector] of a permuter */
  uint64_t *last_remap;   /* [2 * TSP_SXM_QUEUES]: clock at which the last landed; only with TSP_VIEWS */

  /* C2C; link: queue - q_c2c */
  machine_record *wire; /* [wire_ring][2 * links]: what is at the output of a link, and on its way to the other end */
  uint8_t *wire_data;   /* [wire_ring][2 * links][vector] */
  machine_link *link;   /* [2 * links] */
  machine_record *wait; /* [2 * links][link_depth]: received; tag: the clock of arrival */
  uint8_t *wait_data;   /* [2 * links][link_depth][vector] */
  uint64_t *last_send;  /* [2 * links]: clock at which the last was at the output; only with TSP_VIEWS */

  /* ECC: NULL without, but for the flips. Of code and remedy, repaired and mem_syndrome see ecc.c; not in the arena */
  uint16_t *code;               /* [lanes][256]: check bits of a byte */
  int16_t *remedy;              /* [1 << check_bits]: of a syndrome */
  uint8_t *repaired;            /* [MAX_OPERANDS][vector]: operands of an instruction that had errors */
  int suspects;                 /* their number */
  uint8_t repairs[64];          /* [superlanes]: parts corrected */
  superlane_set beyond_repair;  /* superlanes with one that cannot be */
  superlane_set *faulty;        /* [2][columns][streams]: syndrome not zero; means nothing where invalid */
  uint16_t *syndrome;           /* [2][columns][streams][superlanes]: where faulty */
  uint16_t *drive_syndrome;     /* [ring][drive_max][superlanes] */
  uint64_t *mem_faulty;         /* bit per word [slices][mem_words]: mem_syndrome not all zero */
  uint16_t *mem_syndrome;       /* [slices][mem_words][superlanes] */
  uint16_t *store_syndrome;     /* [ring][slices][superlanes] */
  uint16_t *wire_syndrome;      /* [wire_ring][2 * links][superlanes] */
  uint16_t *wait_syndrome;      /* [2 * links][link_depth][superlanes] */
  machine_corrected *corrected; /* [seen_ring], by the cycle in which they were seen */
  machine_slot *flips;          /* [ring] */
  machine_flip *flip;           /* [ring][MAX_FLIPS] */

  /* physical views, superlane n one cycle behind n-1; only with TSP_VIEWS */
  int32_t *view_slot0;                  /* [2][superlanes] */
  uint32_t *view_valid;                 /* [2][superlanes][columns] */
  uint8_t *view_data;                   /* [2][superlanes][columns][streams][lanes] */
  uint16_t *view_check;                 /* [2][superlanes][columns][streams]; only with ECC */
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
static inline size_t product_at(const machine *m, uint64_t clk, int plane)
{
  return (size_t)(clk & (uint64_t)(m->product_ring - 1)) * (size_t)m->base.cfg.planes + (size_t)plane;
}

/* machine_layout.c: sizes, one allocation. */
tsp_status machine_layout(machine *m);

/* machine.c */
void machine_fault_at(machine *m, uint64_t clk, int queue, tsp_fault_code code);
/* In the present vector time, in the first superlane of the set if there is one. */
void machine_fault_in(machine *m, superlane_set set, int queue, tsp_fault_code code);
void machine_fault(machine *m, int queue, tsp_fault_code code); /* in superlane 0 */
void machine_execute(machine *m, const machine_issue *i);       /* at dispatch + d_skew */
/* machine_operands() in superlanes `on`. */
superlane_set machine_missing(machine *m, const machine_issue *i, superlane_set on, superlane_set valid);
/* Ends the taking of operands, once per instruction. valid: where all of them are, as stream_operand() and results
 * left it. Raises OPERAND (and ECC) in the first powered superlane without; the superlanes to execute in, maybe none.
 */
static inline superlane_set machine_operands(machine *m, const machine_issue *i, superlane_set valid)
{
  superlane_set powered = m->s->powered;

  return (powered & ~valid) || m->suspects ? machine_missing(m, i, powered, valid) : powered;
}
/* Copies these superlanes of [superlanes][bytes]. */
void copy_superlanes(const machine *m, void *to, const void *from, size_t bytes, superlane_set set);
static inline int first_superlane(superlane_set set)
{
  return __builtin_ctzll(set);
}
static inline superlane_set superlanes_below(int n)
{
  return n < 64 ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
}

/* queue.c */
void queues_rewind(machine *m);
void queues_step(machine *m);
tsp_status queue_load(machine *m, int queue, const uint64_t *word, uint32_t length);
void queue_put(machine *m, int queue, uint32_t at, uint64_t word); /* text */
uint64_t queue_get(const machine *m, int queue, uint32_t at);
tsp_queue_view queue_view(const machine *m, int queue);

/* fetch.c: Ifetch, and Config. */
tsp_fault_code fetch_dispatch(machine *m, int queue, const machine_op *op, uint64_t word); /* or why it is refused */
void fetch_land(machine *m); /* second vectors, and words that arrive in this cycle */
tsp_fault_code power_dispatch(machine *m, const machine_op *op, uint64_t word);
void power_land(machine *m);

/* streams.c. A stream field is direction * 32 + index. */
void streams_advance(machine *m);
void streams_clash(machine *m);
/* What the unit takes from a stream, uint8 [vector]: meaningful where valid, which is narrowed to that. Adds its
 * producer to the sources. stream_operand() is for what the unit computes with: it checks and corrects; stream_tap()
 * for what it passes on (Write, Scatter, Send). After it, stream_syndromes() has the syndromes uint16 [superlanes],
 * NULL if all 0. */
const uint8_t *stream_operand(machine *m, const machine_issue *i, int stream, superlane_set *valid);
const uint8_t *stream_tap(machine *m, const machine_issue *i, int stream, superlane_set *valid);
const uint16_t *stream_syndromes(machine *m, const machine_issue *i, int stream);
/* The vector, uint8 [vector], to fill, which will be in the stream register from clock `clk` on, in these superlanes
 * that are powered then. */
uint8_t *stream_drive(machine *m, uint64_t clk, const machine_issue *i, int stream, superlane_set set);
/* Syndromes of the vector driven last, uint16 [superlanes]; NULL: none. */
void stream_pass(machine *m, uint64_t clk, const uint16_t *syndrome);
/* The lowest `count` bytes of uint32 [vector], one stream each. */
void stream_drive_bytes(machine *m, uint64_t clk, const machine_issue *i, int stream, const uint32_t *value, int count,
                        superlane_set set);

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

/* mxm_pair.c */
bool pair_busy(const machine *m, int plane);           /* an ABC of the plane may not enter now */
void pair_outdated(machine *m, int plane, int column); /* weights of the column were installed */
void pair_activate(machine *m, const machine_issue *i, const machine_op *op);
void pairs_land(machine *m); /* second halves of vectors; after the installs */

void sxm_execute(machine *m, const machine_issue *i, const machine_op *op);
void sxm_land(machine *m);

/* c2c.c */
void c2c_execute(machine *m, const machine_issue *i, const machine_op *op);
void c2c_land(machine *m); /* arrivals of this cycle */
void c2c_clear(machine *m);

/* mxm_dot.c: y[o] = sum over i < row_bytes of x[i] * weights[o][i], o < outputs, modulo 2^32. x is biased: value + 128.
 * sum[o] must be mxm_row_sum of row o. */
void mxm_product(const uint8_t *x, const int8_t *weights, const int32_t *sum, int32_t *y, int outputs, int row_bytes);
int32_t mxm_row_sum(const int8_t *row, int row_bytes);

/* ecc.c */
tsp_status ecc_open(machine *m);
uint16_t ecc_encode(const machine *m, const uint8_t *data); /* check bits of a superlane's part, uint8 [lanes] */
bool ecc_repair(const machine *m, uint8_t *data, uint16_t syndrome); /* false: it cannot be */
/* A copy of an operand, repaired in these superlanes, in which it has errors; machine_operands() then ends them. */
const uint8_t *ecc_operand(machine *m, const uint8_t *value, const uint16_t *syndrome, superlane_set set);
superlane_set ecc_operands(machine *m, const machine_issue *i, superlane_set set);
void ecc_step(machine *m); /* counts what was corrected two cycles ago */
void ecc_clear(machine *m);
const uint16_t *ecc_word(const machine *m, size_t word); /* syndromes of a memory word, or NULL */
void ecc_word_changes(machine *m, size_t word, const uint16_t *syndrome, superlane_set set); /* NULL: none */
uint16_t ecc_flip(const machine *m, uint8_t *data, int bit); /* turns a data bit; how the syndrome turns */

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
