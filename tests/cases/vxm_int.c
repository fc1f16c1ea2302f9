// SPDX-License-Identifier: Apache-2.0
// vxm_int.c: every integer operation of the VXM against plain C.
#include "cases.h"
#include "vxm_case.h"

static int64_t clamp(int64_t v, int bits)
{
  const int64_t most = (INT64_C(1) << (bits - 1)) - 1;
  return v > most ? most : v < -most - 1 ? -most - 1 : v;
}

/* One function per operation and width: x, y signed operands, s the shift, w the width; the low w bits are the result.
 */
#define FN(id, w, expression)                                                                                          \
  static uint32_t id##_i##w(uint32_t a, uint32_t b, uint32_t c)                                                        \
  {                                                                                                                    \
    const int64_t x = (int##w##_t)a, y = (int##w##_t)b;                                                                \
    const uint64_t u = (uint##w##_t)a;                                                                                 \
    const int s = (int)(b & 255), width = w;                                                                           \
    (void)x, (void)y, (void)u, (void)s, (void)c, (void)width;                                                          \
    return (uint32_t)(int32_t)(int##w##_t)(expression);                                                                \
  }
#define FN3(id, expression) FN(id, 8, expression) FN(id, 16, expression) FN(id, 32, expression)

FN3(add, x + y)
FN3(sub, x - y)
FN3(mul, (uint64_t)x *(uint64_t)y)
FN3(adds, clamp(x + y, width))
FN3(subs, clamp(x - y, width))
FN3(muls, clamp(x *y, width))
FN3(min, x < y ? x : y)
FN3(max, x > y ? x : y)
FN3(lt, x < y ? -1 : 0)
FN3(le, x <= y ? -1 : 0)
FN3(eq, x == y ? -1 : 0)
FN3(abs, clamp(x < 0 ? -x : x, width))
FN3(neg, clamp(-x, width))
FN3(mov, x)
FN3(relu, x > 0 ? x : 0)
FN3(sel, c ? x : y)
FN3(and, x &y)
FN3(or, x | y)
FN3(xor, x ^ y)
FN3(andn, x & ~y)
FN3(shl, s < width ? u << s : 0)
FN3(shr, s < width ? u >> s : 0)
FN3(sar, x >> (s < width ? s : width - 1))

/* Conversions, by the width of the operand; the result is narrowed with saturation. */
#define CVT(from, to)                                                                                                  \
  static uint32_t cvt_##from##_##to(uint32_t a, uint32_t b, uint32_t c)                                                \
  {                                                                                                                    \
    (void)b, (void)c;                                                                                                  \
    return (uint32_t)(int32_t)clamp((int##from##_t)a, to);                                                             \
  }
CVT(8, 16)
CVT(8, 32)
CVT(16, 8)
CVT(16, 32)
CVT(32, 8)
CVT(32, 16)

#define ROWS(name, id)                                                                                                 \
  {name ".i8", id##_i8, 0}, {name ".i16", id##_i16, 0},                                                                \
  {                                                                                                                    \
    name ".i32", id##_i32, 0                                                                                           \
  }
static const vxm_op op[] = {ROWS("Add", add),
                            ROWS("Sub", sub),
                            ROWS("Mul", mul),
                            ROWS("Add.sat", adds),
                            ROWS("Sub.sat", subs),
                            ROWS("Mul.sat", muls),
                            ROWS("Min", min),
                            ROWS("Max", max),
                            ROWS("CmpLt", lt),
                            ROWS("CmpLe", le),
                            ROWS("CmpEq", eq),
                            ROWS("Abs", abs),
                            ROWS("Neg", neg),
                            ROWS("Mov", mov),
                            ROWS("ReLU", relu),
                            ROWS("Sel", sel),
                            ROWS("And", and),
                            ROWS("Or", or),
                            ROWS("Xor", xor),
                            ROWS("AndN", andn),
                            ROWS("Shl", shl),
                            ROWS("Shr", shr),
                            ROWS("Sar", sar),
                            {"Cvt.i8.i16", cvt_8_16, 0},
                            {"Cvt.i8.i32", cvt_8_32, 0},
                            {"Cvt.i16.i8", cvt_16_8, 0},
                            {"Cvt.i16.i32", cvt_16_32, 0},
                            {"Cvt.i32.i8", cvt_32_8, 0},
                            {"Cvt.i32.i16", cvt_32_16, 0}};
enum { OPS = sizeof op / sizeof *op };

uint32_t vxm_integer(tsp_rng *rng, uint64_t i)
{
  static const uint32_t corner[] = {0,      1,      0xffffffff, 0x7fffffff, 0x80000000, 0x7f, 0x80,   0xff80,
                                    0x7fff, 0x8000, 0xffff8000, 0x00017fff, 0x0100,     0xff, 0xffff, 0x80000001};
  (void)i;
  return rng_range(rng, 0, 2) ? (uint32_t)rng_next(rng) : corner[rng_range(rng, 0, 15)];
}

static tsp_status make(const tsp_config *cfg, uint64_t seed, int i, tsp_run *out, tsp_error *err)
{
  return vxm_make(cfg, "vxm_int", seed, i, op, OPS, vxm_integer, NULL, out, err);
}

tsp_status vxm_integer_instead(const tsp_config *cfg, const char *name, uint64_t seed, int i, tsp_run *out,
                               tsp_error *err)
{
  return vxm_make(cfg, name, seed, i % VXM_RUNS(OPS), op, OPS, vxm_integer,
                  "this configuration has no floating point: integer operations instead", out, err);
}

const tsp_case case_vxm_int = {"vxm_int", "every integer operation of the VXM, all widths", VXM_RUNS(OPS), make};
