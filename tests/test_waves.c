/* SPDX-License-Identifier: Apache-2.0 */
/* test_waves.c - the waves of a real run, and the save file that shows them, on the configuration that this program is
 * linked with: the FST is read back with fst2vcd and compared with the engine's views and the golden model's
 * dispatches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "nets.h"
#include "savefile.h"
#include "tsp_case.h"
#include "tsp_csim.h"
#include "tsp_golden.h"
#include "vcd.h"
#include "wave_text.h"

enum { WINDOW = 160 }; /* cycles in the FST that the tests look into, from 0 on */

/* One run with waves, shared by the tests, and what the engine's views showed meanwhile. */
typedef struct {
  const tsp_config *cfg;
  tsp_run run;
  char folder[32], fst[64], gtkw[64];
  uint64_t cycles; /* in the FST */
  uint32_t *valid; /* [cycle][direction][column][superlane] */
  uint8_t *data;   /* the same, [streams][lanes] each */
  vcd *waves;
} rig;

static const tsp_config *linked_config(void)
{
  for (int i = 0; i < tsp_config_count(); i++) {
    tsp_engine *e = NULL;

    if (tsp_csim_open(tsp_config_at(i), 1, &e) == TSP_OK) {
      tsp_engine_close(e);
      return tsp_config_at(i);
    }
  }
  fail_msg("no configuration opens");
  return NULL;
}

static size_t tile(const rig *r, uint64_t cycle, int direction, int column, int superlane)
{
  return ((cycle * 2 + (uint64_t)direction) * (uint64_t)r->cfg->columns + (uint64_t)column) *
             (uint64_t)r->cfg->superlanes +
         (uint64_t)superlane;
}

static void note_views(rig *r, const tsp_engine *e, uint64_t cycle)
{
  const size_t bytes = (size_t)(r->cfg->streams * r->cfg->lanes);

  for (int d = TSP_EAST; d <= TSP_WEST; d++)
    for (int c = 0; c < r->cfg->columns; c++)
      for (int n = 0; n < r->cfg->superlanes; n++) {
        const tsp_tile_view v = tsp_engine_tile(e, d, c, n);

        r->valid[tile(r, cycle, d, c, n)] = v.valid;
        memcpy(r->data + tile(r, cycle, d, c, n) * bytes, v.data, bytes);
      }
}

/* Runs the first case's first program with waves of its first cycles. */
static void run_with_waves(rig *r)
{
  const size_t tiles = (size_t)(2 * r->cfg->columns * r->cfg->superlanes);
  tsp_error err = {""};
  tsp_engine *e = NULL;

  assert_int_equal(tsp_csim_open(r->cfg, 1, &e), TSP_OK);
  if (tsp_engine_load(e, r->run.image, &err))
    fail_msg("%s", err.text);
  r->valid = calloc(WINDOW * tiles, sizeof *r->valid);
  r->data = calloc(WINDOW * tiles, (size_t)(r->cfg->streams * r->cfg->lanes));
  assert_true(r->valid && r->data);
  assert_int_equal(tsp_csim_waves(e, r->fst), TSP_OK);
  assert_int_equal(tsp_engine_start(e), TSP_OK);
  for (r->cycles = 0; r->cycles < WINDOW && !tsp_engine_csr(e).done; r->cycles++) {
    assert_int_equal(tsp_engine_step(e, 1, NULL), TSP_OK);
    note_views(r, e, r->cycles);
  }
  assert_int_equal(tsp_csim_waves(e, NULL), TSP_OK);
  tsp_engine_close(e);
}

static int set_up(void **state)
{
  rig *r = calloc(1, sizeof *r);
  tsp_error err = {""};

  assert_non_null(r);
  r->cfg = linked_config();
  strcpy(r->folder, "/tmp/tsp-waves-XXXXXX");
  assert_non_null(mkdtemp(r->folder));
  snprintf(r->fst, sizeof r->fst, "%s/waves.fst", r->folder);
  snprintf(r->gtkw, sizeof r->gtkw, "%s/waves.gtkw", r->folder);
  if (tsp_cases[0]->make(r->cfg, 1, 0, &r->run, &err))
    fail_msg("%s", err.text);
  run_with_waves(r);
  r->waves = vcd_read(r->fst);
  *state = r;
  return 0;
}

static int tear_down(void **state)
{
  rig *r = *state;

  unlink(r->fst);
  unlink(r->gtkw);
  rmdir(r->folder);
  vcd_free(r->waves);
  tsp_image_free(r->run.image);
  r->run.free(r->run.ctx);
  free(r->valid);
  free(r->data);
  free(r);
  return 0;
}

