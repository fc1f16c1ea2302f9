// SPDX-License-Identifier: Apache-2.0
// test_schedule.c: what a configuration has no room for is refused early and in words, and what looks too wide for it
// is made from narrower words.
#include "sim.h"
#include "tsp_graph.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka needs the four above first */
#include <cmocka.h>

static tsp_status compile(const char *config, const char *text, tsp_error *err)
{
  tsp_image *image = NULL;
  tsp_graph *g = tsp_graph_parse(text, "k", "", NULL, err);
  if (!g)
    fail_msg("%s", err->text);
  tsp_status s = tsp_graph_compile(tsp_config_find(config), NULL, g, NULL, &image, err);
  tsp_image_free(image);
  tsp_graph_free(g);
  return s;
}

/* Runs a kernel text on the golden machine against the oracle. */
static void runs(const char *config, const char *text)
{
  static const char *const left[] = {"k.tk", "program.tsp", "program.s"};
  char folder[] = "/tmp/tsp_scheduleXXXXXX", path[64];
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/k.tk", folder);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs(text, f);
  assert_int_equal(fclose(f), 0);
  tsp_sim_options o = {.name = path,
                       .cfg = tsp_config_find(config),
                       .on = TSP_ON_GOLDEN,
                       .seed = 1,
                       .run = -1,
                       .program = "tsp",
                       .out = folder};
  tsp_report r;
  tsp_sim(&o, &r);
  if (r.verdict != TSP_VERDICT_PASS)
    fail_msg("%s on %s: %s", text, config, r.reason);
  assert_true(r.oracle.compared > 0);
  tsp_report_free(&r);
  for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, left[i]);
    unlink(path);
  }
  assert_int_equal(rmdir(folder), 0);
}

static void refused(const char *config, const char *text, const char *const *say)
{
  tsp_error err = {""};
  assert_int_equal(compile(config, text, &err), TSP_ERANGE);
  for (; *say; say++)
    if (!strstr(err.text, *say))
      fail_msg("'%s' is not in: %s", *say, err.text);
}

static void results_too_wide_to_be_stored_are_refused_with_their_node(void **state)
{
  (void)state;
  refused("nano", "kernel k\ninput x : i16[3, 5]\ny = cast(x, i32)\noutput y\n",
          (const char *const[]){"3:", "cast i32[3, 5]", "4 bytes", "nano has 2", "at most 2 bytes fit", NULL});
}

static void a_full_memory_is_said_before_anything_is_placed(void **state)
{
  (void)state;
  refused("nano", "kernel k\ninput x : i16[1200, 4]\ny = x + x\noutput y\n",
          (const char *const[]){"4800 words", "nano has 4096", "fit", NULL});
}

static void constants_too_wide_to_be_read_come_as_int16(void **state)
{
  (void)state;
  refused("nano", "kernel k\ninput x : i32[5, 7]\ny = cast(x >> 16, i16)\noutput y\n",
          (const char *const[]){"cast i16[5, 7]", "an operand of 4 bytes", NULL});
  runs("nano", "kernel k\ninput x : i8[3, 6]\nconst w : i8[6, 5] = uniform(1, -128, 127)\n"
               "const b : i32[5] = uniform(2, -1000, 1000)\ny = cast(relu(matmul(x, w) + b) >> 7, i8)\noutput y\n");
}

static void rows_are_finished_before_memory_is_full_of_their_parts(void **state)
{
  (void)state;
  runs("nano", "kernel k\ninput x : i8[2, 43, 5, 5]\ny = x[:, :, :, 3:5]\noutput y\n");
}

static void bytes_that_are_equal_are_read_at_once(void **state)
{
  (void)state;
  runs("mini", "kernel k\ninput x : i32[9, 17]\ny = sum(x, axis = 1)\noutput y\n");
}

/* Of four slices, two on either side: a mask comes before the values it chooses from; bytes of one element come from
 * one side, so they find their places first; a word that is read twice is read from the place found for each. */
static void operands_that_come_at_once_find_places_in_two_slices_a_side(void **state)
{
  (void)state;
  runs("nano", "kernel k\ninput n : i16[2]\nconst c : i16[2] = -13018\ny = max(c | n, axis = 0)\noutput y\n");
  runs("nano", "kernel k\ninput x : i16[65]\ny = max(reshape(cast(x, i8), [13, 5]), axis = 0)\noutput y\n");
  runs("nano", "kernel k\ninput x : i8[6, 1, 6]\ninput n : i8[6, 1, 6]\nconst c : i8[1, 6] = 20\n"
               "y = max(select(n, x, c), axis = 0)\noutput y\n");
}

