/* SPDX-License-Identifier: Apache-2.0 */
/* tspgen.c - prints what is generated from isa.def and config.def:
 *   tspgen sv CONFIG   the SystemVerilog package tsp_pkg of a configuration
 *   tspgen doc         the ISA reference page, Markdown
 *   tspgen configs     the names of the configurations, one a line */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tsp_isa.h"

static const char *upper(const char *s, char *buf, size_t size)
{
  size_t i = 0;

  for (; s[i] && i + 1 < size; i++)
    buf[i] = (char)toupper((unsigned char)s[i]);
  buf[i] = 0;
  return buf;
}

static void sv_int(const char *name, int value)
{
  printf("  localparam int %s = %d;\n", name, value);
}

static void sv_sizes(const tsp_config *c)
{
  const struct {
    const char *name;
    int value;
  } size[] = {
      {"SUPERLANES", c->superlanes},
      {"LANES", c->lanes},
      {"STREAMS", c->streams},
      {"MEM_SLICES", c->mem_slices},
      {"MEM_PER_HOP", c->mem_per_hop},
      {"MEM_WORDS", c->mem_words},
      {"PLANES", c->planes},
      {"LW_STREAMS", c->lw_streams},
      {"ALUS", c->alus},
      {"FP", c->fp},
      {"IQ_DEPTH", c->iq_depth},
      {"ACC_DEPTH", c->acc_depth},
      {"BARRIER", c->barrier},
      {"MAPS", c->maps},
      {"LINKS", c->links},
      {"LINK_DEPTH", c->link_depth},
      {"LINK_DELAY", c->link_delay},
      {"HAC_PERIOD", c->hac_period},
      {"ECC", c->ecc},
      {"CHECK_BITS", c->check_bits},
      {"FETCH_ROW", c->fetch_row},
      {"PARTS", c->parts},
      {"VECTOR", c->vector},
      {"HEMI_COLS", c->hemi_cols},
      {"COLUMNS", c->columns},
      {"VXM_COLUMN", c->vxm_column},
      {"Q_MEM", c->q_mem},
      {"Q_VXM", c->q_vxm},
      {"Q_MXM", c->q_mxm},
      {"Q_SXM", c->q_sxm},
      {"Q_C2C", c->q_c2c},
      {"SXM_QUEUES", TSP_SXM_QUEUES},
      {"QUEUES", c->queues},
      {"DRAIN", tsp_isa_drain(tsp_isa_builtin(), c)},
  };

  for (size_t i = 0; i < sizeof size / sizeof size[0]; i++)
    sv_int(size[i].name, size[i].value);
  printf("  localparam logic [63:0] TABLE_HASH = 64'h%016llx;\n",
         (unsigned long long)tsp_table_hash(tsp_isa_builtin(), c));
}

static void sv_faults(void)
{
  static const char *const name[] = {"NONE", "OPERAND", "STREAM", "BANK", "EMPTY", "ADDRESS", "ENCODING",
                                     "ALU",  "WEIGHTS", "LOST",   "BUSY", "FETCH", "LINK",    "ECC"};

  for (size_t i = 0; i < sizeof name / sizeof name[0]; i++)
    printf("  localparam logic [3:0] FLT_%s = 4'd%zu;\n", name[i], i);
}

static void sv_instr(const tsp_config *c, const tsp_instr *in)
{
  uint64_t covered = UINT64_C(0xff) << 56;

  printf("  localparam logic [7:0] OP_%s = 8'h%02x;\n", in->id, in->opcode);
  printf("  localparam int FSK_%s = %d;\n", in->id, in->d_skew);
  printf("  localparam int DFN_%s = %d;\n", in->id, tsp_isa_d_func(tsp_isa_builtin(), c, in->opcode));
  for (int k = 0; k < in->field_count; k++) {
    const tsp_field *f = &in->field[k];
    char name[32];

    upper(f->name, name, sizeof name);
    covered |= ((UINT64_C(1) << f->width) - 1) << f->lsb;
    printf("  localparam int F_%s_%s = %d;\n", in->id, name, f->lsb);
    printf("  localparam int W_%s_%s = %d;\n", in->id, name, f->width);
  }
  printf("  localparam logic [63:0] MASK_%s = 64'h%016llx;\n", in->id, (unsigned long long)covered);
}

/* Whether a VXM instruction exists in some ALU; whether only in the last of a mesh row. */
static bool vxm_exists(const tsp_config *c, const tsp_instr *in)
{
  return in->unit == TSP_UNIT_VXM || (c->fp && (in->unit == TSP_UNIT_VXF || in->unit == TSP_UNIT_VXS));
}
static bool vxm_last_only(const tsp_instr *in)
{
  return in->unit == TSP_UNIT_VXS;
}

