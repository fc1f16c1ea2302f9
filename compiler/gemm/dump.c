// SPDX-License-Identifier: Apache-2.0
// dump.c: the result of each pass as text.
#include "pass.h"
#include <inttypes.h>

static const char *side(int hemisphere)
{
  return hemisphere == TSP_WEST ? "west" : "east";
}

void tspc_dump_kernel(const tspc_unit *u, FILE *to)
{
  const tsp_gemm *g = u->kernel.gemm;
  fprintf(to, "kernel: x i8 [%u][%u] * w i8 [%u][%u]", g->m, g->k, g->k, g->n);
  for (int i = 0; i < u->kernel.ops; i++) {
    const tspc_op *op = &u->kernel.op[i];
    fprintf(to, " -> %s", tsp_isa_by_opcode(u->kernel.isa, (unsigned)op->opcode)->mnemonic);
    if (op->has_imm)
      fprintf(to, " #0x%08" PRIx32, op->imm);
  }
  fprintf(to, " -> y %s [%u][%u]\n", u->kernel.y_bytes == 1 ? "i8" : "i32", g->m, g->n);
}

void tspc_dump_tile(const tspc_unit *u, FILE *to)
{
  const tspc_tiling *t = &u->tiling;
  fprintf(to, "tile: %d tiles of K, %d of N, %d chunks of %u rows, %d LWs a tile, %d jobs\n", t->kts, t->nts, t->chunks,
          t->rows, t->slots, t->jobs);
  for (int i = 0; i < t->teams; i++) {
    fprintf(to, "  team %d %s, planes", i, side(t->team[i].hemisphere));
    for (int p = 0; p < t->team[i].planes; p++)
      fprintf(to, " %d", t->team[i].plane[p]);
    fprintf(to, ", jobs %d..%d\n", t->team[i].job0, t->team[i].job0 + t->team[i].jobs - 1);
  }
  for (int j = 0; j < t->jobs; j++)
    fprintf(to, "  job %d team %d chunk %d tiles of N %d..%d\n", j, t->job[j].team, t->job[j].chunk, t->job[j].nt0,
            t->job[j].nt0 + t->job[j].nts - 1);
}

static void dump_block(const tspc_unit *u, const tspc_block *b, const char *what, int i, int j, FILE *to)
{
  char name[16];
  if (!b->slices)
    return;
  fprintf(to, "  %s[%d][%d]", what, i, j);
  for (int s = 0; s < b->slices; s++)
    fprintf(to, " %s:0x%04" PRIx32, tsp_queue_name(u->kernel.cfg, b->slice[s], name), b->addr[s]);
  fprintf(to, "\n");
}

static void dump_pairs(const tspc_unit *u, const tspc_block *b, const char *what, int rows, int columns, FILE *to)
{
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j++)
      for (int h = 0; h < 2; h++)
        dump_block(u, &b[((size_t)i * (size_t)columns + (size_t)j) * 2 + (size_t)h], what, i, j, to);
}

void tspc_dump_place(const tspc_unit *u, FILE *to)
{
  const tspc_tiling *t = &u->tiling;
  const tspc_layout *l = &u->layout;
  fprintf(to, "place: %d weight zones %s, inputs stored %s\n", l->zones,
          l->local == 1   ? "in each hemisphere"
          : l->local == 0 ? "in the middle"
                          : "shared with the rest",
          l->copies == 2 ? "in each hemisphere that uses them" : "once");
  dump_pairs(u, l->w, "w", t->kts, t->nts, to);
  dump_pairs(u, l->x, "x", t->chunks, t->kts, to);
  for (int c = 0; c < t->chunks; c++)
    for (int nt = 0; nt < t->nts; nt++)
      dump_block(u, tspc_y_block(t, l, c, nt), "y", c, nt, to);
}

void tspc_dump_schedule(const tspc_unit *u, FILE *to)
{
  static const char *const tensor[TENSORS] = {"x", "w", "y", "zero"};
  char name[16], text[96];
  fprintf(to, "schedule: %zu bursts\n", u->schedule.bursts);
  for (size_t i = 0; i < u->schedule.bursts; i++) {
    const tspc_burst *b = &u->schedule.burst[i];
    fprintf(to, "  %8" PRId64 " +%-5" PRIu32 " %-8s %-40s %s[%" PRId64 " step %" PRId64 "]\n", b->cycle, b->n,
            tsp_queue_name(u->kernel.cfg, b->queue, name),
            tsp_word_text(u->kernel.isa, u->kernel.cfg, b->word, text, sizeof text), tensor[b->tensor], b->first,
            b->step);
  }
}

void tspc_dump_emit(const tspc_unit *u, FILE *to)
{
  char name[16];
  uint64_t bound = tsp_image_bound(u->image);
  fprintf(to, "emit: %" PRIu64 " cycles, lower bound %" PRIu64 ", ratio %.3f\n", u->image->cycles_predicted, bound,
          (double)u->image->cycles_predicted / (double)bound);
  for (int i = 0; i < u->image->bound_count; i++)
    fprintf(to, "  bound %-16s %" PRIu64 "\n", u->image->bound[i].resource, u->image->bound[i].cycles);
  for (int q = 0; q < u->image->queue_count; q++)
    if (u->image->queue[q].length > 1)
      fprintf(to, "  queue %-8s %" PRIu32 " words\n", tsp_queue_name(u->kernel.cfg, q, name),
              u->image->queue[q].length);
}
