/* SPDX-License-Identifier: Apache-2.0 */
/* lockstep_program.h - a small program for any configuration that makes every kind of compared value: weights are
 * loaded from lw_streams MEM slices and installed in plane 0, a vector is sent through, its product accumulated; then a
 * word goes from MEM W0 through VXM ALU 0 to MEM E0. Every instruction's cycle is written down here by hand. */
#ifndef LOCKSTEP_PROGRAM_H
#define LOCKSTEP_PROGRAM_H
#include "tsp_engine.h"
#include <stdlib.h>

enum { WORD = 16, RESULT = 5 }; /* MEM addresses of x and y */

typedef struct {
  tsp_config cfg;
  tsp_image *image;
  uint64_t at[64];                                        /* next free cycle of queues used; by queue */
  int load, install, send, accumulate, read, move, store; /* dispatch cycles */
} program;

static inline uint64_t word_of(unsigned op)
{
  return (uint64_t)op << 56;
}

static inline uint64_t with(uint64_t word, const char *field, int64_t value)
{
  return tsp_word_set(tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(word)), word, field, value);
}

static inline void append(tsp_image *image, int queue, uint64_t word)
{
  tsp_queue_text *t = &image->queue[queue];
  uint64_t *grown = realloc(t->word, (t->length + 1) * sizeof *grown);
  if (!grown)
    abort();
  t->word = grown;
  t->word[t->length++] = word;
}

/* The cycle after the last word of a queue. */
static inline uint64_t queue_time(const tsp_image *image, int queue)
{
  uint64_t t = 0;
  const tsp_queue_text *q = &image->queue[queue];
  for (uint32_t i = 0; i < q->length; i++) {
    unsigned op = tsp_word_opcode(q->word[i]);
    const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), op);
    uint64_t n = (uint64_t)tsp_word_get(in, q->word[i], "n"), d = (uint64_t)tsp_word_get(in, q->word[i], "d");
    t += op == TSP_OP_NOP ? n : op == TSP_OP_REPEAT ? n * d : 1;
  }
  return t;
}

static inline void add_debug(tsp_image *image, tsp_debug line)
{
  tsp_debug *grown = realloc(image->debug, (size_t)(image->debug_count + 1) * sizeof *grown);
  int i = image->debug_count++;
  if (!grown)
    abort();
  image->debug = grown;
  while (i > 0 &&
         (grown[i - 1].queue > line.queue || (grown[i - 1].queue == line.queue && grown[i - 1].word > line.word))) {
    grown[i] = grown[i - 1];
    i--;
  }
  grown[i] = line;
}

/* The word so that its queue dispatches it at `cycle`; its vector begins at element `first` of tensor `tensor`. */
static inline void emit(tsp_image *image, int queue, int cycle, uint64_t word, int tensor, int64_t first)
{
  uint64_t now = queue_time(image, queue);
  if (now > (uint64_t)cycle)
    abort(); /* the program above is wrong */
  if (now < (uint64_t)cycle)
    append(image, queue, with(word_of(TSP_OP_NOP), "n", cycle - (int64_t)now));
  add_debug(image, (tsp_debug){.queue = (uint16_t)queue,
                               .word = image->queue[queue].length,
                               .cycle = (uint64_t)cycle,
                               .tensor = tensor,
                               .first = first,
                               .line = (uint32_t)cycle + 1});
  append(image, queue, word);
}

static inline void emit_repeat(tsp_image *image, int queue, int n, int d)
{
  uint64_t now = queue_time(image, queue);
  uint64_t word = with(with(word_of(TSP_OP_REPEAT), "n", n), "d", d);
  add_debug(image, (tsp_debug){.queue = (uint16_t)queue,
                               .word = image->queue[queue].length,
                               .cycle = now - 1 + (uint64_t)d,
                               .tensor = -1});
  append(image, queue, word);
}

static inline void tensor_rows(tsp_tensor *t, const char *name, int role, const tsp_config *c, int rows, int slice,
                               uint32_t addr)
{
  *t = (tsp_tensor){.type = TSP_I8, .role = (uint8_t)role, .rank = 2, .shape = {(uint32_t)rows, (uint32_t)c->vector}};
  snprintf(t->name, sizeof t->name, "%s", name);
  t->piece_count = rows;
  t->piece = calloc((size_t)rows, sizeof *t->piece);
  for (int i = 0; t->piece && i < rows; i++)
    t->piece[i] = (tsp_piece){.slice = (uint16_t)(slice + i),
                              .addr = addr,
                              .count = 1,
                              .addr_step = 1,
                              .lanes = (uint32_t)c->vector,
                              .first = (int64_t)i * c->vector,
                              .vec_step = c->vector,
                              .lane_step = 1};
}

