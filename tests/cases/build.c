// SPDX-License-Identifier: Apache-2.0
// build.c: programs placed by hand.
#include "build.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void build_fail(build *b, tsp_status s, const char *why)
{
  if (b->status != TSP_OK)
    return;
  b->status = s;
  snprintf(b->why, sizeof b->why, "%s", why);
}

bool build_grow(build *b, void *array, size_t bytes)
{
  void *grown = realloc(*(void **)array, bytes);
  if (!grown) {
    build_fail(b, TSP_ENOMEM, "out of memory");
    return false;
  }
  *(void **)array = grown;
  return true;
}

tsp_status build_new(const tsp_config *cfg, const char *name, build *out)
{
  *out = (build){.cfg = cfg};
  out->free_addr = calloc(2 * (size_t)cfg->mem_slices, sizeof *out->free_addr);
  return out->free_addr ? tsp_image_new(cfg, name, &out->image) : TSP_ENOMEM;
}

uint64_t ins_with(uint64_t word, const char *field, int64_t value)
{
  return tsp_word_set(tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(word)), word, field, value);
}

void build_at(build *b, int queue, int64_t cycle, uint64_t word)
{
  char why[160], text[96], name[16];
  if (cycle < 0 || tsp_word_check(tsp_isa_builtin(), b->cfg, queue, word)) {
    snprintf(why, sizeof why, "%s cannot dispatch %s at cycle %lld", tsp_queue_name(b->cfg, queue, name),
             tsp_word_text(tsp_isa_builtin(), b->cfg, word, text, sizeof text), (long long)cycle);
    build_fail(b, TSP_ERANGE, why);
    return;
  }
  if (b->ops == b->room) {
    size_t room = b->room ? 2 * b->room : 256;
    if (!build_grow(b, &b->op, room * sizeof *b->op))
      return;
    b->room = room;
  }
  b->op[b->ops++] = (build_op){(uint16_t)queue, (uint32_t)cycle, word};
}

uint32_t build_room(build *b, int slice, uint32_t count)
{
  uint32_t at = b->free_addr[slice];
  if (count > (uint32_t)b->cfg->mem_words - at) {
    build_fail(b, TSP_ERANGE, "the data does not fit into a MEM slice");
    return 0;
  }
  b->free_addr[slice] += count;
  return at;
}

int build_tensor(build *b, const char *name, int type, uint32_t rows, uint32_t columns, const void *data)
{
  tsp_image *m = b->image;
  size_t bytes = (size_t)rows * columns * (size_t)tsp_type_size(type);
  uint8_t *copy = NULL;
  if (!build_grow(b, &m->tensor, ((size_t)m->tensor_count + 1) * sizeof *m->tensor) ||
      (data && !build_grow(b, &copy, bytes)))
    return -1;
  tsp_tensor *t = &m->tensor[m->tensor_count];
  *t = (tsp_tensor){.type = (uint8_t)type,
                    .role = data ? TSP_ROLE_CONST : TSP_ROLE_OUTPUT,
                    .rank = 2,
                    .shape = {rows, columns},
                    .data_bytes = data ? bytes : 0,
                    .data = copy};
  snprintf(t->name, sizeof t->name, "%s", name);
  if (data)
    memcpy(copy, data, bytes);
  return m->tensor_count++;
}

void build_piece(build *b, int tensor, tsp_piece piece)
{
  if (tensor < 0)
    return;
  tsp_tensor *t = &b->image->tensor[tensor];
  if (build_grow(b, &t->piece, ((size_t)t->piece_count + 1) * sizeof *t->piece))
    t->piece[t->piece_count++] = piece;
}

int build_late(const build *b, unsigned opcode)
{
  return tsp_isa_d_func(tsp_isa_builtin(), b->cfg, opcode);
}

/* Cycles from a slice's column to another one along a direction; an error if the stream does not go there. */
static int hops(build *b, int slice, int direction, int column, bool towards)
{
  int from = tsp_queue_column(b->cfg, b->cfg->q_mem + slice), n = direction == TSP_EAST ? column - from : from - column;
  n = towards ? n : -n;
  if (n < 0)
    build_fail(b, TSP_ERANGE, "a stream does not flow that way");
  return n;
}

void build_read(build *b, int slice, uint32_t addr, int direction, int stream, int column, int64_t cycle)
{
  uint64_t word = ins_with(ins_with(ins(TSP_OP_READ), "raddr", addr), "rstream", direction * 32 + stream);
  build_at(b, b->cfg->q_mem + slice, cycle - hops(b, slice, direction, column, true) - build_late(b, TSP_OP_READ),
           word);
}

