/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_llama.c - `tsp llama`: a language model writes text. The text goes to standard output, everything else to the
 * other. */
#include "commands.h"
#include "llama_talk.h"
#include "options.h"
#include "progress.h"
#include "sim.h"
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_SEED = 256, KEY_ENGINE, KEY_CONFIG, KEY_PRECISION, KEY_CONTEXT, KEY_NO_PREFILL };

static const struct argp_option options[] = {
    {"tokenizer", 'z', "FILE", 0, "Tokenizer; without one, tokens are printed as numbers", 0},
    {"prompt", 'i', "TEXT", 0, "Text to go on from", 0},
    {"steps", 'n', "N", 0, "Tokens in all, the prompt among them (default 256; 0: the whole context)", 0},
    {"temperature", 't', "T", 0, "0: always the likeliest token (default 1)", 0},
    {"top-p", 'p', "P", 0, "Choose among the likeliest tokens that together have this probability (default 0.9)", 0},
    {"seed", KEY_SEED, "N", 0, "Seed of the choice and of undefined registers (default 1)", 0},
    {"engine", KEY_ENGINE, "NAME", 0, "lockstep (default), golden or rtl", 0},
    {"config", KEY_CONFIG, "NAME", 0, "Configuration (default mini)", 0},
    {"precision", KEY_PRECISION, "NAME", 0, "f16 (default), w8 (int8 weights) or w8a8 (and int8 activations)", 0},
    {"context", KEY_CONTEXT, "N", 0, "Positions of the caches (default: what the model has)", 0},
    {"no-prefill", KEY_NO_PREFILL, NULL, 0, "The prompt token by token, not in blocks", 0},
    {0}};

typedef struct {
  tsp_session_options session;
  const char *model, *tokenizer, *prompt;
  uint64_t steps;
  float temperature, top_p;
} args;

typedef struct {
  const args *a;
  tsp_llama *m;
  tsp_tokenizer *tokenizer;
  tsp_session *session;
  tsp_sampler sampler;
  int32_t *prompt;
  size_t prompt_length;
} run;

static float real(struct argp_state *state, const char *name, const char *text, float most)
{
  char *end;
  float v = strtof(text, &end);
  if (end == text || *end || !(v >= 0 && v <= most))
    argp_error(state, "%s takes a number from 0 to %g, not '%s'", name, (double)most, text);
  return v;
}

