/* SPDX-License-Identifier: Apache-2.0 */
/* vec.h - the vector program: what the graph is lowered to and what the scheduler places in space and time.
 * A vec is one vector of elements of 1, 2 or 4 bytes; it lies in memory as that many words. A word is one vector of
 * bytes; words are what Reads and Writes move, what the SXM rearranges and what weights and activations are made of.
 * Private to compiler/. */
#ifndef TSP_VEC_H
#define TSP_VEC_H
#include "tsp_graph.h"

enum { TSPC_HOMES = 32, TSPC_NONE = -1 };

/* A place of a word; Reads dispatched from cycle `from` on find it there. */
typedef struct {
  uint16_t slice;
  uint32_t addr;
  int64_t from;
  int share; /* reads that it is counted to have pending */
} tspc_home;

typedef struct {
  int homes;
  tspc_home home[TSPC_HOMES];
  int makers;       /* operations that make it and are not placed yet */
  int uses;         /* operations that read it and are not placed yet */
  int demand;       /* times that it is read in all */
  int64_t last;     /* latest read so far */
  int reader;       /* 1 + the operation that reads it of which it was told last */
  int passes;       /* runs of words on streams of which it is the first */
  int stripe;       /* weights: words of one load have different stripes; TSPC_NONE: not used as weights */
  int vec;          /* the vec that the VXM reads as a whole, or TSPC_NONE */
  bool keep;        /* its place is not used again: host-visible, a state, or there from the start */
  bool initial;     /* there from the start, and may lie in several places */
  bool state;       /* of a version of a state */
  bool edge;        /* read at an edge of the chip (MXM, SXM) */
  int pool;         /* contents from the start: row of the constant pool, or */
  int tensor, byte; /* a tensor's elements first, first + lane_step, .. in lanes 0..lanes-1; TSPC_NONE */
  int64_t first;
  int lanes, lane_step;
} tspc_word;

enum { TSPC_PARTNERS = 4 }; /* trees that a vec remembers to be an operand of */
enum { TSPC_VEC_IMM, TSPC_VEC_VX, TSPC_VEC_WORDS };

typedef struct {
  uint8_t kind, bytes;
  int opcode;     /* VX */
  int in[3];      /* VX: operands, the third a Sel's mask; TSPC_NONE: none */
  int of[3];      /* VX: those that were asked for, constants as wide as they were */
  uint32_t imm;   /* IMM */
  int word[4];    /* where it is stored; TSPC_NONE until it has to be */
  int lo, hi;     /* lanes outside lo..hi-1 are zero */
  int dlo, dhi;   /* lanes that tensors use; what an operation makes of the others means nothing. Empty: not told */
  int after;      /* the last group of products that it depends on, or TSPC_NONE */
  int uses;       /* operands of others that it is */
  int group, row; /* a product: its group and row; else TSPC_NONE */
  bool stored;    /* it lies in memory: somebody other than a VX uses it, or several do */
  bool fused;     /* a node of another's tree */
  bool leaf;      /* an operand of trees: */
  int tree[TSPC_PARTNERS];
  int node; /* graph node it serves */
} tspc_vec;

/* Weights of one install: `outputs` vectors of elem bytes (1: int8, 2: fp16), words [outputs][elem]. */
typedef struct {
  int outputs, elem;
  int *word;
} tspc_wtile;

typedef struct {
  int tree; /* what the VXM makes of it on its way to memory, or TSPC_NONE */
  int vec;  /* the product: int32 or fp32; only its low byte is kept where that has one byte */
  int *act; /* words [ktiles][elem] */
} tspc_row;

/* Products over the same weights, one tile of outputs, `ktiles` tiles of K. */
typedef struct {
  int ktiles, elem, rows, cap, node;
  int *tile; /* [ktiles] */
  tspc_row *row;
} tspc_group;

/* Elementwise operations chained from ALU to ALU: a tree of VX vecs, the root first, every parent before its operands.
 */
enum { TSPC_NODES = 32, TSPC_LEAVES = 44 };
typedef struct {
  int vec, opcode, parent, slot; /* operand `slot` of node `parent` */
  int at;                        /* dispatch, counted from the root's: 0 or less */
} tspc_node;
typedef struct {
  int vec, node, slot; /* operand `slot` of a node */
  int at;              /* when it has to be at the VXM, counted from the root's dispatch */
  int same;            /* an earlier leaf that brings the same, or TSPC_NONE */
  bool live;           /* comes straight from the accumulators */
} tspc_leaf;
typedef struct {
  int nodes, leaves;
  tspc_node node[TSPC_NODES];
  tspc_leaf leaf[TSPC_LEAVES];
} tspc_tree;

enum { TSPC_OP_VX, TSPC_OP_MM, TSPC_OP_LANE, TSPC_OP_GATHER, TSPC_OP_SCATTER };

/* What the scheduler places at once. */
typedef struct {
  uint8_t kind;
  int a, b, c;      /* VX: tree; MM: group; LANE: from word, to word, map; GATHER, SCATTER: word, vec of addresses, -;
                       GATHER: c the result's word; SCATTER: c its number among the state's ports */
  int slice;        /* GATHER, SCATTER: where the array lies */
  int vec;          /* LANE of a vec's first byte: the vec that it makes */
  int *read, reads; /* words that must be there */
  int *made, *old, makes; /* SCATTER: the words of the new version, and those of the old one in their places */
  int waits;              /* words of `read` not made yet */
  int node;               /* graph node it serves, for reports */
  int64_t below;          /* cycles from its start to the end of the program, at the least */
  int64_t est;            /* earliest start as far as its operands go */
  bool done;
} tspc_op;

