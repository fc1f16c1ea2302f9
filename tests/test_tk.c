// SPDX-License-Identifier: Apache-2.0
// test_tk.c: kernel text means what KERNELS.md says, errors name place and remedy, hostile text does no harm.
#include "rng.h"
#include "tsp_graph.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka needs the four above first */
#include <cmocka.h>

static char folder[] = "/tmp/tsp_tk_XXXXXX";

static uint64_t seed(void)
{
  const char *s = getenv("TSP_SEED");
  return s ? strtoull(s, NULL, 0) : 1;
}

static tsp_graph *parse(const char *text)
{
  tsp_error err = {""};
  tsp_graph *g = tsp_graph_parse(text, "k.tk", folder, NULL, &err);
  if (!g)
    fail_msg("%s", err.text);
  return g;
}

static char *dump(const tsp_graph *g, void (*to)(const tsp_graph *, FILE *))
{
  char *text = NULL;
  size_t size = 0;
  FILE *f = open_memstream(&text, &size);
  to(g, f);
  fclose(f);
  return text;
}

static void check_dump(const char *text, const char *expected)
{
  tsp_graph *g = parse(text);
  char *d = dump(g, tsp_graph_dump);
  assert_string_equal(d, expected);
  free(d);
  tsp_graph_free(g);
}

static void a_kernel_reads_as_its_graph(void **state)
{
  (void)state;
  check_dump("# a comment\n"
             "kernel small # another\n\n"
             "param T = 2 * 8\n"
             "input x : f16[T, 6] in -4..4\n"
             "const w : f16[6, T / 2] = 0.5\n"
             "y = max(matmul(x, w) * 2 - 1, 0)\n"
             "z = -y[0:T/2, 1:3]\n"
             "output z within 1e-3 + 0.5%\n",
             "graph small: 12 tensors\n"
             "  #0    f16[16, 6] x = input   ; 5:7\n"
             "  #1    f16[6, 8] w = const   ; 6:7\n"
             "  #2    f32[16, 8] = matmul #0:x #1:w   ; 7:9\n"
             "  #3    f32[1] = const   ; 7:24\n"
             "  #4    f32[16, 8] = mul #2 #3   ; 7:22\n"
             "  #5    f32[1] = const   ; 7:28\n"
             "  #6    f32[16, 8] = sub #4 #5   ; 7:26\n"
             "  #7    f32[1] = const   ; 7:31\n"
             "  #8    f32[16, 8] y = max #6 #7   ; 7:5\n"
             "  #9    f32[8, 8] = slice #8:y axis 0 from 0   ; 8:7\n"
             "  #10   f32[8, 2] = slice #9 axis 1 from 1   ; 8:7\n"
             "  #11   f32[8, 2] z = neg #10 -> output z   ; 8:5\n");
}

#define HEAD "kernel k\ninput x : f16[4, 6]\ninput b : i8[4, 6]\n"

static void operators_bind_as_in_arithmetic(void **state)
{
  (void)state;
  tsp_graph *g =
      parse("kernel k\nconst a : i32[1] = 2 + 3 * 4 - 10 / 4 * 2\nconst b : i32[1] = -(2 - 5) - -1\n"
            "const c : i32[3] = [7 < 8, 2 * 3 >= 7, 4 / 2 == 2]\nconst d : f32[1] = 1 / sqrt(16)\ny = -a\noutput y\n");
  static const int32_t c[] = {1, 0, 1};
  static const float d = 0.25;
  assert_int_equal(tsp_graph_node(g, 0)->data[0], 9);
  assert_int_equal(tsp_graph_node(g, 1)->data[0], 4);
  assert_memory_equal(tsp_graph_node(g, 2)->data, c, sizeof c);
  assert_memory_equal(tsp_graph_node(g, 3)->data, &d, sizeof d);
  tsp_graph_free(g);
}

