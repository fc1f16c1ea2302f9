/* SPDX-License-Identifier: Apache-2.0 */
/* test_llama_read.c - checkpoints and tokenizers: what is written is read, damage is named, noise never crashes; and
 * the text of the trained model, by the oracle and the tokenizer, is what the public program prints. */
#include "cases/llama_oracle.h"
#include "cases/model.h"
#include "random_image.h"

static const tsp_llama_shape odd = {48, 100, 3, 6, 3, 77, 40, true};

static uint8_t *model_bytes(const tsp_llama_shape *s, size_t *size)
{
  tsp_llama *m;
  uint8_t *bytes;
  tsp_error err;
  if (tsp_llama_random(s, 1, &m, &err) != TSP_OK)
    fail_msg("%s", err.text);
  assert_int_equal(tsp_llama_bytes(m, &bytes, size), TSP_OK);
  tsp_llama_free(m);
  return bytes;
}

static uint64_t offset(const tsp_llama *m, const float *tensor)
{
  return 28 + 4 * (uint64_t)(tensor - m->all);
}

static void tensors_lie_in_the_order_of_the_format(void **state)
{
  const uint64_t head = 8, kv = 24, rope = 2 * 40 * (head / 2);
  for (int separate = 0; separate < 2; separate++) {
    tsp_llama_shape s = odd;
    s.shared = !separate;
    size_t size;
    uint8_t *bytes = model_bytes(&s, &size);
    tsp_llama *m;
    tsp_error err = {""};
    assert_int_equal(tsp_llama_parse(bytes, size, "odd.bin", &m, &err), TSP_OK);
    assert_memory_equal(&m->shape, &s, offsetof(tsp_llama_shape, shared));
    assert_int_equal(m->shape.shared, s.shared);
    assert_memory_equal(m->all, bytes + 28, size - 28);
    uint64_t at = 28;
    assert_int_equal(offset(m, m->embedding), at);
    assert_int_equal(offset(m, m->rms_att), at += 4 * 77 * 48);
    assert_int_equal(offset(m, m->wq), at += 4 * 3 * 48);
    assert_int_equal(offset(m, m->wk), at += 4 * 3 * 48 * 48);
    assert_int_equal(offset(m, m->wv), at += 4 * 3 * kv * 48);
    assert_int_equal(offset(m, m->wo), at += 4 * 3 * kv * 48);
    assert_int_equal(offset(m, m->rms_ffn), at += 4 * 3 * 48 * 48);
    assert_int_equal(offset(m, m->w1), at += 4 * 3 * 48);
    assert_int_equal(offset(m, m->w2), at += 4 * 3 * 100 * 48);
    assert_int_equal(offset(m, m->w3), at += 4 * 3 * 100 * 48);
    assert_int_equal(offset(m, m->rms_final), at += 4 * 3 * 100 * 48);
    at += 4 * 48 + 4 * rope;
    assert_int_equal(offset(m, m->classifier), separate ? at : 28);
    assert_int_equal(size, at + (separate ? 4 * 77 * 48 : 0));
    tsp_llama_free(m);
    free(bytes);
  }
  (void)state;
}

static void refuse(const void *bytes, size_t size, const char *says)
{
  tsp_llama *m = (tsp_llama *)scratch_folder; /* must be overwritten */
  tsp_error err = {""};
  assert_int_equal(tsp_llama_parse(bytes, size, "m.bin", &m, &err), TSP_EFORMAT);
  assert_null(m);
  assert_true(strncmp(err.text, "m.bin: ", 7) == 0);
  assert_contains(err.text, says);
}

