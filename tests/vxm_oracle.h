/* SPDX-License-Identifier: Apache-2.0 */
/* vxm_oracle.h - what a VXM operation should give, from its mnemonic: integers in 64 bits, fp32 in the host's IEEE
 * arithmetic, fp16 exactly in double and rounded once. It shares nothing with the model. */
#ifndef TSP_VXM_ORACLE_H
#define TSP_VXM_ORACLE_H
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "tsp_isa.h"

typedef enum { ORACLE_I8, ORACLE_I16, ORACLE_I32, ORACLE_F16, ORACLE_F32 } oracle_type;

#define ORACLE_FAMILIES(X)                                                                                             \
  X("Add", ADD, 2)                                                                                                     \
  X("Sub", SUB, 2)                                                                                                     \
  X("Mul", MUL, 2)                                                                                                     \
  X("Add.sat", ADDS, 2)                                                                                                \
  X("Sub.sat", SUBS, 2)                                                                                                \
  X("Mul.sat", MULS, 2)                                                                                                \
  X("Min", MIN, 2)                                                                                                     \
  X("Max", MAX, 2)                                                                                                     \
  X("CmpLt", CMPLT, 2)                                                                                                 \
  X("CmpLe", CMPLE, 2)                                                                                                 \
  X("CmpEq", CMPEQ, 2)                                                                                                 \
  X("Abs", ABS, 1)                                                                                                     \
  X("Neg", NEG, 1)                                                                                                     \
  X("Mov", MOV, 1)                                                                                                     \
  X("ReLU", RELU, 1)                                                                                                   \
  X("Sel", SEL, 2)                                                                                                     \
  X("And", AND, 2)                                                                                                     \
  X("Or", OR, 2)                                                                                                       \
  X("Xor", XOR, 2)                                                                                                     \
  X("AndN", ANDN, 2)                                                                                                   \
  X("Shl", SHL, 2)                                                                                                     \
  X("Shr", SHR, 2)                                                                                                     \
  X("Sar", SAR, 2)                                                                                                     \
  X("Cvt", CVT, 1)                                                                                                     \
  X("Exp", EXP, 1)                                                                                                     \
  X("TanH", TANH, 1)                                                                                                   \
  X("RSqrt", RSQRT, 1)                                                                                                 \
  X("Recip", RECIP, 1)
enum {
#define X(text, name, operands) FAMILY_##name,
  ORACLE_FAMILIES(X)
#undef X
};

typedef struct {
  int family, operands;
  oracle_type from, to;
} oracle_op;

static inline bool oracle_special(const oracle_op *op)
{
  return op->family >= FAMILY_EXP;
}

static inline bool oracle_is_float(oracle_type t)
{
  return t >= ORACLE_F16;
}

static inline int oracle_bits(oracle_type t)
{
  return t == ORACLE_I8 ? 8 : t == ORACLE_I16 || t == ORACLE_F16 ? 16 : 32;
}

static inline float oracle_float(uint32_t v)
{
  float f;

  memcpy(&f, &v, sizeof f);
  return f;
}

static inline uint32_t oracle_f32(float f)
{
  uint32_t v;

  if (isnan(f))
    return UINT32_C(0x7fc00000);
  memcpy(&v, &f, sizeof v);
  return v;
}

static inline double oracle_half(uint32_t v)
{
  int e = v >> 10 & 31;
  double m = v & 1023, x = e == 31 ? m ? NAN : INFINITY : e ? ldexp(1024 + m, e - 25) : ldexp(m, -24);

  return v & 0x8000 ? -x : x;
}

