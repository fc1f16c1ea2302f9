/* SPDX-License-Identifier: Apache-2.0 */
/* file_bytes.h - a whole file in memory. Private to compiler/. */
#ifndef TSPC_FILE_BYTES_H
#define TSPC_FILE_BYTES_H
#include "tsp_status.h"
#include <stdint.h>

/* The bytes of a regular file and a zero behind them; free(). TSP_EIO or TSP_ENOMEM: err names the file. */
tsp_status tspc_file_bytes(const char *path, uint8_t **bytes, size_t *size, tsp_error *err);
#endif
