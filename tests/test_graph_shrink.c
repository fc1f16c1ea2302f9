// SPDX-License-Identifier: Apache-2.0
// test_graph_shrink.c: random graphs are well-formed and survive being written as text; a failing one becomes small and
// still fails; shapes tell which ones the compiler may refuse.
#include "cases/random_graph.h"
#include "graph_shrink.h"
#include "tsp_case.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
/* cmocka needs the four above first */
#include <cmocka.h>

enum { GRAPHS = 400 };

static uint64_t seed(void)
{
  const char *s = getenv("TSP_SEED");
  return s ? strtoull(s, NULL, 0) : 1;
}

static char *text_of(const tsp_graph *g)
{
  char *text = NULL;
  size_t size = 0;
  FILE *f = open_memstream(&text, &size);
  tsp_graph_write(g, f);
  fclose(f);
  return text;
}

static void random_graphs_are_graphs_and_read_back_from_text(void **state)
{
  int seen[TSP_G_OPS] = {0};
  (void)state;
  for (uint64_t i = 0; i < GRAPHS; i++) {
    tsp_error err = {""};
    tsp_graph *g = random_graph(tsp_config_find(i % 4 ? "mini" : "nano"), seed(), i);
    if (tsp_graph_error(g, &err) != TSP_OK)
      fail_msg("graph %llu: %s", (unsigned long long)i, err.text);
    for (int k = 0; k < tsp_graph_count(g); k++)
      seen[tsp_graph_node(g, k)->op]++;
    char *once = text_of(g), *twice;
    tsp_graph *again = tsp_graph_parse(once, "k.tk", "", NULL, &err);
    if (!again)
      fail_msg("graph %llu: %s", (unsigned long long)i, err.text);
    twice = text_of(again);
    assert_string_equal(once, twice);
    free(once);
    free(twice);
    tsp_graph_free(g);
    tsp_graph_free(again);
  }
  for (int op = 0; op < TSP_G_OPS; op++)
    if (!seen[op])
      fail_msg("%s never appears in %d graphs", tsp_graph_op_name(op), GRAPHS);
}

/* Fails wherever a sum runs over more than two elements. */
static bool has_sum(void *ctx, const tsp_graph *g)
{
  ++*(int *)ctx;
  for (int i = 0; i < tsp_graph_count(g); i++) {
    const tsp_node *n = tsp_graph_node(g, i);
    if (n->op == TSP_G_REDUCE_SUM && tsp_graph_node(g, n->input[0])->shape[n->axis] > 2)
      return true;
  }
  return false;
}

static void a_failing_graph_shrinks_to_what_fails(void **state)
{
  int shrunk = 0, tries = 0;
  (void)state;
  for (uint64_t i = 0; i < GRAPHS; i++) {
    tsp_graph *g = random_graph(tsp_config_find("mini"), seed(), i);
    if (!has_sum(&tries, g)) {
      tsp_graph_free(g);
      continue;
    }
    g = tsp_graph_shrink(g, has_sum, &tries, 1000);
    assert_true(has_sum(&tries, g));
    assert_int_equal(tsp_graph_error(g, NULL), TSP_OK);
    if (tsp_graph_count(g) > 3) { /* a leaf, the sum, perhaps its own place as an output */
      tsp_graph_dump(g, stderr);
      fail_msg("graph %llu stays large", (unsigned long long)i);
    }
    for (int d = 0; d < tsp_graph_node(g, 0)->rank; d++)
      assert_true(tsp_graph_node(g, 0)->shape[d] <= 3);
    shrunk++;
    tsp_graph_free(g);
  }
  assert_true(shrunk > 10);
}

static void only_what_is_larger_than_the_memory_may_be_refused(void **state)
{
  static const struct {
    int type;
    uint32_t rows, columns;
    bool too_large;
  } c[] = {{TSP_I8, 2047, 4, false}, {TSP_I8, 2049, 4, true},   {TSP_I8, 2048, 5, true},
           {TSP_I8, 1024, 8, false}, {TSP_I16, 1023, 1, false}, {TSP_I16, 1025, 1, true}};
  const tsp_config *nano = tsp_config_find("nano");
  (void)state;
  for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
    tsp_error err = {""};
    tsp_run run;
    tsp_graph *g = tsp_graph_new("k");
    int x = tsp_graph_input(g, "x", c[i].type, 2, (uint32_t[]){c[i].rows, c[i].columns}, NULL);
    tsp_graph_output(g, tsp_graph_reshape(g, x, 2, (uint32_t[]){c[i].rows, c[i].columns}), "y");
    assert_int_equal(tsp_case_too_large(nano, g), c[i].too_large);
    tsp_status s = tsp_kernel_run(nano, g, 1, &run, &err);
    if (c[i].too_large)
      assert_int_equal(s, TSP_ERANGE);
    if (s == TSP_OK) {
      run.free(run.ctx);
      tsp_image_free(run.image);
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_graphs_are_graphs_and_read_back_from_text),
      cmocka_unit_test(a_failing_graph_shrinks_to_what_fails),
      cmocka_unit_test(only_what_is_larger_than_the_memory_may_be_refused),
  };
  printf("seed %llu (TSP_SEED=<n> replays)\n", (unsigned long long)seed());
  return cmocka_run_group_tests(tests, NULL, NULL);
}
