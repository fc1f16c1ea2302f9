/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "tsp_isa.h"

#define F(n, k, l, w, s) {.name = #n, .kind = TSP_KIND_##k, .lsb = l, .width = w, .stride = s},
static const tsp_isa builtin = {.count =
#define TSP_INSTR(...) +1
#include "isa.def"
#undef TSP_INSTR
                                    ,
                                .instr = {
#define TSP_INSTR(i, mn, u, op, skew, func, func_sl, syn, fields, mean)                                                \
  {.id = #i,                                                                                                           \
   .mnemonic = mn,                                                                                                     \
   .syntax = syn,                                                                                                      \
   .meaning = mean,                                                                                                    \
   .unit = TSP_UNIT_##u,                                                                                               \
   .opcode = op,                                                                                                       \
   .d_skew = skew,                                                                                                     \
   .d_func = func,                                                                                                     \
   .d_func_sl = func_sl,                                                                                               \
   .field_count = sizeof((tsp_field[]){fields{0}}) / sizeof(tsp_field) - 1,                                            \
   .field = {fields}},
#include "isa.def"
#undef TSP_INSTR
                                }};
#undef F

const tsp_isa *tsp_isa_builtin(void)
{
  return &builtin;
}

const tsp_instr *tsp_isa_by_opcode(const tsp_isa *isa, unsigned opcode)
{
  for (int i = 0; i < isa->count; i++)
    if (isa->instr[i].opcode == opcode)
      return &isa->instr[i];
  return NULL;
}

const tsp_instr *tsp_isa_by_mnemonic(const tsp_isa *isa, const char *mnemonic)
{
  for (int i = 0; i < isa->count; i++)
    if (strcmp(isa->instr[i].mnemonic, mnemonic) == 0)
      return &isa->instr[i];
  return NULL;
}

static int row_d_func(const tsp_instr *in, const tsp_config *cfg)
{
  return in->d_func + in->d_func_sl * cfg->superlanes;
}

int tsp_isa_d_func(const tsp_isa *isa, const tsp_config *cfg, unsigned opcode)
{
  const tsp_instr *in = tsp_isa_by_opcode(isa, opcode);

  return in ? row_d_func(in, cfg) : 0;
}

int tsp_isa_d_skew(const tsp_isa *isa, unsigned opcode)
{
  const tsp_instr *in = tsp_isa_by_opcode(isa, opcode);

  return in ? in->d_skew : 0;
}

int tsp_isa_drain(const tsp_isa *isa, const tsp_config *cfg)
{
  int most = 0;

  for (int i = 0; i < isa->count; i++)
    if (row_d_func(&isa->instr[i], cfg) > most)
      most = row_d_func(&isa->instr[i], cfg);
  return cfg->superlanes + most;
}

static uint64_t hash_text(uint64_t h, const char *text)
{
  for (; *text; text++)
    h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
  return h;
}

uint64_t tsp_table_hash(const tsp_isa *isa, const tsp_config *c)
{
  uint64_t h = UINT64_C(0xcbf29ce484222325);
  char t[256];

  for (int i = 0; i < isa->count; i++) {
    const tsp_instr *in = &isa->instr[i];

    snprintf(t, sizeof t, "%s %s %d %d %d %d %d;", in->id, in->mnemonic, in->unit, in->opcode, in->d_skew, in->d_func,
             in->d_func_sl);
    h = hash_text(h, t);
    for (int k = 0; k < in->field_count; k++) {
      const tsp_field *f = &in->field[k];

      snprintf(t, sizeof t, "%s %d %d %d %d,", f->name, f->kind, f->lsb, f->width, f->stride);
      h = hash_text(h, t);
    }
  }
  snprintf(t, sizeof t, "%s %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d", c->name, c->superlanes, c->lanes, c->streams,
           c->mem_slices, c->mem_per_hop, c->mem_words, c->planes, c->lw_streams, c->alus, c->fp, c->iq_depth,
           c->acc_depth, c->barrier, c->maps, c->links, c->link_depth, c->link_delay, c->hac_period, c->ecc);
  return hash_text(h, t);
}
