/* SPDX-License-Identifier: Apache-2.0 */
/* vxm_float.h - inside the fp32 arithmetic: the parts of an fp32 word. */
#ifndef TSP_VXM_FLOAT_H
#define TSP_VXM_FLOAT_H
#include <stdbool.h>

#include "vxm_num.h"

enum { BIAS = 127, EXPONENT_MAX = 255 };
#define SIGN     UINT32_C(0x80000000)
#define INFINITE UINT32_C(0x7f800000)
#define HIDDEN   UINT32_C(0x00800000) /* the leading one of a normal significand */
#define FRACTION UINT32_C(0x007fffff)

#endif
