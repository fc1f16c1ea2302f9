// SPDX-License-Identifier: Apache-2.0
// ecc_encode: the check bits of Count words, each one superlane's part of a vector. Combinational.
// Degenerate: zero for a word with en_i low, at no cost if all are, and always without ECC.
`default_nettype none

module ecc_encode #(
  parameter int Lanes = tsp_pkg::LANES,
  parameter int Count = 1
) (
  input  logic [Count-1:0]         en_i,
  input  logic [Count*Lanes*8-1:0] data_i,
  output logic [Count*16-1:0]      check_o
);
  localparam int Width  = Lanes * 8;
  localparam int Low    = Width < 64 ? Width : 64;
  localparam int Parity = tsp_pkg::CHECK_BITS > 0 ? tsp_pkg::CHECK_BITS - 1 : 0;

  logic [Width-1:0] word;
  logic [63:0]      lo, hi;
  logic [7:0]       c;
  always_comb begin
    word = '0;
    lo = '0;
    hi = '0;
    c = '0;
    check_o = '0;
    if (tsp_pkg::ECC != 0 && |en_i)
      for (int k = 0; k < Count; k++)
        if (en_i[k]) begin
          word = data_i[Width*k +: Width];
          lo = 64'(word[0 +: Low]);
          if (Width > 64) hi = 64'(word[Width-Low +: Low]);
          c = {^(hi & ecc_pkg::HI7), (^(lo & ecc_pkg::LO6)) ^ (^(hi & ecc_pkg::HI6)),
          (^(lo & ecc_pkg::LO5)) ^ (^(hi & ecc_pkg::HI5)), (^(lo & ecc_pkg::LO4)) ^ (^(hi & ecc_pkg::HI4)),
          (^(lo & ecc_pkg::LO3)) ^ (^(hi & ecc_pkg::HI3)), (^(lo & ecc_pkg::LO2)) ^ (^(hi & ecc_pkg::HI2)),
          (^(lo & ecc_pkg::LO1)) ^ (^(hi & ecc_pkg::HI1)), (^(lo & ecc_pkg::LO0)) ^ (^(hi & ecc_pkg::HI0))};
          check_o[16*k +: 16] = {8'd0, c} | ({15'd0, (^lo) ^ (^hi) ^ (^c)} << Parity);
        end
  end
endmodule

`default_nettype wire
