/* SPDX-License-Identifier: Apache-2.0 */
/* test_csim.c - the promises of tsp_csim.h, on the configuration that this program is linked with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tsp_case.h"
#include "tsp_csim.h"
#include "tsp_port.h"

enum { CSR = 0, TEXT = 1, LENGTH = 2, MEMORY = 3 };

static uint64_t at(unsigned region, uint64_t rest)
{
  return (uint64_t)region << 36 | rest;
}

static const tsp_config *linked_config(void)
{
  for (int i = 0; i < tsp_config_count(); i++) {
    tsp_engine *e = NULL;

    if (tsp_csim_open(tsp_config_at(i), 1, &e) == TSP_OK) {
      tsp_engine_close(e);
      return tsp_config_at(i);
    }
  }
  fail_msg("no configuration opens");
  return NULL;
}

static tsp_engine *open_seeded(uint64_t seed)
{
  tsp_engine *e = NULL;

  assert_int_equal(tsp_csim_open(linked_config(), seed, &e), TSP_OK);
  return e;
}

static void make_run(tsp_run *run)
{
  tsp_error err = {""};

  memset(run, 0, sizeof *run);
  if (tsp_cases[0]->make(linked_config(), 1, 0, run, &err))
    fail_msg("%s", err.text);
}

static void free_run(tsp_run *run)
{
  tsp_image_free(run->image);
  run->free(run->ctx);
}

static void load_and_start(tsp_engine *e, const tsp_run *run)
{
  tsp_error err = {""};

  if (tsp_engine_load(e, run->image, &err))
    fail_msg("%s", err.text);
  assert_int_equal(tsp_engine_start(e), TSP_OK);
}

static void finish_and_check(tsp_engine *e, const tsp_run *run)
{
  tsp_oracle oracle = {0};

  assert_int_equal(tsp_engine_step(e, UINT64_MAX, NULL), TSP_OK);
  assert_true(tsp_engine_csr(e).done);
  assert_int_equal(tsp_engine_csr(e).cycles, run->image->cycles_predicted);
  assert_int_equal(run->check(run->ctx, run->image, e, &oracle), TSP_OK);
  assert_true(oracle.compared > 0);
  assert_int_equal(oracle.mismatches, 0);
}

static void host_port_reads_back_what_it_wrote(void **state)
{
  tsp_engine *e = open_seeded(7);
  const tsp_config *c = tsp_engine_config(e);
  const uint64_t mask = c->lanes < 8 ? (UINT64_C(1) << 8 * c->lanes) - 1 : UINT64_MAX;
  const uint64_t pattern = UINT64_C(0x0123456789abcdef);
  const int slice = 2 * c->mem_slices - 1;
  uint64_t v = 0;
  (void)state;

  for (int n = 0; n < c->superlanes; n++) {
    uint64_t where = at(MEMORY, (uint64_t)slice << 28 | (uint64_t)(c->mem_words - 1) << 12 | (uint64_t)n << 4);

    assert_int_equal(tsp_csim_port_write(e, where, pattern + (uint64_t)n), TSP_OK);
    assert_int_equal(tsp_csim_port_read(e, where, &v), TSP_OK);
    assert_int_equal(v, (pattern + (uint64_t)n) & mask);
  }
  for (int q = 0; q < c->queues; q++) {
    uint64_t where = at(TEXT, (uint64_t)q << 20 | (uint64_t)(c->iq_depth - 1));

    assert_int_equal(tsp_csim_port_write(e, where, pattern ^ (uint64_t)q), TSP_OK);
    assert_int_equal(tsp_csim_port_write(e, at(LENGTH, (uint64_t)q << 20), (uint64_t)q + 1), TSP_OK);
  }
  for (int q = 0; q < c->queues; q++) {
    assert_int_equal(tsp_csim_port_read(e, at(TEXT, (uint64_t)q << 20 | (uint64_t)(c->iq_depth - 1)), &v), TSP_OK);
    assert_int_equal(v, pattern ^ (uint64_t)q);
    assert_int_equal(tsp_csim_port_read(e, at(LENGTH, (uint64_t)q << 20), &v), TSP_OK);
    assert_int_equal(v, q + 1);
  }
  tsp_engine_close(e);
}

static void host_port_tells_hash_and_geometry(void **state)
{
  tsp_engine *e = open_seeded(1);
  const tsp_config *c = tsp_engine_config(e);
  uint64_t v = 0;
  (void)state;

  assert_int_equal(tsp_csim_port_read(e, at(CSR, 0), &v), TSP_OK);
  assert_int_equal(v, tsp_table_hash(tsp_isa_builtin(), c));
  assert_int_equal(tsp_csim_port_read(e, at(CSR, 6), &v), TSP_OK);
  assert_int_equal(v & 0xff, c->superlanes);
  assert_int_equal(v >> 8 & 0xff, c->lanes);
  assert_int_equal(v >> 48, c->queues);
  tsp_engine_close(e);
}

/* A run with a corrected bit that ends with a fault: a queue runs empty after its first NOP. */
static void host_port_tells_how_a_run_ended(void **state)
{
  tsp_engine *e = open_seeded(1);
  const tsp_config *c = tsp_engine_config(e);
  const uint64_t status[] = {TSP_STATUS_DONE, TSP_STATUS_FAULT};
  tsp_run run;
  (void)state;

  make_run(&run);
  const tsp_tensor *t = &run.image->tensor[0];
  tsp_queue_text *last = &run.image->queue[c->queues - 1];
  for (int fault = 0; fault < 2; fault++) {
    uint64_t value = 0;

    if (fault) {
      last->word[0] = tsp_word_set(tsp_isa_by_opcode(tsp_isa_builtin(), TSP_OP_NOP), (uint64_t)TSP_OP_NOP << 56, "n",
                                   (int64_t)run.image->cycles_predicted - 10);
      last->length = 1;
    }
    load_and_start(e, &run);
    if (c->ecc)
      assert_int_equal(tsp_csim_flip_mem(e, t->piece[0].slice, t->piece[0].addr, 0, 3), TSP_OK);
    assert_int_equal(tsp_engine_step(e, UINT64_MAX, NULL), fault ? TSP_EFAULT : TSP_OK);
    assert_int_equal(tsp_engine_csr(e).fault_queue, fault ? c->queues - 1 : 0);
    assert_true(!c->ecc || tsp_engine_csr(e).ecc_count > 0);
    assert_int_equal(tsp_csim_port_read(e, at(CSR, TSP_CSR_STATUS), &value), TSP_OK);
    assert_int_equal(value, status[fault]);
    for (unsigned i = 0; i <= TSP_CSR_ECC_CYCLE; i++) {
      uint64_t same = 0;

      assert_int_equal(tsp_csim_port_read(e, at(CSR, i), &value), TSP_OK);
      assert_int_equal(tsp_engine_request(e, false, at(CSR, i), &same), TSP_OK);
      assert_int_equal(value, same);
    }
  }
  tsp_engine_close(e);
  free_run(&run);
}

