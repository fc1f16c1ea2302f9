/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's promises: save and restore, several machines, fork, loading, states, and latencies from the table. */
#include <sys/wait.h>
#include <unistd.h>

#include "golden_rig.h"

/* A program that keeps MEM, MXM and VXM busy: weights, products every other cycle, requantised and stored. */
static void plan_busy(rig *r)
{
  const tsp_config *c = r->cfg;
  int q = c->q_mxm, from = c->q_vxm - 1; /* plane 0 is western; activations come from the easternmost slice */
  int slots = c->superlanes * c->parts;
  uint64_t t0 = (uint64_t)c->columns + 6, installed = t0 + 2 * (uint64_t)slots;

  for (int w = 0; w < slots; w++) {
    for (int j = 0; j < c->lw_streams; j++)
      rig_deliver(r, j, w, west(j), 0, t0 + 2 * (uint64_t)w);
    rig_plan(r, q, t0 + 2 * (uint64_t)w, word(TSP_OP_LW, "group", west(0), "slot", w));
  }
  rig_plan(r, q, installed, word(TSP_OP_IW));
  for (int k = 0; k < 40; k++) {
    uint64_t t = installed + (uint64_t)c->columns + 3 * (uint64_t)k,
             out = t + (uint64_t)(c->superlanes + 2 + c->vxm_column);

    rig_deliver(r, from, k, west(c->streams - 1), 0, t);
    rig_plan(r, q + 1, t, word(TSP_OP_ABC, "stream", west(c->streams - 1)));
    rig_plan(r, q + 2, t + (uint64_t)c->superlanes, word(k % 3 ? TSP_OP_ACC_OUT : TSP_OP_ACC_ADD, "out", 4));
    if (k % 3 == 0)
      continue;
    rig_plan(r, c->q_vxm, out, word(TSP_OP_CVT_I32_I8, "a", 4, "dst", 0x80 + 1));
    rig_plan(r, c->mem_slices, out + 2, write_from(1, 300 + k)); /* E0 */
  }
}

/* The cycle, when all that is done, of a Send and an Ifetch (plan_edges). */
static uint64_t edge_cycle(const tsp_config *c)
{
  int t = 4 * c->columns + 2 * c->superlanes * c->parts + c->superlanes + 160;

  return (uint64_t)t;
}

/* A vector on a link, words on their way to a queue, and superlanes that are off meanwhile. */
static void plan_edges(rig *r)
{
  const tsp_config *c = r->cfg;
  uint64_t t = edge_cycle(c), launch = t - 1 - (uint64_t)c->hemi_cols, delay = (uint64_t)c->link_delay;
  int alu = c->q_vxm + 1, fetcher = c->q_sxm, powerer = c->q_sxm + 1;

  rig_plan(r, alu, launch, word(TSP_OP_MOV_I8, "a", 0x80, "imm", 0x5a, "dst", 0x80 + 2));
  rig_plan(r, c->q_c2c + c->links, t, word(TSP_OP_SEND, "stream", 2));
  rig_plan(r, c->q_c2c, t + 2 + delay, word(TSP_OP_RECEIVE, "out", 3));
  for (uint64_t k = 0; k < 2; k++)
    rig_plan(r, alu + 1, launch + k, word(TSP_OP_MOV_I8, "a", 0x80, "imm", 1 + (int)k, "dst", 0x80 + west(2)));
  rig_plan(r, fetcher, t, word(TSP_OP_IFETCH, "stream", west(2)));
  rig_plan(r, fetcher, t + 1, nop(c->superlanes + 4)); /* four words with the NOP before and End */
  rig_plan(r, powerer, t + 2, word(TSP_OP_CONFIG, "superlanes", 1));
  rig_plan(r, powerer, t + delay + 8, word(TSP_OP_CONFIG, "superlanes", c->superlanes));
}

static void fill(rig *r, uint64_t seed)
{
  uint8_t v[1024];

  for (int q = 0; q < r->cfg->q_vxm; q++)
    for (uint32_t k = 0; k < 60; k++)
      rig_fill(r, q, k, &seed, v);
}

