/* SPDX-License-Identifier: Apache-2.0 */
/* port_host.c - the host's side of a host port: a program loaded and tensors read back, 64 bits at a time. */
#include <string.h>

#include "tsp_port.h"

uint64_t tsp_port_geometry(const tsp_config *c)
{
  const int byte[] = {c->superlanes, c->lanes, c->streams, c->mem_slices, c->planes, c->alus};
  uint64_t g = (uint64_t)c->queues << 48;

  for (int i = 0; i < 6; i++)
    g |= (uint64_t)(byte[i] & 0xff) << 8 * i;
  return g;
}

/* Moves a vector between the buffer and the port; of a superlane of fewer than 8 lanes the low bytes of one part. */
static tsp_status move(const tsp_port *p, const tsp_config *c, int slice, uint32_t addr, uint8_t *vector, bool write)
{
  size_t bytes = (size_t)c->lanes, chunk = bytes < 8 ? bytes : 8;

  for (int n = 0; n < c->superlanes; n++)
    for (size_t part = 0; part * chunk < bytes; part++) {
      uint64_t at = tsp_port_mem(slice, addr, n, (int)part), value = 0;
      uint8_t *where = vector + (size_t)n * bytes + part * chunk;
      tsp_status s;

      for (size_t i = 0; write && i < chunk; i++)
        value |= (uint64_t)where[i] << 8 * i;
      if ((s = write ? p->write(p->ctx, at, value) : p->read(p->ctx, at, &value)))
        return s;
      for (size_t i = 0; !write && i < chunk; i++)
        where[i] = (uint8_t)(value >> 8 * i);
    }
  return TSP_OK;
}

tsp_status tsp_port_mem_read(const tsp_port *p, const tsp_config *c, int slice, uint32_t addr, uint8_t *vector)
{
  return move(p, c, slice, addr, vector, false);
}

tsp_status tsp_port_mem_write(const tsp_port *p, const tsp_config *c, int slice, uint32_t addr, const uint8_t *vector)
{
  return move(p, c, slice, addr, (uint8_t *)vector, true);
}

typedef struct {
  const tsp_port *port;
  const tsp_config *cfg;
} place;

static tsp_status write_word(void *ctx, int slice, uint32_t addr, uint8_t *vector)
{
  const place *p = ctx;

  return move(p->port, p->cfg, slice, addr, vector, true);
}

static tsp_status read_word(void *ctx, int slice, uint32_t addr, uint8_t *vector)
{
  const place *p = ctx;

  return move(p->port, p->cfg, slice, addr, vector, false);
}

static tsp_status check_machine(const tsp_port *p, const tsp_config *c, const tsp_image *image, tsp_error *err)
{
  uint64_t hash = 0, geometry = 0;
  tsp_status s = p->read(p->ctx, TSP_CSR_HASH, &hash);

  if (s || (s = p->read(p->ctx, TSP_CSR_GEOMETRY, &geometry)))
    return tsp_fail(err, s, "the machine does not tell its tables: %s", tsp_status_text(s));
  if (hash != image->table_hash || geometry != tsp_port_geometry(c))
    return tsp_fail(err, TSP_ETABLES,
                    "image %s is for configuration %s with table hash 0x%016llx; the machine has 0x%016llx",
                    image->kernel, c->name, (unsigned long long)image->table_hash, (unsigned long long)hash);
  return TSP_OK;
}

static tsp_status load_queue(const tsp_port *p, const tsp_queue_text *text, int q)
{
  const uint64_t end = (uint64_t)TSP_OP_END << 56, *word = text->length ? text->word : &end;
  uint32_t length = text->length ? text->length - text->fetched : 1; /* Ifetches bring the rest */

  for (uint32_t k = 0; k < length; k++) {
    tsp_status s = p->write(p->ctx, tsp_port_text(q, k), word[k]);

    if (s)
      return s;
  }
  return p->write(p->ctx, tsp_port_length(q), length);
}

tsp_status tsp_port_load(const tsp_port *p, const tsp_image *image, tsp_error *err)
{
  const tsp_config *c = tsp_config_find(image->config);
  place here = {p, c};
  tsp_status s;

  if (!c)
    return tsp_fail(err, TSP_ETABLES, "image %s is for an unknown configuration, %s", image->kernel, image->config);
  if ((s = tsp_image_check(image, err)) || (s = check_machine(p, c, image, err)))
    return s;
  if ((s = p->write(p->ctx, TSP_CSR_CONTROL, TSP_CONTROL_RESET)))
    return tsp_fail(err, s, "the machine cannot be reset: %s", tsp_status_text(s));
  for (int k = 0; k < image->tensor_count; k++) {
    const tsp_tensor *t = &image->tensor[k];

    if (t->data && (s = tsp_tensor_scatter(c, t, t->data, write_word, &here)))
      return tsp_fail(err, s, "tensor %s cannot be loaded: %s", t->name, tsp_status_text(s));
  }
  for (int q = 0; q < c->queues; q++)
    if ((s = load_queue(p, &image->queue[q], q)))
      return tsp_fail(err, s, "the text of queue %d cannot be loaded: %s", q, tsp_status_text(s));
  return TSP_OK;
}

tsp_status tsp_port_tensor(const tsp_port *p, const tsp_config *cfg, const tsp_tensor *t, uint8_t *data)
{
  place here = {p, cfg};

  return tsp_tensor_gather(cfg, t, data, read_word, &here);
}
