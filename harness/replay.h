/* SPDX-License-Identifier: Apache-2.0 */
/* replay.h - what a report.json says about how its run was started. */
#ifndef TSP_REPLAY_H
#define TSP_REPLAY_H
#include "tsp_status.h"
#include <stdbool.h>
#include <stdint.h>

enum { TSP_REPLAY_SET = 8 };

typedef struct {
  char test[512]; /* a case, the path of a kernel text, or that of the image that the run left */
  char config[32], engine[16], inject[512];
  char set[TSP_REPLAY_SET][64]; /* parameters of a kernel text; empty behind the last */
  uint64_t seed;
  int run; /* the last program that ran; -1: all */
  bool diverged;
  uint64_t diverged_at; /* cycle */
} tsp_replay;

/* Reads <folder>/report.json. */
tsp_status tsp_replay_read(const char *folder, tsp_replay *out, tsp_error *err);

#endif
