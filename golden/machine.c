/* SPDX-License-Identifier: Apache-2.0 */
/* machine.c - the golden machine as an engine: open, reset, start, cycle, CSRs. */
#include "machine.h"

#include <stdlib.h>
#include <string.h>

/* The earliest fault is kept, of those of one cycle that of the lowest queue, then the lowest code. */
void machine_fault_at(machine *m, uint64_t clk, int queue, tsp_fault_code code)
{
  machine_state *s = m->s;

  if (s->phase != PHASE_RUNNING)
    return;
  if (s->fault_code) {
    if (s->fault_clk != clk ? s->fault_clk < clk : s->fault_queue < queue)
      return;
    if (s->fault_clk == clk && s->fault_queue == queue && s->fault_code <= (uint8_t)code)
      return;
  }
  s->fault_clk = clk;
  s->fault_queue = (uint16_t)queue;
  s->fault_code = (uint8_t)code;
}

void machine_fault_in(machine *m, superlane_set set, int queue, tsp_fault_code code)
{
  if (set)
    machine_fault_at(m, m->s->clk + (uint64_t)first_superlane(set), queue, code);
}

void machine_fault(machine *m, int queue, tsp_fault_code code)
{
  machine_fault_at(m, m->s->clk, queue, code);
}

superlane_set machine_missing(machine *m, const machine_issue *i, superlane_set on, superlane_set valid)
{
  machine_fault_in(m, on & ~valid, i->queue, TSP_FAULT_OPERAND);
  return m->suspects ? ecc_operands(m, i, on & valid) : on & valid;
}

void copy_superlanes(const machine *m, void *to, const void *from, size_t bytes, superlane_set set)
{
  if (set == m->all) {
    memcpy(to, from, bytes * (size_t)m->base.cfg.superlanes);
    return;
  }
  for (; set; set &= set - 1) {
    size_t at = (size_t)first_superlane(set) * bytes;

    memcpy((uint8_t *)to + at, (const uint8_t *)from + at, bytes);
  }
}

void machine_execute(machine *m, const machine_issue *i)
{
  const machine_op *op = &m->op[tsp_word_opcode(i->word)];

  switch (op->row->unit) {
  case TSP_UNIT_MEM: mem_execute(m, i, op); break;
  case TSP_UNIT_VXM:
  case TSP_UNIT_VXF:
  case TSP_UNIT_VXS: vxm_execute(m, i, op); break;
  case TSP_UNIT_MXA:
  case TSP_UNIT_MAF: mxm_activate(m, i, op); break;
  case TSP_UNIT_MXC:
  case TSP_UNIT_MCF: mxm_accumulate(m, i, op); break;
  case TSP_UNIT_MXW:
    if (op->row->opcode == TSP_OP_IW)
      mxm_install(m, i, op);
    else
      mxm_load(m, i, op);
    break;
  case TSP_UNIT_SXS:
  case TSP_UNIT_SXP:
  case TSP_UNIT_SXD:
  case TSP_UNIT_SXT: sxm_execute(m, i, op); break;
  case TSP_UNIT_C2C: c2c_execute(m, i, op); break;
  default: break;
  }
}

/* Everything of one cycle but the queues, for which see there. */
static void advance(machine *m)
{
  m->s->clk++;
  power_land(m);
  streams_advance(m);
  mem_land(m);
  mxm_land(m);
  sxm_land(m);
  fetch_land(m);
}

/* A fault that would show only after `done` is none. */
static void finish(machine *m)
{
  machine_state *s = m->s;

  if (s->fault_code && s->clk == s->fault_clk + 2) {
    s->phase = PHASE_FAULTED;
  } else if (s->done_clk == s->clk) {
    s->phase = PHASE_DONE;
    s->fault_code = 0;
  }
}

static void cycle(machine *m)
{
  machine_state *s = m->s;

  advance(m);
  c2c_land(m);
  ecc_step(m);
  queues_step(m);
  mxm_lost(m);
  streams_clash(m);
  if (m->flags & TSP_VIEWS)
    views_step(m);
  if (!s->done_clk && s->ended == m->base.cfg.queues)
    s->done_clk = s->clk + (uint64_t)m->drain;
  finish(m);
}

/* After a fault the instructions under way complete; then, as when a program is done, everything stands still. */
static void run_out(machine *m)
{
  for (int k = 0; k < m->drain; k++) {
    advance(m);
    streams_clash(m);
    if (m->flags & TSP_VIEWS)
      views_step(m);
  }
}

static tsp_status start(tsp_engine *e)
{
  machine *m = machine_of(e);

  if (m->s->phase == PHASE_RUNNING)
    return TSP_ESTATE;
  if (m->s->phase == PHASE_FAULTED)
    run_out(m);
  m->s->start = m->s->clk + 1;
  m->s->done_clk = 0;
  m->s->fault_code = 0;
  m->s->fault_queue = 0;
  m->s->fault_clk = 0;
  m->s->phase = PHASE_RUNNING;
  memset(m->pend_count, 0, (size_t)m->pend_ring * sizeof *m->pend_count);
  queues_rewind(m);
  c2c_clear(m);
  ecc_clear(m);
  return TSP_OK;
}

