// SPDX-License-Identifier: Apache-2.0
// fetch_row: the row of text that reaches a queue in a cycle, from whichever superlane brings one. At most one does: a
// queue has one Ifetch under way, and it acts in one superlane a cycle. Combinational.
// Degenerate: with one superlane it is a wire.
`default_nettype none

module fetch_row #(
  parameter int Superlanes = tsp_pkg::SUPERLANES,
  parameter int Bits       = 64 * tsp_pkg::FETCH_ROW
) (
  input  logic [Superlanes-1:0]      valid_i,
  input  logic [Superlanes*Bits-1:0] row_i,    // of the queue's column, per superlane
  output logic                       valid_o,
  output logic [Bits-1:0]            row_o
);
  always_comb begin
    valid_o = |valid_i;
    row_o = '0;
    if (|valid_i)
      for (int n = 0; n < Superlanes; n++)
        if (valid_i[n]) row_o = row_o | row_i[Bits*n +: Bits];
  end
endmodule

`default_nettype wire
