/* SPDX-License-Identifier: Apache-2.0 */
/* kernel.h - runs of kernels (tsp_case.h, tsp_kernel_run()), for the cases. */
#ifndef TSP_CASE_KERNEL_H
#define TSP_CASE_KERNEL_H
#include "tsp_case.h"

/* Elements of a kernel's outputs that its oracle can judge. */
uint64_t kernel_known(const tsp_run *run);

/* What the report should say about the run. */
void kernel_note(tsp_run *run, const char *note);
#endif
