/* SPDX-License-Identifier: Apache-2.0 */
/* SXM: random programs of all units of a hemisphere, with superlanes going off and on, against plain loops over the
 * registers of the one column that the units see; every register, valid bit and map of every cycle is compared. */
#include "golden_rig.h"

enum { CYCLES = 260, VECTOR = 320, WORDS = 32, FLIGHTS = 128, UNITS = TSP_SXM_QUEUES, MAPS = 8 };

typedef struct {
  uint64_t set; /* superlanes */
  uint8_t byte[VECTOR];
} vector;

/* An instruction whose output forms later, or that changes a map in the next cycle. */
typedef struct {
  int at, unit;
  uint64_t word, set;
  vector in[2];
} flight;

typedef struct {
  const tsp_config *cfg;
  int hemi, column, q, streams, first; /* first: the cycle in which the first vectors can be at the column */
  uint8_t (*mem)[VECTOR];              /* [slices][WORDS] */
  vector *reg;                         /* [CYCLES][2][streams]: of the column */
  bool *claimed;                       /* [CYCLES][2][streams]: a unit will drive the register */
  bool *busy;                          /* [CYCLES][slices]: a vector from the slice is at the column */
  uint64_t powered[CYCLES];
  uint16_t map[UNITS][MAPS][VECTOR];
  flight flying[FLIGHTS], remap[CYCLES * UNITS];
  int flyings, remaps;
  int count[256]; /* instructions by opcode */
} model;

static vector *reg_at(const model *m, int t, int stream)
{
  return &m->reg[(t * 2 + stream / 32) * m->streams + stream % 32];
}
static bool *claim_at(const model *m, int t, int stream)
{
  return &m->claimed[(t * 2 + stream / 32) * m->streams + stream % 32];
}

static uint64_t superlanes(int n)
{
  return (UINT64_C(1) << n) - 1;
}

/* Where a unit drives at t, the value is there in powered superlanes; elsewhere what was delivered stays. */
static void drive(model *m, int t, int stream, const uint8_t *byte, uint64_t set)
{
  vector *r = reg_at(m, t, stream);

  set &= m->powered[t];
  for (int l = 0; l < m->cfg->vector; l++)
    if (set >> (l / m->cfg->lanes) & 1)
      r->byte[l] = byte[l];
  r->set |= set;
}

/* ---- memory: words of bytes that also make good maps ---------------------------------------------------------------
 */

enum { ANY, FEW, LANES, HIGH };

static uint8_t draw_byte(const tsp_config *c, uint64_t *s, int kind)
{
  switch (kind) {
  case FEW: return (uint8_t)random_below(s, 4);
  case LANES: return (uint8_t)random_below(s, c->lanes + 1);
  case HIGH: return (uint8_t)random_below(s, (c->vector + 255) / 256 + !random_below(s, 8));
  default: return (uint8_t)random64(s);
  }
}

static void fill(model *m, rig *r, uint64_t *s)
{
  for (int slice = 0; slice < 2 * m->cfg->mem_slices; slice++)
    for (int a = 0; a < WORDS; a++) {
      uint8_t *byte = m->mem[slice * WORDS + a];

      for (int l = 0; l < m->cfg->vector; l++)
        byte[l] = draw_byte(m->cfg, s, a % 4);
      assert_int_equal(tsp_engine_mem_write(r->e, slice, (uint32_t)a, byte), TSP_OK);
    }
}

/* Brings a word of the kind to the column at t; false if no slice is free or it would not be whole. */
static bool deliver(model *m, rig *r, uint64_t *s, int t, int stream, int kind)
{
  int slices = 2 * m->cfg->mem_slices, from = random_below(s, slices), a = kind + 4 * random_below(s, WORDS / 4), way;
  uint64_t set = superlanes(m->cfg->superlanes);

  for (int k = 0; k < slices; k++, from = (from + 1) % slices)
    if (!m->busy[t * slices + from])
      break;
  if (m->busy[t * slices + from])
    return false;
  way = abs(tsp_queue_column(m->cfg, from) - m->column);
  for (int u = t - way; u <= t; u++) /* in stream registers */
    set &= m->powered[u];
  set &= m->powered[t - way - 2];
  m->busy[t * slices + from] = true;
  rig_deliver(r, from, a, stream, m->column, (uint64_t)t);
  reg_at(m, t, stream)->set = set;
  memcpy(reg_at(m, t, stream)->byte, m->mem[from * WORDS + a], VECTOR);
  return true;
}

