// SPDX-License-Identifier: Apache-2.0
// verify.c: the verifier's cycle loop: what lands, what is dispatched, what has been lost; and the verdict.
#include "verify.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { NO_FAULT_RANK = 255 };

void tspv_violate(tspv *v, int rule, tsp_fault_code fault, uint64_t cycle, int queue, const tspv_op *op,
                  const char *format, ...)
{
  tsp_verify_result *r = v->out;
  uint64_t rank = (uint64_t)queue << 8 | (fault ? (uint64_t)fault : NO_FAULT_RANK);
  if (!(v->rules & (unsigned)rule) || (r->text[0] && (r->cycle < cycle || (r->cycle == cycle && v->rank <= rank))))
    return;
  char name[16], text[128];
  va_list ap;
  int n = snprintf(r->text, sizeof r->text, "cycle %" PRIu64 ", %s: ", cycle, tsp_queue_name(v->cfg, queue, name));
  if (op)
    n += snprintf(r->text + n, sizeof r->text - (size_t)n, "word %" PRIu32 " '%s': ", op->word,
                  tsp_word_text(v->isa, v->cfg, op->text, text, sizeof text));
  const tsp_debug *d = op ? tsp_image_debug(v->image, queue, op->word) : NULL;
  if (d && d->tensor >= 0 && v->image->tensor[d->tensor].piece_count == 0)
    n += snprintf(r->text + n, sizeof r->text - (size_t)n, "of %s: ", v->image->tensor[d->tensor].name);
  va_start(ap, format);
  vsnprintf(r->text + n, sizeof r->text - (size_t)n, format, ap);
  va_end(ap);
  r->rule = rule;
  r->fault = fault;
  r->cycle = cycle;
  r->queue = queue;
  v->rank = rank;
}

void tspv_in_vain(tspv *v, uint64_t cycle, int queue, const tspv_op *op, const char *format, ...)
{
  char text[256];
  va_list ap;
  if (!v->image->debug_count)
    return;
  va_start(ap, format);
  vsnprintf(text, sizeof text, format, ap);
  va_end(ap);
  v->out->in_vain++;
  tspv_violate(v, TSP_VERIFY_VAIN, TSP_FAULT_NONE, cycle, queue, op, "%s", text);
}

bool tspv_grow(tspv *v, void *array, int count, int *room, size_t each)
{
  if (count < *room)
    return true;
  int more = *room ? 2 * *room : 16;
  void *grown = realloc(*(void **)array, (size_t)more * each);
  if (!grown) {
    v->failed = true;
    return false;
  }
  *(void **)array = grown;
  *room = more;
  return true;
}

/* Everything whose size the configuration gives. */
static bool allocate(tspv *v)
{
  const tsp_config *c = v->cfg;
  size_t streams = 2 * (size_t)c->streams, columns = (size_t)c->columns;
  int late = c->superlanes + 4;
  for (int i = 0; i < v->isa->count; i++) {
    int d = tsp_isa_d_func(v->isa, c, v->isa->instr[i].opcode), skew = tsp_isa_d_skew(v->isa, v->isa->instr[i].opcode);
    late = d > late ? d : late;
    late = skew > late ? skew : late;
  }
  for (v->ring = 1; v->ring <= (uint64_t)late + 2; v->ring *= 2)
    ;
  v->queue = calloc((size_t)c->queues, sizeof *v->queue);
  v->due = calloc((size_t)c->barrier + 1, sizeof *v->due);
  v->slot = calloc(streams * columns, sizeof *v->slot);
  v->driven = calloc(streams * columns * v->ring, sizeof *v->driven);
  v->bucket = calloc(v->ring, sizeof *v->bucket);
  v->alu = calloc((size_t)c->alus + 1, sizeof *v->alu);
  v->alu_due = calloc((size_t)c->alus * v->ring + 1, sizeof *v->alu_due);
  v->column_fetch = calloc(columns, sizeof *v->column_fetch);
  v->plane = calloc((size_t)c->planes + 1, sizeof *v->plane);
  v->map = calloc(2 * TSP_SXM_QUEUES * (size_t)c->maps, sizeof *v->map);
  v->link = calloc(2 * (size_t)c->links + 1, sizeof *v->link);
  v->word = calloc(2 * (size_t)c->mem_slices * (size_t)c->mem_words, sizeof *v->word);
  v->home = calloc(2 * (size_t)c->mem_slices * (size_t)c->mem_words, sizeof *v->home);
  bool ok = v->queue && v->due && v->slot && v->driven && v->bucket && v->alu && v->alu_due && v->column_fetch &&
            v->plane && v->map && v->link && v->word && v->home;
  for (int p = 0; ok && p < c->planes; p++) {
    v->plane[p].slot = calloc((size_t)c->superlanes * (size_t)c->parts, sizeof *v->plane[p].slot);
    v->plane[p].acc = calloc((size_t)c->acc_depth, sizeof *v->plane[p].acc);
    ok = v->plane[p].slot && v->plane[p].acc;
  }
  for (int i = 0; ok && i < 2 * c->links; i++) {
    v->link[i].room = c->link_delay + c->link_depth + 3;
    v->link[i].arrives = calloc((size_t)v->link[i].room, sizeof *v->link[i].arrives);
    v->link[i].value = calloc((size_t)v->link[i].room, sizeof *v->link[i].value);
    ok = v->link[i].arrives && v->link[i].value;
  }
  return ok;
}

