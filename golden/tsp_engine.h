/* tsp_engine.h - one interface to every machine: golden model, Verilated RTL, later a netlist or a board.
 *
 * An engine is created in its reset state, loaded, started, stepped cycle by cycle, and viewed. Opaque handle, no
 * global state, any number per process, one thread per handle; fork() between calls is supported. Nothing here prints
 * or exits. Times are those of golden/README.md: after tsp_engine_start() and k steps the engine stands in cycle k-1,
 * and every view shows what the registers hold during that cycle. */
#ifndef TSP_ENGINE_H
#define TSP_ENGINE_H
#include "tsp_image.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tsp_engine tsp_engine;

/* The control and status registers. */
typedef struct {
  uint64_t table_hash;
  uint64_t cycles; /* CYCLES: the cycle the machine stands in; holds its last value once done */
  bool running, done;
  uint8_t fault_code; /* tsp_fault_code; 0 if none is latched */
  uint16_t fault_queue;
  uint64_t fault_cycle;              /* the cycle the fault was seen */
  uint16_t active;                   /* powered superlanes of superlane 0's cycle (Config) */
  uint32_t hac;                      /* hardware-aligned counter */
  uint64_t ecc_count;                /* operands corrected (golden/README.md, ECC) */
  uint16_t ecc_queue, ecc_superlane; /* the first of them, meaningful if ecc_count is not 0 */
  uint64_t ecc_cycle;
} tsp_csr;

/* One instruction queue after its dispatch of this cycle (golden/README.md, queues). */
enum { TSP_QUEUE_RUN, TSP_QUEUE_PARKED, TSP_QUEUE_ENDED, TSP_QUEUE_EMPTY };
typedef struct {
  uint32_t pc;   /* word at the head, counted from the beginning of the program */
  uint32_t tail; /* words that have arrived so far: loaded, and brought by Ifetch */
  uint32_t idle; /* cycles left of a NOP, or until the next re-issue of a Repeat */
  uint32_t left; /* re-issues left of a Repeat, 0 outside */
  uint64_t prev; /* the instruction that a Repeat would re-issue, strides applied; 0 if none */
  uint8_t state; /* TSP_QUEUE_RUN.. */
} tsp_queue_view;

/* The stream registers of one direction, column and superlane: bit s of valid, and data uint8 [streams][lanes].
 * Bytes of an invalid stream mean nothing. */
typedef struct {
  uint32_t valid;
  const uint8_t *data;
  const uint16_t *check; /* ECC check bits [streams], meaningful where valid; NULL without ecc */
} tsp_tile_view;

/* Result register of one ALU in one superlane: int32/fp32 bits [lanes], meaningful if valid. */
typedef struct {
  bool valid;
  const uint32_t *data;
} tsp_alu_view;

/* State that changed at the start of this cycle, in the order: kind, unit, superlane, index. */
enum {
  TSP_EVENT_MEM,     /* unit: slice; index: word address; data: uint8 [lanes], new contents */
  TSP_EVENT_WEIGHTS, /* unit: plane; superlane: row; index: supercell column; data: int8 [lanes out][lanes in],
                        installed */
  TSP_EVENT_ACC,     /* unit: plane; index: entry; data: int32 [lanes], new contents */
  TSP_EVENT_MAP,     /* unit: queue of the SXM unit; index: map; data: uint8 [lanes], or uint16 [lanes] of a permuter */
  TSP_EVENT_SEND     /* unit: link, west then east; index 0; data: uint8 [lanes], at the link's output in this cycle */
};
typedef struct {
  uint8_t kind;
  uint16_t unit, superlane;
  uint32_t index;
  const uint8_t *data; /* valid until the next step */
  uint32_t bytes;
} tsp_event;

const tsp_config *tsp_engine_config(const tsp_engine *e);
const char *tsp_engine_name(const tsp_engine *e); /* "golden", "rtl" */
void tsp_engine_close(tsp_engine *e);             /* NULL is allowed */

