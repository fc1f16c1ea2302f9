/* SPDX-License-Identifier: Apache-2.0 */
/* VXM: its integer arithmetic against the host's IEEE arithmetic, and sources, chains and destinations on the machine.
 */
#include <math.h>

#include "golden_rig.h"
#include "vxm_num.h"

enum { BLOCK = 1000 };

static float as_float(uint32_t v)
{
  float f;

  memcpy(&f, &v, sizeof f);
  return f;
}

static uint32_t as_bits(float f)
{
  uint32_t v;

  memcpy(&v, &f, sizeof v);
  return v;
}

static const uint32_t corner[] = {
    0,          0x80000000, 1,          0x80000001, 0x007fffff, 0x807fffff, 0x00800000, 0x80800000, 0x00800001,
    0x3f800000, 0xbf800000, 0x3f7fffff, 0x3f800001, 0x3f000000, 0xbf000000, 0x3effffff, 0x3f000001, 0x3fc00000,
    0x40200000, 0xc0200000, 0x42fe0000, 0x42feffff, 0x42ff0000, 0x42ff0001, 0xc2ff0000, 0xc3000000, 0xc3008000,
    0xc3008001, 0x43000000, 0x42fd0000, 0xc2fd0000, 0x4b000000, 0x4b7fffff, 0x7f7fffff, 0xff7fffff, 0x7f000000,
    0x7f800000, 0xff800000, 0x7f800001, 0xff800001, 0x7fc00000, 0xffc00000, 0x7fffffff, 0x20000000, 0x1fffffff,
    0x00400000, 0x5f3759df, 0x4f000000, 0xcf000000, 0x33800000, 0x34000000, 0x00ffffff, 0x7effffff};
enum { CORNERS = sizeof corner / sizeof corner[0] };

/* Bits of every class: any, near a power of two, small and large exponents, few significant bits. */
static uint32_t random_bits(uint64_t *s)
{
  uint32_t v = (uint32_t)(random64(s) >> 32);

  switch (random_below(s, 6)) {
  case 0: return corner[v % CORNERS];
  case 1: return v & 0x807fffff;                                   /* subnormal */
  case 2: return (v & 0x807fffff) | (0x38000000 + (v % 16 << 23)); /* 2^-15 .. 2 */
  case 3: return v & 0xfff80000;                                   /* ties */
  case 4: return (v & 0x807fffff) | (v % 2 ? 0x20000000 : 0x5f000000);
  default: return v;
  }
}

static uint32_t host_mul(uint32_t a, uint32_t b)
{
  volatile float x = as_float(a), y = as_float(b);
  float p = x * y;

  return isnan(p) ? TSP_NAN_F32 : as_bits(p);
}

static void check_mul(const uint32_t *a, const uint32_t *b, int n)
{
  uint32_t r[BLOCK];

  num_mul_f32(a, b, r, n);
  for (int i = 0; i < n; i++)
    if (r[i] != host_mul(a[i], b[i]))
      fail_msg("0x%08x * 0x%08x is 0x%08x, host 0x%08x", a[i], b[i], r[i], host_mul(a[i], b[i]));
}

static void products_are_ieee_rounded_to_nearest_even(void **state)
{
  uint64_t s = test_seed("mul");
  uint32_t a[BLOCK], b[BLOCK];

  (void)state;
  for (int i = 0; i < CORNERS; i++)
    for (int k = 0; k < CORNERS; k++)
      check_mul(&corner[i], &corner[k], 1);
  for (int i = 0; i < 2000; i++) {
    for (int k = 0; k < BLOCK; k++) {
      a[k] = random_bits(&s);
      b[k] = i % 4 ? random_bits(&s) : as_bits(ldexpf(1.0f + (float)random_below(&s, 4096) / 4096, 0));
      if (i % 4 == 0) /* a block without special lanes */
        a[k] = (a[k] & 0x80ffffff) | 0x30000000;
    }
    check_mul(a, b, BLOCK);
  }
}

static void one_special_lane_leaves_the_others_right(void **state)
{
  uint64_t s = 5;

  (void)state;
  for (int i = 0; i < 3000; i++) {
    uint32_t a[16], b[16];

    for (int k = 0; k < 16; k++) {
      a[k] = ((uint32_t)random64(&s) & 0x80ffffff) | 0x3f000000;
      b[k] = ((uint32_t)random64(&s) & 0x80ffffff) | 0x3f000000;
    }
    a[i % 16] = random_bits(&s);
    b[i % 16] = random_bits(&s);
    check_mul(a, b, 16);
  }
}

