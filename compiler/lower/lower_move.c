// SPDX-License-Identifier: Apache-2.0
// lower_move.c: operations that only say where elements stand. Where a row of the result is a run of lanes of one vec,
// it is that vec seen another way; else it is put together from masked vecs and moves between lanes.
#include "lower.h"
#include <stdlib.h>
#include <string.h>

/* ---- putting a vec together ---- */
enum { ANY_LANE = -1 };

/* What one vec gives to the result: lanes from[] of it. */
static int part(tspc_lower *l, int vec, int *from, bool straight)
{
  tspc_prog *p = l->p;
  int vector = p->cfg->vector;
  if (!straight)
    return tspc_moved(l, vec, from);
  int lo = vector, hi = 0, count = 0, bytes = p->vec[vec].bytes;
  for (int i = 0; i < vector; i++)
    if (from[i] >= 0) {
      lo = i < lo ? i : lo;
      hi = i + 1;
      count++;
    }
  if (count == hi - lo)
    return tspc_masked(p, vec, lo, hi);
  uint8_t *mask = calloc(4, (size_t)(unsigned)vector);
  int made = TSPC_NONE;
  for (int i = 0; mask && i < vector; i++)
    memset(mask + i * bytes, from[i] >= 0 ? 0xff : 0, (size_t)bytes);
  if (mask)
    made = tspc_vec_vx(p, tspc_opcode(p, "And", tspc_int_type(bytes)), vec, tspc_vec_pool(p, bytes, mask, lo, hi),
                       TSPC_NONE);
  else
    tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
  free(mask);
  return made;
}

/* Lanes 0..n-1 of a new vec from lane[i] of vec[i]. */
static int assemble(tspc_lower *l, int n, const int *vec, const int *lane, int bytes)
{
  tspc_prog *p = l->p;
  int result = TSPC_NONE, *from = tspc_new_map(l);
  uint8_t *done = calloc(1, (size_t)(unsigned)n);
  for (int i = 0; from && done && tspc_ok(p) && i < n; i++) {
    if (done[i])
      continue;
    memset(from, 0xff, (size_t)p->cfg->vector * sizeof *from);
    bool straight = true;
    for (int k = i; k < n; k++)
      if (vec[k] == vec[i]) {
        done[k] = 1;
        from[k] = lane[k] == ANY_LANE ? k : lane[k];
        straight = straight && from[k] == k;
      }
    int one = part(l, vec[i], from, straight);
    result = result < 0 ? one : tspc_vec_vx(p, tspc_opcode(p, "Or", tspc_int_type(bytes)), result, one, TSPC_NONE);
  }
  if (!done)
    tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
  free(from);
  free(done);
  return result;
}

/* Where an element of a tensor lies. */
static void find(const tspc_lower *l, tspc_source s, int *vec, int *lane)
{
  const tspc_tensor *t = s.t;
  int row = (int)(s.element / t->width), column = (int)(s.element % t->width), vector = l->p->cfg->vector;
  *vec = *tspc_at(t, row, column / vector);
  *lane = t->splat ? ANY_LANE : t->lane[row] + column % vector;
}

/* Whether n elements are a run of lanes of one vec; sets where it begins. */
static bool run(const int *vec, const int *lane, int n, int *first)
{
  *first = lane[0] == ANY_LANE ? 0 : lane[0];
  for (int i = 1; i < n; i++)
    if (vec[i] != vec[0] || lane[i] != (lane[0] == ANY_LANE ? ANY_LANE : lane[0] + i))
      return false;
  return true;
}

/* Where the elements of a row's tile lie; how many there are. */
static int sources(const tspc_lower *l, const tspc_tensor *to, int row, int tile, tspc_source_fn from, const void *ctx,
                   int *vec, int *lane)
{
  int vector = l->p->cfg->vector, n = tspc_tile_width(l->p, to, tile);
  for (int i = 0; i < n; i++)
    find(l, from(ctx, (int64_t)row * to->width + (int64_t)tile * vector + i), &vec[i], &lane[i]);
  return n;
}