static const tsp_field *field_of(const tsp_instr *in, const char *name)
{
  for (int k = 0; k < in->field_count; k++)
    if (strcmp(in->field[k].name, name) == 0)
      return &in->field[k];
  return NULL;
}

/* log2 of the streams that a field of the given kinds stands for, 0 for any other. */
static int field_log2(const tsp_field *f)
{
  return !f                                                     ? 0
         : f->kind == TSP_KIND_SRC2 || f->kind == TSP_KIND_DST2 ? 1
         : f->kind == TSP_KIND_SRC4 || f->kind == TSP_KIND_DST4 ? 2
                                                                : 0;
}

/* Whether the fields of in stand where those of like, which has all that there are, stand. */
static bool same_fields(const tsp_instr *in, const tsp_instr *like)
{
  for (int k = 0; k < in->field_count; k++) {
    const tsp_field *f = &in->field[k], *g = field_of(like, f->name);

    if (!g || f->lsb != g->lsb || f->width != g->width || f->stride != 0)
      return false;
  }
  return field_of(in, "a") && field_of(in, "dst") && field_of(in, "imm");
}

/* A constant with an entry of `bits` (1, 2 or 8) for each opcode, that of opcode 0 lowest. */
static void sv_per_opcode(const char *name, int bits, const int entry[256])
{
  int per_digit = bits > 4 ? 1 : 4 / bits;

  printf("  localparam logic [%d:0] %s = %d'h", 256 * bits - 1, name, 256 * bits);
  if (bits > 4)
    for (int op = 255; op >= 0; op--)
      printf("%0*x", bits / 4, (unsigned)entry[op]);
  else
    for (int op = 256 - per_digit; op >= 0; op -= per_digit) {
      int digit = 0;

      for (int k = 0; k < per_digit; k++)
        digit |= entry[op + k] << k * bits;
      printf("%x", (unsigned)digit);
    }
  printf(";\n");
}

/* The VXM's instructions as a whole: what each ALU has, latencies, widths. */
static void sv_vxm(const tsp_config *c)
{
  const tsp_isa *isa = tsp_isa_builtin();
  const tsp_instr *like = tsp_isa_by_opcode(isa, TSP_OP_ADD_I32);
  int all[256] = {0}, last[256] = {0}, binary[256] = {0}, latency[256] = {0}, source[256] = {0}, result[256] = {0};
  int greatest = 0, greatest_last = 0;
  bool regular = true;

  for (int i = 0; i < isa->count; i++) {
    const tsp_instr *in = &isa->instr[i];
    int d = tsp_isa_d_func(isa, c, in->opcode);

    if (!vxm_exists(c, in))
      continue;
    all[in->opcode] = !vxm_last_only(in);
    last[in->opcode] = vxm_last_only(in);
    latency[in->opcode] = d;
    binary[in->opcode] = field_of(in, "b") != NULL;
    source[in->opcode] = field_log2(field_of(in, "a"));
    result[in->opcode] = field_log2(field_of(in, "dst"));
    if (!vxm_last_only(in) && d > greatest)
      greatest = d;
    if (d > greatest_last)
      greatest_last = d;
    regular = regular && in->d_skew == 0 && d >= 1 && d < 256 && same_fields(in, like) &&
              (!binary[in->opcode] || field_log2(field_of(in, "b")) == source[in->opcode]);
  }
  sv_per_opcode("VXM_OPCODES", 1, all);
  sv_per_opcode("VXM_LAST_OPCODES", 1, last);
  sv_per_opcode("VXM_BINARY", 1, binary);
  sv_per_opcode("VXM_SOURCE", 2, source);
  sv_per_opcode("VXM_RESULT", 2, result);
  sv_per_opcode("VXM_LATENCY", 8, latency);
  sv_int("VXM_MAX_LATENCY", greatest);
  sv_int("VXM_LAST_MAX_LATENCY", greatest_last);
  sv_int("VXM_REGULAR", regular);
}

/* The tables of the special functions: numbers, and a function from row to coefficients. */
static void sv_special(void)
{
  static const struct {
    const char *name;
    int first;
  } table[] = {
#define TSP_SPECIAL_TABLE(name, first, rows) {#name, first},
#include "special.def"
  };
  static const int bits[] = {
#define TSP_SPECIAL_BITS(name, bits) bits,
#include "special.def"
  };
  static const long long row[][4] = {
#define TSP_SPECIAL_ROW(c0, c1, c2, c3) {c0, c1, c2, c3},
#include "special.def"
  };
  int rows = (int)(sizeof row / sizeof row[0]), total = 0;

  sv_int("SPECIAL_ROWS", rows);
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    printf("  localparam int SPECIAL_%s = %d;\n", table[i].name, table[i].first);
  for (int k = 0; k < 4; total += bits[k++])
    printf("  localparam int SPECIAL_C%d_BITS = %d;\n", k, bits[k]);
  sv_int("SPECIAL_BITS", total);
#define TSP_SPECIAL_LOG2E(value) printf("  localparam logic [38:0] SPECIAL_LOG2E = 39'd" #value ";\n");
#include "special.def"
  printf("  function automatic logic [%d:0] special_row(input logic [8:0] row);\n    case (row)\n", total - 1);
  for (int i = 0; i < rows; i++) {
    printf("      9'd%d: special_row = {", i);
    for (int k = 0; k < 4; k++)
      printf("%d'h%llx%s", bits[k], (unsigned long long)row[i][k] & ((1ULL << bits[k]) - 1), k < 3 ? ", " : "};\n");
  }
  printf("      default: special_row = %d'd0;\n    endcase\n  endfunction\n", total);
}

