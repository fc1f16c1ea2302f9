// SPDX-License-Identifier: Apache-2.0
// ecc_word: one superlane's part of a vector, corrected by its check bits. Combinational.
// Degenerate: with en_i low, or without ECC, the word passes as it is.
`default_nettype none

module ecc_word #(
  parameter int Lanes = tsp_pkg::LANES
) (
  input  logic               en_i,
  input  logic [Lanes*8-1:0] data_i,
  input  logic [15:0]        check_i,
  output logic [Lanes*8-1:0] data_o,
  output logic               bad_o,    // cannot be corrected
  output logic               fixed_o   // had one wrong bit
);
  localparam int Width = Lanes * 8;

  wire [9:0] wrong;
  ecc_diagnose #(.Lanes(Lanes)) u_diagnose (.en_i, .data_i, .check_i, .wrong_o(wrong));
  always_comb begin
    data_o = data_i;
    if (tsp_pkg::ECC != 0 && wrong[8]) data_o = data_i ^ (Width'(1'b1) << wrong[7:0]);
  end
  assign bad_o   = wrong[9];
  assign fixed_o = wrong[8];
endmodule

`default_nettype wire
