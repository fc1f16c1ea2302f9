/* SPDX-License-Identifier: Apache-2.0 */
/* vxm_num.h - the arithmetic of the VXM on vectors of n values, in integer operations only (golden/README.md, numbers).
 * Values are 32 bits: fp32 its IEEE 754 bits, everything narrower sign-extended, operands and results. r may be none of
 * the inputs. */
#ifndef TSP_VXM_NUM_H
#define TSP_VXM_NUM_H
#include <stdint.h>

#define TSP_NAN_F32 UINT32_C(0x7fc00000)
#define TSP_NAN_F16 UINT32_C(0x7e00)

/* An operation; b is read by those with two operands. */
typedef void num_fn(const uint32_t *a, const uint32_t *b, uint32_t *r, int n);

/* The operation of a VXM opcode (isa.def), NULL for any other and for Sel. */
num_fn *num_operation(unsigned opcode);

/* Sel: a where c is not zero, else b. */
void num_select(const uint32_t *a, const uint32_t *b, const uint32_t *c, uint32_t *r, int n);

num_fn num_add_f32, num_sub_f32, num_mul_f32;
num_fn num_exp_f32, num_tanh_f32, num_rsqrt_f32, num_recip_f32;

#endif
