// SPDX-License-Identifier: Apache-2.0
// icu_ifetch.c: a program longer than its queue. W0 reads words in a random order that no Repeat can make; its text
// goes on in memory and is fetched a piece per period, in time. What the last instructions read is stored and compared.
#include "build.h"
#include "cases.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOURCE = 64, LONGEST_STORE = 96 };

typedef struct {
  uint32_t vector, rows;
  uint8_t *x;      /* [SOURCE][vector] */
  uint32_t *order; /* which of x each stored row is */
  char note[160];
} fetch_data;

/* How the text is laid out: a period is one Ifetch and the Reads behind it. */
typedef struct {
  const tsp_config *c;
  int reader, writer, text[2]; /* slices */
  uint32_t row, period, fetches, host, total;
  uint32_t *read; /* what the word at each place reads; UINT32_MAX: it is an Ifetch */
} layout;

static tsp_status check(void *ctx, const tsp_image *image, tsp_engine *e, tsp_oracle *out)
{
  const fetch_data *d = ctx;
  uint8_t *y = build_fetch(image, e, "y");
  *out = (tsp_oracle){.compared = (uint64_t)d->rows * d->vector};
  snprintf(out->note, sizeof out->note, "%s", d->note);
  for (uint32_t i = 0; y && i < d->rows * d->vector; i++) {
    uint8_t want = d->x[d->order[i / d->vector] * d->vector + i % d->vector];
    if (y[i] != want && out->mismatches++ == 0)
      snprintf(out->first, sizeof out->first, "y[%u][%u]: expected 0x%02x, got 0x%02x", i / d->vector, i % d->vector,
               want, y[i]);
  }
  free(y);
  return y ? TSP_OK : TSP_ENOMEM;
}

static void release(void *ctx)
{
  fetch_data *d = ctx;
  free(d->x);
  free(d->order);
  free(d);
}

/* Every period from `start` on begins with an Ifetch, until enough words were brought. A word runs in the cycle of its
 * number. */
static void lay_out(layout *l, tsp_rng *rng)
{
  const uint32_t depth = (uint32_t)l->c->iq_depth, brought = (uint32_t)l->c->superlanes * l->row;
  const uint32_t start = 2 * brought + (uint32_t)(2 * l->c->columns) + 8; /* by then there is room */
  for (uint32_t i = 0; i < l->total; i++)
    l->read[i] = (uint32_t)rng_range(rng, 0, SOURCE - 1);
  for (uint32_t k = 0; k < l->fetches; k++)
    l->read[start + k * l->period] = UINT32_MAX;
  l->host = depth;
}

static uint64_t word_at(const layout *l, uint32_t x, uint32_t i)
{
  if (i + 1 >= l->total)
    return ins(TSP_OP_END);
  if (l->read[i] == UINT32_MAX)
    return ins_with(ins(TSP_OP_IFETCH), "stream", TSP_WEST * 32 + 1);
  return ins_with(ins_with(ins(TSP_OP_READ), "raddr", x + l->read[i]), "rstream", TSP_EAST * 32);
}

/* Text from word `host` on as the two vectors of each Ifetch: a superlane's lanes of the first, then of the second. */
static uint8_t *text_bytes(const layout *l, uint32_t x)
{
  const uint32_t lanes = (uint32_t)l->c->lanes, vector = (uint32_t)l->c->vector;
  uint8_t *bytes = calloc(2 * (size_t)l->fetches, vector);
  uint32_t at = l->host;
  for (uint32_t k = 0; bytes && k < l->fetches; k++)
    for (int n = 0; n < l->c->superlanes; n++)
      for (uint32_t w = 0; w < l->row; w++, at++) {
        const uint64_t word = word_at(l, x, at);
        for (uint32_t b = 0; b < 8; b++) {
          const uint32_t byte = 8 * w + b;
          bytes[(2 * k + byte / lanes) * vector + (uint32_t)n * lanes + byte % lanes] = (uint8_t)(word >> 8 * b);
        }
      }
  return bytes;
}

static tsp_piece rows_at(const layout *l, int slice, uint32_t addr, uint32_t count, uint32_t first, uint32_t step)
{
  return (tsp_piece){.slice = (uint16_t)slice,
                     .addr = addr,
                     .count = count,
                     .addr_step = 1,
                     .lanes = (uint32_t)l->c->vector,
                     .first = (int64_t)first * l->c->vector,
                     .vec_step = (int64_t)step * l->c->vector,
                     .lane_step = 1};
}

/* The fetched text into memory, and the Reads that bring it to W0's column on stream 1. */
static void bring_text(build *b, const layout *l, uint32_t x, tsp_status *s)
{
  uint8_t *bytes = text_bytes(l, x);
  const int column = tsp_queue_column(l->c, l->reader);
  uint32_t first = build_room(b, l->text[0], l->fetches), second = build_room(b, l->text[1], l->fetches);
  int t = bytes ? build_tensor(b, "text", TSP_I8, 2 * l->fetches, (uint32_t)l->c->vector, bytes) : -1;
  *s = bytes ? TSP_OK : TSP_ENOMEM;
  free(bytes);
  build_piece(b, t, rows_at(l, l->text[0], first, l->fetches, 0, 2));
  build_piece(b, t, rows_at(l, l->text[1], second, l->fetches, 1, 2));
  for (uint32_t i = 0, k = 0; i < l->total; i++)
    if (l->read[i] == UINT32_MAX) {
      build_read(b, l->text[0], first + k, TSP_WEST, 1, column, i);
      build_read(b, l->text[1], second + k++, TSP_WEST, 1, column, i + 1);
    }
}