/* Asks for n lanes of one vec; they come to lie where the first of them lies, so that those of other rows have room.
 * Lanes of several vecs are put together at once. */
static int gather(tspc_lower *l, tspc_moves *m, tspc_tensor *to, int row, int tile, int n, const int *vec,
                  const int *lane)
{
  int first = l->p->cfg->vector;
  for (int i = 0; i < n; i++)
    if (vec[i] != vec[0] || lane[i] == ANY_LANE) {
      *tspc_at(to, row, tile) = assemble(l, n, vec, lane, to->bytes);
      return TSPC_NONE;
    } else if (lane[i] < first)
      first = lane[i];
  to->lane[row] = to->tiles == 1 && first + n <= l->p->cfg->vector ? first : 0;
  return tspc_move_ask(m, vec[0], to->lane[row], n, lane);
}

void tspc_rearrange(tspc_lower *l, tspc_tensor *to, tspc_source_fn from, const void *ctx)
{
  size_t vector = (size_t)l->p->cfg->vector, rows = (size_t)to->rows * (size_t)to->tiles;
  int *vec = malloc((2 * vector + rows) * sizeof *vec), *lane = vec ? vec + vector : NULL,
      *asked = vec ? lane + vector : NULL, n, first;
  tspc_moves *m = tspc_moves_new(l, (int)rows);
  if (!vec)
    tspc_prog_fail(l->p, TSP_ENOMEM, "out of memory");
  to->splat = to->width == 1;
  for (int i = 0; vec && tspc_ok(l->p) && i < (int)rows; i++) {
    int r = i / to->tiles, k = i % to->tiles;
    n = sources(l, to, r, k, from, ctx, vec, lane);
    to->splat = to->splat && lane[0] == ANY_LANE;
    asked[i] = TSPC_NONE;
    to->lane[r] = 0;
    if (run(vec, lane, n, &first) && (to->tiles == 1 || first == 0)) {
      *tspc_at(to, r, k) = vec[0];
      to->lane[r] = first;
    } else {
      asked[i] = gather(l, m, to, r, k, n, vec, lane);
    }
  }
  for (int i = 0; vec && tspc_ok(l->p) && i < (int)rows; i++)
    if (asked[i] >= 0 && tspc_move_shared(m, asked[i])) {
      to->vec[i] = tspc_move_made(m, asked[i]);
    } else if (asked[i] >= 0) {
      n = sources(l, to, i / to->tiles, i % to->tiles, from, ctx, vec, lane);
      to->vec[i] = assemble(l, n, vec, lane, to->bytes);
      to->lane[i / to->tiles] = 0;
    }
  tspc_moves_free(m);
  free(vec);
  if (to->width == 1 && !to->splat) /* rows that are in every lane beside some that are not */
    for (int r = 0; r < to->rows; r++)
      to->lane[r] = to->lane[r] < 0 ? 0 : to->lane[r];
}

/* ---- the operations ---- */
typedef struct {
  const tspc_lower *l;
  const tsp_node *n;
  int rank;
  int64_t step[TSP_GRAPH_RANK]; /* of the operand, by axis of the result */
  int64_t shift;
} move;

static void coordinates(const tsp_node *n, int64_t element, int64_t *at)
{
  for (int i = n->rank - 1; i >= 0; i--) {
    at[i] = element % n->shape[i];
    element /= n->shape[i];
  }
}

static void steps(const tspc_tensor *t, int64_t *step)
{
  int64_t s = 1;
  for (int i = t->rank - 1; i >= 0; i--) {
    step[i] = s;
    s *= t->shape[i];
  }
}

static tspc_source from_steps(const void *ctx, int64_t element)
{
  const move *m = ctx;
  int64_t at[TSP_GRAPH_RANK], sum = m->shift;
  coordinates(m->n, element, at);
  for (int i = 0; i < m->n->rank; i++)
    sum += m->step[i] * (m->n->op == TSP_G_TAKE && i == m->n->axis ? (int64_t)m->n->index[at[i]] : at[i]);
  return (tspc_source){&m->l->tensor[m->n->input[0]], sum};
}

