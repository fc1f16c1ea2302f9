// SPDX-License-Identifier: Apache-2.0
// loopback.cpp - the wires of the test bench: what is at the output of a link in a cycle is at the input of the same
// link of the other hemisphere link_delay cycles later, superlane by superlane as the ports are.
#include <cstring>

#include "engine.hpp"

namespace csim
{

namespace
{

template <typename Port> uint8_t *bytes_of(Port &port)
{
  return reinterpret_cast<uint8_t *>(&port);
}

void set_bit(std::vector<uint8_t> &bits, size_t i, bool on)
{
  bits[i / 8] = static_cast<uint8_t>((bits[i / 8] & ~(1u << i % 8)) | (on ? 1u << i % 8 : 0));
}

Chip::LinkCycle nothing(const tsp_config &c)
{
  const size_t ends = 2 * static_cast<size_t>(c.links) * c.superlanes;

  return {std::vector<uint8_t>((ends + 7) / 8), std::vector<uint8_t>((ends + 7) / 8),
          std::vector<uint8_t>(ends * c.lanes), std::vector<uint8_t>(2 * ends)};
}

} // namespace

// As it will be at the inputs: the hemispheres change places.
Chip::LinkCycle Chip::link_outputs() const
{
  LinkCycle at = nothing(cfg);
  const size_t ends = outputs.size(), lanes = static_cast<size_t>(cfg.lanes);

  for (size_t i = 0; i < ends; i++) {
    const size_t to = (i + ends / 2) % ends;

    set_bit(at.vector, to, *outputs[i].vector->data);
    set_bit(at.valid, to, *outputs[i].valid->data);
    std::memcpy(&at.data[to * lanes], outputs[i].data->data, lanes);
    if (outputs[i].check)
      std::memcpy(&at.check[2 * to], outputs[i].check->data, 2);
  }
  return at;
}

void Chip::link_inputs(const LinkCycle &in)
{
  std::memcpy(bytes_of(top->c2c_rx_vector_i), in.vector.data(), in.vector.size());
  std::memcpy(bytes_of(top->c2c_rx_valid_i), in.valid.data(), in.valid.size());
  std::memcpy(bytes_of(top->c2c_rx_data_i), in.data.data(), in.data.size());
  std::memcpy(bytes_of(top->c2c_rx_check_i), in.check.data(), in.check.size());
}

Loopback::Loopback(Chip &c) : chip(c)
{
  clear();
}

void Loopback::clear()
{
  now = 0;
  under.assign(static_cast<size_t>(chip.cfg.link_delay), nothing(chip.cfg));
  chip.link_inputs(under[0]);
}

void Loopback::pass()
{
  now = (now + 1) % under.size();
  chip.link_inputs(under[now]);
  under[now] = chip.link_outputs();
}

void Loopback::retake()
{
  under[now] = chip.link_outputs();
}

size_t Loopback::bytes() const
{
  const Chip::LinkCycle &one = under[0];

  return sizeof now + (under.size() + 1) * (one.vector.size() + one.valid.size() + one.data.size() + one.check.size());
}

namespace
{

template <typename Move> void each_part(Chip::LinkCycle &c, Move move)
{
  move(c.vector);
  move(c.valid);
  move(c.data);
  move(c.check);
}

} // namespace

void Loopback::save(uint8_t *to) const
{
  std::memcpy(to, &now, sizeof now);
  to += sizeof now;
  for (Chip::LinkCycle c : under)
    each_part(c, [&to](const std::vector<uint8_t> &part) {
      std::memcpy(to, part.data(), part.size());
      to += part.size();
    });
  Chip::LinkCycle in = nothing(chip.cfg); // what is at the inputs in this cycle
  std::memcpy(in.vector.data(), bytes_of(chip.top->c2c_rx_vector_i), in.vector.size());
  std::memcpy(in.valid.data(), bytes_of(chip.top->c2c_rx_valid_i), in.valid.size());
  std::memcpy(in.data.data(), bytes_of(chip.top->c2c_rx_data_i), in.data.size());
  std::memcpy(in.check.data(), bytes_of(chip.top->c2c_rx_check_i), in.check.size());
  each_part(in, [&to](const std::vector<uint8_t> &part) {
    std::memcpy(to, part.data(), part.size());
    to += part.size();
  });
}

void Loopback::restore(const uint8_t *from)
{
  Chip::LinkCycle in = nothing(chip.cfg);
  const auto take = [&from](std::vector<uint8_t> &part) {
    std::memcpy(part.data(), from, part.size());
    from += part.size();
  };

  std::memcpy(&now, from, sizeof now);
  from += sizeof now;
  for (Chip::LinkCycle &c : under)
    each_part(c, take);
  each_part(in, take);
  chip.link_inputs(in);
}

} // namespace csim
