// SPDX-License-Identifier: Apache-2.0
// views.cpp - what the engine shows of a cycle, straight from the registers of the Verilated chip.
#include "engine.hpp"

namespace csim
{

void note_stores(Engine *s)
{
  const Chip &chip = *s->chip;
  const tsp_config &c = chip.cfg;

  s->stores->clear();
  for (int slice = 0; slice < 2 * c.mem_slices; slice++)
    for (int n = 0; n < c.superlanes; n++) {
      const MemTile &tile = chip.mem[static_cast<size_t>(slice) * c.superlanes + n];

      if (*tile.we->data)
        s->stores->push_back(
            {static_cast<uint16_t>(slice), static_cast<uint16_t>(n), static_cast<uint32_t>(tile.addr->value())});
    }
}

static void add(Engine *s, int kind, int unit, int superlane, uint64_t index, const uint8_t *data, uint32_t bytes)
{
  s->events->push_back({static_cast<uint8_t>(kind), static_cast<uint16_t>(unit), static_cast<uint16_t>(superlane),
                        static_cast<uint32_t>(index), data, bytes});
}

static void weight_events(Engine *s, const tsp_config &c)
{
  for (int p = 0; p < c.planes; p++)
    for (int row = 0; row < c.superlanes; row++)
      for (int col = 0; col < c.superlanes; col++) {
        const Cell &cell = s->chip->cells[(static_cast<size_t>(p) * c.superlanes + row) * c.superlanes + col];

        if (*cell.installed->data)
          add(s, TSP_EVENT_WEIGHTS, p, row, static_cast<uint64_t>(col), cell.weights->data,
              static_cast<uint32_t>(c.lanes * c.lanes));
      }
}

void collect_events(Engine *s)
{
  const Chip &chip = *s->chip;
  const tsp_config &c = chip.cfg;

  s->events->clear();
  for (const Engine::Change &w : *s->stores)
    add(s, TSP_EVENT_MEM, w.unit, w.superlane, w.index, word_at(chip, w.unit, w.index, w.superlane), lane_bytes(c));
  weight_events(s, c);
  for (int p = 0; p < c.planes; p++)
    for (int n = 0; n < c.superlanes; n++) {
      const Accumulator &acc = chip.accumulators[static_cast<size_t>(p) * c.superlanes + n];

      if (*acc.written->data)
        add(s, TSP_EVENT_ACC, p, n, acc.addr->value(), acc.entry->element(static_cast<uint32_t>(acc.addr->value())),
            lane_bytes(c) * 4);
    }
  for (const Map &m : chip.maps)
    if (*m.written->data)
      add(s, TSP_EVENT_MAP, m.queue, m.superlane, m.addr->value(),
          m.map->element(static_cast<uint32_t>(m.addr->value())), m.bytes);
  for (size_t i = 0; i < chip.outputs.size(); i++)
    if (*chip.outputs[i].valid->data)
      add(s, TSP_EVENT_SEND, static_cast<int>(i / c.superlanes), static_cast<int>(i % c.superlanes), 0,
          chip.outputs[i].data->data, lane_bytes(c));
}

tsp_csr engine_csr(const tsp_engine *e)
{
  const Engine *s = self(e);
  const Chip &chip = *s->chip;
  tsp_csr csr{};

  csr.table_hash = s->hash;
  csr.cycles = chip.cycles->value();
  csr.running = chip.running->value();
  csr.done = chip.done->value();
  csr.fault_code = static_cast<uint8_t>(chip.fault_code->value());
  csr.fault_queue = static_cast<uint16_t>(chip.fault_queue->value());
  csr.fault_cycle = chip.fault_cycle->value();
  csr.active = static_cast<uint16_t>(chip.active->value());
  csr.hac = static_cast<uint32_t>(chip.hac->value());
  csr.ecc_count = chip.ecc_count->value();
  csr.ecc_queue = static_cast<uint16_t>(chip.ecc_queue->value());
  csr.ecc_superlane = static_cast<uint16_t>(chip.ecc_superlane->value());
  csr.ecc_cycle = chip.ecc_cycle->value();
  return csr;
}

tsp_queue_view engine_queue(const tsp_engine *e, int queue)
{
  const Queue &q = self(e)->chip->queues[queue];

  return {static_cast<uint32_t>(q.pc->value()),
          static_cast<uint32_t>(q.tail->value()),
          static_cast<uint32_t>(q.idle->value()),
          static_cast<uint32_t>(q.left->value()),
          q.prev->value(),
          static_cast<uint8_t>(q.state->value())};
}

tsp_tile_view engine_tile(const tsp_engine *e, int direction, int column, int superlane)
{
  const Chip &chip = *self(e)->chip;
  const Tile &t =
      chip.tiles[(static_cast<size_t>(direction) * chip.cfg.columns + column) * chip.cfg.superlanes + superlane];

  return {static_cast<uint32_t>(t.valid->value()), t.data->data,
          t.check ? reinterpret_cast<const uint16_t *>(t.check->data) : nullptr};
}

tsp_alu_view engine_alu(const tsp_engine *e, int alu, int superlane)
{
  const Chip &chip = *self(e)->chip;
  const Alu &a = chip.alus[static_cast<size_t>(alu) * chip.cfg.superlanes + superlane];

  return {*a.valid->data != 0, reinterpret_cast<const uint32_t *>(a.result->data)};
}

const tsp_event *engine_events(const tsp_engine *e, size_t *count)
{
  const Engine *s = self(e);

  *count = s->events->size();
  return s->events->data();
}

} // namespace csim
