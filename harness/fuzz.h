/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz.h - seeded random programs that are legal by construction, or have exactly one schedule fault of a known kind,
 * place and cycle. A program is a set of instructions, each with its queue and dispatch cycle; the text of the queues
 * (waits, Repeats, fetched text) is made from them. The rules it keeps are those of golden/README.md, kept here by a
 * tracker of its own: which value is valid where and when. Nothing prints or exits. */
#ifndef TSP_FUZZ_H
#define TSP_FUZZ_H
#include "rng.h"
#include "tsp_case.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tsp_fuzz tsp_fuzz;

/* What the text of the queues may use besides NOP; a shrinker turns them off. */
enum { TSP_FUZZ_REPEAT = 1, TSP_FUZZ_SYNC = 2, TSP_FUZZ_DESKEW = 4, TSP_FUZZ_ALL = 7 };

typedef struct {
  uint16_t queue;
  uint32_t cycle; /* of dispatch */
  uint64_t word;
} tsp_fuzz_op;

/* How the program ends. Without a fault: done, CYCLES being cycle. */
typedef struct {
  tsp_fault_code fault;
  uint16_t queue;
  uint64_t cycle;
} tsp_fuzz_end;

/* Program number `number` of a seed. fault: NONE for a legal program, else the fault it shall have. TSP_ERANGE: this
 * program has no room for that fault (or the configuration cannot have it). */
tsp_status tsp_fuzz_make(const tsp_config *cfg, uint64_t seed, uint64_t number, tsp_fault_code fault, tsp_fuzz **out);
void tsp_fuzz_free(tsp_fuzz *f); /* NULL is allowed */

/* Its instructions (those that are dropped not counted), in no order. */
size_t tsp_fuzz_count(const tsp_fuzz *f);
tsp_fuzz_op tsp_fuzz_at(const tsp_fuzz *f, size_t i);

/* Bits of memory that turn by themselves in all machines alike, where the configuration has check bits. */
const tsp_upset *tsp_fuzz_upsets(const tsp_fuzz *f, size_t *count);

/* A copy without the i-th instruction for each i with drop[i]; with `closed` also without all that needs one of them,
 * so that a legal program stays legal. NULL if out of memory. */
tsp_fuzz *tsp_fuzz_without(const tsp_fuzz *f, const bool *drop, bool closed);

/* The program as an image, with how it shall end (a program cut down without `closed` may end otherwise). */
tsp_status tsp_fuzz_image(const tsp_fuzz *f, int uses, tsp_image **out, tsp_fuzz_end *end, tsp_error *err);

#ifdef __cplusplus
}
#endif
#endif
