/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of planes: random programs of loads, installs, int8 and fp16 vectors and all ACCs, with superlanes going off
 * and on, against plain sums over the installed bytes; every result, accumulator and installed weight is compared. */
#include "exact_f16.h"
#include "golden_rig.h"

enum { CYCLES = 400, VECTOR = 320, WORDS = 16, ENTRIES = 4, PRODUCTS = 2 * CYCLES, INSTALLS = 64 };

typedef struct {
  uint64_t set; /* superlanes */
  uint8_t byte[VECTOR];
} vector;

typedef struct {
  int at, plane; /* cycle of its ACC */
  bool f32;
  uint32_t value[VECTOR];
} product;

/* An entry after an ACC, seen two cycles later. */
typedef struct {
  int at, plane, entry;
  uint64_t set;
  uint32_t value[VECTOR];
} change;

typedef struct {
  int at, plane;
  uint64_t set;
  uint8_t *weights; /* [vector out][vector in] */
} install;

typedef struct {
  const tsp_config *cfg;
  int hemi, column, plane0, first;
  bool power;
  uint8_t (*mem)[VECTOR]; /* [slices][WORDS] */
  vector *in, *out;       /* [CYCLES][streams]: registers of the column, outward and inward */
  bool *busy;             /* [CYCLES][slices] */
  uint64_t powered[CYCLES];
  uint8_t *buffer[2], *weights[2]; /* [vector out][vector in] */
  product product[PRODUCTS];
  int products;
  change change[PRODUCTS];
  int changes;
  install install[INSTALLS];
  int installs, last_install[2], last_abc[2], last_f16;
  uint32_t entry[2][ENTRIES][VECTOR];
  vector x[2]; /* the last fp16 vector: low and high bytes */
  exact sum[VECTOR];
  int count[256];
} model;

static uint64_t superlanes(int n)
{
  return (UINT64_C(1) << n) - 1;
}
static bool has(uint64_t set, int superlane)
{
  return set >> superlane & 1;
}
static vector *in_at(const model *m, int t, int stream)
{
  return &m->in[t * m->cfg->streams + stream];
}
static vector *out_at(const model *m, int t, int stream)
{
  return &m->out[t * m->cfg->streams + stream];
}

/* ---- operands -------------------------------------------------------------------------------------------------------
 */

/* Low bytes; high bytes of fp16 without and with infinities and NaNs; zeros. */
enum { LOW, TAME, WILD, FEW };

static uint8_t draw_byte(uint64_t *s, int kind)
{
  uint8_t v = (uint8_t)random64(s);

  switch (kind) {
  case TAME: return v & 0xbf;
  case WILD: return random_below(s, 16) ? v & 0xbf : 0x7c | (v & 0x83);
  case FEW: return random_below(s, 4) ? 0 : v;
  default: return v;
  }
}

static void fill(model *m, rig *r, uint64_t *s)
{
  for (int slice = 0; slice < 2 * m->cfg->mem_slices; slice++)
    for (int a = 0; a < WORDS; a++) {
      uint8_t *byte = m->mem[slice * WORDS + a];

      for (int l = 0; l < m->cfg->vector; l++)
        byte[l] = draw_byte(s, a % 4);
      assert_int_equal(tsp_engine_mem_write(r->e, slice, (uint32_t)a, byte), TSP_OK);
    }
}

static void deliver(model *m, rig *r, uint64_t *s, int t, int stream, int kind)
{
  int slices = 2 * m->cfg->mem_slices, from = random_below(s, slices), a = kind + 4 * random_below(s, WORDS / 4), way;
  vector *v = in_at(m, t, stream);

  for (int k = 0; k < slices && m->busy[t * slices + from]; k++)
    from = (from + 1) % slices;
  if (m->busy[t * slices + from])
    return;
  way = abs(tsp_queue_column(m->cfg, from) - m->column);
  v->set = m->powered[t - way - 2];
  for (int u = t - way; u <= t; u++)
    v->set &= m->powered[u];
  m->busy[t * slices + from] = true;
  rig_deliver(r, from, a, m->hemi * 32 + stream, m->column, (uint64_t)t);
  memcpy(v->byte, m->mem[from * WORDS + a], VECTOR);
}

/* `count` outward streams with operands in all powered superlanes, of kind `last` the last; the base, -1 if there are
 * none. */
