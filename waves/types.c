/* SPDX-License-Identifier: Apache-2.0 */
#include "types.h"
#include <string.h>

/* The type that a mnemonic names n parts from its end, as in "Cvt.f32.i8"; -1 if that part is none. */
static int named_type(const char *mnemonic, int n)
{
  const char *end = mnemonic + strlen(mnemonic), *dot = end;

  for (;;) {
    for (dot = end; dot > mnemonic && *dot != '.';)
      dot--;
    if (*dot != '.')
      return -1;
    if (n-- == 0)
      break;
    end = dot - 1;
  }
  for (int t = 0; t < TSP_TYPES; t++) {
    const char *name = tsp_type_name(t);

    if (strncmp(dot + 1, name, strlen(name)) == 0 && (dot[1 + strlen(name)] == '.' || !dot[1 + strlen(name)]))
      return t;
  }
  return -1;
}

/* What only copies bits does not say of which type they are: the tensor does, if one is known; else -1. */
static int copied_type(const tsp_instr *in, int type, const tsp_tensor *tensor)
{
  if (strncmp(in->mnemonic, "Mov", 3) != 0 && strncmp(in->mnemonic, "Sel", 3) != 0)
    return type;
  return tensor && tsp_type_size(type) == tsp_type_size(tensor->type) ? tensor->type : -1;
}

/* The type of what the instruction takes or, with drives, makes; -1 unknown. */
static int type_of(const tsp_types *t, const tsp_config *cfg, int queue, const tsp_instr *in, bool drives,
                   const tsp_tensor *tensor)
{
  const int unit = tsp_queue_unit(cfg, queue);
  const int last = named_type(in->mnemonic, 0), before = named_type(in->mnemonic, 1);

  if (unit == TSP_UNIT_VXM && last >= 0)
    return copied_type(in, drives || before < 0 ? last : before, tensor);
  if (unit == TSP_UNIT_MXA)
    return last >= 0 ? last : TSP_I8;
  if (unit == TSP_UNIT_MXC) /* an ACC.out writes whatever the product is */
    return last == TSP_F32 || t->product[(queue - cfg->q_mxm) / 3] == 1 << TSP_F32 ? TSP_F32 : TSP_I32;
  return -1;
}

static void add_streams(tsp_types *t, const tsp_stream_use *use, int type)
{
  for (int s = use->base; type >= 0 && s < use->base + use->count; s++)
    if (use->count == tsp_type_size(type))
      t->stream[use->direction][s] |= (uint8_t)(1 << type);
}

void tsp_types_add(const tsp_config *cfg, tsp_types *t, int queue, uint64_t word, const tsp_tensor *tensor)
{
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(word));
  const int unit = tsp_queue_unit(cfg, queue), plane = (queue - cfg->q_mxm) / 3;
  tsp_stream_use use;

  if (!in)
    return;
  if (unit == TSP_UNIT_MXA) /* the products of a pair are those of its first plane */
    t->product[plane] |= (uint8_t)(in->opcode == TSP_OP_ABC_F16 ? 1 << TSP_F32 : 1 << TSP_I32);
  for (int i = 0; i < in->field_count; i++)
    if (tsp_field_streams(cfg, in, &in->field[i], word, &use))
      add_streams(t, &use, type_of(t, cfg, queue, in, use.drives, tensor));
  if (unit == TSP_UNIT_VXM && type_of(t, cfg, queue, in, true, tensor) >= 0)
    t->result[queue - cfg->q_vxm] |= (uint8_t)(1 << type_of(t, cfg, queue, in, true, tensor));
}

int tsp_type_base(int type, int s)
{
  return s - s % tsp_type_size(type);
}
