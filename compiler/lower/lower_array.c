// SPDX-License-Identifier: Apache-2.0
// lower_array.c: tables and states, whose rows are found at run time: Gather and Scatter take the row's address from a
// stream. A table's rows lie one below the other in one slice for each byte. A state's rows are dealt out to `stripes`
// slices, so that rows can be loaded as weights together; row r is word base + r / stripes of stripe r % stripes. A
// write that is not meant for a stripe goes to word 0 of its slice, which is nobody's.
#include "lower.h"
#include <stdlib.h>
#include <string.h>

static int port(const tspc_array *a, int stripe, int tile, int byte)
{
  return (stripe * a->tiles + tile) * a->bytes + byte;
}

/* ---- places ---- */
/* The slice of a port: that of the words of this stripe, or for tables the emptiest. */
static int choose_slice(const tspc_prog *p, const tspc_array *a, int stripe, int tile, int byte)
{
  const tsp_config *cfg = p->cfg;
  int half = (cfg->lw_streams + 1) / 2, best = 0, slices = 2 * cfg->mem_slices;
  if (a->stripes > 1)
    return (stripe % 2 ? cfg->mem_slices : 0) + (stripe / 2 + (byte + p->arrays) * half + tile) % cfg->mem_slices;
  for (int x = 1; x < slices; x++) /* its bytes by turns */
    if (p->fixed[(x + tile * a->bytes + byte) % slices] < p->fixed[(best + tile * a->bytes + byte) % slices])
      best = x;
  return (best + tile * a->bytes + byte) % slices;
}

/* Ports that share a slice lie above each other, `rows` apart: on levels. The base is common to all. */
static void place_array(tspc_lower *l, tspc_array *a)
{
  tspc_prog *p = l->p;
  uint32_t base = 1, levels = 1;
  int slices = 2 * p->cfg->mem_slices;
  a->slice = malloc((size_t)a->ports * sizeof *a->slice);
  a->level = malloc((size_t)a->ports * sizeof *a->level);
  uint32_t *taken = calloc((size_t)slices, sizeof *taken);
  if (!a->slice || !a->level || !taken) {
    tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
    free(taken);
    return;
  }
  for (int s = 0; s < a->stripes; s++)
    for (int t = 0; t < a->tiles; t++)
      for (int b = 0; b < a->bytes; b++) {
        int x = choose_slice(p, a, s, t, b);
        a->slice[port(a, s, t, b)] = x;
        a->level[port(a, s, t, b)] = taken[x]++;
        levels = taken[x] > levels ? taken[x] : levels;
        base = p->fixed[x] > base ? p->fixed[x] : base;
      }
  a->base = base;
  if (base + (uint64_t)levels * a->rows > (uint64_t)p->cfg->mem_words)
    tspc_prog_fail(p, TSP_ERANGE,
                   "%u times %u rows beside %u words of other tables and states: a slice of %s has %d words", levels,
                   a->rows, base, p->cfg->name, p->cfg->mem_words);
  for (int i = 0; tspc_ok(p) && i < a->ports; i++) {
    uint32_t end = base + (a->level[i] + 1) * a->rows;
    if (p->fixed[a->slice[i]] < end)
      p->fixed[a->slice[i]] = end;
  }
  free(taken);
}

static uint32_t port_base(const tspc_array *a, int stripe, int tile, int byte)
{
  return a->base + a->level[port(a, stripe, tile, byte)] * a->rows;
}

static void add_piece(tspc_lower *l, int tensor, tsp_piece piece)
{
  tsp_tensor *t = &l->p->image->tensor[tensor];
  tsp_piece *grown = realloc(t->piece, ((size_t)t->piece_count + 1) * sizeof *grown);
  if (!grown) {
    tspc_prog_fail(l->p, TSP_ENOMEM, "out of memory");
    return;
  }
  t->piece = grown;
  t->piece[t->piece_count++] = piece;
}

