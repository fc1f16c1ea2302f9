// SPDX-License-Identifier: Apache-2.0
// graph_compile.c: the passes from a graph to an image.
#include "graph_pass.h"
#include "tsp_fetch.h"
#include <stdlib.h>
#include <string.h>

/* ---- tensors of the image ---- */
typedef struct {
  int tensor;
  tsp_piece piece;
} placed;

static int by_place(const void *a_, const void *b_)
{
  const placed *a = a_, *b = b_;
  const int64_t key[7][2] = {
      {a->tensor, b->tensor},           {a->piece.slice, b->piece.slice},         {a->piece.byte, b->piece.byte},
      {a->piece.lanes, b->piece.lanes}, {a->piece.lane_step, b->piece.lane_step}, {a->piece.addr, b->piece.addr},
      {a->piece.first, b->piece.first}};
  for (int i = 0; i < 7; i++)
    if (key[i][0] != key[i][1])
      return key[i][0] < key[i][1] ? -1 : 1;
  return 0;
}

/* Whether b continues a: the next address, and elements in even steps. */
static bool continues(const placed *a, const placed *b)
{
  const tsp_piece *x = &a->piece, *y = &b->piece;
  if (a->tensor != b->tensor || x->slice != y->slice || x->byte != y->byte || x->lanes != y->lanes ||
      x->lane_step != y->lane_step || y->addr != x->addr + x->count)
    return false;
  return x->count == 1 || y->first == x->first + x->count * x->vec_step;
}

static int merge(placed *list, int n)
{
  int kept = 0;
  for (int i = 0; i < n; i++) {
    if (kept > 0 && continues(&list[kept - 1], &list[i])) {
      tsp_piece *p = &list[kept - 1].piece;
      if (p->count == 1)
        p->vec_step = list[i].piece.first - p->first;
      p->count++;
    } else {
      list[kept++] = list[i];
    }
  }
  return kept;
}

static void give(tspc_prog *p, const placed *list, int n)
{
  for (int i = 0; tspc_ok(p) && i < n;) {
    int end = i;
    while (end < n && list[end].tensor == list[i].tensor)
      end++;
    tsp_tensor *t = &p->image->tensor[list[i].tensor];
    tsp_piece *grown = realloc(t->piece, (size_t)(t->piece_count + end - i) * sizeof *grown);
    if (!grown) {
      tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
      return;
    }
    t->piece = grown;
    for (; i < end; i++)
      t->piece[t->piece_count++] = list[i].piece;
  }
}

/* The pool becomes one constant tensor of bytes, a row a vector. */
static int pool_tensor(tspc_prog *p)
{
  tsp_image *m = p->image;
  tsp_tensor *grown = realloc(m->tensor, ((size_t)m->tensor_count + 1) * sizeof *grown);
  size_t bytes = (size_t)p->pools * (size_t)p->cfg->vector;
  uint8_t *data = malloc(bytes);
  if (grown)
    m->tensor = grown;
  if (!grown || !data) {
    free(data);
    return tspc_prog_fail(p, TSP_ENOMEM, "out of memory"), TSPC_NONE;
  }
  memcpy(data, p->pool, bytes);
  m->tensor[m->tensor_count] = (tsp_tensor){.name = "pool",
                                            .type = TSP_I8,
                                            .role = TSP_ROLE_CONST,
                                            .rank = 2,
                                            .shape = {(uint32_t)p->pools, (uint32_t)p->cfg->vector},
                                            .data_bytes = bytes,
                                            .data = data};
  return m->tensor_count++;
}

/* Inputs that nothing reads have a place all the same: the host writes them. */
static void place_unread(tspc_space *s)
{
  tspc_prog *p = s->p;
  for (int i = 0; tspc_ok(p) && i < p->words; i++) {
    const tspc_word *w = &p->word[i];
    if (w->homes || !w->initial || w->tensor < 0 || p->image->tensor[w->tensor].role != TSP_ROLE_INPUT)
      continue;
    tspc_home home = {0};
    bool found = false;
    for (int x = 0; !found && x < 4 * s->cfg->mem_slices; x++) {
      home.slice = (uint16_t)(x / 2);
      found = tspc_claim_word(s, x / 2, x % 2, TSPC_STATIC, i, &home.addr);
    }
    if (!found || !tspc_add_home(s, i, home))
      tspc_prog_fail(p, TSP_ERANGE, "the memory of configuration %s is full", s->cfg->name);
  }
}

