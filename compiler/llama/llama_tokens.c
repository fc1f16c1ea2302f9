/* SPDX-License-Identifier: Apache-2.0 */
/* llama_tokens.c - the tokenizer: int32 greatest length, then for each piece an fp32 score, an int32 length, its bytes.
 */
#include "file_bytes.h"
#include "tsp_llama.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTE = 3, LONGEST = 1 << 16 }; /* tokens FIRST_BYTE + b are the bytes b */

typedef struct {
  const char *text;
  uint32_t length;
  float score;
  char byte; /* of "<0x..>" */
  bool is_byte;
} piece;

struct tsp_tokenizer {
  uint8_t *bytes; /* of the file; pieces point into it */
  uint32_t vocab;
  piece *piece;
  uint32_t *sorted; /* by text, then number */
};

static int digit(char c)
{
  return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "<0x0A>": a byte that has no text of its own. */
static void find_byte(piece *p)
{
  if (p->length != 6 || memcmp(p->text, "<0x", 3) != 0 || p->text[5] != '>')
    return;
  int high = digit(p->text[3]), low = digit(p->text[4]);
  p->is_byte = high >= 0 && low >= 0;
  p->byte = (char)(high * 16 + low);
}

static tsp_status parse_piece(const tsp_tokenizer *t, size_t size, size_t *at, uint32_t i, int32_t longest,
                              const char *name, tsp_error *err)
{
  piece *p = &t->piece[i];
  int32_t length;
  if (size - *at < 8)
    return tsp_fail(err, TSP_EFORMAT, "%s: the file ends at offset %zu, before the score and length of token %u of %u",
                    name, size, i, t->vocab);
  memcpy(&p->score, t->bytes + *at, 4);
  memcpy(&length, t->bytes + *at + 4, 4);
  if (!isfinite(p->score))
    return tsp_fail(err, TSP_EFORMAT, "%s: the score of token %u (offset %zu) is not a finite number", name, i, *at);
  if (length < 0 || length > longest)
    return tsp_fail(err, TSP_EFORMAT,
                    "%s: the length of token %u (offset %zu) is %" PRId32 ", it must be 0 to %" PRId32, name, i,
                    *at + 4, length, longest);
  *at += 8;
  if ((size_t)length > size - *at)
    return tsp_fail(err, TSP_EFORMAT, "%s: the file ends at offset %zu, within the %" PRId32 " bytes of token %u", name,
                    size, length, i);
  p->text = (const char *)t->bytes + *at;
  p->length = (uint32_t)length;
  *at += p->length;
  find_byte(p);
  return TSP_OK;
}

static tsp_status parse(tsp_tokenizer *t, size_t size, const char *name, tsp_error *err)
{
  int32_t longest;
  size_t at = 4;
  tsp_status s = TSP_OK;
  if (size < 4)
    return tsp_fail(err, TSP_EFORMAT, "%s: %zu bytes, max_token_length has 4", name, size);
  memcpy(&longest, t->bytes, 4);
  if (longest < 1 || longest > LONGEST)
    return tsp_fail(err, TSP_EFORMAT, "%s: max_token_length (offset 0) is %" PRId32 ", it must be 1 to %d", name,
                    longest, LONGEST);
  for (uint32_t i = 0; s == TSP_OK && i < t->vocab; i++)
    s = parse_piece(t, size, &at, i, longest, name, err);
  if (s == TSP_OK && at != size)
    s = tsp_fail(err, TSP_EFORMAT,
                 "%s: %zu bytes behind the last token, which ends at offset %zu: it is the tokenizer of "
                 "more than %u tokens",
                 name, size - at, at, t->vocab);
  return s;
}

static int order(const char *a, size_t a_length, const char *b, size_t b_length)
{
  int d = memcmp(a, b, a_length < b_length ? a_length : b_length);
  return d ? d : (a_length > b_length) - (a_length < b_length);
}

static int by_text(const void *a, const void *b, void *pieces)
{
  uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
  const piece *p = (const piece *)pieces + i, *q = (const piece *)pieces + k;
  int d = order(p->text, p->length, q->text, q->length);
  return d ? d : (i > k) - (i < k);
}

/* The token of that text, the least if there are several; -1 if there is none. */
static int32_t find(const tsp_tokenizer *t, const char *text, size_t length)
{
  uint32_t low = 0, high = t->vocab;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    const piece *p = &t->piece[t->sorted[middle]];
    if (order(p->text, p->length, text, length) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == t->vocab)
    return -1;
  const piece *p = &t->piece[t->sorted[low]];
  return order(p->text, p->length, text, length) == 0 ? (int32_t)t->sorted[low] : -1;
}

/* Takes over bytes. */
static tsp_status make(uint8_t *bytes, size_t size, const char *name, uint32_t vocab, tsp_tokenizer **out,
                       tsp_error *err)
{
  tsp_tokenizer *t = calloc(1, sizeof *t);
  if (!t) {
    free(bytes);
    return tsp_fail(err, TSP_ENOMEM, "%s: out of memory", name);
  }
  t->bytes = bytes;
  t->vocab = vocab;
  t->piece = calloc(vocab ? vocab : 1, sizeof *t->piece);
  t->sorted = calloc(vocab ? vocab : 1, sizeof *t->sorted);
  if (!t->piece || !t->sorted) {
    tsp_tokenizer_free(t);
    return tsp_fail(err, TSP_ENOMEM, "%s: out of memory for %u tokens", name, vocab);
  }
  tsp_status s = parse(t, size, name, err);
  if (s != TSP_OK) {
    tsp_tokenizer_free(t);
    return s;
  }
  for (uint32_t i = 0; i < vocab; i++)
    t->sorted[i] = i;
  qsort_r(t->sorted, vocab, sizeof *t->sorted, by_text, t->piece);
  *out = t;
  return TSP_OK;
}

tsp_status tsp_tokenizer_parse(const void *bytes, size_t size, const char *name, uint32_t vocab, tsp_tokenizer **out,
                               tsp_error *err)
{
  *out = NULL;
  uint8_t *own = malloc(size + 1);
  if (!own)
    return tsp_fail(err, TSP_ENOMEM, "%s: out of memory for %zu bytes", name, size);
  memcpy(own, bytes, size);
  return make(own, size, name, vocab, out, err);
}

tsp_status tsp_tokenizer_read(const char *path, uint32_t vocab, tsp_tokenizer **out, tsp_error *err)
{
  uint8_t *bytes;
  size_t size;
  *out = NULL;
  tsp_status s = tspc_file_bytes(path, &bytes, &size, err);
  return s == TSP_OK ? make(bytes, size, path, vocab, out, err) : s;
}

void tsp_tokenizer_free(tsp_tokenizer *t)
{
  if (!t)
    return;
  free(t->bytes);
  free(t->piece);
  free(t->sorted);
  free(t);
}

/* Bytes of the character at text: one, and those that continue it (UTF-8), four at most. */
static size_t character(const char *text)
{
  size_t n = 1;
  while (n < 4 && ((uint8_t)text[n] & 0xc0) == 0x80)
    n++;
  return n;
}

/* Appends the tokens of one character; false if the vocabulary has none for it. */
static bool add_character(const tsp_tokenizer *t, const char *text, size_t length, int32_t *token, size_t *count)
{
  int32_t whole = find(t, text, length);
  if (whole >= 0) {
    token[(*count)++] = whole;
    return true;
  }
  for (size_t i = 0; i < length; i++) {
    uint32_t id = FIRST_BYTE + (uint32_t)(uint8_t)text[i];
    if (id >= t->vocab)
      return false;
    token[(*count)++] = (int32_t)id;
  }
  return true;
}

/* The joined token of two neighbours, -1 if there is none. room: for two of the longest pieces. */
static int32_t joined(const tsp_tokenizer *t, int32_t a, int32_t b, char *room)
{
  const piece *p = &t->piece[a], *q = &t->piece[b];
  memcpy(room, p->text, p->length);
  memcpy(room + p->length, q->text, q->length);
  return find(t, room, (size_t)p->length + q->length);
}

static void join_all(const tsp_tokenizer *t, int32_t *token, size_t *count, char *room)
{
  for (;;) {
    size_t best = 0;
    int32_t with = -1;
    for (size_t i = 1; i + 1 < *count; i++) { /* BOS is left alone */
      int32_t id = joined(t, token[i], token[i + 1], room);
      if (id >= 0 && (with < 0 || t->piece[id].score > t->piece[with].score)) {
        best = i;
        with = id;
      }
    }
    if (with < 0)
      return;
    token[best] = with;
    memmove(token + best + 1, token + best + 2, (*count - best - 2) * sizeof *token);
    (*count)--;
  }
}

tsp_status tsp_tokenizer_encode(const tsp_tokenizer *t, const char *text, int32_t **token, size_t *count,
                                tsp_error *err)
{
  size_t length = strlen(text), n = 0;
  int32_t *to = calloc(length + 2, sizeof *to);
  char *room = malloc(2 * (size_t)LONGEST);
  tsp_status s = to && room ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory for %zu characters", length);
  if (s == TSP_OK)
    to[n++] = TSP_LLAMA_BOS;
  if (s == TSP_OK && length && !add_character(t, " ", 1, to, &n))
    s = tsp_fail(err, TSP_EFORMAT, "the vocabulary of %u tokens has none for a space", t->vocab);
  for (size_t i = 0, more; s == TSP_OK && i < length; i += more) {
    more = character(text + i);
    if (!add_character(t, text + i, more, to, &n))
      s = tsp_fail(err, TSP_EFORMAT, "the vocabulary of %u tokens has none for byte %zu of the text, 0x%02x", t->vocab,
                   i, (uint8_t)text[i]);
  }
  if (s == TSP_OK)
    join_all(t, to, &n, room);
  free(room);
  *count = s == TSP_OK ? n : 0;
  *token = s == TSP_OK ? to : NULL;
  if (s != TSP_OK)
    free(to);
  return s;
}

/* Neither text nor white space. */
static bool is_control(char c)
{
  return ((uint8_t)c < ' ' && !(c >= '\t' && c <= '\r')) || c == 0x7f;
}

const char *tsp_tokenizer_piece(const tsp_tokenizer *t, int32_t previous, int32_t token, size_t *length)
{
  *length = 0;
  if (token < 0 || (uint32_t)token >= t->vocab)
    return "";
  const piece *p = &t->piece[token];
  const char *text = p->is_byte ? &p->byte : p->text;
  size_t n = p->is_byte ? 1 : p->length;
  if (previous == TSP_LLAMA_BOS && n && text[0] == ' ') {
    text++;
    n--;
  }
  if (n == 1 && is_control(*text))
    n = 0;
  *length = n;
  return text;
}
