/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tsp_isa.h"

static tsp_config named[] = {
#define TSP_CONFIG(n, sl, la, st, ms, mh, mw, pl, lw, al, f, iq, ac, ba, mp, li, ld, ly, hp, ec)                                               \
  {.name = #n,                                                                                                         \
   .superlanes = sl,                                                                                                   \
   .lanes = la,                                                                                                        \
   .streams = st,                                                                                                      \
   .mem_slices = ms,                                                                                                   \
   .mem_per_hop = mh,                                                                                                  \
   .mem_words = mw,                                                                                                    \
   .planes = pl,                                                                                                       \
   .lw_streams = lw,                                                                                                   \
   .alus = al,                                                                                                         \
   .fp = f,                                                                                                            \
   .iq_depth = iq,                                                                                                     \
   .acc_depth = ac,                                                                                                    \
   .barrier = ba,                                                                                                      \
   .maps = mp,                                                                                                         \
   .links = li,                                                                                                        \
   .link_depth = ld,                                                                                                   \
   .link_delay = ly,                                                                                                   \
   .hac_period = hp,                                                                                                   \
   .ecc = ec},
#include "config.def"
#undef TSP_CONFIG
};

enum { NAMED = sizeof named / sizeof named[0] };

/* The derived fields are filled once; a wrong line of config.def shows as a NULL from tsp_config_at(). */
static bool usable[NAMED];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void complete_all(void)
{
  for (int i = 0; i < NAMED; i++)
    usable[i] = tsp_config_complete(&named[i], NULL) == TSP_OK;
}

int tsp_config_count(void)
{
  return NAMED;
}

const tsp_config *tsp_config_at(int i)
{
  pthread_once(&once, complete_all);
  return i >= 0 && i < NAMED && usable[i] ? &named[i] : NULL;
}

const tsp_config *tsp_config_find(const char *name)
{
  for (int i = 0; i < NAMED; i++)
    if (strcmp(named[i].name, name) == 0)
      return tsp_config_at(i);
  return NULL;
}

/* One size with its limits; the limits are those of the encodings in isa.def and of the host port. */
static tsp_status check(const tsp_config *c, tsp_error *err, const char *what, int value, int low, int high)
{
  if (value >= low && value <= high)
    return TSP_OK;
  return tsp_fail(err, TSP_ERANGE, "configuration %s: %s is %d, must be %d to %d", c->name, what, value, low, high);
}

tsp_status tsp_config_complete(tsp_config *c, tsp_error *err)
{
  const struct {
    const char *what;
    int value, low, high;
  } limit[] = {
      {"superlanes", c->superlanes, 1, 64},
      {"lanes", c->lanes, 4, 16},
      {"streams", c->streams, 4, 32},
      {"mem_slices", c->mem_slices, 1, 64},
      {"mem_per_hop", c->mem_per_hop, 1, 64},
      {"mem_words", c->mem_words, 2, 65536},
      {"planes", c->planes, 1, 4},
      {"lw_streams", c->lw_streams, 1, 16},
      {"alus", c->alus, 4, 16},
      {"fp", c->fp, 0, 1},
      {"iq_depth", c->iq_depth, 4, 65536},
      {"acc_depth", c->acc_depth, 2, 65536},
      {"barrier", c->barrier, 2, 255},
      {"maps", c->maps, 1, 256},
      {"links", c->links, 1, 16},
      {"link_depth", c->link_depth, 1, 64},
      {"link_delay", c->link_delay, 1, 1024},
      {"hac_period", c->hac_period, 2, 65536},
      {"ecc", c->ecc, 0, 1},
  };

  for (size_t i = 0; i < sizeof limit / sizeof limit[0]; i++) {
    tsp_status s = check(c, err, limit[i].what, limit[i].value, limit[i].low, limit[i].high);
    if (s)
      return s;
  }
  if (c->lanes & (c->lanes - 1) || c->streams & (c->streams - 1))
    return tsp_fail(err, TSP_ERANGE, "configuration %s: lanes %d and streams %d must be powers of two", c->name,
                    c->lanes, c->streams);
  if (c->mem_words % 2)
    return tsp_fail(err, TSP_ERANGE, "configuration %s: mem_words is %d, must be even", c->name, c->mem_words);
  if (c->alus % 4)
    return tsp_fail(err, TSP_ERANGE, "configuration %s: alus is %d, must be a multiple of 4", c->name, c->alus);
  if (c->lanes % c->lw_streams || c->streams % c->lw_streams)
    return tsp_fail(err, TSP_ERANGE, "configuration %s: lw_streams %d must divide lanes %d and streams %d", c->name,
                    c->lw_streams, c->lanes, c->streams);
  if (c->lanes > c->streams)
    return tsp_fail(err, TSP_ERANGE, "configuration %s: %d streams, a transposer needs one per lane, %d", c->name,
                    c->streams, c->lanes);
  if (c->iq_depth & (c->iq_depth - 1) || c->iq_depth < c->superlanes * c->lanes / 4)
    return tsp_fail(err, TSP_ERANGE, "configuration %s: iq_depth is %d, must be a power of two and at least %d, an Ifetch",
                    c->name, c->iq_depth, c->superlanes * c->lanes / 4);
  c->parts = c->lanes / c->lw_streams;
  c->vector = c->superlanes * c->lanes;
  c->hemi_cols = (c->mem_slices + c->mem_per_hop - 1) / c->mem_per_hop;
  c->columns = 2 * c->hemi_cols + 1;
  c->vxm_column = c->hemi_cols;
  c->q_mem = 0;
  c->q_vxm = 2 * c->mem_slices;
  c->q_mxm = c->q_vxm + c->alus;
  c->q_sxm = c->q_mxm + 3 * c->planes;
  c->q_c2c = c->q_sxm + 2 * TSP_SXM_QUEUES;
  c->queues = c->q_c2c + 2 * c->links;
  c->fetch_row = c->lanes / 4;
  c->check_bits = c->ecc ? (c->lanes == 16 ? 9 : c->lanes == 8 ? 8 : 7) : 0;
  return TSP_OK;
}

