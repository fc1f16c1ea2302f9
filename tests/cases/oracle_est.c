// SPDX-License-Identifier: Apache-2.0
// oracle_est.c: arithmetic on numbers with error bounds, with nothing but the host's doubles.
#include "oracle_est.h"
#include "half.h"
#include "tsp_graph.h"
#include <string.h>

static bool is_float(int type)
{
  return type == TSP_F16 || type == TSP_F32;
}

static double greatest(int type)
{
  switch (type) {
  case TSP_I8: return INT8_MAX;
  case TSP_I16: return INT16_MAX;
  case TSP_I32: return INT32_MAX;
  case TSP_F16: return 65504;
  default: return 0x1.fffffep127;
  }
}

double oracle_unit(int type)
{
  return type == TSP_F16 ? 0x1p-11 : type == TSP_F32 ? 0x1p-24 : 0;
}

/* Half of the smallest positive number: the error of a result near zero. */
static double least(int type)
{
  return type == TSP_F16 ? 0x1p-25 : type == TSP_F32 ? 0x1p-150 : 0;
}

double oracle_ulp(int type, double v)
{
  int exponent;
  if (!is_float(type) || !isfinite(v))
    return 1;
  frexp(v, &exponent);
  double ulp = ldexp(2 * oracle_unit(type), exponent - 1);
  return v == 0 || ulp < 2 * least(type) ? 2 * least(type) : ulp;
}

double oracle_load(int type, const uint8_t *at)
{
  int8_t b;
  int16_t h;
  int32_t w;
  uint16_t half;
  float f;
  switch (type) {
  case TSP_I8: memcpy(&b, at, 1); return b;
  case TSP_I16: memcpy(&h, at, 2); return h;
  case TSP_I32: memcpy(&w, at, 4); return w;
  case TSP_F16: memcpy(&half, at, 2); return half_value(half);
  default: memcpy(&f, at, 4); return (double)f;
  }
}

uint32_t oracle_bits(int type, double v)
{
  if (!is_float(type))
    return (uint32_t)(int32_t)(v * greatest(type));
  float f = (float)v;
  uint32_t bits;
  memcpy(&bits, &f, sizeof bits);
  return type == TSP_F16 ? half_bits(v) & 0xffff : bits;
}

double oracle_round(int type, double v)
{
  if (type == TSP_F16)
    return half_value(half_bits(v) & 0xffff);
  if (type == TSP_F32)
    return (double)(float)v;
  v = isnan(v) ? 0 : nearbyint(v);
  return fmin(fmax(v, -greatest(type) - 1), greatest(type));
}

/* The result v of a step whose operands make it uncertain by e, computed with a relative error of `units`. */
static est settle(arith t, double v, double e, double units)
{
  if (isnan(e))
    e = INFINITY;
  if (!isfinite(v))
    return (est){v, isinf(e) ? e : 0}; /* certain operands make it so */
  if (is_float(t.type)) {
    double u = oracle_unit(t.type);
    if (e == 0 && !t.math && units == 1)
      return (est){oracle_round(t.type, v), 0};
    if (fabs(v) - e > greatest(t.type) * (1 + 4 * units * u))
      return (est){copysign(INFINITY, v), 0};
    e += units * u * (fabs(v) + e) + least(t.type);
    return (est){v, fabs(v) + e > greatest(t.type) ? INFINITY : e};
  }
  return (est){v, e};
}

/* Integers: modulo if certain. */
static est wrap(int type, int64_t v, double e)
{
  int unused = 64 - 8 * tsp_type_size(type);
  int64_t w = (int64_t)((uint64_t)v << unused) >> unused;
  if (isnan(e) || (e > 0 && (w != v || fabs((double)v) + e > greatest(type))))
    e = INFINITY;
  return (est){(double)w, e};
}

static double weight(double factor, double e)
{
  return e == 0 ? 0 : fabs(factor) * e; /* infinity times an exact number */
}

est est_add(arith t, est a, est b)
{
  if (!is_float(t.type))
    return wrap(t.type, (int64_t)a.v + (int64_t)b.v, a.e + b.e);
  return settle(t, a.v + b.v, a.e + b.e, 1);
}

est est_sub(arith t, est a, est b)
{
  if (!is_float(t.type))
    return wrap(t.type, (int64_t)a.v - (int64_t)b.v, a.e + b.e);
  return settle(t, a.v - b.v, a.e + b.e, 1);
}

est est_mul(arith t, est a, est b)
{
  double e = weight(a.v, b.e) + weight(b.v, a.e) + weight(a.e, b.e);
  if (!is_float(t.type))
    return wrap(t.type, (int64_t)a.v * (int64_t)b.v, e);
  return settle(t, a.v * b.v, e, 1);
}

/* The greater of two doubles as the machine has it. */
static double greater(double a, double b)
{
  if (isnan(a) || isnan(b))
    return NAN;
  return a == b ? (signbit(a) ? b : a) : a > b ? a : b;
}

est est_max(est a, est b)
{
  double v = greater(a.v, b.v);
  if ((a.e == 0 && b.e == 0) || isnan(v))
    return (est){v, isinf(a.e) || isinf(b.e) ? (double)INFINITY : 0};
  double high = fmax(a.v + a.e, b.v + b.e), low = fmax(a.v - a.e, b.v - b.e);
  return (est){v, isfinite(v) ? fmax(high - v, v - low) : fmax(a.e, b.e)};
}

est est_min(est a, est b)
{
  est r = est_max((est){-a.v, a.e}, (est){-b.v, b.e});
  return (est){-r.v, r.e};
}

