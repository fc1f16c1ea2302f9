/* SPDX-License-Identifier: Apache-2.0 */
/* A divergence as text. */
#include "divergence.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void add(char *buf, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void add(char *buf, size_t size, const char *format, ...)
{
  size_t used = strlen(buf);
  va_list ap;
  va_start(ap, format);
  vsnprintf(buf + used, size - used, format, ap);
  va_end(ap);
}

static const char *side(const tsp_config *cfg, int queue)
{
  return tsp_queue_hemisphere(cfg, queue) == TSP_WEST ? "west" : "east";
}

/* "MEM E12", "VXM ALU 5", "MXM plane 1 accumulators", "SXM west shifter 1", "C2C east link 3" */
static void add_unit(const tsp_config *cfg, int queue, char *buf, size_t size)
{
  static const char *const part[] = {"weights", "activations", "accumulators"};
  static const char *const sxm[TSP_SXM_QUEUES] = {"shifter 0",   "shifter 1",    "permuter",
                                                  "distributor", "transposer 0", "transposer 1"};
  int slice = queue - cfg->q_mem, alu = queue - cfg->q_vxm, mxm = queue - cfg->q_mxm;
  switch (tsp_queue_unit(cfg, queue)) {
  case TSP_UNIT_MEM: add(buf, size, "MEM %c%d", slice < cfg->mem_slices ? 'W' : 'E', slice % cfg->mem_slices); break;
  case TSP_UNIT_VXM: add(buf, size, "VXM ALU %d", alu); break;
  case TSP_UNIT_MXW:
  case TSP_UNIT_MXA:
  case TSP_UNIT_MXC: add(buf, size, "MXM plane %d %s", mxm / 3, part[mxm % 3]); break;
  case TSP_UNIT_C2C: add(buf, size, "C2C %s link %d", side(cfg, queue), (queue - cfg->q_c2c) % cfg->links); break;
  default: add(buf, size, "SXM %s %s", side(cfg, queue), sxm[(queue - cfg->q_sxm) % TSP_SXM_QUEUES]); break;
  }
}

static void add_source(const tsp_config *cfg, const tsp_divergence *d, char *buf, size_t size)
{
  const tsp_place *p = &d->place;
  char name[16];
  switch (p->kind) {
  case TSP_AT_QUEUE: add(buf, size, "queue %s, %s", tsp_queue_name(cfg, p->unit, name), p->field); return;
  case TSP_AT_MEM: add_unit(cfg, cfg->q_mem + p->unit, buf, size); break;
  case TSP_AT_CONTENTS:
    add_unit(cfg, cfg->q_mem + p->unit, buf, size);
    add(buf, size, " after the end");
    break;
  case TSP_AT_WEIGHTS: add(buf, size, "MXM plane %d weights", p->unit); break;
  case TSP_AT_ACC: add(buf, size, "MXM plane %d accumulators", p->unit); break;
  case TSP_AT_ALU: add(buf, size, "VXM ALU %d result", p->unit); break;
  case TSP_AT_MAP: add_unit(cfg, p->unit, buf, size); break;
  case TSP_AT_SEND:
    add_unit(cfg, cfg->q_c2c + p->unit, buf, size);
    add(buf, size, " output");
    break;
  case TSP_AT_CSR: add(buf, size, "CSR %s", p->field); return;
  default:
    if (p->driven || (d->spurious && d->has_instr))
      add_unit(cfg, d->instr.queue, buf, size);
    else
      add(buf, size, "stream register");
  }
}

char *tsp_divergence_where(const tsp_config *cfg, const tsp_divergence *d, char *buf, size_t size)
{
  const tsp_place *p = &d->place;
  buf[0] = '\0';
  add_source(cfg, d, buf, size);
  if (p->kind == TSP_AT_MEM || p->kind == TSP_AT_CONTENTS)
    add(buf, size, ", word 0x%04" PRIx64, (uint64_t)p->index);
  if (p->kind == TSP_AT_ACC)
    add(buf, size, ", entry a%" PRId64, p->index);
  if (p->kind == TSP_AT_MAP)
    add(buf, size, ", map m%" PRId64, p->index);
  if (p->kind == TSP_AT_WEIGHTS)
    add(buf, size, ", supercell row %d column %" PRId64, p->superlane, p->index);
  if (p->superlane >= 0)
    add(buf, size, ", superlane %d (vector time %" PRId64 ")", p->superlane, d->vector_time);
  if (p->out >= 0)
    add(buf, size, ", output %d", p->out);
  if (p->lane >= 0)
    add(buf, size, ", lane %d", p->lane);
  if (p->kind == TSP_AT_STREAM)
    add(buf, size, ", stream s%d.%c, column %d", p->stream, p->direction == TSP_WEST ? 'w' : 'e', p->column);
  if (p->kind == TSP_AT_STREAM && !p->driven && !d->spurious)
    add(buf, size, ", received from column %d", p->column + (p->direction == TSP_WEST ? 1 : -1));
  return buf;
}

