// SPDX-License-Identifier: Apache-2.0
// host_word: the host's access to eight lanes of a word: one cycle after a read what came, corrected, is given back or
// merged with what the host writes. Latency one cycle. Degenerate: without ECC the word passes as it is.
`default_nettype none

module host_word #(
  parameter int Lanes = tsp_pkg::LANES
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               read_i,
  input  logic               write_i,   // the cycle after read_i of the same word
  input  logic [3:0]         part_i,    // which eight lanes
  input  logic [63:0]        wdata_i,
  input  logic [Lanes*8-1:0] data_i,    // the word, the cycle after read_i
  input  logic [15:0]        check_i,
  output logic [63:0]        rdata_o,
  output logic               error_o,   // it cannot be corrected
  output logic [Lanes*8-1:0] merged_o,  // the word to write, and its check bits
  output logic [15:0]        check_o
);
  localparam int Width = Lanes * 8;

  logic read_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) read_q <= 1'b0;
    else read_q <= read_i;
  end
  wire [9:0] wrong;
  wire       fixed;
  ecc_diagnose #(.Lanes(Lanes)) u_diagnose (
    .en_i(read_q), .data_i, .check_i, .wrong_o(wrong), .bad_o(error_o), .fixed_o(fixed)
  );
  ecc_encode #(.Lanes(Lanes)) u_encode (.en_i(read_q), .data_i(merged_o), .check_o);

  logic [Width-1:0] data;
  always_comb begin
    data = '0;
    rdata_o = '0;
    merged_o = '0;
    if (read_q) begin
      data = data_i;
      if (fixed) data = data_i ^ (Width'(1'b1) << wrong[7:0]);
      merged_o = data;
      for (int l = 0; l < Lanes; l++)
        if (l / 8 == 32'(part_i)) begin
          rdata_o[8*(l%8) +: 8] = data[8*l +: 8];
          if (write_i) merged_o[8*l +: 8] = wdata_i[8*(l%8) +: 8];
        end
    end
  end
endmodule

`default_nettype wire
