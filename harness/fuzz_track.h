/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_track.h - inside of the random programs: the instructions placed so far, and what holds because of them.
 *
 * Everything is in vector time, superlane 0's: a superlane n is the same n cycles later. A stream value moves along a
 * diagonal of (column, cycle); each diagonal lists who drives it at which column and who takes it at which. */
#ifndef TSP_FUZZ_TRACK_H
#define TSP_FUZZ_TRACK_H
#include "fuzz.h"
#include "uses.h"

typedef struct {
  int32_t op;
  int16_t column;
  bool content; /* taken for what it says (addresses, text), not only for being there */
} fuzz_mark;

typedef struct {
  int drives, uses, drive_room, use_room;
  fuzz_mark *drive, *use;
} fuzz_diagonal;

/* A word of memory with known contents. */
typedef struct {
  int slice;
  uint32_t addr;
  bool fixed; /* its contents matter: never written */
  uint8_t *bytes;
} fuzz_word;

/* An Ifetch and the two words it brings. */
typedef struct {
  int op, word[2];
} fuzz_fetch;

typedef struct {
  int op, producer;
} fuzz_need;

struct tsp_fuzz {
  tsp_config cfg;
  tsp_rng rng;
  uint64_t text_seed; /* for the choices made when the text is written */
  int horizon;        /* cycles in which instructions may be dispatched */
  int *active;        /* [horizon + tail]: powered superlanes by vector time */
  int32_t *slot;      /* [queue][horizon]: op + 1 dispatched then, 0 for none */
  int *per_queue;     /* instructions of each queue */
  fuzz_diagonal *diagonal;
  int diagonals; /* per direction and stream */

  tsp_fuzz_op *op;
  int ops, op_room;
  fuzz_need *need;
  int needs, need_room;
  fuzz_word *word;
  int words, word_room;
  fuzz_fetch *fetch;
  int fetches, fetch_room;
  struct {
    int slice;
    uint32_t addr;
  } * stored; /* words that something may write */
  int stores, store_room;

  tsp_upset upset[64]; /* at most one superlane's part each, and all in cycle 0 */
  int upsets;

  bool failed; /* out of memory */
  tsp_fuzz_end wrong;
  int no_end;       /* queue that has no End, or -1 */
  int uneven_queue; /* queue whose text is no multiple of what an Ifetch's superlane brings, or -1 */
  int even_queue;   /* queue whose text is such a multiple though nothing is fetched for it, or -1 */
  int beyond;       /* superlane whose address the next Gather or Scatter has wrong, or -1 */
  int filled_queue; /* queue whose text is filled up to iq_depth, or -1 */
};

enum { FUZZ_LONGEST = 32 }; /* beyond the greatest latency that does not depend on the configuration */

/* An empty program of a length; NULL if out of memory. */
tsp_fuzz *fuzz_new(const tsp_config *cfg, int horizon);

/* Room for one more in a growing array; false (and f->failed) if out of memory. */
bool fuzz_room(tsp_fuzz *f, void **array, int count, int *room, size_t each);

/* Dispatches word in a queue at a cycle if that keeps the program legal; the index of the new instruction, or -1. An
 * ABC is taken without its ACC: the caller adds that, or rolls back. */
int fuzz_add(tsp_fuzz *f, int queue, int cycle, uint64_t word);

/* The same, without looking at any rule but that the queue is free then. */
int fuzz_force(tsp_fuzz *f, int queue, int cycle, uint64_t word);

/* Takes back all instructions from number `mark` on. */
void fuzz_rollback(tsp_fuzz *f, int mark);

/* The instruction dispatched by a queue at a cycle, or -1. */
int fuzz_slot(const tsp_fuzz *f, int queue, int cycle);

/* The instruction whose value is in a stream register, or -1. */
int fuzz_driver(const tsp_fuzz *f, int direction, int stream, int column, int cycle);

/* The same if the value is there in all superlanes that are powered then, else -1. */
int fuzz_valid(const tsp_fuzz *f, int direction, int stream, int column, int cycle);

/* The instruction whose result is in an ALU's register at a cycle, or -1. */
int fuzz_result(const tsp_fuzz *f, int alu, int cycle);

/* The instruction whose product an ACC dispatched at a cycle would take, or -1. */
int fuzz_product(const tsp_fuzz *f, int plane, int cycle);

/* What an instruction made at `from` is complete for one dispatched at `to`. */
bool fuzz_covers(const tsp_fuzz *f, int from, int to);

/* The table row of an instruction. */
const tsp_instr *fuzz_row(const tsp_fuzz *f, int op);
int fuzz_late(const tsp_fuzz *f, uint64_t word); /* its d_func */

/* Indices of accumulators or maps of a queue's unit that are written before a cycle (in all superlanes powered in it).
 */