static void every_function_makes_its_operation(void **state)
{
  static const struct {
    const char *call;
    int op;
  } f[] = {{"neg(x)", TSP_G_NEG},
           {"abs(x)", TSP_G_ABS},
           {"relu(b)", TSP_G_RELU},
           {"exp(x)", TSP_G_EXP},
           {"tanh(x)", TSP_G_TANH},
           {"rsqrt(x)", TSP_G_RSQRT},
           {"recip(x)", TSP_G_RECIP},
           {"sqrt(x)", TSP_G_SQRT},
           {"sigmoid(x)", TSP_G_SIGMOID},
           {"silu(x)", TSP_G_SILU},
           {"gelu(x)", TSP_G_GELU},
           {"softmax(x)", TSP_G_SOFTMAX},
           {"min(1, x)", TSP_G_MIN},
           {"max(x, x)", TSP_G_MAX},
           {"max(x, axis = -1)", TSP_G_REDUCE_MAX},
           {"min(x, axis = 0)", TSP_G_NEG},
           {"sum(x, axis = 1)", TSP_G_REDUCE_SUM},
           {"mean(x, axis = 1)", TSP_G_MUL},
           {"shr(b, 2)", TSP_G_SHR},
           {"b >> 2", TSP_G_SAR},
           {"b << 2", TSP_G_SHL},
           {"b & 2 | 4 ^ b", TSP_G_OR},
           {"select(x <= 0, 0, x)", TSP_G_SELECT},
           {"cast(x, i32)", TSP_G_CAST},
           {"matmul(x, transpose(x))", TSP_G_MATMUL},
           {"transpose(x, [1, 0])", TSP_G_TRANSPOSE},
           {"reshape(x, [2, 12])", TSP_G_RESHAPE},
           {"broadcast(x, [3, 4, 6])", TSP_G_BROADCAST},
           {"concat(x, x, axis = 0)", TSP_G_CONCAT},
           {"take(x, [0..3, 3, 1], axis = 0)", TSP_G_TAKE},
           {"gather(x, i)", TSP_G_GATHER},
           {"scatter(s, i[0:1], x[0:2, :])", TSP_G_SCATTER},
           {"rmsnorm(x, 1)", TSP_G_RMSNORM},
           {"layernorm(x, x, 0.5, eps = 1e-6)", TSP_G_LAYERNORM},
           {"rope(x, x[:, 0:3], x[0:1, 3:6])", TSP_G_ROPE},
           {"quantize(x, 0.25)", TSP_G_QUANTIZE},
           {"dequantize(b, 0.25)", TSP_G_DEQUANTIZE},
           {"attention(q, q, q, scale = 1 / sqrt(6), causal = true, mask = 0)", TSP_G_ATTENTION},
           {"x / 2", TSP_G_DIV},
           {"x == x", TSP_G_EQ},
           {"x > 2", TSP_G_LT}};
  (void)state;
  for (size_t i = 0; i < sizeof f / sizeof *f; i++) {
    char text[512];
    snprintf(text, sizeof text,
             HEAD "input i : i16[3, 1]\nstate s : f16[8, 6]\nq = reshape(x, [2, 2, 6])\ny = %s\noutput y\n", f[i].call);
    tsp_graph *g = parse(text);
    int y = tsp_graph_count(g) - 1;
    if (tsp_graph_node(g, y)->op == TSP_G_RESHAPE && f[i].op == TSP_G_SCATTER)
      y--; /* the output's own place */
    if (tsp_graph_node(g, y)->op != f[i].op)
      fail_msg("%s made %s", f[i].call, tsp_graph_op_name(tsp_graph_node(g, y)->op));
    tsp_graph_free(g);
  }
}

