// SPDX-License-Identifier: Apache-2.0
// test_graph_passes.c: composites become primitives, constants are folded, graphs are dumped.
#include "cases/oracle.h"
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

/* ---- reshapes and transposes drawn together ---- */
static tsp_graph *turned(const tsp_graph *g)
{
  tsp_error err = {""};
  check_ok(g);
  tsp_graph *t = tsp_graph_turn(g, &err), *f = t ? tsp_graph_fold(t, &err) : NULL;
  if (!f)
    fail_msg("%s", err.text);
  tsp_graph_free(t);
  return f;
}

static int output_of(const tsp_graph *g)
{
  int id = 0;
  while (!tsp_graph_node(g, id)->output)
    id++;
  return id;
}

static int count_of(const tsp_graph *g, int op)
{
  int n = 0;
  for (int i = 0; i < tsp_graph_count(g); i++)
    n += tsp_graph_node(g, i)->op == op;
  return n;
}

/* Runs both with input 0 of elements 0, 1, 2, .. */
static void same_values(const tsp_graph *g, const tsp_graph *f)
{
  const tsp_graph *both[2] = {g, f};
  oracle *o[2];
  for (int k = 0; k < 2; k++) {
    const tsp_node *x = tsp_graph_node(both[k], 0);
    size_t size = (size_t)tsp_type_size(x->type);
    uint64_t n = tsp_node_elements(x);
    uint8_t *data = malloc(n * size);
    assert_non_null(data);
    for (uint64_t i = 0; i < n; i++) {
      uint32_t bits = oracle_bits(x->type, (double)i);
      memcpy(data + i * size, &bits, size);
    }
    o[k] = oracle_new(both[k]);
    assert_non_null(o[k]);
    oracle_set(o[k], 0, data);
    free(data);
    assert_int_equal(oracle_run(o[k], NULL), TSP_OK);
  }
  const tsp_node *a = tsp_graph_node(g, output_of(g)), *b = tsp_graph_node(f, output_of(f));
  assert_int_equal(a->type, b->type);
  assert_int_equal(a->rank, b->rank);
  assert_memory_equal(a->shape, b->shape, (size_t)a->rank * sizeof *a->shape);
  for (uint64_t i = 0; i < tsp_node_elements(a); i++)
    if (oracle_value(o[0], output_of(g))[i].v != oracle_value(o[1], output_of(f))[i].v)
      fail_msg("element %llu of %s: %g, not %g", (unsigned long long)i, a->output,
               oracle_value(o[1], output_of(f))[i].v, oracle_value(o[0], output_of(g))[i].v);
  oracle_free(o[0]);
  oracle_free(o[1]);
}

static uint32_t any(uint64_t *seed, uint32_t below)
{
  *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(*seed >> 33) % below;
}

/* A row of `length` reshapes to any shape, of sizes of 1 too, and transposes. */
static int moved_about(tsp_graph *g, int x, uint64_t *seed, int length)
{
  for (int i = 0; i < length; i++) {
    const tsp_node *n = tsp_graph_node(g, x);
    if (any(seed, 2)) {
      int perm[TSP_GRAPH_RANK] = {0, 1, 2, 3};
      for (int k = n->rank - 1; k > 0; k--) {
        int other = (int)any(seed, (uint32_t)k + 1), p = perm[k];
        perm[k] = perm[other];
        perm[other] = p;
      }
      x = tsp_graph_transpose(g, x, perm);
    } else {
      int rank = 1 + (int)any(seed, TSP_GRAPH_RANK);
      uint32_t left = (uint32_t)tsp_node_elements(n), shape[TSP_GRAPH_RANK] = {1, 1, 1, 1};
      for (uint32_t by = 2; left > 1; by = left % by ? by + 1 : by)
        if (left % by == 0) {
          shape[any(seed, (uint32_t)rank)] *= by;
          left /= by;
        }
      x = tsp_graph_reshape(g, x, rank, shape);
    }
  }
  return x;
}

