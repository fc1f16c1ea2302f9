/* SPDX-License-Identifier: Apache-2.0 */
/* wave_text.h - what a wave viewer shows in place of a number. The numbers are those of waves/tsp_view.sv: hexadecimal,
 * every part in whole digits, the valid digit first. */
#ifndef TSP_WAVE_TEXT_H
#define TSP_WAVE_TEXT_H
#include "tsp_image.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds of number, and their names as an argument of tsp-filter. V is a digit, 1 if valid and else 0; an invalid
 * number is shown as a gap. A lane has 2, 4 or 8 digits, and at least as many as its type needs; lanes are shown from
 * lane 0 on. */
enum {
  TSP_WAVE_INSTR,     /* "instr"      an instruction word, 0 for none                        Read 0x03c0 -> s4.e */
  TSP_WAVE_QUEUE,     /* "queue"      state 1, pc 5, idle 4, left 4 digits                   12 idle 3 */
  TSP_WAVE_TENSOR,    /* "tensor"     V, queue 4, pc 5, left 4 digits after a dispatch       w[3, 0] */
  TSP_WAVE_HEX,       /* "hex"        V, lanes                                               03 fe 12 .. */
  TSP_WAVE_I8,        /* "i8"         V, lanes, signed                                       3 -2 18 .. */
  TSP_WAVE_I16,       /* "i16" */
  TSP_WAVE_I32,       /* "i32" */
  TSP_WAVE_F16,       /* "f16"        V, lanes                                               1.5 -0.25 .. */
  TSP_WAVE_F32,       /* "f32" */
  TSP_WAVE_STORE,     /* "store"      V, address 4 digits, lanes                             0x03c0 := 03 fe .. */
  TSP_WAVE_LOAD,      /* "load"       the same, a weight slot for the address                w3 := 03 fe .. */
  TSP_WAVE_ENTRY,     /* "entry"      V, address 4 digits, lanes, signed                     a17 := 332 -78 .. */
  TSP_WAVE_ENTRY_F32, /* "entry.f32"  V, address 4 digits, lanes                             a17 := 0.5 -78.25 .. */
  TSP_WAVE_FAULT,     /* "fault"      code 2, queue 4 digits                                 mem_w3: two units .. */
  TSP_WAVE_KINDS
};
const char *tsp_wave_kind_name(int kind);
int tsp_wave_kind_find(const char *name); /* -1 if there is none */

enum { TSP_WAVE_TEXT = 1000 }; /* bytes of the longest text: what GTKWave reads of a filter's line */

/* The text for one number as a viewer wrote it: digits, perhaps after 0x, $ or h. `?colour?` stands before texts that
 * are shown on a coloured ground; equal lane contents have equal colours, and so have elements of one tensor. image is
 * the program, for tensors only; NULL: none has a name. What is no such number (x, z, too long, too short) is shown as
 * it came. Never empty, never with a line end; returns buf, which has TSP_WAVE_TEXT bytes. */
char *tsp_wave_text(const tsp_config *cfg, const tsp_image *image, int kind, const char *number, char *buf);

#ifdef __cplusplus
}
#endif
#endif
