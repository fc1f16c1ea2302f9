/* SPDX-License-Identifier: Apache-2.0 */
/* vxm_operands.h - operands for VXM operations: corners, and random ones of every class, in pairs that interact. */
#ifndef TSP_VXM_OPERANDS_H
#define TSP_VXM_OPERANDS_H
#include "vxm_oracle.h"

typedef struct {
  const uint32_t *value;
  uint32_t count;
} operand_set;

/* Zero, subnormals, around one, halves and ties, limits of the integers, overflow, infinities, NaNs, and the bounds of
 * the special functions. */
static inline operand_set operand_corners(oracle_type t)
{
  static const uint32_t integer[] = {
      0,          1,          2,          3,          7,          8,          9,          15,         16,
      17,         31,         32,         33,         0x7e,       0x7f,       0x80,       0x81,       0xff,
      0x100,      0x7ffe,     0x7fff,     0x8000,     0x8001,     0xffff,     0x10000,    0xffffff,   1 << 24,
      0x1000001,  0x1000003,  65519,      65520,      65521,      0x7fffff7f, 0x7fffff80, 0x7fffffbf, 0x7fffffc0,
      0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff, 0xffffff80, 0xffffff7f, 0xffff8000,
      0xffff7fff, 0xff000000, 0xfeffffff, 0x1234ff80, 0x5555aaaa};
  static const uint32_t f16[] = {0,      1,      2,      3,      0x200,  0x3fe,  0x3ff,  0x400,  0x401,
                                 0x7ff,  0x800,  0x1400, 0x17ff, 0x1800, 0x3800, 0x3801, 0x37ff, 0x3bff,
                                 0x3c00, 0x3c01, 0x3e00, 0x4000, 0x4100, 0x4300, 0x57f0, 0x57f8, 0x5800,
                                 0x5808, 0x5bff, 0x6400, 0x6401, 0x6800, 0x77ff, 0x7800, 0x7801, 0x7bfe,
                                 0x7bff, 0x7c00, 0x7c01, 0x7dff, 0x7e00, 0x7fff, 0x498c, 0x498d};
  static const uint32_t f32[] = {
      0,          1,          2,          3,          0x00200000, 0x00200001, 0x00400000, 0x007ffffe, 0x007fffff,
      0x00800000, 0x00800001, 0x00ffffff, 0x01000000, 0x1fffffff, 0x20000000, 0x33000000, 0x33000001, 0x33800000,
      0x34000000, 0x337fffff, 0x387fffff, 0x38800000, 0x387fe000, 0x387ff000, 0x38fff000, 0x3f000000, 0x3effffff,
      0x3f000001, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x3fc00000, 0x3fffffff, 0x40000000, 0x40200000, 0x41200000,
      0x411fffff, 0x4110b023, 0x41800000, 0x42b0c0a5, 0x42b17217, 0x42b17218, 0x42aeac4f, 0x42cff1b4, 0x42cff1b5,
      0x42fe0000, 0x42feffff, 0x42ff0000, 0x42ff0001, 0x43000000, 0x43008000, 0x43008001, 0x46fffe00, 0x46ffff00,
      0x477fe000, 0x477fefff, 0x477ff000, 0x477ff001, 0x47800000, 0x47000000, 0x4b000000, 0x4b000001, 0x4b7fffff,
      0x4b800000, 0x4effffff, 0x4f000000, 0x4f000001, 0x5f3759df, 0x7e800000, 0x7e7fffff, 0x7effffff, 0x7f000000,
      0x7f7ffffe, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fbfffff, 0x7fc00000, 0x7fc00001, 0x7fffffff};

  if (t == ORACLE_F32)
    return (operand_set){f32, sizeof f32 / sizeof f32[0]};
  if (t == ORACLE_F16)
    return (operand_set){f16, sizeof f16 / sizeof f16[0]};
  return (operand_set){integer, sizeof integer / sizeof integer[0]};
}

static inline uint32_t operand_sign(oracle_type t)
{
  return UINT32_C(1) << (oracle_bits(t) - 1);
}

/* Corner k, modulo their number; of the second half the signs differ. */
static inline uint32_t operand_corner(oracle_type t, uint32_t k)
{
  operand_set set = operand_corners(t);
  uint32_t v = set.value[k % set.count];

  return oracle_extend(t, k / set.count % 2 ? v ^ operand_sign(t) : v);
}

static inline uint32_t operand_corner_count(oracle_type t)
{
  return 2 * operand_corners(t).count;
}

static inline uint64_t operand_random64(uint64_t *s)
{
  *s ^= *s >> 12;
  *s ^= *s << 25;
  *s ^= *s >> 27;
  return *s * UINT64_C(0x2545f4914f6cdd1d);
}

static inline uint32_t operand_random(oracle_type t, uint64_t *s)
{
  uint64_t x = operand_random64(s);
  uint32_t v = (uint32_t)(x >> 32), k = (uint32_t)x >> 8;

  switch (x & 7) {
  case 0: return operand_corner(t, k);
  case 1: /* few significant bits: ties */ v &= t == ORACLE_F32 ? 0xfff80000 : 0xfffffff0; break;
  case 2: /* subnormal, or small */ v &= t == ORACLE_F32 ? 0x807fffff : t == ORACLE_F16 ? 0x83ff : 0xf; break;
  case 3: /* around one, or with few high bits */
    if (t == ORACLE_F32)
      v = (v & 0x807fffff) | (0x39800000 + (k % 32 << 23));
    else if (t != ORACLE_F16)
      v = (uint32_t)((int32_t)v >> (k & 31));
    break;
  default: break;
  }
  return oracle_extend(t, v);
}

/* Pairs: independent; of like magnitude; the second near the first or its negative. */
static inline void operand_pair(oracle_type t, uint64_t *s, uint32_t *a, uint32_t *b)
{
  uint64_t x = operand_random64(s);
  uint32_t near = (uint32_t)(x >> 40) % 17 - 8;

  *a = operand_random(t, s);
  switch (x & 7) {
  case 0: *b = oracle_extend(t, *a + near); break;
  case 1: *b = oracle_extend(t, (*a ^ operand_sign(t)) + near); break;
  case 2:
  case 3:
    *b = operand_random(t, s);
    if (t == ORACLE_F32) /* exponents at most 31 apart, mostly */
      *b = (*b & 0x807fffff) | ((*a & 0x7f800000) + ((uint32_t)(x >> 20 & 63) << 23) - (31U << 23)) % 0x7f800000;
    break;
  default: *b = operand_random(t, s); break;
  }
}

#endif
