/* SPDX-License-Identifier: Apache-2.0 */
/* test_tensor.c - the map between the elements of tensors and the words of memory, against a naive one. */
#include "random_image.h"

static void element_counts_that_overflow_are_zero(void **state)
{
  tsp_tensor t = {.type = TSP_I8, .rank = 2, .shape = {3, 5}};

  (void)state;
  assert_true(tsp_tensor_elements(&t) == 15);
  t.shape[0] = 0x80000000;
  t.shape[1] = 0xffffffff;
  assert_true(tsp_tensor_elements(&t) == UINT64_C(0x7fffffff80000000));
  t.type = TSP_F16;
  assert_true(tsp_tensor_elements(&t) == 0);
  t.type = TSP_I8;
  t.rank = 3;
  t.shape[2] = 0x80000000;
  assert_true(tsp_tensor_elements(&t) == 0);
}

/* A naive memory: for each slice, address and lane the element and byte it holds, by walking the pieces as described in
 * tsp_image.h. The first piece of a place wins. */
typedef struct {
  int tensor, byte;
  int64_t element;
} place;

typedef struct {
  const tsp_config *cfg;
  uint8_t *memory;
  int writes;
} machine;

static size_t place_index(const tsp_config *cfg, int slice, uint32_t addr, uint32_t lane)
{
  return ((size_t)slice * (size_t)cfg->mem_words + addr) * (size_t)cfg->vector + lane;
}

static place *naive_map(const tsp_config *cfg, const tsp_image *image)
{
  size_t n = place_index(cfg, 2 * cfg->mem_slices, 0, 0);
  place *map = must(malloc(n * sizeof *map));

  for (size_t i = 0; i < n; i++)
    map[i].tensor = -1;
  for (int t = 0; t < image->tensor_count; t++) {
    for (int k = 0; k < image->tensor[t].piece_count; k++) {
      tsp_piece p = image->tensor[t].piece[k];
      for (; p.count > 0; p.count--, p.addr += (uint32_t)p.addr_step, p.first += p.vec_step) {
        for (uint32_t l = 0; l < p.lanes; l++) {
          place *at = &map[place_index(cfg, p.slice, p.addr, l)];
          if (at->tensor < 0)
            *at = (place){t, p.byte, p.first + l * p.lane_step};
        }
      }
    }
  }
  return map;
}

static void locate_agrees_with_a_naive_map(void **state)
{
  const tsp_config cfg = {.name = "nano", .mem_slices = 3, .mem_words = 64, .vector = 24, .queues = 6};
  uint64_t seed = test_seed();

  (void)state;
  for (uint64_t i = 0; i < 60; i++) {
    tsp_image *image = random_image(&cfg, seed + 100 * i);
    place *map = naive_map(&cfg, image);
    for (int s = 0; s < 2 * cfg.mem_slices; s++) {
      for (uint32_t addr = 0; addr < 64; addr++) {
        for (uint32_t l = 0; l < 24; l++) {
          const place *want = &map[place_index(&cfg, s, addr, l)];
          place got = {-1, 0, 0};
          bool found = tsp_image_locate(image, s, addr, l, &got.tensor, &got.element, &got.byte);
          assert_int_equal(found, want->tensor >= 0);
          assert_true(!found || (got.tensor == want->tensor && got.byte == want->byte && got.element == want->element));
        }
      }
    }
    free(map);
    tsp_image_free(image);
  }
}

static tsp_status write_word(void *ctx, int slice, uint32_t addr, uint8_t *vector)
{
  machine *m = ctx;

  memcpy(m->memory + place_index(m->cfg, slice, addr, 0), vector, (size_t)m->cfg->vector);
  return m->writes-- > 0 ? TSP_OK : TSP_ERANGE;
}

static tsp_status read_word(void *ctx, int slice, uint32_t addr, uint8_t *vector)
{
  machine *m = ctx;

  memcpy(vector, m->memory + place_index(m->cfg, slice, addr, 0), (size_t)m->cfg->vector);
  return m->writes-- > 0 ? TSP_OK : TSP_ERANGE;
}

