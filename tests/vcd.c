/* SPDX-License-Identifier: Apache-2.0 */
#include "vcd.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct {
  uint64_t time;
  char *bits;
} change;

typedef struct {
  char id[16];
  change *at;
  size_t count, room;
} wire;

typedef struct {
  char *name, id[16];
} net;

struct vcd {
  net *nets;   /* in order of name */
  wire *wires; /* in order of id */
  size_t net_count, net_room, wire_count;
  uint64_t first, last;
  bool timed;
};

static void *grow(void *at, size_t count, size_t *room, size_t size)
{
  if (count < *room)
    return at;
  *room = *room ? 2 * *room : 16;
  at = realloc(at, *room * size);
  assert_non_null(at);
  return at;
}

static int by_name(const void *a, const void *b)
{
  return strcmp(((const net *)a)->name, ((const net *)b)->name);
}

static int by_id(const void *a, const void *b)
{
  return strcmp(((const wire *)a)->id, ((const wire *)b)->id);
}

/* "$var wire 64 ! instr [63:0] $end" in the scope whose path is given. */
static void add_net(vcd *v, const char *path, char *line)
{
  char id[16], name[256], range[64], whole[1200];

  assert_true(sscanf(line, "$var %*s %*s %15s %255s %63s", id, name, range) == 3);
  v->nets = grow(v->nets, v->net_count, &v->net_room, sizeof *v->nets);
  snprintf(whole, sizeof whole, "%s%s%s", path, name, range[0] == '[' ? range : "");
  v->nets[v->net_count].name = strdup(whole);
  strcpy(v->nets[v->net_count++].id, id);
}

static void read_header(vcd *v, FILE *from)
{
  char *line = NULL, path[900] = "", name[256];
  size_t size = 0, mark[64] = {0}, depth = 0; /* where each open scope's name begins in the path */

  while (getline(&line, &size, from) > 0 && strncmp(line, "$enddefinitions", 15) != 0) {
    if (sscanf(line, "$scope %*s %255s", name) == 1) {
      assert_true(depth < 64 && strlen(path) + strlen(name) + 2 < sizeof path);
      mark[depth++] = strlen(path);
      strcat(strcat(path, name), ".");
    } else if (strncmp(line, "$upscope", 8) == 0) {
      assert_true(depth > 0);
      path[mark[--depth]] = '\0';
    } else if (strncmp(line, "$var", 4) == 0) {
      add_net(v, path, line);
    }
  }
  free(line);
}

static void index_wires(vcd *v)
{
  v->wires = calloc(v->net_count + 1, sizeof *v->wires);
  assert_non_null(v->wires);
  for (size_t i = 0; i < v->net_count; i++)
    strcpy(v->wires[i].id, v->nets[i].id);
  qsort(v->wires, v->net_count, sizeof *v->wires, by_id);
  for (size_t i = 0; i < v->net_count; i++)
    if (!v->wire_count || strcmp(v->wires[v->wire_count - 1].id, v->wires[i].id) != 0)
      v->wires[v->wire_count++] = v->wires[i];
  qsort(v->nets, v->net_count, sizeof *v->nets, by_name);
}

static wire *find_wire(const vcd *v, const char *id)
{
  wire key = {0};

  snprintf(key.id, sizeof key.id, "%s", id);
  return bsearch(&key, v->wires, v->wire_count, sizeof key, by_id);
}

static void add_change(vcd *v, const char *id, const char *bits)
{
  wire *w = find_wire(v, id);

  assert_non_null(w);
  while (bits[0] == '0' && bits[1])
    bits++;
  w->at = grow(w->at, w->count, &w->room, sizeof *w->at);
  w->at[w->count++] = (change){v->last, strdup(bits)};
}

static void read_changes(vcd *v, FILE *from)
{
  char *line = NULL;
  size_t size = 0;

  while (getline(&line, &size, from) > 0) {
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '#') {
      v->last = strtoull(line + 1, NULL, 10);
      v->first = v->timed ? v->first : v->last;
      v->timed = true;
    } else if (line[0] == 'b') {
      char *space = strchr(line, ' ');
      assert_non_null(space);
      *space = '\0';
      add_change(v, space + 1, line + 1);
    } else if (line[0] == '0' || line[0] == '1') {
      const char bit[2] = {line[0], '\0'};
      add_change(v, line + 1, bit);
    }
  }
  free(line);
}

vcd *vcd_read(const char *fst)
{
  char command[600];
  vcd *v = calloc(1, sizeof *v);
  FILE *from;

  assert_non_null(v);
  snprintf(command, sizeof command, "fst2vcd '%s'", fst);
  from = popen(command, "r");
  assert_non_null(from);
  read_header(v, from);
  index_wires(v);
  read_changes(v, from);
  assert_int_equal(pclose(from), 0);
  return v;
}

void vcd_free(vcd *v)
{
  for (size_t i = 0; i < v->net_count; i++)
    free(v->nets[i].name);
  for (size_t i = 0; i < v->wire_count; i++) {
    for (size_t k = 0; k < v->wires[i].count; k++)
      free(v->wires[i].at[k].bits);
    free(v->wires[i].at);
  }
  free(v->nets);
  free(v->wires);
  free(v);
}

size_t vcd_nets(const vcd *v)
{
  return v->net_count;
}

static const net *find_net(const vcd *v, const char *name)
{
  const net key = {(char *)name, ""};

  return bsearch(&key, v->nets, v->net_count, sizeof key, by_name);
}

bool vcd_has(const vcd *v, const char *name)
{
  return find_net(v, name) != NULL;
}

uint64_t vcd_first(const vcd *v)
{
  return v->first;
}

uint64_t vcd_last(const vcd *v)
{
  return v->last;
}

const char *vcd_at(const vcd *v, const char *name, uint64_t time)
{
  const net *n = find_net(v, name);
  const char *bits = NULL;

  if (!n)
    fail_msg("no net %s", name);
  const wire *w = find_wire(v, n->id);
  for (size_t i = 0; i < w->count && w->at[i].time <= time; i++)
    bits = w->at[i].bits;
  return bits;
}
