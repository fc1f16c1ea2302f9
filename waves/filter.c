/* SPDX-License-Identifier: Apache-2.0 */
/* tsp-filter CONFIG[:KIND] - a translate filter process for GTKWave: each line with a number in, a line with its text
 * out, at once. KIND is one of wave_text.h, by default instr. */
#include "wave_text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int usage(void)
{
  fprintf(stderr, "usage: tsp-filter CONFIG[:KIND]\nKIND:");
  for (int k = 0; k < TSP_WAVE_KINDS; k++)
    fprintf(stderr, " %s", tsp_wave_kind_name(k));
  fprintf(stderr, "\nCONFIG:");
  for (int i = 0; i < tsp_config_count(); i++)
    fprintf(stderr, " %s", tsp_config_at(i)->name);
  fprintf(stderr, "\n");
  return 2;
}

int main(int argc, char **argv)
{
  char name[64], buf[TSP_WAVE_TEXT], *colon, *line = NULL;
  size_t size = 0;

  if (argc != 2 || strlen(argv[1]) >= sizeof name)
    return usage();
  snprintf(name, sizeof name, "%s", argv[1]);
  colon = strchr(name, ':');
  if (colon)
    *colon = '\0';
  const tsp_config *cfg = tsp_config_find(name);
  const int kind = colon ? tsp_wave_kind_find(colon + 1) : TSP_WAVE_INSTR;
  if (!cfg || kind < 0)
    return usage();
  while (getline(&line, &size, stdin) > 0) {
    if (puts(tsp_wave_text(cfg, kind, line, buf)) < 0 || fflush(stdout) != 0)
      break;
  }
  free(line);
  return 0;
}
