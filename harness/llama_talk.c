/* SPDX-License-Identifier: Apache-2.0 */
#include "llama_talk.h"
#include "progress.h"
#include "report.h"
#include <inttypes.h>
#include <unistd.h>

enum { BARS = 16 };
static const double clock_hz = 900e6;

/* How many tokens took how many cycles; what does not fit counts with the last bar. */
typedef struct {
  uint64_t cycles[BARS], tokens[BARS];
} histogram;

typedef struct {
  tsp_progress line;
  bool shared; /* text and log are on one terminal */
  double start;
} progress;

static void print_program(FILE *to, const char *what, const tsp_image *image, double tokens)
{
  char n[32], bound[32];
  const tsp_bound *most = tsp_image_bound(image);
  uint64_t least = most ? most->cycles : 0;
  fprintf(to, "  %-10s %s cycles, %.2f of the bound (%s); %.0f tokens/s at 900 MHz\n", what,
          tsp_grouped(image->cycles_predicted, n), least ? (double)image->cycles_predicted / (double)least : 0,
          tsp_grouped(least, bound), tokens * clock_hz / (double)image->cycles_predicted);
}

void tsp_talk_programs(const tsp_talk *t)
{
  char what[24];
  print_program(t->log, "a token", tsp_session_decode(t->session), 1);
  if (!tsp_session_prefill(t->session))
    return;
  snprintf(what, sizeof what, "%u tokens", tsp_session_block(t->session));
  print_program(t->log, what, tsp_session_prefill(t->session), tsp_session_block(t->session));
}

static void count(histogram *h, uint64_t cycles)
{
  int i = 0;
  while (i < BARS - 1 && h->tokens[i] && h->cycles[i] != cycles)
    i++;
  h->cycles[i] = cycles;
  h->tokens[i]++;
}

static void print_token(const tsp_talk *t, int32_t previous, int32_t token)
{
  size_t n;
  if (t->tokenizer) {
    const char *text = tsp_tokenizer_piece(t->tokenizer, previous, token, &n);
    fwrite(text, 1, n, t->text);
  } else {
    fprintf(t->text, "%d ", token);
  }
  fflush(t->text);
}

static void progress_start(const tsp_talk *t, progress *p)
{
  p->shared = isatty(fileno(t->text)) && isatty(fileno(t->log));
  p->start = tsp_now();
  tsp_progress_start(&p->line, p->shared ? NULL : t->log);
}

/* The time that is left: once where a line of its own would disturb the text, else every now and then. */
static void progress_step(const tsp_talk *t, progress *p, bool first)
{
  uint32_t done = tsp_session_position(t->session);
  double seconds = tsp_now() - p->start, left = seconds / done * (t->steps - done);
  tsp_progress_step(&p->line, "token", done, t->steps);
  if (p->shared && first && left > 10)
    fprintf(t->log, "%.2f tokens/s simulated, %.0f s to go\n", done / seconds, left);
}

static void print_end(const tsp_talk *t, const histogram *h, double seconds)
{
  const tsp_device *d = tsp_session_device(t->session);
  uint32_t fed = tsp_session_position(t->session);
  uint64_t compared = tsp_device_compared(d), hash;
  char n[32];
  fprintf(t->log, "%u tokens (%" PRIu64 " in blocks) in %.1f s: %.2f tokens/s simulated\n", fed,
          tsp_session_blocks(t->session) * tsp_session_block(t->session), seconds, fed / seconds);
  for (int i = 0; i < BARS && h->tokens[i]; i++)
    fprintf(t->log, "  %s cycles: %" PRIu64 " tokens\n", tsp_grouped(h->cycles[i], n), h->tokens[i]);
  if (compared)
    fprintf(t->log, "  %s values compared, 0 different\n", tsp_grouped(compared, n));
  if (tsp_device_hash(d, &hash) == TSP_OK)
    fprintf(t->log, "  state 0x%016" PRIx64 "\n", hash);
}

static tsp_status feed_prompt(const tsp_talk *t, tsp_error *err)
{
  if (t->prompt_length > t->steps)
    return tsp_fail(err, TSP_ERANGE, "the prompt has %zu tokens, there is room for %u", t->prompt_length, t->steps);
  for (size_t i = 1; i < t->prompt_length; i++)
    print_token(t, t->prompt[i - 1], t->prompt[i]);
  return tsp_session_feed(t->session, t->prompt, t->prompt_length, err);
}

static tsp_status generate(const tsp_talk *t, progress *p, histogram *h, tsp_error *err)
{
  tsp_status s = feed_prompt(t, err);
  int32_t previous = t->prompt[t->prompt_length - 1];
  for (bool first = true; s == TSP_OK; first = false) {
    count(h, tsp_device_cycles(tsp_session_device(t->session)));
    progress_step(t, p, first);
    int32_t token = tsp_sample(t->sampler, tsp_session_logits(t->session));
    if (token == TSP_LLAMA_BOS)
      break;
    print_token(t, previous, token);
    if (tsp_session_position(t->session) >= t->steps)
      break;
    s = tsp_session_feed(t->session, &token, 1, err);
    previous = token;
  }
  return s;
}

tsp_status tsp_talk_run(const tsp_talk *t, tsp_error *err)
{
  progress p;
  histogram h = {{0}, {0}};
  progress_start(t, &p);
  tsp_status s = generate(t, &p, &h, err);
  fputc('\n', t->text);
  fflush(t->text);
  tsp_progress_end(&p.line);
  if (s == TSP_OK)
    s = tsp_device_compare(tsp_session_device(t->session), err);
  if (s == TSP_OK)
    print_end(t, &h, tsp_now() - p.start);
  return s;
}
