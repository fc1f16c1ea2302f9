/* SPDX-License-Identifier: Apache-2.0 */
/* MEM and streams: random programs against a plain simulation of the physical chip, in which every superlane has its
 * own shifting registers and memory and executes each instruction one cycle after the superlane before it. */
#include "golden_rig.h"

enum { CYCLES = 260, ADDRS = 6 };

typedef struct {
  uint64_t cycle, word;
  int queue;
} logged;

typedef struct {
  bool valid;
  uint8_t data[16];
} plain_register;

typedef struct {
  const tsp_config *cfg;
  plain_register *reg, *old; /* [2][columns][streams][superlanes] */
  plain_register *word;      /* [slices][2 banks][ADDRS][superlanes], valid unused */
  logged *log;
  int logged;
} plain_chip;

static size_t reg_at(const tsp_config *c, int dir, int column, int stream, int n)
{
  return (((size_t)dir * (size_t)c->columns + (size_t)column) * (size_t)c->streams + (size_t)stream) *
             (size_t)c->superlanes +
         (size_t)n;
}

/* Programs use ADDRS words at the start of each bank. */
static int addr_of(const tsp_config *c, int bank, int k)
{
  return bank * c->mem_words / 2 + k;
}

static plain_register *stored_word(const plain_chip *p, int slice, int addr, int n)
{
  int half = p->cfg->mem_words / 2, bank = addr >= half, k = addr - bank * half;

  assert_true(k < ADDRS);
  return &p->word[(((size_t)slice * 2 + (size_t)bank) * ADDRS + (size_t)k) * (size_t)p->cfg->superlanes + (size_t)n];
}

static size_t registers(const tsp_config *c)
{
  return reg_at(c, 2, 0, 0, 0);
}

static void plain_new(plain_chip *p, const tsp_config *c)
{
  p->cfg = c;
  p->reg = calloc(registers(c), sizeof *p->reg);
  p->old = calloc(registers(c), sizeof *p->old);
  p->word = calloc((size_t)c->mem_slices * 4 * ADDRS * (size_t)c->superlanes, sizeof *p->word);
  p->log = calloc((size_t)c->mem_slices * 2 * CYCLES, sizeof *p->log);
  p->logged = 0;
}

static void plain_free(plain_chip *p)
{
  free(p->reg);
  free(p->old);
  free(p->word);
  free(p->log);
}

static void plain_shift(plain_chip *p)
{
  const tsp_config *c = p->cfg;
  plain_register *t = p->old;

  p->old = p->reg;
  p->reg = t;
  for (int dir = 0; dir < 2; dir++)
    for (int col = 0; col < c->columns; col++)
      for (int s = 0; s < c->streams; s++)
        for (int n = 0; n < c->superlanes; n++) {
          int from = dir == TSP_EAST ? col - 1 : col + 1;
          bool inside = from >= 0 && from < c->columns;

          p->reg[reg_at(c, dir, col, s, n)] = inside ? p->old[reg_at(c, dir, from, s, n)] : (plain_register){0};
        }
}

static int get(uint64_t w, const char *name)
{
  return (int)tsp_word_get(tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(w)), w, name);
}

static bool does(uint64_t w, unsigned op)
{
  return tsp_word_opcode(w) == op || tsp_word_opcode(w) == TSP_OP_READWRITE;
}

static plain_register *reg_of(const plain_chip *p, int queue, int stream, int n)
{
  return &p->reg[reg_at(p->cfg, stream >> 5, tsp_queue_column(p->cfg, queue), stream & 31, n)];
}

/* The registers of superlane n during this cycle: what a Read of two cycles before gave is read from memory as it was
 * then, so results are taken when the Read executes and wait in the log's order. */
typedef struct {
  uint64_t cycle;
  int queue, stream, n;
  uint8_t data[16];
} waiting;
static waiting queue_of_reads[1 << 16];
static int reads_head, reads_tail;

static void plain_execute(plain_chip *p, uint64_t cycle)
{
  for (int k = 0; k < p->logged; k++) { /* reads first: they see the word before a write of this cycle */
    const logged *l = &p->log[k];
    int n = (int)(cycle - l->cycle);

    if (l->cycle > cycle || n >= p->cfg->superlanes || !does(l->word, TSP_OP_READ))
      continue;
    waiting *w = &queue_of_reads[reads_tail++ & 0xffff];
    *w = (waiting){.cycle = cycle + 2, .queue = l->queue, .stream = get(l->word, "rstream"), .n = n};
    memcpy(w->data, stored_word(p, l->queue, get(l->word, "raddr"), n)->data, 16);
  }
  for (int k = 0; k < p->logged; k++) {
    const logged *l = &p->log[k];
    int n = (int)(cycle - l->cycle);

    if (l->cycle > cycle || n >= p->cfg->superlanes || !does(l->word, TSP_OP_WRITE))
      continue;
    plain_register *from = reg_of(p, l->queue, get(l->word, "wstream"), n);
    assert_true(from->valid);
    memcpy(stored_word(p, l->queue, get(l->word, "waddr"), n)->data, from->data, 16);
  }
}

