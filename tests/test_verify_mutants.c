/* SPDX-License-Identifier: Apache-2.0 */
/* test_verify_mutants.c - one instruction of a correct program changed at random: its time, a stream, an address, its
 * opcode, or any bit. Whatever the golden machine calls a fault the verifier finds, too, with the same code, queue and
 * cycle. What it proves is harmless: the result is right, unless the change is in what an ALU computes; that is for the
 * oracle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cases/gemm.h"
#include "tsp_golden.h"
#include "tsp_verify.h"

enum { TIME, STREAM, ADDRESS, OPCODE, BIT, KINDS };
static const char *const kind_name[KINDS] = {"time", "stream", "address", "opcode", "bit"};

typedef struct {
  const tsp_config *cfg;
  tsp_run run;
  tsp_rng rng;
  bool named;     /* a debug line names a tensor for every instruction */
  bool unnamed;   /* but the change is in what an ALU computes, or in the half of a ReadWrite that has no line */
  unsigned rules; /* that the original keeps */
  int queue;      /* that was changed, and its text before */
  uint64_t *before;
  char what[256];
} mutant;

static uint64_t env(const char *name, uint64_t otherwise)
{
  const char *text = getenv(name);
  return text ? strtoull(text, NULL, 0) : otherwise;
}

static int below(mutant *m, int n)
{
  return (int)rng_range(&m->rng, 0, n - 1);
}

static void original(mutant *m, const tsp_config *cfg, uint64_t seed, uint64_t number)
{
  tsp_error err = {""};
  gemm_data g;
  *m = (mutant){.cfg = cfg, .rng = {seed * 1000003 + number}, .named = true, .rules = TSP_VERIFY_ALL | TSP_VERIFY_VAIN};
  int v = cfg->vector;
  assert_int_equal(
      gemm_alloc(&g, 1 + (uint32_t)below(m, 12), 1 + (uint32_t)below(m, 2 * v), 1 + (uint32_t)below(m, 2 * v)), TSP_OK);
  gemm_random(&g, &m->rng);
  g.requant = cfg->fp && below(m, 2);
  g.relu = g.requant && below(m, 2);
  g.scale = 0.01f;
  if (gemm_run(cfg, "mutant", &g, &m->run, &err) != TSP_OK)
    fail_msg("%s", err.text);
}

/* Takes the change back. */
static void restore(mutant *m)
{
  tsp_queue_text *q = &m->run.image->queue[m->queue];
  if (m->before)
    memcpy(q->word, m->before, q->length * sizeof *q->word);
  free(m->before);
  m->before = NULL;
}

static void release(mutant *m)
{
  restore(m);
  tsp_image_free(m->run.image);
  m->run.free(m->run.ctx);
}

static uint64_t nop(uint64_t n)
{
  return (uint64_t)TSP_OP_NOP << 56 | n;
}

/* The word, or all from it on, one or more cycles earlier or later, by the NOPs around it. */
static bool change_time(mutant *m, tsp_queue_text *q, uint32_t at)
{
  const bool alone = below(m, 2), later = below(m, 2);
  const uint64_t by = 1 + (uint64_t)below(m, 3), op = (uint64_t)TSP_OP_NOP << 56;
  uint64_t *before = at > 0 ? &q->word[at - 1] : NULL, *after = &q->word[at + 1];
  bool can_before = before && tsp_word_opcode(*before) == TSP_OP_NOP && (later || *before - op > by);
  bool can_after = at + 1 < q->length && tsp_word_opcode(*after) == TSP_OP_NOP && (!later || *after - op > by);
  if (!can_before || (alone && !can_after))
    return false;
  *before = nop(*before - op + (later ? by : -by));
  if (alone)
    *after = nop(*after - op + (later ? -by : by));
  return true;
}

