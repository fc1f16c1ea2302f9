/* SPDX-License-Identifier: Apache-2.0 */
/* tsp_llama.h - language models of the Llama family in the llama2.c checkpoint format (version 0): reader, tokenizer,
 * and the graph (tsp_graph.h) of one step. Nothing here prints or exits; no global state. */
#ifndef TSP_LLAMA_H
#define TSP_LLAMA_H
#include "tsp_graph.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TSP_LLAMA_BOS = 1 }; /* the token that begins a text and separates it from the next */

typedef struct {
  uint32_t dim, hidden, layers, heads, kv_heads, vocab, seq_len;
  bool shared; /* the classifier is the embedding */
} tsp_llama_shape;

/* A model. Matrices are row-major [outputs][inputs], of all layers one after the other. */
typedef struct {
  tsp_llama_shape shape;
  const float *embedding;         /* [vocab][dim] */
  const float *rms_att, *rms_ffn; /* [layers][dim] */
  const float *wq, *wo;           /* [layers][dim][dim] */
  const float *wk, *wv;           /* [layers][kv_heads * head size][dim] */
  const float *w1, *w3;           /* [layers][hidden][dim] */
  const float *w2;                /* [layers][dim][hidden] */
  const float *rms_final;         /* [dim] */
  const float *classifier;        /* [vocab][dim] */
  float *all;                     /* owns what the others point into */
} tsp_llama;

/* dim / heads. */
uint32_t tsp_llama_head(const tsp_llama_shape *s);

/* TSP_EFORMAT and the field that no model can have: a size of 0 or beyond 2^20, heads that do not divide dim, an odd
 * head size, kv_heads that do not divide heads. */
tsp_status tsp_llama_check(const tsp_llama_shape *s, tsp_error *err);

/* Reads a checkpoint; free with tsp_llama_free(). TSP_EIO, TSP_ENOMEM, or TSP_EFORMAT: err names file, field and
 * offset. Every weight is finite. _parse takes the file's bytes; name is for err. */
tsp_status tsp_llama_read(const char *path, tsp_llama **out, tsp_error *err);
tsp_status tsp_llama_parse(const void *bytes, size_t size, const char *name, tsp_llama **out, tsp_error *err);

/* A model of a shape with seeded weights, of the size that keeps activations near 1; and a model as a file's bytes
 * (free()), which tsp_llama_parse() reads back equal. */
tsp_status tsp_llama_random(const tsp_llama_shape *s, uint64_t seed, tsp_llama **out, tsp_error *err);
tsp_status tsp_llama_bytes(const tsp_llama *m, uint8_t **bytes, size_t *size);
void tsp_llama_free(tsp_llama *m); /* NULL is allowed */

/* A tokenizer in the llama2.c format: pieces of text with scores. */
typedef struct tsp_tokenizer tsp_tokenizer;

/* Reads the `vocab` pieces of a tokenizer; errors as for checkpoints. */
tsp_status tsp_tokenizer_read(const char *path, uint32_t vocab, tsp_tokenizer **out, tsp_error *err);
tsp_status tsp_tokenizer_parse(const void *bytes, size_t size, const char *name, uint32_t vocab, tsp_tokenizer **out,
                               tsp_error *err);
void tsp_tokenizer_free(tsp_tokenizer *t);

/* Text to tokens, BOS first: a space is put in front, each character (UTF-8) becomes its piece or the pieces of its
 * bytes, and the neighbours whose joined piece scores highest are joined until none is. *token [*count]: free().
 * TSP_EFORMAT if the vocabulary has no pieces for bytes and the text needs them. */
tsp_status tsp_tokenizer_encode(const tsp_tokenizer *t, const char *text, int32_t **token, size_t *count,
                                tsp_error *err);

/* The text of `token` after `previous`: *length bytes, owned by t, valid until it is freed. Control characters that are
 * no white space give none. */
const char *tsp_tokenizer_piece(const tsp_tokenizer *t, int32_t previous, int32_t token, size_t *length);

/* Precisions of the matrix products. Norms, rope, softmax, silu and the residual are fp32, keys and values fp16. */
enum {
  TSP_LLAMA_F16,  /* weights and their inputs fp16 */
  TSP_LLAMA_W8,   /* weights int8 with a scale per output, inputs fp16 */
  TSP_LLAMA_W8A8, /* weights as before, inputs int8 with a scale per row */
  TSP_LLAMA_PRECISIONS
};
const char *tsp_llama_precision_name(int precision); /* "f16", "w8", "w8a8" */

typedef struct {
  int precision;
  uint32_t context;          /* positions of the caches, at most seq_len */
  uint32_t rows;             /* tokens of a step */
  bool logits;               /* whether the step goes on to the classifier; else it ends with the caches */
  const void *keys, *values; /* what the caches hold at first, f16 [layers][context][dim]; NULL: zeros */
  uint32_t filled;           /* positions that they hold */
  uint32_t tile, align;      /* of the machine: elements of a vector, and streams of a weight load; 0: the context, 1 */
} tsp_llama_step;

/* A step of one token with logits, for a machine: the context is so many positions, rounded up to whole tiles. */
tsp_llama_step tsp_llama_step_for(const tsp_config *cfg, int precision, uint32_t positions);

/* The graph of a step: inputs "token" i16 [rows, 1] and "position" i16 [1, 1] (of the first row, a multiple of rows),
 * states f16: "k<layer>" [context, dim]; "v<layer>" [context / tile * d, tile], where d is dim rounded up to a multiple
 * of align: row t * d + e holds element e of the values of tile t of the positions; and "v<layer>.tile" [tile, dim],
 * the values of the tile that is being filled; tile divides context. Output "logits" f32 [rows, vocab] (none without
 * them). A row sees the positions up to its own. NULL and err: TSP_ERANGE if indices or fp16 do not hold the model. */
tsp_graph *tsp_llama_graph(const tsp_llama *m, const tsp_llama_step *step, tsp_error *err);

#ifdef __cplusplus
}
#endif
#endif
