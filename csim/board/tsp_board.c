/* SPDX-License-Identifier: Apache-2.0 */
/* tsp_board.c - the host of a board: loads an image over the serial line, runs it, prints one of its tensors.
 *   build/bin/tsp-board /dev/ttyUSB1 1000000 build/nano/mxm_gemm/program.tsp y */
#include <stdio.h>
#include <stdlib.h>
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

int main(int argc, char **argv)
{
  tsp_image *image = NULL;
  tsp_uart *u = NULL;
  tsp_error err = {""};
  uint64_t cycles = 0;
  const tsp_tensor *tensor;

  if (argc != 5) {
    fprintf(stderr, "usage: tsp-board DEVICE BAUD IMAGE.tsp TENSOR\n");
    return 2;
  }
  tsp_status s = tsp_image_read(argv[3], &image, &err);
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
  if (s)
    fprintf(stderr, "tsp-board: %s\n", err.text[0] ? err.text : tsp_status_text(s));
  tsp_uart_close(u);
  tsp_image_free(image);
  return s ? 1 : 0;
}
