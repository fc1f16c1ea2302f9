/* tsp_isa.h - the instruction table of isa.def as C data, and words packed from and unpacked to fields. */
#ifndef TSP_ISA_H
#define TSP_ISA_H
#include "tsp_config.h"
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds of queue, and kinds of instruction that only some queues of a kind have (isa.def). */
enum {
  TSP_UNIT_ICU,
  TSP_UNIT_MEM,
  TSP_UNIT_MXW,
  TSP_UNIT_MXA,
  TSP_UNIT_MXC,
  TSP_UNIT_VXM,
  TSP_UNIT_SXS,
  TSP_UNIT_SXP,
  TSP_UNIT_SXD,
  TSP_UNIT_SXT,
  TSP_UNIT_C2C,
  TSP_UNIT_VXF,
  TSP_UNIT_VXS,
  TSP_UNIT_MAF,
  TSP_UNIT_MCF
};

/* What a field holds, its legal values and its text. A value outside them is an undefined encoding, except that
 * ADDR, ACC, SLOT and MAP out of range are TSP_FAULT_ADDRESS. A stream is direction * 32 + index: "s4.e", "s4.w". */
enum {
  TSP_KIND_COUNT,  /* unsigned, at least 1                          "20" */
  TSP_KIND_STRIDE, /* signed, two's complement                      "+1" "-16" "0" */
  TSP_KIND_ADDR,   /* MEM word, below mem_words                     "0x03c0" */
  TSP_KIND_ACC,    /* accumulator entry, below acc_depth            "a17" */
  TSP_KIND_SLOT,   /* weight slot = column * parts + part, parts = lanes/lw_streams, below superlanes * parts  "w3" */
  TSP_KIND_STREAM, /* any stream                                    "s4.e" */
  TSP_KIND_STREAM_OUT, /* a stream flowing outward at the plane         "s4.e" */
  TSP_KIND_GROUPW_OUT, /* outward group of lw_streams streams, base a multiple of it     "s16..31.w" */
  TSP_KIND_GROUP4_IN,  /* inward group of 4 streams, base a multiple of 4                "s16..19.w" */
  TSP_KIND_SRC1,       /* VXM source: 0x00 + stream (1 stream, int8), 0x40 + ALU, 0x80 immediate  "s4.e" "alu3" "#5" */
  TSP_KIND_SRC2,       /* the same with a group of 2 (16 bits) */
  TSP_KIND_SRC4,       /* VXM source: 0x00 + group of 4 (32 bits, base lowest byte), 0x40 + ALU, 0x80 immediate */
  TSP_KIND_DST1,       /* VXM result: 0 chain only, 0x80 + stream       "alu" "s4.e" */
  TSP_KIND_DST2,       /* 0 chain only, 0x80 + group of 2  "alu" "s4..5.e" */
  TSP_KIND_DST4,       /* VXM result: 0 chain only, 0x80 + group of 4   "alu" "s16..19.e" */
  TSP_KIND_IMM,        /* 32-bit immediate; has no text of its own: it shows where a source is 0x80  "#0x3f800000" */
  TSP_KIND_GROUP2,     /* group of 2 streams, either direction                           "s4..5.e" */
  TSP_KIND_GROUP2_OUT, /* outward group of 2 streams */
  TSP_KIND_GROUPL,     /* group of `lanes` streams, either direction, base a multiple    "s16..31.w" */
  TSP_KIND_SHIFT,      /* elements, 0 to vector - 1                                      "17" */
  TSP_KIND_MAP,        /* map of an SXM unit, below maps                                 "m3" */
  TSP_KIND_ROT,        /* edge n of a Rotate, 2 to 4 with n * n <= lanes                 "3" */
  TSP_KIND_EXTENT      /* powered superlanes, 1 to superlanes                            "4" */
};

typedef struct {
  const char *name;
  uint8_t kind, lsb, width, stride; /* stride: 0 none, else which Repeat stride moves it */
} tsp_field;

enum { TSP_MAX_FIELDS = 6 };

typedef struct {
  const char *id, *mnemonic, *syntax, *meaning;
  uint8_t unit, opcode, field_count;
  int16_t d_skew, d_func, d_func_sl;
  tsp_field field[TSP_MAX_FIELDS];
} tsp_instr;

/* The opcodes by name: TSP_OP_READ = 0x11, ... */
enum {
#define TSP_INSTR(id, mnemonic, unit, opcode, skew, func, func_sl, syntax, fields, meaning) TSP_OP_##id = opcode,
#include "isa.def"
#undef TSP_INSTR
};

/* An instruction table. The built-in one is tsp_isa_builtin(); tests copy it and change a latency. */
typedef struct {
  int count;
  tsp_instr instr[192];
} tsp_isa;

const tsp_isa *tsp_isa_builtin(void);

/* The row of an opcode, or NULL; the row of a mnemonic (exact case), or NULL. */
const tsp_instr *tsp_isa_by_opcode(const tsp_isa *isa, unsigned opcode);
const tsp_instr *tsp_isa_by_mnemonic(const tsp_isa *isa, const char *mnemonic);

/* d_func of an instruction in a configuration, in cycles. 0 for an unknown opcode. */
int tsp_isa_d_func(const tsp_isa *isa, const tsp_config *cfg, unsigned opcode);
int tsp_isa_d_skew(const tsp_isa *isa, unsigned opcode);

/* Cycles from the last queue's End to the done bit: superlanes + the greatest d_func of the table. */
int tsp_isa_drain(const tsp_isa *isa, const tsp_config *cfg);

/* FNV-1a 64 over a canonical text of the table and the configuration's sizes. Both engines carry it. */
uint64_t tsp_table_hash(const tsp_isa *isa, const tsp_config *cfg);

/* Field access by table row. tsp_word_get sign-extends strides. A name the row has not: get gives 0, set is a no-op. */
int64_t tsp_word_get(const tsp_instr *in, uint64_t word, const char *field);
uint64_t tsp_word_set(const tsp_instr *in, uint64_t word, const char *field, int64_t value);

static inline unsigned tsp_word_opcode(uint64_t word)
{
  return (unsigned)(word >> 56);
}
static inline int64_t tsp_field_get(const tsp_field *f, uint64_t word)
{
  uint64_t v = (word >> f->lsb) & ((UINT64_C(1) << f->width) - 1);
  if (f->kind == TSP_KIND_STRIDE && f->width && (v >> (f->width - 1)))
    return (int64_t)v - (INT64_C(1) << f->width);
  return (int64_t)v;
}

/* Streams that an instruction reads or drives: `count` from `base` on. */
typedef struct {
  uint8_t direction, base, count;
  bool drives;
} tsp_stream_use;

/* The streams that a field of an instruction names; false if it names none. */
bool tsp_field_streams(const tsp_config *cfg, const tsp_instr *in, const tsp_field *f, uint64_t word,
                       tsp_stream_use *out);

/* The fault a word causes when a queue dispatches it: NONE, ENCODING, ADDRESS or BANK (ReadWrite to one bank). */
tsp_fault_code tsp_word_check(const tsp_isa *isa, const tsp_config *cfg, int queue, uint64_t word);

/* The word with its strided fields moved once by a Repeat's strides a and b (modulo the field's width). */
uint64_t tsp_word_stride(const tsp_instr *in, uint64_t word, int64_t a, int64_t b);

#ifdef __cplusplus
}
#endif
#endif
