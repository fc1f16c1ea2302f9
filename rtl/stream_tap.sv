// SPDX-License-Identifier: Apache-2.0
// stream_tap: reads Count neighbouring streams of one direction at a column and corrects them; one that cannot be
// corrected counts as invalid. Combinational; the streams flow on.
// Degenerate: with en_i low the outputs are zero and cost nothing.
`default_nettype none

module stream_tap #(
  parameter int Streams = tsp_pkg::STREAMS,
  parameter int Lanes   = tsp_pkg::LANES,
  parameter int Count   = 1
) (
  input  logic                       en_i,
  input  logic [5:0]                 stream_i,  // direction (1: west) and index of the first stream
  input  logic [Streams-1:0]         east_valid_i,
  input  logic [Streams*Lanes*8-1:0] east_data_i,
  input  logic [Streams*10-1:0]      east_wrong_i,  // ecc_diagnose; zero for those who look at no check bits
  input  logic [Streams-1:0]         west_valid_i,
  input  logic [Streams*Lanes*8-1:0] west_data_i,
  input  logic [Streams*10-1:0]      west_wrong_i,
  output logic                       valid_o,   // every one of them is valid
  output logic [Count*Lanes*8-1:0]   data_o     // uint8 [Count][Lanes]
);
  localparam int Width = Lanes * 8;

  // The natural boundary: what a legal instruction names, and never beyond the registers.
  wire [31:0] first = 32'(stream_i[4:0]) & (Streams - Count);
  logic [Count*10-1:0] wrong;
  always_comb begin
    valid_o = 1'b0;
    data_o = '0;
    wrong = '0;
    if (en_i) begin
      if (stream_i[5]) begin
        valid_o = &west_valid_i[first +: Count];
        data_o = west_data_i[first*Width +: Count*Width];
      end else begin
        valid_o = &east_valid_i[first +: Count];
        data_o = east_data_i[first*Width +: Count*Width];
      end
      if (tsp_pkg::ECC != 0) begin
        wrong = stream_i[5] ? west_wrong_i[first*10 +: Count*10] : east_wrong_i[first*10 +: Count*10];
        if (|wrong)
          for (int k = 0; k < Count; k++) begin
            if (wrong[10*k + 9]) valid_o = 1'b0;
            if (wrong[10*k + 8])
              data_o[k*Width +: Width] = data_o[k*Width +: Width] ^ (Width'(1'b1) << wrong[10*k +: 8]);
          end
      end
    end
  end
endmodule

`default_nettype wire
