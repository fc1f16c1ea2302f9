/* tsp_config.h - a configuration, its derived sizes, and the numbering of slices and queues.
 * The named configurations are in config.def; derived sizes are computed by tsp_config_complete(). */
#ifndef TSP_CONFIG_H
#define TSP_CONFIG_H
#include "tsp_status.h"
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TSP_EAST = 0, TSP_WEST = 1 }; /* direction of a stream; also the hemisphere */

/* Queues of a hemisphere's SXM, in this order: shifters s0 and s1, permuter p, distributor d, transposers t0 and t1. */
enum { TSP_SXM_QUEUES = 6 };

typedef struct {
  char name[32];
  /* as in config.def */
  int superlanes, lanes, streams, mem_slices, mem_per_hop, mem_words, planes, lw_streams, alus, fp;
  int iq_depth, acc_depth, barrier, maps, links, link_depth, link_delay, hac_period, ecc;
  /* derived */
  int parts;      /* LWs per supercell: lanes / lw_streams */
  int vector;     /* elements of a vector: superlanes * lanes */
  int hemi_cols;  /* stream-register columns of a hemisphere: ceil(mem_slices / mem_per_hop) */
  int columns;    /* 2 * hemi_cols + 1; column 0 is the west edge */
  int vxm_column; /* hemi_cols */
  int q_mem;      /* first MEM queue: W0..W(n-1), then E0..E(n-1), number 0 nearest the VXM */
  int q_vxm;      /* first VXM queue, one per ALU */
  int q_mxm;      /* first MXM queue; plane p has q_mxm + 3p + {0 weights, 1 activations, 2 accumulators} */
  int q_sxm;      /* first SXM queue: TSP_SXM_QUEUES of the west, then of the east */
  int q_c2c;      /* first C2C queue: links of the west, then of the east */
  int queues;     /* instruction queues of the chip */
  int fetch_row;  /* words that each superlane adds to an Ifetch: lanes / 4 */
  int check_bits; /* ECC bits of a superlane's part of a vector: 0, or 7, 8, 9 for 4, 8, 16 lanes */
} tsp_config;

/* Number of named configurations, and one by index or name; NULL if there is none. */
int tsp_config_count(void);
const tsp_config *tsp_config_at(int i);
const tsp_config *tsp_config_find(const char *name);

/* Fills the derived fields and checks every size. TSP_ERANGE names the first that is wrong. */
tsp_status tsp_config_complete(tsp_config *cfg, tsp_error *err);

/* Kind of a queue: TSP_UNIT_MEM, _VXM, _MXW, _MXA, _MXC, _SXS, _SXP, _SXD, _SXT or _C2C of tsp_isa.h. */
int tsp_queue_unit(const tsp_config *cfg, int queue);

/* Name of a queue, for example mem_w3, vxm12, mxm1_w, mxm1_a, mxm1_c, sxm_w_p, c2c_e0. buf has at least 16 bytes; returns buf. */
char *tsp_queue_name(const tsp_config *cfg, int queue, char *buf);

/* The queue of that name, or -1. */
int tsp_queue_find(const tsp_config *cfg, const char *name);

/* Stream-register column at which the unit of a queue taps and drives its streams. */
int tsp_queue_column(const tsp_config *cfg, int queue);

/* Hemisphere of a queue's unit: TSP_EAST or TSP_WEST; TSP_EAST for the VXM, which is in neither. */
int tsp_queue_hemisphere(const tsp_config *cfg, int queue);

/* Whether plane p is the first of a pair that multiplies fp16 (golden/README.md, MXM fp16). */
bool tsp_plane_pairs(const tsp_config *cfg, int plane);

/* Hemisphere of plane p (TSP_EAST or TSP_WEST); also its outward stream direction. */
int tsp_plane_hemisphere(const tsp_config *cfg, int plane);

#ifdef __cplusplus
}
#endif
#endif
