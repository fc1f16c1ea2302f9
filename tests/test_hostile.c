/* SPDX-License-Identifier: Apache-2.0 */
/* test_hostile.c - damaged and malicious images and text: always an error, or an image that is valid. Never a crash, a
 * leak or an overflow; the suites are built with the address and undefined-behaviour sanitizers. */
#include "random_image.h"

typedef tsp_status (*read_fn)(const char *, tsp_image **, tsp_error *);
typedef tsp_status (*write_fn)(const tsp_image *, const char *, tsp_error *);

static tsp_status read_bytes(read_fn read, const void *bytes, size_t n, tsp_image **image, tsp_error *err)
{
  tsp_status s;

  *image = (tsp_image *)scratch_folder; /* must be overwritten */
  err->text[0] = '\0';
  put_file(scratch(0), bytes, n);
  s = read(scratch(0), image, err);
  if (s == TSP_OK) {
    assert_non_null(*image);
    return s;
  }
  assert_null(*image); /* nothing half-loaded */
  assert_true(strncmp(err->text, scratch(0), strlen(scratch(0))) == 0 && strlen(err->text) > strlen(scratch(0)) + 3);
  return s;
}

/* True if refused. If accepted, the image must survive both forms. */
static bool refused_or_valid(read_fn read, const void *bytes, size_t n)
{
  static const read_fn reads[] = {tsp_image_read, tsp_asm_read};
  static const write_fn writes[] = {tsp_image_write, tsp_asm_save};
  tsp_image *image, *again = NULL;
  tsp_error err;

  if (read_bytes(read, bytes, n, &image, &err) != TSP_OK)
    return true;
  for (int form = 0; form < 2; form++) {
    if (writes[form](image, scratch(1), &err) != TSP_OK || reads[form](scratch(1), &again, &err) != TSP_OK)
      fail_msg("accepted, but: %s", err.text);
    assert_images_equal(image, again);
    tsp_image_free(again);
  }
  tsp_image_free(image);
  return false;
}

/* A small image that has everything, as file (form 0) or text (form 1). */
static char *sample(int form, uint64_t seed, size_t *n)
{
  static const write_fn writes[] = {tsp_image_write, tsp_asm_save};
  tsp_image *image;
  char *bytes;

  for (;; seed++) {
    image = random_image(tsp_config_find("nano"), seed);
    assert_int_equal(writes[form](image, scratch(2), NULL), TSP_OK);
    bytes = get_file(scratch(2), n);
    if (image->debug_count > 2 && image->tensor_count > 1 && image->tensor[0].piece_count && image->bound_count &&
        image->tensor[0].data && *n < 4000)
      break;
    free(bytes);
    tsp_image_free(image);
  }
  tsp_image_free(image);
  return bytes;
}

static void an_image_cut_anywhere_is_refused(void **state)
{
  size_t n;
  char *bytes = sample(0, test_seed(), &n);

  (void)state;
  for (size_t cut = 0; cut < n; cut++) {
    tsp_image *image;
    tsp_error err;
    assert_int_equal(read_bytes(tsp_image_read, bytes, cut, &image, &err), TSP_EFORMAT);
  }
  assert_false(refused_or_valid(tsp_image_read, bytes, n));
  free(bytes);
}

static void a_text_cut_anywhere_is_refused(void **state)
{
  size_t n;
  char *bytes = sample(1, test_seed(), &n);

  (void)state;
  for (size_t cut = 0; cut < n; cut++) {
    tsp_image *image;
    tsp_error err;
    assert_int_not_equal(read_bytes(tsp_asm_read, bytes, cut, &image, &err), TSP_OK);
  }
  assert_false(refused_or_valid(tsp_asm_read, bytes, n));
  free(bytes);
}

