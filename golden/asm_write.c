/* SPDX-License-Identifier: Apache-2.0 */
/* asm_write.c - a program image as assembly text (ASSEMBLY.md). */
#include <inttypes.h>
#include <string.h>

#include "asm_internal.h"

enum { HEX_BYTES = 32 /* per line */ };

static void write_head(const tsp_image *image, FILE *to)
{
  char name[2 * sizeof image->kernel + 3];

  fprintf(to, ".tsp       %d\n", TSP_ASM_VERSION);
  fprintf(to, ".config    %s\n", tsp_quote_name(image->config, name));
  fprintf(to, ".tables    0x%016" PRIx64 "\n", image->table_hash);
  if (image->kernel[0])
    fprintf(to, ".kernel    %s\n", tsp_quote_name(image->kernel, name));
  fprintf(to, ".predicted %" PRIu64 "\n", image->cycles_predicted);
  for (int i = 0; i < image->bound_count; i++)
    fprintf(to, ".bound     %s %" PRIu64 "\n", tsp_quote_name(image->bound[i].resource, name), image->bound[i].cycles);
}

static void write_data(const tsp_tensor *t, FILE *to)
{
  static const char digit[] = "0123456789abcdef";
  char line[2 * HEX_BYTES + 1];

  for (uint64_t at = 0; at < t->data_bytes; at += HEX_BYTES) {
    uint64_t n = t->data_bytes - at < HEX_BYTES ? t->data_bytes - at : HEX_BYTES;
    for (uint64_t i = 0; i < n; i++) {
      line[2 * i] = digit[t->data[at + i] >> 4];
      line[2 * i + 1] = digit[t->data[at + i] & 15];
    }
    line[2 * n] = '\0';
    fprintf(to, ".hex %s\n", line);
  }
}

static void write_tensor(const tsp_config *cfg, const tsp_tensor *t, FILE *to)
{
  char name[2 * sizeof t->name + 3], slice[16];

  fprintf(to, "\n.tensor %s %s %s [", tsp_quote_name(t->name, name), tsp_type_name(t->type), tsp_role_name[t->role]);
  for (int i = 0; i < t->rank; i++)
    fprintf(to, "%s%" PRIu32, i ? ", " : "", t->shape[i]);
  fprintf(to, "]\n");
  for (int i = 0; i < t->piece_count; i++) {
    const tsp_piece *p = &t->piece[i];
    fprintf(to, ".piece %s addr 0x%04" PRIx32 " step %+" PRId32 " count %" PRIu32 " lanes %" PRIu32 " byte %u",
            tsp_queue_name(cfg, p->slice, slice), p->addr, p->addr_step, p->count, p->lanes, p->byte);
    fprintf(to, " first %" PRId64 " vec %+" PRId64 " lane %+" PRId64 "\n", p->first, p->vec_step, p->lane_step);
  }
  write_data(t, to);
}

static void write_debug(const tsp_image *image, const tsp_debug *d, FILE *to)
{
  char name[2 * sizeof image->tensor->name + 3];

  fprintf(to, " @%" PRIu64, d->cycle);
  if (d->tensor >= 0)
    fprintf(to, " %s", tsp_quote_name(image->tensor[d->tensor].name, name));
  if (d->tensor >= 0 || d->first || d->step)
    fprintf(to, "%s[%" PRId64 ", %+" PRId64 "]", d->tensor >= 0 ? "" : " ", d->first, d->step);
  if (d->line)
    fprintf(to, " line %" PRIu32, d->line);
}

/* A word that the queue could not execute is written as .word, with what it would have been as comment. */
static void write_word(const tsp_image *image, const tsp_config *cfg, int queue, uint32_t index, const tsp_debug *d,
                       FILE *to)
{
  uint64_t word = image->queue[queue].word[index];
  tsp_fault_code fault = tsp_word_check(tsp_isa_builtin(), cfg, queue, word);
  char text[128];

  tsp_word_text(tsp_isa_builtin(), cfg, word, text, sizeof text);
  if (fault == TSP_FAULT_NONE)
    fprintf(to, d ? "  %-44s" : "  %s", text);
  else
    fprintf(to, "  .word 0x%016" PRIx64, word);
  if (d)
    write_debug(image, d, to);
  if (fault != TSP_FAULT_NONE)
    fprintf(to, " ; %s%s%s", *text == '.' ? "" : text, *text == '.' ? "" : ": ", tsp_fault_text(fault));
  fputc('\n', to);
}

static void write_queue(const tsp_image *image, const tsp_config *cfg, int queue, const tsp_debug **d, FILE *to)
{
  const tsp_debug *end = image->debug + image->debug_count;
  char name[16];

  fprintf(to, "\n.queue %s\n", tsp_queue_name(cfg, queue, name));
  for (uint32_t i = 0; i < image->queue[queue].length; i++) {
    if (image->queue[queue].fetched && i == image->queue[queue].length - image->queue[queue].fetched)
      fprintf(to, ".fetched\n");
    bool has = *d < end && (*d)->queue == queue && (*d)->word == i;
    write_word(image, cfg, queue, i, has ? *d : NULL, to);
    *d += has;
  }
}

tsp_status tsp_asm_write(const tsp_image *image, FILE *to)
{
  tsp_status s = tsp_image_check(image, NULL);
  const tsp_config *cfg = tsp_config_find(image->config);
  const tsp_debug *d = image->debug;

  if (s != TSP_OK)
    return s;
  fprintf(to, "; TSP assembly\n");
  write_head(image, to);
  for (int i = 0; i < image->tensor_count; i++)
    write_tensor(cfg, &image->tensor[i], to);
  for (int q = 0; q < image->queue_count; q++)
    if (image->queue[q].length)
      write_queue(image, cfg, q, &d, to);
  fprintf(to, "\n.end\n");
  return fflush(to) != 0 || ferror(to) ? TSP_EIO : TSP_OK;
}

static tsp_status emit(FILE *to, const void *ctx)
{
  return tsp_asm_write(ctx, to);
}

tsp_status tsp_asm_save(const tsp_image *image, const char *path, tsp_error *err)
{
  tsp_error cause = {""};
  tsp_status s = tsp_image_check(image, &cause);

  if (s != TSP_OK)
    return tsp_fail_at(err, s, &cause, "%s", path);
  return tsp_file_replace(path, emit, image, err);
}