static void array_pieces(tspc_lower *l, const tspc_array *a)
{
  const tsp_node *n = tsp_graph_node(l->g, a->node);
  int width = (int)n->shape[1], rows = (int)n->shape[0], vector = l->p->cfg->vector;
  if (l->image[a->node] < 0)
    l->image[a->node] =
        tspc_image_tensor(l, a->node, n->name, n->op == TSP_G_CONST ? TSP_ROLE_CONST : TSP_ROLE_INPUT, n->data);
  for (int s = 0; tspc_ok(l->p) && s < a->stripes && s < rows; s++)
    for (int t = 0; t < a->tiles; t++)
      for (int b = 0; b < a->bytes; b++)
        add_piece(l, l->image[a->node],
                  (tsp_piece){.slice = (uint16_t)a->slice[port(a, s, t, b)],
                              .byte = (uint8_t)b,
                              .addr = port_base(a, s, t, b),
                              .count = (uint32_t)((rows - s + a->stripes - 1) / a->stripes),
                              .addr_step = 1,
                              .lanes = (uint32_t)(width == 1                    ? vector
                                                  : width - t * vector < vector ? width - t * vector
                                                                                : vector),
                              .first = (int64_t)s * width + (int64_t)t * vector,
                              .vec_step = (int64_t)a->stripes * width,
                              .lane_step = width > 1});
}

/* Word 0 of a slice is zero at first, so that a Gather of nobody's row reads something. */
static void zero_words(tspc_lower *l)
{
  tspc_prog *p = l->p;
  uint8_t *zeros = calloc((size_t)p->cfg->vector, 1);
  int zero = zeros ? tspc_pool_word(p, zeros) : TSPC_NONE;
  for (int x = 0; zero >= 0 && x < 2 * p->cfg->mem_slices; x++) {
    if (!p->fixed[x])
      continue;
    int w = tspc_static(p, p->word[zero].pool);
    if (w < 0)
      break;
    p->word[w].homes = 1;
    p->word[w].home[0] = (tspc_home){.slice = (uint16_t)x};
  }
  if (!zeros)
    tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
  free(zeros);
}

static void add_array(tspc_lower *l, int node, int stripes)
{
  tspc_prog *p = l->p;
  const tsp_node *n = tsp_graph_node(l->g, node);
  if (!tspc_grow(p, &p->array, &p->array_cap, p->arrays + 1, sizeof *p->array))
    return;
  tspc_array *a = &p->array[p->arrays];
  *a = (tspc_array){.node = node,
                    .stripes = stripes,
                    .tiles = ((int)n->shape[1] + p->cfg->vector - 1) / p->cfg->vector,
                    .bytes = tsp_type_size(n->type),
                    .rows = (n->shape[0] + (uint32_t)stripes - 1) / (uint32_t)stripes};
  a->ports = stripes * a->tiles * a->bytes;
  l->array[node] = p->arrays++;
  place_array(l, a);
  if (tspc_ok(p))
    array_pieces(l, a);
}

int tspc_state_of(const tspc_lower *l, int node)
{
  const tsp_node *n = tsp_graph_node(l->g, node);
  while (n->op == TSP_G_SCATTER) {
    node = n->input[0];
    n = tsp_graph_node(l->g, node);
  }
  return n->op == TSP_G_STATE ? node : -1;
}

void tspc_arrays(tspc_lower *l)
{
  tspc_prog *p = l->p;
  int nodes = tsp_graph_count(l->g);
  p->fixed = calloc(2 * (size_t)p->cfg->mem_slices, sizeof *p->fixed);
  uint8_t *gathered = calloc((size_t)nodes + 1, 1), *scattered = calloc((size_t)nodes + 1, 1);
  if (!p->fixed || !gathered || !scattered)
    tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
  for (int i = 0; tspc_ok(p) && i < nodes; i++) {
    const tsp_node *n = tsp_graph_node(l->g, i);
    int state = n->inputs ? tspc_state_of(l, n->input[0]) : -1;
    if (n->op == TSP_G_GATHER)
      gathered[state >= 0 ? state : n->input[0]] = 1;
    if (n->op == TSP_G_SCATTER)
      scattered[state] = 1;
  }
  for (int i = 0; tspc_ok(p) && i < nodes; i++) { /* states first: they want their slices */
    if (scattered[i])
      add_array(l, i, gathered[i] ? 1 : p->cfg->lw_streams);
  }
  for (int i = 0; tspc_ok(p) && i < nodes; i++) {
    const tsp_node *n = tsp_graph_node(l->g, i);
    if (gathered[i] && !scattered[i] && (n->op == TSP_G_CONST || n->op == TSP_G_INPUT || n->op == TSP_G_STATE))
      add_array(l, i, 1);
  }
  if (tspc_ok(p))
    zero_words(l);
  free(gathered);
  free(scattered);
}

