/* SPDX-License-Identifier: Apache-2.0 */
#include "device.h"
#include "engines.h"
#include "sim.h"
#include "tsp_golden.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SPARE = 4096 }; /* cycles beyond the predicted ones, after which a run is given up */

struct tsp_device {
  tsp_engine *ref, *dut; /* one machine: the same */
  tsp_lockstep *lockstep;
  const tsp_image *image;
};

static tsp_status open_engines(tsp_device *d, const tsp_config *cfg, int on, uint64_t seed, tsp_error *err)
{
  tsp_status s = TSP_OK;
  if (on != TSP_ON_RTL)
    s = tsp_golden_open(cfg, NULL, on == TSP_ON_LOCKSTEP ? TSP_VIEWS | TSP_TRACE : 0, &d->ref);
  if (s != TSP_OK)
    return tsp_fail(err, s, "golden does not open: %s", tsp_status_text(s));
  if (on == TSP_ON_GOLDEN) {
    d->dut = d->ref;
    return TSP_OK;
  }
  s = tsp_engines_rtl(cfg, seed, &d->dut, err);
  if (s == TSP_OK && on == TSP_ON_LOCKSTEP)
    return tsp_lockstep_open(d->ref, d->dut, NULL, &d->lockstep, err);
  d->ref = d->ref ? d->ref : d->dut;
  return s;
}

tsp_status tsp_device_open(const tsp_config *cfg, int on, uint64_t seed, tsp_device **out, tsp_error *err)
{
  *out = NULL;
  tsp_device *d = calloc(1, sizeof *d);
  if (!d)
    return tsp_fail(err, TSP_ENOMEM, "out of memory for a device");
  tsp_status s = open_engines(d, cfg, on, seed, err);
  if (s == TSP_OK)
    *out = d;
  else
    tsp_device_close(d);
  return s;
}

void tsp_device_close(tsp_device *d)
{
  if (!d)
    return;
  tsp_lockstep_close(d->lockstep);
  if (d->ref != d->dut)
    tsp_engine_close(d->ref);
  tsp_engine_close(d->dut);
  free(d);
}

static tsp_status read_word(void *e, int slice, uint32_t addr, uint8_t *vector)
{
  return tsp_engine_mem_read(e, slice, addr, vector);
}

static tsp_status write_word(void *ctx, int slice, uint32_t addr, uint8_t *vector)
{
  const tsp_device *d = ctx;
  tsp_status s = tsp_engine_mem_write(d->ref, slice, addr, vector);
  return s == TSP_OK && d->dut != d->ref ? tsp_engine_mem_write(d->dut, slice, addr, vector) : s;
}

static size_t bytes_of(const tsp_tensor *t)
{
  return (size_t)tsp_tensor_elements(t) * (size_t)tsp_type_size(t->type);
}

static tsp_status find(const tsp_device *d, const char *name, size_t bytes, const tsp_tensor **out, tsp_error *err)
{
  *out = d->image ? tsp_image_tensor(d->image, name) : NULL;
  if (!*out)
    return tsp_fail(err, TSP_ERANGE, "the program has no tensor %s", name);
  if (bytes_of(*out) != bytes)
    return tsp_fail(err, TSP_ERANGE, "tensor %s has %zu bytes, not %zu", name, bytes_of(*out), bytes);
  return TSP_OK;
}

tsp_status tsp_device_write(tsp_device *d, const char *name, const void *data, size_t bytes, tsp_error *err)
{
  const tsp_tensor *t;
  tsp_status s = find(d, name, bytes, &t, err);
  if (s != TSP_OK)
    return s;
  s = tsp_tensor_scatter(tsp_engine_config(d->ref), t, data, write_word, d);
  return s == TSP_OK ? s : tsp_fail(err, s, "tensor %s cannot be written: %s", name, tsp_status_text(s));
}

tsp_status tsp_device_read(const tsp_device *d, const char *name, void *data, size_t bytes, tsp_error *err)
{
  const tsp_tensor *t;
  tsp_status s = find(d, name, bytes, &t, err);
  if (s != TSP_OK)
    return s;
  s = tsp_tensor_gather(tsp_engine_config(d->dut), t, data, read_word, d->dut);
  return s == TSP_OK ? s : tsp_fail(err, s, "tensor %s cannot be read: %s", name, tsp_status_text(s));
}

static bool shared(const tsp_tensor *a, const tsp_tensor *b)
{
  return b && a->role != TSP_ROLE_CONST && a->role != TSP_ROLE_OUTPUT && a->role == b->role && a->type == b->type &&
         a->rank == b->rank && memcmp(a->shape, b->shape, (size_t)a->rank * sizeof *a->shape) == 0;
}

/* The contents of what both programs have, one behind the other; and back. */
static tsp_status keep(tsp_device *d, const tsp_image *before, const tsp_image *after, bool restore, uint8_t *bytes,
                       size_t *size, tsp_error *err)
{
  tsp_status s = TSP_OK;
  *size = 0;
  for (int i = 0; s == TSP_OK && i < before->tensor_count; i++) {
    const tsp_tensor *t = &before->tensor[i];
    if (!shared(t, tsp_image_tensor(after, t->name)))
      continue;
    if (bytes && restore)
      s = tsp_device_write(d, t->name, bytes + *size, bytes_of(t), err);
    else if (bytes)
      s = tsp_device_read(d, t->name, bytes + *size, bytes_of(t), err);
    *size += bytes_of(t);
  }
  return s;
}

