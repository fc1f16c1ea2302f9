/* SPDX-License-Identifier: Apache-2.0 */
/* asm.c - assembly text to a program image (ASSEMBLY.md): lines, the order of parts, and the head. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "asm_internal.h"

static tsp_status read_version(tsp_asm *a, tsp_lex *l)
{
  int64_t version;

  (void)a;
  return tsp_lex_int(l, "the version", TSP_ASM_VERSION, TSP_ASM_VERSION, &version);
}

static tsp_status read_config(tsp_asm *a, tsp_lex *l)
{
  char name[32];
  tsp_status s = tsp_lex_name(l, "a configuration's name", name, sizeof name);

  if (s != TSP_OK)
    return s;
  if (a->cfg)
    return tsp_fail(l->cause, TSP_EFORMAT, "a second .config");
  a->cfg = tsp_config_find(name);
  if (!a->cfg)
    return tsp_fail(l->cause, TSP_EFORMAT, "there is no configuration '%s'", name);
  a->queue_line = calloc((size_t)a->cfg->queues, sizeof *a->queue_line);
  s = a->queue_line ? tsp_image_new(a->cfg, "", &a->image) : TSP_ENOMEM;
  return s == TSP_OK ? s : tsp_fail(l->cause, s, "%s", tsp_status_text(s));
}

static tsp_status read_tables(tsp_asm *a, tsp_lex *l)
{
  uint64_t hash;
  tsp_status s = tsp_lex_uint(l, "the table hash", UINT64_MAX, &hash);

  if (s != TSP_OK)
    return s;
  if (a->has_tables)
    return tsp_fail(l->cause, TSP_EFORMAT, "a second .tables");
  if (hash != a->image->table_hash)
    return tsp_fail(l->cause, TSP_ETABLES, "made for tables 0x%016" PRIx64 ", this build has 0x%016" PRIx64, hash,
                    a->image->table_hash);
  a->has_tables = true;
  return TSP_OK;
}

static tsp_status read_kernel(tsp_asm *a, tsp_lex *l)
{
  if (a->image->kernel[0])
    return tsp_fail(l->cause, TSP_EFORMAT, "a second .kernel");
  return tsp_lex_name(l, "the kernel's name", a->image->kernel, sizeof a->image->kernel);
}

static tsp_status read_predicted(tsp_asm *a, tsp_lex *l)
{
  if (a->has_predicted)
    return tsp_fail(l->cause, TSP_EFORMAT, "a second .predicted");
  a->has_predicted = true;
  return tsp_lex_uint(l, "the predicted cycles", UINT64_MAX, &a->image->cycles_predicted);
}

static tsp_status read_bound(tsp_asm *a, tsp_lex *l)
{
  size_t n = (size_t)a->image->bound_count;
  tsp_bound *bounds = tsp_grow(a->image->bound, n, &a->bound_room, sizeof *bounds);
  tsp_status s;

  if (!bounds || n >= INT32_MAX)
    return tsp_fail(l->cause, TSP_ENOMEM, "out of memory");
  a->image->bound = bounds;
  memset(&bounds[n], 0, sizeof bounds[n]);
  s = tsp_lex_name(l, "a resource", bounds[n].resource, sizeof bounds[n].resource);
  if (s == TSP_OK)
    s = tsp_check_string("resource", bounds[n].resource, sizeof bounds[n].resource, false, l->cause);
  if (s == TSP_OK)
    s = tsp_lex_uint(l, "the bound", UINT64_MAX, &bounds[n].cycles);
  a->image->bound_count += s == TSP_OK;
  return s;
}

static tsp_status read_end(tsp_asm *a, tsp_lex *l)
{
  return tsp_asm_tensors_done(a, l->cause);
}

/* Where a directive may stand: in parts first..last; it leads to part next. */
static const struct {
  const char *name;
  tsp_status (*read)(tsp_asm *, tsp_lex *);
  int first, last, next;
} directive[] = {
    {".tsp", read_version, TSP_ASM_START, TSP_ASM_START, TSP_ASM_HEAD},
    {".config", read_config, TSP_ASM_HEAD, TSP_ASM_HEAD, TSP_ASM_HEAD},
    {".tables", read_tables, TSP_ASM_HEAD, TSP_ASM_HEAD, TSP_ASM_HEAD},
    {".kernel", read_kernel, TSP_ASM_HEAD, TSP_ASM_HEAD, TSP_ASM_HEAD},
    {".predicted", read_predicted, TSP_ASM_HEAD, TSP_ASM_HEAD, TSP_ASM_HEAD},
    {".bound", read_bound, TSP_ASM_HEAD, TSP_ASM_HEAD, TSP_ASM_HEAD},
    {".tensor", tsp_asm_tensor, TSP_ASM_HEAD, TSP_ASM_TENSORS, TSP_ASM_TENSORS},
    {".piece", tsp_asm_piece, TSP_ASM_TENSORS, TSP_ASM_TENSORS, TSP_ASM_TENSORS},
    {".hex", tsp_asm_hex, TSP_ASM_TENSORS, TSP_ASM_TENSORS, TSP_ASM_TENSORS},
    {".data", tsp_asm_data, TSP_ASM_TENSORS, TSP_ASM_TENSORS, TSP_ASM_TENSORS},
    {".queue", tsp_asm_queue, TSP_ASM_HEAD, TSP_ASM_QUEUES, TSP_ASM_QUEUES},
    {".fetched", tsp_asm_fetched, TSP_ASM_QUEUES, TSP_ASM_QUEUES, TSP_ASM_QUEUES},
    {".end", read_end, TSP_ASM_HEAD, TSP_ASM_QUEUES, TSP_ASM_END},
};

