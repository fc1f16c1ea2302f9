// SPDX-License-Identifier: Apache-2.0
// vxm_lane: the arithmetic of one lane of an ALU. A module of its own so that synthesis elaborates it once.
// Combinational; with en_i low the output is zero and costs nothing.
`default_nettype none

module vxm_lane #(
  parameter int Special = 0          // 1: it has the special functions
) (
  input  logic        en_i,
  input  logic [7:0]  op_i,
  input  logic [31:0] a_i,           // 32 bits, of which a narrower type uses the low ones
  input  logic [31:0] b_i,
  input  logic [31:0] self_i,        // the ALU's result register
  output logic [31:0] result_o
);
  always_comb begin
    result_o = '0;
    if (en_i) begin
      if (Special != 0 && vxm_pkg::is_special(op_i)) result_o = special_pkg::execute(op_i[2:0], a_i);
      else result_o = vxm_pkg::execute(op_i, a_i, b_i, self_i);
    end
  end
endmodule

`default_nettype wire