static void add_pieces(tspc_space *s)
{
  tspc_prog *p = s->p;
  place_unread(s);
  int pool = tspc_ok(p) && p->pools ? pool_tensor(p) : TSPC_NONE, n = 0;
  placed *list = malloc(((size_t)p->words * TSPC_HOMES + 1) * sizeof *list);
  if (!list)
    tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
  for (int i = 0; tspc_ok(p) && i < p->words; i++) {
    const tspc_word *w = &p->word[i];
    if (w->tensor < 0 && w->pool < 0)
      continue;
    for (int h = 0; h < w->homes; h++) {
      if (!tspc_listed(w, h))
        continue;
      tsp_piece piece = {.slice = w->home[h].slice,
                         .byte = (uint8_t)w->byte,
                         .addr = w->home[h].addr,
                         .count = 1,
                         .addr_step = 1,
                         .lanes = (uint32_t)w->lanes,
                         .first = w->first,
                         .lane_step = w->lane_step};
      if (w->tensor < 0) {
        piece.byte = 0;
        piece.lanes = (uint32_t)p->cfg->vector;
        piece.first = (int64_t)w->pool * p->cfg->vector;
        piece.lane_step = 1;
      }
      list[n++] = (placed){w->tensor >= 0 ? w->tensor : pool, piece};
    }
  }
  if (n)
    qsort(list, (size_t)n, sizeof *list, by_place);
  give(p, list, merge(list, n));
  free(list);
}

/* ---- the passes ---- */
static tsp_status compile(tspc_prog *p, const tsp_graph *g, const tsp_dump *dump, int64_t *looks)
{
  tspc_sched s = {.p = p};
  tspc_lower_graph(p, g);
  if (tspc_ok(p))
    tspc_print(p, dump, "lower", tspc_dump_vecs);
  if (tspc_ok(p))
    tspc_fuse(p);
  if (tspc_ok(p))
    tspc_print(p, dump, "fuse", tspc_dump_ops);
  if (tspc_ok(p))
    tspc_schedule_all(&s);
  if (tspc_ok(p) && tspc_wanted(dump, "schedule"))
    tspc_dump_nodes(p, &s.space, dump->to);
  if (tspc_ok(p))
    add_pieces(&s.space);
  if (tspc_ok(p))
    tspc_emit_image(&s.space, p->image);
  if (tspc_ok(p))
    tspc_find_bounds(p, &s.space);
  *looks = s.space.looks;
  tspc_space_free(&s.space);
  return p->status;
}

static const char *const passes[] = {"graph", "expand", "turn", "fold", "lower", "fuse", "schedule", NULL};

static tsp_status check_dump(const tsp_dump *dump, tsp_error *err)
{
  char names[128] = "";
  if (!dump || !dump->pass || strcmp(dump->pass, "all") == 0)
    return TSP_OK;
  for (int i = 0; passes[i]; i++) {
    if (strcmp(dump->pass, passes[i]) == 0)
      return TSP_OK;
    size_t used = strlen(names);
    snprintf(names + used, sizeof names - used, "%s, ", passes[i]);
  }
  return tsp_fail(err, TSP_EFORMAT, "no pass is called %.80s; there are %sall", dump->pass, names);
}

