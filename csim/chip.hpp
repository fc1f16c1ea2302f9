// SPDX-License-Identifier: Apache-2.0
// chip.hpp - the Verilated chip inside the csim engine: its registers by name, its clock, its host port.
#ifndef TSP_CHIP_HPP
#define TSP_CHIP_HPP
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "Vtsp_chip.h"
#include "tsp_csim.h"
#include "verilated.h"

#ifdef TSP_WAVES
#include "verilated_fst_c.h"
#endif

namespace csim
{

// One register or memory of the RTL. Elements follow each other every `stride` bytes, least significant byte first.
struct Register {
  std::string name;
  uint8_t *data = nullptr;
  uint32_t width = 0, depth = 1, stride = 0;

  // Element 0 of a register of at most 64 bits; Verilator keeps it in 1, 2, 4 or 8 bytes.
  uint64_t value() const
  {
    uint32_t word;
    uint16_t half;
    uint64_t v;

    switch (stride) {
    case 1: return *data;
    case 2: return std::memcpy(&half, data, sizeof half), half;
    case 4: return std::memcpy(&word, data, sizeof word), word;
    default: return std::memcpy(&v, data, sizeof v), v;
    }
  }
  const uint8_t *element(uint32_t i) const { return data + size_t{stride} * i; }
  uint8_t *element(uint32_t i) { return data + size_t{stride} * i; }
};

// What the engine looks at every cycle, resolved once.
struct Tile {
  const Register *valid, *data, *check; // check: null without ECC
};
struct Queue {
  const Register *pc, *tail, *idle, *left, *prev, *state;
  Register *text, *length; // a row of text holds fetch_row words
};
struct MemTile {
  Register *ram, *check;     // check: null without ECC
  const Register *we, *addr; // a store at the end of this cycle
};
struct Cell {
  const Register *installed, *weights;
};
struct Accumulator {
  const Register *written, *addr, *entry;
};
struct Map { // the maps of one SXM unit in one superlane
  const Register *written, *addr, *map;
  uint16_t queue, superlane;
  uint32_t bytes; // of a map
};
struct LinkOutput {
  const Register *vector, *valid, *data, *check; // check: null without ECC
};
struct Alu {
  const Register *valid, *result;
};

struct Chip {
  std::unique_ptr<VerilatedContext> context;
  std::unique_ptr<Vtsp_chip> top;
  tsp_config cfg;
  std::vector<Register> registers; // in order of name
  std::string missing;             // first name that the RTL does not have, for the error

  std::vector<Tile> tiles;               // [direction][column][superlane]
  std::vector<Queue> queues;             // [queue]
  std::vector<MemTile> mem;              // [slice][superlane]
  std::vector<Cell> cells;               // [plane][row][column]
  std::vector<Accumulator> accumulators; // [plane][superlane]
  std::vector<Map> maps;                 // [unit][superlane], in order of queue
  std::vector<LinkOutput> outputs;       // [link, west then east][superlane]
  std::vector<Alu> alus;                 // [alu][superlane]
  const Register *running, *done, *cycles, *fault_code, *fault_queue, *fault_cycle, *active, *hac;
  const Register *ecc_count, *ecc_queue, *ecc_superlane, *ecc_cycle;

#ifdef TSP_WAVES
  std::unique_ptr<VerilatedFstC> waves;
#endif
  uint64_t time = 0;  // half clock periods since power-up
  bool timed = false; // a program was started: waves can tell the time
  uint64_t since = 0; // half clock periods since cycle 0 of the program

  Chip(const tsp_config &config, uint64_t seed);
  ~Chip();
  void reset();
  void clock();  // one rising edge; the views then show the new cycle
  void settle(); // recomputes all combinational logic from the registers
  void dump();   // the present state into the waves, if they are open and can tell the time

  // One host port request: clocks until it is taken and, if `wait`, until it is answered. False if refused.
  bool request(bool write, uint64_t addr, uint64_t *data, bool wait);

  // One cycle of the vectors at all links, outputs or inputs: byte arrays as the ports have them.
  struct LinkCycle {
    std::vector<uint8_t> vector, valid, data, check;
  };
  LinkCycle link_outputs() const;
  void link_inputs(const LinkCycle &in);

  Register *find(const std::string &name);

private:
  Register absent; // stands for a missing name until the constructor's caller has seen `missing`
  void enumerate();
  void resolve();
  void resolve_sxm();
  Register *need(const std::string &name);
  void half(int clk);
};

} // namespace csim
#endif
