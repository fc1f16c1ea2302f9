/* SPDX-License-Identifier: Apache-2.0 */
/* ECC: check bits against the code as golden/README.md describes it, what consumers correct, count and refuse, and what
 * passes errors on. Mini with ECC: 4 superlanes of 16 lanes, 9 check bits. W0 is in column 5, the VXM in 6, E0 in 7. */
#include "golden_rig.h"

enum { W0 = 0, E0 = 12, E2 = 14, E11 = 23, W11 = 11, STREAM = 4 };

static tsp_config with_ecc(const char *name, int lanes)
{
  tsp_config c = name ? *tsp_config_find(name) : odd_config();

  c.ecc = 1;
  c.lanes = lanes;
  c.lw_streams = lanes < c.lw_streams ? lanes : c.lw_streams;
  assert_int_equal(tsp_config_complete(&c, NULL), TSP_OK);
  return c;
}

static void open_mini(rig *r)
{
  tsp_config c = with_ecc("mini", 16);

  rig_open(r, &c);
}

static int bit_of(const uint8_t *data, int i)
{
  return data[i / 8] >> (i % 8) & 1;
}

/* Position by position, as the code is described. */
static unsigned check_bits(const tsp_config *c, const uint8_t *data)
{
  unsigned check = 0, last = 0;
  int position = 3;

  for (int i = 0; i < 8 * c->lanes; i++, position++) {
    while (position == 4 || position == 8 || position == 16 || position == 32 || position == 64 || position == 128)
      position++;
    for (int j = 0; j < c->check_bits - 1; j++)
      if (position >> j & 1)
        check ^= (unsigned)bit_of(data, i) << j;
    last ^= (unsigned)bit_of(data, i);
  }
  for (int j = 0; j < c->check_bits - 1; j++)
    last ^= check >> j & 1;
  return check | last << (c->check_bits - 1);
}

static void every_value_carries_its_check_bits(void **state)
{
  static const int lanes[] = {4, 8, 16}, bits[] = {7, 8, 9};
  uint64_t seed = test_seed("check bits");

  (void)state;
  for (int k = 0; k < 3; k++) {
    tsp_config c = with_ecc(NULL, lanes[k]);
    uint8_t v[1024];
    int seen = 0;
    rig r;

    assert_int_equal(c.check_bits, bits[k]);
    rig_open(&r, &c);
    for (int a = 0; a < 8; a++)
      rig_fill(&r, 0, (uint32_t)a, &seed, v);
    for (int a = 0; a < 8; a++)
      rig_plan(&r, 0, 10 + (uint64_t)a, read_to(a, a % c.streams));
    rig_plan(&r, c.q_vxm, 15, word(TSP_OP_MOV_I32, "a", 0x80, "imm", (int)random64(&seed), "dst", 0x80 + 4));
    rig_start(&r);
    while (!tsp_engine_csr(r.e).done) {
      rig_step(&r);
      for (int at = 0; at < c.columns * c.superlanes; at++) {
        tsp_tile_view t = tsp_engine_tile(r.e, TSP_EAST, at % c.columns, at / c.columns);

        for (int s = 0; s < c.streams; s++)
          if (t.valid >> s & 1) {
            assert_int_equal(t.check[s], check_bits(&c, t.data + s * c.lanes));
            seen++;
          }
      }
    }
    assert_true(seen > 100);
    rig_close(&r);
  }
}

static void expect_fault(rig *r, int code, int queue, uint64_t cycle)
{
  tsp_csr c;

  assert_int_equal(tsp_engine_step(r->e, 1000, NULL), TSP_EFAULT);
  c = tsp_engine_csr(r->e);
  assert_int_equal(c.fault_code, code);
  assert_int_equal(c.fault_queue, queue);
  assert_int_equal(c.fault_cycle, cycle);
}

static void expect_corrected(rig *r, uint64_t count, int queue, int superlane, uint64_t cycle)
{
  tsp_csr c = tsp_engine_csr(r->e);

  assert_int_equal(c.ecc_count, count);
  assert_int_equal(c.ecc_queue, queue);
  assert_int_equal(c.ecc_superlane, superlane);
  assert_int_equal(c.ecc_cycle, cycle);
}

