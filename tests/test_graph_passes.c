// SPDX-License-Identifier: Apache-2.0
// test_graph_passes.c: composites become primitives, constants are folded, graphs are dumped.
#include "tsp_graph.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#define SHAPE(...)                                                                                                     \
  (int)(sizeof(uint32_t[]){__VA_ARGS__} / sizeof(uint32_t)), (const uint32_t[])                                        \
  {                                                                                                                    \
    __VA_ARGS__                                                                                                        \
  }

static int input(tsp_graph *g, const char *name, int type, int rank, const uint32_t *shape)
{
  return tsp_graph_input(g, name, type, rank, shape, NULL);
}

static void check_ok(const tsp_graph *g)
{
  tsp_error err;
  if (tsp_graph_error(g, &err) != TSP_OK)
    fail_msg("%s", err.text);
}

static void only_primitives_are_left_after_expansion(void **state)
{
  (void)state;
  tsp_graph *g = tsp_graph_new("k");
  int x = input(g, "x", TSP_F32, SHAPE(3, 8)), w = input(g, "w", TSP_F32, SHAPE(8)), y = x;
  int q = input(g, "q", TSP_F16, SHAPE(4, 5, 8)), k = input(g, "k", TSP_F16, SHAPE(2, 6, 8));
  int mask = input(g, "mask", TSP_F32, SHAPE(5, 6)), c = input(g, "c", TSP_F32, SHAPE(3, 1));
  const int unary[] = {TSP_G_SQRT, TSP_G_SIGMOID, TSP_G_SILU, TSP_G_GELU, TSP_G_SOFTMAX};
  for (size_t i = 0; i < sizeof unary / sizeof *unary; i++)
    y = tsp_graph_unary(g, unary[i], y);
  y = tsp_graph_binary(g, TSP_G_DIV, y, w);
  y = tsp_graph_rope(g, tsp_graph_layernorm(g, tsp_graph_rmsnorm(g, y, w, 1e-5), w, w, 1e-5), c, c);
  y = tsp_graph_dequantize(g, tsp_graph_quantize(g, y, w), w);
  tsp_graph_label(g, y, "named");
  tsp_graph_output(g, y, "y");
  tsp_graph_output(g, tsp_graph_attention(g, q, k, k, mask, 0.3, true), "a");
  check_ok(g);
  tsp_error err = {""};
  tsp_graph *e = tsp_graph_expand(g, &err);
  if (!e)
    fail_msg("%s", err.text);
  int outputs = 0;
  for (int i = 0; i < tsp_graph_count(e); i++) {
    const tsp_node *n = tsp_graph_node(e, i);
    assert_true(n->op < TSP_G_PRIMITIVES);
    if (n->output && strcmp(n->output, "a") == 0)
      assert_memory_equal(n->shape, ((const uint32_t[]){4, 5, 8}), 3 * sizeof(uint32_t));
    else if (n->output)
      assert_string_equal(n->name, "named");
    outputs += n->output != NULL;
  }
  assert_int_equal(outputs, 2);
  tsp_graph_free(e);
  tsp_graph_free(g);
}

/* The constant that becomes the output after moves of it. */
static void check_folds(tsp_graph *g, int id, int type, const void *data, size_t bytes)
{
  tsp_error err = {""};
  tsp_graph_output(g, id, "y");
  check_ok(g);
  tsp_graph *f = tsp_graph_fold(g, &err);
  if (!f)
    fail_msg("%s", err.text);
  assert_int_equal(tsp_graph_count(f), 2); /* it and its place as output */
  assert_int_equal(tsp_graph_node(f, 0)->op, TSP_G_CONST);
  assert_int_equal(tsp_graph_node(f, 0)->type, type);
  assert_int_equal(tsp_node_elements(tsp_graph_node(f, 0)) * (uint64_t)tsp_type_size(type), bytes);
  assert_memory_equal(tsp_graph_node(f, 0)->data, data, bytes);
  tsp_graph_free(f);
  tsp_graph_free(g);
}

static int matrix(tsp_graph **g)
{
  static const int8_t data[] = {0, 1, 2, 10, 11, -128};
  *g = tsp_graph_new("k");
  return tsp_graph_const(*g, "w", TSP_I8, SHAPE(2, 3), data);
}

