// SPDX-License-Identifier: Apache-2.0
// board_sim.cpp DIVIDER [noise] - the Verilated board, its serial pins joined to a pseudo terminal, whose name is
// printed first. Runs until the host closes the terminal. Nothing but the pins is touched. noise: turns one bit in
// every 1000 bytes to the board.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "Vboard_top.h"
#include "verilated.h"

namespace
{

// One direction of the line, bit by bit.
struct Sender {
  int divider, count = 0, bit = 10;
  unsigned frame = 0x3ff;
  std::deque<uint8_t> queue{};

  int pin()
  {
    if (bit == 10 && !queue.empty()) {
      frame = 1u << 9 | static_cast<unsigned>(queue.front()) << 1;
      queue.pop_front();
      bit = 0;
      count = 0;
    }
    const int level = bit < 10 ? frame >> bit & 1 : 1;
    if (bit < 10 && ++count == divider) {
      count = 0;
      bit++;
    }
    return level;
  }
};

struct Receiver {
  int divider, count = -1;
  unsigned frame = 0;

  // A byte when its stop bit is seen, else -1.
  int take(int level)
  {
    if (count < 0) {
      if (level)
        return -1;
      count = 0;
      frame = 0;
    }
    const int at = count++;
    if (at % divider == divider / 2)
      frame |= static_cast<unsigned>(level) << at / divider;
    if (at < 10 * divider - divider / 2)
      return -1;
    count = -1;
    return frame >> 9 & 1 ? static_cast<int>(frame >> 1 & 0xff) : -1;
  }
};

int open_terminal()
{
  const int fd = posix_openpt(O_RDWR | O_NOCTTY);
  termios t;

  if (fd < 0 || grantpt(fd) || unlockpt(fd) || tcgetattr(fd, &t))
    return -1;
  cfmakeraw(&t);
  tcsetattr(fd, TCSANOW, &t);
  std::printf("%s\n", ptsname(fd));
  std::fflush(stdout);
  return fd;
}

} // namespace

int main(int argc, char **argv)
{
  const int divider = argc > 1 ? std::atoi(argv[1]) : 0;
  const bool noise = argc > 2 && std::strcmp(argv[2], "noise") == 0;
  const int fd = divider >= 4 ? open_terminal() : -1;
  VerilatedContext context;
  Vboard_top top(&context);
  Sender to_board{divider};
  Receiver from_board{divider};
  bool connected = false;
  unsigned long bytes = 0;

  if (fd < 0) {
    std::fprintf(stderr, "usage: board-sim DIVIDER [noise], with a divider of 4 or more; it needs a pseudo terminal\n");
    return 2;
  }
  top.rst_ni = 0;
  for (unsigned long cycle = 0;; cycle++) {
    top.rst_ni = cycle > 8;
    top.uart_rx_i = static_cast<unsigned char>(to_board.pin());
    top.clk_i = 0;
    top.eval();
    top.clk_i = 1;
    top.eval();
    const int byte = from_board.take(top.uart_tx_o);
    const uint8_t out = static_cast<uint8_t>(byte);
    if (byte >= 0 && write(fd, &out, 1) != 1)
      return 1;
    if (cycle % 32 == 0 && to_board.queue.empty()) {
      uint8_t in[64];
      pollfd p = {fd, POLLIN, 0};

      poll(&p, 1, connected ? 0 : 10);
      const ssize_t n = p.revents & POLLIN ? read(fd, in, sizeof in) : 0;
      for (ssize_t i = 0; i < n; i++)
        to_board.queue.push_back(noise && ++bytes % 1000 == 0 ? in[i] ^ 4 : in[i]);
      connected = connected || n > 0;
      if (connected && p.revents & POLLHUP && n <= 0)
        return 0;
    }
  }
}
