/* tsp_port.h - the host port of golden/README.md: its addresses, a program loaded and read back through any port, and
 * an engine behind one. Boards and virtual platforms speak to the machine this way. */
#ifndef TSP_PORT_H
#define TSP_PORT_H
#include "tsp_engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Regions, bits [39:36] of an address, and the registers of the first. */
enum { TSP_PORT_CSR, TSP_PORT_TEXT, TSP_PORT_LENGTH, TSP_PORT_MEM };
enum {
  TSP_CSR_HASH,
  TSP_CSR_CONTROL,
  TSP_CSR_STATUS,
  TSP_CSR_CYCLES,
  TSP_CSR_FAULT,
  TSP_CSR_FAULT_CYCLE,
  TSP_CSR_GEOMETRY,
  TSP_CSR_ACTIVE,
  TSP_CSR_HAC,
  TSP_CSR_ECC_COUNT,
  TSP_CSR_ECC_FIRST,
  TSP_CSR_ECC_CYCLE
};
enum { TSP_CONTROL_START = 1, TSP_CONTROL_RESET = 2 };                      /* written to CONTROL */
enum { TSP_STATUS_RUNNING = 1, TSP_STATUS_DONE = 2, TSP_STATUS_FAULT = 4 }; /* bits of STATUS */

static inline uint64_t tsp_port_region(unsigned region)
{
  return (uint64_t)region << 36;
}
static inline uint64_t tsp_port_text(int queue, uint32_t word)
{
  return tsp_port_region(TSP_PORT_TEXT) | (uint64_t)queue << 20 | word;
}
static inline uint64_t tsp_port_length(int queue)
{
  return tsp_port_region(TSP_PORT_LENGTH) | (uint64_t)queue << 20;
}
static inline uint64_t tsp_port_mem(int slice, uint32_t addr, int superlane, int part)
{
  return tsp_port_region(TSP_PORT_MEM) | (uint64_t)slice << 28 | (uint64_t)addr << 12 | (uint64_t)superlane << 4 |
         (uint64_t)part;
}

/* The value that GEOMETRY has in a configuration. */
uint64_t tsp_port_geometry(const tsp_config *cfg);

/* Someone's way to a host port. Both functions carry out one request and return TSP_OK, TSP_ERANGE if the port answered
 * with an error, or what else went wrong. */
typedef struct {
  void *ctx;
  tsp_status (*write)(void *ctx, uint64_t addr, uint64_t data);
  tsp_status (*read)(void *ctx, uint64_t addr, uint64_t *data);
} tsp_port;

/* One MEM word of all superlanes, uint8 [superlanes][lanes], through a port. */
tsp_status tsp_port_mem_read(const tsp_port *p, const tsp_config *cfg, int slice, uint32_t addr, uint8_t *vector);
tsp_status tsp_port_mem_write(const tsp_port *p, const tsp_config *cfg, int slice, uint32_t addr,
                              const uint8_t *vector);

/* As tsp_engine_load(), through a port: looks at HASH and GEOMETRY, resets, writes tensors, text and lengths.
 * TSP_ETABLES if the machine there is another one than the image's. */
tsp_status tsp_port_load(const tsp_port *p, const tsp_image *image, tsp_error *err);

/* A tensor's row-major contents (tsp_tensor_elements * tsp_type_size bytes), read through a port. */
tsp_status tsp_port_tensor(const tsp_port *p, const tsp_config *cfg, const tsp_tensor *t, uint8_t *data);

/* One request, answered by an engine as the RTL's port answers it, but at once. TSP_ERANGE: no such place, or nothing
 * that can be written; TSP_ESTATE: memory, text, length or start while the machine runs; TSP_EFAULT: a memory word of
 * which a part cannot be corrected. */
tsp_status tsp_engine_request(tsp_engine *e, bool write, uint64_t addr, uint64_t *data);

#ifdef __cplusplus
}
#endif
#endif