static tsp_status step(tsp_engine *e, uint64_t n, uint64_t *ran)
{
  machine *m = machine_of(e);
  uint64_t k = 0;

  for (; k < n && m->s->phase == PHASE_RUNNING; k++)
    cycle(m);
  if (ran)
    *ran = k;
  if (m->s->phase == PHASE_RESET)
    return TSP_ESTATE;
  return m->s->phase == PHASE_FAULTED ? TSP_EFAULT : TSP_OK;
}

/* To the reset state, but for MEM, text and lengths. */
static tsp_status reset(tsp_engine *e)
{
  machine *m = machine_of(e);
  size_t queues = (size_t)m->base.cfg.queues, words = queues * (size_t)m->base.cfg.iq_depth;
  size_t touched = ((size_t)m->slices * (size_t)m->base.cfg.mem_words + 63) / 64;
  uint8_t *rest = (uint8_t *)(m->text_check + words);
  uint8_t *after = (uint8_t *)((m->mem_faulty ? m->mem_faulty : m->touched) + touched); /* mem_faulty follows */

  memset(m->s, 0, sizeof *m->s);
  memset(m->wake, 0, queues * sizeof *m->wake);
  memset(rest, 0, (size_t)((uint8_t *)m->touched - rest));
  memset(after, 0, (size_t)(m->arena + m->arena_size - after));
  m->s->clk = CLK_RESET;
  m->s->powered = m->all;
  for (int k = 0; k < m->ring; k++)
    m->powered[k] = m->all;
  queues_rewind(m);
  m->event_count = 0;
  return TSP_OK;
}

static tsp_csr csr(const tsp_engine *e)
{
  const machine *m = machine_of_const(e);
  const machine_state *s = m->s;
  tsp_csr c = {.table_hash = m->hash, .running = s->phase == PHASE_RUNNING, .done = s->phase == PHASE_DONE};

  if (s->phase != PHASE_RESET && s->clk >= s->start)
    c.cycles = s->clk - s->start;
  c.active = (uint16_t)__builtin_popcountll(s->powered);
  c.hac = (uint32_t)(c.cycles % (uint64_t)m->base.cfg.hac_period);
  if (s->ecc_count) {
    c.ecc_count = s->ecc_count;
    c.ecc_queue = s->ecc_queue;
    c.ecc_superlane = s->ecc_superlane;
    c.ecc_cycle = s->ecc_clk - s->start;
  }
  if (s->phase == PHASE_FAULTED) {
    c.fault_code = s->fault_code;
    c.fault_queue = s->fault_queue;
    c.fault_cycle = s->fault_clk - s->start;
  }
  return c;
}

static uint64_t table_hash(const tsp_engine *e)
{
  return machine_of_const(e)->hash;
}

static tsp_status queue_write(tsp_engine *e, int queue, const uint64_t *word, uint32_t length)
{
  machine *m = machine_of(e);

  return m->s->phase == PHASE_RUNNING ? TSP_ESTATE : queue_load(m, queue, word, length);
}

static tsp_status text(tsp_engine *e, int queue, uint32_t at, uint64_t *word, bool write)
{
  machine *m = machine_of(e);

  if (write)
    queue_put(m, queue, at, *word);
  else
    *word = queue_get(m, queue, at);
  return TSP_OK;
}

static tsp_status length(tsp_engine *e, int queue, uint32_t *value, bool write)
{
  uint32_t *own = &machine_of(e)->queue[queue].length;

  *(write ? own : value) = *(write ? value : own);
  return TSP_OK;
}

/* The word's place in mem, in words. */
static tsp_status locate(const machine *m, int slice, uint32_t addr, size_t *at)
{
  if (m->s->phase == PHASE_RUNNING)
    return TSP_ESTATE;
  if (slice < 0 || slice >= m->slices || addr >= (uint32_t)m->base.cfg.mem_words)
    return TSP_ERANGE;
  *at = (size_t)slice * (size_t)m->base.cfg.mem_words + addr;
  return TSP_OK;
}

static tsp_status mem_read(tsp_engine *e, int slice, uint32_t addr, uint8_t *vector)
{
  machine *m = machine_of(e);
  size_t at, bytes = (size_t)m->base.cfg.vector;
  tsp_status s = locate(m, slice, addr, &at);
  const uint16_t *syndrome;

  if (s)
    return s;
  memcpy(m->host_word, m->mem + at * bytes, bytes);
  if ((syndrome = ecc_word(m, at)))
    for (int n = 0; n < m->base.cfg.superlanes; n++)
      if (!ecc_repair(m, m->host_word + n * m->base.cfg.lanes, syndrome[n]))
        return TSP_EFAULT;
  memcpy(vector, m->host_word, bytes);
  return TSP_OK;
}