/* What follows HEAD, where the error is (0: at the text's end), and what it says. */
static const struct {
  const char *text;
  const char *says;
} broken[] = {
    {"y = x + b\n", "k.tk:4:7: add: x f16[4, 6] and b i8[4, 6] have different types: cast one of them"},
    {"y = x[0:5]\n", "k.tk:4:6: slice: 5 elements from 0 of axis 0 of x f16[4, 6]: it has 0 to 3"},
    {"y = matmul(x, x)\n",
     "k.tk:4:5: matmul: x f16[4, 6] and x f16[4, 6] differ in the inner size: a second operand [.., 6, 6]"},
    {"y = x +\n", "k.tk:4:8: a tensor or a number is expected, found the end of the line"},
    {"y = (x\n", "k.tk:5:1: ')' is expected, found the end of the text"},
    {"y = z\n", "k.tk:4:5: 'z' is not known here"},
    {"x = b\n", "k.tk:4:1: 'x' stands for something already, since line 2"},
    {"f16 = b\n", "'f16' is a word of the language"},
    {"y = b + 0.5\n", "k.tk:4:9: 0.5 is no i8: an integer would fit"},
    {"y = b + 200\n", "200 is beyond the range of i8"},
    {"y = f(x)\n", "k.tk:4:5: there is no function 'f'"},
    {"y = exp(x, x)\n", "exp takes 1 to 1 arguments without a name, not 2"},
    {"y = exp(x, axis = 1)\n", "k.tk:4:12: exp has no argument axis"},
    {"y = sum(x)\n", "k.tk:4:5: sum: axis = .. is missing"},
    {"y = sum(x, axis = 7)\n", "axis 7; 0 to 1, or from the last: -1 to -2, would fit"},
    {"y = sum(axis = 1, x)\n", "an argument without a name stands behind one with a name"},
    {"y = cast(x, 3)\n", "k.tk:4:13: cast takes a type here"},
    {"y = reshape(x, 24)\n", "k.tk:4:16: reshape takes a list here, for example [64, 16]"},
    {"y = x 3\n", "k.tk:4:7: the end of the line is expected, found '3'"},
    {"y = x $ 3\n", "k.tk:4:7: '$' begins nothing known here"},
    {"y = 12ab\n", "k.tk:4:5: '12a' is no number"},
    {"y = 1e999\n", "'1e999' is no number"},
    {"y = 1 / 0\n", "1 / 0 has no value"},
    {"output y\n", "k.tk:4:8: 'y' is not known here"},
    {"output x\n", "k.tk:4:8: output x: the name is taken by x f16[4, 6]"},
    {"input y : f64[2]\n", "k.tk:4:11: a type (i8, i16, i32, f16 or f32) is expected, found 'f64'"},
    {"input y : f32[0]\n", "k.tk:4:15: a size of 0; 1 at least would fit"},
    {"input y : f32[2.5]\n", "k.tk:4:15: a size is 2.5; an integer from 0 to"},
    {"input y : f32[-1]\n", "a size is -1; an integer"},
    {"input y : f32[1,2,3,4,5]\n", "a shape of more than 4 sizes"},
    {"input y : f32[99999, 99999]\n", "k.tk:4:7: input y: shape [99999, 99999]"},
    {"input y : f32[4] in 3..2\n", "k.tk:4:21: input y f32[4]: no values in 3..2"},
    {"const y : f32[4]\n", "k.tk:4:17: '=' and the contents of the constant is expected"},
    {"const y : i8[4] = [1, 2, 3]\n", "3 elements in the list; 4 would fit"},
    {"const y : i8[4] = [1, 2, 3, 4, 5]\n", "5 elements in the list; 4 would fit"},
    {"const y : i8[4] = [1, 2, 3, 128]\n", "k.tk:4:29: 128 is no i8"},
    {"const y : i8[4] = file(\"none\")\n", "k.tk:4:19: none cannot be read, neither beside the kernel text nor"},
    {"const y : i8[4] = uniform(1, 5, 2)\n", "no values in 5..2"},
    {"const y : f32[99999, 1024] = zeros\nconst z : f32[99999, 1024] = zeros\nconst v : f32[99999, 1024] = zeros\n",
     "take more than"},
    {"y = take(x, [0..4000000000], axis = 0)\n", "a range 0..4000000000"},
    {"y = \"text\"\n", "a tensor or a number is expected, found '\"text\"'"},
    {"y = \"text\n", "the closing \" is missing"},
    {"y = [1, 2]\n", "k.tk:4:5: a name stands for a tensor or a number"},
    {"output b within x\n", "a number is expected, found 'x'"},
    {"y = x\n", "k.tk:5:1: nothing comes out: there is no output and no scatter"},
};