/* A stream with an operand in all powered superlanes at t, perhaps delivered for it; -1 if none. */
static int operand(model *m, rig *r, uint64_t *s, int t, int stream, int kind)
{
  vector *v = reg_at(m, t, stream);

  if (!v->set && !*claim_at(m, t, stream) && stream / 32 == m->hemi)
    deliver(m, r, s, t, stream, kind);
  return (v->set & m->powered[t]) == m->powered[t] ? stream : -1;
}

static int any_operand(model *m, rig *r, uint64_t *s, int t, int kind)
{
  int stream = random_below(s, m->streams) + (random_below(s, 3) ? m->hemi : 1 - m->hemi) * 32;

  return operand(m, r, s, t, stream, kind);
}

/* `count` operands from the base on, or -1. */
static int group_operand(model *m, rig *r, uint64_t *s, int t, int count, int kind)
{
  int base = random_below(s, m->streams / count) * count + m->hemi * 32;

  for (int k = 0; k < count; k++)
    if (operand(m, r, s, t, base + k, k ? kind : ANY) < 0)
      return -1;
  return base;
}

/* A group of streams that nobody else drives at t, the first `count` of which are claimed; -1 if there is none. */
static int claim(model *m, uint64_t *s, int t, int aligned, int count)
{
  int base = random_below(s, m->streams / aligned) * aligned + random_below(s, 2) * 32;

  for (int k = 0; k < count; k++)
    if (*claim_at(m, t, base + k) || reg_at(m, t, base + k)->set)
      return -1;
  for (int k = 0; k < count; k++)
    *claim_at(m, t, base + k) = true;
  return base;
}

/* ---- what the contract says -----------------------------------------------------------------------------------------
 */

static int get(uint64_t w, const char *name)
{
  return (int)tsp_word_get(tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(w)), w, name);
}

static uint8_t element(const vector *v, int l, int n)
{
  return l >= 0 && l < n ? v->byte[l] : 0;
}

static uint8_t across(const model *m, const flight *f, int l)
{
  const uint16_t *map = m->map[f->unit][get(f->word, "map")];
  int n = get(f->word, "n"), size = m->cfg->vector;

  switch (tsp_word_opcode(f->word)) {
  case TSP_OP_SHIFT_UP: return element(&f->in[0], l - n, size);
  case TSP_OP_SHIFT_DOWN: return element(&f->in[0], l + n, size);
  case TSP_OP_SELECT:
    if (map[l] == 0)
      return f->in[0].byte[l];
    return map[l] == 1 ? element(&f->in[0], l - n, size) : map[l] == 2 ? element(&f->in[0], l + n, size) : 0;
  default: return element(&f->in[0], map[l], size);
  }
}

/* The start of a cycle: maps change, outputs form. */
static void settle(model *m, int t)
{
  uint8_t out[VECTOR];

  for (int k = 0; k < m->remaps; k++) {
    const flight *f = &m->remap[k];

    for (int l = 0; f->at == t && l < m->cfg->vector; l++)
      if (f->set >> (l / m->cfg->lanes) & 1)
        m->map[f->unit][get(f->word, "map")][l] = (uint16_t)(f->in[0].byte[l] + 256 * f->in[1].byte[l]);
  }
  for (int k = 0; k < FLIGHTS; k++) {
    const flight *f = &m->flying[k];

    if (f->at != t || !f->word)
      continue;
    for (int l = 0; l < m->cfg->vector; l++)
      out[l] = across(m, f, l);
    drive(m, t + 1, get(f->word, "out"), out, f->set & m->powered[t]);
  }
}

