// SPDX-License-Identifier: Apache-2.0
// state.cpp - the whole state of the csim engine as bytes, and back.
#include <cstdlib>
#include <cstring>

#include "engine.hpp"

namespace csim
{

namespace
{

// A saved state: this header, what is on the wires, then every register and memory in order of name.
struct Header {
  char magic[8];
  uint64_t hash, registers, time;
  uint8_t started, fresh;
};

size_t bytes_of(const Register &r)
{
  return size_t{r.stride} * r.depth;
}

} // namespace

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
  *size += s->wires->bytes();
  for (const Register &r : s->chip->registers)
    *size += bytes_of(r);
  *bytes = at = static_cast<uint8_t *>(std::malloc(*size));
  if (!at)
    return TSP_ENOMEM;
  std::memcpy(at, &h, sizeof h);
  at += sizeof h;
  s->wires->save(at);
  at += s->wires->bytes();
  for (const Register &r : s->chip->registers) {
    std::memcpy(at, r.data, bytes_of(r));
    at += bytes_of(r);
  }
  return TSP_OK;
}

tsp_status engine_restore(tsp_engine *e, const uint8_t *bytes, size_t size, tsp_error *err)
{
  Engine *s = self(e);
  Header h{};
  size_t expected = sizeof h + s->wires->bytes();

#ifdef TSP_NETLIST
  return tsp_fail(err, TSP_ESTATE, "a netlist's registers are made of cells and cannot be restored");
#endif
  for (const Register &r : s->chip->registers)
    expected += bytes_of(r);
  if (size != expected)
    return tsp_fail(err, TSP_EFORMAT, "saved state has %zu bytes, this machine's has %zu", size, expected);
  std::memcpy(&h, bytes, sizeof h);
  if (std::memcmp(h.magic, "TSPCSIM", 8) != 0 || h.hash != tsp_table_hash(tsp_isa_builtin(), &e->cfg) ||
      h.registers != s->chip->registers.size())
    return tsp_fail(err, TSP_EFORMAT, "saved state is of another engine, build or configuration");
  bytes += sizeof h;
  s->wires->restore(bytes);
  bytes += s->wires->bytes();
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

} // namespace csim