static void errors_name_the_place_and_what_would_fit(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
    char text[512];
    tsp_error err = {""};
    snprintf(text, sizeof text, HEAD "%s", broken[i].text);
    tsp_graph *g = tsp_graph_parse(text, "k.tk", folder, NULL, &err);
    if (g || !strstr(err.text, broken[i].says))
      fail_msg("%s says '%s', not '%s'", broken[i].text, err.text, broken[i].says);
  }
}

static void parameters_can_be_set_from_outside(void **state)
{
  static const char text[] = "kernel k\nparam T = 4\nparam D = 2 * T\ninput x : i8[T, D]\ny = -x\noutput y\n";
  static const struct {
    const char *set[3];
    const char *says;
  } wrong[] = {{{"T=0"}, "k.tk:4:14: a size of 0"},
               {{"T=4x"}, "T=4x is no number"},
               {{"T=8", "U=1"}, "there is no parameter for U=1"},
               {{"T"}, "there is no parameter for T"}};
  tsp_error err = {""};
  (void)state;
  tsp_graph *g = tsp_graph_parse(text, "k.tk", "", (const char *const[]){"T=7", "D=3", NULL}, &err);
  assert_non_null(g);
  assert_int_equal(tsp_graph_node(g, 0)->shape[0], 7);
  assert_int_equal(tsp_graph_node(g, 0)->shape[1], 3);
  tsp_graph_free(g);
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    assert_null(tsp_graph_parse(text, "k.tk", "", wrong[i].set, &err));
    if (!strstr(err.text, wrong[i].says))
      fail_msg("'%s' does not say '%s'", err.text, wrong[i].says);
  }
}

static void contents_are_seeded_and_exact(void **state)
{
  (void)state;
  tsp_graph *g =
      parse("kernel k\nconst a : i16[5] = iota\nconst b : f32[64, 64] = normal(7, 0.5)\n"
            "const c : f32[64, 64] = normal(7, 0.5)\nconst d : i8[1000] = uniform(3, -2, 2)\n"
            "const e : f32[2, 2] = [[1, -2],\n  [inf, 0x10]]\nconst f : f32[3, 2] = rope_cos(100)\ny = -a\noutput y\n");
  static const int16_t a[] = {0, 1, 2, 3, 4};
  static const float e[] = {1, -2, 1.0f / 0.0f, 16};
  double sum = 0, squares = 0;
  int seen[5] = {0};
  assert_memory_equal(tsp_graph_node(g, 0)->data, a, sizeof a);
  assert_memory_equal(tsp_graph_node(g, 1)->data, tsp_graph_node(g, 2)->data, 64 * 64 * 4);
  for (int i = 0; i < 64 * 64; i++) {
    float v;
    memcpy(&v, tsp_graph_node(g, 1)->data + 4 * i, 4);
    sum += (double)v;
    squares += (double)v * (double)v;
  }
  assert_true(sum / 4096 > -0.05 && sum / 4096 < 0.05 && squares / 4096 > 0.22 && squares / 4096 < 0.28);
  for (int i = 0; i < 1000; i++) {
    int v = (int8_t)tsp_graph_node(g, 3)->data[i];
    assert_true(v >= -2 && v <= 2);
    seen[v + 2]++;
  }
  for (int i = 0; i < 5; i++)
    assert_true(seen[i] > 100);
  assert_memory_equal(tsp_graph_node(g, 4)->data, e, sizeof e);
  float f[6];
  memcpy(f, tsp_graph_node(g, 5)->data, sizeof f);
  static const float cosine[] = {1, 1, 0.540302f, 0.995004f, -0.416147f, 0.980067f};
  for (int i = 0; i < 6; i++)
    assert_float_equal(f[i], cosine[i], 1e-6);
  tsp_graph_free(g);
}