static void within(model *m, int t, uint64_t w, uint64_t set)
{
  const tsp_config *c = m->cfg;
  uint8_t out[VECTOR];
  int n = get(w, "n");

  switch (tsp_word_opcode(w)) {
  case TSP_OP_DISTRIBUTE:
    for (int l = 0; l < c->vector; l++) {
      uint16_t from = m->map[3][get(w, "map")][l];

      out[l] = from < c->lanes ? reg_at(m, t, get(w, "stream"))->byte[l / c->lanes * c->lanes + from] : 0;
    }
    drive(m, t + 1, get(w, "out"), out, set);
    break;
  case TSP_OP_ROTATE:
    for (int a = 0; a < n; a++)
      for (int b = 0; b < n; b++) {
        for (int l = 0; l < c->vector; l++) {
          int lane = l % c->lanes, i = lane / n, j = lane % n, from = n * ((i + a) % n) + (j + b) % n;

          out[l] = lane < n * n ? reg_at(m, t, get(w, "stream"))->byte[l - lane + from] : 0;
        }
        drive(m, t + 1, get(w, "group") + n * a + b, out, set);
      }
    break;
  default:
    for (int k = 0; k < c->lanes; k++) {
      for (int l = 0; l < c->vector; l++)
        out[l] = reg_at(m, t, get(w, "group") + l % c->lanes)->byte[l - l % c->lanes + k];
      drive(m, t + 1, get(w, "out") + k, out, set);
    }
  }
}

/* ---- programs -------------------------------------------------------------------------------------------------------
 */

static void start_flight(model *m, int at, int unit, uint64_t w, uint64_t set, const vector *in)
{
  flight *f = &m->flying[m->flyings++ % FLIGHTS];

  assert_true(f->at < at);
  *f = (flight){.at = at, .unit = unit, .word = w, .set = set, .in = {*in}};
  for (int l = 0; l < m->cfg->vector; l++)
    if (!(set >> (l / m->cfg->lanes) & 1))
      f->in[0].byte[l] = 0;
}

static uint64_t draw_map(model *m, rig *r, uint64_t *s, int t, int unit)
{
  static const unsigned op[] = {TSP_OP_SMAP, TSP_OP_SMAP, TSP_OP_PMAP, TSP_OP_DMAP};
  bool wide = unit == 2;
  int from = wide ? group_operand(m, r, s, t, 2, HIGH) : any_operand(m, r, s, t, unit == 3 ? LANES : FEW);
  flight *f = &m->remap[m->remaps];
  uint64_t w;

  if (from < 0)
    return 0;
  w = word(op[unit], wide ? "group" : "stream", from, "map", random_below(s, m->cfg->maps));
  *f = (flight){.at = t + 1, .unit = unit, .word = w, .set = m->powered[t], .in = {*reg_at(m, t, from)}};
  if (wide)
    f->in[1] = *reg_at(m, t, from + 1);
  m->remaps++;
  return w;
}

/* Shifters and permuter: the output is at the column superlanes + 1 cycles later. */
static uint64_t draw_across(model *m, rig *r, uint64_t *s, int t, int unit)
{
  static const unsigned shifts[] = {TSP_OP_SHIFT_UP, TSP_OP_SHIFT_DOWN, TSP_OP_SELECT};
  unsigned op = unit == 2 ? TSP_OP_PERMUTE : shifts[random_below(s, 3)];
  int forms = t + m->cfg->superlanes, from, to;
  uint64_t w;

  if (forms + 1 >= CYCLES - 1 || (from = any_operand(m, r, s, t, ANY)) < 0 || (to = claim(m, s, forms + 1, 1, 1)) < 0)
    return 0;
  w = word(op, "stream", from, "out", to, "n", random_below(s, random_below(s, 2) ? m->cfg->vector : 4), "map",
           random_below(s, m->cfg->maps));
  start_flight(m, forms, unit, w, m->powered[t], reg_at(m, t, from));
  return w;
}

static uint64_t draw_within(model *m, rig *r, uint64_t *s, int t, int unit)
{
  const tsp_config *c = m->cfg;
  int most = c->lanes < 9 ? 2 : c->lanes < 16 ? 3 : 4, n = 2 + random_below(s, most - 1), from, to;
  bool rotate = unit == 3 && !random_below(s, 4);
  uint64_t w;

  if (unit > 3) {
    if ((from = group_operand(m, r, s, t, c->lanes, ANY)) < 0 || (to = claim(m, s, t + 1, c->lanes, c->lanes)) < 0)
      return 0;
    w = word(TSP_OP_TRANSPOSE, "group", from, "out", to);
  } else {
    if ((from = any_operand(m, r, s, t, ANY)) < 0 ||
        (to = rotate ? claim(m, s, t + 1, c->lanes, n * n) : claim(m, s, t + 1, 1, 1)) < 0)
      return 0;
    w = rotate ? word(TSP_OP_ROTATE, "stream", from, "group", to, "n", n)
               : word(TSP_OP_DISTRIBUTE, "stream", from, "out", to, "map", random_below(s, c->maps));
  }
  within(m, t, w, m->powered[t]);
  return w;
}

