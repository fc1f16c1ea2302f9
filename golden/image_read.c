/* SPDX-License-Identifier: Apache-2.0 */
/* image_read.c - a .tsp file to a program image (image_format.h). Nothing read is trusted: every count is bounded by
 * the bytes that are left before anything is allocated for it. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "image_format.h"
#include "image_internal.h"

/* The first failure sticks: later reads give 0 and change nothing. */
typedef struct {
  const uint8_t *byte;
  size_t size, at, end; /* whole file, here, end of the section's payload */
  tsp_image *image;
  const tsp_config *cfg;
  tsp_status status;
  size_t fail_at;
  tsp_error cause;
} reader;

/* Takes the status of a check or an allocation at the present place. */
static bool ok(reader *r, tsp_status s)
{
  if (s != TSP_OK && r->status == TSP_OK) {
    r->status = s;
    r->fail_at = r->at;
  }
  return r->status == TSP_OK;
}

static bool fail(reader *r, const char *cause)
{
  if (r->status == TSP_OK)
    ok(r, tsp_fail(&r->cause, TSP_EFORMAT, "%s", cause));
  return false;
}

static void *allocate(reader *r, size_t count, size_t size)
{
  void *p = r->status == TSP_OK && count ? calloc(count, size) : NULL;

  if (r->status == TSP_OK && count && !p)
    ok(r, tsp_fail(&r->cause, TSP_ENOMEM, "out of memory"));
  return p;
}

static const uint8_t *take(reader *r, size_t n)
{
  if (r->status != TSP_OK)
    return NULL;
  if (r->end - r->at < n) {
    fail(r, "the section ends too early");
    return NULL;
  }
  r->at += n;
  return r->byte + r->at - n;
}

static uint64_t get(reader *r, size_t n)
{
  const uint8_t *p = take(r, n);
  uint64_t value = 0;

  for (size_t i = 0; p && i < n; i++)
    value |= (uint64_t)p[i] << (8 * i);
  return value;
}

/* A count of elements of at least `least` bytes each; 0 after a failure. */
static int get_count(reader *r, size_t least, const char *what)
{
  uint64_t n = get(r, 4);

  if (r->status == TSP_OK && (n > (r->end - r->at) / least || n > INT32_MAX)) {
    r->at -= 4;
    ok(r, tsp_fail(&r->cause, TSP_EFORMAT, "%" PRIu64 " %s do not fit in %zu bytes", n, what, r->end - r->at - 4));
  }
  return r->status == TSP_OK ? (int)n : 0;
}

static void get_string(reader *r, const char *what, char *to, size_t size)
{
  uint64_t n = get(r, 1);
  const uint8_t *p;

  if (r->status == TSP_OK && n >= size)
    ok(r,
       tsp_fail(&r->cause, TSP_EFORMAT, "the %s name has %" PRIu64 " characters, at most %zu fit", what, n, size - 1));
  p = take(r, n);
  if (!p)
    return;
  if (memchr(p, 0, n))
    fail(r, "a name has a NUL byte");
  memcpy(to, p, n); /* NOLINT: `to` is NULL only after a failure, and then take() gave NULL */
  ok(r, tsp_check_string(what, to, size, true, &r->cause));
}

static void read_head(reader *r)
{
  char config[32] = "", kernel[64] = "";
  uint64_t hash, predicted;

  get_string(r, "configuration", config, sizeof config);
  if (r->status == TSP_OK && !(r->cfg = tsp_config_find(config)))
    ok(r, tsp_fail(&r->cause, TSP_EFORMAT, "there is no configuration '%s'", config));
  hash = get(r, 8);
  get_string(r, "kernel", kernel, sizeof kernel);
  predicted = get(r, 8);
  if (r->status != TSP_OK)
    return;
  if (!ok(r, tsp_image_new(r->cfg, kernel, &r->image)))
    return;
  r->image->cycles_predicted = predicted;
  if (hash != r->image->table_hash)
    ok(r, tsp_fail(&r->cause, TSP_ETABLES, "made for tables 0x%016" PRIx64 ", this build has 0x%016" PRIx64, hash,
                   r->image->table_hash));
}

static void read_piece(reader *r, const tsp_tensor *t, tsp_piece *p)
{
  size_t start = r->at;

  p->slice = (uint16_t)get(r, 2);
  p->byte = (uint8_t)get(r, 1);
  p->addr = (uint32_t)get(r, 4);
  p->count = (uint32_t)get(r, 4);
  p->addr_step = (int32_t)get(r, 4);
  p->lanes = (uint32_t)get(r, 4);
  p->first = (int64_t)get(r, 8);
  p->vec_step = (int64_t)get(r, 8);
  p->lane_step = (int64_t)get(r, 8);
  if (r->status == TSP_OK && !ok(r, tsp_check_piece(r->cfg, t, p, &r->cause)))
    r->fail_at = start;
}