/* Rounded to nearest even, sign-extended. */
static inline uint32_t oracle_f16(double d)
{
  double x = fabs(d);
  uint32_t bits;
  int e;

  if (isnan(d))
    return UINT32_C(0x7e00);
  if (x >= 65520) {
    bits = 0x7c00;
  } else if (x < 0x1p-14) {
    bits = (uint32_t)nearbyint(x * 0x1p24);
  } else {
    frexp(x, &e);
    bits = ((uint32_t)(e + 14) << 10) + (uint32_t)nearbyint(ldexp(x, 11 - e)) - 1024;
  }
  return signbit(d) ? bits | UINT32_C(0xffff8000) : bits;
}

/* The low bits of v as an operand of the type: as the VXM has it, sign-extended. */
static inline uint32_t oracle_extend(oracle_type t, uint32_t v)
{
  return oracle_bits(t) == 8 ? (uint32_t)(int32_t)(int8_t)v : oracle_bits(t) == 16 ? (uint32_t)(int32_t)(int16_t)v : v;
}

static inline double oracle_value(oracle_type t, uint32_t v)
{
  return t == ORACLE_F16 ? oracle_half(v) : t == ORACLE_F32 ? (double)oracle_float(v) : (double)(int32_t)v;
}

static inline bool oracle_parse_type(const char *text, size_t length, oracle_type *t)
{
  static const char *const name[] = {"i8", "i16", "i32", "f16", "f32"};

  for (int k = 0; k < 5; k++)
    if (strlen(name[k]) == length && memcmp(name[k], text, length) == 0) {
      *t = (oracle_type)k;
      return true;
    }
  return false;
}

/* Family and types of a row of the table; false if it is no VXM instruction that the oracle knows. */
static inline bool oracle_find(const tsp_instr *in, oracle_op *op)
{
  static const struct {
    const char *text;
    int operands;
  } family[] = {
#define X(text, name, operands) {text, operands},
      ORACLE_FAMILIES(X)
#undef X
  };
  const char *type = strrchr(in->mnemonic, '.'), *rest;
  size_t length;

  if ((in->unit != TSP_UNIT_VXM && in->unit != TSP_UNIT_VXF && in->unit != TSP_UNIT_VXS) || !type ||
      !oracle_parse_type(type + 1, strlen(type + 1), &op->to))
    return false;
  op->from = op->to;
  length = (size_t)(type - in->mnemonic);
  if (strncmp(in->mnemonic, "Cvt.", 4) == 0) {
    rest = in->mnemonic + 4;
    length = 3;
    if (!oracle_parse_type(rest, (size_t)(type - rest), &op->from))
      return false;
  }
  for (size_t k = 0; k < sizeof family / sizeof family[0]; k++)
    if (strlen(family[k].text) == length && memcmp(family[k].text, in->mnemonic, length) == 0) {
      op->family = (int)k;
      op->operands = family[k].operands;
      return true;
    }
  return false;
}

static inline int64_t oracle_saturate(int64_t v, int bits)
{
  int64_t most = (INT64_C(1) << (bits - 1)) - 1;

  return v > most ? most : v < -most - 1 ? -most - 1 : v;
}

static inline int64_t oracle_shift(const oracle_op *op, int64_t x, int64_t y)
{
  int bits = oracle_bits(op->from), by = (int)((uint64_t)y & 255);
  uint64_t field = (uint64_t)x & (~UINT64_C(0) >> (64 - bits));

  if (op->family == FAMILY_SAR)
    return (int64_t)floor((double)x / ldexp(1, by));
  if (by >= bits)
    return 0;
  return (int64_t)(op->family == FAMILY_SHL ? field << by : field >> by);
}

