// SPDX-License-Identifier: Apache-2.0
// wires.cpp - the loop-back of the links. The ports are handled as packed bits, whatever their width.
#include "chip.hpp"

namespace csim
{

namespace
{

// A port of the Verilated model as bytes, least significant first.
template <typename Port> uint8_t *bytes_of(Port *port)
{
  return reinterpret_cast<uint8_t *>(port);
}

template <typename Port> std::vector<uint8_t> copy_of(Port *port)
{
  return std::vector<uint8_t>(bytes_of(port), bytes_of(port) + sizeof *port);
}

bool any(const std::vector<uint8_t> &bits)
{
  for (uint8_t b : bits)
    if (b)
      return true;
  return false;
}

// The two halves of `count` bits each, exchanged.
void exchange(uint8_t *to, const std::vector<uint8_t> &from, size_t count)
{
  for (size_t i = 0; i < 2 * count; i++) {
    const size_t j = i < count ? i + count : i - count;

    to[i / 8] = static_cast<uint8_t>((to[i / 8] & ~(1u << i % 8)) | (from[j / 8] >> j % 8 & 1u) << i % 8);
  }
}

void put(std::vector<uint8_t> *bytes, const std::vector<uint8_t> &part)
{
  bytes->insert(bytes->end(), part.begin(), part.end());
}

} // namespace

void Wires::clear()
{
  under_way.clear();
}

void Wires::pass(Vtsp_chip *top, const tsp_config &cfg)
{
  const size_t parts = static_cast<size_t>(cfg.links) * static_cast<size_t>(cfg.superlanes);

  std::memset(&top->c2c_rx_vector_i, 0, sizeof top->c2c_rx_vector_i);
  std::memset(&top->c2c_rx_valid_i, 0, sizeof top->c2c_rx_valid_i);
  if (!under_way.empty() && under_way.front().due == now) {
    const Sample &arrived = under_way.front();
    const size_t half = parts * static_cast<size_t>(cfg.lanes);

    exchange(bytes_of(&top->c2c_rx_vector_i), arrived.vector, parts);
    exchange(bytes_of(&top->c2c_rx_valid_i), arrived.valid, parts);
    std::memcpy(bytes_of(&top->c2c_rx_data_i), arrived.data.data() + half, half);
    std::memcpy(bytes_of(&top->c2c_rx_data_i) + half, arrived.data.data(), half);
    under_way.erase(under_way.begin());
  }
  std::vector<uint8_t> vector = copy_of(&top->c2c_tx_vector_o);
  if (any(vector))
    under_way.push_back({now + static_cast<uint64_t>(cfg.link_delay), vector, copy_of(&top->c2c_tx_valid_o),
                         copy_of(&top->c2c_tx_data_o)});
  now++;
}

void Wires::save(std::vector<uint8_t> *bytes) const
{
  for (const Sample &s : under_way) {
    const uint64_t wait = s.due - now;
    const uint8_t *w = reinterpret_cast<const uint8_t *>(&wait);

    bytes->insert(bytes->end(), w, w + sizeof wait);
    put(bytes, s.vector);
    put(bytes, s.valid);
    put(bytes, s.data);
  }
}

bool Wires::restore(const uint8_t *bytes, size_t size, size_t bits, size_t data)
{
  const size_t each = sizeof(uint64_t) + 2 * bits + data;

  if (size % each)
    return false;
  under_way.clear();
  for (const uint8_t *at = bytes; at != bytes + size; at += each) {
    const uint8_t *v = at + sizeof(uint64_t);
    uint64_t wait;

    std::memcpy(&wait, at, sizeof wait);
    under_way.push_back({now + wait, {v, v + bits}, {v + bits, v + 2 * bits}, {v + 2 * bits, v + 2 * bits + data}});
  }
  return true;
}

} // namespace csim
