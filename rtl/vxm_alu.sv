// SPDX-License-Identifier: Apache-2.0
// vxm_alu: one ALU of the VXM in one superlane. An instruction of latency d (golden/isa.def) that acts in a cycle has
// its result in out_q, and in the stream registers that drive_* feeds, d cycles later. The result is formed at once and
// waits in a delay line of d - 1 stages (stages that synthesis may retime into the arithmetic). An instruction whose
// place in the line is taken is an ALU fault and is dropped.
// Degenerate: without fp32 every latency may be 1 and there is no delay line.
`default_nettype none

module vxm_alu #(
  parameter int Lanes      = tsp_pkg::LANES,
  parameter int MaxLatency = 3   // greatest latency of a VXM instruction
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                en_i,            // an instruction with valid operands
  input  logic [7:0]          op_i,
  input  logic [7:0]          destination_i,
  input  logic [Lanes*32-1:0] a_i,             // int32 or fp32 [Lanes]
  input  logic [Lanes*32-1:0] b_i,
  output logic                fault_o,
  output logic                valid_o,         // the result register
  output logic [Lanes*32-1:0] data_o,
  output logic                drive_en_o,      // what enters the result register, if it also drives streams
  output logic                drive_narrow_o,
  output logic [5:0]          drive_stream_o,
  output logic [Lanes*32-1:0] drive_data_o     // int32 or fp32 [Lanes]
);
  localparam int Width = Lanes * 32;

  logic             out_valid_q;
  logic [Width-1:0] out_q;

  wire narrow_result = op_i == tsp_pkg::OP_MOV_I8 || op_i == tsp_pkg::OP_CVT_I32_I8 || op_i == tsp_pkg::OP_CVT_F32_I8;

  // Place in the line: 1 is next to enter out_q.
  logic [31:0] place;
  always_comb begin
    case (op_i)
      tsp_pkg::OP_MOV_I8:      place = tsp_pkg::DFN_MOV_I8;
      tsp_pkg::OP_MOV_I32:     place = tsp_pkg::DFN_MOV_I32;
      tsp_pkg::OP_CVT_I8_I32:  place = tsp_pkg::DFN_CVT_I8_I32;
      tsp_pkg::OP_ADD_I32:     place = tsp_pkg::DFN_ADD_I32;
      tsp_pkg::OP_MAX_I32:     place = tsp_pkg::DFN_MAX_I32;
      tsp_pkg::OP_CVT_I32_I8:  place = tsp_pkg::DFN_CVT_I32_I8;
      tsp_pkg::OP_CVT_I32_F32: place = tsp_pkg::DFN_CVT_I32_F32;
      tsp_pkg::OP_CVT_F32_I8:  place = tsp_pkg::DFN_CVT_F32_I8;
      tsp_pkg::OP_MUL_F32:     place = tsp_pkg::DFN_MUL_F32;
      tsp_pkg::OP_RELU_F32:    place = tsp_pkg::DFN_RELU_F32;
      default:                 place = 1;
    endcase
  end
  logic [MaxLatency:0] taken;   // by an earlier instruction
  assign taken[0] = 1'b0;
  assign taken[MaxLatency] = 1'b0;
  wire accept = en_i && !taken[place[$clog2(MaxLatency+1)-1:0]];
  assign fault_o = en_i && !accept;

  logic [Width-1:0] result;
  always_comb begin
    result = '0;
    if (accept)
      for (int l = 0; l < Lanes; l++)
        result[32*l +: 32] = vxm_pkg::execute(op_i, a_i[32*l +: 32], b_i[32*l +: 32]);
  end

  // Stage k takes the place after it, or the new result. Stage MaxLatency + 1 does not exist.
  for (genvar k = 1; k <= MaxLatency; k++) begin : g_place
    wire              en;
    wire              narrow;
    wire [7:0]        destination;
    wire [Width-1:0]  data;
    wire              fresh = accept && place == k;
    if (k < MaxLatency) begin : g_stage
      logic             valid_q;
      logic             narrow_q;
      logic [7:0]       destination_q;
      logic [Width-1:0] data_q;
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) valid_q <= 1'b0;
        else valid_q <= g_place[k+1].en;
      end
      always_ff @(posedge clk_i) begin
        if (g_place[k+1].en) begin
          narrow_q      <= g_place[k+1].narrow;
          destination_q <= g_place[k+1].destination;
          data_q        <= g_place[k+1].data;
        end
      end
      assign taken[k]    = valid_q;
      assign en          = valid_q || fresh;
      assign narrow      = valid_q ? narrow_q : narrow_result;
      assign destination = valid_q ? destination_q : destination_i;
      assign data        = valid_q ? data_q : result;
    end else begin : g_last
      assign en          = fresh;
      assign narrow      = narrow_result;
      assign destination = destination_i;
      assign data        = result;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) out_valid_q <= 1'b0;
    else out_valid_q <= g_place[1].en;
  end
  always_ff @(posedge clk_i) begin
    if (g_place[1].en) out_q <= g_place[1].data;
  end
  assign valid_o = out_valid_q;
  assign data_o  = out_q;

  assign drive_en_o     = g_place[1].en && g_place[1].destination[7];
  assign drive_narrow_o = g_place[1].narrow;
  assign drive_stream_o = g_place[1].destination[5:0];
  assign drive_data_o   = g_place[1].data;
endmodule

`default_nettype wire
