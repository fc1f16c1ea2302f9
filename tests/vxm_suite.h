/* SPDX-License-Identifier: Apache-2.0 */
/* vxm_suite.h - the operations of a suite against their oracle: all pairs of corners, then random operands, in blocks
 * of which some have no special lane and some lengths are no multiple of a vector register. */
#ifndef TSP_VXM_SUITE_H
#define TSP_VXM_SUITE_H
#include "golden_rig.h"
#include "vxm_num.h"
#include "vxm_operands.h"

enum { SUITE_BLOCK = 257 };

static inline void suite_check(const tsp_instr *in, const oracle_op *op, const uint32_t *a, const uint32_t *b,
                               const uint32_t *own, int n)
{
  num_fn *operation = num_operation(in->opcode);
  uint32_t r[SUITE_BLOCK];

  if (operation)
    operation(a, b, r, n);
  else
    num_select(a, b, own, r, n);
  for (int i = 0; i < n; i++) {
    uint32_t want = oracle_result(op, a[i], b[i], own[i]);

    if (r[i] != want)
      fail_msg("%s of 0x%08x, 0x%08x (own 0x%08x) is 0x%08x, should be 0x%08x", in->mnemonic, a[i], b[i], own[i], r[i],
               want);
  }
}

static inline void suite_corners(const tsp_instr *in, const oracle_op *op)
{
  uint32_t count = operand_corner_count(op->from), a[SUITE_BLOCK], b[SUITE_BLOCK], own[SUITE_BLOCK];
  int n = 0;

  for (uint32_t k = 0; k < count * count; k++) {
    a[n] = operand_corner(op->from, k % count);
    b[n] = operand_corner(op->from, k / count);
    own[n] = k % 3 ? k % 5 << 8 : 0;
    if (++n == SUITE_BLOCK || k + 1 == count * count) {
      suite_check(in, op, a, b, own, n);
      n = 0;
    }
  }
}

static inline void suite_random(const tsp_instr *in, const oracle_op *op, uint64_t *s, int cases)
{
  uint32_t a[SUITE_BLOCK], b[SUITE_BLOCK], own[SUITE_BLOCK];

  for (int done = 0; done < cases;) {
    int n = 1 + random_below(s, SUITE_BLOCK);
    bool calm = random_below(s, 4) == 0;

    for (int i = 0; i < n; i++) {
      operand_pair(op->from, s, &a[i], &b[i]);
      if (calm && op->from == ORACLE_F32) { /* exponents 64..191: products are normal */
        a[i] = (a[i] & 0xbfffffff) + (a[i] & 0x40000000 ? 0 : 0x20000000);
        b[i] = (b[i] & 0xbfffffff) + (b[i] & 0x40000000 ? 0 : 0x20000000);
      }
      own[i] = (uint32_t)random64(s) & (i % 2 ? 0 : 1u << (i % 32));
    }
    suite_check(in, op, a, b, own, n);
    done += n;
  }
}

/* Checks every operation that `mine` claims with this many random operands; returns how many there are. */
static inline int suite_run(const char *what, bool (*mine)(const oracle_op *), int cases)
{
  const tsp_isa *isa = tsp_isa_builtin();
  uint64_t s = test_seed(what);
  int count = 0;
  oracle_op op;

  for (int i = 0; i < isa->count; i++) {
    if (!oracle_find(&isa->instr[i], &op) || !mine(&op))
      continue;
    suite_corners(&isa->instr[i], &op);
    suite_random(&isa->instr[i], &op, &s, cases);
    count++;
  }
  print_message("%s: %d operations\n", what, count);
  return count;
}

#endif