/* W0's word 3 is the operand of a Mov of 30, whose result E0 stores in 32 at word 9. */
static void plan_mov(rig *r)
{
  rig_deliver(r, W0, 3, STREAM, r->cfg->vxm_column, 30);
  rig_plan(r, r->cfg->q_vxm, 30, word(TSP_OP_MOV_I8, "a", STREAM, "dst", 0x80 + STREAM + 1));
  rig_plan(r, r->cfg->mem_slices, 32, write_from(STREAM + 1, 9));
}

/* Every bit of every superlane's part turned once: corrected, counted in the cycle in which it is seen, and still on
 * the stream. */
static void a_single_error_is_corrected_and_counted(void **state)
{
  uint64_t seed = test_seed("single");
  tsp_config c[] = {with_ecc("nano", 4), with_ecc(NULL, 8), with_ecc(NULL, 16)};
  uint8_t v[1024], w[1024];

  (void)state;
  for (int k = 0; k < 3; k++)
    for (int bit = 0; bit < 8 * c[k].lanes + c[k].check_bits; bit++) {
      int n = random_below(&seed, c[k].superlanes), vxm = c[k].vxm_column;
      rig r;

      rig_open(&r, &c[k]);
      rig_fill(&r, W0, 3, &seed, v);
      assert_int_equal(tsp_golden_flip_mem(r.e, W0, 3, n, bit), TSP_OK);
      plan_mov(&r);
      rig_start(&r);
      rig_goto(&r, 30 + (uint64_t)n);
      tsp_tile_view t = tsp_engine_tile(r.e, TSP_EAST, vxm, n);
      memcpy(w, &v[n * c[k].lanes], (size_t)c[k].lanes);
      if (bit < 8 * c[k].lanes)
        w[bit / 8] ^= (uint8_t)(1 << bit % 8);
      assert_memory_equal(t.data + STREAM * c[k].lanes, w, (size_t)c[k].lanes);
      assert_int_equal(t.check[STREAM], check_bits(&c[k], &v[n * c[k].lanes]) ^
                                            (bit < 8 * c[k].lanes ? 0U : 1U << (bit - 8 * c[k].lanes)));
      rig_step(&r);
      assert_int_equal(tsp_engine_csr(r.e).ecc_count, 0);
      rig_step(&r); /* 32 + n */
      expect_corrected(&r, 1, c[k].q_vxm, n, 30 + (uint64_t)n);
      rig_run(&r);
      assert_int_equal(tsp_engine_mem_read(r.e, c[k].mem_slices, 9, w), TSP_OK);
      assert_memory_equal(v, w, (size_t)c[k].vector);
      expect_corrected(&r, 1, c[k].q_vxm, n, 30 + (uint64_t)n);
      assert_int_equal(tsp_engine_start(r.e), TSP_OK);
      assert_int_equal(tsp_engine_csr(r.e).ecc_count, 0);
      rig_close(&r);
    }
}

/* Two bits of a part: a fault of the superlane that sees it. Its result is missing there, and there only. */
static void a_double_error_is_a_fault_and_leaves_a_hole(void **state)
{
  uint64_t seed = test_seed("double");
  uint8_t v[64];

  (void)state;
  for (int k = 0; k < 60; k++) {
    int n = k % 4, one = random_below(&seed, 137), two = (one + 1 + random_below(&seed, 136)) % 137;
    rig r;

    open_mini(&r);
    rig_fill(&r, W0, 3, &seed, v);
    tsp_golden_flip_mem(r.e, W0, 3, n, one);
    tsp_golden_flip_mem(r.e, W0, 3, n, two);
    plan_mov(&r);
    rig_start(&r);
    for (int s = 0; s <= n; s++) {
      rig_goto(&r, 31 + (uint64_t)s);
      assert_int_equal(tsp_engine_alu(r.e, 0, s).valid, s != n);
    }
    expect_fault(&r, TSP_FAULT_ECC, r.cfg->q_vxm, 30 + (uint64_t)n);
    assert_int_equal(tsp_engine_csr(r.e).ecc_count, 0);
    if (n < 3)
      assert_true(tsp_engine_alu(r.e, 0, n + 1).valid); /* 32 + n: the next superlane has its own */
    rig_close(&r);
  }
}

/* Turned three times over: an even number of errors more and the last one is corrected. A value that is not used, or
 * used by one who passes it on, is not looked at. */
