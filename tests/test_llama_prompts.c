/* SPDX-License-Identifier: Apache-2.0 */
/* test_llama_prompts.c - the trained model goes on from prompts as the oracle does, wherever the oracle's two likeliest
 * tokens are further apart than the error of fp16 (compiler/LLAMA.md). */
#include "cases/llama_oracle.h"
#include "cases/model.h"
#include "llama_session.h"
#include "random_image.h"
#include "sim.h"
#include <math.h>

enum { STEPS = 24 };
static const double error = 0.05; /* of a logit */

static int likeliest(const float *logits, uint32_t n, double *margin)
{
  uint32_t best = 0;
  double second = -INFINITY;
  for (uint32_t i = 1; i < n; i++)
    best = logits[i] > logits[best] ? i : best;
  for (uint32_t i = 0; i < n; i++)
    second = i != best && (double)logits[i] > second ? (double)logits[i] : second;
  *margin = (double)logits[best] - second;
  return (int)best;
}

/* Feeds the oracle's tokens to both, so that one close call does not end the comparison. Returns the steps told apart.
 */
static int go_on(const tsp_llama *m, tsp_session *s, const int32_t *token, size_t count)
{
  tsp_error err = {""};
  llama_oracle *o = must(llama_oracle_new(m));
  const float *want = NULL;
  int told = 0;
  for (size_t i = 0; i < count; i++)
    want = llama_oracle_step(o, token[i]);
  assert_int_equal(tsp_session_feed(s, token, count, &err), TSP_OK);
  for (int i = 0; i < STEPS; i++) {
    const float *got = tsp_session_logits(s);
    double margin, other;
    int32_t next = likeliest(want, m->shape.vocab, &margin);
    for (uint32_t k = 0; k < m->shape.vocab; k++)
      assert_true(fabs((double)got[k] - (double)want[k]) < error);
    if (margin > 2 * error) {
      assert_int_equal(likeliest(got, m->shape.vocab, &other), next);
      told++;
    }
    want = llama_oracle_step(o, next);
    assert_int_equal(tsp_session_feed(s, &next, 1, &err), TSP_OK);
  }
  llama_oracle_free(o);
  return told;
}

static void prompts_are_continued_as_by_the_oracle(void **state)
{
  static const char *const prompt[] = {"The big red dog", "\"Hello\", said the cat. "};
  tsp_error err = {""};
  tsp_llama *m;
  tsp_tokenizer *t;
  if (model_read(&m, &err) != TSP_OK) {
    print_message("%s; the prompts of the trained model are not run\n", err.text);
    skip();
  }
  assert_int_equal(model_tokenizer(m->shape.vocab, &t, &err), TSP_OK);
  for (size_t i = 0; i < sizeof prompt / sizeof *prompt; i++) {
    const tsp_session_options o = {tsp_config_find("mini"), TSP_ON_GOLDEN, 1, TSP_LLAMA_F16, 0, false};
    tsp_session *s;
    int32_t *token;
    size_t count;
    if (tsp_session_open(m, &o, &s, &err) != TSP_OK)
      fail_msg("%s", err.text);
    assert_int_equal(tsp_tokenizer_encode(t, prompt[i], &token, &count, &err), TSP_OK);
    assert_true(go_on(m, s, token, count) > STEPS / 2);
    free(token);
    tsp_session_close(s);
  }
  tsp_tokenizer_free(t);
  tsp_llama_free(m);
  (void)state;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(prompts_are_continued_as_by_the_oracle),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
