// SPDX-License-Identifier: Apache-2.0
// test_graph.c: the builder infers shapes and types, refuses misuse in words, and survives it.
#include "rng.h"
#include "tsp_graph.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
/* cmocka needs the four above first */
#include <cmocka.h>

static uint64_t seed(void)
{
  const char *s = getenv("TSP_SEED");
  return s ? strtoull(s, NULL, 0) : 1;
}

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

static void check_is(const tsp_graph *g, int id, int op, int type, int rank, const uint32_t *shape)
{
  check_ok(g);
  const tsp_node *n = tsp_graph_node(g, id);
  assert_non_null(n);
  assert_int_equal(n->op, op);
  assert_int_equal(n->type, type);
  assert_int_equal(n->rank, rank);
  assert_memory_equal(n->shape, shape, (size_t)rank * sizeof *shape);
}

static void check_fails(tsp_graph *g, int id, tsp_status status, const char *says)
{
  tsp_error err;
  assert_int_equal(id, -1);
  assert_int_equal(tsp_graph_error(g, &err), status);
  if (!strstr(err.text, says))
    fail_msg("'%s' does not say '%s'", err.text, says);
  tsp_graph_free(g);
}

static void shapes_and_types_follow_from_the_operands(void **state)
{
  (void)state;
  tsp_graph *g = tsp_graph_new("k");
  int x = input(g, "x", TSP_F16, SHAPE(2, 3, 4)), row = input(g, "row", TSP_F16, SHAPE(1, 4));
  int b = input(g, "b", TSP_I8, SHAPE(5, 4)), c = input(g, "c", TSP_I8, SHAPE(7, 1, 4, 6));
  check_is(g, tsp_graph_binary(g, TSP_G_ADD, x, row), TSP_G_ADD, TSP_F16, SHAPE(2, 3, 4));
  check_is(g, tsp_graph_binary(g, TSP_G_LT, row, x), TSP_G_LT, TSP_I16, SHAPE(2, 3, 4));
  check_is(g, tsp_graph_cast(g, b, TSP_F32), TSP_G_CAST, TSP_F32, SHAPE(5, 4));
  assert_int_equal(tsp_graph_cast(g, b, TSP_I8), b);
  check_is(g, tsp_graph_reduce(g, TSP_G_REDUCE_SUM, x, 1), TSP_G_REDUCE_SUM, TSP_F16, SHAPE(2, 1, 4));
  check_is(g, tsp_graph_matmul(g, b, c), TSP_G_MATMUL, TSP_I32, SHAPE(7, 1, 5, 6));
  check_is(g, tsp_graph_transpose(g, x, (int[]){2, 0, 1}), TSP_G_TRANSPOSE, TSP_F16, SHAPE(4, 2, 3));
  check_is(g, tsp_graph_reshape(g, x, SHAPE(24)), TSP_G_RESHAPE, TSP_F16, SHAPE(24));
  check_is(g, tsp_graph_slice(g, x, 2, 1, 2), TSP_G_SLICE, TSP_F16, SHAPE(2, 3, 2));
  check_is(g, tsp_graph_concat(g, 0, 3, (int[]){b, b, b}), TSP_G_CONCAT, TSP_I8, SHAPE(15, 4));
  check_is(g, tsp_graph_take(g, x, 0, 3, (uint32_t[]){1, 1, 0}), TSP_G_TAKE, TSP_F16, SHAPE(3, 3, 4));
  check_is(g, tsp_graph_broadcast(g, row, SHAPE(9, 8, 4)), TSP_G_BROADCAST, TSP_F16, SHAPE(9, 8, 4));
  tsp_graph_free(g);
}

static void states_are_scattered_into_and_then_old(void **state)
{
  (void)state;
  tsp_graph *g = tsp_graph_new("k");
  int s = tsp_graph_state(g, "s", TSP_F16, SHAPE(8, 4), NULL), i = input(g, "i", TSP_I16, SHAPE(1, 1));
  int r = input(g, "r", TSP_F16, SHAPE(2, 4));
  int once = tsp_graph_scatter(g, s, i, r), twice = tsp_graph_scatter(g, once, i, r);
  check_is(g, twice, TSP_G_SCATTER, TSP_F16, SHAPE(8, 4));
  check_fails(g, tsp_graph_unary(g, TSP_G_NEG, once), TSP_EFORMAT, "old version of a state, replaced by scatter #4");
}

