/* SPDX-License-Identifier: Apache-2.0 */
/* upset.h - the bits that a case lets turn by themselves, in golden and RTL alike. */
#ifndef TSP_UPSET_H
#define TSP_UPSET_H
#include "engines.h"
#include "tsp_case.h"

/* Those of a cycle, while the machines stand in it. golden, rtl: NULL if there is none. */
tsp_status tsp_upset_cycle(const tsp_run *run, tsp_engine *golden, tsp_engine *rtl, uint64_t cycle);

#endif
