// SPDX-License-Identifier: Apache-2.0
// icu: one instruction queue. Each cycle with step_i it makes exactly one step of golden/README.md, queues. The step
// made in one cycle shows in all its registers in the next, and so does its dispatch in superlane 0's bus register.
// Text is a ring of Depth words in a RAM of Row-word rows with one write port (host, arriving rows) and one read port;
// the row of pc is read one cycle ahead. A row that arrives shows in tail_q in the next cycle, and the step of that
// cycle, made now, may already execute its first word.
// Ifetch and Config ask for their buses in the cycle of the step (ask_*) and are refused, fault BUSY, unless granted.
// A word to dispatch is checked outside (icu_check). For the simulator all queues are one piece of code: no functions,
// no parameters that differ, and what differs comes in at ports that it keeps as variables.
// Degenerate: a queue of length 0 raises EMPTY in its first step.
`default_nettype none

module icu #(
  parameter int Depth      = tsp_pkg::IQ_DEPTH,    // words of text, a power of two
  parameter int Row        = tsp_pkg::FETCH_ROW,   // words that a superlane adds to an Ifetch, a power of two
  parameter int Superlanes = tsp_pkg::SUPERLANES
) (
  input  logic        clk_i,
  input  logic        rst_ni,         // position and state
  input  logic        host_rst_ni,    // program length: kept through a soft reset
  input  logic        link_i /* verilator public_flat_rd */,   // constant: it is the queue of a link
  // Control
  input  logic        start_i,        // go to word 0
  input  logic        step_i,         // make one step
  input  logic        due_i,          // a barrier notification is due in this step
  input  logic        epoch_i,        // the hardware-aligned counter is zero in the cycle of this step
  // Dispatch
  output logic        issue_o,        // the step dispatches word_o
  output logic [63:0] word_o,
  input  logic [3:0]  code_i /* verilator public_flat_rd */,   // the fault that this causes, 0 if none
  output logic        valid_o,        // in the next cycle word_o acts in superlane 0
  output logic [3:0]  fault_o,        // code of the fault of this cycle, 0 if none
  output logic        notify_o,       // a Notify was issued in this cycle
  output logic        ended_o,
  // Ifetch and Config: their fields are those of head_o
  output logic        ask_fetch_o,
  output logic        ask_config_o,
  output logic [7:0]  head_o,         // low bits of the word at the head
  input  logic        grant_i /* verilator public_flat_rd */,
  // A row of text that arrives, the first word lowest
  input  logic              row_valid_i /* verilator public_flat_rd */,
  input  logic [64*Row-1:0] row_i /* verilator public_flat_rd */,
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
  localparam int Rows      = Depth / Row;
  localparam int RowShift  = $clog2(Row);
  localparam int IndexBits = Rows > 1 ? $clog2(Rows) : 1;
  localparam int CountBits = $clog2(Depth + 1);
  localparam int FetchBits = Superlanes > 1 ? $clog2(Superlanes) : 1;
  localparam int RowBits   = 64 * Row;

  logic [RowBits-1:0]   text_q [0:Rows-1];
  logic [RowBits-1:0]   row_q;             // the row of pc_q, as the RAM had it
  logic                 late_q;            // the word at pc_q is late_word_q: it came when the row was being read
  logic [63:0]          late_word_q;
  logic [CountBits-1:0] length_q;
  logic [31:0]          pc_d, pc_q;
  logic [31:0]          tail_d, tail_q;
  logic [15:0]          idle_d, idle_q;
  logic [15:0]          left_d, left_q;
  logic [63:0]          prev_d, prev_q;    // the last one dispatched
  logic [1:0]           state_d, state_q;
  logic [3:0]           fault_d, fault_q;
  logic                 notify_d, notify_q;
  // A fetch acts in one superlane after the other, and each row is here three cycles later: superlanes in which the
  // fetch under way acts from the cycle of the step on; whether one acted in the two cycles before it, the later
  // lowest.
  logic [FetchBits-1:0] fetch_q;
  logic [1:0]           acted_q;

  // The word at the head, while one is looked at; tail as of the cycle of the step.
  logic        looks;
  logic [63:0] head;
  always_comb begin
    looks = step_i && idle_q == '0 && (state_q == icu_pkg::RUN || state_q == icu_pkg::PARKED);
    head = '0;
    if (looks) begin
      head = row_q[63:0];
      for (int k = 1; k < Row; k++)
        if ((pc_q & (Row - 1)) == k) head = row_q[64*k +: 64];
      if (late_q) head = late_word_q;
      if (row_valid_i && pc_q == tail_q) head = row_i[63:0];
    end
    tail_d = tail_q;
    if (row_valid_i) tail_d = tail_q + Row;
  end
  wire [7:0]  opcode   = head[63:56];
  wire [15:0] count    = head[tsp_pkg::F_REPEAT_N +: 16];
  wire [15:0] gap      = 16'(head[tsp_pkg::F_REPEAT_D +: tsp_pkg::W_REPEAT_D]);
  wire [15:0] stride_a = head[tsp_pkg::F_REPEAT_A +: 16];
  wire [15:0] stride_b = head[tsp_pkg::F_REPEAT_B +: 16];

  // Room for a fetch: what is here from pc + 1 on, what is under way, and Superlanes rows more, fit in the ring.
  logic [31:0] coming, ahead;
  logic        no_room;
  always_comb begin
    coming = '0;
    ahead = '0;
    no_room = 1'b0;
    if (looks && opcode == tsp_pkg::OP_IFETCH) begin
      coming = 32'(fetch_q) + 32'(acted_q[0]) + 32'(acted_q[1]);
      ahead = tail_d - pc_q - 32'd1 + (coming + Superlanes) * Row;
      no_room = ahead > Depth || (32'(length_q) & (Row - 1)) != '0;
    end
  end

  // What a Repeat makes of the word before: its strided fields moved, each modulo its width. They stand in three places
  // (table_check); which, the opcode says.
  localparam logic [255:0] MovesRead  = icu_pkg::moving(16'd1, 16'(tsp_pkg::F_READWRITE_RADDR));
  localparam logic [255:0] MovesSlot  = icu_pkg::moving(16'd1, 16'(tsp_pkg::F_LW_SLOT));
  localparam logic [255:0] MovesWrite = icu_pkg::moving(16'd2, 16'(tsp_pkg::F_READWRITE_WADDR));
  wire [255:0] moves_read  = MovesRead;
  wire [255:0] moves_slot  = MovesSlot;
  wire [255:0] moves_write = MovesWrite;
  logic [63:0] moved;
  always_comb begin
    moved = prev_q;
    if (looks && opcode == tsp_pkg::OP_REPEAT) begin
      if (moves_read[prev_q[63:56]])
        moved[tsp_pkg::F_READWRITE_RADDR +: 16] = prev_q[tsp_pkg::F_READWRITE_RADDR +: 16] + stride_a;
      if (moves_slot[prev_q[63:56]])
        moved[tsp_pkg::F_LW_SLOT +: 16] = prev_q[tsp_pkg::F_LW_SLOT +: 16] + stride_a;
      if (moves_write[prev_q[63:56]])
        moved[tsp_pkg::F_READWRITE_WADDR +: 16] = prev_q[tsp_pkg::F_READWRITE_WADDR +: 16] + stride_b;
    end
  end

  // One step. `issue` dispatches the word at the head, `again` the previous one, `fault` is the step's own.
  logic       issue, again, advance;
  logic [3:0] fault;
  always_comb begin
    idle_d = idle_q;
    left_d = left_q;
    state_d = state_q;
    fault = '0;
    notify_d = 1'b0;
    issue = 1'b0;
    again = 1'b0;
    advance = 1'b0;
    ask_fetch_o = 1'b0;
    ask_config_o = 1'b0;
    if (step_i && (state_q == icu_pkg::RUN || state_q == icu_pkg::PARKED)) begin
      if (idle_q != '0) begin
        idle_d = idle_q - 16'd1;
      end else if (left_q != '0) begin
        again = 1'b1;
        left_d = left_q - 16'd1;
        if (left_q == 16'd1) advance = 1'b1;
        else idle_d = gap - 16'd1;
      end else if (pc_q == tail_d) begin
        state_d = icu_pkg::EMPTY;
        fault = tsp_pkg::FLT_EMPTY;
      end else begin
        advance = 1'b1;
        case (opcode)
          tsp_pkg::OP_NOP: begin
            if ((head & ~tsp_pkg::MASK_NOP) != '0 || count == '0) fault = tsp_pkg::FLT_ENCODING;
            else idle_d = count - 16'd1;
          end
          tsp_pkg::OP_REPEAT: begin
            if ((head & ~tsp_pkg::MASK_REPEAT) != '0 || count == '0 || gap == '0 || prev_q == '0) begin
              fault = tsp_pkg::FLT_ENCODING;
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
            if ((head & ~tsp_pkg::MASK_SYNC) != '0) fault = tsp_pkg::FLT_ENCODING;
            else begin
              state_d = due_i ? icu_pkg::RUN : icu_pkg::PARKED;
              advance = due_i;
            end
          end
          tsp_pkg::OP_NOTIFY: begin
            if ((head & ~tsp_pkg::MASK_NOTIFY) != '0) fault = tsp_pkg::FLT_ENCODING;
            else notify_d = 1'b1;
          end
          tsp_pkg::OP_END: begin
            if ((head & ~tsp_pkg::MASK_END) != '0) fault = tsp_pkg::FLT_ENCODING;
            else begin
              state_d = icu_pkg::ENDED;
              advance = 1'b0;
            end
          end
          tsp_pkg::OP_IFETCH: begin
            if ((head & ~tsp_pkg::MASK_IFETCH) != '0 ||
                32'(head[tsp_pkg::F_IFETCH_STREAM +: 5]) >= tsp_pkg::STREAMS) fault = tsp_pkg::FLT_ENCODING;
            else if (no_room) fault = tsp_pkg::FLT_FETCH;
            else if (fetch_q != '0) fault = tsp_pkg::FLT_BUSY;
            else ask_fetch_o = 1'b1;
          end
          tsp_pkg::OP_CONFIG: begin
            if ((head & ~tsp_pkg::MASK_CONFIG) != '0 || head[tsp_pkg::F_CONFIG_SUPERLANES +: 8] == '0 ||
                32'(head[tsp_pkg::F_CONFIG_SUPERLANES +: 8]) > Superlanes) fault = tsp_pkg::FLT_ENCODING;
            else ask_config_o = 1'b1;
          end
          tsp_pkg::OP_DESKEW: begin
            if (!link_i || (head & ~tsp_pkg::MASK_DESKEW) != '0)
              fault = tsp_pkg::FLT_ENCODING;
            else begin
              state_d = epoch_i ? icu_pkg::RUN : icu_pkg::PARKED;
              advance = epoch_i;
            end
          end
          default: issue = 1'b1;
        endcase
      end
    end
    pc_d = pc_q;
    if (advance) pc_d = pc_q + 32'd1;
    if (start_i) pc_d = '0;
  end

  always_comb begin
    prev_d = prev_q;
    if (issue) prev_d = head;
    if (again) prev_d = moved;
  end
  assign issue_o = issue || again;
  assign word_o  = prev_d;
  assign valid_o = issue_o && code_i == '0;
  always_comb begin
    fault_d = fault;
    if (issue_o) fault_d = code_i;
    if ((ask_fetch_o || ask_config_o) && !grant_i) fault_d = tsp_pkg::FLT_BUSY;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pc_q     <= '0;
      tail_q   <= '0;
      idle_q   <= '0;
      left_q   <= '0;
      prev_q   <= '0;
      state_q  <= icu_pkg::RUN;
      fault_q  <= '0;
      notify_q <= 1'b0;
      fetch_q  <= '0;
      acted_q  <= '0;
    end else begin
      pc_q     <= pc_d;
      tail_q   <= start_i ? 32'(length_q) : tail_d;
      idle_q   <= start_i ? '0 : idle_d;
      left_q   <= start_i ? '0 : left_d;
      prev_q   <= start_i ? '0 : prev_d;
      state_q  <= start_i ? icu_pkg::RUN : state_d;
      fault_q  <= fault_d;
      notify_q <= notify_d;
      if (start_i) fetch_q <= '0;
      else if (ask_fetch_o && grant_i) fetch_q <= FetchBits'(Superlanes - 1);
      else if (fetch_q != '0) fetch_q <= fetch_q - FetchBits'(1);
      acted_q <= start_i ? '0 : {acted_q[0], (ask_fetch_o && grant_i) || fetch_q != '0};
    end
  end

  // The head's row is read whenever pc moves. A row that is being written cannot be read: if pc moves to or waits for
  // its first words, late_word_q keeps the one of pc.
  logic meets;
  always_comb begin
    meets = 1'b0;
    if (row_valid_i) meets = (pc_d >> RowShift) == (tail_q >> RowShift);
  end
  wire moves = start_i || advance;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) late_q <= 1'b0;
    else if (meets) late_q <= 1'b1;
    else if (moves) late_q <= 1'b0;
  end
  always_ff @(posedge clk_i) begin
    if (meets)
      for (int k = 0; k < Row; k++)
        if ((pc_d & (Row - 1)) == k) late_word_q <= row_i[64*k +: 64];
  end

  // Text. Word k of a row is written by the host alone, or with the others when a row arrives.
  wire host_we = host_text_i && host_write_i;
  always_ff @(posedge clk_i) begin : p_text
    logic [31:0]          place;
    logic [IndexBits-1:0] index;
    if (row_valid_i || host_we) begin
      place = host_text_i ? 32'(host_index_i) : tail_q;
      index = IndexBits'(place >> RowShift);
      for (int k = 0; k < Row; k++)
        if (row_valid_i || (place & (Row - 1)) == k)
          text_q[index][64*k +: 64] <= row_valid_i ? row_i[64*k +: 64] : host_wdata_i;
    end
    if (moves || host_text_i) begin
      place = host_text_i ? 32'(host_index_i) : pc_d;
      index = IndexBits'(place >> RowShift);
      row_q <= text_q[index];
    end
  end
  logic [31:0] host_place_q;  // of the host's access
  always_ff @(posedge clk_i) begin
    if (host_text_i) host_place_q <= 32'(host_index_i);
  end

  always_ff @(posedge clk_i or negedge host_rst_ni) begin
    if (!host_rst_ni) length_q <= '0;
    else if (host_length_i && host_write_i) length_q <= host_wdata_i[CountBits-1:0];
  end

  always_comb begin
    host_text_o = row_q[63:0];
    for (int k = 1; k < Row; k++)
      if ((host_place_q & (Row - 1)) == k) host_text_o = row_q[64*k +: 64];
  end
  assign fault_o       = fault_q;
  assign notify_o      = notify_q;
  assign ended_o       = state_q == icu_pkg::ENDED;
  assign head_o        = head[7:0];
  assign host_length_o = 20'(length_q);
endmodule

`default_nettype wire
