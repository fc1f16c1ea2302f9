/* SPDX-License-Identifier: Apache-2.0 */
/* test_lockstep_units.c - the lockstep on maps, links, fetched text, power and the aligned counter, without RTL: a
 * mutant lies about one value, and the report names that place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cases/build.h"
#include "lockstep.h"
#include "mutant_engine.h"

enum { MAP = 1, LINK = 0 };

/* A permuter's map, a shifter's and a Send in the west, each with operands from MEM; Config in the end. */
static tsp_image *program(const tsp_config *c)
{
  build b;
  tsp_image *image;
  tsp_error err = {""};
  uint8_t *bytes = malloc((size_t)c->vector);
  const int64_t now = 2 * c->columns + 8;
  const int west = TSP_WEST * 32;
  assert_non_null(bytes);
  assert_int_equal(build_new(c, "units", &b), TSP_OK);
  for (int i = 0; i < c->vector; i++)
    bytes[i] = (uint8_t)(i * 7 + 1);
  for (int slice = 0; slice < 2; slice++) {
    int t = build_tensor(&b, slice ? "x1" : "x0", TSP_I8, 1, (uint32_t)c->vector, bytes);
    uint32_t addr = build_room(&b, build_slice(c, slice), 1);
    build_piece(&b, t,
                (tsp_piece){.slice = (uint16_t)build_slice(c, slice),
                            .addr = addr,
                            .count = 1,
                            .addr_step = 1,
                            .lanes = (uint32_t)c->vector,
                            .lane_step = 1});
    build_read(&b, build_slice(c, slice), addr, TSP_WEST, 2 + slice, 0, now);
  }
  uint64_t map = ins_with(ins_with(ins(TSP_OP_PMAP), "group", west + 2), "map", MAP);
  build_at(&b, c->q_sxm + 2, now, map);
  build_at(&b, c->q_sxm + 1, now, ins_with(ins(TSP_OP_SMAP), "stream", west + 3));
  build_at(&b, c->q_c2c + LINK, now, ins_with(ins(TSP_OP_SEND), "stream", west + 2));
  build_at(&b, c->q_c2c + LINK, now + 4, ins_with(ins(TSP_OP_CONFIG), "superlanes", 1));
  free(bytes);
  if (build_finish(&b, &image, &err) != TSP_OK)
    fail_msg("%s", err.text);
  return image;
}

static int64_t acts(const tsp_config *c)
{
  return 2 * c->columns + 8;
}

/* Runs golden against a mutant made by `lie` up to its divergence; the report's text is the caller's. */
static tsp_divergence run(const char *config, void (*lie)(mutant *), char *where, size_t size, char *got,
                          size_t got_size)
{
  const tsp_config *c = tsp_config_find(config);
  tsp_image *image = program(c);
  mutant *m = mutant_open(c);
  tsp_engine *ref;
  tsp_lockstep *l;
  tsp_error err = {""};
  assert_non_null(m);
  assert_int_equal(tsp_golden_open(c, NULL, TSP_VIEWS | TSP_TRACE, &ref), TSP_OK);
  assert_int_equal(tsp_lockstep_open(ref, &m->base, NULL, &l, &err), TSP_OK);
  assert_int_equal(tsp_lockstep_start(l, image, &err), TSP_OK);
  lie(m);
  assert_int_equal(tsp_lockstep_run(l, 10000), TSP_EDIVERGED);
  tsp_divergence d = *tsp_lockstep_divergence(l);
  tsp_divergence_where(c, &d, where, size);
  tsp_divergence_value(&d, false, got, got_size);
  tsp_lockstep_close(l);
  tsp_engine_close(ref);
  tsp_engine_close(&m->base);
  tsp_image_free(image);
  d.lane_differs = NULL;
  return d;
}

static void change_map(uint64_t cycle, tsp_event *e, uint8_t *data, bool *drop)
{
  (void)cycle, (void)drop;
  if (e->kind == TSP_EVENT_MAP && e->bytes == 2u * 16)
    data[2 * 5 + 1] ^= 2; /* lane 5, high byte */
}
static void lie_map(mutant *m)
{
  m->event = change_map;
}