static void read_data(reader *r, tsp_tensor *t)
{
  uint64_t n = get(r, 8);
  const uint8_t *p;

  t->data_bytes = n;
  if (r->status == TSP_OK)
    ok(r, tsp_check_data(t, &r->cause));
  p = take(r, n);
  t->data = p ? allocate(r, n, 1) : NULL;
  if (t->data)
    memcpy(t->data, p, n);
}

static void read_tensor(reader *r, tsp_tensor *t)
{
  int pieces;

  get_string(r, "tensor", t->name, sizeof t->name);
  t->type = (uint8_t)get(r, 1);
  t->role = (uint8_t)get(r, 1);
  t->rank = (int)get(r, 1);
  for (int k = 0; k < t->rank && k < 4; k++)
    t->shape[k] = (uint32_t)get(r, 4);
  if (r->status == TSP_OK)
    ok(r, tsp_check_head(t, &r->cause));
  pieces = get_count(r, TSP_IMAGE_PIECE_BYTES, "pieces");
  t->piece = allocate(r, (size_t)pieces, sizeof *t->piece);
  for (int k = 0; k < pieces && r->status == TSP_OK; k++, t->piece_count++)
    read_piece(r, t, &t->piece[k]);
  read_data(r, t);
}

static void read_tensors(reader *r)
{
  int count = get_count(r, TSP_IMAGE_TENSOR_BYTES, "tensors");

  r->image->tensor = allocate(r, (size_t)count, sizeof *r->image->tensor);
  for (int i = 0; i < count && r->status == TSP_OK; i++) {
    r->image->tensor_count++;
    read_tensor(r, &r->image->tensor[i]);
  }
}

static void read_queue(reader *r, tsp_queue_text *q)
{
  uint64_t length = get(r, 4);
  tsp_queue_text head = {.length = (uint32_t)length, .fetched = (uint32_t)get(r, 4)};

  if (r->status == TSP_OK)
    ok(r, tsp_check_text(r->cfg, &head, &r->cause));
  if (r->status == TSP_OK && length > (r->end - r->at) / 8)
    fail(r, "the section ends too early");
  q->word = allocate(r, length, sizeof *q->word);
  for (uint64_t i = 0; i < length && r->status == TSP_OK; i++)
    q->word[i] = get(r, 8);
  if (r->status != TSP_OK)
    return;
  q->length = head.length;
  q->fetched = head.fetched;
}

static void read_text(reader *r)
{
  int count = get_count(r, 8, "queues");

  if (r->status == TSP_OK && count != r->cfg->queues)
    ok(r, tsp_fail(&r->cause, TSP_EFORMAT, "%d queues, %s has %d", count, r->cfg->name, r->cfg->queues));
  for (int q = 0; q < count && r->status == TSP_OK; q++)
    read_queue(r, &r->image->queue[q]);
}

static void read_debug(reader *r)
{
  int count = get_count(r, TSP_IMAGE_DEBUG_BYTES, "debug lines");

  r->image->debug = allocate(r, (size_t)count, sizeof *r->image->debug);
  for (int i = 0; i < count && r->status == TSP_OK; i++) {
    tsp_debug *d = &r->image->debug[i];
    d->queue = (uint16_t)get(r, 2);
    d->word = (uint32_t)get(r, 4);
    d->cycle = get(r, 8);
    d->tensor = (int32_t)get(r, 4);
    d->first = (int64_t)get(r, 8);
    d->step = (int64_t)get(r, 8);
    d->line = (uint32_t)get(r, 4);
    if (r->status == TSP_OK)
      ok(r, tsp_check_debug(r->image, i ? d - 1 : NULL, d, &r->cause));
    r->image->debug_count++;
  }
}

static void read_bounds(reader *r)
{
  int count = get_count(r, TSP_IMAGE_BOUND_BYTES, "bounds");

  r->image->bound = allocate(r, (size_t)count, sizeof *r->image->bound);
  for (int i = 0; i < count && r->status == TSP_OK; i++) {
    get_string(r, "resource", r->image->bound[i].resource, sizeof r->image->bound[i].resource);
    r->image->bound[i].cycles = get(r, 8);
    r->image->bound_count++;
  }
}

