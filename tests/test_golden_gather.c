/* SPDX-License-Identifier: Apache-2.0 */
/* Gather and Scatter: random programs of one slice, with superlanes going off and on, against a plain memory; every
 * driven vector and every stored word is compared, and the fault of an address that a superlane does not have. */
#include "golden_rig.h"

enum { CYCLES = 260, VECTOR = 320, WORDS = 32, LOWS = 8 };

typedef struct {
  uint64_t set; /* superlanes */
  uint8_t byte[VECTOR];
} vector;

typedef struct {
  int at; /* cycle of the instruction */
  uint64_t set;
  uint16_t addr[64];
  uint8_t byte[VECTOR];
} store;

typedef struct {
  const tsp_config *cfg;
  int slice, column, first;
  uint8_t (*mem)[VECTOR];    /* [mem_words] of the slice */
  uint8_t (*source)[VECTOR]; /* [slices][WORDS] of the others */
  vector *in, *out;          /* [CYCLES][64]: operands, and what the slice drives */
  bool *busy;                /* [CYCLES][slices] */
  uint64_t powered[CYCLES];
  store store[CYCLES];
  int stores, count[256];
} model;

static bool has(uint64_t set, int superlane)
{
  return set >> superlane & 1;
}
static vector *in_at(const model *m, int t, int stream)
{
  return &m->in[t * 64 + stream];
}
static vector *out_at(const model *m, int t, int stream)
{
  return &m->out[t * 64 + stream];
}

/* Bytes of data, low bytes of addresses, high bytes. */
enum { DATA, LOW, HIGH, KINDS };

static void fill(model *m, rig *r, uint64_t *s)
{
  for (int a = 0; a < m->cfg->mem_words; a++)
    rig_fill(r, m->slice, (uint32_t)a, s, m->mem[a]);
  for (int slice = 0; slice < 2 * m->cfg->mem_slices; slice++)
    for (int a = 0; a < WORDS && slice != m->slice; a++) {
      uint8_t *byte = m->source[slice * WORDS + a];

      for (int l = 0; l < m->cfg->vector; l++)
        byte[l] = a % KINDS == LOW && l % m->cfg->lanes == 0    ? (uint8_t)random_below(s, LOWS)
                  : a % KINDS == HIGH && l % m->cfg->lanes == 0 ? (uint8_t)random_below(s, m->cfg->mem_words / 256)
                                                                : (uint8_t)random64(s);
      assert_int_equal(tsp_engine_mem_write(r->e, slice, (uint32_t)a, byte), TSP_OK);
    }
}

/* From any slice of another column; that decides the direction. False if the wanted one has none free. */
static bool deliver(model *m, rig *r, uint64_t *s, int t, int stream, int kind)
{
  int slices = 2 * m->cfg->mem_slices, from = random_below(s, slices), way = 0;
  int a = kind + KINDS * random_below(s, WORDS / KINDS);
  vector *v = in_at(m, t, stream);
  bool found = false;

  for (int k = 0; k < slices && !found; k++) {
    from = (from + 1) % slices;
    way = m->column - tsp_queue_column(m->cfg, from);
    found = way && (way < 0) == stream / 32 && !m->busy[t * slices + from];
  }
  if (!found)
    return false;
  v->set = m->powered[t - abs(way) - 2];
  for (int u = t - abs(way); u <= t; u++)
    v->set &= m->powered[u];
  m->busy[t * slices + from] = true;
  rig_deliver(r, from, a, stream, m->column, (uint64_t)t);
  memcpy(v->byte, m->source[from * WORDS + a], VECTOR);
  return true;
}

static bool operand(model *m, rig *r, uint64_t *s, int t, int stream, int kind)
{
  if (out_at(m, t, stream)->set) /* the slice itself drives the register now */
    return false;
  if (!in_at(m, t, stream)->set)
    deliver(m, r, s, t, stream, kind);
  return (in_at(m, t, stream)->set & m->powered[t]) == m->powered[t];
}

static int any_stream(const model *m, uint64_t *s)
{
  return random_below(s, m->cfg->streams) + 32 * random_below(s, 2);
}

/* ---- what the contract says -----------------------------------------------------------------------------------------
 */