static void a_flipped_bit_anywhere_in_an_image_is_refused(void **state)
{
  size_t n;
  char *bytes = sample(0, test_seed(), &n);

  (void)state;
  for (size_t bit = 0; bit < 8 * n; bit++) {
    tsp_image *image;
    tsp_error err;
    bytes[bit / 8] ^= (char)(1 << (bit % 8));
    assert_int_equal(read_bytes(tsp_image_read, bytes, n, &image, &err), TSP_EFORMAT);
    bytes[bit / 8] ^= (char)(1 << (bit % 8));
  }
  free(bytes);
}

static void damage_is_named_with_its_section(void **state)
{
  static const char *const tags[] = {"HEAD", "TENS", "TEXT", "DEBG", "BOND"};
  size_t n, at = 12;
  char *bytes = sample(0, 1, &n), says[40];

  (void)state;
  for (int i = 0; i < 5; i++) {
    tsp_image *image;
    tsp_error err;
    uint32_t length = (uint8_t)bytes[at + 4] | (uint32_t)(uint8_t)bytes[at + 5] << 8;
    bytes[at + 12] ^= 1;
    assert_int_equal(read_bytes(tsp_image_read, bytes, n, &image, &err), TSP_EFORMAT);
    bytes[at + 12] ^= 1;
    snprintf(says, sizeof says, "offset %zu, section %s: the checksum", at, tags[i]);
    assert_contains(err.text, says);
    at += 16 + length;
  }
  assert_int_equal(at, n);
  free(bytes);
}

static void put_number(uint8_t *to, uint64_t value, int n)
{
  for (int i = 0; i < n; i++)
    to[i] = (uint8_t)(value >> (8 * i));
}

/* Makes every checksum right again, so that a change is seen by the checks behind it. */
static void repair(uint8_t *bytes, size_t n)
{
  size_t at = 12;

  while (n - at >= 16) {
    uint64_t length = 0;
    uint32_t crc = 0xffffffff;
    for (int i = 0; i < 8; i++)
      length |= (uint64_t)bytes[at + 4 + (size_t)i] << (8 * i);
    if (length > n - at - 16)
      return;
    for (size_t i = 0; i < 12 + length; i++) {
      crc ^= bytes[at + i];
      for (int bit = 0; bit < 8; bit++)
        crc = crc & 1 ? (crc >> 1) ^ 0xedb88320 : crc >> 1;
    }
    put_number(bytes + at + 12 + length, ~crc, 4);
    at += 16 + length;
  }
}

static void change(uint8_t *bytes, size_t n, uint64_t *seed)
{
  static const uint8_t bold[] = {0, 1, 0x7f, 0x80, 0xff};
  size_t at = 12 + below(seed, n - 12), run = 1 + below(seed, 8);

  switch (below(seed, 3)) {
  case 0: bytes[at] ^= (uint8_t)(1 << below(seed, 8)); break;
  case 1: bytes[at] = (uint8_t)draw(seed); break;
  default:
    for (uint8_t with = bold[below(seed, 5)]; run > 0 && at < n; run--)
      bytes[at++] = with;
  }
}

static void changed_images_with_right_checksums_are_refused_or_valid(void **state)
{
  uint64_t seed = test_seed();
  int refused = 0, accepted = 0;

  (void)state;
  for (int i = 0; i < 20; i++) {
    size_t n;
    char *bytes = sample(0, seed * 100 + (uint64_t)i, &n), *copy = must(malloc(n));
    for (int k = 0; k < 300; k++) {
      memcpy(copy, bytes, n);
      for (uint32_t times = 1 + below(&seed, 2); times > 0; times--)
        change((uint8_t *)copy, n, &seed);
      repair((uint8_t *)copy, n);
      if (refused_or_valid(tsp_image_read, copy, n))
        refused++;
      else
        accepted++;
    }
    free(bytes);
    free(copy);
  }
  assert_true(refused > 500 && accepted > 500); /* the test reaches both sides */
}

