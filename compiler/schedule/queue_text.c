// SPDX-License-Identifier: Apache-2.0
// queue_text.c: from instructions with their cycles to the text of each queue: Read and Write of one cycle joined, gaps
// as NOP, even progressions as Repeat.
#include "scheduler.h"
#include <stdlib.h>
#include <string.h>

enum { REPEAT_MAX_D = 255, REPEAT_MAX_N = 65535, NOP_MAX = 65535 }; /* greatest values of the fields */

typedef struct {
  tspc_prog *p;
  uint64_t *word;
  int words, word_cap;
  tsp_image *image;
  int *temp; /* [nodes] tensor of the image that names what an operation makes on the way, or TSPC_NONE */
  tsp_debug *debug;
  int debugs, debug_cap;
} text;

static int by_queue(const void *a_, const void *b_)
{
  const tspc_event *a = a_, *b = b_;
  if (a->queue != b->queue)
    return a->queue < b->queue ? -1 : 1;
  if (a->cycle != b->cycle)
    return a->cycle < b->cycle ? -1 : 1;
  return (a->word > b->word) - (a->word < b->word); /* Read before Write */
}

static uint64_t read_write(const tsp_isa *isa, uint64_t read, uint64_t write)
{
  static const char *const field[4] = {"raddr", "rstream", "waddr", "wstream"};
  const tsp_instr *r = tsp_isa_by_opcode(isa, TSP_OP_READ), *w = tsp_isa_by_opcode(isa, TSP_OP_WRITE);
  const tsp_instr *rw = tsp_isa_by_opcode(isa, TSP_OP_READWRITE);
  uint64_t word = (uint64_t)TSP_OP_READWRITE << 56;
  for (int i = 0; i < 4; i++)
    word = tsp_word_set(rw, word, field[i], i < 2 ? tsp_word_get(r, read, field[i]) : tsp_word_get(w, write, field[i]));
  return word;
}

static int join(const tsp_isa *isa, tspc_event *e, int n)
{
  int kept = 0;
  for (int i = 0; i < n; i++) {
    if (kept > 0 && e[kept - 1].cycle == e[i].cycle)
      e[kept - 1].word = read_write(isa, e[kept - 1].word, e[i].word);
    else
      e[kept++] = e[i];
  }
  return kept;
}

/* The strides that lead from one word to another; false if no strides do. */
static bool strides(const tsp_instr *in, uint64_t from, uint64_t to, int64_t stride[2])
{
  uint64_t differ = from ^ to;
  stride[0] = stride[1] = 0;
  for (int i = 0; differ && i < in->field_count; i++) {
    const tsp_field *f = &in->field[i];
    uint64_t mask = (UINT64_C(1) << f->width) - 1;
    if (!f->stride)
      continue;
    int64_t delta = (int64_t)((to >> f->lsb) & mask) - (int64_t)((from >> f->lsb) & mask);
    if (delta < INT16_MIN || delta > INT16_MAX)
      return false;
    stride[f->stride - 1] = delta;
    differ &= ~(mask << f->lsb);
  }
  return differ == 0;
}

/* Whether the word of an instruction is what the image says of it: a Read or Write is of a place that the image lists.
 */
static bool at_listed(const text *t, const tspc_event *e, const tspc_word *w)
{
  if (e->queue < t->p->cfg->q_mem || e->queue >= t->p->cfg->q_mem + 2 * t->p->cfg->mem_slices)
    return true;
  const tsp_instr *in = tsp_isa_by_opcode(t->p->isa, tsp_word_opcode(e->word));
  for (int h = 0; h < w->homes; h++)
    for (int i = 0; i < in->field_count; i++)
      if (tspc_listed(w, h) && w->home[h].slice == e->queue - t->p->cfg->q_mem && strstr(in->field[i].name, "addr") &&
          tsp_field_get(&in->field[i], e->word) == w->home[h].addr)
        return true;
  return false;
}

/* The tensor and element that the word of an instruction belongs to; false if to none. */
static bool element(const text *t, const tspc_event *e, int32_t *tensor, int64_t *first)
{
  const tspc_word *w = e->word_id < 0 ? NULL : &t->p->word[e->word_id];
  *tensor = w && w->tensor >= 0 && at_listed(t, e, w) ? w->tensor : -1;
  *first = *tensor >= 0 ? w->first : 0;
  return *tensor >= 0;
}