static void put(const char *name, const void *bytes, size_t n)
{
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, n, f), n);
  fclose(f);
}

static void put_npy(const char *header, const void *bytes, size_t n)
{
  uint8_t file[1024] = "\x93NUMPY\1";
  size_t length = strlen(header);
  file[8] = (uint8_t)length;
  file[9] = (uint8_t)(length >> 8);
  memcpy(file + 10, header, length);
  memcpy(file + 10 + length, bytes, n);
  put("w.npy", file, 10 + length + n);
}

static void check_file(const char *contents, const char *says)
{
  char text[256];
  tsp_error err = {""};
  snprintf(text, sizeof text, "kernel k\nconst w : f16[2, 3] = %s\ny = -w\noutput y\n", contents);
  assert_null(tsp_graph_parse(text, "k.tk", folder, NULL, &err));
  if (!strstr(err.text, says))
    fail_msg("%s: '%s', not '%s'", contents, err.text, says);
}

#define NPY "{'descr': '<f2', 'fortran_order': False, 'shape': (2, 3), }\n"
static void files_are_raw_or_npy_and_must_fit(void **state)
{
  static const uint16_t half[] = {0x3c00, 0x4000, 0xbc00, 0, 0x7bff, 0x3555};
  static const float single[] = {7, 1, 2, -1, 0, 65504, 0.33325195f};
  (void)state;
  put("w.bin", half, sizeof half);
  put("w32.bin", single, sizeof single);
  check_file("file(\"w.bin\", from = f32)", "w.bin ends after 3 of 6 elements of f32");
  check_file("file(\"w.bin\", offset = 2)", "w.bin ends after 5 of 6 elements of f16");
  check_file("file(\"w32.bin\")", "w32.bin holds more than the tensor's 6 elements");
  check_file("file(\"w32.bin\", size = 3)", "a file has 'from' and 'offset' only");
  put_npy(NPY, half, sizeof half - 1);
  check_file("file(\"w.npy\")", "w.npy ends after 5 of 6 elements");
  put_npy("{'descr': '<f2', 'fortran_order': False, 'shape': (3, 2), }\n", half, sizeof half);
  check_file("file(\"w.npy\")", "w.npy has shape (3, 2); the tensor's is [2, 3]");
  put_npy("{'descr': '<f2', 'fortran_order': True, 'shape': (2, 3), }\n", half, sizeof half);
  check_file("file(\"w.npy\")", "stored column by column");
  put_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }\n", half, sizeof half);
  check_file("file(\"w.npy\")", "elements of type '<f8'");
  put_npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", single, 24);
  check_file("file(\"w.npy\")", "w.npy holds f32, the tensor f16; from = f32 converts, with rounding");
  put_npy("{}", half, sizeof half);
  check_file("file(\"w.npy\")", "its header lacks");
  put("w.npy", "\x93NUMPY\1\0\xff\xff{", 11);
  check_file("file(\"w.npy\")", "its header of 65535 bytes is cut off");
  put("w.npy", "PNG", 3);
  check_file("file(\"w.npy\")", "is no .npy file");
}

static void file_contents_arrive_in_the_tensor(void **state)
{
  static const uint16_t half[] = {0x3c00, 0x4000, 0xbc00, 0, 0x7bff, 0x3555};
  static const float single[] = {7, 1, 2, -1, 0, 65504, 0.33325195f};
  (void)state;
  put("w.bin", half, sizeof half);
  put("w32.bin", single, sizeof single);
  put_npy(NPY, half, sizeof half);
  tsp_graph *g = parse("kernel k\nconst a : f16[2, 3] = file(\"w.bin\")\nconst b : f16[2, 3] = file(\"w.npy\")\n"
                       "const c : f16[2, 3] = file(\"w32.bin\", from = f32, offset = 4)\ny = a + b + c\noutput y\n");
  for (int i = 0; i < 3; i++)
    assert_memory_equal(tsp_graph_node(g, i)->data, half, sizeof half);
  tsp_graph_free(g);
}

