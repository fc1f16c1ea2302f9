/* SPDX-License-Identifier: Apache-2.0 */
/* Queue semantics: random programs against the step rules of golden/README.md taken literally, one step per cycle. */
#include "golden_rig.h"

/* The queue as the rules describe it. */
typedef struct {
  uint32_t pc, idle, left;
  uint64_t prev;
  int state;
} plain_queue;

typedef struct {
  const tsp_config *cfg;
  plain_queue q[RIG_QUEUES];
  uint64_t due[256]; /* cycles of notifications */
  int due_count;
  int fault_code, fault_queue;
  uint64_t fault_cycle;
} plain_machine;

static void plain_fault(plain_machine *p, uint64_t cycle, int q, int code)
{
  bool earlier =
      p->fault_code && (p->fault_cycle < cycle || p->fault_queue < q || (p->fault_queue == q && p->fault_code <= code));

  if (earlier)
    return;
  p->fault_code = code;
  p->fault_queue = q;
  p->fault_cycle = cycle;
}

static uint64_t bits(uint64_t w, int lsb, int width)
{
  return (w >> lsb) & ((UINT64_C(1) << width) - 1);
}

/* Addresses of Read (raddr at 0), Write (waddr at 24), ReadWrite: the two strides, modulo 2^16. */
static uint64_t plain_stride(uint64_t w, uint64_t repeat_word)
{
  uint64_t op = w >> 56, a = bits(repeat_word, 24, 16), b = bits(repeat_word, 40, 16);

  if (op == 0x11 || op == 0x13)
    w = (w & ~UINT64_C(0xffff)) | ((w + a) & 0xffff);
  if (op == 0x12 || op == 0x13)
    w = (w & ~(UINT64_C(0xffff) << 24)) | (((bits(w, 24, 16) + b) & 0xffff) << 24);
  return w;
}

static void plain_dispatch(plain_machine *p, uint64_t cycle, int q)
{
  uint64_t w = p->q[q].prev, op = w >> 56;

  if (op != 0x11)
    plain_fault(p, cycle, q, TSP_FAULT_ENCODING);
  else if (bits(w, 0, 16) >= (uint64_t)p->cfg->mem_words)
    plain_fault(p, cycle, q, TSP_FAULT_ADDRESS);
}

static bool notified(const plain_machine *p, uint64_t cycle)
{
  for (int i = 0; i < p->due_count; i++)
    if (p->due[i] == cycle)
      return true;
  return false;
}

static void plain_reissue(plain_machine *p, uint64_t cycle, int q, uint64_t w)
{
  p->q[q].prev = plain_stride(p->q[q].prev, w);
  plain_dispatch(p, cycle, q);
}

static bool plain_bad(uint64_t w)
{
  switch (w >> 56) {
  case 0x01: return bits(w, 0, 16) == 0 || bits(w, 16, 40);
  case 0x02: return bits(w, 0, 16) == 0 || bits(w, 16, 8) == 0;
  case 0x03:
  case 0x04:
  case 0x05: return bits(w, 0, 56) != 0;
  default: return false;
  }
}

static void plain_fetch(plain_machine *p, uint64_t cycle, int q, uint64_t w)
{
  plain_queue *u = &p->q[q];

  if (plain_bad(w) || (w >> 56 == 0x02 && !u->prev)) {
    plain_fault(p, cycle, q, TSP_FAULT_ENCODING);
    u->pc++;
    return;
  }
  switch (w >> 56) {
  case 0x01:
    u->idle = (uint32_t)bits(w, 0, 16) - 1;
    u->pc++;
    break;
  case 0x02:
    u->left = (uint32_t)bits(w, 0, 16);
    if (bits(w, 16, 8) > 1) {
      u->idle = (uint32_t)bits(w, 16, 8) - 2;
      break;
    }
    plain_reissue(p, cycle, q, w);
    if (!--u->left)
      u->pc++;
    break;
  case 0x03:
    u->state = notified(p, cycle) ? TSP_QUEUE_RUN : TSP_QUEUE_PARKED;
    u->pc += u->state == TSP_QUEUE_RUN;
    break;
  case 0x04:
    p->due[p->due_count++] = cycle + (uint64_t)p->cfg->barrier;
    u->pc++;
    break;
  case 0x05: u->state = TSP_QUEUE_ENDED; break;
  default:
    u->prev = w;
    u->pc++;
    plain_dispatch(p, cycle, q);
  }
}

