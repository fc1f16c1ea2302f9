/* SPDX-License-Identifier: Apache-2.0 */
/* sxm_route.h - what the SXM does with the bytes of vectors, without time. No output may be one of its inputs. */
#ifndef TSP_SXM_ROUTE_H
#define TSP_SXM_ROUTE_H
#include <stdint.h>

/* Bytes of the map of a Select. */
enum { ROUTE_UNSHIFTED, ROUTE_UP, ROUTE_DOWN };

/* Elements of n-element vectors. An element from beyond either end is zero. */
void route_shift(const uint8_t *in, uint8_t *out, int up, int n); /* up < 0: down */
void route_select(const uint8_t *in, const uint8_t *map, uint8_t *out, int by, int n);
void route_permute(const uint8_t *in, const uint16_t *map, uint8_t *out, int n);

/* Each superlane of its own. */
void route_distribute(const uint8_t *in, const uint8_t *map, uint8_t *out, int lanes, int n);
/* The output of stream edge * a + b. */
void route_rotate(const uint8_t *in, uint8_t *out, int edge, int a, int b, int lanes, int n);
/* Output stream `lane`; in: one vector per lane. */
void route_transpose(const uint8_t *const *in, uint8_t *out, int lane, int lanes, int n);

#endif
