/* SPDX-License-Identifier: Apache-2.0 */
/* test_timeline.c - a timeline shows every dispatch of the executed trace once, in text, as a Chrome trace and as a
 * picture; windows and chosen queues cut it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "timeline.h"
#include "tsp_graph.h"
#include "tsp_verify.h"

static const tsp_config *cfg;
static tsp_image *image;
static tsp_timeline t;
static bool *all;

static int make(void **state)
{
  static int8_t w[64 * 70];
  tsp_gemm g = {.m = 5, .k = 64, .n = 70, .w = w};
  (void)state;
  cfg = tsp_config_find("mini");
  all = malloc((size_t)cfg->queues * sizeof *all);
  for (int q = 0; q < cfg->queues; q++)
    all[q] = true;
  tsp_graph *graph = tsp_graph_gemm(&g);
  bool ok = graph && tsp_graph_compile(cfg, NULL, graph, NULL, &image, NULL) == TSP_OK;
  tsp_graph_free(graph);
  if (!ok)
    return -1;
  snprintf(image->kernel, sizeof image->kernel, "a<b&c");
  return tsp_timeline_make(cfg, image, &t, NULL) == TSP_OK ? 0 : -1;
}

static int drop(void **state)
{
  (void)state;
  tsp_timeline_free(&t);
  tsp_image_free(image);
  free(all);
  return 0;
}

typedef tsp_status (*draw_fn)(const tsp_timeline *, const tsp_timeline_view *, FILE *);

static char *drawn(draw_fn draw, const tsp_timeline_view *v)
{
  char *text;
  size_t size;
  FILE *f = open_memstream(&text, &size);
  assert_non_null(f);
  assert_int_equal(draw(&t, v, f), TSP_OK);
  fclose(f);
  return text;
}

static tsp_status draw_text(const tsp_timeline *what, const tsp_timeline_view *v, FILE *to)
{
  tsp_timeline_text(what, v, (int)(v->to - v->from) + 11, to);
  return TSP_OK;
}

/* Independent of the golden model: what the verifier unrolls. */
static void count_step(void *ctx, int queue, uint32_t word, uint32_t issue, uint64_t cycle, uint64_t text)
{
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(text));
  (void)word;
  (void)issue;
  (void)cycle;
  ((uint64_t *)ctx)[queue] += in->unit != TSP_UNIT_ICU;
}

static void every_dispatch_is_in_one_span(void **state)
{
  uint64_t *want = calloc((size_t)cfg->queues, sizeof *want);
  tsp_verify_watch watch = {.ctx = want, .step = count_step};
  tsp_verify_result r;
  (void)state;
  assert_int_equal(tsp_verify(cfg, NULL, image, TSP_VERIFY_ALL, &watch, &r, NULL), TSP_OK);
  assert_int_equal(t.cycles, r.cycles);
  assert_string_equal(t.fault, "");
  for (int q = 0; q < cfg->queues; q++) {
    const tsp_span *s;
    uint64_t sum = 0, end = 0;
    for (size_t i = 0, n = tsp_timeline_queue(&t, q, &s); i < n; i++) {
      assert_int_equal(s[i].queue, q);
      assert_true(s[i].from >= end);
      end = s[i].from + s[i].cycles;
      sum += s[i].cycles;
    }
    assert_int_equal(sum, want[q]);
    assert_int_equal(t.issues[q], want[q]);
  }
  free(want);
}

static void the_chrome_trace_has_them_all(void **state)
{
  tsp_timeline_view v = {.to = t.cycles, .show = all};
  char *text = drawn(tsp_timeline_json, &v);
  json_t *o = json_loads(text, 0, NULL), *e;
  size_t i, spans = 0;
  uint64_t cycles = 0, issues = 0;
  (void)state;
  assert_non_null(o);
  json_array_foreach(json_object_get(o, "traceEvents"), i, e)
  {
    if (strcmp(json_string_value(json_object_get(e, "ph")), "X") != 0)
      continue;
    spans++;
    cycles += (uint64_t)json_integer_value(json_object_get(e, "dur"));
  }
  for (int q = 0; q < cfg->queues; q++)
    issues += t.issues[q];
  assert_int_equal(spans, t.spans);
  assert_int_equal(cycles, issues);
  json_decref(o);
  free(text);
}