static uint32_t host_f32_i8(uint32_t v)
{
  float f = as_float(v);

  if (isnan(f))
    return 0;
  f = nearbyintf(f);
  return (uint32_t)(f > 127 ? 127 : f < -128 ? -128 : (int32_t)f);
}

static void conversions_round_to_nearest_even_and_saturate(void **state)
{
  uint64_t s = test_seed("convert");
  uint32_t a[BLOCK], r[BLOCK];

  (void)state;
  for (int i = 0; i < 2000; i++) {
    for (int k = 0; k < BLOCK; k++)
      a[k] = i == 0 && k < CORNERS ? corner[k] : random_bits(&s) >> (i % 3 == 2 ? k % 32 : 0);
    num_cvt_f32_i8(a, r, BLOCK);
    for (int k = 0; k < BLOCK; k++)
      if (r[k] != host_f32_i8(a[k]))
        fail_msg("f32 0x%08x to i8 is %d, host %d", a[k], (int32_t)r[k], (int32_t)host_f32_i8(a[k]));
    num_cvt_i32_f32(a, r, BLOCK);
    for (int k = 0; k < BLOCK; k++)
      if (r[k] != as_bits((float)(int32_t)a[k]))
        fail_msg("i32 %d to f32 is 0x%08x, host 0x%08x", (int32_t)a[k], r[k], as_bits((float)(int32_t)a[k]));
  }
}

/* Every value from -131 to 131 in steps of 1/128, so every tie. */
static void every_tie_of_an_int8_goes_to_even(void **state)
{
  (void)state;
  for (int i = -131 * 128; i <= 131 * 128; i++) {
    uint32_t a = as_bits((float)i / 128), r;

    num_cvt_f32_i8(&a, &r, 1);
    assert_int_equal(r, host_f32_i8(a));
  }
}

static void small_integer_operations_follow_their_tables(void **state)
{
  const uint32_t v[] = {0, 1, 127, 128, 0x7fffffff, 0x80000000, 0xffffff80, 0xffffff7f, 0xffffffff, 0x1234ff80};
  const uint32_t sat[] = {0, 1, 127, 127, 127, 0xffffff80, 0xffffff80, 0xffffff80, 0xffffffff, 127};
  const uint32_t ext[] = {0, 1, 127, 0xffffff80, 0xffffffff, 0, 0xffffff80, 127, 0xffffffff, 0xffffff80};
  const uint32_t relu_in[] = {0x3f800000, 0xbf800000, 0, 0x80000000, 1, 0x80000001, 0x7f800000, 0xff800000, 0xffc00001};
  const uint32_t relu_out[] = {0x3f800000, 0, 0, 0, 1, 0, 0x7f800000, 0, TSP_NAN_F32};
  uint32_t r[10], b[10];

  (void)state;
  num_cvt_i32_i8(v, r, 10);
  assert_memory_equal(r, sat, sizeof sat);
  num_ext_i8(v, r, 10);
  assert_memory_equal(r, ext, sizeof ext);
  num_relu_f32(relu_in, r, 9);
  assert_memory_equal(r, relu_out, sizeof relu_out);
  for (int i = 0; i < 10; i++)
    b[i] = 0x80000001;
  num_add_i32(v, b, r, 10);
  for (int i = 0; i < 10; i++)
    assert_int_equal(r[i], (uint32_t)((uint64_t)v[i] + 0x80000001));
  num_max_i32(v, b, r, 10);
  for (int i = 0; i < 10; i++)
    assert_int_equal(r[i], (int32_t)v[i] > (int32_t)b[i] ? v[i] : b[i]);
}

/* i32 -> f32 -> * scale -> ReLU -> i8 through a chain of neighbours; d_func 2, 3, 1, 2. The machine's requantisation.
 */
