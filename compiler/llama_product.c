/* SPDX-License-Identifier: Apache-2.0 */
#include "llama_product.h"
#include "number.h"
#include <math.h>
#include <stdlib.h>

enum { INT8_MOST = 127 };

/* Constants w [outputs][inputs] / scale[output], transposed to [inputs, outputs]; scale NULL: 1. */
static int constant(tsp_graph *g, const char *name, int type, const float *w, const float *scale, uint32_t outputs,
                    uint32_t inputs)
{
  size_t size = (size_t)tsp_type_size(type);
  uint8_t *data = malloc((size_t)outputs * inputs * size);
  if (!data)
    return tsp_graph_fail(g, TSP_ENOMEM, "out of memory for %s", name);
  for (uint32_t n = 0; n < outputs; n++)
    for (uint32_t k = 0; k < inputs; k++) {
      double value = (double)w[(size_t)n * inputs + k] / (scale ? (double)scale[n] : 1);
      uint8_t *at = data + ((size_t)k * outputs + n) * size;
      tsp_number_store(type, value, at);
      if (!isfinite(tsp_number_load(type, at)))
        tsp_graph_fail(g, TSP_ERANGE, "%s[%u][%u] is %g, beyond fp16", name, n, k, value);
    }
  int id = tsp_graph_const(g, name, type, 2, (const uint32_t[]){inputs, outputs}, data);
  free(data);
  return id;
}

/* What the greatest weight of each output is, in units of INT8_MOST; 1 where all are zero. */
static float *scales(const float *w, uint32_t outputs, uint32_t inputs)
{
  float *scale = calloc(outputs, sizeof *scale);
  for (uint32_t n = 0; scale && n < outputs; n++) {
    float most = 0;
    for (uint32_t k = 0; k < inputs; k++)
      most = fmaxf(most, fabsf(w[(size_t)n * inputs + k]));
    scale[n] = most > 0 ? most / INT8_MOST : 1;
  }
  return scale;
}

tspc_llama_operand tspc_llama_operand_of(tsp_graph *g, int precision, int x)
{
  if (precision != TSP_LLAMA_W8A8)
    return (tspc_llama_operand){tsp_graph_cast(g, x, TSP_F16), -1};
  int most = tsp_graph_reduce(g, TSP_G_REDUCE_MAX, tsp_graph_unary(g, TSP_G_ABS, x), 1);
  most = tsp_graph_binary(g, TSP_G_MAX, most, tsp_graph_scalar(g, TSP_F32, 1e-30));
  int scale = tsp_graph_binary(g, TSP_G_MUL, most, tsp_graph_scalar(g, TSP_F32, 1.0 / INT8_MOST));
  return (tspc_llama_operand){tsp_graph_quantize(g, x, scale), scale};
}

static int with_int8(tsp_graph *g, tspc_llama_operand x, const char *name, const float *w, const float *scale,
                     uint32_t outputs, uint32_t inputs)
{
  char scale_name[48];
  snprintf(scale_name, sizeof scale_name, "%s.scale", name);
  int each = tsp_graph_const(g, scale_name, TSP_F32, 2, (const uint32_t[]){1, outputs}, scale);
  int weight = constant(g, name, TSP_I8, w, scale, outputs, inputs);
  if (x.scale < 0)
    return tsp_graph_binary(g, TSP_G_MUL, tsp_graph_matmul(g, x.value, tsp_graph_cast(g, weight, TSP_F16)), each);
  int sum = tsp_graph_dequantize(g, tsp_graph_matmul(g, x.value, weight), each);
  return tsp_graph_binary(g, TSP_G_MUL, sum, x.scale);
}

int tspc_llama_product(tsp_graph *g, int precision, tspc_llama_operand x, const char *name, const float *w,
                       uint32_t outputs, uint32_t inputs)
{
  if (precision == TSP_LLAMA_F16)
    return tsp_graph_matmul(g, x.value, constant(g, name, TSP_F16, w, NULL, outputs, inputs));
  float *scale = scales(w, outputs, inputs);
  if (!scale)
    return tsp_graph_fail(g, TSP_ENOMEM, "out of memory for the scales of %s", name);
  int y = with_int8(g, x, name, w, scale, outputs, inputs);
  free(scale);
  return y;
}
