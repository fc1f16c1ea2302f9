/* SPDX-License-Identifier: Apache-2.0 */
#include "uses.h"

int tsp_stream_uses(const tsp_config *cfg, uint64_t word, tsp_stream_use *out)
{
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(word));
  int n = 0;
  for (int drives = 0; in && drives <= 1; drives++)
    for (int i = 0; i < in->field_count && n < TSP_MAX_USES; i++) {
      tsp_stream_use use;
      if (tsp_field_streams(cfg, in, &in->field[i], word, &use) && use.drives == (bool)drives)
        out[n++] = use;
    }
  return n;
}
