/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_cover.h - functional coverage: every instruction by queue, and every class of value of every field of it. */
#ifndef TSP_FUZZ_COVER_H
#define TSP_FUZZ_COVER_H
#include "fuzz.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tsp_cover tsp_cover;

typedef struct {
  uint64_t words;        /* counted */
  int reached, possible; /* cells: instruction x field x class, and instruction x queue */
} tsp_cover_sum;

tsp_cover *tsp_cover_new(const tsp_config *cfg); /* NULL if out of memory */
void tsp_cover_free(tsp_cover *c);               /* NULL is allowed */

/* Counts a word that a queue dispatched. */
void tsp_cover_add(tsp_cover *c, int queue, uint64_t word);

tsp_cover_sum tsp_cover_total(const tsp_cover *c);

/* One line per instruction with its count and reached/possible classes of each field; then the holes by name. */
void tsp_cover_table(const tsp_cover *c, FILE *to);
void tsp_cover_holes(const tsp_cover *c, FILE *to);

#ifdef __cplusplus
}
#endif
#endif
