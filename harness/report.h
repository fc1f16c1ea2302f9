/* SPDX-License-Identifier: Apache-2.0 */
/* report.h - the outcome of a run. The line on the terminal, the exit status and report.json are all made from this. */
#ifndef TSP_REPORT_H
#define TSP_REPORT_H
#include "inject.h"
#include "lockstep.h"
#include "predict.h"
#include "tsp_case.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { TSP_VERDICT_PASS, TSP_VERDICT_FAIL, TSP_VERDICT_ERROR } tsp_verdict;

typedef struct {
  char test[128]; /* name of the case, or path of the image */
  bool from_file; /* an image without an oracle */
  char config[32], engine[16], out[256];
  char program[256]; /* the command, for the replay line */
  uint64_t seed;
  const char *const *set; /* parameters of a kernel text, NULL behind the last; the caller's */
  int proved;             /* programs that the verifier proved before they ran */
  int runs, run;          /* programs of the test, and the last one that ran (from 0) */

  tsp_verdict verdict;
  char reason[768]; /* why not pass; with pass, what is worth saying, or empty */

  uint64_t cycles_predicted, cycles_executed, lower_bound; /* sums over the runs; 0: not known */
  tsp_count count[TSP_COUNTS];                             /* lockstep only */
  uint64_t compared, different;
  uint64_t too_large, unjudged; /* random programs that do not run (tsp_case.h) */
  bool has_prediction, has_oracle;
  tsp_prediction prediction;
  tsp_oracle oracle;
  tsp_csr csr; /* at the end of the last run */
  double utilisation[TSP_UNITS];
  double wall_s, run_s; /* all of it; only the stepping */

  bool diverged;
  tsp_divergence divergence;
  tsp_flip flip;
  char waves[320]; /* path of the FST; empty if none */
  char state[320]; /* the RTL as saved before cycle state_cycle, for waves from there on; empty if none */
  uint64_t state_cycle;
  char waves_command[1024]; /* makes the waves, where this program could not */
  char replay[1024];

  const tsp_config *cfg; /* of the last run; NULL if it never got so far */
  tsp_image *image;      /* owned: the last run's program */
} tsp_report;

void tsp_report_free(tsp_report *r); /* what r points to, not r */

int tsp_report_exit_status(const tsp_report *r); /* 0 pass, 1 fail, 2 error */

/* Writes <out>/report.json in one step (a temporary file, renamed). */
tsp_status tsp_report_write(const tsp_report *r, tsp_error *err);

/* The last line of a run and what belongs to it; colour on a terminal. */
void tsp_report_print(const tsp_report *r, FILE *to);

/* Fills replay, after everything else is known. */
void tsp_report_replay(tsp_report *r);

/* 1234567 as "1,234,567", in a buffer of 32; returns buf. */
char *tsp_grouped(uint64_t v, char *buf);

#ifdef __cplusplus
}
#endif
#endif
