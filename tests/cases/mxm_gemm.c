// SPDX-License-Identifier: Apache-2.0
// mxm_gemm.c: the two products of a feed-forward block of a trained model.
#include "cases.h"
#include "gemm.h"
#include "tsp_fetch.h"
#include <stdio.h>
#include <string.h>

static tsp_status make(const tsp_config *cfg, uint64_t seed, int which, bool requant, const char *name, tsp_run *out,
                       tsp_error *err)
{
  gemm_data g;
  tsp_error cause = {""};
  tsp_status s = gemm_model(seed, which, &g, &cause);
  if (s != TSP_OK)
    return tsp_fail(err, s, "%s: the model's files: %s", name, cause.text[0] ? cause.text : tsp_status_text(s));
  g.requant = requant;
  return gemm_run_cropped(cfg, name, &g, out, err);
}

static tsp_status make_gemm(const tsp_config *cfg, uint64_t seed, int i, tsp_run *out, tsp_error *err)
{
  (void)i;
  return make(cfg, seed, GEMM_W1, true, "mxm_gemm", out, err);
}

static tsp_status make_gemm_k(const tsp_config *cfg, uint64_t seed, int i, tsp_run *out, tsp_error *err)
{
  return make(cfg, seed, GEMM_W2, i == 1, "mxm_gemm_k", out, err);
}

/* The host loads as few words of each text as can be; the others are fetched. */
static tsp_status make_gemm_fetch(const tsp_config *cfg, uint64_t seed, int i, tsp_run *out, tsp_error *err)
{
  tsp_status s = make(cfg, seed, GEMM_W2, i == 1, "mxm_gemm_fetch", out, err);
  tsp_fetch_result f = {0};
  if (s != TSP_OK)
    return s;
  s = TSP_ERANGE;
  uint32_t resident = (uint32_t)cfg->fetch_row, next = resident;
  for (; s == TSP_ERANGE && next <= (uint32_t)cfg->iq_depth; next += next / 8 + 1) {
    resident = next;
    s = tsp_text_fetch(cfg, NULL, out->image, resident, &f, err);
  }
  if (s != TSP_OK) {
    tsp_image_free(out->image);
    out->free(out->ctx);
    return s;
  }
  gemm_data *g = out->ctx;
  size_t used = strlen(g->note);
  snprintf(g->note + used, sizeof g->note - used, "; %u words resident, %d queues fetch %u more with %u Ifetches",
           resident, f.queues, f.words, f.fetches);
  return TSP_OK;
}

const tsp_case case_mxm_gemm_fetch = {
    "mxm_gemm_fetch", "mxm_gemm_k with short queues: program text fetched from memory", 2, make_gemm_fetch};
const tsp_case case_mxm_gemm = {"mxm_gemm", "requant(x*w), 64x64x172: embedding rows by w1 of a trained model", 1,
                                make_gemm};
const tsp_case case_mxm_gemm_k = {"mxm_gemm_k", "x*w, 64x172x64, int32 and requantised: K over several tiles (w2)", 2,
                                  make_gemm_k};