static void plain_step(plain_machine *p, uint64_t cycle, int q, const uint64_t *text, uint32_t length)
{
  plain_queue *u = &p->q[q];

  if (u->state == TSP_QUEUE_EMPTY || u->state == TSP_QUEUE_ENDED)
    return;
  if (u->idle) {
    u->idle--;
  } else if (u->left) {
    plain_reissue(p, cycle, q, text[u->pc]);
    if (--u->left)
      u->idle = (uint32_t)bits(text[u->pc], 16, 8) - 1;
    else
      u->pc++;
  } else if (u->pc >= length) {
    u->state = TSP_QUEUE_EMPTY;
    plain_fault(p, cycle, q, TSP_FAULT_EMPTY);
  } else {
    plain_fetch(p, cycle, q, text[u->pc]);
  }
}

static uint64_t random_word(const tsp_config *c, uint64_t *s, int q, int wrong)
{
  int kind = random_below(s, 100);

  if (kind < 3 && wrong)
    return random64(s) | UINT64_C(0xff) << 56;
  if (kind < 6 && wrong)
    return (uint64_t)random_below(s, 6) << 56;
  if (kind < 10)
    return word(TSP_OP_SYNC);
  if (kind < 18)
    return word(TSP_OP_NOTIFY);
  if (kind < 35)
    return nop(1 + random_below(s, 9));
  if (kind < 60)
    return repeat(1 + random_below(s, 5), 1 + random_below(s, 4), random_below(s, 7) - 3, random_below(s, 7) - 3);
  return read_to(random_below(s, c->mem_words - 200) + 100, q % c->streams);
}

static void random_text(rig *r, uint64_t *s, int wrong)
{
  for (int q = 0; q < r->cfg->queues; q++) {
    int n = q < 8 && q < r->cfg->q_vxm ? 5 + random_below(s, 20) : 0;

    for (int k = 0; k < n; k++)
      rig_put(r, q, k ? random_word(r->cfg, s, q, wrong) : read_to(200, q % r->cfg->streams), 1);
  }
}

static void compare_queues(rig *r, const plain_machine *p)
{
  for (int q = 0; q < r->cfg->queues; q++) {
    tsp_queue_view v = tsp_engine_queue(r->e, q);

    assert_int_equal(v.pc, p->q[q].pc);
    assert_int_equal(v.tail, r->length[q]);
    assert_int_equal(v.idle, p->q[q].idle);
    assert_int_equal(v.left, p->q[q].left);
    assert_int_equal(v.prev, p->q[q].prev);
    assert_int_equal(v.state, p->q[q].state);
  }
}

static void compare_program(const tsp_config *cfg, uint64_t *s, int wrong, int faults[16])
{
  plain_machine p = {.cfg = cfg};
  rig r;

  rig_open_isa(&r, cfg, NULL, 0);
  random_text(&r, s, wrong);
  r.no_end[random_below(s, 4)] = wrong && random_below(s, 4) == 0;
  rig_start(&r);
  for (uint64_t cycle = 0; cycle < 600; cycle++) {
    tsp_status status = rig_step(&r);

    for (int q = 0; q < cfg->queues; q++)
      plain_step(&p, cycle, q, r.word[q], r.length[q]);
    compare_queues(&r, &p);
    assert_int_equal(tsp_engine_csr(r.e).cycles, cycle);
    assert_int_equal(status, p.fault_code && cycle == p.fault_cycle + 2 ? TSP_EFAULT : TSP_OK);
    if (status)
      break;
    if (tsp_engine_csr(r.e).done)
      break;
  }
  assert_int_equal(tsp_engine_csr(r.e).fault_code, p.fault_code);
  assert_int_equal(tsp_engine_csr(r.e).fault_queue, p.fault_queue);
  assert_int_equal(tsp_engine_csr(r.e).fault_cycle, p.fault_cycle);
  faults[p.fault_code]++;
  rig_close(&r);
}

static void every_cycle_follows_the_written_rules(void **state)
{
  uint64_t s = test_seed("queues");
  tsp_config odd = odd_config();
  const tsp_config *cfg[] = {tsp_config_find("nano"), tsp_config_find("mini"), &odd};
  int faults[16] = {0};

  (void)state;
  for (int k = 0; k < 300; k++)
    compare_program(cfg[k % 3], &s, k % 2, faults);
  assert_true(faults[TSP_FAULT_NONE] > 50);
  assert_true(faults[TSP_FAULT_ENCODING] > 10);
  assert_true(faults[TSP_FAULT_EMPTY] > 2);
}

