// SPDX-License-Identifier: Apache-2.0
// vxm_fp32.c: every fp32 and fp16 operation of the VXM against the host's IEEE arithmetic. The host's sums, products
// and conversions round once, to nearest even; an fp16 operation is computed in fp32, which is exact or rounds
// harmlessly (24 bits are twice 11 and two more), and rounded to fp16.
#include "cases.h"
#include "half.h"
#include "vxm_case.h"
#include <fenv.h>
#include <math.h>
#include <string.h>

static float f32(uint32_t bits)
{
  float f;
  memcpy(&f, &bits, sizeof f);
  return f;
}

static uint32_t bits32(float f)
{
  uint32_t bits;
  memcpy(&bits, &f, sizeof bits);
  return isnan(f) ? 0x7fc00000 : bits;
}

static float f16(uint32_t bits)
{
  return (float)half_value(bits);
}

static uint32_t bits16(double v)
{
  return half_bits(v);
}

static float least(float x, float y)
{
  if (isnan(x) || isnan(y))
    return NAN;
  return x < y || (x == y && signbit(x)) ? x : y;
}

static uint32_t rounded(float f, int bits)
{
  const double most = ldexp(1, bits - 1) - 1, v = nearbyint((double)f);
  return isnan(f) ? 0 : (uint32_t)(int32_t)(v > most ? most : v < -most - 1 ? -most - 1 : v);
}

/* x, y: the operands as floats. TO: how the result becomes bits. */
#define FN(id, type, to, expression)                                                                                   \
  static uint32_t id##_##type(uint32_t a, uint32_t b, uint32_t c)                                                      \
  {                                                                                                                    \
    const float x = type(a), y = type(b);                                                                              \
    (void)x, (void)y, (void)c;                                                                                         \
    return to(expression);                                                                                             \
  }
#define FN2(id, expression) FN(id, f32, bits32, expression) FN(id, f16, bits16, expression)
#define AS_IS(v)            (uint32_t)(v)

FN2(add, x + y)
FN2(sub, x - y)
FN2(mul, x *y)
FN2(min, least(x, y))
FN2(max, -least(-x, -y))
FN2(abs, fabsf(x))
FN2(neg, -x)
FN2(relu, isnan(x) ? x : x > 0 ? x : 0)
FN(lt, f32, AS_IS, x < y ? -1 : 0)
FN(le, f32, AS_IS, x <= y ? -1 : 0)
FN(eq, f32, AS_IS, x == y ? -1 : 0)
FN(lt, f16, AS_IS, x < y ? -1 : 0)
FN(le, f16, AS_IS, x <= y ? -1 : 0)
FN(eq, f16, AS_IS, x == y ? -1 : 0)
FN(to8, f32, AS_IS, rounded(x, 8))
FN(to16, f32, AS_IS, rounded(x, 16))
FN(to32, f32, AS_IS, rounded(x, 32))
FN(half, f32, bits16, x)
FN(to8, f16, AS_IS, rounded(x, 8))
FN(to16, f16, AS_IS, rounded(x, 16))
FN(to32, f16, AS_IS, rounded(x, 32))
FN(wide, f16, bits32, x)

#define FROM(id, type, to)                                                                                             \
  static uint32_t id(uint32_t a, uint32_t b, uint32_t c)                                                               \
  {                                                                                                                    \
    (void)b, (void)c;                                                                                                  \
    return to((type)a);                                                                                                \
  }
FROM(i8_f32, int8_t, bits32)
FROM(i16_f32, int16_t, bits32)
FROM(i32_f32, int32_t, bits32)
FROM(i8_f16, int8_t, bits16)
FROM(i16_f16, int16_t, bits16)

/* 32-bit integers have more bits than a float: to fp16 from a double, which holds them. */
static uint32_t i32_f16(uint32_t a, uint32_t b, uint32_t c)
{
  (void)b, (void)c;
  return half_bits((int32_t)a);
}

#define ROWS(name, id)                                                                                                 \
  {name ".f32", id##_f32, 0},                                                                                          \
  {                                                                                                                    \
    name ".f16", id##_f16, 0                                                                                           \
  }
static const vxm_op op[] = {ROWS("Add", add),
                            ROWS("Sub", sub),
                            ROWS("Mul", mul),
                            ROWS("Min", min),
                            ROWS("Max", max),
                            ROWS("CmpLt", lt),
                            ROWS("CmpLe", le),
                            ROWS("CmpEq", eq),
                            ROWS("Abs", abs),
                            ROWS("Neg", neg),
                            ROWS("ReLU", relu),
                            {"Cvt.i8.f16", i8_f16, 0},
                            {"Cvt.i8.f32", i8_f32, 0},
                            {"Cvt.i16.f16", i16_f16, 0},
                            {"Cvt.i16.f32", i16_f32, 0},
                            {"Cvt.i32.f16", i32_f16, 0},
                            {"Cvt.i32.f32", i32_f32, 0},
                            {"Cvt.f16.i8", to8_f16, 0},
                            {"Cvt.f16.i16", to16_f16, 0},
                            {"Cvt.f16.i32", to32_f16, 0},
                            {"Cvt.f16.f32", wide_f16, 0},
                            {"Cvt.f32.i8", to8_f32, 0},
                            {"Cvt.f32.i16", to16_f32, 0},
                            {"Cvt.f32.i32", to32_f32, 0},
                            {"Cvt.f32.f16", half_f32, 0}};
enum { OPS = sizeof op / sizeof *op };

/* Numbers of all sizes, near halves, of both formats, and what is special. */
uint32_t vxm_float(tsp_rng *rng, uint64_t i)
{
  static const uint32_t corner[] = {0,          0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000,
                                    0x7f800001, 0x00000001, 0x807fffff, 0x00800000, 0x7f7fffff, 0x477fe000, 0x477ff000,
                                    0x33000000, 0x42fe0000, 0xc3008000, 0x4effffff, 0x4f000000, 0x3f000000, 0x0000,
                                    0x8000,     0x3c00,     0x7c00,     0xfc00,     0x7e00,     0x0001,     0x03ff,
                                    0x0400,     0x7bff,     0x5800,     0x7fff};
  const uint32_t bits = (uint32_t)rng_next(rng);
  switch ((i + (uint64_t)rng_range(rng, 0, 1)) % 5) {
  case 0: return corner[rng_range(rng, 0, 31)];
  case 1: return (bits & 0x807fffff) | (uint32_t)rng_range(rng, 100, 160) << 23; /* of moderate size */
  case 2: return (bits & 0x80000000) | (uint32_t)rng_range(rng, 120, 135) << 23 | (bits & 0x7f0000);
  default: return bits;
  }
}

static tsp_status make(const tsp_config *cfg, uint64_t seed, int i, tsp_run *out, tsp_error *err)
{
  if (!cfg->fp)
    return vxm_integer_instead(cfg, "vxm_fp32", seed, i, out, err);
  if (fegetround() != FE_TONEAREST)
    return tsp_fail(err, TSP_ESTATE, "vxm_fp32: the host does not round to nearest");
  return vxm_make(cfg, "vxm_fp32", seed, i, op, OPS, vxm_float, NULL, out, err);
}

const tsp_case case_vxm_fp32 = {"vxm_fp32", "every fp32 and fp16 operation of the VXM", VXM_RUNS(OPS), make};
