/* SPDX-License-Identifier: Apache-2.0 */
/* MXM: random weights, activations and ACC programs on every plane against plain sums; double-buffered weights,
 * forwarded and wrapping accumulators, and the cycle in which each supercell and accumulator changes. */
#include "golden_rig.h"

enum { MAX_VECTORS = 200, PLANES = 4 };

typedef struct {
  const tsp_config *cfg;
  int hemi, plane0, planes, column, slots;
  int8_t *weights[3]; /* int8 [vector out][vector in]: as reset, first and second set */
  int8_t *x;          /* int8 [MAX_VECTORS][vector] */
  uint64_t install[2], when[MAX_VECTORS];
  int vectors;
  int op[PLANES][MAX_VECTORS], entry[PLANES][MAX_VECTORS];
  int32_t *expect[PLANES]; /* int32 [MAX_VECTORS][vector]: streams or entry */
} bench;

static int outward(const bench *b, int stream)
{
  return b->hemi * 32 + stream;
}
static int inward(const bench *b, int stream)
{
  return (1 - b->hemi) * 32 + stream;
}
static int plane_queue(const bench *b, int p)
{
  return b->cfg->q_mxm + 3 * (b->plane0 + p);
}

static void bench_new(bench *b, const tsp_config *c, int hemi)
{
  size_t v = (size_t)c->vector;

  memset(b, 0, sizeof *b);
  b->cfg = c;
  b->hemi = hemi;
  b->plane0 = hemi == TSP_WEST ? 0 : (c->planes + 1) / 2;
  b->planes = hemi == TSP_WEST ? (c->planes + 1) / 2 : c->planes / 2;
  b->column = hemi == TSP_WEST ? 0 : c->columns - 1;
  b->slots = c->superlanes * c->parts;
  for (int k = 0; k < 3; k++)
    b->weights[k] = calloc(v, v);
  b->x = calloc(MAX_VECTORS, v);
  for (int p = 0; p < PLANES; p++)
    b->expect[p] = calloc(MAX_VECTORS * v, sizeof(int32_t));
}

static void bench_free(bench *b)
{
  for (int k = 0; k < 3; k++)
    free(b->weights[k]);
  free(b->x);
  for (int p = 0; p < PLANES; p++)
    free(b->expect[p]);
}

/* Row o of set k is in slice o % lw_streams, so that one LW takes lw_streams rows. Activations are in slice 0. */
static void fill(bench *b, rig *r, uint64_t *s)
{
  size_t v = (size_t)b->cfg->vector;

  for (int k = 1; k < 3; k++)
    for (int o = 0; o < b->cfg->vector; o++)
      rig_fill(r, o % b->cfg->lw_streams, (uint32_t)((k - 1) * b->slots + o / b->cfg->lw_streams), s,
               (uint8_t *)&b->weights[k][(size_t)o * v]);
  for (int m = 0; m < MAX_VECTORS; m++)
    rig_fill(r, 0, (uint32_t)(2 * b->slots + m), s, (uint8_t *)&b->x[(size_t)m * v]);
}

static void plan_slot(bench *b, rig *r, int set, int slot, uint64_t cycle)
{
  for (int j = 0; j < b->cfg->lw_streams; j++)
    rig_deliver(r, j, set * b->slots + slot, outward(b, j), b->column, cycle);
  for (int p = 0; p < b->planes; p++)
    rig_plan(r, plane_queue(b, p), cycle, word(TSP_OP_LW, "group", outward(b, 0), "slot", slot));
}

static void plan_load(bench *b, rig *r, int set, uint64_t from)
{
  for (int w = 0; w < b->slots; w++)
    plan_slot(b, r, set, w, from + 2 * (uint64_t)w);
}

/* As early as the install wave of set 0 allows: column c in the cycle c after its IW. */
static void plan_tight_load(bench *b, rig *r)
{
  uint64_t next = b->install[0] + (uint64_t)b->cfg->superlanes;

  for (int w = 0; w < b->slots; w++) {
    bool tight = w % b->cfg->parts == 0 && w > 0;

    plan_slot(b, r, 1, w, tight ? b->install[0] + (uint64_t)(w / b->cfg->parts) : next);
    next += !tight;
  }
}

static void plan_vector(bench *b, rig *r, uint64_t cycle, uint64_t *s)
{
  static const unsigned ops[] = {TSP_OP_ACC_SET, TSP_OP_ACC_ADD, TSP_OP_ACC_OUT, TSP_OP_ACC_SUM};
  int m = b->vectors++;

  assert_true(m < MAX_VECTORS);
  b->when[m] = cycle;
  rig_deliver(r, 0, 2 * b->slots + m, outward(b, b->cfg->streams - 1), b->column, cycle);
  for (int p = 0; p < b->planes; p++) {
    int op = random_below(s, 4), entry = random_below(s, 3) * (b->cfg->acc_depth - 1) / 2;
    uint64_t w = (uint64_t)ops[op] << 56;
    const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), ops[op]);

    b->op[p][m] = op;
    b->entry[p][m] = entry;
    w = tsp_word_set(in, w, "acc", entry);
    w = tsp_word_set(in, w, "out", inward(b, 4 * p));
    rig_plan(r, plane_queue(b, p) + 1, cycle, word(TSP_OP_ABC, "stream", outward(b, b->cfg->streams - 1)));
    rig_plan(r, plane_queue(b, p) + 2, cycle + (uint64_t)b->cfg->superlanes, w);
  }
}

