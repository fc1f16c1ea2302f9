/* SPDX-License-Identifier: Apache-2.0 */
/* asm_lex.h - tokens of one line of assembly. Every error is a cause without its place (image_internal.h) and says what
 * would fit. Blanks before a token are skipped; `;` or the end of the string ends the line. */
#ifndef TSP_ASM_LEX_H
#define TSP_ASM_LEX_H
#include "tsp_isa.h"

typedef struct {
  const char *p;    /* the rest of the line */
  tsp_error *cause; /* may be NULL */
} tsp_lex;

/* True at the end of the line; the same as an error if it is not. */
bool tsp_lex_at_end(tsp_lex *l);
tsp_status tsp_lex_end(tsp_lex *l);

/* Takes a punctuation token, or a keyword, if it is next. */
bool tsp_lex_accept(tsp_lex *l, const char *token);
tsp_status tsp_lex_expect(tsp_lex *l, const char *token);

/* A directive, mnemonic or keyword: letters, digits, '.' and '_'. */
tsp_status tsp_lex_id(tsp_lex *l, const char *what, char *buf, size_t size);

/* A name: bare (a letter or '_', then letters, digits and "_./-"), or any printable text "quoted" with \" and \\. */
tsp_status tsp_lex_name(tsp_lex *l, const char *what, char *buf, size_t size);

/* A decimal or 0x number with optional sign. */
tsp_status tsp_lex_int(tsp_lex *l, const char *what, int64_t min, int64_t max, int64_t *out);
tsp_status tsp_lex_uint(tsp_lex *l, const char *what, uint64_t max, uint64_t *out);

/* A decimal fraction such as -1.5e-3 as the nearest fp32; the locale plays no part. */
tsp_status tsp_lex_float(tsp_lex *l, const char *what, uint32_t *bits);

/* Fails with "WHAT is expected, found 'xyz'". */
tsp_status tsp_lex_fail(tsp_lex *l, const char *what);

/* A name as tsp_lex_name() reads it, quoted only if it must be; buf has at least 2 * strlen(name) + 3 bytes. */
char *tsp_quote_name(const char *name, char *buf);

#endif
