/* SPDX-License-Identifier: Apache-2.0 */
/* sim.h - runs one test or image on one engine or in lockstep, and fills a report. */
#ifndef TSP_SIM_H
#define TSP_SIM_H
#include "progress.h"
#include "report.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TSP_ON_LOCKSTEP, TSP_ON_GOLDEN, TSP_ON_RTL };

enum { TSP_SIM_SET = 8 }; /* parameters of a kernel text that can be set */

typedef struct {
  const char *name;      /* of a case, or the path of a .tk, .tsp or .s file */
  const tsp_case *test;  /* the case; NULL for a file */
  const tsp_config *cfg; /* NULL: the image's own (files only) */
  int on;                /* TSP_ON_LOCKSTEP.. */
  uint64_t seed;
  const char *set[TSP_SIM_SET + 1]; /* "NAME=value" of a kernel text, NULL behind the last */
  int run;                          /* only this program of the case; -1 for all */
  const char *inject;               /* see tsp_flip_parse(); lockstep only; NULL for none */
  bool unproved;                    /* runs the program without proving it first */
  bool waves, has_window;
  bool rolling;          /* on a failure, leaves the RTL as it was some thousand cycles before (rolling.h) in <out> */
  uint64_t from, cycles; /* window of the waves; without one, all cycles */
  const char *state;     /* tsp_sim_waves(): the file of the RTL as it was before cycle `from` or an earlier one */
  uint64_t limit;        /* of cycles; 0: what is predicted and some more */
  const char *out;       /* folder, exists */
  const char *program;   /* the command's own path, for texts */
  FILE *progress;        /* NULL: silent */
} tsp_sim_options;

const char *tsp_sim_engine_name(int on);   /* "lockstep", "golden", "rtl" */
int tsp_sim_engine_find(const char *name); /* the opposite; -1 if there is none */

/* Runs everything; afterwards r holds the verdict, and r->out the program files, but not yet report.json. Release r
 * with tsp_report_free(). */
void tsp_sim(const tsp_sim_options *o, tsp_report *r);

/* Runs the RTL alone (with the same seed, upsets and flip) up to the end of the window, and leaves <out>/waves.fst. */
tsp_status tsp_sim_waves(const tsp_sim_options *o, const tsp_run *run, const tsp_flip *flip, tsp_error *err);

/* Leaves <out>/waves.gtkw for the waves of cycles from..from+cycles-1 (cycles 0: to the end), opened where machine d
 * says they diverged, or with d NULL at the first result. */
tsp_status tsp_sim_savefile(const tsp_sim_options *o, const tsp_image *image, uint64_t from, uint64_t cycles,
                            const tsp_divergence *d, tsp_error *err);

/* Fills test and cfg of an option's name: a case's, with the configuration named; else it is a file. TSP_ERANGE if
 * there is no such configuration. */
tsp_status tsp_sim_named(tsp_sim_options *o, const char *config, tsp_error *err);

/* Makes the program of run i: from the case or the file. */
tsp_status tsp_sim_program(const tsp_sim_options *o, int i, tsp_run *out, tsp_error *err);

/* The configuration of an image, and a complete error if it is unknown. */
tsp_status tsp_sim_config(const tsp_image *image, const tsp_config **out, tsp_error *err);

/* Cycles after which a run is given up. */
uint64_t tsp_sim_limit(const tsp_sim_options *o, const tsp_image *image);

#ifdef __cplusplus
}
#endif
#endif
