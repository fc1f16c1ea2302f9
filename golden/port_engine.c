/* SPDX-License-Identifier: Apache-2.0 */
/* port_engine.c - an engine behind a host port: what each address is. */
#include <string.h>

#include "tsp_port.h"

enum { MAX_VECTOR = 64 * 16 };

static tsp_status read_csr(const tsp_engine *e, uint64_t index, uint64_t *data)
{
  const tsp_csr c = tsp_engine_csr(e);

  switch (index) {
  case TSP_CSR_HASH: *data = c.table_hash; break;
  case TSP_CSR_CONTROL: *data = 0; break;
  case TSP_CSR_STATUS:
    *data =
        (c.running ? TSP_STATUS_RUNNING : 0) | (c.done ? TSP_STATUS_DONE : 0) | (c.fault_code ? TSP_STATUS_FAULT : 0);
    break;
  case TSP_CSR_CYCLES: *data = c.cycles; break;
  case TSP_CSR_FAULT: *data = (uint64_t)c.fault_queue << 16 | c.fault_code; break;
  case TSP_CSR_FAULT_CYCLE: *data = c.fault_cycle; break;
  case TSP_CSR_GEOMETRY: *data = tsp_port_geometry(&e->cfg); break;
  case TSP_CSR_ACTIVE: *data = c.active; break;
  case TSP_CSR_HAC: *data = c.hac; break;
  case TSP_CSR_ECC_COUNT: *data = c.ecc_count; break;
  case TSP_CSR_ECC_FIRST: *data = (uint64_t)c.ecc_superlane << 16 | c.ecc_queue; break;
  case TSP_CSR_ECC_CYCLE: *data = c.ecc_cycle; break;
  default: return TSP_ERANGE;
  }
  return TSP_OK;
}

/* As engines reset memory or lengths differently, what a soft reset keeps is put back: lengths (memory and text stay).
 */
static tsp_status soft_reset(tsp_engine *e)
{
  uint32_t length[1024];
  tsp_status s = e->cfg.queues <= 1024 ? TSP_OK : TSP_ERANGE;

  for (int q = 0; !s && q < e->cfg.queues; q++)
    s = e->ops->length(e, q, &length[q], false);
  if (!s)
    s = e->ops->reset(e);
  for (int q = 0; !s && q < e->cfg.queues; q++)
    s = e->ops->length(e, q, &length[q], true);
  return s;
}

static tsp_status control(tsp_engine *e, uint64_t addr, uint64_t command)
{
  if (addr != TSP_CSR_CONTROL)
    return TSP_ERANGE;
  if (command == TSP_CONTROL_RESET)
    return soft_reset(e);
  if (command != TSP_CONTROL_START)
    return TSP_ERANGE;
  return tsp_engine_csr(e).running ? TSP_ESTATE : tsp_engine_start(e);
}

static tsp_status memory(tsp_engine *e, bool write, uint64_t addr, uint64_t *data)
{
  const tsp_config *c = &e->cfg;
  size_t lanes = (size_t)c->lanes, chunk = lanes < 8 ? lanes : 8;
  size_t superlane = addr >> 4 & 0xff, part = addr & 0xf;
  int slice = (int)(addr >> 28 & 0xff);
  uint32_t word = (uint32_t)(addr >> 12 & 0xffff);
  uint8_t vector[MAX_VECTOR], *at = vector + superlane * lanes + part * 8;
  tsp_status s;

  if (superlane >= (size_t)c->superlanes || part * 8 >= lanes)
    return TSP_ERANGE;
  s = tsp_engine_mem_read(e, slice, word, vector);
  if (s == TSP_EFAULT && write)
    memset(vector, 0, sizeof vector); /* never written, or beyond correction: what else is in it is lost in any case */
  else if (s)
    return s;
  for (size_t i = 0; write && i < chunk; i++)
    at[i] = (uint8_t)(*data >> 8 * i);
  if (write)
    return tsp_engine_mem_write(e, slice, word, vector);
  *data = 0;
  for (size_t i = 0; i < chunk; i++)
    *data |= (uint64_t)at[i] << 8 * i;
  return TSP_OK;
}

static tsp_status length(tsp_engine *e, bool write, int queue, uint64_t *data)
{
  uint32_t value = (uint32_t)*data;
  tsp_status s = write && *data > (uint64_t)e->cfg.iq_depth ? TSP_ERANGE : e->ops->length(e, queue, &value, write);

  if (!s && !write)
    *data = value;
  return s;
}

tsp_status tsp_engine_request(tsp_engine *e, bool write, uint64_t addr, uint64_t *data)
{
  uint64_t rest = addr & 0xfffffffff;
  int queue = (int)(addr >> 20 & 0xffff);
  uint32_t word = (uint32_t)(addr & 0xfffff);

  if (addr >> 36 == TSP_PORT_CSR)
    return write ? control(e, rest, *data) : read_csr(e, rest, data);
  if (addr >> 36 > TSP_PORT_MEM)
    return TSP_ERANGE;
  if (tsp_engine_csr(e).running)
    return TSP_ESTATE;
  if (addr >> 36 == TSP_PORT_MEM)
    return memory(e, write, addr, data);
  if (queue >= e->cfg.queues)
    return TSP_ERANGE;
  if (addr >> 36 == TSP_PORT_TEXT)
    return word < (uint32_t)e->cfg.iq_depth ? e->ops->text(e, queue, word, data, write) : TSP_ERANGE;
  return word ? TSP_ERANGE : length(e, write, queue, data);
}
