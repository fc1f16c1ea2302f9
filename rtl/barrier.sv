// SPDX-License-Identifier: Apache-2.0
// barrier: carries a Notify to every parked queue. A Notify issued in cycle t is due in the step of cycle t + Delay,
// which the queues compute one cycle earlier: due_o is high in t + Delay - 1.
// Degenerate: with Delay 1 there is no register.
`default_nettype none

module barrier #(
  parameter int Queues = tsp_pkg::QUEUES,
  parameter int Delay  = tsp_pkg::BARRIER
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              start_i,   // forget what is under way
  input  logic [Queues-1:0] notify_i,  // issued in this cycle
  output logic              due_o
);
  if (Delay > 1) begin : g_delay
    logic [Delay-2:0] due_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) due_q <= '0;
      else if (start_i) due_q <= '0;
      else due_q <= (due_q << 1) | (Delay-1)'(|notify_i);
    end
    assign due_o = due_q[Delay-2];
  end else begin : g_direct
    wire unused = &{1'b0, clk_i, rst_ni, start_i};
    assign due_o = |notify_i;
  end
endmodule

`default_nettype wire
