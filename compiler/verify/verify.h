/* SPDX-License-Identifier: Apache-2.0 */
/* verify.h - inside of the verifier: what is where in vector time (superlane n is the same n cycles later).
 * Private to compiler/verify*.c. */
#ifndef TSP_VERIFY_INTERNAL_H
#define TSP_VERIFY_INTERNAL_H
#include "tsp_verify.h"

enum { VQ_RUN, VQ_PARKED, VQ_ENDED, VQ_EMPTY };
enum { ANY = -1 }; /* tensor not known */
#define ANY_ELEMENT INT64_MIN

/* A vector of a tensor, one byte of each element: the one whose lane 0 holds `element`. */
typedef struct {
  int32_t tensor; /* or ANY */
  int64_t element;
  int byte;
} tspv_ident;

/* Who dispatched what. */
typedef struct {
  int queue;
  uint32_t word, issue;
  uint64_t cycle, text;
  const tsp_instr *in;
  const tsp_debug *debug; /* or NULL */
  int64_t element;        /* that the line claims for this issue */
} tspv_op;

/* A value: valid in superlanes 0..extent-1. */
typedef struct {
  int queue; /* of the producer */
  uint32_t word;
  uint64_t cycle; /* of the producer's dispatch */
  int extent;
  tspv_ident is;
  bool taken; /* by somebody */
  int slice;  /* the host's word that it is a copy of, or -1 */
  uint32_t addr;
} tspv_value;

typedef struct {
  int64_t key; /* of the diagonal on which it flows */
  int total;   /* extent, values below it included */
  uint64_t at; /* cycle for which total holds */
  tspv_value top;
} tspv_slot;

/* What happens in a later cycle. */
enum { EV_DRIVE, EV_ALU, EV_PRODUCT, EV_FORM, EV_FETCH, EV_EXEC };
typedef struct {
  int kind, where, stream, column; /* where: direction, ALU or plane */
  bool f32;                        /* EV_PRODUCT */
  uint64_t lands;                  /* EV_FORM: when what it forms lands */
  tspv_value value;
  tspv_op op; /* EV_FORM, EV_FETCH, EV_EXEC */
} tspv_event;

typedef struct {
  tspv_event *event;
  int count, room;
} tspv_bucket;

typedef struct {
  uint64_t cycle; /* of the Ifetch */
  int rows;       /* superlanes that bring one */
} tspv_fetch;

typedef struct {
  uint64_t *text;
  uint32_t length, room, host, pc, settled; /* settled: words of fetches that have arrived completely */
  int state;
  uint64_t wake, left;   /* cycle of the next step; re-issues left */
  uint32_t issue, shown; /* shown: 1 + the last word that the watch was told of */
  uint64_t prev;
  bool fetched; /* ever */
  uint64_t last_fetch;
  tspv_fetch fetch[8]; /* under way, oldest first */
  int fetches;
  int debug, debug_end; /* the rest of its lines */
  uint64_t debug_issues;
} tspv_queue;

/* A word of memory. */
enum { WORD_HOST, WORD_WRITTEN, WORD_MIXED }; /* as loaded; by one vector; by superlane */
typedef struct {
  uint8_t state;
  bool used, unread; /* unread: written, and not read since */
  int extent;        /* written */
  tspv_value value;
} tspv_word;

/* A tensor's vector in a word; several tensors may have one there. */
typedef struct {
  int32_t tensor, piece, next; /* next: index, 0 at the end */
  uint32_t vector;
} tspv_home;

typedef struct {
  bool defined, f32, unread;
  int extent;
  uint32_t word;
  uint64_t cycle;
} tspv_acc;

typedef struct {
  bool fresh; /* loaded and not yet installed */
  uint32_t word;
  uint64_t cycle;
} tspv_weights;

typedef struct {
  bool installed, due, f32, taken;
  uint64_t first_install, install, half, product; /* cycles of IWs, of the last ABC.f16 (+ 1), of a product */
  uint32_t abc_word;
  uint64_t abc_cycle;
  tspv_weights *slot;
  tspv_acc *acc;
} tspv_plane;

typedef struct {
  uint64_t *arrives; /* ring of vectors under way, then waiting */
  tspv_value *value;
  int room, first, waiting, flying, start; /* start: waiting at the beginning of the cycle */
} tspv_link;

typedef struct {
  const tsp_config *cfg;
  const tsp_isa *isa;
  const tsp_image *image;
  unsigned rules;
  const tsp_verify_watch *watch;
  tsp_verify_result *out;
  bool failed; /* out of memory */

  uint64_t now, end; /* end: cycle in which every queue has ended, UINT64_MAX before */
  uint64_t rank;     /* of the violation found: queue and code */
  tspv_queue *queue;
  int running;   /* queues that have not ended */
  uint64_t *due; /* notifications, a bit ring of barrier + 1 cycles */
  int notes;     /* due */

  int active, active_next;
  bool config_taken;
  struct {
    uint64_t from;
    int active;
  } * power;
  int powers, power_room;

  tspv_slot *slot;     /* [direction][stream][columns] */
  uint32_t *driven;    /* [direction][column][stream][ring]: cycle + 1 of a result under way */
  tspv_bucket *bucket; /* [ring] */
  uint64_t ring, pending;
  struct {
    bool valid;
    uint64_t at;
    int extent;
    tspv_value value;
  } * alu;
  uint32_t *alu_due;      /* [alu][ring] */
  uint64_t *column_fetch; /* cycle + 1 of the last Ifetch of a column */
  tspv_plane *plane;
  int *map; /* [queue - q_sxm][maps]: extent that is defined */
  tspv_link *link;

  tspv_word *word; /* [slice][addr] */
  int32_t *home;   /* [slice][addr]: index, 0 for none */
  tspv_home *homes;
  int home_count, home_room;
} tspv;

