// SPDX-License-Identifier: Apache-2.0
// engine.hpp - the csim engine: the Verilated chip, the wires between its links, and the events of a cycle.
#ifndef TSP_CSIM_ENGINE_HPP
#define TSP_CSIM_ENGINE_HPP
#include "chip.hpp"

namespace csim
{

// Every link of the west joined to the same of the east and back, link_delay cycles long. Moves with machine cycles.
class Loopback
{
public:
  explicit Loopback(Chip &chip);
  void clear();  // nothing on the wires
  void pass();   // once in every cycle, after its clock: sets the inputs and takes the outputs
  void retake(); // the outputs of the present cycle have changed
  size_t bytes() const;
  void save(uint8_t *to) const;
  void restore(const uint8_t *from);

private:
  Chip &chip;
  size_t now = 0;                     // place of the cycle in the ring
  std::vector<Chip::LinkCycle> under; // way, by cycle of their output modulo link_delay
};

struct Engine {
  tsp_engine base; // first: a tsp_engine * is an Engine *
  Chip *chip;
  Loopback *wires;
  uint64_t hash; // as the RTL's register told
  bool use_port;
  bool fresh; // started and standing before cycle 0, which the next step shows
  bool started;
  struct Change { // a store seen during the last cycle, an event of this one
    uint16_t unit, superlane;
    uint32_t index;
  };
  std::vector<Change> *stores;
  std::vector<tsp_event> *events;
};

inline Engine *self(tsp_engine *e)
{
  return reinterpret_cast<Engine *>(e);
}
inline const Engine *self(const tsp_engine *e)
{
  return reinterpret_cast<const Engine *>(e);
}

inline uint32_t lane_bytes(const tsp_config &c)
{
  return static_cast<uint32_t>(c.lanes);
}

inline uint8_t *word_at(const Chip &chip, int slice, uint32_t addr, int superlane)
{
  return chip.mem[static_cast<size_t>(slice) * chip.cfg.superlanes + superlane].ram->element(addr);
}

// Check bits of one superlane's part of a word; whether the word is right or could be corrected.
uint16_t ecc_encode(const tsp_config &c, const uint8_t *word);
bool ecc_correct(const tsp_config &c, uint8_t *word, uint16_t check);

// Stores that take effect at the end of this cycle (called before the clock), and the events of the cycle after it.
void note_stores(Engine *s);
void collect_events(Engine *s);

tsp_csr engine_csr(const tsp_engine *e);
tsp_queue_view engine_queue(const tsp_engine *e, int queue);
tsp_tile_view engine_tile(const tsp_engine *e, int direction, int column, int superlane);
tsp_alu_view engine_alu(const tsp_engine *e, int alu, int superlane);
const tsp_event *engine_events(const tsp_engine *e, size_t *count);
tsp_status engine_save(const tsp_engine *e, uint8_t **bytes, size_t *size);
tsp_status engine_restore(tsp_engine *e, const uint8_t *bytes, size_t size, tsp_error *err);

} // namespace csim
#endif
