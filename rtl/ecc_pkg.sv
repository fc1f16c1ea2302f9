// SPDX-License-Identifier: Apache-2.0
// ecc_pkg: the masks of SECDED over one superlane's part of a vector (golden/README.md, ECC): extended Hamming, data
// bit i at the i-th position from 3 on that is no power of two. Data of fewer than 128 bits are extended with zeros,
// whose positions follow those of the others: one set of masks serves 32, 64 and 128 bits. The last of CHECK_BITS check
// bits is the parity over everything. Check bits travel in 16 bits, the upper ones zero.
// Masks only: a call of a function would keep the simulator from sharing code between superlanes.
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
endpackage

`default_nettype wire
