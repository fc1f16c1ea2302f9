/* SPDX-License-Identifier: Apache-2.0 */
#include "inject.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static uint64_t splitmix(uint64_t *state)
{
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

/* Every register is as likely as any other, so that the memories do not take all draws. */
static tsp_status draw(const tsp_engine *dut, uint64_t seed, uint64_t cycles, tsp_flip *out, tsp_error *err)
{
  uint64_t state = seed ^ UINT64_C(0x666c6970); /* another sequence than the test's data */
  size_t count = tsp_engines_registers(dut);
  if (!count)
    return tsp_fail(err, TSP_ESTATE, "%s has no registers that could be flipped", tsp_engine_name(dut));
  if (!cycles)
    return tsp_fail(err, TSP_EFORMAT, "the program predicts no cycles to choose from: name the place, REG:BIT@CYCLE");
  out->reg = splitmix(&state) % count;
  tsp_csim_register r = tsp_engines_register(dut, out->reg);
  snprintf(out->name, sizeof out->name, "%s", r.name);
  out->element = (uint32_t)(splitmix(&state) % (r.depth ? r.depth : 1));
  out->bit = (uint32_t)(splitmix(&state) % (r.width ? r.width : 1));
  out->cycle = splitmix(&state) % cycles;
  return TSP_OK;
}

static bool number(const char *text, uint64_t *out)
{
  char *end;
  errno = 0;
  *out = strtoull(text, &end, 10);
  return *text >= '0' && *text <= '9' && !*end && !errno;
}

/* Cuts the text after the last `mark` off as a number. */
static bool cut(char *text, char mark, uint64_t *out)
{
  char *at = strrchr(text, mark);
  if (!at || !number(at + 1, out))
    return false;
  *at = '\0';
  return true;
}

static tsp_status find(const tsp_engine *dut, tsp_flip *f, uint64_t element, uint64_t bit, tsp_error *err)
{
  size_t count = tsp_engines_registers(dut);
  for (size_t i = 0; i < count; i++) {
    tsp_csim_register r = tsp_engines_register(dut, i);
    if (strcmp(r.name, f->name) != 0)
      continue;
    if (element >= r.depth || bit >= r.width)
      return tsp_fail(err, TSP_ERANGE, "inject: %s has %" PRIu32 " element(s) of %" PRIu32 " bits", r.name, r.depth,
                      r.width);
    f->reg = i;
    f->element = (uint32_t)element;
    f->bit = (uint32_t)bit;
    return TSP_OK;
  }
  return tsp_fail(err, TSP_ERANGE, "inject: no register '%s' among the %zu of this RTL", f->name, count);
}

static tsp_status parse(const char *text, const tsp_engine *dut, uint64_t seed, uint64_t cycles, tsp_flip *out,
                        tsp_error *err)
{
  if (strcmp(text, "1") == 0)
    return draw(dut, seed, cycles, out, err);
  uint64_t bit, element = 0;
  if (strlen(text) >= sizeof out->name)
    return tsp_fail(err, TSP_EFORMAT, "inject: the name is longer than %zu characters", sizeof out->name - 1);
  memcpy(out->name, text, strlen(text) + 1);
  if (!cut(out->name, '@', &out->cycle) || !cut(out->name, ':', &bit))
    return tsp_fail(err, TSP_EFORMAT, "inject: '%s' is not 1, REG:BIT@CYCLE or REG:ELEMENT:BIT@CYCLE", text);
  if (strchr(out->name, ':') && !cut(out->name, ':', &element))
    return tsp_fail(err, TSP_EFORMAT, "inject: the element in '%s' is not a number", text);
  return find(dut, out, element, bit, err);
}

tsp_status tsp_flip_parse(const char *text, const tsp_engine *dut, uint64_t seed, uint64_t cycles, tsp_flip *out,
                          tsp_error *err)
{
  memset(out, 0, sizeof *out);
  tsp_status s = parse(text, dut, seed, cycles, out, err);
  if (s != TSP_OK)
    memset(out, 0, sizeof *out);
  out->on = s == TSP_OK;
  return s;
}

char *tsp_flip_text(const tsp_flip *f, char *buf, size_t size)
{
  snprintf(buf, size, "%s:%" PRIu32 ":%" PRIu32 "@%" PRIu64, f->name, f->element, f->bit, f->cycle);
  return buf;
}