/* Another value of a field of some kind; false if the instruction has none. */
static bool change_field(mutant *m, uint64_t *word, bool stream)
{
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(*word));
  int pick[TSP_MAX_FIELDS], n = 0;
  for (int i = 0; i < in->field_count; i++) {
    int kind = in->field[i].kind;
    bool address = kind == TSP_KIND_ADDR || kind == TSP_KIND_ACC || kind == TSP_KIND_SLOT || kind == TSP_KIND_MAP ||
                   kind == TSP_KIND_STRIDE || (kind == TSP_KIND_COUNT && in->opcode == TSP_OP_REPEAT);
    tsp_stream_use use;
    if (stream ? tsp_field_streams(m->cfg, in, &in->field[i], *word, &use) : address)
      pick[n++] = i;
  }
  if (!n)
    return false;
  const tsp_field *f = &in->field[pick[below(m, n)]];
  int64_t old = tsp_field_get(f, *word),
          value = stream ? (old & 0x80) | below(m, 64) : old + (below(m, 2) ? 1 : -1) * (1 + below(m, 4));
  uint64_t changed = tsp_word_set(in, *word, f->name, value);
  bool differs = changed != *word;
  *word = changed;
  return differs;
}

static bool change(mutant *m, int kind)
{
  tsp_image *image = m->run.image;
  int queue = below(m, image->queue_count);
  tsp_queue_text *q = &image->queue[queue];
  char name[16], was[128], is[128];
  if (q->length < 2)
    return false;
  restore(m);
  m->queue = queue;
  m->before = malloc(q->length * sizeof *q->word);
  assert_non_null(m->before);
  memcpy(m->before, q->word, q->length * sizeof *q->word);
  uint32_t at = (uint32_t)below(m, (int)q->length - 1);
  uint64_t *word = &q->word[at], old = *word;
  bool done = true;
  switch (kind) {
  case TIME: done = change_time(m, q, at); break;
  case STREAM:
  case ADDRESS: done = change_field(m, word, kind == STREAM); break;
  case OPCODE: {
    const tsp_isa *isa = tsp_isa_builtin();
    *word = (*word & ~(UINT64_C(0xff) << 56)) | (uint64_t)isa->instr[below(m, isa->count)].opcode << 56;
    break;
  }
  default: *word ^= UINT64_C(1) << below(m, 64); break;
  }
  m->unnamed = (kind >= OPCODE && tsp_queue_unit(m->cfg, queue) == TSP_UNIT_VXM) ||
               (kind != TIME && tsp_word_opcode(old) == TSP_OP_READWRITE);
  snprintf(m->what, sizeof m->what, "%s word %u, %s: '%s' becomes '%s'", tsp_queue_name(m->cfg, queue, name), at,
           kind_name[kind], tsp_word_text(tsp_isa_builtin(), m->cfg, old, was, sizeof was),
           tsp_word_text(tsp_isa_builtin(), m->cfg, *word, is, sizeof is));
  return done && (kind == TIME || *word != old);
}

/* A Gather or Scatter to a word that there is not, because of data: only a run can tell. */
static bool data_fault(const mutant *m, const tsp_csr *c)
{
  const tsp_queue_text *q = &m->run.image->queue[c->fault_queue];
  for (uint32_t i = 0; c->fault_code == TSP_FAULT_ADDRESS && i < q->length; i++)
    if (tsp_word_opcode(q->word[i]) == TSP_OP_GATHER || tsp_word_opcode(q->word[i]) == TSP_OP_SCATTER)
      return true;
  return false;
}

/* How the machine ends: fault, wrong result, or as the original. */
static tsp_csr execute(mutant *m, bool *right, bool *by_data)
{
  tsp_engine *e;
  tsp_error err = {""};
  tsp_oracle oracle = {0};
  assert_int_equal(tsp_golden_open(m->cfg, NULL, 0, &e), TSP_OK);
  assert_int_equal(tsp_engine_load(e, m->run.image, &err), TSP_OK);
  assert_int_equal(tsp_engine_start(e), TSP_OK);
  tsp_engine_step(e, m->run.image->cycles_predicted + 100000, NULL);
  tsp_csr csr = tsp_engine_csr(e);
  if (csr.done)
    assert_int_equal(m->run.check(m->run.ctx, m->run.image, e, &oracle), TSP_OK);
  *right = csr.done && oracle.mismatches == 0;
  *by_data = data_fault(m, &csr);
  tsp_engine_close(e);
  return csr;
}

typedef struct {
  int made, proved_wrong, harmless, by_run;
} tally;

