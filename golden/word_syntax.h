/* SPDX-License-Identifier: Apache-2.0 */
/* word_syntax.h - what writing and reading the text of a word share. */
#ifndef TSP_WORD_SYNTAX_H
#define TSP_WORD_SYNTAX_H
#include "asm_lex.h"

/* Values of VXM source and result fields (tsp_isa.h, field kinds). */
enum { TSP_SRC_ALU = 0x40, TSP_SRC_IMM = 0x80, TSP_DST_STREAM = 0x80 };

/* The field of the {name} at `at` in a syntax string; *after is what follows the brace. */
const tsp_field *tsp_syntax_field(const tsp_instr *in, const char *at, const char **after);

/* Streams that an operand of a kind takes: 1, 2, 4, lw_streams or lanes. */
int tsp_kind_streams(const tsp_config *cfg, int kind);

/* One instruction from its mnemonic on, or .word. Checks what holds in every queue; addresses only for their width. */
tsp_status tsp_syntax_parse(const tsp_isa *isa, const tsp_config *cfg, tsp_lex *l, uint64_t *word);

/* The same, and that this queue can execute it (.word: no check). */
tsp_status tsp_syntax_parse_for(const tsp_isa *isa, const tsp_config *cfg, int queue, tsp_lex *l, uint64_t *word);

#endif