/* The Mov that brings a mask takes the Sel's own ALU, which nothing chained may have in that cycle. */
static void a_mask_from_memory_leaves_an_alu_for_what_is_chained(void **state)
{
  (void)state;
  runs("mini", "kernel k\ninput x : i8[1, 12, 2]\ny = max(reshape(sum(neg(x), axis = 1), [1, 1, 1, 2]), axis = 3)\n"
               "output y\n");
}

/* Of what is written to one output one vector may be made of another, and a copy of one lie where another will. */
static void outputs_are_made_of_their_own_vectors(void **state)
{
  (void)state;
  runs("mini", "kernel k\ninput x : f16[1, 2, 1]\ny = broadcast(take(x, [0], axis = 1), [2, 1, 1, 1])\noutput y\n");
}

/* The image of a kernel text for mini. */
static tsp_image *compiled(const char *text, const tsp_dump *dump)
{
  tsp_error err = {""};
  tsp_image *image = NULL;
  tsp_graph *g = tsp_graph_parse(text, "k", "", NULL, &err);
  if (!g || tsp_graph_compile(tsp_config_find("mini"), NULL, g, dump, &image, &err) != TSP_OK)
    fail_msg("%s", err.text);
  tsp_graph_free(g);
  return image;
}

/* Words that go through the SXM, and what loads its maps. */
static int moves(const char *text)
{
  char *dump = NULL;
  size_t size;
  int sum = 0, sxm;
  tsp_dump to = {.pass = "schedule", .to = open_memstream(&dump, &size)};
  assert_non_null(to.to);
  tsp_image_free(compiled(text, &to));
  fclose(to.to);
  for (const char *at = dump; (at = strstr(at, ", sxm ")); at++)
    sum += sscanf(at, ", sxm %d", &sxm) == 1 ? sxm : 0;
  free(dump);
  return sum;
}

/* 8 heads of 4 tokens on half as many of keys: for each token a turn of pairs of four bytes moves all heads at once,
 * queries' and keys', and keys come to both heads that ask for them at once. */
static void heads_that_share_a_vector_are_moved_together(void **state)
{
  static const char text[] = "kernel k\ninput x : f16[4, 64] in -1..1\ninput z : f16[4, 32] in -1..1\n"
                             "const c : f32[4, 4] = rope_cos(100)\nconst s : f32[4, 4] = rope_sin(100)\n"
                             "q = cast(rope(cast(transpose(reshape(x, [4, 8, 8]), [1, 0, 2]), f32), c, s), f16)\n"
                             "k = cast(rope(cast(transpose(reshape(z, [4, 4, 8]), [1, 0, 2]), f32), c, s), f16)\n"
                             "y = matmul(reshape(q, [4, 8, 8]), transpose(k))\noutput y\n";
  (void)state;
  runs("mini", text);
  int n = moves(text);
  if (n < 4 * (4 + 4 + 2) || n > 4 * (4 + 4 + 2) + 12)
    fail_msg("%d moves", n);
}

/* Rows that want the same lane cannot come together; what a row does not fill is zero all the same. */
static void rows_that_collide_are_moved_apart(void **state)
{
  (void)state;
  runs("mini", "kernel k\ninput x : i8[3, 64]\ninput w : i8[5, 8]\nconst c : i8[8] = uniform(1, -9, 9)\n"
               "t = take(reshape(x, [3, 8, 8]), [7, 6, 5, 4, 3, 2, 1, 0, 0, 1, 2, 3], axis = 2)\n"
               "y = matmul(t[:, :, 2:10] + c, transpose(w))\noutput y\noutput t\n");
  runs("mini", "kernel k\ninput x : f16[3, 64] in -2..2\ninput w : f16[3, 64] in -2..2\n"
               "y = matmul(reshape(x, [3, 8, 8]), transpose(reshape(w, [3, 8, 8])[:, 2:5, :]))\noutput y\n");
}

/* The sum of one row is that row: others use more of it. */
static void a_sum_of_one_row_leaves_its_operand_whole(void **state)
{
  (void)state;
  runs("mini", "kernel k\ninput x : i8[1, 64]\ninput z : i8[4, 64]\nw = sum(x[:, 0:8], axis = 0)\n"
               "y = matmul(z, transpose(x))\noutput w\noutput y\n");
}

/* A row that becomes a column without a move: each of its elements is a row of weights by itself. */
static void an_infinite_weight_is_in_its_own_column_only(void **state)
{
  (void)state;
  runs("mini", "kernel k\ninput w : f16[1, 4] = [1, inf, 2, -inf]\ninput x : f16[2, 1] = [2, 3]\n"
               "y = matmul(x, w)\nz = matmul(x, transpose(reshape(w, [4, 1])))\noutput y\noutput z\n");
}

