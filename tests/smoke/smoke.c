/* SPDX-License-Identifier: Apache-2.0 */
/* smoke.c IMAGE.tsp CYCLES FOLDER - what smoke_tb.sv needs and what it must see: FOLDER/requests, the host port's
 * writes that load the image, and FOLDER/verilator, a hash of the state of every part of the Verilated chip in each of
 * the first CYCLES cycles. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tsp_csim.h"
#include "tsp_port.h"

static uint64_t mix(uint64_t h, uint32_t w)
{
  return (h ^ w) * UINT64_C(0x100000001b3);
}
static uint64_t mix64(uint64_t h, uint64_t w)
{
  return mix(mix(h, (uint32_t)w), (uint32_t)(w >> 32));
}
static uint64_t mix_bytes(uint64_t h, const uint8_t *data, size_t bytes)
{
  for (size_t i = 0; i < bytes; i += 4)
    h = mix(h, data[i] | (uint32_t)data[i + 1] << 8 | (uint32_t)data[i + 2] << 16 | (uint32_t)data[i + 3] << 24);
  return h;
}
static const uint64_t seed = UINT64_C(0xcbf29ce484222325);

static void print(FILE *to, uint64_t cycle, const char *what, int a, int b, int c, uint64_t h)
{
  fprintf(to, "%" PRIu64 " %s %d %d %d %016" PRIx64 "\n", cycle, what, a, b, c, h);
}

static void print_cycle(FILE *to, const tsp_engine *e, uint64_t cycle)
{
  const tsp_config *c = tsp_engine_config(e);
  size_t events, lanes = (size_t)c->lanes;
  const tsp_event *event = tsp_engine_events(e, &events);

  for (int k = 0; k < c->queues; k++) {
    tsp_queue_view q = tsp_engine_queue(e, k);
    uint64_t h = mix(mix(mix(mix(seed, q.pc), q.tail), q.idle), q.left);

    print(to, cycle, "queue", k, 0, 0, mix(mix64(h, q.prev), q.state));
  }
  for (int n = 0; n < c->superlanes; n++) {
    for (int d = 0; d < 2; d++)
      for (int col = 0; col < c->columns; col++) {
        tsp_tile_view t = tsp_engine_tile(e, d, col, n);
        uint64_t h = mix(seed, t.valid);

        for (int s = 0; s < c->streams; s++)
          if (t.valid >> s & 1)
            h = mix_bytes(h, t.data + (size_t)s * lanes, lanes);
        print(to, cycle, "tile", d, col, n, h);
      }
    for (int a = 0; a < c->alus; a++) {
      tsp_alu_view v = tsp_engine_alu(e, a, n);

      print(to, cycle, "alu", a, n, 0,
            v.valid ? mix_bytes(mix(seed, 1), (const uint8_t *)v.data, 4 * lanes) : mix(seed, 0));
    }
  }
  for (size_t i = 0; i < events; i++)
    if (event[i].kind == TSP_EVENT_MEM || event[i].kind == TSP_EVENT_ACC)
      print(to, cycle, event[i].kind == TSP_EVENT_MEM ? "mem" : "acc", event[i].unit, event[i].superlane, 0,
            mix_bytes(mix(seed, event[i].index), event[i].data, event[i].bytes));
}

typedef struct {
  FILE *to;
  const tsp_image *image;
} recorder;

static tsp_status record(void *ctx, uint64_t addr, uint64_t data)
{
  return fprintf(((recorder *)ctx)->to, "%010" PRIx64 " %016" PRIx64 "\n", addr, data) > 0 ? TSP_OK : TSP_EIO;
}

/* What the loader asks a machine for before it loads. */
static tsp_status answer(void *ctx, uint64_t addr, uint64_t *data)
{
  const tsp_image *image = ((recorder *)ctx)->image;

  *data = addr == TSP_CSR_HASH ? image->table_hash : tsp_port_geometry(tsp_config_find(image->config));
  return TSP_OK;
}

static FILE *create(const char *folder, const char *name)
{
  char path[512];

  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *f = fopen(path, "w");
  if (!f)
    perror(path);
  return f;
}

static tsp_status run(const tsp_image *image, uint64_t cycles, FILE *requests, FILE *states, tsp_error *err)
{
  recorder r = {requests, image};
  const tsp_port port = {&r, record, answer};
  tsp_engine *e = NULL;
  tsp_status s = tsp_csim_open(tsp_config_find(image->config), 1, &e);

  if (s)
    tsp_fail(err, s, "the RTL does not open: %s", tsp_status_text(s));
  else if (!(s = tsp_port_load(&port, image, err)) && !(s = tsp_engine_load(e, image, err)))
    s = tsp_engine_start(e);
  for (uint64_t k = 0; !s && k < cycles; k++) {
    s = tsp_engine_step(e, 1, NULL);
    if (!tsp_engine_csr(e).running)
      break;
    print_cycle(states, e, k);
  }
  tsp_engine_close(e);
  return s;
}

int main(int argc, char **argv)
{
  tsp_image *image = NULL;
  tsp_error err = {""};

  if (argc != 4) {
    fprintf(stderr, "usage: smoke IMAGE.tsp CYCLES FOLDER\n");
    return 2;
  }
  if (tsp_image_read(argv[1], &image, &err)) {
    fprintf(stderr, "%s\n", err.text);
    return 2;
  }
  FILE *requests = create(argv[3], "requests"), *states = create(argv[3], "verilator");
  tsp_status s = requests && states ? run(image, strtoull(argv[2], NULL, 0), requests, states, &err) : TSP_EIO;
  if ((requests && fclose(requests)) || (states && fclose(states)))
    s = TSP_EIO;
  if (s)
    fprintf(stderr, "smoke: %s\n", err.text[0] ? err.text : tsp_status_text(s));
  tsp_image_free(image);
  return s ? 1 : 0;
}
