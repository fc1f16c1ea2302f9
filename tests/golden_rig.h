/* SPDX-License-Identifier: Apache-2.0 */
/* golden_rig.h - a golden machine and the program that a test writes for it, word by word and cycle by cycle. */
#ifndef TSP_GOLDEN_RIG_H
#define TSP_GOLDEN_RIG_H
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tsp_golden.h"

enum { RIG_QUEUES = 256 };

typedef struct {
  uint64_t cycle, word;
  int queue;
} rig_step_plan;

typedef struct {
  tsp_engine *e;
  const tsp_config *cfg;
  const tsp_isa *isa;
  uint64_t *word[RIG_QUEUES];
  uint32_t length[RIG_QUEUES];
  uint64_t now[RIG_QUEUES]; /* the cycle at which the queue's next word is dispatched */
  bool no_end[RIG_QUEUES];  /* this queue gets no End */
  rig_step_plan *plan;
  size_t planned;
} rig;

/* A configuration that no table names. */
static inline tsp_config odd_config(void)
{
  tsp_config c = {.name = "odd",
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

  assert_int_equal(tsp_config_complete(&c, NULL), TSP_OK);
  return c;
}

static inline void rig_open_isa(rig *r, const tsp_config *cfg, const tsp_isa *isa, int flags)
{
  memset(r, 0, sizeof *r);
  assert_non_null(cfg);
  r->isa = isa ? isa : tsp_isa_builtin();
  assert_int_equal(tsp_golden_open(cfg, isa, flags, &r->e), TSP_OK);
  r->cfg = tsp_engine_config(r->e);
  assert_true(r->cfg->queues <= RIG_QUEUES);
}

static inline void rig_open(rig *r, const tsp_config *cfg)
{
  rig_open_isa(r, cfg, NULL, TSP_VIEWS | TSP_TRACE);
}

static inline void rig_close(rig *r)
{
  for (int q = 0; q < RIG_QUEUES; q++)
    free(r->word[q]);
  free(r->plan);
  tsp_engine_close(r->e);
}

/* word(TSP_OP_READ, "raddr", 5, "rstream", 4): every field by name, int values. */
#define word(...) word_of(__VA_ARGS__, (const char *)NULL)
static inline uint64_t word_of(unsigned opcode, ...)
{
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), opcode);
  uint64_t w = (uint64_t)opcode << 56;
  const char *name;
  va_list ap;

  va_start(ap, opcode);
  while ((name = va_arg(ap, const char *)))
    w = tsp_word_set(in, w, name, va_arg(ap, int));
  va_end(ap);
  return w;
}

static inline uint64_t nop(int n)
{
  return word(TSP_OP_NOP, "n", n);
}
static inline uint64_t repeat(int n, int d, int a, int b)
{
  return word(TSP_OP_REPEAT, "n", n, "d", d, "a", a, "b", b);
}
static inline uint64_t end(void)
{
  return word(TSP_OP_END);
}
static inline uint64_t read_to(int addr, int stream)
{
  return word(TSP_OP_READ, "raddr", addr, "rstream", stream);
}
static inline uint64_t write_from(int stream, int addr)
{
  return word(TSP_OP_WRITE, "waddr", addr, "wstream", stream);
}
static inline int west(int stream)
{
  return 32 + stream;
}

/* Appends a word as it is; it occupies `cycles`. */
static inline void rig_put(rig *r, int q, uint64_t w, uint64_t cycles)
{
  if (r->length[q] % 64 == 0) {
    uint64_t *more = realloc(r->word[q], (r->length[q] + 64) * sizeof *more);

    assert_non_null(more);
    r->word[q] = more;
  }
  r->word[q][r->length[q]++] = w; /* NOLINT(clang-analyzer-unix.Malloc): rig_close() frees it */
  r->now[q] += cycles;
}

static inline void rig_wait(rig *r, int q, uint64_t cycle)
{
  assert_true(cycle >= r->now[q]);
  while (r->now[q] < cycle) {
    uint64_t n = cycle - r->now[q] > 60000 ? 60000 : cycle - r->now[q];

    rig_put(r, q, nop((int)n), n);
  }
}

