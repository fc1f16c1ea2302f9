// SPDX-License-Identifier: Apache-2.0
// settle.cpp - recomputes combinational logic after registers were changed from outside. Verilator evaluates such logic
// when an input or a clock changes; the function it runs at time zero recomputes all of it, and is called here.
#include "Vtsp_chip___024root.h"
#include "chip.hpp"

void Vtsp_chip___024root___eval_settle(Vtsp_chip___024root *root);

namespace csim
{

void Chip::settle()
{
  Vtsp_chip___024root___eval_settle(top->rootp);
}

} // namespace csim
