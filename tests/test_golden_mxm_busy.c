/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of pairs of planes: entering while a vector enters, products of the wrong type or that nobody takes, vectors
 * without their high bytes. */
#include "golden_rig.h"

enum { AT = 40 };

/* A vector on west streams 0..3 of column 0 in the cycles AT .. AT + 3. */
static int open_at(rig *r, const tsp_config *c)
{
  rig_open(r, c);
  for (int k = 0; k < 4; k++)
    for (int t = AT; t < AT + 4; t++)
      rig_deliver(r, k, t, west(k), 0, (uint64_t)t);
  return c->q_mxm;
}

static void expect(rig *r, int queue, tsp_fault_code code, int cycle)
{
  tsp_csr c;

  rig_start(r);
  assert_int_equal(tsp_engine_step(r->e, 1000, NULL), TSP_EFAULT);
  c = tsp_engine_csr(r->e);
  assert_int_equal(c.fault_code, code);
  assert_int_equal(c.fault_queue, queue);
  assert_int_equal(c.fault_cycle, cycle);
  rig_close(r);
}

static const struct {
  int queue; /* behind q_mxm: the other vector, at AT + later */
  int later;
  bool f16, busy;
} entries[] = {{4, 0, false, true}, {4, 1, false, true},  {4, 2, false, false}, {4, -1, false, false},
               {1, 1, false, true}, {1, 2, false, false}, {1, 1, true, true},   {1, 2, true, false}};

static void while_a_vector_enters_the_planes_are_busy(void **state)
{
  const tsp_config *c = tsp_config_find("mini");
  int s = c->superlanes, at;
  rig r;

  (void)state;
  for (size_t k = 0; k < sizeof entries / sizeof entries[0]; k++) {
    int q = open_at(&r, c), other = q + entries[k].queue;

    at = AT + entries[k].later;
    if (at < AT)
      rig_deliver(&r, 0, 3, west(0), 0, AT - 1);
    rig_plan(&r, q + 1, AT, word(TSP_OP_ABC_F16, "group", west(2)));
    rig_plan(&r, other, (uint64_t)at,
             entries[k].f16 ? word(TSP_OP_ABC_F16, "group", west(0)) : word(TSP_OP_ABC, "stream", west(0)));
    rig_plan(&r, q + 2, AT + 1 + (uint64_t)s, word(TSP_OP_ACC_SET));
    if (!entries[k].busy)
      rig_plan(&r, other + 1, (uint64_t)at + (uint64_t)s + entries[k].f16, word(TSP_OP_ACC_SET, "acc", 2));
    if (entries[k].busy) {
      expect(&r, other, TSP_FAULT_BUSY, at);
    } else {
      rig_start(&r);
      rig_run(&r);
      rig_close(&r);
    }
  }
}

/* ABC or ABC.f16, and an ACC in the cycle in which its product is there, or none. */
static void expect_acc(bool f16, unsigned acc, tsp_fault_code code)
{
  const tsp_config *c = tsp_config_find("mini");
  int at = AT + c->superlanes + f16, q;
  rig r;

  q = open_at(&r, c);
  rig_plan(&r, q + 1, AT, f16 ? word(TSP_OP_ABC_F16, "group", west(2)) : word(TSP_OP_ABC, "stream", west(2)));
  if (acc)
    rig_plan(&r, q + 2, (uint64_t)at, (uint64_t)acc << 56);
  if (code) {
    expect(&r, q + 2, code, at);
  } else {
    rig_start(&r);
    rig_run(&r);
    rig_close(&r);
  }
}

static void an_acc_takes_only_products_of_its_type(void **state)
{
  static const unsigned any[] = {TSP_OP_ACC_SET, TSP_OP_ACC_OUT}, i32[] = {TSP_OP_ACC_ADD, TSP_OP_ACC_SUM},
                        f32[] = {TSP_OP_ACC_ADD_F32, TSP_OP_ACC_SUM_F32};

  (void)state;
  for (int k = 0; k < 2; k++)
    for (int f16 = 0; f16 < 2; f16++) {
      expect_acc(f16, any[k], TSP_FAULT_NONE);
      expect_acc(f16, i32[k], f16 ? TSP_FAULT_OPERAND : TSP_FAULT_NONE);
      expect_acc(f16, f32[k], f16 ? TSP_FAULT_NONE : TSP_FAULT_OPERAND);
      expect_acc(f16, 0, TSP_FAULT_LOST);
    }
}

static void a_vector_without_its_high_bytes_faults_at_once(void **state)
{
  const tsp_config *c = tsp_config_find("mini");
  rig r;
  int q = open_at(&r, c);

  (void)state;
  rig_plan(&r, q + 1, AT, word(TSP_OP_ABC_F16, "group", west(4)));
  expect(&r, q + 1, TSP_FAULT_OPERAND, AT);
  q = open_at(&r, c); /* superlane 3 was off when the high bytes were read */
  rig_plan(&r, 40, AT - 12, word(TSP_OP_CONFIG, "superlanes", 3));
  rig_plan(&r, 40, AT - 1, word(TSP_OP_CONFIG, "superlanes", 4));
  rig_plan(&r, q + 1, AT, word(TSP_OP_ABC_F16, "group", west(2)));
  expect(&r, q + 1, TSP_FAULT_OPERAND, AT + 3);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(while_a_vector_enters_the_planes_are_busy),
                                     cmocka_unit_test(an_acc_takes_only_products_of_its_type),
                                     cmocka_unit_test(a_vector_without_its_high_bytes_faults_at_once)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
