/* SPDX-License-Identifier: Apache-2.0 */
/* specialgen.c - prints golden/special.def: for every segment of a special function the cubic through its values at the
 * four Chebyshev points, rounded to units of 2^-32. `make special-def` runs it; its output is part of the source, since
 * another host's long double functions may round a coefficient differently. */
#include <math.h>
#include <stdio.h>

enum { POINTS = 4, ROWS = 296 };
static const long double PI = 3.141592653589793238462643383279502884L;

typedef struct {
  const char *name;
  int rows;
  long double (*value)(int row, long double d); /* d in 0..1: position in the segment */
} table;

static long double recip(int row, long double d)
{
  return 1 / (1 + ((long double)row + d) / 64);
}

static long double rsqrt(int row, long double d)
{
  return 1 / sqrtl((1 + ((long double)(row % 32) + d) / 32) * (row < 32 ? 1 : 2));
}

static long double exponential(int row, long double d)
{
  return exp2l(((long double)row + d) / 32) / 2;
}

/* The first 32 segments hold tanh(x)/x up to 1, the others tanh(x) in the octaves from 1 to 8 and from 8 to 10. */
static long double hyperbolic(int row, long double d)
{
  long double x = ((long double)(row % 32) + d) / 32;

  return row < 32 ? tanhl(x) / x : tanhl(ldexpl(1 + x, row / 32 - 1));
}

/* Divided differences, then the Newton form multiplied out. */
static void fit(const table *t, int row, long long c[POINTS])
{
  long double x[POINTS], y[POINTS], p[POINTS] = {0};

  for (int k = 0; k < POINTS; k++) {
    x[k] = (1 - cosl(PI * (2 * k + 1) / (2 * POINTS))) / 2;
    y[k] = t->value(row, x[k]);
  }
  for (int level = 1; level < POINTS; level++)
    for (int k = POINTS - 1; k >= level; k--)
      y[k] = (y[k] - y[k - 1]) / (x[k] - x[k - level]);
  for (int k = POINTS - 1; k >= 0; k--) {
    for (int j = POINTS - 1; j > 0; j--)
      p[j] = p[j - 1] - x[k] * p[j];
    p[0] = y[k] - x[k] * p[0];
  }
  for (int k = 0; k < POINTS; k++)
    c[k] = llroundl(ldexpl(p[k], 32));
}

/* How many bits hold every value of a coefficient, with a sign if one is negative. */
static int width(const long long *c, int stride, int n)
{
  int bits = 1;
  int is_signed = 0;

  for (int i = 0; i < n; i++) {
    long long v = c[i * stride];

    is_signed |= v < 0;
    while ((v < 0 ? ~v : v) >> bits)
      bits++;
  }
  return bits + is_signed;
}

int main(void)
{
  static const table tables[] = {
      {"RECIP", 64, recip}, {"RSQRT", 64, rsqrt}, {"EXP", 32, exponential}, {"TANH", 136, hyperbolic}};
  static const char *const macros[] = {"LOG2E", "BITS", "TABLE", "ROW"};
  static long long c[ROWS][POINTS];
  int row = 0;

  for (int t = 0; t < 4; t++)
    for (int i = 0; i < tables[t].rows; i++)
      fit(&tables[t], i, c[row++]);
  printf(
      "/* SPDX-License-Identifier: Apache-2.0 */\n"
      "/* special.def - tables of the special functions (golden/README.md, special functions). Printed by specialgen.\n"
      " *\n"
      " * TSP_SPECIAL_LOG2E(value)              log2(e) in units of 2^-38: 39 bits\n"
      " * TSP_SPECIAL_BITS(name, bits)          of a coefficient; C0 is unsigned, the others have a sign\n"
      " * TSP_SPECIAL_TABLE(name, first, rows)  the rows of a function: first .. first + rows - 1\n"
      " * TSP_SPECIAL_ROW(c0, c1, c2, c3)       coefficients of a segment in units of 2^-32, rows in order\n"
      " * Macros that are not defined expand to nothing; all are undefined at the end.\n"
      " */\n");
  for (int k = 0; k < 4; k++)
    printf("#ifndef TSP_SPECIAL_%s\n#define TSP_SPECIAL_%s(...)\n#endif\n", macros[k], macros[k]);
  printf("TSP_SPECIAL_LOG2E(%lld)\n", llroundl(ldexpl(1 / logl(2), 38)));
  for (int k = 0; k < POINTS; k++)
    printf("TSP_SPECIAL_BITS(C%d, %d)\n", k, width(&c[0][k], POINTS, ROWS));
  row = 0;
  for (int t = 0; t < 4; row += tables[t++].rows)
    printf("TSP_SPECIAL_TABLE(%s, %d, %d)\n", tables[t].name, row, tables[t].rows);
  for (row = 0; row < ROWS; row++)
    printf("TSP_SPECIAL_ROW(%lld, %lld, %lld, %lld)\n", c[row][0], c[row][1], c[row][2], c[row][3]);
  for (int k = 0; k < 4; k++)
    printf("#undef TSP_SPECIAL_%s\n", macros[k]);
  return 0;
}
