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
  parameter int Streams     = tsp_pkg::STREAMS,
  parameter int Words       = tsp_pkg::MEM_WORDS,
  parameter int ReadLatency = tsp_pkg::DFN_READ
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // Instruction of this superlane's cycle
  input  logic               valid_i,
  input  logic [63:0]        word_i,
  input  logic               conflict_i,     // what it drives in this cycle meets another driver
  output logic [3:0]         code_o,         // fault code of the instruction, 0 if none
  output logic [1:0]         corrected_o,    // parts of its map corrected
  // Streams of the column
  input  logic [Streams-1:0]         east_valid_i,
  input  logic [Streams*Lanes*8-1:0] east_data_i,
  input  logic [Streams*16-1:0]      east_check_i,
  input  logic [Streams-1:0]         west_valid_i,
  input  logic [Streams*Lanes*8-1:0] west_data_i,
  input  logic [Streams*16-1:0]      west_check_i,
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

  // Operand of a Write or Scatter: its check bits are stored with the word and driven with it
  wire             tap_en = is_write || is_scatter;
  wire             tap_valid;
  wire [Width-1:0] tap_data;
  wire [15:0]      tap_check;
  wire [5:0]       tap_stream = word_i[tsp_pkg::F_READWRITE_WSTREAM +: 6];
  stream_tap #(.Streams(Streams), .Lanes(Lanes), .Count(1)) u_tap (
    .en_i(tap_en), .stream_i(tap_stream),
    .east_valid_i, .east_data_i, .east_wrong_i({Streams*10{1'b0}}),
    .west_valid_i, .west_data_i, .west_wrong_i({Streams*10{1'b0}}),
    .valid_o(tap_valid), .data_o(tap_data)
  );
  check_tap #(.Streams(Streams)) u_check (
    .en_i(tap_en), .stream_i(tap_stream), .east_check_i, .west_check_i, .check_o(tap_check)
  );

  // Map of a Gather or Scatter: lane 0 of its two streams is the address
  wire               map_en = is_gather || is_scatter;
  wire               map_valid, map_bad;
  wire [1:0]         map_fixed;
  wire [2*Width-1:0] map;
  ecc_tap #(.Streams(Streams), .Lanes(Lanes), .Count(2)) u_map_tap (
    .en_i(map_en), .stream_i(word_i[tsp_pkg::F_GATHER_MAP +: 6]),
    .east_valid_i, .east_data_i, .east_check_i, .west_valid_i, .west_data_i, .west_check_i,
    .valid_o(map_valid), .data_o(map), .bad_o(map_bad), .fixed_o(map_fixed)
  );
  wire [15:0]        map_addr = {map[Width +: 8], map[0 +: 8]};

  // mem_we: the word mem_waddr changes at the end of this cycle. Kept for observers.
  logic        mem_we /* verilator public_flat_rd */;
  logic [15:0] mem_waddr /* verilator public_flat_rd */;
  logic        read_en, missing, beyond;
  always_comb begin
    missing = 1'b0;
    beyond = 1'b0;
    mem_we = 1'b0;
    mem_waddr = '0;
    read_en = 1'b0;
    corrected_o = '0;
    if (valid_i) begin
      missing = tap_en && !tap_valid;
      beyond = map_valid && !missing && 32'(map_addr) >= Words;
      mem_we = tap_en && !missing && (!map_en || map_valid) && !beyond;
      mem_waddr = is_scatter ? map_addr : word_i[tsp_pkg::F_READWRITE_WADDR +: 16];
      read_en = (is_read && !missing) || (is_gather && map_valid);
      if (!missing) corrected_o = {1'b0, map_fixed[0]} + {1'b0, map_fixed[1]};
    end
  end
  always_comb begin
    code_o = '0;
    if (valid_i && map_bad && !missing) code_o = tsp_pkg::FLT_ECC;
    if (beyond) code_o = tsp_pkg::FLT_ADDRESS;
    if (conflict_i) code_o = tsp_pkg::FLT_STREAM;
    if (valid_i && (missing || (map_en && !map_valid && !map_bad))) code_o = tsp_pkg::FLT_OPERAND;
  end

  // The words, and their check bits beside them
  logic [Width-1:0] ram_q [0:Words-1];
  logic [Width-1:0] rdata_q;
  always_ff @(posedge clk_i) begin : p_ram
    logic [15:0] raddr, waddr;
    if (mem_we || host_write_i) begin
      waddr = host_write_i ? host_addr_i : mem_waddr;
      ram_q[waddr[IndexBits-1:0]] <= host_write_i ? host_wdata_i : tap_data;
    end
    if (read_en || host_read_i) begin
      raddr = host_read_i ? host_addr_i : is_gather ? map_addr : word_i[tsp_pkg::F_READWRITE_RADDR +: 16];
      if (beyond) rdata_q <= '0;
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
        check_q[waddr[IndexBits-1:0]] <= CheckBits'(host_write_i ? host_wcheck_i : tap_check);
      end
      if (read_en || host_read_i) begin
        raddr = host_read_i ? host_addr_i : is_gather ? map_addr : word_i[tsp_pkg::F_READWRITE_RADDR +: 16];
        if (beyond) rcheck_q <= '0;
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
