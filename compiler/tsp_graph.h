/* SPDX-License-Identifier: Apache-2.0 */
/* tsp_graph.h - a kernel as a graph of tensor operations, in row-major shapes of rank 1 to 4.
 *
 * Every function that makes a tensor returns its number, and -1 after an error; the first error is kept in the graph
 * (tsp_graph_error()) and everything after it returns -1 too, so that a builder checks once. Operands of one operation
 * have one element type unless it says otherwise: there are no silent conversions. Broadcasting is that of numpy:
 * shapes are aligned at the last axis, and a size of 1 stretches. The types are those of tsp_image.h: TSP_I8, TSP_I16,
 * TSP_I32, TSP_F16, TSP_F32; the arithmetic of each is that of the machine (golden/README.md, numbers). A node is
 * primitive or composite; tsp_graph_expand() writes composites in terms of primitives. No global state. */
#ifndef TSP_GRAPH_H
#define TSP_GRAPH_H
#include "tsp_image.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TSP_GRAPH_RANK = 4, TSP_GRAPH_INPUTS = 64 }; /* axes of a tensor; operands of a CONCAT, at most */

/* Operations. */
enum {
  /* leaves */
  TSP_G_INPUT, /* written by the host before start */
  TSP_G_CONST, /* contents in `data` */
  TSP_G_STATE, /* kept in memory from run to run; `data` is what it holds at first */
  /* primitive: one operand. The machine's operation of that name; a mask is all ones or zero */
  TSP_G_NEG,
  TSP_G_ABS,
  TSP_G_RELU,
  TSP_G_EXP, /* floating point, as TANH, RSQRT, RECIP */
  TSP_G_TANH,
  TSP_G_RSQRT,
  TSP_G_RECIP,
  TSP_G_CAST, /* to node.type: Cvt, saturating, nearest even */
  /* primitive: two operands with broadcasting */
  TSP_G_ADD, /* integers modulo their width, as SUB and MUL */
  TSP_G_SUB,
  TSP_G_MUL,
  TSP_G_MIN,
  TSP_G_MAX,
  TSP_G_LT, /* comparisons give a mask: an integer of the operands' width (f16: i16, f32: i32) */
  TSP_G_LE,
  TSP_G_EQ,
  TSP_G_AND, /* integers, as the shifts */
  TSP_G_OR,
  TSP_G_XOR,
  TSP_G_SHL,    /* by the low byte of the second operand */
  TSP_G_SHR,    /* zeros enter */
  TSP_G_SAR,    /* the sign enters */
  TSP_G_SELECT, /* input[0] (mask) ? input[1] : input[2]; the mask has the width of the others */
  /* primitive: over an axis, which becomes of size 1. The order of a sum is the compiler's. */
  TSP_G_REDUCE_MAX,
  TSP_G_REDUCE_SUM,
  /* primitive: products. [.., M, K] x [.., K, N] -> [.., M, N], leading axes broadcast. i8 -> i32, f16 -> f32 */
  TSP_G_MATMUL,
  /* primitive: where elements stand */
  TSP_G_TRANSPOSE, /* axis i of the result is axis perm[i] of the operand */
  TSP_G_RESHAPE,
  TSP_G_SLICE,     /* elements start..start+size-1 of an axis */
  TSP_G_CONCAT,    /* along axis */
  TSP_G_TAKE,      /* element i of an axis is element index[i] of the operand's: a fixed map, with repetition */
  TSP_G_BROADCAST, /* to a shape */
  /* primitive: places known at run time only */
  TSP_G_GATHER,  /* table [R, C], index i16 [N, 1] -> [N, C]: row n is row index[n] of the table,
                    an INPUT, CONST or STATE */
  TSP_G_SCATTER, /* state [R, C], index i16 [1, 1], rows [B, C] -> the state with rows index..index+B-1 replaced;
                    index is a multiple of B, and B a divisor or multiple of the lanes of a superlane. The old version
                    may not be used afterwards */
  TSP_G_PRIMITIVES,
  /* composite */
  TSP_G_SQRT = TSP_G_PRIMITIVES, /* x * rsqrt(x), 0 at 0 */
  TSP_G_DIV,                     /* a * recip(b) */
  TSP_G_SIGMOID,                 /* 1 / (1 + exp(-x)) */
  TSP_G_SILU,                    /* x * sigmoid(x) */
  TSP_G_GELU,                    /* x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))) */
  TSP_G_SOFTMAX,                 /* over the last axis */
  TSP_G_RMSNORM,                 /* x * rsqrt(mean(x^2) + eps) * weight, over the last axis */
  TSP_G_LAYERNORM,               /* (x - mean) * rsqrt(variance + eps) * weight + bias, over the last axis */
  TSP_G_ROPE,                    /* x [.., D], cos and sin broadcast to [.., D/2]: pairs (2i, 2i+1) are rotated */
  TSP_G_QUANTIZE,                /* cast(x / scale, i8), scale a scalar or a tensor that broadcasts */
  TSP_G_DEQUANTIZE,              /* cast(x, f32) * scale */
  TSP_G_ATTENTION, /* q [H, M, D], k and v [G, T, D], mask or -1: softmax(q k^T * scale + mask) v -> [H, M, D] f32;
                      G divides H, head h uses k and v h / (H / G). Masked-out places of the mask are -inf or very
                      small; its exponentials are computed in f32 and rounded to f16 for the second product, which
                      the reciprocal of their sum multiplies in f32 */
  TSP_G_OPS
};