static int operands(model *m, rig *r, uint64_t *s, int t, int count, int kind, int last)
{
  int base = random_below(s, m->cfg->streams / count) * count;

  for (int k = 0; k < count; k++) {
    if (!in_at(m, t, base + k)->set)
      deliver(m, r, s, t, base + k, k == count - 1 ? last : kind);
    if ((in_at(m, t, base + k)->set & m->powered[t]) != m->powered[t])
      return -1;
  }
  return base;
}

/* ---- what the contract says -----------------------------------------------------------------------------------------
 */

/* Installs of the cycle before copy the buffer as it was then. */
static void settle(model *m, int t)
{
  const tsp_config *c = m->cfg;

  for (int k = 0; k < m->installs; k++) {
    install *i = &m->install[k];

    if (i->at + 1 != t)
      continue;
    for (int o = 0; o < c->vector; o++)
      for (int l = 0; l < c->vector; l++)
        if (has(i->set, l / c->lanes))
          m->weights[i->plane][o * c->vector + l] = m->buffer[i->plane][o * c->vector + l];
    i->weights = malloc((size_t)c->vector * (size_t)c->vector);
    memcpy(i->weights, m->weights[i->plane], (size_t)c->vector * (size_t)c->vector);
  }
}

static void load(model *m, int t, int plane, int base, int slot)
{
  const tsp_config *c = m->cfg;

  for (int j = 0; j < c->lw_streams; j++)
    for (int l = 0; l < c->vector; l++)
      if (has(m->powered[t], l / c->lanes)) {
        int o = slot / c->parts * c->lanes + slot % c->parts * c->lw_streams + j;

        m->buffer[plane][o * c->vector + l] = in_at(m, t, base + j)->byte[l];
      }
}

static product *new_product(model *m, int at, int plane, bool f32)
{
  product *p = &m->product[m->products++];

  p->at = at;
  p->plane = plane;
  p->f32 = f32;
  return p;
}

static void multiply_i8(model *m, int t, int plane, const vector *x)
{
  const tsp_config *c = m->cfg;
  product *p = new_product(m, t + c->superlanes, plane, false);

  for (int o = 0; o < c->vector; o++) {
    int64_t y = 0;

    for (int l = 0; l < c->vector; l++)
      y += has(m->powered[t], l / c->lanes) ? (int8_t)x->byte[l] * (int8_t)m->weights[plane][o * c->vector + l] : 0;
    p->value[o] = (uint32_t)y;
  }
}

/* The lanes of a half of each superlane enter; those of superlanes outside the set are zero. */
static void multiply_f16(model *m, int half, uint64_t set)
{
  const tsp_config *c = m->cfg;

  for (int o = 0; o < c->vector; o++)
    for (int l = 0; l < c->vector; l++) {
      int at = o * c->vector + l;
      uint16_t x = has(set, l / c->lanes) ? (uint16_t)(m->x[0].byte[l] + 256 * m->x[1].byte[l]) : 0;

      if (l % c->lanes / (c->lanes / 2) == half)
        exact_add(&m->sum[o], x, (uint16_t)(m->weights[0][at] + 256 * m->weights[1][at]));
    }
}

static void second_half(model *m, int t)
{
  product *p;

  if (m->last_f16 != t - 1)
    return;
  multiply_f16(m, 1, m->powered[t - 1] & m->powered[t]);
  p = new_product(m, t + m->cfg->superlanes, 0, true);
  for (int o = 0; o < m->cfg->vector; o++)
    p->value[o] = exact_round(&m->sum[o]);
}

