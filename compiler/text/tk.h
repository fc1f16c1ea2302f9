/* SPDX-License-Identifier: Apache-2.0 */
/* tk.h - the reader of kernel text (KERNELS.md): tokens, values, names. Private to compiler/. Errors are kept in the
 * graph with the place of a token; after one every token is the end of the text, so that the parser runs out at once.
 */
#ifndef TSP_TK_H
#define TSP_TK_H
#include "graph.h"
#include <locale.h>

enum { TK_TEXT = 1 << 20, TK_NESTING = 100, TK_ARGS = TSP_GRAPH_INPUTS, TK_KEYS = 4 };

/* Kinds of tokens; single characters stand for themselves. */
enum { TK_END = 0, TK_LINE = '\n', TK_NAME = 256, TK_NUMBER, TK_STRING, TK_RANGE, TK_LE, TK_GE, TK_EQ, TK_SHL, TK_SHR };

typedef struct {
  int kind, length;
  const char *start; /* in the text */
  uint32_t line, column;
  double number;
} tk_token;

/* What an expression or argument is. */
enum { TK_IS_NUMBER, TK_IS_TENSOR, TK_IS_LIST, TK_IS_TYPE };
typedef struct {
  int kind, id; /* TENSOR: its number; TYPE: the element type */
  double number;
  uint32_t count; /* LIST of integers */
  const uint32_t *list;
  tk_token at;
} tk_value;

typedef struct {
  tsp_graph *g;
  const char *dir, *p, *line_start;
  uint32_t line;
  int brackets, nesting;
  tk_token token; /* the next one */
  locale_t locale;
  void *names; /* tree of name and tk_value */
  const char *const *set;
  uint64_t set_used; /* bit of each of the first 64 */
} tk_parser;

typedef struct {
  tk_token at; /* the function's name */
  int args, keys;
  tk_value arg[TK_ARGS];
  struct {
    tk_token name;
    tk_value value;
    bool used;
  } key[TK_KEYS];
} tk_call;

void tk_next(tk_parser *t);
bool tk_is(const tk_token *a, const char *word); /* a name that reads so */
bool tk_accept(tk_parser *t, int kind);
bool tk_accept_word(tk_parser *t, const char *word);
bool tk_expect(tk_parser *t, int kind, const char *what);
/* Keeps an error at a token; -1. */
int tk_fail(tk_parser *t, const tk_token *at, const char *format, ...) __attribute__((format(printf, 3, 4)));
static inline bool tk_ok(const tk_parser *t)
{
  return t->g->status == TSP_OK;
}
void tk_at(tk_parser *t, const tk_token *at); /* the place of what is made next */

/* What a name stands for. */
bool tk_find(const tk_parser *t, const tk_token *name, tk_value *v);

tk_value tk_expression(tk_parser *t);
double tk_number(tk_parser *t, const char *what);              /* an expression that is a number */
uint32_t tk_size(tk_parser *t, const char *what, double most); /* an integer 0..most */
int tk_type_of(const tk_token *a);                             /* of the name of an element type, else -1 */

/* A tensor; a number becomes a scalar of the type. -1 after an error. */
int tk_tensor(tk_parser *t, const tk_value *v, int type);
tk_value tk_of_tensor(int id, const tk_token *at);
tk_value tk_of_number(double number, const tk_token *at);

/* The call's result; its arguments are read already. */
tk_value tk_apply(tk_parser *t, tk_call *c);

/* Behind the '=' of a leaf: its contents, bytes of the graph's; NULL after an error. */
const uint8_t *tk_data(tk_parser *t, int type, int rank, const uint32_t *shape);
bool tk_file_exists(const tk_parser *t, const char *path);
/* Contents of a file: raw from an offset, or .npy; its elements are of type `from`, or -1: of the tensor's type. */
bool tk_file(tk_parser *t, const tk_token *at, const char *path, int from, uint64_t offset, int type, int rank,
             const uint32_t *shape, uint8_t *to);
#endif
