/* SPDX-License-Identifier: Apache-2.0 */
/* llama_product.h - matrix products with a model's weights in each precision. Private to compiler/. */
#ifndef TSPC_LLAMA_PRODUCT_H
#define TSPC_LLAMA_PRODUCT_H
#include "tsp_llama.h"

/* The first operand of products, made once for all that take it: value * factor * gain. The products are multiplied by
 * the factor, the weights by the gain. */
typedef struct {
  int value;         /* f16 or i8 [rows, inputs] */
  int factor;        /* f32 [rows, 1], or -1 */
  const float *gain; /* [inputs], or NULL */
} tspc_llama_operand;

/* x * factor * gain of f32. */
tspc_llama_operand tspc_llama_operand_of(tsp_graph *g, int precision, int x, int factor, const float *gain);

/* x [rows, inputs] times the weights w [outputs][inputs], which become constants of that name: f32 [rows, outputs]. */
int tspc_llama_product(tsp_graph *g, int precision, tspc_llama_operand x, const char *name, const float *w,
                       uint32_t outputs, uint32_t inputs);
#endif
