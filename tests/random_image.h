/* SPDX-License-Identifier: Apache-2.0 */
/* random_image.h - seeded random images that use everything an image can hold, and their comparison. For the suites of
 * image, assembler and hostile input. */
#ifndef TSP_TESTS_RANDOM_IMAGE_H
#define TSP_TESTS_RANDOM_IMAGE_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* the four above are what cmocka.h needs */
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tsp_image.h"

/* splitmix64 */
static inline uint64_t draw(uint64_t *state)
{
  uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* 0..n-1 */
static inline uint32_t below(uint64_t *state, uint64_t n)
{
  return (uint32_t)(draw(state) % n);
}

/* The run's seed: TSP_SEED, or 1; printed. */
static inline uint64_t test_seed(void)
{
  const char *text = getenv("TSP_SEED");
  uint64_t seed = text ? strtoull(text, NULL, 0) : 1;

  print_message("seed %llu (TSP_SEED)\n", (unsigned long long)seed);
  return seed;
}

static inline void *must(void *p)
{
  assert_non_null(p);
  return p;
}

/* A random affine layout of one piece inside a tensor of n elements, by choosing steps and then a first element. */
static inline tsp_piece random_piece(const tsp_config *cfg, const tsp_tensor *t, int64_t n, uint64_t *state)
{
  static const int size_of[] = {1, 4, 2, 4, 2};
  tsp_piece p;
  int64_t low = 0, high = 0, ways[2];

  memset(&p, 0, sizeof p);
  p.slice = (uint16_t)below(state, 2 * (uint64_t)cfg->mem_slices);
  p.byte = (uint8_t)below(state, (uint64_t)size_of[t->type]);
  p.count = 1 + below(state, 6);
  p.addr_step = (int32_t)below(state, 7) - 3;
  p.addr_step = p.addr_step == 0 ? 1 : p.addr_step;
  p.addr = 20 + below(state, (uint64_t)cfg->mem_words - 40);
  p.lanes = 1 + below(state, (uint64_t)cfg->vector);
  p.vec_step = (int64_t)below(state, 9) - 4;
  p.lane_step = (int64_t)below(state, 5) - 2;
  for (int tries = 0;; tries++) {
    ways[0] = p.vec_step * (p.count - 1);
    ways[1] = p.lane_step * (p.lanes - 1);
    low = (ways[0] < 0 ? ways[0] : 0) + (ways[1] < 0 ? ways[1] : 0);
    high = (ways[0] > 0 ? ways[0] : 0) + (ways[1] > 0 ? ways[1] : 0);
    if (high - low < n)
      break;
    p.lanes = 1 + p.lanes / 2 - (p.lanes == 1 ? 1 : 0);
    p.lanes = p.lanes ? p.lanes : 1;
    if (tries > 8)
      p.vec_step = p.lane_step = 0;
  }
  p.first = -low + (int64_t)below(state, (uint64_t)(n - (high - low)));
  return p;
}

static inline void random_tensor(const tsp_config *cfg, tsp_tensor *t, int index, uint64_t *state)
{
  static const char *const names[] = {"x", "layers.0.w1", "a \"quoted\" name", "back\\slash", "line", "9lives", "_",
                                      ";"};
  static const int size_of[] = {1, 4, 2, 4, 2};
  uint64_t n = 1;

  snprintf(t->name, sizeof t->name, "%s%.0d", names[below(state, 8)], index);
  t->type = (uint8_t)(index % TSP_TYPES);
  t->role = (uint8_t)below(state, 4);
  t->rank = 1 + (int)below(state, 4);
  for (int i = 0; i < t->rank; i++)
    n *= t->shape[i] = 1 + below(state, 7);
  t->piece_count = (int)below(state, 4);
  t->piece = t->piece_count ? must(calloc((size_t)t->piece_count, sizeof *t->piece)) : NULL;
  for (int i = 0; i < t->piece_count; i++)
    t->piece[i] = random_piece(cfg, t, (int64_t)n, state);
  if (t->role == TSP_ROLE_CONST || (t->role == TSP_ROLE_INPUT && below(state, 2))) {
    t->data_bytes = n * (uint64_t)size_of[t->type];
    t->data = must(malloc(t->data_bytes));
    for (uint64_t i = 0; i < t->data_bytes; i++)
      t->data[i] = (uint8_t)draw(state);
  }
}

/* Mostly words that some table row covers, with random fields; some pure noise. */
static inline uint64_t random_word(uint64_t *state)
{
  const tsp_isa *isa = tsp_isa_builtin();
  const tsp_instr *in = &isa->instr[below(state, (uint64_t)isa->count)];
  uint64_t word = (uint64_t)in->opcode << 56;

  if (below(state, 8) == 0)
    return draw(state);
  for (int i = 0; i < in->field_count; i++) {
    uint64_t value = below(state, 2) ? draw(state) & 0x8f : draw(state);
    word = tsp_word_set(in, word, in->field[i].name, (int64_t)(value & ((UINT64_C(1) << in->field[i].width) - 1)));
  }
  return word;
}

static inline void random_debug(tsp_image *image, uint64_t *state)
{
  int room = 0;

  for (int q = 0; q < image->queue_count; q++)
    room += (int)image->queue[q].length;
  image->debug = room ? must(calloc((size_t)room, sizeof *image->debug)) : NULL;
  for (int q = 0; q < image->queue_count; q++) {
    for (uint32_t i = 0; i < image->queue[q].length; i++) {
      tsp_debug *d = &image->debug[image->debug_count];
      if (below(state, 3) == 0)
        continue;
      d->queue = (uint16_t)q;
      d->word = i;
      d->cycle = below(state, 4) ? below(state, 1000) : draw(state);
      d->tensor = (int32_t)below(state, (uint64_t)image->tensor_count + 1) - 1;
      d->first = below(state, 2) ? 0 : (int64_t)draw(state);
      d->step = below(state, 2) ? 0 : (int64_t)below(state, 100) - 50;
      d->line = below(state, 2) ? 0 : 1 + below(state, 99);
      image->debug_count++;
    }
  }
}

static inline tsp_image *random_image(const tsp_config *cfg, uint64_t seed)
{
  uint64_t state = seed;
  tsp_image *image;

  assert_int_equal(tsp_image_new(cfg, seed % 3 ? "mxm_gemm" : "a \\ \"kernel\" ; no comment", &image), TSP_OK);
  image->cycles_predicted = draw(&state);
  image->tensor_count = (int)below(&state, 5);
  image->tensor = must(calloc((size_t)image->tensor_count + 1, sizeof *image->tensor));
  for (int i = 0; i < image->tensor_count; i++)
    random_tensor(cfg, &image->tensor[i], i + 1, &state);
  for (int q = 0; q < image->queue_count; q++) {
    tsp_queue_text *t = &image->queue[q];
    t->length = below(&state, 3) ? 0 : 1 + below(&state, 6);
    t->fetched = t->length && !below(&state, 3) ? below(&state, t->length) : 0;
    t->word = t->length ? must(calloc(t->length, sizeof *t->word)) : NULL;
    for (uint32_t i = 0; i < t->length; i++)
      t->word[i] = random_word(&state);
  }
  random_debug(image, &state);
  image->bound_count = (int)below(&state, 3);
  image->bound = must(calloc((size_t)image->bound_count + 1, sizeof *image->bound));
  for (int i = 0; i < image->bound_count; i++) {
    snprintf(image->bound[i].resource, sizeof image->bound[i].resource, i ? "mem reads, east" : "mxm");
    image->bound[i].cycles = draw(&state);
  }
  return image;
}

static inline void assert_tensors_equal(const tsp_tensor *a, const tsp_tensor *b)
{
  assert_string_equal(a->name, b->name);
  assert_int_equal(a->type, b->type);
  assert_int_equal(a->role, b->role);
  assert_int_equal(a->rank, b->rank);
  assert_memory_equal(a->shape, b->shape, (size_t)a->rank * sizeof a->shape[0]);
  assert_int_equal(a->piece_count, b->piece_count);
  for (int i = 0; i < a->piece_count; i++) {
    const tsp_piece *p = &a->piece[i], *q = &b->piece[i];
    assert_true(p->slice == q->slice && p->byte == q->byte && p->addr == q->addr && p->count == q->count &&
                p->addr_step == q->addr_step && p->lanes == q->lanes && p->first == q->first &&
                p->vec_step == q->vec_step && p->lane_step == q->lane_step);
  }
  assert_true(a->data_bytes == b->data_bytes);
  assert_true((a->data == NULL) == (b->data == NULL));
  if (a->data)
    assert_memory_equal(a->data, b->data, a->data_bytes);
}

static inline void assert_images_equal(const tsp_image *a, const tsp_image *b)
{
  assert_string_equal(a->config, b->config);
  assert_true(a->table_hash == b->table_hash && a->cycles_predicted == b->cycles_predicted);
  assert_string_equal(a->kernel, b->kernel);
  assert_int_equal(a->tensor_count, b->tensor_count);
  for (int i = 0; i < a->tensor_count; i++)
    assert_tensors_equal(&a->tensor[i], &b->tensor[i]);
  assert_int_equal(a->queue_count, b->queue_count);
  for (int q = 0; q < a->queue_count; q++) {
    assert_int_equal(a->queue[q].length, b->queue[q].length);
    assert_int_equal(a->queue[q].fetched, b->queue[q].fetched);
    if (a->queue[q].length)
      assert_memory_equal(a->queue[q].word, b->queue[q].word, a->queue[q].length * sizeof(uint64_t));
  }
  assert_int_equal(a->debug_count, b->debug_count);
  assert_true(a->debug_count == 0 || (a->debug && b->debug));
  for (int i = 0; i < a->debug_count && a->debug && b->debug; i++) {
    const tsp_debug *d = &a->debug[i], *e = &b->debug[i];
    assert_true(d->queue == e->queue && d->word == e->word && d->cycle == e->cycle && d->tensor == e->tensor &&
                d->first == e->first && d->step == e->step && d->line == e->line);
  }
  assert_int_equal(a->bound_count, b->bound_count);
  for (int i = 0; i < a->bound_count; i++) {
    assert_string_equal(a->bound[i].resource, b->bound[i].resource);
    assert_true(a->bound[i].cycles == b->bound[i].cycles);
  }
}

/* A scratch folder for one suite, and paths in it (one at a time per slot 0..3). */
static char scratch_folder[64];

static inline int scratch_make(void **state)
{
  (void)state;
  strcpy(scratch_folder, "/tmp/tsp-test-XXXXXX");
  return mkdtemp(scratch_folder) ? 0 : -1;
}

static inline const char *scratch(int slot)
{
  static char path[4][80];

  snprintf(path[slot], sizeof path[slot], "%s/file%d", scratch_folder, slot);
  return path[slot];
}

static inline int scratch_remove(void **state)
{
  (void)state;
  for (int i = 0; i < 4; i++)
    unlink(scratch(i));
  return rmdir(scratch_folder);
}

/* No temporary file was left: only the slots' files are there. */
static inline void assert_nothing_left_behind(void)
{
  DIR *folder = must(opendir(scratch_folder));

  for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
    if (entry->d_name[0] != '.' && (strncmp(entry->d_name, "file", 4) != 0 || strlen(entry->d_name) != 5))
      fail_msg("left behind: %s", entry->d_name);
  closedir(folder);
}

static inline void put_file(const char *path, const void *data, size_t n)
{
  FILE *f = must(fopen(path, "wb"));

  assert_int_equal(fwrite(data, 1, n, f), n);
  assert_int_equal(fclose(f), 0);
}

/* The whole file, to be freed, with a NUL behind it. */
static inline char *get_file(const char *path, size_t *size)
{
  FILE *f = must(fopen(path, "rb"));
  size_t n;
  char *data;

  assert_int_equal(fseek(f, 0, SEEK_END), 0);
  n = (size_t)ftell(f);
  rewind(f);
  data = must(malloc(n + 1));
  assert_int_equal(fread(data, 1, n, f), n);
  data[n] = '\0';
  fclose(f);
  *size = n;
  return data;
}

static inline void assert_files_equal(const char *a, const char *b)
{
  size_t n, m;
  char *x = get_file(a, &n), *y = get_file(b, &m);

  assert_int_equal(n, m);
  assert_memory_equal(x, y, n);
  free(x);
  free(y);
}

static inline void assert_contains(const char *text, const char *part)
{
  if (!strstr(text, part))
    fail_msg("'%s' is not in '%s'", part, text);
}

#endif
