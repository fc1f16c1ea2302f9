/* SPDX-License-Identifier: Apache-2.0 */
/* rng.h - seeded numbers for cases and tests (splitmix64): the same seed gives the same program everywhere. */
#ifndef TSP_RNG_H
#define TSP_RNG_H
#include <stdint.h>

typedef struct {
  uint64_t state;
} tsp_rng;

static inline uint64_t rng_next(tsp_rng *r)
{
  uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* Uniform in low..high, both included. */
static inline int64_t rng_range(tsp_rng *r, int64_t low, int64_t high)
{
  return low + (int64_t)(rng_next(r) % (uint64_t)(high - low + 1));
}
#endif
