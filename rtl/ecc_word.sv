// SPDX-License-Identifier: Apache-2.0
// ecc_word: the host's way to a memory word: what it reads is corrected, what it writes gets check bits. Combinational.
// Degenerate: without ECC data pass as they are.
`default_nettype none

module ecc_word #(
  parameter int Lanes = tsp_pkg::LANES
) (
  input  logic               en_i,
  input  logic [Lanes*8-1:0] data_i,
  input  logic [15:0]        check_i,
  output logic [Lanes*8-1:0] data_o,
  output logic               bad_o,           // cannot be corrected
  input  logic [Lanes*8-1:0] merged_i,        // to be written
  output logic [15:0]        merged_check_o
);
  localparam int Width = Lanes * 8;
  localparam int Low   = Width < 64 ? Width : 64;

  logic [9:0] wrong;
  always_comb begin
    data_o = data_i;
    wrong = '0;
    if (tsp_pkg::ECC != 0 && en_i) begin
      wrong = ecc_pkg::diagnose(64'(data_i[0 +: Low]), 64'(data_i[Width-Low +: Low]) & {64{Width > 64}}, check_i);
      for (int b = 0; b < Width; b++)
        if (wrong == (10'h100 | 10'(b))) data_o[b] = !data_i[b];
    end
  end
  always_comb begin
    merged_check_o = '0;
    if (tsp_pkg::ECC != 0 && en_i)
      merged_check_o = ecc_pkg::encode(64'(merged_i[0 +: Low]), 64'(merged_i[Width-Low +: Low]) & {64{Width > 64}});
  end
  assign bad_o = wrong[9];
endmodule

`default_nettype wire
