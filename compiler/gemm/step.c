// SPDX-License-Identifier: Apache-2.0
// step.c: schedules one burst of rows through the planes: activations read, sent, accumulated, and behind the last tile
// of K the epilogue and the writes. All distances follow from the instruction table and the columns.
#include "schedule.h"

/* Times of one plane's results, counted from the first ABC. Column times are those of the first row's value. */
typedef struct {
  int64_t acc;         /* dispatch of ACC */
  int64_t result;      /* value in the plane's column */
  int64_t op[MAX_OPS]; /* dispatch of each ALU */
  int64_t out;         /* value in column out_column */
  int out_column, out_direction;
} flow;

static bool is_last(const tspc_scheduler *s, const tspc_step *step)
{
  return step->kt == s->t->kts - 1;
}

static int acc_opcode(const tspc_scheduler *s, const tspc_step *step)
{
  if (is_last(s, step))
    return s->t->kts == 1 ? TSP_OP_ACC_OUT : TSP_OP_ACC_SUM;
  return step->kt == 0 ? TSP_OP_ACC_SET : TSP_OP_ACC_ADD;
}

static int plane_column(const tspc_scheduler *s, int plane)
{
  return tsp_queue_column(s->k->cfg, tspc_plane_queue(s, plane, TSP_UNIT_MXA));
}

static const tspc_block *y_block(const tspc_scheduler *s, const tspc_step *step, int i)
{
  return tspc_y_block(s->t, s->l, step->chunk, step->nt[i]);
}

/* The direction in which byte b of the output leaves for its slice. Direct results flow inward; the VXM sends either
 * way. */
static int out_direction(const tspc_scheduler *s, const tspc_step *step, const tspc_block *y)
{
  return s->k->ops ? tspc_slice_hemisphere(s->k->cfg, y->slice[0]) : tspc_inward(step->hemisphere);
}

static flow make_flow(const tspc_scheduler *s, const tspc_step *step, int i)
{
  int acc = acc_opcode(s, step), vxm = s->k->cfg->vxm_column;
  flow f = {.acc = tspc_func(s, TSP_OP_ABC) - tspc_skew(s, acc), .out_column = plane_column(s, step->plane[i])};
  f.result = f.out = f.acc + tspc_func(s, acc);
  f.out_direction = out_direction(s, step, y_block(s, step, i));
  int64_t at = f.result + tspc_hops(tspc_inward(step->hemisphere), f.out_column, vxm);
  for (int o = 0; o < s->k->ops; o++) {
    f.op[o] = at - tspc_skew(s, s->k->op[o].opcode);
    at = f.op[o] + tspc_func(s, s->k->op[o].opcode);
    f.out = at;
    f.out_column = vxm;
  }
  return f;
}

static int64_t x_offset(const tspc_scheduler *s, const tspc_step *step, const tspc_block *x)
{
  int hops = tspc_hops(tspc_outward(step->hemisphere), tsp_queue_column(s->k->cfg, x->slice[0]),
                       plane_column(s, step->plane[0]));
  return tspc_skew(s, TSP_OP_ABC) - hops - tspc_func(s, TSP_OP_READ);
}

/* The stream that option o of a choice stands for: each plane starts at its own place, so that bursts that follow each
 * other on a plane find the same streams. */
static int preferred(const tspc_scheduler *s, int plane, int o, int width)
{
  int groups = s->k->cfg->streams / width;
  return (plane % groups + o) % groups * width;
}

static void build_x(tspc_scheduler *s, const tspc_step *step)
{
  const tsp_config *cfg = s->k->cfg;
  const tspc_block *x = tspc_x_block(s->t, s->l, step->chunk, step->kt, step->hemisphere);
  tspc_pattern *p = &s->pattern;
  int64_t read = x_offset(s, step, x);
  tspc_choice(p);
  tspc_option(p);
  tspc_claim_read(p, cfg, x->slice[0], x->addr[0], read, step->rows);
  for (int i = 0; i < step->planes; i++)
    tspc_claim_add(p, tspc_res_queue(cfg, tspc_plane_queue(s, step->plane[i], TSP_UNIT_MXA)), 0, step->rows, true);
  tspc_choice(p);
  for (int o = 0; o < cfg->streams; o++) {
    tspc_option(p);
    tspc_claim_streams(p, cfg, tspc_outward(step->hemisphere), preferred(s, step->plane[0], o, 1), 1,
                       tsp_queue_column(cfg, x->slice[0]), plane_column(s, step->plane[0]),
                       read + tspc_func(s, TSP_OP_READ), step->rows);
  }
}

/* Streams from where the last unit drives them to the farthest slice that writes them. */
static void claim_out(tspc_scheduler *s, const tspc_step *step, const flow *f, const tspc_block *y, int base)
{
  const tsp_config *cfg = s->k->cfg;
  for (int b = 0; b < y->slices; b++)
    tspc_claim_streams(&s->pattern, cfg, f->out_direction, base + b, 1, f->out_column,
                       tsp_queue_column(cfg, y->slice[b]), f->out, step->rows);
}

