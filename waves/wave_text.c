/* SPDX-License-Identifier: Apache-2.0 */
#include "wave_text.h"
#include "tsp_engine.h"
#include "tsp_image.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_name[TSP_WAVE_KINDS] = {"instr", "queue", "bytes", "words", "ints",
                                                      "store", "load",  "entry", "fault"};

const char *tsp_wave_kind_name(int kind)
{
  return kind_name[kind];
}

int tsp_wave_kind_find(const char *name)
{
  for (int k = 0; k < TSP_WAVE_KINDS; k++)
    if (strcmp(name, kind_name[k]) == 0)
      return k;
  return -1;
}

/* A text under construction; what does not fit is cut off. */
typedef struct {
  char *buf;
  size_t used;
} text;

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
add(text *t, const char *format, ...)
{
  va_list ap;
  int n;

  va_start(ap, format);
  n = vsnprintf(t->buf + t->used, TSP_WAVE_TEXT - t->used, format, ap);
  va_end(ap);
  t->used += n < 0 ? 0 : (size_t)n;
  if (t->used >= TSP_WAVE_TEXT)
    t->used = TSP_WAVE_TEXT - 1;
}

/* Value of n <= 16 hexadecimal digits. */
static uint64_t value(const char *digit, int n)
{
  uint64_t v = 0;

  for (int i = 0; i < n; i++)
    v = v << 4 | (uint64_t)(digit[i] <= '9' ? digit[i] - '0' : (digit[i] | 32) - 'a' + 10);
  return v;
}

/* Dark grounds that white text can be read on. */
static const char *ground(const char *digit, size_t n)
{
  static const char *const colour[] = {"DarkGreen",   "MidnightBlue",  "DarkRed",  "Purple",
                                       "SaddleBrown", "DarkSlateBlue", "DarkCyan", "DarkOliveGreen"};
  uint32_t hash = 2166136261u;
  bool zero = true;

  for (size_t i = 0; i < n; i++) {
    zero = zero && digit[i] == '0';
    hash = (hash ^ (uint32_t)(digit[i] | 32)) * 16777619u;
  }
  return zero ? "DarkSlateGray" : colour[(hash ^ hash >> 15) % (sizeof colour / sizeof colour[0])];
}

static void lanes(text *t, const char *digit, int count, int digits, bool is_signed)
{
  for (int i = 0; i < count; i++) {
    const uint64_t v = value(digit + (count - 1 - i) * digits, digits);

    if (is_signed)
      add(t, i ? " %" PRId32 : "%" PRId32, (int32_t)v);
    else
      add(t, i ? " %0*" PRIx64 : "%0*" PRIx64, digits, v);
  }
}

static void instr(text *t, const tsp_config *cfg, const char *digit)
{
  char word[128];
  const uint64_t w = value(digit, 16);

  if (w)
    add(t, "%s", tsp_word_text(tsp_isa_builtin(), cfg, w, word, sizeof word));
}

static void queue(text *t, const char *digit)
{
  const uint64_t pc = value(digit + 1, 5), idle = value(digit + 6, 4), left = value(digit + 10, 4);

  switch (value(digit, 1)) {
  case TSP_QUEUE_RUN:
    add(t, "%" PRIu64, pc);
    if (idle)
      add(t, " idle %" PRIu64, idle);
    if (left)
      add(t, " left %" PRIu64, left);
    break;
  case TSP_QUEUE_PARKED: add(t, "?SaddleBrown?%" PRIu64 " parked", pc); break;
  case TSP_QUEUE_ENDED: add(t, "?DarkSlateGray?ended"); break;
  default: add(t, "?red?%" PRIu64 " EMPTY", pc); break;
  }
}

/* V, perhaps an address, and the lanes. */
static void vector(text *t, const tsp_config *cfg, int kind, const char *digit)
{
  const int per_lane = kind == TSP_WAVE_BYTES || kind == TSP_WAVE_STORE || kind == TSP_WAVE_LOAD ? 2 : 8;
  const bool has_address = kind == TSP_WAVE_STORE || kind == TSP_WAVE_LOAD || kind == TSP_WAVE_ENTRY;
  const char *lane = digit + 1 + (has_address ? 4 : 0);

  if (digit[0] == '0')
    return;
  add(t, "?%s?", ground(lane, (size_t)cfg->lanes * (size_t)per_lane));
  if (has_address)
    add(t,
        kind == TSP_WAVE_STORE  ? "0x%04" PRIx64 " := "
        : kind == TSP_WAVE_LOAD ? "w%" PRIu64 " := "
                                : "a%" PRIu64 " := ",
        value(digit + 1, 4));
  lanes(t, lane, cfg->lanes, per_lane, kind == TSP_WAVE_INTS || kind == TSP_WAVE_ENTRY);
}

/* The queue that is blamed, and for what. */
static void fault(text *t, const tsp_config *cfg, const char *digit)
{
  char name[16];
  const uint64_t code = value(digit, 2), q = value(digit + 2, 4);

  if (!code)
    return;
  if (q < (uint64_t)cfg->queues)
    add(t, "?red?%s: %s", tsp_queue_name(cfg, (int)q, name), tsp_fault_text((tsp_fault_code)code));
  else
    add(t, "?red?queue %" PRIu64 ": %s", q, tsp_fault_text((tsp_fault_code)code));
}

/* Digits that a number of this kind has. */
static size_t digits_of(const tsp_config *cfg, int kind)
{
  const size_t n = (size_t)cfg->lanes;

  switch (kind) {
  case TSP_WAVE_INSTR: return 16;
  case TSP_WAVE_QUEUE: return 14;
  case TSP_WAVE_BYTES: return 1 + 2 * n;
  case TSP_WAVE_STORE:
  case TSP_WAVE_LOAD: return 5 + 2 * n;
  case TSP_WAVE_WORDS:
  case TSP_WAVE_INTS: return 1 + 8 * n;
  case TSP_WAVE_ENTRY: return 5 + 8 * n;
  default: return 6;
  }
}

static bool well_formed(const tsp_config *cfg, int kind, const char *digit, size_t n)
{
  if (n != digits_of(cfg, kind))
    return false;
  for (size_t i = 0; i < n; i++)
    if (!isxdigit((unsigned char)digit[i]))
      return false;
  return kind == TSP_WAVE_INSTR || kind == TSP_WAVE_FAULT || digit[0] <= (kind == TSP_WAVE_QUEUE ? '3' : '1');
}

static const char *skip_base(const char *number)
{
  while (isspace((unsigned char)*number))
    number++;
  if (number[0] == '0' && (number[1] | 32) == 'x')
    return number + 2;
  return *number == '$' || *number == 'h' ? number + 1 : number;
}

char *tsp_wave_text(const tsp_config *cfg, int kind, const char *number, char *buf)
{
  const char *digit = skip_base(number);
  size_t n = strcspn(digit, " \t\r\n");
  text t = {buf, 0};

  buf[0] = '\0';
  if (!well_formed(cfg, kind, digit, n)) {
    for (n = strcspn(number, "\r\n"); n && t.used < 64; n--, number++)
      add(&t, "%c", isprint((unsigned char)*number) ? *number : '.');
  } else {
    switch (kind) {
    case TSP_WAVE_INSTR: instr(&t, cfg, digit); break;
    case TSP_WAVE_QUEUE: queue(&t, digit); break;
    case TSP_WAVE_FAULT: fault(&t, cfg, digit); break;
    default: vector(&t, cfg, kind, digit); break;
    }
  }
  if (!t.used)
    add(&t, "?Black? ");
  return buf;
}
