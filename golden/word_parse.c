/* SPDX-License-Identifier: Apache-2.0 */
/* word_parse.c - an instruction word from its text, by the syntax strings and field kinds of isa.def. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "word_syntax.h"

enum { MESH_WIDTH = 4 };

typedef struct {
  const tsp_config *cfg;
  tsp_lex *l;
  bool has_imm;
  uint32_t imm;
} operands;

/* "s4.e", or for a group "s16..19.w" or just its base "s16.w". */
static tsp_status parse_stream(operands *o, int n, int64_t *value)
{
  tsp_lex *l = o->l;
  int64_t base, last;
  tsp_status s;

  if (tsp_lex_at_end(l) || *l->p != 's')
    return tsp_lex_fail(l, n == 1 ? "a stream such as s4.e" : "a stream group such as s16..19.w");
  l->p++;
  s = tsp_lex_int(l, "the stream", 0, o->cfg->streams - n, &base);
  if (s != TSP_OK)
    return s;
  if (base % n != 0)
    return tsp_fail(l->cause, TSP_EFORMAT, "a group of %d streams starts at a multiple of %d, not at %" PRId64, n, n,
                    base);
  if (n > 1 && strncmp(l->p, "..", 2) == 0) {
    l->p += 2;
    s = tsp_lex_int(l, "the last stream of the group", base + n - 1, base + n - 1, &last);
    if (s != TSP_OK)
      return s;
  }
  if (l->p[0] != '.' || (l->p[1] != 'e' && l->p[1] != 'w'))
    return tsp_lex_fail(l, "the direction .e or .w");
  *value = base + (l->p[1] == 'w' ? 32 : 0);
  l->p += 2;
  return TSP_OK;
}

static tsp_status parse_imm(operands *o, int64_t *value)
{
  tsp_lex *l = o->l;
  int64_t number = 0;
  uint32_t bits = 0;
  tsp_status s;

  if (tsp_lex_accept(l, "f:")) {
    s = tsp_lex_float(l, "a decimal fraction", &bits);
  } else {
    s = tsp_lex_int(l, "the immediate", INT32_MIN, UINT32_MAX, &number);
    bits = (uint32_t)number;
  }
  if (s != TSP_OK)
    return s;
  if (o->has_imm && o->imm != bits)
    return tsp_fail(l->cause, TSP_EFORMAT, "an instruction has one immediate, both sources must name the same");
  o->has_imm = true;
  o->imm = bits;
  *value = TSP_SRC_IMM;
  return TSP_OK;
}

static tsp_status parse_source(operands *o, int n, int64_t *value)
{
  tsp_status s;

  if (tsp_lex_accept(o->l, "#"))
    return parse_imm(o, value);
  if (!tsp_lex_at_end(o->l) && strncmp(o->l->p, "alu", 3) == 0) {
    o->l->p += 3;
    s = tsp_lex_int(o->l, "the ALU", 0, o->cfg->alus - 1, value);
    *value += TSP_SRC_ALU;
    return s;
  }
  if (!tsp_lex_at_end(o->l) && *o->l->p == 's')
    return parse_stream(o, n, value);
  return tsp_lex_fail(o->l, "a source (a stream such as s4.e, an alu3 or an immediate #5)");
}

static tsp_status parse_result(operands *o, int n, int64_t *value)
{
  tsp_status s;

  *value = 0;
  if (tsp_lex_accept(o->l, "alu"))
    return TSP_OK;
  if (tsp_lex_at_end(o->l) || *o->l->p != 's')
    return tsp_lex_fail(o->l, "a result (a stream such as s4.e, or alu)");
  s = parse_stream(o, n, value);
  *value += TSP_DST_STREAM;
  return s;
}

/* A number after a letter: a17, w3. */
static tsp_status parse_lettered(operands *o, char letter, const char *what, int64_t max, int64_t *value)
{
  if (tsp_lex_at_end(o->l) || *o->l->p != letter)
    return tsp_lex_fail(o->l, what);
  o->l->p++;
  return tsp_lex_int(o->l, what, 0, max, value);
}

static int largest_square(int lanes)
{
  int edge = 2;

  while (edge < 4 && (edge + 1) * (edge + 1) <= lanes)
    edge++;
  return edge;
}