/* How many events from i on are one Repeat of the event before them; sets its spacing, strides and element step. */
static int run_length(const text *t, const tspc_event *e, int n, int i, int64_t *d, int64_t stride[2], int64_t *step)
{
  const tsp_instr *in = tsp_isa_by_opcode(t->p->isa, tsp_word_opcode(e[i].word));
  int32_t tensor, other;
  int64_t first, next, before;
  *d = e[i].cycle - e[i - 1].cycle;
  if (*d > REPEAT_MAX_D || !strides(in, e[i - 1].word, e[i].word, stride) ||
      tspc_pause_between(t->p, e[i].queue, e[i - 1].cycle, e[i].cycle))
    return 0;
  element(t, &e[i], &tensor, &first);
  before = first;
  *step = 0;
  int run = 1;
  for (int j = i + 1; j < n && run < REPEAT_MAX_N; j++, run++) {
    element(t, &e[j], &other, &next);
    if (run == 1)
      *step = next - first;
    if (e[j].cycle - e[j - 1].cycle != *d || tsp_word_stride(in, e[j - 1].word, stride[0], stride[1]) != e[j].word ||
        other != tensor || next - before != *step ||
        tspc_pause_between(t->p, e[j].queue, e[j - 1].cycle, e[j].cycle)) /* a Repeat has no time for an Ifetch */
      break;
    before = next;
  }
  if (run == 1)
    *step = 0;
  return run;
}

static uint64_t repeat_word(const tsp_isa *isa, int n, int64_t d, const int64_t stride[2])
{
  const tsp_instr *in = tsp_isa_by_opcode(isa, TSP_OP_REPEAT);
  uint64_t word = tsp_word_set(in, (uint64_t)TSP_OP_REPEAT << 56, "n", n);
  word = tsp_word_set(in, word, "d", d);
  word = tsp_word_set(in, word, "a", stride[0]);
  return tsp_word_set(in, word, "b", stride[1]);
}

static void add(text *t, uint64_t word)
{
  if (tspc_grow(t->p, &t->word, &t->word_cap, t->words + 1, sizeof *t->word))
    t->word[t->words++] = word;
}

static void idle(text *t, int64_t cycles)
{
  const tsp_instr *in = tsp_isa_by_opcode(t->p->isa, TSP_OP_NOP);
  while (cycles > 0 && tspc_ok(t->p)) {
    int64_t n = cycles > NOP_MAX ? NOP_MAX : cycles;
    add(t, tsp_word_set(in, (uint64_t)TSP_OP_NOP << 56, "n", n));
    cycles -= n;
  }
}

/* The next name in the graph that an operation's result goes into. */
static const char *goes_into(const tsp_graph *g, int node)
{
  const tsp_node *n = tsp_graph_node(g, node);
  for (int i = node + 1; n && !n->name[0] && !n->output && i < tsp_graph_count(g); i++) {
    const tsp_node *reader = tsp_graph_node(g, i);
    for (int k = 0; k < reader->inputs; k++)
      if (reader->input[k] == node) {
        node = i;
        n = reader;
        break;
      }
  }
  return !n ? "" : n->name[0] ? n->name : n->output ? n->output : "";
}

/* "y.exp", or "h" for a named intermediate tensor; with a number where there is one of that name already. */
static void temp_name(const text *t, int node, char name[64])
{
  const tsp_node *n = tsp_graph_node(t->p->graph, node);
  const char *into = goes_into(t->p->graph, node);
  if (n->name[0] && !tsp_image_tensor(t->image, n->name)) {
    snprintf(name, 64, "%.63s", n->name);
    return;
  }
  int used = snprintf(name, 64, "%.31s%s%.15s", into, into[0] ? "." : "", tsp_graph_op_name(n->op));
  for (int i = node; tsp_image_tensor(t->image, name); i++)
    snprintf(name + used, 64 - (size_t)used, "%d", i);
}

/* A tensor without pieces that names what a node makes. */
static int32_t temp_of(text *t, int node)
{
  if (node < 0 || t->temp[node] >= 0 || !tspc_ok(t->p))
    return node < 0 ? TSPC_NONE : t->temp[node];
  const tsp_node *n = tsp_graph_node(t->p->graph, node);
  tsp_image *m = t->image;
  tsp_tensor *grown = realloc(m->tensor, ((size_t)m->tensor_count + 1) * sizeof *grown);
  if (!grown)
    return tspc_prog_fail(t->p, TSP_ENOMEM, "out of memory"), TSPC_NONE;
  m->tensor = grown;
  tsp_tensor temp = {.type = (uint8_t)n->type, .role = TSP_ROLE_TEMP, .rank = n->rank};
  memcpy(temp.shape, n->shape, sizeof temp.shape);
  temp_name(t, node, temp.name);
  m->tensor[m->tensor_count] = temp;
  return t->temp[node] = m->tensor_count++;
}