static void a_header_that_no_model_has_is_named_by_field_and_offset(void **state)
{
  static const struct {
    int field;
    int32_t value;
    const char *says;
  } wrong[] = {
      {0, 0, "dim (offset 0) is 0"},
      {0, -64, "dim (offset 0) is -64"},
      {1, INT32_MAX, "hidden_dim (offset 4) is 2147483647, it must be 1 to 1048576"},
      {2, 0, "n_layers (offset 8) is 0"},
      {2, 1 << 20, "the file ends within rms_att_weight, 1048576 x 48 floats from offset 14812"},
      {3, 5, "n_heads (offset 12) is 5, which does not divide dim, 48"},
      {3, 16, "n_heads (offset 12) is 16: heads of dim / n_heads = 3 have no pairs"},
      {3, 0, "n_heads (offset 12) is 0"},
      {4, 4, "n_kv_heads (offset 16) is 4, which does not divide n_heads, 6"},
      {4, 12, "n_kv_heads (offset 16) is 12"},
      {5, 0, "vocab_size (offset 20) is 0"},
      {5, INT32_MIN, "vocab_size (offset 20) is -2147483648"},
      {5, 1 << 20, "the file ends within token_embedding, 1048576 x 48 floats from offset 28"},
      {6, 1 << 21, "seq_len (offset 24) is 2097152"},
      {6, 1 << 20, "the file ends within freq_cis_real, 1 x 4194304 floats"},
      {6, 39, "bytes behind the last tensor"},
  };
  size_t size;
  uint8_t *bytes = model_bytes(&odd, &size);
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    int32_t right;
    memcpy(&right, bytes + 4 * wrong[i].field, 4);
    memcpy(bytes + 4 * wrong[i].field, &wrong[i].value, 4);
    refuse(bytes, size, wrong[i].says);
    memcpy(bytes + 4 * wrong[i].field, &right, 4);
  }
  const int32_t most[7] = {1 << 20, 1 << 20, 1 << 20, 1, 1, 1 << 20, 1 << 20}; /* 2^60 floats a matrix */
  memcpy(bytes, most, sizeof most);
  refuse(bytes, size, "token_embedding");
  free(bytes);
  (void)state;
}

static void a_checkpoint_cut_anywhere_is_refused(void **state)
{
  const tsp_llama_shape small = {4, 3, 1, 2, 1, 5, 6, false};
  size_t size;
  uint8_t *bytes = model_bytes(&small, &size);
  for (size_t cut = 0; cut < size; cut++) {
    uint8_t *own = must(malloc(cut + 1)); /* of exactly that size: reading beyond is seen */
    memcpy(own, bytes, cut);
    refuse(own, cut, cut < 28 ? "the header has 28" : cut % 4 ? "" : "the file ends within ");
    free(own);
  }
  free(bytes);
  (void)state;
}

static void a_weight_that_is_no_number_is_named(void **state)
{
  const float bad = -1.0F / 0.0F;
  size_t size;
  uint8_t *bytes = model_bytes(&odd, &size);
  memcpy(bytes + 28 + 4 * (77 * 48 + 5), &bad, 4);
  refuse(bytes, size, "rms_att_weight[5] (offset 14832) is not a finite number");
  free(bytes);
  (void)state;
}

static void changed_checkpoints_are_refused_or_usable(void **state)
{
  const tsp_llama_shape small = {4, 3, 1, 2, 1, 5, 6, true};
  uint64_t seed = test_seed();
  int refused = 0, accepted = 0;
  size_t size;
  uint8_t *bytes = model_bytes(&small, &size), *copy = must(malloc(size + 64));
  for (int i = 0; i < 3000; i++) {
    tsp_llama *m;
    tsp_error err;
    size_t n = below(&seed, 4) ? size : below(&seed, size + 64);
    memcpy(copy, bytes, n < size ? n : size);
    for (size_t k = size; k < n; k++)
      copy[k] = (uint8_t)draw(&seed);
    for (uint32_t k = below(&seed, 3); k > 0; k--)
      copy[below(&seed, below(&seed, 2) ? 28 : size)] = (uint8_t)(draw(&seed) >> below(&seed, 8));
    if (tsp_llama_parse(copy, n, "m.bin", &m, &err) != TSP_OK) {
      refused++;
      continue;
    }
    llama_oracle *o = must(llama_oracle_new(m));
    llama_oracle_step(o, (int32_t)below(&seed, m->shape.vocab));
    llama_oracle_free(o);
    tsp_llama_free(m);
    accepted++;
  }
  assert_true(refused > 500 && accepted > 500);
  free(copy);
  free(bytes);
  (void)state;
}