/* verify.c: notes a violation unless an earlier one is known. op may be NULL. */
void tspv_violate(tspv *v, int rule, tsp_fault_code fault, uint64_t cycle, int queue, const tspv_op *op,
                  const char *format, ...) __attribute__((format(printf, 7, 8)));
/* The same for what is done in vain, if the program has debug lines. */
void tspv_in_vain(tspv *v, uint64_t cycle, int queue, const tspv_op *op, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
bool tspv_grow(tspv *v, void *array, int count, int *room, size_t each);

/* verify_queue.c: the steps of every queue in this cycle; the second vector of an Ifetch. */
void tspv_queues_start(tspv *v);
void tspv_step_queues(tspv *v);
void tspv_fetch_second(tspv *v, const tspv_event *e);
uint64_t tspv_next_wake(const tspv *v);

/* verify_stream.c */
tspv_event *tspv_event_at(tspv *v, uint64_t cycle, int kind); /* NULL: out of memory */
int tspv_min_active(const tspv *v, uint64_t from);            /* over the cycles from..now */
void tspv_drive(tspv *v, const tspv_op *op, int direction, int stream, int column, uint64_t lands, tspv_value value);
void tspv_drive_results(tspv *v, const tspv_op *op, int extent, const tspv_value *value); /* of op's result fields */
void tspv_land(tspv *v, const tspv_event *e);
void tspv_unused(tspv *v, const tspv_slot *s);
/* The value in a register now, its extent set; extent 0: nothing valid. */
tspv_value tspv_look(tspv *v, int direction, int stream, int column);
/* Takes the streams of op's operand fields into value[32]; their number. Lowers *extent; faults are noted. */
int tspv_take_operands(tspv *v, const tspv_op *op, tspv_value value[32], int *extent);
void tspv_invalid(tspv *v, const tspv_op *op, int extent, const char *what); /* fault OPERAND beyond an extent */
tspv_value tspv_made(const tspv *v, const tspv_op *op, int extent);

/* verify_unit.c: an instruction whose operands are due now. */
void tspv_execute(tspv *v, const tspv_op *op);
void tspv_form(tspv *v, const tspv_event *e);
/* verify_mem.c, verify_mxm.c, verify_link.c */
void tspv_execute_mem(tspv *v, const tspv_op *op);
void tspv_execute_mxm(tspv *v, const tspv_op *op);
void tspv_mxm_end_of_cycle(tspv *v);
void tspv_mxm_end(tspv *v);
bool tspv_links_open(tspv *v);
void tspv_links_arrive(tspv *v);
void tspv_send(tspv *v, const tspv_op *op, tspv_value value, int extent);
void tspv_receive(tspv *v, const tspv_op *op);
bool tspv_links_quiet(const tspv *v);

/* verify_map.c: the memory map of the image's tensors. */
bool tspv_map(tspv *v);
const tspv_home *tspv_home_of(const tspv *v, int slice, uint32_t addr, int tensor); /* NULL: not there */
tspv_ident tspv_home_ident(const tspv *v, const tspv_home *h);
bool tspv_host_word(const tspv *v, int slice, uint32_t addr, tspv_ident *is); /* filled before start */
/* What the image says a host's word holds; false if it does not. bytes [vector] */
bool tspv_host_bytes(const tspv *v, int slice, uint32_t addr, uint8_t *bytes);
void tspv_outputs(tspv *v); /* at the end */

/* verify_claim.c: debug lines against what happens. */
void tspv_claim_dispatch(tspv *v, tspv_op *op); /* fills debug and element */
void tspv_claim_operands(tspv *v, const tspv_op *op, const tspv_value *value, int count);
void tspv_claim_missing(tspv *v); /* lines of words that never dispatched */
char *tspv_ident_text(const tspv *v, tspv_ident is, char buf[128]);
char *tspv_value_text(const tspv *v, const tspv_value *value, char buf[256]); /* what it is, who made it */

static inline int64_t tspv_field(const tspv_op *op, const char *name)
{
  return tsp_word_get(op->in, op->text, name);
}
static inline int tspv_d_func(const tspv *v, const tspv_op *op)
{
  return tsp_isa_d_func(v->isa, v->cfg, op->in->opcode);
}
static inline tspv_word *tspv_word_at(const tspv *v, int slice, uint32_t addr)
{
  return &v->word[(size_t)slice * (size_t)v->cfg->mem_words + addr];
}
#endif
