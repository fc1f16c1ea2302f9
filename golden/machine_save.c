/* SPDX-License-Identifier: Apache-2.0 */
/* machine_save.c - the state as bytes: a header, the arena, the MEM words that were ever written, and the syndromes of
 * those with errors. */
#include <stdlib.h>
#include <string.h>

#include "machine.h"

/* Counts up when the meaning of the arena changes without its size. */
enum { LAYOUT = 2 };

typedef struct {
  char magic[8];
  uint32_t layout, flags;
  uint64_t tables, arena, words, faulty, digest;
} header;

static const char magic[8] = {'T', 'S', 'P', 'G', 'O', 'L', 'D', '\n'};

static size_t touched_longs(const machine *m)
{
  return ((size_t)m->slices * (size_t)m->base.cfg.mem_words + 63) / 64;
}

static uint64_t count_words(const uint64_t *touched, size_t longs)
{
  uint64_t n = 0;

  for (size_t k = 0; k < longs; k++)
    n += (uint64_t)__builtin_popcountll(touched[k]);
  return n;
}

static uint64_t digest(const uint8_t *bytes, size_t size)
{
  uint64_t h = UINT64_C(0xcbf29ce484222325), v;

  for (; size >= sizeof v; size -= sizeof v, bytes += sizeof v) {
    memcpy(&v, bytes, sizeof v);
    h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    h ^= h >> 29;
  }
  for (; size; size--)
    h = (h ^ *bytes++) * UINT64_C(0x9e3779b97f4a7c15);
  return h;
}

static size_t syndrome_bytes(const machine *m)
{
  return (size_t)m->base.cfg.superlanes * sizeof *m->mem_syndrome;
}

static uint8_t *word_bytes(const machine *m, size_t word)
{
  return m->mem + word * (size_t)m->base.cfg.vector;
}

static uint8_t *word_syndromes(const machine *m, size_t word)
{
  return (uint8_t *)&m->mem_syndrome[word * (size_t)m->base.cfg.superlanes];
}

typedef uint8_t *(*place_fn)(const machine *m, size_t word);

/* Copies the words of a bitmap between their places and a packed array, of which it returns the end. */
static uint8_t *pack(const machine *m, const uint64_t *which, place_fn place, size_t bytes, uint8_t *packed, bool out)
{
  for (size_t k = 0; k < touched_longs(m); k++)
    for (uint64_t bits = which[k]; bits; bits &= bits - 1, packed += bytes) {
      uint8_t *at = place(m, k * 64 + (size_t)__builtin_ctzll(bits));

      memcpy(out ? packed : at, out ? at : packed, bytes);
    }
  return packed;
}

static void pack_words(const machine *m, uint8_t *packed, bool out)
{
  packed = pack(m, m->touched, word_bytes, (size_t)m->base.cfg.vector, packed, out);
  if (m->mem_faulty)
    pack(m, m->mem_faulty, word_syndromes, syndrome_bytes(m), packed, out);
}

static void clear(const machine *m, const uint64_t *which, place_fn place, size_t bytes)
{
  for (size_t k = 0; k < touched_longs(m); k++)
    for (uint64_t bits = which[k]; bits; bits &= bits - 1)
      memset(place(m, k * 64 + (size_t)__builtin_ctzll(bits)), 0, bytes);
}

static void clear_words(const machine *m)
{
  clear(m, m->touched, word_bytes, (size_t)m->base.cfg.vector);
  if (m->mem_faulty)
    clear(m, m->mem_faulty, word_syndromes, syndrome_bytes(m));
}

/* Bytes behind the header. */
static size_t rest_bytes(const machine *m, const header *h)
{
  return m->arena_size + (size_t)h->words * (size_t)m->base.cfg.vector + (size_t)h->faulty * syndrome_bytes(m);
}

tsp_status machine_save(const tsp_engine *e, uint8_t **bytes, size_t *size)
{
  const machine *m = machine_of_const(e);
  header h = {.layout = LAYOUT, .flags = (uint32_t)m->flags, .tables = m->hash, .arena = m->arena_size};
  size_t rest;

  memcpy(h.magic, magic, sizeof magic);
  h.words = count_words(m->touched, touched_longs(m));
  h.faulty = m->mem_faulty ? count_words(m->mem_faulty, touched_longs(m)) : 0;
  rest = rest_bytes(m, &h);
  *size = sizeof h + rest;
  *bytes = malloc(*size);
  if (!*bytes)
    return TSP_ENOMEM;
  memcpy(*bytes + sizeof h, m->arena, m->arena_size);
  pack_words(m, *bytes + sizeof h + m->arena_size, true);
  h.digest = digest(*bytes + sizeof h, rest);
  memcpy(*bytes, &h, sizeof h);
  return TSP_OK;
}

static tsp_status check(const machine *m, const uint8_t *bytes, size_t size, tsp_error *err)
{
  header h;
  size_t rest;

  if (size < sizeof h)
    return tsp_fail(err, TSP_EFORMAT, "saved state: %zu bytes are less than a header", size);
  memcpy(&h, bytes, sizeof h);
  if (memcmp(h.magic, magic, sizeof magic) != 0 || h.layout != LAYOUT || h.arena != m->arena_size)
    return tsp_fail(err, TSP_EFORMAT, "saved state: not of this golden machine");
  if (h.tables != m->hash)
    return tsp_fail(err, TSP_EFORMAT, "saved state: of other tables (hash 0x%016llx, this machine 0x%016llx)",
                    (unsigned long long)h.tables, (unsigned long long)m->hash);
  if (h.flags != (uint32_t)m->flags)
    return tsp_fail(err, TSP_EFORMAT, "saved state: of a machine with flags %u, this one has %d", (unsigned)h.flags,
                    m->flags);
  rest = size - sizeof h;
  if (h.words > SIZE_MAX / 4 / (size_t)m->base.cfg.vector || h.faulty > SIZE_MAX / 4 / syndrome_bytes(m) ||
      rest != rest_bytes(m, &h))
    return tsp_fail(err, TSP_EFORMAT, "saved state: its size, %zu bytes, does not fit its header", size);
  if (h.digest != digest(bytes + sizeof h, rest))
    return tsp_fail(err, TSP_EFORMAT, "saved state: damaged (its digest does not match)");
  return TSP_OK;
}

tsp_status machine_restore(tsp_engine *e, const uint8_t *bytes, size_t size, tsp_error *err)
{
  machine *m = machine_of(e);
  tsp_status s = check(m, bytes, size, err);

  if (s)
    return s;
  clear_words(m);
  memcpy(m->arena, bytes + sizeof(header), m->arena_size);
  pack_words(m, (uint8_t *)(uintptr_t)bytes + sizeof(header) + m->arena_size, false);
  if (m->flags & TSP_VIEWS)
    views_events(m);
  return TSP_OK;
}