static void changed_map_entry_is_named_with_its_16_bits(void **state)
{
  char where[256], got[128];
  const tsp_config *c = tsp_config_find("mini");
  (void)state;
  tsp_divergence d = run("mini", lie_map, where, sizeof where, got, sizeof got);
  assert_int_equal(d.place.kind, TSP_AT_MAP);
  assert_int_equal(d.cycle, acts(c) + 1);
  assert_int_equal(d.place.unit, c->q_sxm + 2);
  assert_int_equal(d.place.index, MAP);
  assert_int_equal(d.place.lane, 5);
  assert_int_equal(d.place.bits, 16);
  assert_int_equal(d.place.expected ^ d.place.got, 0x200);
  assert_true(d.has_instr);
  assert_int_equal(tsp_word_opcode(d.instr.text), TSP_OP_PMAP);
  assert_non_null(strstr(where, "SXM west permuter, map m1, superlane 0"));
}

static void drop_map(uint64_t cycle, tsp_event *e, uint8_t *data, bool *drop)
{
  (void)cycle, (void)data;
  *drop = e->kind == TSP_EVENT_MAP && e->bytes == 16 && e->superlane == 1;
}
static void lie_no_map(mutant *m)
{
  m->event = drop_map;
}

static void missing_map_is_named(void **state)
{
  char where[256], got[128];
  const tsp_config *c = tsp_config_find("mini");
  (void)state;
  tsp_divergence d = run("mini", lie_no_map, where, sizeof where, got, sizeof got);
  assert_int_equal(d.place.kind, TSP_AT_MAP);
  assert_int_equal(d.place.unit, c->q_sxm + 1);
  assert_int_equal(d.place.superlane, 1);
  assert_int_equal(d.cycle, acts(c) + 2);
  assert_string_equal(got, "no map load");
  assert_non_null(strstr(where, "SXM west shifter 1"));
}

static void change_send(uint64_t cycle, tsp_event *e, uint8_t *data, bool *drop)
{
  (void)cycle, (void)drop;
  if (e->kind == TSP_EVENT_SEND && e->superlane == 0)
    data[3] ^= 0x10;
}
static void lie_send(mutant *m)
{
  m->event = change_send;
}

static void changed_vector_at_a_link_is_named(void **state)
{
  static const char *const config[] = {"nano", "mini"};
  char where[256], got[128];
  (void)state;
  for (int i = 0; i < 2; i++) {
    const tsp_config *c = tsp_config_find(config[i]);
    tsp_divergence d = run(config[i], lie_send, where, sizeof where, got, sizeof got);
    assert_int_equal(d.place.kind, TSP_AT_SEND);
    assert_int_equal(d.cycle, acts(c) + 1);
    assert_int_equal(d.place.unit, LINK);
    assert_int_equal(d.place.lane, 3);
    assert_int_equal(d.place.expected ^ d.place.got, 0x10);
    assert_true(d.has_instr);
    assert_int_equal(tsp_word_opcode(d.instr.text), TSP_OP_SEND);
    assert_non_null(strstr(where, "C2C west link 0 output"));
  }
}

static void change_tail(uint64_t cycle, int queue, tsp_queue_view *v)
{
  v->tail += cycle == 9 && queue == 1;
}
static void lie_tail(mutant *m)
{
  m->queue = change_tail;
}

static void changed_tail_is_named(void **state)
{
  char where[256], got[128];
  (void)state;
  tsp_divergence d = run("nano", lie_tail, where, sizeof where, got, sizeof got);
  assert_int_equal(d.place.kind, TSP_AT_QUEUE);
  assert_int_equal(d.cycle, 9);
  assert_int_equal(d.place.unit, 1);
  assert_string_equal(d.place.field, "tail");
  assert_int_equal(d.place.got, d.place.expected + 1);
}

static void change_hac(tsp_csr *c)
{
  c->hac ^= c->cycles == 11;
}
static void change_active(tsp_csr *c)
{
  c->active += c->cycles == 12;
}
static void change_ecc(tsp_csr *c)
{
  c->ecc_count += c->cycles == 13;
}
static void lie_hac(mutant *m)
{
  m->csr = change_hac;
}
static void lie_active(mutant *m)
{
  m->csr = change_active;
}
static void lie_ecc(mutant *m)
{
  m->csr = change_ecc;
}

