/* SPDX-License-Identifier: Apache-2.0 */
/* tsp fuzz - seeded random programs in lockstep; a failing one is made small and kept. */
#include "commands.h"
#include "engines.h"
#include "files.h"
#include "fuzz_cover.h"
#include "fuzz_run.h"
#include "options.h"
#include "progress.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_KEEP = 256 };
enum { FAULTS = TSP_FAULT_ECC };

static const struct argp_option options[] = {
    {"keep", KEY_KEEP, NULL, 0, "Also leave the last program there if it passes", 0}, {0}};

typedef struct {
  tsp_campaign of;
  bool keep;
  const tsp_config *cfg;
  tsp_engine *dut;
  tsp_cover *cover;
  uint64_t programs, cycles, compared, by_fault[FAULTS + 1];
  char folder[256];
} fuzzer;

static error_t parse(int key, char *arg, struct argp_state *state)
{
  fuzzer *z = state->input;
  (void)arg;
  const char *engine = z->of.engine;
  switch (key) {
  case ARGP_KEY_INIT: state->child_inputs[0] = &z->of; break;
  case KEY_KEEP: z->keep = true; break;
  case ARGP_KEY_END:
    if (strcmp(engine, "lockstep") != 0 && strcmp(engine, "golden") != 0)
      argp_error(state, "--engine is lockstep or golden, not '%s'", engine);
    break;
  default: return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

/* Seven of ten programs are legal; the others have the faults in turn. */
static tsp_status make(const fuzzer *z, uint64_t i, tsp_fault_code *fault, tsp_fuzz **out)
{
  *fault = TSP_FAULT_NONE;
  for (uint64_t k = 0; i % 10 >= 7 && k < FAULTS; k++) {
    *fault = (tsp_fault_code)(1 + (i / 10 * 3 + i % 10 + k) % FAULTS);
    tsp_status s = tsp_fuzz_make(z->cfg, z->of.seed, i, *fault, out);
    if (s != TSP_ERANGE)
      return s;
  }
  *fault = TSP_FAULT_NONE;
  return tsp_fuzz_make(z->cfg, z->of.seed, i, TSP_FAULT_NONE, out);
}

static void count_words(fuzzer *z, const tsp_fuzz *f)
{
  tsp_image *image;
  tsp_fuzz_end end;
  const tsp_isa *isa = tsp_isa_builtin();
  for (size_t i = 0; i < tsp_fuzz_count(f); i++)
    tsp_cover_add(z->cover, tsp_fuzz_at(f, i).queue, tsp_fuzz_at(f, i).word);
  if (tsp_fuzz_image(f, TSP_FUZZ_ALL, &image, &end, NULL) != TSP_OK)
    return;
  for (int q = 0; q < image->queue_count; q++) /* waits, Repeats and ends are in the text alone */
    for (uint32_t k = 0; k < image->queue[q].length; k++) {
      uint64_t w = image->queue[q].word[k];
      const tsp_instr *in = tsp_isa_by_opcode(isa, tsp_word_opcode(w));
      bool placed = in && (in->unit != TSP_UNIT_ICU || in->opcode == TSP_OP_NOTIFY || in->opcode == TSP_OP_CONFIG ||
                           in->opcode == TSP_OP_IFETCH);
      if (!placed || in->opcode == TSP_OP_DESKEW)
        tsp_cover_add(z->cover, q, w);
    }
  tsp_image_free(image);
}

static void print_divergence(void *ctx, const tsp_image *image, const tsp_divergence *d)
{
  const fuzzer *z = ctx;
  tsp_divergence_print(z->cfg, image, d, stdout);
}

static void keep(const fuzzer *z, const tsp_fuzz *f, int uses)
{
  tsp_image *image;
  tsp_fuzz_end end;
  tsp_error err = {""};
  tsp_status s = tsp_fuzz_image(f, uses, &image, &end, &err);
  if (s == TSP_OK)
    s = tsp_program_write(z->folder, image, &err);
  if (s != TSP_OK)
    fprintf(stderr, "tsp fuzz: the program cannot be kept: %s\n", err.text);
  tsp_image_free(image);
}

static void failed(fuzzer *z, uint64_t i, const tsp_fuzz *f, const tsp_fuzz_outcome *failure)
{
  int uses = TSP_FUZZ_ALL;
  tsp_fuzz_outcome last;
  printf("FAIL fuzz (%s, seed %" PRIu64 ", program %" PRIu64 "): %s\n", z->of.config, z->of.seed, i, failure->reason);
  tsp_fuzz *small = failure->verdict == TSP_FUZZ_ERROR ? NULL : tsp_fuzz_shrink(f, &uses, z->dut, failure);
  if (small) {
    printf("  shrunk    from %zu to %zu instructions\n", tsp_fuzz_count(f), tsp_fuzz_count(small));
    tsp_fuzz_run(small, uses, z->dut, failure->verdict != TSP_FUZZ_DIVERGED, print_divergence, z, &last);
    printf("  it        %s\n", last.reason);
  }
  keep(z, small ? small : f, uses);
  size_t upsets;
  const tsp_upset *u = tsp_fuzz_upsets(f, &upsets);
  for (size_t k = 0; k < upsets; k++)
    printf("  upset     cycle %" PRIu64 ", MEM slice %d word 0x%04" PRIx32 ", superlane %d, bit %d\n", u[k].cycle,
           u[k].slice, u[k].addr, u[k].superlane, u[k].bit);
  printf("  program   %s/program.tsp, .s\n", z->folder);
  printf("  replay    %s fuzz --config %s --engine %s --seed %" PRIu64 " --from %" PRIu64 " --count 1\n",
         program_invocation_name, z->of.config, z->of.engine, z->of.seed, i);
  if (strcmp(z->of.engine, "lockstep") == 0 && !upsets)
    printf("            %s sim %s/program.tsp\n", program_invocation_name, z->folder);
  tsp_fuzz_free(small);
}

static bool one(fuzzer *z, uint64_t i)
{
  tsp_fuzz *f = NULL;
  tsp_fault_code fault;
  tsp_fuzz_outcome out;
  tsp_status s = make(z, i, &fault, &f);
  if (s != TSP_OK) {
    fprintf(stderr, "tsp fuzz: program %" PRIu64 " cannot be made: %s\n", i, tsp_status_text(s));
    return false;
  }
  tsp_fuzz_run(f, TSP_FUZZ_ALL, z->dut, true, NULL, NULL, &out);
  z->programs++;
  z->by_fault[fault]++;
  z->cycles += out.cycles;
  z->compared += out.compared;
  if (fault == TSP_FAULT_NONE)
    count_words(z, f);
  if (out.verdict != TSP_FUZZ_PASS)
    failed(z, i, f, &out);
  else if (z->keep && i + 1 == z->of.from + z->of.count)
    keep(z, f, TSP_FUZZ_ALL);
  tsp_fuzz_free(f);
  return out.verdict == TSP_FUZZ_PASS;
}

static void print_counts(const fuzzer *z)
{
  printf("  programs  %" PRIu64 " legal; faults", z->by_fault[0]);
  for (int i = 1; i <= FAULTS; i++)
    printf(" %d: %" PRIu64, i, z->by_fault[i]);
  tsp_cover_sum sum = tsp_cover_total(z->cover);
  printf("\n  coverage  %d of %d cells of instruction x field class and instruction x queue, %" PRIu64
         " instructions; %s/coverage.txt\n",
         sum.reached, sum.possible, sum.words, z->folder);
}

static bool write_coverage(const fuzzer *z)
{
  char *text = NULL;
  size_t size = 0;
  tsp_error err = {""};
  FILE *to = open_memstream(&text, &size);
  if (!to)
    return false;
  tsp_cover_table(z->cover, to);
  tsp_cover_holes(z->cover, to);
  bool ok = fclose(to) == 0 && tsp_file_write(z->folder, "coverage.txt", text, &err) == TSP_OK;
  free(text);
  if (!ok)
    fprintf(stderr, "tsp fuzz: coverage.txt: %s\n", err.text);
  return ok;
}

static tsp_status open_all(fuzzer *z, tsp_error *err)
{
  bool rtl = strcmp(z->of.engine, "lockstep") == 0;
  tsp_status s = tsp_campaign_open(&z->of, "fuzz", &z->cfg, z->folder, err);
  if (s == TSP_OK)
    s = rtl ? tsp_engines_rtl(z->cfg, z->of.seed, &z->dut, err) : tsp_golden_open(z->cfg, NULL, TSP_VIEWS, &z->dut);
  if (s == TSP_OK && !(z->cover = tsp_cover_new(z->cfg)))
    s = tsp_fail(err, TSP_ENOMEM, "out of memory");
  return s;
}

int cmd_fuzz(int argc, char **argv)
{
  static const struct argp_child common[] = {{&tsp_campaign_argp, 0, NULL, 0}, {0}};
  static const struct argp argp = {options,
                                   parse,
                                   NULL,
                                   "Runs random programs (500), legal ones and ones with one schedule fault, in "
                                   "lockstep, or with --engine golden on the model alone.\vExit status: "
                                   "0 all as they must, 1 one failed, 2 error.",
                                   common,
                                   NULL,
                                   NULL};
  fuzzer z = {.of = {.config = "mini", .engine = "lockstep", .seed = 1, .count = 500}};
  tsp_error err = {""};
  argp_parse(&argp, argc, argv, 0, NULL, &z);
  tsp_status s = open_all(&z, &err);
  if (s != TSP_OK)
    fprintf(stderr, "tsp fuzz: %s\n", err.text[0] ? err.text : tsp_status_text(s));
  tsp_progress progress;
  bool ok = s == TSP_OK;
  tsp_progress_start(&progress, stderr);
  for (uint64_t i = 0; ok && i < z.of.count; i++) {
    ok = one(&z, z.of.from + i);
    tsp_progress_step(&progress, "fuzz: program", i + 1, z.of.count);
  }
  tsp_progress_end(&progress);
  if (s == TSP_OK) {
    write_coverage(&z);
    if (ok)
      printf("PASS fuzz (%s, %s, seed %" PRIu64 "): %" PRIu64 " programs, %" PRIu64 " cycles, %" PRIu64
             " values compared\n",
             z.of.config, z.of.engine, z.of.seed, z.programs, z.cycles, z.compared);
    print_counts(&z);
  }
  tsp_engine_close(z.dut);
  tsp_cover_free(z.cover);
  return s != TSP_OK ? 2 : ok ? 0 : 1;
}