static void change_text(char *text, size_t *n, uint64_t *seed)
{
  static const char bold[] = "0123456789-#@.,;\"\\[]>sawx\n\t \r\x01\x80";
  size_t at = below(seed, *n), run = 1 + below(seed, 30);

  run = run < *n - at ? run : *n - at;
  switch (below(seed, 4)) {
  case 0: text[at] ^= (char)(1 << below(seed, 8)); break;
  case 1: text[at] = bold[below(seed, sizeof bold)]; break;
  case 2: /* delete */
    memmove(text + at, text + at + run, *n - at - run);
    *n -= run;
    break;
  default: /* repeat; the buffer has room for it */ memmove(text + at + run, text + at, *n - at); *n += run;
  }
}

static void changed_texts_are_refused_or_valid(void **state)
{
  uint64_t seed = test_seed();
  int refused = 0, accepted = 0;

  (void)state;
  for (int i = 0; i < 20; i++) {
    size_t n, m;
    char *bytes = sample(1, seed * 100 + (uint64_t)i, &n), *copy = must(malloc(n + 64));
    for (int k = 0; k < 300; k++) {
      memcpy(copy, bytes, m = n);
      for (uint32_t times = 1 + below(&seed, 2); times > 0; times--)
        change_text(copy, &m, &seed);
      if (refused_or_valid(tsp_asm_read, copy, m))
        refused++;
      else
        accepted++;
    }
    free(bytes);
    free(copy);
  }
  assert_true(refused > 500 && accepted > 500);
}

static void noise_is_refused_by_both_readers(void **state)
{
  uint64_t seed = test_seed();
  uint8_t noise[3000];

  (void)state;
  for (int i = 0; i < 300; i++) {
    size_t n = below(&seed, sizeof noise);
    tsp_image *image;
    tsp_error err;
    for (size_t k = 0; k < n; k++)
      noise[k] = i % 3 ? (uint8_t)draw(&seed) : (uint8_t)(32 + below(&seed, 95));
    assert_int_equal(read_bytes(tsp_image_read, noise, n, &image, &err), TSP_EFORMAT);
    assert_int_equal(read_bytes(tsp_asm_read, noise, n, &image, &err), TSP_EFORMAT);
    if (n >= 12) { /* with a good start it gets further */
      memcpy(noise, "\x89TSP\r\n\x1a\n\x02\0\0\0", 12);
      assert_int_equal(read_bytes(tsp_image_read, noise, n, &image, &err), TSP_EFORMAT);
      assert_contains(err.text, "section HEAD");
    }
  }
}

static void a_huge_count_is_refused_before_memory_is_asked_for(void **state)
{
  static const uint8_t head[] = "\x89TSP\r\n\x1a\n\x02\0\0\0"
                                "HEAD\x17\0\0\0\0\0\0\0\x04nano"; /* hash, "", predicted; checksum */
  uint8_t bytes[128] = {0};
  size_t n = sizeof head - 1 + 8 + 1 + 8 + 4;
  tsp_image *image;
  tsp_error err;

  (void)state;
  memcpy(bytes, head, sizeof head - 1);
  bytes[16] = 5 + 8 + 1 + 8;
  put_number(bytes + sizeof head - 1, tsp_table_hash(tsp_isa_builtin(), tsp_config_find("nano")), 8);
  memcpy(bytes + n, "TENS\x04\0\0\0\0\0\0\0\xff\xff\xff\x7f\0\0\0\0", 20);
  repair(bytes, n + 20);
  assert_int_equal(read_bytes(tsp_image_read, bytes, n + 20, &image, &err), TSP_EFORMAT);
  assert_contains(err.text, "2147483647 tensors do not fit in 0 bytes");
}

static void image_of_another_version_says_both(void **state)
{
  tsp_image *image;
  tsp_error err;

  (void)state;
  assert_int_equal(read_bytes(tsp_image_read, "\x89TSP\r\n\x1a\n\x03\0\0\0", 12, &image, &err), TSP_EFORMAT);
  assert_contains(err.text, "version 3, this build reads 2");
  assert_int_equal(read_bytes(tsp_image_read, "\x89TSP\n\x1a\n\x02\0\0\0\0", 12, &image, &err), TSP_EFORMAT);
  assert_contains(err.text, "not a program image");
}

