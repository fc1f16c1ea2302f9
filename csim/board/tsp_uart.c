/* SPDX-License-Identifier: Apache-2.0 */
#include "tsp_uart.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { READ = 0x52, WRITE = 0x57, DONE = 0x4b, ERROR = 0x45, WHAT = 0x3f, TRIES = 3, PATIENCE_MS = 1000 };

struct tsp_uart {
  int fd;
};

static speed_t speed_of(unsigned baud)
{
  static const struct {
    unsigned baud;
    speed_t speed;
  } known[] = {{9600, B9600},     {115200, B115200},   {460800, B460800},
               {921600, B921600}, {1000000, B1000000}, {3000000, B3000000}};

  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (known[i].baud == baud)
      return known[i].speed;
  return B0;
}

tsp_status tsp_uart_open(const char *device, unsigned baud, tsp_uart **out, tsp_error *err)
{
  struct termios t;
  speed_t speed = speed_of(baud);
  tsp_uart *u;

  *out = NULL;
  if (speed == B0)
    return tsp_fail(err, TSP_ERANGE, "%u baud is not a speed that serial lines here have", baud);
  if (!(u = malloc(sizeof *u)))
    return tsp_fail(err, TSP_ENOMEM, "out of memory");
  u->fd = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (u->fd < 0 || tcgetattr(u->fd, &t)) {
    tsp_fail(err, TSP_EIO, "%s: %s", device, strerror(errno));
    tsp_uart_close(u);
    return TSP_EIO;
  }
  cfmakeraw(&t);
  t.c_cflag |= CLOCAL | CREAD;
  if (cfsetspeed(&t, speed) || tcsetattr(u->fd, TCSANOW, &t) || tcflush(u->fd, TCIOFLUSH)) {
    tsp_fail(err, TSP_EIO, "%s: %s", device, strerror(errno));
    tsp_uart_close(u);
    return TSP_EIO;
  }
  *out = u;
  return TSP_OK;
}

void tsp_uart_close(tsp_uart *u)
{
  if (u && u->fd >= 0)
    close(u->fd);
  free(u);
}

static bool send_all(const tsp_uart *u, const uint8_t *from, size_t bytes)
{
  while (bytes) {
    ssize_t n = write(u->fd, from, bytes);

    if (n < 0 && errno != EINTR)
      return false;
    if (n > 0) {
      from += n;
      bytes -= (size_t)n;
    }
  }
  return true;
}

static bool receive(const tsp_uart *u, uint8_t *to, size_t bytes)
{
  while (bytes) {
    struct pollfd p = {u->fd, POLLIN, 0};
    int ready = poll(&p, 1, PATIENCE_MS);
    ssize_t n = ready > 0 ? read(u->fd, to, bytes) : 0;

    if (ready == 0 || (ready < 0 && errno != EINTR) || (ready > 0 && n <= 0 && errno != EINTR))
      return false;
    if (n > 0) {
      to += n;
      bytes -= (size_t)n;
    }
  }
  return true;
}

static uint8_t sum(const uint8_t *byte, size_t bytes)
{
  uint8_t s = 0;

  for (size_t i = 0; i < bytes; i++)
    s = (uint8_t)(s + byte[i]);
  return s;
}

static tsp_status exchange(tsp_uart *u, uint8_t kind, uint64_t addr, uint64_t *data, uint8_t *answer)
{
  uint8_t frame[15] = {kind};
  size_t n = kind == WRITE ? 14 : 6;

  for (size_t i = 0; i < 5; i++)
    frame[1 + i] = (uint8_t)(addr >> 8 * i);
  for (size_t i = 0; kind == WRITE && i < 8; i++)
    frame[6 + i] = (uint8_t)(*data >> 8 * i);
  frame[n] = sum(frame, n);
  if (!send_all(u, frame, n + 1) || !receive(u, answer, 1))
    return TSP_EIO;
  n = *answer == DONE && kind == READ ? 9 : 1;
  return receive(u, answer + 1, n) && sum(answer, n) == answer[n] ? TSP_OK : TSP_EIO;
}

/* What the board did not understand, it did not do. What it did not answer it may have done, and is asked again only if
 * that does no harm: the line is silent by then for long enough for the board to forget half a request. */
static tsp_status request(tsp_uart *u, uint8_t kind, uint64_t addr, uint64_t *data)
{
  bool once = kind == WRITE && addr == TSP_CSR_CONTROL;
  uint8_t answer[10] = {WHAT};
  tsp_status s = TSP_OK;

  for (int k = 0; k < TRIES && (s || answer[0] == WHAT); k++) {
    s = exchange(u, kind, addr, data, answer);
    if (s && once)
      return s;
    if (s)
      tcflush(u->fd, TCIOFLUSH);
  }
  if (s || (answer[0] != DONE && answer[0] != ERROR))
    return TSP_EIO;
  if (answer[0] == ERROR)
    return TSP_ERANGE;
  if (kind == READ)
    for (size_t i = *data = 0; i < 8; i++)
      *data |= (uint64_t)answer[1 + i] << 8 * i;
  return TSP_OK;
}

static tsp_status write_word(void *u, uint64_t addr, uint64_t data)
{
  return request(u, WRITE, addr, &data);
}

static tsp_status read_word(void *u, uint64_t addr, uint64_t *data)
{
  return request(u, READ, addr, data);
}

tsp_port tsp_uart_port(tsp_uart *u)
{
  return (tsp_port){u, write_word, read_word};
}
