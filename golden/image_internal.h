/* SPDX-License-Identifier: Apache-2.0 */
/* image_internal.h - what the readers and writers of images share. A `cause` is an error text without its place:
 * whoever knows the file, line or offset puts that in front. */
#ifndef TSP_IMAGE_INTERNAL_H
#define TSP_IMAGE_INTERNAL_H
#include "tsp_image.h"

/* Printable ASCII and terminated within size bytes. what: "tensor", "kernel", .. for the text. */
tsp_status tsp_check_string(const char *what, const char *s, size_t size, bool may_be_empty, tsp_error *cause);

/* Parts of a tensor: its head (name, type, role, shape), one piece, the amount of data. Each presumes those before. */
tsp_status tsp_check_head(const tsp_tensor *t, tsp_error *cause);
tsp_status tsp_check_piece(const tsp_config *cfg, const tsp_tensor *t, const tsp_piece *p, tsp_error *cause);
tsp_status tsp_check_data(const tsp_tensor *t, tsp_error *cause);

/* How much of a queue's text the host loads. */
tsp_status tsp_check_text(const tsp_config *cfg, const tsp_queue_text *q, tsp_error *cause);

/* One debug line that follows `before` (NULL for the first). */
tsp_status tsp_check_debug(const tsp_image *image, const tsp_debug *before, const tsp_debug *d, tsp_error *cause);

/* The tensors in order of name, to be freed; NULL if out of memory. */
const tsp_tensor **tsp_sort_tensors(const tsp_image *image);

/* Of two tensors with one name the later, given tsp_sort_tensors(); NULL if all names differ. */
const tsp_tensor *tsp_find_duplicate(const tsp_tensor **sorted, int count);

/* Puts a place, made by the format, in front of the cause's text. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
tsp_status
tsp_fail_at(tsp_error *err, tsp_status s, const tsp_error *cause, const char *format, ...);

/* An array with room for one more element of size bytes; NULL if out of memory, and then *array is as it was. */
void *tsp_grow(void *array, size_t count, size_t *capacity, size_t size);

/* Writes a file by a callback so that path has either its old or its complete new contents. */
typedef tsp_status (*tsp_emit_fn)(FILE *to, const void *ctx);
tsp_status tsp_file_replace(const char *path, tsp_emit_fn emit, const void *ctx, tsp_error *err);

#endif