static void bytes_behind_the_last_section_are_refused(void **state)
{
  size_t n;
  char *bytes = sample(0, 3, &n), *longer = must(calloc(1, n + 1));
  tsp_image *image;
  tsp_error err;

  (void)state;
  memcpy(longer, bytes, n);
  assert_int_equal(read_bytes(tsp_image_read, longer, n + 1, &image, &err), TSP_EFORMAT);
  assert_contains(err.text, "bytes behind the last section");
  free(bytes);
  free(longer);
}

static const char start[] = ".tsp 1\n.config nano\n";

/* start, then n times c, then end. */
static tsp_status read_long(const char *before, int c, size_t n, const char *after, tsp_error *err)
{
  size_t size = strlen(start) + strlen(before) + n + strlen(after);
  char *text = must(malloc(size + 1)), *p = text;
  tsp_image *image;
  tsp_status s;

  p += sprintf(p, "%s%s", start, before);
  memset(p, c, n);
  strcpy(p + n, after);
  s = read_bytes(tsp_asm_read, text, size, &image, err);
  tsp_image_free(image);
  free(text);
  return s;
}

static void over_long_lines_are_refused_and_the_longest_is_not(void **state)
{
  tsp_error err;

  (void)state;
  assert_int_equal(read_long("", ';', 4096, "\n.end\n", &err), TSP_OK);
  assert_int_equal(read_long("", ';', 4097, "\n.end\n", &err), TSP_EFORMAT);
  assert_contains(err.text, ":3: the line is longer than 4096 characters");
  assert_int_equal(read_long("", ' ', 10 << 20, "", &err), TSP_EFORMAT);
  assert_int_equal(read_long(".kernel ", 'a', 4000, "\n.end\n", &err), TSP_EFORMAT);
  assert_contains(err.text, "longer than 63 characters");
  assert_int_equal(read_long(".kernel \"", '\\', 4000, "\"\n.end\n", &err), TSP_EFORMAT);
  assert_int_equal(read_long(".queue vxm0\n", 'a', 4000, "\n.end\n", &err), TSP_EFORMAT);
  assert_int_equal(read_long(".queue vxm0\nNOP ", '9', 4000, "\n.end\n", &err), TSP_EFORMAT);
  assert_contains(err.text, "the count must be 1..65535");
  assert_int_equal(read_long(".queue vxm0\nMov.i32 #f:", '9', 4000, " -> alu\n.end\n", &err), TSP_EFORMAT);
  assert_int_equal(read_long(".queue vxm0\nMov.i32 ", '#', 4000, " -> alu\n.end\n", &err), TSP_EFORMAT);
}

static void a_nul_byte_is_named_with_its_line(void **state)
{
  char text[] = ".tsp 1\n.config nano\n; a ? byte\n.end\n";
  tsp_image *image;
  tsp_error err;

  (void)state;
  *strchr(text, '?') = '\0';
  assert_int_equal(read_bytes(tsp_asm_read, text, sizeof text - 1, &image, &err), TSP_EFORMAT);
  assert_contains(err.text, ":3: a NUL byte");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_image_cut_anywhere_is_refused),
      cmocka_unit_test(a_text_cut_anywhere_is_refused),
      cmocka_unit_test(a_flipped_bit_anywhere_in_an_image_is_refused),
      cmocka_unit_test(damage_is_named_with_its_section),
      cmocka_unit_test(changed_images_with_right_checksums_are_refused_or_valid),
      cmocka_unit_test(changed_texts_are_refused_or_valid),
      cmocka_unit_test(noise_is_refused_by_both_readers),
      cmocka_unit_test(a_huge_count_is_refused_before_memory_is_asked_for),
      cmocka_unit_test(image_of_another_version_says_both),
      cmocka_unit_test(bytes_behind_the_last_section_are_refused),
      cmocka_unit_test(over_long_lines_are_refused_and_the_longest_is_not),
      cmocka_unit_test(a_nul_byte_is_named_with_its_line),
  };

  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
