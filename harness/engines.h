/* SPDX-License-Identifier: Apache-2.0 */
/* engines.h - which machines this program was linked with. The golden model always is; the RTL of one configuration is
 * if the program links engines_rtl.c and libtsp_csim, and none is with engines_golden.c. */
#ifndef TSP_ENGINES_H
#define TSP_ENGINES_H
#include "tsp_csim.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The RTL just after reset (tsp_csim_open). TSP_ETABLES with a text if the program has none of this configuration. */
tsp_status tsp_engines_rtl(const tsp_config *cfg, uint64_t seed, tsp_engine **out, tsp_error *err);

/* As tsp_csim_waves(), _register_count(), _register_at(), _flip_mem() and _flip(); TSP_ESTATE or none without RTL. */
tsp_status tsp_engines_waves(tsp_engine *e, const char *path);
size_t tsp_engines_registers(const tsp_engine *e);
tsp_csim_register tsp_engines_register(const tsp_engine *e, size_t i);
tsp_status tsp_engines_flip_mem(tsp_engine *e, int slice, uint32_t addr, int superlane, int bit);
tsp_status tsp_engines_flip(tsp_engine *e, size_t reg, uint32_t element, uint32_t bit);

#ifdef __cplusplus
}
#endif
#endif
