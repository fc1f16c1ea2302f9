/* SPDX-License-Identifier: Apache-2.0 */
/* test_wave_text.c - what the waves show in place of numbers, the filter process that shows it, and what a save file
 * chooses to show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "activity.h"
#include "savefile.h"
#include "tsp_case.h"
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

  return tsp_wave_text(tsp_config_find(config), kind, number, buf);
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
  assert_string_equal(plain(text("nano", TSP_WAVE_BYTES, "1ff02fe03")), "03 fe 02 ff");
  assert_string_equal(text("nano", TSP_WAVE_BYTES, "0ff02fe03"), "?Black? ");
  assert_string_equal(plain(text("nano", TSP_WAVE_WORDS, "10000000080000000ffffffff00000001")),
                      "00000001 ffffffff 80000000 00000000");
  assert_string_equal(plain(text("nano", TSP_WAVE_INTS, "10000000080000000ffffffff00000001")), "1 -1 -2147483648 0");
  assert_string_equal(plain(text("nano", TSP_WAVE_STORE, "103c0ff02fe03")), "0x03c0 := 03 fe 02 ff");
  assert_string_equal(plain(text("nano", TSP_WAVE_LOAD, "10003ff02fe03")), "w3 := 03 fe 02 ff");
  assert_string_equal(plain(text("nano", TSP_WAVE_ENTRY, "1001100000004fffffffe0000000200000001")), "a17 := 1 2 -2 4");
}

static void equal_data_has_equal_colours(void **state)
{
  char first[TSP_WAVE_TEXT];
  int differ = 0;

  (void)state;
  snprintf(first, sizeof first, "%s", text("nano", TSP_WAVE_BYTES, "101020304"));
  assert_string_equal(text("nano", TSP_WAVE_BYTES, "101020304"), first);
  for (int i = 0; i < 32; i++) {
    char number[16];

    snprintf(number, sizeof number, "1%08x", i + 1);
    const char *t = text("nano", TSP_WAVE_BYTES, number);
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
  static const char *const bad[] = {"nonsense", "mini:nonsense", "", ":bytes"};
  FILE *to, *from;

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    pid_t child = open_filter(bad[i], &to, &from);
    assert_int_equal(close_filter(child, to, from), 2);
  }
}

static uint64_t word_of(const char *queue, const char *instr)
{
  const tsp_config *cfg = tsp_config_find("mini");
  tsp_error err = {""};
  uint64_t word = 0;

  if (tsp_word_parse(tsp_isa_builtin(), cfg, tsp_queue_find(cfg, queue), instr, &word, &err))
    fail_msg("%s: %s", instr, err.text);
  return word;
}

static void check_uses(uint64_t word, int n, const tsp_stream_use *expected)
{
  tsp_stream_use use[TSP_MAX_USES];

  assert_int_equal(tsp_stream_uses(tsp_config_find("mini"), word, use), n);
  for (int i = 0; i < n; i++) {
    assert_int_equal(use[i].direction, expected[i].direction);
    assert_int_equal(use[i].base, expected[i].base);
    assert_int_equal(use[i].count, expected[i].count);
    assert_int_equal(use[i].drives, expected[i].drives);
  }
}

static void streams_of_an_instruction_are_known(void **state)
{
  (void)state;
  check_uses(word_of("mem_e0", "ReadWrite 0x0001 -> s4.e, s7.w -> 0x0900"), 2,
             (tsp_stream_use[]){{TSP_WEST, 7, 1, false}, {TSP_EAST, 4, 1, true}});
  check_uses(word_of("mxm0_w", "LW s16..31.w, w3"), 1, (tsp_stream_use[]){{TSP_WEST, 16, 16, false}});
  check_uses(word_of("mxm0_w", "IW"), 0, NULL);
  check_uses(word_of("mxm0_a", "ABC.f16 s6..7.w"), 1, (tsp_stream_use[]){{TSP_WEST, 6, 2, false}});
  check_uses(word_of("mem_w0", "Gather s4..5.w -> s9.e"), 2,
             (tsp_stream_use[]){{TSP_WEST, 4, 2, false}, {TSP_EAST, 9, 1, true}});
  check_uses(word_of("mem_w0", "Scatter s9.e -> s4..5.w"), 2,
             (tsp_stream_use[]){{TSP_EAST, 9, 1, false}, {TSP_WEST, 4, 2, false}});
  check_uses(word_of("sxm_w_s0", "Select s5.e, 17, m7 -> s6.w"), 2,
             (tsp_stream_use[]){{TSP_EAST, 5, 1, false}, {TSP_WEST, 6, 1, true}});
  check_uses(word_of("sxm_w_p", "Map.permute s4..5.e -> m0"), 1, (tsp_stream_use[]){{TSP_EAST, 4, 2, false}});
  check_uses(word_of("sxm_w_d", "Rotate s5.e, 3 -> s16..31.w"), 2,
             (tsp_stream_use[]){{TSP_EAST, 5, 1, false}, {TSP_WEST, 16, 9, true}});
  check_uses(word_of("sxm_w_t1", "Transpose s0..15.e -> s16..31.w"), 2,
             (tsp_stream_use[]){{TSP_EAST, 0, 16, false}, {TSP_WEST, 16, 16, true}});
  check_uses(word_of("c2c_e0", "Receive -> s3.w"), 1, (tsp_stream_use[]){{TSP_WEST, 3, 1, true}});
  check_uses(word_of("mxm0_c", "ACC.out -> s8..11.e"), 1, (tsp_stream_use[]){{TSP_EAST, 8, 4, true}});
  check_uses(word_of("vxm0", "Add.i32 s8..11.e, alu1 -> s0..3.w"), 2,
             (tsp_stream_use[]){{TSP_EAST, 8, 4, false}, {TSP_WEST, 0, 4, true}});
  check_uses(word_of("vxm0", "Mov.i8 #5 -> alu"), 0, NULL);
}

static void make_run(const tsp_config *cfg, tsp_run *run)
{
  tsp_error err = {""};

  memset(run, 0, sizeof *run);
  if (tsp_cases[0]->make(cfg, 1, 0, run, &err))
    fail_msg("%s", err.text);
}

static void free_run(tsp_run *run)
{
  tsp_image_free(run->image);
  run->free(run->ctx);
}

/* Each link of a chain hands a value on: in time, and through a stream of the right direction where there is one. */
static void check_chain(const tsp_config *cfg, const tsp_dispatch *const *chain, size_t n)
{
  for (size_t i = 0; i + 1 < n; i++) {
    tsp_stream_use link;
    const int from = tsp_queue_column(cfg, chain[i]->queue), to = tsp_queue_column(cfg, chain[i + 1]->queue);

    assert_true(chain[i]->cycle < chain[i + 1]->cycle);
    if (!tsp_activity_link(cfg, chain[i], chain[i + 1], &link))
      continue;
    assert_true(link.direction == TSP_EAST ? from <= to : from >= to);
    assert_int_equal(
        chain[i + 1]->cycle - chain[i]->cycle,
        (uint64_t)(tsp_isa_d_func(tsp_isa_builtin(), cfg, tsp_word_opcode(chain[i]->text)) + abs(to - from)));
  }
}