void build_write(build *b, int slice, uint32_t addr, int direction, int stream, int column, int64_t cycle)
{
  uint64_t word = ins_with(ins_with(ins(TSP_OP_WRITE), "waddr", addr), "wstream", direction * 32 + stream);
  build_at(b, b->cfg->q_mem + slice, cycle + hops(b, slice, direction, column, false), word);
}

static int by_place(const void *a, const void *b)
{
  const build_op *x = a, *y = b;
  if (x->queue != y->queue)
    return x->queue < y->queue ? -1 : 1;
  return x->cycle < y->cycle ? -1 : x->cycle > y->cycle;
}

static void put(build *b, int queue, uint64_t word)
{
  tsp_queue_text *t = &b->image->queue[queue];
  bool full = !(t->length & (t->length + 1)) || !t->word; /* at 0, 1, 3, 7, .. */
  if (!full || build_grow(b, &t->word, (2 * (size_t)t->length + 2) * sizeof *t->word))
    t->word[t->length++] = word;
}

/* Cycles that a word takes at the head of its queue from cycle now on. */
static uint32_t head_cycles(const tsp_config *c, uint64_t word, uint32_t now)
{
  const uint32_t period = (uint32_t)c->hac_period;
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(word));
  if (in->opcode == TSP_OP_REPEAT)
    return (uint32_t)(tsp_word_get(in, word, "n") * tsp_word_get(in, word, "d"));
  if (in->opcode == TSP_OP_DESKEW)
    return (now + period - 1) / period * period - now + 1;
  return 1;
}

/* The words of one queue; returns the cycle of its End. */
static uint32_t queue_text(build *b, const build_op *op, size_t count, int queue)
{
  uint32_t now = 0;
  for (size_t i = 0; i < count; i++) {
    if (op[i].cycle < now) {
      char why[96], name[16];
      snprintf(why, sizeof why, "%s is used twice at cycle %u", tsp_queue_name(b->cfg, queue, name), op[i].cycle);
      build_fail(b, TSP_EFORMAT, why);
      return 0;
    }
    for (uint32_t n; now < op[i].cycle; now += n) {
      n = op[i].cycle - now < 65535 ? op[i].cycle - now : 65535;
      put(b, queue, ins_with(ins(TSP_OP_NOP), "n", n));
    }
    put(b, queue, op[i].word);
    now += head_cycles(b->cfg, op[i].word, now);
  }
  put(b, queue, ins(TSP_OP_END));
  if (b->image->queue[queue].length > (uint32_t)b->cfg->iq_depth)
    build_fail(b, TSP_ERANGE, "the program does not fit into an instruction queue");
  return now;
}

tsp_status build_finish(build *b, tsp_image **out, tsp_error *err)
{
  uint32_t last = 0;
  size_t i = 0;
  if (b->ops)
    qsort(b->op, b->ops, sizeof *b->op, by_place);
  for (int q = 0; b->status == TSP_OK && q < b->cfg->queues; q++) {
    size_t from = i;
    while (i < b->ops && b->op[i].queue == q)
      i++;
    uint32_t end = b->ops ? queue_text(b, b->op + from, i - from, q) : 0;
    last = end > last ? end : last;
  }
  b->image->cycles_predicted = last + (uint64_t)tsp_isa_drain(tsp_isa_builtin(), b->cfg);
  b->image->table_hash = tsp_table_hash(tsp_isa_builtin(), b->cfg);
  tsp_status s = b->status;
  *out = s == TSP_OK ? b->image : NULL;
  if (s != TSP_OK)
    tsp_image_free(b->image);
  free(b->op);
  free(b->free_addr);
  return s == TSP_OK ? s : tsp_fail(err, s, "%s: %s", b->cfg->name, b->why);
}

static tsp_status read_word(void *e, int slice, uint32_t addr, uint8_t *vector)
{
  return tsp_engine_mem_read(e, slice, addr, vector);
}

void *build_fetch(const tsp_image *image, tsp_engine *e, const char *name)
{
  const tsp_tensor *t = tsp_image_tensor(image, name);
  void *data = t ? calloc(tsp_tensor_elements(t), (size_t)tsp_type_size(t->type)) : NULL;
  if (data && tsp_tensor_gather(tsp_engine_config(e), t, data, read_word, e) != TSP_OK) {
    free(data);
    return NULL;
  }
  return data;
}
