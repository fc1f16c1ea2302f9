/* SPDX-License-Identifier: Apache-2.0 */
/* wave_text.h - what a wave viewer shows in place of a number. The numbers are those of waves/tsp_view.sv: hexadecimal,
 * every part in whole digits, the valid digit first. */
#ifndef TSP_WAVE_TEXT_H
#define TSP_WAVE_TEXT_H
#include "tsp_isa.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds of number, and their names as an argument of tsp-filter. V is a digit, 1 if valid and else 0; an invalid
 * number is shown as a gap. Lanes are shown from lane 0 on. */
enum {
  TSP_WAVE_INSTR, /* "instr"  an instruction word, 0 for none           Read 0x03c0 -> s4.e */
  TSP_WAVE_QUEUE, /* "queue"  state 1, pc 5, idle 4, left 4 digits      12 idle 3 */
  TSP_WAVE_BYTES, /* "bytes"  V, a byte per lane                        03 fe 12 .. */
  TSP_WAVE_WORDS, /* "words"  V, 32 bits per lane                       0000014c ffffffb2 .. */
  TSP_WAVE_INTS,  /* "ints"   the same, signed                          332 -78 .. */
  TSP_WAVE_STORE, /* "store"  V, address 4 digits, a byte per lane      0x03c0 := 03 fe .. */
  TSP_WAVE_LOAD,  /* "load"   the same, a weight slot for the address   w3 := 03 fe .. */
  TSP_WAVE_ENTRY, /* "entry"  V, address 4 digits, 32 bits per lane     a17 := 332 -78 .. */
  TSP_WAVE_FAULT, /* "fault"  code 2, queue 4 digits                    mem_w3: two units drive .. */
  TSP_WAVE_KINDS
};
const char *tsp_wave_kind_name(int kind);
int tsp_wave_kind_find(const char *name); /* -1 if there is none */

enum { TSP_WAVE_TEXT = 1000 }; /* bytes of the longest text: what GTKWave reads of a filter's line */

/* The text for one number as a viewer wrote it: digits, perhaps after 0x, $ or h. `?colour?` stands before texts that
 * are shown on a coloured ground; equal lane contents have equal colours. What is no such number (x, z, too long, too
 * short) is shown as it came. Never empty, never with a line end; returns buf, which has TSP_WAVE_TEXT bytes. */
char *tsp_wave_text(const tsp_config *cfg, int kind, const char *number, char *buf);

#ifdef __cplusplus
}
#endif
#endif
