// SPDX-License-Identifier: Apache-2.0
// registers.cpp - every register of the Verilated chip by its RTL name, and the ones the views show.
//
// The RTL's registers (and only they) are named *_q; csim/public.vlt makes them, and the few nets the views need,
// visible in Verilator's run-time scope table, which is read here.
#include <algorithm>
#include <cstring>

#include "chip.hpp"
#include "verilated_sym_props.h"
#include "verilated_syms.h"

namespace csim
{

void Chip::enumerate()
{
  for (const auto &scope : *context->scopeNameMap()) {
    std::string prefix = scope.first;
    const size_t top_name = prefix.find("tsp_chip");
    const VerilatedVarNameMap *vars = scope.second->varsp();

    if (top_name == std::string::npos || !vars)
      continue;
    prefix.erase(0, top_name + std::strlen("tsp_chip"));
    if (!prefix.empty())
      prefix = prefix.substr(1) + ".";
    for (const auto &entry : *vars) {
      const VerilatedVar &var = entry.second;
      Register r;

      if (var.isParam())
        continue;
      r.name = prefix + entry.first;
      r.data = static_cast<uint8_t *>(var.datap());
      r.width = var.packed().elements();
      for (int d = 1; d <= var.udims(); d++)
        r.depth *= var.elements(d);
      r.stride = var.entSize();
      registers.push_back(r);
    }
  }
  std::sort(registers.begin(), registers.end(), [](const Register &a, const Register &b) { return a.name < b.name; });
}

Register *Chip::find(const std::string &name)
{
  auto at = std::lower_bound(registers.begin(), registers.end(), name,
                             [](const Register &r, const std::string &n) { return r.name < n; });

  return at != registers.end() && at->name == name ? &*at : nullptr;
}

Register *Chip::need(const std::string &name)
{
  Register *r = find(name);

  if (!r && missing.empty())
    missing = name;
  return r ? r : &absent;
}

} // namespace csim
