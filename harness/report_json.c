/* SPDX-License-Identifier: Apache-2.0 */
/* The outcome as report.json. */
#include "files.h"
#include "report.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Numbers that are 0 where they are not known. */
static json_t *known(uint64_t v)
{
  return v ? json_integer((json_int_t)v) : json_null();
}

static json_t *text_or_null(const char *s)
{
  return s[0] ? json_string(s) : json_null();
}

static json_t *maybe(int v)
{
  return v < 0 ? json_null() : json_integer(v);
}

static void set(json_t *o, const char *key, json_t *value)
{
  json_object_set_new(o, key, value);
}

static json_t *counts(const tsp_report *r)
{
  json_t *o = json_object();
  for (int i = 0; i < TSP_COUNTS; i++)
    if (r->count[i].name)
      set(o, r->count[i].name, json_integer((json_int_t)r->count[i].compared));
  return o;
}

static json_t *bounds(const tsp_report *r)
{
  json_t *a = json_array();
  for (int i = 0; r->image && i < r->image->bound_count; i++) {
    json_t *o = json_object();
    set(o, "resource", json_string(r->image->bound[i].resource));
    set(o, "cycles", json_integer((json_int_t)r->image->bound[i].cycles));
    json_array_append_new(a, o);
  }
  return a;
}

static json_t *units(const tsp_report *r)
{
  if (!r->has_prediction)
    return json_null();
  json_t *o = json_object();
  for (int i = 0; i < TSP_UNITS; i++)
    set(o, tsp_predict_unit_name(i), json_real(r->utilisation[i]));
  return o;
}

static json_t *prediction(const tsp_report *r)
{
  if (!r->has_prediction || !r->prediction.known)
    return json_null();
  json_t *o = json_object();
  set(o, "instructions", json_integer((json_int_t)r->prediction.dispatched));
  set(o, "wrong", json_integer((json_int_t)r->prediction.wrong));
  set(o, "first", text_or_null(r->prediction.first));
  return o;
}

static json_t *oracle(const tsp_report *r)
{
  if (!r->has_oracle)
    return json_null();
  json_t *o = json_object();
  set(o, "compared", json_integer((json_int_t)r->oracle.compared));
  set(o, "mismatches", json_integer((json_int_t)r->oracle.mismatches));
  set(o, "max_abs_err", json_real(r->oracle.max_abs_err));
  set(o, "max_ulp", json_real(r->oracle.max_ulp));
  set(o, "note", text_or_null(r->oracle.note));
  set(o, "first", text_or_null(r->oracle.first));
  return o;
}

static json_t *inject(const tsp_report *r)
{
  const tsp_flip *f = &r->flip;
  char text[512];
  if (!f->on || !f->name[0])
    return json_null();
  json_t *o = json_object();
  set(o, "text", json_string(tsp_flip_text(f, text, sizeof text)));
  set(o, "register", json_string(f->name));
  set(o, "element", json_integer(f->element));
  set(o, "bit", json_integer(f->bit));
  set(o, "cycle", json_integer((json_int_t)f->cycle));
  set(o, "outcome", json_string(r->verdict == TSP_VERDICT_ERROR ? "none" : f->caught ? "caught" : "masked"));
  set(o, "caught_cycle", f->caught ? json_integer((json_int_t)f->caught_cycle) : json_null());
  set(o, "distance", f->caught ? json_integer((json_int_t)(f->caught_cycle - f->cycle)) : json_null());
  return o;
}

static json_t *chain(const tsp_report *r)
{
  json_t *a = json_array();
  const tsp_divergence *d = &r->divergence;
  for (int i = 0; i < d->chain_count; i++) {
    const tsp_link *k = &d->chain[i];
    char name[16], text[128];
    json_t *o = json_object();
    set(o, "cycle", json_integer((json_int_t)k->at.cycle));
    set(o, "queue", json_string(tsp_queue_name(r->cfg, k->at.queue, name)));
    set(o, "word", json_integer(k->at.word));
    set(o, "issue", json_integer(k->at.issue));
    set(o, "text", json_string(tsp_word_text(tsp_isa_builtin(), r->cfg, k->at.text, text, sizeof text)));
    set(o, "level", json_integer(k->level));
    set(o, "verdict", json_string(k->verdict));
    json_array_append_new(a, o);
  }
  return a;
}

static void set_place(json_t *o, const tsp_place *p)
{
  static const char *const kind[] = {"queue", "memory", "weights", "accumulator", "alu", "stream", "csr", "contents"};
  set(o, "kind", json_string(kind[p->kind]));
  set(o, "field", json_string(p->field));
  set(o, "unit", maybe(p->unit));
  set(o, "superlane", maybe(p->superlane));
  set(o, "lane", maybe(p->lane));
  set(o, "column", maybe(p->column));
  set(o, "stream", maybe(p->stream));
  set(o, "direction", p->direction < 0 ? json_null() : json_string(p->direction == TSP_WEST ? "west" : "east"));
  set(o, "index", p->index < 0 ? json_null() : json_integer((json_int_t)p->index));
  set(o, "expected", json_integer((json_int_t)p->expected));
  set(o, "got", json_integer((json_int_t)p->got));
}

