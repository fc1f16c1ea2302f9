/* SPDX-License-Identifier: Apache-2.0 */
/* test_savefile.c - what a save file chooses to show, and where its markers stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "activity.h"
#include "nets.h"
#include "savefile.h"
#include "tsp_case.h"
#include "types.h"

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

static bool reads(const tsp_dispatch *d)
{
  int opcode = tsp_word_opcode(d->text);
  return opcode == TSP_OP_READ || opcode == TSP_OP_READWRITE;
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
    assert_true(reads(chain[0]));
    assert_int_equal(tsp_word_opcode(chain[n - 1]->text), TSP_OP_WRITE);
    check_chain(cfg, chain, n);
    n = tsp_activity_chain(cfg, &a, tsp_activity_last(&a, TSP_OP_LW, 0), chain, 16);
    assert_int_equal(n, 2);
    assert_true(reads(chain[0]));
    check_chain(cfg, chain, n);
    tsp_activity_free(&a);
    free_run(&run);
  }
}

/* A save file of one case's first program, and what to compare it with. */
typedef struct {
  const tsp_config *cfg;
  tsp_run run;
  tsp_activity did;
  char folder[32], path[64], *text; /* the save file, and its text */
} rig;

static void open_rig(rig *r, const char *config, const char *name)
{
  tsp_error err = {""};

  memset(r, 0, sizeof *r);
  r->cfg = tsp_config_find(config);
  for (int i = 0; i < tsp_case_count; i++)
    if (strcmp(tsp_cases[i]->name, name) == 0 && tsp_cases[i]->make(r->cfg, 1, 0, &r->run, &err))
      fail_msg("%s", err.text);
  assert_non_null(r->run.image);
  assert_int_equal(tsp_activity_record(r->cfg, r->run.image, 0, UINT64_MAX, &r->did, &err), TSP_OK);
  strcpy(r->folder, "/tmp/tsp-gtkw-XXXXXX");
  assert_non_null(mkdtemp(r->folder));
  snprintf(r->path, sizeof r->path, "%s/waves.gtkw", r->folder);
}

static void close_rig(rig *r)
{
  tsp_activity_free(&r->did);
  free_run(&r->run);
  free(r->text);
  unlink(r->path);
  assert_int_equal(rmdir(r->folder), 0); /* nothing else was left there */
}

static const char *write_view(rig *r, tsp_savefile s)
{
  tsp_error err = {""};
  size_t size = 0;
  FILE *f;

  s.fst = "waves.fst";
  if (tsp_savefile_write(r->cfg, &s, r->path, &err))
    fail_msg("%s", err.text);
  free(r->text);
  r->text = NULL;
  f = fopen(r->path, "r");
  assert_non_null(f);
  assert_true(getdelim(&r->text, &size, '\0', f) > 0);
  fclose(f);
  return r->text;
}

static int count_of(const char *text, const char *what)
{
  int n = 0;

  for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
    n++;
  return n;
}

static bool used(const rig *r, int queue)
{
  for (size_t i = 0; i < r->did.count; i++)
    if (r->did.at[i].queue == queue)
      return true;
  return false;
}

/* The row of a queue's instructions in a superlane. */
static bool shows(const rig *r, int queue, int superlane)
{
  char net[TSP_NET_NAME + 1];

  tsp_net_name(r->cfg, (tsp_net){.net = TSP_NET_INSTR, .i = queue, .superlane = superlane}, net);
  return strstr(r->text, strcat(net, "\n")) != NULL;
}

static void queues_in_use_are_shown_and_no_others(void **state)
{
  rig r;

  (void)state;
  for (int k = 0; k < tsp_config_count(); k++) {
    open_rig(&r, tsp_config_at(k)->name, "mxm_gemm");
    for (int view = 0; view < TSP_VIEWS_OF_WAVES; view++) {
      if (view == TSP_VIEW_SLICE || view == TSP_VIEW_STREAM)
        continue;
      write_view(&r, (tsp_savefile){.view = view, .image = r.run.image, .cursor = TSP_CURSOR_FIND});
      for (int q = 0; q < r.cfg->queues; q++)
        assert_int_equal(shows(&r, q, 0), used(&r, q));
    }
    close_rig(&r);
  }
}

