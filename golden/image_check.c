/* SPDX-License-Identifier: Apache-2.0 */
/* image_check.c - what every image must satisfy, whether it comes from a file, from text or from the compiler. */
#include "image_internal.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

tsp_status tsp_check_string(const char *what, const char *s, size_t size, bool may_be_empty, tsp_error *cause)
{
  size_t n = strnlen(s, size);

  if (n == size)
    return tsp_fail(cause, TSP_EFORMAT, "the %s name is longer than %zu characters", what, size - 1);
  if (n == 0 && !may_be_empty)
    return tsp_fail(cause, TSP_EFORMAT, "the %s name is empty", what);
  for (size_t i = 0; i < n; i++)
    if ((unsigned char)s[i] < 0x20 || (unsigned char)s[i] > 0x7e)
      return tsp_fail(cause, TSP_EFORMAT, "the %s name has byte 0x%02x, not printable ASCII", what,
                      (unsigned char)s[i]);
  return TSP_OK;
}

tsp_status tsp_check_head(const tsp_tensor *t, tsp_error *cause)
{
  tsp_status s = tsp_check_string("tensor", t->name, sizeof t->name, false, cause);

  if (s != TSP_OK)
    return s;
  if (tsp_type_size(t->type) == 0)
    return tsp_fail(cause, TSP_EFORMAT, "tensor %s: element type %u does not exist", t->name, t->type);
  if (t->role > TSP_ROLE_TEMP)
    return tsp_fail(cause, TSP_EFORMAT, "tensor %s: role %u does not exist", t->name, t->role);
  if (t->rank < 1 || t->rank > 4)
    return tsp_fail(cause, TSP_EFORMAT, "tensor %s: rank %d, not 1..4", t->name, t->rank);
  for (int i = 0; i < t->rank; i++)
    if (t->shape[i] == 0)
      return tsp_fail(cause, TSP_EFORMAT, "tensor %s: dimension %d is 0", t->name, i);
  if (tsp_tensor_elements(t) == 0)
    return tsp_fail(cause, TSP_EFORMAT, "tensor %s: more than 2^63 bytes", t->name);
  return TSP_OK;
}

/* Widens lo..hi by n steps from each of its ends; false on overflow. */
static bool widen(int64_t step, uint32_t n, int64_t *lo, int64_t *hi)
{
  int64_t way;

  if (__builtin_mul_overflow(step, (int64_t)n - 1, &way))
    return false;
  return way < 0 ? !__builtin_add_overflow(*lo, way, lo) : !__builtin_add_overflow(*hi, way, hi);
}

static tsp_status check_words(const tsp_config *cfg, const tsp_tensor *t, const tsp_piece *p, tsp_error *cause)
{
  int64_t last = (int64_t)p->addr + (int64_t)p->addr_step * ((int64_t)p->count - 1);

  if (p->slice >= 2 * cfg->mem_slices)
    return tsp_fail(cause, TSP_EFORMAT, "tensor %s: slice %u, %s has 0..%d", t->name, p->slice, cfg->name,
                    2 * cfg->mem_slices - 1);
  if (p->count == 0)
    return tsp_fail(cause, TSP_EFORMAT, "tensor %s: a piece of no vectors", t->name);
  if (p->count > 1 && p->addr_step == 0)
    return tsp_fail(cause, TSP_EFORMAT, "tensor %s: %" PRIu32 " vectors at one address", t->name, p->count);
  if (p->addr >= (uint32_t)cfg->mem_words || last < 0 || last >= cfg->mem_words)
    return tsp_fail(cause, TSP_EFORMAT, "tensor %s: words 0x%04" PRIx32 " to %" PRId64 ", a slice has 0..0x%04x",
                    t->name, p->addr, last, (unsigned)cfg->mem_words - 1);
  return TSP_OK;
}

tsp_status tsp_check_piece(const tsp_config *cfg, const tsp_tensor *t, const tsp_piece *p, tsp_error *cause)
{
  tsp_status s = check_words(cfg, t, p, cause);
  int64_t lo = p->first, hi = lo;

  if (s != TSP_OK)
    return s;
  if (p->byte >= tsp_type_size(t->type))
    return tsp_fail(cause, TSP_EFORMAT, "tensor %s: byte %u, %s has 0..%d", t->name, p->byte, tsp_type_name(t->type),
                    tsp_type_size(t->type) - 1);
  if (p->lanes == 0 || p->lanes > (uint32_t)cfg->vector)
    return tsp_fail(cause, TSP_EFORMAT, "tensor %s: %" PRIu32 " lanes, a vector has 1..%d", t->name, p->lanes,
                    cfg->vector);
  if (!widen(p->vec_step, p->count, &lo, &hi) || !widen(p->lane_step, p->lanes, &lo, &hi))
    return tsp_fail(cause, TSP_EFORMAT, "tensor %s: a piece's element numbers overflow", t->name);
  if (lo < 0 || (uint64_t)hi >= tsp_tensor_elements(t))
    return tsp_fail(cause, TSP_EFORMAT,
                    "tensor %s: elements %" PRId64 "..%" PRId64 " in a piece, the tensor has 0..%" PRIu64, t->name, lo,
                    hi, tsp_tensor_elements(t) - 1);
  return TSP_OK;
}

tsp_status tsp_check_data(const tsp_tensor *t, tsp_error *cause)
{
  uint64_t full = tsp_tensor_elements(t) * (uint64_t)tsp_type_size(t->type);

  if (t->data_bytes != 0 && t->data_bytes != full)
    return tsp_fail(cause, TSP_EFORMAT, "tensor %s: %" PRIu64 " bytes of data, its shape has %" PRIu64, t->name,
                    t->data_bytes, full);
  if (t->role == TSP_ROLE_CONST && t->data_bytes == 0)
    return tsp_fail(cause, TSP_EFORMAT, "tensor %s: a const tensor needs its data", t->name);
  if ((t->role == TSP_ROLE_OUTPUT || t->role == TSP_ROLE_TEMP) && t->data_bytes != 0)
    return tsp_fail(cause, TSP_EFORMAT, "tensor %s: only const and input tensors have data", t->name);
  return TSP_OK;
}

