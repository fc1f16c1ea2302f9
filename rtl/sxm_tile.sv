// SPDX-License-Identifier: Apache-2.0
// sxm_tile: one superlane of a hemisphere's SXM: the operands of its six units (shifters s0 and s1, permuter p,
// distributor d, transposers t0 and t1, in the order of their queues), the distributor and the transposers. What the
// shifters and the permuter take goes to sxm_cross, which joins the superlanes.
// Combinational: operands are taken and results driven in the cycle in which the instruction acts here.
`default_nettype none

module sxm_tile #(
  parameter int Lanes   = tsp_pkg::LANES,
  parameter int Streams = tsp_pkg::STREAMS,
  parameter int Maps    = tsp_pkg::MAPS
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  // Instructions of this superlane's cycle
  input  logic [5:0]                 valid_i,
  input  logic [6*64-1:0]            word_i,
  output logic [5:0]                 operand_fault_o,
  // Streams of the column
  input  logic [Streams-1:0]         east_valid_i,
  input  logic [Streams*Lanes*8-1:0] east_data_i,
  input  logic [Streams*10-1:0]      east_wrong_i,
  input  logic [Streams-1:0]         west_valid_i,
  input  logic [Streams*Lanes*8-1:0] west_data_i,
  input  logic [Streams*10-1:0]      west_wrong_i,
  // To s0, s1 and p: part of a vector, or a map (p's in two streams, the fourth is its second)
  output logic [2:0]                 part_en_o,
  output logic [2:0]                 map_en_o,
  output logic [4*Lanes*8-1:0]       part_data_o,
  // Result of d: one stream
  output logic                       single_en_o,
  output logic [5:0]                 single_stream_o,
  output logic [Lanes*8-1:0]         single_data_o,
  // Results of d, t0, t1: of a group of Lanes streams those in the mask
  output logic [2:0]                 block_en_o,
  output logic [3*6-1:0]             block_stream_o,
  output logic [3*Lanes-1:0]         block_mask_o,
  output logic [3*Lanes*Lanes*8-1:0] block_data_o
);
  localparam int Width = Lanes * 8;
  localparam int Block = Lanes * Width;

  // Operands of one stream: s0, s1, p, d; and the second of a permuter's map
  wire [3:0] tap_valid;
  wire       pair_valid;
  wire [4*Width-1:0] tap_data;
  wire [Width-1:0]   pair_data;
  wire [5:0] pair_stream = word_i[64*2 + tsp_pkg::F_PMAP_GROUP +: 6] | 6'd1;
  wire       pair        = valid_i[2] && word_i[64*2 + 56 +: 8] == tsp_pkg::OP_PMAP;
  for (genvar u = 0; u < 4; u++) begin : g_tap
    stream_tap #(.Streams(Streams), .Lanes(Lanes), .Count(1)) u_tap (
      .en_i(valid_i[u]), .stream_i(word_i[64*u + tsp_pkg::F_SELECT_STREAM +: 6]),
      .east_valid_i, .east_data_i, .east_wrong_i, .west_valid_i, .west_data_i, .west_wrong_i,
      .valid_o(tap_valid[u]), .data_o(tap_data[Width*u +: Width])
    );
  end
  stream_tap #(.Streams(Streams), .Lanes(Lanes), .Count(1)) u_pair_tap (
    .en_i(pair), .stream_i(pair_stream),
    .east_valid_i, .east_data_i, .east_wrong_i, .west_valid_i, .west_data_i, .west_wrong_i,
    .valid_o(pair_valid), .data_o(pair_data)
  );

  // s0, s1, p: to sxm_cross
  wire [3:0] good = {tap_valid[3], tap_valid[2] && (!pair || pair_valid), tap_valid[1:0]};
  wire [2:0] is_map = {pair, word_i[64 + 56 +: 8] == tsp_pkg::OP_SMAP, word_i[56 +: 8] == tsp_pkg::OP_SMAP};
  assign part_en_o   = good[2:0] & ~is_map;
  assign map_en_o    = good[2:0] & is_map;
  assign part_data_o = {pair_data, tap_data[0 +: 3*Width]};
  assign operand_fault_o[3:0] = valid_i[3:0] & ~good;

  sxm_distributor #(.Lanes(Lanes), .Maps(Maps)) u_distributor (
    .clk_i, .rst_ni,
    .valid_i(good[3]), .word_i(word_i[64*3 +: 64]), .data_i(tap_data[3*Width +: Width]),
    .single_en_o, .single_stream_o, .single_data_o,
    .block_en_o(block_en_o[0]), .block_stream_o(block_stream_o[5:0]), .block_mask_o(block_mask_o[0 +: Lanes]),
    .block_data_o(block_data_o[0 +: Block])
  );

  for (genvar k = 0; k < 2; k++) begin : g_transposer
    sxm_transposer #(.Lanes(Lanes), .Streams(Streams)) u_transposer (
      .valid_i(valid_i[4+k]), .word_i(word_i[64*(4+k) +: 64]), .operand_fault_o(operand_fault_o[4+k]),
      .east_valid_i, .east_data_i, .east_wrong_i, .west_valid_i, .west_data_i, .west_wrong_i,
      .drive_en_o(block_en_o[1+k]), .drive_stream_o(block_stream_o[6*(1+k) +: 6]),
      .drive_data_o(block_data_o[Block*(1+k) +: Block])
    );
    assign block_mask_o[Lanes*(1+k) +: Lanes] = '1;
  end
endmodule

`default_nettype wire
