/* SPDX-License-Identifier: Apache-2.0 */
/* word.c - instruction words: fields in and out, the strides of a Repeat, and the check a queue makes at dispatch. */
#include <string.h>

#include "tsp_isa.h"

enum { VXM_ALU = 0x40, VXM_IMM = 0x80, VXM_DRIVE = 0x80, MESH_WIDTH = 4 };

static const tsp_field *find(const tsp_instr *in, const char *name)
{
  for (int i = 0; i < in->field_count; i++)
    if (strcmp(in->field[i].name, name) == 0)
      return &in->field[i];
  return NULL;
}

static uint64_t mask(const tsp_field *f)
{
  return ((UINT64_C(1) << f->width) - 1) << f->lsb;
}

static uint64_t put(const tsp_field *f, uint64_t word, int64_t value)
{
  return (word & ~mask(f)) | (((uint64_t)value << f->lsb) & mask(f));
}

int64_t tsp_word_get(const tsp_instr *in, uint64_t word, const char *field)
{
  const tsp_field *f = find(in, field);

  return f ? tsp_field_get(f, word) : 0;
}

uint64_t tsp_word_set(const tsp_instr *in, uint64_t word, const char *field, int64_t value)
{
  const tsp_field *f = find(in, field);

  return f ? put(f, word, value) : word;
}

uint64_t tsp_word_stride(const tsp_instr *in, uint64_t word, int64_t a, int64_t b)
{
  for (int i = 0; i < in->field_count; i++) {
    const tsp_field *f = &in->field[i];

    if (f->stride)
      word = put(f, word, (int64_t)((uint64_t)tsp_field_get(f, word) + (uint64_t)(f->stride == 1 ? a : b)));
  }
  return word;
}

/* Whether the field is a result; unlike the others SXM fields do not tell by their kind. */
static bool field_drives(const tsp_instr *in, const tsp_field *f)
{
  switch (f->kind) {
  case TSP_KIND_GROUP4_IN:
  case TSP_KIND_DST1:
  case TSP_KIND_DST2:
  case TSP_KIND_DST4: return true;
  case TSP_KIND_STREAM: return strcmp(f->name, "rstream") == 0 || strcmp(f->name, "out") == 0;
  case TSP_KIND_GROUPL: return strcmp(f->name, "out") == 0 || in->opcode == TSP_OP_ROTATE;
  default: return false;
  }
}

static int field_count(const tsp_config *c, const tsp_instr *in, const tsp_field *f, uint64_t word)
{
  int n = (int)tsp_word_get(in, word, "n");

  switch (f->kind) {
  case TSP_KIND_STREAM:
  case TSP_KIND_STREAM_OUT:
  case TSP_KIND_SRC1:
  case TSP_KIND_DST1: return 1;
  case TSP_KIND_GROUP2:
  case TSP_KIND_GROUP2_OUT:
  case TSP_KIND_SRC2:
  case TSP_KIND_DST2: return 2;
  case TSP_KIND_GROUP4_IN:
  case TSP_KIND_SRC4:
  case TSP_KIND_DST4: return 4;
  case TSP_KIND_GROUPW_OUT: return c->lw_streams;
  case TSP_KIND_GROUPL: return in->opcode == TSP_OP_ROTATE && n * n < c->lanes ? n * n : c->lanes;
  default: return 0;
  }
}

bool tsp_field_streams(const tsp_config *c, const tsp_instr *in, const tsp_field *f, uint64_t word, tsp_stream_use *out)
{
  int64_t v = tsp_field_get(f, word);
  int count = field_count(c, in, f, word);
  bool source = f->kind == TSP_KIND_SRC1 || f->kind == TSP_KIND_SRC2 || f->kind == TSP_KIND_SRC4;
  bool result = f->kind == TSP_KIND_DST1 || f->kind == TSP_KIND_DST2 || f->kind == TSP_KIND_DST4;

  if (!count || (source && v >= VXM_ALU) || (result && v < VXM_DRIVE))
    return false;
  v &= 0x3f;
  *out = (tsp_stream_use){.direction = v >= 32 ? TSP_WEST : TSP_EAST,
                          .base = (uint8_t)(v & 31),
                          .count = (uint8_t)count,
                          .drives = field_drives(in, f)};
  return out->base + out->count <= c->streams;
}

/* A stream group of n: in range and on its natural boundary. */
static bool group_ok(const tsp_config *c, int64_t v, int n)
{
  int64_t index = v & 31;

  return v < 64 && index < c->streams && index % n == 0;
}

/* Outward at the plane of this queue (or inward, its opposite). */
static bool flows(const tsp_config *c, int queue, int64_t v, bool outward)
{
  bool west = v >> 5;

  return (tsp_queue_hemisphere(c, queue) == TSP_WEST) == (west == outward);
}

static bool neighbours(int a, int b)
{
  int row = a / MESH_WIDTH - b / MESH_WIDTH, column = a % MESH_WIDTH - b % MESH_WIDTH;

  return row * row + column * column <= 1;
}

