/* SPDX-License-Identifier: Apache-2.0 */
/* llama_session.h - a language model on a device: compiled once, then fed token by token, or in blocks. */
#ifndef TSP_LLAMA_SESSION_H
#define TSP_LLAMA_SESSION_H
#include "device.h"
#include "tsp_llama.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tsp_session tsp_session;

typedef struct {
  const tsp_config *cfg;
  int on;           /* TSP_ON_LOCKSTEP.. (sim.h) */
  uint64_t seed;    /* of the RTL's undefined state */
  int precision;    /* TSP_LLAMA_F16.. */
  uint32_t context; /* positions; 0: the model's seq_len */
  bool prefill;     /* long runs of tokens go in blocks, by a second program */
} tsp_session_options;

/* Compiles the programs and opens the device, at position 0. m stays the caller's. TSP_ERANGE if the model does not fit
 * the configuration: err says what would. */
tsp_status tsp_session_open(const tsp_llama *m, const tsp_session_options *o, tsp_session **out, tsp_error *err);
void tsp_session_close(tsp_session *s); /* NULL is allowed */

/* Puts tokens at the next positions: whole blocks by prefill where there are programs for it, the others, and always
 * the last, each by a step of its own. TSP_ERANGE beyond the context; otherwise as tsp_device_run(). */
tsp_status tsp_session_feed(tsp_session *s, const int32_t *token, size_t count, tsp_error *err);

/* Forgets what was fed: the next token is at position 0. */
void tsp_session_rewind(tsp_session *s);

uint32_t tsp_session_position(const tsp_session *s);   /* of the next token */
uint32_t tsp_session_context(const tsp_session *s);    /* positions there are */
const float *tsp_session_logits(const tsp_session *s); /* [vocab], after the last token */
tsp_device *tsp_session_device(const tsp_session *s);

/* The programs: one token, and a block of tsp_session_block() tokens (NULL and 0 without prefill). */
const tsp_image *tsp_session_decode(const tsp_session *s);
const tsp_image *tsp_session_prefill(const tsp_session *s);
uint32_t tsp_session_block(const tsp_session *s);

/* Blocks run so far. */
uint64_t tsp_session_blocks(const tsp_session *s);

#ifdef __cplusplus
}
#endif
#endif
