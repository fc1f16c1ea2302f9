/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>

#include "tsp_status.h"

const char *tsp_status_text(tsp_status s)
{
  switch (s) {
  case TSP_OK: return "ok";
  case TSP_ERANGE: return "out of range";
  case TSP_ENOMEM: return "out of memory";
  case TSP_EFORMAT: return "malformed";
  case TSP_ETABLES: return "built from different tables";
  case TSP_EFAULT: return "schedule fault";
  case TSP_EDIVERGED: return "diverged";
  case TSP_EIO: return "input/output error";
  case TSP_ESTATE: return "not possible in this state";
  }
  return "unknown status";
}

const char *tsp_fault_text(tsp_fault_code c)
{
  switch (c) {
  case TSP_FAULT_NONE: return "no fault";
  case TSP_FAULT_OPERAND: return "an operand is invalid";
  case TSP_FAULT_STREAM: return "two units drive one stream register";
  case TSP_FAULT_BANK: return "two accesses to one MEM bank";
  case TSP_FAULT_EMPTY: return "the queue ran empty before its End";
  case TSP_FAULT_ADDRESS: return "address out of range";
  case TSP_FAULT_ENCODING: return "undefined encoding";
  case TSP_FAULT_ALU: return "two results of one ALU in one cycle";
  case TSP_FAULT_WEIGHTS: return "LW overtakes the install wave of an earlier IW";
  case TSP_FAULT_LOST: return "a product reached the accumulators and no ACC took it";
  case TSP_FAULT_BUSY: return "the unit is occupied by an earlier instruction";
  case TSP_FAULT_FETCH: return "Ifetch without room in its queue";
  case TSP_FAULT_LINK: return "a vector arrived on a link whose receiving end is full";
  case TSP_FAULT_ECC: return "an operand has an error that cannot be corrected";
  }
  return "unknown fault";
}

tsp_status tsp_fail(tsp_error *e, tsp_status s, const char *format, ...)
{
  if (e) {
    va_list ap;

    va_start(ap, format);
    vsnprintf(e->text, sizeof e->text, format, ap);
    va_end(ap);
  }
  return s;
}
