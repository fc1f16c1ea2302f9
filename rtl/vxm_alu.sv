// SPDX-License-Identifier: Apache-2.0
// vxm_alu: one ALU of the VXM in one superlane. An instruction of latency d (golden/isa.def) that acts in a cycle has
// its result in out_q, and in the stream registers that drive_* feeds, d cycles later. The result is formed at once and
// waits in a delay line of d - 1 stages (stages that synthesis may retime into the arithmetic). An instruction whose
// place in the line is taken is an ALU fault and is dropped.
// Degenerate: without fp32 every latency may be 1 and there is no delay line.
`default_nettype none

module vxm_alu #(
  parameter int Lanes      = tsp_pkg::LANES,  // even
  parameter int Special    = 0,  // 1: it has the special functions
  parameter int MaxLatency = 3   // greatest latency of its instructions
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                on_i,            // low: the superlane is off in the next cycle, and a result is lost
  input  logic                en_i,            // an instruction with valid operands
  input  logic [7:0]          op_i,
  input  logic                special_i,       // it is a special function
  input  logic [7:0]          latency_i,
  input  logic [1:0]          size_i,          // log2 of the streams that the result may drive
  input  logic [7:0]          destination_i,
  input  logic [Lanes*32-1:0] a_i,             // 32 bits [Lanes], of which a sizeer type uses the low ones
  input  logic [Lanes*32-1:0] b_i,
  output logic                fault_o,
  output logic                valid_o,         // the result register
  output logic [Lanes*32-1:0] data_o,
  output logic                drive_en_o,      // what enters the result register, if it also drives streams
  output logic [1:0]          drive_size_o,
  output logic [5:0]          drive_stream_o,
  output logic [Lanes*32-1:0] drive_data_o     // 32 bits [Lanes]
);
  localparam int Width = Lanes * 32;

  logic             out_valid_q;
  logic [Width-1:0] out_q;

  // Places in the line, of which 1 is next to enter out_q: those that earlier instructions wait at, and that of a new one
  logic [MaxLatency:1] taken_q;
  logic [MaxLatency:1] fresh;
  logic                accept;
  always_comb begin
    fresh = '0;
    accept = 1'b0;
    fault_o = 1'b0;
    if (en_i) begin
      fresh = MaxLatency'(1'b1) << (latency_i - 8'd1);
      fault_o = |(fresh & taken_q);
      if (fault_o) fresh = '0;
      accept = !fault_o;
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) taken_q <= '0;
    else taken_q <= (taken_q | fresh) >> 1;
  end

  // Two separate `if`s: of an `if` and its `else` a simulator may evaluate both.
  logic [Width-1:0] result;
  always_comb begin
    result = '0;
    if (accept && !(Special != 0 && special_i))
      for (int l = 0; l < Lanes; l += 2)
        result[32*l +: 64] = vxm_pkg::execute(op_i, a_i[32*l +: 64], b_i[32*l +: 64], out_q[32*l +: 64]);
    if (accept && Special != 0 && special_i)
      for (int l = 0; l < Lanes; l += 2)
        result[32*l +: 64] = special_pkg::execute(op_i[2:0], a_i[32*l +: 64]);
  end

  // What waits at a place, or comes to it new, enters the stage below, from place 1 the result register. The greatest
  // place is never waited at.
  for (genvar k = 1; k <= MaxLatency; k++) begin : g_place
    wire [1:0]       size;
    wire [7:0]       destination;
    wire [Width-1:0] data;
    if (k < MaxLatency) begin : g_stage
      logic [1:0]       size_q;
      logic [7:0]       destination_q;
      logic [Width-1:0] data_q;
      always_ff @(posedge clk_i) begin
        if (taken_q[k+1]) begin
          size_q        <= g_place[k+1].size;
          destination_q <= g_place[k+1].destination;
          data_q        <= g_place[k+1].data;
        end else if (fresh[k+1]) begin
          size_q        <= size_i;
          destination_q <= destination_i;
          data_q        <= result;
        end
      end
      assign size        = size_q;
      assign destination = destination_q;
      assign data        = data_q;
    end else begin : g_last
      assign size        = size_i;
      assign destination = destination_i;
      assign data        = result;
    end
  end

  wire       leaves      = (taken_q[1] || fresh[1]) && on_i;
  wire [7:0] destination = taken_q[1] ? g_place[1].destination : destination_i;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) out_valid_q <= 1'b0;
    else out_valid_q <= leaves;
  end
  always_ff @(posedge clk_i) begin
    if (leaves) begin
      if (taken_q[1]) out_q <= g_place[1].data;
      else out_q <= result;
    end
  end
  assign valid_o = out_valid_q;
  assign data_o  = out_q;

  assign drive_en_o     = leaves && destination[7];
  assign drive_size_o   = taken_q[1] ? g_place[1].size : size_i;
  assign drive_stream_o = destination[5:0];
  always_comb begin
    drive_data_o = '0;
    if (drive_en_o) begin
      if (taken_q[1]) drive_data_o = g_place[1].data;
      else drive_data_o = result;
    end
  end
endmodule

`default_nettype wire