static void write_savefile(const rig *r, int view, const tsp_image *image, uint64_t cursor, int superlane)
{
  const tsp_savefile s = {.view = view,
                          .fst = r->fst,
                          .image = image,
                          .from = 0,
                          .cycles = r->cycles,
                          .cursor = cursor,
                          .superlane = superlane};
  tsp_error err = {""};

  if (tsp_savefile_write(r->cfg, &s, r->gtkw, &err))
    fail_msg("%s", err.text);
}

/* Every named net must be in the FST; returns how many are named. */
static int check_nets(const rig *r)
{
  char *line = NULL, *name;
  size_t size = 0;
  int nets = 0;
  FILE *f = fopen(r->gtkw, "r");

  assert_non_null(f);
  while (getline(&line, &size, f) > 0) {
    line[strcspn(line, "\n")] = '\0';
    if (line[0] != '+')
      continue;
    name = strstr(line, "} ");
    assert_non_null(name);
    if (!vcd_has(r->waves, name + 2))
      fail_msg("the save file names %s, which is not in the FST", name + 2);
    nets++;
  }
  free(line);
  fclose(f);
  return nets;
}

static void every_net_of_every_view_is_in_the_fst(void **state)
{
  const rig *r = *state;

  assert_true(vcd_nets(r->waves) > 100);
  for (int view = 0; view < TSP_VIEWS_OF_WAVES; view++) {
    write_savefile(r, view, r->run.image, TSP_CURSOR_FIND, 0);
    assert_true(check_nets(r) > 6);
    write_savefile(r, view, r->run.image, r->cycles / 2, r->cfg->superlanes - 1);
    assert_true(check_nets(r) > 6);
    write_savefile(r, view, NULL, 0, 0);
    assert_true(check_nets(r) > 6);
  }
  write_savefile(r, TSP_VIEW_PROGRAM, NULL, 0, 0); /* all there is */
  assert_true(check_nets(r) > 2 * r->cfg->columns * r->cfg->streams);
}

/* Slices and streams that the first case does not use are there, too. */
static void every_slice_and_stream_is_in_the_fst(void **state)
{
  const rig *r = *state;
  static const char *const slice[] = {"mem_w0", "mem_e1", "vxm", "mxm0", "sxm_e", "c2c_w"};
  tsp_savefile s = {.view = TSP_VIEW_SLICE, .fst = r->fst, .cycles = r->cycles};
  tsp_error err = {""};

  for (size_t i = 0; i < sizeof slice / sizeof slice[0]; i++) {
    s.slice = slice[i];
    assert_int_equal(tsp_savefile_write(r->cfg, &s, r->gtkw, &err), TSP_OK);
    assert_true(check_nets(r) > 6);
  }
  s = (tsp_savefile){.view = TSP_VIEW_STREAM,
                     .fst = r->fst,
                     .cycles = r->cycles,
                     .has_stream = true,
                     .superlane = r->cfg->superlanes - 1};
  for (int i = 0; i < 2 * r->cfg->streams; i++) {
    s.direction = i % 2 ? TSP_WEST : TSP_EAST;
    s.stream = i / 2;
    assert_int_equal(tsp_savefile_write(r->cfg, &s, r->gtkw, &err), TSP_OK);
    assert_true(check_nets(r) >= 5 + r->cfg->columns);
  }
}

static void fst_header_tells_its_window(void **state)
{
  const rig *r = *state;
  uint64_t from, cycles;
  tsp_error err = {""};

  assert_int_equal(tsp_fst_window(r->fst, &from, &cycles, &err), TSP_OK);
  assert_int_equal(from, vcd_first(r->waves) / TSP_PS_PER_CYCLE);
  assert_int_equal(from + cycles - 1, vcd_last(r->waves) / TSP_PS_PER_CYCLE);
  assert_int_equal(tsp_fst_window("/nonexistent.fst", &from, &cycles, &err), TSP_EIO);
  assert_int_equal(tsp_fst_window("/proc/self/exe", &from, &cycles, &err), TSP_EFORMAT);
  assert_int_equal(tsp_fst_window("/dev/null", &from, &cycles, &err), TSP_EFORMAT);
}

static void cursor_and_markers_lie_within_the_fst(void **state)
{
  const rig *r = *state;
  char *line = NULL, *at;
  size_t size = 0;
  int times = 0;
  FILE *f;

  assert_int_equal(vcd_first(r->waves), 0);
  assert_true(vcd_last(r->waves) >= (r->cycles - 1) * 1000);
  write_savefile(r, TSP_VIEW_PROGRAM, r->run.image, r->cycles - 3, 0);
  f = fopen(r->gtkw, "r");
  assert_non_null(f);
  while (getline(&line, &size, f) > 0)
    if (line[0] == '*') {
      strtod(line + 1, &at);
      for (char *end = at; *at && *at != '\n'; at = end, times++)
        assert_in_range(strtoull(at, &end, 10), vcd_first(r->waves), vcd_last(r->waves));
      assert_non_null(strchr(line, ' '));
      assert_int_equal(strtoull(strchr(line, ' '), NULL, 10), (r->cycles - 3) * 1000);
    }
  assert_true(times > 1);
  free(line);
  fclose(f);
}