static tspc_source from_concat(const void *ctx, int64_t element)
{
  const move *m = ctx;
  int64_t at[TSP_GRAPH_RANK], step[TSP_GRAPH_RANK], sum = 0;
  int k = 0;
  coordinates(m->n, element, at);
  while (at[m->n->axis] >= m->l->tensor[m->n->input[k]].shape[m->n->axis])
    at[m->n->axis] -= m->l->tensor[m->n->input[k++]].shape[m->n->axis];
  steps(&m->l->tensor[m->n->input[k]], step);
  for (int i = 0; i < m->n->rank; i++)
    sum += step[i] * at[i];
  return (tspc_source){&m->l->tensor[m->n->input[k]], sum};
}

static tspc_source same_element(const void *ctx, int64_t element)
{
  const move *m = ctx;
  return (tspc_source){&m->l->tensor[m->n->input[0]], element};
}

void tspc_lower_move(tspc_lower *l, int node, tspc_tensor *t)
{
  const tsp_node *n = tsp_graph_node(l->g, node);
  const tspc_tensor *a = &l->tensor[n->input[0]];
  move m = {.l = l, .n = n};
  if (n->op == TSP_G_CONCAT || n->op == TSP_G_RESHAPE) {
    tspc_rearrange(l, t, n->op == TSP_G_CONCAT ? from_concat : same_element, &m);
    return;
  }
  int64_t step[TSP_GRAPH_RANK];
  steps(a, step);
  for (int i = 0; i < n->rank; i++) { /* a broadcast may add axes in front */
    int k = i - (n->rank - a->rank);
    m.step[i] = k < 0 || (n->op == TSP_G_BROADCAST && a->shape[k] == 1) ? 0 : step[k];
  }
  if (n->op == TSP_G_SLICE)
    m.shift = step[n->axis] * n->start;
  tspc_rearrange(l, t, from_steps, &m);
}

/* A transpose that leaves the last axis where it is. */
static void permute_rows(const tspc_tensor *from, const int *perm, tspc_tensor *to)
{
  int64_t step[TSP_GRAPH_RANK];
  steps(from, step);
  to->splat = from->splat;
  for (int r = 0; r < to->rows; r++) {
    int64_t left = r, source = 0;
    for (int i = to->rank - 2; i >= 0; i--) {
      source += left % to->shape[i] * step[perm[i]] / from->width;
      left /= to->shape[i];
    }
    to->lane[r] = from->lane[source];
    memcpy(tspc_at(to, r, 0), tspc_at(from, (int)source, 0), (size_t)to->tiles * sizeof(int));
  }
}

/* ---- lanes against rows, on the MXM: the bytes of the rows are weights, unit vectors fetch a lane of all of them ----
 */
static int unit_vector(tspc_lower *l, int lane)
{
  int vector = l->p->cfg->vector, word = TSPC_NONE;
  uint8_t *bytes = calloc((size_t)vector, 1);
  if (!bytes) {
    tspc_prog_fail(l->p, TSP_ENOMEM, "out of memory");
    return word;
  }
  bytes[lane] = 1;
  word = tspc_pool_word(l->p, bytes);
  free(bytes);
  return word;
}

/* Rows row0..row0+m-1 of tile k as weights, for each byte; all at the same lane. */
static bool weights(tspc_lower *l, const tspc_tensor *a, int row0, int m, int k, int lane, int *tile)
{
  tspc_prog *p = l->p;
  int *word = malloc(4 * (size_t)m * sizeof *word);
  if (!word)
    return tspc_prog_fail(p, TSP_ENOMEM, "out of memory"), false;
  for (int i = 0; tspc_ok(p) && i < m; i++) {
    const int *w = tspc_store(p, tspc_aligned(l, a, row0 + i, k, lane));
    for (int b = 0; b < a->bytes; b++)
      word[b * m + i] = w[b];
  }
  for (int b = 0; tspc_ok(p) && b < a->bytes; b++)
    tile[b] = tspc_wtile_of(p, m, 1, word + b * m);
  free(word);
  return tspc_ok(p);
}