static void draw(model *m, rig *r, uint64_t *s)
{
  for (int t = m->first; t < CYCLES - 2; t++) {
    int unit = random_below(s, UNITS);

    settle(m, t);
    for (int k = 0; k < UNITS; k++, unit = (unit + 1) % UNITS) {
      uint64_t w = 0;

      if (random_below(s, 4) == 0)
        continue;
      if (unit < 4 && random_below(s, 3) == 0)
        w = draw_map(m, r, s, t, unit);
      else
        w = unit < 3 ? draw_across(m, r, s, t, unit) : draw_within(m, r, s, t, unit);
      if (!w)
        continue;
      rig_plan(r, m->q + unit, (uint64_t)t, w);
      m->count[tsp_word_opcode(w)]++;
    }
  }
}

/* Every now and then another number of superlanes is powered. */
static void draw_power(model *m, rig *r, uint64_t *s)
{
  int n = m->cfg->superlanes;

  for (int t = 0; t < CYCLES; t++) {
    m->powered[t] = superlanes(n);
    if (t > m->first && random_below(s, 12) == 0) {
      n = 1 + random_below(s, m->cfg->superlanes);
      if (random_below(s, 2))
        n = m->cfg->superlanes;
      rig_plan(r, m->cfg->q_vxm, (uint64_t)t, word(TSP_OP_CONFIG, "superlanes", n));
    }
  }
}

/* ---- comparison -----------------------------------------------------------------------------------------------------
 */

static void compare_registers(const model *m, rig *r, int cycle)
{
  const tsp_config *c = m->cfg;

  for (int n = 0; n < c->superlanes && n <= cycle; n++)
    for (int dir = 0; dir < 2; dir++) {
      tsp_tile_view v = tsp_engine_tile(r->e, dir, m->column, n);

      for (int s = 0; s < c->streams; s++) {
        const vector *g = reg_at(m, cycle - n, dir * 32 + s);

        assert_int_equal(v.valid >> s & 1, g->set >> n & 1);
        assert_int_equal(tsp_golden_who_stream(r->e, dir, m->column, s, n) != 0, g->set >> n & 1);
        if (g->set >> n & 1)
          assert_memory_equal(v.data + s * c->lanes, g->byte + n * c->lanes, (size_t)c->lanes);
      }
    }
}

static void compare_maps(const model *m, rig *r, int cycle)
{
  const tsp_config *c = m->cfg;
  size_t count, k = 0;
  const tsp_event *e = tsp_engine_events(r->e, &count);

  for (int unit = 0; unit < UNITS; unit++)
    for (int n = 0; n < c->superlanes; n++)
      for (int j = 0; j < m->remaps; j++) {
        const flight *f = &m->remap[j];

        if (f->unit != unit || f->at + n != cycle || !(f->set >> n & 1))
          continue;
        assert_true(k < count);
        assert_int_equal(e[k].kind, TSP_EVENT_MAP);
        assert_int_equal(e[k].unit, m->q + unit);
        assert_int_equal(e[k].superlane, n);
        assert_int_equal(e[k].index, get(f->word, "map"));
        assert_int_equal(e[k].bytes, unit == 2 ? 2 * c->lanes : c->lanes);
        for (int l = 0; l < c->lanes; l++)
          for (int b = 0; b < (unit == 2 ? 2 : 1); b++)
            assert_int_equal(e[k].data[unit == 2 ? 2 * l + b : l], f->in[b].byte[n * c->lanes + l]);
        assert_true(tsp_golden_who_event(r->e, &e[k]) != 0);
        k++;
      }
  assert_int_equal(k, count);
}

static void model_new(model *m, const tsp_config *c, int hemi)
{
  size_t registers = (size_t)CYCLES * 2 * (size_t)c->streams, slices = 2 * (size_t)c->mem_slices;

  memset(m, 0, sizeof *m);
  assert_true(c->vector <= VECTOR && c->maps <= MAPS && c->superlanes < FLIGHTS / 4);
  m->cfg = c;
  m->hemi = hemi;
  m->column = hemi == TSP_WEST ? 0 : c->columns - 1;
  m->q = c->q_sxm + (hemi == TSP_WEST ? 0 : TSP_SXM_QUEUES);
  m->streams = c->streams;
  m->first = c->columns + 3;
  m->mem = calloc(slices * WORDS, sizeof *m->mem);
  m->reg = calloc(registers, sizeof *m->reg);
  m->claimed = calloc(registers, sizeof *m->claimed);
  m->busy = calloc(CYCLES * slices, sizeof *m->busy);
}

