/* SPDX-License-Identifier: Apache-2.0 */
/* tsp_systemc.h - the chip as a SystemC module with a TLM-2.0 target socket. Link with libtsp_systemc, an engine
 * (libtsp_golden, libtsp_csim) and SystemC. csim/systemc/README.md has address map, phases and times. */
#ifndef TSP_SYSTEMC_H
#define TSP_SYSTEMC_H
#include <tlm>
#include <tlm_utils/simple_target_socket.h>

#include "tsp_port.h"

namespace tsp
{

/* Any engine behind the host port. The engine makes one cycle per rising edge of clk while a program runs. */
class Chip : public sc_core::sc_module
{
public:
  sc_core::sc_in<bool> clk;  /* to be bound to an sc_clock: its period is what times are counted in */
  sc_core::sc_out<bool> irq; /* done or fault, from the edge on that begins the cycle in which the CSRs show it */
  tlm_utils::simple_target_socket<Chip, 64> host;

  /* The engine must live as long as the module and stays the caller's; nobody else may step or start it meanwhile. */
  Chip(sc_core::sc_module_name name, tsp_engine *engine);

private:
  /* What the clock does for the request that waits. */
  struct Request {
    bool write;
    uint64_t addr;
    uint64_t *data;
    sc_core::sc_time since; /* it is taken at the first edge after this */
    tsp_status status;
  };
  tsp_engine *const engine;
  const int drain; /* cycles that streams flow on after a fault */
  Request *request = nullptr;
  bool busy = false; /* a transaction is under way */
  int lead = 0;      /* edges until cycle 0 of a program that was started */
  int settle = 0;    /* cycles until nothing is under way after a fault */
  sc_core::sc_event served, idle;

  SC_HAS_PROCESS(Chip);
  void tick();
  void serve();
  bool waits(const Request &r) const;
  sc_core::sc_time period() const;
  void transport(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay);
  unsigned debug(tlm::tlm_generic_payload &trans);
};

} // namespace tsp
#endif
