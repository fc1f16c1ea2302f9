// SPDX-License-Identifier: Apache-2.0
// ecc_diagnose: what is wrong with one superlane's part of a vector: 0 nothing; {2'b01, index} its data bit index;
// 10'h1ff a check bit; 10'h200 it cannot be corrected. Combinational.
// Degenerate: zero with en_i low, and always without ECC.
`default_nettype none

module ecc_diagnose #(
  parameter int Lanes = tsp_pkg::LANES
) (
  input  logic               en_i,
  input  logic [Lanes*8-1:0] data_i,
  input  logic [15:0]        check_i,
  output logic [9:0]         wrong_o
);
  localparam int Width  = Lanes * 8;
  localparam int Parity = tsp_pkg::CHECK_BITS > 0 ? tsp_pkg::CHECK_BITS - 1 : 0;

  wire [15:0] check;
  ecc_encode #(.Lanes(Lanes)) u_encode (.en_i, .data_i, .check_o(check));

  logic [15:0] differ;
  logic [7:0]  s;      // position of a single wrong bit
  logic [7:0]  index;  // of the data bit at that position: the powers of two below it hold check bits
  always_comb begin
    differ = '0;
    s = '0;
    index = '0;
    wrong_o = '0;
    if (tsp_pkg::ECC != 0 && en_i && check != check_i) begin
      differ = check ^ check_i;
      s = 8'(differ[7:0] & 8'((1 << Parity) - 1));
      index = s - 8'd3;
      for (int j = 2; j < 8; j++)
        if (32'(s) > (1 << j)) index = index - 8'd1;
      // The stored parity covers the stored check bits, the new one those made anew.
      if ((^s) == differ[Parity]) wrong_o = 10'h200;
      else if ((s & (s - 8'd1)) == '0) wrong_o = 10'h1ff;
      else if (32'(index) >= Width) wrong_o = 10'h200;
      else wrong_o = {2'b01, index};
    end
  end
endmodule

`default_nettype wire
