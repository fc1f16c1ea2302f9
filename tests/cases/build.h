/* SPDX-License-Identifier: Apache-2.0 */
/* build.h - a program placed by hand: every instruction with its queue and cycle, every tensor with its words. Errors
 * (a queue used twice in a cycle, no room) are kept and come out of build_finish(). */
#ifndef TSP_CASE_BUILD_H
#define TSP_CASE_BUILD_H
#include "rng.h"
#include "tsp_case.h"

typedef struct {
  uint16_t queue;
  uint32_t cycle;
  uint64_t word;
} build_op;

typedef struct {
  const tsp_config *cfg;
  tsp_image *image;
  build_op *op;
  size_t ops, room;
  uint32_t *free_addr; /* by slice: the first word that no tensor has */
  tsp_status status;
  char why[160];
} build;

tsp_status build_new(const tsp_config *cfg, const char *name, build *out);

/* The image, owned by the caller; NULL and the first error if something was wrong. Releases b. */
tsp_status build_finish(build *b, tsp_image **out, tsp_error *err);
bool build_grow(build *b, void *array, size_t bytes); /* array: the address of a pointer; else an error is kept */
void build_fail(build *b, tsp_status s, const char *why);

/* An instruction word, its fields set one after the other. */
static inline uint64_t ins(unsigned opcode)
{
  return (uint64_t)opcode << 56;
}
uint64_t ins_with(uint64_t word, const char *field, int64_t value);

/* Dispatches a word. */
void build_at(build *b, int queue, int64_t cycle, uint64_t word);

/* Words of a slice for `count` vectors; 0 and an error if there is no room. */
uint32_t build_room(build *b, int slice, uint32_t count);

/* A tensor of rows x columns, without pieces. data NULL: an output; else copied. Its index. */
int build_tensor(build *b, const char *name, int type, uint32_t rows, uint32_t columns, const void *data);
void build_piece(build *b, int tensor, tsp_piece piece);

/* The word at addr is on a stream at a column in a cycle; what is on a stream there then is stored at addr. */
void build_read(build *b, int slice, uint32_t addr, int direction, int stream, int column, int64_t cycle);
void build_write(build *b, int slice, uint32_t addr, int direction, int stream, int column, int64_t cycle);

int build_late(const build *b, unsigned opcode); /* d_func */

/* Slices by number of hops from the VXM, W0, E0, W1, ..: all on the way of a stream towards an edge. */
static inline int build_slice(const tsp_config *c, int i)
{
  return i % 2 * c->mem_slices + i / 2;
}

/* For oracles: a tensor's contents as it lies in the engine's memory; NULL without memory or tensor. free() it. */
void *build_fetch(const tsp_image *image, tsp_engine *e, const char *name);
#endif