static void release(tspv *v)
{
  const tsp_config *c = v->cfg;
  for (int q = 0; v->queue && q < c->queues; q++)
    free(v->queue[q].text);
  for (uint64_t i = 0; v->bucket && i < v->ring; i++)
    free(v->bucket[i].event);
  for (int p = 0; v->plane && p < c->planes; p++) {
    free(v->plane[p].slot);
    free(v->plane[p].acc);
  }
  for (int i = 0; v->link && i < 2 * c->links; i++) {
    free(v->link[i].arrives);
    free(v->link[i].value);
  }
  void *all[] = {v->queue,        v->due,   v->power, v->slot, v->driven, v->bucket, v->alu,  v->alu_due,
                 v->column_fetch, v->plane, v->map,   v->link, v->word,   v->home,   v->homes};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    free(all[i]);
}

/* What was under way until now: first what lands, then what looks at it. */
static void happen(tspv *v)
{
  tspv_bucket *b = &v->bucket[v->now % v->ring];
  for (int i = 0; i < b->count; i++)
    if (b->event[i].kind <= EV_PRODUCT)
      tspv_land(v, &b->event[i]);
  for (int i = 0; i < b->count; i++) {
    const tspv_event *e = &b->event[i];
    if (e->kind == EV_FORM)
      tspv_form(v, e);
    else if (e->kind == EV_FETCH)
      tspv_fetch_second(v, e);
    else if (e->kind == EV_EXEC)
      tspv_execute(v, &e->op);
  }
  v->pending -= (uint64_t)b->count;
  b->count = 0;
}

static void power(tspv *v)
{
  if (v->active_next == v->active || !tspv_grow(v, &v->power, v->powers, &v->power_room, sizeof *v->power))
    return;
  v->active = v->active_next;
  v->power[v->powers].from = v->now + 1;
  v->power[v->powers++].active = v->active;
}

/* One cycle; false when there is none after it. */
static bool cycle(tspv *v, uint64_t drain)
{
  v->config_taken = false;
  bool links = tspv_links_open(v);
  happen(v);
  if (v->running)
    tspv_step_queues(v);
  if (links)
    tspv_links_arrive(v);
  tspv_mxm_end_of_cycle(v);
  power(v);
  if (v->failed || (v->out->text[0] && v->out->cycle <= v->now) || (!v->running && v->now >= v->end + drain))
    return false;
  uint64_t next = v->now + 1;
  if (!v->pending && !v->notes && tspv_links_quiet(v)) {
    next = v->running ? tspv_next_wake(v) : v->end + drain;
    next = next > v->now ? next : v->now + 1;
  }
  if (next == UINT64_MAX) {
    for (int q = 0; q < v->cfg->queues; q++)
      if (v->queue[q].state == VQ_PARKED) {
        tspv_violate(v, TSP_VERIFY_MACHINE | TSP_VERIFY_DATA | TSP_VERIFY_CLAIMS, TSP_FAULT_NONE, v->now, q, NULL,
                     "word %" PRIu32 " 'Sync' waits for a Notify that never comes", v->queue[q].pc);
        break;
      }
    return false;
  }
  v->now = next;
  return true;
}

static void at_end(tspv *v, uint64_t drain)
{
  tsp_verify_result *r = v->out;
  r->cycles = v->end + drain;
  if (r->fault && r->cycle + 2 > r->cycles)
    *r = (tsp_verify_result){.instructions = r->instructions, .values = r->values, .cycles = r->cycles};
  if (r->text[0])
    return;
  tspv_mxm_end(v);
  for (int i = 0; i < 2 * v->cfg->streams * v->cfg->columns; i++)
    tspv_unused(v, &v->slot[i]);
  tspv_outputs(v);
  tspv_claim_missing(v);
  if (v->image->cycles_predicted && v->image->cycles_predicted != r->cycles)
    tspv_violate(v, TSP_VERIFY_CLAIMS, TSP_FAULT_NONE, r->cycles, 0, NULL,
                 "the program takes %" PRIu64 " cycles, predicted are %" PRIu64, r->cycles, v->image->cycles_predicted);
}

static void run(tspv *v)
{
  uint64_t drain = (uint64_t)tsp_isa_drain(v->isa, v->cfg);
  v->end = UINT64_MAX;
  v->active = v->active_next = v->cfg->superlanes;
  tspv_queues_start(v);
  if (v->failed || (!tspv_map(v) || v->out->text[0]))
    return;
  while (cycle(v, drain))
    ;
  if (!v->failed && v->end != UINT64_MAX && !v->running && v->now >= v->end + drain)
    at_end(v, drain);
  for (size_t i = 0; i < 2 * (size_t)v->cfg->mem_slices * (size_t)v->cfg->mem_words; i++)
    v->out->words += v->word[i].used;
}

tsp_status tsp_verify(const tsp_config *cfg, const tsp_isa *isa, const tsp_image *image, unsigned rules,
                      const tsp_verify_watch *watch, tsp_verify_result *out, tsp_error *err)
{
  tspv v = {
      .cfg = cfg, .isa = isa ? isa : tsp_isa_builtin(), .image = image, .rules = rules, .watch = watch, .out = out};
  *out = (tsp_verify_result){0};
  if (strcmp(image->config, cfg->name) != 0 || image->queue_count != cfg->queues)
    return tsp_fail(err, TSP_EFORMAT, "the image is of configuration %s with %d queues, not of %s with %d",
                    image->config, image->queue_count, cfg->name, cfg->queues);
  if (allocate(&v))
    run(&v);
  else
    v.failed = true;
  release(&v);
  if (v.failed)
    return tsp_fail(err, TSP_ENOMEM, "out of memory for the verifier");
  return out->text[0] ? tsp_fail(err, TSP_EFAULT, "%s", out->text) : TSP_OK;
}