static int dispatched;
static uint64_t at_cycle[64];
static tsp_dispatch record[64];

static void on_dispatch(void *ctx, const tsp_dispatch *d)
{
  assert_ptr_equal(ctx, &dispatched);
  record[dispatched] = *d;
  at_cycle[dispatched++] = d->cycle;
}

static void repeat_issues_d_cycles_apart_and_moves_both_addresses(void **state)
{
  rig r;

  (void)state;
  rig_open(&r, tsp_config_find("mini"));
  dispatched = 0;
  tsp_golden_on_dispatch(r.e, on_dispatch, &dispatched);
  rig_at(&r, 3, 5, read_to(100, 2));
  rig_repeat(&r, 3, 3, 4, -10, 0);
  rig_at(&r, 3, 18, read_to(7, 2));
  rig_repeat(&r, 3, 2, 1, 1, 0);
  rig_start(&r);
  rig_run(&r);
  static const uint64_t cycle[] = {5, 9, 13, 17, 18, 19, 20}, addr[] = {100, 90, 80, 70, 7, 8, 9};
  static const uint32_t issue[] = {0, 1, 2, 3, 0, 1, 2}, at[] = {1, 2, 2, 2, 3, 4, 4};
  assert_int_equal(dispatched, 7);
  for (int k = 0; k < 7; k++) {
    assert_int_equal(at_cycle[k], cycle[k]);
    assert_int_equal(record[k].text & 0xffff, addr[k]);
    assert_int_equal(record[k].issue, issue[k]);
    assert_int_equal(record[k].word, at[k]);
    assert_int_equal(record[k].queue, 3);
    assert_int_equal(record[k].id, k + 1);
  }
  rig_close(&r);
}

static void notify_releases_every_parked_queue_barrier_cycles_later(void **state)
{
  rig r;
  const tsp_config *cfg = tsp_config_find("mini");

  (void)state;
  rig_open(&r, cfg);
  rig_at(&r, 0, 2, word(TSP_OP_SYNC));
  rig_at(&r, 5, 20, word(TSP_OP_SYNC)); /* fetched in the very cycle of the notification */
  rig_at(&r, 9, 20 - cfg->barrier, word(TSP_OP_NOTIFY));
  rig_start(&r);
  rig_goto(&r, 19);
  assert_int_equal(tsp_engine_queue(r.e, 0).state, TSP_QUEUE_PARKED);
  rig_step(&r);
  assert_int_equal(tsp_engine_queue(r.e, 0).state, TSP_QUEUE_RUN);
  assert_int_equal(tsp_engine_queue(r.e, 5).state, TSP_QUEUE_RUN);
  rig_step(&r);
  assert_int_equal(tsp_engine_queue(r.e, 0).state, TSP_QUEUE_ENDED);
  /* All ended in cycle 21; superlanes 4 and the greatest d_func: Exp, 8. */
  assert_int_equal(rig_run(&r).cycles, 21 + 4 + 8);
  assert_false(tsp_engine_csr(r.e).running);
  rig_close(&r);
}

/* Columns 13, drain 12: the vector that W11 (column 0) drives in 2 + 20 is still in the chip when the program is done,
 * and stands still until the next start. */
static void a_restarted_program_runs_again_from_cycle_0(void **state)
{
  rig r;

  (void)state;
  rig_open(&r, tsp_config_find("mini"));
  rig_at(&r, 11, 20, read_to(3, 1));
  rig_start(&r);
  assert_int_equal(rig_run(&r).cycles, 21 + 12);
  assert_int_equal(tsp_engine_tile(r.e, TSP_EAST, 33 - 22, 0).valid, 1 << 1);
  assert_int_equal(tsp_engine_start(r.e), TSP_OK);
  assert_false(tsp_engine_csr(r.e).done);
  assert_int_equal(tsp_engine_csr(r.e).cycles, 0);
  assert_int_equal(rig_step(&r), TSP_OK);
  assert_int_equal(tsp_engine_csr(r.e).cycles, 0);
  assert_int_equal(tsp_engine_tile(r.e, TSP_EAST, 12, 0).valid, 1 << 1);
  assert_int_equal(rig_run(&r).cycles, 21 + 12);
  rig_close(&r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_cycle_follows_the_written_rules),
                                     cmocka_unit_test(repeat_issues_d_cycles_apart_and_moves_both_addresses),
                                     cmocka_unit_test(notify_releases_every_parked_queue_barrier_cycles_later),
                                     cmocka_unit_test(a_restarted_program_runs_again_from_cycle_0)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
