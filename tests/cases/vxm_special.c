// SPDX-License-Identifier: Apache-2.0
// vxm_special.c: Exp, TanH, RSqrt and Recip against the host's library in double precision.
#include "cases.h"
#include "half.h"
#include "vxm_case.h"
#include <math.h>
#include <string.h>

static double f32(uint32_t bits)
{
  float f;
  memcpy(&f, &bits, sizeof f);
  return (double)f;
}

static double f16(uint32_t bits)
{
  return half_value(bits);
}

static uint32_t bits32(double v)
{
  float f = (float)v;
  uint32_t bits;
  memcpy(&bits, &f, sizeof bits);
  return isnan(v) ? 0x7fc00000 : bits;
}

static uint32_t bits16(double v)
{
  return half_bits(v);
}

/* The last ALU of the row computes them of operand b. */
#define FN(id, expression)                                                                                             \
  static uint32_t id##_f32(uint32_t a, uint32_t b, uint32_t c)                                                         \
  {                                                                                                                    \
    const double x = f32(b);                                                                                           \
    (void)a, (void)c;                                                                                                  \
    return bits32(expression);                                                                                         \
  }                                                                                                                    \
  static uint32_t id##_f16(uint32_t a, uint32_t b, uint32_t c)                                                         \
  {                                                                                                                    \
    const double x = f16(b);                                                                                           \
    (void)a, (void)c;                                                                                                  \
    return bits16(expression);                                                                                         \
  }
FN(exp, exp(x))
FN(tanh, tanh(x))
FN(rsqrt, 1 / sqrt(x))
FN(recip, 1 / x)

static const vxm_op op[] = {{"Exp.f32", exp_f32, 1},     {"TanH.f32", tanh_f32, 1},  {"RSqrt.f32", rsqrt_f32, 1},
                            {"Recip.f32", recip_f32, 1}, {"Exp.f16", exp_f16, 1},    {"TanH.f16", tanh_f16, 1},
                            {"RSqrt.f16", rsqrt_f16, 1}, {"Recip.f16", recip_f16, 1}};
enum { OPS = sizeof op / sizeof *op };

static tsp_status make(const tsp_config *cfg, uint64_t seed, int i, tsp_run *out, tsp_error *err)
{
  if (!cfg->fp)
    return vxm_integer_instead(cfg, "vxm_special", seed, i, out, err);
  return vxm_make(cfg, "vxm_special", seed, i, op, OPS, vxm_float, "within 1 unit of the last place of the host's", out,
                  err);
}

const tsp_case case_vxm_special = {"vxm_special", "Exp, TanH, RSqrt and Recip, fp32 and fp16", VXM_RUNS(OPS), make};
