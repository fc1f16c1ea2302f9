/* SPDX-License-Identifier: Apache-2.0 */
#include "uses.h"
#include <string.h>

/* Streams that a field names; 0 if it names none. */
static int field_streams(const tsp_config *cfg, const tsp_instr *in, const tsp_field *f, uint64_t word)
{
  int64_t v = tsp_field_get(f, word), n;
  switch (f->kind) {
  case TSP_KIND_STREAM:
  case TSP_KIND_STREAM_OUT: return 1;
  case TSP_KIND_GROUP2:
  case TSP_KIND_GROUP2_OUT: return 2;
  case TSP_KIND_GROUP4_IN: return 4;
  case TSP_KIND_GROUPW_OUT: return cfg->lw_streams;
  case TSP_KIND_GROUPL: n = tsp_word_get(in, word, "n"); return in->opcode == TSP_OP_ROTATE ? (int)(n * n) : cfg->lanes;
  case TSP_KIND_SRC1: return v < 0x40 ? 1 : 0;
  case TSP_KIND_SRC2: return v < 0x40 ? 2 : 0;
  case TSP_KIND_SRC4: return v < 0x40 ? 4 : 0;
  case TSP_KIND_DST1: return v >= 0x80 ? 1 : 0;
  case TSP_KIND_DST2: return v >= 0x80 ? 2 : 0;
  case TSP_KIND_DST4: return v >= 0x80 ? 4 : 0;
  default: return 0;
  }
}

static bool field_drives(const tsp_instr *in, const tsp_field *f)
{
  switch (f->kind) {
  case TSP_KIND_STREAM: return strcmp(f->name, "rstream") == 0 || strcmp(f->name, "out") == 0;
  case TSP_KIND_GROUPL: return strcmp(f->name, "out") == 0 || in->opcode == TSP_OP_ROTATE;
  case TSP_KIND_GROUP4_IN:
  case TSP_KIND_DST1:
  case TSP_KIND_DST2:
  case TSP_KIND_DST4: return true;
  default: return false;
  }
}

int tsp_stream_uses(const tsp_config *cfg, uint64_t word, tsp_stream_use *out)
{
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(word));
  int n = 0;
  for (int drives = 0; in && drives <= 1; drives++)
    for (int i = 0; i < in->field_count && n < TSP_MAX_USES; i++) {
      const tsp_field *f = &in->field[i];
      int count = field_streams(cfg, in, f, word), v = (int)(tsp_field_get(f, word) & 0x3f);
      if (field_drives(in, f) != drives || !count || (v & 31) + count > cfg->streams)
        continue;
      out[n++] = (tsp_stream_use){.direction = v >= 32 ? TSP_WEST : TSP_EAST,
                                  .base = (uint8_t)(v & 31),
                                  .count = (uint8_t)count,
                                  .drives = drives};
    }
  return n;
}