static void memory_and_links_pass_errors_on(void **state)
{
  uint64_t seed = test_seed("pass");
  uint8_t v[64], w[64];
  rig r;
  int links, q;

  (void)state;
  open_mini(&r);
  links = r.cfg->q_c2c;
  q = r.cfg->q_vxm;
  rig_fill(&r, E11, 3, &seed, v);
  tsp_golden_flip_mem(r.e, E11, 3, 2, 77);
  tsp_golden_flip_mem(r.e, E11, 3, 3, 130);
  rig_plan(&r, E11, 20, read_to(3, 3)); /* Send of 22 arrives in 43 */
  rig_plan(&r, links + r.cfg->links, 22, word(TSP_OP_SEND, "stream", 3));
  rig_plan(&r, links, 50, word(TSP_OP_RECEIVE, "out", 6)); /* in column 0 in 51 */
  rig_plan(&r, W11, 51, write_from(6, 8));
  rig_deliver(&r, W11, 8, 7, r.cfg->vxm_column, 80);
  rig_plan(&r, q, 80, word(TSP_OP_MOV_I8, "a", 7));
  rig_start(&r);
  rig_goto(&r, 81);
  assert_int_equal(tsp_engine_csr(r.e).ecc_count, 0);
  rig_run(&r);
  expect_corrected(&r, 2, q, 2, 82);
  assert_int_equal(tsp_engine_mem_read(r.e, W11, 8, w), TSP_OK); /* the host's reading is corrected */
  assert_memory_equal(v, w, 64);
  tsp_golden_flip_mem(r.e, W11, 8, 2, 77); /* right again, and once more wrong */
  assert_int_equal(tsp_engine_mem_read(r.e, W11, 8, w), TSP_OK);
  tsp_golden_flip_mem(r.e, W11, 8, 2, 1);
  assert_int_equal(tsp_engine_mem_read(r.e, W11, 8, w), TSP_OK);
  assert_memory_equal(v, w, 64);
  tsp_golden_flip_mem(r.e, W11, 8, 2, 2);
  memset(w, 0x5a, sizeof w);
  assert_int_equal(tsp_engine_mem_read(r.e, W11, 8, w), TSP_EFAULT);
  assert_int_equal(w[0], 0x5a);
  assert_int_equal(tsp_engine_mem_write(r.e, W11, 8, v), TSP_OK); /* new check bits */
  assert_int_equal(tsp_engine_mem_read(r.e, W11, 8, w), TSP_OK);
  assert_memory_equal(v, w, 64);
  rig_close(&r);
}

/* A Scatter of a faulty word to 4 addresses and a Gather of them: each superlane's error travels with its part. */
static void gather_and_scatter_pass_errors_on_and_check_their_map(void **state)
{
  uint64_t seed = test_seed("gather");
  uint8_t v[64], map[64] = {0}, high[64] = {0}, w[64];
  rig r;
  int q;

  (void)state;
  open_mini(&r);
  q = r.cfg->q_vxm;
  for (int n = 0; n < 4; n++)
    map[n * 16] = (uint8_t)(40 + n);
  rig_fill(&r, W0, 3, &seed, v);
  tsp_engine_mem_write(r.e, 2, 0, map);
  tsp_engine_mem_write(r.e, 4, 0, high);
  tsp_golden_flip_mem(r.e, W0, 3, 1, 9);
  tsp_golden_flip_mem(r.e, 2, 0, 3, 1); /* the map of superlane 3 names 41 instead of 43 */
  for (int k = 0; k < 2; k++) {
    uint64_t t = 30 + 20 * (uint64_t)k;

    rig_deliver(&r, 2, 0, 8, tsp_queue_column(r.cfg, E2), t);
    rig_deliver(&r, 4, 0, 9, tsp_queue_column(r.cfg, E2), t);
  }
  rig_deliver(&r, W0, 3, STREAM, tsp_queue_column(r.cfg, E2), 30);
  rig_plan(&r, E2, 30, word(TSP_OP_SCATTER, "wstream", STREAM, "map", 8));
  rig_plan(&r, E2, 50, word(TSP_OP_GATHER, "map", 8, "rstream", west(5))); /* column 8 in 52, the VXM's in 54 */
  rig_plan(&r, q, 54, word(TSP_OP_MOV_I8, "a", west(5), "dst", 0x80 + 5)); /* column 6 in 55 */
  rig_plan(&r, E0, 56, write_from(5, 9));
  rig_start(&r);
  rig_goto(&r, 35);
  expect_corrected(&r, 1, E2, 3, 33);
  rig_run(&r);
  expect_corrected(&r, 3, E2, 3, 33); /* the two maps, and the Mov */
  assert_int_equal(tsp_engine_mem_read(r.e, E0, 9, w), TSP_OK);
  assert_memory_equal(v, w, 64);
  rig_close(&r);
}