/* The graph in primitives, constants folded; NULL and err on failure. */
static tsp_graph *prepare(const tsp_graph *g, const tsp_dump *dump, tsp_error *err)
{
  if (tspc_wanted(dump, "graph"))
    tsp_graph_dump(g, dump->to);
  tsp_graph *expanded = tsp_graph_expand(g, err);
  if (expanded && tspc_wanted(dump, "expand"))
    tsp_graph_dump(expanded, dump->to);
  tsp_graph *turned = expanded ? tsp_graph_turn(expanded, err) : NULL;
  if (turned && tspc_wanted(dump, "turn"))
    tsp_graph_dump(turned, dump->to);
  tsp_graph *folded = turned ? tsp_graph_fold(turned, err) : NULL;
  if (folded && tspc_wanted(dump, "fold"))
    tsp_graph_dump(folded, dump->to);
  tsp_graph_free(expanded);
  tsp_graph_free(turned);
  return folded;
}

/* ---- one image, and the best of several ---- */
typedef struct {
  const tsp_config *cfg;
  const tsp_isa *isa;
  const tsp_graph *graph;
  int text;      /* words of memory left for it */
  bool *fetches; /* [queues] whose text is fetched */
  bool thrifty;
  tspc_manner manner;
  int64_t looks; /* that it took to schedule it the last time */
} attempt;

static tsp_status try_image(attempt *a, const tsp_dump *dump, tsp_image **out, tsp_error *err)
{
  tspc_prog p = {.cfg = a->cfg,
                 .isa = a->isa,
                 .graph = a->graph,
                 .node = TSPC_NONE,
                 .text = a->text,
                 .fetches = a->fetches,
                 .thrifty = a->thrifty,
                 .manner = a->manner,
                 .err = err};
  tsp_status status = tsp_image_new(a->cfg, tsp_graph_name(a->graph), &p.image);
  *out = NULL;
  a->looks = 0;
  if (status == TSP_OK) {
    p.image->table_hash = tsp_table_hash(p.isa, a->cfg);
    status = compile(&p, a->graph, dump, &a->looks);
  } else {
    tsp_fail(err, status, "out of memory for the image");
  }
  tspc_prog_free(&p);
  if (status == TSP_OK)
    *out = p.image;
  else
    tsp_image_free(p.image);
  return status;
}

/* Takes the image if it is the shortest so far. */
static bool better(tsp_image **best, tsp_image *image)
{
  if (!image || (*best && (*best)->cycles_predicted <= image->cycles_predicted)) {
    tsp_image_free(image);
    return false;
  }
  tsp_image_free(*best);
  *best = image;
  return true;
}

/* List scheduling looks ahead no further than its priorities, so which one is best is a matter of luck: small programs
 * are scheduled in several manners, and the shortest is kept. */
static const tspc_manner manners[] = {{8, 32, 0},  {8, 128, 70}, {8, 48, 0}, {10, 48, 0},
                                      {12, 16, 0}, {10, 32, 0},  {6, 32, 0}};
enum { MANNERS = sizeof manners / sizeof *manners, MOST_LOOKS = 6000000 /* in all */, NEARLY = 20 };

/* Whether a shorter program is not worth looking for: it has a twentieth more cycles than the least. */
static bool nearly_least(const tsp_image *m)
{
  const tsp_bound *b = m ? tsp_image_bound(m) : NULL;
  return b && m->cycles_predicted <= b->cycles + b->cycles / NEARLY;
}

static bool no_place(tsp_status s)
{
  return s == TSP_ERANGE || s == TSP_ESTATE;
}

/* What finds no place finds one, perhaps, if memory is spared, in one manner or another. */
static tsp_status make_thrifty(attempt *a, const tsp_dump *dump, tsp_image **out, tsp_error *err)
{
  tsp_status status = TSP_ESTATE;
  a->thrifty = true;
  for (int i = 0; i < MANNERS && no_place(status); i++) {
    a->manner = manners[i];
    status = try_image(a, dump, out, err);
  }
  return status;
}

