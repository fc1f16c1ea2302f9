/* SPDX-License-Identifier: Apache-2.0 */
/* test_llama.c - a language model of odd sizes on the golden machine: what it says, in how many cycles, and that
 * nothing of it depends on anything but the tokens. */
#include "cases/llama_oracle.h"
#include "llama_session.h"
#include "random_image.h"
#include "sim.h"
#include "tsp_golden.h"
#include <math.h>

enum { CONTEXT = 40 };
static const tsp_llama_shape shape = {48, 100, 3, 6, 3, 77, CONTEXT, true};
static const double error = 0.02;

typedef struct {
  tsp_llama *m;
  int32_t token[CONTEXT];
} text;

static text text_of(const tsp_llama_shape *s)
{
  uint64_t seed = test_seed();
  text t;
  tsp_error err;
  if (tsp_llama_random(s, seed, &t.m, &err) != TSP_OK)
    fail_msg("%s", err.text);
  for (int i = 0; i < CONTEXT; i++)
    t.token[i] = (int32_t)below(&seed, s->vocab);
  return t;
}

static text text_new(void)
{
  return text_of(&shape);
}

static tsp_session *session_new(const text *t, int precision, bool prefill)
{
  const tsp_session_options o = {tsp_config_find("mini"), TSP_ON_GOLDEN, 1, precision, 0, prefill};
  tsp_session *s;
  tsp_error err;
  if (tsp_session_open(t->m, &o, &s, &err) != TSP_OK)
    fail_msg("%s", err.text);
  return s;
}

static void feed(tsp_session *s, const int32_t *token, size_t count)
{
  tsp_error err;
  if (tsp_session_feed(s, token, count, &err) != TSP_OK)
    fail_msg("%s", err.text);
}

static uint64_t hash_of(const tsp_session *s)
{
  uint64_t hash;
  assert_int_equal(tsp_device_hash(tsp_session_device(s), &hash), TSP_OK);
  return hash;
}

static void a_whole_context_is_as_the_oracle_says_and_every_token_takes_the_same_cycles(void **state)
{
  text t = text_new();
  tsp_session *s = session_new(&t, TSP_LLAMA_F16, false);
  llama_oracle *o = must(llama_oracle_new(t.m));
  for (int p = 0; p < CONTEXT; p++) {
    const float *want = llama_oracle_step(o, t.token[p]);
    feed(s, &t.token[p], 1);
    assert_int_equal(tsp_session_position(s), p + 1);
    assert_int_equal(tsp_device_cycles(tsp_session_device(s)), tsp_session_decode(s)->cycles_predicted);
    for (uint32_t i = 0; i < shape.vocab; i++)
      if (!(fabs((double)tsp_session_logits(s)[i] - (double)want[i]) <= error))
        fail_msg("position %d, logit %u: expected %g, got %g", p, i, (double)want[i], (double)tsp_session_logits(s)[i]);
  }
  llama_oracle_free(o);
  tsp_session_close(s);
  tsp_llama_free(t.m);
  (void)state;
}

/* A cache, whole. */
static uint8_t *cache(const tsp_session *s, const char *name, size_t *bytes)
{
  tsp_error err;
  const tsp_tensor *t = must(tsp_image_tensor(tsp_session_decode(s), name));
  *bytes = tsp_tensor_elements(t) * sizeof(uint16_t);
  uint8_t *c = must(malloc(*bytes));
  if (tsp_device_read(tsp_session_device(s), name, c, *bytes, &err) != TSP_OK)
    fail_msg("%s", err.text);
  return c;
}

static void a_prompt_in_blocks_leaves_the_caches_of_single_tokens(void **state)
{
  enum { PROMPT = 35 }; /* two blocks and three tokens */
  static const tsp_llama_shape small = {32, 40, 2, 2, 1, 50, CONTEXT, true};
  text t = text_of(&small);
  tsp_session *one = session_new(&t, TSP_LLAMA_F16, false), *block = session_new(&t, TSP_LLAMA_F16, true);
  feed(one, t.token, PROMPT);
  feed(block, t.token, PROMPT);
  assert_int_equal(tsp_session_blocks(one), 0);
  assert_int_equal(tsp_session_blocks(block), 2);
  assert_true(tsp_session_prefill(block)->cycles_predicted < 16 * tsp_session_decode(block)->cycles_predicted);
  static const char *const name[] = {"k0", "v0", "v0.tile", "k1", "v1", "v1.tile"};
  for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
    size_t bytes, same;
    uint8_t *a = cache(one, name[i], &bytes), *b = cache(block, name[i], &same);
    assert_int_equal(bytes, same);
    assert_memory_equal(a, b, bytes);
    free(a);
    free(b);
  }
  assert_memory_equal(tsp_session_logits(one), tsp_session_logits(block), small.vocab * sizeof(float));
  tsp_session_close(one);
  tsp_session_close(block);
  tsp_llama_free(t.m);
  (void)state;
}