/* Set 0 loads, then set 1 while vectors pass in every other cycle (not if tight), then vectors in every cycle. */
static void plan(bench *b, rig *r, bool tight, uint64_t *s)
{
  uint64_t from = (uint64_t)b->cfg->columns + 4 + (uint64_t)(b->cfg->columns % 2), t;

  plan_load(b, r, 0, from);
  b->install[0] = from + 2 * (uint64_t)b->slots - 1;
  if (tight)
    plan_tight_load(b, r);
  else
    plan_load(b, r, 1, b->install[0] + 1);
  b->install[1] = b->install[0] + 2 * (uint64_t)b->slots + 2;
  for (t = tight ? b->install[1] : b->install[0]; t <= b->install[1]; t += 2)
    plan_vector(b, r, t, s);
  for (t = b->install[1] + 1; t < b->install[1] + 40; t++)
    plan_vector(b, r, t, s);
  for (int k = 0; k < 2; k++)
    for (int p = 0; p < b->planes; p++)
      rig_plan(r, plane_queue(b, p), b->install[k], word(TSP_OP_IW));
}

static void oracle(bench *b)
{
  size_t v = (size_t)b->cfg->vector;
  int32_t *entry = calloc((size_t)b->cfg->acc_depth * v, sizeof *entry);

  for (int p = 0; p < b->planes; p++) {
    memset(entry, 0, (size_t)b->cfg->acc_depth * v * sizeof *entry);
    for (int m = 0; m < b->vectors; m++)
      for (size_t o = 0; o < v; o++) {
        int set = b->when[m] > b->install[1] ? 2 : b->when[m] > b->install[0] ? 1 : 0;
        int32_t *a = &entry[(size_t)b->entry[p][m] * v + o];
        int64_t y = 0;

        for (size_t i = 0; i < v; i++)
          y += b->x[(size_t)m * v + i] * b->weights[set][o * v + i];
        b->expect[p][(size_t)m * v + o] = (int32_t)(b->op[p][m] % 2 ? *a + y : y);
        if (b->op[p][m] < 2)
          *a = b->expect[p][(size_t)m * v + o];
      }
  }
  free(entry);
}

static void compare_out(const bench *b, rig *r, uint64_t cycle)
{
  int lanes = b->cfg->lanes;

  for (int p = 0; p < b->planes; p++)
    for (int m = 0; m < b->vectors; m++)
      for (int n = 0; n < b->cfg->superlanes; n++) {
        tsp_tile_view t = tsp_engine_tile(r->e, 1 - b->hemi, b->column, n);
        bool now = b->op[p][m] >= 2 && b->when[m] + (uint64_t)(b->cfg->superlanes + 2 + n) == cycle;

        if (!now)
          continue;
        assert_int_equal(t.valid >> (4 * p) & 15, 15);
        for (int l = 0; l < 4 * lanes; l++)
          assert_int_equal(t.data[4 * p * lanes + l],
                           (uint8_t)(b->expect[p][m * b->cfg->vector + n * lanes + l % lanes] >> (8 * (l / lanes))));
      }
}

static size_t compare_installs(const bench *b, uint64_t cycle, const tsp_event *e, size_t count)
{
  int s = b->cfg->superlanes, lanes = b->cfg->lanes;
  size_t k = 0;

  for (int p = 0; p < b->planes; p++)
    for (int row = 0; row < s; row++)
      for (int col = 0; col < s; col++)
        for (int set = 0; set < 2; set++) {
          if (b->install[set] + (uint64_t)(row + col + 1) != cycle)
            continue;
          assert_true(k < count);
          assert_int_equal(e[k].kind, TSP_EVENT_WEIGHTS);
          assert_int_equal(e[k].unit, b->plane0 + p);
          assert_int_equal(e[k].superlane, row);
          assert_int_equal(e[k].index, col);
          for (int j = 0; j < lanes; j++)
            assert_memory_equal(e[k].data + j * lanes,
                                &b->weights[set + 1][(col * lanes + j) * b->cfg->vector + row * lanes], (size_t)lanes);
          k++;
        }
  return k;
}

