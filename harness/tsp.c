/* SPDX-License-Identifier: Apache-2.0 */
/* tsp.c - the tsp command: finds the subcommand and calls it. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "tsp_case.h"

static int cmd_list(int argc, char **argv)
{
  (void)argv;
  if (argc > 1) {
    fprintf(stderr, "usage: tsp list\n");
    return 2;
  }
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
  for (size_t i = 0; i < sizeof command / sizeof command[0]; i++)
    if (strcmp(argv[1], command[i].name) == 0)
      return command[i].run(argc - 1, argv + 1);
  fprintf(stderr, "tsp: no command '%s'\n", argv[1]);
  return usage(stderr);
}
