// SPDX-License-Identifier: Apache-2.0
// vxm: the vector unit of one superlane: Alus ALUs in a mesh four wide (number = 4 * row + column), their operands and
// faults. A source is one stream (sign-extended), a group of four, the immediate, or the result register of the ALU
// itself or a neighbour. Operands are read in the cycle an instruction acts; latencies are those of vxm_alu.
// Degenerate: with one ALU the mesh is that ALU.
`default_nettype none

module vxm #(
  parameter int Lanes   = tsp_pkg::LANES,
  parameter int Streams = tsp_pkg::STREAMS,
  parameter int Alus    = tsp_pkg::ALUS
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  // Instructions of this superlane's cycle
  input  logic [Alus-1:0]            valid_i,
  input  logic [Alus*64-1:0]         word_i,
  output logic [Alus-1:0]            operand_fault_o,
  output logic [Alus-1:0]            alu_fault_o,
  // Streams of the VXM's column
  input  logic [Streams-1:0]         east_valid_i,
  input  logic [Streams*Lanes*8-1:0] east_data_i,
  input  logic [Streams-1:0]         west_valid_i,
  input  logic [Streams*Lanes*8-1:0] west_data_i,
  // Results that drive streams
  output logic [Alus-1:0]            drive_en_o,
  output logic [Alus-1:0]            drive_narrow_o,
  output logic [Alus*6-1:0]          drive_stream_o,
  output logic [Alus*Lanes*32-1:0]   drive_data_o
);
  /* verilator no_inline_module */
  localparam int Width = Lanes * 32;

  // The greatest latency of the table
  localparam int Max0 = tsp_pkg::DFN_MOV_I8 > tsp_pkg::DFN_MOV_I32 ? tsp_pkg::DFN_MOV_I8 : tsp_pkg::DFN_MOV_I32;
  localparam int Max1 = Max0 > tsp_pkg::DFN_EXT_I8_I32 ? Max0 : tsp_pkg::DFN_EXT_I8_I32;
  localparam int Max2 = Max1 > tsp_pkg::DFN_ADD_I32 ? Max1 : tsp_pkg::DFN_ADD_I32;
  localparam int Max3 = Max2 > tsp_pkg::DFN_MAX_I32 ? Max2 : tsp_pkg::DFN_MAX_I32;
  localparam int Max4 = Max3 > tsp_pkg::DFN_CVT_I32_I8 ? Max3 : tsp_pkg::DFN_CVT_I32_I8;
  localparam int Max5 = Max4 > tsp_pkg::DFN_CVT_I32_F32 ? Max4 : tsp_pkg::DFN_CVT_I32_F32;
  localparam int Max6 = Max5 > tsp_pkg::DFN_CVT_F32_I8 ? Max5 : tsp_pkg::DFN_CVT_F32_I8;
  localparam int Max7 = Max6 > tsp_pkg::DFN_MUL_F32 ? Max6 : tsp_pkg::DFN_MUL_F32;
  localparam int Max8 = Max7 > tsp_pkg::DFN_RELU_F32 ? Max7 : tsp_pkg::DFN_RELU_F32;
  localparam int MaxLatency = (tsp_pkg::FP != 0) ? Max8 : Max4;

  // A source that is the immediate or streams of one direction.
  task automatic fetch(input logic [7:0] source, input logic narrow, input logic [31:0] immediate,
                       input logic [Streams-1:0] stream_valid, input logic [Streams*Lanes*8-1:0] stream_data,
                       output logic valid, output logic [Width-1:0] data);
    /* verilator no_inline_task */
    int base;
    base = 32'(source[4:0]);
    valid = 1'b1;
    if (source[7]) begin
      for (int l = 0; l < Lanes; l++) data[32*l +: 32] = immediate;
    end else if (narrow) begin
      valid = stream_valid[base];
      for (int l = 0; l < Lanes; l++)
        data[32*l +: 32] = 32'($signed(stream_data[8*(Lanes*base + l) +: 8]));
    end else begin
      valid = &stream_valid[base +: 4];
      for (int l = 0; l < Lanes; l++)
        data[32*l +: 32] = {stream_data[8*(Lanes*(base+3) + l) +: 8], stream_data[8*(Lanes*(base+2) + l) +: 8],
                            stream_data[8*(Lanes*(base+1) + l) +: 8], stream_data[8*(Lanes*base + l) +: 8]};
    end
  endtask

  for (genvar k = 0; k < Alus; k++) begin : g_alu
    wire [63:0] word   = word_i[64*k +: 64];
    wire [7:0]  op     = word[63:56];
    wire [7:0]  a_from = word[tsp_pkg::F_ADD_I32_A +: 8];
    wire [7:0]  b_from = word[tsp_pkg::F_ADD_I32_B +: 8];
    wire [31:0] imm    = word[tsp_pkg::F_ADD_I32_IMM +: 32];

    // Result registers within reach
    wire             self_valid, north_valid, south_valid, west_valid, east_valid;
    wire [Width-1:0] self_data, north_data, south_data, west_data, east_data;
    if (k >= 4) begin : g_north
      assign north_valid = g_alu[k-4].self_valid;
      assign north_data  = g_alu[k-4].self_data;
    end else begin : g_no_north
      assign north_valid = 1'b0;
      assign north_data  = '0;
    end
    if (k + 4 < Alus) begin : g_south
      assign south_valid = g_alu[k+4].self_valid;
      assign south_data  = g_alu[k+4].self_data;
    end else begin : g_no_south
      assign south_valid = 1'b0;
      assign south_data  = '0;
    end
    if (k % 4 > 0) begin : g_west
      assign west_valid = g_alu[k-1].self_valid;
      assign west_data  = g_alu[k-1].self_data;
    end else begin : g_no_west
      assign west_valid = 1'b0;
      assign west_data  = '0;
    end
    if (k % 4 < 3 && k + 1 < Alus) begin : g_east
      assign east_valid = g_alu[k+1].self_valid;
      assign east_data  = g_alu[k+1].self_data;
    end else begin : g_no_east
      assign east_valid = 1'b0;
      assign east_data  = '0;
    end

    logic             a_valid, b_valid;
    logic [Width-1:0] a_data, b_data;
    always_comb begin
      a_valid = 1'b0;
      b_valid = 1'b1;
      a_data = '0;
      b_data = '0;
      if (valid_i[k]) begin
        if (a_from[7:6] != 2'b01) begin
          if (a_from[5]) fetch(a_from, vxm_pkg::narrow_source(op), imm, west_valid_i, west_data_i, a_valid, a_data);
          else           fetch(a_from, vxm_pkg::narrow_source(op), imm, east_valid_i, east_data_i, a_valid, a_data);
        end else begin
          if (32'(a_from[5:0]) == k)     begin a_valid = self_valid;  a_data = self_data;  end
          if (32'(a_from[5:0]) + 4 == k) begin a_valid = north_valid; a_data = north_data; end
          if (32'(a_from[5:0]) == k + 4) begin a_valid = south_valid; a_data = south_data; end
          if (32'(a_from[5:0]) + 1 == k) begin a_valid = west_valid;  a_data = west_data;  end
          if (32'(a_from[5:0]) == k + 1) begin a_valid = east_valid;  a_data = east_data;  end
        end
        if (vxm_pkg::binary(op)) begin
          b_valid = 1'b0;
          if (b_from[7:6] != 2'b01) begin
            if (b_from[5]) fetch(b_from, 1'b0, imm, west_valid_i, west_data_i, b_valid, b_data);
            else           fetch(b_from, 1'b0, imm, east_valid_i, east_data_i, b_valid, b_data);
          end else begin
            if (32'(b_from[5:0]) == k)     begin b_valid = self_valid;  b_data = self_data;  end
            if (32'(b_from[5:0]) + 4 == k) begin b_valid = north_valid; b_data = north_data; end
            if (32'(b_from[5:0]) == k + 4) begin b_valid = south_valid; b_data = south_data; end
            if (32'(b_from[5:0]) + 1 == k) begin b_valid = west_valid;  b_data = west_data;  end
            if (32'(b_from[5:0]) == k + 1) begin b_valid = east_valid;  b_data = east_data;  end
          end
        end
      end
    end
    assign operand_fault_o[k] = valid_i[k] && !(a_valid && b_valid);

    vxm_alu #(.Lanes(Lanes), .MaxLatency(MaxLatency)) u_alu (
      .clk_i, .rst_ni,
      .en_i(valid_i[k] && a_valid && b_valid),
      .op_i(op),
      .destination_i(word[tsp_pkg::F_ADD_I32_DST +: 8]),
      .a_i(a_data),
      .b_i(b_data),
      .fault_o(alu_fault_o[k]),
      .valid_o(self_valid),
      .data_o(self_data),
      .drive_en_o(drive_en_o[k]),
      .drive_narrow_o(drive_narrow_o[k]),
      .drive_stream_o(drive_stream_o[6*k +: 6]),
      .drive_data_o(drive_data_o[Width*k +: Width])
    );
  end
endmodule

`default_nettype wire
