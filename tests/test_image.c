/* SPDX-License-Identifier: Apache-2.0 */
/* test_image.c - the .tsp file: what is in it, what is refused, and that nothing is half-written. */
#include "random_image.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void every_field_survives_write_and_read(void **state)
{
  uint64_t seed = test_seed();

  (void)state;
  for (int c = 0; c < tsp_config_count(); c++) {
    for (uint64_t i = 0; i < 30; i++) {
      tsp_image *a = random_image(tsp_config_at(c), seed * 1000 + i), *b = NULL;
      tsp_error err;
      if (tsp_image_write(a, scratch(0), &err) != TSP_OK || tsp_image_read(scratch(0), &b, &err) != TSP_OK)
        fail_msg("%s", err.text);
      assert_images_equal(a, b);
      assert_int_equal(tsp_image_write(b, scratch(1), &err), TSP_OK);
      assert_files_equal(scratch(0), scratch(1));
      tsp_image_free(a);
      tsp_image_free(b);
    }
  }
}

/* The file by the text of image_format.h, with a checksum of our own. */
static uint32_t crc32_bitwise(const uint8_t *p, size_t n)
{
  uint32_t crc = 0xffffffff;

  for (size_t i = 0; i < n; i++) {
    crc ^= p[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc & 1 ? (crc >> 1) ^ 0xedb88320 : crc >> 1;
  }
  return ~crc;
}

static size_t number(uint8_t *to, uint64_t value, int n)
{
  for (int i = 0; i < n; i++)
    to[i] = (uint8_t)(value >> (8 * i));
  return (size_t)n;
}

static size_t section(uint8_t *to, const char *tag, const uint8_t *payload, size_t n)
{
  memcpy(to, tag, 4);
  number(to + 4, n, 8);
  memcpy(to + 12, payload, n);
  number(to + 12 + n, crc32_bitwise(to, 12 + n), 4);
  return n + 16;
}

static size_t expected_nano(uint8_t *to, uint64_t hash, int queues)
{
  uint8_t p[256] = {0};
  size_t n = 12, m;

  memcpy(to, "\x89TSP\r\n\x1a\n\x02\0\0\0", 12);
  memcpy(p, "\4nano", 5);
  number(p + 5, hash, 8);
  memcpy(p + 13, "\2k1", 3);
  number(p + 16, 77, 8);
  n += section(to + n, "HEAD", p, 24);
  memset(p, 0, sizeof p);
  n += section(to + n, "TENS", p, 4);
  m = number(p, (uint64_t)queues, 4);
  m += number(p + m, 1, 4); /* queue 0: one word, */
  m += number(p + m, 0, 4); /* which is not fetched */
  m += number(p + m, UINT64_C(0x0500000000000000), 8);
  n += section(to + n, "TEXT", p, m + 8 * ((size_t)queues - 1));
  memset(p, 0, sizeof p);
  m = number(p, 1, 4) + 2 + 4; /* queue 0, word 0 */
  m += number(p + m, 9, 8);
  m += number(p + m, 0xffffffff, 4);
  m += 16;
  m += number(p + m, 3, 4);
  n += section(to + n, "DEBG", p, m);
  memset(p, 0, sizeof p);
  number(p, 1, 4);
  memcpy(p + 4, "\3mxm", 4);
  number(p + 8, 5, 8);
  return n + section(to + n, "BOND", p, 16);
}

static void the_file_is_what_its_description_says(void **state)
{
  const tsp_config *nano = tsp_config_find("nano");
  uint8_t expected[1024];
  tsp_image *image;
  size_t n, size;
  char *got;

  (void)state;
  assert_int_equal(tsp_image_new(nano, "k1", &image), TSP_OK);
  image->cycles_predicted = 77;
  image->queue[0].length = 1;
  image->queue[0].word = must(malloc(8));
  image->queue[0].word[0] = UINT64_C(0x0500000000000000);
  image->debug_count = image->bound_count = 1;
  image->debug = must(calloc(1, sizeof *image->debug));
  image->debug[0] = (tsp_debug){.cycle = 9, .tensor = -1, .line = 3};
  image->bound = must(calloc(1, sizeof *image->bound));
  strcpy(image->bound[0].resource, "mxm");
  image->bound[0].cycles = 5;
  assert_int_equal(tsp_image_write(image, scratch(0), NULL), TSP_OK);
  n = expected_nano(expected, tsp_table_hash(tsp_isa_builtin(), nano), nano->queues);
  got = get_file(scratch(0), &size);
  assert_int_equal(size, n);
  assert_memory_equal(got, expected, n);
  free(got);
  tsp_image_free(image);
}

static void an_image_of_other_tables_is_refused_by_that_status(void **state)
{
  tsp_image *image = random_image(tsp_config_find("nano"), 5), *back;
  tsp_error err;

  (void)state;
  image->table_hash ^= 1;
  assert_int_equal(tsp_image_write(image, scratch(0), &err), TSP_OK);
  assert_int_equal(tsp_image_read(scratch(0), &back, &err), TSP_ETABLES);
  assert_null(back);
  assert_contains(err.text, scratch(0));
  assert_contains(err.text, "tables");
  tsp_image_free(image);
}

/* One way to spoil a valid image, and what the error must say. */
typedef void (*spoil_fn)(tsp_image *);
static void long_queue(tsp_image *i)
{
  i->queue[0].length = 1 << 20;
}
static void all_fetched(tsp_image *i)
{
  i->queue[0].fetched = i->queue[0].length;
}
static void unknown_config(tsp_image *i)
{
  strcpy(i->config, "mega");
}
static void control_character(tsp_image *i)
{
  i->tensor[0].name[0] = '\n';
}
static void unterminated(tsp_image *i)
{
  memset(i->tensor[0].name, 'a', sizeof i->tensor[0].name);
}
static void same_names(tsp_image *i)
{
  strcpy(i->tensor[1].name, i->tensor[0].name);
}
static void no_rank(tsp_image *i)
{
  i->tensor[0].rank = 0;
}
static void no_type(tsp_image *i)
{
  i->tensor[0].type = TSP_TYPES;
}
static void no_role(tsp_image *i)
{
  i->tensor[0].role = 4;
}
static void zero_shape(tsp_image *i)
{
  i->tensor[0].shape[0] = 0;
}
static void endless_shape(tsp_image *i)
{
  i->tensor[0].rank = 3;
  i->tensor[0].shape[0] = i->tensor[0].shape[1] = i->tensor[0].shape[2] = 0xffffffff;
}
static void short_data(tsp_image *i)
{
  i->tensor[0].data_bytes--;
}
static void temp_data(tsp_image *i)
{
  i->tensor[0].role = TSP_ROLE_TEMP;
}
static void no_slice(tsp_image *i)
{
  i->tensor[0].piece[0].slice = 4;
}
static void high_addr(tsp_image *i)
{
  i->tensor[0].piece[0].addr = 1023;
}
static void low_addr(tsp_image *i)
{
  i->tensor[0].piece[0].addr_step = INT32_MIN;
}
static void still_addr(tsp_image *i)
{
  i->tensor[0].piece[0].addr_step = 0;
}
static void no_count(tsp_image *i)
{
  i->tensor[0].piece[0].count = 0;
}
static void no_byte(tsp_image *i)
{
  i->tensor[0].piece[0].byte = 4;
}
static void no_lanes(tsp_image *i)
{
  i->tensor[0].piece[0].lanes = 0;
}
static void many_lanes(tsp_image *i)
{
  i->tensor[0].piece[0].lanes = 5;
}
static void high_element(tsp_image *i)
{
  i->tensor[0].piece[0].first = 1;
}
static void low_element(tsp_image *i)
{
  i->tensor[0].piece[0].first = -1;
}
static void overflowing_element(tsp_image *i)
{
  i->tensor[0].piece[0].vec_step = INT64_MAX;
}
static void overflowing_sum(tsp_image *i)
{
  i->tensor[0].piece[0].first = INT64_MAX;
}
static void debug_queue(tsp_image *i)
{
  i->debug[1].queue = 25;
}
static void debug_word(tsp_image *i)
{
  i->debug[1].word = 2;
}
static void debug_order(tsp_image *i)
{
  i->debug[1].word = 0;
}
static void debug_tensor(tsp_image *i)
{
  i->debug[1].tensor = 2;
}
static void debug_no_tensor(tsp_image *i)
{
  i->debug[1].tensor = -2;
}
static void bound_name(tsp_image *i)
{
  i->bound[0].resource[0] = '\x7f';
}

static const struct {
  spoil_fn spoil;
  const char *says;
} spoils[] = {{long_queue, "words, it holds 1024"},
              {all_fetched, "are fetched; the first is not"},
              {unknown_config, "mega"},
              {control_character, "byte 0x0a"},
              {unterminated, "longer than 63"},
              {same_names, "two tensors are named w"},
              {no_rank, "rank 0, not 1..4"},
              {no_type, "type 5"},
              {no_role, "role 4"},
              {zero_shape, "dimension 0 is 0"},
              {endless_shape, "2^63"},
              {short_data, "its shape has 48"},
              {temp_data, "only const and input"},
              {no_slice, "nano has 0..3"},
              {high_addr, "0..0x03ff"},
              {low_addr, "0..0x03ff"},
              {still_addr, "3 vectors at one address"},
              {no_count, "no vectors"},
              {no_byte, "i32 has 0..3"},
              {no_lanes, "a vector has 1..4"},
              {many_lanes, "a vector has 1..4"},
              {high_element, "the tensor has 0..11"},
              {low_element, "elements -1.."},
              {overflowing_element, "overflow"},
              {overflowing_sum, "overflow"},
              {debug_queue, "queue 25, there are 25"},
              {debug_word, "has 2 words"},
              {debug_order, "not in order"},
              {debug_tensor, "there are 2"},
              {debug_no_tensor, "tensor -2"},
              {bound_name, "byte 0x7f"}};

/* nano: w i32 [3, 4] in one piece, y, two words in queue 0 with debug lines, one bound. */
static tsp_image *small_image(void)
{
  tsp_image *image;
  tsp_tensor *w;

  assert_int_equal(tsp_image_new(tsp_config_find("nano"), "k", &image), TSP_OK);
  image->tensor_count = 2;
  image->tensor = must(calloc(2, sizeof *image->tensor));
  w = &image->tensor[0];
  *w = (tsp_tensor){.name = "w", .type = TSP_I32, .rank = 2, .shape = {3, 4}, .piece_count = 1, .data_bytes = 48};
  w->data = must(calloc(1, 48));
  w->piece = must(calloc(1, sizeof *w->piece));
  w->piece[0] = (tsp_piece){.addr = 8, .count = 3, .addr_step = 1, .lanes = 4, .vec_step = 4, .lane_step = 1};
  image->tensor[1] = (tsp_tensor){.name = "y", .type = TSP_I8, .role = TSP_ROLE_OUTPUT, .rank = 1, .shape = {1}};
  image->queue[0].length = 2;
  image->queue[0].word = must(calloc(2, 8));
  image->debug_count = 2;
  image->debug = must(calloc(2, sizeof *image->debug));
  image->debug[1].word = 1;
  image->bound_count = 1;
  image->bound = must(calloc(1, sizeof *image->bound));
  strcpy(image->bound[0].resource, "mem");
  return image;
}

static void an_invalid_image_is_never_written_and_the_old_file_stays(void **state)
{
  tsp_error err;

  (void)state;
  for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++) {
    tsp_image *image = small_image();
    size_t n;
    char *kept;
    put_file(scratch(0), "old", 3);
    assert_int_equal(tsp_image_check(image, &err), TSP_OK);
    spoils[i].spoil(image);
    assert_int_equal(tsp_image_write(image, scratch(0), &err), TSP_EFORMAT);
    assert_contains(err.text, spoils[i].says);
    assert_int_equal(tsp_asm_save(image, scratch(0), &err), TSP_EFORMAT);
    assert_contains(err.text, spoils[i].says);
    kept = get_file(scratch(0), &n);
    assert_string_equal(kept, "old");
    assert_nothing_left_behind();
    free(kept);
    tsp_image_free(image);
  }
}