static void what_stands_in_for_a_missing_file_is_said(void **state)
{
  static const uint16_t half[] = {0x3c00, 0x4000, 0xbc00, 0, 0x7bff, 0x3555};
  (void)state;
  put("w.bin", half, sizeof half);
  tsp_graph *g = parse("kernel k\nconst a : f16[6] = file(\"w.bin\") or 3\ny = -a\noutput y\n");
  assert_null(tsp_graph_missing(g));
  assert_memory_equal(tsp_graph_node(g, 0)->data, half, sizeof half);
  tsp_graph_free(g);
  g = parse("kernel k\nconst a : f16[2] = file(\"absent\", offset = 4) or [1, 2]\ny = -a\noutput y\n");
  assert_string_equal(tsp_graph_missing(g), "absent");
  assert_memory_equal(tsp_graph_node(g, 0)->data, half, 4);
  tsp_graph_free(g);
}

static void written_text_reads_back_as_the_same_graph(void **state)
{
  (void)state;
  tsp_graph *g = parse("kernel k\ninput x : f16[2, 4, 6] in -1..1\ninput i : i16[1, 1] in 0..3 = 2\n"
                       "const c : f16[3] = [0.1, -inf, nan]\nstate s : f16[8, 6] = normal(1, 1)\n"
                       "a = attention(x, x, x, scale = 0.3, causal = true) * 2\n"
                       "b = cast(a[1:2, :, 2:5], f16) / c\n"
                       "d = scatter(s, i, reshape(x[0:1, 0:2], [2, 6]))\n"
                       "output b within 0.001 + 1%\noutput d\n"
                       "z = transpose(take(x, [3, 1], axis = 1)) > 0\noutput z\n"
                       "r = rope(rmsnorm(x, 2, eps = 1e-6), c, c)\n"
                       "v = reshape(concat(r, max(r, axis = 1), axis = 1), [60])\noutput v\n");
  char *first = dump(g, tsp_graph_write);
  tsp_graph *again = parse(first);
  char *second = dump(again, tsp_graph_write);
  assert_string_equal(first, second);
  assert_int_equal(tsp_graph_count(g), tsp_graph_count(again));
  for (int n = 0; n < tsp_graph_count(g); n++) {
    const tsp_node *a = tsp_graph_node(g, n), *b = tsp_graph_node(again, n);
    assert_int_equal(a->op, b->op);
    assert_int_equal(a->type, b->type);
    assert_memory_equal(a->shape, b->shape, sizeof a->shape);
    assert_int_equal(!a->data, !b->data);
    if (a->data)
      assert_memory_equal(a->data, b->data, tsp_node_elements(a) * (uint64_t)tsp_type_size(a->type));
    assert_true(a->number == b->number && a->within == b->within && a->low == b->low);
  }
  free(first);
  free(second);
  tsp_graph_free(g);
  tsp_graph_free(again);
}

static const char seed_text[] =
    "kernel k # comment\nparam T = 4\ninput x : f16[T, 6] in -1..1\nconst w : f16[6, T * 2] = normal(1, 0.5)\n"
    "state s : f32[8, 8] = uniform(9, -1, 1)\nconst l : i8[2, 2] = [[1, 2], [-3, 0x7f]]\nconst f : f16[6] = "
    "file(\"w.bin\", "
    "offset = 0)\n"
    "y = softmax(matmul(x, w) * (1 / sqrt(T)))[0:2, :] / 3\n"
    "z = take(reshape(x, [2, 2, 6]), [1, 0, 0..1], axis = -2) + 1\n"
    "a = attention(z, z, z, scale = 0.5, causal = true)\noutput y within 1e-3 + 0.5%\noutput a\n";

