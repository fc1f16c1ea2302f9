// SPDX-License-Identifier: Apache-2.0
// ecc_pkg: SECDED over one superlane's part of a vector (golden/README.md, ECC): extended Hamming, data bit i at the
// i-th position from 3 on that is no power of two. Data of fewer than 128 bits are extended with zeros, whose positions
// follow those of the others: one set of masks serves 32, 64 and 128 bits. The last of CHECK_BITS check bits is the
// parity over everything. Check bits travel in 16 bits, the upper ones zero. Functions on 64-bit words, compiled once.
// Degenerate: without ECC nothing here is used.
`default_nettype none

package ecc_pkg;
  // Of the low and the high 64 data bits those whose position has bit j (bit 7: in the high half only).
  localparam logic [63:0] HI0 = 64'h55aaaaaaaaaaaaaa;
  localparam logic [63:0] HI1 = 64'h66cccccccccccccc;
  localparam logic [63:0] HI2 = 64'h78f0f0f0f0f0f0f0;
  localparam logic [63:0] HI3 = 64'h80ff00ff00ff00ff;
  localparam logic [63:0] HI4 = 64'h00ffff0000ffff00;
  localparam logic [63:0] HI5 = 64'h00ffffffff000000;
  localparam logic [63:0] HI6 = 64'h00ffffffffffffff;
  localparam logic [63:0] HI7 = 64'hff00000000000000;
  localparam logic [63:0] LO0 = 64'hab55555556aaad5b;
  localparam logic [63:0] LO1 = 64'hcd9999999b33366d;
  localparam logic [63:0] LO2 = 64'hf1e1e1e1e3c3c78e;
  localparam logic [63:0] LO3 = 64'h01fe01fe03fc07f0;
  localparam logic [63:0] LO4 = 64'h01fffe0003fff800;
  localparam logic [63:0] LO5 = 64'h01fffffffc000000;
  localparam logic [63:0] LO6 = 64'hfe00000000000000;

  // The Hamming check bits of data {hi, lo}, without parity.
  function automatic logic [7:0] hamming(input logic [63:0] lo, input logic [63:0] hi);
    hamming = {^(hi & HI7), ^((lo & LO6) ^ (hi & HI6)), ^((lo & LO5) ^ (hi & HI5)), ^((lo & LO4) ^ (hi & HI4)),
               ^((lo & LO3) ^ (hi & HI3)), ^((lo & LO2) ^ (hi & HI2)), ^((lo & LO1) ^ (hi & HI1)),
               ^((lo & LO0) ^ (hi & HI0))};
  endfunction

  // Number of the last check bit.
  function automatic int last();
    last = tsp_pkg::CHECK_BITS > 0 ? tsp_pkg::CHECK_BITS - 1 : 0;
  endfunction

  // Check bits of data {hi, lo}.
  function automatic logic [15:0] encode(input logic [63:0] lo, input logic [63:0] hi);
    /* verilator no_inline_task */
    logic [15:0] c;
    c = {8'd0, hamming(lo, hi)};
    encode = c | ({15'd0, (^lo) ^ (^hi) ^ (^c)} << last());
  endfunction

  // What is wrong with {hi, lo} and its check bits: 0 nothing; {2'b01, index} data bit index; {2'b01, 8'hff} a check
  // bit; {2'b10, 8'h00} cannot be corrected.
  function automatic logic [9:0] diagnose(input logic [63:0] lo, input logic [63:0] hi, input logic [15:0] check);
    /* verilator no_inline_task */
    logic [7:0] s;
    logic       odd;
    int         index;
    s = hamming(lo, hi) ^ (check[7:0] & 8'((1 << last()) - 1));
    odd = (^lo) ^ (^hi) ^ (^check[8:0]);
    index = 32'(s) - 3;  // data bits before position s: not the powers of two below it
    for (int j = 2; j < 8; j++)
      if (32'(s) > (1 << j)) index = index - 1;
    diagnose = 10'h000;
    if (odd) begin
      if ((s & (s - 8'd1)) == '0) diagnose = 10'h1ff;
      else if (index >= 8 * tsp_pkg::LANES) diagnose = 10'h200;
      else diagnose = {2'b01, 8'(index)};
    end else if (s != '0) begin
      diagnose = 10'h200;
    end
  endfunction
endpackage

`default_nettype wire