est est_neg(arith t, est a)
{
  return (est){is_float(t.type) ? -a.v : fmin(-a.v, greatest(t.type)), a.e};
}

est est_abs(arith t, est a)
{
  return (est){is_float(t.type) ? fabs(a.v) : fmin(fabs(a.v), greatest(t.type)), a.e};
}

est est_relu(est a)
{
  return isnan(a.v) ? a : a.v > 0 ? a : (est){0, fmax(0, a.v + a.e)};
}

/* The greatest change of a rising function over a.v - a.e .. a.v + a.e. */
static double change(double (*f)(double), est a)
{
  if (a.e == 0)
    return 0;
  double v = f(a.v);
  return fmax(fabs(f(a.v + a.e) - v), fabs(v - f(a.v - a.e)));
}

est est_exp(arith t, est a)
{
  if (a.e == 0 && (isinf(a.v) || a.v == 0))
    return exactly(exp(a.v));
  return settle(t, exp(a.v), change(exp, a), 2);
}

est est_tanh(arith t, est a)
{
  return settle(t, tanh(a.v), fmin(change(tanh, a), 2), 2);
}

static double inverse_root(double v)
{
  return 1 / sqrt(v);
}

est est_rsqrt(arith t, est a)
{
  double v = inverse_root(a.v);
  if (a.e == 0 && (isinf(a.v) || a.v <= 0))
    return exactly(v);
  return settle(t, v, a.v - a.e <= 0 ? (double)INFINITY : change(inverse_root, a), 2);
}

static double inverse(double v)
{
  return 1 / v;
}

est est_recip(arith t, est a)
{
  if (a.e == 0 && (isinf(a.v) || a.v == 0))
    return exactly(1 / a.v);
  return settle(t, 1 / a.v, fabs(a.v) <= a.e ? (double)INFINITY : change(inverse, a), 2);
}

est est_cast(arith to, est a, int from)
{
  if (is_float(to.type))
    return to.type == TSP_F32 && from != TSP_I32 ? a : settle(to, a.v, a.e, 1); /* exact from the others */
  double v = oracle_round(to.type, a.v);
  if (isnan(a.v) || a.e == 0 || isinf(a.e))
    return (est){v, a.e};
  return (est){v, fmax(oracle_round(to.type, a.v + a.e) - v, v - oracle_round(to.type, a.v - a.e))};
}

est est_compare(est a, est b, int op)
{
  bool yes = op == TSP_G_LT ? a.v < b.v : op == TSP_G_LE ? a.v <= b.v : a.v == b.v;
  double e = a.e + b.e;
  bool known = e == 0 || fabs(a.v - b.v) > e || isnan(a.v) || isnan(b.v);
  return (est){yes ? -1 : 0, known ? 0 : 1};
}

est est_bits(int type, est a, est b, int op)
{
  int width = 8 * tsp_type_size(type);
  uint32_t x = (uint32_t)(int32_t)a.v, y = (uint32_t)(int32_t)b.v, by = y & 0xff;
  uint32_t mask = width == 32 ? UINT32_MAX : (1U << width) - 1;
  int64_t r;
  if (a.e > 0 || b.e > 0)
    return (est){0, INFINITY};
  switch (op) {
  case TSP_G_AND: r = (int32_t)(x & y); break;
  case TSP_G_OR: r = (int32_t)(x | y); break;
  case TSP_G_XOR: r = (int32_t)(x ^ y); break;
  case TSP_G_SHL: r = by >= (uint32_t)width ? 0 : (int64_t)x << by; break;
  case TSP_G_SHR: r = by >= (uint32_t)width ? 0 : (int64_t)((x & mask) >> by); break;
  default: r = (int32_t)x >> (by >= (uint32_t)width ? width - 1 : (int)by); break;
  }
  return wrap(type, r, 0);
}

est est_select(est mask, est a, est b)
{
  est r = mask.v != 0 ? a : b, other = mask.v != 0 ? b : a;
  if (mask.e > 0)
    r.e = fmax(r.e, fabs(r.v - other.v) + other.e);
  if (isnan(r.e))
    r.e = INFINITY;
  return r;
}

est est_sum(arith t, const est *x, uint32_t n, uint64_t step)
{
  double v = 0, e = 0, size = 0;
  if (n == 1)
    return x[0];
  for (uint32_t i = 0; i < n; i++, x += step) {
    v += x->v;
    e += x->e;
    size += fabs(x->v);
  }
  if (!is_float(t.type))
    return wrap(t.type, (int64_t)v, e);
  if (size + e > greatest(t.type) && fabs(v) <= greatest(t.type))
    e = INFINITY; /* in some order a sum on the way is beyond the type */
  return settle(t, v, e + oracle_unit(t.type) * (sqrt(n) + 4) * size, 2); /* roundings cancel, mostly */
}

est est_dot(arith t, const est *a, uint64_t a_step, const est *b, uint64_t b_step, uint32_t n)
{
  enum { TILE = 16 }; /* the smallest vector of a configuration with floating point */
  double v = 0, e = 0, size = 0;
  for (uint32_t i = 0; i < n; i++, a += a_step, b += b_step) {
    double p = a->v * b->v;
    v += p;
    size += fabs(p);
    if (a->e != 0 || b->e != 0)
      e += weight(a->v, b->e) + weight(b->v, a->e) + weight(a->e, b->e);
  }
  if (!is_float(t.type))
    return wrap(t.type, (int64_t)v, e);
  const uint32_t tiles = 1 + (n - 1) / TILE;
  return settle(t, v, e + (tiles > 1 ? oracle_unit(t.type) * (sqrt(tiles) + 2) * size : 0), 2);
}
