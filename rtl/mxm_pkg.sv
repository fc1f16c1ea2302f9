// SPDX-License-Identifier: Apache-2.0
// mxm_pkg: from the exact sum of fp16 products to fp32 (golden/README.md, numbers).
// Such a sum counts units of 2^-48, which is the product of two least subnormals, and is kept as low + 2^32 * high. A
// product has 22 bits and is shifted by 0 to 58 places: by at most 31 in either part, so that 1,024 of them fit.
`default_nettype none

package mxm_pkg;
  localparam logic signed [10:0] HIGH = 11'sd170;  // exponent of bit 91 of a sum

  // The sum rounded once; minus, plus and nan tell which of -inf, +inf and NaN were among the products.
  function automatic logic [31:0] sum_f32(input logic signed [63:0] low, input logic signed [63:0] high,
                                          input logic minus, input logic plus, input logic nan);
    /* verilator no_inline_task */
    logic signed [63:0] top;  // the sum, then its magnitude, is top * 2^32 + rest, below 2^90
    logic [31:0] rest;
    logic [47:0] m;           // 48 bits of it with at least 26 significant ones, if it has as many
    logic signed [10:0] e;    // exponent of m's bit 47
    logic negative;
    top = high + (low >>> 32);
    rest = low[31:0];
    negative = top[63];
    if (negative) begin
      top = ~top;
      rest = ~rest + 32'd1;
      if (rest == '0) top = top + 64'sd1;
    end
    if (top[63:38] != '0) begin
      m = {top[59:13], top[12] | (|top[11:0]) | (|rest)};
      e = HIGH;
    end else if (top[37:16] != '0) begin
      m = {top[37:0], rest[31:23], rest[22] | (|rest[21:0])};
      e = HIGH - 11'sd22;
    end else begin
      m = {top[15:0], rest};
      e = HIGH - 11'sd44;
    end
    if (nan || (plus && minus)) sum_f32 = fp_pkg::NAN;
    else if (plus || minus) sum_f32 = {minus, 31'h7f800000};
    else sum_f32 = fp_pkg::round_f32(negative, e, m);
  endfunction
endpackage

`default_nettype wire
