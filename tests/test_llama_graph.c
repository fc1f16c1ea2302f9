/* SPDX-License-Identifier: Apache-2.0 */
/* test_llama_graph.c - the graph of a step means what the forward pass says: its logits, evaluated node by node, are
 * those of the oracle, token after token; a block of tokens leaves the caches that single tokens leave. */
#include "cases/llama_oracle.h"
#include "cases/oracle.h"
#include "random_image.h"
#include <math.h>

static tsp_llama *random_model(const tsp_llama_shape *s, uint64_t seed)
{
  tsp_llama *m;
  tsp_error err;
  if (tsp_llama_random(s, seed, &m, &err) != TSP_OK)
    fail_msg("%s", err.text);
  return m;
}

/* A step's graph and its meaning. */
typedef struct {
  tsp_graph *g;
  oracle *o;
} step;

static step step_new(const tsp_llama *m, const tsp_llama_step *s)
{
  tsp_error err;
  step t = {.g = tsp_llama_graph(m, s, &err)};
  if (!t.g)
    fail_msg("%s", err.text);
  t.o = must(oracle_new(t.g));
  return t;
}

static void step_free(step *t)
{
  oracle_free(t->o);
  tsp_graph_free(t->g);
}

static int node_of(const tsp_graph *g, const char *name, bool output)
{
  for (int i = 0; i < tsp_graph_count(g); i++) {
    const tsp_node *n = tsp_graph_node(g, i);
    if (output ? n->output && strcmp(n->output, name) == 0 : n->inputs == 0 && strcmp(n->name, name) == 0)
      return i;
  }
  fail_msg("no tensor %s", name);
  return -1;
}

static void step_run(const step *t, const int16_t *token, int16_t position)
{
  tsp_error err;
  oracle_set(t->o, node_of(t->g, "token", false), (const uint8_t *)token);
  oracle_set(t->o, node_of(t->g, "position", false), (const uint8_t *)&position);
  if (oracle_run(t->o, &err) != TSP_OK)
    fail_msg("%s", err.text);
}

/* The greatest difference of logits over a whole context of random tokens. */
static double worst(const tsp_llama *m, int precision, uint64_t seed)
{
  const tsp_llama_shape *s = &m->shape;
  step t = step_new(m, &(tsp_llama_step){precision, s->seq_len, 1, true, NULL, NULL});
  llama_oracle *o = must(llama_oracle_new(m));
  int logits = node_of(t.g, "logits", true);
  double most = 0;
  for (uint32_t p = 0; p < s->seq_len; p++) {
    int16_t token = (int16_t)below(&seed, s->vocab);
    const float *want = llama_oracle_step(o, token);
    step_run(&t, &token, (int16_t)p);
    for (uint32_t i = 0; i < s->vocab; i++)
      most = fmax(most, fabs(oracle_value(t.o, logits)[i].v - (double)want[i]));
  }
  llama_oracle_free(o);
  step_free(&t);
  return most;
}

static void logits_of_every_shape_are_those_of_the_forward_pass(void **state)
{
  static const tsp_llama_shape shape[] = {
      {48, 100, 3, 6, 3, 77, 40, true}, /* grouped keys, nothing a multiple of 16 */
      {16, 24, 1, 1, 1, 9, 12, false},  /* one head, a classifier of its own */
      {24, 7, 2, 12, 1, 5, 20, true},   /* heads of two elements, one for keys */
      {20, 33, 2, 2, 2, 30, 17, false},
  };
  static const double error[TSP_LLAMA_PRECISIONS] = {0.02, 0.3, 0.6};
  uint64_t seed = test_seed();
  for (size_t i = 0; i < sizeof shape / sizeof *shape; i++) {
    tsp_llama *m = random_model(&shape[i], seed + i);
    for (int p = 0; p < TSP_LLAMA_PRECISIONS; p++) {
      double e = worst(m, p, seed);
      print_message("dim %u %s: logits differ by %g at most\n", shape[i].dim, tsp_llama_precision_name(p), e);
      assert_true(e < error[p]);
    }
    tsp_llama_free(m);
  }
  (void)state;
}