/* Tag, length and checksum; sets end to the end of the payload. */
static void open_section(reader *r, const char *tag)
{
  size_t start = r->at, length;
  uint64_t crc;

  r->end = r->size;
  if (r->size - r->at < TSP_IMAGE_SECTION_BYTES + TSP_IMAGE_CRC_BYTES) {
    fail(r, "the file ends before the section is complete");
    return;
  }
  if (memcmp(r->byte + r->at, tag, TSP_IMAGE_TAG_BYTES) != 0) {
    fail(r, "another section stands here");
    return;
  }
  r->at += TSP_IMAGE_TAG_BYTES;
  length = get(r, 8);
  if (r->size - r->at - TSP_IMAGE_CRC_BYTES < length) {
    fail(r, "the file ends before the section is complete");
    return;
  }
  r->at += length;
  crc = get(r, TSP_IMAGE_CRC_BYTES);
  if (crc != crc32_z(crc32_z(0, NULL, 0), r->byte + start, TSP_IMAGE_SECTION_BYTES + length)) {
    r->at = start;
    fail(r, "the checksum is wrong: the section is damaged");
    return;
  }
  r->at = start + TSP_IMAGE_SECTION_BYTES;
  r->end = r->at + length;
}

static const struct {
  const char *tag;
  void (*read)(reader *);
} section[] = {
    {"HEAD", read_head}, {"TENS", read_tensors}, {"TEXT", read_text}, {"DEBG", read_debug}, {"BOND", read_bounds}};
enum { SECTIONS = sizeof section / sizeof section[0] };

/* The name of the section in which reading stopped, for the error text. */
static const char *read_sections(reader *r)
{
  r->at = r->end = TSP_IMAGE_HEADER_BYTES;
  for (int i = 0; i < SECTIONS; i++) {
    open_section(r, section[i].tag);
    if (r->status == TSP_OK)
      section[i].read(r);
    if (r->status == TSP_OK && r->at != r->end)
      fail(r, "more bytes than the section needs");
    if (r->status != TSP_OK)
      return section[i].tag;
    r->at += TSP_IMAGE_CRC_BYTES;
  }
  r->end = r->size;
  if (r->at != r->size)
    fail(r, "bytes behind the last section");
  else
    ok(r, tsp_image_check(r->image, &r->cause));
  return "end";
}

/* The file's bytes up to a wrong header; the buffer grows only as fast as bytes come. */
static tsp_status slurp(FILE *f, uint8_t **byte, size_t *size, tsp_error *cause)
{
  size_t room = 4096, n;
  uint8_t *larger;

  *size = 0;
  for (*byte = NULL;; room *= 2) {
    larger = realloc(*byte, room);
    if (!larger)
      return tsp_fail(cause, TSP_ENOMEM, "out of memory");
    *byte = larger;
    n = fread(*byte + *size, 1, room - *size, f);
    *size += n;
    if (ferror(f))
      return tsp_fail(cause, TSP_EIO, "%s", strerror(errno));
    if (*size < TSP_IMAGE_HEADER_BYTES || memcmp(*byte, TSP_IMAGE_MAGIC, TSP_IMAGE_MAGIC_BYTES) != 0)
      return tsp_fail(cause, TSP_EFORMAT, "not a program image (.tsp)");
    if (*size < room)
      return TSP_OK;
  }
}

static tsp_status check_version(const uint8_t *byte, tsp_error *cause)
{
  uint32_t version = 0;

  for (int i = 0; i < 4; i++)
    version |= (uint32_t)byte[TSP_IMAGE_MAGIC_BYTES + i] << (8 * i); /* NOLINT: slurp() failed if there are no bytes */
  if (version == TSP_IMAGE_VERSION)
    return TSP_OK;
  return tsp_fail(cause, TSP_EFORMAT, "image version %" PRIu32 ", this build reads %d", version, TSP_IMAGE_VERSION);
}

tsp_status tsp_image_read(const char *path, tsp_image **out, tsp_error *err)
{
  reader r = {.status = TSP_OK};
  FILE *f = fopen(path, "rb");
  const char *where;
  uint8_t *byte = NULL;
  tsp_status s;

  *out = NULL;
  if (!f)
    return tsp_fail(err, TSP_EIO, "%s: %s", path, strerror(errno));
  s = slurp(f, &byte, &r.size, &r.cause);
  fclose(f);
  if (s == TSP_OK)
    s = check_version(byte, &r.cause);
  if (s != TSP_OK) {
    free(byte);
    return tsp_fail_at(err, s, &r.cause, "%s: offset 0", path);
  }
  r.byte = byte;
  where = read_sections(&r);
  free(byte);
  if (r.status == TSP_OK) {
    *out = r.image;
    return TSP_OK;
  }
  tsp_image_free(r.image);
  return tsp_fail_at(err, r.status, &r.cause, "%s: offset %zu, section %s", path, r.fail_at, where);
}