/* A tensor whose every element and byte has exactly one place: vectors along a shuffled permutation of words. */
static tsp_image *whole_tensor(const tsp_config *cfg, uint64_t *state)
{
  static const int size_of[] = {1, 4, 2, 4};
  tsp_image *image;
  tsp_tensor *t;
  uint32_t rows, columns, next = 0;
  int size;

  assert_int_equal(tsp_image_new(cfg, "k", &image), TSP_OK);
  image->tensor_count = 1;
  t = image->tensor = must(calloc(1, sizeof *t));
  t->type = (uint8_t)below(state, 4);
  size = size_of[t->type];
  rows = 1 + below(state, 8);
  columns = 1 + below(state, (uint64_t)cfg->vector);
  t->rank = 2;
  t->shape[0] = rows;
  t->shape[1] = columns;
  t->piece_count = size;
  t->piece = must(calloc((size_t)size, sizeof *t->piece));
  for (int b = 0; b < size; b++) { /* one byte plane per piece; down or up, by rows or reversed lanes */
    bool down = below(state, 2), mirrored = below(state, 2);
    tsp_piece *p = &t->piece[b];
    *p = (tsp_piece){.slice = (uint16_t)below(state, 2 * (uint64_t)cfg->mem_slices), .byte = (uint8_t)b, .count = rows};
    p->addr_step = down ? -1 : 1;
    p->addr = next + (down ? rows - 1 : 0);
    p->lanes = columns;
    p->first = mirrored ? columns - 1 : 0;
    p->vec_step = columns;
    p->lane_step = mirrored ? -1 : 1;
    next += rows;
  }
  return image;
}

static void scattered_bytes_lie_where_the_map_says_and_gather_brings_them_back(void **state)
{
  const tsp_config cfg = {.name = "nano", .mem_slices = 3, .mem_words = 64, .vector = 24, .queues = 6};
  uint64_t seed = test_seed();
  size_t places = place_index(&cfg, 6, 0, 0);

  (void)state;
  for (int i = 0; i < 60; i++) {
    tsp_image *image = whole_tensor(&cfg, &seed);
    const tsp_tensor *t = image->tensor;
    size_t size = (size_t)tsp_type_size(t->type), bytes = t->shape[0] * t->shape[1] * size;
    uint8_t *data = must(malloc(bytes)), *back = must(calloc(1, bytes));
    place *map = naive_map(&cfg, image);
    machine m = {&cfg, must(malloc(places)), 1000};
    memset(m.memory, 0xee, places);
    for (size_t k = 0; k < bytes; k++)
      data[k] = (uint8_t)draw(&seed);
    assert_int_equal(tsp_tensor_scatter(&cfg, t, data, write_word, &m), TSP_OK);
    for (size_t k = 0; k < places; k++) {
      const place *lane0 = &map[k - k % (size_t)cfg.vector];
      uint8_t want = lane0->tensor < 0 ? 0xee : 0; /* untouched word; padding */
      if (map[k].tensor >= 0)
        want = data[(size_t)map[k].element * size + (size_t)map[k].byte];
      assert_int_equal(m.memory[k], want);
    }
    assert_int_equal(tsp_tensor_gather(&cfg, t, back, read_word, &m), TSP_OK);
    assert_memory_equal(data, back, bytes);
    m.writes = (int)(t->shape[0] * size) - 1; /* the last access fails */
    assert_int_equal(tsp_tensor_scatter(&cfg, t, data, write_word, &m), TSP_ERANGE);
    m.writes = 0;
    assert_int_equal(tsp_tensor_gather(&cfg, t, back, read_word, &m), TSP_ERANGE);
    free(map);
    free(m.memory);
    free(data);
    free(back);
    tsp_image_free(image);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(element_counts_that_overflow_are_zero),
      cmocka_unit_test(locate_agrees_with_a_naive_map),
      cmocka_unit_test(scattered_bytes_lie_where_the_map_says_and_gather_brings_them_back),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
