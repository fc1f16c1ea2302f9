/* SPDX-License-Identifier: Apache-2.0 */
/* savefile.h - GTKWave save files for the FST of a csim-waves run, one for each kind of question (a view), made from
 * the tables of the configuration and what the program does in the window. Instructions, values and names of tensors
 * are shown as text by tsp-filter; markers stand at the program's events. In the FST cycle k is at k ns. */
#ifndef TSP_SAVEFILE_H
#define TSP_SAVEFILE_H
#include "tsp_golden.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TSP_CURSOR_FIND UINT64_MAX
enum { TSP_PS_PER_CYCLE = 1000 }; /* in the FST */

enum {
  TSP_VIEW_PROGRAM,   /* the chain of instructions behind a result, then everything in use from west to east */
  TSP_VIEW_SLICE,     /* one slice: its queues, their streams, its data superlane by superlane */
  TSP_VIEW_STREAM,    /* one stream column by column across the chip, with the instructions that drive and take it */
  TSP_VIEW_QUEUES,    /* the instruction queues: what each dispatches, for which tensor, where it stands */
  TSP_VIEW_SUPERLANE, /* everything in use in one superlane */
  TSP_VIEWS_OF_WAVES
};
const char *tsp_view_name(int view);    /* "program", "slice", "stream", "queues", "superlane" */
const char *tsp_view_summary(int view); /* a line for help texts */
int tsp_view_find(const char *name);    /* -1 if there is none */

typedef struct {
  int view;
  const char *fst;           /* path of the FST */
  const char *program;       /* path of the program's image, for names of tensors; NULL: program.tsp beside the FST */
  const char *filter;        /* path of tsp-filter; NULL: looked for beside this program and in bin/ above it */
  const tsp_image *image;    /* the program: only what it uses is shown; NULL: everything, folded, without names */
  uint64_t from, cycles;     /* cycles in the FST; cycles 0: to the end of the program */
  const tsp_dispatch *instr; /* the instruction whose chain is shown; NULL: the last Write up to the cursor */
  uint64_t cursor;           /* the cycle to open at; TSP_CURSOR_FIND: where what the view is about begins */
  bool diverged;             /* a marker says where the machines diverged: */
  uint64_t diverged_at;      /* in this cycle */
  bool has_queue;            /* one queue is of interest: in TSP_VIEW_PROGRAM it comes first */
  int queue;
  const char *slice;     /* of TSP_VIEW_SLICE: "mem_w3", "vxm", "mxm0", "sxm_e", "c2c_w"; NULL: the busiest */
  bool has_stream;       /* one stream is of interest: in TSP_VIEW_PROGRAM it comes first, open. Without, */
  int direction, stream; /* TSP_VIEW_STREAM shows that of the result's chain */
  int superlane;         /* whose streams and data are shown, usually 0 */
} tsp_savefile;

/* A stream's name as in assembly, "s4.e": TSP_ERANGE if cfg has none such. */
tsp_status tsp_stream_parse(const tsp_config *cfg, const char *text, int *direction, int *stream, tsp_error *err);

/* Writes the save file `path`. TSP_EIO if it cannot be written or there is no tsp-filter, TSP_ERANGE for a superlane,
 * stream or slice that is not there; err says which. Nothing is left behind on an error. */
tsp_status tsp_savefile_write(const tsp_config *cfg, const tsp_savefile *s, const char *path, tsp_error *err);

/* The cycles in an FST, from its header. TSP_EIO if it cannot be read, TSP_EFORMAT if it is none or is not complete. */
tsp_status tsp_fst_window(const char *fst, uint64_t *from, uint64_t *cycles, tsp_error *err);

/* Absolute path of tsp-filter: `given`, or as tsp_savefile.filter NULL. buf has size bytes. */
tsp_status tsp_savefile_filter(const char *given, char *buf, size_t size, tsp_error *err);

#ifdef __cplusplus
}
#endif
#endif
