/* SPDX-License-Identifier: Apache-2.0 */
/* tsp.c - the tsp command: finds the subcommand and calls it. */
#include <argp.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "tsp_case.h"

static int list_json(void)
{
  json_t *list = json_array();
  int failed = 0;

  for (int i = 0; i < tsp_case_count; i++)
    failed |= json_array_append_new(list, json_pack("{s:s, s:s, s:i}", "name", tsp_cases[i]->name, "summary",
                                                    tsp_cases[i]->summary, "programs", tsp_cases[i]->runs));
  failed |= json_dumpf(list, stdout, JSON_INDENT(2)) || putchar('\n') == EOF;
  json_decref(list);
  return failed ? 1 : 0;
}

static error_t parse_list(int key, char *arg, struct argp_state *state)
{
  if (key == ARGP_KEY_ARG)
    argp_error(state, "takes no argument '%s'", arg);
  if (key != 'j')
    return ARGP_ERR_UNKNOWN;
  *(bool *)state->input = true;
  return 0;
}

static int cmd_list(int argc, char **argv)
{
  static const struct argp_option option[] = {{"json", 'j', NULL, 0, "As JSON", 0}, {0}};
  static const struct argp argp = {
      option, parse_list, NULL, "Lists the tests that sim runs.\vExit status: 0 listed, 2 wrong arguments.",
      NULL,   NULL,       NULL};
  bool json = false;

  argp_parse(&argp, argc, argv, 0, NULL, &json);
  if (json)
    return list_json();
  for (int i = 0; i < tsp_case_count; i++)
    printf("%-16s %s\n", tsp_cases[i]->name, tsp_cases[i]->summary);
  return 0;
}

static const struct {
  const char *name, *summary;
  int (*run)(int argc, char **argv);
} command[] = {
    {"sim", "run a test or an image: lockstep, golden or RTL", cmd_sim},
    {"list", "list the tests", cmd_list},
    {"compile", "compile a kernel to a program image", cmd_compile},
    {"asm", "assemble text to a program image", cmd_asm},
    {"dis", "print a program image as text", cmd_dis},
    {"verify", "prove that a program image is a correct schedule", cmd_verify},
    {"timeline", "show what a program does in every cycle, and what bounds it", cmd_timeline},
    {"waves", "make a GTKWave save file for the waves of a run", cmd_waves},
    {"fuzz", "run random programs in lockstep", cmd_fuzz},
    {"fuzz-graphs", "compile and run random graphs", cmd_fuzz_graphs},
    {"inject", "flip random bits of the RTL and grade what becomes of them", cmd_inject},
    {"llama", "let a language model write text", cmd_llama},
    {"bench", "measure engines side by side", cmd_bench},
    {"bench-compiler", "a table of kernels: cycles, bounds, compile time", cmd_bench_compiler},
};

static int usage(FILE *to)
{
  fprintf(to, "usage: tsp COMMAND [ARGUMENTS]   (tsp COMMAND --help)\n\n");
  for (size_t i = 0; i < sizeof command / sizeof command[0]; i++)
    fprintf(to, "  %-14s %s\n", command[i].name, command[i].summary);
  return to == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
  if (argc < 2)
    return usage(stderr);
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
    return usage(stdout);
  argp_err_exit_status = 2;
  for (size_t i = 0; i < sizeof command / sizeof command[0]; i++)
    if (strcmp(argv[1], command[i].name) == 0) {
      char name[32]; /* as argp is to call it */

      snprintf(name, sizeof name, "tsp %s", command[i].name);
      argv[1] = name;
      return command[i].run(argc - 1, argv + 1);
    }
  fprintf(stderr, "tsp: no command '%s'\n", argv[1]);
  return usage(stderr);
}
