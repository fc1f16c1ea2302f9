// SPDX-License-Identifier: Apache-2.0
// mxm_plane: one matrix plane: Superlanes x Superlanes supercells of Lanes x Lanes int8 weights. Supercell (r, c) adds
// its row's activations to the sums that come from (r - 1, c). What enters row 0 at t and row r at t + r reaches column
// c one cycle later per column and leaves below column c at t + Superlanes + c. Sums wrap modulo 2^32.
// LW writes the weight buffer of any column at once; IW moves along the row and copies buffer to weights.
// The supercells are scopes here and not instances: then the simulator compiles their arithmetic once per plane.
// Degenerate: one superlane is one supercell, latency one cycle.
`default_nettype none

module mxm_plane #(
  parameter int Superlanes = tsp_pkg::SUPERLANES,
  parameter int Lanes      = tsp_pkg::LANES,
  parameter int LwStreams  = tsp_pkg::LW_STREAMS
) (
  input  logic                                    clk_i,
  input  logic                                    rst_ni,
  // Per row: LW's slot is column * parts + part, its data int8 [LwStreams outputs][Lanes inputs]; act is int8 [Lanes]
  input  logic [Superlanes-1:0]                   lw_en_i /* verilator public_flat_rd */,
  input  logic [Superlanes*16-1:0]                lw_slot_i /* verilator public_flat_rd */,
  input  logic [Superlanes*LwStreams*Lanes*8-1:0] lw_data_i /* verilator public_flat_rd */,
  input  logic [Superlanes-1:0]                   iw_en_i /* verilator public_flat_rd */,
  input  logic [Superlanes-1:0]                   act_en_i /* verilator public_flat_rd */,
  input  logic [Superlanes*Lanes*8-1:0]           act_i /* verilator public_flat_rd */,
  // Per column
  output logic [Superlanes-1:0]                   product_valid_o,
  output logic [Superlanes*Lanes*32-1:0]          product_o   // int32 [column][Lanes]
);
  /* verilator no_inline_module */
  localparam int Parts     = Lanes / LwStreams;
  localparam int PartBits  = LwStreams * Lanes * 8;
  localparam int SumBits   = Lanes * 32;
  localparam int ActBits   = Lanes * 8;

  // One supercell's sums. Every term is signed: one unsigned operand would zero-extend the rest.
  task automatic mac(input logic [ActBits-1:0] act, input logic [Parts*PartBits-1:0] weights,
                     input logic [SumBits-1:0] above, output logic [SumBits-1:0] sum);
    /* verilator no_inline_task */
    logic signed [31:0] acc;
    logic signed [7:0] x, w;
    for (int j = 0; j < Lanes; j++) begin
      acc = $signed(above[32*j +: 32]);
      for (int i = 0; i < Lanes; i++) begin
        x = $signed(act[8*i +: 8]);
        w = $signed(weights[8*(Lanes*j + i) +: 8]);
        acc = acc + x * w;
      end
      sum[32*j +: 32] = acc;
    end
  endtask

  for (genvar r = 0; r < Superlanes; r++) begin : g_row
    for (genvar c = 0; c < Superlanes; c++) begin : g_cell
      logic [Parts*PartBits-1:0] weights_q;  // int8 [output j][input i]: byte j * Lanes + i
      logic [ActBits-1:0]        act_q;      // for the supercell to the right
      logic [SumBits-1:0]        sum_q;      // for the supercell below
      logic                      en_q;       // act_q and sum_q were taken in the last cycle
      // weights_q were installed in the last cycle. Kept for observers in the last column, too.
      logic                      iw_q /* verilator public_flat_rd */;

      // Inputs: from the feed in column 0, from the left elsewhere; from above, zero in row 0.
      wire               en, iw;
      wire [ActBits-1:0] act;
      wire [SumBits-1:0] above;
      if (c == 0) begin : g_west
        assign en  = act_en_i[r];
        assign iw  = iw_en_i[r];
        assign act = act_i[r*ActBits +: ActBits];
      end else begin : g_inner
        assign en  = g_row[r].g_cell[c-1].en_q;
        assign iw  = g_row[r].g_cell[c-1].iw_q;
        assign act = g_row[r].g_cell[c-1].act_q;
      end
      if (r == 0) begin : g_north
        assign above = '0;
      end else begin : g_below
        assign above = g_row[r-1].g_cell[c].sum_q;
      end

      // Weight buffer, one register per LW part.
      wire [Parts*PartBits-1:0] buffer;
      for (genvar p = 0; p < Parts; p++) begin : g_part
        logic [PartBits-1:0] buffer_q;
        always_ff @(posedge clk_i or negedge rst_ni) begin
          if (!rst_ni) buffer_q <= '0;
          else if (lw_en_i[r] && lw_slot_i[16*r +: 16] == 16'(c * Parts + p))
            buffer_q <= lw_data_i[r*PartBits +: PartBits];
        end
        assign buffer[p*PartBits +: PartBits] = buffer_q;
      end

      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) weights_q <= '0;
        else if (iw) weights_q <= buffer;
      end

      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) begin
          en_q <= 1'b0;
          iw_q <= 1'b0;
        end else begin
          en_q <= en;
          iw_q <= iw;
        end
      end

      always_ff @(posedge clk_i) begin : p_sum
        logic [SumBits-1:0] sum;
        if (en) begin
          mac(act, weights_q, above, sum);
          sum_q <= sum;
          act_q <= act;
        end
      end
    end
  end

  for (genvar c = 0; c < Superlanes; c++) begin : g_product
    assign product_valid_o[c] = g_row[Superlanes-1].g_cell[c].en_q;
    assign product_o[c*SumBits +: SumBits] = g_row[Superlanes-1].g_cell[c].sum_q;
  end
endmodule

`default_nettype wire
