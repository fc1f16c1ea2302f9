// SPDX-License-Identifier: Apache-2.0
// schedule.c: list scheduling. Again and again the team that is free first takes its next step at the earliest cycle
// that the resource table allows; then the weights of the step after it are loaded behind the running one.
#include "schedule.h"
#include <stdlib.h>

uint64_t tspc_word(const tspc_scheduler *s, int opcode)
{
  (void)s;
  return (uint64_t)opcode << 56;
}

uint64_t tspc_field(const tspc_scheduler *s, uint64_t word, const char *field, int64_t value)
{
  return tsp_word_set(tsp_isa_by_opcode(s->k->isa, tsp_word_opcode(word)), word, field, value);
}

tsp_status tspc_issue(tspc_scheduler *s, tspc_burst burst)
{
  tspc_schedule *out = s->s;
  if (out->bursts == out->burst_cap) {
    size_t cap = out->burst_cap ? 2 * out->burst_cap : 1024;
    tspc_burst *b = realloc(out->burst, cap * sizeof *b);
    if (!b)
      return TSP_ENOMEM;
    out->burst = b;
    out->burst_cap = cap;
  }
  out->burst[out->bursts++] = burst;
  return TSP_OK;
}

/* The place of a team in its list of jobs. */
typedef struct {
  int job, kt;
} cursor;

static tspc_step step_at(const tspc_scheduler *s, const tspc_team *team, cursor at)
{
  const tspc_job *job = &s->t->job[at.job];
  tspc_step step = {.hemisphere = team->hemisphere,
                    .planes = job->nts,
                    .chunk = job->chunk,
                    .kt = at.kt,
                    .rows = tspc_rows(s->k, s->t, job->chunk)};
  for (int i = 0; i < job->nts; i++) {
    step.plane[i] = team->plane[i];
    step.nt[i] = job->nt0 + i;
  }
  return step;
}

static tsp_status load_weights(tspc_scheduler *s, const tspc_step *step)
{
  tsp_status status = TSP_OK;
  for (int i = 0; status == TSP_OK && i < step->planes; i++)
    status = tspc_load(s, step->plane[i], step->kt, step->nt[i]);
  return status;
}

/* The planes one after another, or halves of the rows; a single row on a single plane collides with nothing. */
static tsp_status run(tspc_scheduler *s, const tspc_step *step)
{
  tsp_status status = tspc_burst_step(s, step);
  if (status != TSP_ERANGE || (step->planes == 1 && step->rows == 1))
    return status;
  tspc_step part = *step;
  status = TSP_OK;
  if (step->planes > 1) {
    part.planes = 1;
    for (int i = 0; status == TSP_OK && i < step->planes; i++) {
      part.plane[0] = step->plane[i];
      part.nt[0] = step->nt[i];
      status = run(s, &part);
    }
    return status;
  }
  for (part.rows = step->rows / 2; status == TSP_OK && part.rows > 0;) {
    status = run(s, &part);
    part.row0 += part.rows;
    part.rows = step->row0 + step->rows - part.row0;
  }
  return status;
}

static bool done(const tspc_team *team, cursor at)
{
  return at.job == team->job0 + team->jobs;
}

static cursor next(const tspc_scheduler *s, cursor at)
{
  return at.kt + 1 < s->t->kts ? (cursor){at.job, at.kt + 1} : (cursor){at.job + 1, 0};
}

static int64_t team_free(const tspc_scheduler *s, const tspc_team *team)
{
  int64_t t = INT64_MIN;
  for (int i = 0; i < team->planes; i++)
    if (s->plane[team->plane[i]].last_abc > t)
      t = s->plane[team->plane[i]].last_abc;
  return t;
}

static int first_free(const tspc_scheduler *s, const cursor *at)
{
  int best = -1;
  for (int i = 0; i < s->t->teams; i++)
    if (!done(&s->t->team[i], at[i]) && (best < 0 || team_free(s, &s->t->team[i]) < team_free(s, &s->t->team[best])))
      best = i;
  return best;
}

static tsp_status advance(tspc_scheduler *s, const tspc_team *team, cursor *at)
{
  tspc_step step = step_at(s, team, *at);
  tsp_status status = load_weights(s, &step);
  for (int i = 0; status == TSP_OK && i < step.planes; i++)
    status = tspc_install(s, step.plane[i], step.kt, step.nt[i]);
  if (status == TSP_OK)
    status = run(s, &step);
  *at = next(s, *at);
  if (status != TSP_OK || done(team, *at))
    return status;
  step = step_at(s, team, *at);
  return load_weights(s, &step);
}

static tsp_status schedule_all(tspc_scheduler *s)
{
  cursor at[MAX_PLANES] = {{0}};
  tsp_status status = TSP_OK;
  for (int i = 0; i < s->t->teams; i++) {
    at[i] = (cursor){s->t->team[i].job0, 0};
    if (done(&s->t->team[i], at[i]))
      continue;
    tspc_step step = step_at(s, &s->t->team[i], at[i]);
    if (status == TSP_OK)
      status = load_weights(s, &step);
  }
  for (int i; status == TSP_OK && (i = first_free(s, at)) >= 0;)
    status = advance(s, &s->t->team[i], &at[i]);
  return status;
}

/* A Read and a Write can be joined to a ReadWrite if that takes its operand and gives its result when they do. */
static bool joinable(const tspc_scheduler *s)
{
  return tspc_func(s, TSP_OP_READWRITE) == tspc_func(s, TSP_OP_READ) &&
         tspc_skew(s, TSP_OP_READWRITE) == tspc_skew(s, TSP_OP_WRITE);
}

tsp_status tspc_schedule_make(const tspc_kernel *k, const tspc_tiling *t, const tspc_layout *l, tspc_schedule *out,
                              tsp_error *err)
{
  tspc_scheduler s = {.k = k, .t = t, .l = l, .s = out};
  *out = (tspc_schedule){0};
  s.pattern.exclusive = !joinable(&s);
  for (int p = 0; p < MAX_PLANES; p++)
    s.plane[p] = (tspc_plane){.buffered = NO_TILE, .installed = NO_TILE, .last_abc = -1};
  s.chains = k->ops ? tspc_chains(k->cfg, k->ops, s.chain) : 0;
  tsp_status status = tspc_table_init(&out->table, k->cfg);
  if (status == TSP_OK)
    status = schedule_all(&s);
  tspc_pattern_free(&s.pattern);
  if (status == TSP_ENOMEM)
    return tsp_fail(err, status, "gemm: out of memory");
  if (status != TSP_OK)
    return tsp_fail(err, status, "gemm %ux%ux%u: one row cannot be scheduled on configuration %s: too few streams (%d)",
                    k->gemm->m, k->gemm->k, k->gemm->n, k->cfg->name, k->cfg->streams);
  return TSP_OK;
}

void tspc_schedule_free(tspc_schedule *s)
{
  tspc_table_free(&s->table);
  free(s->burst);
  s->burst = NULL;
}