static void plain_land(plain_chip *p, uint64_t cycle)
{
  for (; reads_head != reads_tail && queue_of_reads[reads_head & 0xffff].cycle == cycle; reads_head++) {
    const waiting *w = &queue_of_reads[reads_head & 0xffff];
    plain_register *to = reg_of(p, w->queue, w->stream, w->n);

    to->valid = true;
    memcpy(to->data, w->data, 16);
  }
}

static int valid_stream(const plain_chip *p, int queue, uint64_t *s)
{
  int first = random_below(s, 2 * p->cfg->streams);

  for (int k = 0; k < 2 * p->cfg->streams; k++) {
    int v = (first + k) % (2 * p->cfg->streams), stream = v < p->cfg->streams ? v : 32 + v - p->cfg->streams;

    if (reg_of(p, queue, stream, 0)->valid)
      return stream;
  }
  return -1;
}

/* Whether a queue of the same column already reads onto this stream in this cycle. */
static bool claimed(const plain_chip *p, uint64_t cycle, int queue, int stream)
{
  for (int k = p->logged - 1; k >= 0 && p->log[k].cycle == cycle; k--)
    if (does(p->log[k].word, TSP_OP_READ) && get(p->log[k].word, "rstream") == stream &&
        tsp_queue_column(p->cfg, p->log[k].queue) == tsp_queue_column(p->cfg, queue))
      return true;
  return false;
}

static uint64_t choose(const plain_chip *p, uint64_t cycle, int queue, uint64_t *s)
{
  int bank = random_below(s, 2), source = random_below(s, 3) ? valid_stream(p, queue, s) : -1;
  int raddr = addr_of(p->cfg, bank, random_below(s, ADDRS)), waddr = addr_of(p->cfg, !bank, random_below(s, ADDRS));
  int dir = random_below(s, 2), to = dir * 32 + random_below(s, p->cfg->streams);
  bool reads = !claimed(p, cycle, queue, to) && random_below(s, 4);

  if (reads && source >= 0)
    return word(TSP_OP_READWRITE, "raddr", raddr, "rstream", to, "waddr", waddr, "wstream", source);
  if (reads)
    return read_to(raddr, to);
  return source >= 0 ? write_from(source, waddr) : 0;
}

/* Draws a program that is correct, by following superlane 0. */
static void draw(plain_chip *p, rig *r, uint64_t *s)
{
  reads_head = reads_tail = 0;
  for (uint64_t cycle = 0; cycle < CYCLES - 40; cycle++) {
    plain_shift(p);
    plain_land(p, cycle);
    for (int q = 0; q < p->cfg->q_vxm; q++) {
      uint64_t w = random_below(s, 3) ? 0 : choose(p, cycle, q, s);

      if (!w)
        continue;
      p->log[p->logged++] = (logged){cycle, w, q};
      rig_at(r, q, cycle, w);
    }
    plain_execute(p, cycle);
  }
  memset(p->reg, 0, registers(p->cfg) * sizeof *p->reg);
  reads_head = reads_tail = 0;
}

static void fill_memory(plain_chip *p, rig *r, uint64_t *s)
{
  uint8_t v[1024];

  for (int q = 0; q < p->cfg->q_vxm; q++)
    for (int k = 0; k < 2 * ADDRS; k++) {
      int addr = addr_of(p->cfg, k / ADDRS, k % ADDRS);

      rig_fill(r, q, (uint32_t)addr, s, v);
      for (int n = 0; n < p->cfg->superlanes; n++)
        memcpy(stored_word(p, q, addr, n)->data, v + n * p->cfg->lanes, (size_t)p->cfg->lanes);
    }
}

static void compare_streams(const plain_chip *p, rig *r)
{
  const tsp_config *c = p->cfg;

  for (int dir = 0; dir < 2; dir++)
    for (int col = 0; col < c->columns; col++)
      for (int n = 0; n < c->superlanes; n++) {
        tsp_tile_view v = tsp_engine_tile(r->e, dir, col, n);

        for (int s = 0; s < c->streams; s++) {
          const plain_register *g = &p->reg[reg_at(c, dir, col, s, n)];

          assert_int_equal(v.valid >> s & 1, g->valid);
          assert_int_equal(tsp_golden_who_stream(r->e, dir, col, s, n) != 0, g->valid);
          if (g->valid)
            assert_memory_equal(v.data + s * c->lanes, g->data, (size_t)c->lanes);
        }
      }
}

/* Words written in the cycle before, by slice and superlane. */
static void compare_events(const plain_chip *p, rig *r, uint64_t cycle)
{
  size_t count, k = 0;
  const tsp_event *e = tsp_engine_events(r->e, &count);

  for (int q = 0; q < p->cfg->q_vxm; q++)
    for (int n = 0; n < p->cfg->superlanes; n++)
      for (int l = 0; l < p->logged; l++) {
        const logged *g = &p->log[l];

        if (g->queue != q || g->cycle + (uint64_t)n + 1 != cycle || !does(g->word, TSP_OP_WRITE))
          continue;
        assert_true(k < count);
        assert_int_equal(e[k].kind, TSP_EVENT_MEM);
        assert_int_equal(e[k].unit, q);
        assert_int_equal(e[k].superlane, n);
        assert_int_equal(e[k].index, get(g->word, "waddr"));
        assert_int_equal(e[k].bytes, p->cfg->lanes);
        assert_memory_equal(e[k].data, stored_word(p, q, get(g->word, "waddr"), n)->data, (size_t)p->cfg->lanes);
        k++;
      }
  assert_int_equal(k, count);
}