tsp_status tsp_check_debug(const tsp_image *image, const tsp_debug *before, const tsp_debug *d, tsp_error *cause)
{
  if (d->queue >= image->queue_count)
    return tsp_fail(cause, TSP_EFORMAT, "debug line of queue %u, there are %d", d->queue, image->queue_count);
  if (d->word >= image->queue[d->queue].length)
    return tsp_fail(cause, TSP_EFORMAT, "debug line of queue %u word %" PRIu32 ", the queue has %" PRIu32 " words",
                    d->queue, d->word, image->queue[d->queue].length);
  if (d->tensor < -1 || d->tensor >= image->tensor_count)
    return tsp_fail(cause, TSP_EFORMAT, "debug line of queue %u word %" PRIu32 ": tensor %" PRId32 ", there are %d",
                    d->queue, d->word, d->tensor, image->tensor_count);
  if (before && (before->queue > d->queue || (before->queue == d->queue && before->word >= d->word)))
    return tsp_fail(cause, TSP_EFORMAT, "debug lines are not in order at queue %u word %" PRIu32, d->queue, d->word);
  return TSP_OK;
}

static int by_name(const void *a, const void *b)
{
  const tsp_tensor *x = *(const tsp_tensor *const *)a, *y = *(const tsp_tensor *const *)b;
  int order = strcmp(x->name, y->name);

  return order != 0 ? order : (x > y) - (x < y);
}

const tsp_tensor **tsp_sort_tensors(const tsp_image *image)
{
  const tsp_tensor **sorted = calloc((size_t)image->tensor_count + 1, sizeof *sorted);

  if (!sorted)
    return NULL;
  for (int i = 0; i < image->tensor_count; i++)
    sorted[i] = &image->tensor[i];
  qsort(sorted, (size_t)image->tensor_count, sizeof *sorted, by_name);
  return sorted;
}

const tsp_tensor *tsp_find_duplicate(const tsp_tensor **sorted, int count)
{
  for (int i = 1; i < count; i++)
    if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
      return sorted[i];
  return NULL;
}

static tsp_status check_tensors(const tsp_image *image, const tsp_config *cfg, tsp_error *err)
{
  const tsp_tensor **sorted, *twice;
  tsp_status s = TSP_OK;

  for (int i = 0; i < image->tensor_count && s == TSP_OK; i++) {
    const tsp_tensor *t = &image->tensor[i];
    s = tsp_check_head(t, err);
    for (int k = 0; k < t->piece_count && s == TSP_OK; k++)
      s = tsp_check_piece(cfg, t, &t->piece[k], err);
    if (s == TSP_OK)
      s = tsp_check_data(t, err);
  }
  if (s != TSP_OK)
    return s;
  sorted = tsp_sort_tensors(image);
  if (!sorted)
    return tsp_fail(err, TSP_ENOMEM, "out of memory");
  twice = tsp_find_duplicate(sorted, image->tensor_count);
  free(sorted);
  return twice ? tsp_fail(err, TSP_EFORMAT, "two tensors are named %s", twice->name) : TSP_OK;
}

tsp_status tsp_check_text(const tsp_config *cfg, const tsp_queue_text *q, tsp_error *cause)
{
  if (q->fetched && q->fetched >= q->length)
    return tsp_fail(cause, TSP_EFORMAT, "%" PRIu32 " words, of which %" PRIu32 " are fetched; the first is not",
                    q->length, q->fetched);
  if (q->length - q->fetched > (uint32_t)cfg->iq_depth)
    return tsp_fail(cause, TSP_EFORMAT, "%" PRIu32 " words, it holds %d", q->length - q->fetched, cfg->iq_depth);
  return TSP_OK;
}

static tsp_status check_queues(const tsp_image *image, const tsp_config *cfg, tsp_error *err)
{
  char name[16];

  if (image->queue_count != cfg->queues)
    return tsp_fail(err, TSP_EFORMAT, "%d queues, %s has %d", image->queue_count, cfg->name, cfg->queues);
  for (int q = 0; q < image->queue_count; q++) {
    tsp_error cause = {""};
    tsp_status s = tsp_check_text(cfg, &image->queue[q], &cause);
    if (s != TSP_OK)
      return tsp_fail(err, s, "queue %s: %s", tsp_queue_name(cfg, q, name), cause.text);
  }
  return TSP_OK;
}

tsp_status tsp_image_check(const tsp_image *image, tsp_error *err)
{
  tsp_status s = tsp_check_string("configuration", image->config, sizeof image->config, false, err);
  const tsp_config *cfg;

  if (s != TSP_OK)
    return s;
  cfg = tsp_config_find(image->config);
  if (!cfg)
    return tsp_fail(err, TSP_EFORMAT, "configuration %s does not exist", image->config);
  s = tsp_check_string("kernel", image->kernel, sizeof image->kernel, true, err);
  if (s == TSP_OK)
    s = check_tensors(image, cfg, err);
  if (s == TSP_OK)
    s = check_queues(image, cfg, err);
  for (int i = 0; i < image->debug_count && s == TSP_OK; i++)
    s = tsp_check_debug(image, i ? &image->debug[i - 1] : NULL, &image->debug[i], err);
  for (int i = 0; i < image->bound_count && s == TSP_OK; i++)
    s = tsp_check_string("resource", image->bound[i].resource, sizeof image->bound[i].resource, false, err);
  return s;
}