static void busy(rig *r, const tsp_config *c, int flags, uint64_t seed)
{
  rig_open_isa(r, c, NULL, flags);
  fill(r, seed);
  plan_busy(r);
  plan_edges(r);
  rig_start(r);
}

static uint64_t mix(uint64_t h, const void *data, size_t n)
{
  const uint8_t *b = data;

  for (size_t k = 0; k < n; k++)
    h = (h ^ b[k]) * UINT64_C(0x100000001b3);
  return h;
}

/* Everything that the views show in this cycle. */
static uint64_t digest_views(tsp_engine *e)
{
  const tsp_config *c = tsp_engine_config(e);
  tsp_csr r = tsp_engine_csr(e);
  uint64_t h = mix(1, (uint64_t[]){r.cycles, r.active, r.hac, r.ecc_count}, 4 * sizeof r.cycles);
  const tsp_event *v;
  size_t count;

  for (int q = 0; q < c->queues; q++) {
    tsp_queue_view k = tsp_engine_queue(e, q);
    uint64_t a[] = {k.pc, k.tail, k.idle, k.left, k.prev, k.state};

    h = mix(h, a, sizeof a);
  }
  for (int n = 0; n < c->superlanes; n++) {
    for (int at = 0; at < 2 * c->columns; at++) {
      tsp_tile_view t = tsp_engine_tile(e, at % 2, at / 2, n);

      h = mix(h, &t.valid, sizeof t.valid);
      for (int s = 0; s < c->streams; s++)
        if (t.valid >> s & 1)
          h = mix(h, t.data + s * c->lanes, (size_t)c->lanes);
    }
    for (int k = 0; k < c->alus; k++) {
      tsp_alu_view a = tsp_engine_alu(e, k, n);

      h = mix(h, &a.valid, 1);
      h = a.valid ? mix(h, a.data, 4 * (size_t)c->lanes) : h;
    }
  }
  v = tsp_engine_events(e, &count);
  for (size_t k = 0; k < count; k++) {
    h = mix(h, &v[k].index, sizeof v[k].index);
    h = mix(h, v[k].data, v[k].bytes);
  }
  return h;
}

static uint64_t digest_memory(tsp_engine *e)
{
  const tsp_config *c = tsp_engine_config(e);
  uint64_t h = 2;
  uint8_t v[1024];

  for (int q = 0; q < c->q_vxm; q++)
    for (int a = 0; a < 400; a++) {
      assert_int_equal(tsp_engine_mem_read(e, q, (uint32_t)a, v), TSP_OK);
      h = mix(h, v, (size_t)c->vector);
    }
  return h;
}

/* All cycles that are left, in one number. */
static uint64_t run_and_digest(tsp_engine *e)
{
  uint64_t h = digest_views(e);

  while (!tsp_engine_csr(e).done) {
    uint64_t now;

    assert_int_equal(tsp_engine_step(e, 1, NULL), TSP_OK);
    now = digest_views(e);
    h = mix(h, &now, sizeof now);
  }
  return h ^ digest_memory(e);
}

enum { ALL = TSP_VIEWS | TSP_TRACE };

static void save_and_restore_at(const tsp_config *c, uint64_t cycle)
{
  uint8_t *bytes;
  uint8_t other[1024];
  uint64_t first;
  size_t size;
  rig a, b;

  busy(&a, c, ALL, 7);
  rig_open_isa(&b, c, NULL, ALL);
  fill(&b, 99);
  memset(other, 0xee, sizeof other);
  tsp_engine_mem_write(b.e, 0, 399, other); /* a word that the saved machine never wrote */
  rig_goto(&a, cycle);
  assert_int_equal(tsp_engine_save(a.e, &bytes, &size), TSP_OK);
  first = run_and_digest(a.e);
  assert_int_equal(tsp_engine_restore(a.e, bytes, size, NULL), TSP_OK);
  assert_int_equal(tsp_engine_csr(a.e).cycles, cycle);
  assert_int_equal(run_and_digest(a.e), first);
  assert_int_equal(tsp_engine_restore(b.e, bytes, size, NULL), TSP_OK);
  assert_int_equal(run_and_digest(b.e), first);
  free(bytes);
  rig_close(&a);
  rig_close(&b);
}