/* Stores what the last Reads drive. */
static void store_last(build *b, const layout *l, fetch_data *d)
{
  int t = build_tensor(b, "y", TSP_I8, d->rows, d->vector, NULL);
  uint32_t y = build_room(b, l->writer, d->rows), at = l->total - 1;
  build_piece(b, t, rows_at(l, l->writer, y, d->rows, 0, 1));
  for (uint32_t n = d->rows; n > 0;) {
    at--;
    if (l->read[at] == UINT32_MAX)
      continue;
    n--;
    d->order[n] = l->read[at];
    build_write(b, l->writer, y + n, TSP_EAST, 0, tsp_queue_column(l->c, l->reader), at + build_late(b, TSP_OP_READ));
  }
}

static tsp_status program(layout *l, fetch_data *d, tsp_run *out, tsp_error *err)
{
  build b;
  tsp_status s = build_new(l->c, "icu_ifetch", &b);
  if (s != TSP_OK)
    return s;
  uint32_t x = build_room(&b, l->reader, SOURCE);
  build_piece(&b, build_tensor(&b, "x", TSP_I8, SOURCE, d->vector, d->x), rows_at(l, l->reader, x, SOURCE, 0, 1));
  bring_text(&b, l, x, &s);
  store_last(&b, l, d);
  if (s != TSP_OK)
    build_fail(&b, s, "out of memory");
  s = build_finish(&b, &out->image, err);
  if (s != TSP_OK)
    return s;
  tsp_queue_text *q = &out->image->queue[l->c->q_mem + l->reader]; /* the host's part of the long program */
  uint64_t *word = realloc(q->word, l->total * sizeof *word);
  if (!word) {
    tsp_image_free(out->image);
    return TSP_ENOMEM;
  }
  q->word = word;
  q->length = l->total;
  q->fetched = l->total - l->host;
  for (uint32_t i = 0; i < l->total; i++)
    word[i] = word_at(l, x, i);
  uint64_t end = l->total - 1 + (uint64_t)tsp_isa_drain(tsp_isa_builtin(), l->c);
  out->image->cycles_predicted = end > out->image->cycles_predicted ? end : out->image->cycles_predicted;
  return TSP_OK;
}

/* As many words as the memory for text allows, up to a quarter more than the queue holds. */
static void size(layout *l)
{
  const tsp_config *c = l->c;
  const uint32_t brought = (uint32_t)c->superlanes * (l->row = (uint32_t)c->fetch_row);
  const uint32_t text = (uint32_t)c->mem_words - LONGEST_STORE - SOURCE;
  uint32_t want = (uint32_t)c->iq_depth / 4 / brought + 4;
  l->period = brought < 2 ? 2 : brought;
  l->fetches = want < text ? want : text;
  l->total = (uint32_t)c->iq_depth + l->fetches * brought;
}

static tsp_status make(const tsp_config *cfg, uint64_t seed, int i, tsp_run *out, tsp_error *err)
{
  tsp_rng rng = {seed};
  layout l = {.c = cfg, .reader = build_slice(cfg, 0), .writer = build_slice(cfg, 1)};
  (void)i;
  size(&l);
  const uint32_t start = 2 * (uint32_t)cfg->superlanes * l.row + (uint32_t)(2 * cfg->columns) + 8;
  if (cfg->mem_slices < 2 || cfg->mem_words < 4 * LONGEST_STORE ||
      start + l.fetches * l.period + (uint32_t)cfg->superlanes + 3 > l.total)
    return tsp_fail(err, TSP_ERANGE, "icu_ifetch: %s has too little memory or text for a program that fetches its text",
                    cfg->name);
  l.text[0] = build_slice(cfg, 3); /* E1 and E0 */
  l.text[1] = build_slice(cfg, 1);
  fetch_data *d = calloc(1, sizeof *d);
  l.read = malloc(l.total * sizeof *l.read);
  if (d) {
    d->vector = (uint32_t)cfg->vector;
    d->rows = LONGEST_STORE / 2;
    d->x = malloc((size_t)SOURCE * d->vector);
    d->order = malloc(d->rows * sizeof *d->order);
  }
  tsp_status s = d && d->x && d->order && l.read ? TSP_OK : TSP_ENOMEM;
  if (s == TSP_OK) {
    for (uint32_t k = 0; k < SOURCE * d->vector; k++)
      d->x[k] = (uint8_t)rng_next(&rng);
    lay_out(&l, &rng);
    snprintf(d->note, sizeof d->note, "%u words in a queue of %d: %u come from memory in %u fetches", l.total,
             cfg->iq_depth, l.total - l.host, l.fetches);
    s = program(&l, d, out, err);
  }
  free(l.read);
  if (s != TSP_OK) {
    if (d)
      release(d);
    return s;
  }
  out->ctx = d;
  out->check = check;
  out->free = release;
  return TSP_OK;
}

const tsp_case case_icu_ifetch = {"icu_ifetch", "a program longer than its queue, its text fetched from MEM", 1, make};
