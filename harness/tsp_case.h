/* tsp_case.h - what a test program is, for the harness: an image, inputs, and an oracle. The cases themselves are in
 * tests/cases/; `tsp sim NAME` and `make sim TEST=NAME` run them on any engine. */
#ifndef TSP_CASE_H
#define TSP_CASE_H
#include "tsp_engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The oracle's verdict over all output values of one run. */
typedef struct {
  uint64_t compared, mismatches;
  double max_abs_err, max_ulp;
  char note[256];  /* for example what data was used; empty if nothing needs saying */
  char first[256]; /* the first mismatch in words; empty if none */
} tsp_oracle;

/* A bit of a stored word that turns by itself while the machines stand in `cycle`: 0 to 8 * lanes - 1 of the
 * superlane's data, then its check bits. */
typedef struct {
  uint64_t cycle;
  int slice;
  uint32_t addr;
  int superlane, bit;
} tsp_upset;

/* One program with its data. The harness loads image, starts, runs to done, then calls check. */
typedef struct tsp_run {
  tsp_image *image; /* owned */
  void *ctx;        /* owned by the case */
  /* Compares the outputs in the engine's memory with the mathematical result computed without knowing the ISA. */
  tsp_status (*check)(void *ctx, const tsp_image *image, tsp_engine *e, tsp_oracle *out);
  void (*free)(void *ctx);
  const tsp_upset *upset; /* happen in all machines alike; the case's own */
  size_t upsets;
  bool unproved; /* the program is wrong on purpose: it runs without being proved first */
  /* random programs that were drawn before this one and do not run: the machine cannot hold them; no oracle tells */
  unsigned too_large, unjudged;
} tsp_run;

typedef struct {
  const char *name, *summary;
  int runs; /* programs in this case, at least 1; a sweep has many */
  /* Makes program i < runs. The same seed gives the same program and data. TSP_ERANGE with a text if it cannot fit. */
  tsp_status (*make)(const tsp_config *cfg, uint64_t seed, int i, tsp_run *out, tsp_error *err);
} tsp_case;

/* All cases, in the order of `make list`; implemented in tests/cases/. */
extern const tsp_case *const tsp_cases[];
extern const int tsp_case_count;

/* A run of any kernel text (compiler/KERNELS.md): compiled, its inputs drawn from the seed, its outputs and states
 * compared with the oracle of graphs. set: as tsp_graph_read(). Implemented in tests/cases/, as tsp_kernel_run(), which
 * does the same with a graph that it takes over, also on failure. */
struct tsp_graph;
tsp_status tsp_kernel_make(const tsp_config *cfg, const char *path, const char *const *set, uint64_t seed, tsp_run *out,
                           tsp_error *err);
tsp_status tsp_kernel_run(const tsp_config *cfg, struct tsp_graph *g, uint64_t seed, tsp_run *out, tsp_error *err);

/* Graph i of the case "random_graphs"; NULL: out of memory. */
struct tsp_graph *tsp_case_graph(const tsp_config *cfg, uint64_t seed, int i);
/* Whether shapes alone tell that the configuration cannot hold a graph. The compiler must refuse those, and no others
 * of that case. */
bool tsp_case_too_large(const tsp_config *cfg, const struct tsp_graph *g);

#ifdef __cplusplus
}
#endif
#endif