static void one_slice_shows_its_queues_in_every_superlane(void **state)
{
  rig r;

  (void)state;
  open_rig(&r, "mini", "mxm_gemm");
  write_view(&r, (tsp_savefile){.view = TSP_VIEW_SLICE, .image = r.run.image, .slice = "mxm0"});
  for (int q = 0; q < r.cfg->queues; q++)
    assert_int_equal(shows(&r, q, 0), used(&r, q) && q >= r.cfg->q_mxm && q < r.cfg->q_mxm + 3);
  for (int n = 0; n < r.cfg->superlanes; n++) {
    char net[TSP_NET_NAME];

    assert_non_null(strstr(r.text, tsp_net_name(r.cfg, (tsp_net){TSP_NET_ENTRY, 0, n, {0}}, net)));
  }
  close_rig(&r);
}

static void one_stream_shows_who_drives_and_takes_it(void **state)
{
  rig r;

  (void)state;
  open_rig(&r, "mini", "mxm_gemm");
  for (int direction = TSP_EAST; direction <= TSP_WEST; direction++)
    for (int s = 0; s < r.cfg->streams; s += 5) {
      write_view(&r, (tsp_savefile){.view = TSP_VIEW_STREAM,
                                    .image = r.run.image,
                                    .has_stream = true,
                                    .direction = direction,
                                    .stream = s,
                                    .superlane = 1});
      bool uses[1024] = {false};
      int group = 1; /* streams of the value that this one belongs to */

      for (size_t i = 0; i < r.did.count; i++) {
        tsp_stream_use use[TSP_MAX_USES];

        for (int u = tsp_stream_uses(r.cfg, r.did.at[i].text, use); u-- > 0;)
          if (use[u].direction == direction && use[u].base <= s && s < use[u].base + use[u].count) {
            uses[r.did.at[i].queue] = true;
            group = use[u].count == 2 || use[u].count == 4 ? use[u].count : group;
          }
      }
      for (int q = 0; q < r.cfg->queues && group == 1; q++)
        assert_int_equal(shows(&r, q, 1), uses[q]);
      for (int q = 0; q < r.cfg->queues; q++)
        assert_true(shows(&r, q, 1) || !uses[q]);
    }
  close_rig(&r);
}

static void one_superlane_shows_no_other(void **state)
{
  rig r;

  (void)state;
  open_rig(&r, "mini", "mxm_gemm");
  for (int n = 0; n < r.cfg->superlanes; n++) {
    char net[32];
    const char *text = write_view(
        &r,
        (tsp_savefile){.view = TSP_VIEW_SUPERLANE, .image = r.run.image, .cursor = TSP_CURSOR_FIND, .superlane = n});

    snprintf(net, sizeof net, "g_superlane[%d]", n);
    assert_true(count_of(text, net) > 40);
    assert_int_equal(count_of(text, net), count_of(text, "g_superlane["));
  }
  close_rig(&r);
}

static void values_are_shown_in_the_type_that_the_program_gives_them(void **state)
{
  const struct {
    const char *name, *row, *kind;
  } shown[] = {{"vxm_fp32", "result f32", "mini:f32"},
               {"mxm_gemm_f16", "product f32", "mini:f32"},
               {"mxm_gemm_f16", "accumulator", "mini:entry.f32"},
               {"mxm_gemm", "product i32", "mini:i32"},
               {"mxm_gemm", "activations i8", "mini:i8"}};
  rig r;

  (void)state;
  for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
    open_rig(&r, "mini", shown[i].name);
    const char *text = write_view(&r, (tsp_savefile){.view = TSP_VIEW_SUPERLANE, .image = r.run.image});
    const char *row = strstr(text, shown[i].row), *filter = row;

    assert_non_null(row);
    while (filter > text && strncmp(filter, "^>1", 3) != 0)
      filter--;
    const char *kind = strstr(filter, shown[i].kind);
    if (!kind || kind > row)
      fail_msg("%s: %s is not shown as %s", shown[i].name, shown[i].row, shown[i].kind);
    close_rig(&r);
  }
}

