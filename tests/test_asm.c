/* SPDX-License-Identifier: Apache-2.0 */
/* test_asm.c - instruction text against encodings packed by hand, and assembly text against images. */
#include "random_image.h"

/* Encodings by hand from isa.def, for mini: queue, text, word. The text is the canonical one. */
static const struct {
  const char *queue, *text;
  uint64_t word;
} known[] = {
    {"mem_w3", "NOP 20", UINT64_C(0x0100000000000014)},
    {"vxm3", "Repeat 64, 2, +1, -16", UINT64_C(0x02fff00001020040)},
    {"mem_e0", "Repeat 1, 1, 0, +32767", UINT64_C(0x027fff0000010001)},
    {"mxm0_w", "Sync", UINT64_C(0x0300000000000000)},
    {"mxm0_a", "Notify", UINT64_C(0x0400000000000000)},
    {"mxm3_c", "End", UINT64_C(0x0500000000000000)},
    {"mem_w0", "Read 0x03c0 -> s4.e", UINT64_C(0x11000000000403c0)},
    {"mem_e11", "Read 0x0fff -> s31.w", UINT64_C(0x11000000003f0fff)},
    {"mem_w0", "Write s5.w -> 0x0010", UINT64_C(0x1200250010000000)},
    {"mem_w0", "ReadWrite 0x0001 -> s0.e, s1.w -> 0x0800", UINT64_C(0x1300210800000001)},
    {"mxm0_w", "LW s16..31.w, w3", UINT64_C(0x2100000000000330)},
    {"mxm2_w", "LW s0..15.e, w0", UINT64_C(0x2100000000000000)},
    {"mxm1_w", "IW", UINT64_C(0x2200000000000000)},
    {"mxm3_a", "ABC s7.e", UINT64_C(0x2400000000000007)},
    {"mxm1_c", "ACC.set a17", UINT64_C(0x2800000000000011)},
    {"mxm1_c", "ACC.add a255", UINT64_C(0x29000000000000ff)},
    {"mxm1_c", "ACC.out -> s16..19.e", UINT64_C(0x2a00000000100000)},
    {"mxm2_c", "ACC.sum a1 -> s4..7.w", UINT64_C(0x2b00000000240001)},
    {"c2c_w1", "Ifetch s4.w", UINT64_C(0x0600000000000024)},
    {"sxm_e_t1", "Config 3", UINT64_C(0x0700000000000003)},
    {"mem_w0", "Gather s4..5.w -> s9.e", UINT64_C(0x1424000000090000)},
    {"mem_e3", "Scatter s31.e -> s6..7.e", UINT64_C(0x15061f0000000000)},
    {"mxm0_a", "ABC.f16 s8..9.w", UINT64_C(0x2500000000000028)},
    {"mxm1_c", "ACC.add.f32 a255", UINT64_C(0x2c000000000000ff)},
    {"mxm2_c", "ACC.sum.f32 a1 -> s4..7.w", UINT64_C(0x2d00000000240001)},
    {"sxm_w_s0", "ShiftUp s1.e, 63 -> s2.w", UINT64_C(0x30000000003f2201)},
    {"sxm_w_s1", "ShiftDown s1.w, 0 -> s2.e", UINT64_C(0x3100000000000221)},
    {"sxm_e_s0", "Select s5.e, 17, m7 -> s5.w", UINT64_C(0x3200000700112505)},
    {"sxm_e_s1", "Map.select s5.e -> m1", UINT64_C(0x3300000100000005)},
    {"sxm_e_p", "Permute s6.e, m2 -> s7.e", UINT64_C(0x3400000200000706)},
    {"sxm_e_p", "Map.permute s6..7.e -> m0", UINT64_C(0x3500000000000006)},
    {"sxm_w_d", "Distribute s6.w, m3 -> s7.e", UINT64_C(0x3600000300000726)},
    {"sxm_w_d", "Map.distribute s6.w -> m3", UINT64_C(0x3700000300000026)},
    {"sxm_w_d", "Rotate s6.w, 3 -> s16..31.e", UINT64_C(0x3800000000031026)},
    {"sxm_w_t0", "Transpose s0..15.w -> s16..31.e", UINT64_C(0x3900000000001020)},
    {"c2c_e0", "Deskew", UINT64_C(0x3c00000000000000)},
    {"c2c_e1", "Send s30.w", UINT64_C(0x3d0000000000003e)},
    {"c2c_w0", "Receive -> s30.e", UINT64_C(0x3e00000000001e00)},
    {"vxm0", "Mov.i8 s3.w -> s9.e", UINT64_C(0xe800000000890023)},
    {"vxm0", "Mov.i16 s4..5.w -> s8..9.e", UINT64_C(0xe900000000880024)},
    {"vxm0", "Mov.i32 s4..7.e -> alu", UINT64_C(0xea00000000000004)},
    {"vxm0", "Cvt.i8.i32 alu0 -> s8..11.w", UINT64_C(0x6100000000a80040)},
    {"vxm5", "Add.i32 alu4, #-3 -> alu", UINT64_C(0x82fffffffd008044)},
    {"vxm5", "Max.i32 #5, #5 -> alu", UINT64_C(0xba00000005008080)},
    {"vxm5", "Cvt.i32.i8 alu9 -> s0.e", UINT64_C(0x6800000000800049)},
    {"vxm5", "Cvt.i32.f32 s0..3.w -> alu", UINT64_C(0x6b00000000000020)},
    {"vxm5", "Cvt.f32.i8 alu1 -> s31.e", UINT64_C(0x70000000009f0041)},
    {"vxm5", "Mul.f32 alu6, #0x3f800000 -> alu", UINT64_C(0x943f800000008046)},
    {"vxm5", "ReLU.f32 alu5 -> s28..31.e", UINT64_C(0xf4000000009c0045)},
    {"vxm5", "Mov.i8 #32767 -> alu", UINT64_C(0xe800007fff000080)},
    {"vxm5", "Mov.i8 #0x00008000 -> alu", UINT64_C(0xe800008000000080)},
    {"vxm15", "Exp.f16 alu15 -> s30..31.e", UINT64_C(0x78000000009e004f)},
};

