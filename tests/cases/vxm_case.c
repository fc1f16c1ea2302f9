// SPDX-License-Identifier: Apache-2.0
// vxm_case.c: programs of vxm_case.h, and their oracle.
//
// A step takes PERIOD cycles. ALU 0 and 1 assemble operand a from bytes that come from W0, ALU 3 and 2 operand b from
// E0, the highest byte first: shift by 8, or in the next byte. Then one ALU computes, and its neighbour sends the
// result out byte by byte. ALU 1 computes; functions that only the last ALU of a row has are computed there, of operand
// b.
#include "vxm_case.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VECTORS = 4, PERIOD = 32, BYTES = 4 };
enum { A_IN, A_BYTE, B_BYTE, B_IN }; /* the ALUs 0..3 */

typedef struct {
  const vxm_op *op;
  int ops;
  uint32_t vector;     /* elements */
  uint32_t *a, *b, *c; /* [ops * VECTORS][vector] */
  const char *name;
  char note[160];
} vxm_data;

static uint64_t unary(unsigned opcode, int source)
{
  return ins_with(ins(opcode), "a", source);
}

static uint64_t binary(unsigned opcode, int a, int b, int64_t imm)
{
  return ins_with(ins_with(ins_with(ins(opcode), "a", a), "b", b), "imm", imm);
}

/* Operand bytes 3, 2, 1, 0 on a stream at t, t+2, .. become a value in ALU `in` at t + 9. */
static void assemble(build *b, int in, int byte, int direction, int64_t t)
{
  const int q = b->cfg->q_vxm, alu_in = 0x40 + in, alu_byte = 0x40 + byte;
  for (int i = 0; i < BYTES; i++, t += 2) {
    build_at(b, q + byte, t, unary(TSP_OP_MOV_I8, direction * 32));
    build_at(b, q + byte, t + 1, binary(TSP_OP_AND_I32, alu_byte, 0x80, 255));
    if (i == 0) {
      build_at(b, q + in, t + 2, unary(TSP_OP_MOV_I32, alu_byte));
      continue;
    }
    build_at(b, q + in, t + 1, binary(TSP_OP_SHL_I32, alu_in, 0x80, 8));
    build_at(b, q + in, t + 2, binary(TSP_OP_OR_I32, alu_in, alu_byte, 0));
  }
}

/* The value in ALU `from` at t goes out through its neighbour `by`, lowest byte first, and is stored in E0. */
static void send_out(build *b, int from, int by, uint32_t addr, int64_t t)
{
  const int q = b->cfg->q_vxm, slice = build_slice(b->cfg, 1);
  for (int i = 0; i < BYTES; i++) {
    uint64_t move = ins_with(unary(TSP_OP_MOV_I8, 0x40 + from), "dst", 0x80 | (TSP_EAST * 32 + 2));
    build_at(b, q + by, t + i, move);
    if (i + 1 < BYTES)
      build_at(b, q + from, t + i, binary(TSP_OP_SHR_I32, 0x40 + from, 0x80, 8));
    build_write(b, slice, addr + (uint32_t)i, TSP_EAST, 2, b->cfg->vxm_column, t + i + build_late(b, TSP_OP_MOV_I8));
  }
}