static void settle(model *m, int t)
{
  for (int k = 0; k < m->stores; k++)
    for (int l = 0; m->store[k].at + 1 == t && l < m->cfg->vector; l++)
      if (has(m->store[k].set, l / m->cfg->lanes))
        m->mem[m->store[k].addr[l / m->cfg->lanes]][l] = m->store[k].byte[l];
}

static void address(const model *m, int t, int map, uint16_t *addr)
{
  for (int n = 0; n < m->cfg->superlanes; n++)
    addr[n] =
        (uint16_t)(in_at(m, t, map)->byte[n * m->cfg->lanes] + 256 * in_at(m, t, map + 1)->byte[n * m->cfg->lanes]);
}

static void read_words(model *m, int t, int stream, const uint16_t *addr)
{
  vector *v = out_at(m, t + 2, stream);

  v->set = m->powered[t] & m->powered[t + 2];
  for (int l = 0; l < m->cfg->vector; l++)
    v->byte[l] = m->mem[addr[l / m->cfg->lanes] % m->cfg->mem_words][l];
}

static void store_words(model *m, int t, int stream, const uint16_t *addr)
{
  store *p = &m->store[m->stores++];

  p->at = t;
  p->set = m->powered[t];
  memcpy(p->addr, addr, sizeof p->addr);
  memcpy(p->byte, in_at(m, t, stream)->byte, VECTOR);
}

/* ---- programs -------------------------------------------------------------------------------------------------------
 */

static uint64_t draw_word(model *m, rig *r, uint64_t *s, int t)
{
  int kind = random_below(s, 4), map = any_stream(m, s) & ~1, out = any_stream(m, s), from = any_stream(m, s);
  int a = random_below(s, LOWS) + 256 * random_below(s, m->cfg->mem_words / 256);
  uint16_t addr[64];

  for (int n = 0; n < 64; n++)
    addr[n] = (uint16_t)a;
  if (kind == 1 && random_below(s, 2)) /* small configurations have no slice for a third stream */
    from = map + random_below(s, 2);
  if (kind < 2) {
    if (!operand(m, r, s, t, map, LOW) || !operand(m, r, s, t, map + 1, HIGH))
      return 0;
    address(m, t, map, addr);
    for (int n = 0; n < m->cfg->superlanes; n++) /* a stream that was already there may be no map */
      if (has(m->powered[t], n) && addr[n] >= m->cfg->mem_words)
        return 0;
  }
  if (kind % 2 && !operand(m, r, s, t, from, DATA))
    return 0;
  if (kind % 2)
    store_words(m, t, from, addr);
  else
    read_words(m, t, out, addr);
  switch (kind) {
  case 0: return word(TSP_OP_GATHER, "map", map, "rstream", out);
  case 1: return word(TSP_OP_SCATTER, "map", map, "wstream", from);
  case 2: return read_to(a, out);
  default: return write_from(from, a);
  }
}

static void draw(model *m, rig *r, uint64_t *s)
{
  for (int t = m->first; t < CYCLES - 4; t++) {
    uint64_t w = 0;

    settle(m, t);
    for (int tries = 0; tries < 4 && !w && t < CYCLES - 30; tries++)
      w = draw_word(m, r, s, t);
    if (w)
      rig_plan(r, m->slice, (uint64_t)t, w);
    m->count[tsp_word_opcode(w)]++;
  }
}

static void draw_power(model *m, rig *r, bool power, uint64_t *s)
{
  int n = m->cfg->superlanes;

  for (int t = 0; t < CYCLES; t++) {
    m->powered[t] = (UINT64_C(1) << n) - 1;
    if (!power || t <= m->first || random_below(s, 12))
      continue;
    n = random_below(s, 2) ? m->cfg->superlanes : 1 + random_below(s, m->cfg->superlanes);
    rig_plan(r, m->cfg->q_vxm, (uint64_t)t, word(TSP_OP_CONFIG, "superlanes", n));
  }
}

/* ---- comparison -----------------------------------------------------------------------------------------------------
 */

