/* SPDX-License-Identifier: Apache-2.0 */
#include "replay.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static void copy(char *to, size_t size, const json_t *from)
{
  snprintf(to, size, "%s", json_is_string(from) ? json_string_value(from) : "");
}

static void fill(const json_t *o, const char *folder, tsp_replay *out)
{
  copy(out->config, sizeof out->config, json_object_get(o, "config"));
  copy(out->engine, sizeof out->engine, json_object_get(o, "engine"));
  copy(out->test, sizeof out->test, json_object_get(o, "test"));
  copy(out->inject, sizeof out->inject, json_object_get(json_object_get(o, "inject"), "text"));
  if (json_is_true(json_object_get(o, "from_file")))
    snprintf(out->test, sizeof out->test, "%.400s/program.tsp", folder);
  const json_t *set = json_object_get(o, "set");
  for (size_t i = 0; i < TSP_REPLAY_SET && i < json_array_size(set); i++)
    copy(out->set[i], sizeof out->set[i], json_array_get(set, i));
  out->seed = (uint64_t)json_integer_value(json_object_get(o, "seed"));
  const json_t *at = json_object_get(json_object_get(o, "first_divergence"), "cycle");
  out->diverged = json_is_integer(at);
  out->diverged_at = (uint64_t)json_integer_value(at);
  bool failed = strcmp(json_string_value(json_object_get(o, "verdict")), "pass") != 0;
  out->run = failed ? (int)json_integer_value(json_object_get(o, "run")) : -1;
}

tsp_status tsp_replay_read(const char *folder, tsp_replay *out, tsp_error *err)
{
  char path[600];
  json_error_t why;
  memset(out, 0, sizeof *out);
  snprintf(path, sizeof path, "%s/report.json", folder);
  json_t *o = json_load_file(path, 0, &why);
  if (!o)
    return tsp_fail(err, TSP_EIO, "%s:%d: %s", path, why.line, why.text);
  tsp_status s = TSP_OK;
  if (json_is_string(json_object_get(o, "test")) && json_is_string(json_object_get(o, "config")) &&
      json_is_string(json_object_get(o, "engine")) && json_is_string(json_object_get(o, "verdict")) &&
      json_is_integer(json_object_get(o, "seed")))
    fill(o, folder, out);
  else
    s = tsp_fail(err, TSP_EFORMAT, "%s: not the report of a run", path);
  json_decref(o);
  return s;
}
