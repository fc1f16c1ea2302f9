// SPDX-License-Identifier: Apache-2.0
// ecc_count: the chip's corrections of a cycle from those of its superlanes: their sum and the first, the lowest queue,
// then the lowest superlane. Combinational: superlanes register theirs (ecc_first), csr counts the result.
// Degenerate: with one superlane it is a wire.
`default_nettype none

module ecc_count #(
  parameter int Superlanes = tsp_pkg::SUPERLANES
) (
  input  logic [16*Superlanes-1:0] count_i,
  input  logic [16*Superlanes-1:0] queue_i,
  output logic [23:0]              count_o,
  output logic [15:0]              queue_o,
  output logic [15:0]              superlane_o
);
  always_comb begin
    count_o = '0;
    queue_o = '1;
    superlane_o = '0;
    if (|count_i)
      for (int n = 0; n < Superlanes; n++) begin
        count_o = count_o + 24'(count_i[16*n +: 16]);
        if (count_i[16*n +: 16] != '0 && queue_i[16*n +: 16] < queue_o) begin
          queue_o = queue_i[16*n +: 16];
          superlane_o = 16'(n);
        end
      end
  end
endmodule

`default_nettype wire
