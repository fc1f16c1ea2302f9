// SPDX-License-Identifier: Apache-2.0
// test_oracle.c: the oracle of graphs. Exact steps are the host's IEEE arithmetic; composites agree with their
// expansion within the bound that the oracle gives, and the bound is no more than a small multiple of the roundings.
#include "cases/half.h"
#include "cases/oracle.h"
#include "rng.h"
#include <math.h>
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

static double drawn(tsp_rng *r, double size)
{
  return (double)rng_range(r, -1000000, 1000000) * 1e-6 * size;
}

/* Seeded contents of a constant: the oracle reads it as exact. */
static int values(tsp_graph *g, tsp_rng *r, int type, double size, int rank, const uint32_t *shape)
{
  uint64_t n = 1;
  for (int i = 0; i < rank; i++)
    n *= shape[i];
  uint8_t *data = malloc(4 * n);
  for (uint64_t i = 0; i < n; i++) {
    float f = (float)drawn(r, size);
    uint32_t h = half_bits(f);
    int32_t w = (int32_t)(drawn(r, 1) * 2147483647.0);
    memcpy(data + i * (size_t)tsp_type_size(type),
           type == TSP_F32   ? (void *)&f
           : type == TSP_F16 ? (void *)&h
                             : &w,
           (size_t)tsp_type_size(type));
  }
  int id = tsp_graph_const(g, NULL, type, rank, shape, data);
  free(data);
  return id;
}

static oracle *run(const tsp_graph *g)
{
  tsp_error err = {""};
  if (tsp_graph_error(g, &err) != TSP_OK)
    fail_msg("%s", err.text);
  oracle *o = oracle_new(g);
  assert_non_null(o);
  if (oracle_run(o, &err) != TSP_OK)
    fail_msg("%s", err.text);
  return o;
}

static int output_of(const tsp_graph *g)
{
  for (int i = 0; i < tsp_graph_count(g); i++)
    if (tsp_graph_node(g, i)->output)
      return i;
  return -1;
}

/* The output agrees with that of the expansion, and its bound is at most `units` roundings of a number of `size`. */
static void check_expansion(tsp_graph *g, int y, double units, double size)
{
  tsp_error err = {""};
  tsp_graph_output(g, y, "y");
  tsp_graph *e = tsp_graph_expand(g, &err), *f = e ? tsp_graph_fold(e, &err) : NULL;
  if (!f)
    fail_msg("%s", err.text);
  oracle *a = run(g), *b = run(f);
  const tsp_node *n = tsp_graph_node(g, y);
  const est *want = oracle_value(a, y), *got = oracle_value(b, output_of(f));
  for (uint64_t i = 0; i < tsp_node_elements(n); i++) {
    double d = fabs(want[i].v - got[i].v);
    if (!(d <= want[i].e) || !(want[i].e <= units * oracle_unit(n->type == TSP_I8 ? TSP_F32 : n->type) * size))
      fail_msg("%s %s, element %llu: %.9g +- %.3g, expanded %.9g +- %.3g", tsp_graph_op_name(n->op),
               tsp_type_name(n->type), (unsigned long long)i, want[i].v, want[i].e, got[i].v, got[i].e);
  }
  oracle_free(a);
  oracle_free(b);
  tsp_graph_free(e);
  tsp_graph_free(f);
  tsp_graph_free(g);
}

static void functions_agree_with_their_expansion(void **state)
{
  static const struct {
    int op;
    double size, units, of;
  } f[] = {{TSP_G_SIGMOID, 9, 8, 1},
           {TSP_G_SILU, 9, 8, 9},
           {TSP_G_GELU, 5, 14, 5},
           {TSP_G_SQRT, 0, 16, 3},
           {TSP_G_SOFTMAX, 8, 60, 1}};
  (void)state;
  tsp_rng r = {seed()};
  for (size_t i = 0; i < sizeof f / sizeof *f; i++)
    for (int k = 0; k < 2; k++) {
      tsp_graph *g = tsp_graph_new("k");
      int type = k ? TSP_F16 : TSP_F32;
      int x = f[i].size > 0 ? values(g, &r, type, f[i].size, SHAPE(7, 1, 33))
                            : tsp_graph_unary(g, TSP_G_ABS, values(g, &r, type, 9, SHAPE(7, 33)));
      check_expansion(g, tsp_graph_unary(g, f[i].op, x), f[i].units, f[i].of);
    }
}

