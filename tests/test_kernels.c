// SPDX-License-Identifier: Apache-2.0
// test_kernels.c: kernels on the golden machine beyond what one run shows: states that stay from run to run, lengths
// that are known only at run time, and texts that no test has seen.
#include "cases/oracle.h"
#include "replay.h"
#include "sim.h"
#include "tsp_golden.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka needs the four above first */
#include <cmocka.h>

typedef struct {
  tsp_graph *g;
  tsp_image *image;
  oracle *o;
  tsp_engine *e;
} machine;

static int find(const machine *m, const char *name)
{
  for (int i = 0; i < tsp_graph_count(m->g); i++) {
    const tsp_node *n = tsp_graph_node(m->g, i);
    if (strcmp(n->output ? n->output : n->inputs == 0 ? n->name : "", name) == 0)
      return i;
  }
  fail_msg("there is no %s", name);
  return -1;
}

static void open_kernel(machine *m, const char *path, const char *const *set)
{
  tsp_error err = {""};
  const tsp_config *cfg = tsp_config_find("mini");
  m->g = tsp_graph_read(path, set, &err);
  if (!m->g || tsp_graph_compile(cfg, NULL, m->g, NULL, &m->image, &err) != TSP_OK)
    fail_msg("%s", err.text);
  m->o = oracle_new(m->g);
  assert_non_null(m->o);
  assert_int_equal(tsp_golden_open(cfg, NULL, 0, &m->e), TSP_OK);
  if (tsp_engine_load(m->e, m->image, &err) != TSP_OK)
    fail_msg("%s", err.text);
}

static void close_kernel(machine *m)
{
  tsp_engine_close(m->e);
  oracle_free(m->o);
  tsp_image_free(m->image);
  tsp_graph_free(m->g);
}

static tsp_status write_word(void *e, int slice, uint32_t addr, uint8_t *vector)
{
  return tsp_engine_mem_write(e, slice, addr, vector);
}

static tsp_status read_word(void *e, int slice, uint32_t addr, uint8_t *vector)
{
  return tsp_engine_mem_read(e, slice, addr, vector);
}

static void write_input(machine *m, const char *name, const void *data)
{
  const tsp_tensor *t = tsp_image_tensor(m->image, name);
  assert_non_null(t);
  assert_int_equal(tsp_tensor_scatter(tsp_engine_config(m->e), t, data, write_word, m->e), TSP_OK);
  oracle_set(m->o, find(m, name), data);
}

static void fill_input(machine *m, const char *name, unsigned seed)
{
  const tsp_node *n = tsp_graph_node(m->g, find(m, name));
  uint64_t count = tsp_node_elements(n), size = (uint64_t)tsp_type_size(n->type);
  uint8_t *data = malloc(count * size);
  assert_non_null(data);
  for (uint64_t i = 0; i < count; i++) {
    seed = seed * 1664525 + 1013904223;
    uint32_t bits = oracle_bits(n->type, (double)(seed >> 8) / (1 << 23) - 1);
    memcpy(data + i * size, &bits, size);
  }
  write_input(m, name, data);
  free(data);
}

static void check(machine *m, const char *name)
{
  tsp_oracle out = {0};
  const tsp_tensor *t = tsp_image_tensor(m->image, name);
  assert_non_null(t);
  uint8_t *data = calloc(tsp_tensor_elements(t), (size_t)tsp_type_size(t->type));
  assert_non_null(data);
  assert_int_equal(tsp_tensor_gather(tsp_engine_config(m->e), t, data, read_word, m->e), TSP_OK);
  oracle_compare(m->o, find(m, name), data, &out);
  free(data);
  assert_true(out.compared > 0);
  if (out.mismatches)
    fail_msg("%s", out.first);
}

