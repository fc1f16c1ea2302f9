// SPDX-License-Identifier: Apache-2.0
// csr: control and status (golden/README.md, host port, faults, power, ECC, end). A start makes the queues' first step
// two cycles later, in cycle -1; running_q rises in cycle 0. A fault seen in cycle F arrives here in F + 1 and shows in
// F + 2.
// After a fault the instructions under way complete: settled_o then rises Drain cycles later. The hardware-aligned
// counter counts with the cycles: epoch_o tells the queues that it is zero in the cycle whose step they make.
// Degenerate: Drain >= 1; with HacPeriod 1 every cycle is an epoch.
`default_nettype none

module csr #(
  parameter int Drain      = tsp_pkg::DRAIN,
  parameter int HacPeriod  = tsp_pkg::HAC_PERIOD,
  parameter int Superlanes = tsp_pkg::SUPERLANES
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        start_i,       // one cycle, only while settled_o
  input  logic        all_ended_i,
  input  logic        fault_valid_i,
  input  logic [15:0] fault_queue_i,
  input  logic [3:0]  fault_code_i,
  input  logic        config_i,      // acts in superlane 0 in the next cycle
  input  logic [7:0]  config_count_i,
  input  logic [23:0] ecc_count_i,   // operand parts corrected in the cycle before, the first of them
  input  logic [15:0] ecc_queue_i,
  input  logic [15:0] ecc_superlane_i,
  output logic        step_o,        // queues make a step
  output logic        epoch_o,       // the hardware-aligned counter is zero in the cycle of that step
  output logic        flow_o,        // streams move
  output logic        running_o,
  output logic        settled_o,     // nothing is under way: the host may use memory and start
  output logic        done_o,
  output logic        fault_o,
  input  logic [7:0]  index_i,
  output logic [63:0] rdata_o,
  output logic        exists_o       // index_i names a register
);
  localparam int DrainBits = $clog2(Drain + 1);
  localparam logic [31:0] LastHac = 32'(HacPeriod - 1);

  logic                 starting_q;
  logic                 running_q;
  logic                 done_q;
  logic [63:0]          cycles_q;
  logic [7:0]           fault_code_q;
  logic [15:0]          fault_queue_q;
  logic [63:0]          fault_cycle_q;
  logic [31:0]          hac_q;
  logic                 config_q;
  logic [7:0]           config_count_q;
  logic [15:0]          active_q;       // powered superlanes
  logic [63:0]          ecc_count_q;
  logic [15:0]          ecc_queue_q;
  logic [15:0]          ecc_superlane_q;
  logic [63:0]          ecc_cycle_q;
  logic [DrainBits-1:0] drain_q;        // cycles since every queue has ended
  logic [DrainBits-1:0] settle_q;       // cycles until nothing is under way after a fault

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      starting_q    <= 1'b0;
      running_q     <= 1'b0;
      done_q        <= 1'b0;
      cycles_q      <= '0;
      fault_code_q  <= '0;
      fault_queue_q <= '0;
      fault_cycle_q <= '0;
      drain_q       <= '0;
      settle_q      <= '0;
      hac_q         <= '0;
    end else begin
      starting_q <= start_i;
      if (start_i) begin
        done_q        <= 1'b0;
        cycles_q      <= '0;
        fault_code_q  <= '0;
        fault_queue_q <= '0;
        fault_cycle_q <= '0;
        drain_q       <= '0;
        hac_q         <= '0;
      end else if (starting_q) begin
        running_q <= 1'b1;
      end else if (running_q) begin
        cycles_q <= cycles_q + 64'd1;
        hac_q    <= hac_q == LastHac ? '0 : hac_q + 32'd1;
        if (all_ended_i) drain_q <= drain_q + DrainBits'(1);
        if (fault_valid_i) begin
          running_q     <= 1'b0;
          fault_code_q  <= 8'(fault_code_i);
          fault_queue_q <= fault_queue_i;
          fault_cycle_q <= cycles_q - 64'd1;
          settle_q      <= DrainBits'(Drain);
        end else if (all_ended_i && 32'(drain_q) == Drain - 1) begin
          running_q <= 1'b0;
          done_q    <= 1'b1;
        end
      end else if (settle_q != '0) begin
        settle_q <= settle_q - DrainBits'(1);
      end
    end
  end

  // Power: a Config of cycle t shows from t + 1 on, and stays through a start.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      config_q       <= 1'b0;
      config_count_q <= '0;
      active_q       <= 16'(Superlanes);
    end else begin
      config_q <= config_i;
      if (config_i) config_count_q <= config_count_i;
      if (config_q) active_q <= 16'(config_count_q);
    end
  end

  // What was corrected in cycle t arrives here in t + 1 and shows in t + 2.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ecc_count_q     <= '0;
      ecc_queue_q     <= '0;
      ecc_superlane_q <= '0;
      ecc_cycle_q     <= '0;
    end else if (start_i) begin
      ecc_count_q     <= '0;
      ecc_queue_q     <= '0;
      ecc_superlane_q <= '0;
      ecc_cycle_q     <= '0;
    end else if (running_q && ecc_count_i != '0) begin
      ecc_count_q <= ecc_count_q + 64'(ecc_count_i);
      if (ecc_count_q == '0) begin
        ecc_queue_q     <= ecc_queue_i;
        ecc_superlane_q <= ecc_superlane_i;
        ecc_cycle_q     <= cycles_q - 64'd1;
      end
    end
  end

  assign epoch_o   = starting_q || hac_q == LastHac;
  assign step_o    = starting_q || running_q;
  assign flow_o    = starting_q || running_q || settle_q != '0;
  assign running_o = running_q;
  assign settled_o = !flow_o;
  assign done_o    = done_q;
  assign fault_o   = fault_code_q != '0;

  always_comb begin
    exists_o = 1'b1;
    rdata_o = '0;
    case (index_i)
      8'd0: rdata_o = tsp_pkg::TABLE_HASH;
      8'd1: rdata_o = '0;
      8'd2: rdata_o = {61'd0, fault_o, done_q, running_q};
      8'd3: rdata_o = cycles_q;
      8'd4: rdata_o = {32'd0, fault_queue_q, 8'd0, fault_code_q};
      8'd5: rdata_o = fault_cycle_q;
      8'd6: rdata_o = {16'(tsp_pkg::QUEUES), 8'(tsp_pkg::ALUS), 8'(tsp_pkg::PLANES), 8'(tsp_pkg::MEM_SLICES),
                       8'(tsp_pkg::STREAMS), 8'(tsp_pkg::LANES), 8'(tsp_pkg::SUPERLANES)};
      8'd7: rdata_o = 64'(active_q);
      8'd8: rdata_o = 64'(hac_q);
      8'd9: rdata_o = ecc_count_q;
      8'd10: rdata_o = {32'd0, ecc_superlane_q, ecc_queue_q};
      8'd11: rdata_o = ecc_cycle_q;
      default: exists_o = 1'b0;
    endcase
  end
endmodule

`default_nettype wire
