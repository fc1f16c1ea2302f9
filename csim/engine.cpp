// SPDX-License-Identifier: Apache-2.0
// engine.cpp - the Verilated chip behind the engine interface of tsp_engine.h.
#include <cstdlib>
#include <cstring>
#include <new>

#include "chip.hpp"

namespace
{

using csim::Chip;
using csim::Register;

struct Engine {
  tsp_engine base; // first: a tsp_engine * is an Engine *
  Chip *chip;
  uint64_t hash; // as the RTL's register told
  bool use_port;
  bool fresh; // started and standing before cycle 0, which the next step shows
  bool started;
  struct Change { // a store or install seen during the last cycle, an event of this one
    uint8_t kind;
    uint16_t unit, superlane;
    uint32_t index;
  };
  std::vector<Change> *stores;
  std::vector<tsp_event> *events;
};

Engine *self(tsp_engine *e)
{
  return reinterpret_cast<Engine *>(e);
}
const Engine *self(const tsp_engine *e)
{
  return reinterpret_cast<const Engine *>(e);
}

uint32_t lane_bytes(const tsp_config &c)
{
  return static_cast<uint32_t>(c.lanes);
}

uint8_t *word_at(const Chip &chip, int slice, uint32_t addr, int superlane)
{
  return chip.mem[static_cast<size_t>(slice) * chip.cfg.superlanes + superlane].ram->element(addr);
}

void engine_close(tsp_engine *e)
{
  Engine *s = self(e);

  delete s->chip;
  delete s->stores;
  delete s->events;
  delete s;
}

tsp_status engine_reset(tsp_engine *e)
{
  Engine *s = self(e);

  s->chip->timed = false;
  s->chip->reset();
  s->started = s->fresh = false;
  s->stores->clear();
  s->events->clear();
  return TSP_OK;
}

uint64_t engine_hash(const tsp_engine *e)
{
  return self(e)->hash;
}

tsp_status engine_queue_write(tsp_engine *e, int queue, const uint64_t *word, uint32_t length)
{
  Engine *s = self(e);

  if (queue < 0 || queue >= e->cfg.queues || length > static_cast<uint32_t>(e->cfg.iq_depth))
    return TSP_ERANGE;
  if (s->use_port) {
    for (uint32_t i = 0; i < length; i++)
      if (tsp_csim_port_write(e, UINT64_C(1) << 36 | static_cast<uint64_t>(queue) << 20 | i, word[i]))
        return TSP_ERANGE;
    return tsp_csim_port_write(e, UINT64_C(2) << 36 | static_cast<uint64_t>(queue) << 20, length);
  }
  const csim::Queue &q = s->chip->queues[queue];
  const uint32_t row = static_cast<uint32_t>(e->cfg.fetch_row);
  for (uint32_t i = 0; i < length; i++)
    std::memcpy(q.text->element(i / row) + 8 * (i % row), &word[i], sizeof word[i]);
  std::memcpy(q.length->data, &length, q.length->stride);
  return TSP_OK;
}

tsp_status engine_start(tsp_engine *e)
{
  Engine *s = self(e);
  uint64_t go = 1;

  s->chip->settle(); // text and lengths may have been written directly
  if (!s->chip->request(true, 1, &go, false))
    return TSP_ESTATE;
  for (int patience = 0; patience < 16 && !s->chip->running->value(); patience++)
    s->chip->clock();
  if (!s->chip->running->value())
    return TSP_ESTATE;
  s->chip->wires.clear();
  s->stores->clear();
  s->events->clear();
  s->started = s->fresh = true;
  s->chip->timed = true;
  s->chip->since = 0;
  s->chip->dump();
  return TSP_OK;
}

// Stores that take effect at the end of this cycle; called before the clock.
void note_stores(Engine *s)
{
  const Chip &chip = *s->chip;
  const tsp_config &c = chip.cfg;

  s->stores->clear();
  for (int slice = 0; slice < 2 * c.mem_slices; slice++)
    for (int n = 0; n < c.superlanes; n++) {
      const csim::MemTile &tile = chip.mem[static_cast<size_t>(slice) * c.superlanes + n];

      if (*tile.we->data)
        s->stores->push_back({TSP_EVENT_MEM, static_cast<uint16_t>(slice), static_cast<uint16_t>(n),
                              static_cast<uint32_t>(tile.addr->value())});
    }
}

void collect_switch_events(Engine *s);

void collect_events(Engine *s)
{
  const Chip &chip = *s->chip;
  const tsp_config &c = chip.cfg;

  s->events->clear();
  for (const Engine::Change &w : *s->stores)
    s->events->push_back(
        {w.kind, w.unit, w.superlane, w.index, word_at(chip, w.unit, w.index, w.superlane), lane_bytes(c)});
  for (int p = 0; p < c.planes; p++)
    for (int row = 0; row < c.superlanes; row++)
      for (int col = 0; col < c.superlanes; col++) {
        const csim::Cell &cell = chip.cells[(static_cast<size_t>(p) * c.superlanes + row) * c.superlanes + col];

        if (*cell.installed->data)
          s->events->push_back({TSP_EVENT_WEIGHTS, static_cast<uint16_t>(p), static_cast<uint16_t>(row),
                                static_cast<uint32_t>(col), cell.weights->data,
                                static_cast<uint32_t>(c.lanes * c.lanes)});
      }
  for (int p = 0; p < c.planes; p++)
    for (int n = 0; n < c.superlanes; n++) {
      const csim::Accumulator &acc = chip.accumulators[static_cast<size_t>(p) * c.superlanes + n];

      if (*acc.written->data) {
        const uint32_t index = static_cast<uint32_t>(acc.addr->value());

        s->events->push_back({TSP_EVENT_ACC, static_cast<uint16_t>(p), static_cast<uint16_t>(n), index,
                              acc.entry->element(index), lane_bytes(c) * 4});
      }
    }
  collect_switch_events(s);
}

void collect_switch_events(Engine *s)
{
  const Chip &chip = *s->chip;
  const size_t superlanes = static_cast<size_t>(chip.cfg.superlanes);
  const int permuter = 2;

  for (size_t i = 0; i < chip.maps.size(); i++) {
    const csim::MapFile &m = chip.maps[i];
    const uint32_t wide = (m.queue - chip.cfg.q_sxm) % TSP_SXM_QUEUES == permuter ? 2 : 1;

    if (*m.written->data) {
      const uint32_t index = static_cast<uint32_t>(m.addr->value());

      s->events->push_back({TSP_EVENT_MAP, static_cast<uint16_t>(m.queue), static_cast<uint16_t>(i % superlanes), index,
                            m.map->element(index), wide * lane_bytes(chip.cfg)});
    }
  }
  for (size_t i = 0; i < chip.links.size(); i++)
    if (*chip.links[i].valid->data)
      s->events->push_back({TSP_EVENT_SEND, static_cast<uint16_t>(i / superlanes),
                            static_cast<uint16_t>(i % superlanes), 0, chip.links[i].data->data, lane_bytes(chip.cfg)});
}

tsp_status engine_step(tsp_engine *e, uint64_t n, uint64_t *ran)
{
  Engine *s = self(e);
  uint64_t k = 0;

  if (!s->started)
    return TSP_ESTATE;
  while (k < n && (s->fresh || s->chip->running->value())) {
    if (!s->fresh) {
      note_stores(s);
      s->chip->wires.pass(s->chip->top.get(), e->cfg);
      s->chip->clock();
    }
    s->fresh = false;
    collect_events(s);
    k++;
  }
  if (ran)
    *ran = k;
  return s->chip->fault_code->value() ? TSP_EFAULT : TSP_OK;
}

bool in_memory(const tsp_engine *e, int slice, uint32_t addr)
{
  return slice >= 0 && slice < 2 * e->cfg.mem_slices && addr < static_cast<uint32_t>(e->cfg.mem_words);
}

// Moves one word between the buffer and the RAM through the host port, 64 bits at a time.
tsp_status port_word(tsp_engine *e, int slice, uint32_t addr, uint8_t *vector, bool write)
{
  const uint32_t bytes = lane_bytes(e->cfg), chunk = bytes < 8 ? bytes : 8;

  for (int n = 0; n < e->cfg.superlanes; n++)
    for (uint32_t part = 0; part * chunk < bytes; part++) {
      const uint64_t at = UINT64_C(3) << 36 | static_cast<uint64_t>(slice) << 28 | static_cast<uint64_t>(addr) << 12 |
                          static_cast<uint64_t>(n) << 4 | part;
      uint8_t *where = vector + static_cast<size_t>(n) * bytes + part * chunk;
      uint64_t value = 0;
      tsp_status st;

      if (write)
        std::memcpy(&value, where, chunk);
      st = write ? tsp_csim_port_write(e, at, value) : tsp_csim_port_read(e, at, &value);
      if (st)
        return st;
      if (!write)
        std::memcpy(where, &value, chunk);
    }
  return TSP_OK;
}

tsp_status engine_mem(tsp_engine *e, int slice, uint32_t addr, uint8_t *vector, bool write)
{
  Engine *s = self(e);
  const uint32_t bytes = lane_bytes(e->cfg);

  if (!in_memory(e, slice, addr))
    return TSP_ERANGE;
  if (s->started && (s->fresh || s->chip->running->value()))
    return TSP_ESTATE;
  if (s->use_port)
    return port_word(e, slice, addr, vector, write);
  for (int n = 0; n < e->cfg.superlanes; n++) {
    uint8_t *word = word_at(*s->chip, slice, addr, n), *lanes = vector + static_cast<size_t>(n) * bytes;

    std::memcpy(write ? word : lanes, write ? lanes : word, bytes);
  }
  return TSP_OK;
}

tsp_status engine_mem_read(tsp_engine *e, int slice, uint32_t addr, uint8_t *vector)
{
  return engine_mem(e, slice, addr, vector, false);
}

tsp_status engine_mem_write(tsp_engine *e, int slice, uint32_t addr, const uint8_t *vector)
{
  return engine_mem(e, slice, addr, const_cast<uint8_t *>(vector), true);
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
  const csim::Queue &q = self(e)->chip->queues[queue];

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
  const csim::Tile &t =
      chip.tiles[(static_cast<size_t>(direction) * chip.cfg.columns + column) * chip.cfg.superlanes + superlane];

  return {static_cast<uint32_t>(t.valid->value()), t.data->data, nullptr};
}

tsp_alu_view engine_alu(const tsp_engine *e, int alu, int superlane)
{
  const Chip &chip = *self(e)->chip;
  const csim::Alu &a = chip.alus[static_cast<size_t>(alu) * chip.cfg.superlanes + superlane];

  return {*a.valid->data != 0, reinterpret_cast<const uint32_t *>(a.result->data)};
}

const tsp_event *engine_events(const tsp_engine *e, size_t *count)
{
  const Engine *s = self(e);

  *count = s->events->size();
  return s->events->data();
}

// A saved state: this header, then every register and memory in order of name.
struct Header {
  char magic[8];
  uint64_t hash, registers, time;
  uint8_t started, fresh;
};

size_t bytes_of(const Register &r)
{
  return size_t{r.stride} * r.depth;
}

tsp_status engine_save(const tsp_engine *e, uint8_t **bytes, size_t *size)
{
  const Engine *s = self(e);
  Header h{};
  uint8_t *at;

  std::memcpy(h.magic, "TSPCSIM", 8);
  h.hash = tsp_table_hash(tsp_isa_builtin(), &e->cfg);
  h.registers = s->chip->registers.size();
  h.time = s->chip->time;
  h.started = s->started;
  h.fresh = s->fresh;
  *size = sizeof h;
  std::vector<uint8_t> wires;
  s->chip->wires.save(&wires);
  for (const Register &r : s->chip->registers)
    *size += bytes_of(r);
  *size += wires.size();
  *bytes = at = static_cast<uint8_t *>(std::malloc(*size));
  if (!at)
    return TSP_ENOMEM;
  std::memcpy(at, &h, sizeof h);
  at += sizeof h;
  for (const Register &r : s->chip->registers) {
    std::memcpy(at, r.data, bytes_of(r));
    at += bytes_of(r);
  }
  if (!wires.empty())
    std::memcpy(at, wires.data(), wires.size());
  return TSP_OK;
}

tsp_status engine_restore(tsp_engine *e, const uint8_t *bytes, size_t size, tsp_error *err)
{
  Engine *s = self(e);
  Header h{};
  size_t expected = sizeof h;

  for (const Register &r : s->chip->registers)
    expected += bytes_of(r);
  if (size < expected)
    return tsp_fail(err, TSP_EFORMAT, "saved state has %zu bytes, this machine's has %zu or more", size, expected);
  std::memcpy(&h, bytes, sizeof h);
  if (std::memcmp(h.magic, "TSPCSIM", 8) != 0 || h.hash != tsp_table_hash(tsp_isa_builtin(), &e->cfg) ||
      h.registers != s->chip->registers.size())
    return tsp_fail(err, TSP_EFORMAT, "saved state is of another engine, build or configuration");
  if (!s->chip->wires.restore(bytes + expected, size - expected, sizeof s->chip->top->c2c_tx_vector_o,
                              sizeof s->chip->top->c2c_tx_data_o))
    return tsp_fail(err, TSP_EFORMAT, "saved state has %zu bytes after the registers, no number of vectors on links",
                    size - expected);
  bytes += sizeof h;
  for (Register &r : s->chip->registers) {
    std::memcpy(r.data, bytes, bytes_of(r));
    bytes += bytes_of(r);
  }
  s->started = h.started;
  s->fresh = h.fresh;
  s->stores->clear();
  s->events->clear();
  s->chip->settle();
  s->chip->timed = s->started;
  s->chip->since = 2 * s->chip->cycles->value();
  collect_events(s);
  return TSP_OK;
}

const tsp_engine_ops ops = {"rtl",         engine_close, engine_reset,    engine_hash,      engine_queue_write,
                            engine_start,  engine_step,  engine_mem_read, engine_mem_write, engine_csr,
                            engine_queue,  engine_tile,  engine_alu,      engine_events,    engine_save,
                            engine_restore};

Engine *rtl(tsp_engine *e)
{
  return e->ops == &ops ? self(e) : nullptr;
}
const Engine *rtl(const tsp_engine *e)
{
  return e->ops == &ops ? self(e) : nullptr;
}

} // namespace

