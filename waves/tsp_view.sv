// SPDX-License-Identifier: Apache-2.0
// tsp_view: what a person looks at in the waves, bound into the RTL of the csim-waves build and of no other. Each value
// stands in whole hexadecimal digits, the valid digit first, as waves/wave_text.h describes; it only reads.
`default_nettype none

// The fault latch.
module csr_view (
  input wire [7:0]  code_i,
  input wire [15:0] queue_i
);
  wire [23:0] fault = {code_i, queue_i};
endmodule

bind csr csr_view u_view (.code_i(fault_code_q), .queue_i(fault_queue_q));

// One queue after its step.
module icu_view (
  input wire [1:0]  state_i,
  input wire [19:0] pc_i,
  input wire [15:0] idle_i,
  input wire [15:0] left_i
);
  wire [55:0] queue = {2'd0, state_i, pc_i, idle_i, left_i};
endmodule

bind icu icu_view u_view (.state_i(state_q), .pc_i(20'(pc_q)), .idle_i(idle_q), .left_i(left_q));

// The instruction of each queue that acts in a superlane in this cycle, 0 for none. In superlane 0 that is its dispatch.
module superlane_view (
  input wire [tsp_pkg::QUEUES-1:0]    valid_i,
  input wire [tsp_pkg::QUEUES*64-1:0] word_i
);
  for (genvar q = 0; q < tsp_pkg::QUEUES; q++) begin : g_queue
    wire [63:0] instr = valid_i[q] ? word_i[64*q +: 64] : 64'd0;
  end
endmodule

bind superlane_bus superlane_view u_view (.valid_i(valid_q), .word_i(word_q));

// One direction, column and superlane of the stream registers, stream by stream.
module stream_view #(
  parameter int Streams = 1,
  parameter int Lanes   = 1
) (
  input wire [Streams-1:0]         valid_i,
  input wire [Streams*Lanes*8-1:0] data_i
);
  for (genvar s = 0; s < Streams; s++) begin : g_stream
    wire [Lanes*8+3:0] value = {3'd0, valid_i[s], data_i[s*Lanes*8 +: Lanes*8]};
  end
endmodule

bind stream_tile stream_view #(.Streams(Streams), .Lanes(Lanes)) u_view (.valid_i(valid_q), .data_i(data_q));

// The word that a MEM tile stores at the end of this cycle.
module mem_view #(
  parameter int Lanes = 1
) (
  input wire               valid_i,
  input wire [15:0]        addr_i,
  input wire [Lanes*8-1:0] data_i
);
  wire [Lanes*8+19:0] store = valid_i ? {4'd1, addr_i, data_i} : '0;
endmodule

bind mem_tile mem_view #(.Lanes(Lanes)) u_view (.valid_i(mem_we), .addr_i(mem_waddr), .data_i(tap_data));

// The result register of an ALU.
module alu_view #(
  parameter int Lanes = 1
) (
  input wire                valid_i,
  input wire [Lanes*32-1:0] data_i
);
  wire [Lanes*32+3:0] result = {3'd0, valid_i, data_i};
endmodule

bind vxm_alu alu_view #(.Lanes(Lanes)) u_view (.valid_i(out_valid_q), .data_i(out_q));

// A plane in one superlane: the product that reaches the accumulators, and the entry that has just changed.
module acc_view #(
  parameter int Lanes = 1
) (
  input wire                product_valid_i,
  input wire [Lanes*32-1:0] product_i,
  input wire                entry_valid_i,
  input wire [15:0]         entry_addr_i,
  input wire [Lanes*32-1:0] entry_i
);
  wire [Lanes*32+3:0]  product = {3'd0, product_valid_i, product_i};
  wire [Lanes*32+19:0] entry   = entry_valid_i ? {4'd1, entry_addr_i, entry_i} : '0;
endmodule

bind mxm_acc acc_view #(.Lanes(Lanes)) u_view (
  .product_valid_i, .product_i,
  .entry_valid_i(wb_valid_q), .entry_addr_i(16'(wb_addr_q)), .entry_i(acc_q[wb_addr_q])
);

// What enters a plane's row: an LW, an IW or the activations of an ABC, of an ABC.f16 those of one half.
module feed_view #(
  parameter int Lanes     = 1,
  parameter int LwStreams = 1
) (
  input wire                         lw_i,
  input wire [15:0]                  slot_i,
  input wire [LwStreams*Lanes*8-1:0] lw_data_i,
  input wire                         act_i,
  input wire [Lanes*8-1:0]           act_data_i
);
  wire [Lanes*8+19:0] load = lw_i ? {4'd1, slot_i, lw_data_i[Lanes*8-1:0]} : '0;  // its first output's weights
  wire [Lanes*8+3:0]  act  = act_i ? {4'd1, act_data_i} : '0;
endmodule

bind mxm_feed feed_view #(.Lanes(Lanes), .LwStreams(LwStreams)) u_view (
  .lw_i(lw_en_o), .slot_i(lw_slot_o), .lw_data_i(lw_data_o), .act_i(act_en_o || half_o != '0), .act_data_i(act_o)
);

`default_nettype wire
