/* SPDX-License-Identifier: Apache-2.0 */
/* rows.h - cases whose outputs are rows of bytes that the case itself computed beforehand: want [rows][vector]. */
#ifndef TSP_CASE_ROWS_H
#define TSP_CASE_ROWS_H
#include "build.h"

typedef struct {
  build b;
  uint8_t *want;    /* what the tensor "y" must be */
  char (*what)[48]; /* of each row, for messages */
  uint32_t rows, room, vector;
  int tensor;
  char note[160];
} rows_case;

tsp_status rows_new(const tsp_config *cfg, const char *name, rows_case *r);

/* Another expected row, to be filled, and its place: a word of a slice, which build_write() is to be told. NULL if out
 * of memory. */
uint8_t *rows_add(rows_case *r, int slice, const char *what, uint32_t *addr);

/* A word with these bytes in a slice. */
uint32_t rows_word(rows_case *r, int slice, const uint8_t *bytes);

tsp_status rows_finish(rows_case *r, tsp_run *out, tsp_error *err);
#endif
