/* SPDX-License-Identifier: Apache-2.0 */
/* divergence.h - where two machines first differ, as data and as text. */
#ifndef TSP_DIVERGENCE_H
#define TSP_DIVERGENCE_H
#include "tsp_engine.h"
#include "tsp_golden.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What differs. The order is that of cause and effect within a cycle: the report names the first kind. */
enum {
  TSP_AT_QUEUE,    /* a field of an instruction queue */
  TSP_AT_MEM,      /* a word that a MEM slice stored */
  TSP_AT_WEIGHTS,  /* weights that a supercell installed */
  TSP_AT_ACC,      /* an accumulator entry */
  TSP_AT_MAP,      /* a map of an SXM unit */
  TSP_AT_ALU,      /* the result register of a VXM ALU */
  TSP_AT_STREAM,   /* a stream register */
  TSP_AT_SEND,     /* a vector at the output of a link */
  TSP_AT_CSR,      /* a control and status register */
  TSP_AT_CONTENTS, /* memory after the end */
  TSP_AT_KINDS
};

/* One differing value. Members that its kind has not are -1. */
typedef struct {
  uint8_t kind;
  const char *field; /* "data", "valid", "check", "store" (it happened or not), "pc", "fault_code", ... */
  int unit;          /* queue (of a map, too), MEM slice, plane, ALU or link (west, then east) */
  int superlane, lane;
  int direction, column, stream; /* stream registers */
  int64_t index;                 /* MEM word, accumulator entry, supercell column, map */
  int out;                       /* weights: output of the supercell; lane is the input */
  bool driven;                   /* a stream register that its unit drives in this very cycle */
  int bits;                      /* width of the two values */
  uint64_t expected, got;
} tsp_place;

/* One instruction of the chain that led to the value, nearest first. */
typedef struct {
  tsp_dispatch at;
  int level;           /* 0: the instruction itself, 1: producers of its operands, ... */
  bool visible;        /* its result stands in registers that are compared */
  bool landed;         /* its result was compared before the divergent cycle, and agreed */
  const char *verdict; /* "agrees", "in agrees, out differs", ... */
} tsp_link;
enum { TSP_MAX_CHAIN = 12 };

typedef struct {
  uint64_t cycle;
  int64_t vector_time; /* cycle - superlane: the golden model's time */
  tsp_place place;
  bool has_instr; /* instr is the instruction that makes, or should have made, the value */
  bool spurious;  /* the reference shows nothing here */
  uint32_t pc;    /* of a diverged queue, in the reference */
  tsp_dispatch instr;
  uint32_t line;   /* of the kernel text, 0 if unknown */
  int tensor;      /* index in the image, or -1 */
  int64_t element; /* row-major, -1 if the lane is padding or unknown */
  int byte;        /* of the element */
  int chain_count;
  tsp_link chain[TSP_MAX_CHAIN];
  uint64_t look_from, look_to;              /* cycles to look at */
  uint64_t values;                          /* values that differ in this cycle, over all checkers */
  uint64_t lanes_differing, lanes_compared; /* of the whole vector as it passes the place */
  int superlanes, lanes;                    /* of the map */
  uint8_t *lane_differs;                    /* uint8 [superlanes][lanes], or NULL where there are no lanes */
} tsp_divergence;

void tsp_divergence_free(tsp_divergence *d); /* what d points to, not d */

/* Texts of one line without its label, as the report prints them; each returns buf. */
char *tsp_divergence_where(const tsp_config *cfg, const tsp_divergence *d, char *buf, size_t size);
char *tsp_divergence_instr(const tsp_config *cfg, const tsp_image *image, const tsp_divergence *d, char *buf,
                           size_t size);
char *tsp_divergence_tensor(const tsp_image *image, const tsp_divergence *d, char *buf, size_t size);
char *tsp_divergence_value(const tsp_divergence *d, bool expected, char *buf, size_t size);
char *tsp_divergence_lanes(const tsp_divergence *d, char *buf, size_t size);
char *tsp_divergence_look(const tsp_config *cfg, const tsp_divergence *d, char *buf, size_t size);

/* The report below its first line: where, instr, tensor, expected, got, lanes, chain, so. */
void tsp_divergence_print(const tsp_config *cfg, const tsp_image *image, const tsp_divergence *d, FILE *to);

#ifdef __cplusplus
}
#endif
#endif
