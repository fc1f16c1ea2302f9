// SPDX-License-Identifier: Apache-2.0
// verify_mem.c: memory: every word that is read has been written, or filled by the host; and by what.
#include "verify.h"
#include <inttypes.h>
#include <stdlib.h>

static const tspv_ident nobody = {.tensor = ANY, .element = ANY_ELEMENT};

/* The value in a word. *from: 0 nothing defined, else how far it is. */
static tspv_value content(tspv *v, int slice, uint32_t addr, int *defined)
{
  tspv_word *w = tspv_word_at(v, slice, addr);
  tspv_ident is = nobody;
  bool host = tspv_host_word(v, slice, addr, &is);
  w->used = true;
  w->unread = false;
  if (w->state == WORD_HOST) {
    *defined = host ? v->cfg->superlanes : 0;
    return (tspv_value){.queue = -1, .is = is, .slice = slice, .addr = addr};
  }
  *defined = host ? v->cfg->superlanes : w->extent;
  tspv_value value = w->value;
  if (w->state == WORD_MIXED || w->extent < v->active)
    value.is = nobody;
  value.slice = -1;
  return value;
}

static void undefined(tspv *v, const tspv_op *op, uint32_t addr, int defined)
{
  tspv_violate(v, TSP_VERIFY_DATA, TSP_FAULT_NONE, v->now, op->queue, op,
               "word 0x%04" PRIx32 " is read before anything is written there%s", addr,
               defined ? " in all superlanes" : ", and no tensor of the host fills it");
}

/* The half of an instruction that goes to addr is what its line claims: 1 yes, 0 another vector, -1 another tensor. */
static int at_home(const tspv *v, const tspv_op *op, uint32_t addr)
{
  const tspv_home *h = tspv_home_of(v, op->queue - v->cfg->q_mem, addr, op->debug->tensor);
  if (!h)
    return -1;
  return tspv_home_ident(v, h).element == op->element;
}

static void claim_place(tspv *v, const tspv_op *op, int64_t raddr, int64_t waddr)
{
  if (!op->debug || op->debug->tensor < 0)
    return;
  int read = raddr < 0 ? -1 : at_home(v, op, (uint32_t)raddr), write = waddr < 0 ? -1 : at_home(v, op, (uint32_t)waddr);
  char claim[128], there[128];
  if (read == 1 || write == 1)
    return;
  int64_t addr = raddr < 0 || write == 0 ? waddr : raddr;
  const tspv_home *h =
      tspv_home_of(v, op->queue - v->cfg->q_mem, (uint32_t)addr, read < 0 && write < 0 ? ANY : op->debug->tensor);
  tspv_ident is = h ? tspv_home_ident(v, h) : nobody;
  tspv_ident want = {.tensor = op->debug->tensor, .element = op->element, .byte = -1};
  tspv_violate(v, TSP_VERIFY_CLAIMS, TSP_FAULT_NONE, v->now, op->queue, op,
               "the debug line claims %s, but at 0x%04" PRIx64 " is %s", tspv_ident_text(v, want, claim),
               (uint64_t)addr, tspv_ident_text(v, is, there));
}

/* A word now holds what was read; a line that names another tensor than what is in it is wrong. */
static void claim_content(tspv *v, const tspv_op *op, const tspv_value *value)
{
  char claim[128], there[256];
  if (!op->debug || op->debug->tensor < 0 || value->is.tensor == ANY || op->in->opcode != TSP_OP_READ)
    return;
  if (value->is.tensor == op->debug->tensor && (value->is.element == ANY_ELEMENT || value->is.element == op->element))
    return;
  tspv_ident want = {.tensor = op->debug->tensor, .element = op->element, .byte = -1};
  tspv_violate(v, TSP_VERIFY_CLAIMS, TSP_FAULT_NONE, v->now, op->queue, op,
               "the debug line claims %s, but the word holds %s", tspv_ident_text(v, want, claim),
               tspv_value_text(v, value, there));
}

static void read(tspv *v, const tspv_op *op, int extent)
{
  int slice = op->queue - v->cfg->q_mem, defined;
  uint32_t addr = (uint32_t)tspv_field(op, "raddr");
  tspv_value value = content(v, slice, addr, &defined);
  if (defined < extent)
    undefined(v, op, addr, defined);
  claim_content(v, op, &value);
  value.queue = op->queue;
  value.word = op->word;
  value.cycle = op->cycle;
  tspv_drive_results(v, op, extent, &value);
}

static void keep_constants(tspv *v, const tspv_op *op, uint32_t addr)
{
  char is[128];
  for (const tspv_home *h = tspv_home_of(v, op->queue - v->cfg->q_mem, addr, ANY); h;
       h = h->next ? &v->homes[h->next] : NULL)
    if (v->image->tensor[h->tensor].role == TSP_ROLE_CONST)
      tspv_violate(v, TSP_VERIFY_CLAIMS, TSP_FAULT_NONE, v->now, op->queue, op, "overwrites the constant %s",
                   tspv_ident_text(v, tspv_home_ident(v, h), is));
}

/* After a write the word is that vector of the line's tensor that lives there, or of the value's. Without either it
 * holds something else, of no name. */
