/* SPDX-License-Identifier: Apache-2.0 */
#include "wave_text.h"
#include "tsp_engine.h"
#include "tsp_image.h"
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* How the value of a lane is written, and the digits that it needs. */
enum { NO_LANES, HEX, SIGNED8, SIGNED16, SIGNED32, FLOAT16, FLOAT32 };
static const uint8_t digits_needed[] = {0, 2, 2, 4, 8, 4, 8};

static const struct {
  const char *name, *address; /* what stands in front of an address before the lanes, NULL if there is none */
  uint8_t lanes, digits;      /* digits of a number without lanes */
} kinds[TSP_WAVE_KINDS] = {
    [TSP_WAVE_INSTR] = {"instr", NULL, NO_LANES, 16},
    [TSP_WAVE_QUEUE] = {"queue", NULL, NO_LANES, 14},
    [TSP_WAVE_TENSOR] = {"tensor", NULL, NO_LANES, 14},
    [TSP_WAVE_HEX] = {"hex", NULL, HEX, 0},
    [TSP_WAVE_I8] = {"i8", NULL, SIGNED8, 0},
    [TSP_WAVE_I16] = {"i16", NULL, SIGNED16, 0},
    [TSP_WAVE_I32] = {"i32", NULL, SIGNED32, 0},
    [TSP_WAVE_F16] = {"f16", NULL, FLOAT16, 0},
    [TSP_WAVE_F32] = {"f32", NULL, FLOAT32, 0},
    [TSP_WAVE_STORE] = {"store", "0x", HEX, 0},
    [TSP_WAVE_LOAD] = {"load", "w", HEX, 0},
    [TSP_WAVE_ENTRY] = {"entry", "a", SIGNED32, 0},
    [TSP_WAVE_ENTRY_F32] = {"entry.f32", "a", FLOAT32, 0},
    [TSP_WAVE_FAULT] = {"fault", NULL, NO_LANES, 6},
};

const char *tsp_wave_kind_name(int kind)
{
  return kinds[kind].name;
}

int tsp_wave_kind_find(const char *name)
{
  for (int k = 0; k < TSP_WAVE_KINDS; k++)
    if (strcmp(name, kinds[k].name) == 0)
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
static const char *ground(const char *text, size_t n)
{
  static const char *const colour[] = {"DarkGreen",   "MidnightBlue",  "DarkRed",  "Purple",
                                       "SaddleBrown", "DarkSlateBlue", "DarkCyan", "DarkOliveGreen"};
  uint32_t hash = 2166136261u;
  bool zero = true;

  for (size_t i = 0; i < n; i++) {
    zero = zero && text[i] == '0';
    hash = (hash ^ (uint32_t)(text[i] | 32)) * 16777619u;
  }
  return zero ? "DarkSlateGray" : colour[(hash ^ hash >> 15) % (sizeof colour / sizeof colour[0])];
}

static double f16_value(unsigned bits)
{
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double size = exponent == 31 ? (fraction ? NAN : INFINITY)
                      : exponent     ? ldexp(1024 + fraction, exponent - 25)
                                     : ldexp(fraction, -24);

  return bits >> 15 ? -size : size;
}

static void lane(text *t, int as, int digits, uint32_t bits)
{
  float f;

  switch (as) {
  case SIGNED8: add(t, "%d", (int8_t)bits); break;
  case SIGNED16: add(t, "%d", (int16_t)bits); break;
  case SIGNED32: add(t, "%" PRId32, (int32_t)bits); break;
  case FLOAT16: add(t, "%.4g", f16_value(bits & 0xffff)); break;
  case FLOAT32:
    memcpy(&f, &bits, sizeof f);
    add(t, "%.5g", (double)f);
    break;
  default: add(t, "%0*" PRIx32, digits, bits); break;
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

/* The word that was dispatched is the one before pc, or at pc a Repeat that has more to re-issue. */
static void tensor(text *t, const tsp_image *image, const char *digit)
{
  const int q = (int)value(digit + 1, 4);
  const uint32_t pc = (uint32_t)value(digit + 5, 5), left = (uint32_t)value(digit + 10, 4), at = left ? pc : pc - 1;
  char name[160];

  if (digit[0] == '0' || !image || q >= image->queue_count || at >= image->queue[q].length)
    return;
  const uint64_t word = image->queue[q].word[at];
  const tsp_debug *g = tsp_image_debug(image, q, at);
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(word));
  if (!g || g->tensor < 0 || !in)
    return;
  const uint32_t issue = in->opcode == TSP_OP_REPEAT ? (uint32_t)tsp_word_get(in, word, "n") - left : 0;
  const tsp_tensor *what = &image->tensor[g->tensor];
  add(t, "?%s?%s", ground(what->name, strlen(what->name)),
      tsp_element_text(what, tsp_debug_element(g, issue), name, sizeof name));
}

/* Digits in front of the lanes: V, perhaps an address. */
static size_t head_of(int kind)
{
  return kinds[kind].address ? 5 : 1;
}

static void vector(text *t, const tsp_config *cfg, int kind, const char *digit, size_t n)
{
  const char *first = digit + head_of(kind);
  const int lanes = cfg->lanes, digits = (int)((n - head_of(kind)) / (size_t)lanes);

  if (digit[0] == '0')
    return;
  add(t, "?%s?", ground(first, n - head_of(kind)));
  if (kinds[kind].address)
    add(t, kind == TSP_WAVE_STORE ? "%s%04" PRIx64 " := " : "%s%" PRIu64 " := ", kinds[kind].address,
        value(digit + 1, 4));
  for (int i = 0; i < lanes; i++) {
    add(t, i ? " " : "");
    lane(t, kinds[kind].lanes, digits, (uint32_t)value(first + (lanes - 1 - i) * digits, digits));
  }
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

/* Whether a number of this kind can have n digits. */
static bool right_length(const tsp_config *cfg, int kind, size_t n)
{
  const size_t head = head_of(kind), lanes = (size_t)cfg->lanes, digits = n > head ? (n - head) / lanes : 0;

  if (kinds[kind].lanes == NO_LANES)
    return n == kinds[kind].digits;
  return n == head + lanes * digits && (digits == 2 || digits == 4 || digits == 8) &&
         digits >= digits_needed[kinds[kind].lanes];
}

static bool well_formed(const tsp_config *cfg, int kind, const char *digit, size_t n)
{
  if (!right_length(cfg, kind, n))
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

char *tsp_wave_text(const tsp_config *cfg, const tsp_image *image, int kind, const char *number, char *buf)
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
    case TSP_WAVE_TENSOR: tensor(&t, image, digit); break;
    case TSP_WAVE_FAULT: fault(&t, cfg, digit); break;
    default: vector(&t, cfg, kind, digit, n); break;
    }
  }
  if (!t.used)
    add(&t, "?Black? ");
  return buf;
}