char *tsp_divergence_instr(const tsp_config *cfg, const tsp_image *image, const tsp_divergence *d, char *buf,
                           size_t size)
{
  char name[16], text[128];
  buf[0] = '\0';
  if (!d->has_instr && d->place.kind == TSP_AT_QUEUE) {
    const tsp_queue_text *q = &image->queue[d->place.unit];
    add(buf, size, "none dispatched in this cycle");
    if (d->pc < q->length)
      add(buf, size, "; at the head, %" PRIu32 "  %s", d->pc,
          tsp_word_text(tsp_isa_builtin(), cfg, q->word[d->pc], text, sizeof text));
    return buf;
  }
  if (!d->has_instr) {
    add(buf, size, "none: no instruction in flight makes a value here");
    return buf;
  }
  add(buf, size, "queue %s, %" PRIu32, tsp_queue_name(cfg, d->instr.queue, name), d->instr.word);
  if (d->instr.issue)
    add(buf, size, " (re-issue %" PRIu32 ")", d->instr.issue);
  add(buf, size, "  %s", tsp_word_text(tsp_isa_builtin(), cfg, d->instr.text, text, sizeof text));
  if (d->line)
    add(buf, size, "  (%s:%" PRIu32 ")", image->kernel, d->line);
  add(buf, size, ", dispatched at %" PRIu64, d->instr.cycle);
  return buf;
}

char *tsp_divergence_tensor(const tsp_image *image, const tsp_divergence *d, char *buf, size_t size)
{
  buf[0] = '\0';
  if (d->tensor < 0 || d->tensor >= image->tensor_count)
    return buf;
  const tsp_tensor *t = &image->tensor[d->tensor];
  tsp_element_text(t, d->element, buf, size);
  add(buf, size, "  %s", tsp_type_name(t->type));
  if (d->element >= 0 && tsp_type_size(t->type) > 1)
    add(buf, size, ", byte %d", d->byte);
  if (d->element < 0)
    add(buf, size, d->place.lane < 0 ? "" : ", padding lane");
  return buf;
}

static bool is_f32(const tsp_divergence *d)
{
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(d->instr.text));
  size_t n = in ? strlen(in->mnemonic) : 0;
  return d->has_instr && n > 4 && strcmp(in->mnemonic + n - 4, ".f32") == 0;
}

static void add_data(const tsp_divergence *d, uint64_t v, char *buf, size_t size)
{
  if (d->place.bits == 8) {
    add(buf, size, "0x%02x  %+d", (unsigned)v, (int8_t)v);
    return;
  }
  if (d->place.bits == 16) {
    add(buf, size, "0x%04x  %u", (unsigned)v, (unsigned)v);
    return;
  }
  uint32_t bits = (uint32_t)v;
  float f;
  memcpy(&f, &bits, sizeof f);
  add(buf, size, "0x%08" PRIx32 "  %+" PRId32, bits, (int32_t)bits);
  if (is_f32(d))
    add(buf, size, "  %.9g", (double)f);
}

char *tsp_divergence_value(const tsp_divergence *d, bool expected, char *buf, size_t size)
{
  static const char *const state[] = {"RUN", "PARKED", "ENDED", "EMPTY"};
  uint64_t v = expected ? d->place.expected : d->place.got;
  const char *f = d->place.field;
  buf[0] = '\0';
  if (strcmp(f, "data") == 0)
    add_data(d, v, buf, size);
  else if (strcmp(f, "check") == 0)
    add(buf, size, "check bits 0x%03" PRIx64, v);
  else if (strcmp(f, "valid") == 0)
    add(buf, size, "%s", v ? "a valid value" : "no valid value");
  else if (strcmp(f, "store") == 0 || strcmp(f, "install") == 0 || strcmp(f, "update") == 0 ||
           strcmp(f, "map load") == 0 || strcmp(f, "send") == 0)
    add(buf, size, "%s%s", v ? "" : "no ", f);
  else if (strcmp(f, "state") == 0 && v < 4)
    add(buf, size, "%s", state[v]);
  else if (strcmp(f, "fault_code") == 0)
    add(buf, size, "%" PRIu64 " (%s)", v, tsp_fault_text((tsp_fault_code)v));
  else if (d->place.bits == 64)
    add(buf, size, "0x%016" PRIx64, v);
  else
    add(buf, size, "%" PRIu64, v);
  return buf;
}