/* A token of the text copied, dropped or replaced, a byte changed, the end cut off. */
static void mutate(char *text, size_t room, tsp_rng *r)
{
  static const char *const pieces[] = {
      "(",      ")",       "[",   "]",  ",",    "..",       "=",          "-",      "1e9",        "4294967296",
      "0",      "x",       "f16", "\n", "\"",   "softmax(", "in ",        ": ",     "((((((((((", "[[[[[[[[[[",
      "------", "9999999", "%",   "#",  "\xff", "state ",   "output x\n", "1e-400", "0x",         ".5"};
  size_t n = strlen(text), at = (size_t)rng_range(r, 0, (int64_t)n), cut = (size_t)rng_range(r, 0, 8);
  const char *piece = pieces[rng_next(r) % (sizeof pieces / sizeof *pieces)];
  size_t p = strlen(piece);
  switch (rng_next(r) % 5) {
  case 0: text[at] = (char)rng_range(r, 1, 127); break;
  case 1: memmove(text + at, text + (at + cut < n ? at + cut : n), n - (at + cut < n ? at + cut : n) + 1); break;
  case 2:
    if (rng_next(r) % 8 == 0 && at > 0)
      text[at] = 0;
    break;
  default:
    if (n + p + 1 < room) {
      memmove(text + at + p, text + at, n - at + 1);
      memcpy(text + at, piece, p);
    }
  }
}

static void mutated_text_gives_a_graph_or_an_error(void **state)
{
  (void)state;
  tsp_rng r = {seed()};
  int read = 0;
  put("w.bin", "0123456789ab", 12);
  for (int i = 0; i < 30000; i++) {
    char text[4096];
    tsp_error err = {""};
    strcpy(text, seed_text);
    for (int64_t k = rng_range(&r, 1, 4); k > 0; k--)
      mutate(text, sizeof text, &r);
    tsp_graph *g = tsp_graph_parse(text, "k.tk", folder, NULL, &err);
    assert_true(g || strncmp(err.text, "k.tk:", 5) == 0);
    read += g != NULL;
    tsp_graph_free(g);
  }
  assert_true(read > 300 && read < 29000);
}

static void depth_and_length_are_limited(void **state)
{
  (void)state;
  enum { LONG = 3 << 20 };
  char *text = malloc(LONG + 1);
  tsp_error err = {""};
  memset(text, '(', LONG);
  text[LONG] = 0;
  assert_null(tsp_graph_parse(text, "k.tk", "", NULL, &err));
  assert_non_null(strstr(err.text, "a text of more than 1048576 bytes"));
  memset(text, '(', 1 << 20);
  text[1 << 20] = 0;
  memcpy(text, "kernel k\ny = ", 13);
  assert_null(tsp_graph_parse(text, "k.tk", "", NULL, &err));
  assert_non_null(strstr(err.text, "nested more than 100 deep; name parts of it"));
  for (int i = 13; i < 1 << 20; i++)
    text[i] = '-';
  assert_null(tsp_graph_parse(text, "k.tk", "", NULL, &err));
  assert_non_null(strstr(err.text, "nested more than 100 deep"));
  free(text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_kernel_reads_as_its_graph),
      cmocka_unit_test(operators_bind_as_in_arithmetic),
      cmocka_unit_test(every_function_makes_its_operation),
      cmocka_unit_test(errors_name_the_place_and_what_would_fit),
      cmocka_unit_test(parameters_can_be_set_from_outside),
      cmocka_unit_test(contents_are_seeded_and_exact),
      cmocka_unit_test(files_are_raw_or_npy_and_must_fit),
      cmocka_unit_test(file_contents_arrive_in_the_tensor),
      cmocka_unit_test(what_stands_in_for_a_missing_file_is_said),
      cmocka_unit_test(written_text_reads_back_as_the_same_graph),
      cmocka_unit_test(mutated_text_gives_a_graph_or_an_error),
      cmocka_unit_test(depth_and_length_are_limited),
  };
  if (!mkdtemp(folder))
    return 1;
  printf("seed %llu (TSP_SEED=<n> replays)\n", (unsigned long long)seed());
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  static const char *const file[] = {"w.bin", "w32.bin", "w.npy"};
  for (size_t i = 0; i < sizeof file / sizeof *file; i++) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, file[i]);
    unlink(path);
  }
  rmdir(folder);
  return failed;
}