/* ---- rows ---- */
static int word_at(const tspc_array *a, int row, int tile, int byte)
{
  return (row * a->tiles + tile) * a->bytes + byte;
}

/* Words of a version. */
static void new_version(tspc_lower *l, int array)
{
  tspc_prog *p = l->p;
  tspc_array *a = &p->array[array];
  int rows = (int)tsp_graph_node(l->g, a->node)->shape[0], n = rows * a->tiles * a->bytes;
  int *word = malloc((size_t)n * sizeof *word);
  if (!word) {
    tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
    return;
  }
  for (int r = 0; tspc_ok(p) && r < rows; r++)
    for (int t = 0; t < a->tiles; t++)
      for (int b = 0; b < a->bytes; b++) {
        int w = word[word_at(a, r, t, b)] = tspc_word_new(p);
        if (w < 0)
          break;
        p->word[w].keep = p->word[w].state = true;
        p->word[w].homes = 1;
        p->word[w].home[0] = (tspc_home){.slice = (uint16_t)a->slice[port(a, r % a->stripes, t, b)],
                                         .addr = port_base(a, r % a->stripes, t, b) + (uint32_t)(r / a->stripes)};
      }
  free(a->word);
  a->word = word;
}

void tspc_array_rows(tspc_lower *l, int array, tspc_tensor *t)
{
  tspc_prog *p = l->p;
  if (!p->array[array].word)
    new_version(l, array);
  t->splat = t->width == 1;
  for (int r = 0; tspc_ok(p) && r < t->rows; r++)
    for (int k = 0; tspc_ok(p) && k < t->tiles; k++)
      *tspc_at(t, r, k) = tspc_vec_words(p, t->bytes, p->array[array].word + word_at(&p->array[array], r, k, 0), 0,
                                         t->width == 1 ? p->cfg->vector : tspc_tile_width(p, t, k));
}

/* ---- addresses ---- */
static int i16(tspc_lower *l, const char *op, int a, int b)
{
  return tspc_vec_vx(l->p, tspc_opcode(l->p, op, TSP_I16), a, b, TSPC_NONE);
}
static int number(tspc_lower *l, int value)
{
  return tspc_vec_imm(l->p, 2, (uint32_t)value);
}
static int log2_of(int n)
{
  int k = 0;
  while (1 << k < n)
    k++;
  return k;
}

/* The address that `row` of a port's rows has. */
static int port_address(tspc_lower *l, int row, uint32_t base)
{
  int address = i16(l, "Add", row, number(l, (int)base));
  tspc_store(l->p, address);
  return address;
}

static int lanes_of(const tspc_lower *l, const tspc_tensor *t, int tile)
{
  return t->width == 1 ? l->p->cfg->vector : tspc_tile_width(l->p, t, tile);
}

void tspc_lower_gather(tspc_lower *l, int node, tspc_tensor *t)
{
  tspc_prog *p = l->p;
  const tsp_node *n = tsp_graph_node(l->g, node);
  int state = tspc_state_of(l, n->input[0]), array = l->array[state >= 0 ? state : n->input[0]];
  const tspc_tensor *index = &l->tensor[n->input[1]];
  if (array < 0) {
    tspc_prog_fail(p, TSP_ERANGE, "the table is computed; rows can be taken from an input, a constant or a state");
    return;
  }
  if (state >= 0) /* the version that is asked for has been made */
    tspc_tensor_of(l, n->input[0]);
  t->splat = t->width == 1;
  for (int r = 0; tspc_ok(p) && r < t->rows; r++)
    for (int k = 0; tspc_ok(p) && k < t->tiles; k++) {
      int word[4], after = TSPC_NONE;
      for (int b = 0; b < t->bytes; b++)
        word[b] = tspc_word_new(p);
      for (int b = 0; tspc_ok(p) && b < t->bytes; b++) {
        const tspc_array *a = &p->array[array];
        int address = port_address(l, tspc_splat(l, index, r), port_base(a, 0, k, b));
        int waits = state >= 0 ? a->word[word_at(a, 0, k, b)] : TSPC_NONE;
        tspc_op_new(p, TSPC_OP_GATHER, waits, address, word[b], a->slice[port(a, 0, k, b)]);
        after = address >= 0 ? p->vec[address].after : TSPC_NONE;
      }
      int made = tspc_ok(p) ? tspc_vec_words(p, t->bytes, word, 0, lanes_of(l, t, k)) : TSPC_NONE;
      if (made >= 0)
        p->vec[made].after = after;
      *tspc_at(t, r, k) = made;
    }
}