static tsp_status read_directive(tsp_asm *a, tsp_lex *l)
{
  static const char *const part[] = {"the start, which is .tsp", "the head", "the tensors", "the queues", "the .end"};
  char name[32];
  tsp_status s = tsp_lex_id(l, "a directive", name, sizeof name);

  for (size_t i = 0; s == TSP_OK && i < sizeof directive / sizeof directive[0]; i++) {
    if (strcmp(directive[i].name, name) != 0)
      continue;
    if (a->part < directive[i].first || a->part > directive[i].last)
      return tsp_fail(l->cause, TSP_EFORMAT, "%s cannot stand in %s", name, part[a->part]);
    if (a->part == TSP_ASM_HEAD && !a->cfg && directive[i].read != read_config)
      return tsp_fail(l->cause, TSP_EFORMAT, "%s comes after .config", name);
    s = directive[i].read(a, l);
    a->part = directive[i].next;
    return s;
  }
  return s != TSP_OK ? s : tsp_fail(l->cause, TSP_EFORMAT, "there is no directive '%s'", name);
}

static tsp_status read_text(tsp_asm *a, const char *text, tsp_error *cause)
{
  tsp_lex l = {text, cause}, ahead = l;
  tsp_status s;

  if (tsp_lex_at_end(&l))
    return TSP_OK;
  if (a->part == TSP_ASM_END)
    return tsp_lex_fail(&l, "only comments behind .end: the end of the line");
  if (*l.p == '.' && !tsp_lex_accept(&ahead, ".word"))
    s = read_directive(a, &l);
  else
    s = tsp_asm_word(a, &l);
  return s == TSP_OK ? tsp_lex_end(&l) : s;
}

/* One line without its newline. False at the end of the file or on an error, which is then in *s. */
static bool next_line(tsp_asm *a, FILE *f, char *text, tsp_status *s, tsp_error *cause)
{
  size_t n = 0;
  int c = getc(f);

  if (c == EOF && !ferror(f))
    return false;
  a->at_line = ++a->line;
  for (; c != '\n' && c != EOF; c = getc(f)) {
    if (c == '\0')
      *s = tsp_fail(cause, TSP_EFORMAT, "a NUL byte; this is not text");
    else if (n == TSP_ASM_LINE)
      *s = tsp_fail(cause, TSP_EFORMAT, "the line is longer than %d characters", TSP_ASM_LINE);
    if (*s != TSP_OK)
      return false;
    text[n++] = (char)c;
  }
  if (c == EOF) {
    *s = ferror(f) ? tsp_fail(cause, TSP_EIO, "%s", strerror(errno))
                   : tsp_fail(cause, TSP_EFORMAT, "the last line has no newline; the text is incomplete");
    return false;
  }
  if (n > 0 && text[n - 1] == '\r')
    n--;
  text[n] = '\0';
  return true;
}

static int by_queue_and_word(const void *a, const void *b)
{
  const tsp_debug *x = a, *y = b;

  return x->queue != y->queue ? (x->queue > y->queue) - (x->queue < y->queue)
                              : (x->word > y->word) - (x->word < y->word);
}

static tsp_status read_lines(tsp_asm *a, FILE *f, tsp_error *cause)
{
  char text[TSP_ASM_LINE + 1];
  tsp_status s = TSP_OK;

  while (s == TSP_OK && next_line(a, f, text, &s, cause))
    s = read_text(a, text, cause);
  if (s == TSP_OK && a->part != TSP_ASM_END)
    s = tsp_fail(cause, TSP_EFORMAT, "the text ends without .end");
  if (s == TSP_OK && a->debug_unsorted)
    qsort(a->image->debug, (size_t)a->image->debug_count, sizeof *a->image->debug, by_queue_and_word);
  return s == TSP_OK ? tsp_image_check(a->image, cause) : s;
}

tsp_status tsp_asm_read(const char *path, tsp_image **out, tsp_error *err)
{
  tsp_asm a = {.part = TSP_ASM_START};
  tsp_error cause = {""};
  tsp_status s;
  FILE *f = fopen(path, "rb");

  *out = NULL;
  if (!f)
    return tsp_fail(err, TSP_EIO, "%s: %s", path, strerror(errno));
  s = read_lines(&a, f, &cause);
  fclose(f);
  free(a.tensor_line);
  free(a.sorted);
  free(a.queue_line);
  if (s == TSP_OK) {
    *out = a.image;
    return s;
  }
  tsp_image_free(a.image);
  return tsp_fail_at(err, s, &cause, "%s:%" PRIu32, path, a.at_line ? a.at_line : 1);
}
