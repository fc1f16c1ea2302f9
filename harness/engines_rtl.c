/* SPDX-License-Identifier: Apache-2.0 */
#include "engines.h"

tsp_status tsp_engines_rtl(const tsp_config *cfg, uint64_t seed, tsp_engine **out, tsp_error *err)
{
  tsp_status s = tsp_csim_open(cfg, seed, out);
  if (s == TSP_ETABLES)
    return tsp_fail(err, s,
                    "this program has no RTL of configuration %s (or its registers are not those csim knows); use make "
                    "sim CONFIG=%s",
                    cfg->name, cfg->name);
  return s == TSP_OK ? s : tsp_fail(err, s, "the RTL does not open: %s", tsp_status_text(s));
}

tsp_status tsp_engines_waves(tsp_engine *e, const char *path)
{
  return tsp_csim_waves(e, path);
}

size_t tsp_engines_registers(const tsp_engine *e)
{
  return tsp_csim_register_count(e);
}

tsp_csim_register tsp_engines_register(const tsp_engine *e, size_t i)
{
  return tsp_csim_register_at(e, i);
}

tsp_status tsp_engines_flip_mem(tsp_engine *e, int slice, uint32_t addr, int superlane, int bit)
{
  return tsp_csim_flip_mem(e, slice, addr, superlane, bit);
}

tsp_status tsp_engines_flip(tsp_engine *e, size_t reg, uint32_t element, uint32_t bit)
{
  return tsp_csim_flip(e, reg, element, bit);
}
