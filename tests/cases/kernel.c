// SPDX-License-Identifier: Apache-2.0
// kernel.c: makes a run of any kernel text: compiled, with seeded inputs, checked against the oracle of graphs.
#include "kernel.h"
#include "oracle.h"
#include "rng.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  tsp_graph *g;
  oracle *o;
  char note[160];
} kernel;

static void kernel_free(void *ctx)
{
  kernel *k = ctx;
  oracle_free(k->o);
  tsp_graph_free(k->g);
  free(k);
}

/* One element in low..high, or of the type's usual range if nothing is promised. */
static uint32_t draw(const tsp_node *n, tsp_rng *rng)
{
  bool promised = n->low <= n->high, whole = n->type != TSP_F16 && n->type != TSP_F32;
  double low = promised ? n->low : -1, high = promised ? n->high : 1;
  if (whole && !promised)
    return (uint32_t)rng_next(rng);
  if (whole)
    return (uint32_t)(int32_t)rng_range(rng, (int64_t)ceil(low), (int64_t)floor(high));
  return oracle_bits(n->type, low + (high - low) * ((double)(rng_next(rng) >> 11) * 0x1p-53));
}

/* Contents of an input that has no default, for image and oracle. */
static tsp_status fill_input(kernel *k, int id, tsp_image *image, tsp_rng *rng)
{
  const tsp_node *n = tsp_graph_node(k->g, id);
  tsp_tensor *t = tsp_image_tensor(image, n->name);
  size_t size = (size_t)tsp_type_size(n->type), count = tsp_node_elements(n);
  if (n->data)
    return TSP_OK;
  if (!t || tsp_tensor_elements(t) != count || t->type != n->type || t->data)
    return TSP_EFORMAT;
  t->data = malloc(count * size);
  if (!t->data)
    return TSP_ENOMEM;
  t->data_bytes = count * size;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits = draw(n, rng);
    for (size_t b = 0; b < size; b++)
      t->data[i * size + b] = (uint8_t)(bits >> (8 * b));
  }
  oracle_set(k->o, id, t->data);
  return TSP_OK;
}

static tsp_status read_word(void *e, int slice, uint32_t addr, uint8_t *vector)
{
  return tsp_engine_mem_read(e, slice, addr, vector);
}

/* An output, or what a state holds at the end. */
static tsp_status check_tensor(const kernel *k, int id, const char *name, const tsp_image *image, tsp_engine *e,
                               tsp_oracle *out, uint64_t *unknown)
{
  const tsp_node *n = tsp_graph_node(k->g, id);
  const tsp_tensor *t = tsp_image_tensor(image, name);
  if (!t || t->type != n->type || tsp_tensor_elements(t) != tsp_node_elements(n))
    return TSP_EFORMAT;
  uint8_t *data = calloc(tsp_tensor_elements(t), (size_t)tsp_type_size(t->type));
  if (!data)
    return TSP_ENOMEM;
  tsp_status s = tsp_tensor_gather(tsp_engine_config(e), t, data, read_word, e);
  if (s == TSP_OK)
    *unknown += oracle_compare(k->o, id, data, out);
  free(data);
  return s;
}

static tsp_status check(void *ctx, const tsp_image *image, tsp_engine *e, tsp_oracle *out)
{
  const kernel *k = ctx;
  uint64_t unknown = 0;
  tsp_status s = TSP_OK;
  *out = (tsp_oracle){0};
  for (int id = 0; s == TSP_OK && id < tsp_graph_count(k->g); id++) {
    const tsp_node *n = tsp_graph_node(k->g, id);
    if (n->output || n->op == TSP_G_STATE)
      s = check_tensor(k, id, n->output ? n->output : n->name, image, e, out, &unknown);
  }
  snprintf(out->note, sizeof out->note, "%s", k->note);
  if (unknown)
    snprintf(out->note, sizeof out->note, "%s%s%llu elements are beyond what the oracle's error bound can tell",
             k->note, k->note[0] ? "; " : "", (unsigned long long)unknown);
  return s;
}

static tsp_status fill_and_run(kernel *k, tsp_image *image, uint64_t seed, tsp_error *err)
{
  tsp_rng rng = {seed};
  for (int id = 0; id < tsp_graph_count(k->g); id++) {
    if (tsp_graph_node(k->g, id)->op != TSP_G_INPUT)
      continue;
    tsp_status s = fill_input(k, id, image, &rng);
    if (s != TSP_OK)
      return tsp_fail(err, s, "input %s does not fit the image: %s", tsp_graph_node(k->g, id)->name,
                      tsp_status_text(s));
  }
  return oracle_run(k->o, err);
}

void kernel_note(tsp_run *run, const char *note)
{
  kernel *k = run->ctx;
  size_t used = strlen(k->note);
  if (note[0])
    snprintf(k->note + used, sizeof k->note - used, "%s%s", used ? "; " : "", note);
}

uint64_t kernel_known(const tsp_run *run)
{
  const kernel *k = run->ctx;
  uint64_t known = 0;
  for (int id = 0; id < tsp_graph_count(k->g); id++) {
    const tsp_node *n = tsp_graph_node(k->g, id);
    for (uint64_t i = 0; n->output && i < tsp_node_elements(n); i++)
      known += isfinite(oracle_value(k->o, id)[i].e);
  }
  return known;
}

tsp_status tsp_kernel_run(const tsp_config *cfg, tsp_graph *g, uint64_t seed, tsp_run *out, tsp_error *err)
{
  kernel *k = calloc(1, sizeof *k);
  tsp_image *image = NULL;
  *out = (tsp_run){0};
  if (!k) {
    tsp_graph_free(g);
    return tsp_fail(err, TSP_ENOMEM, "out of memory");
  }
  k->g = g;
  tsp_status s = tsp_graph_compile(cfg, NULL, g, NULL, &image, err);
  if (s == TSP_OK && !(k->o = oracle_new(g)))
    s = tsp_fail(err, TSP_ENOMEM, "out of memory for the oracle");
  if (s == TSP_OK)
    s = fill_and_run(k, image, seed, err);
  if (s == TSP_OK) {
    *out = (tsp_run){.image = image, .ctx = k, .check = check, .free = kernel_free};
    return TSP_OK;
  }
  tsp_image_free(image);
  kernel_free(k);
  return s;
}

tsp_status tsp_kernel_make(const tsp_config *cfg, const char *path, const char *const *set, uint64_t seed, tsp_run *out,
                           tsp_error *err)
{
  tsp_error why = {""};
  char note[128] = "";
  *out = (tsp_run){0};
  tsp_graph *g = tsp_graph_read(path, set, &why);
  if (!g)
    return tsp_fail(err, TSP_EFORMAT, "%s", why.text);
  if (tsp_graph_missing(g))
    snprintf(note, sizeof note, "there is no %.60s: seeded contents instead", tsp_graph_missing(g));
  tsp_status s = tsp_kernel_run(cfg, g, seed, out, &why);
  if (s == TSP_OK)
    kernel_note(out, note);
  return s == TSP_OK ? s : tsp_fail(err, s, "%s: %s", path, why.text);
}
