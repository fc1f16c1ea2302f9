// SPDX-License-Identifier: Apache-2.0
// graph_gemm.c: the kernel of one matrix product.
#include "graph.h"

tsp_graph *tsp_graph_gemm(const tsp_gemm *gemm)
{
  tsp_graph *g = tsp_graph_new(gemm->name ? gemm->name : "gemm");
  if (!g)
    return NULL;
  if (!gemm->w)
    tsp_graph_fail(g, TSP_EFORMAT, "product %ux%ux%u: no contents for the constant w", gemm->m, gemm->k, gemm->n);
  int x = tsp_graph_input(g, "x", TSP_I8, 2, (const uint32_t[]){gemm->m, gemm->k}, gemm->x);
  int w = tsp_graph_const(g, "w", TSP_I8, 2, (const uint32_t[]){gemm->k, gemm->n}, gemm->w);
  int y = tsp_graph_matmul(g, x, w);
  if (gemm->requant)
    y = tsp_graph_binary(g, TSP_G_MUL, tsp_graph_cast(g, y, TSP_F32), tsp_graph_scalar(g, TSP_F32, gemm->scale));
  if (gemm->relu)
    y = tsp_graph_unary(g, TSP_G_RELU, y);
  if (gemm->requant)
    y = tsp_graph_cast(g, y, TSP_I8);
  tsp_graph_output(g, y, "y");
  return g;
}
