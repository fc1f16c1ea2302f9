// SPDX-License-Identifier: Apache-2.0
// vxm: the vector unit of one superlane: Alus ALUs in a mesh four wide (number = 4 * row + column), their operands and
// faults. A source is a group of one, two or four streams, the immediate, or the result register of the ALU itself or a
// neighbour; some instructions have the ALU's own result register as a third source. Operands are read in the cycle an
// instruction acts. The last ALU of a mesh row has the special functions, if there is floating point.
// Degenerate: with one ALU the mesh is that ALU.
`default_nettype none

module vxm #(
  parameter int Lanes   = tsp_pkg::LANES,
  parameter int Streams = tsp_pkg::STREAMS,
  parameter int Alus    = tsp_pkg::ALUS
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       on_i,       // low: this superlane is off in the next cycle
  // Instructions of this superlane's cycle
  input  logic [Alus-1:0]            valid_i,
  input  logic [Alus*64-1:0]         word_i,
  output logic [Alus-1:0]            operand_fault_o,
  output logic [Alus-1:0]            chain_fault_o,   // an operand that comes from an ALU is invalid
  output logic [Alus-1:0]            alu_fault_o,
  output logic [Alus*2-1:0]          size_o,          // log2 of the streams of a source
  output logic [Alus-1:0]            binary_o,        // there is a second source
  // Streams of the VXM's column
  input  logic [Streams-1:0]         east_valid_i,
  input  logic [Streams*Lanes*8-1:0] east_data_i,
  input  logic [Streams*10-1:0]      east_wrong_i,
  input  logic [Streams-1:0]         west_valid_i,
  input  logic [Streams*Lanes*8-1:0] west_data_i,
  input  logic [Streams*10-1:0]      west_wrong_i,
  // Streams driven, and the ALUs that drive one which an ALU of a higher number drives too
  output logic [Streams-1:0]         east_drive_o,
  output logic [Streams*Lanes*8-1:0] east_drive_data_o,
  output logic [Streams-1:0]         west_drive_o,
  output logic [Streams*Lanes*8-1:0] west_drive_data_o,
  output logic [Alus-1:0]            conflict_o
);
  localparam int Width = Lanes * 32;  // bits of a result
  localparam int Bytes = Lanes * 8;   // bits of a stream

  wire [Alus-1:0]   drive_en;
  wire [Alus*2-1:0] drive_size;
  wire [Alus*6-1:0] drive_stream;
  wire [Alus*5-1:0] mask;                        // bits of a stream number that tell whether it lies in the group
  wire [Alus*Width-1:0] drive_data;              // uint8 [Alus][4][Lanes], least significant stream first

  // Shapes of the instructions: only a valid one costs a simulator something.
  logic [Alus*15-1:0] shapes;
  always_comb begin
    shapes = '0;
    if (|valid_i)
      for (int k = 0; k < Alus; k++)
        if (valid_i[k]) shapes[15*k +: 15] = vxm_pkg::shape(word_i[64*k + 56 +: 8]);
  end

  for (genvar k = 0; k < Alus; k++) begin : g_alu
    localparam int Special = (tsp_pkg::FP != 0 && k % 4 == 3) ? 1 : 0;
    wire [63:0] word   = word_i[64*k +: 64];
    wire [7:0]  op     = word[63:56];

    wire [14:0] shape = shapes[15*k +: 15];
    wire [7:0] latency = shape[7:0];
    wire [1:0] size    = shape[9:8];
    wire       binary  = shape[12];
    wire       third   = shape[13];
    assign size_o[2*k +: 2] = size;
    assign binary_o[k]      = binary;

    // Result registers within reach; past the rim there is none.
    wire             self_valid, north_valid, south_valid, west_valid, east_valid;
    wire [Width-1:0] self_data, north_data, south_data, west_data, east_data;
    if (k >= 4) begin : g_north
      assign north_valid = g_alu[k-4].self_valid;
      assign north_data  = g_alu[k-4].self_data;
    end else begin : g_no_north
      assign north_valid = 1'b0;
      assign north_data  = self_data;
    end
    if (k + 4 < Alus) begin : g_south
      assign south_valid = g_alu[k+4].self_valid;
      assign south_data  = g_alu[k+4].self_data;
    end else begin : g_no_south
      assign south_valid = 1'b0;
      assign south_data  = self_data;
    end
    if (k % 4 > 0) begin : g_west
      assign west_valid = g_alu[k-1].self_valid;
      assign west_data  = g_alu[k-1].self_data;
    end else begin : g_no_west
      assign west_valid = 1'b0;
      assign west_data  = self_data;
    end
    if (k % 4 < 3 && k + 1 < Alus) begin : g_east
      assign east_valid = g_alu[k+1].self_valid;
      assign east_data  = g_alu[k+1].self_data;
    end else begin : g_no_east
      assign east_valid = 1'b0;
      assign east_data  = self_data;
    end

    wire             a_valid, b_valid;
    wire [Width-1:0] a_data, b_data;
    vxm_operand #(.Lanes(Lanes), .Streams(Streams), .Alu(k)) u_a (
      .en_i(valid_i[k]), .source_i(word[tsp_pkg::F_ADD_I32_A +: 8]), .size_i(size),
      .imm_i(word[tsp_pkg::F_ADD_I32_IMM +: 32]),
      .east_valid_i, .east_data_i, .east_wrong_i, .west_valid_i, .west_data_i, .west_wrong_i,
      .reach_valid_i({east_valid, west_valid, south_valid, north_valid, self_valid}),
      .self_i(self_data), .north_i(north_data), .south_i(south_data), .west_i(west_data), .east_i(east_data),
      .valid_o(a_valid), .data_o(a_data)
    );
    vxm_operand #(.Lanes(Lanes), .Streams(Streams), .Alu(k)) u_b (
      .en_i(valid_i[k] && binary), .source_i(word[tsp_pkg::F_ADD_I32_B +: 8]), .size_i(size),
      .imm_i(word[tsp_pkg::F_ADD_I32_IMM +: 32]),
      .east_valid_i, .east_data_i, .east_wrong_i, .west_valid_i, .west_data_i, .west_wrong_i,
      .reach_valid_i({east_valid, west_valid, south_valid, north_valid, self_valid}),
      .self_i(self_data), .north_i(north_data), .south_i(south_data), .west_i(west_data), .east_i(east_data),
      .valid_o(b_valid), .data_o(b_data)
    );
    wire operands = a_valid && (b_valid || !binary) && (self_valid || !third);
    assign operand_fault_o[k] = valid_i[k] && !operands;
    assign chain_fault_o[k]   = valid_i[k] && ((word[tsp_pkg::F_ADD_I32_A + 6] && !a_valid) ||
                                               (binary && word[tsp_pkg::F_ADD_I32_B + 6] && !b_valid) ||
                                               (third && !self_valid));

    wire [Width-1:0] drive_words;
    vxm_alu #(
      .Lanes(Lanes), .Special(Special),
      .MaxLatency(Special != 0 ? tsp_pkg::VXM_LAST_MAX_LATENCY : tsp_pkg::VXM_MAX_LATENCY)
    ) u_alu (
      .clk_i, .rst_ni, .on_i,
      .en_i(valid_i[k] && operands),
      .op_i(op),
      .special_i(shape[14]),
      .latency_i(latency),
      .size_i(shape[11:10]),
      .destination_i(word[tsp_pkg::F_ADD_I32_DST +: 8]),
      .a_i(a_data),
      .b_i(b_data),
      .fault_o(alu_fault_o[k]),
      .valid_o(self_valid),
      .data_o(self_data),
      .drive_en_o(drive_en[k]),
      .drive_size_o(drive_size[2*k +: 2]),
      .drive_stream_o(drive_stream[6*k +: 6]),
      .drive_data_o(drive_words)
    );

    // From 32 bits per lane to four streams of bytes; of a smaller group, to all four in turn
    logic [Width-1:0] streams;
    always_comb begin
      streams = '0;
      if (drive_en[k]) begin
        for (int b = 0; b < 4; b++)
          for (int l = 0; l < Lanes; l++) streams[8*(Lanes*b + l) +: 8] = drive_words[32*l + 8*b +: 8];
        if (drive_size[2*k +: 2] == 2'd0) streams[Bytes +: Bytes] = streams[0 +: Bytes];
        if (!drive_size[2*k + 1]) streams[2*Bytes +: 2*Bytes] = streams[0 +: 2*Bytes];
      end
    end
    assign drive_data[Width*k +: Width] = streams;
    assign mask[5*k +: 5] = {3'b111, ~drive_size[2*k + 1], drive_size[2*k +: 2] == 2'd0};
  end

  // Streams driven. Of two ALUs that drive one stream the lower wins, and learns of the conflict.
  logic [Streams-1:0] own;
  always_comb begin
    east_drive_o = '0;
    west_drive_o = '0;
    conflict_o = '0;
    own = '0;
    if (|drive_en)
      for (int k = Alus - 1; k >= 0; k--)
        if (drive_en[k]) begin
          own = (drive_size[2*k + 1] ? Streams'(4'hf) : drive_size[2*k] ? Streams'(4'h3) : Streams'(4'h1))
                << drive_stream[6*k +: 5];
          conflict_o[k] = |(own & (drive_stream[6*k + 5] ? west_drive_o : east_drive_o));
          if (drive_stream[6*k + 5]) west_drive_o = west_drive_o | own;
          else east_drive_o = east_drive_o | own;
        end
  end
  // Every slice is constant once the loops are unrolled: an index into the whole vector would cost synthesis dearly.
  always_comb begin
    east_drive_data_o = '0;
    west_drive_data_o = '0;
    if (|drive_en)
      for (int k = Alus - 1; k >= 0; k--)
        if (drive_en[k])
          for (int s = 0; s < Streams; s++)
            if ((5'(s) & mask[5*k +: 5]) == drive_stream[6*k +: 5]) begin
              if (drive_stream[6*k + 5])
                west_drive_data_o[Bytes*s +: Bytes] = drive_data[Width*k + Bytes*(s%4) +: Bytes];
              else
                east_drive_data_o[Bytes*s +: Bytes] = drive_data[Width*k + Bytes*(s%4) +: Bytes];
            end
  end
endmodule

`default_nettype wire