static bool source_ok(const tsp_config *c, int queue, int64_t v, int n)
{
  if (v == VXM_IMM)
    return true;
  if (v >= VXM_ALU)
    return v < VXM_ALU + c->alus && neighbours(queue - c->q_vxm, (int)v - VXM_ALU);
  return group_ok(c, v, n);
}

static tsp_fault_code field_check(const tsp_config *c, int queue, const tsp_field *f, uint64_t word)
{
  int64_t v = tsp_field_get(f, word);
  bool ok = true;

  switch (f->kind) {
  case TSP_KIND_COUNT: ok = v >= 1; break;
  case TSP_KIND_ADDR: return v < c->mem_words ? TSP_FAULT_NONE : TSP_FAULT_ADDRESS;
  case TSP_KIND_ACC: return v < c->acc_depth ? TSP_FAULT_NONE : TSP_FAULT_ADDRESS;
  case TSP_KIND_SLOT: return v < c->superlanes * c->parts ? TSP_FAULT_NONE : TSP_FAULT_ADDRESS;
  case TSP_KIND_STREAM: ok = group_ok(c, v, 1); break;
  case TSP_KIND_STREAM_OUT: ok = group_ok(c, v, 1) && flows(c, queue, v, true); break;
  case TSP_KIND_GROUPW_OUT: ok = group_ok(c, v, c->lw_streams) && flows(c, queue, v, true); break;
  case TSP_KIND_GROUP4_IN: ok = group_ok(c, v, 4) && flows(c, queue, v, false); break;
  case TSP_KIND_SRC1: ok = source_ok(c, queue, v, 1); break;
  case TSP_KIND_SRC2: ok = source_ok(c, queue, v, 2); break;
  case TSP_KIND_SRC4: ok = source_ok(c, queue, v, 4); break;
  case TSP_KIND_DST1: ok = v == 0 || (v >= VXM_DRIVE && group_ok(c, v - VXM_DRIVE, 1)); break;
  case TSP_KIND_DST2: ok = v == 0 || (v >= VXM_DRIVE && group_ok(c, v - VXM_DRIVE, 2)); break;
  case TSP_KIND_DST4: ok = v == 0 || (v >= VXM_DRIVE && group_ok(c, v - VXM_DRIVE, 4)); break;
  case TSP_KIND_GROUP2: ok = group_ok(c, v, 2); break;
  case TSP_KIND_GROUP2_OUT: ok = group_ok(c, v, 2) && flows(c, queue, v, true); break;
  case TSP_KIND_GROUPL: ok = group_ok(c, v, c->lanes); break;
  case TSP_KIND_SHIFT: ok = v < c->vector; break;
  case TSP_KIND_MAP: return v < c->maps ? TSP_FAULT_NONE : TSP_FAULT_ADDRESS;
  case TSP_KIND_ROT: ok = v >= 2 && v <= 4 && v * v <= c->lanes; break;
  case TSP_KIND_EXTENT: ok = v >= 1 && v <= c->superlanes; break;
  default: break;
  }
  return ok ? TSP_FAULT_NONE : TSP_FAULT_ENCODING;
}

static bool unit_ok(const tsp_config *c, int queue, int unit)
{
  int kind = tsp_queue_unit(c, queue);

  if (unit == TSP_UNIT_ICU)
    return true;
  switch (unit) {
  case TSP_UNIT_VXF: return kind == TSP_UNIT_VXM && c->fp;
  case TSP_UNIT_VXS: return kind == TSP_UNIT_VXM && c->fp && (queue - c->q_vxm) % MESH_WIDTH == MESH_WIDTH - 1;
  case TSP_UNIT_MAF: return kind == TSP_UNIT_MXA && tsp_plane_pairs(c, (queue - c->q_mxm) / 3);
  case TSP_UNIT_MCF: return kind == TSP_UNIT_MXC && c->fp;
  default: return unit == kind;
  }
}

tsp_fault_code tsp_word_check(const tsp_isa *isa, const tsp_config *c, int queue, uint64_t word)
{
  const tsp_instr *in = tsp_isa_by_opcode(isa, tsp_word_opcode(word));
  uint64_t covered = UINT64_C(0xff) << 56;
  tsp_fault_code worst = TSP_FAULT_NONE;

  if (!in || !unit_ok(c, queue, in->unit))
    return TSP_FAULT_ENCODING;
  for (int i = 0; i < in->field_count; i++) {
    tsp_fault_code fault = field_check(c, queue, &in->field[i], word);

    covered |= mask(&in->field[i]);
    if (fault == TSP_FAULT_ENCODING)
      return fault;
    if (fault)
      worst = fault;
  }
  if (word & ~covered)
    return TSP_FAULT_ENCODING;
  if (!worst && in->opcode == TSP_OP_READWRITE) {
    int half = c->mem_words / 2;

    if ((tsp_word_get(in, word, "raddr") >= half) == (tsp_word_get(in, word, "waddr") >= half))
      return TSP_FAULT_BANK;
  }
  return worst;
}
