// SPDX-License-Identifier: Apache-2.0
// tk_parse.c: statements of kernel text, one a line.
#include "tk.h"
#include <search.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  char name[GRAPH_NAME];
  tk_value value;
} symbol;

static int compare(const void *a, const void *b)
{
  return strcmp(((const symbol *)a)->name, ((const symbol *)b)->name);
}

static void spell(const tk_token *name, char to[GRAPH_NAME])
{
  snprintf(to, GRAPH_NAME, "%.*s", name->length, name->start);
}

bool tk_find(const tk_parser *t, const tk_token *name, tk_value *v)
{
  symbol key;
  if (name->length >= GRAPH_NAME)
    return false;
  spell(name, key.name);
  symbol *const *found = tfind(&key, &t->names, compare);
  if (found)
    *v = (*found)->value;
  return found != NULL;
}

static void define(tk_parser *t, const tk_token *name, tk_value v)
{
  symbol *s = tk_ok(t) ? tspg_alloc(t->g, sizeof *s) : NULL;
  if (!s)
    return;
  spell(name, s->name);
  s->value = v;
  void *place = tsearch(s, &t->names, compare);
  if (!place)
    tsp_graph_fail(t->g, TSP_ENOMEM, "out of memory");
}

static bool is_word(const tk_token *name)
{
  static const char *const word[] = {"true", "false", "inf", "nan"};
  for (size_t i = 0; i < sizeof word / sizeof *word; i++)
    if (tk_is(name, word[i]))
      return true;
  return tk_type_of(name) >= 0;
}

/* A name that stands for nothing yet. */
static tk_token new_name(tk_parser *t, const char *what)
{
  tk_token name = t->token;
  tk_value v;
  if (!tk_expect(t, TK_NAME, what))
    return name;
  if (name.length >= GRAPH_NAME)
    tk_fail(t, &name, "a name of %d characters; %d at most would fit", name.length, GRAPH_NAME - 1);
  else if (is_word(&name))
    tk_fail(t, &name, "'%.*s' is a word of the language", name.length, name.start);
  else if (tk_find(t, &name, &v))
    tk_fail(t, &name, "'%.*s' stands for something already, since line %u", name.length, name.start, v.at.line);
  return name;
}

/* The value given from outside for a parameter. */
static bool overridden(tk_parser *t, const tk_token *name, double *value)
{
  for (int i = 0; t->set && t->set[i]; i++) {
    const char *equals = strchr(t->set[i], '=');
    if (!equals || equals - t->set[i] != name->length || memcmp(t->set[i], name->start, (size_t)name->length) != 0)
      continue;
    char *end;
    *value = strtod_l(equals + 1, &end, t->locale);
    if (!equals[1] || *end || !(*value - *value == 0))
      tk_fail(t, name, "%.80s is no number for the parameter", t->set[i]);
    t->set_used |= i < 64 ? UINT64_C(1) << i : 0;
    return true;
  }
  return false;
}

static void parameter(tk_parser *t)
{
  tk_token name = new_name(t, "the parameter's name");
  tk_expect(t, '=', "'='");
  double v = tk_number(t, "a parameter");
  if (tk_ok(t))
    overridden(t, &name, &v);
  define(t, &name, tk_of_number(v, &name));
}

static int shape(tk_parser *t, uint32_t *size)
{
  int rank = 0;
  tk_expect(t, '[', "'[' of the shape");
  while (tk_ok(t)) {
    tk_token at = t->token;
    if (rank == TSP_GRAPH_RANK) {
      tk_fail(t, &at, "a shape of more than %d sizes", TSP_GRAPH_RANK);
      break;
    }
    size[rank] = tk_size(t, "a size", GRAPH_ELEMENTS);
    if (tk_ok(t) && size[rank++] == 0)
      tk_fail(t, &at, "a size of 0; 1 at least would fit");
    if (!tk_accept(t, ','))
      break;
  }
  tk_expect(t, ']', "',' or ']'");
  return rank;
}

