/* SPDX-License-Identifier: Apache-2.0 */
/* test_verify_fuzz.c - the verifier against random programs: it proves every legal one, and where a program has one
 * schedule fault it names that fault, its queue and its cycle. How a program ends is what the fuzzer knows by
 * construction; that the machine ends so, too, is what `make fuzz` shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fuzz.h"
#include "tsp_verify.h"

static uint64_t env(const char *name, uint64_t otherwise)
{
  const char *text = getenv(name);
  return text ? strtoull(text, NULL, 0) : otherwise;
}

/* Random configuration-independent numbers of a seed; false if there is no such program. */
static bool verify_one(const tsp_config *cfg, uint64_t seed, uint64_t number, tsp_fault_code fault)
{
  tsp_fuzz *f;
  tsp_image *image;
  tsp_fuzz_end end;
  tsp_error err = {""};
  tsp_verify_result r;
  tsp_status s = tsp_fuzz_make(cfg, seed, number, fault, &f);
  if (s == TSP_ERANGE)
    return false;
  assert_int_equal(s, TSP_OK);
  if (tsp_fuzz_image(f, TSP_FUZZ_ALL, &image, &end, &err) != TSP_OK)
    fail_msg("%s", err.text);
  s = tsp_verify(cfg, NULL, image, TSP_VERIFY_MACHINE, NULL, &r, &err);
  bool same = end.fault ? s == TSP_EFAULT && r.fault == end.fault && r.queue == end.queue && r.cycle == end.cycle
                        : s == TSP_OK && r.cycles == end.cycle;
  char name[16];
  if (!same)
    fail_msg(
        "%s, TSP_SEED=%llu, program %llu: must end with fault %d of %s at cycle %llu; verified: %d, fault %d, cycles "
        "%llu: %s",
        cfg->name, (unsigned long long)seed, (unsigned long long)number, end.fault,
        tsp_queue_name(cfg, end.queue, name), (unsigned long long)end.cycle, s, r.fault, (unsigned long long)r.cycles,
        r.text);
  tsp_image_free(image);
  tsp_fuzz_free(f);
  return true;
}

static void all_faults(const char *config, int count)
{
  const tsp_config *cfg = tsp_config_find(config);
  uint64_t seed = env("TSP_SEED", 1);
  int made = 0;
  print_message("TSP_SEED=%llu\n", (unsigned long long)seed);
  for (int i = 0; i < (int)env("TSP_COUNT", (uint64_t)count); i++)
    for (int fault = TSP_FAULT_NONE; fault < TSP_FAULT_ECC; fault++)
      made += verify_one(cfg, seed, (uint64_t)i, (tsp_fault_code)fault);
  assert_true(made > count);
}

static void random_programs_of_nano_are_judged_as_they_are_made(void **state)
{
  (void)state;
  all_faults("nano", 40);
}

static void random_programs_of_mini_are_judged_as_they_are_made(void **state)
{
  (void)state;
  all_faults("mini", 12);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_programs_of_nano_are_judged_as_they_are_made),
      cmocka_unit_test(random_programs_of_mini_are_judged_as_they_are_made),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
