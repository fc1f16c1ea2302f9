/* SPDX-License-Identifier: Apache-2.0 */
/* progress.h - one line on a terminal, or one every ten seconds elsewhere, for runs of more than two seconds. */
#ifndef TSP_PROGRESS_H
#define TSP_PROGRESS_H
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct {
  FILE *to; /* NULL: silent */
  bool terminal, shown;
  double start, next;
  uint64_t base; /* cycles of the programs before this one */
} tsp_progress;

double tsp_now(void); /* seconds of a monotonic clock */

void tsp_progress_start(tsp_progress *p, FILE *to);

/* Cheap enough for every cycle: looks at the clock only now and then. total 0: not known. */
void tsp_progress_tick(tsp_progress *p, const char *what, uint64_t cycle, uint64_t total);

/* The same for things that are counted, of which `total` come; looks at the clock every time. */
void tsp_progress_step(tsp_progress *p, const char *what, uint64_t done, uint64_t total);

/* Clears the line. */
void tsp_progress_end(tsp_progress *p);

#endif
