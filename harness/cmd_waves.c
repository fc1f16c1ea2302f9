/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_waves.c - `tsp waves`: a GTKWave save file, one for each kind of question, for the waves that a run left. */
#include <argp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "options.h"
#include "replay.h"
#include "savefile.h"

typedef struct {
  const char *folder, *view, *slice, *stream, *out;
  uint64_t at;
  int superlane;
} arguments;

static error_t parse(int key, char *arg, struct argp_state *state)
{
  arguments *a = state->input;

  switch (key) {
  case 'v': a->view = arg; return 0;
  case 's': a->slice = arg; return 0;
  case 't': a->stream = arg; return 0;
  case 'l': a->superlane = (int)tsp_option_number(state, "superlane", arg, INT_MAX); return 0;
  case 'a': a->at = tsp_option_number(state, "at", arg, UINT64_MAX); return 0;
  case 'o': a->out = arg; return 0;
  case ARGP_KEY_ARG:
    if (a->folder)
      argp_error(state, "one FOLDER, not also '%s'", arg);
    a->folder = arg;
    return 0;
  case ARGP_KEY_END:
    if (!a->folder)
      argp_error(state, "give the FOLDER that a run with waves left, for example build/mini/mxm_gemm");
    if (a->view && tsp_view_find(a->view) < 0)
      argp_error(state, "there is no view '%s'", a->view);
    return 0;
  default: return ARGP_ERR_UNKNOWN;
  }
}

/* The view that is asked for, or that goes with what is asked for. */
static int view_of(const arguments *a)
{
  if (a->view)
    return tsp_view_find(a->view);
  return a->slice ? TSP_VIEW_SLICE : a->stream ? TSP_VIEW_STREAM : TSP_VIEW_PROGRAM;
}

static tsp_status make(const arguments *a, const tsp_image *image, char *path, size_t size, tsp_error *err)
{
  const int view = view_of(a);
  const tsp_config *cfg = tsp_config_find(image->config);
  char fst[512];
  tsp_replay report;
  tsp_savefile s = {
      .view = view, .fst = fst, .image = image, .cursor = a->at, .slice = a->slice, .superlane = a->superlane};

  snprintf(fst, sizeof fst, "%s/waves.fst", a->folder);
  if (a->out)
    snprintf(path, size, "%s", a->out);
  else
    snprintf(path, size, "%s/%s.gtkw", a->folder, view == TSP_VIEW_PROGRAM ? "waves" : tsp_view_name(view));
  tsp_status st = tsp_fst_window(fst, &s.from, &s.cycles, err);
  if (st == TSP_OK)
    st = tsp_replay_read(a->folder, &report, err);
  if (st == TSP_OK && a->stream) {
    s.has_stream = true;
    st = tsp_stream_parse(cfg, a->stream, &s.direction, &s.stream, err);
  }
  if (st != TSP_OK)
    return st;
  s.diverged = report.diverged;
  s.diverged_at = report.diverged_at;
  if (a->at == TSP_CURSOR_FIND && report.diverged)
    s.cursor = report.diverged_at;
  return tsp_savefile_write(cfg, &s, path, err);
}

/* The views as lines of the help text. */
static char *help(int key, const char *text, void *input)
{
  char *views = NULL;
  size_t size;
  FILE *f = key == ARGP_KEY_HELP_POST_DOC ? open_memstream(&views, &size) : NULL;

  (void)input;
  if (!f)
    return (char *)text;
  fprintf(f, "Views:\n");
  for (int v = 0; v < TSP_VIEWS_OF_WAVES; v++)
    fprintf(f, "  %-10s %s\n", tsp_view_name(v), tsp_view_summary(v));
  fprintf(f, "\n%s", text);
  fclose(f);
  return views;
}

int cmd_waves(int argc, char **argv)
{
  static const struct argp_option option[] = {
      {"view", 'v', "VIEW", 0, "which question it answers, see below (default: program)", 0},
      {"slice", 's', "NAME", 0, "the slice: mem_w3, vxm, mxm0, sxm_e, c2c_w, .. (default: the busiest)", 0},
      {"stream", 't', "NAME", 0, "the stream: s4.e, .. (default: that of the first result)", 0},
      {"superlane", 'l', "N", 0, "whose data is shown (0)", 0},
      {"at", 'a', "CYCLE", 0, "where it opens (default: where it diverged, or what the view is about begins)", 0},
      {"out", 'o', "FILE", 0, "the save file (default: VIEW.gtkw, of program waves.gtkw, in FOLDER)", 0},
      {0}};
  static const struct argp argp = {option,
                                   parse,
                                   "FOLDER",
                                   "Writes a GTKWave save file for the waves in FOLDER, which a run of tsp sim --waves "
                                   "left there, and prints its path.\v"
                                   "Exit status: 0 written, 1 not, 2 wrong arguments.",
                                   NULL,
                                   help,
                                   NULL};
  arguments a = {.at = TSP_CURSOR_FIND};
  char path[600];
  tsp_error err = {""};
  tsp_image *image = NULL;

  argp_parse(&argp, argc, argv, 0, NULL, &a);
  snprintf(path, sizeof path, "%s/program.tsp", a.folder);
  tsp_status st = tsp_image_read(path, &image, &err);
  if (st == TSP_OK)
    st = make(&a, image, path, sizeof path, &err);
  if (st == TSP_OK)
    puts(path);
  else
    fprintf(stderr, "tsp waves: %s\n", err.text);
  tsp_image_free(image);
  return st == TSP_OK ? 0 : 1;
}
