// SPDX-License-Identifier: Apache-2.0
// fault_first: the first fault of a cycle: of one code per queue (0: none) the one of the lowest queue, registered.
// Latency one cycle. Degenerate: with one queue it is a register.
`default_nettype none

module fault_first #(
  parameter int Queues = tsp_pkg::QUEUES
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [4*Queues-1:0] code_i,
  output logic                valid_o,
  output logic [15:0]         queue_o,
  output logic [3:0]          code_o
);
  logic        valid_q;
  logic [15:0] queue_q;
  logic [3:0]  code_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      queue_q <= '0;
      code_q  <= '0;
    end else begin
      valid_q <= |code_i;
      if (|code_i)
        for (int q = Queues - 1; q >= 0; q--)
          if (code_i[4*q +: 4] != '0) begin
            queue_q <= 16'(q);
            code_q  <= code_i[4*q +: 4];
          end
    end
  end
  assign valid_o = valid_q;
  assign queue_o = queue_q;
  assign code_o  = code_q;
endmodule

`default_nettype wire
