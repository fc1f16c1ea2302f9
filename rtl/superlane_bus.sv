// SPDX-License-Identifier: Apache-2.0
// superlane_bus: where the buses of instructions, Config and Ifetch enter a superlane: what is registered here in a cycle
// acts in the next one, in which it enters the next superlane. A superlane that is off takes and passes only what goes
// on without it: waves through the planes, and what the links count; the superlanes beyond it are off too when that
// gets there. Latency one cycle.
// Degenerate: with nothing on a bus only its valid bits move.
`default_nettype none

module superlane_bus #(
  parameter int Queues  = tsp_pkg::QUEUES,
  parameter int Columns = tsp_pkg::COLUMNS
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  // Instructions, one word per queue
  input  logic [Queues-1:0]    valid_i,
  input  logic [Queues*64-1:0] word_i,
  output logic [Queues-1:0]    valid_o,
  output logic [Queues*64-1:0] word_o,
  // Config: superlanes to power from here on. This one is on in this cycle, in the next.
  input  logic                 config_i,
  input  logic [7:0]           config_count_i,
  output logic                 config_o,
  output logic [7:0]           config_count_o,
  output logic                 on_o,
  output logic                 on_next_o,
  // Ifetch: the queues whose first vector is taken in this cycle, whose second, and whose row has come
  input  logic [Queues-1:0]    fetch_i,
  input  logic [Columns*6-1:0] fetch_stream_i,
  output logic [Queues-1:0]    fetch_o,
  output logic [Columns*6-1:0] fetch_stream_o,
  output logic [Queues-1:0]    second_o,
  output logic [Columns*6-1:0] second_stream_o,
  output logic [Queues-1:0]    row_valid_o
);
  // The superlanes beyond get one less.
  logic       config_q;
  logic [7:0] config_count_q;
  logic       on_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      config_q       <= 1'b0;
      config_count_q <= '0;
      on_q           <= 1'b1;
    end else begin
      config_q <= config_i;
      if (config_i) config_count_q <= config_count_i;
      on_q <= on_d;
    end
  end
  wire on_d = config_q ? config_count_q != '0 : on_q;
  assign on_o           = on_q;
  assign on_next_o      = on_d;
  assign config_o       = config_q;
  assign config_count_o = config_count_q == '0 ? 8'd0 : config_count_q - 8'd1;

  localparam logic [Queues-1:0] Always = icu_pkg::unit_queues(tsp_pkg::UNIT_MXW) |
      icu_pkg::unit_queues(tsp_pkg::UNIT_MXA) | icu_pkg::unit_queues(tsp_pkg::UNIT_C2C);
  logic [Queues-1:0]    valid_q;
  logic [Queues*64-1:0] word_q;
  wire  [Queues-1:0]    valid_d = on_d ? valid_i : valid_i & Always;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= valid_d;
  end
  always_ff @(posedge clk_i) begin
    if (|valid_d) word_q <= word_i;
  end
  assign valid_o = valid_q;
  assign word_o  = word_q;

  logic [Queues-1:0]    fetch_q, second_q, row_valid_q;
  logic [Columns*6-1:0] fetch_stream_q, second_stream_q;
  wire  [Queues-1:0]    fetch_d = on_d ? fetch_i : '0;
  wire  [Queues-1:0]    second_d = on_d ? fetch_q : '0;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fetch_q     <= '0;
      second_q    <= '0;
      row_valid_q <= '0;
    end else begin
      fetch_q     <= fetch_d;
      second_q    <= second_d;
      row_valid_q <= second_q;
    end
  end
  always_ff @(posedge clk_i) begin
    if (|fetch_d) fetch_stream_q <= fetch_stream_i;
    if (|second_d) second_stream_q <= fetch_stream_q;
  end
  assign fetch_o        = fetch_q;
  assign fetch_stream_o = fetch_stream_q;
  assign second_o       = second_q;
  assign second_stream_o = second_stream_q;
  assign row_valid_o    = row_valid_q;
endmodule

`default_nettype wire
