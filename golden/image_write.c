/* SPDX-License-Identifier: Apache-2.0 */
/* image_write.c - a program image to a .tsp file (image_format.h). */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "image_format.h"
#include "image_internal.h"

/* One section's bytes; once `failed`, nothing more is added. */
typedef struct {
  uint8_t *byte;
  size_t size, room;
  bool failed;
} bytes;

static uint8_t *extend(bytes *b, size_t n)
{
  size_t room = b->room ? b->room : 256;
  uint8_t *larger;

  while (!b->failed && room - b->size < n && room <= SIZE_MAX / 2)
    room *= 2;
  if (!b->failed && room != b->room) {
    larger = room - b->size < n ? NULL : realloc(b->byte, room);
    b->failed = !larger;
    b->byte = larger ? larger : b->byte;
    b->room = larger ? room : b->room;
  }
  if (b->failed)
    return NULL;
  b->size += n;
  return b->byte + b->size - n;
}

static void put(bytes *b, uint64_t value, size_t n)
{
  uint8_t *to = extend(b, n);

  for (size_t i = 0; to && i < n; i++)
    to[i] = (uint8_t)(value >> (8 * i));
}

static void put_raw(bytes *b, const void *data, size_t n)
{
  uint8_t *to = extend(b, n);

  if (to && n)
    memcpy(to, data, n);
}

static void put_string(bytes *b, const char *s)
{
  put(b, strlen(s), 1);
  put_raw(b, s, strlen(s));
}

static void put_head(bytes *b, const tsp_image *image)
{
  put_string(b, image->config);
  put(b, image->table_hash, 8);
  put_string(b, image->kernel);
  put(b, image->cycles_predicted, 8);
}

static void put_piece(bytes *b, const tsp_piece *p)
{
  put(b, p->slice, 2);
  put(b, p->byte, 1);
  put(b, p->addr, 4);
  put(b, p->count, 4);
  put(b, (uint32_t)p->addr_step, 4);
  put(b, p->lanes, 4);
  put(b, (uint64_t)p->first, 8);
  put(b, (uint64_t)p->vec_step, 8);
  put(b, (uint64_t)p->lane_step, 8);
}

static void put_tensors(bytes *b, const tsp_image *image)
{
  put(b, (uint32_t)image->tensor_count, 4);
  for (int i = 0; i < image->tensor_count; i++) {
    const tsp_tensor *t = &image->tensor[i];
    put_string(b, t->name);
    put(b, t->type, 1);
    put(b, t->role, 1);
    put(b, (uint8_t)t->rank, 1);
    for (int k = 0; k < t->rank; k++)
      put(b, t->shape[k], 4);
    put(b, (uint32_t)t->piece_count, 4);
    for (int k = 0; k < t->piece_count; k++)
      put_piece(b, &t->piece[k]);
    put(b, t->data_bytes, 8);
    put_raw(b, t->data, t->data_bytes);
  }
}

static void put_text(bytes *b, const tsp_image *image)
{
  put(b, (uint32_t)image->queue_count, 4);
  for (int q = 0; q < image->queue_count; q++) {
    put(b, image->queue[q].length, 4);
    put(b, image->queue[q].fetched, 4);
    for (uint32_t i = 0; i < image->queue[q].length; i++)
      put(b, image->queue[q].word[i], 8);
  }
}

static void put_debug(bytes *b, const tsp_image *image)
{
  put(b, (uint32_t)image->debug_count, 4);
  for (int i = 0; i < image->debug_count; i++) {
    const tsp_debug *d = &image->debug[i];
    put(b, d->queue, 2);
    put(b, d->word, 4);
    put(b, d->cycle, 8);
    put(b, (uint32_t)d->tensor, 4);
    put(b, (uint64_t)d->first, 8);
    put(b, (uint64_t)d->step, 8);
    put(b, d->line, 4);
  }
}

static void put_bounds(bytes *b, const tsp_image *image)
{
  put(b, (uint32_t)image->bound_count, 4);
  for (int i = 0; i < image->bound_count; i++) {
    put_string(b, image->bound[i].resource);
    put(b, image->bound[i].cycles, 8);
  }
}

static uint32_t crc_of(const uint8_t *p, size_t n)
{
  return (uint32_t)crc32_z(crc32_z(0, NULL, 0), p, n);
}

static tsp_status emit_section(FILE *to, const char *tag, void (*put_payload)(bytes *, const tsp_image *),
                               const tsp_image *image)
{
  bytes b = {0};
  tsp_status s = TSP_OK;

  put_raw(&b, tag, TSP_IMAGE_TAG_BYTES);
  put(&b, 0, 8);
  put_payload(&b, image);
  for (int i = 0; i < 8 && !b.failed; i++)
    b.byte[TSP_IMAGE_TAG_BYTES + i] = (uint8_t)((uint64_t)(b.size - TSP_IMAGE_SECTION_BYTES) >> (8 * i));
  if (!b.failed)
    put(&b, crc_of(b.byte, b.size), TSP_IMAGE_CRC_BYTES);
  if (b.failed)
    s = TSP_ENOMEM;
  else if (fwrite(b.byte, 1, b.size, to) != b.size)
    s = TSP_EIO;
  free(b.byte);
  return s;
}

static tsp_status emit(FILE *to, const void *ctx)
{
  static const struct {
    const char *tag;
    void (*put_payload)(bytes *, const tsp_image *);
  } section[] = {
      {"HEAD", put_head}, {"TENS", put_tensors}, {"TEXT", put_text}, {"DEBG", put_debug}, {"BOND", put_bounds}};
  uint8_t version[4] = {TSP_IMAGE_VERSION};
  tsp_status s = TSP_OK;

  if (fwrite(TSP_IMAGE_MAGIC, 1, TSP_IMAGE_MAGIC_BYTES, to) != TSP_IMAGE_MAGIC_BYTES ||
      fwrite(version, 1, sizeof version, to) != sizeof version)
    return TSP_EIO;
  for (size_t i = 0; i < sizeof section / sizeof section[0] && s == TSP_OK; i++)
    s = emit_section(to, section[i].tag, section[i].put_payload, ctx);
  return s;
}

tsp_status tsp_image_write(const tsp_image *image, const char *path, tsp_error *err)
{
  tsp_error cause = {""};
  tsp_status s = tsp_image_check(image, &cause);

  if (s != TSP_OK)
    return tsp_fail_at(err, s, &cause, "%s", path);
  return tsp_file_replace(path, emit, image, err);
}
