/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_image.c - a random program as an image: text of all queues, what of it is fetched, memory. */
#include "fuzz_track.h"
#include <stdlib.h>
#include <string.h>

/* Words that an Ifetch brings: the rows of the superlanes that are powered. */
static uint32_t fetched(const tsp_fuzz *f, const fuzz_fetch *fetch)
{
  return (uint32_t)(f->active[f->op[fetch->op].cycle] * f->cfg.fetch_row);
}

/* The Ifetches of a queue in order of time. */
static int fetches_of(const tsp_fuzz *f, int queue, const fuzz_fetch *out[], int room)
{
  int n = 0;
  for (int i = 0; i < f->fetches && n < room; i++) {
    const fuzz_fetch *x = &f->fetch[i];
    int k = n;
    if (f->op[x->op].queue != queue)
      continue;
    for (; k > 0 && f->op[out[k - 1]->op].cycle > f->op[x->op].cycle; k--)
      out[k] = out[k - 1];
    out[k] = x;
    n++;
  }
  return n;
}

/* Whether the words from number `host` on arrive before they are at the head, and there is room when they are fetched.
 */
static bool in_time(const tsp_fuzz *f, const fuzz_text *t, const fuzz_fetch *const *fetch, int n, uint32_t host)
{
  uint32_t row = (uint32_t)f->cfg.fetch_row, tail = host, room = host;
  for (int i = 0; i < n; i++) {
    uint32_t at = f->op[fetch[i]->op].cycle, pc = 0;
    while (pc < (uint32_t)t->count && t->cycle[pc] != at)
      pc++;
    room += (uint32_t)f->cfg.superlanes * row;
    if (pc == (uint32_t)t->count || pc >= tail || room > pc + 1 + (uint32_t)f->cfg.iq_depth)
      return false;
    for (uint32_t k = 0; k < fetched(f, fetch[i]); k++, tail++)
      if (tail < (uint32_t)t->count && t->cycle[tail] < at + 3 + k / row)
        return false;
  }
  return tail >= (uint32_t)t->count;
}

/* Puts the words from number `host` on into the memory words that the Ifetches bring. */
static void store_text(const tsp_fuzz *f, const fuzz_text *t, const fuzz_fetch *const *fetch, int n, uint32_t host,
                       uint8_t *memory)
{
  uint32_t at = host, half = (uint32_t)f->cfg.lanes, row = (uint32_t)f->cfg.fetch_row;
  for (int i = 0; i < n; i++)
    for (uint32_t k = 0; k < fetched(f, fetch[i]); k++, at++) {
      uint64_t word = at < (uint32_t)t->count ? t->word[at] : rng_next(&(tsp_rng){f->text_seed + at});
      for (uint32_t b = 0; b < 8; b++) {
        uint32_t byte = k % row * 8 + b; /* of the superlane's two parts behind each other */
        size_t vector = (size_t)fetch[i]->word[byte / half] * (size_t)f->cfg.vector;
        memory[vector + k / row * half + byte % half] = (uint8_t)(word >> 8 * b);
      }
    }
}

/* Number of words that the host writes; UINT32_MAX if the fetches cannot be met. */
static uint32_t host_words(const tsp_fuzz *f, const fuzz_text *t, const fuzz_fetch *const *fetch, int n)
{
  uint32_t row = (uint32_t)f->cfg.fetch_row, all = (uint32_t)t->count, brought = 0;
  if (!n)
    return all;
  for (int i = 0; i < n; i++)
    brought += fetched(f, fetch[i]);
  uint32_t host = all > brought ? (all - brought + row - 1) / row * row : 0;
  for (; host <= (uint32_t)f->cfg.iq_depth; host += row)
    if (in_time(f, t, fetch, n, host))
      return host;
  return UINT32_MAX;
}

/* When the last queue ends, and when the one without End would. */
typedef struct {
  uint32_t last, without;
} ends;

