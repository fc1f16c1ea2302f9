// SPDX-License-Identifier: Apache-2.0
// tk_lex.c: kernel text to tokens.
#include "tk.h"
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static bool letter(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool digit(char c)
{
  return c >= '0' && c <= '9';
}

int tk_fail(tk_parser *t, const tk_token *at, const char *format, ...)
{
  char text[400];
  va_list ap;
  va_start(ap, format);
  vsnprintf(text, sizeof text, format, ap);
  va_end(ap);
  tk_at(t, at);
  tsp_graph_fail(t->g, TSP_EFORMAT, "%s", text);
  t->token.kind = TK_END;
  return -1;
}

void tk_at(tk_parser *t, const tk_token *at)
{
  tsp_graph_at(t->g, at->line, at->column);
}

bool tk_is(const tk_token *a, const char *word)
{
  return a->kind == TK_NAME && strlen(word) == (size_t)a->length && memcmp(a->start, word, (size_t)a->length) == 0;
}

static void skip_blanks(tk_parser *t)
{
  for (;; t->p++) {
    if (*t->p == '#')
      while (t->p[1] && t->p[1] != '\n')
        t->p++;
    else if (*t->p == '\n' && t->brackets > 0) {
      t->line++;
      t->line_start = t->p + 1;
    } else if (*t->p != ' ' && *t->p != '\t' && *t->p != '\r')
      return;
  }
}

/* Decimal with fraction and exponent, or 0x; the dots of a range belong to no number. */
static int number_length(const char *p)
{
  const char *s = p;
  if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
    s += 2;
    return (int)(s - p) + (int)strspn(s, "0123456789abcdefABCDEF");
  }
  while (digit(*s))
    s++;
  if (s[0] == '.' && s[1] != '.')
    for (s++; digit(*s);)
      s++;
  if (*s == 'e' || *s == 'E') {
    const char *e = s + 1 + (s[1] == '+' || s[1] == '-');
    if (digit(*e))
      for (s = e; digit(*s);)
        s++;
  }
  return (int)(s - p);
}

static void read_number(tk_parser *t, tk_token *k)
{
  char copy[64], *end;
  k->kind = TK_NUMBER;
  k->length = number_length(k->start);
  if (k->length >= (int)sizeof copy) {
    tk_fail(t, k, "a number of %d characters; %zu at most would fit", k->length, sizeof copy - 1);
    return;
  }
  memcpy(copy, k->start, (size_t)k->length);
  copy[k->length] = 0;
  k->number = strtod_l(copy, &end, t->locale);
  if (*end || !isfinite(k->number) || letter(k->start[k->length]))
    tk_fail(t, k, "'%.*s' is no number", k->length + letter(k->start[k->length]), k->start);
}

static void read_string(tk_parser *t, tk_token *k)
{
  k->kind = TK_STRING;
  for (k->length = 1; k->start[k->length] != '"'; k->length++)
    if (!k->start[k->length] || k->start[k->length] == '\n') {
      tk_fail(t, k, "the closing \" is missing");
      return;
    }
  k->length++;
}

static void read_sign(tk_parser *t, tk_token *k)
{
  static const struct {
    char text[3];
    int kind;
  } two[] = {{"..", TK_RANGE}, {"<=", TK_LE}, {">=", TK_GE}, {"==", TK_EQ}, {"<<", TK_SHL}, {">>", TK_SHR}};
  for (size_t i = 0; i < sizeof two / sizeof *two; i++)
    if (memcmp(k->start, two[i].text, 1) == 0 && k->start[1] == two[i].text[1]) {
      k->kind = two[i].kind;
      k->length = 2;
      return;
    }
  k->kind = (unsigned char)*k->start;
  k->length = 1;
  if (!strchr("()[],:=+-*/<>&|^%\n", *k->start))
    tk_fail(t, k, *k->start > ' ' && *k->start < 127 ? "'%c' begins nothing known here" : "byte 0x%02x begins nothing",
            (unsigned char)*k->start);
  t->brackets += *k->start == '(' || *k->start == '[';
  t->brackets -= (*k->start == ')' || *k->start == ']') && t->brackets > 0;
}

void tk_next(tk_parser *t)
{
  skip_blanks(t);
  tk_token k = {TK_END, 0, t->p, t->line, (uint32_t)(t->p - t->line_start) + 1, 0};
  t->token = k;
  if (!tk_ok(t) || !*t->p)
    return;
  if (letter(*k.start)) {
    k.kind = TK_NAME;
    while (letter(k.start[k.length]) || digit(k.start[k.length]))
      k.length++;
  } else if (digit(*k.start)) {
    read_number(t, &k);
  } else if (*k.start == '"') {
    read_string(t, &k);
  } else {
    read_sign(t, &k);
  }
  if (!tk_ok(t))
    return;
  t->p += k.length;
  if (k.kind == TK_LINE) {
    t->line++;
    t->line_start = t->p;
  }
  t->token = k;
}

bool tk_accept(tk_parser *t, int kind)
{
  if (t->token.kind != kind || kind == TK_END)
    return false;
  tk_next(t);
  return true;
}

bool tk_accept_word(tk_parser *t, const char *word)
{
  if (!tk_is(&t->token, word))
    return false;
  tk_next(t);
  return true;
}

bool tk_expect(tk_parser *t, int kind, const char *what)
{
  const tk_token *k = &t->token;
  if (tk_accept(t, kind))
    return true;
  if (k->kind == TK_END || k->kind == TK_LINE)
    tk_fail(t, k, "%s is expected, found the end of the %s", what, k->kind == TK_END ? "text" : "line");
  else
    tk_fail(t, k, "%s is expected, found '%.*s'", what, k->length < 40 ? k->length : 40, k->start);
  return false;
}
