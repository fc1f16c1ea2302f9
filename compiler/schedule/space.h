/* SPDX-License-Identifier: Apache-2.0 */
/* space.h - space and time: what every queue, stream register, result register and memory word is taken for, cycle by
 * cycle, and the instructions placed so far. Everything is tried in a transaction: a claim that fails leaves earlier
 * claims standing until tspc_back() takes them away. Private to compiler/.
 *
 * A stream value moves one column a cycle, so it stays on one diagonal of columns and cycles: a value is a range of
 * columns of a diagonal, from where it is driven to the last column that taps it. */
#ifndef TSP_SPACE_H
#define TSP_SPACE_H
#include "vec.h"

typedef struct {
  uint16_t queue;
  int32_t node;    /* graph node that it serves, or -1 */
  int32_t word_id; /* the vec program's word that it moves, takes or makes, or -1 */
  int64_t cycle;
  uint64_t word;
} tspc_event;

typedef struct {
  uint32_t addr;
  int64_t from; /* may be written from this cycle on */
} tspc_hole;

/* One bank of a MEM slice. */
typedef struct {
  uint32_t next, end; /* never used so far */
  tspc_hole *hole;
  int holes, cap;
} tspc_bank;

/* Words that are in a column in a cycle, on adjacent streams: whoever needs them there takes them from those. */
enum { TSPC_SHARED = 4 };
typedef struct {
  int word[TSPC_SHARED], n;
  int direction, column, base;
  int64_t t;
  int next; /* of its hash */
} tspc_passing;

typedef struct {
  uint8_t kind;
  int a;
  int64_t b;
  uint64_t old;
} tspc_undo;

typedef struct {
  tspc_prog *p;
  const tsp_config *cfg;
  const tsp_isa *isa;
  int64_t cycles;        /* the tables reach this far */
  uint8_t **queue;       /* [queues][cycles] what is dispatched: QUEUE_* */
  uint8_t **result;      /* [alus][cycles] */
  uint8_t *working;      /* [cycles] ALUs that are dispatched to */
  uint64_t **stream;     /* [2 * streams][(cycles + columns) * parts] columns taken of each diagonal */
  int parts;             /* words of a mask of columns */
  tspc_bank *bank;       /* [2 * mem_slices][2] */
  tspc_passing *passing; /* the latest of a hash first */
  int passings, passing_cap;
  int *passing_hash, passing_size;
  tspc_event *event;
  int events, event_cap;
  tspc_undo *undo;
  int undos, undo_cap;
  int *column;      /* [2 * mem_slices] of a slice */
  int64_t looks;    /* how often words were looked for: a measure of the time that scheduling takes */
  int *pending;     /* [2 * mem_slices] reads to come of words that lie there */
  int64_t end;      /* the last dispatch so far */
  int fresh, holes; /* words of memory never used so far, and given back */
  int owed,
      owed_first; /* words that need a place of their own and have none; those of them that are there from the start */
  bool joins;     /* a Read and a Write of one cycle are as good as a ReadWrite */
  int func[256], skew[256]; /* latencies by opcode */
  const tsp_instr *instr[256];
} tspc_space;

enum { TSPC_READ = 1, TSPC_WRITE = 2, TSPC_READ1 = 4, TSPC_WRITE1 = 8, TSPC_BUSY = 16 }; /* of a queue in a cycle */

bool tspc_space_init(tspc_space *s, tspc_prog *p);
void tspc_space_free(tspc_space *s);

/* A point to go back to, and going back. */
static inline int tspc_mark(const tspc_space *s)
{
  return s->undos;
}
void tspc_back(tspc_space *s, int mark);
/* Forgets how to go back. */
static inline void tspc_commit(tspc_space *s)
{
  s->undos = 0;
}

/* Whether a queue has a pause for an Ifetch, if text is to be fetched, after cycle `from` and before `to`. */
bool tspc_pause_between(const tspc_prog *p, int queue, int64_t from, int64_t to);
/* Claims; false if it is taken, or before cycle 0. */
bool tspc_claim_queue(tspc_space *s, int queue, int64_t cycle);
bool tspc_claim_mem(tspc_space *s, int slice, int access, uint32_t addr, int64_t cycle);
bool tspc_claim_alu(tspc_space *s, int alu, int64_t result);
/* Whether no ALU has time for another instruction in that cycle. */
static inline bool tspc_alus_full(const tspc_space *s, int64_t cycle)
{
  return cycle >= 0 && cycle < s->cycles && s->working[cycle] == s->cfg->alus;
}
/* A value driven in column `from` so as to be there in cycle t, and flowing to column `to`. */
bool tspc_claim_stream(tspc_space *s, int direction, int stream, int from, int to, int64_t t);
/* `count` adjacent streams, base a multiple of align; the base, or TSPC_NONE. from, t and to [count] as above. */
int tspc_claim_group(tspc_space *s, int direction, int count, int align, const int *from, const int64_t *t,
                     const int *to);
/* The base of streams that bring n words, in that order, into a column in cycle t already, or TSPC_NONE. */
int tspc_passing_by(const tspc_space *s, int direction, const int *word, int n, int column, int64_t t);
/* From now on streams from base on do. Undone by tspc_back(). */
bool tspc_pass(tspc_space *s, int direction, const int *word, int n, int column, int64_t t, int base);
/* passing.c: the same to be kept and forgotten, the last one first. */
bool tspc_passes(tspc_space *s, int direction, const int *word, int n, int column, int64_t t, int base);
void tspc_passed(tspc_space *s);
/* A place for a word that is free to be written in `cycle`, or for good (cycle TSPC_STATIC). */
enum { TSPC_STATIC = -1 };
bool tspc_claim_word(tspc_space *s, int slice, int bank, int64_t cycle, int word, uint32_t *addr);
bool tspc_can_read(tspc_space *s, int slice, uint32_t addr, int64_t cycle);
bool tspc_can_write(tspc_space *s, int slice, int bank, int64_t cycle);
/* Gives a word back; it may be written from `from` on. Not undone. */
void tspc_free_word(tspc_space *s, int slice, uint32_t addr, int64_t from);
/* Adds to a word's homes; undone by tspc_back(). */
bool tspc_add_home(tspc_space *s, int word, tspc_home home);
/* Forgets the last of them. */
void tspc_drop_home(tspc_space *s, int word);
/* An instruction; its queue must be claimed. */
void tspc_dispatch(tspc_space *s, int queue, int64_t cycle, uint64_t word, int word_id);

/* The words of an opcode with up to three fields set (name NULL: none). */
uint64_t tspc_ins(const tspc_space *s, int opcode, const char *f1, int64_t v1, const char *f2, int64_t v2,
                  const char *f3, int64_t v3);

static inline int tspc_hops(int direction, int from, int to)
{
  return direction == TSP_EAST ? to - from : from - to;
}
static inline int tspc_code(int direction, int stream)
{
  return direction * 32 + stream;
}
static inline int tspc_bank_of(const tspc_space *s, uint32_t addr)
{
  return addr >= (uint32_t)s->cfg->mem_words / 2;
}
static inline int tspc_slice_hemi(const tsp_config *cfg, int slice)
{
  return slice < cfg->mem_slices ? TSP_WEST : TSP_EAST;
}
#endif
