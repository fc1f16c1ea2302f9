// SPDX-License-Identifier: Apache-2.0
// test_compiler.c: compiled products compute the product, in exactly the predicted cycles, on any configuration.
#include "cases/gemm.h"
#include "tsp_golden.h"
#include "tsp_verify.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka needs the four above first */
#include <cmocka.h>

static uint64_t seed(void)
{
  const char *s = getenv("TSP_SEED");
  return s ? strtoull(s, NULL, 0) : 1;
}

static const tsp_config *odd(void)
{
  static tsp_config c = {.name = "odd",
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
  return &c;
}

/* What one run of an image on the golden machine did. */
typedef struct {
  const tsp_image *image;
  const tsp_config *cfg;
  uint64_t dispatched, unpredicted, wrong;
  uint64_t first_abc[4], last_abc[4], abcs[4], loads_behind[4];
} record;

static void note_mxm(record *r, const tsp_dispatch *d)
{
  int unit = tsp_queue_unit(r->cfg, d->queue), plane = (d->queue - r->cfg->q_mxm) / 3;
  if (unit == TSP_UNIT_MXA) {
    if (r->abcs[plane]++ == 0)
      r->first_abc[plane] = d->cycle;
    r->last_abc[plane] = d->cycle;
  }
  if (unit == TSP_UNIT_MXW && r->abcs[plane] > 0)
    r->loads_behind[plane] += r->last_abc[plane] == d->cycle || r->last_abc[plane] + 1 == d->cycle;
}

static void on_dispatch(void *ctx, const tsp_dispatch *d)
{
  record *r = ctx;
  const tsp_debug *p = tsp_image_debug(r->image, d->queue, d->word);
  r->dispatched++;
  if (!p)
    r->unpredicted++;
  else if (d->issue <= 1 && d->cycle != p->cycle)
    r->wrong++;
  note_mxm(r, d);
}

static void compile_data(const tsp_config *cfg, const tsp_isa *isa, const gemm_data *g, tsp_image **image)
{
  tsp_error err = {{0}};
  if (gemm_compile(cfg, isa, NULL, g, image, &err) != TSP_OK)
    fail_msg("%s: %s", cfg->name, err.text);
}

static tsp_status read_word(void *e, int slice, uint32_t addr, uint8_t *vector)
{
  return tsp_engine_mem_read(e, slice, addr, vector);
}

static void check_results(const tsp_config *cfg, const gemm_data *g, const tsp_image *image, tsp_engine *e)
{
  const tsp_tensor *t = tsp_image_tensor(image, "y");
  uint8_t *y = calloc((size_t)g->m * g->n, 4);
  assert_int_equal(tsp_tensor_gather(cfg, t, y, read_word, e), TSP_OK);
  for (uint32_t r = 0; r < g->m; r++)
    for (uint32_t c = 0; c < g->n; c++) {
      int32_t want = gemm_product(g, r, c), got;
      size_t at = (size_t)r * g->n + c;
      memcpy(&got, y + 4 * at * !g->requant, sizeof got);
      if (g->requant) {
        want = gemm_requantise(want, g->scale, g->relu);
        got = (int8_t)y[at];
      }
      if (got != want)
        fail_msg("%s %ux%ux%u y[%u][%u]: %d, expected %d", cfg->name, g->m, g->k, g->n, r, c, got, want);
    }
  free(y);
}

static record run_image(const tsp_config *cfg, const tsp_isa *isa, const gemm_data *g, const tsp_image *image)
{
  record r = {.image = image, .cfg = cfg};
  tsp_engine *e;
  tsp_error err = {{0}};
  tsp_verify_result proof;
  if (tsp_verify(cfg, isa, image, TSP_VERIFY_ALL, NULL, &proof, &err) != TSP_OK)
    fail_msg("%s %ux%ux%u: %s", cfg->name, g->m, g->k, g->n, err.text);
  assert_int_equal(proof.cycles, image->cycles_predicted);
  assert_int_equal(tsp_golden_open(cfg, isa, TSP_TRACE, &e), TSP_OK);
  if (tsp_engine_load(e, image, &err) != TSP_OK)
    fail_msg("%s", err.text);
  tsp_golden_on_dispatch(e, on_dispatch, &r);
  assert_int_equal(tsp_engine_start(e), TSP_OK);
  tsp_status s = tsp_engine_step(e, image->cycles_predicted + 100, NULL);
  tsp_csr csr = tsp_engine_csr(e);
  if (s != TSP_OK || csr.fault_code)
    fail_msg("%s %ux%ux%u: %s, %s in queue %u at cycle %llu", cfg->name, g->m, g->k, g->n, tsp_status_text(s),
             tsp_fault_text(csr.fault_code), csr.fault_queue, (unsigned long long)csr.fault_cycle);
  assert_true(csr.done);
  assert_int_equal(csr.cycles, image->cycles_predicted);
  assert_int_equal(r.unpredicted, 0);
  assert_int_equal(r.wrong, 0);
  assert_true(r.dispatched > 0);
  check_results(cfg, g, image, e);
  tsp_engine_close(e);
  return r;
}

static gemm_data make_data(uint32_t m, uint32_t k, uint32_t n, bool requant, bool relu, tsp_rng *rng)
{
  gemm_data g;
  assert_int_equal(gemm_alloc(&g, m, k, n), TSP_OK);
  gemm_random(&g, rng);
  g.requant = requant;
  g.relu = relu;
  g.scale = (float)(127 / (10000 * sqrt(k)));
  return g;
}

static record product(const tsp_config *cfg, uint32_t m, uint32_t k, uint32_t n, bool requant, bool relu, tsp_rng *rng,
                      double *ratio)
{
  gemm_data g = make_data(m, k, n, requant, relu, rng);
  tsp_image *image;
  compile_data(cfg, NULL, &g, &image);
  record r = run_image(cfg, NULL, &g, image);
  if (ratio)
    *ratio = (double)image->cycles_predicted / (double)tsp_image_bound(image)->cycles;
  assert_true(image->cycles_predicted >= tsp_image_bound(image)->cycles);
  tsp_image_free(image);
  gemm_free(&g);
  return r;
}

static void every_kind_of_shape(const tsp_config *cfg)
{
  uint32_t v = (uint32_t)cfg->vector, acc = (uint32_t)cfg->acc_depth;
  const uint32_t shape[][3] = {{1, 1, 1},         {1, v, v},     {1, 2 * v + 1, 3 * v - 1}, {7, 3, 1},
                               {9, v + 1, 1},     {5, 1, v + 3}, {acc, 2 * v, v},           {acc + 1, v + 1, v + 1},
                               {3, v - 1, 2 * v}, {13, 17, 19},  {2, 3 * v, 2 * v},         {33, v, 4 * v}};
  tsp_rng rng = {seed()};
  for (size_t i = 0; i < sizeof shape / sizeof shape[0]; i++)
    for (int mode = 0; mode < (cfg->fp ? 3 : 1); mode++)
      product(cfg, shape[i][0], shape[i][1], shape[i][2], mode > 0, mode > 1, &rng, NULL);
}

static void products_of_every_kind_on_nano(void **state)
{
  (void)state, every_kind_of_shape(tsp_config_find("nano"));
}
static void products_of_every_kind_on_mini(void **state)
{
  (void)state, every_kind_of_shape(tsp_config_find("mini"));
}
static void products_of_every_kind_on_odd(void **state)
{
  (void)state, every_kind_of_shape(odd());
}

static void products_on_full(void **state)
{
  (void)state;
  const tsp_config *full = tsp_config_find("full");
  tsp_rng rng = {seed()};
  product(full, 17, 321, 641, false, false, &rng, NULL);
  product(full, 64, 64, 172, true, true, &rng, NULL);
}

static int pick(tsp_rng *r, const int *from, int count)
{
  return from[rng_range(r, 0, count - 1)];
}

/* A configuration that nobody named; every size is drawn. */
static tsp_config drawn_config(tsp_rng *r)
{
  static const int lanes[] = {4, 8, 16}, small[] = {1, 2, 4}, words[] = {128, 256, 1000}, streams[] = {4, 8, 16, 32};
  tsp_config c = {.name = "drawn",
                  .lanes = pick(r, lanes, 3),
                  .iq_depth = 4096,
                  .barrier = 5,
                  .maps = 2,
                  .links = 1,
                  .link_depth = 2,
                  .link_delay = 3,
                  .hac_period = 17};
  c.superlanes = (int)rng_range(r, 1, 5);
  c.lw_streams = pick(r, small, 3);
  do
    c.streams = pick(r, streams, 4);
  while (c.streams < c.lanes);
  c.mem_slices = (int)rng_range(r, 2, 9);
  c.mem_per_hop = (int)rng_range(r, 1, 3);
  c.mem_words = pick(r, words, 3);
  c.planes = (int)rng_range(r, 1, 4);
  c.alus = (int)rng_range(r, 1, 4) * 4;
  c.fp = (int)rng_range(r, 0, 1);
  c.acc_depth = (int)rng_range(r, 2, 70);
  tsp_error err;
  if (tsp_config_complete(&c, &err) != TSP_OK)
    fail_msg("%s", err.text);
  return c;
}

static void print_case(const tsp_config *c, const gemm_data *g)
{
  print_message(
      "superlanes %d lanes %d streams %d mem_slices %d mem_per_hop %d mem_words %d planes %d lw_streams %d alus "
      "%d fp %d acc_depth %d: %ux%ux%u requant %d relu %d\n",
      c->superlanes, c->lanes, c->streams, c->mem_slices, c->mem_per_hop, c->mem_words, c->planes, c->lw_streams,
      c->alus, c->fp, c->acc_depth, g->m, g->k, g->n, g->requant, g->relu);
}

/* Either it runs as predicted, or the error says what would fit. */
static void drawn_products_on_drawn_configurations(void **state)
{
  (void)state;
  tsp_rng rng = {seed()};
  int ran = 0;
  print_message("TSP_SEED=%llu\n", (unsigned long long)rng.state);
  for (int i = 0; i < 150; i++) {
    tsp_config c = drawn_config(&rng);
    uint32_t v = (uint32_t)c.vector, m = (uint32_t)rng_range(&rng, 1, 90), k = (uint32_t)rng_range(&rng, 1, 3 * v);
    gemm_data g = make_data(m, k, (uint32_t)rng_range(&rng, 1, 3 * v), c.fp && i % 3, c.fp && i % 3 == 2, &rng);
    tsp_image *image;
    tsp_error err = {{0}};
    tsp_status s = gemm_compile(&c, NULL, NULL, &g, &image, &err);
    print_case(&c, &g);
    if (s == TSP_OK) {
      run_image(&c, NULL, &g, image);
      ran++;
    } else {
      assert_int_equal(s, TSP_ERANGE);
      assert_non_null(strstr(err.text, "fit"));
    }
    tsp_image_free(image);
    gemm_free(&g);
  }
  assert_true(ran > 75);
}

static void product_on_table(const tsp_config *cfg, const tsp_isa *isa, uint32_t m, uint32_t k, uint32_t n,
                             bool requant, tsp_rng *rng)
{
  gemm_data g = make_data(m, k, n, requant, requant, rng);
  tsp_image *image;
  compile_data(cfg, isa, &g, &image);
  run_image(cfg, isa, &g, image);
  tsp_image_free(image);
  gemm_free(&g);
}

static void changed_latencies_are_followed(void **state)
{
  (void)state;
  tsp_rng rng = {seed()};
  for (int round = 0; round < 8; round++) {
    tsp_isa isa = *tsp_isa_builtin();
    for (int i = 0; i < isa.count; i++)
      if (isa.instr[i].unit != TSP_UNIT_ICU)
        isa.instr[i].d_func = (int16_t)(isa.instr[i].d_func + rng_range(&rng, 0, 4));
    product_on_table(tsp_config_find("mini"), &isa, 40, 100, 130, true, &rng);
    product_on_table(odd(), &isa, 30, 100, 50, false, &rng);
  }
}

static void read_and_write_join_only_where_the_table_allows(void **state)
{
  (void)state;
  tsp_rng rng = {seed()};
  tsp_isa isa = *tsp_isa_builtin();
  for (int i = 0; i < isa.count; i++)
    if (isa.instr[i].opcode == TSP_OP_READWRITE)
      isa.instr[i].d_func++;
  product_on_table(tsp_config_find("nano"), &isa, 60, 20, 16, false, &rng);
  product_on_table(odd(), &isa, 64, 48, 200, true, &rng);
}

static void large_products_come_near_the_bound(void **state)
{
  (void)state;
  const tsp_config *mini = tsp_config_find("mini");
  tsp_rng rng = {seed()};
  double ratio;
  product(mini, 256, 256, 256, true, false, &rng, &ratio);
  assert_true(ratio < 1.1);
  product(mini, 1024, 128, 64, false, false, &rng, &ratio);
  assert_true(ratio < 1.1);
  product(tsp_config_find("full"), 256, 640, 640, true, true, &rng, &ratio);
  assert_true(ratio < 1.5); /* the bound has no lead of loads nor tail of results, which take a third of this one */
}

static void every_plane_works_when_there_is_work(void **state)
{
  (void)state;
  const tsp_config *mini = tsp_config_find("mini");
  tsp_rng rng = {seed()};
  const uint32_t shape[3][3] = {{64, 64, 256}, {200, 64, 64}, {100, 200, 128}}; /* by N, by M, by both */
  for (int i = 0; i < 3; i++) {
    record r = product(mini, shape[i][0], shape[i][1], shape[i][2], false, false, &rng, NULL);
    for (int p = 0; p < mini->planes; p++)
      assert_true(r.abcs[p] > 0);
  }
}

static void weights_load_behind_the_running_tile(void **state)
{
  (void)state;
  const tsp_config *mini = tsp_config_find("mini");
  tsp_rng rng = {seed()};
  record r = product(mini, 256, 256, 256, false, false, &rng, NULL);
  for (int p = 0; p < mini->planes; p++) {
    assert_true(r.loads_behind[p] > 3 * 4); /* LWs and IWs of tiles 1..3 while the plane computes */
    assert_true(r.last_abc[p] - r.first_abc[p] + 1 < r.abcs[p] + 8); /* no wait between tiles */
  }
}

static void one_input_gives_one_image(void **state)
{
  (void)state;
  tsp_rng rng = {seed()};
  gemm_data g = make_data(50, 150, 90, true, false, &rng);
  tsp_image *a, *b;
  compile_data(odd(), NULL, &g, &a);
  compile_data(odd(), NULL, &g, &b);
  assert_int_equal(a->cycles_predicted, b->cycles_predicted);
  for (int q = 0; q < a->queue_count; q++) {
    assert_int_equal(a->queue[q].length, b->queue[q].length);
    assert_memory_equal(a->queue[q].word, b->queue[q].word, a->queue[q].length * sizeof(uint64_t));
  }
  tsp_image_free(a);
  tsp_image_free(b);
  gemm_free(&g);
}

static void image_survives_its_file(void **state)
{
  (void)state;
  tsp_rng rng = {seed()};
  gemm_data g = make_data(20, 100, 90, true, false, &rng);
  const tsp_config *mini = tsp_config_find("mini");
  char path[] = "/tmp/tsp_compilerXXXXXX";
  tsp_image *image, *again;
  tsp_error err = {{0}};
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
  compile_data(mini, NULL, &g, &image);
  if (tsp_image_write(image, path, &err) != TSP_OK || tsp_image_read(path, &again, &err) != TSP_OK)
    fail_msg("%s", err.text);
  run_image(mini, NULL, &g, again);
  remove(path);
  tsp_image_free(image);
  tsp_image_free(again);
  gemm_free(&g);
}

static tsp_error refused(const tsp_config *cfg, tsp_gemm gemm, tsp_status expected)
{
  tsp_image *image = (tsp_image *)1;
  tsp_error err = {{0}};
  tsp_graph *g = tsp_graph_gemm(&gemm);
  assert_non_null(g);
  assert_int_equal(tsp_graph_compile(cfg, NULL, g, NULL, &image, &err), expected);
  assert_null(image);
  tsp_graph_free(g);
  return err;
}

static void what_cannot_run_is_refused_with_its_reason(void **state)
{
  (void)state;
  static const int8_t w[64 * 64] = {1};
  const tsp_config *mini = tsp_config_find("mini"), *nano = tsp_config_find("nano");
  refused(mini, (tsp_gemm){.m = 0, .k = 1, .n = 1, .w = w}, TSP_ERANGE);
  assert_non_null(strstr(refused(mini, (tsp_gemm){.m = 2, .k = 3, .n = 4}, TSP_EFORMAT).text, "2x3x4: no contents"));
  tsp_error e = refused(nano, (tsp_gemm){.m = 1, .k = 1, .n = 1, .requant = true, .w = w}, TSP_ERANGE);
  assert_non_null(strstr(e.text, "nano has no floating point"));
  e = refused(mini, (tsp_gemm){.m = 1000000, .k = 64, .n = 64, .w = w}, TSP_ERANGE);
  assert_non_null(strstr(e.text, "5000000 words of memory or more, configuration mini has 98304"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(products_of_every_kind_on_nano),
      cmocka_unit_test(products_of_every_kind_on_mini),
      cmocka_unit_test(products_of_every_kind_on_odd),
      cmocka_unit_test(products_on_full),
      cmocka_unit_test(drawn_products_on_drawn_configurations),
      cmocka_unit_test(changed_latencies_are_followed),
      cmocka_unit_test(read_and_write_join_only_where_the_table_allows),
      cmocka_unit_test(large_products_come_near_the_bound),
      cmocka_unit_test(every_plane_works_when_there_is_work),
      cmocka_unit_test(weights_load_behind_the_running_tile),
      cmocka_unit_test(one_input_gives_one_image),
      cmocka_unit_test(image_survives_its_file),
      cmocka_unit_test(what_cannot_run_is_refused_with_its_reason),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
