/* SPDX-License-Identifier: Apache-2.0 */
/* tsp_fetch.h - program text that a queue does not hold, brought from memory in time.
 *
 * A post pass over a finished schedule, whoever made it: it takes what is occupied from the image itself, as the
 * verifier unrolls it. The tail of each long text is laid into free words of memory; Ifetches go into idle cycles of
 * the queue, Reads of the two vectors into idle cycles of MEM queues, over stream registers that nobody needs then. No
 * instruction of the program moves. */
#ifndef TSP_FETCH_H
#define TSP_FETCH_H
#include "tsp_image.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int queues;                     /* whose text is fetched */
  uint32_t fetches, words, added; /* Ifetches; words that they bring; words that the text became longer by */
} tsp_fetch_result;

/* Makes every queue's text fit: of one longer than `resident` words (0, or more than iq_depth: iq_depth) the host loads
 * only so many. The image's texts may be longer than iq_depth before, and none may be fetched already. isa NULL is the
 * built-in table. out may be NULL. TSP_OK also if there was nothing to do. TSP_ERANGE: err says which queue lacks which
 * word at which cycle, or that there is no memory. TSP_EFAULT: the schedule is not correct. TSP_ENOMEM. The image is
 * unchanged on failure. */
tsp_status tsp_text_fetch(const tsp_config *cfg, const tsp_isa *isa, tsp_image *image, uint32_t resident,
                          tsp_fetch_result *out, tsp_error *err);

#ifdef __cplusplus
}
#endif
#endif