static uint32_t add_f32(uint32_t a, uint32_t b)
{
  float x, y;
  uint32_t r;

  memcpy(&x, &a, 4);
  memcpy(&y, &b, 4);
  x += y;
  memcpy(&r, &x, 4);
  return (r & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : r;
}

/* ---- programs -------------------------------------------------------------------------------------------------------
 */

static void plan(model *m, rig *r, int plane, int part, int t, uint64_t w)
{
  rig_plan(r, m->cfg->q_mxm + 3 * (m->plane0 + plane) + part, (uint64_t)t, w);
  m->count[tsp_word_opcode(w)]++;
}

static bool draw_install(model *m, rig *r, int t, int plane)
{
  if (m->installs == INSTALLS)
    return false;
  m->install[m->installs++] = (install){.at = t, .plane = plane, .set = m->powered[t]};
  m->last_install[plane] = t;
  plan(m, r, plane, 0, t, word(TSP_OP_IW));
  return true;
}

static void draw_weights(model *m, rig *r, uint64_t *s, int t, int plane)
{
  const tsp_config *c = m->cfg;
  int slot = random_below(s, c->superlanes * c->parts), kind = plane ? TAME : random_below(s, 8) ? LOW : FEW, base;

  if (random_below(s, 6) == 0 && draw_install(m, r, t, plane))
    return;
  if (t < m->last_install[plane] + slot / c->parts) /* would overtake the install */
    return;
  base = operands(m, r, s, t, c->lw_streams, kind, plane && !random_below(s, 30) ? WILD : kind);
  if (base < 0)
    return;
  plan(m, r, plane, 0, t, word(TSP_OP_LW, "group", m->hemi * 32 + base, "slot", slot));
  load(m, t, plane, base, slot);
}

static bool draw_f16(model *m, rig *r, uint64_t *s, int t)
{
  int base = operands(m, r, s, t, 2, random_below(s, 3) ? LOW : FEW, random_below(s, 12) ? TAME : WILD);

  if (base < 0)
    return false;
  m->x[0] = *in_at(m, t, base);
  m->x[1] = *in_at(m, t, base + 1);
  memset(m->sum, 0, sizeof m->sum);
  multiply_f16(m, 0, m->powered[t]);
  m->last_f16 = t;
  plan(m, r, 0, 1, t, word(TSP_OP_ABC_F16, "group", m->hemi * 32 + base));
  return true;
}

static void draw_vectors(model *m, rig *r, uint64_t *s, int t)
{
  if (m->last_f16 == t - 1 || (random_below(s, 3) && draw_f16(m, r, s, t)))
    return;
  for (int plane = 0; plane < 2; plane++) {
    int base = random_below(s, 2) ? -1 : operands(m, r, s, t, 1, 0, random_below(s, 4));

    if (base < 0)
      continue;
    multiply_i8(m, t, plane, in_at(m, t, base));
    plan(m, r, plane, 1, t, word(TSP_OP_ABC, "stream", m->hemi * 32 + base));
  }
}

static void drive(model *m, int t, int base, const uint32_t *value, uint64_t set)
{
  for (int k = 0; k < 4; k++) {
    vector *v = out_at(m, t, base + k);

    v->set = set & m->powered[t];
    for (int l = 0; l < m->cfg->vector; l++)
      v->byte[l] = (uint8_t)(value[l] >> 8 * k);
  }
}

/* The two planes drive groups of their own. */
static void accumulate(model *m, rig *r, uint64_t *s, const product *p)
{
  static const unsigned ops[2][4] = {{TSP_OP_ACC_SET, TSP_OP_ACC_ADD, TSP_OP_ACC_OUT, TSP_OP_ACC_SUM},
                                     {TSP_OP_ACC_SET, TSP_OP_ACC_ADD_F32, TSP_OP_ACC_OUT, TSP_OP_ACC_SUM_F32}};
  const tsp_config *c = m->cfg;
  int kind = random_below(s, 4), acc = random_below(s, ENTRIES), groups = c->streams / 8;
  int out = 4 * (p->plane + 2 * random_below(s, groups));
  uint32_t *entry = m->entry[p->plane][acc], value[VECTOR];
  uint64_t set = m->powered[p->at], w = (uint64_t)ops[p->f32][kind] << 56;
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), ops[p->f32][kind]);

  w = tsp_word_set(in, w, "acc", acc);
  w = tsp_word_set(in, w, "out", (1 - m->hemi) * 32 + out);
  plan(m, r, p->plane, 2, p->at, w);
  for (int l = 0; l < c->vector; l++)
    value[l] = kind % 2 == 0 ? p->value[l] : p->f32 ? add_f32(entry[l], p->value[l]) : entry[l] + p->value[l];
  if (kind > 1) {
    drive(m, p->at + 2, out, value, set);
    return;
  }
  for (int l = 0; l < c->vector; l++)
    entry[l] = has(set, l / c->lanes) ? value[l] : entry[l];
  m->change[m->changes] = (change){.at = p->at, .plane = p->plane, .entry = acc, .set = set};
  memcpy(m->change[m->changes++].value, entry, sizeof value);
}

