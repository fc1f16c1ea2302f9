/* SPDX-License-Identifier: Apache-2.0 */
/* gemm.h - what the matrix product cases share: making a run from data, and the oracle. */
#ifndef TSP_CASE_GEMM_H
#define TSP_CASE_GEMM_H
#include "rng.h"
#include "tsp_case.h"
#include "tsp_graph.h"

/* The data of one run; x [m][k] and w [k][n] are owned. */
typedef struct {
  uint32_t m, k, n;
  bool requant, relu;
  float scale;
  int8_t *x, *w;
  char note[256];
} gemm_data;

tsp_status gemm_alloc(gemm_data *g, uint32_t m, uint32_t k, uint32_t n);
void gemm_random(gemm_data *g, tsp_rng *rng);
void gemm_free(gemm_data *g);

/* Keeps the leading m rows, k inputs and n outputs. */
void gemm_crop(gemm_data *g, uint32_t m, uint32_t k, uint32_t n);

/* Symmetric quantisation of a whole tensor: the value farthest from 0 becomes 127 or -127. */
void gemm_quantise(const float *from, size_t count, int8_t *to);

/* Sets the scale that maps the product's extreme to 127. */
void gemm_fit_scale(gemm_data *g);

/* Compiles the data's product into an image with tensors "x", "w" and "y". isa NULL is the built-in table. */
tsp_status gemm_compile(const tsp_config *cfg, const tsp_isa *isa, const char *name, const gemm_data *g,
                        tsp_image **image, tsp_error *err);

/* Compiles and hands the data over; frees it on failure. Without fp in the configuration the int32 product is made. */
tsp_status gemm_run(const tsp_config *cfg, const char *name, gemm_data *g, tsp_run *out, tsp_error *err);

/* The same for the largest leading block that fits. */
tsp_status gemm_run_cropped(const tsp_config *cfg, const char *name, gemm_data *g, tsp_run *out, tsp_error *err);

/* The oracle: one element of the product, and requantised. */
int32_t gemm_product(const gemm_data *g, uint32_t row, uint32_t column);
int8_t gemm_requantise(int32_t product, float scale, bool relu);

/* Layer 0 of the model: embedding rows of the reference text and w1, or its hidden activations and w2. */
enum { GEMM_W1, GEMM_W2 };
tsp_status gemm_model(uint64_t seed, int which, gemm_data *g, tsp_error *err);
#endif
