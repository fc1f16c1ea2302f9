/* SPDX-License-Identifier: Apache-2.0 */
/* tsp_board.c - the host of a board: loads an image over the serial line, runs it, prints one of its tensors; or tries
 * the line with the RAM of rtl/fpga/board_check.sv. build/bin/tsp-board /dev/ttyUSB1 1000000
 * build/nano/mxm_gemm/program.tsp y build/bin/tsp-board /dev/ttyUSB1 1000000 --check */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tsp_uart.h"

static tsp_status run(const tsp_port *p, const tsp_image *image, uint64_t *cycles, tsp_error *err)
{
  const struct timespec pause = {0, 1000000};
  uint64_t status = TSP_STATUS_RUNNING, fault = 0;
  tsp_status s = tsp_port_load(p, image, err);

  if (!s && (s = p->write(p->ctx, TSP_CSR_CONTROL, TSP_CONTROL_START)))
    tsp_fail(err, s, "the board does not start");
  while (!s && !(status & (TSP_STATUS_DONE | TSP_STATUS_FAULT))) {
    if ((s = p->read(p->ctx, TSP_CSR_STATUS, &status)))
      return tsp_fail(err, s, "the board does not answer while it runs");
    nanosleep(&pause, NULL);
  }
  if (!s && status & TSP_STATUS_FAULT) {
    s = p->read(p->ctx, TSP_CSR_FAULT, &fault);
    return tsp_fail(err, s ? s : TSP_EFAULT, "schedule fault: %s", tsp_fault_text((tsp_fault_code)(fault & 0xff)));
  }
  return s ? s : p->read(p->ctx, TSP_CSR_CYCLES, cycles);
}

static tsp_status print(const tsp_port *p, const tsp_image *image, const tsp_tensor *t, uint64_t cycles)
{
  uint64_t size = tsp_tensor_elements(t) * (uint64_t)tsp_type_size(t->type);
  uint8_t *data = calloc(1, size ? size : 1);
  tsp_status s = data ? tsp_port_tensor(p, tsp_config_find(image->config), t, data) : TSP_ENOMEM;

  for (uint64_t i = 0; !s && i < size; i++)
    printf("%02x%c", data[i], i % 32 == 31 ? '\n' : ' ');
  if (!s)
    printf("\n%s: %llu cycles\n", image->kernel, (unsigned long long)cycles);
  free(data);
  return s;
}

/* A word that no other address and no earlier round has. */
static uint64_t pattern(uint64_t address, int round)
{
  return (address + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)round * UINT64_C(0xbf58476d1ce4e5b9);
}

/* Writes and reads the 512 words of board_check twice, and asks for the word after them, which must be an error. */
static tsp_status check(const tsp_port *p, tsp_error *err)
{
  enum { BYTES = 512 * 8 };
  uint64_t word;

  for (int round = 0; round < 2; round++) {
    for (uint64_t a = 0; a < BYTES; a += 8)
      if (p->write(p->ctx, a, pattern(a, round)))
        return tsp_fail(err, TSP_EIO, "no answer to the write of address 0x%" PRIx64, a);
    for (uint64_t a = 0; a < BYTES; a += 8) {
      if (p->read(p->ctx, a, &word))
        return tsp_fail(err, TSP_EIO, "no answer to the read of address 0x%" PRIx64, a);
      if (word != pattern(a, round))
        return tsp_fail(err, TSP_EIO, "address 0x%" PRIx64 " holds 0x%016" PRIx64 ", 0x%016" PRIx64 " was written", a,
                        word, pattern(a, round));
    }
  }
  if (p->read(p->ctx, BYTES, &word) != TSP_ERANGE)
    return tsp_fail(err, TSP_EIO, "address 0x%x is no error: is this board_check?", (unsigned)BYTES);
  printf("serial line: %d words written and read twice, as they should be\n", BYTES / 8);
  return TSP_OK;
}

static int end(tsp_status s, const tsp_error *err)
{
  if (s)
    fprintf(stderr, "tsp-board: %s\n", err->text[0] ? err->text : tsp_status_text(s));
  return s ? 1 : 0;
}

int main(int argc, char **argv)
{
  tsp_image *image = NULL;
  tsp_uart *u = NULL;
  tsp_error err = {""};
  uint64_t cycles = 0;
  const tsp_tensor *tensor;

  tsp_status s;

  if (argc == 4 && strcmp(argv[3], "--check") == 0) {
    if (!(s = tsp_uart_open(argv[1], (unsigned)strtoul(argv[2], NULL, 10), &u, &err))) {
      const tsp_port p = tsp_uart_port(u);

      s = check(&p, &err);
    }
    tsp_uart_close(u);
    return end(s, &err);
  }
  if (argc != 5) {
    fprintf(stderr, "usage: tsp-board DEVICE BAUD IMAGE.tsp TENSOR\n"
                    "       tsp-board DEVICE BAUD --check\n");
    return 2;
  }
  s = tsp_image_read(argv[3], &image, &err);
  if (!s && !(tensor = tsp_image_tensor(image, argv[4])))
    s = tsp_fail(&err, TSP_EFORMAT, "%s has no tensor '%s'", argv[3], argv[4]);
  if (!s)
    s = tsp_uart_open(argv[1], (unsigned)strtoul(argv[2], NULL, 10), &u, &err);
  if (!s) {
    const tsp_port p = tsp_uart_port(u);

    s = run(&p, image, &cycles, &err);
    if (!s && (s = print(&p, image, tensor, cycles)))
      tsp_fail(&err, s, "tensor %s cannot be read: %s", tensor->name, tsp_status_text(s));
  }
  tsp_uart_close(u);
  tsp_image_free(image);
  return end(s, &err);
}