static void cycle_k_is_at_k_nanoseconds(void **state)
{
  const rig *r = *state;
  char name[TSP_NET_NAME];

  tsp_net_name(r->cfg, (tsp_net){.net = TSP_NET_CYCLES}, name);
  for (uint64_t k = 0; k < r->cycles; k++) {
    assert_int_equal(strtoull(vcd_at(r->waves, name, k * 1000), NULL, 2), k);
    assert_int_equal(strtoull(vcd_at(r->waves, name, k * 1000 + 999), NULL, 2), k);
  }
}

typedef struct {
  const rig *r;
  uint64_t *word; /* [cycle][queue], 0 where nothing is dispatched */
} dispatches;

static void note_dispatch(void *ctx, const tsp_dispatch *d)
{
  dispatches *all = ctx;

  if (d->cycle < all->r->cycles)
    all->word[d->cycle * (uint64_t)all->r->cfg->queues + d->queue] = d->text;
}

/* The number of a net at a time as a viewer gives it: whole digits. */
static const char *digits_at(const rig *r, const char *name, uint64_t time, int digits, char *buf)
{
  const char *bits = vcd_at(r->waves, name, time);
  const int count = (int)strlen(bits);

  for (int d = 0; d < digits; d++) {
    int v = 0;

    for (int b = 0; b < 4; b++) {
      const int at = count - 4 * (digits - d) + b;

      v = 2 * v + (at >= 0 && bits[at] == '1');
    }
    buf[d] = "0123456789abcdef"[v];
  }
  buf[digits] = '\0';
  return buf;
}

typedef struct {
  const rig *r;
  uint64_t named;
  bool *dispatched; /* [cycle][queue] */
} tensors;

/* The executed trace says which word and issue it is, and the image which element that handles. */
static void check_tensor(void *ctx, const tsp_dispatch *d)
{
  tensors *t = ctx;
  const rig *r = t->r;
  const tsp_debug *g = tsp_image_debug(r->run.image, d->queue, d->word);
  char name[TSP_NET_NAME], number[16], buf[TSP_WAVE_TEXT], expected[160] = "?Black? ";

  if (d->cycle >= r->cycles)
    return;
  t->dispatched[d->cycle * (uint64_t)r->cfg->queues + d->queue] = true;
  tsp_net_name(r->cfg, (tsp_net){TSP_NET_ISSUE, d->queue, 0, {0}}, name);
  if (g && g->tensor >= 0) {
    tsp_element_text(&r->run.image->tensor[g->tensor], tsp_debug_element(g, d->issue), expected, sizeof expected);
    t->named++;
  }
  const char *text =
      tsp_wave_text(r->cfg, r->run.image, TSP_WAVE_TENSOR, digits_at(r, name, d->cycle * 1000, 14, number), buf);
  assert_string_equal(g && g->tensor >= 0 ? strchr(text + 1, '?') + 1 : text, expected);
}

static void tensor_nets_show_what_each_dispatch_handles(void **state)
{
  const rig *r = *state;
  tensors t = {r, 0, calloc(r->cycles * (uint64_t)r->cfg->queues, sizeof *t.dispatched)};
  tsp_error err = {""};
  tsp_engine *golden;
  char name[TSP_NET_NAME];

  assert_non_null(t.dispatched);
  assert_int_equal(tsp_golden_open(r->cfg, NULL, TSP_TRACE, &golden), TSP_OK);
  tsp_golden_on_dispatch(golden, check_tensor, &t);
  assert_int_equal(tsp_engine_load(golden, r->run.image, &err), TSP_OK);
  assert_int_equal(tsp_engine_start(golden), TSP_OK);
  assert_int_equal(tsp_engine_step(golden, r->cycles, NULL), TSP_OK);
  tsp_engine_close(golden);
  assert_true(t.named > 10);
  for (int q = 0; q < r->cfg->queues; q++) {
    tsp_net_name(r->cfg, (tsp_net){TSP_NET_ISSUE, q, 0, {0}}, name);
    for (uint64_t k = 0; k < r->cycles; k++)
      assert_int_equal(strcmp(vcd_at(r->waves, name, k * 1000), "0") != 0,
                       t.dispatched[k * (uint64_t)r->cfg->queues + (uint64_t)q]);
  }
  free(t.dispatched);
}