/* Turned on its way: in column 6 in cycle 30 + n, that is after cycle 29 has been run. */
static void a_stream_register_can_turn_a_bit(void **state)
{
  (void)state;
  for (int when = 28; when <= 30; when++) {
    uint8_t v[64] = {0}, w[64];
    rig r;

    open_mini(&r);
    tsp_engine_mem_write(r.e, W0, 3, v);
    plan_mov(&r);
    rig_start(&r);
    rig_goto(&r, (uint64_t)when);
    assert_int_equal(tsp_golden_flip_stream(r.e, TSP_EAST, 6, STREAM, 2, 3), TSP_OK);
    rig_goto(&r, 32);
    tsp_tile_view t = tsp_engine_tile(r.e, TSP_EAST, 6, 2);
    assert_int_equal(t.valid >> STREAM & 1, 1);
    assert_int_equal(t.data[STREAM * 16], when == 29 ? 8 : 0);
    assert_int_equal(t.check[STREAM], 0);
    rig_run(&r);
    assert_int_equal(tsp_engine_csr(r.e).ecc_count, when == 29);
    assert_int_equal(tsp_engine_mem_read(r.e, E0, 9, w), TSP_OK);
    assert_memory_equal(v, w, 64);
    rig_close(&r);
  }
}

/* What cannot be corrected in one operand leaves the error of the other uncounted; a missing operand comes first. */
static void an_instruction_that_does_nothing_corrects_nothing(void **state)
{
  (void)state;
  for (int k = 0; k < 3; k++) {
    rig r;
    int q;

    open_mini(&r);
    q = r.cfg->q_vxm;
    tsp_golden_flip_mem(r.e, W0, 3, 1, 5);
    if (k == 0) {
      tsp_golden_flip_mem(r.e, 2, 3, 1, 6);
      tsp_golden_flip_mem(r.e, 2, 3, 1, 7);
    }
    rig_deliver(&r, W0, 3, STREAM, 6, 30);
    if (k < 2)
      rig_deliver(&r, 2, 3, STREAM + 1, 6, 30);
    rig_plan(&r, q, 30, word(TSP_OP_ADD_I8, "a", STREAM, "b", STREAM + 1));
    rig_start(&r);
    if (k == 0)
      expect_fault(&r, TSP_FAULT_ECC, q, 31);
    else if (k == 2)
      expect_fault(&r, TSP_FAULT_OPERAND, q, 30);
    else
      rig_run(&r);
    assert_int_equal(tsp_engine_csr(r.e).ecc_count, k == 1);
    rig_close(&r);
  }
}

/* Two queues see errors of two superlanes in cycle 32; a third one later in an earlier superlane. */
static void the_first_correction_is_kept(void **state)
{
  rig r;
  int q;

  (void)state;
  open_mini(&r);
  q = r.cfg->q_vxm;
  tsp_golden_flip_mem(r.e, W0, 3, 2, 5);
  tsp_golden_flip_mem(r.e, W0, 3, 3, 5);
  tsp_golden_flip_mem(r.e, 2, 3, 1, 5);
  rig_deliver(&r, W0, 3, STREAM, 6, 30);
  rig_plan(&r, q + 5, 30, word(TSP_OP_MOV_I8, "a", STREAM)); /* superlane 2 in 32, 3 in 33 */
  rig_deliver(&r, 2, 3, STREAM + 1, 6, 31);
  rig_plan(&r, q + 2, 31, word(TSP_OP_MOV_I8, "a", STREAM + 1)); /* superlane 1 in 32 */
  rig_deliver(&r, 2, 3, STREAM + 1, 6, 40);
  rig_plan(&r, q, 40, word(TSP_OP_MOV_I8, "a", STREAM + 1));
  rig_start(&r);
  rig_goto(&r, 33);
  assert_int_equal(tsp_engine_csr(r.e).ecc_count, 0);
  rig_step(&r);
  expect_corrected(&r, 2, q + 2, 1, 32);
  rig_step(&r);
  expect_corrected(&r, 3, q + 2, 1, 32);
  rig_run(&r);
  expect_corrected(&r, 4, q + 2, 1, 32);
  rig_close(&r);
}

