/* SPDX-License-Identifier: Apache-2.0 */
/* test_wave_text.c - what the waves show in place of numbers, and the filter process that shows it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "savefile.h"
#include "wave_text.h"

static uint64_t rng_state;

static uint64_t rng(void)
{
  rng_state ^= rng_state << 13;
  rng_state ^= rng_state >> 7;
  return rng_state ^= rng_state << 17;
}

/* A word that names an instruction, with anything in its fields. */
static uint64_t random_word(void)
{
  const tsp_isa *isa = tsp_isa_builtin();

  return (uint64_t)isa->instr[rng() % (uint64_t)isa->count].opcode << 56 | (rng() & rng() & 0xffffffffffffff);
}

static const char *text(const char *config, int kind, const char *number)
{
  static char buf[TSP_WAVE_TEXT];

  return tsp_wave_text(tsp_config_find(config), NULL, kind, number, buf);
}

static void instructions_are_shown_as_their_text(void **state)
{
  (void)state;
  for (int i = 0; i < 2000; i++) {
    const uint64_t word = random_word();
    char number[32], expected[128];

    snprintf(number, sizeof number, "%s%016llX\n", i % 2 ? "$" : "", (unsigned long long)word);
    tsp_word_text(tsp_isa_builtin(), tsp_config_find("mini"), word, expected, sizeof expected);
    assert_string_equal(text("mini", TSP_WAVE_INSTR, number), expected);
  }
  assert_string_equal(text("mini", TSP_WAVE_INSTR, "0000000000000000"), "?Black? ");
}

/* The part of a text behind its `?colour?`. */
static const char *plain(const char *t)
{
  return t[0] == '?' ? strchr(t + 1, '?') + 1 : t;
}

static void data_is_shown_lane_by_lane_from_lane_0(void **state)
{
  (void)state; /* nano has 4 lanes */
  assert_string_equal(plain(text("nano", TSP_WAVE_HEX, "1ff02fe03")), "03 fe 02 ff");
  assert_string_equal(text("nano", TSP_WAVE_HEX, "0ff02fe03"), "?Black? ");
  assert_string_equal(plain(text("nano", TSP_WAVE_HEX, "10000000080000000ffffffff00000001")),
                      "00000001 ffffffff 80000000 00000000");
  assert_string_equal(plain(text("nano", TSP_WAVE_I32, "10000000080000000ffffffff00000001")), "1 -1 -2147483648 0");
  assert_string_equal(plain(text("nano", TSP_WAVE_STORE, "103c0ff02fe03")), "0x03c0 := 03 fe 02 ff");
  assert_string_equal(plain(text("nano", TSP_WAVE_LOAD, "10003ff02fe03")), "w3 := 03 fe 02 ff");
  assert_string_equal(plain(text("nano", TSP_WAVE_ENTRY, "1001100000004fffffffe0000000200000001")), "a17 := 1 2 -2 4");
}

static void values_of_each_type_are_shown_as_numbers(void **state)
{
  (void)state;
  assert_string_equal(plain(text("nano", TSP_WAVE_I8, "1ff02fe80")), "-128 -2 2 -1");
  assert_string_equal(plain(text("nano", TSP_WAVE_I16, "18000ffff00010064")), "100 1 -1 -32768");
  assert_string_equal(plain(text("nano", TSP_WAVE_F16, "17c00fbff3e000001")), "5.96e-08 1.5 -6.55e+04 inf");
  assert_string_equal(plain(text("nano", TSP_WAVE_F16, "17e00b8000400c000")), "-2 6.104e-05 -0.5 nan");
  assert_string_equal(plain(text("nano", TSP_WAVE_F32, "13f800000c2f6e979000000007f800000")), "inf 0 -123.46 1");
  assert_string_equal(plain(text("nano", TSP_WAVE_ENTRY_F32, "100113f800000c0000000000000003e800000")),
                      "a17 := 0.25 0 -2 1");
  /* narrow values in the 32 bits of an ALU's lane: the low bits count */
  assert_string_equal(plain(text("nano", TSP_WAVE_I8, "1000000ff00000002000000fe12345680")), "-128 -2 2 -1");
  assert_string_equal(plain(text("nano", TSP_WAVE_F16, "1000000000000b8000000400000003c00")), "1 2 -0.5 0");
  /* too narrow for the type, or no whole digits */
  assert_string_equal(text("nano", TSP_WAVE_F32, "17e00b8000400c000"), "17e00b8000400c000");
  assert_string_equal(text("nano", TSP_WAVE_F16, "1ff02fe80"), "1ff02fe80");
  assert_string_equal(text("nano", TSP_WAVE_I8, "1ff02fe8"), "1ff02fe8");
}

