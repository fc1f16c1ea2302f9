/* SPDX-License-Identifier: Apache-2.0 */
#include "engines.h"

tsp_status tsp_engines_rtl(const tsp_config *cfg, uint64_t seed, tsp_engine **out, tsp_error *err)
{
  (void)seed;
  *out = NULL;
  return tsp_fail(err, TSP_ETABLES, "this program has no RTL; use make sim CONFIG=%s, or --engine golden", cfg->name);
}

tsp_status tsp_engines_waves(tsp_engine *e, const char *path)
{
  (void)e;
  return path ? TSP_ESTATE : TSP_OK;
}

size_t tsp_engines_registers(const tsp_engine *e)
{
  (void)e;
  return 0;
}

tsp_csim_register tsp_engines_register(const tsp_engine *e, size_t i)
{
  (void)e;
  (void)i;
  return (tsp_csim_register){"", 0, 0};
}

tsp_status tsp_engines_flip_mem(tsp_engine *e, int slice, uint32_t addr, int superlane, int bit)
{
  (void)e;
  (void)slice;
  (void)addr;
  (void)superlane;
  (void)bit;
  return TSP_ERANGE;
}

tsp_status tsp_engines_flip(tsp_engine *e, size_t reg, uint32_t element, uint32_t bit)
{
  (void)e;
  (void)reg;
  (void)element;
  (void)bit;
  return TSP_ERANGE;
}