static tsp_status mem_write(tsp_engine *e, int slice, uint32_t addr, const uint8_t *vector)
{
  machine *m = machine_of(e);
  size_t at, bytes = (size_t)m->base.cfg.vector;
  tsp_status s = locate(m, slice, addr, &at);

  if (s)
    return s;
  memcpy(m->mem + at * bytes, vector, bytes);
  ecc_word_changes(m, at, NULL, m->all);
  m->touched[at / 64] |= UINT64_C(1) << (at % 64);
  if (m->trace)
    m->mem_id[at] = 0;
  return TSP_OK;
}

static tsp_queue_view queue(const tsp_engine *e, int q)
{
  return queue_view(machine_of_const(e), q);
}

static tsp_tile_view tile(const tsp_engine *e, int direction, int column, int superlane)
{
  const machine *m = machine_of_const(e);

  return m->flags & TSP_VIEWS ? views_tile(m, direction, column, superlane) : (tsp_tile_view){0};
}

static tsp_alu_view alu(const tsp_engine *e, int number, int superlane)
{
  const machine *m = machine_of_const(e);

  return m->flags & TSP_VIEWS ? views_alu(m, number, superlane) : (tsp_alu_view){0};
}

static const tsp_event *events(const tsp_engine *e, size_t *count)
{
  *count = machine_of_const(e)->event_count;
  return machine_of_const(e)->event;
}

static void close_machine(tsp_engine *e)
{
  machine *m = machine_of(e);

  free(m->mem);
  free(m->host_word);
  free(m->code);
  free(m->remedy);
  free(m->repaired);
  free(m->mem_syndrome);
  free(m->column);
  free(m->event);
  free(m->arena);
  free(m);
}

static const tsp_engine_ops golden_ops = {.name = "golden",
                                          .close = close_machine,
                                          .reset = reset,
                                          .table_hash = table_hash,
                                          .queue_write = queue_write,
                                          .text = text,
                                          .length = length,
                                          .start = start,
                                          .step = step,
                                          .mem_read = mem_read,
                                          .mem_write = mem_write,
                                          .csr = csr,
                                          .queue = queue,
                                          .tile = tile,
                                          .alu = alu,
                                          .events = events,
                                          .save = machine_save,
                                          .restore = machine_restore};

static int field_number(const char *name)
{
  static const char *const names[] = {
#define X(name) #name,
      MACHINE_FIELDS(X)
#undef X
  };

  for (int k = 0; k < F_COUNT; k++)
    if (strcmp(names[k], name) == 0)
      return k;
  return -1;
}

/* False for a table that this machine cannot execute: unknown fields, or a result not after its operands. */
static bool take_row(machine *m, const tsp_instr *in)
{
  machine_op *op = &m->op[in->opcode];

  op->row = in;
  op->d_func = tsp_isa_d_func(&m->isa, &m->base.cfg, in->opcode);
  op->d_skew = in->d_skew;
  op->limits_only = true;
  for (int k = 0; k < in->field_count; k++) {
    const tsp_field *f = &in->field[k];
    int number = field_number(f->name);

    if (number < 0)
      return false;
    op->field[number] = *f;
    if (f->stride && f->kind != TSP_KIND_ADDR && f->kind != TSP_KIND_ACC && f->kind != TSP_KIND_SLOT)
      op->limits_only = false;
  }
  if (in->unit == TSP_UNIT_ICU) /* an Ifetch takes its second vector one cycle after its first */
    return (in->opcode != TSP_OP_CONFIG || op->d_func > 0) && (in->opcode != TSP_OP_IFETCH || op->d_func > 1) &&
           op->d_func <= MAX_LATENCY;
  return op->d_skew >= 0 && op->d_func > op->d_skew && op->d_func <= MAX_LATENCY;
}

static bool usable(machine *m, const tsp_config *cfg)
{
  tsp_config own = *cfg;

  if (tsp_config_complete(&own, NULL) || own.queues != cfg->queues || own.columns != cfg->columns ||
      own.vector != cfg->vector || own.parts != cfg->parts)
    return false;
  m->base.cfg = own;
  for (int k = 0; k < m->isa.count; k++)
    if (!take_row(m, &m->isa.instr[k]))
      return false;
  /* the word of a ReadWrite lands with d_func of Write */
  return m->op[TSP_OP_READWRITE].d_skew < m->op[TSP_OP_WRITE].d_func;
}

tsp_status tsp_golden_open(const tsp_config *cfg, const tsp_isa *isa, int flags, tsp_engine **out)
{
  machine *m = calloc(1, sizeof *m);
  tsp_status s = TSP_ERANGE;

  *out = NULL;
  if (!m)
    return TSP_ENOMEM;
  m->base.ops = &golden_ops;
  m->isa = isa ? *isa : *tsp_isa_builtin();
  m->flags = flags;
  if (usable(m, cfg)) {
    m->hash = tsp_table_hash(&m->isa, &m->base.cfg);
    m->drain = tsp_isa_drain(&m->isa, &m->base.cfg);
    s = machine_layout(m);
  }
  if (!s)
    s = ecc_open(m);
  if (s) {
    close_machine(&m->base);
    return s;
  }
  reset(&m->base);
  *out = &m->base;
  return TSP_OK;
}
