/* SPDX-License-Identifier: Apache-2.0 */
/* word_text.c - the text of an instruction word, from the syntax strings and field kinds of isa.def. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "word_syntax.h"

const tsp_field *tsp_syntax_field(const tsp_instr *in, const char *at, const char **after)
{
  const char *close = strchr(at, '}');
  size_t n = close ? (size_t)(close - at) - 1 : 0;

  *after = close ? close + 1 : at + strlen(at);
  for (int i = 0; i < in->field_count; i++)
    if (strlen(in->field[i].name) == n && memcmp(in->field[i].name, at + 1, n) == 0)
      return &in->field[i];
  return NULL;
}

int tsp_kind_streams(const tsp_config *cfg, int kind)
{
  switch (kind) {
  case TSP_KIND_GROUPW_OUT: return cfg->lw_streams;
  case TSP_KIND_GROUPL: return cfg->lanes;
  case TSP_KIND_GROUP2:
  case TSP_KIND_GROUP2_OUT:
  case TSP_KIND_SRC2:
  case TSP_KIND_DST2: return 2;
  case TSP_KIND_GROUP4_IN:
  case TSP_KIND_SRC4:
  case TSP_KIND_DST4: return 4;
  default: return 1;
  }
}

static int stream_text(char *buf, size_t size, int64_t value, int n)
{
  int base = (int)(value & 31);
  char way = value & 32 ? 'w' : 'e';

  if (n == 1)
    return snprintf(buf, size, "s%d.%c", base, way);
  return snprintf(buf, size, "s%d..%d.%c", base, base + n - 1, way);
}

static int imm_text(char *buf, size_t size, uint32_t imm)
{
  int32_t value = (int32_t)imm;

  if (value >= -32768 && value <= 32767)
    return snprintf(buf, size, "#%" PRId32, value);
  return snprintf(buf, size, "#0x%08" PRIx32, imm);
}

static uint32_t immediate(const tsp_instr *in, uint64_t word)
{
  for (int i = 0; i < in->field_count; i++)
    if (in->field[i].kind == TSP_KIND_IMM)
      return (uint32_t)tsp_field_get(&in->field[i], word);
  return 0;
}

static int field_text(char *buf, size_t size, const tsp_config *cfg, const tsp_instr *in, const tsp_field *f,
                      uint64_t word)
{
  int64_t v = tsp_field_get(f, word);
  int n = tsp_kind_streams(cfg, f->kind);

  switch (f->kind) {
  case TSP_KIND_COUNT:
  case TSP_KIND_SHIFT:
  case TSP_KIND_ROT:
  case TSP_KIND_EXTENT: return snprintf(buf, size, "%" PRId64, v);
  case TSP_KIND_STRIDE: return snprintf(buf, size, v ? "%+" PRId64 : "%" PRId64, v);
  case TSP_KIND_ADDR: return snprintf(buf, size, "0x%04" PRIx64, v);
  case TSP_KIND_ACC: return snprintf(buf, size, "a%" PRId64, v);
  case TSP_KIND_SLOT: return snprintf(buf, size, "w%" PRId64, v);
  case TSP_KIND_MAP: return snprintf(buf, size, "m%" PRId64, v);
  case TSP_KIND_SRC1:
  case TSP_KIND_SRC2:
  case TSP_KIND_SRC4:
    if (v == TSP_SRC_IMM)
      return imm_text(buf, size, immediate(in, word));
    return v >= TSP_SRC_ALU ? snprintf(buf, size, "alu%" PRId64, v - TSP_SRC_ALU) : stream_text(buf, size, v, n);
  case TSP_KIND_DST1:
  case TSP_KIND_DST2:
  case TSP_KIND_DST4:
    return v >= TSP_DST_STREAM ? stream_text(buf, size, v - TSP_DST_STREAM, n) : snprintf(buf, size, "alu");
  default: return stream_text(buf, size, v, n);
  }
}

/* Mnemonic and operands as the fields say them, right or wrong. */
static void render(const tsp_config *cfg, const tsp_instr *in, uint64_t word, char *buf, size_t size)
{
  const char *p = in->syntax;
  size_t at = (size_t)snprintf(buf, size, "%s%s", in->mnemonic, *p ? " " : "");

  while (*p && at + 1 < size) {
    if (*p == '{') {
      const tsp_field *f = tsp_syntax_field(in, p, &p);
      at += f ? (size_t)field_text(buf + at, size - at, cfg, in, f, word) : 0;
    } else {
      buf[at++] = *p++;
      buf[at] = '\0';
    }
  }
}

/* A text that does not say every bit, or that no assembler would take, is given up for .word. */
char *tsp_word_text(const tsp_isa *isa, const tsp_config *cfg, uint64_t word, char *buf, size_t size)
{
  const tsp_instr *in = tsp_isa_by_opcode(isa, tsp_word_opcode(word));
  char text[128];
  uint64_t again;

  if (in) {
    tsp_lex l = {text, NULL};
    render(cfg, in, word, text, sizeof text);
    if (tsp_syntax_parse(isa, cfg, &l, &again) == TSP_OK && tsp_lex_end(&l) == TSP_OK && again == word) {
      snprintf(buf, size, "%s", text);
      return buf;
    }
  }
  snprintf(buf, size, ".word 0x%016" PRIx64, word);
  return buf;
}