extern "C" {

tsp_status tsp_csim_open(const tsp_config *cfg, uint64_t seed, tsp_engine **out)
{
  *out = nullptr;
  if (std::strcmp(cfg->name, TSP_CSIM_CONFIG) != 0)
    return TSP_ETABLES;
  try {
    auto chip = std::make_unique<Chip>(*cfg, seed);

    if (!chip->missing.empty())
      return TSP_ESTATE;
    auto stores = std::make_unique<std::vector<Engine::Change>>();
    auto events = std::make_unique<std::vector<tsp_event>>();
    Engine *s = new Engine{{&ops, *cfg}, chip.get(), 0, false, false, false, stores.get(), events.get()};
    chip.release();
    stores.release();
    events.release();
    *out = &s->base;
  } catch (const std::bad_alloc &) {
    return TSP_ENOMEM;
  }
  engine_reset(*out);
  return tsp_csim_port_read(*out, 0, &self(*out)->hash);
}

void tsp_csim_use_port(tsp_engine *e, bool on)
{
  if (Engine *s = rtl(e))
    s->use_port = on;
}

tsp_status tsp_csim_port_write(tsp_engine *e, uint64_t addr, uint64_t data)
{
  Engine *s = rtl(e);

  return s && s->chip->request(true, addr, &data, true) ? TSP_OK : TSP_ERANGE;
}

tsp_status tsp_csim_port_read(tsp_engine *e, uint64_t addr, uint64_t *data)
{
  Engine *s = rtl(e);

  return s && s->chip->request(false, addr, data, true) ? TSP_OK : TSP_ERANGE;
}

size_t tsp_csim_register_count(const tsp_engine *e)
{
  const Engine *s = rtl(e);

  return s ? s->chip->registers.size() : 0;
}

tsp_csim_register tsp_csim_register_at(const tsp_engine *e, size_t i)
{
  const Engine *s = rtl(e);

  if (!s || i >= s->chip->registers.size())
    return {"", 0, 0};
  const Register &r = s->chip->registers[i];
  return {r.name.c_str(), r.width, r.depth};
}

tsp_status tsp_csim_flip(tsp_engine *e, size_t reg, uint32_t element, uint32_t bit)
{
  Engine *s = rtl(e);

  if (!s || reg >= s->chip->registers.size())
    return TSP_ERANGE;
  Register &r = s->chip->registers[reg];
  if (element >= r.depth || bit >= r.width)
    return TSP_ERANGE;
  r.element(element)[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
  s->chip->settle();
  collect_events(s);
  return TSP_OK;
}

tsp_status tsp_csim_waves(tsp_engine *e, const char *path)
{
#ifdef TSP_WAVES
  Engine *s = rtl(e);

  if (!s)
    return TSP_ESTATE;
  if (s->chip->waves)
    s->chip->waves->close();
  s->chip->waves.reset();
  if (!path)
    return TSP_OK;
  s->chip->waves = std::make_unique<VerilatedFstC>();
  s->chip->top->trace(s->chip->waves.get(), 99);
  s->chip->waves->open(path);
  if (!s->chip->waves->isOpen())
    return TSP_EIO;
  s->chip->dump();
  return TSP_OK;
#else
  (void)e;
  return path ? TSP_ESTATE : TSP_OK;
#endif
}

} // extern "C"
