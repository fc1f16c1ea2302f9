/* tsp_status.h - results of every function that can fail, and the schedule faults. */
#ifndef TSP_STATUS_H
#define TSP_STATUS_H
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  TSP_OK = 0,
  TSP_ERANGE,    /* an index, address or size is outside the configuration */
  TSP_ENOMEM,    /* out of memory */
  TSP_EFORMAT,   /* malformed image, text or argument; the error text says where */
  TSP_ETABLES,   /* the two sides were built from different tables */
  TSP_EFAULT,    /* the machine latched a schedule fault */
  TSP_EDIVERGED, /* two machines differ */
  TSP_EIO,       /* the operating system refused; the error text says what */
  TSP_ESTATE     /* the call does not fit the machine's state (for example, step before start) */
} tsp_status;

/* Schedule faults (golden/README.md, faults). If several occur in one cycle, the lowest queue wins, then the
 * lowest code. */
typedef enum {
  TSP_FAULT_NONE = 0,
  TSP_FAULT_OPERAND = 1,  /* an operand is invalid: stream, chained ALU, or product */
  TSP_FAULT_STREAM = 2,   /* two units drive one stream register in one cycle */
  TSP_FAULT_BANK = 3,     /* two accesses to one MEM bank in one cycle */
  TSP_FAULT_EMPTY = 4,    /* a queue ran empty before its End */
  TSP_FAULT_ADDRESS = 5,  /* memory or accumulator address, or weight column, out of range */
  TSP_FAULT_ENCODING = 6, /* undefined encoding */
  TSP_FAULT_ALU = 7,      /* two results of one ALU in one cycle */
  TSP_FAULT_WEIGHTS = 8,  /* LW overtakes the install wave of an earlier IW */
  TSP_FAULT_LOST = 9,     /* a product reaches the accumulators and no ACC takes it */
  TSP_FAULT_BUSY = 10,    /* the unit is occupied by an earlier instruction */
  TSP_FAULT_FETCH = 11,   /* Ifetch without room in its queue */
  TSP_FAULT_LINK = 12,    /* a vector arrives on a link whose receiving end is full */
  TSP_FAULT_ECC = 13      /* an operand has an error that cannot be corrected */
} tsp_fault_code;

/* Fixed one-line texts; never NULL. */
const char *tsp_status_text(tsp_status s);
const char *tsp_fault_text(tsp_fault_code c);

/* A caller-owned message buffer, always terminated; functions that take a `tsp_error *` accept NULL. */
typedef struct {
  char text[512];
} tsp_error;

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
/* Formats into *e (if not NULL) and returns s, so that a caller can `return tsp_fail(e, TSP_EFORMAT, ...)`. */
tsp_status
tsp_fail(tsp_error *e, tsp_status s, const char *format, ...);

#ifdef __cplusplus
}
#endif
#endif
