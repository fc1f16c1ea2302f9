/* SPDX-License-Identifier: Apache-2.0 */
/* savefile.h - a GTKWave save file for the FST of a csim-waves run: the chain of instructions behind a result as one
 * group, then every queue in use by slice from west to east, then the streams in use column by column, so that a value
 * walks down the rows one cycle later per row, then one stream superlane by superlane. Instructions and data are shown
 * as text by tsp-filter. In the FST cycle k is at k ns. */
#ifndef TSP_SAVEFILE_H
#define TSP_SAVEFILE_H
#include "tsp_golden.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TSP_CURSOR_FIND UINT64_MAX

typedef struct {
  const char *fst;           /* path of the FST */
  const char *filter;        /* path of tsp-filter; NULL: looked for beside this program and in bin/ above it */
  const tsp_image *image;    /* the program: only what it uses is shown; NULL: everything, folded */
  uint64_t from, cycles;     /* cycles in the FST; cycles 0: to the end of the program */
  const tsp_dispatch *instr; /* the instruction whose chain is shown; NULL: the last Write up to the cursor */
  uint64_t cursor;           /* the cycle to open at; TSP_CURSOR_FIND: the first complete chain up to a Write */
  bool has_stream;           /* one stream is of interest by itself: it comes first, open */
  int direction, stream;
  int superlane; /* whose streams and data are shown, usually 0 */
} tsp_savefile;

/* Writes the save file `path`. TSP_EIO if it cannot be written or there is no tsp-filter, TSP_ERANGE for a superlane
 * outside; err says which. Nothing is left behind on an error. */
tsp_status tsp_savefile_write(const tsp_config *cfg, const tsp_savefile *s, const char *path, tsp_error *err);

/* Absolute path of tsp-filter: `given`, or as tsp_savefile.filter NULL. buf has size bytes. */
tsp_status tsp_savefile_filter(const char *given, char *buf, size_t size, tsp_error *err);

#ifdef __cplusplus
}
#endif
#endif
