/* SPDX-License-Identifier: Apache-2.0 */
/* fst.c - the window of an FST: its first block is a header of one type byte, the block's length, and the first and
 * last time, each 8 bytes, the greatest first. */
#include "savefile.h"
#include <stdio.h>

static uint64_t number(const unsigned char *byte)
{
  uint64_t v = 0;

  for (int i = 0; i < 8; i++)
    v = v << 8 | byte[i];
  return v;
}

tsp_status tsp_fst_window(const char *fst, uint64_t *from, uint64_t *cycles, tsp_error *err)
{
  unsigned char head[25];
  FILE *f = fopen(fst, "rb");

  if (!f)
    return tsp_fail(err, TSP_EIO, "%s cannot be read: run the test with waves first (make sim TEST=.. WAVES=1)", fst);
  const size_t n = fread(head, 1, sizeof head, f);
  fclose(f);
  const uint64_t first = n == sizeof head ? number(head + 9) : 0, last = n == sizeof head ? number(head + 17) : 0;
  if (n != sizeof head || head[0] != 0 || number(head + 1) != 329 || last < first)
    return tsp_fail(err, TSP_EFORMAT, "%s is no complete FST", fst);
  *from = first / TSP_PS_PER_CYCLE;
  *cycles = last / TSP_PS_PER_CYCLE - *from + 1;
  return TSP_OK;
}
