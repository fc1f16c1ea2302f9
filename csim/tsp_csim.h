/* tsp_csim.h - the Verilated RTL as an engine. Nothing of Verilator or C++ shows here; link with libtsp_csim.
 * One library holds one configuration: the one it was built for. The netlist engine (libcsim-netlist) is the same but
 * for this: its registers can be looked at, not flipped, listed or restored. */
#ifndef TSP_CSIM_H
#define TSP_CSIM_H
#include "tsp_engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A machine just after reset; registers that reset does not define start from values drawn from seed.
 * TSP_ETABLES if cfg is not the configuration the library was built for; TSP_ESTATE if the RTL lacks a register that
 * the views show (csim/layout.cpp names them). */
tsp_status tsp_csim_open(const tsp_config *cfg, uint64_t seed, tsp_engine **out);

/* Loads and reads through the host port (true) instead of directly into the RAM arrays (false, the default). */
void tsp_csim_use_port(tsp_engine *e, bool on);

/* One request on the host port, clocking the chip until it answers. TSP_ERANGE if the port reports an error. */
tsp_status tsp_csim_port_write(tsp_engine *e, uint64_t addr, uint64_t data);
tsp_status tsp_csim_port_read(tsp_engine *e, uint64_t addr, uint64_t *data);

/* Clock cycles that the chip has had since power-up. */
uint64_t tsp_csim_clocks(const tsp_engine *e);

/* Every register and memory bit of the RTL, for fault injection. Names are hierarchical, for example
 * "g_superlane[3].u_superlane.g_column[2].u_east.data_q". width: bits of one element, depth: elements. */
typedef struct {
  const char *name;
  uint32_t width, depth;
} tsp_csim_register;
size_t tsp_csim_register_count(const tsp_engine *e);
tsp_csim_register tsp_csim_register_at(const tsp_engine *e, size_t i); /* in order of name */

/* Flips one bit now, as if it had been upset during the present cycle; logic behind it sees the new value.
 * TSP_ERANGE for an index outside. */
tsp_status tsp_csim_flip(tsp_engine *e, size_t reg, uint32_t element, uint32_t bit);

/* The same for a bit of a stored word: 0 to 8 * lanes - 1 of the superlane's data, then its check bits if there are
 * any. */
tsp_status tsp_csim_flip_mem(tsp_engine *e, int slice, uint32_t addr, int superlane, int bit);

/* Writes an FST of the present cycle and those that follow, until closed (path NULL); cycle k of the program begins at
 * k ns, and nothing is written before its start. Close it before starting again. TSP_ESTATE if the library was built
 * without waves, TSP_EIO if the file cannot be written. */
tsp_status tsp_csim_waves(tsp_engine *e, const char *path);

#ifdef __cplusplus
}
#endif
#endif