static bool seen[256];

static void check_encoding(const char *queue, const char *text, uint64_t expected)
{
  const tsp_config *mini = tsp_config_find("mini");
  tsp_error err = {""};
  uint64_t word = 0;
  char buf[96];

  if (tsp_word_parse(tsp_isa_builtin(), mini, tsp_queue_find(mini, queue), text, &word, &err) != TSP_OK)
    fail_msg("%s: %s", text, err.text);
  assert_true(word == expected);
  assert_string_equal(tsp_word_text(tsp_isa_builtin(), mini, word, buf, sizeof buf), text);
  seen[word >> 56] = true;
}

/* Types of the VXM by number: name, streams. */
static const struct {
  const char *name;
  int streams;
} type[] = {{"i8", 1}, {"i16", 2}, {"i32", 4}, {"f16", 2}, {"f32", 4}};

/* An instruction of vxm3 with result in streams from 8 on. */
static void check_vxm(unsigned opcode, const char *mnemonic, const char *operands, uint64_t fields, int streams)
{
  char text[96], last[8] = "";

  if (streams > 1)
    snprintf(last, sizeof last, "..%d", 7 + streams);
  snprintf(text, sizeof text, "%s %s -> s8%s.w", mnemonic, operands, last);
  check_encoding("vxm3", text, (uint64_t)opcode << 56 | UINT64_C(0xa8) << 16 | fields);
}

static void check_vxm_typed(unsigned opcode, const char *operation, int t, bool binary)
{
  char mnemonic[32];

  snprintf(mnemonic, sizeof mnemonic, "%s.%s", operation, type[t].name);
  if (binary)
    check_vxm(opcode, mnemonic, "alu2, #0x01234567", UINT64_C(0x01234567) << 24 | 0x8042, type[t].streams);
  else
    check_vxm(opcode, mnemonic, "alu7", 0x47, type[t].streams);
}

