/* SPDX-License-Identifier: Apache-2.0 */
/* rtl_cases.h - what a suite of the RTL has compared, for the numerics page. */
#ifndef TSP_RTL_CASES_H
#define TSP_RTL_CASES_H
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Adds a line of mnemonic, number of results and configuration to the file named by TSP_RTL_CASES, if it is set. */
static inline void note_rtl_cases(const char *mnemonic, uint64_t cases, const char *config)
{
  const char *path = getenv("TSP_RTL_CASES");
  FILE *f = path ? fopen(path, "a") : NULL;

  if (path && !f)
    fprintf(stderr, "cannot write %s\n", path);
  if (f && cases)
    fprintf(f, "%s %" PRIu64 " %s\n", mnemonic, cases, config);
  if (f)
    fclose(f);
}

#endif
