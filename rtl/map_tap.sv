// SPDX-License-Identifier: Apache-2.0
// map_tap: the address that a Gather or Scatter takes from the two streams of its map, corrected. Combinational.
// Degenerate: with en_i low the outputs are zero and cost nothing.
`default_nettype none

module map_tap #(
  parameter int Streams = tsp_pkg::STREAMS,
  parameter int Lanes   = tsp_pkg::LANES
) (
  input  logic                       en_i,
  input  logic [5:0]                 stream_i,
  input  logic [Streams-1:0]         east_valid_i,
  input  logic [Streams*Lanes*8-1:0] east_data_i,
  input  logic [Streams*16-1:0]      east_check_i,
  input  logic [Streams-1:0]         west_valid_i,
  input  logic [Streams*Lanes*8-1:0] west_data_i,
  input  logic [Streams*16-1:0]      west_check_i,
  output logic                       valid_o,
  output logic [15:0]                addr_o,
  output logic                       bad_o,    // both streams are valid and one cannot be corrected
  output logic [1:0]                 fixed_o   // streams corrected, if none is beyond it
);
  localparam int Width = Lanes * 8;

  if (tsp_pkg::ECC != 0) begin : g_ecc
    wire               there;
    wire [2*Width-1:0] raw;
    wire [31:0]        check;
    stream_tap #(.Streams(Streams), .Lanes(Lanes), .Count(2)) u_tap (
      .en_i, .stream_i,
      .east_valid_i, .east_data_i, .east_wrong_i({Streams*10{1'b0}}),
      .west_valid_i, .west_data_i, .west_wrong_i({Streams*10{1'b0}}),
      .valid_o(there), .data_o(raw)
    );
    check_tap #(.Streams(Streams), .Count(2)) u_check (
      .en_i, .stream_i, .east_check_i, .west_check_i, .check_o(check)
    );
    // Of a wrong bit only one in lane 0 matters.
    wire [9:0] low, high;
    ecc_diagnose #(.Lanes(Lanes)) u_low (
      .en_i(there), .data_i(raw[0 +: Width]), .check_i(check[0 +: 16]), .wrong_o(low)
    );
    ecc_diagnose #(.Lanes(Lanes)) u_high (
      .en_i(there), .data_i(raw[Width +: Width]), .check_i(check[16 +: 16]), .wrong_o(high)
    );
    always_comb begin
      addr_o = {raw[Width +: 8], raw[0 +: 8]};
      if (low[9:3] == 7'h20) addr_o[7:0] = raw[0 +: 8] ^ (8'd1 << low[2:0]);
      if (high[9:3] == 7'h20) addr_o[15:8] = raw[Width +: 8] ^ (8'd1 << high[2:0]);
    end
    assign bad_o   = low[9] || high[9];
    assign valid_o = there && !bad_o;
    assign fixed_o = bad_o ? 2'd0 : {1'b0, low[8]} + {1'b0, high[8]};
  end else begin : g_no_ecc
    stream_tap #(.Streams(Streams), .Lanes(Lanes), .Count(2), .Take(1)) u_tap (
      .en_i, .stream_i,
      .east_valid_i, .east_data_i, .east_wrong_i({Streams*10{1'b0}}),
      .west_valid_i, .west_data_i, .west_wrong_i({Streams*10{1'b0}}),
      .valid_o, .data_o(addr_o)
    );
    assign bad_o   = 1'b0;
    assign fixed_o = 2'd0;
  end
endmodule

`default_nettype wire
