// SPDX-License-Identifier: Apache-2.0
// ecc_tap: reads Count neighbouring streams of one direction at a column and corrects them by their check bits.
// Combinational; the streams flow on.
// Degenerate: with en_i low the outputs are zero and cost nothing; without ECC there is nothing to correct.
`default_nettype none

module ecc_tap #(
  parameter int Streams = tsp_pkg::STREAMS,
  parameter int Lanes   = tsp_pkg::LANES,
  parameter int Count   = 1
) (
  input  logic                       en_i,
  input  logic [5:0]                 stream_i,      // direction (1: west) and index of the first stream
  input  logic [Streams-1:0]         east_valid_i,
  input  logic [Streams*Lanes*8-1:0] east_data_i,
  input  logic [Streams*16-1:0]      east_check_i,  // check bits [Streams]
  input  logic [Streams-1:0]         west_valid_i,
  input  logic [Streams*Lanes*8-1:0] west_data_i,
  input  logic [Streams*16-1:0]      west_check_i,
  output logic                       valid_o,       // every one of them is valid, none beyond correction
  output logic [Count*Lanes*8-1:0]   data_o,        // uint8 [Count][Lanes]
  output logic                       bad_o,         // every one of them is valid, one beyond correction
  output logic [Count-1:0]           fixed_o        // corrected, if none is beyond it
);
  localparam int Width = Lanes * 8;

  wire                   there;
  wire [Count*Width-1:0] raw;
  wire [Count*16-1:0]    check;
  stream_tap #(.Streams(Streams), .Lanes(Lanes), .Count(Count)) u_tap (
    .en_i, .stream_i,
    .east_valid_i, .east_data_i, .east_wrong_i({Streams*10{1'b0}}),
    .west_valid_i, .west_data_i, .west_wrong_i({Streams*10{1'b0}}),
    .valid_o(there), .data_o(raw)
  );
  check_tap #(.Streams(Streams), .Count(Count)) u_check (
    .en_i, .stream_i, .east_check_i, .west_check_i, .check_o(check)
  );
  wire [Count*10-1:0] wrong;
  wire [Count-1:0]    bad, fixed;
  ecc_diagnose #(.Lanes(Lanes), .Count(Count)) u_diagnose (
    .en_i({Count{there}}), .data_i(raw), .check_i(check), .wrong_o(wrong), .bad_o(bad), .fixed_o(fixed)
  );
  assign bad_o   = |bad;
  assign valid_o = there && !bad_o;
  always_comb begin
    data_o = raw;
    fixed_o = '0;
    if (|fixed) begin
      if (!bad_o) fixed_o = fixed;
      for (int k = 0; k < Count; k++)
        if (fixed[k]) data_o[Width*k +: Width] = raw[Width*k +: Width] ^ (Width'(1'b1) << wrong[10*k +: 8]);
    end
  end
endmodule

`default_nettype wire