static void judge(mutant *m, uint64_t number, tally *t)
{
  tsp_verify_result machine, all;
  tsp_error err;
  bool right, by_data;
  tsp_csr csr = execute(m, &right, &by_data);
  tsp_status s = tsp_verify(m->cfg, NULL, m->run.image, TSP_VERIFY_MACHINE, NULL, &machine, &err);
  tsp_status a = tsp_verify(m->cfg, NULL, m->run.image, m->rules, NULL, &all, &err);
  bool same = csr.fault_code ? s == TSP_EFAULT && machine.fault == csr.fault_code && machine.queue == csr.fault_queue &&
                                   machine.cycle == csr.fault_cycle
                             : machine.fault == TSP_FAULT_NONE;
  if (!by_data && (!same || (csr.fault_code && a != TSP_EFAULT)))
    fail_msg("%s, TSP_SEED=%llu, program %llu, %s: golden ends with fault %d of queue %d at %llu, verifier: %s",
             m->cfg->name, (unsigned long long)env("TSP_SEED", 1), (unsigned long long)number, m->what, csr.fault_code,
             csr.fault_queue, (unsigned long long)csr.fault_cycle, machine.text);
  t->made++;
  t->proved_wrong += a == TSP_EFAULT;
  t->harmless += a == TSP_OK && right;
  t->by_run += a == TSP_OK && !right;
  if (a == TSP_OK && !right && m->named && !m->unnamed)
    fail_msg("%s, TSP_SEED=%llu, program %llu, %s: proved, but the result is wrong", m->cfg->name,
             (unsigned long long)env("TSP_SEED", 1), (unsigned long long)number, m->what);
}

static void change_and_judge(mutant *m, uint64_t number, tally t[KINDS])
{
  int kind = (int)(number % KINDS), tries = 0;
  while (!change(m, kind) && tries < 1000)
    tries++;
  if (tries < 1000)
    judge(m, number, &t[kind]);
}

static void print(const char *what, const tally t[KINDS])
{
  for (int k = 0; k < KINDS; k++)
    print_message("%s, %s: %d mutants, %d refused by the verifier, %d harmless, %d seen by the run only\n", what,
                  kind_name[k], t[k].made, t[k].proved_wrong, t[k].harmless, t[k].by_run);
}

static void products(const char *config, int count)
{
  uint64_t seed = env("TSP_SEED", 1), n = env("TSP_COUNT", (uint64_t)count);
  tally t[KINDS] = {0};
  print_message("TSP_SEED=%llu\n", (unsigned long long)seed);
  for (uint64_t i = 0; i < n; i++) {
    mutant m;
    original(&m, tsp_config_find(config), seed, i);
    change_and_judge(&m, i, t);
    release(&m);
  }
  print(config, t);
}

/* Of the values between its operations no line says which is which: there the oracle has more to see. */
static void kernel(const char *name, int count)
{
  mutant m = {.cfg = tsp_config_find("mini"), .rng = {env("TSP_SEED", 1)}};
  uint64_t n = env("TSP_COUNT", (uint64_t)count);
  tally t[KINDS] = {0};
  tsp_verify_result r;
  tsp_error err = {""};
  int k = 0;
  while (k < tsp_case_count && strcmp(tsp_cases[k]->name, name) != 0)
    k++;
  assert_true(k < tsp_case_count);
  if (tsp_cases[k]->make(m.cfg, 1, 0, &m.run, &err) != TSP_OK)
    fail_msg("%s: %s", name, err.text);
  if (tsp_verify(m.cfg, NULL, m.run.image, TSP_VERIFY_ALL, NULL, &r, &err) != TSP_OK)
    fail_msg("%s: %s", name, err.text);
  m.rules = TSP_VERIFY_ALL | (r.in_vain ? 0 : TSP_VERIFY_VAIN);
  for (uint64_t i = 0; i < n; i++)
    change_and_judge(&m, i, t);
  release(&m);
  print(name, t);
}

static void a_changed_instruction_is_caught_on_nano(void **state)
{
  (void)state;
  products("nano", 150);
}

static void a_changed_instruction_is_caught_on_mini(void **state)
{
  (void)state;
  products("mini", 150);
}

static void a_changed_instruction_of_a_compiled_kernel_is_caught(void **state)
{
  (void)state;
  kernel("embedding", 50);
  kernel("rmsnorm", 20);
  kernel("mlp_swiglu", 20);
  kernel("attention_decode", 10);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_changed_instruction_is_caught_on_nano),
      cmocka_unit_test(a_changed_instruction_is_caught_on_mini),
      cmocka_unit_test(a_changed_instruction_of_a_compiled_kernel_is_caught),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
