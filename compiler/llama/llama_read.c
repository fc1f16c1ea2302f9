/* SPDX-License-Identifier: Apache-2.0 */
/* llama_read.c - checkpoints: a header of seven int32, then fp32 tensors one after the other. */
#include "file_bytes.h"
#include "tsp_llama.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 7, HEADER = 4 * FIELDS, TENSORS = 14, MOST = 1 << 20 };

/* The tensors in file order: rows x columns floats each. */
typedef struct {
  const char *name;
  uint64_t rows, columns;
  const float **to; /* NULL: not needed */
} field;

static void fields(tsp_llama *m, field f[TENSORS])
{
  const tsp_llama_shape *s = &m->shape;
  uint64_t dim = s->dim, kv = (uint64_t)tsp_llama_head(s) * s->kv_heads, layers = s->layers, hidden = s->hidden;
  uint64_t angles = (uint64_t)s->seq_len * (tsp_llama_head(s) / 2);
  const field all[TENSORS] = {
      {"token_embedding", s->vocab, dim, &m->embedding},
      {"rms_att_weight", layers, dim, &m->rms_att},
      {"wq", layers * dim, dim, &m->wq},
      {"wk", layers * kv, dim, &m->wk},
      {"wv", layers * kv, dim, &m->wv},
      {"wo", layers * dim, dim, &m->wo},
      {"rms_ffn_weight", layers, dim, &m->rms_ffn},
      {"w1", layers * hidden, dim, &m->w1},
      {"w2", layers * dim, hidden, &m->w2},
      {"w3", layers * hidden, dim, &m->w3},
      {"rms_final_weight", 1, dim, &m->rms_final},
      {"freq_cis_real", 1, angles, NULL}, /* the angles of rope are computed */
      {"freq_cis_imag", 1, angles, NULL},
      {"wcls", s->shared ? 0 : s->vocab, dim, &m->classifier},
  };
  memcpy(f, all, sizeof all);
}

/* Floats behind the header; UINT64_MAX if they overflow. */
static uint64_t floats(const field f[TENSORS])
{
  uint64_t sum = 0, n;
  for (int i = 0; i < TENSORS; i++)
    if (__builtin_mul_overflow(f[i].rows, f[i].columns, &n) || __builtin_add_overflow(sum, n, &sum))
      return UINT64_MAX;
  return sum;
}

static void point(tsp_llama *m, const field f[TENSORS])
{
  const float *at = m->all;
  for (int i = 0; i < TENSORS; i++) {
    if (f[i].to)
      *f[i].to = at;
    at += f[i].rows * f[i].columns;
  }
  if (m->shape.shared)
    m->classifier = m->embedding;
}

uint32_t tsp_llama_head(const tsp_llama_shape *s)
{
  return s->dim / s->heads;
}

tsp_status tsp_llama_check(const tsp_llama_shape *s, tsp_error *err)
{
  const struct {
    const char *name;
    uint32_t value;
  } f[FIELDS] = {{"dim", s->dim},        {"hidden_dim", s->hidden},   {"n_layers", s->layers},
                 {"n_heads", s->heads},  {"n_kv_heads", s->kv_heads}, {"vocab_size", s->vocab},
                 {"seq_len", s->seq_len}};
  for (int i = 0; i < FIELDS; i++)
    if (f[i].value < 1 || f[i].value > MOST)
      return tsp_fail(err, TSP_EFORMAT, "%s (offset %d) is %" PRId32 ", it must be 1 to %d", f[i].name, 4 * i,
                      (int32_t)f[i].value, MOST);
  if (s->dim % s->heads)
    return tsp_fail(err, TSP_EFORMAT, "n_heads (offset 12) is %u, which does not divide dim, %u", s->heads, s->dim);
  if (tsp_llama_head(s) % 2)
    return tsp_fail(err, TSP_EFORMAT, "n_heads (offset 12) is %u: heads of dim / n_heads = %u have no pairs to rotate",
                    s->heads, tsp_llama_head(s));
  if (s->heads % s->kv_heads)
    return tsp_fail(err, TSP_EFORMAT, "n_kv_heads (offset 16) is %u, which does not divide n_heads, %u", s->kv_heads,
                    s->heads);
  return TSP_OK;
}

static tsp_llama_shape shape_of(const uint8_t *bytes)
{
  int32_t h[FIELDS];
  memcpy(h, bytes, sizeof h);
  bool shared = h[5] > 0;
  return (tsp_llama_shape){(uint32_t)h[0], (uint32_t)h[1], (uint32_t)h[2],
                           (uint32_t)h[3], (uint32_t)h[4], shared ? (uint32_t)h[5] : 0 - (uint32_t)h[5],
                           (uint32_t)h[6], shared};
}

/* The size of the file against what the header says. */
static tsp_status check_size(const char *name, const field f[TENSORS], size_t size, tsp_error *err)
{
  uint64_t have = (size - HEADER) / 4, before = 0;
  for (int i = 0; i < TENSORS && floats(f) != have; i++) {
    uint64_t n;
    if (__builtin_mul_overflow(f[i].rows, f[i].columns, &n) || n > have - before)
      return tsp_fail(err, TSP_EFORMAT,
                      "%s: the file ends within %s, %" PRIu64 " x %" PRIu64 " floats from offset %" PRIu64
                      "; it has %zu bytes",
                      name, f[i].name, f[i].rows, f[i].columns, HEADER + 4 * before, size);
    before += n;
  }
  if (size - HEADER != 4 * floats(f))
    return tsp_fail(err, TSP_EFORMAT, "%s: %" PRIu64 " bytes behind the last tensor, which ends at offset %" PRIu64,
                    name, size - HEADER - 4 * floats(f), HEADER + 4 * floats(f));
  return TSP_OK;
}