static tsp_status parse_field(operands *o, const tsp_field *f, int64_t *value)
{
  int64_t max = (int64_t)((UINT64_C(1) << f->width) - 1);
  int n = tsp_kind_streams(o->cfg, f->kind);

  switch (f->kind) {
  case TSP_KIND_COUNT: return tsp_lex_int(o->l, "the count", 1, max, value);
  case TSP_KIND_STRIDE: return tsp_lex_int(o->l, "the stride", -(max / 2) - 1, max / 2, value);
  case TSP_KIND_ADDR: return tsp_lex_int(o->l, "the address", 0, max, value);
  case TSP_KIND_ACC: return parse_lettered(o, 'a', "an accumulator such as a17", max, value);
  case TSP_KIND_SLOT: return parse_lettered(o, 'w', "a weight slot such as w3", max, value);
  case TSP_KIND_MAP: return parse_lettered(o, 'm', "a map such as m3", max, value);
  case TSP_KIND_SHIFT: return tsp_lex_int(o->l, "the shift", 0, o->cfg->vector - 1, value);
  case TSP_KIND_ROT: return tsp_lex_int(o->l, "the edge of the square", 2, largest_square(o->cfg->lanes), value);
  case TSP_KIND_EXTENT: return tsp_lex_int(o->l, "the powered superlanes", 1, o->cfg->superlanes, value);
  case TSP_KIND_SRC1:
  case TSP_KIND_SRC2:
  case TSP_KIND_SRC4: return parse_source(o, n, value);
  case TSP_KIND_DST1:
  case TSP_KIND_DST2:
  case TSP_KIND_DST4: return parse_result(o, n, value);
  default: return parse_stream(o, n, value);
  }
}

static uint64_t with_imm(const tsp_instr *in, uint64_t word, const operands *o)
{
  for (int i = 0; i < in->field_count && o->has_imm; i++)
    if (in->field[i].kind == TSP_KIND_IMM)
      word = tsp_word_set(in, word, in->field[i].name, o->imm);
  return word;
}

static tsp_status parse_operands(const tsp_config *cfg, const tsp_instr *in, tsp_lex *l, uint64_t *word)
{
  operands o = {.cfg = cfg, .l = l};
  const char *p = in->syntax;
  tsp_status s = TSP_OK;

  *word = (uint64_t)in->opcode << 56;
  while (*p && s == TSP_OK) {
    if (*p == '{') {
      const tsp_field *f = tsp_syntax_field(in, p, &p);
      int64_t value = 0;
      s = f ? parse_field(&o, f, &value) : TSP_OK;
      *word = f && s == TSP_OK ? tsp_word_set(in, *word, f->name, value) : *word;
    } else if (*p == ' ') {
      p++;
    } else {
      char token[8] = "";
      size_t n = strcspn(p, " {");
      snprintf(token, sizeof token, "%.*s", (int)n, p);
      s = tsp_lex_expect(l, token);
      p += n;
    }
  }
  *word = with_imm(in, *word, &o);
  return s;
}

/* The kind of queue in which an instruction of a unit runs; another one for those that need fp. */
static int base_unit(int unit)
{
  switch (unit) {
  case TSP_UNIT_VXF:
  case TSP_UNIT_VXS: return TSP_UNIT_VXM;
  case TSP_UNIT_MAF: return TSP_UNIT_MXA;
  case TSP_UNIT_MCF: return TSP_UNIT_MXC;
  default: return unit;
  }
}

tsp_status tsp_syntax_parse(const tsp_isa *isa, const tsp_config *cfg, tsp_lex *l, uint64_t *word)
{
  char mnemonic[32];
  const tsp_instr *in;
  tsp_status s = tsp_lex_id(l, "an instruction", mnemonic, sizeof mnemonic);

  if (s != TSP_OK)
    return s;
  if (strcmp(mnemonic, ".word") == 0)
    return tsp_lex_uint(l, "the word", UINT64_MAX, word);
  in = tsp_isa_by_mnemonic(isa, mnemonic);
  if (!in)
    return tsp_fail(l->cause, TSP_EFORMAT, "there is no instruction '%s' (upper and lower case count)", mnemonic);
  if (base_unit(in->unit) != in->unit && !cfg->fp)
    return tsp_fail(l->cause, TSP_EFORMAT, "configuration %s has no floating point, so no %s", cfg->name, mnemonic);
  return parse_operands(cfg, in, l, word);
}

/* What a stream or group of a plane must be: outward, or inward for results. */
static tsp_status explain_direction(const tsp_config *cfg, int queue, const tsp_field *f, int64_t v, tsp_error *cause)
{
  int outward = tsp_plane_hemisphere(cfg, (queue - cfg->q_mxm) / 3);
  int wanted = f->kind == TSP_KIND_GROUP4_IN ? !outward : outward;

  if ((v >> 5) == wanted)
    return TSP_OK;
  return tsp_fail(cause, TSP_EFORMAT, "at this plane the stream must flow %s: .%c",
                  wanted == TSP_WEST ? "west" : "east", wanted == TSP_WEST ? 'w' : 'e');
}

static tsp_status explain_chain(int self, int from, tsp_error *cause)
{
  if (abs(self / MESH_WIDTH - from / MESH_WIDTH) + abs(self % MESH_WIDTH - from % MESH_WIDTH) <= 1)
    return TSP_OK;
  return tsp_fail(cause, TSP_EFORMAT, "alu%d cannot reach alu%d: a source is the ALU itself or next to it in the mesh",
                  from, self);
}

