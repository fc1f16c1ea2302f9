/* SPDX-License-Identifier: Apache-2.0 */
/* engine.c - the functions of tsp_engine.h for every machine, over its operations. */
#include "tsp_engine.h"

#include <stddef.h>

const tsp_config *tsp_engine_config(const tsp_engine *e)
{
  return &e->cfg;
}

const char *tsp_engine_name(const tsp_engine *e)
{
  return e->ops->name;
}

void tsp_engine_close(tsp_engine *e)
{
  if (e)
    e->ops->close(e);
}

tsp_status tsp_engine_start(tsp_engine *e)
{
  return e->ops->start(e);
}

tsp_status tsp_engine_step(tsp_engine *e, uint64_t n, uint64_t *ran)
{
  return e->ops->step(e, n, ran);
}

tsp_status tsp_engine_mem_read(tsp_engine *e, int slice, uint32_t addr, uint8_t *vector)
{
  return e->ops->mem_read(e, slice, addr, vector);
}

tsp_status tsp_engine_mem_write(tsp_engine *e, int slice, uint32_t addr, const uint8_t *vector)
{
  return e->ops->mem_write(e, slice, addr, vector);
}

tsp_csr tsp_engine_csr(const tsp_engine *e)
{
  return e->ops->csr(e);
}

tsp_queue_view tsp_engine_queue(const tsp_engine *e, int queue)
{
  return e->ops->queue(e, queue);
}

tsp_tile_view tsp_engine_tile(const tsp_engine *e, int direction, int column, int superlane)
{
  return e->ops->tile(e, direction, column, superlane);
}

tsp_alu_view tsp_engine_alu(const tsp_engine *e, int alu, int superlane)
{
  return e->ops->alu(e, alu, superlane);
}

const tsp_event *tsp_engine_events(const tsp_engine *e, size_t *count)
{
  return e->ops->events(e, count);
}

tsp_status tsp_engine_save(const tsp_engine *e, uint8_t **bytes, size_t *size)
{
  return e->ops->save(e, bytes, size);
}

tsp_status tsp_engine_restore(tsp_engine *e, const uint8_t *bytes, size_t size, tsp_error *err)
{
  return e->ops->restore(e, bytes, size, err);
}

static bool in_range(const tsp_config *c, int slice, uint32_t addr)
{
  return slice >= 0 && slice < 2 * c->mem_slices && addr < (uint32_t)c->mem_words;
}

static tsp_status check_place(void *ctx, int slice, uint32_t addr, uint8_t *vector)
{
  (void)vector;
  return in_range(ctx, slice, addr) ? TSP_OK : TSP_ERANGE;
}

static tsp_status write_place(void *ctx, int slice, uint32_t addr, uint8_t *vector)
{
  return tsp_engine_mem_write(ctx, slice, addr, vector);
}

/* Whether all of the image fits, before any of it is loaded. */
static tsp_status check_image(const tsp_engine *e, const tsp_image *image, tsp_error *err)
{
  tsp_config cfg = e->cfg;
  uint64_t hash = e->ops->table_hash(e);

  if (image->table_hash != hash)
    return tsp_fail(err, TSP_ETABLES, "image %s has table hash 0x%016llx, the %s machine 0x%016llx", image->kernel,
                    (unsigned long long)image->table_hash, e->ops->name, (unsigned long long)hash);
  if (image->queue_count != cfg.queues)
    return tsp_fail(err, TSP_EFORMAT, "image %s has %d queues, configuration %s has %d", image->kernel,
                    image->queue_count, cfg.name, cfg.queues);
  for (int q = 0; q < cfg.queues; q++)
    if (image->queue[q].length - image->queue[q].fetched > (uint32_t)cfg.iq_depth) {
      char name[16];

      return tsp_fail(err, TSP_ERANGE, "image %s: queue %s has %u words, iq_depth is %d", image->kernel,
                      tsp_queue_name(&cfg, q, name), (unsigned)(image->queue[q].length - image->queue[q].fetched),
                      cfg.iq_depth);
    }
  for (int k = 0; k < image->tensor_count; k++) {
    const tsp_tensor *t = &image->tensor[k];

    tsp_status s = t->data ? tsp_tensor_scatter(&cfg, t, t->data, check_place, &cfg) : TSP_OK;

    if (s)
      return tsp_fail(err, s, "image %s: tensor %s does not fit the memory: %s", image->kernel, t->name,
                      tsp_status_text(s));
  }
  return TSP_OK;
}

tsp_status tsp_engine_load(tsp_engine *e, const tsp_image *image, tsp_error *err)
{
  const uint64_t end = (uint64_t)TSP_OP_END << 56;
  tsp_status s = check_image(e, image, err);

  if (s)
    return s;
  if ((s = e->ops->reset(e)))
    return tsp_fail(err, s, "the %s machine cannot be reset: %s", e->ops->name, tsp_status_text(s));
  for (int k = 0; k < image->tensor_count; k++) {
    const tsp_tensor *t = &image->tensor[k];

    if (t->data && (s = tsp_tensor_scatter(&e->cfg, t, t->data, write_place, e)))
      return tsp_fail(err, s, "tensor %s cannot be loaded: %s", t->name, tsp_status_text(s));
  }
  for (int q = 0; q < e->cfg.queues; q++) {
    const tsp_queue_text *text = &image->queue[q];
    uint32_t host = text->length - text->fetched;

    s = host ? e->ops->queue_write(e, q, text->word, host) : e->ops->queue_write(e, q, &end, 1);
    if (s)
      return tsp_fail(err, s, "the text of queue %d cannot be loaded: %s", q, tsp_status_text(s));
  }
  return TSP_OK;
}
