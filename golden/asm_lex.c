/* SPDX-License-Identifier: Apache-2.0 */
/* asm_lex.c - tokens of one line of assembly. */
#include <ctype.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asm_lex.h"

static bool letter(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool digit(char c)
{
  return c >= '0' && c <= '9';
}

static bool in_id(char c)
{
  return letter(c) || digit(c) || c == '.';
}

static bool in_name(char c)
{
  return in_id(c) || c == '/' || c == '-';
}

static void skip(tsp_lex *l)
{
  while (*l->p == ' ' || *l->p == '\t')
    l->p++;
}

bool tsp_lex_at_end(tsp_lex *l)
{
  skip(l);
  return *l->p == '\0' || *l->p == ';';
}

tsp_status tsp_lex_fail(tsp_lex *l, const char *what)
{
  char found[25];
  int n = 0;

  if (tsp_lex_at_end(l))
    return tsp_fail(l->cause, TSP_EFORMAT, "%s is expected, found the end of the line", what);
  for (; n < 24 && l->p[n] > ' ' && l->p[n] <= '~' && (n == 0 || l->p[n] != ','); n++)
    found[n] = l->p[n];
  found[n] = '\0';
  if (n == 0)
    return tsp_fail(l->cause, TSP_EFORMAT, "%s is expected, found byte 0x%02x", what, (unsigned char)*l->p);
  return tsp_fail(l->cause, TSP_EFORMAT, "%s is expected, found '%s'", what, found);
}

tsp_status tsp_lex_end(tsp_lex *l)
{
  return tsp_lex_at_end(l) ? TSP_OK : tsp_lex_fail(l, "the end of the line");
}

bool tsp_lex_accept(tsp_lex *l, const char *token)
{
  size_t n = strlen(token);

  skip(l);
  if (strncmp(l->p, token, n) != 0 || (in_id(token[n - 1]) && in_id(l->p[n])))
    return false;
  l->p += n;
  return true;
}

tsp_status tsp_lex_expect(tsp_lex *l, const char *token)
{
  char what[40];

  if (tsp_lex_accept(l, token))
    return TSP_OK;
  snprintf(what, sizeof what, "'%.30s'", token);
  return tsp_lex_fail(l, what);
}

tsp_status tsp_lex_id(tsp_lex *l, const char *what, char *buf, size_t size)
{
  size_t n = 0;

  skip(l);
  while (n < size && in_id(l->p[n]))
    n++;
  if (n == 0 || n == size || digit(*l->p))
    return tsp_lex_fail(l, what);
  memcpy(buf, l->p, n);
  buf[n] = '\0';
  l->p += n;
  return TSP_OK;
}

static tsp_status quoted(tsp_lex *l, const char *what, char *buf, size_t size)
{
  size_t n = 0;

  for (l->p++; *l->p != '"'; l->p++) {
    if (*l->p == '\\' && (l->p[1] == '"' || l->p[1] == '\\'))
      l->p++;
    else if (*l->p == '\\')
      return tsp_fail(l->cause, TSP_EFORMAT, "%s: after \\ comes \\ or \"", what);
    if (*l->p == '\0')
      return tsp_fail(l->cause, TSP_EFORMAT, "%s: a closing \" is missing", what);
    if (*l->p < 0x20 || *l->p > 0x7e)
      return tsp_fail(l->cause, TSP_EFORMAT, "%s: byte 0x%02x is not printable ASCII", what, (unsigned char)*l->p);
    if (n + 1 >= size)
      return tsp_fail(l->cause, TSP_EFORMAT, "%s is longer than %zu characters", what, size - 1);
    buf[n++] = *l->p;
  }
  l->p++;
  buf[n] = '\0';
  return TSP_OK;
}

tsp_status tsp_lex_name(tsp_lex *l, const char *what, char *buf, size_t size)
{
  size_t n = 0;

  skip(l);
  if (*l->p == '"')
    return quoted(l, what, buf, size);
  if (!letter(*l->p))
    return tsp_lex_fail(l, what);
  while (n < size && in_name(l->p[n]))
    n++;
  if (n == size)
    return tsp_fail(l->cause, TSP_EFORMAT, "%s is longer than %zu characters", what, size - 1);
  memcpy(buf, l->p, n);
  buf[n] = '\0';
  l->p += n;
  return TSP_OK;
}

char *tsp_quote_name(const char *name, char *buf)
{
  char *to = buf;
  bool bare = letter(*name);

  for (const char *p = name; *p; p++)
    bare = bare && in_name(*p);
  if (bare && strcmp(name, "line") != 0)
    return memcpy(buf, name, strlen(name) + 1);
  *to++ = '"';
  for (const char *p = name; *p; p++) {
    if (*p == '"' || *p == '\\')
      *to++ = '\\';
    *to++ = *p;
  }
  *to++ = '"';
  *to = '\0';
  return buf;
}

static int digit_value(char c, int base)
{
  if (digit(c))
    return c - '0';
  if (base == 16 && isxdigit((unsigned char)c))
    return (c | 0x20) - 'a' + 10;
  return -1;
}

/* Sign and magnitude. *huge: it exceeds 64 bits. The token must end where the digits do. */
static tsp_status number(tsp_lex *l, const char *what, bool *negative, uint64_t *magnitude, bool *huge)
{
  char expected[80];
  const char *p;
  int base = 10;

  skip(l);
  p = l->p;
  *negative = *p == '-';
  if (*p == '-' || *p == '+')
    p++;
  if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
    base = 16;
    p += 2;
  }
  snprintf(expected, sizeof expected, "%.50s, a number,", what);
  if (digit_value(*p, base) < 0)
    return tsp_lex_fail(l, expected);
  *magnitude = 0;
  *huge = false;
  for (; digit_value(*p, base) >= 0; p++)
    if (__builtin_mul_overflow(*magnitude, (uint64_t)base, magnitude) ||
        __builtin_add_overflow(*magnitude, (uint64_t)digit_value(*p, base), magnitude))
      *huge = true;
  if (letter(*p))
    return tsp_lex_fail(l, expected);
  l->p = p;
  return TSP_OK;
}

