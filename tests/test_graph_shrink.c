// SPDX-License-Identifier: Apache-2.0
// test_graph_shrink.c: random graphs are well-formed and survive being written as text; a failing one becomes small and
// still fails.
#include "cases/random_graph.h"
#include "graph_shrink.h"
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
    tsp_graph *g = random_graph(i % 4 != 0, seed(), i);
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
    tsp_graph *g = random_graph(true, seed(), i);
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

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_graphs_are_graphs_and_read_back_from_text),
      cmocka_unit_test(a_failing_graph_shrinks_to_what_fails),
  };
  printf("seed %llu (TSP_SEED=<n> replays)\n", (unsigned long long)seed());
  return cmocka_run_group_tests(tests, NULL, NULL);
}
