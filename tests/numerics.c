/* SPDX-License-Identifier: Apache-2.0 */
/* numerics.c - checks every VXM operation of the model against its oracle (vxm_oracle.h) on very many operands, and the
 * sums of the MXM, and prints the numerics page: for each operation the rule, its latency, how it was checked, the
 * cases, the error; and in how many results the RTL was compared with the model.
 *
 *   numerics [N]    at most N cases of each operation; without N 10^8 of those with two operands, all of the others,
 * and 10^6 sums
 *
 * TSP_RTL_CASES names the file in which suites of the RTL (test_csim_numerics, test_csim_mxm) have left what they
 * compared: lines of mnemonic, number and configuration. Without it the page says that the RTL was not run.
 *
 * Operands: all that there are, in order, if there are no more than the cases; else all pairs of corners, then at
 * least as many random pairs; of one operand every k-th. TSP_SEED seeds them. The exit status is 1 if a result is
 * wrong. */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mxm_sums.h"
#include "vxm_error.h"
#include "vxm_num.h"
#include "vxm_operands.h"

enum { BLOCK = 4096, MAX_THREADS = 64 };
static const uint64_t DEFAULT_PAIRS = 100000000, DEFAULT_SUMS = 1000000;

/* One operation under test, and what has been found. */
typedef struct {
  const tsp_instr *in;
  oracle_op op;
  uint64_t seed, cases, space, blocks; /* space: how many operands or pairs there are */
  atomic_uint_fast64_t next;
  pthread_mutex_t lock;
  uint64_t wrong, unrounded; /* unrounded: special results that are not the correctly rounded ones */
  double worst;
  uint32_t a, b, r; /* of the first wrong result */
} job;

static uint64_t space_of(const oracle_op *op)
{
  int bits = oracle_bits(op->from) * op->operands;

  return bits > 62 ? UINT64_MAX : UINT64_C(1) << bits;
}

/* Operands of case k of an exhaustive or evenly spaced run. */
static void ordered(const job *j, uint64_t k, uint32_t *a, uint32_t *b)
{
  int bits = oracle_bits(j->op.from);
  uint64_t at = j->cases == j->space ? k : (uint64_t)((double)k * ((double)j->space / (double)j->cases));

  *a = oracle_extend(j->op.from, (uint32_t)at);
  *b = j->op.operands == 2 ? oracle_extend(j->op.from, (uint32_t)(at >> bits)) : 0;
}

static void operands(const job *j, uint64_t block, uint32_t *a, uint32_t *b, uint32_t *own, int n)
{
  uint64_t corners = operand_corner_count(j->op.from), s = (j->seed + block + 1) * UINT64_C(0x9e3779b97f4a7c15);

  for (int i = 0; i < n; i++) {
    uint64_t k = block * BLOCK + (uint64_t)i;

    if (j->op.operands == 1 || j->cases == j->space) {
      ordered(j, k, &a[i], &b[i]);
    } else if (k < corners * corners && j->cases >= 2 * corners * corners) {
      a[i] = operand_corner(j->op.from, (uint32_t)(k % corners));
      b[i] = operand_corner(j->op.from, (uint32_t)(k / corners));
    } else {
      operand_pair(j->op.from, &s, &a[i], &b[i]);
    }
    own[i] = j->op.family == FAMILY_SEL ? (uint32_t)operand_random64(&s) & 1u << (i % 32) : 0;
  }
}

static void fault_of(job *found, uint32_t a, uint32_t b, uint32_t r)
{
  if (!found->wrong++) {
    found->a = a;
    found->b = b;
    found->r = r;
  }
}

static void check_special(job *found, uint32_t a, uint32_t r)
{
  oracle_error e = oracle_special_error(&found->op, a, r);

  found->unrounded += !e.rounded;
  if (!(e.ulps < 1))
    fault_of(found, a, 0, r);
  if (!(e.ulps <= found->worst))
    found->worst = e.ulps;
}

static void check_block(job *found, uint64_t block, uint64_t cases)
{
  static _Thread_local uint32_t a[BLOCK], b[BLOCK], own[BLOCK], r[BLOCK];
  num_fn *operation = num_operation(found->in->opcode);
  uint64_t left = cases - block * BLOCK;
  int n = left < BLOCK ? (int)left : BLOCK;

  operands(found, block, a, b, own, n);
  if (operation)
    operation(a, b, r, n);
  else
    num_select(a, b, own, r, n);
  for (int i = 0; i < n; i++)
    if (oracle_special(&found->op))
      check_special(found, a[i], r[i]);
    else if (r[i] != oracle_result(&found->op, a[i], b[i], own[i]))
      fault_of(found, a[i], b[i], r[i]);
}