static void rows_of_reshapes_and_transposes_are_what_they_were(void **state)
{
  static const uint32_t shapes[][4] = {{4, 6, 10, 1}, {16, 3, 2, 2}, {1, 1, 1, 1}, {7, 5, 1, 3}, {2, 36, 1, 4}};
  uint64_t seed = 1;
  int shorter = 0;
  (void)state;
  for (int i = 0; i < 400; i++) {
    tsp_graph *g = tsp_graph_new("k");
    int x = input(g, "x", TSP_I32, 4, shapes[i % 5]);
    tsp_graph_output(g, tsp_graph_unary(g, TSP_G_NEG, moved_about(g, x, &seed, 1 + i % 20)), "y");
    tsp_graph *f = turned(g);
    same_values(g, f);
    shorter += tsp_graph_count(f) < tsp_graph_count(g);
    tsp_graph_free(f);
    tsp_graph_free(g);
  }
  assert_true(shorter > 200);
}

/* Whoever follows such a row must not do so for ever, nor on the stack. */
static void a_row_of_reshapes_may_be_very_long(void **state)
{
  uint64_t seed = 3;
  (void)state;
  tsp_graph *g = tsp_graph_new("k");
  tsp_graph_output(g, moved_about(g, input(g, "x", TSP_I8, SHAPE(64, 64, 16)), &seed, 100000), "y");
  tsp_graph_free(turned(g));
  tsp_graph_free(g);
}

/* The transpose of what the host can lay down the other way round: the rows of weights are the tensor as it came. */
static void rows_of_weights_are_not_turned_twice(void **state)
{
  (void)state;
  tsp_graph *g = tsp_graph_new("k");
  int x = input(g, "x", TSP_F32, SHAPE(5, 8, 130)), w = input(g, "w", TSP_F16, SHAPE(5, 16, 130));
  int y = tsp_graph_matmul(g, w, tsp_graph_transpose(g, tsp_graph_cast(g, x, TSP_F16), (int[]){0, 2, 1, 3}));
  tsp_graph_output(g, y, "y");
  tsp_graph *f = turned(g);
  const tsp_node *m = tsp_graph_node(f, output_of(f)), *b = tsp_graph_node(f, m->input[1]);
  assert_int_equal(m->op, TSP_G_MATMUL);
  assert_int_equal(count_of(f, TSP_G_TRANSPOSE), 1);
  assert_int_equal(b->op, TSP_G_TRANSPOSE);
  const tsp_node *c = tsp_graph_node(f, b->input[0]);
  assert_int_equal(c->op, TSP_G_CAST);
  assert_int_equal(tsp_graph_node(f, c->input[0])->op, TSP_G_INPUT);
  tsp_graph_free(f);
  tsp_graph_free(g);
}

static void sums_of_one_tensor_are_looked_at_once(void **state)
{
  (void)state;
  tsp_graph *g = tsp_graph_new("k");
  int x = input(g, "x", TSP_F32, SHAPE(64, 32)), w = input(g, "w", TSP_F32, SHAPE(32));
  for (int i = 0; i < 64; i++)
    x = tsp_graph_binary(g, TSP_G_ADD, x, x);
  tsp_graph_output(g, tsp_graph_softmax(g, tsp_graph_rmsnorm(g, x, w, 1e-5)), "y");
  check_ok(g);
  tsp_graph *e = tsp_graph_expand(g, NULL);
  assert_non_null(e);
  assert_true(tsp_graph_count(e) < 300);
  tsp_graph_free(turned(e));
  tsp_graph_free(e);
  tsp_graph_free(g);
}

static void transposes_of_a_product_with_a_constant_are_dropped(void **state)
{
  int8_t data[6 * 5];
  (void)state;
  for (int i = 0; i < 30; i++)
    data[i] = (int8_t)(i * i % 17 - 8);
  for (int vector = 0; vector < 2; vector++) {
    tsp_graph *g = tsp_graph_new("k");
    int x = input(g, "x", TSP_I8, SHAPE(4, 6)), w = tsp_graph_const(g, "w", TSP_I8, SHAPE(6, 5), data);
    int m = tsp_graph_matmul(g, x, w);
    if (vector)
      m = tsp_graph_binary(g, TSP_G_ADD, m, tsp_graph_const(g, "b", TSP_I32, SHAPE(5), (int32_t[]){1, 2, 3, 4, 5}));
    tsp_graph_output(g, tsp_graph_transpose(g, m, (int[]){1, 0}), "y");
    tsp_graph *f = turned(g);
    same_values(g, f);
    const tsp_node *y = tsp_graph_node(f, output_of(f));
    assert_int_equal(y->op, vector ? TSP_G_ADD : TSP_G_MATMUL);
    assert_int_equal(count_of(f, TSP_G_TRANSPOSE), 1); /* rows of x are weights: transposed in name only */
    tsp_graph_free(f);
    tsp_graph_free(g);
  }
}

