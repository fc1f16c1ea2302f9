/* SPDX-License-Identifier: Apache-2.0 */
/* test_llama_sample.c - the choice of a token: greedy, by temperature, by top-p, and the same again from the same seed.
 */
#include "llama_sample.h"
#include "random_image.h"
#include <math.h>

enum { VOCAB = 6, DRAWS = 20000 };
static const float logits[VOCAB] = {1, 3, -2, 3, 2, 0.5F};

/* How often each token comes. */
static void tally(float temperature, float top_p, uint64_t seed, int count[VOCAB])
{
  tsp_sampler s;
  assert_int_equal(tsp_sampler_new(VOCAB, temperature, top_p, seed, &s), TSP_OK);
  memset(count, 0, VOCAB * sizeof *count);
  for (int i = 0; i < DRAWS; i++) {
    int32_t token = tsp_sample(&s, logits);
    assert_in_range(token, 0, VOCAB - 1);
    count[token]++;
  }
  tsp_sampler_free(&s);
}

/* Within five deviations of a binomial. */
static void assert_near(int count, double probability)
{
  double mean = DRAWS * probability, deviation = sqrt(mean * (1 - probability)) + 1;
  if (fabs(count - mean) > 5 * deviation)
    fail_msg("%d of %d draws, expected %.0f", count, DRAWS, mean);
}

static void temperature_zero_takes_the_first_of_the_greatest(void **state)
{
  int count[VOCAB];
  tally(0, 0.9F, test_seed(), count);
  assert_int_equal(count[1], DRAWS);
  (void)state;
}

static void tokens_come_as_often_as_their_probability_says(void **state)
{
  static const float temperature[] = {0.5F, 1, 2};
  for (int t = 0; t < 3; t++) {
    int count[VOCAB];
    double sum = 0;
    for (int i = 0; i < VOCAB; i++)
      sum += exp((double)(logits[i] / temperature[t]));
    for (int all = 0; all < 2; all++) {
      tally(temperature[t], (float)all, test_seed(), count);
      for (int i = 0; i < VOCAB; i++)
        assert_near(count[i], exp((double)(logits[i] / temperature[t])) / sum);
    }
  }
  (void)state;
}

static void top_p_keeps_the_fewest_that_reach_it(void **state)
{
  const double e3 = exp(3), e2 = exp(2), sum = 2 * e3 + e2 + exp(1) + exp(0.5) + exp(-2);
  const struct {
    double p; /* .. of what: */
    int tokens;
  } sample[] = {{0.9 * e3 / sum, 1}, {1.5 * e3 / sum, 2}, {(2 * e3 + 0.5 * e2) / sum, 3}};
  static const int order[VOCAB] = {1, 3, 4, 0, 5, 2};
  for (size_t k = 0; k < sizeof sample / sizeof *sample; k++) {
    int count[VOCAB];
    double kept = 0;
    tally(1, (float)sample[k].p, test_seed(), count);
    for (int i = 0; i < sample[k].tokens; i++)
      kept += exp((double)logits[order[i]]);
    for (int i = 0; i < VOCAB; i++)
      assert_near(count[order[i]], i < sample[k].tokens ? exp((double)logits[order[i]]) / kept : 0);
    for (int i = sample[k].tokens; i < VOCAB; i++)
      assert_int_equal(count[order[i]], 0);
  }
  (void)state;
}

static void the_same_seed_gives_the_same_tokens_and_another_others(void **state)
{
  tsp_sampler s[3];
  int same = 0, other = 0;
  uint64_t seed = test_seed();
  for (int k = 0; k < 3; k++)
    assert_int_equal(tsp_sampler_new(VOCAB, 1, 0.95F, seed + (k == 2), &s[k]), TSP_OK);
  for (int i = 0; i < 200; i++) {
    int32_t a = tsp_sample(&s[0], logits);
    same += a == tsp_sample(&s[1], logits);
    other += a != tsp_sample(&s[2], logits);
  }
  assert_int_equal(same, 200);
  assert_true(other > 20);
  for (int k = 0; k < 3; k++)
    tsp_sampler_free(&s[k]);
  (void)state;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(temperature_zero_takes_the_first_of_the_greatest),
      cmocka_unit_test(tokens_come_as_often_as_their_probability_says),
      cmocka_unit_test(top_p_keeps_the_fewest_that_reach_it),
      cmocka_unit_test(the_same_seed_gives_the_same_tokens_and_another_others),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
