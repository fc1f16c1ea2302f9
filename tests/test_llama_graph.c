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

/* A step as for a machine with vectors of eight elements. */
enum { TILE = 8, ALIGN = 4 };
static tsp_llama_step step_of(int precision, uint32_t context, uint32_t rows, bool logits)
{
  return (tsp_llama_step){.precision = precision,
                          .context = (context + TILE - 1) / TILE * TILE,
                          .rows = rows,
                          .logits = logits,
                          .tile = TILE,
                          .align = ALIGN};
}

/* A step's graph and its meaning. */
typedef struct {
  tsp_graph *g;
  oracle *o;
} step;

static step step_new(const tsp_llama *m, tsp_llama_step s)
{
  tsp_error err;
  step t = {.g = tsp_llama_graph(m, &s, &err)};
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
  step t = step_new(m, step_of(precision, s->seq_len, 1, true));
  llama_oracle *o = must(llama_oracle_new(m));
  int logits = node_of(t.g, "logits", true);
  double most = 0;
  for (uint32_t p = 0; p < s->seq_len; p++) {
    int16_t token = (int16_t)below(&seed, s->vocab);
    const float *want = llama_oracle_step(o, token);
    step_run(&t, &token, (int16_t)p);
    for (uint32_t i = 0; i < s->vocab; i++) {
      double e = fabs(oracle_value(t.o, logits)[i].v - (double)want[i]);
      most = e <= most ? most : e; /* NaN is the worst */
    }
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
    step one = step_new(m, step_of(p, CONTEXT, 1, false));
    step block = step_new(m, step_of(p, CONTEXT, BLOCK, false));
    int16_t token[2 * BLOCK];
    for (int i = 0; i < 2 * BLOCK; i++) {
      token[i] = (int16_t)below(&seed, shape.vocab);
      step_run(&one, &token[i], (int16_t)i);
    }
    step_run(&block, token, 0);
    step_run(&block, token + BLOCK, BLOCK);
    static const char *const cache[] = {"k0", "v0", "v0.tile", "k1", "v1", "v1.tile"};
    for (size_t c = 0; c < sizeof cache / sizeof *cache; c++) {
      int id = node_of(one.g, cache[c], false);
      const est *a = oracle_value(one.o, id), *b = oracle_value(block.o, node_of(block.g, cache[c], false));
      double size = 0;
      for (uint64_t i = 0; i < tsp_node_elements(tsp_graph_node(one.g, id)); i++) {
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
  tsp_llama_step filled = step_of(TSP_LLAMA_F16, CONTEXT, 1, true);
  filled.keys = keys;
  filled.values = values;
  filled.filled = FIRST;
  step t = step_new(m, filled);
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
  refuse(w, step_of(TSP_LLAMA_F16, 8, 1, true), "a vocabulary of 40000");
  refuse(m, step_of(TSP_LLAMA_F16, 32770, 1, true), "32776 positions: indices of 16 bits reach 32768");
  refuse(m, step_of(TSP_LLAMA_F16, 10, 3, true), "3 tokens a step and 16 positions");
  refuse(m, step_of(TSP_LLAMA_F16, 8, 0, true), "0 tokens a step");
  refuse(m, step_of(TSP_LLAMA_F16, 16, 16, true),
         "tiles of 8 positions: they must divide the context, 16, and take steps of 16");
  refuse(m, step_of(TSP_LLAMA_PRECISIONS, 8, 1, true), "no precision");
  m->all[m->wo - m->all + 5] = -70000;
  refuse(m, step_of(TSP_LLAMA_F16, 8, 1, true), "l0.wo[1][1] is -70000, beyond fp16");
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
