/* SPDX-License-Identifier: Apache-2.0 */
/* vxm_table.c - the operation of each opcode. */
#include <stddef.h>

#include "tsp_isa.h"
#include "vxm_num.h"

/* A family with a type per opcode: its integer operation may be the same for every width. */
#define INTEGERS(OP, name)                                                                                             \
  [TSP_OP_##OP##_I8] = num_##name##_i8, [TSP_OP_##OP##_I16] = num_##name##_i16, [TSP_OP_##OP##_I32] = num_##name##_i32
#define ANY_WIDTH(OP, name)                                                                                            \
  [TSP_OP_##OP##_I8] = num_##name##_i32, [TSP_OP_##OP##_I16] = num_##name##_i32, [TSP_OP_##OP##_I32] = num_##name##_i32
#define FLOATS(OP, name) [TSP_OP_##OP##_F16] = num_##name##_f16, [TSP_OP_##OP##_F32] = num_##name##_f32

static num_fn *const operation[256] = {
    INTEGERS(ADD, add),
    INTEGERS(SUB, sub),
    INTEGERS(MUL, mul),
    INTEGERS(ADDS, adds),
    INTEGERS(SUBS, subs),
    INTEGERS(MULS, muls),
    INTEGERS(SHL, shl),
    INTEGERS(SHR, shr),
    INTEGERS(ABS, abs),
    INTEGERS(NEG, neg),
    ANY_WIDTH(MIN, min),
    ANY_WIDTH(MAX, max),
    ANY_WIDTH(CMPLT, cmplt),
    ANY_WIDTH(CMPLE, cmple),
    ANY_WIDTH(CMPEQ, cmpeq),
    ANY_WIDTH(AND, and),
    ANY_WIDTH(OR, or),
    ANY_WIDTH(XOR, xor),
    ANY_WIDTH(ANDN, andn),
    ANY_WIDTH(SAR, sar),
    ANY_WIDTH(RELU, relu),
    ANY_WIDTH(MOV, mov),
    FLOATS(ADD, add),
    FLOATS(SUB, sub),
    FLOATS(MUL, mul),
    FLOATS(MIN, min),
    FLOATS(MAX, max),
    FLOATS(CMPLT, cmplt),
    FLOATS(CMPLE, cmple),
    FLOATS(CMPEQ, cmpeq),
    FLOATS(ABS, abs),
    FLOATS(NEG, neg),
    FLOATS(RELU, relu),
    FLOATS(EXP, exp),
    FLOATS(TANH, tanh),
    FLOATS(RSQRT, rsqrt),
    FLOATS(RECIP, recip),
    [TSP_OP_CVT_I8_I16] = num_mov_i32,
    [TSP_OP_CVT_I8_I32] = num_mov_i32,
    [TSP_OP_CVT_I8_F16] = num_cvt_i32_f16,
    [TSP_OP_CVT_I8_F32] = num_cvt_i32_f32,
    [TSP_OP_CVT_I16_I8] = num_narrow_i8,
    [TSP_OP_CVT_I16_I32] = num_mov_i32,
    [TSP_OP_CVT_I16_F16] = num_cvt_i32_f16,
    [TSP_OP_CVT_I16_F32] = num_cvt_i32_f32,
    [TSP_OP_CVT_I32_I8] = num_narrow_i8,
    [TSP_OP_CVT_I32_I16] = num_narrow_i16,
    [TSP_OP_CVT_I32_F16] = num_cvt_i32_f16,
    [TSP_OP_CVT_I32_F32] = num_cvt_i32_f32,
    [TSP_OP_CVT_F16_I8] = num_cvt_f16_i8,
    [TSP_OP_CVT_F16_I16] = num_cvt_f16_i16,
    [TSP_OP_CVT_F16_I32] = num_cvt_f16_i32,
    [TSP_OP_CVT_F16_F32] = num_cvt_f16_f32,
    [TSP_OP_CVT_F32_I8] = num_cvt_f32_i8,
    [TSP_OP_CVT_F32_I16] = num_cvt_f32_i16,
    [TSP_OP_CVT_F32_I32] = num_cvt_f32_i32,
    [TSP_OP_CVT_F32_F16] = num_cvt_f32_f16,
};

num_fn *num_operation(unsigned opcode)
{
  return opcode < 256 ? operation[opcode] : NULL;
}