static void types_are_those_of_the_instructions(void **state)
{
  const tsp_config *cfg = tsp_config_find("mini");
  const tsp_tensor halves = {.name = "h", .type = TSP_F16};
  tsp_types t = {{0}, {0}, {{0}}};

  (void)state;
  tsp_types_add(cfg, &t, cfg->q_vxm, word_of("vxm0", "Cvt.i32.f16 s8..11.e -> s4..5.w"), NULL);
  assert_int_equal(t.stream[TSP_EAST][8] & t.stream[TSP_EAST][11], 1 << TSP_I32);
  assert_int_equal(t.stream[TSP_WEST][4] & t.stream[TSP_WEST][5], 1 << TSP_F16);
  assert_int_equal(t.result[0], 1 << TSP_F16);
  tsp_types_add(cfg, &t, cfg->q_vxm + 1, word_of("vxm1", "Mov.i16 s6..7.e -> alu"), &halves);
  assert_int_equal(t.result[1], 1 << TSP_F16); /* a copy of what is in the tensor */
  tsp_types_add(cfg, &t, cfg->q_vxm + 2, word_of("vxm2", "Mov.i32 s0..3.e -> alu"), &halves);
  assert_int_equal(t.result[2], 0); /* not as wide: nothing is known */
  tsp_types_add(cfg, &t, cfg->q_vxm + 3, word_of("vxm3", "Add.sat.i8 s25.e, #5 -> s26.e"), NULL);
  assert_int_equal(t.stream[TSP_EAST][26], 1 << TSP_I8);
  tsp_types_add(cfg, &t, cfg->q_mxm + 2, word_of("mxm0_c", "ACC.out -> s16..19.e"), NULL);
  assert_int_equal(t.stream[TSP_EAST][16], 1 << TSP_I32);
  tsp_types_add(cfg, &t, cfg->q_mxm + 1, word_of("mxm0_a", "ABC.f16 s6..7.w"), NULL);
  tsp_types_add(cfg, &t, cfg->q_mxm + 2, word_of("mxm0_c", "ACC.out -> s20..23.e"), NULL);
  assert_int_equal(t.stream[TSP_EAST][20], 1 << TSP_F32);
}

/* The cycle of the marker that says `what`, -1 if none does. Every marker is checked: in order, of letters from A on.
 */
static int64_t marker(const rig *r, const char *what)
{
  const char *times = strstr(r->text, "\n*") + 2, *name = r->text;
  int64_t at = -1, before = -1;
  char *end;

  strtod(times, &end);
  strtoull(end, &end, 10); /* the cursor */
  for (char letter = 'A'; (name = strstr(name, "[markername] ")) != NULL; letter++) {
    const int64_t time = (int64_t)strtoull(end, &end, 10);

    name += strlen("[markername] ");
    assert_in_range(letter, 'A', 'Z');
    assert_int_equal(*name, letter);
    assert_true(time > before && time % TSP_PS_PER_CYCLE == 0);
    before = time;
    const char *found = strstr(++name, what), *line = strchr(name, '\n');
    const char after = found ? found[strlen(what)] : 0;
    if (found && found < line && (after == '\n' || after == ','))
      at = time / TSP_PS_PER_CYCLE;
  }
  assert_int_equal(*end, '\n'); /* no time without a name */
  return at;
}

