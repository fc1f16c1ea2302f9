// SPDX-License-Identifier: Apache-2.0
// mxm_feed: where a superlane's streams enter its row of a plane: operands of LW and ABC, the install pulse of IW, and
// their faults. Combinational but for the age of the last IW: what is dispatched at t acts on row n during t + n.
// Degenerate: a plane of one superlane has no install wave, so WEIGHTS never occurs.
`default_nettype none

module mxm_feed #(
  parameter int Superlanes = tsp_pkg::SUPERLANES,
  parameter int Lanes      = tsp_pkg::LANES,
  parameter int Streams    = tsp_pkg::STREAMS,
  parameter int LwStreams  = tsp_pkg::LW_STREAMS
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  // Instructions of this superlane's cycle: queue of the weights, queue of the activations
  input  logic                         weights_valid_i,
  input  logic [63:0]                  weights_word_i,
  input  logic                         act_valid_i,
  input  logic [63:0]                  act_word_i,
  // Streams of the plane's column
  input  logic [Streams-1:0]           east_valid_i,
  input  logic [Streams*Lanes*8-1:0]   east_data_i,
  input  logic [Streams-1:0]           west_valid_i,
  input  logic [Streams*Lanes*8-1:0]   west_data_i,
  // To the row
  output logic                         lw_en_o,
  output logic [15:0]                  lw_slot_o,
  output logic [LwStreams*Lanes*8-1:0] lw_data_o,   // int8 [LwStreams outputs][Lanes inputs]
  output logic                         iw_en_o,
  output logic                         act_en_o,
  output logic [Lanes*8-1:0]           act_o,       // int8 [Lanes]
  // Fault codes of the two queues, 0 if none
  output logic [3:0]                   weights_fault_o,
  output logic [3:0]                   act_fault_o
);
  localparam int Parts   = Lanes / LwStreams;
  localparam int AgeBits = $clog2(Superlanes + 1);

  wire is_lw  = weights_valid_i && weights_word_i[63:56] == tsp_pkg::OP_LW;
  wire is_iw  = weights_valid_i && weights_word_i[63:56] == tsp_pkg::OP_IW;
  wire is_abc = act_valid_i && act_word_i[63:56] == tsp_pkg::OP_ABC;

  logic lw_valid, act_valid;
  stream_tap #(.Streams(Streams), .Lanes(Lanes), .Count(LwStreams)) u_lw_tap (
    .en_i(is_lw), .stream_i(weights_word_i[tsp_pkg::F_LW_GROUP +: 6]),
    .east_valid_i, .east_data_i, .west_valid_i, .west_data_i, .valid_o(lw_valid), .data_o(lw_data_o)
  );
  stream_tap #(.Streams(Streams), .Lanes(Lanes), .Count(1)) u_act_tap (
    .en_i(is_abc), .stream_i(act_word_i[tsp_pkg::F_ABC_STREAM +: 6]),
    .east_valid_i, .east_data_i, .west_valid_i, .west_data_i, .valid_o(act_valid), .data_o(act_o)
  );

  // Cycles since the last IW; Superlanes: its wave has passed.
  logic [AgeBits-1:0] age_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) age_q <= AgeBits'(Superlanes);
    else if (is_iw) age_q <= AgeBits'(1);
    else if (32'(age_q) < Superlanes) age_q <= age_q + AgeBits'(1);
  end

  // The wave reaches column c after c cycles: new weights must not overtake it.
  assign lw_slot_o = weights_word_i[tsp_pkg::F_LW_SLOT +: 16];
  wire overtakes = is_lw && 32'(age_q) < Superlanes && 32'(age_q) < 32'(lw_slot_o) / Parts;

  assign lw_en_o  = is_lw && lw_valid && !overtakes;
  assign iw_en_o  = is_iw;
  assign act_en_o = is_abc && act_valid;

  always_comb begin
    weights_fault_o = '0;
    if (is_lw && !lw_valid) weights_fault_o = 4'(tsp_pkg::FLT_OPERAND);
    else if (overtakes) weights_fault_o = 4'(tsp_pkg::FLT_WEIGHTS);
    act_fault_o = '0;
    if (is_abc && !act_valid) act_fault_o = 4'(tsp_pkg::FLT_OPERAND);
  end
endmodule

`default_nettype wire