static json_t *divergence(const tsp_report *r)
{
  const tsp_divergence *d = &r->divergence;
  char text[512];
  if (!r->diverged)
    return json_null();
  json_t *o = json_object();
  set(o, "cycle", json_integer((json_int_t)d->cycle));
  set(o, "vector_time", json_integer((json_int_t)d->vector_time));
  set(o, "where", json_string(tsp_divergence_where(r->cfg, d, text, sizeof text)));
  set_place(o, &d->place);
  set(o, "instruction", json_string(tsp_divergence_instr(r->cfg, r->image, d, text, sizeof text)));
  set(o, "line", known(d->line));
  set(o, "tensor", text_or_null(tsp_divergence_tensor(r->image, d, text, sizeof text)));
  set(o, "values", json_integer((json_int_t)d->values));
  set(o, "lanes_differing", json_integer((json_int_t)d->lanes_differing));
  set(o, "lanes_compared", json_integer((json_int_t)d->lanes_compared));
  set(o, "lanes", d->lane_differs ? json_string(tsp_divergence_lanes(d, text, sizeof text)) : json_null());
  set(o, "chain", chain(r));
  set(o, "so", json_string(tsp_divergence_look(r->cfg, d, text, sizeof text)));
  return o;
}

static json_t *fault(const tsp_report *r)
{
  if (!r->csr.fault_code)
    return json_null();
  json_t *o = json_object();
  set(o, "code", json_integer(r->csr.fault_code));
  set(o, "text", json_string(tsp_fault_text((tsp_fault_code)r->csr.fault_code)));
  set(o, "queue", json_integer(r->csr.fault_queue));
  set(o, "cycle", json_integer((json_int_t)r->csr.fault_cycle));
  return o;
}

static json_t *parameters(const tsp_report *r)
{
  json_t *a = json_array();
  for (int i = 0; r->set && r->set[i]; i++)
    json_array_append_new(a, json_string(r->set[i]));
  return a;
}

static json_t *whole(const tsp_report *r)
{
  static const char *const verdict[] = {"pass", "fail", "error"};
  json_t *o = json_object();
  set(o, "test", json_string(r->test));
  set(o, "from_file", json_boolean(r->from_file));
  set(o, "config", json_string(r->config));
  set(o, "engine", json_string(r->engine));
  set(o, "seed", json_integer((json_int_t)r->seed));
  set(o, "set", parameters(r));
  set(o, "runs", json_integer(r->runs));
  set(o, "proved", json_integer(r->proved));
  set(o, "run", json_integer(r->run));
  set(o, "too_large", json_integer((json_int_t)r->too_large));
  set(o, "unjudged", json_integer((json_int_t)r->unjudged));
  set(o, "verdict", json_string(verdict[r->verdict]));
  set(o, "reason", text_or_null(r->reason));
  set(o, "cycles_predicted", known(r->cycles_predicted));
  set(o, "cycles_executed", json_integer((json_int_t)r->cycles_executed));
  set(o, "values_compared", json_integer((json_int_t)r->compared));
  set(o, "values_different", json_integer((json_int_t)r->different));
  set(o, "compared", counts(r));
  set(o, "first_divergence", divergence(r));
  set(o, "fault", fault(r));
  set(o, "inject", inject(r));
  set(o, "oracle", oracle(r));
  set(o, "prediction", prediction(r));
  set(o, "instructions", r->has_prediction ? json_integer((json_int_t)r->prediction.dispatched) : json_null());
  set(o, "lower_bound_cycles", known(r->lower_bound));
  set(o, "ratio", r->lower_bound ? json_real((double)r->cycles_executed / (double)r->lower_bound) : json_null());
  set(o, "bounds", bounds(r));
  set(o, "utilisation", units(r));
  set(o, "wall_s", json_real(r->wall_s));
  set(o, "cycles_per_s", json_real(r->run_s > 0 ? (double)r->cycles_executed / r->run_s : 0.0));
  set(o, "waves", text_or_null(r->waves));
  set(o, "replay", text_or_null(r->replay));
  return o;
}

tsp_status tsp_report_write(const tsp_report *r, tsp_error *err)
{
  json_t *o = whole(r);
  char *text = json_dumps(o, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
  json_decref(o);
  if (!text)
    return tsp_fail(err, TSP_ENOMEM, "report.json: out of memory");
  tsp_status s = tsp_file_write(r->out, "report.json", text, err);
  free(text);
  return s;
}