static void a_file_that_is_none_is_an_error(void **state)
{
  tsp_llama *m;
  tsp_tokenizer *t;
  tsp_error err;
  assert_int_equal(tsp_llama_read("/nonexistent/m.bin", &m, &err), TSP_EIO);
  assert_contains(err.text, "/nonexistent/m.bin: No such file");
  assert_int_equal(tsp_llama_read("/", &m, &err), TSP_EIO);
  assert_contains(err.text, "not a regular file");
  assert_int_equal(tsp_tokenizer_read("/dev/zero", 5, &t, &err), TSP_EIO);
  assert_contains(err.text, "not a regular file");
  (void)state;
}

/* A tokenizer: three special tokens, 256 bytes, then pieces that score higher the later they come. */
enum { PIECES = 7, TOKENS = 3 + 256 + PIECES };
static const char *const extra[PIECES] = {" ", "a", "b", "ab", " a", "abab", "\xc3\xa9"};

static size_t put(uint8_t *to, const void *bytes, size_t n)
{
  memcpy(to, bytes, n);
  return n;
}

static uint8_t *tokenizer_bytes(size_t *size)
{
  uint8_t *to = must(malloc(TOKENS * 20 + 4));
  const int32_t longest = 8;
  size_t at = put(to, &longest, 4);
  for (int i = 0; i < TOKENS; i++) {
    char text[8];
    float score = i < 259 ? 0 : (float)i;
    snprintf(text, sizeof text, i < 3 ? "<%d>" : "<0x%02X>", i < 3 ? i : (i - 3) & 0xff);
    const char *piece = i < 259 ? text : extra[i - 259];
    int32_t length = (int32_t)strlen(piece);
    at += put(to + at, &score, 4);
    at += put(to + at, &length, 4);
    at += put(to + at, piece, (size_t)length);
  }
  *size = at;
  return to;
}

static tsp_tokenizer *tokenizer(void)
{
  size_t size;
  uint8_t *bytes = tokenizer_bytes(&size);
  tsp_tokenizer *t;
  tsp_error err;
  if (tsp_tokenizer_parse(bytes, size, "t.bin", TOKENS, &t, &err) != TSP_OK)
    fail_msg("%s", err.text);
  free(bytes);
  return t;
}

static void text_becomes_the_pieces_that_score_highest(void **state)
{
  enum { SPACE = 259, A, B, AB, SPACE_A, ABAB, E };
  static const struct {
    const char *text;
    int count;
    int32_t token[8];
  } sample[] = {
      {"", 1, {1}},
      {"b", 3, {1, SPACE, B}},
      {"a", 2, {1, SPACE_A}},
      {"ab", 3, {1, SPACE_A, B}}, /* " a" scores higher than "ab" */
      {"abab", 4, {1, SPACE_A, B, AB}},
      {"babab", 4, {1, SPACE, B, ABAB}},
      {"\xc3\xa9\xe2\x82\xac", 6, {1, SPACE, E, 3 + 0xe2, 3 + 0x82, 3 + 0xac}},
      {"\x80", 3, {1, SPACE, 3 + 0x80}},
  };
  tsp_tokenizer *t = tokenizer();
  for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
    int32_t *token;
    size_t count;
    tsp_error err;
    assert_int_equal(tsp_tokenizer_encode(t, sample[i].text, &token, &count, &err), TSP_OK);
    assert_int_equal(count, sample[i].count);
    assert_memory_equal(token, sample[i].token, count * sizeof *token);
    free(token);
  }
  tsp_tokenizer_free(t);
  (void)state;
}