static void compare_driven(const model *m, rig *r, int cycle)
{
  const tsp_config *c = m->cfg;

  for (int n = 0; n < c->superlanes && n <= cycle; n++)
    for (int stream = 0; stream < 64; stream++) {
      const vector *g = out_at(m, cycle - n, stream);
      tsp_tile_view v = tsp_engine_tile(r->e, stream / 32, m->column, n);

      if (!has(m->powered[cycle - n], n))
        assert_int_equal(v.valid, 0);
      if (!has(g->set, n))
        continue;
      assert_true(v.valid >> (stream % 32) & 1);
      assert_memory_equal(v.data + stream % 32 * c->lanes, g->byte + n * c->lanes, (size_t)c->lanes);
    }
}

static void compare_stores(const model *m, rig *r, int cycle)
{
  const tsp_config *c = m->cfg;
  size_t count, k = 0;
  const tsp_event *e = tsp_engine_events(r->e, &count);
  tsp_dispatch d;

  for (int n = 0; n < c->superlanes; n++)
    for (int i = 0; i < m->stores; i++) {
      const store *p = &m->store[i];

      if (p->at + 1 + n != cycle || !has(p->set, n))
        continue;
      assert_true(k < count);
      assert_int_equal(e[k].kind, TSP_EVENT_MEM);
      assert_int_equal(e[k].unit, m->slice);
      assert_int_equal(e[k].superlane, n);
      assert_int_equal(e[k].index, p->addr[n]);
      assert_memory_equal(e[k].data, p->byte + n * c->lanes, (size_t)c->lanes);
      assert_true(tsp_golden_trace(r->e, tsp_golden_who_event(r->e, &e[k]), &d));
      assert_int_equal(d.cycle, p->at);
      k++;
    }
  assert_int_equal(k, count);
}

static void run(const tsp_config *c, int slice, bool power, uint64_t *s)
{
  static model m;
  size_t slices = 2 * (size_t)c->mem_slices;
  uint8_t word[VECTOR];
  rig r;

  memset(&m, 0, sizeof m);
  m.cfg = c;
  m.slice = slice;
  m.column = tsp_queue_column(c, slice);
  m.first = c->columns + 3;
  m.mem = calloc((size_t)c->mem_words, sizeof *m.mem);
  m.source = calloc(slices * WORDS, sizeof *m.source);
  m.in = calloc(CYCLES * 64, sizeof *m.in);
  m.out = calloc(CYCLES * 64, sizeof *m.out);
  m.busy = calloc(CYCLES * slices, sizeof *m.busy);
  rig_open(&r, c);
  fill(&m, &r, s);
  draw_power(&m, &r, power, s);
  draw(&m, &r, s);
  assert_true(m.count[TSP_OP_GATHER] > 4 && m.count[TSP_OP_SCATTER] > 4);
  rig_start(&r);
  for (int cycle = 0; cycle < CYCLES - 4; cycle++) {
    assert_int_equal(rig_step(&r), TSP_OK);
    compare_driven(&m, &r, cycle);
    compare_stores(&m, &r, cycle);
  }
  rig_run(&r);
  for (int a = 0; a < c->mem_words; a++) {
    assert_int_equal(tsp_engine_mem_read(r.e, slice, (uint32_t)a, word), TSP_OK);
    assert_memory_equal(word, m.mem[a], (size_t)c->vector);
  }
  rig_close(&r);
  free(m.mem);
  free(m.source);
  free(m.in);
  free(m.out);
  free(m.busy);
}

static void run_all(bool power, const char *what)
{
  uint64_t s = test_seed(what);
  tsp_config odd = odd_config(), eight = odd_config();

  eight.lanes = 8;
  eight.superlanes = 5;
  eight.streams = 8;
  eight.mem_words = 1024;
  assert_int_equal(tsp_config_complete(&eight, NULL), TSP_OK);
  for (int hemi = 0; hemi < 2; hemi++) {
    run(tsp_config_find("nano"), 2 * hemi + 1, power, &s);
    run(tsp_config_find("mini"), 12 * hemi + 4, power, &s);
    run(&odd, 5 * hemi + 2, power, &s);
    run(&eight, 5 * hemi, power, &s);
  }
  run(tsp_config_find("full"), 60, power, &s);
}

static void every_superlane_has_its_own_address(void **state)
{
  (void)state;
  run_all(false, "gather");
}