static void step(build *b, const tsp_instr *in, uint32_t a, uint32_t bb, uint32_t y, int64_t t)
{
  const int q = b->cfg->q_vxm, column = b->cfg->vxm_column;
  const bool last = in->unit == TSP_UNIT_VXS;
  const int alu = last ? B_IN : A_BYTE;
  for (int i = 0; i < BYTES; i++) { /* highest byte first; a fifth byte of a is what the ALU held before */
    build_read(b, build_slice(b->cfg, 0), a + (uint32_t)(BYTES - 1 - i), TSP_EAST, 0, column, t + 2 * i);
    build_read(b, build_slice(b->cfg, 1), bb + (uint32_t)(BYTES - 1 - i), TSP_WEST, 0, column, t + 2 * i);
  }
  build_read(b, build_slice(b->cfg, 0), a + BYTES, TSP_EAST, 0, column, t + 2 * BYTES);
  assemble(b, A_IN, A_BYTE, TSP_EAST, t);
  assemble(b, B_IN, B_BYTE, TSP_WEST, t);
  const int64_t ready = t + 2 * BYTES + 1;
  build_at(b, q + A_BYTE, ready - 1, unary(TSP_OP_MOV_I8, TSP_EAST * 32));
  build_at(b, q + A_IN, ready, unary(TSP_OP_MOV_I32, 0x40 + A_IN));
  if (last) {
    build_at(b, q + B_IN, ready, unary(in->opcode, 0x40 + B_IN));
  } else { /* b moves next to ALU 1 while a waits */
    build_at(b, q + B_BYTE, ready, unary(TSP_OP_MOV_I32, 0x40 + B_IN));
    build_at(b, q + A_BYTE, ready, unary(TSP_OP_MOV_I32, 0x40 + A_BYTE));
    build_at(b, q + A_BYTE, ready + 1, binary(in->opcode, 0x40 + A_IN, 0x40 + B_BYTE, 0));
  }
  const int64_t done = ready + (last ? 0 : 1) + in->d_func;
  send_out(b, alu, last ? B_BYTE : A_IN, y, done);
}

static tsp_piece piece(uint32_t slice, int byte, uint32_t addr, uint32_t count, int32_t addr_step, uint32_t vector)
{
  return (tsp_piece){.slice = (uint16_t)slice,
                     .byte = (uint8_t)byte,
                     .addr = addr,
                     .count = count,
                     .addr_step = addr_step,
                     .lanes = vector,
                     .vec_step = vector,
                     .lane_step = 1};
}

static void place(build *b, const vxm_data *d)
{
  const uint32_t vector = d->vector, rows = (uint32_t)d->ops * VECTORS, w = (uint32_t)build_slice(b->cfg, 0),
                 e = (uint32_t)build_slice(b->cfg, 1);
  const uint32_t a = build_room(b, (int)w, rows * (BYTES + 1)), bb = build_room(b, (int)e, rows * BYTES),
                 y = build_room(b, (int)e, rows * BYTES);
  int8_t *low = malloc((size_t)rows * vector);
  for (uint32_t i = 0; low && i < rows * vector; i++)
    low[i] = (int8_t)d->c[i];
  int ta = build_tensor(b, "a", TSP_I32, rows, vector, d->a), tb = build_tensor(b, "b", TSP_I32, rows, vector, d->b);
  int tc = low ? build_tensor(b, "c", TSP_I8, rows, vector, low) : -1;
  int ty = build_tensor(b, "y", TSP_I32, rows, vector, NULL);
  free(low);
  for (int k = 0; k < BYTES; k++) {
    build_piece(b, ta, piece(w, k, a + (uint32_t)k, rows, BYTES + 1, vector));
    build_piece(b, tb, piece(e, k, bb + (uint32_t)k, rows, BYTES, vector));
    build_piece(b, ty, piece(e, k, y + (uint32_t)k, rows, BYTES, vector));
  }
  build_piece(b, tc, piece(w, 0, a + BYTES, rows, BYTES + 1, vector));
  for (uint32_t r = 0; r < rows; r++)
    step(b, tsp_isa_by_mnemonic(tsp_isa_builtin(), d->op[r / VECTORS].mnemonic), a + r * (BYTES + 1), bb + r * BYTES,
         y + r * BYTES, 8 + (int64_t)r * PERIOD);
}

/* Distance of two floats in units of the last place. */
static double distance(uint32_t a, uint32_t b)
{
  int64_t x = (int32_t)a < 0 ? -(int64_t)(a & 0x7fffffff) : (int64_t)a;
  int64_t y = (int32_t)b < 0 ? -(int64_t)(b & 0x7fffffff) : (int64_t)b;
  return fabs((double)(x - y));
}

