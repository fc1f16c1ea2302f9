// SPDX-License-Identifier: Apache-2.0
// engine.cpp - the Verilated chip behind the engine interface of tsp_engine.h.
#include <cstring>
#include <new>

#include "engine.hpp"
#include "tsp_port.h"

namespace
{

using namespace csim;

// In a netlist RAMs can be written from outside, but registers are made of cells: they are only looked at.
#ifdef TSP_NETLIST
constexpr bool netlist = true;
#else
constexpr bool netlist = false;
#endif

void engine_close(tsp_engine *e)
{
  Engine *s = self(e);

  delete s->wires;
  delete s->chip;
  delete s->stores;
  delete s->events;
  delete s;
}

tsp_status engine_reset(tsp_engine *e)
{
  Engine *s = self(e);

  s->chip->timed = false;
  s->wires->clear();
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

tsp_status engine_length(tsp_engine *e, int queue, uint32_t *length, bool write)
{
  Register *own = self(e)->chip->queues[queue].length;

  if (write && netlist)
    return tsp_csim_port_write(e, tsp_port_length(queue), *length);
  if (write)
    std::memcpy(own->data, length, own->stride);
  else
    *length = static_cast<uint32_t>(own->value());
  return TSP_OK;
}

tsp_status engine_queue_write(tsp_engine *e, int queue, const uint64_t *word, uint32_t length)
{
  Engine *s = self(e);

  if (queue < 0 || queue >= e->cfg.queues || length > static_cast<uint32_t>(e->cfg.iq_depth))
    return TSP_ERANGE;
  if (s->use_port) {
    for (uint32_t i = 0; i < length; i++)
      if (tsp_csim_port_write(e, tsp_port_text(queue, i), word[i]))
        return TSP_ERANGE;
    return tsp_csim_port_write(e, tsp_port_length(queue), length);
  }
  const csim::Queue &q = s->chip->queues[queue];
  const uint32_t row = static_cast<uint32_t>(e->cfg.fetch_row);
  for (uint32_t i = 0; i < length; i++)
    std::memcpy(q.text->element(i / row) + 8 * (i % row), &word[i], sizeof word[i]);
  return engine_length(e, queue, &length, true);
}

tsp_status engine_text(tsp_engine *e, int queue, uint32_t at, uint64_t *word, bool write)
{
  const uint32_t row = static_cast<uint32_t>(e->cfg.fetch_row);
  uint8_t *own = self(e)->chip->queues[queue].text->element(at / row) + 8 * (at % row);

  std::memcpy(write ? own : reinterpret_cast<uint8_t *>(word), write ? reinterpret_cast<uint8_t *>(word) : own,
              sizeof *word);
  return TSP_OK;
}

tsp_status engine_start(tsp_engine *e)
{
  Engine *s = self(e);
  uint64_t go = 1;

  s->wires->clear();
  s->chip->settle(); // text and lengths may have been written directly
  if (!s->chip->request(true, 1, &go, false))
    return TSP_ESTATE;
  for (int patience = 0; patience < 16 && !s->chip->running->value(); patience++)
    s->chip->clock();
  if (!s->chip->running->value())
    return TSP_ESTATE;
  s->stores->clear();
  s->events->clear();
  s->started = s->fresh = true;
  s->chip->timed = true;
  s->chip->since = 0;
  s->chip->dump();
  return TSP_OK;
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
      s->chip->clock();
    }
    s->fresh = false;
    s->wires->pass();
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

tsp_status port_write(void *e, uint64_t addr, uint64_t data)
{
  return tsp_csim_port_write(static_cast<tsp_engine *>(e), addr, data);
}

tsp_status port_read(void *e, uint64_t addr, uint64_t *data)
{
  return tsp_csim_port_read(static_cast<tsp_engine *>(e), addr, data);
}

tsp_status port_mem(tsp_engine *e, int slice, uint32_t addr, uint8_t *vector, bool write)
{
  const tsp_port port = {e, port_write, port_read};

  return write ? tsp_port_mem_write(&port, &e->cfg, slice, addr, vector)
               : tsp_port_mem_read(&port, &e->cfg, slice, addr, vector);
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
    return port_mem(e, slice, addr, vector, write);
  for (int n = 0; n < e->cfg.superlanes; n++) {
    uint8_t *word = word_at(*s->chip, slice, addr, n), *lanes = vector + static_cast<size_t>(n) * bytes;
    Register *check = s->chip->mem[static_cast<size_t>(slice) * e->cfg.superlanes + n].check;

    std::memcpy(write ? word : lanes, write ? lanes : word, bytes);
    if (check && write) {
      const uint16_t bits = csim::ecc_encode(e->cfg, word);

      std::memcpy(check->element(addr), &bits, check->stride);
    } else if (check) {
      uint16_t bits = 0;

      std::memcpy(&bits, check->element(addr), check->stride);
      if (!csim::ecc_correct(e->cfg, lanes, bits))
        return TSP_EFAULT;
    }
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

const tsp_engine_ops ops = {
    "rtl",         engine_close, engine_reset, engine_hash,     engine_queue_write, engine_text,
    engine_length, engine_start, engine_step,  engine_mem_read, engine_mem_write,   engine_csr,
    engine_queue,  engine_tile,  engine_alu,   engine_events,   engine_save,        engine_restore};

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
    auto wires = std::make_unique<Loopback>(*chip);
    auto stores = std::make_unique<std::vector<Engine::Change>>();
    auto events = std::make_unique<std::vector<tsp_event>>();
    Engine *s = new Engine{{&ops, *cfg}, chip.get(), wires.get(), 0, false, false, false, stores.get(), events.get()};
    chip.release();
    wires.release();
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

uint64_t tsp_csim_clocks(const tsp_engine *e)
{
  const Engine *s = rtl(e);

  return s ? s->chip->time / 2 : 0;
}

size_t tsp_csim_register_count(const tsp_engine *e)
{
  const Engine *s = rtl(e);

  return s && !netlist ? s->chip->registers.size() : 0;
}

tsp_csim_register tsp_csim_register_at(const tsp_engine *e, size_t i)
{
  const Engine *s = rtl(e);

  if (i >= tsp_csim_register_count(e))
    return {"", 0, 0};
  const Register &r = s->chip->registers[i];
  return {r.name.c_str(), r.width, r.depth};
}

tsp_status tsp_csim_flip(tsp_engine *e, size_t reg, uint32_t element, uint32_t bit)
{
  Engine *s = rtl(e);

  if (reg >= tsp_csim_register_count(e))
    return TSP_ERANGE;
  Register &r = s->chip->registers[reg];
  if (element >= r.depth || bit >= r.width)
    return TSP_ERANGE;
  r.element(element)[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
  s->chip->settle();
  if (s->started && !s->fresh)
    s->wires->retake();
  collect_events(s);
  return TSP_OK;
}

tsp_status tsp_csim_flip_mem(tsp_engine *e, int slice, uint32_t addr, int superlane, int bit)
{
  Engine *s = rtl(e);
  const int data = 8 * e->cfg.lanes;

  if (!s || !in_memory(e, slice, addr) || superlane < 0 || superlane >= e->cfg.superlanes || bit < 0 ||
      bit >= data + e->cfg.check_bits)
    return TSP_ERANGE;
  const MemTile &tile = s->chip->mem[static_cast<size_t>(slice) * e->cfg.superlanes + superlane];
  uint8_t *word = bit < data ? tile.ram->element(addr) : tile.check->element(addr);
  const int at = bit < data ? bit : bit - data;
  word[at / 8] ^= static_cast<uint8_t>(1u << at % 8);
  s->chip->settle();
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
