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

// One queue after its step: where it stands; and its number and position again if the step dispatched something, which
// in this cycle acts in superlane 0.
module chip_view #(
  parameter int Queues = tsp_pkg::QUEUES
) (
  input wire [Queues-1:0] valid_i
);
  for (genvar q = 0; q < Queues; q++) begin : g_view
    wire [19:0] pc    = 20'(tsp_chip.g_queue[q].u_icu.pc_q);
    wire [15:0] left  = tsp_chip.g_queue[q].u_icu.left_q;
    wire [55:0] queue = {2'd0, tsp_chip.g_queue[q].u_icu.state_q, pc, tsp_chip.g_queue[q].u_icu.idle_q, left};
    wire [55:0] issue = valid_i[q] ? {4'd1, 16'(q), pc, left} : '0;
  end
endmodule

bind tsp_chip chip_view u_view (.valid_i(g_superlane[0].u_superlane.u_bus.valid_q));

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

// Groups of Count streams that hold the bytes of one element each, the lowest first: for every group a valid digit and the
// lanes' elements.
module group_view #(
  parameter int Streams = 1,
  parameter int Lanes   = 1,
  parameter int Count   = 1
) (
  input wire [Streams-1:0]         valid_i,
  input wire [Streams*Lanes*8-1:0] data_i
);
  for (genvar s = 0; s + Count <= Streams; s += Count) begin : g_stream
    wire [Lanes*Count*8+3:0] value;
    assign value[Lanes*Count*8 +: 4] = {3'd0, &valid_i[s +: Count]};
    for (genvar b = 0; b < Lanes * Count; b++) begin : g_byte
      assign value[8*b +: 8] = data_i[((s + b % Count) * Lanes + b / Count) * 8 +: 8];
    end
  end
endmodule

// One direction, column and superlane of the stream registers: stream by stream, and as elements of 16 and of 32 bits.
bind stream_tile group_view #(.Streams(Streams), .Lanes(Lanes), .Count(1)) u_view1 (.valid_i(valid_q), .data_i(data_q));
bind stream_tile group_view #(.Streams(Streams), .Lanes(Lanes), .Count(2)) u_view2 (.valid_i(valid_q), .data_i(data_q));
bind stream_tile group_view #(.Streams(Streams), .Lanes(Lanes), .Count(4)) u_view4 (.valid_i(valid_q), .data_i(data_q));

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