static void model_free(model *m)
{
  free(m->mem);
  free(m->reg);
  free(m->claimed);
  free(m->busy);
}

static void run(const tsp_config *c, int hemi, bool power, uint64_t *s)
{
  static const unsigned all[] = {TSP_OP_SHIFT_UP, TSP_OP_SHIFT_DOWN, TSP_OP_SELECT, TSP_OP_SMAP,   TSP_OP_PERMUTE,
                                 TSP_OP_PMAP,     TSP_OP_DISTRIBUTE, TSP_OP_DMAP,   TSP_OP_ROTATE, TSP_OP_TRANSPOSE};
  static model m;
  rig r;

  model_new(&m, c, hemi);
  rig_open(&r, c);
  fill(&m, &r, s);
  for (int t = 0; t < CYCLES; t++)
    m.powered[t] = superlanes(c->superlanes);
  if (power)
    draw_power(&m, &r, s);
  draw(&m, &r, s);
  rig_start(&r);
  for (int cycle = 0; cycle < CYCLES - 2; cycle++) {
    assert_int_equal(rig_step(&r), TSP_OK);
    compare_registers(&m, &r, cycle);
    compare_maps(&m, &r, cycle);
  }
  for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
    if (m.count[all[k]] < 2)
      fail_msg("%s: only %d of opcode 0x%02x", c->name, m.count[all[k]], all[k]);
  rig_close(&r);
  model_free(&m);
}

/* With enough slices for a transposer's operands. */
static tsp_config drawn_config(int superlanes, int lanes, int streams, int per_hop)
{
  tsp_config c = odd_config();

  c.superlanes = superlanes;
  c.lanes = lanes;
  c.streams = streams;
  c.lw_streams = lanes / 2;
  c.mem_slices = lanes;
  c.mem_per_hop = per_hop;
  assert_int_equal(tsp_config_complete(&c, NULL), TSP_OK);
  return c;
}

static void run_all(bool power, const char *what)
{
  uint64_t s = test_seed(what);
  tsp_config eight = drawn_config(5, 8, 16, 3), sixteen = drawn_config(3, 16, 32, 1), one = drawn_config(1, 4, 4, 2);

  for (int hemi = 0; hemi < 2; hemi++) {
    run(tsp_config_find("nano"), hemi, power, &s);
    run(tsp_config_find("mini"), hemi, power, &s);
    run(&eight, hemi, power, &s);
    run(&sixteen, hemi, power, &s);
    run(&one, hemi, power, &s);
  }
  run(tsp_config_find("full"), TSP_WEST, power, &s);
}

static void every_register_and_map_is_that_of_plain_loops(void **state)
{
  (void)state;
  run_all(false, "sxm");
}

static void superlanes_that_are_off_do_nothing_and_keep_their_maps(void **state)
{
  (void)state;
  run_all(true, "sxm power");
}

static void expect_fault(rig *r, int queue, tsp_fault_code code, uint64_t cycle)
{
  tsp_csr c;

  rig_start(r);
  assert_int_equal(tsp_engine_step(r->e, 1000, NULL), TSP_EFAULT);
  c = tsp_engine_csr(r->e);
  assert_int_equal(c.fault_code, code);
  assert_int_equal(c.fault_queue, queue);
  assert_int_equal(c.fault_cycle, cycle);
  rig_close(r);
}

static void expect_word_fault(int queue, uint64_t w, tsp_fault_code code)
{
  rig r;

  rig_open(&r, tsp_config_find("mini"));
  rig_at(&r, queue, 9, w);
  expect_fault(&r, queue, code, 9);
}