static void instruction_nets_show_the_dispatches_staggered(void **state)
{
  const rig *r = *state;
  dispatches all = {r, calloc(r->cycles * (uint64_t)r->cfg->queues, sizeof *all.word)};
  tsp_error err = {""};
  tsp_engine *golden;
  uint64_t shown = 0;

  assert_non_null(all.word);
  assert_int_equal(tsp_golden_open(r->cfg, NULL, TSP_TRACE, &golden), TSP_OK);
  tsp_golden_on_dispatch(golden, note_dispatch, &all);
  assert_int_equal(tsp_engine_load(golden, r->run.image, &err), TSP_OK);
  assert_int_equal(tsp_engine_start(golden), TSP_OK);
  assert_int_equal(tsp_engine_step(golden, r->cycles, NULL), TSP_OK);
  tsp_engine_close(golden);
  for (int i = 0; i < r->cfg->queues * r->cfg->superlanes; i++) {
    const int q = i / r->cfg->superlanes, n = i % r->cfg->superlanes;
    char name[TSP_NET_NAME];

    tsp_net_name(r->cfg, (tsp_net){TSP_NET_INSTR, q, n, {0}}, name);
    for (uint64_t k = 0; k + (uint64_t)n < r->cycles; k++) {
      const uint64_t word = all.word[k * (uint64_t)r->cfg->queues + (uint64_t)q];

      assert_int_equal(strtoull(vcd_at(r->waves, name, (k + (uint64_t)n) * 1000), NULL, 2), word);
      shown += word != 0;
    }
  }
  assert_true(shown > 10);
  free(all.word);
}

/* A net of count streams: the valid digit and the lanes, lane 0 lowest, of each the first stream's byte lowest. Data of
 * an invalid stream mean nothing. */
static void check_streams(const rig *r, uint64_t cycle, int direction, int column, int base, int count, int n)
{
  const size_t at = tile(r, cycle, direction, column, n), lanes = (size_t)r->cfg->lanes;
  const uint8_t *data = r->data + (at * (size_t)r->cfg->streams + (size_t)base) * lanes;
  const uint32_t all = (1u << count) - 1;
  const bool valid = (r->valid[at] >> base & all) == all;
  char name[TSP_NET_NAME], whole[1024];
  size_t used = 0;

  tsp_net_name(r->cfg, (tsp_net){TSP_NET_STREAM, column, n, {direction, base, count}}, name);
  const char *bits = vcd_at(r->waves, name, cycle * 1000);
  assert_int_equal(strlen(bits) == 8 * lanes * (size_t)count + 1, valid);
  for (size_t l = lanes; valid && l-- > 0;)
    for (size_t byte = (size_t)count; byte-- > 0;)
      for (int b = 7; b >= 0; b--)
        whole[used++] = (char)('0' + (data[byte * lanes + l] >> b & 1));
  whole[used] = '\0';
  if (valid)
    assert_string_equal(bits + 1, whole);
}

static void stream_nets_show_the_stream_registers(void **state)
{
  const rig *r = *state;
  uint64_t seen = 0;

  for (int count = 1; count <= 4; count *= 2)
    for (int d = TSP_EAST; d <= TSP_WEST; d++)
      for (int c = 0; c < r->cfg->columns; c++)
        for (int s = 0; s < r->cfg->streams; s += count)
          for (int n = 0; n<r->cfg->superlanes; n += r->cfg->superlanes> 1 ? r->cfg->superlanes - 1 : 1)
            for (uint64_t k = 0; k < r->cycles; k += 1 + (uint64_t)(s / count) % 3) {
              check_streams(r, k, d, c, s, count, n);
              seen += r->valid[tile(r, k, d, c, n)] >> s & 1;
            }
  assert_true(seen > 10);
}

static void waves_are_refused_where_they_cannot_be_written(void **state)
{
  const rig *r = *state;
  tsp_engine *e = NULL;

  assert_int_equal(tsp_csim_open(r->cfg, 1, &e), TSP_OK);
  assert_int_equal(tsp_csim_waves(e, "/nonexistent/folder/waves.fst"), TSP_EIO);
  tsp_engine_close(e);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_net_of_every_view_is_in_the_fst),
      cmocka_unit_test(every_slice_and_stream_is_in_the_fst),
      cmocka_unit_test(fst_header_tells_its_window),
      cmocka_unit_test(cursor_and_markers_lie_within_the_fst),
      cmocka_unit_test(cycle_k_is_at_k_nanoseconds),
      cmocka_unit_test(instruction_nets_show_the_dispatches_staggered),
      cmocka_unit_test(tensor_nets_show_what_each_dispatch_handles),
      cmocka_unit_test(stream_nets_show_the_stream_registers),
      cmocka_unit_test(waves_are_refused_where_they_cannot_be_written),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