static size_t compare_entries(const bench *b, uint64_t cycle, const tsp_event *e, size_t count)
{
  size_t k = 0;

  for (int p = 0; p < b->planes; p++)
    for (int n = 0; n < b->cfg->superlanes; n++)
      for (int m = 0; m < b->vectors; m++) {
        if (b->op[p][m] >= 2 || b->when[m] + (uint64_t)(b->cfg->superlanes + 2 + n) != cycle)
          continue;
        assert_true(k < count);
        assert_int_equal(e[k].kind, TSP_EVENT_ACC);
        assert_int_equal(e[k].unit, b->plane0 + p);
        assert_int_equal(e[k].superlane, n);
        assert_int_equal(e[k].index, b->entry[p][m]);
        assert_memory_equal(e[k].data, &b->expect[p][m * b->cfg->vector + n * b->cfg->lanes],
                            4 * (size_t)b->cfg->lanes);
        k++;
      }
  return k;
}

static void run_planes(const tsp_config *c, int hemi, bool tight, uint64_t *s)
{
  bench b;
  rig r;

  bench_new(&b, c, hemi);
  rig_open(&r, c);
  fill(&b, &r, s);
  plan(&b, &r, tight, s);
  oracle(&b);
  rig_start(&r);
  for (uint64_t cycle = 0; !tsp_engine_csr(r.e).done; cycle++) {
    size_t count, k;
    const tsp_event *e;

    assert_int_equal(rig_step(&r), TSP_OK);
    e = tsp_engine_events(r.e, &count);
    k = compare_installs(&b, cycle, e, count);
    k += compare_entries(&b, cycle, e + k, count - k);
    assert_int_equal(k, count);
    compare_out(&b, &r, cycle);
  }
  rig_close(&r);
  bench_free(&b);
}

static void products_are_those_of_the_triple_loop(void **state)
{
  uint64_t s = test_seed("mxm");
  tsp_config odd = odd_config();

  (void)state;
  run_planes(tsp_config_find("nano"), TSP_WEST, false, &s);
  for (int hemi = 0; hemi < 2; hemi++) {
    run_planes(tsp_config_find("mini"), hemi, false, &s);
    run_planes(&odd, hemi, false, &s);
  }
  run_planes(tsp_config_find("full"), TSP_EAST, false, &s);
}

static void a_load_right_behind_the_install_wave_does_not_touch_it(void **state)
{
  uint64_t s = test_seed("tight");
  tsp_config odd = odd_config();

  (void)state;
  run_planes(tsp_config_find("mini"), TSP_WEST, true, &s);
  run_planes(&odd, TSP_EAST, true, &s);
}

/* -128 * -128 * 64 inputs = 2^20 per vector: 2,100 of them pass 2^31. */
static void accumulators_wrap_modulo_2_to_the_32(void **state)
{
  const tsp_config *c = tsp_config_find("mini");
  int q = c->q_mxm, n = 2100;
  uint8_t low[64];
  size_t count = 0;
  int32_t last = 0;
  rig r;

  (void)state;
  rig_open_isa(&r, c, NULL, TSP_VIEWS);
  memset(low, 0x80, sizeof low);
  for (int k = 0; k < c->lw_streams; k++)
    tsp_engine_mem_write(r.e, k, 0, low);
  for (int w = 0; w < 4; w++) {
    for (int j = 0; j < c->lw_streams; j++)
      rig_deliver(&r, j, 0, west(j), 0, 40 + (uint64_t)w);
    rig_plan(&r, q, 40 + (uint64_t)w, word(TSP_OP_LW, "group", west(0), "slot", w));
  }
  rig_plan(&r, q, 44, word(TSP_OP_IW));
  rig_deliver(&r, 0, 0, west(31), 0, 50);
  rig_plan(&r, 0, 44, repeat(n - 1, 1, 0, 0)); /* W0 is 5 columns away: its Read is in cycle 43 */
  rig_plan(&r, q + 1, 50, word(TSP_OP_ABC, "stream", west(31)));
  rig_plan(&r, q + 1, 51, repeat(n - 1, 1, 0, 0));
  rig_plan(&r, q + 2, 54, word(TSP_OP_ACC_ADD, "acc", 255));
  rig_plan(&r, q + 2, 55, repeat(n - 1, 1, 0, 0));
  rig_start(&r);
  while (!tsp_engine_csr(r.e).done) {
    const tsp_event *e;

    assert_int_equal(rig_step(&r), TSP_OK);
    e = tsp_engine_events(r.e, &count);
    for (size_t k = 0; k < count; k++)
      if (e[k].kind == TSP_EVENT_ACC)
        memcpy(&last, e[k].data, sizeof last);
  }
  assert_int_equal(last, (int32_t)(uint32_t)(2100u << 20));
  assert_true(last < 0);
  rig_close(&r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(products_are_those_of_the_triple_loop),
                                     cmocka_unit_test(a_load_right_behind_the_install_wave_does_not_touch_it),
                                     cmocka_unit_test(accumulators_wrap_modulo_2_to_the_32)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