/* Address in a port of stripe s for row r of the rows that are written at index..; word 0 if it is not for this stripe.
 */
static int stripe_address(tspc_lower *l, const tspc_array *a, int index, int stripe, int r, int count, uint32_t base)
{
  int row = i16(l, "Shr", index, number(l, log2_of(a->stripes)));
  if (r / a->stripes)
    row = i16(l, "Add", row, number(l, r / a->stripes));
  if (count >= a->stripes)
    return port_address(l, row, base);
  int meant = i16(l, "CmpEq", i16(l, "And", index, number(l, a->stripes - 1)), number(l, stripe - stripe % count));
  int address = i16(l, "And", meant, i16(l, "Add", row, number(l, (int)base)));
  tspc_store(l->p, address);
  return address;
}

static void write_word(tspc_lower *l, int array, const int *old, int stripe, int tile, int byte, int word, int address)
{
  tspc_prog *p = l->p;
  const tspc_array *a = &p->array[array];
  int op = tspc_op_new(p, TSPC_OP_SCATTER, word, address, TSPC_NONE, a->slice[port(a, stripe, tile, byte)]);
  int all = (int)tsp_graph_node(l->g, a->node)->shape[0];
  if (op < 0)
    return;
  tspc_op *o = &p->op[op];
  o->made = malloc(((size_t)all / (size_t)a->stripes + 1) * sizeof(int));
  o->old = malloc(((size_t)all / (size_t)a->stripes + 1) * sizeof(int));
  if (!o->made || !o->old) {
    tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
    return;
  }
  for (int i = stripe; i < all; i += a->stripes) {
    o->old[o->makes] = old[word_at(a, i, tile, byte)];
    o->made[o->makes++] = a->word[word_at(a, i, tile, byte)];
  }
}

static void write_row(tspc_lower *l, int array, const int *old, int stripe, int index, const tspc_tensor *rows, int r)
{
  tspc_prog *p = l->p;
  for (int k = 0; k < rows->tiles; k++) {
    int vec = rows->width == 1 ? tspc_splat(l, rows, r)
                               : tspc_masked(p, tspc_aligned(l, rows, r, k, 0), 0, tspc_tile_width(p, rows, k)),
        word[4];
    memcpy(word, tspc_store(p, vec), sizeof word);
    for (int b = 0; tspc_ok(p) && b < rows->bytes; b++) {
      const tspc_array *a = &p->array[array];
      int address = stripe_address(l, a, index, stripe, r, rows->rows, port_base(a, stripe, k, b));
      write_word(l, array, old, stripe, k, b, word[b], address);
    }
  }
}

void tspc_lower_scatter(tspc_lower *l, int node, tspc_tensor *t)
{
  tspc_prog *p = l->p;
  const tsp_node *n = tsp_graph_node(l->g, node);
  int array = l->array[tspc_state_of(l, node)];
  const tspc_tensor *rows = &l->tensor[n->input[2]];
  int count = rows->rows, stripes = p->array[array].stripes, index = tspc_splat(l, &l->tensor[n->input[1]], 0);
  if (stripes % count && count % stripes)
    tspc_prog_fail(p, TSP_ERANGE, "%d rows at once; states of configuration %s take a divisor or a multiple of %d",
                   count, p->cfg->name, stripes);
  int *old = p->array[array].word;
  p->array[array].word = NULL;
  new_version(l, array);
  for (int s = 0; tspc_ok(p) && s < stripes; s++)
    for (int r = s % count; tspc_ok(p) && r < count; r += stripes)
      write_row(l, array, old, s, index, rows, r);
  free(old);
  tspc_array_rows(l, array, t);
  for (int i = 0; tspc_ok(p) && i < t->rows * t->tiles; i++) {
    int after = p->vec[index].after; /* what is read from here on depends on the rows written */
    for (int k = 0; k < rows->rows * rows->tiles; k++)
      after = p->vec[rows->vec[k]].after > after ? p->vec[rows->vec[k]].after : after;
    p->vec[t->vec[i]].after = after;
  }
}