static void a_conversion_to_a_narrower_type_comes_before_a_transpose(void **state)
{
  static const int type[3] = {TSP_I8, TSP_F16, TSP_I32};
  (void)state;
  for (int i = 0; i < 3; i++) {
    tsp_graph *g = tsp_graph_new("k");
    int x = input(g, "x", i < 2 ? TSP_F32 : TSP_I8, SHAPE(4, 3)); /* which could lie in memory as it is wanted */
    x = tsp_graph_transpose(g, tsp_graph_concat(g, 1, 2, (int[]){x, x}), (int[]){1, 0});
    tsp_graph_output(g, tsp_graph_cast(g, x, type[i]), "y");
    tsp_graph *f = turned(g);
    same_values(g, f);
    const tsp_node *y = tsp_graph_node(f, output_of(f));
    assert_int_equal(y->op, i < 2 ? TSP_G_TRANSPOSE : TSP_G_CAST);
    assert_int_equal(tsp_graph_node(f, y->input[0])->op, i < 2 ? TSP_G_CAST : TSP_G_TRANSPOSE);
    tsp_graph_free(f);
    tsp_graph_free(g);
  }
}

static void what_is_computed_twice_is_computed_once(void **state)
{
  (void)state;
  tsp_graph *g = tsp_graph_new("k");
  int x = input(g, "x", TSP_F32, SHAPE(4, 6));
  int a = tsp_graph_binary(g, TSP_G_ADD, tsp_graph_unary(g, TSP_G_EXP, x), tsp_graph_scalar(g, TSP_F32, 2));
  int b = tsp_graph_binary(g, TSP_G_ADD, tsp_graph_unary(g, TSP_G_EXP, x), tsp_graph_scalar(g, TSP_F32, 2));
  int c = tsp_graph_binary(g, TSP_G_SUB, tsp_graph_unary(g, TSP_G_EXP, x), tsp_graph_scalar(g, TSP_F32, 2));
  tsp_graph_output(g, a, "a");
  tsp_graph_output(g, b, "b");
  tsp_graph_output(g, c, "c");
  check_ok(g);
  tsp_graph *f = tsp_graph_fold(g, NULL);
  assert_non_null(f);
  assert_int_equal(count_of(f, TSP_G_EXP), 1);
  assert_int_equal(count_of(f, TSP_G_ADD), 1);
  assert_int_equal(count_of(f, TSP_G_SUB), 1);
  int outputs = 0;
  for (int i = 0; i < tsp_graph_count(f); i++)
    outputs += tsp_graph_node(f, i)->output != NULL;
  assert_int_equal(outputs, 3);
  tsp_graph_free(f);
  tsp_graph_free(g);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(only_primitives_are_left_after_expansion),
      cmocka_unit_test(moved_constants_are_constants),
      cmocka_unit_test(what_nothing_needs_is_dropped_but_the_hosts_tensors_stay),
      cmocka_unit_test(the_dump_shows_every_tensor),
      cmocka_unit_test(rows_of_reshapes_and_transposes_are_what_they_were),
      cmocka_unit_test(a_row_of_reshapes_may_be_very_long),
      cmocka_unit_test(rows_of_weights_are_not_turned_twice),
      cmocka_unit_test(sums_of_one_tensor_are_looked_at_once),
      cmocka_unit_test(transposes_of_a_product_with_a_constant_are_dropped),
      cmocka_unit_test(a_conversion_to_a_narrower_type_comes_before_a_transpose),
      cmocka_unit_test(what_is_computed_twice_is_computed_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
