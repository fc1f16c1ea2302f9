/* SPDX-License-Identifier: Apache-2.0 */
/* grade.h - fault grading: one program many times in lockstep, each time with one random bit of the RTL flipped in one
 * random cycle, and what became of each flip. A run starts from the last saved state before its flip. */
#ifndef TSP_GRADE_H
#define TSP_GRADE_H
#include "inject.h"
#include "lockstep.h"
#include "tsp_case.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  TSP_GRADE_CORRECTED, /* the machine corrected it; the end is right */
  TSP_GRADE_ECC,       /* the machine saw that it could not correct it: fault ECC */
  TSP_GRADE_LOCKSTEP,  /* the machines differed, at a distance in cycles */
  TSP_GRADE_MASKED,    /* every compared value and the end state equal */
  TSP_GRADE_UNNOTICED, /* every compared value equal and the result wrong: must not be */
  TSP_GRADES
} tsp_grade;

const char *tsp_grade_name(tsp_grade g); /* "corrected by ECC", .. */

typedef struct {
  tsp_flip flip;
  tsp_grade grade;
  uint64_t distance; /* lockstep: from the flip to the first difference */
  bool in_the_end;   /* lockstep: only the final memory differed */
  char where[200];   /* lockstep: what differed first */
} tsp_graded;

typedef struct tsp_grader tsp_grader;

/* Runs the program once without a flip and saves states on the way. The program must pass. run, ref (golden with views)
 * and dut stay the caller's. */
tsp_status tsp_grader_open(const tsp_run *run, tsp_engine *ref, tsp_engine *dut, tsp_grader **out, tsp_error *err);
void tsp_grader_close(tsp_grader *g); /* NULL is allowed */

/* One flip, drawn from the seed. */
tsp_status tsp_grader_run(tsp_grader *g, uint64_t seed, tsp_graded *out, tsp_error *err);

#ifdef __cplusplus
}
#endif
#endif
