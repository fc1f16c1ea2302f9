/* SPDX-License-Identifier: Apache-2.0 */
/* The outcome as text. */
#include "report.h"
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

void tsp_report_free(tsp_report *r)
{
  tsp_divergence_free(&r->divergence);
  tsp_image_free(r->image);
  r->image = NULL;
}

int tsp_report_exit_status(const tsp_report *r)
{
  return (int)r->verdict;
}

void tsp_report_replay(tsp_report *r)
{
  size_t used = (size_t)snprintf(r->replay, sizeof r->replay, "%s sim --replay %s", r->program, r->out);
  if (r->diverged && used < sizeof r->replay) {
    uint64_t c = r->divergence.cycle;
    snprintf(r->replay + used, sizeof r->replay - used, " --from %" PRIu64 " --waves", c > 64 ? c - 64 : 0);
  }
}

/* 1234567 as "1,234,567" */
char *tsp_grouped(uint64_t v, char *buf)
{
  char digits[32];
  int n = snprintf(digits, sizeof digits, "%" PRIu64, v), o = 0;
  for (int i = 0; i < n; i++) {
    if (i && (n - i) % 3 == 0)
      buf[o++] = ',';
    buf[o++] = digits[i];
  }
  buf[o] = '\0';
  return buf;
}

static void print_numbers(const tsp_report *r, FILE *to)
{
  char a[40], b[40];
  double hz = r->run_s > 0 ? (double)r->cycles_executed / r->run_s : 0;
  if (r->runs > 1)
    fprintf(to, "%d programs, ", r->run + 1);
  fprintf(to, "%s cycles", tsp_grouped(r->cycles_executed, a));
  if (r->cycles_predicted)
    fprintf(to, " as predicted");
  if (r->lower_bound)
    fprintf(to, ", %.2f of the bound (%s)", (double)r->cycles_executed / (double)r->lower_bound,
            tsp_grouped(r->lower_bound, b));
  if (r->compared)
    fprintf(to, ", %s values compared", tsp_grouped(r->compared, a));
  if (r->has_oracle)
    fprintf(to, ", %s outputs equal the oracle", tsp_grouped(r->oracle.compared, b));
  if (r->has_oracle && r->oracle.max_abs_err > 0)
    fprintf(to, " within %.3g", r->oracle.max_abs_err);
  fprintf(to, ", %.1f kHz\n", hz * 1e-3);
}

static void print_flip(const tsp_report *r, FILE *to)
{
  const tsp_flip *f = &r->flip;
  if (!f->on || !f->name[0])
    return;
  fprintf(to, "  flipped   %s element %" PRIu32 " bit %" PRIu32 " in cycle %" PRIu64, f->name, f->element, f->bit,
          f->cycle);
  if (f->caught)
    fprintf(to, "; seen in cycle %" PRIu64 ", distance %" PRIu64, f->caught_cycle, f->caught_cycle - f->cycle);
  fprintf(to, "\n");
}

static void print_paths(const tsp_report *r, FILE *to)
{
  if (r->out[0])
    fprintf(to, "  report    %s/report.json\n", r->out);
  if (r->waves[0])
    fprintf(to, "  waves     %s\n", r->waves);
  else if (r->waves_command[0])
    fprintf(to, "  waves     none; to get them: %s\n", r->waves_command);
}

void tsp_report_print(const tsp_report *r, FILE *to)
{
  static const char *const word[] = {"PASS", "FAIL", "ERROR"}, *const colour[] = {"32", "31", "33"};
  bool tty = isatty(fileno(to));
  if (tty)
    fprintf(to, "\033[1;%sm%s\033[0m", colour[r->verdict], word[r->verdict]);
  else
    fprintf(to, "%s", word[r->verdict]);
  fprintf(to, " %s (%s, %s, seed %" PRIu64, r->test, r->config, r->engine, r->seed);
  if (r->verdict != TSP_VERDICT_PASS && r->runs > 1)
    fprintf(to, ", run %d", r->run);
  fprintf(to, "): ");
  if (r->verdict != TSP_VERDICT_PASS)
    fprintf(to, "%s\n", r->reason);
  else
    print_numbers(r, to);
  if (r->verdict == TSP_VERDICT_PASS && r->reason[0])
    fprintf(to, "  note      %s\n", r->reason);
  if (r->has_oracle && r->oracle.note[0])
    fprintf(to, "  data      %s\n", r->oracle.note);
  if (r->too_large || r->unjudged)
    fprintf(to, "  drawn     %" PRIu64 " more that the machine cannot hold, %" PRIu64 " that the oracle cannot judge\n",
            r->too_large, r->unjudged);
  if (r->diverged)
    tsp_divergence_print(r->cfg, r->image, &r->divergence, to);
  print_flip(r, to);
  if (r->verdict == TSP_VERDICT_FAIL)
    fprintf(to, "  replay    %s\n", r->replay);
  print_paths(r, to);
}
