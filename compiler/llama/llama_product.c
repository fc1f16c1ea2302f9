/* SPDX-License-Identifier: Apache-2.0 */
#include "llama_product.h"
#include "number.h"
#include <math.h>
#include <stdlib.h>

enum { INT8_MOST = 127 };

static double gained(const float *w, const float *gain, uint32_t inputs, uint32_t n, uint32_t k)
{
  return (double)w[(size_t)n * inputs + k] * (gain ? (double)gain[k] : 1);
}

/* Constants w [outputs][inputs] * gain[input] / scale[output], transposed to [inputs, outputs]; NULL: ones. */
static int constant(tsp_graph *g, const char *name, int type, const float *w, const float *gain, const float *scale,
                    uint32_t outputs, uint32_t inputs)
{
  size_t size = (size_t)tsp_type_size(type);
  uint8_t *data = malloc((size_t)outputs * inputs * size);
  if (!data)
    return tsp_graph_fail(g, TSP_ENOMEM, "out of memory for %s", name);
  for (uint32_t n = 0; n < outputs; n++)
    for (uint32_t k = 0; k < inputs; k++) {
      double value = gained(w, gain, inputs, n, k) / (scale ? (double)scale[n] : 1);
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
static float *scales(const float *w, const float *gain, uint32_t outputs, uint32_t inputs)
{
  float *scale = calloc(outputs, sizeof *scale);
  for (uint32_t n = 0; scale && n < outputs; n++) {
    double most = 0;
    for (uint32_t k = 0; k < inputs; k++)
      most = fmax(most, fabs(gained(w, gain, inputs, n, k)));
    scale[n] = most > 0 ? (float)(most / INT8_MOST) : 1;
  }
  return scale;
}

tspc_llama_operand tspc_llama_operand_of(tsp_graph *g, int precision, int x, int factor, const float *gain)
{
  if (precision != TSP_LLAMA_W8A8)
    return (tspc_llama_operand){tsp_graph_cast(g, x, TSP_F16), factor, gain};
  int most = tsp_graph_reduce(g, TSP_G_REDUCE_MAX, tsp_graph_unary(g, TSP_G_ABS, x), 1);
  most = tsp_graph_binary(g, TSP_G_MAX, most, tsp_graph_scalar(g, TSP_F32, 1e-30));
  int scale = tsp_graph_binary(g, TSP_G_MUL, most, tsp_graph_scalar(g, TSP_F32, 1.0 / INT8_MOST));
  int value = tsp_graph_quantize(g, x, scale);
  return (tspc_llama_operand){value, factor < 0 ? scale : tsp_graph_binary(g, TSP_G_MUL, scale, factor), gain};
}

static int with_int8(tsp_graph *g, int precision, tspc_llama_operand x, const char *name, const float *w,
                     const float *scale, uint32_t outputs, uint32_t inputs)
{
  char scale_name[48];
  snprintf(scale_name, sizeof scale_name, "%s.scale", name);
  int each = tsp_graph_const(g, scale_name, TSP_F32, 2, (const uint32_t[]){1, outputs}, scale);
  int weight = constant(g, name, TSP_I8, w, x.gain, scale, outputs, inputs);
  if (precision == TSP_LLAMA_W8)
    return tsp_graph_binary(g, TSP_G_MUL, tsp_graph_matmul(g, x.value, tsp_graph_cast(g, weight, TSP_F16)), each);
  return tsp_graph_dequantize(g, tsp_graph_matmul(g, x.value, weight), each);
}

int tspc_llama_product(tsp_graph *g, int precision, tspc_llama_operand x, const char *name, const float *w,
                       uint32_t outputs, uint32_t inputs)
{
  int y;
  if (precision == TSP_LLAMA_F16) {
    y = tsp_graph_matmul(g, x.value, constant(g, name, TSP_F16, w, x.gain, NULL, outputs, inputs));
  } else {
    float *scale = scales(w, x.gain, outputs, inputs);
    if (!scale)
      return tsp_graph_fail(g, TSP_ENOMEM, "out of memory for the scales of %s", name);
    y = with_int8(g, precision, x, name, w, scale, outputs, inputs);
    free(scale);
  }
  return x.factor < 0 ? y : tsp_graph_binary(g, TSP_G_MUL, y, x.factor);
}