static void a_restored_machine_continues_as_the_saved_one_did(void **state)
{
  tsp_config odd = odd_config();

  (void)state;
  for (uint64_t cycle = 3; cycle < 90; cycle += 29) {
    save_and_restore_at(tsp_config_find("nano"), cycle);
    save_and_restore_at(&odd, cycle);
    save_and_restore_at(tsp_config_find("mini"), cycle);
  }
  save_and_restore_at(&odd, edge_cycle(&odd) + 3); /* one superlane on, a vector on the link, one row of two fetched */
  save_and_restore_at(&odd, edge_cycle(&odd) + 2 + (uint64_t)odd.link_delay); /* the vector is received */
}

static void refuse(tsp_engine *e, const uint8_t *bytes, size_t size)
{
  uint64_t before = digest_views(e);
  tsp_error err = {{0}};

  assert_int_equal(tsp_engine_restore(e, bytes, size, &err), TSP_EFORMAT);
  assert_true(err.text[0] != 0);
  assert_int_equal(digest_views(e), before);
}

static void foreign_or_damaged_bytes_are_refused_and_change_nothing(void **state)
{
  uint64_t s = test_seed("damage");
  tsp_config odd = odd_config();
  tsp_isa slow = *tsp_isa_builtin();
  rig a, other;
  uint8_t *bytes;
  size_t size;

  (void)state;
  busy(&a, &odd, ALL, 7);
  rig_goto(&a, 60);
  assert_int_equal(tsp_engine_save(a.e, &bytes, &size), TSP_OK);
  for (size_t n = 0; n < size; n += 1 + size / 40)
    refuse(a.e, bytes, n);
  for (int k = 0; k < 60; k++) {
    size_t at = k < 30 ? (size_t)random_below(&s, 48) : (size_t)random_below(&s, (int)size);

    bytes[at] ^= (uint8_t)(1 << random_below(&s, 8));
    refuse(a.e, bytes, size);
    free(bytes);
    assert_int_equal(tsp_engine_save(a.e, &bytes, &size), TSP_OK);
  }
  rig_open_isa(&other, &odd, NULL, TSP_VIEWS);
  refuse(other.e, bytes, size);
  rig_close(&other);
  rig_open(&other, tsp_config_find("mini"));
  refuse(other.e, bytes, size);
  rig_close(&other);
  slow.instr[0].d_func++; /* NOP: the same sizes, other tables */
  rig_open_isa(&other, &odd, &slow, ALL);
  refuse(other.e, bytes, size);
  rig_close(&other);
  free(bytes);
  rig_close(&a);
}

static void machines_in_one_process_do_not_touch_each_other(void **state)
{
  tsp_config odd = odd_config();
  const tsp_config *cfg[3] = {&odd, tsp_config_find("nano"), &odd};
  uint64_t alone[3], h[3], now;
  rig r[3];

  (void)state;
  for (int k = 0; k < 3; k++) {
    busy(&r[0], cfg[k], ALL, (uint64_t)k + 1);
    alone[k] = run_and_digest(r[0].e);
    rig_close(&r[0]);
  }
  for (int k = 0; k < 3; k++) {
    busy(&r[k], cfg[k], ALL, (uint64_t)k + 1);
    h[k] = digest_views(r[k].e);
  }
  for (int left = 3; left;) {
    left = 0;
    for (int k = 0; k < 3; k++) {
      if (tsp_engine_csr(r[k].e).done)
        continue;
      left++;
      assert_int_equal(rig_step(&r[k]), TSP_OK);
      now = digest_views(r[k].e);
      h[k] = mix(h[k], &now, sizeof now);
    }
  }
  for (int k = 0; k < 3; k++) {
    assert_int_equal(h[k] ^ digest_memory(r[k].e), alone[k]);
    rig_close(&r[k]);
  }
  assert_true(alone[0] != alone[2]);
}