/* The tensor whose rows a Gather or Scatter goes to; TSPC_NONE for others. */
static int32_t rows_of(const text *t, const tspc_event *e)
{
  unsigned opcode = tsp_word_opcode(e->word);
  const tsp_node *n = tsp_graph_node(t->p->graph, e->node);
  if (!n || (opcode != TSP_OP_GATHER && opcode != TSP_OP_SCATTER))
    return TSPC_NONE;
  int leaf = e->node;
  for (; n->inputs; n = tsp_graph_node(t->p->graph, leaf))
    leaf = n->input[0]; /* the table, or the first version of the state */
  char number[16];
  snprintf(number, sizeof number, "const%d", leaf);
  const tsp_tensor *rows = tsp_image_tensor(t->image, n->name[0] ? n->name : number);
  return rows ? (int32_t)(rows - t->image->tensor) : TSPC_NONE;
}

static void debug(text *t, const tspc_event *e, int64_t step)
{
  const tsp_node *n = e->node >= 0 ? tsp_graph_node(t->p->graph, e->node) : NULL;
  int vec = e->word_id >= 0 ? t->p->word[e->word_id].vec : TSPC_NONE;
  tsp_debug d = {.queue = e->queue, .word = (uint32_t)t->words, .cycle = (uint64_t)e->cycle, .step = step};
  if (!element(t, e, &d.tensor, &d.first) && (d.tensor = rows_of(t, e)) < 0) {
    d.tensor = temp_of(t, vec >= 0 ? t->p->vec[vec].node : e->node);
    d.step = 0;
  }
  d.line = n ? n->line : 0;
  if (tspc_grow(t->p, &t->debug, &t->debug_cap, t->debugs + 1, sizeof *t->debug))
    t->debug[t->debugs++] = d;
}

/* Text of one queue. Returns the cycle of its End. */
static int64_t write_queue(text *t, const tspc_event *e, int n)
{
  int64_t now = 0;
  for (int i = 0; tspc_ok(t->p) && i < n;) {
    int64_t d = 0, stride[2], step = 0;
    int run = i > 0 ? run_length(t, e, n, i, &d, stride, &step) : 0;
    bool repeat = run > 1 || (run == 1 && d > 1);
    if (!repeat) {
      idle(t, e[i].cycle - now);
      run = 1;
      step = 0;
    }
    debug(t, &e[i], step);
    add(t, repeat ? repeat_word(t->p->isa, run, d, stride) : e[i].word);
    now = e[i + run - 1].cycle + 1;
    i += run;
  }
  add(t, (uint64_t)TSP_OP_END << 56);
  return now;
}

static void take(text *t, tsp_queue_text *out)
{
  out->word = malloc((size_t)t->words * sizeof *out->word);
  if (!out->word) {
    tspc_prog_fail(t->p, TSP_ENOMEM, "out of memory");
    return;
  }
  memcpy(out->word, t->word, (size_t)t->words * sizeof *out->word);
  out->length = (uint32_t)t->words;
  t->words = 0;
}

void tspc_emit_image(tspc_space *s, tsp_image *image)
{
  int64_t end = 0;
  size_t nodes = (size_t)tsp_graph_count(s->p->graph) + 1;
  text t = {.p = s->p, .image = image, .temp = malloc(nodes * sizeof *t.temp)};
  if (!t.temp) {
    tspc_prog_fail(s->p, TSP_ENOMEM, "out of memory");
    return;
  }
  memset(t.temp, 0xff, nodes * sizeof *t.temp);
  if (s->events)
    qsort(s->event, (size_t)s->events, sizeof *s->event, by_queue);
  for (int q = 0, at = 0; tspc_ok(s->p) && q < s->cfg->queues; q++) {
    int first = at;
    while (at < s->events && s->event[at].queue == q)
      at++;
    int64_t ended = write_queue(&t, s->event + first, join(s->isa, s->event + first, at - first));
    end = ended > end ? ended : end;
    if (tspc_ok(s->p))
      take(&t, &image->queue[q]);
  }
  image->cycles_predicted = (uint64_t)(end + tsp_isa_drain(s->isa, s->cfg));
  image->debug = t.debug;
  image->debug_count = t.debugs;
  free(t.temp);
  free(t.word);
}