static inline void make_tensors(program *p, uint64_t seed)
{
  tsp_image *image = p->image;
  const tsp_config *c = &p->cfg;
  image->tensor_count = 2;
  image->tensor = calloc(2, sizeof *image->tensor);
  tensor_rows(&image->tensor[0], "x", TSP_ROLE_CONST, c, c->lw_streams, 0, WORD);
  tensor_rows(&image->tensor[1], "y", TSP_ROLE_OUTPUT, c, 1, c->mem_slices, RESULT);
  tsp_tensor *x = &image->tensor[0];
  x->data_bytes = (uint64_t)(c->lw_streams * c->vector);
  x->data = malloc(x->data_bytes);
  for (uint64_t i = 0; x->data && i < x->data_bytes; i++) {
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    x->data[i] = (uint8_t)(seed >> 56);
  }
}

static inline uint64_t read_word(int direction, int stream)
{
  return with(with(word_of(TSP_OP_READ), "raddr", WORD), "rstream", direction * 32 + stream);
}

static inline void make_matrix(program *p)
{
  const tsp_config *c = &p->cfg;
  tsp_image *image = p->image;
  int weights = c->q_mxm, parts = c->parts;
  p->load = c->columns + 2; /* column 0 holds the streams of all Reads: dispatch + 2 + column */
  for (int slice = 0; slice < c->lw_streams; slice++)
    emit(image, slice, c->columns - tsp_queue_column(c, slice), read_word(TSP_WEST, slice), 0,
         (int64_t)slice * c->vector);
  (void)parts;
  emit(image, weights, p->load, with(word_of(TSP_OP_LW), "group", TSP_WEST * 32), 0, 0);
  p->install = p->load + 1;
  emit(image, weights, p->install, word_of(TSP_OP_IW), -1, 0);
  p->send = p->install + 3; /* a flipped weight has time between */
  emit(image, 0, p->send - 2 - tsp_queue_column(c, 0), read_word(TSP_WEST, 0), 0, 0);
  emit(image, weights + 1, p->send, with(word_of(TSP_OP_ABC), "stream", TSP_WEST * 32), 0, 0);
  p->accumulate = p->send + c->superlanes;
  emit(image, weights + 2, p->accumulate, with(word_of(TSP_OP_ACC_SET), "acc", 3), -1, 0);
}

static inline void make_move(program *p)
{
  const tsp_config *c = &p->cfg;
  tsp_image *image = p->image;
  uint64_t mov = with(with(word_of(TSP_OP_MOV_I8), "a", TSP_EAST * 32), "dst", 0x80 | (TSP_EAST * 32 + 1));
  uint64_t store = with(with(word_of(TSP_OP_WRITE), "wstream", TSP_EAST * 32 + 1), "waddr", RESULT);
  p->read = p->accumulate + 5;
  p->move = p->read + 3;
  p->store = p->move + 2;
  emit(image, 0, p->read, read_word(TSP_EAST, 0), 0, 0);
  emit_repeat(image, 0, 2, 3);
  emit(image, c->q_vxm, p->move, mov, 0, 0);
  emit(image, c->q_mem + c->mem_slices, p->store, store, 1, 0);
}

/* A named configuration, or the odd one that nobody planned for. */
static inline tsp_config program_config(const char *name)
{
  tsp_config odd = {.name = "odd",
                    .superlanes = 3,
                    .lanes = 16,
                    .streams = 32,
                    .mem_slices = 5,
                    .mem_per_hop = 1,
                    .mem_words = 512,
                    .planes = 4,
                    .lw_streams = 8,
                    .alus = 16,
                    .fp = 1,
                    .iq_depth = 4096,
                    .acc_depth = 64,
                    .barrier = 9,
                    .maps = 3,
                    .links = 1,
                    .link_depth = 2,
                    .link_delay = 5,
                    .hac_period = 17};
  const tsp_config *c = tsp_config_find(name);
  if (c)
    return *c;
  if (tsp_config_complete(&odd, NULL) != TSP_OK)
    abort();
  return odd;
}

static inline void program_make(program *p, const char *config, uint64_t seed)
{
  *p = (program){.cfg = program_config(config)};
  if (tsp_image_new(&p->cfg, "spine", &p->image) != TSP_OK)
    abort();
  make_tensors(p, seed);
  make_matrix(p);
  make_move(p);
  uint64_t last = 0;
  for (int q = 0; q < p->cfg.queues; q++) {
    uint64_t end = queue_time(p->image, q);
    last = end > last ? end : last;
    append(p->image, q, word_of(TSP_OP_END));
  }
  p->image->cycles_predicted = last + (uint64_t)tsp_isa_drain(tsp_isa_builtin(), &p->cfg);
}

#endif
