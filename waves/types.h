/* SPDX-License-Identifier: Apache-2.0 */
/* types.h - of which types the values are that a program moves, from its instructions: a byte of a stream, a word of an
 * ALU or a product has no type of its own. */
#ifndef TSP_TYPES_H
#define TSP_TYPES_H
#include "tsp_image.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TSP_TYPED_ALUS = 64, TSP_TYPED_PLANES = 4, TSP_TYPED_STREAMS = 32 };

/* Sets of types: bit 1 << TSP_I8 .. TSP_I16. A stream has the types of the groups that it was used in. */
typedef struct {
  uint8_t result[TSP_TYPED_ALUS], product[TSP_TYPED_PLANES], stream[2][TSP_TYPED_STREAMS];
} tsp_types;

/* Adds what an instruction of a queue says; tensor is the one it handles, NULL if none is known. */
void tsp_types_add(const tsp_config *cfg, tsp_types *t, int queue, uint64_t word, const tsp_tensor *tensor);

/* The streams of one value of a type that stream s belongs to: the first, and with tsp_type_size() how many. */
int tsp_type_base(int type, int s);

#ifdef __cplusplus
}
#endif
#endif