typedef struct tsp_graph tsp_graph;

/* One tensor and what makes it; read-only. */
typedef struct {
  int op, type, rank;
  uint32_t shape[TSP_GRAPH_RANK];
  int inputs;
  const int *input;      /* numbers of the operands */
  const char *name;      /* of the tensor, or "" */
  uint32_t line, column; /* of the kernel text, or 0 */
  int axis;              /* REDUCE, SLICE, CONCAT, TAKE */
  uint32_t start;        /* SLICE */
  int perm[TSP_GRAPH_RANK];
  double number;           /* RMSNORM, LAYERNORM: eps; ATTENTION: scale */
  bool causal;             /* ATTENTION: query m sees keys 0..m + T - M only */
  const uint32_t *index;   /* TAKE: shape[axis] entries */
  const uint8_t *data;     /* CONST and STATE: row-major contents */
  const char *output;      /* name as an output, or NULL */
  double low, high;        /* INPUT: what the host promises to write, low..high; low > high if nothing */
  double within, relative; /* output: error budget, within + relative * |value|; both 0 if none is stated */
} tsp_node;

/* An empty graph named as the kernel (letters, digits, '_', '-', '.'; at most 63). NULL: out of memory. */
tsp_graph *tsp_graph_new(const char *name);
void tsp_graph_free(tsp_graph *g); /* NULL is allowed */

/* TSP_OK, or the status of the first error and, in *err (may be NULL), its text: operation, tensor names, shapes, what
 * would fit. */
tsp_status tsp_graph_error(const tsp_graph *g, tsp_error *err);
/* Place in the kernel text of the nodes made from now on; errors name it as "line:column". */
void tsp_graph_at(tsp_graph *g, uint32_t line, uint32_t column);
/* Keeps an error (unless there is one already); returns -1. For builders with errors of their own. */
int tsp_graph_fail(tsp_graph *g, tsp_status s, const char *format, ...) __attribute__((format(printf, 3, 4)));

const char *tsp_graph_name(const tsp_graph *g);
int tsp_graph_count(const tsp_graph *g);
const tsp_node *tsp_graph_node(const tsp_graph *g, int id); /* NULL if there is none */
const char *tsp_graph_op_name(int op);                      /* "matmul", .. */
uint64_t tsp_node_elements(const tsp_node *n);

/* Leaves. shape [rank]; data (row-major, elements * size bytes) is copied; for INPUT and STATE it may be NULL: zeros
 * for a STATE, "the host writes it" for an INPUT (with data: a default). Names must differ. */
int tsp_graph_input(tsp_graph *g, const char *name, int type, int rank, const uint32_t *shape, const void *data);
int tsp_graph_const(tsp_graph *g, const char *name, int type, int rank, const uint32_t *shape, const void *data);
int tsp_graph_state(tsp_graph *g, const char *name, int type, int rank, const uint32_t *shape, const void *data);
/* A constant of shape [1]: value rounded to the type. TSP_ERANGE if an integer type does not hold it. */
int tsp_graph_scalar(tsp_graph *g, int type, double value);

/* Names a tensor for reports (the first name stays); makes it an output under that name. A tensor may be several
 * outputs, a leaf or state too: then the output is a RESHAPE to the same shape, so that an output is never a leaf nor a
 * SCATTER, and each has a node. Names of leaves and outputs differ from each other. */
void tsp_graph_label(tsp_graph *g, int id, const char *name);
void tsp_graph_output(tsp_graph *g, int id, const char *name);

/* What an input's elements will be; what an output may be off. Both are for those who test: nothing is compiled from
 * them. TSP_EFORMAT if id is no input, or no output. */
void tsp_graph_range(tsp_graph *g, int id, double low, double high);
void tsp_graph_budget(tsp_graph *g, const char *output, double within, double relative);

