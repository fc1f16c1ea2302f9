/* SPDX-License-Identifier: Apache-2.0 */
/* commands.h - the subcommands of `tsp`. Each takes its own arguments, argv[0] being its name, and returns the exit
 * status: 0 done, 1 the thing asked for failed, 2 wrong arguments. */
#ifndef TSP_COMMANDS_H
#define TSP_COMMANDS_H

int cmd_sim(int argc, char **argv);
int cmd_compile(int argc, char **argv);
int cmd_asm(int argc, char **argv);
int cmd_dis(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_timeline(int argc, char **argv);
int cmd_waves(int argc, char **argv);
int cmd_fuzz(int argc, char **argv);
int cmd_fuzz_graphs(int argc, char **argv);
int cmd_inject(int argc, char **argv);
int cmd_llama(int argc, char **argv);
int cmd_bench(int argc, char **argv);
int cmd_bench_compiler(int argc, char **argv);

#endif