static void changed_csrs_are_named(void **state)
{
  static const struct {
    void (*lie)(mutant *);
    const char *field;
    uint64_t cycle;
  } all[] = {{lie_hac, "hac", 11}, {lie_active, "active", 12}, {lie_ecc, "ecc_count", 13}};
  char where[256], got[128];
  (void)state;
  for (int i = 0; i < 3; i++) {
    tsp_divergence d = run("nano", all[i].lie, where, sizeof where, got, sizeof got);
    assert_int_equal(d.place.kind, TSP_AT_CSR);
    assert_int_equal(d.cycle, all[i].cycle);
    assert_string_equal(d.place.field, all[i].field);
  }
}

/* Two machines set back to an earlier cycle go on in lockstep as if nothing had been. */
static void lockstep_goes_on_from_a_saved_state(void **state)
{
  const tsp_config *c = tsp_config_find("mini");
  tsp_image *image = program(c);
  tsp_engine *e[2];
  tsp_lockstep *l;
  uint8_t *bytes[2];
  size_t size[2];
  (void)state;
  for (int i = 0; i < 2; i++)
    assert_int_equal(tsp_golden_open(c, NULL, TSP_VIEWS | (i ? 0 : TSP_TRACE), &e[i]), TSP_OK);
  assert_int_equal(tsp_lockstep_open(e[0], e[1], NULL, &l, NULL), TSP_OK);
  assert_int_equal(tsp_lockstep_start(l, image, NULL), TSP_OK);
  for (int i = 0; i < 5; i++)
    assert_int_equal(tsp_lockstep_step(l), TSP_OK);
  for (int i = 0; i < 2; i++)
    assert_int_equal(tsp_engine_save(e[i], &bytes[i], &size[i]), TSP_OK);
  assert_int_equal(tsp_lockstep_run(l, 10000), TSP_OK);
  uint64_t end = tsp_lockstep_cycle(l), before = tsp_lockstep_compared(l);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(tsp_engine_restore(e[i], bytes[i], size[i], NULL), TSP_OK);
    free(bytes[i]);
  }
  tsp_lockstep_resume(l, image);
  assert_int_equal(tsp_lockstep_cycle(l), 4);
  assert_int_equal(tsp_lockstep_run(l, 10000), TSP_OK);
  assert_int_equal(tsp_lockstep_cycle(l), end);
  assert_true(tsp_lockstep_compared(l) > before);
  assert_int_equal(tsp_lockstep_contents(l), TSP_OK);
  assert_int_equal(tsp_lockstep_different(l), 0);
  tsp_lockstep_close(l);
  tsp_engine_close(e[0]);
  tsp_engine_close(e[1]);
  tsp_image_free(image);
}

static void different_tables_are_refused_before_cycle_0(void **state)
{
  (void)state;
  tsp_config cfg = *tsp_config_find("mini");
  tsp_isa isa = *tsp_isa_builtin();
  tsp_engine *ref, *dut;
  tsp_lockstep *l;
  tsp_error err;
  isa.instr[5].d_func++;
  assert_int_equal(tsp_golden_open(&cfg, NULL, TSP_VIEWS | TSP_TRACE, &ref), TSP_OK);
  assert_int_equal(tsp_golden_open(&cfg, &isa, TSP_VIEWS, &dut), TSP_OK);
  assert_int_equal(tsp_lockstep_open(ref, dut, NULL, &l, &err), TSP_ETABLES);
  assert_null(l);
  char want[64];
  snprintf(want, sizeof want, "0x%016llx", (unsigned long long)tsp_table_hash(&isa, &cfg));
  assert_non_null(strstr(err.text, want));
  snprintf(want, sizeof want, "0x%016llx", (unsigned long long)tsp_table_hash(tsp_isa_builtin(), &cfg));
  assert_non_null(strstr(err.text, want));
  tsp_engine_close(ref);
  tsp_engine_close(dut);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(changed_map_entry_is_named_with_its_16_bits),
      cmocka_unit_test(missing_map_is_named),
      cmocka_unit_test(changed_vector_at_a_link_is_named),
      cmocka_unit_test(changed_tail_is_named),
      cmocka_unit_test(changed_csrs_are_named),
      cmocka_unit_test(different_tables_are_refused_before_cycle_0),
      cmocka_unit_test(lockstep_goes_on_from_a_saved_state),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