static void repeated_runs_end_in_the_same_state(void **state)
{
  text t = text_new();
  tsp_session *a = session_new(&t, TSP_LLAMA_F16, false), *b = session_new(&t, TSP_LLAMA_F16, false);
  feed(a, t.token, CONTEXT);
  feed(b, t.token, CONTEXT);
  uint64_t first = hash_of(a);
  assert_int_equal(hash_of(b), first);
  tsp_session_rewind(a);
  feed(a, t.token + 1, CONTEXT - 1); /* something else .. */
  assert_int_not_equal(hash_of(a), first);
  tsp_session_rewind(a);
  feed(a, t.token, CONTEXT); /* .. leaves no trace */
  assert_int_equal(hash_of(a), first);
  tsp_session_close(a);
  tsp_session_close(b);
  tsp_llama_free(t.m);
  (void)state;
}

static void a_step_restored_in_its_middle_ends_in_the_same_state(void **state)
{
  text t = text_new();
  tsp_session *s = session_new(&t, TSP_LLAMA_F16, false);
  tsp_device *d = tsp_session_device(s);
  tsp_engine *e = tsp_device_engine(d), *other;
  uint64_t half = tsp_session_decode(s)->cycles_predicted / 2, hash[2];
  uint8_t *bytes, *end[2];
  size_t size, end_size[2];
  tsp_error err;
  feed(s, t.token, 5);
  assert_int_equal(tsp_engine_start(e), TSP_OK);
  assert_int_equal(tsp_engine_step(e, half, NULL), TSP_OK);
  assert_false(tsp_engine_csr(e).done);
  assert_int_equal(tsp_engine_save(e, &bytes, &size), TSP_OK);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(tsp_engine_step(e, UINT64_MAX, NULL), TSP_OK);
    assert_true(tsp_engine_csr(e).done);
    hash[i] = hash_of(s);
    assert_int_equal(tsp_engine_restore(e, bytes, size, &err), TSP_OK);
    assert_false(tsp_engine_csr(e).done);
  }
  assert_int_equal(hash[0], hash[1]);
  assert_int_equal(tsp_golden_open(tsp_config_find("mini"), NULL, 0, &other), TSP_OK);
  assert_int_equal(tsp_engine_restore(other, bytes, size, &err), TSP_OK);
  tsp_engine *both[2] = {e, other};
  for (int i = 0; i < 2; i++) {
    assert_int_equal(tsp_engine_step(both[i], UINT64_MAX, NULL), TSP_OK);
    assert_int_equal(tsp_engine_save(both[i], &end[i], &end_size[i]), TSP_OK);
  }
  assert_int_equal(end_size[0], end_size[1]);
  assert_memory_equal(end[0], end[1], end_size[0]);
  free(end[0]);
  free(end[1]);
  free(bytes);
  tsp_engine_close(other);
  tsp_session_close(s);
  tsp_llama_free(t.m);
  (void)state;
}

static void int8_weights_and_activations_say_nearly_the_same(void **state)
{
  static const double within[TSP_LLAMA_PRECISIONS] = {0.02, 0.3, 0.6};
  text t = text_new();
  for (int p = TSP_LLAMA_W8; p < TSP_LLAMA_PRECISIONS; p++) {
    tsp_session *s = session_new(&t, p, false);
    llama_oracle *o = must(llama_oracle_new(t.m));
    for (int i = 0; i < 6; i++) {
      const float *want = llama_oracle_step(o, t.token[i]);
      feed(s, &t.token[i], 1);
      for (uint32_t k = 0; k < shape.vocab; k++)
        assert_true(fabs((double)tsp_session_logits(s)[k] - (double)want[k]) < within[p]);
    }
    llama_oracle_free(o);
    tsp_session_close(s);
  }
  tsp_llama_free(t.m);
  (void)state;
}

static void what_does_not_fit_is_refused_and_nothing_moves(void **state)
{
  text t = text_new();
  tsp_session *s = session_new(&t, TSP_LLAMA_F16, false);
  int32_t wrong[2] = {3, 77};
  tsp_error err;
  assert_int_equal(tsp_session_feed(s, wrong, 2, &err), TSP_ERANGE);
  assert_contains(err.text, "token 77: the vocabulary has 77");
  wrong[1] = -1;
  assert_int_equal(tsp_session_feed(s, wrong, 2, &err), TSP_ERANGE);
  int32_t many[CONTEXT + 1] = {0};
  assert_int_equal(tsp_session_feed(s, many, CONTEXT + 1, &err), TSP_ERANGE);
  assert_contains(err.text, "41 tokens at position 0: the context has 40");
  assert_int_equal(tsp_session_position(s), 0);
  tsp_session_close(s);
  tsp_session_options o = {tsp_config_find("mini"), TSP_ON_GOLDEN, 1, TSP_LLAMA_F16, CONTEXT + 1, false};
  assert_int_equal(tsp_session_open(t.m, &o, &s, &err), TSP_ERANGE);
  assert_contains(err.text, "a context of 41 positions: the model has 40");
  assert_null(s);
  tsp_llama_free(t.m);
  (void)state;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_whole_context_is_as_the_oracle_says_and_every_token_takes_the_same_cycles),
      cmocka_unit_test(a_prompt_in_blocks_leaves_the_caches_of_single_tokens),
      cmocka_unit_test(repeated_runs_end_in_the_same_state),
      cmocka_unit_test(a_step_restored_in_its_middle_ends_in_the_same_state),
      cmocka_unit_test(int8_weights_and_activations_say_nearly_the_same),
      cmocka_unit_test(what_does_not_fit_is_refused_and_nothing_moves),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
