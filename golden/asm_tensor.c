/* SPDX-License-Identifier: Apache-2.0 */
/* asm_tensor.c - .tensor, .piece, .hex and .data of assembly text. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "asm_internal.h"

const char *const tsp_role_name[4] = {"const", "input", "output", "temp"};

static tsp_status no_memory(tsp_error *cause)
{
  return tsp_fail(cause, TSP_ENOMEM, "out of memory");
}

/* The tensor being read; NULL with an error if there is none. */
static tsp_tensor *current(tsp_asm *a, tsp_lex *l, const char *directive)
{
  if (a->part == TSP_ASM_TENSORS && a->image->tensor_count > 0)
    return &a->image->tensor[a->image->tensor_count - 1];
  tsp_fail(l->cause, TSP_EFORMAT, "%s belongs behind a .tensor", directive);
  return NULL;
}

static tsp_status parse_type(tsp_lex *l, uint8_t *type)
{
  for (int i = 0; i < TSP_TYPES; i++) {
    *type = (uint8_t)i;
    if (tsp_lex_accept(l, tsp_type_name(i)))
      return TSP_OK;
  }
  return tsp_lex_fail(l, "an element type (i8, i16, i32, f16 or f32)");
}

static tsp_status parse_role(tsp_lex *l, uint8_t *role)
{
  for (int i = 0; i < 4; i++) {
    *role = (uint8_t)i;
    if (tsp_lex_accept(l, tsp_role_name[i]))
      return TSP_OK;
  }
  return tsp_lex_fail(l, "a role (const, input, output or temp)");
}

static tsp_status parse_shape(tsp_lex *l, tsp_tensor *t)
{
  tsp_status s = tsp_lex_expect(l, "[");
  int64_t n;

  do {
    if (s == TSP_OK && t->rank == 4)
      return tsp_fail(l->cause, TSP_EFORMAT, "a tensor has 1 to 4 dimensions");
    if (s == TSP_OK)
      s = tsp_lex_int(l, "a dimension", 1, UINT32_MAX, &n);
    if (s != TSP_OK)
      return s;
    t->shape[t->rank++] = (uint32_t)n;
  } while (tsp_lex_accept(l, ","));
  return tsp_lex_expect(l, "]");
}

static tsp_status append_tensor(tsp_asm *a, const tsp_tensor *t, tsp_error *cause)
{
  size_t n = (size_t)a->image->tensor_count;
  tsp_tensor *tensors = tsp_grow(a->image->tensor, n, &a->tensor_room, sizeof *tensors);
  uint32_t *lines = tsp_grow(a->tensor_line, n, &a->tensor_line_room, sizeof *lines);

  if (tensors)
    a->image->tensor = tensors;
  if (lines)
    a->tensor_line = lines;
  if (!tensors || !lines || n >= INT32_MAX)
    return no_memory(cause);
  tensors[n] = *t;
  lines[n] = a->line;
  a->image->tensor_count++;
  a->piece_room = a->data_room = 0;
  return TSP_OK;
}

tsp_status tsp_asm_tensor(tsp_asm *a, tsp_lex *l)
{
  tsp_tensor t;
  tsp_status s = tsp_asm_tensor_done(a, l->cause);

  if (s != TSP_OK)
    return s;
  memset(&t, 0, sizeof t);
  s = tsp_lex_name(l, "the tensor's name", t.name, sizeof t.name);
  if (s == TSP_OK)
    s = parse_type(l, &t.type);
  if (s == TSP_OK)
    s = parse_role(l, &t.role);
  if (s == TSP_OK)
    s = parse_shape(l, &t);
  if (s == TSP_OK)
    s = tsp_check_head(&t, l->cause);
  return s == TSP_OK ? append_tensor(a, &t, l->cause) : s;
}

/* keyword number */
static tsp_status keyed(tsp_lex *l, const char *key, int64_t min, int64_t max, int64_t *out)
{
  tsp_status s = tsp_lex_expect(l, key);

  return s == TSP_OK ? tsp_lex_int(l, key, min, max, out) : s;
}

static tsp_status parse_piece(tsp_asm *a, tsp_lex *l, tsp_piece *p)
{
  char slice[64];
  int64_t addr = 0, step = 0, count = 0, lanes = 0, byte = 0;
  tsp_status s = tsp_lex_name(l, "a MEM slice such as mem_w0", slice, sizeof slice);
  int queue = s == TSP_OK ? tsp_queue_find(a->cfg, slice) : -1;

  if (s == TSP_OK && (queue < 0 || queue >= 2 * a->cfg->mem_slices))
    return tsp_fail(l->cause, TSP_EFORMAT, "there is no MEM slice '%s', %s has mem_w0..%d and mem_e0..%d", slice,
                    a->cfg->name, a->cfg->mem_slices - 1, a->cfg->mem_slices - 1);
  if (s == TSP_OK)
    s = keyed(l, "addr", 0, UINT32_MAX, &addr);
  if (s == TSP_OK)
    s = keyed(l, "step", INT32_MIN, INT32_MAX, &step);
  if (s == TSP_OK)
    s = keyed(l, "count", 0, UINT32_MAX, &count);
  if (s == TSP_OK)
    s = keyed(l, "lanes", 0, UINT32_MAX, &lanes);
  if (s == TSP_OK)
    s = keyed(l, "byte", 0, UINT8_MAX, &byte);
  if (s == TSP_OK)
    s = keyed(l, "first", INT64_MIN, INT64_MAX, &p->first);
  if (s == TSP_OK)
    s = keyed(l, "vec", INT64_MIN, INT64_MAX, &p->vec_step);
  if (s == TSP_OK)
    s = keyed(l, "lane", INT64_MIN, INT64_MAX, &p->lane_step);
  p->slice = (uint16_t)queue;
  p->addr = (uint32_t)addr;
  p->addr_step = (int32_t)step;
  p->count = (uint32_t)count;
  p->lanes = (uint32_t)lanes;
  p->byte = (uint8_t)byte;
  return s;
}