static void sv_unit_names(void)
{
  static const char *const unit[] = {"ICU", "MEM", "MXW", "MXA", "MXC", "VXM", "SXS", "SXP",
                                     "SXD", "SXT", "C2C", "VXF", "VXS", "MAF", "MCF"};

  for (size_t i = 0; i < sizeof unit / sizeof unit[0]; i++)
    printf("  localparam logic [3:0] UNIT_%s = 4'd%zu;\n", unit[i], i);
}

enum { COLUMN_OPCODE, COLUMN_KIND, COLUMN_SKEW, COLUMN_FUNC, INSTR_COLUMNS };
enum { COLUMN_FIELD_OPCODE, COLUMN_FIELD_KIND, COLUMN_FIRST, COLUMN_LSB, COLUMN_WIDTH, COLUMN_STRIDE, FIELD_COLUMNS };

/* The kind of queue that executes the instructions of a unit. */
static int queue_kind(int unit)
{
  switch (unit) {
  case TSP_UNIT_VXF:
  case TSP_UNIT_VXS: return TSP_UNIT_VXM;
  case TSP_UNIT_MAF: return TSP_UNIT_MXA;
  case TSP_UNIT_MCF: return TSP_UNIT_MXC;
  default: return unit;
  }
}

static int instr_column(const tsp_config *c, const tsp_instr *in, int column)
{
  const int value[INSTR_COLUMNS] = {in->opcode, queue_kind(in->unit), in->d_skew,
                                    tsp_isa_d_func(tsp_isa_builtin(), c, in->opcode)};

  return value[column];
}

/* Number of the table's first field of that name in an instruction of the same kind of queue. */
static int first_field(const tsp_instr *in, const tsp_field *f)
{
  const tsp_isa *isa = tsp_isa_builtin();
  int n = 0;

  for (int i = 0; i < isa->count; i++)
    for (int k = 0; k < isa->instr[i].field_count; k++, n++)
      if (queue_kind(isa->instr[i].unit) == queue_kind(in->unit) && strcmp(isa->instr[i].field[k].name, f->name) == 0)
        return n;
  return n;
}

static int field_column(const tsp_instr *in, const tsp_field *f, int column)
{
  const int value[FIELD_COLUMNS] = {in->opcode, queue_kind(in->unit), first_field(in, f), f->lsb, f->width, f->stride};

  return value[column];
}

/* The table as vectors of 16-bit numbers, one per column, row 0 in the low bits: for checks of the structure. */
static void sv_table(const tsp_config *c)
{
  static const char *const instr_name[] = {"OPCODES", "KINDS", "SKEWS", "FUNCS"};
  static const char *const field_name[] = {"OPCODES", "KINDS", "FIRSTS", "LSBS", "WIDTHS", "STRIDES"};
  const tsp_isa *isa = tsp_isa_builtin();
  int fields = 0;

  for (int i = 0; i < isa->count; i++)
    fields += isa->instr[i].field_count;
  sv_int("INSTRS", isa->count);
  sv_int("FIELDS", fields);
  for (int k = 0; k < INSTR_COLUMNS; k++) {
    printf("  localparam logic [16*INSTRS-1:0] INSTR_%s = {", instr_name[k]);
    for (int i = isa->count - 1; i >= 0; i--)
      printf("16'd%d%s", instr_column(c, &isa->instr[i], k), i ? ", " : "};\n");
  }
  for (int k = 0; k < FIELD_COLUMNS; k++) {
    int left = fields;

    printf("  localparam logic [16*FIELDS-1:0] FIELD_%s = {", field_name[k]);
    for (int i = isa->count - 1; i >= 0; i--)
      for (int j = isa->instr[i].field_count - 1; j >= 0; j--)
        printf("16'd%d%s", field_column(&isa->instr[i], &isa->instr[i].field[j], k), --left ? ", " : "};\n");
  }
}