static void compare(const vxm_data *d, uint32_t i, uint32_t got, tsp_oracle *out)
{
  const vxm_op *op = &d->op[i / (VECTORS * d->vector)];
  const bool half = strstr(op->mnemonic, ".f16") != NULL;
  uint32_t want = op->fn(d->a[i], d->b[i], d->c[i]);
  double ulp = half ? fabs((double)(int16_t)want - (double)(int16_t)got) : distance(want, got);
  out->compared++;
  if (op->ulp > 0 && ulp > out->max_ulp && ulp < 1e6)
    out->max_ulp = ulp;
  if (got == want || ulp <= op->ulp)
    return;
  if (out->mismatches++ == 0)
    snprintf(out->first, sizeof out->first, "%s of 0x%08x, 0x%08x (0x%08x before): expected 0x%08x, got 0x%08x",
             op->mnemonic, d->a[i], d->b[i], d->c[i], want, got);
}

static tsp_status check(void *ctx, const tsp_image *image, tsp_engine *e, tsp_oracle *out)
{
  const vxm_data *d = ctx;
  uint32_t *y = build_fetch(image, e, "y");
  *out = (tsp_oracle){0};
  snprintf(out->note, sizeof out->note, "%s", d->note);
  for (uint32_t i = 0; y && i < (uint32_t)d->ops * VECTORS * d->vector; i++)
    compare(d, i, y[i], out);
  free(y);
  return y ? TSP_OK : TSP_ENOMEM;
}

static void release(void *ctx)
{
  vxm_data *d = ctx;
  free(d->a);
  free(d->b);
  free(d->c);
  free(d);
}

static void draw_operands(vxm_data *d, uint64_t seed, vxm_operand operand)
{
  tsp_rng rng = {seed};
  for (uint32_t i = 0; i < (uint32_t)d->ops * VECTORS * d->vector; i++) {
    uint32_t functions = strncmp(d->op[i / (VECTORS * d->vector)].mnemonic, "Sh", 2) == 0 ||
                         strncmp(d->op[i / (VECTORS * d->vector)].mnemonic, "Sar", 3) == 0;
    d->a[i] = operand(&rng, i);
    d->b[i] = functions && rng_range(&rng, 0, 3) ? (uint32_t)rng_range(&rng, 0, 40) : operand(&rng, i);
    d->b[i] = rng_range(&rng, 0, 7) ? d->b[i] : d->a[i];
    d->c[i] = (uint32_t)(int32_t)(int8_t)(rng_range(&rng, 0, 1) ? rng_next(&rng) : 0);
  }
}

tsp_status vxm_make(const tsp_config *cfg, const char *name, uint64_t seed, int run, const vxm_op *op, int count,
                    vxm_operand operand, const char *note, tsp_run *out, tsp_error *err)
{
  vxm_data *d = calloc(1, sizeof *d);
  build b = {0};
  if (!d)
    return TSP_ENOMEM;
  d->op = op + run * VXM_OPS_PER_RUN;
  d->ops = count - run * VXM_OPS_PER_RUN < VXM_OPS_PER_RUN ? count - run * VXM_OPS_PER_RUN : VXM_OPS_PER_RUN;
  d->vector = (uint32_t)cfg->vector;
  d->name = name;
  snprintf(d->note, sizeof d->note, "%s", note ? note : "");
  size_t bytes = (size_t)d->ops * VECTORS * d->vector * sizeof *d->a;
  d->a = malloc(bytes);
  d->b = malloc(bytes);
  d->c = malloc(bytes);
  tsp_status s = d->a && d->b && d->c ? build_new(cfg, name, &b) : TSP_ENOMEM;
  if (s == TSP_OK) {
    draw_operands(d, seed * 1000003 + (uint64_t)run, operand);
    place(&b, d);
    s = build_finish(&b, &out->image, err);
  }
  if (s != TSP_OK) {
    release(d);
    return s;
  }
  *out = (tsp_run){.image = out->image, .ctx = d, .check = check, .free = release};
  return TSP_OK;
}
