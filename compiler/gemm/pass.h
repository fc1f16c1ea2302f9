/* SPDX-License-Identifier: Apache-2.0 */
/* pass.h - what the compiler's passes hand to each other. Private to compiler/. */
#ifndef TSP_PASS_H
#define TSP_PASS_H
#include "table.h"
#include "tsp_compiler.h"

enum { TENSOR_X, TENSOR_W, TENSOR_Y, TENSOR_ZERO, TENSORS }; /* also their order in the image */
enum { MAX_LW = 32, MAX_OPS = 4, MAX_PLANES = 4, MAX_TEAM = 2, MAX_CHAINS = 64, MAX_SLICES = 128 };

/* Kernel: the product and its epilogue as a chain of VXM operations. */
typedef struct {
  int opcode;
  bool has_imm; /* second operand is imm */
  uint32_t imm;
} tspc_op;

typedef struct {
  const tsp_config *cfg;
  const tsp_isa *isa;
  const tsp_gemm *gemm;
  int ops;
  tspc_op op[MAX_OPS];
  int y_bytes; /* bytes of an output element */
} tspc_kernel;

/* Tile: the product cut into steps. A job is one accumulation over all of K: `rows` rows by one tile of N on each plane
 * of a team. A team is the planes of one hemisphere that share a stream of activations. */
typedef struct {
  int chunk, nt0, nts; /* chunk of rows; first tile of N and how many */
  int team;
} tspc_job;

typedef struct {
  int hemisphere, planes, plane[MAX_TEAM];
  int job0, jobs; /* its range of the job list */
} tspc_team;

typedef struct {
  int kts, nts;  /* tiles of K and N, each cfg->vector long except the last */
  int slots;     /* LWs of a weight tile: superlanes * parts */
  uint32_t rows; /* rows of a chunk, except the last */
  int chunks, team_size, teams, jobs;
  tspc_team team[MAX_PLANES];
  tspc_job *job;
} tspc_tiling;

/* Place: where each tile lies in memory. */
typedef struct {
  int slices; /* used of the arrays below */
  uint16_t slice[MAX_LW];
  uint32_t addr[MAX_LW];
} tspc_block;

typedef struct {
  int local;     /* 1: weights have slices of their own hemisphere, 0: one set in the middle, -1: share with the rest */
  int zones;     /* sets of lw_streams slices for weights, of each hemisphere (local) or of the chip */
  int copies;    /* 2: x and w are stored once for each hemisphere that uses them */
  bool spread;   /* memory is nearly full: every block goes to the emptiest slices */
  tspc_block *w; /* [kts][nts][hemisphere]; slices 0: not used there, or see the other hemisphere's */
  tspc_block *x; /* [chunks][kts][hemisphere] */
  tspc_block *y; /* [chunks][nts] */
  uint32_t *used;         /* [2*mem_slices][bank] words */
  uint32_t *inputs_above; /* [2*mem_slices] words of x and w in bank 1 */
} tspc_layout;

/* Schedule: bursts of n issues, one per cycle, of one queue. */
typedef struct {
  int queue;
  uint32_t n;
  int64_t cycle;
  uint64_t word;  /* the first */
  int32_t stride; /* added to the field with a stride from issue to issue */
  int32_t tensor;
  int64_t first, step; /* row-major element of the first issue, and from issue to issue */
} tspc_burst;

typedef struct {
  tspc_table table;
  tspc_burst *burst;
  size_t bursts, burst_cap;
} tspc_schedule;

/* Everything of one compilation. */
typedef struct {
  tspc_kernel kernel;
  tspc_tiling tiling;
  tspc_layout layout;
  tspc_schedule schedule;
  tsp_image *image;
} tspc_unit;

tsp_status tspc_kernel_make(const tsp_config *cfg, const tsp_isa *isa, const tsp_gemm *gemm, tspc_kernel *out,
                            tsp_error *err);
/* Cuts the product with at most max_rows rows in a chunk. */
tsp_status tspc_tile(const tspc_kernel *k, uint32_t max_rows, tspc_tiling *out, tsp_error *err);
uint32_t tspc_tile_max_rows(const tspc_kernel *k);
tsp_status tspc_place(const tspc_kernel *k, const tspc_tiling *t, tspc_layout *out, tsp_error *err);
tsp_status tspc_schedule_make(const tspc_kernel *k, const tspc_tiling *t, const tspc_layout *l, tspc_schedule *out,
                              tsp_error *err);
tsp_status tspc_emit(const tspc_unit *u, tsp_image *image, tsp_error *err);
tsp_status tspc_bounds(const tspc_kernel *k, tsp_image *image);
/* Tensors and pieces of the layout. */
tsp_status tspc_tensors(const tspc_kernel *k, const tspc_tiling *t, const tspc_layout *l, tsp_image *image);
void tspc_tiling_free(tspc_tiling *t);
void tspc_layout_free(tspc_layout *l);
void tspc_schedule_free(tspc_schedule *s);

void tspc_dump_kernel(const tspc_unit *u, FILE *to);
void tspc_dump_tile(const tspc_unit *u, FILE *to);
void tspc_dump_place(const tspc_unit *u, FILE *to);
void tspc_dump_schedule(const tspc_unit *u, FILE *to);
void tspc_dump_emit(const tspc_unit *u, FILE *to);

/* Weight zones of a configuration: fills local and zones; slice j of zone z of a hemisphere. */
void tspc_zones(const tsp_config *cfg, int *local, int *zones);
int tspc_zone_slice(const tsp_config *cfg, int local, int hemisphere, int zone, int j);
/* Slices of a hemisphere that activations are spread over; at least one. */
int tspc_x_slices(const tspc_kernel *k, int hemisphere, uint16_t *slice);

/* Chains of `length` ALUs, each next to the one before in the mesh, no ALU in two chains; returns their number. */
int tspc_chains(const tsp_config *cfg, int length, uint8_t chain[MAX_CHAINS][MAX_OPS]);

const tspc_block *tspc_w_block(const tspc_tiling *t, const tspc_layout *l, int kt, int nt, int hemisphere);
const tspc_block *tspc_x_block(const tspc_tiling *t, const tspc_layout *l, int chunk, int kt, int hemisphere);
const tspc_block *tspc_y_block(const tspc_tiling *t, const tspc_layout *l, int chunk, int nt);

static inline uint32_t tspc_min(uint32_t a, uint32_t b)
{
  return a < b ? a : b;
}
static inline uint32_t tspc_ceil(uint32_t a, uint32_t b)
{
  return a / b + (a % b != 0);
}
/* Rows of a chunk; elements of K or N in a tile. */
static inline uint32_t tspc_rows(const tspc_kernel *k, const tspc_tiling *t, int chunk)
{
  return tspc_min(t->rows, k->gemm->m - t->rows * (uint32_t)chunk);
}
static inline uint32_t tspc_extent(uint32_t size, int vector, int tile)
{
  return tspc_min((uint32_t)vector, size - (uint32_t)vector * (uint32_t)tile);
}
static inline int tspc_hemisphere_planes(const tsp_config *cfg, int hemisphere)
{
  return hemisphere == TSP_WEST ? (cfg->planes + 1) / 2 : cfg->planes / 2;
}
static inline int tspc_slice_hemisphere(const tsp_config *cfg, int slice)
{
  return slice < cfg->mem_slices ? TSP_WEST : TSP_EAST;
}
#endif