static void draw(model *m, rig *r, uint64_t *s)
{
  int end = CYCLES - m->cfg->superlanes * 3 - 8;

  for (int t = m->first; t < CYCLES - 4; t++) {
    settle(m, t);
    second_half(m, t);
    if (t < end) {
      draw_vectors(m, r, s, t);
      for (int plane = 0; plane < 2; plane++)
        draw_weights(m, r, s, t, plane);
    }
    for (int k = 0; k < m->products; k++)
      if (m->product[k].at == t)
        accumulate(m, r, s, &m->product[k]);
  }
}

static void draw_power(model *m, rig *r, uint64_t *s)
{
  int n = m->cfg->superlanes;

  for (int t = 0; t < CYCLES; t++) {
    m->powered[t] = superlanes(n);
    if (!m->power || t <= m->first || random_below(s, 12))
      continue;
    n = random_below(s, 2) ? m->cfg->superlanes : 1 + random_below(s, m->cfg->superlanes);
    rig_plan(r, m->cfg->q_vxm, (uint64_t)t, word(TSP_OP_CONFIG, "superlanes", n));
  }
}

/* ---- comparison -----------------------------------------------------------------------------------------------------
 */

static void compare_out(const model *m, rig *r, int cycle)
{
  const tsp_config *c = m->cfg;

  for (int n = 0; n < c->superlanes && n <= cycle; n++) {
    tsp_tile_view v = tsp_engine_tile(r->e, 1 - m->hemi, m->column, n);

    for (int s = 0; s < c->streams; s++) {
      const vector *g = out_at(m, cycle - n, s);

      assert_int_equal(v.valid >> s & 1, has(g->set, n));
      if (has(g->set, n))
        assert_memory_equal(v.data + s * c->lanes, g->byte + n * c->lanes, (size_t)c->lanes);
    }
  }
}

static size_t compare_installs(const model *m, int cycle, const tsp_event *e, size_t count)
{
  const tsp_config *c = m->cfg;
  size_t k = 0;

  for (int plane = 0; plane < 2; plane++)
    for (int row = 0; row < c->superlanes; row++)
      for (int col = 0; col < c->superlanes; col++)
        for (int i = 0; i < m->installs; i++) {
          const install *w = &m->install[i];

          if (w->plane != plane || w->at + row + col + 1 != cycle || !has(w->set, row))
            continue;
          assert_true(k < count);
          assert_int_equal(e[k].kind, TSP_EVENT_WEIGHTS);
          assert_int_equal(e[k].unit, m->plane0 + plane);
          assert_int_equal(e[k].superlane, row);
          assert_int_equal(e[k].index, col);
          for (int j = 0; j < c->lanes; j++)
            assert_memory_equal(e[k].data + j * c->lanes,
                                &w->weights[(col * c->lanes + j) * c->vector + row * c->lanes], (size_t)c->lanes);
          k++;
        }
  return k;
}

static size_t compare_entries(const model *m, int cycle, const tsp_event *e, size_t count)
{
  const tsp_config *c = m->cfg;
  size_t k = 0;

  for (int plane = 0; plane < 2; plane++)
    for (int n = 0; n < c->superlanes; n++)
      for (int i = 0; i < m->changes; i++) {
        const change *a = &m->change[i];

        if (a->plane != plane || a->at + n + 2 != cycle || !has(a->set, n))
          continue;
        assert_true(k < count);
        assert_int_equal(e[k].kind, TSP_EVENT_ACC);
        assert_int_equal(e[k].unit, m->plane0 + plane);
        assert_int_equal(e[k].superlane, n);
        assert_int_equal(e[k].index, a->entry);
        assert_memory_equal(e[k].data, &a->value[n * c->lanes], 4 * (size_t)c->lanes);
        k++;
      }
  return k;
}

static void model_new(model *m, const tsp_config *c, int hemi)
{
  size_t registers = (size_t)CYCLES * (size_t)c->streams, slices = 2 * (size_t)c->mem_slices;

  memset(m, 0, sizeof *m);
  assert_true(c->vector <= VECTOR);
  m->cfg = c;
  m->hemi = hemi;
  m->column = hemi == TSP_WEST ? 0 : c->columns - 1;
  m->plane0 = hemi == TSP_WEST ? 0 : (c->planes + 1) / 2;
  assert_true(tsp_plane_pairs(c, m->plane0));
  m->first = c->columns + 3;
  m->last_install[0] = m->last_install[1] = m->last_f16 = -100;
  m->mem = calloc(slices * WORDS, sizeof *m->mem);
  m->in = calloc(registers, sizeof *m->in);
  m->out = calloc(registers, sizeof *m->out);
  m->busy = calloc(CYCLES * slices, sizeof *m->busy);
  for (int p = 0; p < 2; p++) {
    m->buffer[p] = calloc((size_t)c->vector, (size_t)c->vector);
    m->weights[p] = calloc((size_t)c->vector, (size_t)c->vector);
  }
}

