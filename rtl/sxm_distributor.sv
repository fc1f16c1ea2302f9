// SPDX-License-Identifier: Apache-2.0
// sxm_distributor: the distributor of one superlane: Distribute by a map, Rotate, and the maps. Combinational from the
// operand: a stream register of the column holds the result one cycle later; a map shows one cycle after its operand.
// Degenerate: with 4 or 8 lanes only the rotation of 2 x 2 elements exists.
`default_nettype none

module sxm_distributor #(
  parameter int Lanes = tsp_pkg::LANES,
  parameter int Maps  = tsp_pkg::MAPS
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  // Instruction of this superlane's cycle, and its operand
  input  logic                     valid_i,       // only if the operand is valid
  input  logic [63:0]              word_i,
  input  logic [Lanes*8-1:0]       data_i,
  // Distribute: one stream
  output logic                     single_en_o,
  output logic [5:0]               single_stream_o,
  output logic [Lanes*8-1:0]       single_data_o,
  // Rotate: n*n streams of a group of Lanes
  output logic                     block_en_o,
  output logic [5:0]               block_stream_o,
  output logic [Lanes-1:0]         block_mask_o,
  output logic [Lanes*Lanes*8-1:0] block_data_o   // uint8 [stream][Lanes]
);
  localparam int Width    = Lanes * 8;
  localparam int AddrBits = Maps > 1 ? $clog2(Maps) : 1;
  localparam int Edge     = Lanes >= 16 ? 4 : (Lanes >= 9 ? 3 : 2);  // the greatest n of a Rotate

  wire [7:0] op     = word_i[63:56];
  wire       map_en = valid_i && op == tsp_pkg::OP_DMAP;
  wire [AddrBits-1:0] index = word_i[tsp_pkg::F_DMAP_MAP +: AddrBits];
  wire [7:0] edge_n = word_i[tsp_pkg::F_ROTATE_N +: 8];
  assign single_en_o     = valid_i && op == tsp_pkg::OP_DISTRIBUTE;
  assign single_stream_o = word_i[tsp_pkg::F_DISTRIBUTE_OUT +: 6];
  assign block_en_o      = valid_i && op == tsp_pkg::OP_ROTATE;
  assign block_stream_o  = word_i[tsp_pkg::F_ROTATE_GROUP +: 6];

  logic [Width-1:0]    map_q [0:Maps-1];
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

  logic [Width-1:0] entries;
  logic [7:0]       from;
  always_comb begin
    entries = '0;
    from = '0;
    single_data_o = '0;
    if (single_en_o) begin
      entries = map_q[index];
      for (int l = 0; l < Lanes; l++) begin
        from = entries[8*l +: 8];
        if (32'(from) < Lanes) single_data_o[8*l +: 8] = data_i[8*(32'(from)%Lanes) +: 8];
      end
    end
  end

  // One layout of constant slices for each n
  always_comb begin
    block_mask_o = '0;
    block_data_o = '0;
    if (block_en_o) begin
      for (int n = 2; n <= Edge; n++)
        if (32'(edge_n) == n)
          for (int s = 0; s < Lanes; s++) begin
            block_mask_o[s] = s < n * n;
            for (int l = 0; l < Lanes; l++)
              if (s < n * n && l < n * n)
                block_data_o[s*Width + 8*l +: 8] = data_i[8*(n*((l/n + s/n) % n) + (l%n + s%n) % n) +: 8];
          end
    end
  end
endmodule

`default_nettype wire