static tsp_status check_finite(const char *name, const tsp_llama *m, const field f[TENSORS], tsp_error *err)
{
  const float *at = m->all;
  for (int i = 0; i < TENSORS; i++)
    for (uint64_t k = 0; k < f[i].rows * f[i].columns; k++, at++)
      if (f[i].to && !isfinite(*at))
        return tsp_fail(err, TSP_EFORMAT, "%s: %s[%" PRIu64 "] (offset %zu) is not a finite number", name, f[i].name, k,
                        HEADER + 4 * (size_t)(at - m->all));
  return TSP_OK;
}

static tsp_llama *allocate(const tsp_llama_shape *s, uint64_t count)
{
  tsp_llama *m = count <= SIZE_MAX / sizeof(float) ? calloc(1, sizeof *m) : NULL;
  if (!m)
    return NULL;
  m->shape = *s;
  m->all = malloc(count * sizeof(float));
  if (m->all)
    return m;
  free(m);
  return NULL;
}

tsp_status tsp_llama_parse(const void *bytes, size_t size, const char *name, tsp_llama **out, tsp_error *err)
{
  *out = NULL;
  if (size < HEADER)
    return tsp_fail(err, TSP_EFORMAT, "%s: %zu bytes, the header has %d", name, size, HEADER);
  tsp_llama_shape s = shape_of(bytes);
  tsp_llama probe = {.shape = s}, *m;
  tsp_error cause = {""};
  field f[TENSORS];
  tsp_status st = tsp_llama_check(&s, &cause);
  if (st != TSP_OK)
    return tsp_fail(err, st, "%s: %s", name, cause.text);
  fields(&probe, f);
  st = check_size(name, f, size, err);
  if (st != TSP_OK)
    return st;
  m = allocate(&s, floats(f));
  if (!m)
    return tsp_fail(err, TSP_ENOMEM, "%s: out of memory for %zu bytes", name, size);
  memcpy(m->all, (const uint8_t *)bytes + HEADER, size - HEADER);
  fields(m, f);
  point(m, f);
  st = check_finite(name, m, f, err);
  if (st == TSP_OK)
    *out = m;
  else
    tsp_llama_free(m);
  return st;
}

tsp_status tsp_llama_read(const char *path, tsp_llama **out, tsp_error *err)
{
  uint8_t *bytes;
  size_t size;
  *out = NULL;
  tsp_status s = tspc_file_bytes(path, &bytes, &size, err);
  if (s != TSP_OK)
    return s;
  s = tsp_llama_parse(bytes, size, path, out, err);
  free(bytes);
  return s;
}

/* Near normal with a deviation of 1: the sum of four uniform numbers (a 64-bit congruential generator, upper bits). */
static float draw(uint64_t *state)
{
  int64_t sum = 0;
  for (int i = 0; i < 4; i++) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    sum += (int64_t)(*state >> 40) - (1 << 23);
  }
  return (float)((double)sum * (sqrt(3.0) / 2 / (1 << 23)));
}

tsp_status tsp_llama_random(const tsp_llama_shape *s, uint64_t seed, tsp_llama **out, tsp_error *err)
{
  tsp_llama probe = {.shape = *s};
  field f[TENSORS];
  *out = NULL;
  tsp_status st = tsp_llama_check(s, err);
  if (st != TSP_OK)
    return st;
  fields(&probe, f);
  tsp_llama *m = floats(f) == UINT64_MAX ? NULL : allocate(s, floats(f));
  if (!m)
    return tsp_fail(err, TSP_ENOMEM, "out of memory for a model of %" PRIu64 " weights", floats(f));
  fields(m, f);
  point(m, f);
  float *at = m->all;
  for (int i = 0; i < TENSORS; i++) {
    bool norm = f[i].to == &m->rms_att || f[i].to == &m->rms_ffn || f[i].to == &m->rms_final;
    float size = norm ? 0.1F : 1 / sqrtf((float)f[i].columns);
    for (uint64_t k = 0; k < f[i].rows * f[i].columns; k++)
      *at++ = f[i].to ? (norm ? 1 : 0) + size * draw(&seed) : 0;
  }
  *out = m;
  return TSP_OK;
}

tsp_status tsp_llama_bytes(const tsp_llama *m, uint8_t **bytes, size_t *size)
{
  const tsp_llama_shape *s = &m->shape;
  tsp_llama probe = *m;
  field f[TENSORS];
  fields(&probe, f);
  const int32_t header[FIELDS] = {(int32_t)s->dim,      (int32_t)s->hidden,
                                  (int32_t)s->layers,   (int32_t)s->heads,
                                  (int32_t)s->kv_heads, s->shared ? (int32_t)s->vocab : -(int32_t)s->vocab,
                                  (int32_t)s->seq_len};
  *size = HEADER + 4 * floats(f);
  *bytes = malloc(*size);
  if (!*bytes)
    return TSP_ENOMEM;
  memcpy(*bytes, header, HEADER);
  memcpy(*bytes + HEADER, m->all, *size - HEADER);
  return TSP_OK;
}

void tsp_llama_free(tsp_llama *m)
{
  if (!m)
    return;
  free(m->all);
  free(m);
}
