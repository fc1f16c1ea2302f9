// SPDX-License-Identifier: Apache-2.0
// sxm_distributor: the distributor of one superlane: Distribute by a map, Rotate, and the maps. Combinational from the
// operand: a stream register of the column holds the result one cycle later; a map shows one cycle after its operand.
// Degenerate: with 4 or 8 lanes only the rotation of 2 x 2 elements exists.
`default_nettype none

module sxm_distributor (
  input  logic                                       clk_i,
  input  logic                                       rst_ni,
  // Instruction of this superlane's cycle, and its operand
  input  logic                                       valid_i, // only if the operand is valid
  input  logic [63:0]                                word_i,
  input  logic [tsp_pkg::LANES*8-1:0]                data_i,
  // Distribute: one stream
  output logic                                       single_en_o,
  output logic [5:0]                                 single_stream_o,
  output logic [tsp_pkg::LANES*8-1:0]                single_data_o,
  // Rotate: n*n streams of a group of Lanes
  output logic                                       block_en_o,
  output logic [5:0]                                 block_stream_o,
  output logic [tsp_pkg::LANES-1:0]                  block_mask_o,
  output logic [tsp_pkg::LANES*tsp_pkg::LANES*8-1:0] block_data_o // uint8 [stream][Lanes]
);
  localparam int Lanes    = tsp_pkg::LANES;
  localparam int Maps     = tsp_pkg::MAPS;
  localparam int AddrBits = Maps > 1 ? $clog2(Maps) : 1;

  wire [7:0] op     = word_i[63:56];
  wire       map_en = valid_i && op == tsp_pkg::OP_DMAP;
  wire [AddrBits-1:0] index = word_i[tsp_pkg::F_DMAP_MAP +: AddrBits];
  wire [7:0] edge_n = word_i[tsp_pkg::F_ROTATE_N +: 8];
  assign single_en_o     = valid_i && op == tsp_pkg::OP_DISTRIBUTE;
  assign single_stream_o = word_i[tsp_pkg::F_DISTRIBUTE_OUT +: 6];
  assign block_en_o      = valid_i && op == tsp_pkg::OP_ROTATE;
  assign block_stream_o  = word_i[tsp_pkg::F_ROTATE_GROUP +: 6];

  logic [Lanes*8-1:0]    map_q [0:Maps-1];
  // wb_valid_q: this is the first cycle in which map wb_addr_q shows its new value. Kept for observers.
  logic                wb_valid_q /* verilator public_flat_rd */;
  logic [AddrBits-1:0] wb_addr_q /* verilator public_flat_rd */;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wb_valid_q <= 1'b0;
      wb_addr_q  <= '0;
    end else begin
      wb_valid_q <= map_en;
      if (map_en) wb_addr_q <= index;
    end
  end
  always_ff @(posedge clk_i) begin
    if (map_en) map_q[index] <= data_i;
  end

  always_comb begin
    single_data_o = '0;
    if (single_en_o) sxm_pkg::distribute(data_i, map_q[index], single_data_o);
  end
  always_comb begin
    block_mask_o = '0;
    block_data_o = '0;
    if (block_en_o) begin
      for (int s = 0; s < Lanes; s++) block_mask_o[s] = s < 32'(edge_n) * 32'(edge_n);
      sxm_pkg::rotate(data_i, edge_n, block_data_o);
    end
  end
endmodule

`default_nettype wire
