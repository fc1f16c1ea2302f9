/* SPDX-License-Identifier: Apache-2.0 */
/* half.h - fp16 for oracles, with nothing but the host's doubles, which hold every half and every float exactly. */
#ifndef TSP_CASE_HALF_H
#define TSP_CASE_HALF_H
#include <math.h>
#include <stdint.h>

static inline double half_value(uint32_t bits)
{
  const int exponent = bits >> 10 & 31, fraction = bits & 0x3ff;
  const double v = exponent == 31 ? (fraction ? NAN : INFINITY)
                   : exponent     ? ldexp(1024 + fraction, exponent - 25)
                                  : ldexp(fraction, -24);
  return bits & 0x8000 ? -v : v;
}

/* Rounded once, to nearest even; NaN is 0x7e00. Sign-extended, as the machine holds it. */
static inline uint32_t half_bits(double v)
{
  if (isnan(v))
    return 0x7e00;
  const uint32_t sign = signbit(v) ? 0xffff8000 : 0;
  const double size = fabs(v);
  if (size >= 65520) /* half of the way beyond the greatest */
    return sign | 0x7c00;
  int exponent = 0;
  if (size == 0)
    return sign;
  frexp(size, &exponent); /* size < 2^exponent */
  const int unit = exponent - 11 > -24 ? exponent - 11 : -24;
  const uint32_t units = (uint32_t)nearbyint(ldexp(size, -unit)); /* of 2^unit; subnormal if below 1024 */
  return sign | (((uint32_t)(unit + 24) << 10) + units);
}

#endif