static void a_chain_of_alus_requantises(void **state)
{
  tsp_config c = odd_config();
  uint8_t byte[4][48] = {{0}};
  float scale = 0.0007f;
  uint64_t s = test_seed("chain");
  int q = c.q_vxm, at = c.vxm_column;
  rig r;

  (void)state;
  rig_open(&r, &c);
  for (int k = 0; k < 4; k++) {
    rig_fill(&r, k, 1, &s, byte[k]);
    for (int l = 0; l < 48; l++) /* about 18 bits */
      byte[k][l] = k < 2 ? byte[k][l] : k == 2 ? (uint8_t)((byte[k][l] & 3) - (l % 2 ? 4 : 0)) : l % 2 ? 0xff : 0;
    tsp_engine_mem_write(r.e, k, 1, byte[k]);
    rig_deliver(&r, k, 1, 8 + k, at, 20);
  }
  rig_plan(&r, q + 0, 20, word(TSP_OP_CVT_I32_F32, "a", 8));
  rig_plan(&r, q + 4, 22, word(TSP_OP_MUL_F32, "a", 0x40 + 0, "b", 0x80, "imm", (int)as_bits(scale)));
  rig_plan(&r, q + 5, 25, word(TSP_OP_RELU_F32, "a", 0x40 + 4));
  rig_plan(&r, q + 6, 26, word(TSP_OP_CVT_F32_I8, "a", 0x40 + 5, "dst", 0x80 + west(3)));
  rig_plan(&r, c.mem_slices - 1 - 3, 26 + 2 + 2, write_from(west(3), 100)); /* W1, two columns west */
  rig_start(&r);
  rig_goto(&r, 27);
  assert_false(tsp_engine_alu(r.e, 6, 0).valid);
  rig_goto(&r, 28);
  assert_true(tsp_engine_alu(r.e, 6, 0).valid);
  assert_false(tsp_engine_alu(r.e, 6, 1).valid);
  assert_true(tsp_engine_tile(r.e, TSP_WEST, at, 0).valid >> 3 & 1);
  tsp_dispatch d;
  for (uint64_t id = tsp_golden_who_alu(r.e, 6, 0), k = 0; k < 3; k++, id = d.source[0])
    assert_true(tsp_golden_trace(r.e, id, &d));
  assert_int_equal(d.queue, q + 4);
  assert_int_equal(d.cycle, 22);
  rig_goto(&r, 29);
  assert_false(tsp_engine_alu(r.e, 6, 0).valid);
  assert_true(tsp_engine_alu(r.e, 6, 1).valid);
  rig_run(&r);
  uint8_t out[48];
  assert_int_equal(tsp_engine_mem_read(r.e, 1, 100, out), TSP_OK);
  for (int l = 0; l < 48; l++) {
    int32_t v =
        (int32_t)(byte[0][l] | (uint32_t)byte[1][l] << 8 | (uint32_t)byte[2][l] << 16 | (uint32_t)byte[3][l] << 24);
    volatile float p = (float)v * scale;

    assert_int_equal((int8_t)out[l], (int32_t)host_f32_i8(as_bits(p > 0 ? p : 0)));
  }
  rig_close(&r);
}

/* What one instruction leaves in its result register from a stream of bytes, a chained value or the immediate. */
static uint32_t result_of(unsigned op, int source, uint32_t value)
{
  const tsp_config *c = tsp_config_find("nano");
  int q = c->q_vxm;
  uint8_t v[4];
  uint32_t out;
  rig r;

  rig_open(&r, c);
  for (int k = 0; k < 4; k++) {
    memset(v, (uint8_t)(value >> (8 * k)), sizeof v);
    tsp_engine_mem_write(r.e, k, 0, v);
    rig_deliver(&r, k, 0, k, c->vxm_column, 10);
  }
  if (source == 0x41)
    rig_plan(&r, q + 1, 9, word(TSP_OP_MOV_I32, "a", 0x80, "imm", (int)value));
  rig_plan(&r, q, 10, word(op, "a", source, "b", 0x80, "imm", (int)value));
  rig_start(&r);
  rig_goto(&r, 11);
  assert_true(tsp_engine_alu(r.e, 0, 0).valid);
  out = tsp_engine_alu(r.e, 0, 0).data[3];
  rig_run(&r);
  rig_close(&r);
  return out;
}