static void a_forked_machine_runs_on_by_itself(void **state)
{
  tsp_config odd = odd_config();
  uint64_t child, parent;
  int fd[2], status;
  pid_t pid;
  rig r;

  (void)state;
  busy(&r, &odd, ALL, 4);
  rig_goto(&r, 50);
  assert_int_equal(pipe(fd), 0);
  pid = fork();
  assert_true(pid >= 0);
  if (pid == 0) {
    child = run_and_digest(r.e);
    _exit(write(fd[1], &child, sizeof child) != (ssize_t)sizeof child);
  }
  parent = run_and_digest(r.e);
  assert_int_equal(read(fd[0], &child, sizeof child), sizeof child);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
  assert_int_equal(child, parent);
  close(fd[0]);
  close(fd[1]);
  rig_close(&r);
}

static void a_machine_without_views_computes_the_same(void **state)
{
  tsp_config odd = odd_config();
  rig with, without;
  size_t count = 1;

  (void)state;
  busy(&with, &odd, ALL, 3);
  busy(&without, &odd, 0, 3);
  rig_goto(&without, 60);
  for (int at = 0; at < 2 * odd.columns; at++)
    assert_int_equal(tsp_engine_tile(without.e, at % 2, at / 2, 0).valid, 0);
  assert_false(tsp_engine_alu(without.e, 0, 0).valid);
  tsp_engine_events(without.e, &count);
  assert_int_equal(count, 0);
  assert_int_equal(tsp_golden_trace_last(without.e), 0);
  assert_int_equal(tsp_golden_who_stream(without.e, 0, 0, 0, 0), 0);
  assert_int_equal(rig_run(&with).cycles, rig_run(&without).cycles);
  assert_int_equal(digest_memory(with.e), digest_memory(without.e));
  rig_close(&with);
  rig_close(&without);
}

static void calls_that_do_not_fit_the_state_are_refused(void **state)
{
  uint8_t v[1024], w[1024];
  uint64_t text = end(), ran = 9;
  rig r;

  (void)state;
  rig_open(&r, tsp_config_find("mini"));
  assert_int_equal(tsp_engine_step(r.e, 1, &ran), TSP_ESTATE);
  assert_int_equal(ran, 0);
  memset(v, 0x5a, sizeof v);
  memcpy(w, v, sizeof w);
  assert_int_equal(tsp_engine_mem_read(r.e, r.cfg->q_vxm, 0, v), TSP_ERANGE);
  assert_int_equal(tsp_engine_mem_read(r.e, -1, 0, v), TSP_ERANGE);
  assert_int_equal(tsp_engine_mem_read(r.e, 0, (uint32_t)r.cfg->mem_words, v), TSP_ERANGE);
  assert_memory_equal(v, w, sizeof v);
  assert_int_equal(tsp_engine_mem_write(r.e, 0, (uint32_t)r.cfg->mem_words, v), TSP_ERANGE);
  assert_int_equal(r.e->ops->queue_write(r.e, r.cfg->queues, &text, 1), TSP_ERANGE);
  assert_int_equal(r.e->ops->queue_write(r.e, 0, &text, (uint32_t)r.cfg->iq_depth + 1), TSP_ERANGE);
  uint64_t *whole = calloc((size_t)r.cfg->iq_depth, sizeof *whole);
  assert_int_equal(r.e->ops->queue_write(r.e, 0, whole, (uint32_t)r.cfg->iq_depth), TSP_OK);
  free(whole);
  rig_at(&r, 0, 50, read_to(0, 0));
  rig_start(&r);
  assert_int_equal(tsp_engine_start(r.e), TSP_ESTATE);
  assert_int_equal(tsp_engine_step(r.e, 20, NULL), TSP_OK);
  assert_int_equal(tsp_engine_mem_read(r.e, 0, 0, v), TSP_ESTATE);
  assert_int_equal(tsp_engine_mem_write(r.e, 0, 0, v), TSP_ESTATE);
  assert_int_equal(r.e->ops->queue_write(r.e, 0, &text, 1), TSP_ESTATE);
  rig_run(&r);
  assert_int_equal(tsp_engine_step(r.e, 5, &ran), TSP_OK);
  assert_int_equal(ran, 0);
  rig_close(&r);
  tsp_engine_close(NULL);
}