static int signed_distance(const tsp_divergence *d, char *buf, size_t size)
{
  uint64_t x = d->place.expected ^ d->place.got;
  int64_t a = (int32_t)d->place.expected, b = (int32_t)d->place.got;
  if (d->place.bits == 8) {
    a = (int8_t)d->place.expected;
    b = (int8_t)d->place.got;
  }
  return snprintf(buf, size, "distance %" PRIu64 ", %d of %d bits", (uint64_t)(a > b ? a - b : b - a),
                  __builtin_popcountll(x), d->place.bits);
}

/* A digit or '+' per superlane with differing lanes, '.' for the others, in groups of eight. */
char *tsp_divergence_lanes(const tsp_divergence *d, char *buf, size_t size)
{
  buf[0] = '\0';
  add(buf, size, "%" PRIu64 " of %" PRIu64 " differ; per superlane 0..%d:  ", d->lanes_differing, d->lanes_compared,
      d->superlanes - 1);
  for (int s = 0; s < d->superlanes; s++) {
    int n = 0;
    for (int lane = 0; lane < d->lanes; lane++)
      n += d->lane_differs[s * d->lanes + lane];
    char mark = n == 0 ? '.' : n < 10 ? (char)('0' + n) : '+';
    add(buf, size, "%s%c", s && s % 8 == 0 ? " " : "", mark);
  }
  return buf;
}

char *tsp_divergence_look(const tsp_config *cfg, const tsp_divergence *d, char *buf, size_t size)
{
  const tsp_place *p = &d->place;
  buf[0] = '\0';
  add(buf, size, "look inside ");
  if (p->kind == TSP_AT_STREAM && !p->driven && !(d->spurious && d->has_instr))
    add(buf, size, "the %s stream register of column %d", p->direction == TSP_WEST ? "western" : "eastern", p->column);
  else
    add_source(cfg, d, buf, size);
  if (p->superlane >= 0)
    add(buf, size, ", superlane %d", p->superlane);
  if (d->look_from == d->look_to)
    add(buf, size, ", cycle %" PRIu64, d->look_to);
  else
    add(buf, size, ", cycles %" PRIu64 " to %" PRIu64, d->look_from, d->look_to);
  return buf;
}

static void print_chain(const tsp_config *cfg, const tsp_divergence *d, FILE *to)
{
  for (int i = 0; i < d->chain_count; i++) {
    const tsp_link *k = &d->chain[i];
    char name[16], text[128];
    tsp_queue_name(cfg, k->at.queue, name);
    tsp_word_text(tsp_isa_builtin(), cfg, k->at.text, text, sizeof text);
    fprintf(to, "  %-9s %-8" PRIu64 " %-8s %-36s %s\n", i ? "" : "chain", k->at.cycle, name, text, k->verdict);
  }
}

void tsp_divergence_print(const tsp_config *cfg, const tsp_image *image, const tsp_divergence *d, FILE *to)
{
  char text[512], more[64] = "";
  fprintf(to, "  where     %s\n", tsp_divergence_where(cfg, d, text, sizeof text));
  fprintf(to, "  instr     %s\n", tsp_divergence_instr(cfg, image, d, text, sizeof text));
  if (tsp_divergence_tensor(image, d, text, sizeof text)[0])
    fprintf(to, "  tensor    %s\n", text);
  fprintf(to, "  expected  %s\n", tsp_divergence_value(d, true, text, sizeof text));
  if (strcmp(d->place.field, "data") == 0)
    signed_distance(d, more, sizeof more);
  fprintf(to, "  got       %s%s%s\n", tsp_divergence_value(d, false, text, sizeof text), more[0] ? "    " : "", more);
  if (d->lane_differs)
    fprintf(to, "  lanes     %s\n", tsp_divergence_lanes(d, text, sizeof text));
  print_chain(cfg, d, to);
  fprintf(to, "  so        %s\n", tsp_divergence_look(cfg, d, text, sizeof text));
}