/* What was read of a state stays what it was: by a Gather, and as a copy that reshapes and transposes made. */
static void a_state_is_read_before_its_next_version_is_written(void **state)
{
  static const char text[] = "kernel k\nstate s : f16[64, 32] = uniform(1, -1, 1)\ninput p : i16[1, 1] in 0..63\n"
                             "input r : f16[1, 32] in -1..1\n%s\nn = scatter(s, p, r)\n%s\noutput y\n";
  static const char *const of[][2] = {
      {"x = gather(s, p)", "y = x - gather(n, p)"},
      {"x = transpose(transpose(s))", "y = x - n"},
      {"x = reshape(transpose(s), [32, 8, 8])", "y = transpose(reshape(x, [32, 64])) - n"},
      {"x = s + 1", "y = x * n"},
  };
  char k[512];
  (void)state;
  for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
    snprintf(k, sizeof k, text, of[i][0], of[i][1]);
    runs("mini", k);
  }
}

static void elements_are_taken_of_an_axis_of_one(void **state)
{
  (void)state;
  runs("mini", "kernel k\ninput x : i8[1, 5]\ny = take(-x, [0, 0, 0], axis = 0)\noutput y\n");
}

/* Words of the text of MEM or VXM queues with that opcode; nothing is repeated where these tests look. */
static int instructions(const char *text, unsigned opcode)
{
  tsp_image *image = compiled(text, NULL);
  int n = 0;
  for (int q = 0; q < image->queue_count; q++)
    for (uint32_t i = 0; i < image->queue[q].length; i++)
      n += image->queue[q].word[i] >> 56 == opcode;
  tsp_image_free(image);
  return n;
}

/* Three operations have time for the same word in the same cycle. */
static void a_word_is_read_once_for_all_that_need_it_in_a_cycle(void **state)
{
  static const char text[] =
      "kernel k\ninput x : i8[1, 64]\na = x + 1\nb = x ^ 3\nc = -x\noutput a\noutput b\noutput c\n";
  (void)state;
  runs("mini", text);
  assert_int_equal(instructions(text, TSP_OP_READ), 1);
}

/* Rows of a table that is gathered from lie in one slice, which reads one of them in a cycle: the other is read before
 * it and waits, nothing is copied. */
static void an_operand_waits_in_an_alu_while_its_slice_reads_the_other(void **state)
{
  static const char text[] = "kernel k\nstate s : i8[16, 64] = uniform(1, -9, 9)\ninput p : i16[1, 1] in 0..15\n"
                             "z = gather(s, p)\ny = s[0:1] + s[1:2]\noutput y\noutput z\n";
  static const char without[] = "kernel k\nstate s : i8[16, 64] = uniform(1, -9, 9)\ninput p : i16[1, 1] in 0..15\n"
                                "z = gather(s, p)\noutput z\n";
  const tsp_instr *mov = tsp_isa_by_mnemonic(tsp_isa_builtin(), "Mov.i8");
  (void)state;
  runs("mini", text);
  assert_non_null(mov);
  assert_int_equal(instructions(text, mov->opcode), 1);
  assert_int_equal(instructions(text, TSP_OP_WRITE), instructions(without, TSP_OP_WRITE) + 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(results_too_wide_to_be_stored_are_refused_with_their_node),
      cmocka_unit_test(a_full_memory_is_said_before_anything_is_placed),
      cmocka_unit_test(constants_too_wide_to_be_read_come_as_int16),
      cmocka_unit_test(rows_are_finished_before_memory_is_full_of_their_parts),
      cmocka_unit_test(bytes_that_are_equal_are_read_at_once),
      cmocka_unit_test(operands_that_come_at_once_find_places_in_two_slices_a_side),
      cmocka_unit_test(a_mask_from_memory_leaves_an_alu_for_what_is_chained),
      cmocka_unit_test(outputs_are_made_of_their_own_vectors),
      cmocka_unit_test(heads_that_share_a_vector_are_moved_together),
      cmocka_unit_test(rows_that_collide_are_moved_apart),
      cmocka_unit_test(a_sum_of_one_row_leaves_its_operand_whole),
      cmocka_unit_test(an_infinite_weight_is_in_its_own_column_only),
      cmocka_unit_test(a_state_is_read_before_its_next_version_is_written),
      cmocka_unit_test(elements_are_taken_of_an_axis_of_one),
      cmocka_unit_test(a_word_is_read_once_for_all_that_need_it_in_a_cycle),
      cmocka_unit_test(an_operand_waits_in_an_alu_while_its_slice_reads_the_other),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