static void chains_lead_from_memory_to_memory(void **state)
{
  (void)state;
  for (int k = 0; k < tsp_config_count(); k++) {
    const tsp_config *cfg = tsp_config_at(k);
    const tsp_dispatch *chain[16];
    tsp_activity a = {0};
    tsp_error err = {""};
    tsp_run run;
    size_t n;

    make_run(cfg, &run);
    assert_int_equal(tsp_activity_record(cfg, run.image, 0, UINT64_MAX, &a, &err), TSP_OK);
    n = tsp_activity_chain(cfg, &a, tsp_activity_last(&a, TSP_OP_WRITE, UINT64_MAX), chain, 16);
    assert_in_range(n, 4, 16); /* Read, ABC, ACC, Write, and VXM between */
    assert_int_equal(tsp_word_opcode(chain[0]->text), TSP_OP_READ);
    assert_int_equal(tsp_word_opcode(chain[n - 1]->text), TSP_OP_WRITE);
    check_chain(cfg, chain, n);
    n = tsp_activity_chain(cfg, &a, tsp_activity_last(&a, TSP_OP_LW, 0), chain, 16);
    assert_int_equal(n, 2);
    assert_int_equal(tsp_word_opcode(chain[0]->text), TSP_OP_READ);
    check_chain(cfg, chain, n);
    tsp_activity_free(&a);
    free_run(&run);
  }
}