/* One error per superlane in what each kind of consumer takes: 4 corrected. Write and Send take it as it is. */
static void every_consumer_checks_its_operands(void **state)
{
  tsp_config c = with_ecc("mini", 16);
  int x = c.q_mxm, s = c.q_sxm, k = c.q_c2c;
  const struct {
    int queue, streams;
    uint64_t word;
    int count;
  } consumer[] = {
      {W11, 1, write_from(west(0), 5), 0},
      {k, 1, word(TSP_OP_SEND, "stream", west(0)), 0},
      {x, 16, word(TSP_OP_LW, "group", west(0), "slot", 0), 4 * 16},
      {x + 1, 1, word(TSP_OP_ABC, "stream", west(0)), 4},
      {x + 1, 2, word(TSP_OP_ABC_F16, "group", west(0)), 8},
      {s, 1, word(TSP_OP_SHIFT_UP, "stream", west(0), "out", 4, "n", 3), 4},
      {s + 1, 1, word(TSP_OP_SMAP, "stream", west(0), "map", 1), 4},
      {s + 2, 1, word(TSP_OP_PERMUTE, "stream", west(0), "out", 4), 4},
      {s + 2, 2, word(TSP_OP_PMAP, "group", west(0)), 8},
      {s + 3, 1, word(TSP_OP_DISTRIBUTE, "stream", west(0), "out", 4), 4},
      {s + 3, 1, word(TSP_OP_ROTATE, "stream", west(0), "n", 2, "group", 16), 4},
      {s + 4, 16, word(TSP_OP_TRANSPOSE, "group", west(0), "out", 16), 4 * 16},
      {W11, 2, word(TSP_OP_GATHER, "map", west(0), "rstream", 4), 8},
      {W11, 1, word(TSP_OP_IFETCH, "stream", west(0)), 4 * 2},
  };

  (void)state;
  for (size_t n = 0; n < sizeof consumer / sizeof consumer[0]; n++) {
    int queue = consumer[n].queue;
    rig r;

    rig_open(&r, &c);
    for (int j = 0; j < consumer[n].streams; j++) {
      int slice = j < 11 ? j : E0 + j - 11;

      for (int superlane = 0; superlane < 4; superlane++)
        tsp_golden_flip_mem(r.e, slice, 0, superlane, 3 * superlane + j);
      rig_deliver(&r, slice, 0, west(j), 0, 40);
      if (consumer[n].word >> 56 == TSP_OP_IFETCH)
        rig_deliver(&r, slice, 0, west(j), 0, 41);
    }
    rig_plan(&r, queue, 40, consumer[n].word);
    if (consumer[n].word >> 56 == TSP_OP_IFETCH)
      rig_plan(&r, queue, 41, nop(5)); /* four words with the NOP before and End */
    if (queue == x + 1)
      rig_plan(&r, x + 2, 40 + (uint64_t)tsp_isa_d_func(r.isa, &c, (unsigned)(consumer[n].word >> 56)),
               word(TSP_OP_ACC_OUT, "out", 4));
    rig_start(&r);
    rig_run(&r);
    assert_int_equal(tsp_engine_csr(r.e).ecc_count, consumer[n].count);
    if (consumer[n].count)
      expect_corrected(&r, (uint64_t)consumer[n].count, queue, 0, 40);
    rig_close(&r);
  }
}