/* A queue of three words, the last a Repeat: of element [2, 0] once, then of [0, 1] on. */
static void dispatches_are_shown_with_their_element(void **state)
{
  const tsp_config *cfg = tsp_config_find("nano");
  const tsp_instr *repeat = tsp_isa_by_opcode(tsp_isa_builtin(), TSP_OP_REPEAT);
  uint64_t word[] = {0, (uint64_t)TSP_OP_READ << 56, tsp_word_set(repeat, (uint64_t)TSP_OP_REPEAT << 56, "n", 5)};
  tsp_debug line[] = {{.queue = 3, .word = 1, .tensor = 0, .first = 8}, {3, 2, 0, 0, 1, 4, 0}};
  tsp_tensor w = {.name = "w", .rank = 2, .shape = {3, 4}};
  tsp_queue_text queue[4] = {[3] = {.length = 3, .word = word}};
  const tsp_image image = {
      .tensor_count = 1, .tensor = &w, .queue_count = 4, .queue = queue, .debug_count = 2, .debug = line};
  char buf[TSP_WAVE_TEXT];
  struct {
    const char *number, *expected;
  } const shown[] = {
      {"10003000020000", "w[2, 0]"}, /* the word before pc */
      {"10003000020004", "w[0, 1]"}, /* first of five re-issues, four left */
      {"10003000020001", "w[3, 1]"}, /* fourth */
      {"10003000030000", "w[4, 1]"}, /* the last: pc has gone on */
  };

  (void)state;
  line[1].step = 4;
  w.shape[0] = 5;
  for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
    assert_string_equal(plain(tsp_wave_text(cfg, &image, TSP_WAVE_TENSOR, shown[i].number, buf)), shown[i].expected);
  assert_string_equal(tsp_wave_text(cfg, &image, TSP_WAVE_TENSOR, "00000000000000", buf), "?Black? ");
  assert_string_equal(tsp_wave_text(cfg, &image, TSP_WAVE_TENSOR, "10003000010000", buf), "?Black? "); /* no line */
  assert_string_equal(tsp_wave_text(cfg, &image, TSP_WAVE_TENSOR, "10003000090000", buf), "?Black? "); /* no word */
  assert_string_equal(tsp_wave_text(cfg, &image, TSP_WAVE_TENSOR, "10009000020000", buf), "?Black? "); /* no queue */
}

static void equal_data_has_equal_colours(void **state)
{
  char first[TSP_WAVE_TEXT];
  int differ = 0;

  (void)state;
  snprintf(first, sizeof first, "%s", text("nano", TSP_WAVE_HEX, "101020304"));
  assert_string_equal(text("nano", TSP_WAVE_HEX, "101020304"), first);
  for (int i = 0; i < 32; i++) {
    char number[16];

    snprintf(number, sizeof number, "1%08x", i + 1);
    const char *t = text("nano", TSP_WAVE_HEX, number);
    differ += strncmp(t, first, strcspn(first + 1, "?") + 1) != 0;
  }
  assert_true(differ > 10);
}

static void queues_and_faults_are_named(void **state)
{
  char expected[128];

  (void)state;
  assert_string_equal(text("mini", TSP_WAVE_QUEUE, "00000c00000000"), "12");
  assert_string_equal(text("mini", TSP_WAVE_QUEUE, "00000c00030000"), "12 idle 3");
  assert_string_equal(text("mini", TSP_WAVE_QUEUE, "00000c00030010"), "12 idle 3 left 16");
  assert_string_equal(plain(text("mini", TSP_WAVE_QUEUE, "10000c00000000")), "12 parked");
  assert_string_equal(plain(text("mini", TSP_WAVE_QUEUE, "20000c00000000")), "ended");
  assert_string_equal(plain(text("mini", TSP_WAVE_QUEUE, "30000c00000000")), "12 EMPTY");
  snprintf(expected, sizeof expected, "mem_w3: %s", tsp_fault_text(TSP_FAULT_STREAM));
  assert_string_equal(plain(text("mini", TSP_WAVE_FAULT, "020003")), expected);
  assert_string_equal(plain(text("mini", TSP_WAVE_FAULT, "05ffff")), "queue 65535: address out of range");
  assert_string_equal(text("mini", TSP_WAVE_FAULT, "000000"), "?Black? ");
}

