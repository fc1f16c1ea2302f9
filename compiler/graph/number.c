// SPDX-License-Identifier: Apache-2.0
// number.c: elements to doubles and back, little-endian on any host.
#include "number.h"
#include "tsp_image.h"
#include <math.h>
#include <string.h>

enum { F16_BIAS = 15, F16_FRACTION = 10, F16_NAN = 0x7e00 };
static const uint32_t f32_nan = 0x7fc00000;

static uint32_t get(const uint8_t *at, int bytes)
{
  uint32_t v = 0;
  for (int i = 0; i < bytes; i++)
    v |= (uint32_t)at[i] << (8 * i);
  return v;
}

static void put(uint8_t *at, int bytes, uint32_t v)
{
  for (int i = 0; i < bytes; i++)
    at[i] = (uint8_t)(v >> (8 * i));
}

static double from_f16(uint32_t bits)
{
  int exponent = (int)(bits >> F16_FRACTION & 31), fraction = (int)(bits & 0x3ff);
  double v = exponent == 31 ? (fraction ? (double)NAN : (double)INFINITY)
             : exponent     ? ldexp(1024 + fraction, exponent - F16_BIAS - F16_FRACTION)
                            : ldexp(fraction, 1 - F16_BIAS - F16_FRACTION);
  return bits & 0x8000 ? -v : v;
}

/* Nearest even without the host's rounding mode: the part that is lost is compared with a half. */
static double nearest(double v)
{
  double low = floor(v), rest = v - low;
  if (rest < 0.5 || (rest == 0.5 && fmod(low, 2) == 0))
    return low;
  return low + 1;
}

/* Sign and magnitude in units of the last place of a format with `fraction` bits, least exponent `least`, and the
 * greatest finite exponent `most`. */
static uint32_t to_bits(double v, int fraction, int least, int most)
{
  int exponent = 0;
  double size = fabs(v);
  if (size == 0)
    return 0;
  uint32_t infinite = (uint32_t)(most - least + 2) << fraction;
  if (isinf(v))
    return infinite;
  frexp(size, &exponent); /* size < 2^exponent */
  int unit = exponent - 1 < least ? least - fraction : exponent - 1 - fraction;
  uint32_t units = (uint32_t)nearest(ldexp(size, -unit));
  uint32_t bits =
      ((uint32_t)(unit + fraction - least) << fraction) + units; /* the leading one adds 1 to the exponent */
  return exponent - 1 > most || bits > infinite ? infinite : bits;
}

static void limits(int type, double *least, double *most)
{
  int bits = 8 * tsp_type_size(type) - 1;
  *most = ldexp(1, bits) - 1;
  *least = -ldexp(1, bits);
}

double tsp_number_load(int type, const uint8_t *at)
{
  uint32_t bits = get(at, tsp_type_size(type));
  float f;
  switch (type) {
  case TSP_I8: return (int8_t)bits;
  case TSP_I16: return (int16_t)bits;
  case TSP_I32: return (int32_t)bits;
  case TSP_F16: return from_f16(bits);
  default: memcpy(&f, &bits, sizeof f); return (double)f;
  }
}

void tsp_number_store(int type, double value, uint8_t *at)
{
  int bytes = tsp_type_size(type);
  if (type == TSP_F16) {
    put(at, bytes, isnan(value) ? F16_NAN : to_bits(value, F16_FRACTION, -14, 15) | (signbit(value) ? 0x8000U : 0));
  } else if (type == TSP_F32) {
    put(at, bytes, isnan(value) ? f32_nan : to_bits(value, 23, -126, 127) | (signbit(value) ? 0x80000000U : 0));
  } else {
    double least, most, v = isnan(value) ? 0 : value;
    limits(type, &least, &most);
    v = v < least ? least : v > most ? most : nearest(v);
    put(at, bytes, (uint32_t)(int32_t)v);
  }
}

bool tsp_number_fits(int type, double value)
{
  double least, most;
  if (type == TSP_F16 || type == TSP_F32)
    return true;
  limits(type, &least, &most);
  return value >= least && value <= most;
}