/* out [n][m] = in [m][n] for one block of rows of each. */
static void swap_block(tspc_lower *l, const tspc_tensor *a, int from_row, tspc_tensor *t, int to_row)
{
  tspc_prog *p = l->p;
  int vector = p->cfg->vector, rows = t->width, lane = a->tiles > 1 || a->splat ? 0 : a->lane[from_row];
  for (int mt = 0; mt < t->tiles; mt++)
    for (int k = 0; k < a->tiles; k++) {
      int tile[4], m = rows - mt * vector < vector ? rows - mt * vector : vector;
      if (!weights(l, a, from_row + mt * vector, m, k, lane, tile))
        return;
      for (int c = 0; tspc_ok(p) && c < tspc_tile_width(p, a, k); c++) {
        int word[4], act = unit_vector(l, lane + c);
        for (int b = 0; b < a->bytes; b++)
          word[b] = tspc_store(p, tspc_product(p, 1, 1, &tile[b], &act, 1))[0];
        int made = tspc_ok(p) ? tspc_vec_words(p, a->bytes, word, 0, vector) : TSPC_NONE;
        tspc_outputs(p, made, m);
        *tspc_at(t, to_row + k * vector + c, mt) = made;
      }
    }
}

static void swap_last_two(tspc_lower *l, const tspc_tensor *a, tspc_tensor *t)
{
  int m = t->width, n = a->width, blocks = t->rows / n;
  for (int b = 0; tspc_ok(l->p) && b < blocks; b++)
    swap_block(l, a, b * m, t, b * n);
}

static void swapped_shape(uint32_t *shape, int rank)
{
  uint32_t x = shape[rank - 1];
  shape[rank - 1] = shape[rank - 2];
  shape[rank - 2] = x;
}

void tspc_turn(tspc_lower *l, const tspc_tensor *a, const int *perm, tspc_tensor *t)
{
  int last = t->rank - 1;
  if (perm[last] == last) {
    permute_rows(a, perm, t);
    return;
  }
  /* the axis that comes last stands last but one, then the two change places, then the others fall into line */
  int first[TSP_GRAPH_RANK], then[TSP_GRAPH_RANK], at = 0;
  uint32_t shape[TSP_GRAPH_RANK];
  for (int i = 0; i <= last; i++)
    if (i != perm[last] && i != last)
      first[at++] = i;
  first[at++] = perm[last];
  first[at] = last;
  for (int i = 0; i < last; i++) {
    int k = 0;
    while (first[k] != perm[i])
      k++;
    then[i] = k == last ? last - 1 : k;
  }
  then[last] = last;
  tspc_tensor before = {0}, after = {0};
  for (int i = 0; i <= last; i++)
    shape[i] = a->shape[first[i]];
  if (tspc_tensor_new(l, &before, t->type, t->rank, shape)) {
    permute_rows(a, first, &before);
    swapped_shape(shape, t->rank);
    if (tspc_tensor_new(l, &after, t->type, t->rank, shape)) {
      swap_last_two(l, &before, &after);
      permute_rows(&after, then, t);
    }
  }
  tspc_tensor_free(&before);
  tspc_tensor_free(&after);
}

void tspc_lower_transpose(tspc_lower *l, int node, tspc_tensor *t)
{
  const tsp_node *n = tsp_graph_node(l->g, node);
  if (tsp_graph_node(l->g, n->input[0])->op == TSP_G_INPUT && n->perm[n->rank - 1] != n->rank - 1)
    tspc_turned_leaf(l, n->input[0], n->perm, t);
  else
    tspc_turn(l, &l->tensor[n->input[0]], n->perm, t);
}