static int sv(const char *config)
{
  const tsp_config *c = tsp_config_find(config);
  const tsp_isa *isa = tsp_isa_builtin();

  if (!c) {
    fprintf(stderr, "tspgen: no usable configuration '%s' in config.def; there are:", config);
    for (int i = 0; i < tsp_config_count(); i++)
      if (tsp_config_at(i))
        fprintf(stderr, " %s", tsp_config_at(i)->name);
    fputc('\n', stderr);
    return 1;
  }
  printf("// Generated by tspgen from isa.def and config.def (configuration %s). Do not edit.\n", c->name);
  printf("package tsp_pkg;\n");
  sv_sizes(c);
  sv_faults();
  sv_unit_names();
  for (int i = 0; i < isa->count; i++)
    sv_instr(c, &isa->instr[i]);
  sv_vxm(c);
  sv_special();
  sv_table(c);
  printf("endpackage\n");
  return 0;
}

static const char *const unit_name[] = {"ICU (every queue)",
                                        "MEM",
                                        "MXM weights queue",
                                        "MXM activations queue",
                                        "MXM accumulators queue",
                                        "VXM",
                                        "SXM shifter",
                                        "SXM permuter",
                                        "SXM distributor",
                                        "SXM transposer",
                                        "C2C link",
                                        "VXM (configurations with fp)",
                                        "VXM, last ALU of a mesh row (configurations with fp)",
                                        "MXM activations queue, first plane of a pair (configurations with fp)",
                                        "MXM accumulators queue (configurations with fp)"};
static const char *const kind_name[] = {"count >= 1",
                                        "signed stride",
                                        "MEM word",
                                        "accumulator entry",
                                        "weight slot",
                                        "stream",
                                        "outward stream",
                                        "outward group of lw_streams",
                                        "inward group of 4",
                                        "source, 1 stream",
                                        "source, group of 2",
                                        "source, group of 4",
                                        "result, 1 stream",
                                        "result, group of 2",
                                        "result, group of 4",
                                        "immediate",
                                        "group of 2",
                                        "outward group of 2",
                                        "group of `lanes`",
                                        "elements",
                                        "map",
                                        "edge 2..4",
                                        "superlanes"};

static void doc_instr(const tsp_instr *in)
{
  printf("## `%s%s%s`\n\n%s. %s, opcode `0x%02x`", in->mnemonic, in->syntax[0] ? " " : "", in->syntax, in->meaning,
         unit_name[in->unit], in->opcode);
  if (in->unit != TSP_UNIT_ICU) {
    printf("; d_skew %d, d_func %d", in->d_skew, in->d_func);
    if (in->d_func_sl)
      printf(" + %d x superlanes", in->d_func_sl);
  }
  printf(".\n\n");
  if (!in->field_count)
    return;
  printf("| field | bits | kind | Repeat stride |\n| --- | --- | --- | --- |\n");
  for (int k = 0; k < in->field_count; k++) {
    const tsp_field *f = &in->field[k];

    printf("| %s | %d:%d | %s | %s |\n", f->name, f->lsb + f->width - 1, f->lsb, kind_name[f->kind],
           f->stride == 1   ? "a"
           : f->stride == 2 ? "b"
                            : "");
  }
  printf("\n");
}

static int doc(void)
{
  const tsp_isa *isa = tsp_isa_builtin();

  printf(
      "# Instruction set reference\n\nGenerated by tspgen from `golden/isa.def` and `golden/config.def`. Semantics and "
      "timing: `golden/README.md`.\nAn instruction word has 64 bits, the opcode in bits 63:56; bits that no field "
      "covers are zero.\n\n");
  printf(
      "| configuration | superlanes | lanes | streams | MEM slices | words | planes | ALUs | queues | columns | drain |"
      "\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
  for (int i = 0; i < tsp_config_count(); i++) {
    const tsp_config *c = tsp_config_at(i);

    if (c)
      printf("| %s | %d | %d | 2 x %d | 2 x %d | %d | %d | %d | %d | %d | %d |\n", c->name, c->superlanes, c->lanes,
             c->streams, c->mem_slices, c->mem_words, c->planes, c->alus, c->queues, c->columns, tsp_isa_drain(isa, c));
  }
  printf("\n");
  for (int i = 0; i < isa->count; i++)
    doc_instr(&isa->instr[i]);
  return 0;
}

int main(int argc, char **argv)
{
  if (argc == 3 && strcmp(argv[1], "sv") == 0)
    return sv(argv[2]);
  if (argc == 2 && strcmp(argv[1], "doc") == 0)
    return doc();
  if (argc == 2 && strcmp(argv[1], "configs") == 0) {
    for (int i = 0; i < tsp_config_count(); i++)
      if (tsp_config_at(i))
        puts(tsp_config_at(i)->name);
    return 0;
  }
  fprintf(stderr, "usage: tspgen sv CONFIG | doc | configs\n");
  return 2;
}