static void sources_of_one_byte_are_sign_extended_and_others_are_32_bits(void **state)
{
  const int source[] = {0, 0x41, 0x80}; /* E-streams from byte 0 on, ALU 1, immediate */
  const uint32_t v = 0x817fa5c3;

  (void)state;
  for (int k = 0; k < 3; k++) {
    if (source[k]) /* slices W0, W1 flow east to the VXM; E-slices cannot */
      assert_int_equal(result_of(TSP_OP_MOV_I32, source[k], v), v);
    assert_int_equal(result_of(TSP_OP_MOV_I8, source[k], v), 0xffffffc3);
    assert_int_equal(result_of(TSP_OP_EXT_I8_I32, source[k], v), 0xffffffc3);
  }
  assert_int_equal(result_of(TSP_OP_CVT_I32_I8, 0x80, v), 0xffffff80);
  assert_int_equal(result_of(TSP_OP_ADD_I32, 0x41, v), v + v);
}

/* Four streams, base lowest byte, in both directions and through a wide destination. */
static void a_group_is_little_endian_on_the_way_in_and_out(void **state)
{
  tsp_config c = odd_config();
  const uint32_t v = 0x01f280a4;
  uint8_t b[48];
  rig r;

  (void)state;
  rig_open(&r, &c);
  for (int k = 0; k < 4; k++) {
    memset(b, (uint8_t)(v >> (8 * k)), sizeof b);
    tsp_engine_mem_write(r.e, c.mem_slices + k, 7, b);
    rig_deliver(&r, c.mem_slices + k, 7, west(4 + k), c.vxm_column, 12);
  }
  rig_plan(&r, c.q_vxm + 15, 12, word(TSP_OP_ADD_I32, "a", west(4), "b", 0x80, "imm", 0x100, "dst", 0x80 + 28));
  rig_start(&r);
  rig_goto(&r, 15);
  tsp_tile_view t = tsp_engine_tile(r.e, TSP_EAST, c.vxm_column, 2);
  assert_int_equal(t.valid, 0xf0000000u);
  for (int k = 0; k < 4; k++)
    assert_int_equal(t.data[(28 + k) * 16 + 15], (uint8_t)((v + 0x100) >> (8 * k)));
  assert_int_equal(tsp_engine_alu(r.e, 15, 2).data[15], v + 0x100);
  rig_run(&r);
  rig_close(&r);
}

/* a is ALU 1 twice: its Mov is named once; nothing else is. */
static void the_producers_of_operands_are_named_once(void **state)
{
  const tsp_config *c = tsp_config_find("mini");
  tsp_dispatch d;
  rig r;

  (void)state;
  rig_open(&r, c);
  rig_plan(&r, c->q_vxm + 1, 9, word(TSP_OP_MOV_I32, "a", 0x80, "imm", 3));
  rig_plan(&r, c->q_vxm, 10, word(TSP_OP_ADD_I32, "a", 0x41, "b", 0x41));
  rig_start(&r);
  rig_goto(&r, 11);
  assert_true(tsp_golden_trace(r.e, tsp_golden_trace_last(r.e), &d));
  assert_int_equal(d.queue, c->q_vxm);
  assert_int_equal(d.source[0], d.id - 1);
  assert_int_equal(d.source[1], 0);
  assert_int_equal(tsp_golden_who_alu(r.e, 0, 0), d.id);
  assert_int_equal(tsp_golden_who_alu(r.e, 1, 0), 0);
  assert_int_equal(tsp_golden_who_alu(r.e, 1, 1), d.id - 1);
  assert_false(tsp_golden_trace(r.e, 0, &d));
  assert_false(tsp_golden_trace(r.e, 3, &d));
  rig_run(&r);
  rig_close(&r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(products_are_ieee_rounded_to_nearest_even),
                                     cmocka_unit_test(one_special_lane_leaves_the_others_right),
                                     cmocka_unit_test(conversions_round_to_nearest_even_and_saturate),
                                     cmocka_unit_test(every_tie_of_an_int8_goes_to_even),
                                     cmocka_unit_test(small_integer_operations_follow_their_tables),
                                     cmocka_unit_test(a_chain_of_alus_requantises),
                                     cmocka_unit_test(sources_of_one_byte_are_sign_extended_and_others_are_32_bits),
                                     cmocka_unit_test(the_producers_of_operands_are_named_once),
                                     cmocka_unit_test(a_group_is_little_endian_on_the_way_in_and_out)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