static void host_port_refuses_addresses_that_do_not_exist(void **state)
{
  tsp_engine *e = open_seeded(1);
  const tsp_config *c = tsp_engine_config(e);
  const uint64_t wrong[] = {
      at(CSR, 200),
      at(4, 0),
      at(TEXT, (uint64_t)c->queues << 20),
      at(LENGTH, (uint64_t)c->queues << 20),
      at(MEMORY, (uint64_t)(2 * c->mem_slices) << 28),
      at(MEMORY, (uint64_t)c->superlanes << 4),
  };
  (void)state;

  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    uint64_t v = 0;

    assert_int_equal(tsp_csim_port_read(e, wrong[i], &v), TSP_ERANGE);
    assert_int_equal(tsp_csim_port_write(e, wrong[i], 1), TSP_ERANGE);
  }
  tsp_engine_close(e);
}

static void program_loaded_through_the_port_runs_like_one_loaded_directly(void **state)
{
  tsp_run run;
  (void)state;

  make_run(&run);
  for (int port = 0; port < 2; port++) {
    tsp_engine *e = open_seeded(3);

    tsp_csim_use_port(e, port);
    load_and_start(e, &run);
    finish_and_check(e, &run);
    tsp_engine_close(e);
  }
  free_run(&run);
}

static void runs_do_not_depend_on_what_registers_hold_at_power_up(void **state)
{
  tsp_run run;
  (void)state;

  make_run(&run);
  for (uint64_t seed = 1; seed <= 4; seed++) {
    tsp_engine *e = open_seeded(seed * 7919);

    load_and_start(e, &run);
    finish_and_check(e, &run);
    tsp_engine_close(e);
  }
  free_run(&run);
}

/* CONTROL 2 in the middle of a run: no queue has begun, nothing is valid, and the program in memory can be started. */
static void soft_reset_stops_everything_and_keeps_memory_and_text(void **state)
{
  tsp_run run;
  tsp_engine *e = open_seeded(3);
  const tsp_config *c = tsp_engine_config(e);
  uint64_t status = 7;
  (void)state;

  make_run(&run);
  load_and_start(e, &run);
  assert_int_equal(tsp_engine_step(e, run.image->cycles_predicted / 2, NULL), TSP_OK);
  assert_int_equal(tsp_csim_port_write(e, 1, 2), TSP_OK);
  assert_int_equal(tsp_csim_port_read(e, 2, &status), TSP_OK);
  assert_int_equal(status, 0);
  for (int q = 0; q < c->queues; q++)
    assert_int_equal(tsp_engine_queue(e, q).pc, 0);
  for (int d = 0; d < 2; d++)
    for (int column = 0; column < c->columns; column++)
      for (int n = 0; n < c->superlanes; n++)
        assert_int_equal(tsp_engine_tile(e, d, column, n).valid, 0);
  assert_int_equal(tsp_engine_start(e), TSP_OK);
  finish_and_check(e, &run);
  tsp_engine_close(e);
  free_run(&run);
}

