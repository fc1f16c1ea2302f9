// SPDX-License-Identifier: Apache-2.0
// port.cpp - clock, reset and host port of the Verilated chip.
#include "chip.hpp"

namespace csim
{

enum { RESET_CYCLES = 4, PORT_PATIENCE = 1 << 16 };

void Chip::half(int clk)
{
  top->clk_i = clk;
  top->eval();
  time++;
  since++;
  dump();
}

// In the waves cycle k begins at k ns, 1000 ps of two halves.
void Chip::dump()
{
#ifdef TSP_WAVES
  if (waves && timed)
    waves->dump(since * 500);
#endif
}

void Chip::clock()
{
  half(0);
  half(1);
}

void Chip::reset()
{
  top->req_valid_i = 0;
  top->rst_ni = 0;
  for (int i = 0; i < RESET_CYCLES; i++)
    clock();
  top->rst_ni = 1;
  clock();
}

bool Chip::request(bool write, uint64_t addr, uint64_t *data, bool wait)
{
  bool taken = false;

  top->req_valid_i = 1;
  top->req_write_i = write;
  top->req_addr_i = addr;
  top->req_wdata_i = write ? *data : 0;
  for (int patience = 0; patience < PORT_PATIENCE; patience++) {
    half(0); // the inputs settle before ready is looked at
    const bool taken_now = !taken && top->req_ready_o;
    half(1);
    if (taken_now) {
      taken = true;
      top->req_valid_i = 0;
      if (!wait)
        return true;
    }
    if (taken && top->rsp_valid_o) {
      if (!write)
        *data = top->rsp_rdata_o;
      return !top->rsp_error_o;
    }
  }
  top->req_valid_i = 0;
  return false;
}

} // namespace csim
