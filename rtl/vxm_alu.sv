// SPDX-License-Identifier: Apache-2.0
// vxm_alu: one ALU of the VXM in one superlane. An instruction of latency d (golden/isa.def) that acts in a cycle has
// its result in out_q, and in the stream registers that drive_* feeds, d cycles later. The result is formed at once and
// waits in a delay line of d - 1 stages (stages that synthesis may retime into the arithmetic). An instruction whose
// place in the line is taken is an ALU fault and is dropped.
// Degenerate: without fp32 every latency may be 1 and there is no delay line.
`default_nettype none

module vxm_alu #(
  parameter int Lanes      = tsp_pkg::LANES,
  parameter int Special    = 0,  // 1: it has the special functions
  parameter int MaxLatency = 3   // greatest latency of its instructions
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                on_i,            // low: the superlane is off in the next cycle, and a result is lost
  input  logic                en_i,            // an instruction with valid operands
  input  logic [7:0]          op_i,
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

  // Place in the line: 1 is next to enter out_q.
  wire [7:0] place = latency_i;
  logic [MaxLatency:0] taken;   // by an earlier instruction
  assign taken[0] = 1'b0;
  assign taken[MaxLatency] = 1'b0;
  wire accept = en_i && !taken[place[$clog2(MaxLatency+1)-1:0]];
  assign fault_o = en_i && !accept;

  wire [Width-1:0] result;
  for (genvar l = 0; l < Lanes; l++) begin : g_lane
    vxm_lane #(.Special(Special)) u_lane (
      .en_i(accept), .op_i, .a_i(a_i[32*l +: 32]), .b_i(b_i[32*l +: 32]), .self_i(out_q[32*l +: 32]),
      .result_o(result[32*l +: 32])
    );
  end

  // Stage k takes the place after it, or the new result. Stage MaxLatency + 1 does not exist.
  for (genvar k = 1; k <= MaxLatency; k++) begin : g_place
    wire              en;
    wire [1:0]        size;
    wire [7:0]        destination;
    wire [Width-1:0]  data;
    wire              fresh = accept && 32'(place) == k;
    if (k < MaxLatency) begin : g_stage
      logic             valid_q;
      logic [1:0]       size_q;
      logic [7:0]       destination_q;
      logic [Width-1:0] data_q;
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) valid_q <= 1'b0;
        else valid_q <= g_place[k+1].en;
      end
      always_ff @(posedge clk_i) begin
        if (g_place[k+1].en) begin
          size_q      <= g_place[k+1].size;
          destination_q <= g_place[k+1].destination;
          data_q        <= g_place[k+1].data;
        end
      end
      assign taken[k]    = valid_q;
      assign en          = valid_q || fresh;
      assign size      = valid_q ? size_q : size_i;
      assign destination = valid_q ? destination_q : destination_i;
      assign data        = valid_q ? data_q : result;
    end else begin : g_last
      assign en          = fresh;
      assign size      = size_i;
      assign destination = destination_i;
      assign data        = result;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) out_valid_q <= 1'b0;
    else out_valid_q <= g_place[1].en && on_i;
  end
  always_ff @(posedge clk_i) begin
    if (g_place[1].en) out_q <= g_place[1].data;
  end
  assign valid_o = out_valid_q;
  assign data_o  = out_q;

  assign drive_en_o     = g_place[1].en && on_i && g_place[1].destination[7];
  assign drive_size_o = g_place[1].size;
  assign drive_stream_o = g_place[1].destination[5:0];
  assign drive_data_o   = g_place[1].data;
endmodule

`default_nettype wire