static void tokens_become_text(void **state)
{
  tsp_tokenizer *t = tokenizer();
  size_t n;
  assert_memory_equal(tsp_tokenizer_piece(t, 260, 263, &n), " a", 2);
  assert_int_equal(n, 2);
  assert_memory_equal(tsp_tokenizer_piece(t, TSP_LLAMA_BOS, 263, &n), "a", 1); /* the space that was put in front */
  assert_int_equal(n, 1);
  assert_memory_equal(tsp_tokenizer_piece(t, 260, 3 + '\n', &n), "\n", 1);
  assert_int_equal(n, 1);
  assert_memory_equal(tsp_tokenizer_piece(t, 260, 3 + 0xe2, &n), "\xe2", 1);
  assert_int_equal(n, 1);
  tsp_tokenizer_piece(t, 260, 3 + 7, &n); /* a bell */
  assert_int_equal(n, 0);
  tsp_tokenizer_piece(t, 260, TOKENS, &n);
  assert_int_equal(n, 0);
  tsp_tokenizer_piece(t, 260, -1, &n);
  assert_int_equal(n, 0);
  tsp_tokenizer_free(t);
  (void)state;
}

static void refuse_tokenizer(const void *bytes, size_t size, uint32_t vocab, const char *says)
{
  tsp_tokenizer *t = (tsp_tokenizer *)scratch_folder;
  tsp_error err = {""};
  assert_int_equal(tsp_tokenizer_parse(bytes, size, "t.bin", vocab, &t, &err), TSP_EFORMAT);
  assert_null(t);
  assert_contains(err.text, "t.bin: ");
  assert_contains(err.text, says);
}

static void a_damaged_tokenizer_is_named_by_token_and_offset(void **state)
{
  const int32_t negative = -1, nine = 9, none = 0;
  const float nan = 0.0F / 0.0F;
  size_t size;
  uint8_t *bytes = tokenizer_bytes(&size), keep[4];
  for (size_t cut = 0; cut < size; cut++) {
    uint8_t *own = must(malloc(cut + 1));
    memcpy(own, bytes, cut);
    refuse_tokenizer(own, cut, TOKENS, cut < 4 ? "max_token_length" : "the file ends at offset ");
    free(own);
  }
  memcpy(keep, bytes + 8, 4);
  memcpy(bytes + 8, &negative, 4);
  refuse_tokenizer(bytes, size, TOKENS, "the length of token 0 (offset 8) is -1, it must be 0 to 8");
  memcpy(bytes + 8, &nine, 4);
  refuse_tokenizer(bytes, size, TOKENS, "the length of token 0 (offset 8) is 9");
  memcpy(bytes + 8, keep, 4);
  memcpy(bytes + 4, &nan, 4);
  refuse_tokenizer(bytes, size, TOKENS, "the score of token 0 (offset 4) is not a finite number");
  memset(bytes + 4, 0, 4);
  refuse_tokenizer(bytes, size, TOKENS - 1, "it is the tokenizer of more than 265 tokens");
  refuse_tokenizer(bytes, size, TOKENS + 1, "before the score and length of token 266 of 267");
  memcpy(bytes, &none, 4);
  refuse_tokenizer(bytes, size, TOKENS, "max_token_length (offset 0) is 0");
  free(bytes);
  (void)state;
}

