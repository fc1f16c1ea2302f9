/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_run.h - a random program in lockstep, and a failing one made small. */
#ifndef TSP_FUZZ_RUN_H
#define TSP_FUZZ_RUN_H
#include "fuzz.h"
#include "lockstep.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  TSP_FUZZ_PASS,
  TSP_FUZZ_DIVERGED,    /* the machines differ */
  TSP_FUZZ_WRONG_END,   /* they agree, but the program does not end as it must */
  TSP_FUZZ_WRONG_CYCLE, /* an instruction was dispatched in another cycle than it must, or not at all */
  TSP_FUZZ_ERROR        /* the program cannot be run */
} tsp_fuzz_verdict;

typedef struct {
  tsp_fuzz_verdict verdict;
  tsp_fuzz_end end; /* as it was; fault NONE and cycle 0 if it never ended */
  uint64_t cycles, compared;
  char reason[512];
} tsp_fuzz_outcome;

/* Called with a divergence before it is gone; may be NULL. */
typedef void (*tsp_fuzz_report)(void *ctx, const tsp_image *image, const tsp_divergence *d);

/* Runs the program on golden and dut (loaded anew). Without check_end only their agreement matters. */
void tsp_fuzz_run(const tsp_fuzz *f, int uses, tsp_engine *dut, bool check_end, tsp_fuzz_report report, void *ctx,
                  tsp_fuzz_outcome *out);

/* The smallest program found that fails in the same way; *uses: what its text needs. f stays. NULL without memory. */
tsp_fuzz *tsp_fuzz_shrink(const tsp_fuzz *f, int *uses, tsp_engine *dut, const tsp_fuzz_outcome *failure);

#ifdef __cplusplus
}
#endif
#endif
