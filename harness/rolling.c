/* SPDX-License-Identifier: Apache-2.0 */
#include "rolling.h"
#include "progress.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KEPT = 2 };

/* A snapshot reads its pipe: a byte wakes it, the end of the pipe, which the parent's death is too, ends it. */
typedef struct {
  pid_t pid; /* 0: none */
  int pipe;  /* the parent's end */
  uint64_t cycle;
} snapshot;

struct tsp_rolling {
  snapshot kept[KEPT]; /* the older first */
  uint64_t next;       /* cycle of the next snapshot */
  double pause, last;  /* seconds; when the last snapshot was made */
};

tsp_rolling *tsp_rolling_new(double pause)
{
  tsp_rolling *r = calloc(1, sizeof *r);

  if (r) {
    r->pause = pause;
    r->last = -pause;
  }
  return r;
}

static bool finish(snapshot *s)
{
  int status = -1;
  pid_t waited = 0;

  if (!s->pid)
    return false;
  close(s->pipe);
  while ((waited = waitpid(s->pid, &status, 0)) < 0 && errno == EINTR)
    ;
  *s = (snapshot){0};
  return waited > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* In the child: waits for its fate. */
static void sleep_until_woken(const tsp_rolling *r, int fd)
{
  char byte;
  ssize_t n;

  for (int i = 0; i < KEPT; i++)
    if (r->kept[i].pid)
      close(r->kept[i].pipe); /* its sibling's: only the parent holds these open */
  while ((n = read(fd, &byte, 1)) < 0 && errno == EINTR)
    ;
  if (n != 1)
    _exit(0);
  close(fd);
}

bool tsp_rolling_tick(tsp_rolling *r, uint64_t cycle)
{
  int fd[2];

  if (cycle < r->next)
    return false;
  r->next = cycle + TSP_ROLLING_CYCLES;
  if (tsp_now() - r->last < r->pause)
    return false;
  r->last = tsp_now();
  if (pipe(fd))
    return false;
  pid_t pid = fork();
  if (pid == 0) {
    close(fd[1]);
    sleep_until_woken(r, fd[0]);
    r->kept[0] = r->kept[1] = (snapshot){0};
    r->next = UINT64_MAX;
    return true;
  }
  close(fd[0]);
  if (pid < 0) {
    close(fd[1]);
    return false;
  }
  finish(&r->kept[0]);
  r->kept[0] = r->kept[1];
  r->kept[1] = (snapshot){pid, fd[1], cycle};
  return false;
}

bool tsp_rolling_wake(tsp_rolling *r, uint64_t *cycle)
{
  snapshot *oldest = &r->kept[r->kept[0].pid ? 0 : 1];

  *cycle = oldest->cycle;
  if (!oldest->pid || write(oldest->pipe, "", 1) != 1)
    return false;
  return finish(oldest);
}

void tsp_rolling_free(tsp_rolling *r)
{
  for (int i = 0; r && i < KEPT; i++)
    finish(&r->kept[i]);
  free(r);
}
