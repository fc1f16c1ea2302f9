// SPDX-License-Identifier: Apache-2.0
// sxm_transposer: one superlane of a transposer: lane i of stream j of a group of Lanes streams becomes lane j of
// stream i. Combinational: the stream registers of the column hold the result one cycle later.
`default_nettype none

module sxm_transposer #(
  parameter int Lanes   = tsp_pkg::LANES,
  parameter int Streams = tsp_pkg::STREAMS
) (
  // Instruction of this superlane's cycle
  input  logic                       valid_i,
  input  logic [63:0]                word_i,
  output logic                       operand_fault_o,
  // Streams of the column
  input  logic [Streams-1:0]         east_valid_i,
  input  logic [Streams*Lanes*8-1:0] east_data_i,
  input  logic [Streams*10-1:0]      east_wrong_i,
  input  logic [Streams-1:0]         west_valid_i,
  input  logic [Streams*Lanes*8-1:0] west_data_i,
  input  logic [Streams*10-1:0]      west_wrong_i,
  // To the streams
  output logic                       drive_en_o,
  output logic [5:0]                 drive_stream_o,  // the first
  output logic [Lanes*Lanes*8-1:0]   drive_data_o     // uint8 [stream][Lanes]
);
  wire                     valid;
  wire [Lanes*Lanes*8-1:0] data;
  stream_tap #(.Streams(Streams), .Lanes(Lanes), .Count(Lanes)) u_tap (
    .en_i(valid_i), .stream_i(word_i[tsp_pkg::F_TRANSPOSE_GROUP +: 6]),
    .east_valid_i, .east_data_i, .east_wrong_i, .west_valid_i, .west_data_i, .west_wrong_i,
    .valid_o(valid), .data_o(data)
  );
  assign operand_fault_o = valid_i && !valid;
  assign drive_en_o      = valid;
  assign drive_stream_o  = word_i[tsp_pkg::F_TRANSPOSE_OUT +: 6];

  always_comb begin
    drive_data_o = '0;
    if (valid)
      for (int i = 0; i < Lanes; i++)
        for (int j = 0; j < Lanes; j++)
          drive_data_o[8*(i*Lanes + j) +: 8] = data[8*(j*Lanes + i) +: 8];
  end
endmodule

`default_nettype wire
