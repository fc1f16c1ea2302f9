/* SPDX-License-Identifier: Apache-2.0 */
/* fetch.h - inside of the pass that fetches program text. Private to compiler/fetch*.c. */
#ifndef TSP_FETCH_INTERNAL_H
#define TSP_FETCH_INTERNAL_H
#include "tsp_fetch.h"

/* A word that does something, with the cycles that it is at the head of its queue; between items the queue idles. */
typedef struct {
  uint64_t at, cycles, word;
  int debug;   /* of the image, or -1 */
  int32_t row; /* a Read of this vector of the text, or -1 */
  bool fetch;
} fetch_item;

typedef struct {
  fetch_item *item; /* by cycle; the End is not among them */
  int items, room;
  uint64_t end;    /* cycle of the End, */
  uint64_t ended;  /* and what it was in the beginning */
  uint32_t length; /* words of its text */
  int fetches;
  bool changed, done; /* done: its text is fetched, and nothing may spoil that */
} fetch_line;

/* An event on a stream: its position along the flow, and whether a value begins there. */
typedef struct {
  int32_t next;
  int16_t position;
  bool drive;
} fetch_event;

/* A vector of text in a word of a slice. Those of an Ifetch follow each other. */
typedef struct {
  int queue, ordinal; /* for the queue's Ifetch of this number */
  int slice;
  uint32_t addr;
} fetch_vector;

typedef struct {
  const tsp_config *cfg;
  const tsp_isa *isa;
  const tsp_image *image;
  uint32_t host, brings; /* words loaded by the host of a fetched queue; by an Ifetch */
  fetch_line *line;      /* [queues] */
  uint64_t **at;         /* [queues][words]: when each word is at the head; UINT64_MAX: never */
  uint64_t last;         /* cycle in which the last queue ends */
  int32_t *head;         /* [direction][stream][diagonals]: newest event, or -1 */
  int64_t diagonals;
  fetch_event *event;
  int events, event_room;
  bool *taken;     /* [slice][word] of memory */
  int64_t *top;    /* [slice] words above this one are taken */
  uint64_t effort; /* words of text looked at */
  bool *dark;      /* [cycles]: not all superlanes are on */
  uint64_t *busy;  /* [columns][cycles / 64]: an Ifetch of this column */
  fetch_vector *vector;
  int vectors, vector_room;
  bool failed, again; /* out of memory; text is fetched already */
} fetch_pass;

bool fetch_grow(fetch_pass *p, void *array, int count, int *room, size_t each);

/* fetch_line.c: the texts as items. From the unrolled program; the text of a line again. */
tsp_status fetch_unroll(fetch_pass *p, tsp_error *err);
void fetch_release(fetch_pass *p);
/* Writes the words of a line to word (may be NULL), when each is at the head to at (may be NULL), and which item it is
 * to item (-1: a NOP or the End; may be NULL); the number of words. */
uint32_t fetch_text(const fetch_pass *p, const fetch_line *l, uint64_t *word, uint64_t *at, int *item);
uint32_t fetch_nops(uint64_t cycles); /* words of text that idle that long */
bool fetch_idle(const fetch_pass *p, int queue, uint64_t cycle, bool for_read);
bool fetch_insert(fetch_pass *p, int queue, fetch_item item);
void fetch_remove(fetch_pass *p, int queue, uint64_t cycle);
/* Whether every Ifetch of the queue has room and comes in time. */
bool fetch_in_time(fetch_pass *p, int queue);
/* When fetch number `ordinal` may be dispatched at the earliest and at the latest; *word: the one that needs it then.
 */
void fetch_window(fetch_pass *p, int queue, int ordinal, uint64_t *from, uint64_t *to, uint32_t *word);

/* fetch_stream.c: what is on the streams. */
void fetch_note(fetch_pass *p, int direction, int stream, int column, uint64_t cycle, bool drive);
/* A value can go from a column in a cycle to another column; nobody else's is lost. */
bool fetch_free(const fetch_pass *p, int direction, int stream, int from, int to, uint64_t cycle);

/* fetch_emit.c: the pass's result as a new image, which shares what did not change with the old one. */
tsp_status fetch_emit(fetch_pass *p, tsp_image *next, tsp_error *err);
/* Frees the parts of `gone` that `kept` has not. */
void fetch_drop(const tsp_image *kept, tsp_image *gone);

#endif