static tsp_status load(tsp_device *d, const tsp_image *image, tsp_error *err)
{
  d->image = image;
  return d->lockstep ? tsp_lockstep_load(d->lockstep, image, err) : tsp_engine_load(d->dut, image, err);
}

tsp_status tsp_device_load(tsp_device *d, const tsp_image *image, tsp_error *err)
{
  const tsp_image *before = d->image;
  size_t size;
  if (!before)
    return load(d, image, err);
  keep(d, before, image, false, NULL, &size, err);
  uint8_t *bytes = malloc(size + 1);
  tsp_status s = bytes ? keep(d, before, image, false, bytes, &size, err)
                       : tsp_fail(err, TSP_ENOMEM, "out of memory for %zu bytes of states", size);
  if (s == TSP_OK)
    s = load(d, image, err);
  if (s == TSP_OK)
    s = keep(d, before, image, true, bytes, &size, err);
  free(bytes);
  return s;
}

static tsp_status why(const tsp_device *d, tsp_status s, tsp_error *err)
{
  tsp_csr c = tsp_engine_csr(d->dut);
  const tsp_divergence *v = tsp_device_divergence(d);
  char where[128], want[64], have[64];
  if (s == TSP_EDIVERGED && v)
    return tsp_fail(err, s, "diverged at cycle %" PRIu64 ": %s, expected %s, got %s", v->cycle,
                    tsp_divergence_where(tsp_engine_config(d->ref), v, where, sizeof where),
                    tsp_divergence_value(v, true, want, sizeof want),
                    tsp_divergence_value(v, false, have, sizeof have));
  if (s == TSP_EFAULT)
    return tsp_fail(err, s, "schedule fault %d (%s) in queue %u at cycle %" PRIu64, c.fault_code,
                    tsp_fault_text((tsp_fault_code)c.fault_code), c.fault_queue, c.fault_cycle);
  if (s == TSP_OK && c.cycles != d->image->cycles_predicted)
    return tsp_fail(err, TSP_ESTATE, "%" PRIu64 " cycles executed, %" PRIu64 " predicted", c.cycles,
                    d->image->cycles_predicted);
  return s == TSP_OK ? s : tsp_fail(err, s, "the machine does not run: %s", tsp_status_text(s));
}

tsp_status tsp_device_run(tsp_device *d, tsp_error *err)
{
  if (!d->image)
    return tsp_fail(err, TSP_ESTATE, "no program is loaded");
  uint64_t limit = d->image->cycles_predicted + SPARE;
  tsp_status s = d->lockstep ? tsp_lockstep_restart(d->lockstep, err) : tsp_engine_start(d->dut);
  if (s == TSP_OK && d->lockstep)
    s = tsp_lockstep_run(d->lockstep, limit);
  else if (s == TSP_OK && (s = tsp_engine_step(d->dut, limit, NULL)) == TSP_OK && !tsp_engine_csr(d->dut).done)
    s = TSP_ESTATE;
  if (s == TSP_ESTATE)
    return tsp_fail(err, s, "not done after %" PRIu64 " cycles", limit);
  return why(d, s, err);
}

tsp_status tsp_device_compare(tsp_device *d, tsp_error *err)
{
  tsp_status s = d->lockstep ? tsp_lockstep_contents(d->lockstep) : TSP_OK;
  return s == TSP_OK ? s : why(d, s, err);
}

uint64_t tsp_device_cycles(const tsp_device *d)
{
  return tsp_engine_csr(d->dut).cycles;
}

uint64_t tsp_device_compared(const tsp_device *d)
{
  return d->lockstep ? tsp_lockstep_compared(d->lockstep) : 0;
}

const tsp_divergence *tsp_device_divergence(const tsp_device *d)
{
  return d->lockstep ? tsp_lockstep_divergence(d->lockstep) : NULL;
}

tsp_engine *tsp_device_engine(const tsp_device *d)
{
  return d->dut;
}

tsp_status tsp_device_hash(const tsp_device *d, uint64_t *hash)
{
  const tsp_config *c = tsp_engine_config(d->dut);
  size_t vector = (size_t)c->vector;
  uint8_t *word = malloc(vector);
  tsp_status s = word ? TSP_OK : TSP_ENOMEM;
  uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
  for (int slice = 0; s == TSP_OK && slice < 2 * c->mem_slices; slice++)
    for (uint32_t addr = 0; s == TSP_OK && addr < (uint32_t)c->mem_words; addr++) {
      s = tsp_engine_mem_read(d->dut, slice, addr, word);
      for (size_t i = 0; s == TSP_OK && i < vector; i++)
        h = (h ^ word[i]) * UINT64_C(0x100000001b3);
    }
  free(word);
  *hash = h;
  return s;
}
