// SPDX-License-Identifier: Apache-2.0
// vxm_operand: one source of a VXM instruction: the immediate, a group of one, two or four streams (little-endian), or
// the result register of an ALU within reach of the mesh. An instruction of 8 or 16 bits uses the low bits of data_o;
// the others are any.
// Combinational; the streams flow on.
// Written without functions, so that the simulator can share this code between superlanes.
// Degenerate: with en_i low the outputs are zero and cost nothing.
`default_nettype none

module vxm_operand #(
  parameter int Lanes   = tsp_pkg::LANES,
  parameter int Streams = tsp_pkg::STREAMS,
  parameter int Alu     = 0                      // number of the ALU that it belongs to
) (
  input  logic                       en_i,
  input  logic [7:0]                 source_i,   // golden/tsp_isa.h, TSP_KIND_SRC1, _SRC2, _SRC4
  input  logic [1:0]                 size_i,     // log2 of the streams of a stream source
  input  logic [31:0]                imm_i,
  // Streams of the VXM's column
  input  logic [Streams-1:0]         east_valid_i,
  input  logic [Streams*Lanes*8-1:0] east_data_i,
  input  logic [Streams*10-1:0]      east_wrong_i,
  input  logic [Streams-1:0]         west_valid_i,
  input  logic [Streams*Lanes*8-1:0] west_data_i,
  input  logic [Streams*10-1:0]      west_wrong_i,
  // Result registers within reach: self, north, south, west, east; int32 [Lanes] each
  input  logic [4:0]                 reach_valid_i,
  input  logic [Lanes*32-1:0]        self_i,
  input  logic [Lanes*32-1:0]        north_i,
  input  logic [Lanes*32-1:0]        south_i,
  input  logic [Lanes*32-1:0]        west_i,
  input  logic [Lanes*32-1:0]        east_i,
  output logic                       valid_o,
  output logic [Lanes*32-1:0]        data_o      // 32 bits [Lanes]
);
  localparam int Bytes = Lanes * 8;              // bits of a stream
  localparam int Width = Lanes * 32;

  // The group of four that a stream source lies in: an upset index stays within the registers. The source's own streams
  // are shifted to its low end.
  wire [31:0] base = 32'(source_i[4:0]) & (Streams - 4);
  wire [31:0] from = 32'(source_i[5:0]);

  logic [Width-1:0] group;
  logic [3:0]       group_valid;
  logic [39:0]      group_wrong;
  always_comb begin
    valid_o = 1'b0;
    data_o = '0;
    group = '0;
    group_valid = '0;
    group_wrong = '0;
    if (en_i) begin
      if (source_i[7]) begin
        valid_o = 1'b1;
        data_o = {Lanes{imm_i}};
      end else if (source_i[6]) begin
        if (from == Alu) begin
          valid_o = reach_valid_i[0];
          data_o = self_i;
        end
        if (from + 4 == Alu) begin
          valid_o = reach_valid_i[1];
          data_o = north_i;
        end
        if (from == Alu + 4) begin
          valid_o = reach_valid_i[2];
          data_o = south_i;
        end
        if (from + 1 == Alu) begin
          valid_o = reach_valid_i[3];
          data_o = west_i;
        end
        if (from == Alu + 1) begin
          valid_o = reach_valid_i[4];
          data_o = east_i;
        end
      end else begin
        if (source_i[5]) begin
          group_valid = west_valid_i[base +: 4];
          group = west_data_i[base*Bytes +: Width];
        end else begin
          group_valid = east_valid_i[base +: 4];
          group = east_data_i[base*Bytes +: Width];
        end
        if (tsp_pkg::ECC != 0) begin
          group_wrong = source_i[5] ? west_wrong_i[base*10 +: 40] : east_wrong_i[base*10 +: 40];
          if (|group_wrong)
            for (int k = 0; k < 4; k++) begin
              if (group_wrong[10*k + 9]) group_valid[k] = 1'b0;
              if (group_wrong[10*k + 8])
                group[Bytes*k +: Bytes] = group[Bytes*k +: Bytes] ^ (Bytes'(1'b1) << group_wrong[10*k +: 8]);
            end
        end
        group = group >> (32'(source_i[1:0]) * Bytes);
        valid_o = &((group_valid >> source_i[1:0]) | (4'b1110 << (size_i[1] ? 2'd3 : {1'b0, size_i[0]})));
        for (int l = 0; l < Lanes; l++)
          data_o[32*l +: 32] = {group[8*(3*Lanes+l) +: 8], group[8*(2*Lanes+l) +: 8],
                                group[8*(Lanes+l) +: 8], group[8*l +: 8]};
      end
    end
  end
endmodule

`default_nettype wire
