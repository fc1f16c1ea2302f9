/* tsp_image.h - a program image in memory: tensors, queue text, debug lines, predictions.
 * Files: tsp_image_read/_write (.tsp, binary) and tsp_asm_read/_write (assembly text); both round-trip exactly. */
#ifndef TSP_IMAGE_H
#define TSP_IMAGE_H
#include "tsp_isa.h"
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TSP_I8, TSP_I32, TSP_F16, TSP_F32, TSP_I16, TSP_TYPES }; /* element types, little-endian in memory */
/* Who fills and who reads a tensor. A TEMP without pieces only names what debug lines are about. */
enum { TSP_ROLE_CONST, TSP_ROLE_INPUT, TSP_ROLE_OUTPUT, TSP_ROLE_TEMP };

/* Where part of a tensor lies: `count` vectors in one MEM slice, the i-th at word addr + i * addr_step.
 * Lane l < lanes of vector i holds byte `byte` of the row-major element first + i * vec_step + l * lane_step.
 * Lanes beyond `lanes` are zero padding. */
typedef struct {
  uint16_t slice; /* MEM queue number: 0..2*mem_slices-1 */
  uint8_t byte;   /* 0 is the least significant byte */
  uint32_t addr, count;
  int32_t addr_step;
  uint32_t lanes;
  int64_t first, vec_step, lane_step;
} tsp_piece;

typedef struct {
  char name[64];
  uint8_t type, role;
  int rank; /* 1..4 */
  uint32_t shape[4];
  int piece_count;
  tsp_piece *piece;
  uint64_t data_bytes; /* 0, or elements * element size */
  uint8_t *data;       /* row-major contents for CONST (and INPUT with a default); NULL otherwise */
} tsp_tensor;

/* The text of a queue. The host loads all but the last `fetched` words; those its Ifetches bring from memory, where a
 * tensor holds them. */
typedef struct {
  uint32_t length, fetched;
  uint64_t *word;
} tsp_queue_text;

/* What one dispatching word of a queue does, for reports and for checking the schedule. */
typedef struct {
  uint16_t queue;
  uint32_t word;       /* index in the queue's text */
  uint64_t cycle;      /* predicted dispatch cycle (of the first issue, or of a Repeat's first re-issue) */
  int32_t tensor;      /* index, or -1 */
  int64_t first, step; /* the k-th issue of this word handles the vector that starts at row-major element first +
                          k*step; of a tensor without pieces it is not said which: 0 */
  uint32_t line;       /* line of the kernel text, 0 if none */
} tsp_debug;

/* Lower bound: the work of one kind of resource over its capacity, in cycles. */
typedef struct {
  char resource[32];
  uint64_t cycles;
} tsp_bound;

typedef struct {
  char config[32];
  uint64_t table_hash;
  char kernel[64];           /* name of the kernel or test */
  uint64_t cycles_predicted; /* value of the CYCLES register at the end */
  int tensor_count;
  tsp_tensor *tensor;
  int queue_count; /* cfg->queues */
  tsp_queue_text *queue;
  int debug_count; /* sorted by queue, then word */
  tsp_debug *debug;
  int bound_count;
  tsp_bound *bound;
} tsp_image;

/* An empty image for a configuration; every queue has length 0. Free with tsp_image_free(). */
tsp_status tsp_image_new(const tsp_config *cfg, const char *kernel, tsp_image **out);
void tsp_image_free(tsp_image *image); /* NULL is allowed */

/* What every image must satisfy: a known configuration, printable names that differ, tensors within memory, what
 * the host loads of each queue within iq_depth, debug lines in order. err names what does not. The table hash is
 * checked by readers, not here. */
tsp_status tsp_image_check(const tsp_image *image, tsp_error *err);

/* Reads and writes a .tsp file. Reading checks every count, range and string and that config and hash are known;
 * err names file, offset and cause. Writing goes to a temporary file that is renamed when complete. */
tsp_status tsp_image_read(const char *path, tsp_image **out, tsp_error *err);
tsp_status tsp_image_write(const tsp_image *image, const char *path, tsp_error *err);

/* The same for assembly text. err names file and line. */
tsp_status tsp_asm_read(const char *path, tsp_image **out, tsp_error *err);
tsp_status tsp_asm_write(const tsp_image *image, FILE *to);
tsp_status tsp_asm_save(const tsp_image *image, const char *path, tsp_error *err); /* to a file, as tsp_image_write */

/* Text of one word, as in assembly, for example "Read 0x03c0 -> s4.e". An undefined word gives ".word 0x...".
 * size >= 96 is enough for every word; returns buf. */
char *tsp_word_text(const tsp_isa *isa, const tsp_config *cfg, uint64_t word, char *buf, size_t size);

/* The word of one instruction's text for a queue; the opposite of tsp_word_text(). TSP_EFORMAT if the queue could not
 * execute it: err says why and what would fit. ".word 0x..." gives any word. */
tsp_status tsp_word_parse(const tsp_isa *isa, const tsp_config *cfg, int queue, const char *text, uint64_t *word,
                          tsp_error *err);

/* Elements and bytes of a tensor; 0 if they overflow. */
uint64_t tsp_tensor_elements(const tsp_tensor *t);
int tsp_type_size(int type);
const char *tsp_type_name(int type); /* "i8", "i32", "f16", "f32", "i16" */

/* Tensor of that name, or NULL. */
tsp_tensor *tsp_image_tensor(const tsp_image *image, const char *name);

/* The debug line of a queue's word, or NULL. */
const tsp_debug *tsp_image_debug(const tsp_image *image, int queue, uint32_t word);

/* The greatest of the image's lower bounds, the first of equal ones; NULL if it has none. */
const tsp_bound *tsp_image_bound(const tsp_image *image);

/* The row-major element and byte that a MEM word's lane holds. False if no tensor lies there (or padding). */
bool tsp_image_locate(const tsp_image *image, int slice, uint32_t addr, uint32_t lane, int *tensor, int64_t *element,
                      int *byte);

/* The element at which the vector begins that an issue of a debug line's word handles (tsp_dispatch: 0 for the
 * instruction itself, k for a Repeat's k-th re-issue). */
int64_t tsp_debug_element(const tsp_debug *g, uint32_t issue);

/* "w[3, 0]"; the name alone if element, which is row-major, is negative. What does not fit is cut off; returns buf. */
char *tsp_element_text(const tsp_tensor *t, int64_t element, char *buf, size_t size);

/* A row-major buffer moved to or from MEM words, through callbacks so that any machine can be the memory.
 * vector: uint8 [superlanes][lanes]. Stops at the first status that is not TSP_OK. */
typedef tsp_status (*tsp_word_fn)(void *ctx, int slice, uint32_t addr, uint8_t *vector);
tsp_status tsp_tensor_scatter(const tsp_config *cfg, const tsp_tensor *t, const uint8_t *data, tsp_word_fn write,
                              void *ctx);
tsp_status tsp_tensor_gather(const tsp_config *cfg, const tsp_tensor *t, uint8_t *data, tsp_word_fn read, void *ctx);

#ifdef __cplusplus
}
#endif
#endif