/* Primitive and composite operations; op is one of those with that many operands and no attributes. */
int tsp_graph_unary(tsp_graph *g, int op, int a);
int tsp_graph_binary(tsp_graph *g, int op, int a, int b);
int tsp_graph_select(tsp_graph *g, int mask, int a, int b);
int tsp_graph_cast(tsp_graph *g, int a, int type); /* a itself if it has the type */
int tsp_graph_reduce(tsp_graph *g, int op, int a, int axis);
int tsp_graph_matmul(tsp_graph *g, int a, int b);
int tsp_graph_transpose(tsp_graph *g, int a, const int *perm);
int tsp_graph_reshape(tsp_graph *g, int a, int rank, const uint32_t *shape);
int tsp_graph_slice(tsp_graph *g, int a, int axis, uint32_t start, uint32_t size);
int tsp_graph_concat(tsp_graph *g, int axis, int count, const int *parts);
int tsp_graph_take(tsp_graph *g, int a, int axis, uint32_t count, const uint32_t *index);
int tsp_graph_broadcast(tsp_graph *g, int a, int rank, const uint32_t *shape);
int tsp_graph_gather(tsp_graph *g, int table, int index);
int tsp_graph_scatter(tsp_graph *g, int state, int index, int rows);
int tsp_graph_softmax(tsp_graph *g, int a);
int tsp_graph_rmsnorm(tsp_graph *g, int a, int weight, double eps);
int tsp_graph_layernorm(tsp_graph *g, int a, int weight, int bias, double eps);
int tsp_graph_rope(tsp_graph *g, int a, int cosine, int sine);
int tsp_graph_quantize(tsp_graph *g, int a, int scale);
int tsp_graph_dequantize(tsp_graph *g, int a, int scale);
int tsp_graph_attention(tsp_graph *g, int q, int k, int v, int mask, double scale, bool causal);

/* A new graph in which every composite is written in primitives (expand.c). The outputs, inputs and states have the
 * same names. NULL and err on failure. */
tsp_graph *tsp_graph_expand(const tsp_graph *g, tsp_error *err);

/* A new graph, of primitives as the one given, in which reshapes and transposes that follow each other are one, come
 * after conversions to narrower types, and are gone where a product gives the same the other way round (turn.c). NULL
 * and err on failure. */
tsp_graph *tsp_graph_turn(const tsp_graph *g, tsp_error *err);

/* A new graph in which constants that are moved, converted, added or multiplied are constants (fold.c), what is
 * computed twice is computed once, and what nothing needs is gone; inputs and states stay. NULL and err on failure. */
tsp_graph *tsp_graph_fold(const tsp_graph *g, tsp_error *err);

/* The graph as text, a line a node. */
void tsp_graph_dump(const tsp_graph *g, FILE *to);

/* Kernel text (compiler/KERNELS.md) to a graph. dir: where its files are looked for, "" for here; then in
 * $TSP_MODEL_DIR or, without it, ../shared/data. set: "NAME=value" for parameters of the text, with NULL at the end;
 * may be NULL. On failure NULL and err, "file:line:column: cause". */
tsp_graph *tsp_graph_read(const char *path, const char *const *set, tsp_error *err);
tsp_graph *tsp_graph_parse(const char *text, const char *name, const char *dir, const char *const *set, tsp_error *err);

/* The first file that was not there and whose stand-in ("or" in the text) was taken; NULL if all were. */
const char *tsp_graph_missing(const tsp_graph *g);

/* The graph as kernel text, which reads back as an equal graph. Names that kernel text cannot have become numbers. */
void tsp_graph_write(const tsp_graph *g, FILE *to);

/* The kernel of one product: y = x w, x int8 [m][k] an input, w int8 [k][n] a constant, y [m][n] an output. y is int32
 * (sums modulo 2^32), or with requant int8: int32 -> fp32 -> * scale -> [ReLU] -> int8, each step rounded to nearest
 * even, saturating at the end. */
typedef struct {
  const char *name; /* of the kernel; NULL gives "gemm" */
  uint32_t m, k, n; /* each at least 1 */
  bool requant, relu;
  float scale;
  const int8_t *x; /* default contents of the input, or NULL: the host writes it */
  const int8_t *w; /* contents of the constant */
} tsp_gemm;

/* A new graph with that product, or with an error (tsp_graph_error()). NULL: out of memory. */
tsp_graph *tsp_graph_gemm(const tsp_gemm *gemm);

/* Which passes to print, and where. pass NULL prints none, "all" every one. */
typedef struct tsp_dump {
  const char *pass;
  FILE *to;
} tsp_dump;

/* Compiles into a new image with the graph's inputs, constants, states and outputs as tensors. isa NULL is the built-in
 * table; dump may be NULL; its passes are graph, expand, turn, fold, lower, fuse, schedule and all. TSP_ERANGE if it
 * does not fit the configuration: err says what would. TSP_EFORMAT for another pass, TSP_ENOMEM. *out is NULL on
 * failure. */
tsp_status tsp_graph_compile(const tsp_config *cfg, const tsp_isa *isa, const tsp_graph *g, const tsp_dump *dump,
                             tsp_image **out, tsp_error *err);

#ifdef __cplusplus
}
#endif
#endif
