// SPDX-License-Identifier: Apache-2.0
// mem_tile: one MEM slice in one superlane: Read, Write, and both at once in different banks; Gather and Scatter at the
// address that the superlane has in the two streams of a map. The RAM is written as one array with a read and a write
// port; since the queue refuses a ReadWrite to one bank, two single-port RAMs, one for each half of it, would do.
// Dispatched at t in superlane n: Read addresses the bank in t + n, its word is at drive_* in t + n + ReadLatency - 1
// (so a stream register holds it one cycle later, ReadLatency >= 2); Write stores at the end of t + n. A Gather from
// beyond the words reads zeros, a Scatter stores nothing; without a valid operand nothing happens at all.
// The host reads in one cycle and writes in two: superlane merges what was read.
`default_nettype none

module mem_tile #(
  parameter int Lanes       = tsp_pkg::LANES,
  parameter int Words       = tsp_pkg::MEM_WORDS,
  parameter int ReadLatency = tsp_pkg::DFN_READ
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // Instruction of this superlane's cycle
  input  logic               valid_i,
  input  logic [63:0]        word_i,
  output logic               operand_fault_o,
  output logic               address_fault_o,
  // Operand of a Write or Scatter
  output logic               tap_en_o,
  output logic [5:0]         tap_stream_o,
  input  logic               tap_valid_i,
  input  logic [Lanes*8-1:0] tap_data_i,
  input  logic [15:0]        tap_check_i,    // check bits, stored with the word and driven with it
  // Map of a Gather or Scatter: lane 0 of its two streams
  output logic               map_en_o,
  output logic [5:0]         map_stream_o,
  input  logic               map_valid_i,
  input  logic [15:0]        map_addr_i,
  // Result of a Read or Gather
  output logic               drive_en_o,
  output logic [5:0]         drive_stream_o,
  output logic [Lanes*8-1:0] drive_data_o,
  output logic [15:0]        drive_check_o,
  // Host, while the machine stands still
  input  logic               host_read_i,
  input  logic               host_write_i,   // the cycle after host_read_i of the same word
  input  logic [15:0]        host_addr_i,
  input  logic [Lanes*8-1:0] host_wdata_i,
  input  logic [15:0]        host_wcheck_i,
  output logic [Lanes*8-1:0] host_rdata_o,   // the cycle after host_read_i
  output logic [15:0]        host_rcheck_o
);
  localparam int Width     = Lanes * 8;
  localparam int IndexBits = Words > 1 ? $clog2(Words) : 1;
  localparam int CheckBits = tsp_pkg::CHECK_BITS > 0 ? tsp_pkg::CHECK_BITS : 1;

  // Decode: an idle tile costs a simulator a look at valid_i
  logic is_gather, is_scatter, is_read, is_write;
  always_comb begin
    is_gather = 1'b0;
    is_scatter = 1'b0;
    is_read = 1'b0;
    is_write = 1'b0;
    if (valid_i) begin
      is_gather = word_i[63:56] == tsp_pkg::OP_GATHER;
      is_scatter = word_i[63:56] == tsp_pkg::OP_SCATTER;
      is_read = word_i[63:56] == tsp_pkg::OP_READ || word_i[63:56] == tsp_pkg::OP_READWRITE;
      is_write = word_i[63:56] == tsp_pkg::OP_WRITE || word_i[63:56] == tsp_pkg::OP_READWRITE;
    end
  end
  assign tap_en_o        = is_write || is_scatter;
  assign tap_stream_o    = word_i[tsp_pkg::F_READWRITE_WSTREAM +: 6];
  assign map_en_o        = is_gather || is_scatter;
  assign map_stream_o    = word_i[tsp_pkg::F_GATHER_MAP +: 6];

  // mem_we: the word mem_waddr changes at the end of this cycle. Kept for observers.
  logic        mem_we /* verilator public_flat_rd */;
  logic [15:0] mem_waddr /* verilator public_flat_rd */;
  logic        read_en;
  always_comb begin
    operand_fault_o = 1'b0;
    address_fault_o = 1'b0;
    mem_we = 1'b0;
    mem_waddr = '0;
    read_en = 1'b0;
    if (valid_i) begin
      operand_fault_o = (tap_en_o && !tap_valid_i) || (map_en_o && !map_valid_i);
      address_fault_o = map_en_o && !operand_fault_o && 32'(map_addr_i) >= Words;
      mem_we = tap_en_o && !operand_fault_o && !address_fault_o;
      mem_waddr = is_scatter ? map_addr_i : word_i[tsp_pkg::F_READWRITE_WADDR +: 16];
      read_en = (is_read || is_gather) && !operand_fault_o;
    end
  end

  // The words, and their check bits beside them
  logic [Width-1:0] ram_q [0:Words-1];
  logic [Width-1:0] rdata_q;
  always_ff @(posedge clk_i) begin : p_ram
    logic [15:0] raddr, waddr;
    if (mem_we || host_write_i) begin
      waddr = host_write_i ? host_addr_i : mem_waddr;
      ram_q[waddr[IndexBits-1:0]] <= host_write_i ? host_wdata_i : tap_data_i;
    end
    if (read_en || host_read_i) begin
      raddr = host_read_i ? host_addr_i : is_gather ? map_addr_i : word_i[tsp_pkg::F_READWRITE_RADDR +: 16];
      if (address_fault_o) rdata_q <= '0;
      else rdata_q <= ram_q[raddr[IndexBits-1:0]];
    end
  end
  wire [15:0] rcheck;
  if (tsp_pkg::ECC != 0) begin : g_check
    logic [CheckBits-1:0] check_q [0:Words-1];
    logic [CheckBits-1:0] rcheck_q;
    always_ff @(posedge clk_i) begin : p_check
      logic [15:0] raddr, waddr;
      if (mem_we || host_write_i) begin
        waddr = host_write_i ? host_addr_i : mem_waddr;
        check_q[waddr[IndexBits-1:0]] <= CheckBits'(host_write_i ? host_wcheck_i : tap_check_i);
      end
      if (read_en || host_read_i) begin
        raddr = host_read_i ? host_addr_i : is_gather ? map_addr_i : word_i[tsp_pkg::F_READWRITE_RADDR +: 16];
        if (address_fault_o) rcheck_q <= '0;
        else rcheck_q <= check_q[raddr[IndexBits-1:0]];
      end
    end
    assign rcheck = 16'(rcheck_q);
  end else begin : g_no_check
    assign rcheck = '0;
  end
  assign host_rcheck_o = rcheck;

  // Read result, one cycle after the address.
  logic       read_q;
  logic [5:0] read_stream_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_q   <= 1'b0;
      read_stream_q <= '0;
    end else begin
      read_q <= read_en;
      if (read_en || host_read_i) read_stream_q <= word_i[tsp_pkg::F_READWRITE_RSTREAM +: 6];
    end
  end

  // Further stages if the table asks for them.
  for (genvar k = 2; k < ReadLatency; k++) begin : g_delay
    logic             valid_q;
    logic [5:0]       stream_q;
    logic [Width-1:0] data_q;
    logic [15:0]      check_q;
    wire              en;
    wire [5:0]        stream;
    wire [Width-1:0]  data;
    wire [15:0]       check;
    if (k == 2) begin : g_first
      assign en     = read_q;
      assign stream = read_stream_q;
      assign data   = rdata_q;
      assign check  = rcheck;
    end else begin : g_next
      assign en     = g_delay[k-1].valid_q;
      assign stream = g_delay[k-1].stream_q;
      assign data   = g_delay[k-1].data_q;
      assign check  = g_delay[k-1].check_q;
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) valid_q <= 1'b0;
      else valid_q <= en;
    end
    always_ff @(posedge clk_i) begin
      if (en) begin
        stream_q <= stream;
        data_q   <= data;
        check_q  <= check;
      end
    end
  end
  if (ReadLatency > 2) begin : g_delayed
    assign drive_en_o     = g_delay[ReadLatency-1].valid_q;
    assign drive_stream_o = g_delay[ReadLatency-1].stream_q;
    assign drive_data_o   = g_delay[ReadLatency-1].data_q;
    assign drive_check_o  = g_delay[ReadLatency-1].check_q;
  end else begin : g_direct
    assign drive_en_o     = read_q;
    assign drive_stream_o = read_stream_q;
    assign drive_data_o   = rdata_q;
    assign drive_check_o  = rcheck;
  end

  assign host_rdata_o = rdata_q;
endmodule

`default_nettype wire