static void a_block_leaves_the_caches_of_single_tokens(void **state)
{
  enum { BLOCK = 8, CONTEXT = 24 };
  const tsp_llama_shape shape = {24, 30, 2, 6, 2, 50, 20, true};
  uint64_t seed = test_seed();
  tsp_llama *m = random_model(&shape, seed);
  for (int p = 0; p < TSP_LLAMA_PRECISIONS; p++) {
    step one = step_new(m, &(tsp_llama_step){p, CONTEXT, 1, false, NULL, NULL});
    step block = step_new(m, &(tsp_llama_step){p, CONTEXT, BLOCK, false, NULL, NULL});
    int16_t token[2 * BLOCK];
    for (int i = 0; i < 2 * BLOCK; i++) {
      token[i] = (int16_t)below(&seed, shape.vocab);
      step_run(&one, &token[i], (int16_t)i);
    }
    step_run(&block, token, 0);
    step_run(&block, token + BLOCK, BLOCK);
    for (int cache = 0; cache < 4; cache++) {
      char name[8];
      snprintf(name, sizeof name, "%c%d", "kv"[cache % 2], cache / 2);
      const est *a = oracle_value(one.o, node_of(one.g, name, false));
      const est *b = oracle_value(block.o, node_of(block.g, name, false));
      double size = 0;
      for (uint32_t i = 0; i < CONTEXT * shape.dim; i++) {
        assert_true(fabs(a[i].v - b[i].v) < 1e-9);
        size += fabs(a[i].v);
      }
      assert_true(size > 100); /* there is something in them */
    }
    step_free(&one);
    step_free(&block);
  }
  tsp_llama_free(m);
  (void)state;
}

/* A step in the middle of a text, its caches filled from the oracle. */
static void a_step_goes_on_from_caches_that_are_given(void **state)
{
  enum { CONTEXT = 24, FIRST = 13 };
  const tsp_llama_shape s = {24, 30, 2, 6, 2, 50, 20, true};
  uint64_t seed = test_seed();
  tsp_llama *m = random_model(&s, seed);
  llama_oracle *o = must(llama_oracle_new(m));
  const float *want = NULL;
  int16_t token = 0;
  for (int i = 0; i <= FIRST; i++)
    want = llama_oracle_step(o, token = (int16_t)below(&seed, s.vocab));
  uint16_t *keys = must(llama_cache(o, CONTEXT, false)), *values = must(llama_cache(o, CONTEXT, true));
  step t = step_new(m, &(tsp_llama_step){TSP_LLAMA_F16, CONTEXT, 1, true, keys, values});
  step_run(&t, &token, FIRST);
  for (uint32_t i = 0; i < s.vocab; i++)
    assert_true(fabs(oracle_value(t.o, node_of(t.g, "logits", true))[i].v - (double)want[i]) < 0.02);
  step_free(&t);
  free(keys);
  free(values);
  llama_oracle_free(o);
  tsp_llama_free(m);
  (void)state;
}

static void refuse(const tsp_llama *m, tsp_llama_step s, const char *says)
{
  tsp_error err = {""};
  assert_null(tsp_llama_graph(m, &s, &err));
  assert_contains(err.text, says);
}

static void what_indices_or_fp16_do_not_hold_is_refused(void **state)
{
  const tsp_llama_shape small = {4, 4, 1, 1, 1, 3, 8, true}, wide = {2, 2, 1, 1, 1, 40000, 8, true};
  tsp_llama *m = random_model(&small, 1), *w = random_model(&wide, 1);
  refuse(w, (tsp_llama_step){TSP_LLAMA_F16, 8, 1, true, NULL, NULL}, "a vocabulary of 40000");
  refuse(m, (tsp_llama_step){TSP_LLAMA_F16, 32770, 1, true, NULL, NULL},
         "32770 positions: indices of 16 bits reach 32768");
  refuse(m, (tsp_llama_step){TSP_LLAMA_F16, 10, 4, true, NULL, NULL}, "4 tokens a step and 10 positions");
  refuse(m, (tsp_llama_step){TSP_LLAMA_F16, 8, 0, true, NULL, NULL}, "0 tokens a step");
  refuse(m, (tsp_llama_step){TSP_LLAMA_PRECISIONS, 8, 1, true, NULL, NULL}, "no precision");
  m->all[m->wo - m->all + 5] = -70000;
  refuse(m, (tsp_llama_step){TSP_LLAMA_F16, 8, 1, true, NULL, NULL}, "l0.wo[1][1] is -70000, beyond fp16");
  tsp_llama_free(m);
  tsp_llama_free(w);
  (void)state;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(logits_of_every_shape_are_those_of_the_forward_pass),
      cmocka_unit_test(a_block_leaves_the_caches_of_single_tokens),
      cmocka_unit_test(a_step_goes_on_from_caches_that_are_given),
      cmocka_unit_test(what_indices_or_fp16_do_not_hold_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