/* The rule by which isa.def numbers the opcodes of the VXM. */
static void vxm_opcodes_follow_their_rule(void)
{
  static const char *const arithmetic[] = {"Add",   "Sub",   "Mul",   "Add.sat", "Sub.sat", "Mul.sat", "Min",  "Max",
                                           "CmpLt", "CmpLe", "CmpEq", "Abs",     "Neg",     "Mov",     "ReLU", "Sel"};
  static const char *const logic[] = {"And", "Or", "Xor", "AndN", "Shl", "Shr", "Sar"};
  static const char *const function[] = {"Exp", "TanH", "RSqrt", "Recip"};
  char mnemonic[32];

  for (unsigned op = 0; op < 16; op++)
    for (int t = 0; t < ((op >= 3 && op <= 5) || op == 13 || op == 15 ? 3 : 5); t++)
      check_vxm_typed(0x80 | op << 3 | (unsigned)t, arithmetic[op], t, op < 11 || op == 15);
  for (unsigned op = 0; op < 7; op++)
    for (int t = 0; t < 3; t++)
      check_vxm_typed(0x40 | op << 2 | (unsigned)t, logic[op], t, true);
  for (unsigned op = 0; op < 4; op++)
    for (int t = 3; t < 5; t++)
      check_vxm_typed(0x78 | op << 1 | (unsigned)(t - 3), function[op], t, false);
  for (int from = 0; from < 5; from++)
    for (int to = 0; to < 5; to++) {
      snprintf(mnemonic, sizeof mnemonic, "Cvt.%s.%s", type[from].name, type[to].name);
      if (to != from)
        check_vxm(0x60 + 4 * (unsigned)from + (unsigned)(to - (to > from)), mnemonic, "alu7", 0x47, type[to].streams);
    }
}

static void known_instructions_have_their_hand_packed_encodings(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    check_encoding(known[i].queue, known[i].text, known[i].word);
  vxm_opcodes_follow_their_rule();
  for (int i = 0; i < tsp_isa_builtin()->count; i++) /* every row of the table is covered */
    if (!seen[tsp_isa_builtin()->instr[i].opcode])
      fail_msg("%s is not covered", tsp_isa_builtin()->instr[i].mnemonic);
}

static const struct {
  const char *queue, *text, *same;
} variants[] = {
    {"mem_w0", "  Read\t960->s4.e ; a comment", "Read 0x03c0 -> s4.e"},
    {"mem_w0", "NOP +0x14", "NOP 20"},
    {"mem_w0", "Repeat 0x40 , 2,1,-0x10", "Repeat 64, 2, +1, -16"},
    {"mxm0_w", "LW s16.w, w3", "LW s16..31.w, w3"},
    {"mxm1_c", "ACC.out -> s16.e", "ACC.out -> s16..19.e"},
    {"vxm5", "Mul.f32 alu6, #f:1.0 -> alu", "Mul.f32 alu6, #0x3f800000 -> alu"},
    {"vxm5", "Mul.f32 alu6, #f:0.0123 -> alu", "Mul.f32 alu6, #0x3c4985f0 -> alu"},
    {"vxm5", "Mul.f32 alu6, #f:-1e-45 -> alu", "Mul.f32 alu6, #0x80000001 -> alu"},
    {"vxm5", "Add.i32 alu4, #4294967293 -> alu", "Add.i32 alu4, #-3 -> alu"},
    {"vxm5", ".word 0x1200250010000000", "Write s5.w -> 0x0010"},
};

static void shorter_and_looser_forms_mean_the_same(void **state)
{
  const tsp_config *mini = tsp_config_find("mini");
  char buf[96];

  (void)state;
  for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
    tsp_error err = {""};
    uint64_t word = 0;
    if (tsp_word_parse(tsp_isa_builtin(), mini, tsp_queue_find(mini, variants[i].queue), variants[i].text, &word,
                       &err) != TSP_OK)
      fail_msg("%s: %s", variants[i].text, err.text);
    assert_string_equal(tsp_word_text(tsp_isa_builtin(), mini, word, buf, sizeof buf), variants[i].same);
  }
}

