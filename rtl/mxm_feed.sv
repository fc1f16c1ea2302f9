// SPDX-License-Identifier: Apache-2.0
// mxm_feed: where a superlane's streams enter its row of a plane: operands of LW and ABC, the install pulse of IW, and
// their faults. What is dispatched at t acts on row n during t + n; of an fp16 vector the second half enters one cycle
// later. An ABC that is not refused always sends its wave: zeros where the superlane is off then or has no operand.
// Degenerate: a plane of one superlane has no install wave, so WEIGHTS never occurs; without F16 nothing is ever busy.
`default_nettype none

module mxm_feed #(
  parameter int Superlanes = tsp_pkg::SUPERLANES,
  parameter int Lanes      = tsp_pkg::LANES,
  parameter int Streams    = tsp_pkg::STREAMS,
  parameter int LwStreams  = tsp_pkg::LW_STREAMS,
  parameter bit F16        = tsp_pkg::FP != 0 && tsp_pkg::PLANES > 2  // first plane of a pair
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic                         on_i,            // the superlane is powered
  // Instructions of this superlane's cycle: queue of the weights, queue of the activations
  input  logic                         weights_valid_i,
  input  logic [63:0]                  weights_word_i,
  input  logic                         act_valid_i,
  input  logic [63:0]                  act_word_i,
  // Streams of the plane's column
  input  logic [Streams-1:0]           east_valid_i,
  input  logic [Streams*Lanes*8-1:0]   east_data_i,
  input  logic [Streams*10-1:0]        east_wrong_i,
  input  logic [Streams-1:0]           west_valid_i,
  input  logic [Streams*Lanes*8-1:0]   west_data_i,
  input  logic [Streams*10-1:0]        west_wrong_i,
  // To the row
  output logic                         lw_en_o,
  output logic [15:0]                  lw_slot_o,
  output logic [LwStreams*Lanes*8-1:0] lw_data_o,   // int8 [LwStreams outputs][Lanes inputs]
  output logic                         iw_en_o,
  output logic                         act_en_o,    // act_o is int8 [Lanes]
  output logic [1:0]                   half_o,      // act_o is this half of an fp16 vector: low bytes, then high bytes
  output logic [Lanes*8-1:0]           act_o,
  // An fp16 vector enters: from the pair's first plane to the other
  input  logic                         busy_i,
  output logic                         busy_o,
  // An operand's only fault is that it cannot be corrected
  input  logic                         weights_ecc_i,
  input  logic                         act_ecc_i,
  // Fault codes of the two queues, 0 if none
  output logic [3:0]                   weights_fault_o,
  output logic [3:0]                   act_fault_o
);
  localparam int Parts   = Lanes / LwStreams;
  localparam int Width   = Lanes * 8;
  localparam int AgeBits = $clog2(Superlanes + 1);

  wire is_lw  = weights_valid_i && weights_word_i[63:56] == tsp_pkg::OP_LW;
  wire is_iw  = weights_valid_i && weights_word_i[63:56] == tsp_pkg::OP_IW;
  wire is_abc = act_valid_i && act_word_i[63:56] == tsp_pkg::OP_ABC;
  wire is_f16 = F16 && act_valid_i && act_word_i[63:56] == tsp_pkg::OP_ABC_F16;

  // Weights
  logic lw_valid;
  stream_tap #(.Streams(Streams), .Lanes(Lanes), .Count(LwStreams)) u_lw_tap (
    .en_i(is_lw && on_i), .stream_i(weights_word_i[tsp_pkg::F_LW_GROUP +: 6]),
    .east_valid_i, .east_data_i, .east_wrong_i, .west_valid_i, .west_data_i, .west_wrong_i,
    .valid_o(lw_valid), .data_o(lw_data_o)
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

  assign lw_en_o = is_lw && on_i && lw_valid && !overtakes;
  assign iw_en_o = is_iw && on_i;

  // Activations
  logic             act_valid;
  logic [Width-1:0] act;
  stream_tap #(.Streams(Streams), .Lanes(Lanes), .Count(1)) u_act_tap (
    .en_i(act_en_o && on_i), .stream_i(act_word_i[tsp_pkg::F_ABC_STREAM +: 6]),
    .east_valid_i, .east_data_i, .east_wrong_i, .west_valid_i, .west_data_i, .west_wrong_i,
    .valid_o(act_valid), .data_o(act)
  );
  wire             refused;
  wire             f16_en, f16_valid;  // an fp16 vector is taken
  wire             second;             // the second half of one enters
  wire [Width-1:0] first_half, second_half;
  assign act_en_o = is_abc && !refused;
  assign f16_en   = is_f16 && !refused;
  assign half_o   = {second, f16_en};
  assign busy_o   = f16_en || second;
  assign refused  = (is_abc || is_f16) && (busy_i || second);

  if (F16) begin : g_f16
    localparam int Half = Width / 2;  // bits of one byte of half a vector
    logic                 second_q;
    logic [Width-1:0]     rest_q;
    logic [2*Width-1:0]   bytes;      // the low bytes of all lanes, then the high bytes
    stream_tap #(.Streams(Streams), .Lanes(Lanes), .Count(2)) u_tap (
      .en_i(f16_en && on_i), .stream_i(act_word_i[tsp_pkg::F_ABC_F16_GROUP +: 6]),
      .east_valid_i, .east_data_i, .east_wrong_i, .west_valid_i, .west_data_i, .west_wrong_i,
      .valid_o(f16_valid), .data_o(bytes)
    );
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) second_q <= 1'b0;
      else second_q <= f16_en;
    end
    always_ff @(posedge clk_i) begin
      if (f16_en) rest_q <= f16_valid ? {bytes[Width+Half +: Half], bytes[Half +: Half]} : '0;
    end
    assign second      = second_q;
    assign first_half  = {bytes[Width +: Half], bytes[0 +: Half]};
    assign second_half = rest_q;
  end else begin : g_int8
    assign f16_valid   = 1'b0;
    assign second      = 1'b0;
    assign first_half  = '0;
    assign second_half = '0;
  end

  always_comb begin
    act_o = '0;
    if (second) act_o = on_i ? second_half : '0;
    else if (act_valid) act_o = act;
    else if (f16_valid) act_o = first_half;
  end

  always_comb begin
    weights_fault_o = '0;
    if (is_lw && on_i && !lw_valid && !weights_ecc_i) weights_fault_o = 4'(tsp_pkg::FLT_OPERAND);
    else if (overtakes && on_i) weights_fault_o = 4'(tsp_pkg::FLT_WEIGHTS);
    else if (is_lw && on_i && !lw_valid) weights_fault_o = 4'(tsp_pkg::FLT_ECC);
    act_fault_o = '0;
    if (on_i && ((act_en_o && !act_valid) || (f16_en && !f16_valid)))
      act_fault_o = act_ecc_i ? 4'(tsp_pkg::FLT_ECC) : 4'(tsp_pkg::FLT_OPERAND);
    else if (on_i && refused) act_fault_o = 4'(tsp_pkg::FLT_BUSY);
  end
endmodule

`default_nettype wire