static void compare_memory(const plain_chip *p, rig *r)
{
  uint8_t v[1024];

  for (int q = 0; q < p->cfg->q_vxm; q++)
    for (int k = 0; k < 2 * ADDRS; k++) {
      int addr = addr_of(p->cfg, k / ADDRS, k % ADDRS);

      assert_int_equal(tsp_engine_mem_read(r->e, q, (uint32_t)addr, v), TSP_OK);
      for (int n = 0; n < p->cfg->superlanes; n++)
        assert_memory_equal(stored_word(p, q, addr, n)->data, v + n * p->cfg->lanes, (size_t)p->cfg->lanes);
    }
}

static void compare_chip(const tsp_config *c, uint64_t *s)
{
  plain_chip p;
  rig r;

  plain_new(&p, c);
  rig_open(&r, c);
  fill_memory(&p, &r, s);
  draw(&p, &r, s);
  fill_memory(&p, &r, s);
  rig_start(&r);
  for (uint64_t cycle = 0; !tsp_engine_csr(r.e).done; cycle++) {
    assert_true(cycle < CYCLES);
    assert_int_equal(rig_step(&r), TSP_OK);
    compare_events(&p, &r, cycle);
    plain_shift(&p);
    plain_land(&p, cycle);
    compare_streams(&p, &r);
    plain_execute(&p, cycle);
  }
  compare_memory(&p, &r);
  rig_close(&r);
  plain_free(&p);
}

static void every_register_and_word_is_that_of_the_physical_chip(void **state)
{
  uint64_t s = test_seed("mem");
  tsp_config odd = odd_config();

  (void)state;
  compare_chip(tsp_config_find("nano"), &s);
  compare_chip(&odd, &s);
  compare_chip(&odd, &s);
  compare_chip(tsp_config_find("mini"), &s);
}

/* Read 2 cycles, one column per cycle, Write 1 cycle: W1 to E2 of odd is 4 columns. */
static void a_vector_takes_one_column_per_cycle(void **state)
{
  tsp_config c = odd_config();
  int from = 1, to = c.mem_slices + 2;
  uint8_t v[64], w[64];
  uint64_t s = 3;
  rig r;

  (void)state;
  rig_open(&r, &c);
  rig_fill(&r, from, 9, &s, v);
  rig_at(&r, from, 10, read_to(9, 4));
  rig_at(&r, to, 10 + 2 + 5, write_from(4, 511));
  rig_at(&r, to, 10 + 2 + 5 + 1, read_to(511, west(4)));
  rig_start(&r);
  rig_goto(&r, 11);
  assert_int_equal(tsp_engine_tile(r.e, TSP_EAST, 3, 0).valid, 0);
  for (int k = 0; k < 8; k++) { /* W1 is column 3 */
    rig_step(&r);
    assert_int_equal(tsp_engine_tile(r.e, TSP_EAST, 3 + k, 0).valid, 1 << 4);
    assert_int_equal(tsp_engine_tile(r.e, TSP_EAST, 2 + k, 0).valid, 0);
  }
  rig_step(&r); /* cycle 20: it has left the chip; the Read of cycle 18 shows at E2, column 8 */
  assert_int_equal(tsp_engine_tile(r.e, TSP_EAST, 10, 0).valid, 0);
  assert_int_equal(tsp_engine_tile(r.e, TSP_EAST, 10, 1).valid, 1 << 4);
  assert_int_equal(tsp_engine_tile(r.e, TSP_WEST, 8, 0).valid, 1 << 4);
  assert_memory_equal(tsp_engine_tile(r.e, TSP_WEST, 8, 0).data + 4 * 16, v, 16);
  tsp_dispatch d;
  assert_true(tsp_golden_trace(r.e, tsp_golden_who_stream(r.e, TSP_WEST, 8, 4, 0), &d));
  assert_int_equal(d.cycle, 18);
  assert_true(tsp_golden_trace(r.e, d.source[0], &d)); /* the Write */
  assert_int_equal(d.cycle, 17);
  assert_true(tsp_golden_trace(r.e, d.source[0], &d)); /* the first Read, of host data */
  assert_int_equal(d.cycle, 10);
  assert_int_equal(d.source[0], 0);
  rig_run(&r);
  assert_int_equal(tsp_engine_mem_read(r.e, to, 511, w), TSP_OK);
  assert_memory_equal(v, w, (size_t)c.vector);
  rig_close(&r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_register_and_word_is_that_of_the_physical_chip),
                                     cmocka_unit_test(a_vector_takes_one_column_per_cycle)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