static void model_free(model *m)
{
  free(m->mem);
  free(m->in);
  free(m->out);
  free(m->busy);
  for (int p = 0; p < 2; p++) {
    free(m->buffer[p]);
    free(m->weights[p]);
  }
  for (int k = 0; k < m->installs; k++)
    free(m->install[k].weights);
}

/* The draw reaches every instruction, and finite and special sums. */
static void expect_variety(const model *m)
{
  static const unsigned all[] = {TSP_OP_LW,          TSP_OP_IW,         TSP_OP_ABC,     TSP_OP_ABC_F16,
                                 TSP_OP_ACC_SET,     TSP_OP_ACC_ADD,    TSP_OP_ACC_OUT, TSP_OP_ACC_SUM,
                                 TSP_OP_ACC_ADD_F32, TSP_OP_ACC_SUM_F32};
  int finite = 0, special = 0;

  for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
    if (m->count[all[k]] < 2)
      fail_msg("%s: only %d of opcode 0x%02x", m->cfg->name, m->count[all[k]], all[k]);
  for (int k = 0; k < m->products; k++)
    for (int o = 0; m->product[k].f32 && o < m->cfg->vector; o++) {
      uint32_t magnitude = m->product[k].value[o] & 0x7fffffff;

      finite += magnitude && magnitude < 0x7f800000;
      special += magnitude >= 0x7f800000;
    }
  assert_true(finite > 20 && special > 5);
}

static void run(const tsp_config *c, int hemi, bool power, uint64_t *s)
{
  static model m;
  rig r;

  model_new(&m, c, hemi);
  m.power = power;
  rig_open(&r, c);
  fill(&m, &r, s);
  draw_power(&m, &r, s);
  draw(&m, &r, s);
  expect_variety(&m);
  rig_start(&r);
  for (int cycle = 0; cycle < CYCLES - 4; cycle++) {
    size_t count, k;
    const tsp_event *e;

    assert_int_equal(rig_step(&r), TSP_OK);
    e = tsp_engine_events(r.e, &count);
    k = compare_installs(&m, cycle, e, count);
    k += compare_entries(&m, cycle, e + k, count - k);
    assert_int_equal(k, count);
    compare_out(&m, &r, cycle);
  }
  rig_close(&r);
  model_free(&m);
}

static tsp_config drawn_config(int superlanes, int lanes, int streams, int planes)
{
  tsp_config c = odd_config();

  c.superlanes = superlanes;
  c.lanes = lanes;
  c.streams = streams;
  c.planes = planes;
  c.lw_streams = lanes / 4;
  c.mem_slices = lanes / 2 + 2;
  assert_int_equal(tsp_config_complete(&c, NULL), TSP_OK);
  return c;
}

static void run_all(bool power, const char *what)
{
  uint64_t s = test_seed(what);
  tsp_config eight = drawn_config(5, 8, 8, 3), four = drawn_config(2, 4, 16, 4), one = drawn_config(1, 16, 32, 4);
  tsp_config odd = odd_config();

  for (int hemi = 0; hemi < 2; hemi++) {
    run(tsp_config_find("mini"), hemi, power, &s);
    run(&odd, hemi, power, &s);
    run(&four, hemi, power, &s);
    run(&one, hemi, power, &s);
  }
  run(&eight, TSP_WEST, power, &s);
}

static void products_and_sums_are_those_of_plain_loops(void **state)
{
  uint64_t s = test_seed("full");

  (void)state;
  run_all(false, "mxm_pair");
  run(tsp_config_find("full"), TSP_EAST, false, &s);
}

static void superlanes_that_are_off_enter_zeros_and_keep_their_weights(void **state)
{
  (void)state;
  run_all(true, "mxm_pair power");
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(products_and_sums_are_those_of_plain_loops),
                                     cmocka_unit_test(superlanes_that_are_off_enter_zeros_and_keep_their_weights)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