static const uint8_t sxm_unit[TSP_SXM_QUEUES] = {TSP_UNIT_SXS, TSP_UNIT_SXS, TSP_UNIT_SXP,
                                                 TSP_UNIT_SXD, TSP_UNIT_SXT, TSP_UNIT_SXT};
static const char *const sxm_name[TSP_SXM_QUEUES] = {"s0", "s1", "p", "d", "t0", "t1"};

int tsp_queue_unit(const tsp_config *c, int queue)
{
  if (queue < c->q_vxm)
    return TSP_UNIT_MEM;
  if (queue < c->q_mxm)
    return TSP_UNIT_VXM;
  if (queue < c->q_sxm)
    return TSP_UNIT_MXW + (queue - c->q_mxm) % 3;
  return queue < c->q_c2c ? sxm_unit[(queue - c->q_sxm) % TSP_SXM_QUEUES] : TSP_UNIT_C2C;
}

char *tsp_queue_name(const tsp_config *c, int queue, char *buf)
{
  static const char part[] = {'w', 'a', 'c'};

  if (queue < 0 || queue >= c->queues)
    snprintf(buf, 16, "queue%hd", (short)queue);
  else if (queue < c->q_vxm)
    snprintf(buf, 16, "mem_%c%hd", queue < c->mem_slices ? 'w' : 'e', (short)(queue % c->mem_slices));
  else if (queue < c->q_mxm)
    snprintf(buf, 16, "vxm%hd", (short)(queue - c->q_vxm));
  else if (queue < c->q_sxm)
    snprintf(buf, 16, "mxm%hd_%c", (short)((queue - c->q_mxm) / 3), part[(queue - c->q_mxm) % 3]);
  else if (queue < c->q_c2c)
    snprintf(buf, 16, "sxm_%c_%s", queue < c->q_sxm + TSP_SXM_QUEUES ? 'w' : 'e',
             sxm_name[(queue - c->q_sxm) % TSP_SXM_QUEUES]);
  else
    snprintf(buf, 16, "c2c_%c%hd", queue < c->q_c2c + c->links ? 'w' : 'e', (short)((queue - c->q_c2c) % c->links));
  return buf;
}

int tsp_queue_find(const tsp_config *c, const char *name)
{
  char buf[16];

  for (int q = 0; q < c->queues; q++)
    if (strcmp(tsp_queue_name(c, q, buf), name) == 0)
      return q;
  return -1;
}

int tsp_plane_hemisphere(const tsp_config *c, int plane)
{
  return plane < (c->planes + 1) / 2 ? TSP_WEST : TSP_EAST;
}

int tsp_queue_hemisphere(const tsp_config *c, int queue)
{
  bool west;

  if (queue < c->q_vxm)
    west = queue < c->mem_slices;
  else if (queue < c->q_sxm)
    return queue < c->q_mxm ? TSP_EAST : tsp_plane_hemisphere(c, (queue - c->q_mxm) / 3);
  else if (queue < c->q_c2c)
    west = queue < c->q_sxm + TSP_SXM_QUEUES;
  else
    west = queue < c->q_c2c + c->links;
  return west ? TSP_WEST : TSP_EAST;
}

bool tsp_plane_pairs(const tsp_config *c, int plane)
{
  int west = (c->planes + 1) / 2, first = plane < west ? 0 : west;

  return c->fp && plane == first && plane + 1 < (plane < west ? west : c->planes);
}

int tsp_queue_column(const tsp_config *c, int queue)
{
  if (queue < c->mem_slices)
    return c->vxm_column - 1 - queue / c->mem_per_hop;
  if (queue < c->q_vxm)
    return c->vxm_column + 1 + (queue - c->mem_slices) / c->mem_per_hop;
  if (queue < c->q_mxm)
    return c->vxm_column;
  return tsp_queue_hemisphere(c, queue) == TSP_WEST ? 0 : c->columns - 1;
}
