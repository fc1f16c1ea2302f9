/* SPDX-License-Identifier: Apache-2.0 */
/* vcd.h - an FST read through fst2vcd: its nets by hierarchical name, and their changes. */
#ifndef TSP_TEST_VCD_H
#define TSP_TEST_VCD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct vcd vcd;

/* Reads a whole FST; fails the test if that cannot be done. */
vcd *vcd_read(const char *fst);
void vcd_free(vcd *v);

size_t vcd_nets(const vcd *v);
bool vcd_has(const vcd *v, const char *name); /* range included: "a.b[3:0]" */
uint64_t vcd_first(const vcd *v);
uint64_t vcd_last(const vcd *v); /* times, ps */

/* The bits of a net at a time, as '0' and '1', most significant first, without leading zeros ("0" for zero); NULL if
 * the net had no value by then. Fails the test if there is no such net. */
const char *vcd_at(const vcd *v, const char *name, uint64_t time);

#endif
