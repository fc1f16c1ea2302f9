/* SPDX-License-Identifier: Apache-2.0 */
/* test_rolling.c - the promises of rolling.h, with a counter in place of a machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "rolling.h"

/* Counts to `cycles`, state being the sum of all before; a snapshot that is woken counts on from where it is and tells
 * {the cycle it was woken in, its sum at the end} through `to`. */
static uint64_t count(tsp_rolling *r, uint64_t cycles, int to)
{
  uint64_t sum = 0, told[2] = {UINT64_MAX, 0};

  for (uint64_t k = 0; k < cycles; k++) {
    if (tsp_rolling_tick(r, k))
      told[0] = k;
    sum += k;
  }
  if (told[0] == UINT64_MAX)
    return sum;
  told[1] = sum;
  _exit(write(to, told, sizeof told) != sizeof told);
}

static void a_woken_snapshot_runs_the_last_cycles_again(void **state)
{
  const uint64_t lengths[] = {1, TSP_ROLLING_CYCLES, TSP_ROLLING_CYCLES + 1, 2 * TSP_ROLLING_CYCLES + 1,
                              10 * TSP_ROLLING_CYCLES + 77};
  (void)state;

  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    tsp_rolling *r = tsp_rolling_new(0);
    uint64_t n = lengths[i], told[2] = {0, 0}, cycle;
    int fd[2];

    assert_non_null(r);
    assert_int_equal(pipe(fd), 0);
    uint64_t sum = count(r, n, fd[1]);
    assert_true(tsp_rolling_wake(r, &cycle));
    assert_int_equal(read(fd[0], told, sizeof told), sizeof told);
    assert_int_equal(told[0], cycle);
    assert_int_equal(told[1], sum);
    assert_true(n - told[0] <= 2 * TSP_ROLLING_CYCLES);
    assert_true(told[0] == 0 || n - told[0] > TSP_ROLLING_CYCLES);
    tsp_rolling_free(r);
    close(fd[0]);
    close(fd[1]);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
  }
}

static void snapshots_are_not_made_more_often_than_the_pause_allows(void **state)
{
  tsp_rolling *r = tsp_rolling_new(1e6);
  uint64_t cycle = UINT64_MAX;
  int fd[2];
  (void)state;

  assert_non_null(r);
  assert_int_equal(pipe(fd), 0);
  count(r, 10 * TSP_ROLLING_CYCLES, fd[1]);
  assert_true(tsp_rolling_wake(r, &cycle));
  assert_int_equal(cycle, 0); /* the first is the only one */
  tsp_rolling_free(r);
  close(fd[0]);
  close(fd[1]);
}

static void without_a_snapshot_there_is_nothing_to_wake(void **state)
{
  tsp_rolling *r = tsp_rolling_new(0);
  uint64_t cycle;
  (void)state;

  assert_non_null(r);
  assert_false(tsp_rolling_wake(r, &cycle));
  tsp_rolling_free(r);
  tsp_rolling_free(NULL);
}

static void snapshots_end_when_their_parent_is_killed(void **state)
{
  int fd[2];
  char byte;
  (void)state;

  assert_int_equal(pipe(fd), 0);
  pid_t parent = fork();
  if (parent == 0) { /* snapshots inherit the pipe's end: it is closed when the last of them is gone */
    count(tsp_rolling_new(0), 5 * TSP_ROLLING_CYCLES, fd[1]);
    _exit(0);
  }
  close(fd[1]);
  assert_int_equal(waitpid(parent, NULL, 0), parent);
  alarm(20);
  assert_int_equal(read(fd[0], &byte, 1), 0);
  alarm(0);
  close(fd[0]);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_woken_snapshot_runs_the_last_cycles_again),
      cmocka_unit_test(snapshots_are_not_made_more_often_than_the_pause_allows),
      cmocka_unit_test(without_a_snapshot_there_is_nothing_to_wake),
      cmocka_unit_test(snapshots_end_when_their_parent_is_killed),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