/* A saved machine has the errors in memory, on streams and on links; another one loses its own. */
static void errors_are_saved_and_restored(void **state)
{
  uint64_t seed = test_seed("save");
  uint8_t v[64], w[64], *bytes;
  size_t size;
  rig r, other;

  (void)state;
  open_mini(&r);
  rig_fill(&r, W0, 3, &seed, v);
  tsp_golden_flip_mem(r.e, W0, 3, 2, 70);
  tsp_golden_flip_mem(r.e, E2, 5, 2, 70);
  plan_mov(&r);
  rig_start(&r);
  rig_goto(&r, 29);
  assert_int_equal(tsp_engine_save(r.e, &bytes, &size), TSP_OK);
  open_mini(&other);
  tsp_golden_flip_mem(other.e, W0, 100, 0, 0);
  tsp_golden_flip_mem(other.e, W0, 100, 0, 1);
  assert_int_equal(tsp_engine_mem_read(other.e, W0, 100, w), TSP_EFAULT);
  assert_int_equal(tsp_engine_restore(other.e, bytes, size, NULL), TSP_OK);
  rig_run(&other);
  expect_corrected(&other, 1, r.cfg->q_vxm, 2, 32);
  assert_int_equal(tsp_engine_mem_read(other.e, W0, 100, w), TSP_OK);
  assert_int_equal(tsp_engine_mem_read(other.e, W0, 3, w), TSP_OK);
  assert_memory_equal(v, w, 64);
  tsp_golden_flip_mem(other.e, E2, 5, 2, 71);
  assert_int_equal(tsp_engine_mem_read(other.e, E2, 5, w), TSP_EFAULT);
  assert_int_equal(other.e->ops->reset(other.e), TSP_OK); /* memory keeps its errors */
  assert_int_equal(tsp_engine_mem_read(other.e, E2, 5, w), TSP_EFAULT);
  free(bytes);
  rig_close(&r);
  rig_close(&other);
}

static void without_ecc_a_turned_bit_stays(void **state)
{
  tsp_config plain = *tsp_config_find("mini");
  uint8_t v[64];
  rig r;

  (void)state;
  plain.ecc = 0;
  assert_int_equal(tsp_config_complete(&plain, NULL), TSP_OK);
  rig_open(&r, &plain);
  assert_int_equal(tsp_golden_flip_mem(r.e, 0, 0, 3, 127), TSP_OK);
  assert_int_equal(tsp_engine_mem_read(r.e, 0, 0, v), TSP_OK);
  assert_int_equal(v[63], 0x80);
  assert_null(tsp_engine_tile(r.e, 0, 0, 0).check);
  assert_int_equal(tsp_golden_flip_mem(r.e, 0, 0, 3, 128), TSP_ERANGE);
  assert_int_equal(tsp_golden_flip_mem(r.e, 0, 0, 4, 0), TSP_ERANGE);
  assert_int_equal(tsp_golden_flip_mem(r.e, r.cfg->q_vxm, 0, 0, 0), TSP_ERANGE);
  assert_int_equal(tsp_golden_flip_mem(r.e, 0, (uint32_t)r.cfg->mem_words, 0, 0), TSP_ERANGE);
  assert_int_equal(tsp_golden_flip_stream(r.e, 2, 0, 0, 0, 0), TSP_ERANGE);
  assert_int_equal(tsp_golden_flip_stream(r.e, 0, r.cfg->columns, 0, 0, 0), TSP_ERANGE);
  assert_int_equal(tsp_golden_flip_stream(r.e, 0, 0, 32, 0, 0), TSP_ERANGE);
  for (int k = 0; k < 65; k++)
    assert_int_equal(tsp_golden_flip_stream(r.e, 0, 0, 0, 0, 0), k < 64 ? TSP_OK : TSP_ENOMEM);
  rig_close(&r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_value_carries_its_check_bits),
                                     cmocka_unit_test(a_single_error_is_corrected_and_counted),
                                     cmocka_unit_test(a_double_error_is_a_fault_and_leaves_a_hole),
                                     cmocka_unit_test(memory_and_links_pass_errors_on),
                                     cmocka_unit_test(gather_and_scatter_pass_errors_on_and_check_their_map),
                                     cmocka_unit_test(a_stream_register_can_turn_a_bit),
                                     cmocka_unit_test(an_instruction_that_does_nothing_corrects_nothing),
                                     cmocka_unit_test(the_first_correction_is_kept),
                                     cmocka_unit_test(every_consumer_checks_its_operands),
                                     cmocka_unit_test(errors_are_saved_and_restored),
                                     cmocka_unit_test(without_ecc_a_turned_bit_stays)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