static tsp_status make_image(attempt *a, const tsp_dump *dump, tsp_image **out, tsp_error *err)
{
  tsp_status status = TSP_OK;
  tsp_error ignored;
  int best = TSPC_NONE;
  *out = NULL;
  int64_t looks = 0;
  a->thrifty = false;
  for (int i = 0; i < MANNERS && (i == 0 || looks + a->looks <= MOST_LOOKS) && !nearly_least(*out); i++) {
    tsp_image *image;
    a->manner = manners[i];
    tsp_status this = try_image(a, NULL, &image, best < 0 ? err : &ignored);
    status = best < 0 ? this : TSP_OK;
    if (this != TSP_OK && (!no_place(this) || !a->looks))
      break;
    looks += a->looks;
    best = better(out, image) ? i : best;
  }
  if (best < 0) /* what failed before it was scheduled does so in any manner */
    return no_place(status) && a->looks ? make_thrifty(a, dump, out, err) : status;
  if (!dump || !dump->pass)
    return TSP_OK;
  a->manner = manners[best];
  tsp_image_free(*out);
  return try_image(a, dump, out, err);
}

/* Which queues do not hold their text, or will not once it is fetched, and about the words of memory that it takes: it
 * grows by what fetches it. */
static bool plan_fetches(attempt *a, const tsp_image *image)
{
  const tsp_config *cfg = a->cfg;
  int brings = cfg->superlanes * cfg->fetch_row, nearly = cfg->iq_depth - cfg->iq_depth / 8;
  a->text = 1;
  a->fetches = calloc((size_t)image->queue_count, sizeof *a->fetches);
  for (int q = 0; a->fetches && q < image->queue_count; q++) {
    int more = (int)image->queue[q].length - cfg->iq_depth;
    a->fetches[q] = (int)image->queue[q].length > nearly;
    a->text += more > 0 ? 2 * (more + more / 4 + brings) / brings : 0;
  }
  return a->fetches;
}

/* Refuses what cannot fit, however it were laid out, before anything is made of it. */
static tsp_status check_size(const tsp_config *cfg, const tsp_graph *g, tsp_error *err)
{
  double bytes = 0, memory = 2.0 * cfg->mem_slices * cfg->mem_words;
  for (int i = 0; i < tsp_graph_count(g); i++) {
    const tsp_node *n = tsp_graph_node(g, i);
    bytes += n->op == TSP_G_INPUT || n->op == TSP_G_STATE || n->output
                 ? (double)tsp_node_elements(n) * tsp_type_size(n->type)
                 : 0;
  }
  if (bytes / cfg->vector <= memory)
    return TSP_OK;
  return tsp_fail(
      err, TSP_ERANGE,
      "inputs, states and outputs take %.0f words of memory or more, configuration %s has %.0f; fewer or smaller "
      "tensors fit",
      bytes / cfg->vector, cfg->name, memory);
}

tsp_status tsp_graph_compile(const tsp_config *cfg, const tsp_isa *isa, const tsp_graph *g, const tsp_dump *dump,
                             tsp_image **out, tsp_error *err)
{
  *out = NULL;
  tsp_status status = tsp_graph_error(g, err);
  if (status == TSP_OK)
    status = check_dump(dump, err);
  if (status == TSP_OK)
    status = check_size(cfg, g, err);
  if (status != TSP_OK)
    return status;
  tsp_graph *folded = prepare(g, dump, err);
  if (!folded)
    return TSP_ENOMEM;
  isa = isa ? isa : tsp_isa_builtin();
  attempt a = {.cfg = cfg, .isa = isa, .graph = folded};
  status = make_image(&a, dump, out, err);
  if (status == TSP_OK) { /* what the queues do not hold is brought in time, if they have a cycle for it */
    status = tsp_text_fetch(cfg, isa, *out, 0, NULL, err);
    if (status == TSP_ERANGE) {
      bool planned = plan_fetches(&a, *out);
      tsp_image_free(*out);
      *out = NULL;
      status = planned ? make_image(&a, dump, out, err) : TSP_ENOMEM;
      if (status == TSP_OK)
        status = tsp_text_fetch(cfg, isa, *out, 0, NULL, err);
    }
  }
  free(a.fetches);
  tsp_graph_free(folded);
  if (status != TSP_OK) {
    tsp_image_free(*out);
    *out = NULL;
  }
  return status;
}