static void junk_is_shown_as_it_came(void **state)
{
  static const char *const junk[] = {"xxxxxxxxxxxxxxxx", "zzzz", "", "\n", "11", "0x", "110000000000000011", "hello x"};
  char huge[5000];

  (void)state;
  memset(huge, 'f', sizeof huge - 1);
  huge[sizeof huge - 1] = '\0';
  for (int kind = 0; kind < TSP_WAVE_KINDS; kind++) {
    for (size_t i = 0; i < sizeof junk / sizeof junk[0]; i++) {
      const char *t = text("mini", kind, junk[i]);
      assert_true(t[0] != '\0' && !strchr(t, '\n'));
    }
    assert_int_equal(strlen(text("mini", kind, huge)), 64);
    for (int i = 0; i < 500; i++) {
      char noise[64];
      const size_t n = (size_t)(rng() % sizeof noise);
      for (size_t k = 0; k < n; k++)
        noise[k] = (char)(rng() % 255 + 1);
      noise[n ? n - 1 : 0] = '\0';
      const char *t = text("full", kind, noise);
      assert_true(t[0] != '\0' && strlen(t) < TSP_WAVE_TEXT && !strchr(t, '\n'));
    }
  }
  assert_string_equal(text("mini", TSP_WAVE_INSTR, "xxxxxxxxxxxxxxxx\n"), "xxxxxxxxxxxxxxxx");
}

/* The filter with its stdin and stdout as files; fails the test if it cannot be started. */
static pid_t open_filter(const char *argument, FILE **to, FILE **from)
{
  char path[4096];
  tsp_error err = {""};
  int in[2], out[2];
  pid_t child;

  if (tsp_savefile_filter(NULL, path, sizeof path, &err))
    fail_msg("%s", err.text);
  assert_int_equal(pipe(in) | pipe(out), 0);
  child = fork();
  assert_true(child >= 0);
  if (!child) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    close(in[1]);
    close(out[0]);
    execl(path, path, argument, (char *)NULL);
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  *to = fdopen(in[1], "w");
  *from = fdopen(out[0], "r");
  assert_true(*to && *from);
  return child;
}

static int close_filter(pid_t child, FILE *to, FILE *from)
{
  int status;

  fclose(to);
  assert_int_equal(waitpid(child, &status, 0), child);
  fclose(from);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void filter_answers_every_line_at_once(void **state)
{
  FILE *to, *from;
  pid_t child = open_filter("mini", &to, &from);
  char answer[1024], expected[128];

  (void)state;
  for (int i = 0; i < 200; i++) {
    const uint64_t word = random_word();

    if (i % 10 == 9)
      fprintf(to, "%s\n", i % 20 == 9 ? "xxxxxxxxxxxxxxxx" : "");
    else
      fprintf(to, "%016llx\n", (unsigned long long)word);
    fflush(to);
    assert_non_null(fgets(answer, sizeof answer, from)); /* would hang if it kept the line */
    answer[strcspn(answer, "\n")] = '\0';
    tsp_word_text(tsp_isa_builtin(), tsp_config_find("mini"), word, expected, sizeof expected);
    assert_string_equal(answer, i % 10 < 9 ? expected : i % 20 == 9 ? "xxxxxxxxxxxxxxxx" : "?Black? ");
  }
  assert_int_equal(close_filter(child, to, from), 0);
}

static void filter_refuses_what_it_does_not_know(void **state)
{
  static const char *const bad[] = {"nonsense", "mini:nonsense", "", ":hex"};
  FILE *to, *from;

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    pid_t child = open_filter(bad[i], &to, &from);
    assert_int_equal(close_filter(child, to, from), 2);
  }
  pid_t child = open_filter("mini:tensor:/nonexistent.tsp", &to, &from);
  assert_int_equal(close_filter(child, to, from), 1);
}

static int seed(void **state)
{
  const char *given = getenv("TSP_SEED");

  (void)state;
  rng_state = (given ? strtoull(given, NULL, 0) : 1) * 0x9e3779b97f4a7c15u | 1;
  print_message("seed %s\n", given ? given : "1");
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(instructions_are_shown_as_their_text),
      cmocka_unit_test(data_is_shown_lane_by_lane_from_lane_0),
      cmocka_unit_test(values_of_each_type_are_shown_as_numbers),
      cmocka_unit_test(dispatches_are_shown_with_their_element),
      cmocka_unit_test(equal_data_has_equal_colours),
      cmocka_unit_test(queues_and_faults_are_named),
      cmocka_unit_test(junk_is_shown_as_it_came),
      cmocka_unit_test(filter_answers_every_line_at_once),
      cmocka_unit_test(filter_refuses_what_it_does_not_know),
  };
  return cmocka_run_group_tests(tests, seed, NULL);
}
