// SPDX-License-Identifier: Apache-2.0
// ecc_part: what came of checking the operands of one queue's instruction. Streams by bit
// 32 * direction + index. Combinational. Degenerate: without operands, or without ECC, all is zero and costs nothing.
`default_nettype none

module ecc_part (
  input  logic [63:0] first_i,      // streams of the first source
  input  logic [63:0] second_i,     // of the second
  input  logic        missing_i,    // another operand is invalid
  input  logic [63:0] valid_i,      // streams of the column: valid,
  input  logic [63:0] bad_i,        // beyond correction,
  input  logic [63:0] fixed_i,      // corrected
  output logic        fault_o,      // the instruction's only fault is that an operand cannot be corrected
  output logic [5:0]  corrected_o   // operand parts corrected
);
  wire [63:0] uses = first_i | second_i;
  wire        invalid = missing_i || |(uses & ~valid_i);

  always_comb begin
    fault_o = 1'b0;
    corrected_o = '0;
    if (tsp_pkg::ECC != 0 && |(uses & (bad_i | fixed_i))) begin
      fault_o = !invalid && |(uses & bad_i);
      for (int s = 0; s < 64; s++)
        if (!invalid && !fault_o)
          corrected_o = corrected_o + {5'd0, first_i[s] & fixed_i[s]} + {5'd0, second_i[s] & fixed_i[s]};
    end
  end
endmodule

`default_nettype wire