static void changed_tokenizers_are_refused_or_usable(void **state)
{
  uint64_t seed = test_seed();
  int refused = 0, accepted = 0;
  size_t size;
  uint8_t *bytes = tokenizer_bytes(&size), *copy = must(malloc(size));
  for (int i = 0; i < 2000; i++) {
    tsp_tokenizer *t;
    tsp_error err;
    char text[20];
    memcpy(copy, bytes, size);
    for (uint32_t k = 1 + below(&seed, 3); k > 0; k--)
      copy[below(&seed, size)] = (uint8_t)draw(&seed);
    if (tsp_tokenizer_parse(copy, size, "t.bin", TOKENS, &t, &err) != TSP_OK) {
      refused++;
      continue;
    }
    for (size_t k = 0; k < sizeof text; k++)
      text[k] = (char)("ab \xc3\xa9z"[below(&seed, 6)]);
    text[below(&seed, sizeof text)] = 0;
    int32_t *token;
    size_t count, n;
    if (tsp_tokenizer_encode(t, text, &token, &count, &err) == TSP_OK)
      for (size_t k = 0; k < count; k++)
        tsp_tokenizer_piece(t, k ? token[k - 1] : 0, token[k], &n);
    free(token);
    tsp_tokenizer_free(t);
    accepted++;
  }
  assert_true(refused > 200 && accepted > 200);
  free(copy);
  free(bytes);
  (void)state;
}

static void a_vocabulary_without_bytes_says_what_it_cannot_encode(void **state)
{
  uint8_t bytes[] = {1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, ' ', 0, 0, 0, 0, 1, 0, 0, 0, 'a'};
  tsp_tokenizer *t;
  tsp_error err;
  int32_t *token;
  size_t count;
  assert_int_equal(tsp_tokenizer_parse(bytes, sizeof bytes, "t.bin", 2, &t, &err), TSP_OK);
  assert_int_equal(tsp_tokenizer_encode(t, "aab", &token, &count, &err), TSP_EFORMAT);
  assert_contains(err.text, "the vocabulary of 2 tokens has none for byte 2 of the text, 0x62");
  assert_null(token);
  tsp_tokenizer_free(t);
  (void)state;
}

/* The text that greedy decoding gives, as the public program prints it. */
static void greedy_text_of_the_trained_model_is_the_reference(void **state)
{
  enum { STEPS = 256 };
  tsp_llama *m;
  tsp_tokenizer *t;
  tsp_error err;
  char *want, got[4096];
  size_t at = 0, n;
  if (model_read(&m, &err) == TSP_EIO) {
    print_message("skipped: %s\n", err.text);
    skip();
  }
  assert_int_equal(model_tokenizer(m->shape.vocab, &t, &err), TSP_OK);
  assert_int_equal(model_text(&want, &err), TSP_OK);
  llama_oracle *o = must(llama_oracle_new(m));
  int32_t token = TSP_LLAMA_BOS;
  for (int i = 0; i < STEPS; i++) {
    int32_t next = llama_greatest(llama_oracle_step(o, token), m->shape.vocab, NULL);
    const char *text = tsp_tokenizer_piece(t, token, next, &n);
    assert_true(at + n + 2 < sizeof got);
    memcpy(got + at, text, n);
    at += n;
    token = next;
  }
  strcpy(got + at, "\n");
  assert_string_equal(got, want);
  free(want);
  llama_oracle_free(o);
  tsp_tokenizer_free(t);
  tsp_llama_free(m);
  (void)state;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tensors_lie_in_the_order_of_the_format),
      cmocka_unit_test(a_header_that_no_model_has_is_named_by_field_and_offset),
      cmocka_unit_test(a_checkpoint_cut_anywhere_is_refused),
      cmocka_unit_test(a_weight_that_is_no_number_is_named),
      cmocka_unit_test(changed_checkpoints_are_refused_or_usable),
      cmocka_unit_test(a_file_that_is_none_is_an_error),
      cmocka_unit_test(text_becomes_the_pieces_that_score_highest),
      cmocka_unit_test(tokens_become_text),
      cmocka_unit_test(a_damaged_tokenizer_is_named_by_token_and_offset),
      cmocka_unit_test(changed_tokenizers_are_refused_or_usable),
      cmocka_unit_test(a_vocabulary_without_bytes_says_what_it_cannot_encode),
      cmocka_unit_test(greedy_text_of_the_trained_model_is_the_reference),
  };
  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
