/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"
#include <inttypes.h>
#include <time.h>
#include <unistd.h>

double tsp_now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void tsp_progress_start(tsp_progress *p, FILE *to)
{
  *p = (tsp_progress){.to = to, .terminal = to && isatty(fileno(to)), .start = tsp_now()};
  p->next = p->start + (p->terminal ? 2.0 : 10.0);
}

static void print_speed(FILE *to, double rate)
{
  if (rate >= 1e6)
    fprintf(to, "%.2f MHz", rate * 1e-6);
  else if (rate >= 1e3)
    fprintf(to, "%.1f kHz", rate * 1e-3);
  else
    fprintf(to, "%.0f Hz", rate);
}

void tsp_progress_tick(tsp_progress *p, const char *what, uint64_t cycle, uint64_t total)
{
  if (!p->to || cycle % 32)
    return;
  double now = tsp_now(), rate = (double)(p->base + cycle) / (now - p->start);
  if (now < p->next)
    return;
  fprintf(p->to, "%s%s: cycle %" PRIu64, p->terminal ? "\r" : "", what, cycle);
  if (total)
    fprintf(p->to, " of %" PRIu64, total);
  fprintf(p->to, ", ");
  print_speed(p->to, rate);
  if (total > cycle && rate > 0)
    fprintf(p->to, ", %.0f s to go", (double)(total - cycle) / rate);
  fprintf(p->to, p->terminal ? "\033[K" : "\n");
  fflush(p->to);
  p->shown = true;
  p->next = now + (p->terminal ? 0.2 : 10.0);
}

void tsp_progress_step(tsp_progress *p, const char *what, uint64_t done, uint64_t total)
{
  double now = tsp_now();
  if (!p->to || now < p->next)
    return;
  fprintf(p->to, "%s%s %" PRIu64 " of %" PRIu64 ", %.1f per second, %.0f s to go%s", p->terminal ? "\r" : "", what,
          done, total, (double)done / (now - p->start), (now - p->start) * (double)(total - done) / (double)done,
          p->terminal ? "\033[K" : "\n");
  fflush(p->to);
  p->shown = true;
  p->next = now + (p->terminal ? 0.2 : 10.0);
}

void tsp_progress_end(tsp_progress *p)
{
  if (p->to && p->terminal && p->shown)
    fprintf(p->to, "\r\033[K");
  p->shown = false;
}
