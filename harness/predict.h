/* SPDX-License-Identifier: Apache-2.0 */
/* predict.h - the compiler's claim, checked: every instruction dispatches in the cycle that the image's debug lines
 * predict, every predicted one dispatches, and nothing else does. Also counts dispatches per kind of queue. */
#ifndef TSP_PREDICT_H
#define TSP_PREDICT_H
#include "tsp_golden.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TSP_UNITS = TSP_UNIT_C2C - TSP_UNIT_MEM + 1 }; /* kinds of queue: tsp_queue_unit() - TSP_UNIT_MEM */

typedef struct {
  bool known;          /* the image has debug lines; without them nothing is predicted and nothing is wrong */
  uint64_t dispatched; /* instructions, re-issues counted */
  uint64_t unit[TSP_UNITS];
  uint64_t wrong;  /* dispatched in another cycle than predicted, unpredicted, or missing */
  char first[256]; /* the first wrong one in words */
} tsp_prediction;

typedef struct tsp_predict tsp_predict;

/* NULL if out of memory. cfg and image must stay. */
tsp_predict *tsp_predict_new(const tsp_config *cfg, const tsp_image *image);
void tsp_predict_free(tsp_predict *p); /* NULL is allowed */

/* A tsp_dispatch_fn; ctx is the tsp_predict. */
void tsp_predict_dispatch(void *ctx, const tsp_dispatch *d);

/* What was found so far; ended adds the instructions that never dispatched. */
tsp_prediction tsp_predict_result(const tsp_predict *p, bool ended);

/* "mem", "mxm_weights", ...; unit 0..TSP_UNITS-1 */
const char *tsp_predict_unit_name(int unit);
int tsp_predict_unit_queues(const tsp_config *cfg, int unit);

#ifdef __cplusplus
}
#endif
#endif
