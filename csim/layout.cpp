// SPDX-License-Identifier: Apache-2.0
// layout.cpp - where the RTL keeps what the views show (rtl/README.md has the same table in words).
#include <cstdio>

#include "chip.hpp"

#ifdef TSP_COVERAGE
#include <atomic>
#include <cstdlib>
#include <unistd.h>

#include "verilated_cov.h"
#endif

namespace csim
{

namespace
{

std::string at(const char *format, int a, int b = 0, int c = 0)
{
  char text[160];

  std::snprintf(text, sizeof text, format, a, b, c);
  return text;
}

#ifdef TSP_COVERAGE
// What this machine covered, to a file of its own in $TSP_COVERAGE.
void write_coverage(VerilatedContext &context)
{
  static std::atomic<unsigned> number{0};
  const char *folder = std::getenv("TSP_COVERAGE");

  if (folder)
    context.coveragep()->write(
        (std::string(folder) + "/" + std::to_string(getpid()) + "-" + std::to_string(number++) + ".dat").c_str());
}
#endif

} // namespace

void Chip::resolve()
{
  running = need("u_csr.running_q");
  done = need("u_csr.done_q");
  cycles = need("u_csr.cycles_q");
  fault_code = need("u_csr.fault_code_q");
  fault_queue = need("u_csr.fault_queue_q");
  fault_cycle = need("u_csr.fault_cycle_q");
  active = need("u_csr.active_q");
  hac = need("u_csr.hac_q");
  ecc_count = need("u_csr.ecc_count_q");
  ecc_queue = need("u_csr.ecc_queue_q");
  ecc_superlane = need("u_csr.ecc_superlane_q");
  ecc_cycle = need("u_csr.ecc_cycle_q");
  for (int direction = TSP_EAST; direction <= TSP_WEST; direction++)
    for (int column = 0; column < cfg.columns; column++)
      for (int n = 0; n < cfg.superlanes; n++) {
        const std::string tile = at("g_superlane[%d].u_superlane.g_column[%d].", n, column) +
                                 (direction == TSP_EAST ? "u_east." : "u_west.");

        tiles.push_back({need(tile + "valid_q"), need(tile + "data_q"), cfg.ecc ? need(tile + "check_q") : nullptr});
      }
  for (int q = 0; q < cfg.queues; q++) {
    const std::string icu = at("g_queue[%d].u_icu.", q);

    queues.push_back({need(icu + "pc_q"), need(icu + "tail_q"), need(icu + "idle_q"), need(icu + "left_q"),
                      need(icu + "prev_q"), need(icu + "state_q"), need(icu + "text_q"), need(icu + "length_q")});
  }
  for (int slice = 0; slice < 2 * cfg.mem_slices; slice++)
    for (int n = 0; n < cfg.superlanes; n++) {
      const int column = tsp_queue_column(&cfg, cfg.q_mem + slice);
      const int k = slice % cfg.mem_slices % cfg.mem_per_hop;
      const std::string tile = at("g_superlane[%d].u_superlane.g_column[%d].g_mem[%d].u_tile.", n, column, k);

      mem.push_back({need(tile + "ram_q"), cfg.ecc ? need(tile + "g_check.check_q") : nullptr, need(tile + "mem_we"),
                     need(tile + "mem_waddr")});
    }
  const int west = (cfg.planes + 1) / 2;
  for (int plane = 0; plane < cfg.planes; plane++)
    for (int row = 0; row < cfg.superlanes; row++)
      for (int column = 0; column < cfg.superlanes; column++) {
        const std::string cell =
            at("g_mxm[%d].u_mxm.g_plane[%d].", plane >= west, plane % west) + at("g_row[%d].g_cell[%d].", row, column);

        cells.push_back({need(cell + "iw_q"), need(cell + "weights_q")});
      }
  for (int plane = 0; plane < cfg.planes; plane++)
    for (int n = 0; n < cfg.superlanes; n++) {
      const std::string acc = at("g_superlane[%d].u_superlane.g_plane[%d].u_acc.", n, plane);

      accumulators.push_back({need(acc + "wb_valid_q"), need(acc + "wb_addr_q"), need(acc + "acc_q")});
    }
  resolve_sxm();
  for (int link = 0; link < 2 * cfg.links; link++)
    for (int n = 0; n < cfg.superlanes; n++) {
      const std::string end = at("g_superlane[%d].u_superlane.g_link[%d].u_link.", n, link);

      outputs.push_back({need(end + "tx_vector_q"), need(end + "tx_valid_q"), need(end + "tx_data_q"),
                         cfg.ecc ? need(end + "tx_check_q") : nullptr});
    }
  for (int alu = 0; alu < cfg.alus; alu++)
    for (int n = 0; n < cfg.superlanes; n++) {
      const std::string lane = at("g_superlane[%d].u_superlane.u_vxm.g_alu[%d].u_alu.", n, alu);

      alus.push_back({need(lane + "out_valid_q"), need(lane + "out_q")});
    }
}

// The maps of shifters, permuters and distributors; the queues of the western SXM come first.
void Chip::resolve_sxm()
{
  for (int i = 0; i < 2 * TSP_SXM_QUEUES; i++)
    for (int n = 0; n < cfg.superlanes; n++) {
      const int queue = cfg.q_sxm + i, h = i / TSP_SXM_QUEUES, k = i % TSP_SXM_QUEUES;
      std::string unit;

      switch (tsp_queue_unit(&cfg, queue)) {
      case TSP_UNIT_SXS: unit = at("g_sxm[%d].g_shifter[%d].u_shifter.g_lane[%d].", h, k, n); break;
      case TSP_UNIT_SXP: unit = at("g_sxm[%d].u_permuter.g_lane[%d].", h, n); break;
      case TSP_UNIT_SXD: unit = at("g_superlane[%d].u_superlane.g_sxm[%d].u_sxm.u_distributor.", n, h); break;
      default: continue;
      }
      maps.push_back({need(unit + "wb_valid_q"), need(unit + "wb_addr_q"), need(unit + "map_q"),
                      static_cast<uint16_t>(queue), static_cast<uint16_t>(n),
                      static_cast<uint32_t>(cfg.lanes * (tsp_queue_unit(&cfg, queue) == TSP_UNIT_SXP ? 2 : 1))});
    }
}

Chip::Chip(const tsp_config &config, uint64_t seed) : context(std::make_unique<VerilatedContext>()), cfg(config)
{
#ifdef TSP_COVERAGE
  context->randReset(0); // what a register held before the reset would count as toggles
#else
  context->randReset(2);
#endif
  context->randSeed(static_cast<int>(seed % 0x7fffffff) + 1);
#ifdef TSP_WAVES
  context->traceEverOn(true);
#endif
  Verilated::threadContextp(context.get());
  top = std::make_unique<Vtsp_chip>(context.get());
  top->clk_i = 0;
  top->rst_ni = 0;
  top->req_valid_i = 0;
  enumerate();
  resolve();
}

// Verilator 5.006 takes a model's scopes out of the thread's current context, whichever that is.
Chip::~Chip()
{
  Verilated::threadContextp(context.get());
#ifdef TSP_WAVES
  if (waves)
    waves->close();
#endif
#ifdef TSP_COVERAGE
  write_coverage(*context);
#endif
  top->final();
  top.reset();
  Verilated::threadContextp(nullptr);
}

} // namespace csim
