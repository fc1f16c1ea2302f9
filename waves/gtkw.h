/* SPDX-License-Identifier: Apache-2.0 */
/* gtkw.h - inside of the save file writer: the lines of GTKWave's format, the groups made of them, and the views made
 * of those. */
#ifndef TSP_GTKW_H
#define TSP_GTKW_H
#include "activity.h"
#include "nets.h"
#include "savefile.h"
#include "types.h"
#include <stdio.h>

enum { GTKW_PLAIN = 0, GTKW_YELLOW = 3 }; /* colours of a row */
enum { GTKW_MAX_CHAIN = 16, GTKW_MAX_QUEUES = 1024 };

typedef struct {
  FILE *to;
  const tsp_config *cfg;
  const tsp_savefile *s;
  const char *filter, *program; /* program: path of the image, NULL if there is none */
  int superlane;
  tsp_activity activity;
  tsp_types types;
  bool queue_used[GTKW_MAX_QUEUES];
  bool stream_used[2][TSP_TYPED_STREAMS];
  const tsp_dispatch *weights[GTKW_MAX_CHAIN], *result[GTKW_MAX_CHAIN]; /* the chains that are shown */
  size_t weights_count, result_count;
} gtkw;

/* A group of rows, open or folded. */
void gtkw_begin(gtkw *g, bool open, const char *title);
void gtkw_end(gtkw *g, bool open, const char *title);

/* A line of text between rows. */
void gtkw_comment(gtkw *g, const char *text);

/* A row: a net under a label, shown as that kind of text (wave_text.h; -1 a plain number). A label has no dots: GTKWave
 * takes what is before one for a hierarchy. */
void gtkw_row(gtkw *g, int colour, const char *label, tsp_net net, int kind);

/* A row of a net of superlane 0, moved to when the same happens in the superlane shown. */
void gtkw_moved_row(gtkw *g, const char *label, tsp_net net, int kind);

/* Rows of what the unit of a queue does in a superlane: loads, stores, results, .. */
void gtkw_data(gtkw *g, int queue, int superlane);

/* Rows of one queue: what it dispatches and the tensor of that. */
void gtkw_instr(gtkw *g, int queue);

/* The same and where it stands; the same with its data. */
void gtkw_position(gtkw *g, int queue);
void gtkw_queue(gtkw *g, int queue);

/* A group of streams at one column in a superlane. The label says who stands there, and a superlane other than the one
 * that is shown. */
void gtkw_stream_row(gtkw *g, int direction, int base, int count, int column, int superlane);

/* Rows of a group of streams, from one column to another in the order in which a value passes them; with `users`, the
 * queues that drive or take it too, each before the column at which it stands. */
void gtkw_stream(gtkw *g, int direction, int base, int count, int from, int to, bool users);

/* Whether a queue dispatched something that uses one of the streams. */
bool gtkw_uses(const gtkw *g, int queue, int direction, int base, int count);

/* Who stands at a column, for a label: "W3 W2", "VXM", "MXM0 MXM1 W11 W10". buf has COLUMN_TEXT bytes. */
enum { COLUMN_TEXT = 64 };
char *gtkw_column_text(const tsp_config *cfg, int column, char *buf);

/* "s16..19 east" */
enum { STREAM_TEXT = 32 };
char *gtkw_stream_text(int direction, int base, int count, char *buf);

/* The groups. */
void gtkw_chip(gtkw *g);
void gtkw_chains(gtkw *g);
void gtkw_instructions(gtkw *g, bool open);
void gtkw_slices(gtkw *g);
void gtkw_one_slice(gtkw *g, const char *slice);
void gtkw_one_stream(gtkw *g, int direction, int base, int count, bool open); /* open: with its users */
void gtkw_streams(gtkw *g, bool open);
void gtkw_stagger(gtkw *g, int direction, int base, int count, int column);

/* The queues in use from west to east; returns how many. queue has GTKW_MAX_QUEUES entries. */
int gtkw_used_queues(const gtkw *g, int *queue);

/* Name of the slice that a queue belongs to: "mem_w3", "vxm", "mxm0", "sxm_e", "c2c_w". buf has 16 bytes. */
char *gtkw_slice_name(const tsp_config *cfg, int queue, char *buf);

/* The view that is asked for: its rows below the chip's. */
void gtkw_view(gtkw *g);

/* The cycle at which the view opens if none is given. */
uint64_t gtkw_view_opens(const gtkw *g);

/* The line of zoom, cursor and markers, and the names of the markers; and a row of text for events without one. */
void gtkw_markers(gtkw *g, uint64_t cursor, double zoom);

/* Time in the FST at which something dispatched in a cycle acts in the superlane shown. */
uint64_t gtkw_time(const gtkw *g, uint64_t cycle);

#endif
