// SPDX-License-Identifier: Apache-2.0
// sxm_cross: a shifter or the permuter of a hemisphere's SXM, all superlanes of it. Superlane m delivers its part of a
// vector dispatched at t during t + m; the parts gather while the vector moves through 2 * Superlanes - 1 stages, one a
// cycle. Stage Superlanes + n, in t + n + Superlanes, forms the output of superlane n with superlane n's map of then.
// A part that is missing (superlane off, operand invalid) is zero, and its superlane gets no output.
// Degenerate: one superlane has one stage.
`default_nettype none

module sxm_cross #(
  parameter int Superlanes = tsp_pkg::SUPERLANES,
  parameter int Lanes      = tsp_pkg::LANES,
  parameter int Maps       = tsp_pkg::MAPS,
  parameter int Permutes   = 0,                        // 1: the permuter, 0: a shifter
  parameter int PartBits   = Lanes * 8 * (1 + Permutes)
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  // The instruction that acts on superlane 0 now, whether that is on or not
  input  logic                           valid_i /* verilator public_flat_rd */,
  input  logic [63:0]                    word_i /* verilator public_flat_rd */,
  // From each superlane: it takes part in the vector; it stores a map; the operand
  input  logic [Superlanes-1:0]          en_i /* verilator public_flat_rd */,
  input  logic [Superlanes-1:0]          map_en_i /* verilator public_flat_rd */,
  input  logic [Superlanes*8-1:0]        map_index_i /* verilator public_flat_rd */,
  input  logic [Superlanes*PartBits-1:0] data_i /* verilator public_flat_rd */,
  // To each superlane's streams: a register of the column holds it in the next cycle
  output logic [Superlanes-1:0]          drive_en_o,
  output logic [Superlanes*6-1:0]        drive_stream_o,
  output logic [Superlanes*Lanes*8-1:0]  drive_data_o
);
  /* verilator no_inline_module */
  localparam int Width    = Lanes * 8;
  localparam int Vector   = Superlanes * Width;
  localparam int Last     = 2 * Superlanes - 1;
  localparam int MapBits  = Permutes != 0 ? Lanes * 16 : Width;
  localparam int AddrBits = Maps > 1 ? $clog2(Maps) : 1;

  // Superlane n's part of the output. A shifter's: each lane by its byte of `entries` unshifted (0), from `distance`
  // elements below (1), from as many above (2), or zero. The permuter's: each lane takes the element of its entry,
  // or zero. One task for both: of two, the simulator would keep the one that a unit does not use.
  task automatic form(input logic [Vector-1:0] operand, input int n, input logic [9:0] distance,
                      input logic [MapBits-1:0] entries, output logic [Width-1:0] result);
    /* verilator no_inline_task */
    int whole, rest;
    logic [Width-1:0] low, high, here, up, down;
    logic [15:0] from;
    result = '0;
    if (Permutes != 0) begin
      for (int l = 0; l < Lanes; l++) begin
        from = entries[(16*l)%MapBits +: 16];
        if (32'(from) < Superlanes * Lanes) result[8*l +: 8] = operand[8*32'(from) +: 8];
      end
    end else begin
      whole = 32'(distance) / Lanes;
      rest = 32'(distance) % Lanes;
      here = operand[n*Width +: Width];
      low = '0;
      high = '0;
      if (n > whole) low = operand[(n-whole-1)*Width +: Width];
      if (n >= whole) high = operand[(n-whole)*Width +: Width];
      up = Width'({high, low} >> (8 * (Lanes - rest)));
      low = '0;
      high = '0;
      if (n + whole < Superlanes) low = operand[(n+whole)*Width +: Width];
      if (n + whole + 1 < Superlanes) high = operand[(n+whole+1)*Width +: Width];
      down = Width'({high, low} >> (8 * rest));
      for (int l = 0; l < Lanes; l++) begin
        if (entries[8*l +: 8] == 8'd0) result[8*l +: 8] = here[8*l +: 8];
        if (entries[8*l +: 8] == 8'd1) result[8*l +: 8] = up[8*l +: 8];
        if (entries[8*l +: 8] == 8'd2) result[8*l +: 8] = down[8*l +: 8];
      end
    end
  endtask

  wire [7:0] op     = word_i[63:56];
  wire       shifts = op == tsp_pkg::OP_SHIFT_UP || op == tsp_pkg::OP_SHIFT_DOWN || op == tsp_pkg::OP_SELECT;
  wire       start  = valid_i && (Permutes != 0 ? op == tsp_pkg::OP_PERMUTE : shifts);
  logic [Last:1] valid_q;  // stage k holds a vector
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= Last'({valid_q, start});
  end

  // Stage k holds the parts of the first k superlanes, or all.
  for (genvar k = 1; k <= Last; k++) begin : g_stage
    localparam int Have  = k < Superlanes ? k : Superlanes;
    localparam int First = k > Superlanes ? k - Superlanes : 0;  // superlanes below have had their output
    logic [7:0]            op_q;
    logic [5:0]            stream_q;
    logic [9:0]            distance_q;
    logic [AddrBits-1:0]   map_index_q;
    logic [Have-1:First]   part_q;       // parts that are there
    logic [Have*Width-1:0] vector_q;
    if (k == 1) begin : g_first
      always_ff @(posedge clk_i) begin
        if (start) begin
          op_q        <= op;
          stream_q    <= word_i[tsp_pkg::F_SELECT_OUT +: 6];
          distance_q  <= word_i[tsp_pkg::F_SELECT_N +: 10];
          map_index_q <= word_i[tsp_pkg::F_SELECT_MAP +: AddrBits];
          part_q      <= en_i[0];
          vector_q    <= en_i[0] ? data_i[0 +: Width] : '0;
        end
      end
    end else if (k <= Superlanes) begin : g_gather
      always_ff @(posedge clk_i) begin
        if (valid_q[k-1]) begin
          op_q        <= g_stage[k-1].op_q;
          stream_q    <= g_stage[k-1].stream_q;
          distance_q  <= g_stage[k-1].distance_q;
          map_index_q <= g_stage[k-1].map_index_q;
          part_q      <= {en_i[k-1], g_stage[k-1].part_q};
          vector_q    <= {en_i[k-1] ? data_i[(k-1)*PartBits +: Width] : Width'(0), g_stage[k-1].vector_q};
        end
      end
    end else begin : g_pass
      always_ff @(posedge clk_i) begin
        if (valid_q[k-1]) begin
          op_q        <= g_stage[k-1].op_q;
          stream_q    <= g_stage[k-1].stream_q;
          distance_q  <= g_stage[k-1].distance_q;
          map_index_q <= g_stage[k-1].map_index_q;
          part_q      <= g_stage[k-1].part_q[Have-1:First];
          vector_q    <= g_stage[k-1].vector_q;
        end
      end
    end
  end

  // Maps and output of superlane n
  for (genvar n = 0; n < Superlanes; n++) begin : g_lane
    logic [MapBits-1:0]  map_q [0:Maps-1];
    // wb_valid_q: this is the first cycle in which map wb_addr_q shows its new value. Kept for observers.
    logic                wb_valid_q /* verilator public_flat_rd */;
    logic [AddrBits-1:0] wb_addr_q /* verilator public_flat_rd */;
    wire  [MapBits-1:0]  map_data;  // the permuter's: low bytes from its first stream, high bytes from its second
    if (Permutes != 0) begin : g_pairs
      for (genvar l = 0; l < Lanes; l++) begin : g_entry
        assign map_data[16*l +: 8]     = data_i[n*PartBits + 8*l +: 8];
        assign map_data[16*l + 8 +: 8] = data_i[n*PartBits + Width + 8*l +: 8];
      end
    end else begin : g_bytes
      assign map_data = data_i[n*PartBits +: Width];
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        wb_valid_q <= 1'b0;
        wb_addr_q  <= '0;
      end else begin
        wb_valid_q <= map_en_i[n];
        if (map_en_i[n]) wb_addr_q <= map_index_i[8*n +: AddrBits];
      end
    end
    always_ff @(posedge clk_i) begin
      if (map_en_i[n]) map_q[map_index_i[8*n +: AddrBits]] <= map_data;
    end

    wire                en = valid_q[Superlanes+n] && g_stage[Superlanes+n].part_q[n];
    logic [MapBits-1:0] entries;
    logic [Width-1:0]   result;
    always_comb begin
      entries = '0;
      result = '0;
      if (en) begin
        if (Permutes != 0 || g_stage[Superlanes+n].op_q == tsp_pkg::OP_SELECT)
          entries = map_q[g_stage[Superlanes+n].map_index_q];
        else if (g_stage[Superlanes+n].op_q == tsp_pkg::OP_SHIFT_UP) entries = {MapBits/8{8'd1}};
        else entries = {MapBits/8{8'd2}};
        form(g_stage[Superlanes+n].vector_q, n, g_stage[Superlanes+n].distance_q, entries, result);
      end
    end
    assign drive_en_o[n]                   = en;
    assign drive_stream_o[6*n +: 6]        = g_stage[Superlanes+n].stream_q;
    assign drive_data_o[Width*n +: Width]  = result;
  end
endmodule

`default_nettype wire