static void *worker(void *arg)
{
  job *j = arg, found = {.in = j->in, .op = j->op, .seed = j->seed, .cases = j->cases, .space = j->space};
  uint64_t block;

  while ((block = atomic_fetch_add(&j->next, 1)) < j->blocks)
    check_block(&found, block, j->cases);
  pthread_mutex_lock(&j->lock);
  if (!j->wrong && found.wrong)
    j->a = found.a, j->b = found.b, j->r = found.r;
  j->wrong += found.wrong;
  j->unrounded += found.unrounded;
  j->worst = found.worst > j->worst ? found.worst : j->worst;
  pthread_mutex_unlock(&j->lock);
  return NULL;
}

static void run(job *j, int threads)
{
  pthread_t thread[MAX_THREADS];
  int started = 0;

  pthread_mutex_init(&j->lock, NULL);
  while (started < threads - 1 && !pthread_create(&thread[started], NULL, worker, j))
    started++;
  worker(j);
  while (started)
    pthread_join(thread[--started], NULL);
  pthread_mutex_destroy(&j->lock);
}

static const char *oracle_name(const oracle_op *op)
{
  if (oracle_special(op))
    return "double function of the host's math library";
  if (!oracle_is_float(op->from) && !oracle_is_float(op->to))
    return "64-bit integers";
  if (op->from == ORACLE_F32 && op->family <= FAMILY_MUL)
    return "the host's IEEE fp32";
  return "exact in double, rounded once";
}

static void print_error(const job *j)
{
  if (j->wrong)
    printf("**%" PRIu64 " wrong**", j->wrong);
  else if (oracle_special(&j->op))
    printf("%.4f ulp; %.4f %% not correctly rounded", j->worst, 100.0 * (double)j->unrounded / (double)j->cases);
  else
    printf("0");
}

/* The last column: what the suites of the RTL have compared. */
static void print_rtl(const char *mnemonic)
{
  const char *path = getenv("TSP_RTL_CASES");
  FILE *f = path ? fopen(path, "r") : NULL;
  char name[64], config[64];
  uint64_t cases = 0, n;

  while (f && fscanf(f, "%63s %" SCNu64 " %63s", name, &n, config) == 3)
    if (strcmp(name, mnemonic) == 0)
      cases += n;
  if (f)
    fclose(f);
  if (cases)
    printf(" %" PRIu64 " results on %s |\n", cases, config);
  else
    printf(" not run |\n");
}

static void print_row(const job *j)
{
  const char *way = j->cases == j->space ? "all operands" : j->op.operands == 1 ? "evenly spaced" : "corners, random";

  printf("| `%s` | %s | %d | %s | %s | %" PRIu64 " | ", j->in->mnemonic, j->in->meaning, j->in->d_func,
         oracle_name(&j->op), way, j->cases);
  print_error(j);
  printf(" |");
  print_rtl(j->in->mnemonic);
}

static void print_head(uint64_t seed)
{
  printf(
      "# Numerics\n\n"
      "Generated by `make numerics` (TSP_SEED=%" PRIu64 "). Every operation of the model, which computes in integer "
      "arithmetic only, against an oracle\nthat shares nothing with it (`tests/vxm_oracle.h`; of sums "
      "`tests/mxm_sums.h`). The rules in full: `golden/README.md`, numbers and special functions.\n"
      "Last column: results in which the RTL was compared with the model (`tests/test_csim_numerics.c`, "
      "`tests/test_csim_mxm.c`).\n\n"
      "Special functions: the error is the distance from the exact value, in units in the last place of the result's "
      "type; the host's double function\nis wrong by less than 2^-50 of its value. Below 1 ulp the result is one of "
      "the two values around the exact one, so at most 1 ulp from\nthe correctly rounded one.\n\n"
      "| operation | rule | latency | oracle | operands | cases | error | RTL equal to the model |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- |\n",
      seed);
}

