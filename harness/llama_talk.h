/* SPDX-License-Identifier: Apache-2.0 */
/* llama_talk.h - text from a session, token by token, and what is known of its speed. */
#ifndef TSP_LLAMA_TALK_H
#define TSP_LLAMA_TALK_H
#include "llama_sample.h"
#include "llama_session.h"

typedef struct {
  tsp_session *session;           /* at position 0 */
  const tsp_tokenizer *tokenizer; /* NULL: tokens are printed as numbers */
  tsp_sampler *sampler;
  const int32_t *prompt; /* at least one token */
  size_t prompt_length;
  uint32_t steps;   /* tokens to feed, those of the prompt among them */
  FILE *text, *log; /* where each goes */
} tsp_talk;

/* The programs' cycles, and the tokens per second that they are at 900 MHz. */
void tsp_talk_programs(const tsp_talk *t);

/* Feeds the prompt, then what the sampler chooses, until `steps` tokens were fed or it chooses BOS. Text appears in
 * `text` as it is decoded; the log gets the time that is left, and at the end cycles per token and speeds. TSP_ERANGE
 * if the prompt is longer than `steps`; else as tsp_session_feed(). */
tsp_status tsp_talk_run(const tsp_talk *t, tsp_error *err);
#endif
