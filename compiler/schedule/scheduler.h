/* SPDX-License-Identifier: Apache-2.0 */
/* scheduler.h - placing operations in space and time. Each tspc_place_*() finds the earliest start at which everything
 * that an operation needs is free, and claims it. Private to compiler/. */
#ifndef TSP_SCHED_H
#define TSP_SCHED_H
#include "space.h"

/* Operations that wait for the same units. */
enum { TSPC_BUSY_PERMUTER, TSPC_BUSY_DISTRIBUTOR, TSPC_BUSY_KINDS };

/* What a plane holds, and until when. */
typedef struct {
  int tile;       /* installed, TSPC_NONE: nothing that is known */
  int byte;       /* which byte of its words */
  int64_t ready;  /* first cycle in which activations meet it and the next may be loaded */
  int64_t loaded; /* first cycle an IW may install the buffer */
  int64_t last;   /* latest cycle in which an activation enters */
} tspc_plane;

/* A unit of an SXM and the maps in it. */
typedef struct {
  int map;
  int64_t from, last; /* loaded by then; last use, and what else must pass before it is replaced */
} tspc_slot;

/* A word that is read together with others, to be in column `to` in cycle `at` from the start: those whose Reads would
 * fall into one cycle lie in different slices. Those of one set come from one side, if one_side. */
enum { TSPC_ITEMS = 4 * TSPC_LEAVES };
typedef struct {
  int word, set, at, to;
  bool one_side;
  int side, slice; /* where it is to come from and lie */
} tspc_item;

typedef struct {
  tspc_space space;
  tspc_prog *p;
  tspc_plane plane[4];
  tspc_slot *slot;            /* [2 hemispheres][permuter, distributor][maps] */
  int *zero;                  /* [lw_streams] words of zeros that fill up a load */
  int blame;                  /* the word whose Read found no place in the last attempt */
  bool spread;                /* words that are there from the start may get further homes */
  tspc_item item[TSPC_ITEMS]; /* what the operation being placed reads */
  int items;
  int64_t start;                 /* cycle of the attempt to place it that `at` counts from */
  int64_t horizon;               /* where attempts to place it end, -1: not known yet */
  int rounds;                    /* how often its words were given other places there; they are read from those then */
  int64_t busy[TSPC_BUSY_KINDS]; /* about the cycle until which what an operation of a kind needs is taken */
  int taken[2];                  /* words that partners have or will have in each hemisphere */
  int read_bank;   /* from which the last word was read: results go to the other, where both have time in one cycle */
  int weight_bank; /* where results go that are weights: those that are read meanwhile lie in the other */
  uint8_t *avoid;  /* [2 * mem_slices] scratch */
  int mov[5];      /* opcode of a Mov of so many bytes, once it has been looked up */
} tspc_sched;

/* Fuses, and lists operations. */
void tspc_fuse(tspc_prog *p);
/* Places every operation of the program. */
void tspc_schedule_all(tspc_sched *s);

/* ALUs for the nodes of a tree whose root is dispatched at t. */
bool tspc_place_alus(tspc_space *s, const tspc_tree *t, int64_t at, uint8_t *alu);

/* Brings n words onto adjacent streams (base a multiple of align) flowing in a direction, to be at `column` in cycle t.
 * Returns the base, or TSPC_NONE. */
int tspc_bring(tspc_sched *s, const int *word, int n, int align, int direction, int column, int64_t t);
/* The same from either side: sets *code to the stream field's value. */
bool tspc_bring_any(tspc_sched *s, const int *word, int n, int align, int column, int64_t t, int *code);
/* Stores n words that a unit drives on `drives` adjacent streams at `column` in cycle t. Returns the base. */
int tspc_keep(tspc_sched *s, const int *word, int n, int drives, int align, int direction, int column, int64_t t);

/* The side, TSP_EAST or TSP_WEST, on which fewer reads wait. */
int tspc_idler_side(const tspc_space *s);
/* First cycle at which all bytes of a vec can be at a column. */
int64_t tspc_earliest(const tspc_sched *s, int word, int column);
/* What the operation reads, for tspc_relieve(): n words at once, or a tree's leaves. */
void tspc_items_clear(tspc_sched *s);
void tspc_items_words(tspc_sched *s, const int *word, int n, int to);
void tspc_items_group(tspc_sched *s, const int *word, int n, int to); /* that comes from one side */
void tspc_items_tree(tspc_sched *s, const tspc_tree *t, int root);    /* cycle of the root's dispatch */
/* Whether a word that has to be at a column in cycle t may be read from that slice. */
bool tspc_arranged(const tspc_sched *s, int word, int column, int64_t t, int slice);
/* Whether an attempt in cycle t may still succeed: some way behind the last instruction everything is free. */
bool tspc_may_fit(tspc_sched *s, int64_t first, int64_t t);
/* Whether less than one part in `part` of memory is left for words to come. */
bool tspc_short_of_words(const tspc_sched *s, int part);
/* The error of an operation that found no place: what it is, and why. */
void tspc_no_place(tspc_sched *s, const char *what);
/* Before an attempt: after many that failed, copies items that cannot be read together to other slices. */
void tspc_relieve(tspc_sched *s, int attempt);
/* Reads a word from memory in a cycle onto a stream. */
void tspc_read_at(tspc_sched *s, int slice, uint32_t addr, int64_t cycle, int code, int word);
/* Counts a placed reader of a word; frees the word after the last one. */
void tspc_read_done(tspc_sched *s, int word);

/* A tree with its root dispatched at `at`; live: stream code of its live product. */
bool tspc_try_tree(tspc_sched *s, const tspc_tree *t, int64_t at, int live);
int64_t tspc_tree_earliest(const tspc_sched *s, const tspc_tree *tree);

void tspc_place_vx(tspc_sched *s, tspc_op *o);
void tspc_place_mm(tspc_sched *s, tspc_op *o);
void tspc_place_lane(tspc_sched *s, tspc_op *o);
void tspc_place_gather(tspc_sched *s, tspc_op *o);
void tspc_place_scatter(tspc_sched *s, tspc_op *o);

/* Texts of the queues, debug lines and predicted cycles. */
void tspc_emit_image(tspc_space *s, tsp_image *image);
#endif
