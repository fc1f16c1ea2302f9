/* SPDX-License-Identifier: Apache-2.0 */
/* number.h - elements of every type as doubles, which hold each of them exactly. */
#ifndef TSP_NUMBER_H
#define TSP_NUMBER_H
#include <stdbool.h>
#include <stdint.h>

double tsp_number_load(int type, const uint8_t *at);

/* Rounded once to nearest even; integers saturate and take NaN as 0, as Cvt does. NaN is the machine's. */
void tsp_number_store(int type, double value, uint8_t *at);

/* An integer type holds it, after rounding; true for floating point. */
bool tsp_number_fits(int type, double value);
#endif
