/* SPDX-License-Identifier: Apache-2.0 */
/* lockstep.h - two machines side by side: after every cycle everything that the engine interface shows is compared,
 * with no tolerance and nothing left out. The first difference ends the run and is described in a tsp_divergence.
 *
 * The reference is a golden machine opened with TSP_VIEWS | TSP_TRACE; the device under test is any engine. Both stay
 * the caller's. Like the engines, nothing here prints or exits. */
#ifndef TSP_LOCKSTEP_H
#define TSP_LOCKSTEP_H
#include "divergence.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tsp_lockstep tsp_lockstep;

typedef struct {
  bool other_tables; /* allow different table hashes: only for self-tests, where one side has a changed latency */
} tsp_lockstep_options;

/* What one checker did so far. A value is one byte lane of a stream, of a memory word or of a vector at a link, the
 * check bits of a superlane, one weight, one entry of a map, one 32-bit lane of an accumulator or ALU, one valid bit,
 * one field of an event, a queue or a CSR, or one count of events. */
typedef struct {
  const char *name; /* "queues", "memory", "weights", "accumulators", "maps", "vxm", "streams", "sends", "csr",
                      "contents" */
  uint64_t compared, different;
} tsp_count;
enum { TSP_COUNTS = 10 };

/* Pairs two machines; options NULL is the default. TSP_ETABLES if their tables differ, TSP_ERANGE if ref is not golden
 * or their configurations differ, TSP_ENOMEM; err says which, *out is NULL on each. */
tsp_status tsp_lockstep_open(tsp_engine *ref, tsp_engine *dut, const tsp_lockstep_options *options, tsp_lockstep **out,
                             tsp_error *err);
void tsp_lockstep_close(tsp_lockstep *l); /* NULL is allowed; the engines stay open */

/* Loads an image into both and starts both. The image must stay until the last call here. */
tsp_status tsp_lockstep_start(tsp_lockstep *l, const tsp_image *image, tsp_error *err);

/* The two halves. Between them, and between the end of a run and another restart, memory may be written: the same to
 * both machines. */
tsp_status tsp_lockstep_load(tsp_lockstep *l, const tsp_image *image, tsp_error *err);
tsp_status tsp_lockstep_restart(tsp_lockstep *l, tsp_error *err);

/* Goes on from where both machines stand, for instance after both were restored to the same cycle of a run of image. */
void tsp_lockstep_resume(tsp_lockstep *l, const tsp_image *image);

/* Both one cycle, then compares. TSP_EDIVERGED: they differ. TSP_EFAULT: both agree on a fault.
 * The two halves, for a caller that disturbs the device under test in between: advance, then compare. */
tsp_status tsp_lockstep_step(tsp_lockstep *l);
tsp_status tsp_lockstep_advance(tsp_lockstep *l);
tsp_status tsp_lockstep_compare(tsp_lockstep *l);

/* Steps until done, a fault, a divergence, or `limit` cycles (then TSP_ESTATE). */
tsp_status tsp_lockstep_run(tsp_lockstep *l, uint64_t limit);

/* Every word of every MEM slice of both machines. Only while not running. TSP_EDIVERGED if a byte differs. */
tsp_status tsp_lockstep_contents(tsp_lockstep *l);

/* True once the program has ended in both machines. */
bool tsp_lockstep_done(const tsp_lockstep *l);

/* The cycle in which both machines stand. */
uint64_t tsp_lockstep_cycle(const tsp_lockstep *l);

/* TSP_COUNTS counters in the order of tsp_count, and their sums. */
const tsp_count *tsp_lockstep_counts(const tsp_lockstep *l);
uint64_t tsp_lockstep_compared(const tsp_lockstep *l);
uint64_t tsp_lockstep_different(const tsp_lockstep *l);

/* The first divergence, or NULL. After it, both machines have run a few cycles on: up to superlanes - 1, in which the
 * rest of the diverged vector passed the same place. Owned by l. */
const tsp_divergence *tsp_lockstep_divergence(const tsp_lockstep *l);

#ifdef __cplusplus
}
#endif
#endif