tsp_status tsp_lex_uint(tsp_lex *l, const char *what, uint64_t max, uint64_t *out)
{
  bool negative, huge;
  tsp_status s = number(l, what, &negative, out, &huge);

  if (s == TSP_OK && (huge || *out > max || (negative && *out != 0)))
    return tsp_fail(l->cause, TSP_EFORMAT, "%s must be 0..%" PRIu64, what, max);
  return s;
}

tsp_status tsp_lex_int(tsp_lex *l, const char *what, int64_t min, int64_t max, int64_t *out)
{
  uint64_t magnitude = 0;
  bool negative = false, huge = false;
  tsp_status s = number(l, what, &negative, &magnitude, &huge);

  if (s != TSP_OK)
    return s;
  if (huge || magnitude > (uint64_t)INT64_MAX + negative)
    return tsp_fail(l->cause, TSP_EFORMAT, "%s must be %" PRId64 "..%" PRId64, what, min, max);
  *out = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
  if (*out < min || *out > max)
    return tsp_fail(l->cause, TSP_EFORMAT, "%s must be %" PRId64 "..%" PRId64 ", it is %" PRId64, what, min, max, *out);
  return TSP_OK;
}

tsp_status tsp_lex_float(tsp_lex *l, const char *what, uint32_t *bits)
{
  char text[64], *end;
  size_t n;
  locale_t plain;
  float value;

  skip(l);
  n = strspn(l->p, "0123456789+-.eE");
  if (n == 0 || n >= sizeof text)
    return tsp_lex_fail(l, what);
  memcpy(text, l->p, n);
  text[n] = '\0';
  plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (!plain)
    return tsp_fail(l->cause, TSP_ENOMEM, "out of memory");
  value = strtof_l(text, &end, plain);
  freelocale(plain);
  if (*end != '\0' || end == text)
    return tsp_lex_fail(l, what);
  if (isinf(value))
    return tsp_fail(l->cause, TSP_EFORMAT, "%s %s is beyond fp32", what, text);
  memcpy(bits, &value, sizeof *bits);
  l->p += n;
  return TSP_OK;
}