static tsp_status queue_text(const tsp_fuzz *f, int queue, int uses, tsp_rng *rng, tsp_image *image, uint8_t *memory,
                             ends *end)
{
  enum { MOST = 64 };
  const fuzz_fetch *fetch[MOST];
  int n = fetches_of(f, queue, fetch, MOST);
  fuzz_text t;
  tsp_queue_text *q = &image->queue[queue];
  bool ok = fuzz_text_make(f, queue, uses, rng, &t);
  if (ok && t.count > f->cfg.iq_depth) { /* waits of one word each always fit */
    fuzz_text_free(&t);
    ok = fuzz_text_make(f, queue, 0, rng, &t);
  }
  uint32_t host = ok ? host_words(f, &t, fetch, n) : 0;
  tsp_status s = !ok ? TSP_ENOMEM : host > (uint32_t)f->cfg.iq_depth ? TSP_ERANGE : TSP_OK;
  if (queue == f->uneven_queue)
    host += host % (uint32_t)f->cfg.fetch_row == 0;
  if (queue == f->even_queue)
    host += (uint32_t)f->cfg.fetch_row - 1 - (host + (uint32_t)f->cfg.fetch_row - 1) % (uint32_t)f->cfg.fetch_row;
  if (queue == f->filled_queue)
    host = (uint32_t)f->cfg.iq_depth;
  if (s == TSP_OK && (q->word = malloc(((size_t)host + 1) * sizeof *q->word)) == NULL)
    s = TSP_ENOMEM;
  if (s == TSP_OK) {
    q->length = host;
    for (uint32_t i = 0; i < host; i++)
      q->word[i] = i < (uint32_t)t.count ? t.word[i] : fuzz_op_word(TSP_OP_END);
    store_text(f, &t, fetch, n, host, memory);
    end->last = t.end > end->last ? t.end : end->last;
    end->without = queue == f->no_end ? t.end : end->without;
  }
  fuzz_text_free(&t);
  return s;
}

/* One tensor of all known words. */
static tsp_status add_memory(const tsp_fuzz *f, tsp_image *image, uint8_t *memory)
{
  tsp_tensor *t = calloc(1, sizeof *t);
  size_t words = (size_t)f->words;
  tsp_piece *piece = calloc(words, sizeof *piece);
  if (!t || !piece) {
    free(t);
    free(piece);
    return TSP_ENOMEM;
  }
  for (int i = 0; i < f->words; i++)
    piece[i] = (tsp_piece){.slice = (uint16_t)f->word[i].slice,
                           .addr = f->word[i].addr,
                           .count = 1,
                           .addr_step = 1,
                           .lanes = (uint32_t)f->cfg.vector,
                           .first = (int64_t)i * f->cfg.vector,
                           .vec_step = f->cfg.vector,
                           .lane_step = 1};
  *t = (tsp_tensor){.name = "words",
                    .type = TSP_I8,
                    .role = TSP_ROLE_CONST,
                    .rank = 2,
                    .shape = {(uint32_t)words, (uint32_t)f->cfg.vector},
                    .piece_count = f->words,
                    .piece = piece,
                    .data_bytes = words * (size_t)f->cfg.vector,
                    .data = memory};
  image->tensor = t;
  image->tensor_count = 1;
  return TSP_OK;
}

static uint8_t *all_words(const tsp_fuzz *f)
{
  uint8_t *memory = malloc((size_t)f->words * (size_t)f->cfg.vector + 1);
  for (int i = 0; memory && i < f->words; i++)
    memcpy(memory + (size_t)i * (size_t)f->cfg.vector, f->word[i].bytes, (size_t)f->cfg.vector);
  return memory;
}

tsp_status tsp_fuzz_image(const tsp_fuzz *f, int uses, tsp_image **out, tsp_fuzz_end *end, tsp_error *err)
{
  tsp_rng rng = {f->text_seed};
  ends ended = {0, 0};
  uint8_t *memory = all_words(f);
  tsp_image *image = NULL;
  tsp_status s = memory ? tsp_image_new(&f->cfg, "fuzz", &image) : TSP_ENOMEM;
  for (int q = 0; s == TSP_OK && q < f->cfg.queues; q++)
    s = queue_text(f, q, uses, &rng, image, memory, &ended);
  if (s == TSP_OK && f->words && (s = add_memory(f, image, memory)) == TSP_OK)
    memory = NULL; /* the image's now */
  free(memory);
  if (s != TSP_OK) {
    tsp_image_free(image);
    *out = NULL;
    return tsp_fail(err, s, s == TSP_ERANGE ? "a queue cannot fetch its text in time" : "out of memory");
  }
  image->table_hash = tsp_table_hash(tsp_isa_builtin(), &f->cfg);
  *end = f->wrong;
  if (!f->wrong.fault) {
    end->cycle = ended.last + (uint64_t)tsp_isa_drain(tsp_isa_builtin(), &f->cfg);
    image->cycles_predicted = end->cycle;
  } else if (f->wrong.fault == TSP_FAULT_EMPTY) {
    end->cycle = ended.without;
  }
  *out = image;
  return TSP_OK;
}