int fuzz_defined(const tsp_fuzz *f, int queue, int cycle, const char *field, int before[], int room);

/* The instruction uses no accumulator or map that nobody has written. */
bool fuzz_defined_use(const tsp_fuzz *f, int op);

/* Rules of the units beyond streams; in fuzz_units.c. */
bool fuzz_unit_allows(tsp_fuzz *f, int op);

/* All vectors of the links have arrived before they are received, and the receiving ends have room. */
bool fuzz_links_ok(const tsp_fuzz *f);
int fuzz_link_arrival(const tsp_fuzz *f, int send);

/* The cycle in which a vector sent by a queue arrives and finds no room, or -1. */
int fuzz_link_overflow(const tsp_fuzz *f, int queue);

void fuzz_need_of(tsp_fuzz *f, int op, int producer);

/* Known contents; -1 if the word is taken. bytes [vector], copied; NULL for zeros. */
int fuzz_word_new(tsp_fuzz *f, int slice, uint32_t addr, bool fixed, const uint8_t *bytes);
bool fuzz_word_fixed(const tsp_fuzz *f, int slice, uint32_t addr);
bool fuzz_store(tsp_fuzz *f, int slice, uint32_t addr);

/* Random choices. */
int fuzz_below(tsp_fuzz *f, int n); /* 0..n-1 */
bool fuzz_chance(tsp_fuzz *f, int percent);
int fuzz_between(tsp_fuzz *f, int low, int high); /* both included */

/* fuzz_supply.c: values for an instruction to be dispatched; false if there is no way to. */
bool fuzz_supply(tsp_fuzz *f, int direction, int base, int count, int column, int cycle, int depth);
bool fuzz_supply_result(tsp_fuzz *f, int alu, int cycle, int depth);
bool fuzz_supply_word(tsp_fuzz *f, uint64_t word, int queue, int cycle, int depth); /* all its operands */
bool fuzz_read_of(tsp_fuzz *f, int slice, uint32_t addr, int direction, int stream, int column, int cycle);

/* fuzz_fields.c: a random legal value of a field; corners are likely. */
int64_t fuzz_field(tsp_fuzz *f, int queue, const tsp_instr *in, const tsp_field *field, int column, int cycle);
uint64_t fuzz_word_random(tsp_fuzz *f, const tsp_instr *in, int queue, int cycle);

/* fuzz_place.c: one instruction with all it needs. */
bool fuzz_place(tsp_fuzz *f, const tsp_instr *in, int queue, int cycle, int depth);
bool fuzz_place_anywhere(tsp_fuzz *f, const tsp_instr *in);
bool fuzz_has(const tsp_config *cfg, const tsp_instr *in, int queue); /* the queue executes it */

/* fuzz_special.c: instructions with rules of their own. */
bool fuzz_place_indirect(tsp_fuzz *f, const tsp_instr *in, int queue, int cycle);
bool fuzz_place_wave(tsp_fuzz *f, const tsp_instr *in, int queue, int cycle);
bool fuzz_place_acc(tsp_fuzz *f, const tsp_instr *in, int queue, int cycle);
bool fuzz_place_send(tsp_fuzz *f, const tsp_instr *in, int queue, int cycle);
bool fuzz_place_receive(tsp_fuzz *f, const tsp_instr *in, int queue, int cycle);
bool fuzz_place_fetch(tsp_fuzz *f, int queue, int cycle);
void fuzz_power(tsp_fuzz *f, int queue); /* the first of its Configs is that queue's */
void fuzz_upsets(tsp_fuzz *f);

/* fuzz_fault.c: adds the one fault. */
bool fuzz_break(tsp_fuzz *f, tsp_fault_code fault);
bool fuzz_break_ecc(tsp_fuzz *f);
bool fuzz_wrong(tsp_fuzz *f, tsp_fault_code fault, int queue, int cycle); /* notes what comes; true */
int fuzz_free_queue(tsp_fuzz *f, int unit, int cycle); /* of a kind, without an instruction then; or -1 */

/* fuzz_text.c: the words of one queue, fetched ones included; *word is the caller's. */
typedef struct {
  uint64_t *word;
  uint32_t *cycle; /* in which each is at the head */
  int count, room;
  uint32_t end; /* cycle of its End */
} fuzz_text;
bool fuzz_text_make(const tsp_fuzz *f, int queue, int uses, tsp_rng *rng, fuzz_text *out);
void fuzz_text_free(fuzz_text *t);

static inline uint64_t fuzz_op_word(unsigned opcode)
{
  return (uint64_t)opcode << 56;
}
static inline uint64_t fuzz_with(uint64_t word, const char *field, int64_t value)
{
  return tsp_word_set(tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(word)), word, field, value);
}
#endif