static int64_t write_offset(const tspc_scheduler *s, const flow *f, int slice)
{
  return f->out + tspc_hops(f->out_direction, f->out_column, tsp_queue_column(s->k->cfg, slice)) -
         tspc_skew(s, TSP_OP_WRITE);
}

static void build_writes(tspc_scheduler *s, const tspc_step *step, const flow *f, const tspc_block *y)
{
  tspc_choice(&s->pattern);
  tspc_option(&s->pattern);
  for (int b = 0; b < y->slices; b++)
    tspc_claim_write(&s->pattern, s->k->cfg, y->slice[b], y->addr[b], write_offset(s, f, y->slice[b]), step->rows);
}

static void build_result(tspc_scheduler *s, const tspc_step *step, const flow *f, const tspc_block *y, int plane)
{
  const tsp_config *cfg = s->k->cfg;
  tspc_choice(&s->pattern);
  for (int o = 0; o < cfg->streams / 4; o++) {
    tspc_option(&s->pattern);
    int base = preferred(s, plane, o, 4);
    if (s->k->ops)
      tspc_claim_streams(&s->pattern, cfg, tspc_inward(step->hemisphere), base, 4, plane_column(s, plane),
                         cfg->vxm_column, f->result, step->rows);
    else
      claim_out(s, step, f, y, base);
  }
}

static void build_chain(tspc_scheduler *s, const tspc_step *step, const flow *f, int plane)
{
  const tsp_config *cfg = s->k->cfg;
  tspc_choice(&s->pattern);
  for (int c = 0; c < s->chains; c++) {
    const uint8_t *alu = s->chain[(c + plane) % s->chains];
    tspc_option(&s->pattern);
    for (int o = 0; o < s->k->ops; o++) {
      int64_t result = f->op[o] + tspc_func(s, s->k->op[o].opcode);
      tspc_claim_add(&s->pattern, tspc_res_queue(cfg, cfg->q_vxm + alu[o]), f->op[o], step->rows, true);
      tspc_claim_add(&s->pattern, tspc_res_result(cfg, alu[o]), result, step->rows, true);
    }
  }
}

static void build_out(tspc_scheduler *s, const tspc_step *step, const flow *f, const tspc_block *y, int plane)
{
  tspc_choice(&s->pattern);
  for (int o = 0; o < s->k->cfg->streams / s->k->y_bytes; o++) {
    tspc_option(&s->pattern);
    claim_out(s, step, f, y, preferred(s, plane + MAX_PLANES, o, s->k->y_bytes));
  }
}

/* Choices in order: fixed part and activation stream; then for each plane fixed part and, behind the last tile of K,
 * result streams, writes and, with an epilogue, chain and output streams. Start 0 is the first ABC. */
static void build(tspc_scheduler *s, const tspc_step *step)
{
  tspc_pattern *p = &s->pattern;
  tspc_pattern_clear(p);
  build_x(s, step);
  for (int i = 0; i < step->planes; i++) {
    int plane = step->plane[i], queue = tspc_plane_queue(s, plane, TSP_UNIT_MXC);
    flow f = make_flow(s, step, i);
    tspc_choice(p);
    tspc_option(p);
    tspc_claim_add(p, tspc_res_queue(s->k->cfg, queue), f.acc, step->rows, true);
    if (!is_last(s, step))
      continue;
    build_result(s, step, &f, y_block(s, step, i), plane);
    build_writes(s, step, &f, y_block(s, step, i));
    if (!s->k->ops)
      continue;
    build_chain(s, step, &f, plane);
    build_out(s, step, &f, y_block(s, step, i), plane);
  }
}

static tsp_status issue_x(tspc_scheduler *s, const tspc_step *step, int64_t start, int pick)
{
  const tsp_config *cfg = s->k->cfg;
  const tspc_block *x = tspc_x_block(s->t, s->l, step->chunk, step->kt, step->hemisphere);
  int stream = tspc_stream_code(tspc_outward(step->hemisphere), preferred(s, step->plane[0], pick, 1));
  int64_t row = (int64_t)step->chunk * s->t->rows + step->row0;
  uint64_t word = tspc_field(s, tspc_word(s, TSP_OP_READ), "raddr", x->addr[0] + step->row0);
  tspc_burst b = {.queue = x->slice[0],
                  .n = step->rows,
                  .cycle = start + x_offset(s, step, x),
                  .stride = 1,
                  .word = tspc_field(s, word, "rstream", stream),
                  .tensor = TENSOR_X,
                  .first = row * s->k->gemm->k + (int64_t)step->kt * cfg->vector,
                  .step = s->k->gemm->k};
  tsp_status status = tspc_issue(s, b);
  b.word = tspc_field(s, tspc_word(s, TSP_OP_ABC), "stream", stream);
  b.stride = 0;
  b.cycle = start;
  for (int i = 0; status == TSP_OK && i < step->planes; i++) {
    b.queue = tspc_plane_queue(s, step->plane[i], TSP_UNIT_MXA);
    status = tspc_issue(s, b);
  }
  return status;
}

