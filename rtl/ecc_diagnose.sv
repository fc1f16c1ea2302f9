// SPDX-License-Identifier: Apache-2.0
// ecc_diagnose: what is wrong with each of Count words, each one superlane's part of a vector: 0 nothing;
// {2'b01, index} its data bit index; 10'h1ff a check bit; 10'h200 it cannot be corrected. Combinational.
// Degenerate: zero for a word with en_i low, at no cost if all are, and always without ECC.
`default_nettype none

module ecc_diagnose #(
  parameter int Lanes = tsp_pkg::LANES,
  parameter int Count = 1
) (
  input  logic [Count-1:0]         en_i,
  input  logic [Count*Lanes*8-1:0] data_i,
  input  logic [Count*16-1:0]      check_i,
  output logic [Count*10-1:0]      wrong_o,
  output logic [Count-1:0]         bad_o,    // cannot be corrected
  output logic [Count-1:0]         fixed_o   // has one wrong bit
);
  localparam int Width  = Lanes * 8;
  localparam int Parity = tsp_pkg::CHECK_BITS > 0 ? tsp_pkg::CHECK_BITS - 1 : 0;

  wire [Count*16-1:0] check;
  ecc_encode #(.Lanes(Lanes), .Count(Count)) u_encode (.en_i, .data_i, .check_o(check));

  logic [15:0] differ;
  logic [7:0]  s;      // position of a single wrong bit
  logic [7:0]  index;  // of the data bit at that position: the powers of two below it hold check bits
  always_comb begin
    differ = '0;
    s = '0;
    index = '0;
    wrong_o = '0;
    bad_o = '0;
    fixed_o = '0;
    if (tsp_pkg::ECC != 0 && |en_i)
      for (int k = 0; k < Count; k++)
        if (en_i[k] && check[16*k +: 16] != check_i[16*k +: 16]) begin
          differ = check[16*k +: 16] ^ check_i[16*k +: 16];
          s = 8'(differ[7:0] & 8'((1 << Parity) - 1));
          index = s - 8'd3;
          for (int j = 2; j < 8; j++)
            if (32'(s) > (1 << j)) index = index - 8'd1;
          // The stored parity covers the stored check bits, the new one those made anew.
          bad_o[k] = (^s) == differ[Parity] || ((s & (s - 8'd1)) != '0 && 32'(index) >= Width);
          fixed_o[k] = !bad_o[k];
          wrong_o[10*k +: 10] = bad_o[k] ? 10'h200 : (s & (s - 8'd1)) == '0 ? 10'h1ff : {2'b01, index};
        end
  end
endmodule

`default_nettype wire
