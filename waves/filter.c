/* SPDX-License-Identifier: Apache-2.0 */
/* tsp-filter CONFIG[:KIND[:IMAGE.tsp]] - a translate filter process for GTKWave: each line with a number in, a line
 * with its text out, at once. KIND is one of wave_text.h, by default instr; the image is the program, for names of
 * tensors. */
#include "wave_text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int usage(void)
{
  fprintf(stderr, "usage: tsp-filter CONFIG[:KIND[:IMAGE.tsp]]\nKIND:");
  for (int k = 0; k < TSP_WAVE_KINDS; k++)
    fprintf(stderr, " %s", tsp_wave_kind_name(k));
  fprintf(stderr, "\nCONFIG:");
  for (int i = 0; i < tsp_config_count(); i++)
    fprintf(stderr, " %s", tsp_config_at(i)->name);
  fprintf(stderr, "\n");
  return 2;
}

/* Cuts the text at its first colon; returns what is behind it, or NULL. */
static char *behind_colon(char *text)
{
  char *colon = text ? strchr(text, ':') : NULL;

  if (colon)
    *colon++ = '\0';
  return colon;
}

static void answer(const tsp_config *cfg, const tsp_image *image, int kind)
{
  char buf[TSP_WAVE_TEXT], *line = NULL;
  size_t size = 0;

  while (getline(&line, &size, stdin) > 0)
    if (puts(tsp_wave_text(cfg, image, kind, line, buf)) < 0 || fflush(stdout) != 0)
      break;
  free(line);
}

int main(int argc, char **argv)
{
  if (argc != 2)
    return usage();
  char *name = strdup(argv[1]), *kind_name = behind_colon(name), *path = behind_colon(kind_name);
  const tsp_config *cfg = name ? tsp_config_find(name) : NULL;
  const int kind = kind_name ? tsp_wave_kind_find(kind_name) : TSP_WAVE_INSTR;
  tsp_image *image = NULL;
  tsp_error err = {""};
  int status = 0;

  if (!cfg || kind < 0) {
    status = usage();
  } else if (path && tsp_image_read(path, &image, &err) != TSP_OK) {
    fprintf(stderr, "tsp-filter: %s\n", err.text);
    status = 1;
  } else {
    answer(cfg, image, kind);
  }
  tsp_image_free(image);
  free(name);
  return status;
}
