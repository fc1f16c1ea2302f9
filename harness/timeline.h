/* SPDX-License-Identifier: Apache-2.0 */
/* timeline.h - what a program does in every cycle, from the executed trace of the golden model: as rows of text, as a
 * Chrome trace (Perfetto opens it) and as an SVG; and a summary of what bounds it. */
#ifndef TSP_TIMELINE_H
#define TSP_TIMELINE_H
#include "tsp_image.h"
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds of instruction that look the same in a picture. */
typedef struct {
  const char *name, *colour;
  char letter;
} tsp_timeline_kind;
enum { TSP_TIMELINE_KINDS = 22 };
extern const tsp_timeline_kind tsp_timeline_kinds[TSP_TIMELINE_KINDS];

/* Issues of one kind, for one tensor, in consecutive cycles of one queue. */
typedef struct {
  uint16_t queue;
  uint8_t kind;
  int32_t tensor;  /* index, or -1 */
  int64_t element; /* of the first issue; -1 unknown */
  uint64_t from;   /* cycle */
  uint32_t cycles, word;
  uint64_t text; /* of the first issue */
} tsp_span;

typedef struct {
  const tsp_config *cfg;
  const tsp_image *image;
  tsp_span *span; /* by queue, then cycle */
  size_t spans;
  uint64_t cycles;  /* as executed; up to the fault if there was one */
  uint64_t *issues; /* [queues] */
  uint32_t *text;   /* [queues] words executed or skipped over, fetched ones included */
  char fault[160];  /* what stopped it; empty if it ended */
} tsp_timeline;

/* Runs the image on a golden machine. TSP_ENOMEM, or that of the engine. image and cfg must stay. */
tsp_status tsp_timeline_make(const tsp_config *cfg, const tsp_image *image, tsp_timeline *out, tsp_error *err);
void tsp_timeline_free(tsp_timeline *t);

/* What is shown: cycles from..to-1 of the queues with show[queue]. */
typedef struct {
  uint64_t from, to;
  const bool *show;
} tsp_timeline_view;

/* The spans of a queue: *first is the first one, the result their number. */
size_t tsp_timeline_queue(const tsp_timeline *t, int queue, const tsp_span **first);

/* The kind of slice that a queue belongs to, 0..4, and its name: "mem", "vxm", "mxm", "sxm", "c2c". */
enum { TSP_TIMELINE_SLICES = 5 };
int tsp_timeline_slice(const tsp_config *cfg, int queue);
const char *tsp_timeline_slice_name(int slice);

/* "w from element 64", or "". */
char *tsp_span_tensor(const tsp_timeline *t, const tsp_span *s, char buf[128]);

void tsp_timeline_text(const tsp_timeline *t, const tsp_timeline_view *v, int columns, FILE *to);
void tsp_timeline_summary(const tsp_timeline *t, FILE *to);
tsp_status tsp_timeline_json(const tsp_timeline *t, const tsp_timeline_view *v, FILE *to);
tsp_status tsp_timeline_svg(const tsp_timeline *t, const tsp_timeline_view *v, FILE *to);

#ifdef __cplusplus
}
#endif
#endif