static void moved_constants_are_constants(void **state)
{
  (void)state;
  tsp_graph *g;
  int w = matrix(&g);
  check_folds(g, tsp_graph_transpose(g, w, (int[]){1, 0}), TSP_I8, (int8_t[]){0, 10, 1, 11, 2, -128}, 6);
  w = matrix(&g);
  check_folds(g, tsp_graph_take(g, w, 1, 4, (uint32_t[]){2, 2, 0, 1}), TSP_I8,
              (int8_t[]){2, 2, 0, 1, -128, -128, 10, 11}, 8);
  w = matrix(&g);
  check_folds(g, tsp_graph_slice(g, w, 1, 1, 2), TSP_I8, (int8_t[]){1, 2, 11, -128}, 4);
  w = matrix(&g);
  check_folds(g, tsp_graph_concat(g, 1, 2, (int[]){w, tsp_graph_unary(g, TSP_G_NEG, w)}), TSP_I8,
              (int8_t[]){0, 1, 2, 0, -1, -2, 10, 11, -128, -10, -11, 127}, 12);
  w = matrix(&g);
  check_folds(g, tsp_graph_concat(g, 0, 2, (int[]){w, w}), TSP_I8,
              (int8_t[]){0, 1, 2, 10, 11, -128, 0, 1, 2, 10, 11, -128}, 12);
  w = matrix(&g);
  check_folds(g, tsp_graph_reshape(g, w, SHAPE(3, 2, 1)), TSP_I8, (int8_t[]){0, 1, 2, 10, 11, -128}, 6);
  w = matrix(&g);
  w = tsp_graph_slice(g, w, 0, 1, 1);
  check_folds(g, tsp_graph_broadcast(g, w, SHAPE(2, 2, 3)), TSP_I8,
              (int8_t[]){10, 11, -128, 10, 11, -128, 10, 11, -128, 10, 11, -128}, 12);
  w = matrix(&g);
  check_folds(g, tsp_graph_binary(g, TSP_G_MUL, w, tsp_graph_slice(g, w, 1, 1, 1)), TSP_I8,
              (int8_t[]){0, 1, 2, 110, 121, -128}, 6);
  w = matrix(&g);
  check_folds(g, tsp_graph_cast(g, w, TSP_F16), TSP_F16, (uint16_t[]){0, 0x3c00, 0x4000, 0x4900, 0x4980, 0xd800}, 12);
}

static void what_nothing_needs_is_dropped_but_the_hosts_tensors_stay(void **state)
{
  (void)state;
  tsp_graph *g = tsp_graph_new("k");
  int x = input(g, "x", TSP_I8, SHAPE(4));
  input(g, "unused", TSP_I8, SHAPE(4));
  tsp_graph_unary(g, TSP_G_ABS, x);
  int s = tsp_graph_state(g, "s", TSP_I8, SHAPE(2, 4), NULL), i = input(g, "i", TSP_I16, SHAPE(1, 1));
  tsp_graph_scatter(g, s, i, tsp_graph_reshape(g, x, SHAPE(1, 4)));
  tsp_graph *f = tsp_graph_fold(g, NULL);
  assert_non_null(f);
  assert_int_equal(tsp_graph_count(f), 6);
  for (int n = 0; n < 6; n++)
    assert_int_not_equal(tsp_graph_node(f, n)->op, TSP_G_ABS);
  tsp_graph_free(f);
  tsp_graph_free(g);
}

static void the_dump_shows_every_tensor(void **state)
{
  (void)state;
  char *text = NULL;
  size_t size = 0;
  FILE *to = open_memstream(&text, &size);
  tsp_graph *g = tsp_graph_new("k");
  tsp_graph_at(g, 2, 7);
  int x = input(g, "x", TSP_F16, SHAPE(4, 6)), t = tsp_graph_take(g, x, 1, 6, (uint32_t[]){0, 1, 2, 5, 3, 5});
  tsp_graph_output(g, tsp_graph_slice(g, t, 0, 1, 2), "y");
  tsp_graph_dump(g, to);
  fclose(to);
  assert_string_equal(text, "graph k: 3 tensors\n"
                            "  #0    f16[4, 6] x = input   ; 2:7\n"
                            "  #1    f16[4, 6] = take #0:x axis 1 index 0..2/1 5 3 5   ; 2:7\n"
                            "  #2    f16[2, 6] = slice #1 axis 0 from 1 -> output y   ; 2:7\n");
  free(text);
  tsp_graph_free(g);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(only_primitives_are_left_after_expansion),
      cmocka_unit_test(moved_constants_are_constants),
      cmocka_unit_test(what_nothing_needs_is_dropped_but_the_hosts_tensors_stay),
      cmocka_unit_test(the_dump_shows_every_tensor),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
