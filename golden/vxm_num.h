/* SPDX-License-Identifier: Apache-2.0 */
/* vxm_num.h - the arithmetic of the VXM on vectors of n values, in integer operations only (golden/README.md, numbers).
 * Values are 32 bits: fp32 its IEEE 754 bits, everything narrower sign-extended, operands and results. r may be none of
 * the inputs. */
#ifndef TSP_VXM_NUM_H
#define TSP_VXM_NUM_H
#include <stdint.h>

#define TSP_NAN_F32 UINT32_C(0x7fc00000)
#define TSP_NAN_F16 UINT32_C(0x7e00)

/* An operation; b means nothing to those with one operand. */
typedef void num_fn(const uint32_t *a, const uint32_t *b, uint32_t *r, int n);

/* The operation of a VXM opcode (isa.def); NULL for any other and for Sel. */
num_fn *num_operation(unsigned opcode);

/* Sel: a where c is not zero, else b. */
void num_select(const uint32_t *a, const uint32_t *b, const uint32_t *c, uint32_t *r, int n);

/* vxm_int.c. Operations that are the same in every width have only the name i32. */
num_fn num_add_i8, num_sub_i8, num_mul_i8, num_adds_i8, num_subs_i8, num_muls_i8, num_shl_i8, num_shr_i8, num_abs_i8,
    num_neg_i8, num_narrow_i8;
num_fn num_add_i16, num_sub_i16, num_mul_i16, num_adds_i16, num_subs_i16, num_muls_i16, num_shl_i16, num_shr_i16,
    num_abs_i16, num_neg_i16, num_narrow_i16;
num_fn num_add_i32, num_sub_i32, num_mul_i32, num_adds_i32, num_subs_i32, num_muls_i32, num_shl_i32, num_shr_i32,
    num_abs_i32, num_neg_i32, num_min_i32, num_max_i32, num_cmplt_i32, num_cmple_i32, num_cmpeq_i32, num_and_i32,
    num_or_i32, num_xor_i32, num_andn_i32, num_sar_i32, num_relu_i32, num_mov_i32;

/* vxm_float.c */
num_fn num_add_f32, num_sub_f32, num_mul_f32, num_min_f32, num_max_f32, num_cmplt_f32, num_cmple_f32, num_cmpeq_f32,
    num_abs_f32, num_neg_f32, num_relu_f32;

/* vxm_special.c */
num_fn num_exp_f32, num_tanh_f32, num_rsqrt_f32, num_recip_f32;

/* vxm_convert.c */
num_fn num_cvt_i32_f32, num_cvt_f32_i8, num_cvt_f32_i16, num_cvt_f32_i32, num_cvt_f16_f32, num_cvt_f32_f16;

/* vxm_half.c */
num_fn num_add_f16, num_sub_f16, num_mul_f16, num_min_f16, num_max_f16, num_cmplt_f16, num_cmple_f16, num_cmpeq_f16,
    num_abs_f16, num_neg_f16, num_relu_f16, num_exp_f16, num_tanh_f16, num_rsqrt_f16, num_recip_f16, num_cvt_f16_i8,
    num_cvt_f16_i16, num_cvt_f16_i32, num_cvt_i32_f16;

#endif
