/* SPDX-License-Identifier: Apache-2.0 */
#include "predict.h"
#include <inttypes.h>
#include <stdlib.h>

typedef struct {
  const tsp_debug *debug; /* NULL: not predicted to dispatch */
  uint64_t seen;
} word_state;

struct tsp_predict {
  const tsp_config *cfg;
  const tsp_image *image;
  word_state **word; /* [queue][word] */
  word_state *all;
  tsp_prediction found;
};

tsp_predict *tsp_predict_new(const tsp_config *cfg, const tsp_image *image)
{
  tsp_predict *p = calloc(1, sizeof *p);
  size_t words = 0;
  for (int q = 0; q < image->queue_count; q++)
    words += image->queue[q].length;
  if (p) {
    p->cfg = cfg;
    p->image = image;
    p->word = calloc((size_t)image->queue_count + 1, sizeof *p->word);
    p->all = calloc(words + 1, sizeof *p->all);
  }
  if (!p || !p->word || !p->all) {
    tsp_predict_free(p);
    return NULL;
  }
  p->word[0] = p->all;
  for (int q = 0; q < image->queue_count; q++)
    p->word[q + 1] = p->word[q] + image->queue[q].length;
  for (int i = 0; i < image->debug_count; i++)
    p->word[image->debug[i].queue][image->debug[i].word].debug = &image->debug[i];
  p->found.known = image->debug_count > 0;
  return p;
}

void tsp_predict_free(tsp_predict *p)
{
  if (!p)
    return;
  free(p->word);
  free(p->all);
  free(p);
}

static const char *describe(const tsp_predict *p, int queue, uint32_t word, char *buf, size_t size)
{
  char name[16], text[128];
  tsp_word_text(tsp_isa_builtin(), p->cfg, p->image->queue[queue].word[word], text, sizeof text);
  snprintf(buf, size, "%s, %" PRIu32 "  %s", tsp_queue_name(p->cfg, queue, name), word, text);
  return buf;
}

static uint64_t predicted_cycle(uint64_t text, const tsp_debug *g, uint64_t k)
{
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(text));
  return g->cycle + k * (uint64_t)tsp_word_get(in, text, "d"); /* only a Repeat has a d and k > 0 */
}

void tsp_predict_dispatch(void *ctx, const tsp_dispatch *d)
{
  tsp_predict *p = ctx;
  tsp_prediction *f = &p->found;
  char what[192];
  f->dispatched++;
  f->unit[tsp_queue_unit(p->cfg, d->queue) - TSP_UNIT_MEM]++;
  if (!f->known)
    return;
  if (d->queue >= p->image->queue_count || d->word >= p->image->queue[d->queue].length) {
    f->wrong++;
    return;
  }
  word_state *w = &p->word[d->queue][d->word];
  uint64_t text = p->image->queue[d->queue].word[d->word];
  uint64_t due = w->debug ? predicted_cycle(text, w->debug, w->seen) : 0;
  w->seen++;
  if (w->debug && due == d->cycle)
    return;
  if (f->wrong++)
    return;
  describe(p, d->queue, d->word, what, sizeof what);
  if (w->debug)
    snprintf(f->first, sizeof f->first, "%s dispatched at cycle %" PRIu64 ", predicted %" PRIu64, what, d->cycle, due);
  else
    snprintf(f->first, sizeof f->first, "%s dispatched at cycle %" PRIu64 " and no debug line predicts it", what,
             d->cycle);
}

tsp_prediction tsp_predict_result(const tsp_predict *p, bool ended)
{
  tsp_prediction f = p->found;
  char what[192];
  for (int i = 0; ended && i < p->image->debug_count; i++) {
    const tsp_debug *g = &p->image->debug[i];
    uint64_t text = p->image->queue[g->queue].word[g->word];
    const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(text));
    bool repeat = tsp_word_opcode(text) == TSP_OP_REPEAT;
    uint64_t due = repeat ? (uint64_t)tsp_word_get(in, text, "n") : 1, seen = p->word[g->queue][g->word].seen;
    if (seen >= due)
      continue;
    if (f.wrong++ == 0)
      snprintf(f.first, sizeof f.first, "%s predicted at cycle %" PRIu64 " dispatched %" PRIu64 " of %" PRIu64 " times",
               describe(p, g->queue, g->word, what, sizeof what), g->cycle, seen, due);
  }
  return f;
}

const char *tsp_predict_unit_name(int unit)
{
  static const char *const name[TSP_UNITS] = {
      "mem",          "mxm_weights",  "mxm_activations", "mxm_accumulators", "vxm",
      "sxm_shifters", "sxm_permuter", "sxm_distributor", "sxm_transposers",  "c2c"};
  return name[unit];
}

int tsp_predict_unit_queues(const tsp_config *cfg, int unit)
{
  int n = 0;
  for (int q = 0; q < cfg->queues; q++)
    n += tsp_queue_unit(cfg, q) == unit + TSP_UNIT_MEM;
  return n;
}