static void markers_stand_at_the_events_of_the_program(void **state)
{
  rig r;
  char what[80];

  (void)state;
  open_rig(&r, "mini", "mxm_gemm");
  for (int n = 0; n < 3; n += 2) {
    write_view(&r,
               (tsp_savefile){
                   .view = TSP_VIEW_QUEUES, .image = r.run.image, .superlane = n, .diverged = true, .diverged_at = 31});
    assert_int_equal(marker(&r, "start"), 0);
    assert_int_equal(marker(&r, "diverged"), 31);
    assert_int_equal(marker(&r, "end"), r.run.image->cycles_predicted);
    for (int t = 0; t < r.run.image->tensor_count; t++) { /* as the compiler predicted */
      int64_t first = INT64_MAX;

      for (int i = 0; i < r.run.image->debug_count; i++)
        if (r.run.image->debug[i].tensor == t && (int64_t)r.run.image->debug[i].cycle < first)
          first = (int64_t)r.run.image->debug[i].cycle;
      snprintf(what, sizeof what, "first %s", r.run.image->tensor[t].name);
      assert_int_equal(marker(&r, what), first == INT64_MAX ? -1 : first + n);
    }
  }
  close_rig(&r);
}

/* The program with other text in two queues: one parks, the other notifies. */
/* What begins before the window, or goes on behind it, has no marker in it. */
static void markers_of_a_window_are_those_of_the_whole_program(void **state)
{
  rig r;

  (void)state;
  open_rig(&r, "mini", "mxm_gemm");
  const uint64_t first = r.did.tensor[0].first, last = r.did.tensor[0].last;
  assert_true(first + 10 < last && last + 10 < r.run.image->cycles_predicted);
  char begins[80], ends[80];
  snprintf(begins, sizeof begins, "first %s", r.run.image->tensor[0].name);
  snprintf(ends, sizeof ends, "last %s", r.run.image->tensor[0].name);
  tsp_savefile s = {.view = TSP_VIEW_QUEUES, .image = r.run.image, .from = first + 1, .cycles = last - first - 5};
  write_view(&r, s);
  assert_int_equal(marker(&r, "start"), -1);
  assert_int_equal(marker(&r, begins), -1);
  assert_int_equal(marker(&r, ends), -1);
  s.cycles = UINT64_MAX - s.from;
  write_view(&r, s);
  assert_int_equal(marker(&r, begins), -1);
  assert_int_equal(marker(&r, ends), last);
  close_rig(&r);
}

static void a_barrier_has_a_marker_when_it_lets_go(void **state)
{
  rig r;
  tsp_error err = {""};
  enum { NOTIFY_AT = 7 };

  (void)state;
  open_rig(&r, "nano", "vxm_int");
  tsp_image *image;
  assert_int_equal(tsp_image_new(r.cfg, "barrier", &image), TSP_OK);
  const char *const text[2][3] = {{"Sync", "End"}, {"NOP 7", "Notify", "End"}};
  for (int q = 0; q < 2; q++) {
    image->queue[q].word = calloc(3, sizeof(uint64_t));
    assert_non_null(image->queue[q].word);
    for (int i = 0; i < 3 && text[q][i]; i++)
      assert_int_equal(tsp_word_parse(tsp_isa_builtin(), r.cfg, q, text[q][i],
                                      &image->queue[q].word[image->queue[q].length++], &err),
                       TSP_OK);
  }
  write_view(&r, (tsp_savefile){.view = TSP_VIEW_QUEUES, .image = image});
  assert_int_equal(marker(&r, "barrier"), NOTIFY_AT + r.cfg->barrier);
  assert_int_equal(marker(&r, "deskew"), -1);
  tsp_image_free(image);
  close_rig(&r);
}

static void a_fault_has_a_marker_where_it_was_seen(void **state)
{
  rig r;

  (void)state;
  open_rig(&r, "nano", "vxm_int");
  tsp_image *image;
  assert_int_equal(tsp_image_new(r.cfg, "fault", &image), TSP_OK);
  image->queue[1].word = calloc(1, sizeof(uint64_t));
  image->queue[1].word[0] = (uint64_t)TSP_OP_NOP << 56 | 5;
  image->queue[1].length = 1; /* and no End: empty after five cycles */
  write_view(&r, (tsp_savefile){.view = TSP_VIEW_QUEUES, .image = image});
  assert_int_equal(marker(&r, "fault"), 5);
  assert_int_equal(marker(&r, "end"), -1);
  tsp_image_free(image);
  close_rig(&r);
}