static tsp_status explain_field(const tsp_config *cfg, int queue, const tsp_field *f, uint64_t word, tsp_error *cause)
{
  int64_t v = tsp_field_get(f, word);

  switch (f->kind) {
  case TSP_KIND_ADDR:
    if (v >= cfg->mem_words)
      return tsp_fail(cause, TSP_EFORMAT, "address 0x%04" PRIx64 ", a slice has 0..0x%04x", v,
                      (unsigned)cfg->mem_words - 1);
    return TSP_OK;
  case TSP_KIND_ACC:
    if (v >= cfg->acc_depth)
      return tsp_fail(cause, TSP_EFORMAT, "accumulator a%" PRId64 ", a plane has a0..a%d", v, cfg->acc_depth - 1);
    return TSP_OK;
  case TSP_KIND_SLOT:
    if (v >= (int64_t)cfg->superlanes * cfg->parts)
      return tsp_fail(cause, TSP_EFORMAT, "weight slot w%" PRId64 ", a plane has w0..w%d", v,
                      cfg->superlanes * cfg->parts - 1);
    return TSP_OK;
  case TSP_KIND_MAP:
    if (v >= cfg->maps)
      return tsp_fail(cause, TSP_EFORMAT, "map m%" PRId64 ", a unit has m0..m%d", v, cfg->maps - 1);
    return TSP_OK;
  case TSP_KIND_SRC1:
  case TSP_KIND_SRC2:
  case TSP_KIND_SRC4:
    return v >= TSP_SRC_ALU && v < TSP_SRC_IMM ? explain_chain(queue - cfg->q_vxm, (int)v - TSP_SRC_ALU, cause)
                                               : TSP_OK;
  case TSP_KIND_STREAM_OUT:
  case TSP_KIND_GROUPW_OUT:
  case TSP_KIND_GROUP2_OUT:
  case TSP_KIND_GROUP4_IN: return explain_direction(cfg, queue, f, v, cause);
  default: return TSP_OK;
  }
}

/* That the queue is of the right kind, and for some instructions one of the right place. */
static tsp_status explain_queue(const tsp_config *cfg, int queue, const tsp_instr *in, tsp_error *cause)
{
  int needs = base_unit(in->unit);
  char name[16];

  if (needs == TSP_UNIT_ICU)
    return TSP_OK;
  if (needs != tsp_queue_unit(cfg, queue))
    return tsp_fail(cause, TSP_EFORMAT, "%s does not run in queue %s", in->mnemonic, tsp_queue_name(cfg, queue, name));
  if (in->unit == TSP_UNIT_VXS && (queue - cfg->q_vxm) % MESH_WIDTH != MESH_WIDTH - 1)
    return tsp_fail(cause, TSP_EFORMAT, "%s runs in the last ALU of a mesh row only (vxm3, vxm7, ..), not in %s",
                    in->mnemonic, tsp_queue_name(cfg, queue, name));
  if (in->unit == TSP_UNIT_MAF && !tsp_plane_pairs(cfg, (queue - cfg->q_mxm) / 3))
    return tsp_fail(cause, TSP_EFORMAT, "%s runs in the first plane of a pair only; %s is not of one", in->mnemonic,
                    tsp_queue_name(cfg, queue, name));
  return TSP_OK;
}

/* Why a queue cannot execute a word of right syntax. */
static tsp_status explain(const tsp_isa *isa, const tsp_config *cfg, int queue, uint64_t word, tsp_fault_code fault,
                          tsp_error *cause)
{
  const tsp_instr *in = tsp_isa_by_opcode(isa, tsp_word_opcode(word));
  tsp_status s = explain_queue(cfg, queue, in, cause);

  for (int i = 0; i < in->field_count && s == TSP_OK; i++)
    s = explain_field(cfg, queue, &in->field[i], word, cause);
  if (s == TSP_OK && fault == TSP_FAULT_BANK)
    return tsp_fail(cause, TSP_EFORMAT, "both addresses are in one bank; one must be below 0x%04x, one not",
                    (unsigned)cfg->mem_words / 2);
  return s != TSP_OK ? s : tsp_fail(cause, TSP_EFORMAT, "%s", tsp_fault_text(fault));
}

tsp_status tsp_syntax_parse_for(const tsp_isa *isa, const tsp_config *cfg, int queue, tsp_lex *l, uint64_t *word)
{
  bool any = !tsp_lex_at_end(l) && *l->p == '.';
  tsp_status s = tsp_syntax_parse(isa, cfg, l, word);
  tsp_fault_code fault = any || s != TSP_OK ? TSP_FAULT_NONE : tsp_word_check(isa, cfg, queue, *word);

  return fault == TSP_FAULT_NONE ? s : explain(isa, cfg, queue, *word, fault, l->cause);
}

tsp_status tsp_word_parse(const tsp_isa *isa, const tsp_config *cfg, int queue, const char *text, uint64_t *word,
                          tsp_error *err)
{
  tsp_lex l = {text, err};
  tsp_status s = tsp_syntax_parse_for(isa, cfg, queue, &l, word);

  return s == TSP_OK ? tsp_lex_end(&l) : s;
}