static void superlanes_that_are_off_neither_read_nor_store(void **state)
{
  (void)state;
  run_all(true, "gather power");
}

/* Slice 1 of mini: a Gather or Scatter in cycle 30 with these addresses, data and old word all 0x55. */
static void open_with(rig *r, const tsp_config *c, const int *addr, bool scatter)
{
  uint8_t low[VECTOR] = {0}, high[VECTOR] = {0}, data[VECTOR];

  rig_open(r, c);
  memset(data, 0x55, sizeof data);
  for (int n = 0; n < c->superlanes; n++) {
    low[n * c->lanes] = (uint8_t)addr[n];
    high[n * c->lanes] = (uint8_t)(addr[n] >> 8);
    tsp_engine_mem_write(r->e, 1, (uint32_t)(addr[n] % c->mem_words), data);
  }
  tsp_engine_mem_write(r->e, 4, 0, low);
  tsp_engine_mem_write(r->e, 6, 0, high);
  tsp_engine_mem_write(r->e, 8, 0, low);
  rig_deliver(r, 4, 0, 6, tsp_queue_column(c, 1), 30);
  rig_deliver(r, 6, 0, 7, tsp_queue_column(c, 1), 30);
  rig_deliver(r, 8, 0, 4, tsp_queue_column(c, 1), 30);
  rig_plan(r, 1, 30,
           scatter ? word(TSP_OP_SCATTER, "map", 6, "wstream", 4) : word(TSP_OP_GATHER, "map", 6, "rstream", 9));
  rig_start(r);
}

/* What the superlanes below the first without its word do: words of the cycle, or the vector's first byte. */
static void expect_others(rig *r, const int *addr, bool scatter, int cycle)
{
  int n = cycle - (scatter ? 31 : 32);
  size_t count = 0;
  const tsp_event *e = tsp_engine_events(r->e, &count);

  assert_int_equal(count, scatter && n >= 0 && n < r->cfg->superlanes && addr[n] < r->cfg->mem_words);
  if (count && e)
    assert_int_equal(e[0].index, addr[n]);
  if (!scatter && n >= 0) {
    tsp_tile_view v = tsp_engine_tile(r->e, TSP_EAST, tsp_queue_column(r->cfg, 1), n);

    assert_true(v.valid >> 9 & 1);
    assert_int_equal(v.data[9 * r->cfg->lanes], addr[n] < r->cfg->mem_words ? 0x55 : 0);
  }
}

/* It stands two cycles behind the fault: a Gather's zeros show in the superlane `first`. */
static void expect_address_fault(const int *addr, int first, bool scatter)
{
  rig r;
  tsp_csr csr;

  open_with(&r, tsp_config_find("mini"), addr, scatter);
  for (int cycle = 0; cycle <= 31 + first; cycle++) {
    assert_int_equal(rig_step(&r), TSP_OK);
    expect_others(&r, addr, scatter, cycle);
  }
  assert_int_equal(rig_step(&r), TSP_EFAULT);
  expect_others(&r, addr, scatter, 32 + first);
  csr = tsp_engine_csr(r.e);
  assert_int_equal(csr.fault_code, TSP_FAULT_ADDRESS);
  assert_int_equal(csr.fault_queue, 1);
  assert_int_equal(csr.fault_cycle, 30 + first);
  rig_close(&r);
}

static const struct {
  int addr[5], first;
} beyond[] = {{{4096, 1, 2, 3, 0}, 0}, {{4095, 1, 0xffff, 5000, 0}, 2}, {{0, 1, 2, 4096, 0}, 3}};

static void an_address_beyond_the_words_is_a_fault_of_its_superlane(void **state)
{
  (void)state;
  for (size_t k = 0; k < sizeof beyond / sizeof beyond[0]; k++)
    for (int scatter = 0; scatter < 2; scatter++)
      expect_address_fault(beyond[k].addr, beyond[k].first, scatter);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_superlane_has_its_own_address),
                                     cmocka_unit_test(superlanes_that_are_off_neither_read_nor_store),
                                     cmocka_unit_test(an_address_beyond_the_words_is_a_fault_of_its_superlane)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