static const struct {
  const char *queue, *text, *says;
} wrong[] = {
    {"mem_w0", "", "an instruction is expected, found the end of the line"},
    {"mem_w0", "read 0 -> s4.e", "no instruction 'read'"},
    {"mem_w0", "Read", "the address, a number, is expected, found the end of the line"},
    {"mem_w0", "Read x -> s4.e", "a number, is expected, found 'x'"},
    {"mem_w0", "Read 12ab -> s4.e", "found '12ab'"},
    {"mem_w0", "Read 0 s4.e", "'->' is expected, found 's4.e'"},
    {"mem_w0", "Read 0 -> s4", "the direction .e or .w is expected"},
    {"mem_w0", "Read 0 -> s32.e", "the stream must be 0..31, it is 32"},
    {"mem_w0", "Read 0 -> s4.e s5.e", "the end of the line is expected, found 's5.e'"},
    {"mem_w0", "Read 0x1000 -> s4.e", "address 0x1000, a slice has 0..0x0fff"},
    {"mem_w0", "Read 99999999999999999999 -> s4.e", "the address must be 0..65535"},
    {"mem_w0", "Read -1 -> s4.e", "the address must be 0..65535, it is -1"},
    {"mem_w0", "ReadWrite 0 -> s0.e, s1.w -> 1", "one must be below 0x0800, one not"},
    {"mem_w0", "NOP 0", "the count must be 1..65535, it is 0"},
    {"mem_w0", "NOP 65536", "the count must be 1..65535"},
    {"mem_w0", "Repeat 1, 1, +32768, 0", "the stride must be -32768..32767"},
    {"mem_w0", "IW", "IW does not run in queue mem_w0"},
    {"vxm0", "Read 0 -> s4.e", "Read does not run in queue vxm0"},
    {"mxm0_w", "LW s16.e, w0", "must flow west: .w"},
    {"mxm2_w", "LW s16.w, w0", "must flow east: .e"},
    {"mxm0_c", "ACC.out -> s0.w", "must flow east: .e"},
    {"mxm0_w", "LW s4.w, w0", "a group of 16 streams starts at a multiple of 16, not at 4"},
    {"mxm0_w", "LW s0..3.w, w0", "the last stream of the group must be 15..15, it is 3"},
    {"mxm0_w", "LW s0.w, w4", "weight slot w4, a plane has w0..w3"},
    {"mxm0_w", "LW s0.w, 4", "a weight slot such as w3 is expected, found '4'"},
    {"mxm0_c", "ACC.set a256", "accumulator a256, a plane has a0..a255"},
    {"vxm0", "Add.i32 #1, #2 -> alu", "both sources must name the same"},
    {"vxm0", "Add.i32 alu16, #2 -> alu", "the ALU must be 0..15, it is 16"},
    {"vxm3", "Add.i32 alu4, #2 -> alu", "alu4 cannot reach alu3"},
    {"vxm0", "Add.i32 q, #2 -> alu", "a source ("},
    {"vxm0", "Add.i32 #2, #2 -> alu0", "a result (a stream"},
    {"vxm0", "Mov.i32 #f:1e39 -> alu", "1e39 is beyond fp32"},
    {"vxm0", "Mov.i32 #f:1.2.3 -> alu", "a decimal fraction is expected"},
    {"vxm0", "Mov.i32 #f:nan -> alu", "a decimal fraction is expected, found 'nan'"},
    {"vxm0", "Mov.i32 #4294967296 -> alu", "the immediate must be -2147483648..4294967295"},
    {"vxm0", "Exp.f32 alu0 -> alu", "Exp.f32 runs in the last ALU of a mesh row only (vxm3, vxm7, ..), not in vxm0"},
    {"vxm0", "Add.i16 s3..4.e, #1 -> alu", "a group of 2 streams starts at a multiple of 2, not at 3"},
    {"mxm1_a", "ABC.f16 s8..9.w", "ABC.f16 runs in the first plane of a pair only; mxm1_a is not of one"},
    {"mxm2_a", "ABC.f16 s8..9.w", "must flow east: .e"},
    {"mxm0_c", "ABC.f16 s8..9.w", "ABC.f16 does not run in queue mxm0_c"},
    {"mxm0_c", "ACC.sum.f32 a0 -> s0..3.w", "must flow east: .e"},
    {"sxm_w_s0", "ShiftUp s1.e, 64 -> s2.w", "the shift must be 0..63, it is 64"},
    {"sxm_w_s0", "Select s1.e, 6, m8 -> s2.w", "map m8, a unit has m0..m7"},
    {"sxm_w_s0", "Select s1.e, 6, 7 -> s2.w", "a map such as m3 is expected, found '7'"},
    {"sxm_w_p", "ShiftUp s1.e, 6 -> s2.w", "ShiftUp does not run in queue sxm_w_p"},
    {"sxm_w_d", "Rotate s1.e, 5 -> s0..15.w", "the edge of the square must be 2..4, it is 5"},
    {"sxm_w_d", "Rotate s1.e, 1 -> s0..15.w", "the edge of the square must be 2..4, it is 1"},
    {"sxm_w_d", "Rotate s1.e, 3 -> s8..16.w", "a group of 16 streams starts at a multiple of 16, not at 8"},
    {"mem_w0", "Config 0", "the powered superlanes must be 1..4, it is 0"},
    {"mem_w0", "Config 5", "the powered superlanes must be 1..4, it is 5"},
    {"c2c_w0", "Receive s30.e", "'->' is expected"},
    {"vxm0", ".word 0x10000000000000000", "the word must be 0..18446744073709551615"},
    {"vxm0", ".word -1", "the word must be 0.."},
};

