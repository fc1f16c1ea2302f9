// SPDX-License-Identifier: Apache-2.0
// host_port: the word-wide valid/ready port (golden/README.md, host port), one request at a time. A request taken in
// cycle r is carried out in r + 1; it is answered in r + 2, a text read and a memory access in r + 3. A start and an
// access to memory, text or a length wait until nothing is under way. A start is answered in cycle -1 of the program.
// An error answer changes nothing: no such register, queue, word, slice or superlane; a read-only register; an unknown
// command; a length beyond the text; memory, text, length or start while the machine runs.
`default_nettype none

module host_port (
  input  logic        clk_i,
  input  logic        rst_ni,
  // Port
  input  logic        req_valid_i,
  output logic        req_ready_o,
  input  logic        req_write_i,
  input  logic [39:0] req_addr_i,
  input  logic [63:0] req_wdata_i,
  output logic        rsp_valid_o,
  output logic [63:0] rsp_rdata_o,
  output logic        rsp_error_o,
  // Control and status
  input  logic        running_i,
  input  logic        settled_i,
  output logic        start_o,
  output logic        soft_reset_o,
  output logic [7:0]  csr_index_o,
  input  logic [63:0] csr_rdata_i,
  input  logic        csr_exists_i,
  // What is accessed, held until the answer
  output logic        write_o,
  output logic [63:0] wdata_o,
  output logic [15:0] queue_o,
  output logic [19:0] index_o,       // word of the text
  output logic [7:0]  slice_o,
  output logic [15:0] addr_o,
  output logic [7:0]  superlane_o,
  output logic [3:0]  part_o,
  // Strobes, and the data that answers them one cycle later (length: at once)
  output logic        text_o,
  output logic        length_o,
  output logic        mem_read_o,
  output logic        mem_write_o,   // follows mem_read_o if write_o
  input  logic [63:0] text_i,
  input  logic [19:0] length_i,
  input  logic [63:0] mem_i,
  input  logic        mem_error_i    // what was read of memory cannot be corrected
);
  localparam logic [1:0] Idle = 2'd0;
  localparam logic [1:0] Exec = 2'd1;
  localparam logic [1:0] Data = 2'd2;

  logic [1:0]  state_q;
  logic        write_q;
  logic [39:0] addr_q;
  logic [63:0] wdata_q;
  logic        rsp_valid_q;
  logic [63:0] rsp_rdata_q;
  logic        rsp_error_q;

  wire [3:0] region = addr_q[39:36];
  assign write_o     = write_q;
  assign wdata_o     = wdata_q;
  assign csr_index_o = addr_q[7:0];
  assign queue_o     = addr_q[35:20];
  assign index_o     = addr_q[19:0];
  assign slice_o     = addr_q[35:28];
  assign addr_o      = addr_q[27:12];
  assign superlane_o = addr_q[11:4];
  assign part_o      = addr_q[3:0];

  wire is_csr    = region == 4'd0;
  wire is_text   = region == 4'd1;
  wire is_length = region == 4'd2;
  wire is_mem    = region == 4'd3;
  wire command   = is_csr && write_q && addr_q[35:0] == 36'd1;
  wire start     = command && wdata_q == 64'd1;
  wire wipe      = command && wdata_q == 64'd2;

  logic bad;
  always_comb begin
    bad = 1'b1;
    if (is_csr && !write_q) bad = addr_q[35:8] != '0 || !csr_exists_i;
    if (start) bad = running_i;
    if (wipe) bad = 1'b0;
    if (is_text) bad = running_i || 32'(queue_o) >= tsp_pkg::QUEUES || 32'(index_o) >= tsp_pkg::IQ_DEPTH;
    if (is_length)
      bad = running_i || 32'(queue_o) >= tsp_pkg::QUEUES || index_o != '0 ||
          (write_q && wdata_q > 64'(tsp_pkg::IQ_DEPTH));
    if (is_mem)
      bad = running_i || 32'(slice_o) >= 2 * tsp_pkg::MEM_SLICES || 32'(addr_o) >= tsp_pkg::MEM_WORDS ||
          32'(superlane_o) >= tsp_pkg::SUPERLANES || 32'(part_o) * 8 >= tsp_pkg::LANES;
  end

  wire waits = (is_mem || is_text || is_length || start) && !bad && !settled_i;
  wire exec  = state_q == Exec && !waits;
  wire good  = exec && !bad;
  wire later = good && (is_mem || (is_text && !write_q));

  assign start_o      = good && start;
  assign soft_reset_o = good && wipe;
  assign text_o       = good && is_text;
  assign length_o     = good && is_length;
  assign mem_read_o   = good && is_mem;
  assign mem_write_o  = state_q == Data && is_mem && write_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q     <= Idle;
      write_q     <= 1'b0;
      addr_q      <= '0;
      wdata_q     <= '0;
      rsp_valid_q <= 1'b0;
      rsp_rdata_q <= '0;
      rsp_error_q <= 1'b0;
    end else begin
      rsp_valid_q <= 1'b0;
      if (state_q == Idle && req_valid_i) begin
        state_q <= Exec;
        write_q <= req_write_i;
        addr_q  <= req_addr_i;
        wdata_q <= req_wdata_i;
      end
      if (exec) begin
        state_q     <= later ? Data : Idle;
        rsp_valid_q <= !later;
        rsp_error_q <= bad;
        rsp_rdata_q <= '0;
        if (!bad && !write_q) rsp_rdata_q <= is_length ? 64'(length_i) : csr_rdata_i;
      end
      if (state_q == Data) begin
        state_q     <= Idle;
        rsp_valid_q <= 1'b1;
        rsp_rdata_q <= '0;
        if (!write_q) rsp_rdata_q <= is_mem ? mem_i : text_i;
        if (!write_q && is_mem) rsp_error_q <= mem_error_i;
      end
    end
  end

  assign req_ready_o = state_q == Idle;
  assign rsp_valid_o = rsp_valid_q;
  assign rsp_rdata_o = rsp_rdata_q;
  assign rsp_error_o = rsp_error_q;
endmodule

`default_nettype wire