static void declare(tk_parser *t, int op)
{
  char text[GRAPH_NAME];
  uint32_t size[TSP_GRAPH_RANK];
  tk_token name = new_name(t, "the tensor's name");
  tk_expect(t, ':', "':'");
  tk_token at = t->token;
  int type = tk_type_of(&at), id = -1;
  if (tk_ok(t) && type < 0)
    tk_expect(t, TK_STRING, "a type (i8, i16, i32, f16 or f32)");
  tk_next(t);
  int rank = shape(t, size);
  bool has_range = op == TSP_G_INPUT && tk_accept_word(t, "in");
  tk_token range_at = t->token;
  double low = 1, high = 0;
  if (has_range) {
    low = tk_number(t, "the lowest value");
    tk_expect(t, TK_RANGE, "'..'");
    high = tk_number(t, "the highest value");
  }
  uint64_t elements = 1;
  for (int i = 0; i < rank && elements <= GRAPH_ELEMENTS; i++)
    elements *= size[i];
  const uint8_t *data = NULL;
  bool has_data = elements <= GRAPH_ELEMENTS && tk_accept(t, '=');
  if (has_data)
    data = tk_data(t, type, rank, size);
  else if (op == TSP_G_CONST && elements <= GRAPH_ELEMENTS)
    tk_expect(t, '=', "'=' and the contents of the constant");
  if (!tk_ok(t))
    return;
  spell(&name, text);
  tk_at(t, &name);
  id = op == TSP_G_INPUT   ? tsp_graph_input(t->g, text, type, rank, size, data)
       : op == TSP_G_STATE ? tsp_graph_state(t->g, text, type, rank, size, data)
                           : tsp_graph_const(t->g, text, type, rank, size, data);
  tk_at(t, &range_at);
  if (has_range)
    tsp_graph_range(t->g, id, low, high);
  define(t, &name, tk_of_tensor(id, &name));
}

/* within 1e-3 + 0.1% */
static void budget(tk_parser *t, double *within, double *relative)
{
  do {
    tk_token at = t->token;
    double v = at.kind == TK_NUMBER ? at.number : -1;
    tk_expect(t, TK_NUMBER, "a number");
    if (tk_accept(t, '%'))
      *relative += v / 100;
    else
      *within += v;
  } while (tk_accept(t, '+'));
}

static void output(tk_parser *t)
{
  char text[GRAPH_NAME];
  tk_token name = t->token;
  tk_value v = {0};
  double within = 0, relative = 0;
  tk_expect(t, TK_NAME, "the name of a tensor");
  if (tk_ok(t) && !tk_find(t, &name, &v))
    tk_fail(t, &name, "'%.*s' is not known here; a name stands for something from its line on",
            name.length < 80 ? name.length : 80, name.start);
  bool has_budget = tk_accept_word(t, "within");
  if (has_budget)
    budget(t, &within, &relative);
  v.at = name;
  int id = tk_tensor(t, &v, -1);
  spell(&name, text);
  tk_at(t, &name);
  tsp_graph_output(t->g, id, text);
  if (has_budget)
    tsp_graph_budget(t->g, text, within, relative);
}

static void assignment(tk_parser *t)
{
  char text[GRAPH_NAME];
  tk_token name = new_name(t, "kernel, param, input, const, state, output, or a name and '=',");
  tk_expect(t, '=', "'='");
  tk_value v = tk_expression(t);
  if (tk_ok(t) && v.kind != TK_IS_NUMBER && v.kind != TK_IS_TENSOR)
    tk_fail(t, &v.at, "a name stands for a tensor or a number");
  v.at = name;
  define(t, &name, v);
  spell(&name, text);
  if (tk_ok(t) && v.kind == TK_IS_TENSOR)
    tsp_graph_label(t->g, v.id, text);
}

static void statement(tk_parser *t)
{
  if (tk_accept_word(t, "param"))
    parameter(t);
  else if (tk_accept_word(t, "input"))
    declare(t, TSP_G_INPUT);
  else if (tk_accept_word(t, "const"))
    declare(t, TSP_G_CONST);
  else if (tk_accept_word(t, "state"))
    declare(t, TSP_G_STATE);
  else if (tk_accept_word(t, "output"))
    output(t);
  else
    assignment(t);
  if (tk_ok(t) && t->token.kind != TK_END)
    tk_expect(t, TK_LINE, "the end of the line");
}

