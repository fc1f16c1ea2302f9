/* SPDX-License-Identifier: Apache-2.0 */
/* emit.h - the text of a queue while it grows. Private to compiler/emit.c and text.c. */
#ifndef TSP_EMIT_H
#define TSP_EMIT_H
#include "pass.h"

enum { REPEAT_MAX_D = 255, REPEAT_MAX_N = 65535, NOP_MAX = 65535 }; /* greatest values of the fields */

typedef struct {
  uint64_t *word;
  uint32_t words, word_cap;
  tsp_debug *debug; /* of all queues so far */
  uint32_t debugs, debug_cap;
  bool failed; /* out of memory */
} tspc_text;

void tspc_text_add(tspc_text *t, uint64_t word);
void tspc_text_debug(tspc_text *t, tsp_debug debug);
/* Hands the words over and starts the next queue. */
tsp_status tspc_text_take(tspc_text *t, tsp_queue_text *out);
void tspc_text_free(tspc_text *t);
#endif
