/* SPDX-License-Identifier: Apache-2.0 */
/* model.h - a llama2.c checkpoint (version 0) and its tokenizer, as far as the cases need them. */
#ifndef TSP_MODEL_H
#define TSP_MODEL_H
#include "tsp_status.h"
#include <stdbool.h>
#include <stdint.h>

/* Sizes as in the checkpoint's header, and the tensors of layer 0. Row-major, shapes beside the names. */
typedef struct {
  int32_t dim, hidden, layers, heads, kv_heads, vocab, seq_len;
  float *all;             /* the whole file behind the header */
  const float *embedding; /* [vocab][dim] */
  const float *rms_ffn;   /* [dim] */
  const float *w1, *w3;   /* [hidden][dim] */
  const float *w2;        /* [dim][hidden] */
} tsp_model;

/* Reads `file` from $TSP_MODEL_DIR or, without it, ../shared/data. TSP_EIO if there is none, TSP_EFORMAT if damaged. */
tsp_status tsp_model_read(const char *file, tsp_model *out);
void tsp_model_free(tsp_model *m);

/* The first `count` tokens of the text file, BOS first, encoded by pairwise merging with the tokenizer's scores.
 * TSP_EIO if a file is missing, TSP_EFORMAT if one is damaged or the text is too short. */
tsp_status tsp_model_tokens(const char *tokenizer, const char *text, int32_t vocab, int32_t *token, int count);

/* A whole file of the data folder, zero-terminated; free(). */
tsp_status tsp_model_file(const char *file, char **bytes, size_t *size);
#endif
