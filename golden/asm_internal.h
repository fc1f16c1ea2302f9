/* SPDX-License-Identifier: Apache-2.0 */
/* asm_internal.h - the state of tsp_asm_read(), shared by its directives. */
#ifndef TSP_ASM_INTERNAL_H
#define TSP_ASM_INTERNAL_H
#include "image_internal.h"
#include "word_syntax.h"

/* The parts of a text, in their order. */
enum { TSP_ASM_START, TSP_ASM_HEAD, TSP_ASM_TENSORS, TSP_ASM_QUEUES, TSP_ASM_END };

enum { TSP_ASM_VERSION = 1, TSP_ASM_LINE = 4096 /* longest line */ };

typedef struct {
  const tsp_config *cfg; /* NULL before .config */
  tsp_image *image;
  int part;         /* TSP_ASM_START.. */
  uint32_t line;    /* number of the line being read */
  uint32_t at_line; /* the line an error is about: line, or an earlier one */
  bool has_tables, has_predicted;
  bool debug_unsorted;

  size_t tensor_room, bound_room, debug_room;
  size_t piece_room, data_room, word_room; /* of the tensor or queue being read */
  uint32_t *tensor_line;                   /* where each tensor began */
  size_t tensor_line_room;
  const tsp_tensor **sorted; /* all tensors by name, once the first queue began */
  uint32_t *queue_line;      /* where each queue began, 0: not yet */
  int queue;                 /* being read */
  bool fetched;              /* its words are no longer the host's */
} tsp_asm;

/* Directives; the lexer stands behind the directive's name. The end of the line is checked by the caller. */
tsp_status tsp_asm_tensor(tsp_asm *a, tsp_lex *l);
tsp_status tsp_asm_piece(tsp_asm *a, tsp_lex *l);
tsp_status tsp_asm_hex(tsp_asm *a, tsp_lex *l);
tsp_status tsp_asm_data(tsp_asm *a, tsp_lex *l);
tsp_status tsp_asm_queue(tsp_asm *a, tsp_lex *l);
tsp_status tsp_asm_fetched(tsp_asm *a, tsp_lex *l);

/* A line of a queue: an instruction or .word, and its debug suffix. */
tsp_status tsp_asm_word(tsp_asm *a, tsp_lex *l);

/* Ends the tensor being read, if any; checks that it is complete. */
tsp_status tsp_asm_tensor_done(tsp_asm *a, tsp_error *cause);

/* Ends the part of tensors: names must differ. */
tsp_status tsp_asm_tensors_done(tsp_asm *a, tsp_error *cause);

/* Text of roles: const, input, output, temp. */
extern const char *const tsp_role_name[4];

#endif
