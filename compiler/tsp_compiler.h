/* SPDX-License-Identifier: Apache-2.0 */
/* tsp_compiler.h - matrix products compiled to scheduled program images.
 * kernel -> tile -> place -> schedule -> emit: one file per pass, each with a text dump. Latencies come from the
 * instruction table, sizes from the configuration. Nothing here prints or exits; no global state. */
#ifndef TSP_COMPILER_H
#define TSP_COMPILER_H
#include "tsp_image.h"

#ifdef __cplusplus
extern "C" {
#endif

/* y = epilogue(x * w): x int8 [m][k], w int8 [k][n], y [m][n].
 * Without requant y is int32 (sums wrap modulo 2^32). With requant y is int8:
 * int32 -> fp32 -> * scale -> [ReLU] -> int8, each step rounded to nearest even, saturating at the end. */
typedef struct {
  const char *name; /* kernel name in the image; NULL gives "gemm" */
  uint32_t m, k, n; /* each at least 1 */
  bool requant, relu;
  float scale;
  const int8_t *x; /* default contents of the input, or NULL: the caller writes it before start */
  const int8_t *w; /* contents of the constant */
} tsp_gemm;

/* Which passes to print, and where. pass NULL prints none, "all" every one, else one name of tsp_compile_passes(). */
typedef struct tsp_dump {
  const char *pass;
  FILE *to;
} tsp_dump;

/* Names of the passes in order, NULL at the end. */
const char *const *tsp_compile_passes(void);

/* Compiles into a new image (tsp_image_free()) with tensors "x", "w", "y". isa NULL is the built-in table; dump may be
 * NULL. TSP_ERANGE if the product does not fit the configuration: err names shape, resource and what would fit.
 * TSP_EFORMAT for an unknown pass, TSP_ENOMEM. *out is NULL on failure. */
tsp_status tsp_compile_gemm(const tsp_config *cfg, const tsp_isa *isa, const tsp_gemm *gemm, const tsp_dump *dump,
                            tsp_image **out, tsp_error *err);

/* The greatest of the image's bounds; 0 if it has none. */
uint64_t tsp_image_bound(const tsp_image *image);

#ifdef __cplusplus
}
#endif
#endif
