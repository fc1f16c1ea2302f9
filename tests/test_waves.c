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

static void write_savefile(const rig *r, const tsp_image *image, uint64_t cursor, int superlane)
{
  const tsp_savefile s = {
      .fst = r->fst, .image = image, .from = 0, .cycles = r->cycles, .cursor = cursor, .superlane = superlane};
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

static void every_net_of_the_save_file_is_in_the_fst(void **state)
{
  const rig *r = *state;

  assert_true(vcd_nets(r->waves) > 100);
  write_savefile(r, r->run.image, TSP_CURSOR_FIND, 0);
  assert_true(check_nets(r) > 40);
  write_savefile(r, r->run.image, r->cycles / 2, r->cfg->superlanes - 1);
  assert_true(check_nets(r) > 40);
  write_savefile(r, NULL, 0, 0);
  assert_true(check_nets(r) > 2 * r->cfg->columns * r->cfg->streams);
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
  write_savefile(r, r->run.image, r->cycles - 3, 0);
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

  tsp_net_name(r->cfg, TSP_NET_CYCLES, 0, 0, 0, name);
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

    tsp_net_name(r->cfg, TSP_NET_INSTR, q, 0, n, name);
    for (uint64_t k = 0; k + (uint64_t)n < r->cycles; k++) {
      const uint64_t word = all.word[k * (uint64_t)r->cfg->queues + (uint64_t)q];

      assert_int_equal(strtoull(vcd_at(r->waves, name, (k + (uint64_t)n) * 1000), NULL, 2), word);
      shown += word != 0;
    }
  }
  assert_true(shown > 10);
  free(all.word);
}

/* A stream's net: the valid digit and the lanes, lane 0 lowest. Data of an invalid stream means nothing. */
static void check_stream(const rig *r, uint64_t cycle, int direction, int column, int stream, int n)
{
  const size_t at = tile(r, cycle, direction, column, n), lanes = (size_t)r->cfg->lanes;
  const uint8_t *data = r->data + (at * (size_t)r->cfg->streams + (size_t)stream) * lanes;
  const bool valid = r->valid[at] >> stream & 1;
  char name[TSP_NET_NAME], whole[512] = "";

  tsp_net_name(r->cfg, direction == TSP_EAST ? TSP_NET_EAST : TSP_NET_WEST, column, stream, n, name);
  const char *bits = vcd_at(r->waves, name, cycle * 1000);
  assert_int_equal(strlen(bits) == 8 * lanes + 1, valid);
  for (size_t l = lanes; valid && l-- > 0;)
    for (int b = 7; b >= 0; b--)
      whole[8 * (lanes - 1 - l) + (size_t)(7 - b)] = (char)('0' + (data[l] >> b & 1));
  if (valid)
    assert_string_equal(bits + 1, whole);
}

static void stream_nets_show_the_stream_registers(void **state)
{
  const rig *r = *state;
  uint64_t seen = 0;

  for (int d = TSP_EAST; d <= TSP_WEST; d++)
    for (int c = 0; c < r->cfg->columns; c++)
      for (int s = 0; s < r->cfg->streams; s++)
        for (int n = 0; n<r->cfg->superlanes; n += r->cfg->superlanes> 1 ? r->cfg->superlanes - 1 : 1)
          for (uint64_t k = 0; k < r->cycles; k += 1 + (uint64_t)s % 3) {
            check_stream(r, k, d, c, s, n);
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
      cmocka_unit_test(every_net_of_the_save_file_is_in_the_fst),
      cmocka_unit_test(cursor_and_markers_lie_within_the_fst),
      cmocka_unit_test(cycle_k_is_at_k_nanoseconds),
      cmocka_unit_test(instruction_nets_show_the_dispatches_staggered),
      cmocka_unit_test(stream_nets_show_the_stream_registers),
      cmocka_unit_test(waves_are_refused_where_they_cannot_be_written),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
