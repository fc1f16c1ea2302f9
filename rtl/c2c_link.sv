// SPDX-License-Identifier: Apache-2.0
// c2c_link: one superlane of a chip-to-chip link: the output register of Send and the receiving end, which holds up to
// Depth vectors in order of arrival. A part is one superlane's share of a vector. Every superlane counts every vector,
// n cycles after superlane 0, whether it is on and whether its part is valid: so all receiving ends stay alike.
// A Receive in the cycle of an arrival neither sees that vector nor makes room for it. Everything stands still while
// the machine does (flow_i). Send: output one cycle later. Receive: combinational, in a stream register a cycle later.
// Degenerate: Depth 1 takes a vector only when none waits.
`default_nettype none

module c2c_link #(
  parameter int Lanes   = tsp_pkg::LANES,
  parameter int Streams = tsp_pkg::STREAMS,
  parameter int Depth   = tsp_pkg::LINK_DEPTH
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       clear_i,          // the receiving end forgets its vectors
  input  logic                       flow_i,
  input  logic                       on_i,             // this superlane is on
  // Instruction of this superlane's cycle, whether it is on or not
  input  logic                       valid_i,
  input  logic [63:0]                word_i,
  output logic                       operand_fault_o,
  output logic                       dropped_o,        // in the cycle before, a vector was dropped
  // Streams of the column
  input  logic [Streams-1:0]         east_valid_i,
  input  logic [Streams*Lanes*8-1:0] east_data_i,
  input  logic [Streams*16-1:0]      east_check_i,
  input  logic [Streams-1:0]         west_valid_i,
  input  logic [Streams*Lanes*8-1:0] west_data_i,
  input  logic [Streams*16-1:0]      west_check_i,
  // Result of a Receive
  output logic                       drive_en_o,
  output logic [5:0]                 drive_stream_o,
  output logic [Lanes*8-1:0]         drive_data_o,
  output logic [15:0]                drive_check_o,
  // The link: a vector passes, this part of it is valid, its bytes and their check bits
  output logic                       tx_vector_o,
  output logic                       tx_valid_o,
  output logic [Lanes*8-1:0]         tx_data_o,
  output logic [15:0]                tx_check_o,
  input  logic                       rx_vector_i,
  input  logic                       rx_valid_i,
  input  logic [Lanes*8-1:0]         rx_data_i,
  input  logic [15:0]                rx_check_i
);
  localparam int Width     = Lanes * 8;
  localparam int IndexBits = Depth > 1 ? $clog2(Depth) : 1;
  localparam int CountBits = $clog2(Depth + 1);

  wire is_send    = valid_i && word_i[63:56] == tsp_pkg::OP_SEND;
  wire is_receive = valid_i && word_i[63:56] == tsp_pkg::OP_RECEIVE;

  // Sending
  wire             tap_valid;
  wire [Width-1:0] tap_data;
  stream_tap #(.Streams(Streams), .Lanes(Lanes), .Count(1)) u_tap (
    .en_i(is_send && on_i), .stream_i(word_i[tsp_pkg::F_SEND_STREAM +: 6]),
    .east_valid_i, .east_data_i, .east_wrong_i({Streams*10{1'b0}}),
    .west_valid_i, .west_data_i, .west_wrong_i({Streams*10{1'b0}}),
    .valid_o(tap_valid), .data_o(tap_data)
  );
  wire [15:0] tap_check;
  check_tap #(.Streams(Streams)) u_check (
    .en_i(is_send && on_i), .stream_i(word_i[tsp_pkg::F_SEND_STREAM +: 6]),
    .east_check_i, .west_check_i, .check_o(tap_check)
  );
  logic             tx_vector_q;
  logic             tx_valid_q;
  logic [Width-1:0] tx_data_q;
  logic [15:0]      tx_check_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      tx_vector_q <= 1'b0;
      tx_valid_q  <= 1'b0;
    end else if (flow_i) begin
      tx_vector_q <= is_send;
      tx_valid_q  <= tap_valid;
    end
  end
  always_ff @(posedge clk_i) begin
    if (flow_i && tap_valid) begin
      tx_data_q  <= tap_data;
      tx_check_q <= tap_check;
    end
  end
  assign tx_vector_o = tx_vector_q;
  assign tx_valid_o  = tx_valid_q;
  assign tx_data_o   = tx_data_q;
  assign tx_check_o  = tx_check_q;

  // Receiving: entries head_q .. head_q + count_q - 1, modulo Depth
  logic [Width-1:0]     wait_data_q [0:Depth-1];
  logic [15:0]          wait_check_q [0:Depth-1];
  logic [Depth-1:0]     wait_valid_q;
  logic [IndexBits-1:0] head_q;
  logic [CountBits-1:0] count_q;
  wire                  arrives = flow_i && rx_vector_i;
  wire                  full    = 32'(count_q) == Depth;
  wire                  put     = arrives && !full;
  wire                  take    = is_receive && count_q != '0;
  wire [31:0]           past    = 32'(head_q) + 32'(count_q);
  wire [IndexBits-1:0]  tail    = IndexBits'(past < Depth ? past : past - Depth);
  logic                 dropped_q;
  assign dropped_o = dropped_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_q       <= '0;
      count_q      <= '0;
      wait_valid_q <= '0;
      dropped_q    <= 1'b0;
    end else if (clear_i) begin
      head_q       <= '0;
      count_q      <= '0;
      wait_valid_q <= '0;
      dropped_q    <= 1'b0;
    end else begin
      dropped_q <= arrives && full;
      if (put) wait_valid_q[tail] <= rx_valid_i && on_i;
      if (take) head_q <= 32'(head_q) == Depth - 1 ? '0 : head_q + IndexBits'(1);
      if (put != take) count_q <= put ? count_q + CountBits'(1) : count_q - CountBits'(1);
    end
  end
  always_ff @(posedge clk_i) begin
    if (put && rx_valid_i) begin
      wait_data_q[tail]  <= rx_data_i;
      wait_check_q[tail] <= rx_check_i;
    end
  end

  wire there = take && on_i && wait_valid_q[head_q];
  assign operand_fault_o = on_i && ((is_send && !tap_valid) || (is_receive && !there));
  assign drive_en_o      = there;
  assign drive_stream_o  = word_i[tsp_pkg::F_RECEIVE_OUT +: 6];
  always_comb begin
    drive_data_o = '0;
    drive_check_o = '0;
    if (there) begin
      drive_data_o = wait_data_q[head_q];
      drive_check_o = wait_check_q[head_q];
    end
  end
endmodule

`default_nettype wire