static inline uint32_t oracle_integer(const oracle_op *op, int64_t x, int64_t y, uint32_t own)
{
  int bits = oracle_bits(op->from);
  int64_t r = 0;

  switch (op->family) {
  case FAMILY_ADD: r = x + y; break;
  case FAMILY_SUB: r = x - y; break;
  case FAMILY_MUL: r = x * y; break;
  case FAMILY_ADDS: r = oracle_saturate(x + y, bits); break;
  case FAMILY_SUBS: r = oracle_saturate(x - y, bits); break;
  case FAMILY_MULS: r = oracle_saturate(x * y, bits); break;
  case FAMILY_MIN: r = x < y ? x : y; break;
  case FAMILY_MAX: r = x < y ? y : x; break;
  case FAMILY_CMPLT: r = -(x < y); break;
  case FAMILY_CMPLE: r = -(x <= y); break;
  case FAMILY_CMPEQ: r = -(x == y); break;
  case FAMILY_ABS: r = oracle_saturate(x < 0 ? -x : x, bits); break;
  case FAMILY_NEG: r = oracle_saturate(-x, bits); break;
  case FAMILY_MOV: r = x; break;
  case FAMILY_RELU: r = x < 0 ? 0 : x; break;
  case FAMILY_SEL: r = own ? x : y; break;
  case FAMILY_AND: r = x & y; break;
  case FAMILY_OR: r = x | y; break;
  case FAMILY_XOR: r = x ^ y; break;
  case FAMILY_ANDN: r = x & ~y; break;
  case FAMILY_CVT: r = oracle_saturate(x, oracle_bits(op->to)); break;
  default: r = oracle_shift(op, x, y); break;
  }
  return oracle_extend(op->to, (uint32_t)(uint64_t)r);
}

static inline double oracle_exact(int family, double x)
{
  switch (family) {
  case FAMILY_EXP: return exp(x);
  case FAMILY_TANH: return tanh(x);
  case FAMILY_RSQRT: return 1 / sqrt(x);
  default: return 1 / x;
  }
}

/* fp16 and fp32 alike: sums and products of fp16 are exact in double, of fp32 they are taken in float. */
static inline double oracle_real(const oracle_op *op, double x, double y)
{
  bool single = op->from == ORACLE_F32;

  switch (op->family) {
  case FAMILY_ADD: return single ? (double)((float)x + (float)y) : x + y;
  case FAMILY_SUB: return single ? (double)((float)x - (float)y) : x - y;
  case FAMILY_MUL: return single ? (double)((float)x * (float)y) : x * y;
  case FAMILY_MIN: return isnan(x) || isnan(y) ? NAN : x == y ? signbit(x) ? x : y : x < y ? x : y;
  case FAMILY_MAX: return isnan(x) || isnan(y) ? NAN : x == y ? signbit(x) ? y : x : x > y ? x : y;
  case FAMILY_ABS: return fabs(x);
  case FAMILY_NEG: return -x;
  case FAMILY_RELU: return isnan(x) ? NAN : x > 0 ? x : 0;
  default: return x; /* conversions */
  }
}

static inline uint32_t oracle_round(oracle_type to, double r)
{
  double most;

  if (to == ORACLE_F32)
    return oracle_f32((float)r);
  if (to == ORACLE_F16)
    return oracle_f16(r);
  most = ldexp(1, oracle_bits(to) - 1) - 1;
  r = isnan(r) ? 0 : nearbyint(r);
  return (uint32_t)(int32_t)(r > most ? most : r < -most - 1 ? -most - 1 : r);
}

/* The result of operands a, b; own is the third source of Sel. Not for the special functions: see vxm_error.h. */
static inline uint32_t oracle_result(const oracle_op *op, uint32_t a, uint32_t b, uint32_t own)
{
  double x, y;

  if (!oracle_is_float(op->from) && !oracle_is_float(op->to))
    return oracle_integer(op, (int32_t)a, (int32_t)b, own);
  x = oracle_value(op->from, a);
  y = op->operands == 2 ? oracle_value(op->from, b) : 0;
  switch (op->family) {
  case FAMILY_CMPLT: return x < y ? UINT32_MAX : 0;
  case FAMILY_CMPLE: return x <= y ? UINT32_MAX : 0;
  case FAMILY_CMPEQ: return x == y ? UINT32_MAX : 0;
  default: return oracle_round(op->to, oracle_real(op, x, y));
  }
}

#endif
