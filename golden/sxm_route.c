/* SPDX-License-Identifier: Apache-2.0 */
#include "sxm_route.h"

#include <string.h>

void route_shift(const uint8_t *in, uint8_t *out, int up, int n)
{
  int by = up < 0 ? -up : up, kept = by < n ? n - by : 0;

  memset(out, 0, (size_t)n);
  memcpy(out + (up > 0 ? n - kept : 0), in + (up < 0 ? n - kept : 0), (size_t)kept);
}

void route_select(const uint8_t *in, const uint8_t *map, uint8_t *out, int by, int n)
{
  for (int l = 0; l < n; l++) {
    int from = map[l] == ROUTE_UP ? l - by : map[l] == ROUTE_DOWN ? l + by : l;

    out[l] = map[l] <= ROUTE_DOWN && from >= 0 && from < n ? in[from] : 0;
  }
}

void route_permute(const uint8_t *in, const uint16_t *map, uint8_t *out, int n)
{
  for (int l = 0; l < n; l++)
    out[l] = map[l] < n ? in[map[l]] : 0;
}

void route_distribute(const uint8_t *in, const uint8_t *map, uint8_t *out, int lanes, int n)
{
  for (int l = 0; l < n; l++)
    out[l] = map[l] < lanes ? in[l - l % lanes + map[l]] : 0;
}

void route_rotate(const uint8_t *in, uint8_t *out, int edge, int a, int b, int lanes, int n)
{
  memset(out, 0, (size_t)n);
  for (int base = 0; base < n; base += lanes)
    for (int i = 0; i < edge; i++)
      for (int j = 0; j < edge; j++)
        out[base + edge * i + j] = in[base + edge * ((i + a) % edge) + (j + b) % edge];
}

void route_transpose(const uint8_t *const *in, uint8_t *out, int lane, int lanes, int n)
{
  for (int l = 0; l < n; l++)
    out[l] = in[l % lanes][l - l % lanes + lane];
}