static void write(tspv *v, const tspv_op *op, tspv_value value, int extent)
{
  if (!op->debug && v->image->debug_count)
    value.is = nobody; /* on its way: another vector of that tensor may come here later */
  int slice = op->queue - v->cfg->q_mem;
  uint32_t addr = (uint32_t)tspv_field(op, "waddr");
  tspv_word *w = tspv_word_at(v, slice, addr);
  char is[128], there[256];
  const tspv_home *same = value.is.tensor == ANY ? NULL : tspv_home_of(v, slice, addr, value.is.tensor);
  bool claims = op->debug && op->debug->tensor >= 0 && op->in->opcode == TSP_OP_WRITE;
  const tspv_home *home = claims ? tspv_home_of(v, slice, addr, op->debug->tensor) : same;
  keep_constants(v, op, addr);
  if (same) {
    tspv_ident here = tspv_home_ident(v, same);
    bool wrong = value.is.element != ANY_ELEMENT &&
                 (value.is.element != here.element || (value.is.byte >= 0 && value.is.byte != here.byte));
    if (wrong)
      tspv_violate(v, TSP_VERIFY_CLAIMS, TSP_FAULT_NONE, v->now, op->queue, op, "stores %s where %s belongs",
                   tspv_value_text(v, &value, there), tspv_ident_text(v, here, is));
  }
  if (extent <= 0)
    return;
  if (w->unread)
    tspv_in_vain(v, v->now, op->queue, op,
                 "overwrites what word %" PRIu32 " stored there at cycle %" PRIu64 " and nothing has read",
                 w->value.word, w->value.cycle);
  w->unread = true;
  w->used = true;
  w->extent = w->state == WORD_HOST || extent > w->extent ? extent : w->extent;
  w->state = WORD_WRITTEN;
  w->value = value;
  w->value.is = home ? tspv_home_ident(v, home) : nobody;
  w->value.queue = op->queue;
  w->value.word = op->word;
  w->value.cycle = op->cycle;
}

/* The words that a Gather or Scatter goes to, if the image tells. */
static bool addresses(tspv *v, const tspv_op *op, const tspv_value map[2], int extent, uint32_t *addr)
{
  size_t vector = (size_t)v->cfg->vector;
  uint8_t *bytes = malloc(2 * vector);
  if (!bytes) {
    v->failed = true;
    return false;
  }
  bool known = map[0].slice >= 0 && map[1].slice >= 0 && tspv_host_bytes(v, map[0].slice, map[0].addr, bytes) &&
               tspv_host_bytes(v, map[1].slice, map[1].addr, bytes + vector);
  for (int n = 0; known && n < extent; n++) {
    size_t lane = (size_t)n * (size_t)v->cfg->lanes;
    addr[n] = bytes[lane] + 256u * bytes[vector + lane];
    if (addr[n] >= (uint32_t)v->cfg->mem_words) {
      tspv_violate(v, TSP_VERIFY_MACHINE, TSP_FAULT_ADDRESS, v->now + (uint64_t)n, op->queue, op,
                   "superlane %d goes to word 0x%04" PRIx32 ", there are 0x%04x", n, addr[n],
                   (unsigned)v->cfg->mem_words);
      addr[n] = 0;
    }
  }
  free(bytes);
  return known;
}

/* A Gather or Scatter somewhere in the tensor that its line names: all words of it in this slice must be defined. */
static void anywhere(tspv *v, const tspv_op *op, bool store)
{
  int slice = op->queue - v->cfg->q_mem, defined;
  bool known = op->debug && op->debug->tensor >= 0;
  v->out->unknown += !known;
  for (uint32_t a = 0; a < (uint32_t)v->cfg->mem_words; a++) {
    if (!known)
      tspv_word_at(v, slice, a)->unread = false; /* it may be this one */
    if (!known || !tspv_home_of(v, slice, a, op->debug->tensor))
      continue;
    tspv_word *w = tspv_word_at(v, slice, a);
    content(v, slice, a, &defined);
    if (defined < v->active) {
      undefined(v, op, a, defined);
      return;
    }
    if (store) {
      keep_constants(v, op, a);
      w->extent = w->state == WORD_HOST ? v->cfg->superlanes : w->extent;
      w->state = WORD_MIXED;
    }
  }
}

static void indirect(tspv *v, const tspv_op *op, const tspv_value *map, int extent, bool store)
{
  int slice = op->queue - v->cfg->q_mem, defined;
  uint32_t addr[256] = {0};
  if (!addresses(v, op, map, extent, addr)) {
    anywhere(v, op, store);
    return;
  }
  for (int n = 0; n < extent; n++) {
    tspv_word *w = tspv_word_at(v, slice, addr[n]);
    content(v, slice, addr[n], &defined);
    if (!store && defined <= n)
      undefined(v, op, addr[n], defined);
    if (!store)
      continue;
    keep_constants(v, op, addr[n]);
    w->extent = w->state == WORD_HOST ? defined : w->extent;
    w->state = WORD_MIXED;
  }
}

void tspv_execute_mem(tspv *v, const tspv_op *op)
{
  tspv_value value[32];
  int extent = v->active, opcode = op->in->opcode;
  tspv_take_operands(v, op, value, &extent);
  if (opcode == TSP_OP_GATHER || opcode == TSP_OP_SCATTER) {
    bool store = opcode == TSP_OP_SCATTER;
    int map = store ? 1 : 0; /* the data comes first */
    indirect(v, op, &value[map], extent, store);
    if (!store) {
      tspv_value made = tspv_made(v, op, extent);
      made.is = nobody; /* the line says where it comes from, not what it becomes */
      tspv_drive_results(v, op, extent, &made);
    }
    return;
  }
  bool reads = opcode != TSP_OP_WRITE, writes = opcode != TSP_OP_READ;
  claim_place(v, op, reads ? tspv_field(op, "raddr") : -1, writes ? tspv_field(op, "waddr") : -1);
  if (reads)
    read(v, op, extent);
  if (writes)
    write(v, op, value[0], extent);
}
