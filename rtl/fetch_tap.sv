// SPDX-License-Identifier: Apache-2.0
// fetch_tap: where a superlane's part of an Ifetch leaves the streams of a column: the first vector in the cycle in
// which the Ifetch acts, the second in the next. Both then stand at row_o for one cycle, the first in the low half; zero
// if either was invalid. Latency two cycles. Whose row it is, superlane knows.
// Degenerate: with first_i and second_i low nothing moves.
`default_nettype none

module fetch_tap #(
  parameter int Streams = tsp_pkg::STREAMS,
  parameter int Lanes   = tsp_pkg::LANES
) (
  input  logic                       clk_i,
  // Never both: Ifetches of a column are at least two cycles apart
  input  logic                       first_i,   // this cycle takes the first vector
  input  logic                       second_i,  // this cycle takes the second
  input  logic [5:0]                 stream_i,  // the same for both
  // Streams of the column
  input  logic [Streams-1:0]         east_valid_i,
  input  logic [Streams*Lanes*8-1:0] east_data_i,
  input  logic [Streams*16-1:0]      east_check_i,
  input  logic [Streams-1:0]         west_valid_i,
  input  logic [Streams*Lanes*8-1:0] west_data_i,
  input  logic [Streams*16-1:0]      west_check_i,
  output logic                       bad_o,     // this cycle's vector cannot be corrected,
  output logic                       fixed_o,   // is corrected,
  output logic                       fault_o,   // is invalid or cannot be corrected
  output logic [Lanes*16-1:0]        row_o
);
  localparam int Width = Lanes * 8;

  wire             tap_valid;
  wire [Width-1:0] tap_data;
  ecc_tap #(.Streams(Streams), .Lanes(Lanes)) u_tap (
    .en_i(first_i || second_i), .stream_i,
    .east_valid_i, .east_data_i, .east_check_i, .west_valid_i, .west_data_i, .west_check_i,
    .valid_o(tap_valid), .data_o(tap_data), .bad_o, .fixed_o
  );
  assign fault_o = (first_i || second_i) && !tap_valid;

  logic               good_q;   // the first vector was valid
  logic [Width-1:0]   first_q;
  logic [2*Width-1:0] row_q;
  always_ff @(posedge clk_i) begin
    if (first_i) begin
      good_q  <= tap_valid;
      first_q <= tap_data;
    end
    if (second_i) begin
      if (good_q && tap_valid) row_q <= {tap_data, first_q};
      else row_q <= '0;
    end
  end
  assign row_o = row_q;
endmodule

`default_nettype wire