static void composites_have_the_types_they_promise(void **state)
{
  (void)state;
  tsp_graph *g = tsp_graph_new("k");
  int x = input(g, "x", TSP_F32, SHAPE(3, 8)), w = input(g, "w", TSP_F32, SHAPE(8));
  int q = input(g, "q", TSP_F16, SHAPE(4, 5, 8)), k = input(g, "k", TSP_F16, SHAPE(2, 6, 8));
  int c = input(g, "c", TSP_F32, SHAPE(3, 4)), s = tsp_graph_scalar(g, TSP_F32, 0.5);
  check_is(g, tsp_graph_softmax(g, x), TSP_G_SOFTMAX, TSP_F32, SHAPE(3, 8));
  check_is(g, tsp_graph_rmsnorm(g, x, w, 1e-5), TSP_G_RMSNORM, TSP_F32, SHAPE(3, 8));
  check_is(g, tsp_graph_layernorm(g, x, w, w, 1e-5), TSP_G_LAYERNORM, TSP_F32, SHAPE(3, 8));
  check_is(g, tsp_graph_rope(g, x, c, c), TSP_G_ROPE, TSP_F32, SHAPE(3, 8));
  int y = tsp_graph_quantize(g, x, s);
  check_is(g, y, TSP_G_QUANTIZE, TSP_I8, SHAPE(3, 8));
  check_is(g, tsp_graph_dequantize(g, y, s), TSP_G_DEQUANTIZE, TSP_F32, SHAPE(3, 8));
  check_is(g, tsp_graph_attention(g, q, k, k, -1, 0.3, true), TSP_G_ATTENTION, TSP_F32, SHAPE(4, 5, 8));
  tsp_graph_free(g);
}

/* One misuse of three tensors, in a graph of its own, at line 3, column 9. */
#define REFUSES(call, status, says)                                                                                    \
  do {                                                                                                                 \
    tsp_graph *g = tsp_graph_new("k");                                                                                 \
    int x = input(g, "x", TSP_F16, SHAPE(4, 6)), m = input(g, "m", TSP_F16, SHAPE(4, 5));                              \
    int b = input(g, "b", TSP_I8, SHAPE(4, 6));                                                                        \
    assert_true(x < m && m < b);                                                                                       \
    tsp_graph_at(g, 3, 9);                                                                                             \
    check_fails(g, call, status, says);                                                                                \
  } while (0)

static void misuse_is_refused_with_what_would_fit(void **state)
{
  (void)state;
  REFUSES(tsp_graph_binary(g, TSP_G_ADD, x, b), TSP_EFORMAT,
          "3:9: add: x f16[4, 6] and b i8[4, 6] have different types: cast");
  REFUSES(tsp_graph_binary(g, TSP_G_ADD, x, m), TSP_EFORMAT, "add: x f16[4, 6] and m f16[4, 5] do not broadcast");
  REFUSES(tsp_graph_unary(g, TSP_G_NEG, 77), TSP_EFORMAT, "neg: there is no tensor 77, only 0 to 2");
  REFUSES(tsp_graph_unary(g, TSP_G_EXP, b), TSP_EFORMAT, "exp: b i8[4, 6] has the wrong type: f16 and f32 would fit");
  REFUSES(tsp_graph_binary(g, TSP_G_AND, x, x), TSP_EFORMAT,
          "and: x f16[4, 6] has the wrong type: i8, i16 and i32 would fit");
  REFUSES(tsp_graph_unary(g, TSP_G_ADD, x), TSP_EFORMAT, "(add) is none with 1 operand");
  REFUSES(tsp_graph_binary(g, 1000, x, x), TSP_EFORMAT, "operation 1000 (?) is none with 2 operands");
  REFUSES(tsp_graph_matmul(g, x, m), TSP_EFORMAT,
          "x f16[4, 6] and m f16[4, 5] differ in the inner size: a second operand [.., 6, 5] would");
  REFUSES(tsp_graph_reduce(g, TSP_G_REDUCE_MAX, x, 2), TSP_EFORMAT, "x f16[4, 6] has no axis 2: 0 to 1 would fit");
  REFUSES(tsp_graph_select(g, b, x, x), TSP_EFORMAT,
          "the mask b i8[4, 6] does not fit x f16[4, 6]: a mask of type i16");
  REFUSES(tsp_graph_transpose(g, x, (int[]){1, 1}), TSP_EFORMAT, "every axis 0 to 1 once would fit");
  REFUSES(tsp_graph_reshape(g, x, SHAPE(5, 5)), TSP_EFORMAT, "x f16[4, 6] to [5, 5]: 24 elements would fit");
  REFUSES(tsp_graph_reshape(g, x, SHAPE(0x80000000U, 0x80000000U, 0x80000000U, 0x80000000U)), TSP_EFORMAT,
          "24 elements would fit");
  REFUSES(tsp_graph_slice(g, x, 1, 3, UINT32_MAX), TSP_EFORMAT, "of axis 1 of x f16[4, 6]: it has 0 to 5");
  REFUSES(tsp_graph_concat(g, 0, 2, (int[]){x, m}), TSP_EFORMAT, "differ in more than axis 0");
  REFUSES(tsp_graph_take(g, x, 0, 1, (uint32_t[]){4}), TSP_EFORMAT,
          "element 4 of axis 0 of x f16[4, 6]: it has 0 to 3");
  REFUSES(tsp_graph_broadcast(g, x, SHAPE(4, 12)), TSP_EFORMAT, "x f16[4, 6] does not stretch to [4, 12]");
  REFUSES(tsp_graph_broadcast(g, x, SHAPE(65535, 65535, 4, 6)), TSP_ERANGE, "[65535, 65535, 4, 6]");
  REFUSES(tsp_graph_gather(g, x, b), TSP_EFORMAT, "the index b i8[4, 6]: i16[N, 1] would fit");
  REFUSES(tsp_graph_scatter(g, x, b, m), TSP_EFORMAT, "into x f16[4, 6]: a state");
  REFUSES(tsp_graph_rope(g, m, x, x), TSP_EFORMAT, "m f16[4, 5]: an even last size");
  REFUSES(tsp_graph_rmsnorm(g, x, m, 1e-5), TSP_EFORMAT,
          "the weight m f16[4, 5] does not fit: f16 that stretches to [4, 6] would");
  REFUSES(tsp_graph_rmsnorm(g, x, x, -1.0), TSP_EFORMAT, "eps -1");
  REFUSES(tsp_graph_attention(g, x, x, m, -1, 1, false), TSP_EFORMAT, "f16[H, M, D], f16[G, T, D]");
  REFUSES(input(g, "x", TSP_I8, SHAPE(1)), TSP_EFORMAT, "input x: the name is taken by x f16[4, 6]");
  REFUSES(input(g, "a b", TSP_I8, SHAPE(1)), TSP_EFORMAT, "'a b' is no name");
  REFUSES(input(g, "y", TSP_I8, 5, (uint32_t[5]){1}), TSP_EFORMAT, "rank 5; 1 to 4 would fit");
  REFUSES(input(g, "y", TSP_I8, SHAPE(3, 0)), TSP_ERANGE, "shape [3, 0]");
  REFUSES(tsp_graph_scalar(g, TSP_I8, 128), TSP_ERANGE, "128 is beyond the range of i8");
}

