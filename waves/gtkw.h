/* SPDX-License-Identifier: Apache-2.0 */
/* gtkw.h - inside of the save file writer: the lines of GTKWave's format, and the groups made of them. */
#ifndef TSP_GTKW_H
#define TSP_GTKW_H
#include "activity.h"
#include "nets.h"
#include "savefile.h"
#include <stdio.h>

enum { GTKW_PLAIN = 0, GTKW_YELLOW = 3 }; /* colours of a row */

typedef struct {
  FILE *to;
  const tsp_config *cfg;
  const char *filter;
  int superlane;
  tsp_activity activity;
  bool queue_used[1024];
  bool stream_used[2][32];
} gtkw;

/* A group of rows, open or folded. */
void gtkw_begin(gtkw *g, bool open, const char *title);
void gtkw_end(gtkw *g, bool open, const char *title);

/* A line of text between rows. */
void gtkw_comment(gtkw *g, const char *text);

/* A row: a net under a label. A label has no dots: GTKWave takes what is before one for a hierarchy. */
void gtkw_row(gtkw *g, int colour, const char *label, int net, int i, int j, int superlane);

/* Rows of what the unit of a queue does: loads, stores, results, .. */
void gtkw_data(gtkw *g, int queue);

/* Rows of one queue: its instruction and, if asked for, data and position. */
void gtkw_queue(gtkw *g, int queue, bool all);

/* Rows of a stream, from one column to another in the order in which a value passes them. */
void gtkw_stream(gtkw *g, int direction, int stream, int from, int to);

/* Who stands at a column, for a label: "W3 W2", "VXM", "MXM0 MXM1 W11 W10". buf has COLUMN_TEXT bytes. */
enum { COLUMN_TEXT = 64 };
char *gtkw_column_text(const tsp_config *cfg, int column, char *buf);

/* The groups. */
void gtkw_chip(gtkw *g);
void gtkw_chain(gtkw *g, const char *title, const tsp_dispatch *const *chain, size_t n);
void gtkw_slices(gtkw *g);
void gtkw_one_stream(gtkw *g, int direction, int stream, bool open);
void gtkw_streams(gtkw *g, bool open);
void gtkw_stagger(gtkw *g, int direction, int stream, int column);

#endif
