/* SPDX-License-Identifier: Apache-2.0 */
/* tsp_verify.h - proves a program image correct, from the instruction table and the image alone.
 *
 * The verifier unrolls every queue to dispatch cycles and follows every value symbolically: which instruction made it
 * and, where the image's tensors and debug lines tell, which vector of which tensor it is. It computes nothing and
 * shares no code with the passes of the compiler or with the golden model. Nothing here prints or exits.
 *
 * Memory map: a CONST tensor has its words to itself and no instruction writes them; two INPUT tensors share no word;
 * an OUTPUT or TEMP may share words with any tensor but a CONST (it replaces what was there).
 *
 * Debug lines: the line of an instruction names a tensor and a row-major element for each issue. For a Read or Write
 * that is the word's vector; for LW, ABC and Send the operand (LW, ABC.f16: that of the first stream); for all others
 * the result. A value made by an instruction with a line is that vector of that tensor, wherever it flows: stored in
 * another place of the same tensor, or in another byte, it is wrong. An operation on several vectors of the tensor that
 * it makes has that very vector among its operands. A ReadWrite has one line for either half; IW,
 * Gather, Scatter and the SXM's lines are not compared by element.
 *
 * Done in vain is a Read or Gather whose value nobody takes, and a store that is overwritten before anybody reads it,
 * or never read and not in a tensor that the host sees. In programs with debug lines it is counted; it is not wrong.
 * Where Gather and Scatter go is followed if constants of the image tell. If data does, all words of the tensor that
 * the line names must be defined, and none may be a constant's if they are stored to; that the data points there is the
 * promise of whoever writes it. Without a line nothing is known: those are counted. What a Gather brings is no
 * tensor's.
 *
 * A line whose tensor has no pieces claims only its cycle: the tensor is a name for reports. */
#ifndef TSP_VERIFY_H
#define TSP_VERIFY_H
#include "tsp_image.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is proved. */
enum {
  TSP_VERIFY_MACHINE = 1, /* no schedule fault (golden/README.md, faults) */
  TSP_VERIFY_DATA = 2,    /* nothing undefined is used, no result is lost, every output is written */
  TSP_VERIFY_CLAIMS = 4,  /* memory map, debug lines, predicted cycles */
  TSP_VERIFY_ALL = 7,
  TSP_VERIFY_VAIN = 8 /* beyond that: nothing is done in vain */
};

typedef struct {
  /* The first violation; text is empty if there is none. */
  int rule; /* TSP_VERIFY_MACHINE.. */
  tsp_fault_code fault;
  uint64_t cycle; /* in which the machine would see it */
  int queue;
  char text[512]; /* cycle, queue, instruction, what is wrong */
  /* What was followed up to there. */
  uint64_t instructions, values, words, cycles; /* dispatches, values driven onto streams, words used; CYCLES */
  uint64_t in_vain, unknown; /* Reads and stores in vain; Gathers and Scatters to words that nothing tells */
} tsp_verify_result;

/* What a program occupies; each function may be NULL. Cycles are those of superlane 0. */
typedef struct {
  void *ctx;
  /* A word of a queue's text is processed: text as executed, issue 0 or the number of a Repeat's re-issue. A Repeat
   * itself is not shown, its re-issues are. */
  void (*step)(void *ctx, int queue, uint32_t word, uint32_t issue, uint64_t cycle, uint64_t text);
  /* The value on a stream register of a column in a cycle is made there, or used there. */
  void (*drive)(void *ctx, int direction, int stream, int column, uint64_t cycle);
  void (*use)(void *ctx, int direction, int stream, int column, uint64_t cycle);
} tsp_verify_watch;

/* Proves the rules of the image for a machine of this configuration. isa NULL is the built-in table; watch may be NULL.
 * TSP_OK: proved. TSP_EFAULT: violated, *out and *err say where. TSP_EFORMAT: the image is not one of this
 * configuration. TSP_ENOMEM. */
tsp_status tsp_verify(const tsp_config *cfg, const tsp_isa *isa, const tsp_image *image, unsigned rules,
                      const tsp_verify_watch *watch, tsp_verify_result *out, tsp_error *err);

#ifdef __cplusplus
}
#endif
#endif
