// SPDX-License-Identifier: Apache-2.0
// mxm: the matrix planes of a hemisphere, each Superlanes x Superlanes supercells of Lanes x Lanes int8 weights.
// Supercell (r, c) adds its row's activations to the sums that come from (r - 1, c). What enters row 0 at t and row r
// at t + r reaches column c one cycle later per column and leaves below column c at t + Superlanes + c. Sums wrap
// modulo 2^32.
// LW writes the weight buffer of any column at once; IW moves along the row and copies buffer to weights.
// With F16 the first plane also takes fp16 vectors, in two halves, and multiplies them with weights whose low bytes are
// its own and whose high bytes are the next plane's. It sums them exactly (mxm_pkg); in the last row the second half
// adds what the first has left there, and the product leaves at t + Superlanes + 1 + c, rounded.
// The supercells are scopes here and not instances: then the simulator compiles their arithmetic once per hemisphere.
// Degenerate: one superlane is one supercell, latency one cycle.
`default_nettype none

module mxm #(
  parameter int Superlanes = tsp_pkg::SUPERLANES,
  parameter int Lanes      = tsp_pkg::LANES,
  parameter int LwStreams  = tsp_pkg::LW_STREAMS,
  parameter int Planes     = (tsp_pkg::PLANES + 1) / 2,  // of this hemisphere
  parameter bit F16        = tsp_pkg::FP != 0 && Planes > 1
) (
  input  logic                                           clk_i,
  input  logic                                           rst_ni,
  // [plane][row]: LW's slot is column * parts + part, its data int8 [LwStreams outputs][Lanes inputs]
  input  logic [Planes*Superlanes-1:0]                   lw_en_i /* verilator public_flat_rd */,
  input  logic [Planes*Superlanes*16-1:0]                lw_slot_i /* verilator public_flat_rd */,
  input  logic [Planes*Superlanes*LwStreams*Lanes*8-1:0] lw_data_i /* verilator public_flat_rd */,
  input  logic [Planes*Superlanes-1:0]                   iw_en_i /* verilator public_flat_rd */,
  // Activations: int8 [Lanes] with act_en_i; in the first plane half h of an fp16 vector with half_i[h], low bytes
  // first
  input  logic [Planes*Superlanes-1:0]                   act_en_i /* verilator public_flat_rd */,
  input  logic [Superlanes*2-1:0]                        half_i /* verilator public_flat_rd */,
  input  logic [Planes*Superlanes*Lanes*8-1:0]           act_i /* verilator public_flat_rd */,
  // [plane][column]; the first plane's are fp32 where f32_o says so
  output logic [Planes*Superlanes-1:0]                   product_valid_o,
  output logic [Superlanes-1:0]                          f32_o,
  output logic [Planes*Superlanes*Lanes*32-1:0]          product_o   // int32 or fp32 [Lanes]
);
  /* verilator no_inline_module */
  localparam int Parts    = Lanes / LwStreams;
  localparam int PartBits = LwStreams * Lanes * 8;
  localparam int CellBits = Parts * PartBits;
  localparam int SumBits  = Lanes * 32;
  localparam int ActBits  = Lanes * 8;
  localparam int Half     = Lanes / 2;
  localparam int HalfBits = Half * 8;
  localparam int WideBits = Lanes * 128;                // exact sums: {high, low}, 64 bits each, of every output
  localparam int FlagBits = Lanes * 3;                  // {-inf, +inf, NaN} was among the products, each [Lanes]
  localparam int Last     = Superlanes - 1;

  // One supercell's sums. Every term is signed: one unsigned operand would zero-extend the rest.
  task automatic mac(input logic [ActBits-1:0] act, input logic [CellBits-1:0] weights,
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

  // The same for half the inputs in fp16: low byte, high byte of each. A significand is 3 bits above the low byte, an
  // exponent field of 0 or 1 shifts by no place. What an infinity or a NaN adds to the sum does not matter: `special`
  // then tells to form the flags. Up to the multiplication, one operation serves all inputs of an output, a byte each.
  task automatic mac_f16(input logic [HalfBits-1:0] x_low, input logic [HalfBits-1:0] x_high, input logic second,
                         input logic [CellBits-1:0] weights_low, input logic [CellBits-1:0] weights_high,
                         input logic [WideBits-1:0] above, output logic [WideBits-1:0] sum, output logic special);
    /* verilator no_inline_task */
    logic [63:0] low, high, term;
    logic [HalfBits-1:0] exponent, normal, place, x_place, head, x_head, negative, w_low, w_high;
    logic [31:0] product;
    exponent = (x_high >> 2) & {Half{8'h1f}};
    normal = ((exponent + {Half{8'h7f}}) >> 7) & {Half{8'h01}};
    special = |((exponent + {Half{8'h61}}) & {Half{8'h80}});
    x_place = exponent - normal;
    x_head = (x_high & {Half{8'h03}}) | (normal << 2);
    for (int j = 0; j < Lanes; j++) begin
      w_low = second ? weights_low[8*(Lanes*j + Half) +: HalfBits] : weights_low[8*Lanes*j +: HalfBits];
      w_high = second ? weights_high[8*(Lanes*j + Half) +: HalfBits] : weights_high[8*Lanes*j +: HalfBits];
      exponent = (w_high >> 2) & {Half{8'h1f}};
      normal = ((exponent + {Half{8'h7f}}) >> 7) & {Half{8'h01}};
      special = special | (|((exponent + {Half{8'h61}}) & {Half{8'h80}}));
      place = exponent - normal + x_place;
      head = (w_high & {Half{8'h03}}) | (normal << 2);
      negative = x_high ^ w_high;
      low = above[128*j +: 64];
      high = above[128*j + 64 +: 64];
      for (int i = 0; i < Half; i++) begin
        product = {16'd0, x_head[8*i +: 8], x_low[8*i +: 8]} * {16'd0, head[8*i +: 8], w_low[8*i +: 8]};
        term = {32'd0, product} << place[8*i +: 5];
        if (negative[8*i + 7]) term = -term;
        if (place[8*i + 5]) high = high + term;
        else low = low + term;
      end
      sum[128*j +: 64] = low;
      sum[128*j + 64 +: 64] = high;
    end
  endtask

  // The flags of half the inputs, in the same way; bit 7 of a byte tells of its input. A product is NaN because a
  // factor is, or of inf * 0.
  task automatic mark(input logic [HalfBits-1:0] x_low, input logic [HalfBits-1:0] x_high, input logic second,
                      input logic [CellBits-1:0] weights_low, input logic [CellBits-1:0] weights_high,
                      input logic [FlagBits-1:0] above, output logic [FlagBits-1:0] flags);
    /* verilator no_inline_task */
    logic [HalfBits-1:0] w_low, w_high, any, fraction, x_special, x_nan, x_some, special, w_nan, w_some, not_number;
    logic [Lanes-1:0] nan, plus, minus;
    {minus, plus, nan} = above;
    any = x_low | (x_high & {Half{8'h03}});
    fraction = any | ((any & {Half{8'h7f}}) + {Half{8'h7f}});
    any = x_low | (x_high & {Half{8'h7f}});
    x_some = any | ((any & {Half{8'h7f}}) + {Half{8'h7f}});
    x_special = ((x_high >> 2) & {Half{8'h1f}}) + {Half{8'h61}};
    x_nan = x_special & fraction;
    for (int j = 0; j < Lanes; j++) begin
      w_low = second ? weights_low[8*(Lanes*j + Half) +: HalfBits] : weights_low[8*Lanes*j +: HalfBits];
      w_high = second ? weights_high[8*(Lanes*j + Half) +: HalfBits] : weights_high[8*Lanes*j +: HalfBits];
      any = w_low | (w_high & {Half{8'h03}});
      fraction = any | ((any & {Half{8'h7f}}) + {Half{8'h7f}});
      any = w_low | (w_high & {Half{8'h7f}});
      w_some = any | ((any & {Half{8'h7f}}) + {Half{8'h7f}});
      special = ((w_high >> 2) & {Half{8'h1f}}) + {Half{8'h61}};
      w_nan = special & fraction;
      not_number = x_nan | w_nan | (x_special & ~w_some) | (special & ~x_some);
      special = (special | x_special) & ~not_number;
      nan[j] = nan[j] | (|(not_number & {Half{8'h80}}));
      minus[j] = minus[j] | (|(special & (x_high ^ w_high) & {Half{8'h80}}));
      plus[j] = plus[j] | (|(special & ~(x_high ^ w_high) & {Half{8'h80}}));
    end
    flags = {minus, plus, nan};
  endtask

  // What the first half has left, added to what comes from above with the second.
  task automatic join_halves(input logic [WideBits-1:0] above, input logic [WideBits-1:0] first,
                             output logic [WideBits-1:0] sum);
    /* verilator no_inline_task */
    for (int j = 0; j < 2 * Lanes; j++) sum[64*j +: 64] = above[64*j +: 64] + first[64*j +: 64];
  endtask

  // The product: the sums below the last row, rounded.
  task automatic round_sums(input logic [WideBits-1:0] sum, input logic [FlagBits-1:0] flags,
                            output logic [SumBits-1:0] product);
    /* verilator no_inline_task */
    logic [Lanes-1:0] minus, plus, nan;
    {minus, plus, nan} = flags;
    for (int j = 0; j < Lanes; j++)
      product[32*j +: 32] = mxm_pkg::sum_f32($signed(sum[128*j +: 64]), $signed(sum[128*j + 64 +: 64]),
                                             minus[j], plus[j], nan[j]);
  endtask

  for (genvar k = 0; k < Planes; k++) begin : g_plane
    for (genvar r = 0; r < Superlanes; r++) begin : g_row
      localparam int Row = k * Superlanes + r;
      for (genvar c = 0; c < Superlanes; c++) begin : g_cell
        logic [CellBits-1:0] weights_q;  // int8 [output j][input i]: byte j * Lanes + i
        logic [ActBits-1:0]  act_q;      // for the supercell to the right
        logic [SumBits-1:0]  sum_q;      // for the supercell below
        logic                en_q;       // act_q and sum_q were taken in the last cycle
        // weights_q were installed in the last cycle. Kept for observers in the last column, too.
        logic                iw_q /* verilator public_flat_rd */;

        // Inputs: from the feed in column 0, from the left elsewhere; from above, zero in row 0.
        wire               en, iw;
        wire [1:0]         half;  // act is this half of an fp16 vector
        wire [ActBits-1:0] act;
        wire [SumBits-1:0] above;
        if (c == 0) begin : g_west
          assign en  = act_en_i[Row];
          assign iw  = iw_en_i[Row];
          assign act = act_i[Row*ActBits +: ActBits];
        end else begin : g_inner
          assign en  = g_plane[k].g_row[r].g_cell[c-1].en_q;
          assign iw  = g_plane[k].g_row[r].g_cell[c-1].iw_q;
          assign act = g_plane[k].g_row[r].g_cell[c-1].act_q;
        end
        if (r == 0) begin : g_north
          assign above = '0;
        end else begin : g_below
          assign above = g_plane[k].g_row[r-1].g_cell[c].sum_q;
        end

        // Weight buffer, one register per LW part.
        wire [CellBits-1:0] buffer;
        for (genvar p = 0; p < Parts; p++) begin : g_part
          logic [PartBits-1:0] buffer_q;
          always_ff @(posedge clk_i or negedge rst_ni) begin
            if (!rst_ni) buffer_q <= '0;
            else if (lw_en_i[Row] && lw_slot_i[16*Row +: 16] == 16'(c * Parts + p))
              buffer_q <= lw_data_i[Row*PartBits +: PartBits];
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
          end
          if (en || half != '0) act_q <= act;
        end

        if (F16 && k == 0) begin : g_f16
          logic [1:0]          half_q;
          logic [WideBits-1:0] wide_q;
          logic [FlagBits-1:0] flags_q;
          wire  [WideBits-1:0] wide_above;
          wire  [FlagBits-1:0] flags_above;
          if (c == 0) begin : g_west
            assign half = half_i[2*r +: 2];
          end else begin : g_inner
            assign half = g_plane[k].g_row[r].g_cell[c-1].g_f16.half_q;
          end
          if (r == 0) begin : g_north
            assign wide_above  = '0;
            assign flags_above = '0;
          end else begin : g_below
            assign wide_above  = g_plane[k].g_row[r-1].g_cell[c].g_f16.wide_q;
            assign flags_above = g_plane[k].g_row[r-1].g_cell[c].g_f16.flags_q;
          end

          always_ff @(posedge clk_i or negedge rst_ni) begin
            if (!rst_ni) half_q <= '0;
            else half_q <= half;
          end

          wire [HalfBits-1:0] x_low  = act[0 +: HalfBits];
          wire [HalfBits-1:0] x_high = act[HalfBits +: HalfBits];
          always_ff @(posedge clk_i) begin : p_wide
            logic [WideBits-1:0] from, sum;
            logic [FlagBits-1:0] flags_from, flags;
            logic special;
            if (half != '0) begin
              from = wide_above;
              flags_from = flags_above;
              if (r == Last && half[1]) begin
                join_halves(wide_above, wide_q, from);
                flags_from = flags_above | flags_q;
              end
              mac_f16(x_low, x_high, half[1], weights_q, g_plane[1].g_row[r].g_cell[c].weights_q, from, sum, special);
              flags = flags_from;
              if (special)
                mark(x_low, x_high, half[1], weights_q, g_plane[1].g_row[r].g_cell[c].weights_q, flags_from, flags);
              wide_q   <= sum;
              flags_q <= flags;
            end
          end
        end else begin : g_int8
          assign half = '0;
        end
      end
    end

    for (genvar c = 0; c < Superlanes; c++) begin : g_product
      localparam int Column = k * Superlanes + c;
      wire int8_valid = g_plane[k].g_row[Last].g_cell[c].en_q;
      if (F16 && k == 0) begin : g_f16
        logic [SumBits-1:0] product;
        wire f32 = g_plane[k].g_row[Last].g_cell[c].g_f16.half_q[1];
        always_comb begin
          product = g_plane[k].g_row[Last].g_cell[c].sum_q;
          if (f32)
            round_sums(g_plane[k].g_row[Last].g_cell[c].g_f16.wide_q, g_plane[k].g_row[Last].g_cell[c].g_f16.flags_q,
                       product);
        end
        assign product_valid_o[Column]              = int8_valid || f32;
        assign f32_o[c]                             = f32;
        assign product_o[Column*SumBits +: SumBits] = product;
      end else begin : g_int8
        assign product_valid_o[Column]              = int8_valid;
        assign product_o[Column*SumBits +: SumBits] = g_plane[k].g_row[Last].g_cell[c].sum_q;
      end
    end
  end
  if (!F16) begin : g_no_f16
    assign f32_o = '0;
  end
endmodule

`default_nettype wire
