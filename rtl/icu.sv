// SPDX-License-Identifier: Apache-2.0
// icu: one instruction queue. Each cycle with step_i it makes exactly one step of golden/README.md, queues. The step
// made in one cycle shows in all its registers in the next, and so does its dispatch in superlane 0's bus register.
// Text is a single-port RAM, read one cycle ahead into word_q; the host uses the port while the queue stands still.
// Degenerate: a queue of length 0 raises EMPTY in its first step.
`default_nettype none

module icu #(
  parameter logic [2:0] Unit  = icu_pkg::MEM,        // kind of unit that it feeds
  parameter logic [5:0] Alu   = 6'd0,                // number of the ALU, for Unit VXM
  parameter logic       West  = 1'b0,                // outward is west, for the queues of a plane
  parameter int         Depth = tsp_pkg::IQ_DEPTH    // words of text
) (
  input  logic        clk_i,
  input  logic        rst_ni,         // position and state
  input  logic        host_rst_ni,    // program length: kept through a soft reset
  // Control
  input  logic        start_i,        // go to word 0
  input  logic        step_i,         // make one step
  input  logic        due_i,          // a barrier notification is due in this step
  // Dispatch
  output logic        valid_o,        // in the next cycle word_o acts in superlane 0
  output logic [63:0] word_o,
  output logic [3:0]  fault_o,        // code of the fault of this cycle, 0 if none
  output logic        notify_o,       // a Notify was issued in this cycle
  output logic        ended_o,
  // Host
  input  logic        host_text_i /* verilator public_flat_rd */,    // access to text word host_index_i
  input  logic        host_length_i /* verilator public_flat_rd */,  // access to the length
  input  logic        host_write_i,
  input  logic [19:0] host_index_i,
  input  logic [63:0] host_wdata_i,
  output logic [63:0] host_text_o,    // one cycle after the access
  output logic [19:0] host_length_o
);
  /* verilator no_inline_module */
  localparam int IndexBits = Depth > 1 ? $clog2(Depth) : 1;
  localparam int CountBits = $clog2(Depth + 1);

  logic [63:0]          text_q [0:Depth-1];
  logic [63:0]          word_q;            // text_q[pc_q]
  logic [CountBits-1:0] length_q;
  logic [CountBits-1:0] pc_d, pc_q;
  logic [15:0]          idle_d, idle_q;
  logic [15:0]          left_d, left_q;
  logic [63:0]          prev_d, prev_q;    // the last one dispatched
  logic [1:0]           state_d, state_q;
  logic [3:0]           fault_d, fault_q;
  logic                 valid_d;
  logic                 notify_d, notify_q;

  wire [7:0]  opcode   = word_q[63:56];
  wire [15:0] count    = word_q[tsp_pkg::F_REPEAT_N +: 16];
  wire [15:0] gap      = 16'(word_q[tsp_pkg::F_REPEAT_D +: tsp_pkg::W_REPEAT_D]);
  wire [15:0] stride_a = word_q[tsp_pkg::F_REPEAT_A +: 16];
  wire [15:0] stride_b = word_q[tsp_pkg::F_REPEAT_B +: 16];

  // One step. `issue` dispatches the word at the head, `again` the previous one.
  logic issue, again, advance;
  always_comb begin
    idle_d = idle_q;
    left_d = left_q;
    state_d = state_q;
    fault_d = '0;
    notify_d = 1'b0;
    issue = 1'b0;
    again = 1'b0;
    advance = 1'b0;
    if (step_i && (state_q == icu_pkg::RUN || state_q == icu_pkg::PARKED)) begin
      if (idle_q != '0) begin
        idle_d = idle_q - 16'd1;
      end else if (left_q != '0) begin
        again = 1'b1;
        left_d = left_q - 16'd1;
        if (left_q == 16'd1) advance = 1'b1;
        else idle_d = gap - 16'd1;
      end else if (pc_q >= length_q) begin
        state_d = icu_pkg::EMPTY;
        fault_d = 4'(tsp_pkg::FLT_EMPTY);
      end else begin
        advance = 1'b1;
        case (opcode)
          tsp_pkg::OP_NOP: begin
            if ((word_q & ~tsp_pkg::MASK_NOP) != '0 || count == '0) fault_d = 4'(tsp_pkg::FLT_ENCODING);
            else idle_d = count - 16'd1;
          end
          tsp_pkg::OP_REPEAT: begin
            if ((word_q & ~tsp_pkg::MASK_REPEAT) != '0 || count == '0 || gap == '0 || prev_q == '0) begin
              fault_d = 4'(tsp_pkg::FLT_ENCODING);
            end else if (gap == 16'd1) begin
              again = 1'b1;
              left_d = count - 16'd1;
              advance = count == 16'd1;
            end else begin
              left_d = count;
              idle_d = gap - 16'd2;
              advance = 1'b0;
            end
          end
          tsp_pkg::OP_SYNC: begin
            if ((word_q & ~tsp_pkg::MASK_SYNC) != '0) fault_d = 4'(tsp_pkg::FLT_ENCODING);
            else begin
              state_d = due_i ? icu_pkg::RUN : icu_pkg::PARKED;
              advance = due_i;
            end
          end
          tsp_pkg::OP_NOTIFY: begin
            if ((word_q & ~tsp_pkg::MASK_NOTIFY) != '0) fault_d = 4'(tsp_pkg::FLT_ENCODING);
            else notify_d = 1'b1;
          end
          tsp_pkg::OP_END: begin
            if ((word_q & ~tsp_pkg::MASK_END) != '0) fault_d = 4'(tsp_pkg::FLT_ENCODING);
            else begin
              state_d = icu_pkg::ENDED;
              advance = 1'b0;
            end
          end
          default: issue = 1'b1;
        endcase
      end
    end
    prev_d = prev_q;
    valid_d = 1'b0;
    if (issue || again) begin
      prev_d = again ? icu_pkg::stride(prev_q, stride_a, stride_b) : word_q;
      fault_d = icu_pkg::check(Unit, Alu, West, prev_d);
      valid_d = fault_d == '0;
    end
    pc_d = pc_q;
    if (advance) pc_d = pc_q + CountBits'(1);
    if (start_i) pc_d = '0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pc_q     <= '0;
      idle_q   <= '0;
      left_q   <= '0;
      prev_q   <= '0;
      state_q  <= icu_pkg::RUN;
      fault_q  <= '0;
      notify_q <= 1'b0;
    end else begin
      pc_q     <= pc_d;
      idle_q   <= start_i ? '0 : idle_d;
      left_q   <= start_i ? '0 : left_d;
      prev_q   <= start_i ? '0 : prev_d;
      state_q  <= start_i ? icu_pkg::RUN : state_d;
      fault_q  <= fault_d;
      notify_q <= notify_d;
    end
  end

  // Text: one port. An index beyond the text (pc at the end of a full queue) is not read.
  wire                 fetch = start_i || advance;
  wire [IndexBits-1:0] index = host_text_i ? host_index_i[IndexBits-1:0] : pc_d[IndexBits-1:0];
  always_ff @(posedge clk_i) begin
    if (host_text_i && host_write_i) text_q[index] <= host_wdata_i;
    else if (host_text_i || (fetch && 32'(pc_d) < Depth)) word_q <= text_q[index];
  end

  always_ff @(posedge clk_i or negedge host_rst_ni) begin
    if (!host_rst_ni) length_q <= '0;
    else if (host_length_i && host_write_i) length_q <= host_wdata_i[CountBits-1:0];
  end

  assign valid_o       = valid_d;
  assign word_o        = prev_d;
  assign fault_o       = fault_q;
  assign notify_o      = notify_q;
  assign ended_o       = state_q == icu_pkg::ENDED;
  assign host_text_o   = word_q;
  assign host_length_o = 20'(length_q);
endmodule

`default_nettype wire
