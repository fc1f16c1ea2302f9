/* SPDX-License-Identifier: Apache-2.0 */
/* uses.h - all streams that an instruction reads and drives. */
#ifndef TSP_USES_H
#define TSP_USES_H
#include "tsp_isa.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TSP_MAX_USES = 4 };

/* The streams of an instruction, read ones first; returns their number, at most TSP_MAX_USES. An Ifetch reads its
 * stream in the next cycle, too. */
int tsp_stream_uses(const tsp_config *cfg, uint64_t word, tsp_stream_use *out);

#ifdef __cplusplus
}
#endif
#endif