static size_t occurrences(const char *text, const char *of)
{
  size_t n = 0;
  for (const char *at = strstr(text, of); at; at = strstr(at + 1, of))
    n++;
  return n;
}

static void the_picture_has_a_bar_for_each_and_is_well_formed(void **state)
{
  tsp_timeline_view v = {.to = t.cycles, .show = all};
  char *text = drawn(tsp_timeline_svg, &v);
  (void)state;
  assert_int_equal(occurrences(text, "<title>"), t.spans);
  assert_int_equal(occurrences(text, "<title>"), occurrences(text, "</title></rect>"));
  assert_int_equal(occurrences(text, "<text"), occurrences(text, "</text>"));
  assert_non_null(strstr(text, "a&lt;b&amp;c on mini"));
  assert_null(strstr(text, "a<b"));
  assert_non_null(strstr(text, "-&gt; s"));
  free(text);
}

static void a_row_of_text_has_a_letter_for_each_cycle(void **state)
{
  tsp_timeline_view v = {.to = t.cycles, .show = all};
  char *text = drawn(draw_text, &v), name[16], label[16];
  (void)state;
  for (int q = 0; q < cfg->queues; q++) {
    const tsp_span *s;
    size_t n = tsp_timeline_queue(&t, q, &s);
    snprintf(label, sizeof label, "\n%-10s ", tsp_queue_name(cfg, q, name));
    const char *row = strstr(text, label);
    assert_int_equal(row != NULL, n > 0);
    for (uint64_t c = 0; row && c < t.cycles; c++) {
      while (n && s->from + s->cycles <= c) {
        s++;
        n--;
      }
      assert_int_equal(row[12 + c], n && s->from <= c ? tsp_timeline_kinds[s->kind].letter : '.');
    }
  }
  free(text);
}

static void a_window_shows_what_touches_it_in_the_chosen_queues(void **state)
{
  bool *one = calloc((size_t)cfg->queues, sizeof *one);
  const tsp_span *s;
  size_t n, in_window = 0;
  (void)state;
  one[cfg->q_mxm + 1] = true;
  n = tsp_timeline_queue(&t, cfg->q_mxm + 1, &s);
  assert_true(n > 0);
  tsp_timeline_view v = {.from = s[0].from + 1, .to = s[0].from + 3, .show = one};
  for (size_t i = 0; i < n; i++)
    in_window += s[i].from < v.to && s[i].from + s[i].cycles > v.from;
  char *text = drawn(tsp_timeline_svg, &v);
  assert_int_equal(occurrences(text, "<title>"), in_window);
  assert_null(strstr(text, "mem_"));
  free(text);
  free(one);
}

static void a_program_that_faults_is_shown_up_to_the_fault(void **state)
{
  tsp_timeline wrong;
  tsp_queue_text *q = &image->queue[cfg->q_mxm + 2];
  uint64_t saved = q->word[0];
  (void)state;
  q->word[0] = (uint64_t)TSP_OP_END << 56;
  assert_int_equal(tsp_timeline_make(cfg, image, &wrong, NULL), TSP_OK);
  assert_non_null(strstr(wrong.fault, "schedule fault 9 ("));
  assert_true(wrong.cycles < t.cycles && wrong.spans > 0);
  q->word[0] = saved;
  tsp_timeline_free(&wrong);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_dispatch_is_in_one_span),
      cmocka_unit_test(the_chrome_trace_has_them_all),
      cmocka_unit_test(the_picture_has_a_bar_for_each_and_is_well_formed),
      cmocka_unit_test(a_row_of_text_has_a_letter_for_each_cycle),
      cmocka_unit_test(a_window_shows_what_touches_it_in_the_chosen_queues),
      cmocka_unit_test(a_program_that_faults_is_shown_up_to_the_fault),
  };
  return cmocka_run_group_tests(tests, make, drop);
}
