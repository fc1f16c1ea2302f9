/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_dis.c - `tsp dis`: a program image as assembly text. */
#include <argp.h>
#include <stdio.h>

#include "commands.h"
#include "tsp_image.h"

typedef struct {
  const char *in, *out;
} arguments;

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  arguments *a = state->input;

  switch (key) {
  case 'o': a->out = arg; return 0;
  case ARGP_KEY_ARG:
    if (a->in)
      argp_error(state, "one input file, not also '%s'", arg);
    a->in = arg;
    return 0;
  case ARGP_KEY_END:
    if (!a->in)
      argp_error(state, "an input file is missing");
    return 0;
  default: return ARGP_ERR_UNKNOWN;
  }
}

static tsp_status write_text(const tsp_image *image, const char *path, tsp_error *err)
{
  tsp_status s;

  if (path)
    return tsp_asm_save(image, path, err);
  s = tsp_asm_write(image, stdout);
  return s == TSP_OK ? s : tsp_fail(err, s, "standard output: %s", tsp_status_text(s));
}

int cmd_dis(int argc, char **argv)
{
  static const struct argp_option option[] = {
      {"output", 'o', "OUT.s", 0, "the text to write; without it, standard output", 0}, {0}};
  static const struct argp argp = {option,
                                   parse_option,
                                   "IN.tsp",
                                   "Prints a program image as assembly text.\v"
                                   "`tsp asm` makes the same image of the text again. Exit status: 0 printed, 1 a "
                                   "damaged image or a file error, 2 wrong arguments.",
                                   NULL,
                                   NULL,
                                   NULL};
  arguments a = {NULL, NULL};
  tsp_image *image;
  tsp_error err;
  tsp_status s;

  if (argp_parse(&argp, argc, argv, 0, NULL, &a) != 0)
    return 2;
  s = tsp_image_read(a.in, &image, &err);
  if (s == TSP_OK)
    s = write_text(image, a.out, &err);
  tsp_image_free(image);
  if (s != TSP_OK)
    fprintf(stderr, "tsp dis: %s\n", err.text);
  return s == TSP_OK ? 0 : 1;
}