static void words_that_cannot_run_fault_at_once(void **state)
{
  static const unsigned op[UNITS] = {TSP_OP_SHIFT_UP,   TSP_OP_SELECT,    TSP_OP_PMAP,
                                     TSP_OP_DISTRIBUTE, TSP_OP_TRANSPOSE, TSP_OP_TRANSPOSE};
  const tsp_config *c = tsp_config_find("mini");

  (void)state;
  for (int unit = 0; unit < UNITS; unit++)
    expect_word_fault(c->q_sxm + unit, word(op[unit]), TSP_FAULT_OPERAND);
  expect_word_fault(c->q_sxm, word(TSP_OP_SMAP, "stream", 1, "map", c->maps), TSP_FAULT_ADDRESS);
  expect_word_fault(c->q_sxm + 3, word(TSP_OP_ROTATE, "n", 5), TSP_FAULT_ENCODING);
  expect_word_fault(c->q_sxm, word(TSP_OP_SHIFT_UP, "n", c->vector), TSP_FAULT_ENCODING);
  expect_word_fault(c->q_sxm + 4, word(TSP_OP_TRANSPOSE, "group", 8), TSP_FAULT_ENCODING);
}

/* Superlanes 2 and 3 were off when the vector was read. */
static void an_operand_that_some_superlanes_lack_faults_there(void **state)
{
  const tsp_config *c = tsp_config_find("mini");
  int q = c->q_sxm + 3;
  rig r;

  (void)state;
  rig_open(&r, c);
  rig_plan(&r, 40, 1, word(TSP_OP_CONFIG, "superlanes", 2));
  rig_plan(&r, 40, 20, word(TSP_OP_CONFIG, "superlanes", 4));
  rig_deliver(&r, 3, 5, west(1), 0, 25);
  rig_plan(&r, q, 25, word(TSP_OP_DISTRIBUTE, "stream", west(1), "out", 3));
  expect_fault(&r, q, TSP_FAULT_OPERAND, 27);
}

static void a_register_driven_by_shifter_and_distributor_is_a_fault(void **state)
{
  const tsp_config *c = tsp_config_find("mini");
  int q = c->q_sxm;
  rig r;

  (void)state;
  rig_open(&r, c);
  rig_deliver(&r, 3, 5, west(1), 0, 30);
  rig_deliver(&r, 4, 5, west(2), 0, 34);
  rig_plan(&r, q, 30, word(TSP_OP_SHIFT_UP, "stream", west(1), "out", 3, "n", 2));
  rig_plan(&r, q + 3, 34, word(TSP_OP_DISTRIBUTE, "stream", west(2), "out", 3));
  expect_fault(&r, q, TSP_FAULT_STREAM, 34);
}

/* A divergence report names the Map and the Reads behind an output. */
static void the_chain_behind_an_output_is_known(void **state)
{
  const tsp_config *c = tsp_config_find("mini");
  int q = c->q_sxm, out = 30 + c->superlanes + 1;
  tsp_dispatch d, from;
  rig r;

  (void)state;
  rig_open(&r, c);
  rig_deliver(&r, 0, 5, west(1), 0, 25);
  rig_deliver(&r, 1, 6, west(2), 0, 30);
  rig_plan(&r, q + 1, 25, word(TSP_OP_SMAP, "stream", west(1), "map", 4));
  rig_plan(&r, q + 1, 30, word(TSP_OP_SELECT, "stream", west(2), "out", 3, "n", 2, "map", 4));
  rig_start(&r);
  rig_goto(&r, (uint64_t)out);
  assert_true(tsp_golden_trace(r.e, tsp_golden_who_stream(r.e, TSP_EAST, 0, 3, 0), &d));
  assert_int_equal(d.cycle, 30);
  assert_int_equal(d.queue, q + 1);
  assert_true(tsp_golden_trace(r.e, d.source[0], &from));
  assert_int_equal(tsp_word_opcode(from.text), TSP_OP_READ);
  assert_int_equal(from.queue, 1);
  assert_true(tsp_golden_trace(r.e, d.source[1], &from));
  assert_int_equal(from.text, word(TSP_OP_SMAP, "stream", west(1), "map", 4));
  assert_true(tsp_golden_trace(r.e, from.source[0], &from));
  assert_int_equal(from.queue, 0);
  rig_close(&r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_register_and_map_is_that_of_plain_loops),
                                     cmocka_unit_test(superlanes_that_are_off_do_nothing_and_keep_their_maps),
                                     cmocka_unit_test(words_that_cannot_run_fault_at_once),
                                     cmocka_unit_test(an_operand_that_some_superlanes_lack_faults_there),
                                     cmocka_unit_test(a_register_driven_by_shifter_and_distributor_is_a_fault),
                                     cmocka_unit_test(the_chain_behind_an_output_is_known)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
