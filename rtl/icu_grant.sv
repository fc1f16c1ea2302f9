// SPDX-License-Identifier: Apache-2.0
// icu_grant: what the queues share beside the instruction bus. Of the queues of a column that ask for an Ifetch in a
// cycle the lowest gets it, unless the column's unit still takes the second vector of the one of the cycle before; of
// those that ask for a Config the lowest. What is granted acts in superlane 0 in the next cycle.
// Degenerate: with one column every queue shares it.
`default_nettype none

module icu_grant #(
  parameter int Queues  = tsp_pkg::QUEUES,
  parameter int Columns = tsp_pkg::COLUMNS
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [Queues-1:0]    ask_fetch_i,
  input  logic [Queues-1:0]    ask_config_i,
  input  logic [8*Queues-1:0]  head_i,          // low bits of the words
  output logic [Queues-1:0]    grant_o,
  // To superlane 0
  output logic [Queues-1:0]    fetch_o,         // at most one of a column
  output logic [6*Columns-1:0] fetch_stream_o,
  output logic                 config_o,
  output logic [7:0]           config_count_o   // powered superlanes
);
  // busy_q: an Ifetch of the column was granted in the cycle before.
  logic [Columns-1:0] busy_q;
  wire  [Columns-1:0] busy;
  for (genvar c = 0; c < Columns; c++) begin : g_column
    localparam logic [Queues-1:0] Mine = icu_pkg::column_queues(c);
    logic [Queues-1:0] first;
    logic [5:0]        stream;
    always_comb begin
      first = '0;
      stream = '0;
      if (|ask_fetch_i && !busy_q[c]) begin
        first = ask_fetch_i & Mine;
        first = first & (~first + Queues'(1));
        for (int q = 0; q < Queues; q++)
          if (first[q]) stream = stream | head_i[8*q + tsp_pkg::F_IFETCH_STREAM +: 6];
      end
    end
    assign busy[c] = |first;
    assign fetch_stream_o[6*c +: 6] = stream;
  end
  for (genvar q = 0; q < Queues; q++) begin : g_queue
    localparam int Column = icu_pkg::queue_column(q);
    assign fetch_o[q] = g_column[Column].first[q];
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) busy_q <= '0;
    else busy_q <= busy;
  end

  logic [Queues-1:0] first_config;
  always_comb begin
    first_config = '0;
    config_count_o = '0;
    if (|ask_config_i) begin
      first_config = ask_config_i & (~ask_config_i + Queues'(1));
      for (int q = 0; q < Queues; q++)
        if (first_config[q]) config_count_o = config_count_o | head_i[8*q + tsp_pkg::F_CONFIG_SUPERLANES +: 8];
    end
  end
  assign config_o = |ask_config_i;
  assign grant_o  = fetch_o | first_config;
endmodule

`default_nettype wire
