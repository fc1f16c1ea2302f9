// SPDX-License-Identifier: Apache-2.0
// ecc_first: what a superlane corrected in a cycle: how many operand parts, and the lowest queue that was helped. From
// one number per queue, registered. Latency one cycle. Degenerate: with one queue it is a register.
`default_nettype none

module ecc_first #(
  parameter int Queues    = tsp_pkg::QUEUES,
  parameter int CountBits = 6                      // of a queue's number
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  input  logic [CountBits*Queues-1:0] corrected_i,
  output logic [15:0]                 count_o,     // 0: nothing
  output logic [15:0]                 queue_o
);
  logic [15:0] count_q;
  logic [15:0] queue_q;
  logic [15:0] sum, lowest;
  always_comb begin
    sum = '0;
    if (|corrected_i)
       for (int q = 0; q < Queues; q++) sum = sum + 16'(corrected_i[CountBits*q +: CountBits]);
  end
  always_comb begin
    lowest = '0;
    if (|corrected_i)
      for (int q = Queues - 1; q >= 0; q--)
        if (corrected_i[CountBits*q +: CountBits] != '0) lowest = 16'(q);
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= '0;
      queue_q <= '0;
    end else begin
      count_q <= sum;
      if (|corrected_i) queue_q <= lowest;
    end
  end
  assign count_o = count_q;
  assign queue_o = queue_q;
endmodule

`default_nettype wire