static void the_first_error_stays_and_nothing_is_added(void **state)
{
  (void)state;
  tsp_graph *g = tsp_graph_new("k");
  int x = input(g, "x", TSP_I8, SHAPE(4));
  assert_int_equal(tsp_graph_unary(g, TSP_G_EXP, x), -1);
  assert_int_equal(tsp_graph_unary(g, TSP_G_NEG, x), -1);
  assert_int_equal(tsp_graph_scalar(g, TSP_F32, 1), -1);
  tsp_graph_output(g, x, "y");
  tsp_graph_label(g, x, "bad name");
  assert_int_equal(tsp_graph_count(g), 1);
  assert_null(tsp_graph_expand(g, NULL));
  check_fails(g, tsp_graph_binary(g, TSP_G_ADD, -1, -1), TSP_EFORMAT, "exp: x i8[4] has the wrong type");
}

static void an_output_is_never_a_leaf_and_never_two(void **state)
{
  (void)state;
  tsp_graph *g = tsp_graph_new("k");
  int x = input(g, "x", TSP_I8, SHAPE(4)), n = tsp_graph_unary(g, TSP_G_NEG, x);
  tsp_graph_output(g, x, "same");
  tsp_graph_output(g, n, "a");
  tsp_graph_output(g, n, "b");
  check_is(g, 2, TSP_G_RESHAPE, TSP_I8, SHAPE(4));
  assert_string_equal(tsp_graph_node(g, 2)->output, "same");
  assert_string_equal(tsp_graph_node(g, n)->output, "a");
  check_is(g, 3, TSP_G_RESHAPE, TSP_I8, SHAPE(4));
  tsp_graph_output(g, n, "a");
  check_fails(g, -1, TSP_EFORMAT, "output a: the name is taken by #1 i8[4]");
}

