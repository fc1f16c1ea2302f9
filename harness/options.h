/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - options that several subcommands take, as children of their argp: one whose first child is an argp of
 * these sets state->child_inputs[0] at ARGP_KEY_INIT. Wrong arguments end the program with status 2 and a line that
 * says what is wrong. */
#ifndef TSP_OPTIONS_H
#define TSP_OPTIONS_H
#include "sim.h"
#include <argp.h>

/* The number that --name was given, 0 to most. */
uint64_t tsp_option_number(struct argp_state *state, const char *name, const char *text, uint64_t most);

/* A program to look at: a NAME or FILE as argument, --config, --seed, --run. To be filled with the defaults before. */
typedef struct {
  tsp_sim_options sim; /* name, seed, run */
  const char *config;
} tsp_program_choice;
extern const struct argp tsp_program_argp;

/* Many random things, one after the other: --config, --engine, --seed, --count, --from, --out. */
typedef struct {
  const char *config, *engine, *out; /* out NULL: build/CONFIG/<name> */
  uint64_t seed, count, from;
} tsp_campaign;
extern const struct argp tsp_campaign_argp;

/* Finds the configuration and makes the folder. TSP_ERANGE, or that of the folder. */
tsp_status tsp_campaign_open(const tsp_campaign *c, const char *name, const tsp_config **cfg, char folder[256],
                             tsp_error *err);

#endif
