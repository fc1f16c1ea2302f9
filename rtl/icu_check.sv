// SPDX-License-Identifier: Apache-2.0
// icu_check: the fault that the word causes which a queue dispatches: ENCODING, ADDRESS or BANK. Combinational.
// Degenerate: with en_i low there is none.
`default_nettype none

module icu_check #(
  parameter logic [3:0] Unit = tsp_pkg::UNIT_MEM,  // kind of queue
  parameter logic [5:0] Alu  = 6'd0,               // number of the ALU, for a VXM queue
  parameter logic       West = 1'b0,               // outward is west, for the queues of a plane
  parameter logic       Pair = 1'b0                // the plane is the first of a pair that multiplies fp16
) (
  input  logic        en_i,
  input  logic [63:0] word_i,
  output logic [3:0]  code_o   // 0: none
);
  always_comb begin
    code_o = '0;
    if (en_i) code_o = icu_pkg::check(Unit, Alu, West, Pair, word_i);
  end
endmodule

`default_nettype wire
