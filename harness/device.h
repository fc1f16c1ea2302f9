/* SPDX-License-Identifier: Apache-2.0 */
/* device.h - a machine as a host uses it: load a program, write its inputs, run it, read its outputs; again and again.
 * On the golden model, on the RTL, or on both in lockstep. Nothing here prints or exits. */
#ifndef TSP_DEVICE_H
#define TSP_DEVICE_H
#include "lockstep.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tsp_device tsp_device;

/* on: TSP_ON_LOCKSTEP.. (sim.h); seed: of the RTL's undefined state. TSP_ETABLES without RTL of that configuration. */
tsp_status tsp_device_open(const tsp_config *cfg, int on, uint64_t seed, tsp_device **out, tsp_error *err);
void tsp_device_close(tsp_device *d); /* NULL is allowed */

/* Loads a program, which must stay until the next one is loaded. Tensors that are neither constant nor input nor output
 * keep their contents if the program before has them too, by name, type and shape: two programs share their states. */
tsp_status tsp_device_load(tsp_device *d, const tsp_image *image, tsp_error *err);

/* A whole tensor of the loaded program, row-major, from or to `bytes` bytes, which must be its size. TSP_ERANGE if
 * there is no such tensor. */
tsp_status tsp_device_write(tsp_device *d, const char *name, const void *data, size_t bytes, tsp_error *err);
tsp_status tsp_device_read(const tsp_device *d, const char *name, void *data, size_t bytes, tsp_error *err);

/* Runs the program from its first cycle to its end. TSP_EFAULT, TSP_EDIVERGED (err says where, and what was expected),
 * or TSP_ESTATE if it does not end in the cycle that the program predicts. */
tsp_status tsp_device_run(tsp_device *d, tsp_error *err);

/* In lockstep, compares every word of both memories; otherwise does nothing. */
tsp_status tsp_device_compare(tsp_device *d, tsp_error *err);

uint64_t tsp_device_cycles(const tsp_device *d);                  /* of the last run */
uint64_t tsp_device_compared(const tsp_device *d);                /* values compared so far; 0 if not in lockstep */
const tsp_divergence *tsp_device_divergence(const tsp_device *d); /* NULL if there is none */
tsp_engine *tsp_device_engine(const tsp_device *d); /* the one whose outputs are read: the RTL if there is */

/* A number of the contents of all memory: the same contents, the same number, on every engine. Only while not running.
 */
tsp_status tsp_device_hash(const tsp_device *d, uint64_t *hash);

#ifdef __cplusplus
}
#endif
#endif