static int precision_of(struct argp_state *state, const char *name)
{
  for (int p = 0; p < TSP_LLAMA_PRECISIONS; p++)
    if (strcmp(name, tsp_llama_precision_name(p)) == 0)
      return p;
  argp_error(state, "--precision is f16, w8 or w8a8, not '%s'", name);
  return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
  args *a = state->input;
  switch (key) {
  case 'z': a->tokenizer = arg; break;
  case 'i': a->prompt = arg; break;
  case 'n': a->steps = tsp_option_number(state, "n", arg, UINT64_MAX); break;
  case 't': a->temperature = real(state, "-t", arg, 1e6F); break;
  case 'p': a->top_p = real(state, "-p", arg, 1); break;
  case KEY_SEED: a->session.seed = tsp_option_number(state, "seed", arg, UINT64_MAX); break;
  case KEY_ENGINE:
    a->session.on = tsp_sim_engine_find(arg);
    if (a->session.on < 0)
      argp_error(state, "--engine is lockstep, golden or rtl, not '%s'", arg);
    break;
  case KEY_CONFIG:
    a->session.cfg = tsp_config_find(arg);
    if (!a->session.cfg)
      argp_error(state, "there is no configuration %s", arg);
    break;
  case KEY_PRECISION: a->session.precision = precision_of(state, arg); break;
  case KEY_CONTEXT: {
    uint64_t n = tsp_option_number(state, "context", arg, UINT64_MAX);
    if (n < 1 || n > UINT32_MAX)
      argp_error(state, "--context takes 1 or more, not '%s'", arg);
    a->session.context = (uint32_t)n;
    break;
  }
  case KEY_NO_PREFILL: a->session.prefill = false; break;
  case ARGP_KEY_ARG:
    if (a->model)
      argp_error(state, "one MODEL, not also '%s'", arg);
    a->model = arg;
    break;
  case ARGP_KEY_END:
    if (!a->model)
      argp_error(state, "which MODEL? a llama2.c checkpoint");
    if (a->prompt && !a->tokenizer)
      argp_error(state, "a prompt needs a tokenizer: -z FILE");
    break;
  default: return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

static tsp_status make_prompt(run *r, tsp_error *err)
{
  if (r->tokenizer)
    return tsp_tokenizer_encode(r->tokenizer, r->a->prompt ? r->a->prompt : "", &r->prompt, &r->prompt_length, err);
  r->prompt = malloc(sizeof *r->prompt);
  if (!r->prompt)
    return tsp_fail(err, TSP_ENOMEM, "out of memory");
  r->prompt[0] = TSP_LLAMA_BOS;
  r->prompt_length = 1;
  return TSP_OK;
}

static tsp_status open_all(run *r, tsp_error *err)
{
  const args *a = r->a;
  tsp_status s = tsp_llama_read(a->model, &r->m, err);
  if (s != TSP_OK)
    return s;
  uint32_t vocab = r->m->shape.vocab;
  if (vocab <= TSP_LLAMA_BOS)
    return tsp_fail(err, TSP_ERANGE, "%s: a vocabulary of %u tokens has none that begins a text", a->model, vocab);
  if (a->tokenizer && (s = tsp_tokenizer_read(a->tokenizer, vocab, &r->tokenizer, err)) != TSP_OK)
    return s;
  s = make_prompt(r, err);
  if (s != TSP_OK)
    return s;
  tsp_session_options o = a->session;
  o.prefill = o.prefill && r->prompt_length > (size_t)o.cfg->lw_streams;
  s = tsp_sampler_new(vocab, a->temperature, a->top_p, o.seed, &r->sampler);
  return s == TSP_OK ? tsp_session_open(r->m, &o, &r->session, err) : s;
}

static tsp_status talk(run *r, double compiled, tsp_error *err)
{
  const args *a = r->a;
  const tsp_llama_shape *s = &r->m->shape;
  uint32_t context = tsp_session_context(r->session);
  tsp_talk t = {.session = r->session,
                .tokenizer = r->tokenizer,
                .sampler = &r->sampler,
                .prompt = r->prompt,
                .prompt_length = r->prompt_length,
                .steps = a->steps && a->steps < context ? (uint32_t)a->steps : context,
                .text = stdout,
                .log = stderr};
  fprintf(
      stderr,
      "%s: dim %u, hidden %u, %u layers, %u heads (%u of keys), vocabulary %u, context %u; %s on %s, %s; compiled in "
      "%.1f s\n",
      a->model, s->dim, s->hidden, s->layers, s->heads, s->kv_heads, s->vocab, context,
      tsp_llama_precision_name(a->session.precision), a->session.cfg->name, tsp_sim_engine_name(a->session.on),
      compiled);
  tsp_talk_programs(&t);
  return tsp_talk_run(&t, err);
}

static void close_all(run *r)
{
  tsp_session_close(r->session);
  tsp_sampler_free(&r->sampler);
  tsp_tokenizer_free(r->tokenizer);
  tsp_llama_free(r->m);
  free(r->prompt);
}

static void explain(const run *r, const char *text)
{
  const tsp_divergence *d = r->session ? tsp_device_divergence(tsp_session_device(r->session)) : NULL;
  fprintf(stderr, "tsp llama: %s\n", text);
  if (d)
    tsp_divergence_print(r->a->session.cfg, tsp_session_decode(r->session), d, stderr);
}

int cmd_llama(int argc, char **argv)
{
  static const struct argp argp = {options,
                                   parse,
                                   "MODEL",
                                   "Lets a language model (llama2.c checkpoint) write text, token by token, on RTL and "
                                   "golden model in lockstep, or on one of them alone.\vExit status: 0 done, 1 the "
                                   "machines differ or the model does not fit, 2 wrong arguments.",
                                   NULL,
                                   NULL,
                                   NULL};
  args a = {.session = {.cfg = tsp_config_find("mini"), .on = TSP_ON_LOCKSTEP, .seed = 1, .prefill = true},
            .steps = 256,
            .temperature = 1,
            .top_p = 0.9F};
  argp_parse(&argp, argc, argv, 0, NULL, &a);
  run r = {.a = &a};
  tsp_error err = {""};
  double before = tsp_now();
  tsp_status s = open_all(&r, &err);
  if (s == TSP_OK)
    s = talk(&r, tsp_now() - before, &err);
  if (s != TSP_OK)
    explain(&r, err.text[0] ? err.text : tsp_status_text(s));
  close_all(&r);
  return s == TSP_OK ? 0 : 1;
}