static void a_wrong_instruction_is_refused_with_what_would_fit(void **state)
{
  const tsp_config *mini = tsp_config_find("mini");

  (void)state;
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    tsp_error err = {""};
    uint64_t word;
    int queue = tsp_queue_find(mini, wrong[i].queue);
    if (tsp_word_parse(tsp_isa_builtin(), mini, queue, wrong[i].text, &word, &err) != TSP_EFORMAT)
      fail_msg("accepted: %s", wrong[i].text);
    assert_contains(err.text, wrong[i].says);
  }
}

static void floating_point_needs_a_configuration_that_has_it(void **state)
{
  const tsp_config *nano = tsp_config_find("nano");
  tsp_error err = {""};
  uint64_t word = UINT64_C(0x9400000000008080);
  char buf[96];

  (void)state;
  assert_string_equal(tsp_word_text(tsp_isa_builtin(), nano, word, buf, sizeof buf), ".word 0x9400000000008080");
  assert_int_equal(tsp_word_parse(tsp_isa_builtin(), nano, nano->q_vxm, "Mul.f32 #1, #1 -> alu", &word, &err),
                   TSP_EFORMAT);
  assert_contains(err.text, "nano has no floating point");
  assert_int_equal(tsp_word_parse(tsp_isa_builtin(), nano, nano->q_mxm + 2, "ACC.add.f32 a0", &word, &err),
                   TSP_EFORMAT);
  assert_contains(err.text, "no floating point, so no ACC.add.f32");
}

/* The sizes of tests/odd.def, which this build need not know by name. */
static tsp_config odd_config(void)
{
  tsp_config c = {.name = "odd",
                  .superlanes = 3,
                  .lanes = 16,
                  .streams = 32,
                  .mem_slices = 5,
                  .mem_per_hop = 1,
                  .mem_words = 512,
                  .planes = 4,
                  .lw_streams = 8,
                  .alus = 16,
                  .fp = 1,
                  .iq_depth = 4096,
                  .acc_depth = 64,
                  .barrier = 9,
                  .maps = 3,
                  .links = 1,
                  .link_depth = 2,
                  .link_delay = 5,
                  .hac_period = 17};

  assert_int_equal(tsp_config_complete(&c, NULL), TSP_OK);
  return c;
}

static void text_of_any_word_gives_that_word_again(void **state)
{
  const tsp_config odd = odd_config();
  uint64_t seed = test_seed();
  int legal = 0, shown = 0;

  (void)state;
  for (int i = 0; i < 200000; i++) {
    const tsp_config *cfg = i % 4 < 3 && tsp_config_at(i % 4) ? tsp_config_at(i % 4) : &odd;
    int queue = (int)below(&seed, (uint64_t)cfg->queues);
    uint64_t word = random_word(&seed), again = 0;
    tsp_fault_code fault = tsp_word_check(tsp_isa_builtin(), cfg, queue, word);
    char buf[96];
    tsp_status s;
    tsp_word_text(tsp_isa_builtin(), cfg, word, buf, sizeof buf);
    s = tsp_word_parse(tsp_isa_builtin(), cfg, queue, buf, &again, NULL);
    assert_true(s == TSP_OK ? again == word : fault != TSP_FAULT_NONE);   /* what can run, is accepted */
    assert_true(s != TSP_OK || fault == TSP_FAULT_NONE || buf[0] == '.'); /* what cannot, only as .word */
    legal += fault == TSP_FAULT_NONE;
    shown += fault == TSP_FAULT_NONE && buf[0] != '.';
  }
  assert_true(legal > 2000 && shown > legal / 4);
}