/* The word is dispatched at the cycle. */
static inline void rig_at(rig *r, int q, uint64_t cycle, uint64_t w)
{
  rig_wait(r, q, cycle);
  rig_put(r, q, w, 1);
}

/* n more of the last word, d cycles apart. */
static inline void rig_repeat(rig *r, int q, int n, int d, int a, int b)
{
  rig_put(r, q, repeat(n, d, a, b), (uint64_t)n * (uint64_t)d);
}

/* As rig_at, in any order; takes effect in rig_start(). */
static inline void rig_plan(rig *r, int q, uint64_t cycle, uint64_t w)
{
  if (r->planned % 256 == 0) {
    rig_step_plan *more = realloc(r->plan, (r->planned + 256) * sizeof *more);

    assert_non_null(more);
    r->plan = more;
  }
  r->plan[r->planned++] = (rig_step_plan){cycle, w, q};
}

static inline int rig_plan_order(const void *a, const void *b)
{
  const rig_step_plan *x = a, *y = b;

  return x->cycle < y->cycle ? -1 : x->cycle > y->cycle;
}

/* The vector of a MEM word is on a stream of a column during a cycle. */
static inline void rig_deliver(rig *r, int slice, int addr, int stream, int column, uint64_t cycle)
{
  int way = abs(tsp_queue_column(r->cfg, slice) - column);

  rig_plan(r, slice, cycle - 2 - (uint64_t)way, read_to(addr, stream));
}

/* Writes all queues, each with an End behind its words, and starts. */
static inline void rig_start(rig *r)
{
  if (r->planned)
    qsort(r->plan, r->planned, sizeof *r->plan, rig_plan_order);
  for (size_t k = 0; k < r->planned; k++)
    rig_at(r, r->plan[k].queue, r->plan[k].cycle, r->plan[k].word);
  for (int q = 0; q < r->cfg->queues; q++) {
    if (!r->no_end[q])
      rig_put(r, q, end(), 1);
    assert_int_equal(r->e->ops->queue_write(r->e, q, r->word[q], r->length[q]), TSP_OK);
  }
  assert_int_equal(tsp_engine_start(r->e), TSP_OK);
}

static inline tsp_status rig_step(rig *r)
{
  return tsp_engine_step(r->e, 1, NULL);
}

/* Steps until the machine stands in the cycle. */
static inline void rig_goto(rig *r, uint64_t cycle)
{
  do
    assert_int_equal(rig_step(r), TSP_OK);
  while (tsp_engine_csr(r->e).cycles < cycle);
}

/* Runs to the end and expects no fault. */
static inline tsp_csr rig_run(rig *r)
{
  tsp_status s = tsp_engine_step(r->e, 10000000, NULL);
  tsp_csr c = tsp_engine_csr(r->e);

  if (s)
    print_message("fault %d of queue %d in cycle %llu\n", c.fault_code, c.fault_queue,
                  (unsigned long long)c.fault_cycle);
  assert_int_equal(s, TSP_OK);
  assert_true(c.done);
  return c;
}

/* xorshift64*: tests print their seed and take it from TSP_SEED. */
static inline uint64_t random64(uint64_t *s)
{
  *s ^= *s >> 12;
  *s ^= *s << 25;
  *s ^= *s >> 27;
  return *s * UINT64_C(0x2545f4914f6cdd1d);
}

static inline int random_below(uint64_t *s, int n)
{
  return (int)((random64(s) >> 33) % (uint64_t)n);
}

static inline uint64_t test_seed(const char *what)
{
  const char *text = getenv("TSP_SEED");
  uint64_t seed = text ? strtoull(text, NULL, 0) : 1;

  print_message("%s: TSP_SEED=%llu\n", what, (unsigned long long)seed);
  return seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

/* Fills a MEM word with random bytes and keeps them in copy (uint8 [vector]). */
static inline void rig_fill(rig *r, int slice, uint32_t addr, uint64_t *s, uint8_t *copy)
{
  for (int l = 0; l < r->cfg->vector; l++)
    copy[l] = (uint8_t)random64(s);
  assert_int_equal(tsp_engine_mem_write(r->e, slice, addr, copy), TSP_OK);
}

#endif
