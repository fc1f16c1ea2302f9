// SPDX-License-Identifier: Apache-2.0
// chains.c: chains of neighbouring ALUs in the VXM's mesh, which is four wide.
#include "pass.h"

enum { MESH_WIDTH = 4 };

typedef struct {
  int alus, length;
  uint64_t taken;
  uint8_t *chain;
} search;

/* Extends a chain of `have` ALUs to the full length, east first, then south, west and north. */
static bool extend(search *s, int have)
{
  if (have == s->length)
    return true;
  int at = s->chain[have - 1], column = at % MESH_WIDTH;
  int next[4] = {column + 1 < MESH_WIDTH ? at + 1 : -1, at + MESH_WIDTH, column > 0 ? at - 1 : -1, at - MESH_WIDTH};
  for (int i = 0; i < 4; i++) {
    if (next[i] < 0 || next[i] >= s->alus || (s->taken >> next[i] & 1))
      continue;
    s->taken |= UINT64_C(1) << next[i];
    s->chain[have] = (uint8_t)next[i];
    if (extend(s, have + 1))
      return true;
    s->taken &= ~(UINT64_C(1) << next[i]);
  }
  return false;
}

int tspc_chains(const tsp_config *cfg, int length, uint8_t chain[MAX_CHAINS][MAX_OPS])
{
  int count = 0;
  search s = {.alus = cfg->alus, .length = length};
  for (int first = 0; first < cfg->alus && count < MAX_CHAINS; first++) {
    if (s.taken >> first & 1)
      continue;
    s.chain = chain[count];
    s.chain[0] = (uint8_t)first;
    s.taken |= UINT64_C(1) << first;
    if (extend(&s, 1))
      count++;
    else
      s.taken &= ~(UINT64_C(1) << first);
  }
  return count;
}