static void a_long_buffer_is_enough_and_a_short_one_is_safe(void **state)
{
  const tsp_config *mini = tsp_config_find("mini");
  char buf[96];

  (void)state;
  for (size_t size = 1; size <= sizeof buf; size++) {
    memset(buf, 'x', sizeof buf);
    tsp_word_text(tsp_isa_builtin(), mini, UINT64_C(0x13003f08003f0001), buf, size);
    assert_true(strlen(buf) < size);
  }
  assert_string_equal(buf, "ReadWrite 0x0001 -> s31.w, s31.w -> 0x0800");
}

static void text_and_image_make_each_other_exactly(void **state)
{
  uint64_t seed = test_seed();

  (void)state;
  for (int c = 0; c < tsp_config_count(); c++) {
    for (uint64_t i = 0; i < 30; i++) {
      tsp_image *a = random_image(tsp_config_at(c), seed * 777 + i), *b;
      tsp_error err;
      if (i % 5 == 0 && a->tensor_count > 0)
        strcpy(a->tensor[0].name, "line"); /* a keyword of the debug suffix */
      assert_int_equal(tsp_image_write(a, scratch(0), &err), TSP_OK);
      assert_int_equal(tsp_asm_save(a, scratch(1), &err), TSP_OK);
      if (tsp_asm_read(scratch(1), &b, &err) != TSP_OK)
        fail_msg("%s", err.text);
      assert_images_equal(a, b);
      assert_int_equal(tsp_image_write(b, scratch(2), &err), TSP_OK);
      assert_files_equal(scratch(0), scratch(2));
      assert_int_equal(tsp_asm_save(b, scratch(3), &err), TSP_OK);
      assert_files_equal(scratch(1), scratch(3));
      tsp_image_free(a);
      tsp_image_free(b);
    }
  }
}

/* The first ```asm block of the page. */
static void the_example_of_the_manual_assembles(void **state)
{
  size_t n;
  char *page = get_file("golden/ASSEMBLY.md", &n), *text = strstr(page, "```asm\n"), *end;
  tsp_image *image;
  tsp_error err;

  (void)state;
  assert_non_null(text);
  text += strlen("```asm\n");
  end = must(strstr(text, "```"));
  put_file(scratch(0), text, (size_t)(end - text));
  if (tsp_asm_read(scratch(0), &image, &err) != TSP_OK)
    fail_msg("%s", err.text);
  assert_true(image->tensor_count > 0 && image->debug_count > 0);
  tsp_image_free(image);
  free(page);
}

static tsp_image *assemble(const char *text)
{
  tsp_image *image;
  tsp_error err;

  put_file(scratch(0), text, strlen(text));
  if (tsp_asm_read(scratch(0), &image, &err) != TSP_OK)
    fail_msg("%s", err.text);
  return image;
}