/* Resets the machine, writes all CONST (and defaulted INPUT) tensors and the queue text; a queue without text gets End.
 * TSP_ETABLES if the image's hash is not the machine's. The machine is then ready to start. */
tsp_status tsp_engine_load(tsp_engine *e, const tsp_image *image, tsp_error *err);

/* Starts (or, once done, restarts) the program: the next step is cycle 0. Memory keeps its contents. */
tsp_status tsp_engine_start(tsp_engine *e);

/* Runs n cycles; fewer on TSP_EFAULT (it stands in the cycle whose CSRs show the fault first) or when done.
 * *ran (if not NULL) gets the number of cycles run. TSP_ESTATE before start. */
tsp_status tsp_engine_step(tsp_engine *e, uint64_t n, uint64_t *ran);

/* One MEM word of all superlanes, uint8 [superlanes][lanes]; slice 0..2*mem_slices-1. Only while not running.
 * TSP_ERANGE, and TSP_EFAULT of a word that ECC cannot correct, leave the buffer untouched. */
tsp_status tsp_engine_mem_read(tsp_engine *e, int slice, uint32_t addr, uint8_t *vector);
tsp_status tsp_engine_mem_write(tsp_engine *e, int slice, uint32_t addr, const uint8_t *vector);

/* Views of the present cycle; indices must be in range. Pointers hold until the next call that changes the engine.
 * Golden keeps the views only if opened with TSP_VIEWS. */
tsp_csr tsp_engine_csr(const tsp_engine *e);
tsp_queue_view tsp_engine_queue(const tsp_engine *e, int queue);
tsp_tile_view tsp_engine_tile(const tsp_engine *e, int direction, int column, int superlane);
tsp_alu_view tsp_engine_alu(const tsp_engine *e, int alu, int superlane);
const tsp_event *tsp_engine_events(const tsp_engine *e, size_t *count);

/* The whole state as bytes owned by the caller (free()), and back. Restoring bytes of another build, configuration or
 * engine is TSP_EFORMAT and leaves the machine as it was. */
tsp_status tsp_engine_save(const tsp_engine *e, uint8_t **bytes, size_t *size);
tsp_status tsp_engine_restore(tsp_engine *e, const uint8_t *bytes, size_t size, tsp_error *err);

/* For implementers: an engine is a struct that begins with this. */
struct tsp_engine {
  const struct tsp_engine_ops *ops;
  tsp_config cfg;
};
typedef struct tsp_engine_ops {
  const char *name;
  void (*close)(tsp_engine *);
  tsp_status (*reset)(tsp_engine *);
  uint64_t (*table_hash)(const tsp_engine *);
  tsp_status (*queue_write)(tsp_engine *, int queue, const uint64_t *word, uint32_t length);
  tsp_status (*text)(tsp_engine *, int queue, uint32_t at, uint64_t *word, bool write); /* of the ring, at < iq_depth */
  tsp_status (*length)(tsp_engine *, int queue, uint32_t *length, bool write);
  tsp_status (*start)(tsp_engine *);
  tsp_status (*step)(tsp_engine *, uint64_t n, uint64_t *ran);
  tsp_status (*mem_read)(tsp_engine *, int slice, uint32_t addr, uint8_t *vector);
  tsp_status (*mem_write)(tsp_engine *, int slice, uint32_t addr, const uint8_t *vector);
  tsp_csr (*csr)(const tsp_engine *);
  tsp_queue_view (*queue)(const tsp_engine *, int);
  tsp_tile_view (*tile)(const tsp_engine *, int, int, int);
  tsp_alu_view (*alu)(const tsp_engine *, int, int);
  const tsp_event *(*events)(const tsp_engine *, size_t *);
  tsp_status (*save)(const tsp_engine *, uint8_t **, size_t *);
  tsp_status (*restore)(tsp_engine *, const uint8_t *, size_t, tsp_error *);
} tsp_engine_ops;

#ifdef __cplusplus
}
#endif
#endif
