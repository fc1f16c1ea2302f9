// SPDX-License-Identifier: Apache-2.0
// fp_pkg: IEEE 754 single precision, and half precision widened to it and narrowed from it (golden/README.md, numbers).
// Round to nearest even, subnormal operands and results, one NaN. Integer logic only: nothing depends on a simulator's
// reals. Functions of a package are compiled once for the whole chip; `no_inline_task` keeps them from being copied
// into every lane.
`default_nettype none

package fp_pkg;
  localparam logic [31:0] NAN = 32'h7fc00000;
  localparam logic [15:0] NAN_F16 = 16'h7e00;

  function automatic logic is_nan(input logic [31:0] x);
    is_nan = (&x[30:23]) && (|x[22:0]);
  endfunction

  // Order of two numbers, neither a NaN: with -0 before +0, and with both zeros equal.
  function automatic logic before_f32(input logic [31:0] a, input logic [31:0] b);
    before_f32 = $signed(a ^ {1'b0, {31{a[31]}}}) < $signed(b ^ {1'b0, {31{b[31]}}});
  endfunction
  function automatic logic equal_f32(input logic [31:0] a, input logic [31:0] b);
    equal_f32 = a == b || (a[30:0] | b[30:0]) == '0;
  endfunction
  function automatic logic less_f32(input logic [31:0] a, input logic [31:0] b);
    less_f32 = before_f32(a, b) && !equal_f32(a, b);
  endfunction

  // m scaled so that its bit 47 has the biased exponent `exponent`, rounded to fp32. Bit 0 of m may be sticky.
  // A zero m gives a zero.
  function automatic logic [31:0] round_f32(input logic s, input logic signed [10:0] exponent, input logic [47:0] m);
    /* verilator no_inline_task */
    logic sticky;
    logic signed [10:0] e;
    logic signed [10:0] d;  // places to the right for a subnormal result
    logic [47:0] p;         // normalised: the hidden bit in bit 47, unless the result is subnormal
    p = m;
    e = exponent;
    if (p[47:16] == '0) begin p = p << 32; e = e - 11'sd32; end
    if (p[47:32] == '0) begin p = p << 16; e = e - 11'sd16; end
    if (p[47:40] == '0) begin p = p << 8;  e = e - 11'sd8; end
    if (p[47:44] == '0) begin p = p << 4;  e = e - 11'sd4; end
    if (p[47:46] == '0) begin p = p << 2;  e = e - 11'sd2; end
    if (!p[47])         begin p = p << 1;  e = e - 11'sd1; end
    sticky = 1'b0;
    if (e < 11'sd1) begin
      d = 11'sd1 - e;
      if (d > 11'sd48) d = 11'sd48;
      sticky = |(p & ~(~48'd0 << d[5:0]));
      p = p >> d[5:0];
      e = 11'sd0;
    end
    sticky = sticky | (|p[22:0]);
    if (m == '0) round_f32 = {s, 31'd0};
    else if (e > 11'sd254) round_f32 = {s, 31'h7f800000};
    else round_f32 = {s, {e[7:0], p[46:24]} + {30'd0, p[23] & (p[24] | sticky)}};  // a carry moves into the exponent
  endfunction

  function automatic logic [31:0] add_f32(input logic [31:0] a, input logic [31:0] b);
    /* verilator no_inline_task */
    logic minus;
    logic [31:0] x, y;   // of greater, of lesser magnitude
    logic [7:0] e, d;    // exponent of x, places from x to y
    logic [26:0] m, n;   // significands with guard, round and sticky bits
    logic [27:0] sum;
    x = a;
    y = b;
    if (a[30:0] < b[30:0]) begin
      x = b;
      y = a;
    end
    minus = a[31] ^ b[31];
    e = (x[30:23] == '0) ? 8'd1 : x[30:23];
    d = e - ((y[30:23] == '0) ? 8'd1 : y[30:23]);
    m = {|x[30:23], x[22:0], 3'd0};
    n = {|y[30:23], y[22:0], 3'd0};
    if (d > 8'd27) d = 8'd27;
    n = (n >> d[4:0]) | {26'd0, |(n & ~(~27'd0 << d[4:0]))};
    sum = minus ? {1'b0, m} - {1'b0, n} : {1'b0, m} + {1'b0, n};
    if (is_nan(a) || is_nan(b)) add_f32 = NAN;
    else if (&x[30:23]) add_f32 = (minus && (&y[30:23])) ? NAN : x;
    else if (sum == '0) add_f32 = {x[31] & y[31], 31'd0};
    else add_f32 = round_f32(x[31], $signed({3'd0, e}) + 11'sd1, {sum, 20'd0});
  endfunction

  function automatic logic [31:0] mul_f32(input logic [31:0] a, input logic [31:0] b);
    /* verilator no_inline_task */
    logic s;
    logic [47:0] p;         // product of the significands
    logic signed [10:0] e;  // biased exponent of its bit 47
    s = a[31] ^ b[31];
    p = {24'd0, |a[30:23], a[22:0]} * {24'd0, |b[30:23], b[22:0]};
    e = $signed({3'd0, a[30:23]}) + $signed({3'd0, b[30:23]}) - 11'sd126
        + ((a[30:23] == '0) ? 11'sd1 : 11'sd0) + ((b[30:23] == '0) ? 11'sd1 : 11'sd0);
    if (is_nan(a) || is_nan(b)) mul_f32 = NAN;
    else if (&a[30:23]) mul_f32 = (b[30:0] == '0) ? NAN : {s, 31'h7f800000};
    else if (&b[30:23]) mul_f32 = (a[30:0] == '0) ? NAN : {s, 31'h7f800000};
    else mul_f32 = round_f32(s, e, p);
  endfunction

  function automatic logic [31:0] i32_to_f32(input logic [31:0] x);
    /* verilator no_inline_task */
    i32_to_f32 = round_f32(x[31], 11'sd158, {x[31] ? ~x + 32'd1 : x, 16'd0});
  endfunction

  // Rounded to nearest even, then saturated; 0 for NaN.
  function automatic logic [31:0] f32_to_i32(input logic [31:0] x);
    /* verilator no_inline_task */
    logic [7:0] e;
    logic [56:0] fixed;  // 32 integer bits, 25 fraction bits
    logic [31:0] n;
    e = x[30:23];
    fixed = {1'b1, x[22:0], 33'd0} >> (8'd158 - e);  // used for 126 <= e <= 157 only: nothing is shifted out
    n = fixed[56:25] + {31'd0, fixed[24] & (fixed[25] | (|fixed[23:0]))};
    if (is_nan(x) || e < 8'd126) f32_to_i32 = '0;
    else if (e > 8'd157) f32_to_i32 = x[31] ? 32'h80000000 : 32'h7fffffff;
    else if (x[31]) f32_to_i32 = ~n + 32'd1;
    else f32_to_i32 = n[31] ? 32'h7fffffff : n;
  endfunction

  function automatic logic [31:0] widen_f16(input logic [15:0] x);
    /* verilator no_inline_task */
    widen_f16 = {x[15], {3'd0, x[14:10]} + 8'd112, x[9:0], 13'd0};
    if (x[14:10] == '0) widen_f16 = round_f32(x[15], 11'sd113, {1'b0, x[9:0], 37'd0});
    if (&x[14:10]) widen_f16 = (|x[9:0]) ? NAN : {x[15], 31'h7f800000};
  endfunction

  function automatic logic [15:0] narrow_f16(input logic [31:0] x);
    /* verilator no_inline_task */
    logic sticky;
    logic [7:0] d;   // places to the right for a subnormal result
    logic [4:0] e;   // biased exponent
    logic [23:0] p;  // the hidden bit in bit 23, unless the result is subnormal
    e = 5'd0;
    p = {1'b1, x[22:0]};
    sticky = 1'b0;
    if (x[30:23] > 8'd112) begin
      e = 5'(x[30:23] - 8'd112);
    end else begin
      d = 8'd113 - x[30:23];
      if (d > 8'd24) d = 8'd24;
      sticky = |(p & ~(~24'd0 << d[4:0]));
      p = p >> d[4:0];
    end
    sticky = sticky | (|p[11:0]);
    if (is_nan(x)) narrow_f16 = NAN_F16;
    else if (x[30:23] > 8'd142) narrow_f16 = {x[31], 15'h7c00};
    else narrow_f16 = {x[31], {e, p[22:13]} + {14'd0, p[12] & (p[13] | sticky)}};
  endfunction
endpackage

`default_nettype wire