static void an_incomplete_configuration_or_table_is_refused(void **state)
{
  tsp_config c = odd_config();
  tsp_isa isa = *tsp_isa_builtin();
  tsp_engine *e = NULL;

  (void)state;
  c.queues = 0;
  assert_int_equal(tsp_golden_open(&c, NULL, 0, &e), TSP_ERANGE);
  assert_null(e);
  c = odd_config();
  for (int k = 0; k < isa.count; k++)
    if (isa.instr[k].opcode == TSP_OP_READ)
      isa.instr[k].d_func = 0; /* a result before its operand */
  assert_int_equal(tsp_golden_open(&c, &isa, 0, &e), TSP_ERANGE);
  assert_null(e);
}

/* A Read of cycle 10: in the register from 12 on, or one cycle later with a table that says so. */
static void latencies_are_those_of_the_table(void **state)
{
  const tsp_config *c = tsp_config_find("mini");
  tsp_isa slow = *tsp_isa_builtin();
  uint64_t hash[2];

  (void)state;
  for (int k = 0; k < slow.count; k++)
    slow.instr[k].d_func += slow.instr[k].opcode == TSP_OP_READ;
  for (int k = 0; k < 2; k++) {
    int column = tsp_queue_column(c, 6);
    rig r;

    rig_open_isa(&r, c, k ? &slow : NULL, TSP_VIEWS);
    hash[k] = tsp_engine_csr(r.e).table_hash;
    rig_at(&r, 6, 10, read_to(0, 3));
    rig_start(&r);
    rig_goto(&r, 11 + (uint64_t)k);
    assert_int_equal(tsp_engine_tile(r.e, TSP_EAST, column, 0).valid, 0);
    rig_step(&r);
    assert_int_equal(tsp_engine_tile(r.e, TSP_EAST, column, 0).valid, 1 << 3);
    rig_close(&r);
  }
  assert_true(hash[0] != hash[1]);
}

/* With d_skew 1 a Write takes what passes one cycle after its dispatch. */
static void an_operand_is_taken_d_skew_after_dispatch(void **state)
{
  const tsp_config *c = tsp_config_find("mini");
  tsp_isa late = *tsp_isa_builtin();
  uint8_t v[64], w[64];
  rig r;

  (void)state;
  for (int k = 0; k < late.count; k++)
    if (late.instr[k].opcode == TSP_OP_WRITE) {
      late.instr[k].d_skew = 1;
      late.instr[k].d_func = 2;
    }
  rig_open_isa(&r, c, &late, TSP_VIEWS);
  memset(v, 0x77, sizeof v);
  tsp_engine_mem_write(r.e, 0, 0, v);
  rig_deliver(&r, 0, 0, 5, tsp_queue_column(c, 20), 31);
  rig_plan(&r, 20, 30, write_from(5, 8));
  rig_start(&r);
  rig_run(&r);
  assert_int_equal(tsp_engine_mem_read(r.e, 20, 8, w), TSP_OK);
  assert_memory_equal(v, w, sizeof v);
  rig_close(&r);
}

/* int8 [2][3], row i at word 5 + i of slice 1, lanes 0..2. */
static tsp_image *small_image(const tsp_config *c)
{
  tsp_image *image;
  tsp_tensor *t;

  assert_int_equal(tsp_image_new(c, "small", &image), TSP_OK);
  image->tensor = calloc(1, sizeof *image->tensor);
  image->tensor_count = 1;
  t = image->tensor;
  *t = (tsp_tensor){.name = "a", .type = TSP_I8, .role = TSP_ROLE_CONST, .rank = 2, .shape = {2, 3}};
  t->piece = calloc(1, sizeof *t->piece);
  t->piece_count = 1;
  t->piece[0] =
      (tsp_piece){.slice = 1, .addr = 5, .count = 2, .addr_step = 1, .lanes = 3, .vec_step = 3, .lane_step = 1};
  t->data = malloc(6);
  t->data_bytes = 6;
  for (int k = 0; k < 6; k++)
    t->data[k] = (uint8_t)(10 + k);
  image->queue[1].word = malloc(2 * sizeof(uint64_t));
  image->queue[1].length = 2;
  image->queue[1].word[0] = read_to(5, 0);
  image->queue[1].word[1] = end();
  return image;
}