static void files_that_cannot_be_opened_or_written_are_io_errors(void **state)
{
  tsp_image *image = small_image(), *back;
  tsp_error err;

  (void)state;
  assert_int_equal(tsp_image_read("/nonexistent/a.tsp", &back, &err), TSP_EIO);
  assert_contains(err.text, "/nonexistent/a.tsp: No such file");
  assert_int_equal(tsp_image_write(image, "/nonexistent/a.tsp", &err), TSP_EIO);
  assert_int_equal(tsp_image_read(scratch_folder, &back, &err), TSP_EIO);
  assert_int_equal(tsp_asm_read(scratch_folder, &back, &err), TSP_EIO);
  assert_int_equal(tsp_image_write(image, "/dev/null", &err), TSP_EIO);
  assert_contains(err.text, "not a regular file");
  tsp_image_free(image);
}

/* As on a file system with room for 100 bytes. */
static void a_full_disk_leaves_the_old_file_and_nothing_else(void **state)
{
  static tsp_status (*const writes[])(const tsp_image *, const char *, tsp_error *) = {tsp_image_write, tsp_asm_save};
  tsp_image *image = small_image();
  struct rlimit usual, tight;

  (void)state;
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual), 0);
  tight = usual;
  tight.rlim_cur = 100;
  put_file(scratch(0), "old", 3);
  for (int form = 0; form < 2; form++) {
    tsp_error err = {""};
    tsp_status s;
    size_t n;
    char *kept;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    s = writes[form](image, scratch(0), &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual), 0);
    assert_int_equal(s, TSP_EIO);
    assert_contains(err.text, "File too large");
    kept = get_file(scratch(0), &n);
    assert_string_equal(kept, "old");
    assert_nothing_left_behind();
    free(kept);
  }
  tsp_image_free(image);
}