tsp_status tsp_asm_piece(tsp_asm *a, tsp_lex *l)
{
  tsp_tensor *t = current(a, l, ".piece");
  tsp_piece p, *pieces;
  tsp_status s;

  if (!t)
    return TSP_EFORMAT;
  memset(&p, 0, sizeof p);
  s = parse_piece(a, l, &p);
  if (s == TSP_OK)
    s = tsp_check_piece(a->cfg, t, &p, l->cause);
  if (s != TSP_OK)
    return s;
  pieces = tsp_grow(t->piece, (size_t)t->piece_count, &a->piece_room, sizeof *pieces);
  if (!pieces)
    return no_memory(l->cause);
  t->piece = pieces;
  t->piece[t->piece_count++] = p;
  return TSP_OK;
}

/* Appends n bytes, at most 4, of a little-endian number to the tensor's data. */
static tsp_status append_data(tsp_asm *a, tsp_tensor *t, uint32_t bits, int n, tsp_error *cause)
{
  uint64_t full = tsp_tensor_elements(t) * (uint64_t)tsp_type_size(t->type);

  if (t->data_bytes + (uint64_t)n > full)
    return tsp_fail(cause, TSP_EFORMAT, "too much data: tensor %s has %" PRIu64 " bytes", t->name, full);
  if (t->data_bytes + (uint64_t)n > a->data_room) {
    size_t room = a->data_room ? 2 * a->data_room : 256;
    uint8_t *data = realloc(t->data, room);
    if (!data)
      return no_memory(cause);
    t->data = data;
    a->data_room = room;
  }
  for (int i = 0; i < n; i++)
    t->data[t->data_bytes++] = (uint8_t)(bits >> (8 * i));
  return TSP_OK;
}

static int nibble(char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Bytes in memory order, two digits each; blanks between bytes are allowed. */
tsp_status tsp_asm_hex(tsp_asm *a, tsp_lex *l)
{
  tsp_tensor *t = current(a, l, ".hex");
  tsp_status s = t ? TSP_OK : TSP_EFORMAT;

  if (t && tsp_lex_at_end(l))
    return tsp_lex_fail(l, "at least one byte, two hex digits,");
  while (s == TSP_OK && !tsp_lex_at_end(l)) {
    int high = nibble(l->p[0]), low = high < 0 ? -1 : nibble(l->p[1]);
    if (low < 0)
      return tsp_lex_fail(l, "a byte, two hex digits,");
    s = append_data(a, t, (uint32_t)(high << 4 | low), 1, l->cause);
    l->p += 2;
  }
  return s;
}

/* One element: an integer in the type's signed or unsigned range; for f32 a decimal fraction or 0x bits, for f16 0x
 * bits. */
static tsp_status parse_element(tsp_lex *l, const tsp_tensor *t, uint32_t *bits)
{
  int width = 8 * tsp_type_size(t->type);
  int64_t min = -(INT64_C(1) << (width - 1)), max = (INT64_C(1) << width) - 1, value = 0;
  bool hex = !tsp_lex_at_end(l) && l->p[0] == '0' && (l->p[1] | 0x20) == 'x';
  tsp_status s;

  if (t->type == TSP_F32 && !hex)
    return tsp_lex_float(l, "a decimal fraction or the bits as 0x number", bits);
  if (t->type == TSP_F16 && !hex)
    return tsp_lex_fail(l, "the bits of an f16 as 0x number");
  s = tsp_lex_int(l, "an element", min, max, &value);
  *bits = (uint32_t)value;
  return s;
}

tsp_status tsp_asm_data(tsp_asm *a, tsp_lex *l)
{
  tsp_tensor *t = current(a, l, ".data");
  tsp_status s = t ? TSP_OK : TSP_EFORMAT;
  uint32_t bits = 0;

  if (t && tsp_lex_at_end(l))
    return tsp_lex_fail(l, "at least one element");
  while (s == TSP_OK && !tsp_lex_at_end(l)) {
    s = parse_element(l, t, &bits);
    if (s == TSP_OK)
      s = append_data(a, t, bits, tsp_type_size(t->type), l->cause);
    if (s == TSP_OK && tsp_lex_accept(l, ",") && tsp_lex_at_end(l))
      return tsp_lex_fail(l, "an element behind the ','");
  }
  return s;
}

tsp_status tsp_asm_tensor_done(tsp_asm *a, tsp_error *cause)
{
  int n = a->image->tensor_count;
  tsp_status s;

  if (a->part != TSP_ASM_TENSORS || n == 0)
    return TSP_OK;
  s = tsp_check_data(&a->image->tensor[n - 1], cause);
  if (s != TSP_OK)
    a->at_line = a->tensor_line[n - 1];
  return s;
}

tsp_status tsp_asm_tensors_done(tsp_asm *a, tsp_error *cause)
{
  tsp_status s = tsp_asm_tensor_done(a, cause);
  const tsp_tensor *twice;

  if (s != TSP_OK || a->sorted)
    return s;
  a->sorted = tsp_sort_tensors(a->image);
  if (!a->sorted)
    return no_memory(cause);
  twice = tsp_find_duplicate(a->sorted, a->image->tensor_count);
  if (!twice)
    return TSP_OK;
  a->at_line = a->tensor_line[twice - a->image->tensor];
  return tsp_fail(cause, TSP_EFORMAT, "a second tensor is named %s", twice->name);
}