static void numbers_of_every_type_become_little_endian_bytes(void **state)
{
  static const uint8_t i32[] = {1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  static const uint8_t i8[] = {0x80, 0xff, 0x10, 0x20}, f32[] = {0, 0, 0xc0, 0xbf, 1, 0, 0, 0}, f16[] = {0, 0x3c},
                       i16[] = {0xfe, 0xff, 0xff, 0x7f};
  tsp_image *image = assemble(".tsp 1\n.config nano\n"
                              ".tensor a i32 const [3]\n.data 1, -2 ; more\n.data 0xffffffff\n"
                              ".tensor b i8 input [2,2]\n.data -128 255\n.hex 10 20\n"
                              ".tensor c f32 const [2]\n.data -1.5 0x1\n"
                              ".tensor d f16 const [1]\n.data 0x3c00\n"
                              ".tensor e i16 const [2]\n.data -2 32767\n.end\n");

  (void)state;
  assert_memory_equal(image->tensor[0].data, i32, sizeof i32);
  assert_memory_equal(image->tensor[1].data, i8, sizeof i8);
  assert_memory_equal(image->tensor[2].data, f32, sizeof f32);
  assert_memory_equal(image->tensor[3].data, f16, sizeof f16);
  assert_memory_equal(image->tensor[4].data, i16, sizeof i16);
  tsp_image_free(image);
}

static void queues_may_come_in_any_order(void **state)
{
  tsp_image *image =
      assemble(".tsp 1\n.config nano\n.queue vxm2\nEnd @5\n.queue mem_w0\nNOP 3 @1 [0, +1]\nEnd @4 line 9\n"
               ".queue vxm0\n.end\n");

  (void)state;
  assert_int_equal(image->debug_count, 3);
  assert_int_equal(tsp_image_debug(image, 0, 0)->cycle, 1);
  assert_int_equal(tsp_image_debug(image, 0, 0)->step, 1);
  assert_int_equal(tsp_image_debug(image, 0, 1)->line, 9);
  assert_int_equal(tsp_image_debug(image, tsp_queue_find(tsp_config_find("nano"), "vxm2"), 0)->cycle, 5);
  tsp_image_free(image);
}

#define HEAD ".tsp 1\n.config nano\n"
static const struct {
  const char *text;
  int line;
  const char *says;
} broken[] = {
    {"", 1, "ends without .end"},
    {"; only this\n", 1, "ends without .end"},
    {".config nano\n", 1, ".config cannot stand in the start, which is .tsp"},
    {".tsp 2\n", 1, "the version must be 1..1, it is 2"},
    {".tsp 1\n.kernel k\n", 2, ".kernel comes after .config"},
    {".tsp 1\n.config mega\n", 2, "no configuration 'mega'"},
    {HEAD ".config nano\n", 3, "a second .config"},
    {HEAD ".kernel a\n.kernel b\n", 4, "a second .kernel"},
    {HEAD ".predicted 1\n.predicted 1\n", 4, "a second .predicted"},
    {HEAD ".predicted -1\n", 3, "the predicted cycles must be 0.."},
    {HEAD ".bogus\n", 3, "no directive '.bogus'"},
    {HEAD ".kernel \"abc\n", 3, "a closing \" is missing"},
    {HEAD ".kernel \"a\\n\"\n", 3, "after \\ comes"},
    {HEAD ".kernel k more\n", 3, "the end of the line is expected, found 'more'"},
    {HEAD ".bound mxm\n", 3, "the bound, a number, is expected"},
    {HEAD ".piece mem_w0\n", 3, ".piece cannot stand in the head"},
    {HEAD ".tensor x i9 const [1]\n", 3, "(i8, i16, i32, f16 or f32) is expected, found 'i9'"},
    {HEAD ".tensor x i8 mine [1]\n", 3, "a role (const"},
    {HEAD ".tensor x i8 input 1\n", 3, "'[' is expected"},
    {HEAD ".tensor x i8 input [1,2,3,4,5]\n", 3, "1 to 4 dimensions"},
    {HEAD ".tensor x i8 input [0]\n", 3, "a dimension must be 1.."},
    {HEAD ".tensor x f32 input [4294967295,4294967295]\n", 3, "more than 2^63 bytes"},
    {HEAD ".tensor x i8 const [4]\n.hex 00\n\n.end\n", 3, "1 bytes of data, its shape has 4"},
    {HEAD ".tensor x i8 const [4]\n.queue vxm0\n", 3, "a const tensor needs its data"},
    {HEAD ".tensor x i8 const [1]\n.hex 0001\n", 4, "too much data: tensor x has 1 bytes"},
    {HEAD ".tensor x i8 const [1]\n.hex 0\n", 4, "a byte, two hex digits, is expected"},
    {HEAD ".tensor x i8 const [1]\n.data 256\n", 4, "an element must be -128..255, it is 256"},
    {HEAD ".tensor x i8 const [2]\n.data 1,\n", 4, "an element behind the ','"},
    {HEAD ".tensor x f16 const [1]\n.data 1\n", 4, "the bits of an f16"},
    {HEAD ".tensor x i8 temp [1]\n.tensor y i8 temp [1]\n.tensor x i8 temp [1]\n.end\n", 5,
     "a second tensor is named x"},
    {HEAD ".tensor x i8 temp [1]\n.piece vxm0 addr 0\n", 4, "nano has mem_w0..1 and mem_e0..1"},
    {HEAD ".tensor x i8 temp [1]\n.piece mem_w0 addr 0 count 3\n", 4, "'step' is expected, found 'count'"},
    {HEAD ".tensor x i8 temp [1]\n.piece mem_w0 addr 1024 step 1 count 1 lanes 1 byte 0 first 0 vec 0 lane 0\n", 4,
     "a slice has 0..0x03ff"},
    {HEAD ".queue mem_w9\n", 3, "nano has no queue 'mem_w9'"},
    {HEAD ".queue vxm0\n.queue vxm0\n", 4, "queue vxm0 again; it began at line 3"},
    {HEAD ".queue vxm0\n.fetched\n", 4, ".fetched comes after the words that the host loads, at least one"},
    {HEAD ".queue vxm0\nEnd\n.fetched\nEnd\n.fetched\n", 7, "a second .fetched in this queue"},
    {HEAD ".queue vxm0\n.tensor x i8 temp [1]\n", 4, ".tensor cannot stand in the queues"},
    {HEAD "End\n", 3, "instructions belong behind a .queue"},
    {HEAD ".queue vxm0\nEnd @\n", 4, "the cycle, a number, is expected"},
    {HEAD ".queue vxm0\nEnd @1 x[0, 0]\n", 4, "no tensor 'x'"},
    {HEAD ".queue vxm0\nEnd @1 line 0\n", 4, "the kernel line must be 1.."},
    {HEAD ".queue vxm0\nEnd @1 [0 0]\n", 4, "',' is expected"},
    {HEAD ".end\n.end\n", 4, "only comments behind .end"},
    {HEAD ".end", 3, "the last line has no newline"},
    {HEAD ".queue \x80\n", 3, "found byte 0x80"},
};

static void broken_text_is_refused_with_file_line_and_cause(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
    tsp_image *image = (tsp_image *)scratch_folder;
    char place[100];
    tsp_error err = {""};
    put_file(scratch(0), broken[i].text, strlen(broken[i].text));
    assert_int_equal(tsp_asm_read(scratch(0), &image, &err), TSP_EFORMAT);
    assert_null(image);
    snprintf(place, sizeof place, "%s:%d: ", scratch(0), broken[i].line);
    if (strncmp(err.text, place, strlen(place)) != 0)
      fail_msg("'%s' does not begin with '%s'", err.text, place);
    assert_contains(err.text, broken[i].says);
  }
}

