/* SPDX-License-Identifier: Apache-2.0 */
/* queue.c - instruction queues. A queue is looked at only in the cycle of its next step (wake). */
#include <string.h>

#include "machine.h"

/* The text is a ring of iq_depth words, a power of two. */
static size_t text_at(const machine *m, int q, uint32_t at)
{
  return (size_t)q * (size_t)m->base.cfg.iq_depth + (at & (uint32_t)(m->base.cfg.iq_depth - 1));
}

void queue_put(machine *m, int q, uint32_t at, uint64_t word)
{
  m->text[text_at(m, q, at)] = word;
  m->text_check[text_at(m, q, at)] = (uint8_t)tsp_word_check(&m->isa, &m->base.cfg, q, word);
}

uint64_t queue_get(const machine *m, int q, uint32_t at)
{
  return m->text[text_at(m, q, at)];
}

tsp_status queue_load(machine *m, int q, const uint64_t *word, uint32_t length)
{
  if (q < 0 || q >= m->base.cfg.queues || length > (uint32_t)m->base.cfg.iq_depth)
    return TSP_ERANGE;
  for (uint32_t k = 0; k < length; k++)
    queue_put(m, q, k, word[k]);
  m->queue[q].length = length;
  return TSP_OK;
}

void queues_rewind(machine *m)
{
  for (int q = 0; q < m->base.cfg.queues; q++) {
    uint32_t length = m->queue[q].length;

    m->queue[q] = (machine_queue){.state = TSP_QUEUE_RUN, .length = length, .tail = length};
    m->wake[q] = m->s->start;
  }
  memset(m->notified, 0, ((size_t)m->base.cfg.barrier + 1) * sizeof *m->notified);
  m->s->ended = 0;
}

static uint64_t *notification(const machine *m, uint64_t clk)
{
  return &m->notified[clk % ((uint64_t)m->base.cfg.barrier + 1)];
}

/* The check of a re-issued word, of which only strided fields differ from a word that had check `before`. */
static tsp_fault_code recheck(const machine *m, int q, const machine_op *op, uint64_t word, tsp_fault_code before)
{
  const tsp_config *c = &m->base.cfg;

  if (!op->row || before == TSP_FAULT_ENCODING)
    return TSP_FAULT_ENCODING;
  if (!op->limits_only)
    return tsp_word_check(&m->isa, c, q, word);
  if (op->field[F_raddr].width && field(op, F_raddr, word) >= c->mem_words)
    return TSP_FAULT_ADDRESS;
  if (op->field[F_waddr].width && field(op, F_waddr, word) >= c->mem_words)
    return TSP_FAULT_ADDRESS;
  if (op->field[F_acc].width && field(op, F_acc, word) >= c->acc_depth)
    return TSP_FAULT_ADDRESS;
  if (op->field[F_slot].width && field(op, F_slot, word) >= c->superlanes * c->parts)
    return TSP_FAULT_ADDRESS;
  if (op->row->opcode == TSP_OP_READWRITE) {
    int half = c->mem_words / 2;

    if ((field(op, F_raddr, word) >= half) == (field(op, F_waddr, word) >= half))
      return TSP_FAULT_BANK;
  }
  return TSP_FAULT_NONE;
}

static void dispatch(machine *m, int q, uint64_t word, tsp_fault_code check, uint32_t at, uint32_t issue)
{
  const machine_op *op = &m->op[tsp_word_opcode(word)];
  machine_issue i = {.queue = (uint16_t)q, .word = word, .id = trace_dispatch(m, q, word, at, issue)};

  if (check) {
    machine_fault(m, q, check);
  } else if (op->d_skew == 0) {
    machine_execute(m, &i);
  } else {
    size_t slot = (size_t)((m->s->clk + (uint64_t)op->d_skew) % (uint64_t)m->pend_ring);

    m->pend[slot * (size_t)m->pend_max + m->pend_count[slot]++] = i;
  }
  trace_report(m, i.id);
}

static void reissue(machine *m, int q, const machine_op *repeat, uint64_t word)
{
  machine_queue *u = &m->queue[q];
  const machine_op *op = &m->op[tsp_word_opcode(u->prev)];
  int64_t d = field(repeat, F_d, word), n = field(repeat, F_n, word);

  u->left--;
  if (op->row)
    u->prev = tsp_word_stride(op->row, u->prev, field(repeat, F_a, word), field(repeat, F_b, word));
  u->prev_check = (uint8_t)recheck(m, q, op, u->prev, u->prev_check);
  dispatch(m, q, u->prev, u->prev_check, u->pc, (uint32_t)n - u->left);
  if (u->left)
    m->wake[q] = m->s->clk + (uint64_t)d;
  else
    u->pc++;
}

static void repeat(machine *m, int q, const machine_op *op, uint64_t word)
{
  machine_queue *u = &m->queue[q];
  uint32_t d = (uint32_t)field(op, F_d, word);

  if (!u->prev) {
    machine_fault(m, q, TSP_FAULT_ENCODING);
    u->pc++;
    return;
  }
  u->left = (uint32_t)field(op, F_n, word);
  if (d == 1)
    reissue(m, q, op, word);
  else
    m->wake[q] = m->s->clk + d - 1;
}

