// SPDX-License-Identifier: Apache-2.0
// ecc.cpp - check bits of memory words that the engine writes and reads past the host port (golden/README.md, ECC).
#include <array>

#include "engine.hpp"

namespace csim
{

namespace
{

enum { MAX_LANES = 16 };

unsigned parity(unsigned x)
{
  return static_cast<unsigned>(__builtin_parity(x));
}

// The code is linear: what a data bit adds to the check bits, parity included.
class Code
{
public:
  explicit Code(int lanes, int check_bits) : lanes(lanes), last(check_bits - 1)
  {
    unsigned position = 2;

    for (int bit = 0; bit < 8 * lanes; bit++) {
      do
        position++;
      while (!(position & (position - 1)));
      of_bit[static_cast<size_t>(bit)] = static_cast<uint16_t>(position | (1 ^ parity(position)) << last);
    }
    for (int lane = 0; lane < lanes; lane++)
      for (unsigned value = 0; value < 256; value++)
        for (int b = 0; b < 8; b++)
          if (value >> b & 1)
            of_byte[static_cast<size_t>(lane)][value] ^= of_bit[static_cast<size_t>(8 * lane + b)];
  }
  uint16_t encode(const uint8_t *word) const
  {
    uint16_t check = 0;

    for (int lane = 0; lane < lanes; lane++)
      check ^= of_byte[static_cast<size_t>(lane)][word[lane]];
    return check;
  }
  bool correct(uint8_t *word, uint16_t check) const
  {
    const uint16_t syndrome = encode(word) ^ check;

    if (!syndrome)
      return true;
    for (int bit = 0; bit < 8 * lanes; bit++)
      if (of_bit[static_cast<size_t>(bit)] == syndrome) {
        word[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
        return true;
      }
    return !(syndrome & (syndrome - 1)); // one of the check bits
  }

private:
  int lanes, last;
  std::array<uint16_t, 8 * MAX_LANES> of_bit{};
  std::array<std::array<uint16_t, 256>, MAX_LANES> of_byte{};
};

const Code &code_of(const tsp_config &c)
{
  static const Code sixteen(16, 9), eight(8, 8), four(4, 7);

  return c.lanes == 16 ? sixteen : c.lanes == 8 ? eight : four;
}

} // namespace

uint16_t ecc_encode(const tsp_config &c, const uint8_t *word)
{
  return code_of(c).encode(word);
}

bool ecc_correct(const tsp_config &c, uint8_t *word, uint16_t check)
{
  return code_of(c).correct(word, check);
}

} // namespace csim
