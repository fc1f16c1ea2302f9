/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_asm.c - `tsp asm`: assembly text to a program image. */
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
    if (!a->out)
      argp_error(state, "-o OUT.tsp is missing");
    return 0;
  default: return ARGP_ERR_UNKNOWN;
  }
}

int cmd_asm(int argc, char **argv)
{
  static const struct argp_option option[] = {
      {"output", 'o', "OUT.tsp", 0, "the image to write; it is replaced only by a complete one", 0}, {0}};
  static const struct argp argp = {option,
                                   parse_option,
                                   "IN.s -o OUT.tsp",
                                   "Assembles text to a program image.\v"
                                   "The text is described in golden/ASSEMBLY.md. Exit status: 0 written, 1 an error in "
                                   "the text or a file, 2 wrong arguments.",
                                   NULL,
                                   NULL,
                                   NULL};
  arguments a = {NULL, NULL};
  tsp_image *image;
  tsp_error err;
  tsp_status s;

  if (argp_parse(&argp, argc, argv, 0, NULL, &a) != 0)
    return 2;
  s = tsp_asm_read(a.in, &image, &err);
  if (s == TSP_OK)
    s = tsp_image_write(image, a.out, &err);
  tsp_image_free(image);
  if (s != TSP_OK)
    fprintf(stderr, "tsp asm: %s\n", err.text);
  return s == TSP_OK ? 0 : 1;
}