static void sync(machine *m, int q)
{
  machine_queue *u = &m->queue[q];

  if (*notification(m, m->s->clk) == m->s->clk) {
    u->state = TSP_QUEUE_RUN;
    u->pc++;
    m->wake[q] = m->s->clk + 1;
  } else {
    u->state = TSP_QUEUE_PARKED;
    m->wake[q] = NEVER;
  }
}

static void deskew(machine *m, int q)
{
  uint64_t period = (uint64_t)m->base.cfg.hac_period, hac = (m->s->clk - m->s->start) % period;

  if (hac) {
    m->queue[q].state = TSP_QUEUE_PARKED;
    m->wake[q] = m->s->clk + period - hac;
  } else {
    m->queue[q].state = TSP_QUEUE_RUN;
    m->queue[q].pc++;
  }
}

/* Takes one cycle, whatever became of it. */
static void next(machine *m, int q, tsp_fault_code code)
{
  if (code)
    machine_fault(m, q, code);
  m->queue[q].pc++;
}

static void stop(machine *m, int q, int state)
{
  m->queue[q].state = (uint8_t)state;
  m->wake[q] = NEVER;
  m->s->ended += state == TSP_QUEUE_ENDED;
}

/* The instructions of the ICU itself; false if the word is for the unit. */
static bool control(machine *m, int q, const machine_op *op, uint64_t word)
{
  machine_queue *u = &m->queue[q];

  switch (op->row->opcode) {
  case TSP_OP_NOP:
    m->wake[q] = m->s->clk + (uint64_t)field(op, F_n, word);
    u->pc++;
    return true;
  case TSP_OP_REPEAT: repeat(m, q, op, word); return true;
  case TSP_OP_SYNC: sync(m, q); return true;
  case TSP_OP_NOTIFY: {
    uint64_t due = m->s->clk + (uint64_t)m->base.cfg.barrier;

    *notification(m, due) = due;
    u->pc++;
    return true;
  }
  case TSP_OP_END: stop(m, q, TSP_QUEUE_ENDED); return true;
  case TSP_OP_IFETCH: next(m, q, fetch_dispatch(m, q, op, word)); return true;
  case TSP_OP_CONFIG: next(m, q, power_dispatch(m, op, word)); return true;
  case TSP_OP_DESKEW: deskew(m, q); return true;
  default: return false;
  }
}

/* Deskew, an instruction of some queues only, is executed by the queue all the same. */
static bool icu(const machine_op *op)
{
  return op->row && (op->row->unit == TSP_UNIT_ICU || op->row->opcode == TSP_OP_DESKEW);
}

static void step(machine *m, int q)
{
  machine_queue *u = &m->queue[q];
  uint64_t word = m->text[text_at(m, q, u->pc)];
  const machine_op *op = &m->op[tsp_word_opcode(word)];
  tsp_fault_code check = (tsp_fault_code)m->text_check[text_at(m, q, u->pc)];

  m->wake[q] = m->s->clk + 1;
  if (u->left) {
    reissue(m, q, op, word);
    return;
  }
  if (u->pc >= u->tail) {
    stop(m, q, TSP_QUEUE_EMPTY);
    machine_fault(m, q, TSP_FAULT_EMPTY);
    return;
  }
  if (check && icu(op)) {
    next(m, q, check);
    return;
  }
  if (op->row && control(m, q, op, word))
    return;
  u->prev = word;
  u->prev_check = (uint8_t)check;
  dispatch(m, q, word, check, u->pc++, 0);
}

static void run_pending(machine *m)
{
  size_t slot = (size_t)(m->s->clk % (uint64_t)m->pend_ring);

  for (uint32_t k = 0; k < m->pend_count[slot]; k++)
    machine_execute(m, &m->pend[slot * (size_t)m->pend_max + k]);
  m->pend_count[slot] = 0;
}

static bool any_wakes(const uint64_t *wake, uint64_t clk)
{
  bool any = false;

  for (int k = 0; k < WAKE_BLOCK; k++)
    any |= wake[k] == clk;
  return any;
}

void queues_step(machine *m)
{
  uint64_t clk = m->s->clk;
  bool due = *notification(m, clk) == clk;
  int queues = m->base.cfg.queues;

  run_pending(m);
  for (int block = 0; block < queues; block += WAKE_BLOCK)
    if (due || any_wakes(&m->wake[block], clk))
      for (int q = block; q < block + WAKE_BLOCK && q < queues; q++)
        if (m->wake[q] == clk || (due && m->queue[q].state == TSP_QUEUE_PARKED))
          step(m, q);
}

tsp_queue_view queue_view(const machine *m, int q)
{
  const machine_queue *u = &m->queue[q];
  tsp_queue_view v = {.pc = u->pc, .tail = u->tail, .left = u->left, .prev = u->prev, .state = u->state};

  if (u->state == TSP_QUEUE_RUN && m->wake[q] != NEVER && m->s->phase != PHASE_RESET && m->wake[q] > m->s->clk + 1)
    v.idle = (uint32_t)(m->wake[q] - m->s->clk - 1);
  return v;
}