static void scalars_are_rounded_to_nearest_even(void **state)
{
  static const struct {
    double value;
    int type;
    uint32_t bits;
  } known[] = {{1, TSP_F16, 0x3c00},
               {-0.1, TSP_F16, 0xae66},
               {65519, TSP_F16, 0x7bff},
               {65520, TSP_F16, 0x7c00},
               {6e-8, TSP_F16, 1},
               {2.98e-8, TSP_F16, 0},
               {2049, TSP_F16, 0x6800},
               {2051, TSP_F16, 0x6802},
               {0.1, TSP_F32, 0x3dcccccd},
               {-1e-45, TSP_F32, 0x80000001},
               {1e39, TSP_F32, 0x7f800000},
               {16777217, TSP_F32, 0x4b800000},
               {2.5, TSP_I16, 2},
               {-3.5, TSP_I16, 0xfffc},
               {-2147483648.0, TSP_I32, 0x80000000},
               {127, TSP_I8, 127},
               {0.0 / 0.0, TSP_F16, 0x7e00},
               {6.1035e-5, TSP_F16, 0x400}};
  (void)state;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    tsp_graph *g = tsp_graph_new("k");
    uint32_t bits = 0;
    const tsp_node *n = tsp_graph_node(g, tsp_graph_scalar(g, known[i].type, known[i].value));
    assert_non_null(n);
    memcpy(&bits, n->data, (size_t)tsp_type_size(n->type));
    if (bits != known[i].bits)
      fail_msg("%g as %s: %08x, not %08x", known[i].value, tsp_type_name(known[i].type), bits, known[i].bits);
    tsp_graph_free(g);
  }
}

/* Random calls, mostly misuse: nothing crashes, and what is accepted is a tensor. */
static int random_call(tsp_graph *g, tsp_rng *r)
{
  int ids = tsp_graph_count(g) + 2, a = (int)rng_range(r, -1, ids), b = (int)rng_range(r, -1, ids);
  int op = (int)rng_range(r, -2, TSP_G_OPS + 2), axis = (int)rng_range(r, -1, 4), type = (int)rng_range(r, -1, 6);
  uint32_t shape[4], n = (uint32_t)rng_range(r, 0, 5);
  for (int i = 0; i < 4; i++)
    shape[i] = rng_next(r) % 20 ? (uint32_t)rng_range(r, 0, 6) : (uint32_t)rng_next(r);
  switch (rng_next(r) % 16) {
  case 0: return tsp_graph_unary(g, op, a);
  case 1: return tsp_graph_binary(g, op, a, b);
  case 2: return tsp_graph_select(g, a, b, b);
  case 3: return tsp_graph_cast(g, a, type);
  case 4: return tsp_graph_reduce(g, op, a, axis);
  case 5: return tsp_graph_matmul(g, a, b);
  case 6: return tsp_graph_transpose(g, a, (int[]){axis, 0, 1, 2});
  case 7: return tsp_graph_reshape(g, a, axis, shape);
  case 8: return tsp_graph_slice(g, a, axis, n, shape[0]);
  case 9: return tsp_graph_concat(g, axis, (int)n, (int[]){a, b, a, b, a});
  case 10: return tsp_graph_take(g, a, axis, n < 4 ? n : 4, shape);
  case 11: return tsp_graph_broadcast(g, a, axis, shape);
  case 12: return tsp_graph_gather(g, a, b);
  case 13: return tsp_graph_attention(g, a, b, b, -1, 1, n & 1);
  case 14: return tsp_graph_rope(g, a, b, b);
  default: return tsp_graph_quantize(g, a, b);
  }
}

static void random_misuse_never_crashes(void **state)
{
  (void)state;
  tsp_rng r = {seed()};
  int accepted = 0;
  for (int i = 0; i < 20000; i++) {
    tsp_graph *g = tsp_graph_new("k");
    input(g, "x", TSP_F16, SHAPE(4, 6));
    input(g, "y", TSP_F16, SHAPE(2, 6, 4));
    input(g, "i", TSP_I16, SHAPE(4, 1));
    tsp_graph_scalar(g, TSP_F16, 0.5);
    for (int k = 0; k < 6; k++) {
      int count = tsp_graph_count(g), id = random_call(g, &r);
      assert_true(id == -1 || id < tsp_graph_count(g));
      assert_int_equal(id == -1, tsp_graph_error(g, NULL) != TSP_OK);
      accepted += id >= count;
    }
    tsp_graph *e = tsp_graph_expand(g, NULL), *f = e ? tsp_graph_fold(e, NULL) : NULL;
    assert_int_equal(e != NULL, tsp_graph_error(g, NULL) == TSP_OK);
    assert_int_equal(e != NULL, f != NULL);
    tsp_graph_free(f);
    tsp_graph_free(e);
    tsp_graph_free(g);
  }
  assert_true(accepted > 1000);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shapes_and_types_follow_from_the_operands),
      cmocka_unit_test(states_are_scattered_into_and_then_old),
      cmocka_unit_test(composites_have_the_types_they_promise),
      cmocka_unit_test(misuse_is_refused_with_what_would_fit),
      cmocka_unit_test(the_first_error_stays_and_nothing_is_added),
      cmocka_unit_test(an_output_is_never_a_leaf_and_never_two),
      cmocka_unit_test(scalars_are_rounded_to_nearest_even),
      cmocka_unit_test(random_misuse_never_crashes),
  };
  printf("seed %llu (TSP_SEED=<n> replays)\n", (unsigned long long)seed());
  return cmocka_run_group_tests(tests, NULL, NULL);
}