static void text_made_for_other_tables_is_refused_by_that_status(void **state)
{
  static const char text[] = HEAD ".tables 0x1\n.end\n";
  tsp_image *image;
  tsp_error err;

  (void)state;
  put_file(scratch(0), text, strlen(text));
  assert_int_equal(tsp_asm_read(scratch(0), &image, &err), TSP_ETABLES);
  assert_contains(err.text, "made for tables 0x0000000000000001, this build has 0x");
}

static void a_queue_holds_its_depth_and_not_one_word_more(void **state)
{
  const tsp_config *nano = tsp_config_find("nano");
  tsp_image *image;
  tsp_error err;

  (void)state;
  for (int more = 0; more < 2; more++) {
    FILE *f = must(fopen(scratch(0), "w"));
    fprintf(f, HEAD ".queue vxm0\n");
    for (int i = 0; i < nano->iq_depth + more; i++)
      fprintf(f, "NOP 1\n");
    fprintf(f, ".end\n");
    fclose(f);
    assert_int_equal(tsp_asm_read(scratch(0), &image, &err), more ? TSP_EFORMAT : TSP_OK);
    tsp_image_free(image);
  }
  assert_contains(err.text, ":1028: queue vxm0 holds 1024 words");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_instructions_have_their_hand_packed_encodings),
      cmocka_unit_test(shorter_and_looser_forms_mean_the_same),
      cmocka_unit_test(a_wrong_instruction_is_refused_with_what_would_fit),
      cmocka_unit_test(floating_point_needs_a_configuration_that_has_it),
      cmocka_unit_test(text_of_any_word_gives_that_word_again),
      cmocka_unit_test(a_long_buffer_is_enough_and_a_short_one_is_safe),
      cmocka_unit_test(text_and_image_make_each_other_exactly),
      cmocka_unit_test(the_example_of_the_manual_assembles),
      cmocka_unit_test(numbers_of_every_type_become_little_endian_bytes),
      cmocka_unit_test(queues_may_come_in_any_order),
      cmocka_unit_test(broken_text_is_refused_with_file_line_and_cause),
      cmocka_unit_test(text_made_for_other_tables_is_refused_by_that_status),
      cmocka_unit_test(a_queue_holds_its_depth_and_not_one_word_more),
  };

  return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