static void norms_rope_and_quotients_agree_with_their_expansion(void **state)
{
  (void)state;
  tsp_rng r = {seed()};
  for (int k = 0; k < 2; k++) {
    int type = k ? TSP_F16 : TSP_F32;
    tsp_graph *g = tsp_graph_new("k");
    int x = values(g, &r, type, 2, SHAPE(5, 24)), w = values(g, &r, type, 1, SHAPE(24));
    check_expansion(g, tsp_graph_rmsnorm(g, x, w, 1e-5), 40, 3);
    g = tsp_graph_new("k");
    x = values(g, &r, type, 2, SHAPE(5, 24)), w = values(g, &r, type, 1, SHAPE(24));
    check_expansion(g, tsp_graph_layernorm(g, x, w, values(g, &r, type, 1, SHAPE(1, 24)), 1e-5), 80, 3);
    g = tsp_graph_new("k");
    x = values(g, &r, type, 2, SHAPE(3, 5, 24)), w = values(g, &r, type, 1, SHAPE(5, 12));
    check_expansion(g, tsp_graph_rope(g, x, w, values(g, &r, type, 1, SHAPE(3, 1, 1))), 6, 4);
    g = tsp_graph_new("k");
    x = values(g, &r, type, 2, SHAPE(5, 24)), w = tsp_graph_unary(g, TSP_G_EXP, values(g, &r, type, 1, SHAPE(5, 1)));
    check_expansion(g, tsp_graph_binary(g, TSP_G_DIV, x, w), 8, 6);
    g = tsp_graph_new("k");
    x = values(g, &r, type, 2, SHAPE(5, 24)), w = tsp_graph_scalar(g, type, 1 / 64.0);
    check_expansion(g, tsp_graph_quantize(g, x, w), 1, 1 / oracle_unit(TSP_F32)); /* one step at most */
  }
}

static void attention_agrees_with_its_expansion(void **state)
{
  (void)state;
  tsp_rng r = {seed()};
  for (int k = 0; k < 4; k++) {
    tsp_graph *g = tsp_graph_new("k");
    bool causal = k & 1;
    int q = values(g, &r, TSP_F16, 2, SHAPE(6, 4, 8)), kk = values(g, &r, TSP_F16, 2, SHAPE(k & 2 ? 2 : 6, 9, 8));
    int v = values(g, &r, TSP_F16, 1, SHAPE(k & 2 ? 2 : 6, 9, 8));
    int mask = causal ? -1 : values(g, &r, TSP_F32, 1, SHAPE(1, 4, 9));
    check_expansion(g, tsp_graph_attention(g, q, kk, v, mask, 0.35, causal), 1 << 16, 1);
  }
}

/* Each step of exact operands has the host's result, bit for bit. */
static void exact_operands_give_the_hosts_ieee_result(void **state)
{
  (void)state;
  tsp_rng r = {seed()};
  for (int i = 0; i < 100000; i++) {
    uint32_t ba = (uint32_t)rng_next(&r), bb = (uint32_t)rng_next(&r);
    if (i % 4 == 0)
      bb = ba ^ (bb & 0x807fffff); /* near in size */
    float a, b, f[5];
    memcpy(&a, &ba, 4);
    memcpy(&b, &bb, 4);
    f[0] = a + b;
    f[1] = a - b;
    f[2] = a * b;
    f[3] = isnan(a) || isnan(b) ? NAN : fmaxf(a, b);
    f[4] = isnan(a) || isnan(b) ? NAN : fminf(a, b);
    est x = exactly((double)a), y = exactly((double)b);
    const arith t = {TSP_F32, false};
    est n[5] = {est_add(t, x, y), est_sub(t, x, y), est_mul(t, x, y), est_max(x, y), est_min(x, y)};
    for (int k = 0; k < 5; k++)
      if (n[k].e != 0 || !(n[k].v == (double)f[k] || (isnan(n[k].v) && isnan(f[k]))))
        fail_msg("%a, %a, step %d: %a +- %g, not %a", (double)a, (double)b, k, n[k].v, n[k].e, (double)f[k]);
  }
}

static void integers_wrap_and_saturate_as_the_machine_does(void **state)
{
  const arith i8 = {TSP_I8, false}, i32 = {TSP_I32, false}, f32 = {TSP_F32, false};
  (void)state;
  assert_true(est_add(i8, exactly(127), exactly(1)).v == -128);
  assert_true(est_mul(i32, exactly(65536), exactly(65537)).v == 65536);
  assert_true(est_neg(i8, exactly(-128)).v == 127);
  assert_true(est_cast(i8, exactly(300), TSP_I32).v == 127);
  assert_true(est_cast(i8, exactly(-2.5), TSP_F32).v == -2);
  assert_true(est_cast(f32, exactly(16777217), TSP_I32).v == 16777216);
  assert_true(est_bits(TSP_I8, exactly(-1), exactly(4), TSP_G_SHR).v == 15);
  assert_true(est_bits(TSP_I16, exactly(-256), exactly(20), TSP_G_SAR).v == -1);
  assert_true(est_bits(TSP_I16, exactly(255), exactly(8), TSP_G_SHL).v == -256);
  assert_true(est_bits(TSP_I32, exactly(3), exactly(32), TSP_G_SHL).v == 0);
}