static tsp_status issue_acc(tspc_scheduler *s, const tspc_step *step, int plane, tspc_burst b, int group)
{
  b.word = tspc_word(s, acc_opcode(s, step));
  b.queue = tspc_plane_queue(s, plane, TSP_UNIT_MXC);
  if (s->t->kts > 1) {
    b.word = tspc_field(s, b.word, "acc", step->row0);
    b.stride = 1;
  }
  if (is_last(s, step))
    b.word = tspc_field(s, b.word, "out", tspc_stream_code(tspc_inward(step->hemisphere), group));
  return tspc_issue(s, b);
}

/* Encodings of VXM sources and results (tsp_isa.h, TSP_KIND_SRC1 and on). */
enum { SRC_ALU = 0x40, SRC_IMM = 0x80, DST_STREAM = 0x80 };

static tsp_status issue_ops(tspc_scheduler *s, const flow *f, tspc_burst b, const uint8_t *alu, int source, int result)
{
  int64_t start = b.cycle;
  tsp_status status = TSP_OK;
  for (int o = 0; status == TSP_OK && o < s->k->ops; o++) {
    const tspc_op *op = &s->k->op[o];
    uint64_t word = tspc_field(s, tspc_word(s, op->opcode), "a", o == 0 ? source : SRC_ALU + alu[o - 1]);
    if (op->has_imm)
      word = tspc_field(s, tspc_field(s, word, "b", SRC_IMM), "imm", op->imm);
    if (o == s->k->ops - 1)
      word = tspc_field(s, word, "dst", DST_STREAM + result);
    b.word = word;
    b.queue = s->k->cfg->q_vxm + alu[o];
    b.cycle = start + f->op[o];
    status = tspc_issue(s, b);
  }
  return status;
}

static tsp_status issue_writes(tspc_scheduler *s, const tspc_step *step, const flow *f, tspc_burst b,
                               const tspc_block *y, int base)
{
  int64_t start = b.cycle;
  tsp_status status = TSP_OK;
  b.stride = 1;
  for (int i = 0; status == TSP_OK && i < y->slices; i++) {
    b.word = tspc_field(s, tspc_word(s, TSP_OP_WRITE), "waddr", y->addr[i] + step->row0);
    b.word = tspc_field(s, b.word, "wstream", tspc_stream_code(f->out_direction, base + i));
    b.queue = y->slice[i];
    b.cycle = start + write_offset(s, f, y->slice[i]);
    status = tspc_issue(s, b);
  }
  return status;
}

/* pick: the plane's choices, in the order of build(). */
static tsp_status issue_plane(tspc_scheduler *s, const tspc_step *step, int i, int64_t start, const int *pick)
{
  const tsp_gemm *g = s->k->gemm;
  int plane = step->plane[i], inward = tspc_inward(step->hemisphere);
  bool last = is_last(s, step);
  flow f = make_flow(s, step, i);
  const tspc_block *y = y_block(s, step, i);
  int group = last ? preferred(s, plane, pick[1], 4) : 0, base = group;
  int64_t row = (int64_t)step->chunk * s->t->rows + step->row0;
  tspc_burst b = {.n = step->rows,
                  .cycle = start + f.acc,
                  .tensor = TENSOR_Y,
                  .step = g->n,
                  .first = row * g->n + (int64_t)step->nt[i] * s->k->cfg->vector};
  tsp_status status = issue_acc(s, step, plane, b, group);
  b.cycle = start;
  if (status == TSP_OK && last && s->k->ops) {
    base = preferred(s, plane + MAX_PLANES, pick[4], s->k->y_bytes);
    status = issue_ops(s, &f, b, s->chain[(pick[3] + plane) % s->chains], tspc_stream_code(inward, group),
                       tspc_stream_code(f.out_direction, base));
  }
  return status == TSP_OK && last ? issue_writes(s, step, &f, b, y, base) : status;
}

tsp_status tspc_burst_step(tspc_scheduler *s, const tspc_step *step)
{
  int64_t from = 0, start;
  for (int i = 0; i < step->planes; i++)
    from = s->plane[step->plane[i]].ready > from ? s->plane[step->plane[i]].ready : from;
  build(s, step);
  tsp_status status = tspc_take(&s->s->table, &s->pattern, from, &start);
  if (status != TSP_OK)
    return status;
  status = issue_x(s, step, start, s->pattern.pick[1]);
  int choices = !is_last(s, step) ? 1 : s->k->ops ? 5 : 3;
  for (int i = 0; status == TSP_OK && i < step->planes; i++) {
    status = issue_plane(s, step, i, start, s->pattern.pick + 2 + i * choices);
    int64_t end = start + step->rows - 1;
    if (s->plane[step->plane[i]].last_abc < end)
      s->plane[step->plane[i]].last_abc = end;
  }
  return status;
}