/* The last line of a file that begins with the text, without it; fails the test if there is none. */
static char *last_line(const char *path, const char *begin, char *buf, size_t room)
{
  char *line = NULL;
  size_t size = 0;
  FILE *f = fopen(path, "r");

  assert_non_null(f);
  buf[0] = '\0';
  while (getline(&line, &size, f) > 0)
    if (strncmp(line, begin, strlen(begin)) == 0)
      snprintf(buf, room, "%.*s", (int)strcspn(line + strlen(begin), "\n"), line + strlen(begin));
  assert_true(buf[0] != '\0');
  free(line);
  fclose(f);
  return buf;
}

static void savefile_follows_the_given_instruction(void **state)
{
  const tsp_config *cfg = tsp_config_find("mini");
  char folder[] = "/tmp/tsp-gtkw-XXXXXX", path[64], marker[64], name[16];
  tsp_activity a = {0};
  tsp_error err = {""};
  tsp_run run;

  (void)state;
  make_run(cfg, &run);
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/waves.gtkw", folder);
  assert_int_equal(tsp_activity_record(cfg, run.image, 0, UINT64_MAX, &a, &err), TSP_OK);
  for (int q = 0; q < cfg->queues; q++) { /* the last dispatch of each queue that has one */
    const tsp_dispatch *d = NULL;

    for (size_t i = 0; i < a.count; i++)
      d = a.at[i].queue == q ? &a.at[i] : d;
    if (!d)
      continue;
    const tsp_savefile s = {.fst = "waves.fst", .image = run.image, .instr = d, .cursor = d->cycle + 1};
    if (tsp_savefile_write(cfg, &s, path, &err))
      fail_msg("%s", err.text);
    assert_string_equal(last_line(path, "[markername] ", marker, sizeof marker) + 1, tsp_queue_name(cfg, q, name));
  }
  tsp_activity_free(&a);
  free_run(&run);
  unlink(path);
  assert_int_equal(rmdir(folder), 0);
}

static void savefile_errors_leave_nothing_behind(void **state)
{
  const tsp_config *cfg = tsp_config_find("mini");
  tsp_savefile s = {.fst = "waves.fst"};
  char folder[] = "/tmp/tsp-gtkw-XXXXXX", path[64];
  tsp_error err = {""};

  (void)state;
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/waves.gtkw", folder);
  s.superlane = cfg->superlanes;
  assert_int_equal(tsp_savefile_write(cfg, &s, path, &err), TSP_ERANGE);
  s.superlane = 0;
  s.has_stream = true;
  s.stream = cfg->streams;
  assert_int_equal(tsp_savefile_write(cfg, &s, path, &err), TSP_ERANGE);
  s.stream = 0;
  s.filter = "/nonexistent/tsp-filter";
  assert_int_equal(tsp_savefile_write(cfg, &s, path, &err), TSP_EIO);
  assert_non_null(strstr(err.text, "/nonexistent/tsp-filter"));
  s.filter = NULL;
  assert_int_equal(tsp_savefile_write(cfg, &s, "/nonexistent/waves.gtkw", &err), TSP_EIO);
  assert_int_equal(rmdir(folder), 0);
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
      cmocka_unit_test(equal_data_has_equal_colours),
      cmocka_unit_test(queues_and_faults_are_named),
      cmocka_unit_test(junk_is_shown_as_it_came),
      cmocka_unit_test(filter_answers_every_line_at_once),
      cmocka_unit_test(filter_refuses_what_it_does_not_know),
      cmocka_unit_test(streams_of_an_instruction_are_known),
      cmocka_unit_test(chains_lead_from_memory_to_memory),
      cmocka_unit_test(savefile_follows_the_given_instruction),
      cmocka_unit_test(savefile_errors_leave_nothing_behind),
  };
  return cmocka_run_group_tests(tests, seed, NULL);
}