static double seconds(void)
{
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool check(const tsp_instr *in, const oracle_op *op, uint64_t most, uint64_t seed, int threads)
{
  job j = {.in = in, .op = *op, .seed = seed * 1000003 + in->opcode * UINT64_C(1000000007), .space = space_of(op)};
  double start = seconds();

  j.cases = most ? most : op->operands == 2 ? DEFAULT_PAIRS : j.space;
  j.cases = j.cases < j.space ? j.cases : j.space;
  j.blocks = (j.cases + BLOCK - 1) / BLOCK;
  run(&j, threads);
  print_row(&j);
  fflush(stdout);
  fprintf(stderr, "  %-14s %11" PRIu64 " cases %6.1f s", in->mnemonic, j.cases, seconds() - start);
  if (j.wrong)
    fprintf(stderr, "  %" PRIu64 " WRONG, first 0x%08x, 0x%08x gives 0x%08x", j.wrong, j.a, j.b, j.r);
  else if (oracle_special(op))
    fprintf(stderr, "  %.4f ulp", j.worst);
  fputc('\n', stderr);
  return !j.wrong;
}

/* The MXM's sums: of up to 1024 products of every kind of value. Returns the number that are wrong. */
static uint64_t wrong_sums(bool f16, uint64_t cases, uint64_t seed)
{
  static uint16_t x[F16_INPUTS_MAX], w[F16_INPUTS_MAX];
  static int8_t xi[F16_INPUTS_MAX], wi[F16_INPUTS_MAX];
  uint64_t s = seed * 1000003 + 17, wrong = 0;

  for (uint64_t k = 0; k < cases; k++) {
    int n = 1 + (int)sums_below(&s, k % 50 ? 40 : 1024), kind = (int)(k % KINDS);

    for (int i = 0; i < n; i++) {
      if (f16)
        sums_draw_pair(&s, kind, i, x, w);
      xi[i] = (int8_t)(kind == EXTREME ? -128 + (int)sums_below(&s, 2) * 255 : (int)sums_below(&s, 256) - 128);
      wi[i] = (int8_t)(kind == EXTREME ? -128 : (int)sums_below(&s, 256) - 128);
    }
    wrong +=
        f16 ? sums_model_f16(x, w, n) != sums_exact_f16(x, w, n) : sums_model_i8(xi, wi, n) != sums_exact_i8(xi, wi, n);
  }
  return wrong;
}

static bool check_sums(uint8_t opcode, uint64_t most, uint64_t seed)
{
  const char *mnemonic = tsp_isa_by_opcode(tsp_isa_builtin(), opcode)->mnemonic;
  bool f16 = opcode == TSP_OP_ABC_F16;
  uint64_t cases = most && most < DEFAULT_SUMS ? most : DEFAULT_SUMS, wrong = wrong_sums(f16, cases, seed);

  printf("| `%s` | %s | %s | %s | sums of 1 to 1024 products: any, small, subnormal, extreme, special, cancelling | "
         "%" PRIu64 " | ",
         mnemonic,
         f16 ? "products and the whole column sum exact, rounded once to fp32" : "products and sums exact, modulo 2^32",
         f16 ? "superlanes + 1" : "superlanes", f16 ? "integers of 256 bits, rounded once" : "64-bit integers", cases);
  if (wrong)
    printf("**%" PRIu64 " wrong** |", wrong);
  else
    printf("0 |");
  print_rtl(mnemonic);
  fprintf(stderr, "  %-14s %11" PRIu64 " sums%s\n", mnemonic, cases, wrong ? "  WRONG" : "");
  return !wrong;
}

int main(int argc, char **argv)
{
  const char *text = getenv("TSP_SEED");
  uint64_t seed = text ? strtoull(text, NULL, 0) : 1, most = argc > 1 ? strtoull(argv[1], NULL, 0) : 0;
  long cpus = sysconf(_SC_NPROCESSORS_ONLN);
  int threads = cpus < 1 ? 1 : cpus > MAX_THREADS ? MAX_THREADS : (int)cpus;
  const tsp_isa *isa = tsp_isa_builtin();
  bool ok = true;
  oracle_op op;

  if (argc > 2 || (argc == 2 && !most)) {
    fprintf(stderr, "usage: numerics [N]\n");
    return 2;
  }
  fprintf(stderr, "numerics: TSP_SEED=%" PRIu64 "\n", seed);
  print_head(seed);
  for (int i = 0; i < isa->count; i++)
    if (oracle_find(&isa->instr[i], &op))
      ok &= check(&isa->instr[i], &op, most, seed, threads);
  ok &= check_sums(TSP_OP_ABC, most, seed);
  ok &= check_sums(TSP_OP_ABC_F16, most, seed);
  fprintf(stderr, ok ? "numerics: every result is right\n" : "numerics: WRONG RESULTS\n");
  return !ok;
}
