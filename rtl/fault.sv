// SPDX-License-Identifier: Apache-2.0
// fault: the chip's first fault of a cycle, from the candidates of its parts: the lowest queue, then the lowest code.
// Combinational: parts register their candidates (fault_first), csr latches the result.
// Degenerate: with one candidate it is a wire.
`default_nettype none

module fault #(
  parameter int Parts = tsp_pkg::SUPERLANES + 1
) (
  input  logic [Parts-1:0]    valid_i,
  input  logic [16*Parts-1:0] queue_i,
  input  logic [4*Parts-1:0]  code_i,
  output logic                valid_o,
  output logic [15:0]         queue_o,
  output logic [3:0]          code_o
);
  always_comb begin
    valid_o = |valid_i;
    queue_o = '1;
    code_o = '1;
    if (|valid_i)
      for (int p = 0; p < Parts; p++)
        if (valid_i[p] && {queue_i[16*p +: 16], code_i[4*p +: 4]} < {queue_o, code_o}) begin
          queue_o = queue_i[16*p +: 16];
          code_o = code_i[4*p +: 4];
        end
  end
endmodule

`default_nettype wire