static void two_machines_in_one_process_do_not_disturb_each_other(void **state)
{
  tsp_engine *a = open_seeded(1), *b = open_seeded(2);
  tsp_run run;
  (void)state;

  make_run(&run);
  load_and_start(a, &run);
  assert_int_equal(tsp_engine_step(a, 17, NULL), TSP_OK);
  load_and_start(b, &run);
  for (int i = 0; i < 50; i++) {
    assert_int_equal(tsp_engine_step(a, 1, NULL), TSP_OK);
    assert_int_equal(tsp_engine_step(b, 2, NULL), TSP_OK);
  }
  finish_and_check(a, &run);
  finish_and_check(b, &run);
  tsp_engine_close(a);
  tsp_engine_close(b);
  free_run(&run);
}

static void a_restored_machine_goes_on_as_if_nothing_had_happened(void **state)
{
  tsp_engine *a = open_seeded(1), *b = open_seeded(99);
  uint8_t *saved = NULL, *end_a = NULL, *end_b = NULL;
  size_t size = 0, size_a = 0, size_b = 0;
  tsp_error err = {""};
  tsp_run run;
  (void)state;

  make_run(&run);
  load_and_start(a, &run);
  assert_int_equal(tsp_engine_step(a, run.image->cycles_predicted / 2, NULL), TSP_OK);
  assert_int_equal(tsp_engine_save(a, &saved, &size), TSP_OK);
  if (tsp_engine_restore(b, saved, size, &err))
    fail_msg("%s", err.text);
  finish_and_check(a, &run);
  finish_and_check(b, &run);
  assert_int_equal(tsp_engine_save(a, &end_a, &size_a), TSP_OK);
  assert_int_equal(tsp_engine_save(b, &end_b, &size_b), TSP_OK);
  assert_int_equal(size_a, size_b);
  memset(end_a, 0, 64); /* the header counts clock edges since power-up */
  memset(end_b, 0, 64);
  assert_memory_equal(end_a, end_b, size_a);
  assert_int_equal(tsp_engine_restore(b, saved, size - 1, &err), TSP_EFORMAT);
  saved[0] ^= 1;
  assert_int_equal(tsp_engine_restore(b, saved, size, &err), TSP_EFORMAT);
  free(saved);
  free(end_a);
  free(end_b);
  tsp_engine_close(a);
  tsp_engine_close(b);
  free_run(&run);
}

static void a_forked_child_continues_the_run(void **state)
{
  tsp_engine *e = open_seeded(1);
  tsp_run run;
  int status = -1;
  pid_t pid;
  (void)state;

  make_run(&run);
  load_and_start(e, &run);
  assert_int_equal(tsp_engine_step(e, 20, NULL), TSP_OK);
  pid = fork();
  assert_true(pid >= 0);
  if (pid == 0)
    _exit(tsp_engine_step(e, UINT64_MAX, NULL) == TSP_OK && tsp_engine_csr(e).cycles == run.image->cycles_predicted
              ? 0
              : 1);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
  finish_and_check(e, &run);
  tsp_engine_close(e);
  free_run(&run);
}

static void another_configuration_than_the_linked_one_is_refused(void **state)
{
  int refused = 0;
  (void)state;

  for (int i = 0; i < tsp_config_count(); i++) {
    tsp_engine *e = NULL;
    tsp_status s = tsp_csim_open(tsp_config_at(i), 1, &e);

    if (s) {
      assert_int_equal(s, TSP_ETABLES);
      assert_null(e);
      refused++;
    }
    tsp_engine_close(e);
  }
  assert_int_equal(refused, tsp_config_count() - 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(host_port_reads_back_what_it_wrote),
      cmocka_unit_test(host_port_tells_hash_and_geometry),
      cmocka_unit_test(host_port_tells_how_a_run_ended),
      cmocka_unit_test(host_port_refuses_addresses_that_do_not_exist),
      cmocka_unit_test(program_loaded_through_the_port_runs_like_one_loaded_directly),
      cmocka_unit_test(runs_do_not_depend_on_what_registers_hold_at_power_up),
      cmocka_unit_test(soft_reset_stops_everything_and_keeps_memory_and_text),
      cmocka_unit_test(two_machines_in_one_process_do_not_disturb_each_other),
      cmocka_unit_test(a_restored_machine_goes_on_as_if_nothing_had_happened),
      cmocka_unit_test(a_forked_child_continues_the_run),
      cmocka_unit_test(another_configuration_than_the_linked_one_is_refused),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