static void loading_writes_tensors_and_text_and_ends_empty_queues(void **state)
{
  const tsp_config *c = tsp_config_find("nano");
  tsp_image *image = small_image(c);
  uint8_t v[4];
  rig r;

  (void)state;
  rig_open(&r, c);
  rig_at(&r, 0, 0, 0); /* an earlier program, which faults */
  rig_start(&r);
  assert_int_equal(tsp_engine_step(r.e, 100, NULL), TSP_EFAULT);
  assert_int_equal(tsp_engine_load(r.e, image, NULL), TSP_OK);
  assert_int_equal(tsp_engine_csr(r.e).fault_code, 0);
  assert_int_equal(tsp_engine_mem_read(r.e, 1, 6, v), TSP_OK);
  assert_memory_equal(v, ((uint8_t[]){13, 14, 15, 0}), 4);
  assert_int_equal(tsp_engine_start(r.e), TSP_OK);
  rig_step(&r);
  assert_int_equal(tsp_engine_queue(r.e, 0).state, TSP_QUEUE_ENDED);
  assert_int_equal(tsp_engine_queue(r.e, 1).state, TSP_QUEUE_RUN);
  assert_int_equal(rig_run(&r).cycles, 1 + tsp_isa_drain(tsp_isa_builtin(), c));
  tsp_image_free(image);
  rig_close(&r);
}

static void an_image_that_does_not_fit_is_refused_whole(void **state)
{
  const tsp_config *c = tsp_config_find("nano");
  tsp_image *image = small_image(c);
  tsp_error err;
  uint8_t v[4], zero[4] = {0};
  rig r;

  (void)state;
  rig_open(&r, c);
  image->table_hash ^= 1;
  assert_int_equal(tsp_engine_load(r.e, image, &err), TSP_ETABLES);
  image->table_hash ^= 1;
  image->tensor[0].piece[0].addr = (uint32_t)c->mem_words - 1;
  assert_int_equal(tsp_engine_load(r.e, image, &err), TSP_ERANGE);
  assert_non_null(strstr(err.text, "tensor a"));
  assert_int_equal(tsp_engine_mem_read(r.e, 1, (uint32_t)c->mem_words - 1, v), TSP_OK);
  assert_memory_equal(v, zero, 4);
  image->tensor[0].piece[0].addr = 5;
  image->queue[2].length = (uint32_t)c->iq_depth + 1;
  image->queue[2].word = calloc((size_t)c->iq_depth + 1, sizeof(uint64_t));
  assert_int_equal(tsp_engine_load(r.e, image, &err), TSP_ERANGE);
  assert_non_null(strstr(err.text, "mem_e0"));
  assert_int_equal(tsp_engine_mem_read(r.e, 1, 5, v), TSP_OK);
  assert_memory_equal(v, zero, 4);
  image->queue_count--;
  assert_int_equal(tsp_engine_load(r.e, image, &err), TSP_EFORMAT);
  image->queue_count++;
  tsp_image_free(image);
  rig_close(&r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_restored_machine_continues_as_the_saved_one_did),
                                     cmocka_unit_test(foreign_or_damaged_bytes_are_refused_and_change_nothing),
                                     cmocka_unit_test(machines_in_one_process_do_not_touch_each_other),
                                     cmocka_unit_test(a_forked_machine_runs_on_by_itself),
                                     cmocka_unit_test(a_machine_without_views_computes_the_same),
                                     cmocka_unit_test(calls_that_do_not_fit_the_state_are_refused),
                                     cmocka_unit_test(an_incomplete_configuration_or_table_is_refused),
                                     cmocka_unit_test(latencies_are_those_of_the_table),
                                     cmocka_unit_test(an_operand_is_taken_d_skew_after_dispatch),
                                     cmocka_unit_test(loading_writes_tensors_and_text_and_ends_empty_queues),
                                     cmocka_unit_test(an_image_that_does_not_fit_is_refused_whole)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
