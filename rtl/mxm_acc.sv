// SPDX-License-Identifier: Apache-2.0
// mxm_acc: the accumulator file of one plane in one superlane. An ACC dispatched at t in superlane n takes the product
// of t + n. In t + n + 1 the sum is formed: the stream registers hold it in t + n + Latency (Latency >= 2), the entry
// in t + n + 2. An ACC one cycle later already sees it: the RAM's read register takes the sum instead of the old entry.
// A product is int32 or, in the first plane of an fp16 pair, fp32; an instruction for the other type does not take it.
// Where the superlane is off nothing is taken or lost; what was taken before still completes.
// Degenerate: ACC.set and ACC.out do not read the file; without F16 there is no fp32 adder.
`default_nettype none

module mxm_acc #(
  parameter int Lanes   = tsp_pkg::LANES,
  parameter int Depth   = tsp_pkg::ACC_DEPTH,
  parameter int Latency = tsp_pkg::DFN_ACC_SUM,
  parameter bit F16     = tsp_pkg::FP != 0 && tsp_pkg::PLANES > 2  // products of type fp32 may come
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                on_i,             // the superlane is powered
  // Instruction of this superlane's cycle
  input  logic                valid_i,
  input  logic [63:0]         word_i,
  output logic                operand_fault_o,
  output logic                lost_fault_o,
  // From the plane
  input  logic                product_valid_i,
  input  logic                product_f32_i,
  input  logic [Lanes*32-1:0] product_i,        // int32 or fp32 [Lanes]
  // To the streams
  output logic                drive_en_o,
  output logic [5:0]          drive_stream_o,
  output logic [Lanes*32-1:0] drive_data_o      // uint8 [4][Lanes], least significant stream first
);
  localparam int Width    = Lanes * 32;
  localparam int AddrBits = Depth > 1 ? $clog2(Depth) : 1;

  logic [Width-1:0] acc_q [0:Depth-1];

  wire [7:0] op   = word_i[63:56];
  wire       set      = op == tsp_pkg::OP_ACC_SET;
  wire       out      = op == tsp_pkg::OP_ACC_OUT;
  wire       add_i32  = op == tsp_pkg::OP_ACC_ADD;
  wire       sum_i32  = op == tsp_pkg::OP_ACC_SUM;
  wire       add_f32  = op == tsp_pkg::OP_ACC_ADD_F32;
  wire       sum_f32  = op == tsp_pkg::OP_ACC_SUM_F32;
  wire       is_acc   = on_i && valid_i && (set || out || add_i32 || sum_i32 || add_f32 || sum_f32);
  wire       f32      = F16 && product_f32_i;
  wire       fits     = set || out || (f32 ? add_f32 || sum_f32 : add_i32 || sum_i32);
  wire       take     = is_acc && product_valid_i && fits;
  wire       load     = take && !set && !out;
  wire [AddrBits-1:0] addr = word_i[tsp_pkg::F_ACC_SUM_ACC +: AddrBits];
  assign operand_fault_o = is_acc && !take;
  assign lost_fault_o    = on_i && product_valid_i && !take;

  // The cycle of the sum
  logic                take_q, load_q, f32_q, store_q, out_q;
  logic [AddrBits-1:0] addr_q;
  logic [5:0]          stream_q;
  logic [Width-1:0]    product_q;
  logic [Width-1:0]    old_q;
  logic [Width-1:0]    sum;
  // wb_valid_q: this is the first cycle in which entry wb_addr_q shows its new value. Kept for observers.
  logic                wb_valid_q /* verilator public_flat_rd */;
  logic [AddrBits-1:0] wb_addr_q /* verilator public_flat_rd */;

  always_comb begin
    sum = '0;
    if (take_q) begin
      sum = product_q;
      if (load_q && F16 && f32_q)
        for (int l = 0; l < Lanes; l++) sum[32*l +: 32] = fp_pkg::add_f32(old_q[32*l +: 32], product_q[32*l +: 32]);
      else if (load_q)
        for (int l = 0; l < Lanes; l++) sum[32*l +: 32] = old_q[32*l +: 32] + product_q[32*l +: 32];
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      take_q     <= 1'b0;
      load_q     <= 1'b0;
      f32_q      <= 1'b0;
      store_q    <= 1'b0;
      out_q      <= 1'b0;
      addr_q     <= '0;
      stream_q   <= '0;
      wb_valid_q <= 1'b0;
      wb_addr_q  <= '0;
    end else begin
      take_q     <= take;
      load_q     <= load;
      f32_q      <= f32;
      store_q    <= take && (set || add_i32 || add_f32);
      out_q      <= take && (out || sum_i32 || sum_f32);
      if (take) begin
        addr_q   <= addr;
        stream_q <= word_i[tsp_pkg::F_ACC_SUM_OUT +: 6];
      end
      wb_valid_q <= store_q;
      if (store_q) wb_addr_q <= addr_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) product_q <= product_i;
    if (load) old_q <= (store_q && addr_q == addr) ? sum : acc_q[addr];
    if (store_q) acc_q[addr_q] <= sum;
  end

  // From 32 bits per lane to four streams of bytes
  logic [Width-1:0] bytes;
  always_comb begin
    bytes = '0;
    if (out_q)
      for (int k = 0; k < 4; k++)
        for (int l = 0; l < Lanes; l++) bytes[8*(Lanes*k + l) +: 8] = sum[32*l + 8*k +: 8];
  end

  // Further stages if the table asks for them.
  for (genvar k = 2; k < Latency; k++) begin : g_delay
    logic             valid_q;
    logic [5:0]       group_q;
    logic [Width-1:0] data_q;
    wire              en;
    wire [5:0]        stream;
    wire [Width-1:0]  data;
    if (k == 2) begin : g_first
      assign en     = out_q;
      assign stream = stream_q;
      assign data   = bytes;
    end else begin : g_next
      assign en     = g_delay[k-1].valid_q;
      assign stream = g_delay[k-1].group_q;
      assign data   = g_delay[k-1].data_q;
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) valid_q <= 1'b0;
      else valid_q <= en;
    end
    always_ff @(posedge clk_i) begin
      if (en) begin
        group_q <= stream;
        data_q  <= data;
      end
    end
  end
  if (Latency > 2) begin : g_delayed
    assign drive_en_o     = g_delay[Latency-1].valid_q;
    assign drive_stream_o = g_delay[Latency-1].group_q;
    assign drive_data_o   = g_delay[Latency-1].data_q;
  end else begin : g_direct
    assign drive_en_o     = out_q;
    assign drive_stream_o = stream_q;
    assign drive_data_o   = bytes;
  end
endmodule

`default_nettype wire