/* One run from the memory that the last one left; the cycles it took. */
static uint64_t run(machine *m)
{
  tsp_error err = {""};
  assert_int_equal(tsp_engine_start(m->e), TSP_OK);
  assert_int_equal(tsp_engine_step(m->e, m->image->cycles_predicted + 1000, NULL), TSP_OK);
  assert_true(tsp_engine_csr(m->e).done);
  if (oracle_run(m->o, &err) != TSP_OK)
    fail_msg("%s", err.text);
  return tsp_engine_csr(m->e).cycles;
}

static void decoding_reads_its_length_from_data_and_takes_the_same_time(void **state)
{
  static const int16_t position[] = {0, 1, 300, 511, 2};
  machine m;
  (void)state;
  open_kernel(&m, "tests/kernels/attention_decode.tk", NULL);
  for (unsigned i = 0; i < sizeof position / sizeof *position; i++) {
    write_input(&m, "position", &position[i]);
    fill_input(&m, "q", 3 * i);
    fill_input(&m, "k", 3 * i + 1);
    fill_input(&m, "v", 3 * i + 2);
    assert_int_equal(run(&m), m.image->cycles_predicted);
    check(&m, "y");
    check(&m, "keys"); /* each run's row stays for the next */
    check(&m, "values");
  }
  close_kernel(&m);
}

static void a_text_that_no_test_has_seen_compiles_and_runs(void **state)
{
  static const char text[] =
      "kernel unseen\nparam N = 40\ninput x : i8[N, 24]\nconst w : i8[24, 16] = uniform(5, -9, 9)\n"
      "state total : i32[1, 16]\ninput row : i16[1, 1] in 0..0\n"
      "y = max(matmul(x, w), axis = 0)\nlast = scatter(total, row, y + total)\noutput y\n";
  char path[] = "/tmp/tsp_unseen_XXXXXX.tk";
  int fd = mkstemps(path, 3);
  machine m;
  (void)state;
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
  close(fd);
  open_kernel(&m, path, (const char *const[]){"N=20", NULL});
  write_input(&m, "row", &(int16_t){0});
  for (unsigned i = 0; i < 3; i++) {
    fill_input(&m, "x", i);
    assert_int_equal(run(&m), m.image->cycles_predicted);
    check(&m, "y");
    check(&m, "total");
  }
  close_kernel(&m);
  unlink(path);
}

static void a_kernel_text_is_run_with_its_parameters_and_replayed(void **state)
{
  char folder[] = "/tmp/tsp_kernel_XXXXXX", path[64];
  tsp_report r;
  tsp_replay replay;
  tsp_error err = {""};
  (void)state;
  assert_non_null(mkdtemp(folder));
  tsp_sim_options o = {.name = "tests/kernels/integers.tk",
                       .on = TSP_ON_GOLDEN,
                       .seed = 9,
                       .set = {"T=5", NULL},
                       .run = -1,
                       .out = folder,
                       .program = "tsp"};
  tsp_sim(&o, &r);
  if (r.verdict != TSP_VERDICT_PASS)
    fail_msg("%s", r.reason);
  assert_int_equal(r.oracle.compared, 5 * 10);
  assert_int_equal(tsp_report_write(&r, &err), TSP_OK);
  assert_int_equal(tsp_replay_read(folder, &replay, &err), TSP_OK);
  assert_string_equal(replay.test, "tests/kernels/integers.tk");
  assert_string_equal(replay.set[0], "T=5");
  assert_string_equal(replay.set[1], "");
  tsp_report_free(&r);
  o.set[0] = "T=0";
  tsp_sim(&o, &r);
  assert_int_equal(r.verdict, TSP_VERDICT_ERROR);
  assert_non_null(strstr(r.reason, "tests/kernels/integers.tk:4:14: a size of 0"));
  tsp_report_free(&r);
  static const char *const left[] = {"report.json", "program.tsp", "program.s"};
  for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, left[i]);
    unlink(path);
  }
  assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(decoding_reads_its_length_from_data_and_takes_the_same_time),
      cmocka_unit_test(a_text_that_no_test_has_seen_compiles_and_runs),
      cmocka_unit_test(a_kernel_text_is_run_with_its_parameters_and_replayed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