static void more_events_than_letters_are_counted(void **state)
{
  rig r;

  (void)state;
  open_rig(&r, "mini", "transformer_block");
  const char *text = write_view(&r, (tsp_savefile){.view = TSP_VIEW_QUEUES, .image = r.run.image});
  assert_int_equal(marker(&r, "start"), 0);
  assert_int_equal(marker(&r, "end"), r.run.image->cycles_predicted);
  assert_int_equal(count_of(text, "[markername]"), 26);
  assert_non_null(strstr(text, " more events have no marker"));
  close_rig(&r);
}

static void savefile_follows_the_given_instruction(void **state)
{
  rig r;
  char name[16];

  (void)state;
  open_rig(&r, "mini", "mxm_gemm");
  for (int q = 0; q < r.cfg->queues; q++) { /* the last dispatch of each queue that has one */
    const tsp_dispatch *d = NULL;

    for (size_t i = 0; i < r.did.count; i++)
      d = r.did.at[i].queue == q ? &r.did.at[i] : d;
    if (!d)
      continue;
    write_view(&r, (tsp_savefile){.image = r.run.image, .instr = d, .cursor = d->cycle + 1});
    assert_int_equal(marker(&r, tsp_queue_name(r.cfg, q, name)), d->cycle);
  }
  close_rig(&r);
}

static void streams_are_named_as_in_assembly(void **state)
{
  static const char *const bad[] = {"", "s", "s4", "s32.e", "4.e", "s4.n", "s4.e ", "s4.east", "s-1.e", "s 4.e"};
  const tsp_config *cfg = tsp_config_find("mini");
  int direction, stream;
  tsp_error err;

  (void)state;
  assert_int_equal(tsp_stream_parse(cfg, "s4.e", &direction, &stream, &err), TSP_OK);
  assert_true(direction == TSP_EAST && stream == 4);
  assert_int_equal(tsp_stream_parse(cfg, "s31.w", &direction, &stream, &err), TSP_OK);
  assert_true(direction == TSP_WEST && stream == 31);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    assert_int_equal(tsp_stream_parse(cfg, bad[i], &direction, &stream, &err), TSP_ERANGE);
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
  s.has_queue = true;
  s.queue = cfg->queues;
  assert_int_equal(tsp_savefile_write(cfg, &s, path, &err), TSP_ERANGE);
  s.has_queue = false;
  s.slice = "mem_w99";
  assert_int_equal(tsp_savefile_write(cfg, &s, path, &err), TSP_ERANGE);
  assert_non_null(strstr(err.text, "mem_w99"));
  s.slice = NULL;
  s.filter = "/nonexistent/tsp-filter";
  assert_int_equal(tsp_savefile_write(cfg, &s, path, &err), TSP_EIO);
  assert_non_null(strstr(err.text, "/nonexistent/tsp-filter"));
  s.filter = NULL;
  assert_int_equal(tsp_savefile_write(cfg, &s, "/nonexistent/waves.gtkw", &err), TSP_EIO);
  assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(streams_of_an_instruction_are_known),
      cmocka_unit_test(chains_lead_from_memory_to_memory),
      cmocka_unit_test(queues_in_use_are_shown_and_no_others),
      cmocka_unit_test(one_slice_shows_its_queues_in_every_superlane),
      cmocka_unit_test(one_stream_shows_who_drives_and_takes_it),
      cmocka_unit_test(one_superlane_shows_no_other),
      cmocka_unit_test(values_are_shown_in_the_type_that_the_program_gives_them),
      cmocka_unit_test(types_are_those_of_the_instructions),
      cmocka_unit_test(markers_stand_at_the_events_of_the_program),
      cmocka_unit_test(markers_of_a_window_are_those_of_the_whole_program),
      cmocka_unit_test(a_barrier_has_a_marker_when_it_lets_go),
      cmocka_unit_test(a_fault_has_a_marker_where_it_was_seen),
      cmocka_unit_test(more_events_than_letters_are_counted),
      cmocka_unit_test(savefile_follows_the_given_instruction),
      cmocka_unit_test(streams_are_named_as_in_assembly),
      cmocka_unit_test(savefile_errors_leave_nothing_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