static void skip_lines(tk_parser *t)
{
  while (tk_accept(t, TK_LINE))
    continue;
}

/* kernel NAME */
static void heading(tk_parser *t)
{
  skip_lines(t);
  if (tk_ok(t) && !tk_accept_word(t, "kernel"))
    tk_fail(t, &t->token, "'kernel' and its name are expected first");
  tk_token name = t->token;
  tk_expect(t, TK_NAME, "the kernel's name");
  if (tk_ok(t) && name.length >= GRAPH_NAME)
    tk_fail(t, &name, "a name of %d characters; %d at most would fit", name.length, GRAPH_NAME - 1);
  spell(&name, t->g->name);
  if (tk_ok(t) && t->token.kind != TK_END)
    tk_expect(t, TK_LINE, "the end of the line");
}

static void check_end(tk_parser *t)
{
  bool outputs = false;
  for (int i = 0; i < tsp_graph_count(t->g); i++)
    outputs = outputs || tsp_graph_node(t->g, i)->output || tsp_graph_node(t->g, i)->op == TSP_G_SCATTER;
  if (tk_ok(t) && !outputs)
    tk_fail(t, &t->token, "nothing comes out: there is no output and no scatter");
  for (int i = 0; tk_ok(t) && t->set && t->set[i] && i < 64; i++)
    if (!(t->set_used >> i & 1))
      tk_fail(t, &t->token, "there is no parameter for %.80s", t->set[i]);
}

static void no_op(void *symbol)
{
  (void)symbol; /* the graph's memory */
}

tsp_graph *tsp_graph_parse(const char *text, const char *name, const char *dir, const char *const *set, tsp_error *err)
{
  tk_parser t = {
      .g = tsp_graph_new("kernel"), .dir = dir ? dir : "", .p = text, .line_start = text, .line = 1, .set = set};
  t.locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (!t.g || !t.locale) {
    tsp_fail(err, TSP_ENOMEM, "%s: out of memory", name);
  } else {
    tk_next(&t);
    if (strnlen(text, TK_TEXT + 1) > TK_TEXT)
      tk_fail(&t, &t.token, "a text of more than %d bytes", TK_TEXT);
    heading(&t);
    for (skip_lines(&t); tk_ok(&t) && t.token.kind != TK_END; skip_lines(&t))
      statement(&t);
    check_end(&t);
  }
  tdestroy(t.names, no_op);
  if (t.locale)
    freelocale(t.locale);
  if (t.g && t.locale && tk_ok(&t)) {
    tsp_graph_at(t.g, 0, 0);
    return t.g;
  }
  if (t.g && t.locale)
    tsp_fail(err, t.g->status, "%s:%s", name, t.g->err.text);
  tsp_graph_free(t.g);
  return NULL;
}

static char *read_text(const char *path, tsp_error *err)
{
  char *text = NULL;
  FILE *f = fopen(path, "rb");
  if (!f) {
    tsp_fail(err, TSP_EIO, "%s cannot be read", path);
    return NULL;
  }
  text = malloc(TK_TEXT + 2);
  size_t n = text ? fread(text, 1, TK_TEXT + 1, f) : 0;
  if (!text)
    tsp_fail(err, TSP_ENOMEM, "%s: out of memory", path);
  else if (ferror(f) || memchr(text, 0, n))
    tsp_fail(err, ferror(f) ? TSP_EIO : TSP_EFORMAT, "%s %s", path,
             ferror(f) ? "cannot be read" : "is no text: it has a zero byte");
  bool ok = text && !ferror(f) && !memchr(text, 0, n);
  fclose(f);
  if (ok)
    text[n] = 0;
  else
    free(text);
  return ok ? text : NULL;
}

tsp_graph *tsp_graph_read(const char *path, const char *const *set, tsp_error *err)
{
  const char *slash = strrchr(path, '/');
  char *text = read_text(path, err), *dir = text ? strndup(path, slash ? (size_t)(slash - path) : 0) : NULL;
  tsp_graph *g = NULL;
  if (dir)
    g = tsp_graph_parse(text, path, dir, set, err);
  else if (text)
    tsp_fail(err, TSP_ENOMEM, "%s: out of memory", path);
  free(text);
  free(dir);
  return g;
}