/* What is uncertain may go either way. */
static void uncertainty_spreads_only_where_it_may(void **state)
{
  const arith i8 = {TSP_I8, false}, f32 = {TSP_F32, false};
  (void)state;
  est near = {1, 0.5}, far = {8, 0.5};
  assert_true(est_compare(near, exactly(1.25), TSP_G_LT).e == 1);
  assert_true(est_compare(near, far, TSP_G_LT).e == 0 && est_compare(near, far, TSP_G_LT).v == -1);
  assert_true(est_select((est){-1, 1}, exactly(3), exactly(7)).e == 4);
  assert_true(est_cast(i8, (est){1.4, 0.2}, TSP_F32).e == 1);
  assert_true(est_cast(i8, (est){1.4, 0.05}, TSP_F32).e == 0);
  assert_true(isinf(est_recip(f32, (est){0.1, 0.2}).e));
  assert_true(isinf(est_add(i8, (est){127, 0}, (est){1, 1}).e));
  assert_true(est_relu((est){-3, 0.5}).e == 0);
  est masked = est_add(f32, (est){5, 0.1}, exactly(-INFINITY));
  assert_true(masked.v == -INFINITY && masked.e == 0 && est_exp(f32, masked).e == 0);
}

static void moves_products_and_states_do_what_they_say(void **state)
{
  static const int8_t w[] = {1, 2, 3, 4, 5, 6};
  static const int16_t two[] = {2};
  (void)state;
  tsp_graph *g = tsp_graph_new("k");
  int a = tsp_graph_const(g, "a", TSP_I8, SHAPE(2, 3), w), t = tsp_graph_transpose(g, a, (int[]){1, 0});
  int p = tsp_graph_matmul(g, a, t), s = tsp_graph_state(g, "s", TSP_I8, SHAPE(4, 3), NULL);
  int i = tsp_graph_input(g, "i", TSP_I16, SHAPE(1, 1), two),
      u = tsp_graph_binary(g, TSP_G_ADD, a, tsp_graph_slice(g, s, 0, 2, 2));
  int c = tsp_graph_concat(g, 1, 2, (int[]){a, tsp_graph_take(g, a, 1, 2, (uint32_t[]){2, 0})});
  int m = tsp_graph_reduce(g, TSP_G_REDUCE_MAX, c, 0), n = tsp_graph_scatter(g, s, i, u);
  oracle *o = run(g);
  assert_true(oracle_value(o, p)[1].v == 32 && oracle_value(o, p)[3].v == 77);
  assert_true(oracle_value(o, c)[3].v == 3 && oracle_value(o, c)[9].v == 4);
  assert_true(oracle_value(o, m)[2].v == 6 && oracle_value(o, m)[4].v == 4);
  assert_true(oracle_value(o, n)[6].v == 1 && oracle_value(o, n)[0].v == 0);
  assert_int_equal(oracle_run(o, NULL), TSP_OK); /* the state is as the first run left it */
  assert_true(oracle_value(o, n)[6].v == 2 && oracle_value(o, n)[11].v == 12);
  oracle_set(o, i, (const uint8_t *)(const int16_t[]){3});
  assert_int_equal(oracle_run(o, NULL), TSP_ERANGE);
  oracle_free(o);
  tsp_graph_free(g);
}

static void a_wrong_element_is_named_with_its_place(void **state)
{
  static const uint8_t w[] = {1, 2, 3, 4, 5, 6}, got[] = {1, 2, 3, 4, 9, 6};
  tsp_oracle out = {0};
  (void)state;
  tsp_graph *g = tsp_graph_new("k");
  int a = tsp_graph_const(g, "a", TSP_I8, SHAPE(2, 3), w);
  tsp_graph_output(g, a, "y");
  oracle *o = run(g);
  assert_int_equal(oracle_compare(o, 1, got, &out), 0);
  assert_int_equal(out.compared, 6);
  assert_int_equal(out.mismatches, 1);
  assert_string_equal(out.first, "y[1, 1]: expected 5, got 9, off by 4 of 0");
  tsp_graph_budget(g, "y", 1, 0.6);
  out = (tsp_oracle){0};
  oracle_compare(o, 1, got, &out);
  assert_int_equal(out.mismatches, 0);
  oracle_free(o);
  tsp_graph_free(g);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(exact_operands_give_the_hosts_ieee_result),
      cmocka_unit_test(integers_wrap_and_saturate_as_the_machine_does),
      cmocka_unit_test(uncertainty_spreads_only_where_it_may),
      cmocka_unit_test(functions_agree_with_their_expansion),
      cmocka_unit_test(norms_rope_and_quotients_agree_with_their_expansion),
      cmocka_unit_test(attention_agrees_with_its_expansion),
      cmocka_unit_test(moves_products_and_states_do_what_they_say),
      cmocka_unit_test(a_wrong_element_is_named_with_its_place),
  };
  printf("seed %llu (TSP_SEED=<n> replays)\n", (unsigned long long)seed());
  return cmocka_run_group_tests(tests, NULL, NULL);
}