/* Map of an SXM unit: lane l takes element map[l], or zero where it is out of range. */
typedef struct {
  int *from;   /* [vector] element, or -1 for zero */
  bool local;  /* within superlanes: the distributor does it too */
  int word[3]; /* its contents: permuter low, high; distributor */
} tspc_map;

/* A state or table: rows in `stripes` slices by turns; port p is one byte of one tile of a stripe. */
typedef struct {
  int node, stripes, tiles, bytes, ports;
  uint32_t base, rows; /* first address in every slice, and rows of each */
  int *slice;          /* [stripe][tile][byte] */
  uint32_t *level;     /* as slice: how many ports of the array lie below it there */
  int *word;           /* [row][tile][byte]: the current version */
} tspc_array;

/* What may be done in one manner or another: as many nodes are chained to a tree, but for the Movs of masks; and of the
 * operations that can start within so many cycles, that with the longest way to the end comes first, where a cycle that
 * one has been waiting counts as so many hundredths of one of that way. */
typedef struct {
  int chained, within, waiting;
} tspc_manner;

typedef struct tspc_prog {
  const tsp_config *cfg;
  const tsp_isa *isa;
  const tsp_graph *graph;
  tsp_image *image; /* tensors while they are found */
  tspc_word *word;
  tspc_vec *vec;
  tspc_wtile *tile;
  tspc_group *group;
  tspc_op *op;
  tspc_tree *tree;
  tspc_map *map;
  tspc_array *array;
  int *pool_word; /* [pools][4] */
  uint8_t *pool;  /* [pools][vector] derived constants: masks, unit vectors, maps */
  int words, vecs, tiles, groups, ops, trees, maps, arrays, pools;
  int word_cap, vec_cap, tile_cap, group_cap, op_cap, tree_cap, map_cap, array_cap, pool_cap, pool_word_cap;
  int *index; /* hash table of what exists: vecs, pool rows, maps, tiles */
  int index_size, index_used;
  uint32_t *fixed;     /* [2*mem_slices] words taken from the bottom by arrays */
  int *placed;         /* [ops] in the order in which they were placed */
  int node;            /* the graph node being lowered */
  int text;            /* words of memory left for text that the queues do not hold */
  const bool *fetches; /* [queues] which ones stay idle in some cycles, for Ifetch; NULL: none */
  bool thrifty;        /* memory is worth more than cycles */
  tspc_manner manner;
  tsp_status status;
  tsp_error *err;
} tspc_prog;

/* ---- known.c ---- */
enum { TSPC_IN_VEC, TSPC_IN_POOL, TSPC_IN_MAP, TSPC_IN_TILE, TSPC_IN_LANE, TSPC_IN_GROUP, TSPC_IN_KINDS };
/* The number of what equals number i of a kind, which is entered if it is the first. */
int tspc_known(tspc_prog *p, int kind, int i);
/* The same, but TSPC_NONE if there is none; nothing is entered. */
int tspc_find(const tspc_prog *p, int kind, int i);

/* ---- vec.c, product.c: making them; all keep the first error in p->status and return TSPC_NONE then ---- */
tsp_status tspc_prog_fail(tspc_prog *p, tsp_status s, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Puts the graph node that an error arose from before its text. */
void tspc_explain(tspc_prog *p, int node);
bool tspc_grow(tspc_prog *p, void *array, int *cap, int need, size_t size);
void tspc_prog_free(tspc_prog *p);

int tspc_word_new(tspc_prog *p);
int tspc_pool_word(tspc_prog *p, const uint8_t *bytes); /* the word with these contents [vector] */
int tspc_static(tspc_prog *p, int row);                 /* a further word with the contents of a row of the pool */
/* A vec as described, but for its number, node, product and partners; it may be one that is known already. */
int tspc_vec_add(tspc_prog *p, tspc_vec v);
/* A vec of `bytes` words that exist. */
int tspc_vec_words(tspc_prog *p, int bytes, const int *word, int lo, int hi);
/* A constant that is too wide to be read at once made from a narrower one, if its values fit; others as they are. */
int tspc_narrow(tspc_prog *p, int vec);
int tspc_vec_imm(tspc_prog *p, int bytes, uint32_t value);
/* opcode over operands; the same one twice is the same vec. */
int tspc_vec_vx(tspc_prog *p, int opcode, int a, int b, int mask);
/* The same elements in every lane of a vector in memory: bytes [vector][bytes]. */
int tspc_vec_pool(tspc_prog *p, int bytes, const uint8_t *contents, int lo, int hi);
int tspc_opcode(tspc_prog *p, const char *name, int type); /* of mnemonic name.type */
/* The vec's words, made if it has none; from then on it is stored. */
const int *tspc_store(tspc_prog *p, int vec);
/* Elements moved by a map: another vec. */
int tspc_lane(tspc_prog *p, int vec, const int *from);
/* Only lanes lo..hi-1, the others zero. */
int tspc_masked(tspc_prog *p, int vec, int lo, int hi);
int tspc_wtile_of(tspc_prog *p, int outputs, int elem, const int *word);
/* The product of activations (words [ktiles][elem]) with weight tiles; bytes 4, or 1: the low byte of an int32. */
int tspc_product(tspc_prog *p, int ktiles, int elem, const int *tile, const int *act, int bytes);
int tspc_op_new(tspc_prog *p, int kind, int a, int b, int c, int slice);

/* Whether home h is where the host finds the word; the others are copies that the program makes. */
static inline bool tspc_listed(const tspc_word *w, int h)
{
  return w->initial ? w->home[h].from == 0 : h == 0;
}

static inline bool tspc_ok(const tspc_prog *p)
{
  return p->status == TSP_OK;
}
#endif
