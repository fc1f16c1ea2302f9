/* SPDX-License-Identifier: Apache-2.0 */
/* vxm_num.h - the arithmetic of the VXM on vectors of n values, in integer operations only (golden/README.md, numbers).
 * fp32 values are their IEEE 754 bits. r may be none of the inputs. */
#ifndef TSP_VXM_NUM_H
#define TSP_VXM_NUM_H
#include <stdint.h>

#define TSP_NAN_F32 UINT32_C(0x7fc00000)

void num_ext_i8(const uint32_t *a, uint32_t *r, int n); /* low byte, sign-extended */
void num_add_i32(const uint32_t *a, const uint32_t *b, uint32_t *r, int n);
void num_max_i32(const uint32_t *a, const uint32_t *b, uint32_t *r, int n);
void num_cvt_i32_i8(const uint32_t *a, uint32_t *r, int n);
void num_cvt_i32_f32(const uint32_t *a, uint32_t *r, int n);
void num_cvt_f32_i8(const uint32_t *a, uint32_t *r, int n);
void num_mul_f32(const uint32_t *a, const uint32_t *b, uint32_t *r, int n);
void num_relu_f32(const uint32_t *a, uint32_t *r, int n);

#endif