static void a_written_file_has_the_usual_permissions(void **state)
{
  tsp_image *image = small_image();
  mode_t mask = umask(022);
  struct stat info;

  (void)state;
  unlink(scratch(0));
  assert_int_equal(tsp_image_write(image, scratch(0), NULL), TSP_OK);
  umask(mask);
  assert_int_equal(stat(scratch(0), &info), 0);
  assert_int_equal(info.st_mode & 0777, 0644);
  tsp_image_free(image);
}

static void debug_lines_and_tensors_are_found(void **state)
{
  uint64_t seed = test_seed();

  (void)state;
  for (uint64_t i = 0; i < 50; i++) {
    tsp_image *image = random_image(tsp_config_find("nano"), seed + i);
    int seen = 0;
    for (int q = 0; q < image->queue_count; q++) {
      for (uint32_t w = 0; w < image->queue[q].length + 2; w++) {
        const tsp_debug *d = tsp_image_debug(image, q, w);
        assert_true(!d || (d->queue == q && d->word == w));
        seen += d != NULL;
      }
    }
    assert_int_equal(seen, image->debug_count);
    for (int t = 0; t < image->tensor_count; t++)
      assert_ptr_equal(tsp_image_tensor(image, image->tensor[t].name), &image->tensor[t]);
    assert_null(tsp_image_tensor(image, "nobody"));
    tsp_image_free(image);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_field_survives_write_and_read),
      cmocka_unit_test(the_file_is_what_its_description_says),
      cmocka_unit_test(an_image_of_other_tables_is_refused_by_that_status),
      cmocka_unit_test(an_invalid_image_is_never_written_and_the_old_file_stays),
      cmocka_unit_test(files_that_cannot_be_opened_or_written_are_io_errors),
      cmocka_unit_test(a_full_disk_leaves_the_old_file_and_nothing_else),
      cmocka_unit_test(a_written_file_has_the_usual_permissions),
      cmocka_unit_test(debug_lines_and_tensors_are_found),
  };

  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
