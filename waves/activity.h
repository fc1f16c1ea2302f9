/* SPDX-License-Identifier: Apache-2.0 */
/* activity.h - what a program does in a window of cycles, so that the waves show that and not the whole chip: its
 * dispatches, as the golden model makes them, the queues and streams they use, and the chain of instructions behind
 * one of them. */
#ifndef TSP_ACTIVITY_H
#define TSP_ACTIVITY_H
#include "tsp_golden.h"
#include "uses.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A cycle in which parked queues went on, and for what they had waited: TSP_OP_SYNC or TSP_OP_DESKEW. */
typedef struct {
  uint64_t cycle;
  unsigned opcode;
} tsp_release;

/* The cycles of the first and the latest dispatch that handled a tensor, from cycle 0 on; UINT64_MAX: none yet. */
typedef struct {
  uint64_t first, last;
} tsp_handling;

typedef struct {
  size_t count, room;
  tsp_dispatch *at; /* in order of dispatch */
  size_t releases;
  tsp_release *release; /* in order */
  tsp_handling *tensor; /* [tensors of the image] */
  tsp_csr end;          /* when the last cycle had been run: done, or a fault, or neither */
} tsp_activity;

/* The dispatches and releases of cycles from..to of the program. It ends earlier if the program does. */
tsp_status tsp_activity_record(const tsp_config *cfg, const tsp_image *image, uint64_t from, uint64_t to,
                               tsp_activity *out, tsp_error *err);
void tsp_activity_free(tsp_activity *a); /* what a points to, not a */

/* The dispatch with that id, or NULL. */
const tsp_dispatch *tsp_activity_find(const tsp_activity *a, uint64_t id);

/* The last dispatch of an opcode (a ReadWrite counts as Write) that has a producer, in a cycle up to `until`; the first
 * one if there is none so early; NULL if there is none at all. */
const tsp_dispatch *tsp_activity_last(const tsp_activity *a, unsigned opcode, uint64_t until);

/* The chain that ends in d, first producer first; returns its length, at most room. A step goes to the producer of a
 * stream if there is one, else to another. It stops at what reads memory: what was in memory is older. */
size_t tsp_activity_chain(const tsp_config *cfg, const tsp_activity *a, const tsp_dispatch *d, const tsp_dispatch **out,
                          size_t room);

/* The streams by which d gets what `from` drives: false if it does not get it through streams. */
bool tsp_activity_link(const tsp_config *cfg, const tsp_dispatch *from, const tsp_dispatch *d, tsp_stream_use *out);

#ifdef __cplusplus
}
#endif
#endif
