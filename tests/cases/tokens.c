// SPDX-License-Identifier: Apache-2.0
// tokens.c: text to tokens. Each byte starts as a token of its own; the neighbouring pair whose joined piece scores
// highest is joined until no pair is in the vocabulary.
#include "model.h"
#include <stdlib.h>
#include <string.h>

enum { BOS = 1, FIRST_BYTE = 3, PREFIX = 512 }; /* PREFIX: bytes of text that are encoded */

typedef struct {
  const char *text;
  int32_t length;
  float score;
} piece;

static tsp_status read_pieces(const char *bytes, size_t size, int32_t vocab, piece *p)
{
  size_t at = sizeof(int32_t); /* the longest piece's length comes first */
  for (int32_t i = 0; i < vocab; i++) {
    if (at + 8 > size)
      return TSP_EFORMAT;
    memcpy(&p[i].score, bytes + at, 4);
    memcpy(&p[i].length, bytes + at + 4, 4);
    p[i].text = bytes + at + 8;
    if (p[i].length < 0 || (size_t)p[i].length > size - at - 8)
      return TSP_EFORMAT;
    at += 8 + (size_t)p[i].length;
  }
  return TSP_OK;
}

static int32_t find(const piece *p, int32_t vocab, const char *a, int32_t a_length, const char *b, int32_t b_length)
{
  for (int32_t i = 0; i < vocab; i++)
    if (p[i].length == a_length + b_length && memcmp(p[i].text, a, (size_t)a_length) == 0 &&
        memcmp(p[i].text + a_length, b, (size_t)b_length) == 0)
      return i;
  return -1;
}

/* The best pair to join: its place, and the joined token in *joined. -1 if none. */
static int best_pair(const piece *p, int32_t vocab, const int32_t *token, int count, int32_t *joined)
{
  int best = -1;
  float score = 0;
  for (int i = 0; i + 1 < count; i++) {
    const piece *a = &p[token[i]], *b = &p[token[i + 1]];
    int32_t t = find(p, vocab, a->text, a->length, b->text, b->length);
    if (t >= 0 && (best < 0 || p[t].score > score)) {
      best = i;
      score = p[t].score;
      *joined = t;
    }
  }
  return best;
}

static int encode(const piece *p, int32_t vocab, const char *text, size_t length, int32_t *token)
{
  int count = 0, at;
  int32_t joined;
  for (size_t i = 0; i < length + 1; i++) { /* the tokenizer puts a space in front */
    const char *c = i == 0 ? " " : text + i - 1;
    int32_t t = find(p, vocab, c, 1, c, 0);
    token[count++] = t >= 0 ? t : FIRST_BYTE + (unsigned char)*c;
  }
  while ((at = best_pair(p, vocab, token, count, &joined)) >= 0) {
    token[at] = joined;
    memmove(&token[at + 1], &token[at + 2], (size_t)(count - at - 2) * sizeof *token);
    count--;
  }
  return count;
}

static tsp_status tokens(const char *vocab_bytes, size_t vocab_size, const char *text, size_t length, int32_t vocab,
                         int32_t *token, int count)
{
  piece *p = calloc((size_t)vocab, sizeof *p);
  int32_t all[PREFIX + 1];
  if (!p)
    return TSP_ENOMEM;
  tsp_status s = read_pieces(vocab_bytes, vocab_size, vocab, p);
  if (s == TSP_OK && vocab < FIRST_BYTE + 256)
    s = TSP_EFORMAT;
  if (s == TSP_OK) {
    int have = encode(p, vocab, text, length < PREFIX ? length : PREFIX, all);
    s = have + 1 >= count ? TSP_OK : TSP_EFORMAT;
  }
  if (s == TSP_OK) {
    token[0] = BOS;
    memcpy(token + 1, all, (size_t)(count - 1) * sizeof *token);
  }
  free(p);
  return s;
}

tsp_status tsp_model_tokens(const char *tokenizer, const char *text, int32_t vocab, int32_t *token, int count)
{
  char *v, *t;
  size_t v_size, t_size;
  tsp_status s = tsp_model_file(tokenizer, &v, &v_size);
  if (s != TSP_OK)
    return s;
  s = tsp_model_file(text, &t, &t_size);
  if (s == TSP_OK) {
    s = tokens(v, v_size, t, t_size, vocab, token, count);
    free(t);
  }
  free(v);
  return s;
}
