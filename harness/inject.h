/* SPDX-License-Identifier: Apache-2.0 */
/* inject.h - one bit of RTL state to flip in one cycle, chosen by hand or by a seed, to prove that the lockstep sees
 * it. */
#ifndef TSP_INJECT_H
#define TSP_INJECT_H
#include "engines.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  bool on;
  char name[256]; /* of the register */
  size_t reg;
  uint32_t element, bit;
  uint64_t cycle; /* flipped while the machine stands in this cycle, before that cycle is compared */
  bool caught;
  uint64_t caught_cycle;
} tsp_flip;

/* text: "1" for a place and cycle (below `cycles`) drawn from the seed, or REG:BIT@CYCLE or REG:ELEMENT:BIT@CYCLE.
 * TSP_EFORMAT or TSP_ERANGE says what is wrong with it; out->on is then false. */
tsp_status tsp_flip_parse(const char *text, const tsp_engine *dut, uint64_t seed, uint64_t cycles, tsp_flip *out,
                          tsp_error *err);

/* "REG:ELEMENT:BIT@CYCLE", which tsp_flip_parse() reads back. */
char *tsp_flip_text(const tsp_flip *f, char *buf, size_t size);

#ifdef __cplusplus
}
#endif
#endif
