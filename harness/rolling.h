/* SPDX-License-Identifier: Apache-2.0 */
/* rolling.h - snapshots of a long run: every TSP_ROLLING_CYCLES cycles, but not more often than a pause allows, the
 * process forks one of itself, which waits. If the run fails, the older of the last two is woken, in which the run
 * stands at least TSP_ROLLING_CYCLES cycles before its end, if it has run so long. Snapshots end with their parent,
 * whatever becomes of it. */
#ifndef TSP_ROLLING_H
#define TSP_ROLLING_H
#include <stdbool.h>
#include <stdint.h>

enum { TSP_ROLLING_CYCLES = 4096 };
#define TSP_ROLLING_PAUSE 0.5 /* seconds: a snapshot takes some milliseconds from the run */

typedef struct tsp_rolling tsp_rolling;

/* pause: seconds from one snapshot to the next, at least. NULL if out of memory. */
tsp_rolling *tsp_rolling_new(double pause);

/* To be called before every cycle. Forks a snapshot when it is time; returns true in a snapshot that was woken (it must
 * end with _exit()), false in the run itself. A fork that fails only makes the window longer. */
bool tsp_rolling_tick(tsp_rolling *r, uint64_t cycle);

/* Wakes the oldest snapshot and waits until it has ended; false if there is none or it did not exit with 0. *cycle is
 * the one before which it was made. */
bool tsp_rolling_wake(tsp_rolling *r, uint64_t *cycle);

/* Ends all snapshots. NULL is allowed. */
void tsp_rolling_free(tsp_rolling *r);

#endif
