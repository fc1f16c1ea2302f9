/* SPDX-License-Identifier: Apache-2.0 */
/* tsp_uart.h - the host's end of a board's serial line (rtl/fpga/uart_port.sv) as a tsp_port. */
#ifndef TSP_UART_H
#define TSP_UART_H
#include "tsp_port.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tsp_uart tsp_uart;

/* Opens a serial device raw at a speed that termios has (for example 115200, 1000000). TSP_EIO: err says why. */
tsp_status tsp_uart_open(const char *device, unsigned baud, tsp_uart **out, tsp_error *err);
void tsp_uart_close(tsp_uart *u); /* NULL is allowed */

/* Requests over the line. TSP_ERANGE: the port's error; TSP_EIO: no right answer. A request that the board did not
 * understand, or (but for CONTROL) did not answer within 1 s, is sent again, three times in all. The port lives as long
 * as u. */
tsp_port tsp_uart_port(tsp_uart *u);

#ifdef __cplusplus
}
#endif
#endif
