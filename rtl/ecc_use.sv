// SPDX-License-Identifier: Apache-2.0
// ecc_use: the streams that an instruction of the VXM, a plane or the SXM takes, whose check bits it looks at. Bit
// 32 * direction + index. Combinational.
// Degenerate: an instruction that takes no such stream wants nothing; nor does one that is not valid, at no cost.
`default_nettype none

module ecc_use #(
  parameter logic [3:0] Unit = tsp_pkg::UNIT_VXM  // kind of queue
) (
  input  logic        valid_i,
  input  logic [63:0] word_i,
  input  logic [1:0]  size_i,    // VXM: log2 of the streams of a source,
  input  logic        binary_i,  // there is a second source
  output logic [63:0] first_o,   // of the first source
  output logic [63:0] second_o   // of the second, for the VXM
);
  wire [7:0] op = word_i[63:56];
  wire [7:0] a  = word_i[tsp_pkg::F_ADD_I32_A +: 8];
  wire [7:0] b  = word_i[tsp_pkg::F_ADD_I32_B +: 8];

  logic [63:0] group;
  always_comb begin
    group = '0;
    first_o = '0;
    second_o = '0;
    if (tsp_pkg::ECC != 0 && valid_i) begin
      if (Unit == tsp_pkg::UNIT_VXM) begin
        group = size_i[1] ? 64'hf : size_i[0] ? 64'h3 : 64'h1;
        if (a[7:6] == 2'b00) first_o = group << a[5:0];
        if (binary_i && b[7:6] == 2'b00) second_o = group << b[5:0];
      end else if (Unit == tsp_pkg::UNIT_MXW) begin
        if (op == tsp_pkg::OP_LW)
          first_o = ((64'd1 << tsp_pkg::LW_STREAMS) - 64'd1) << word_i[tsp_pkg::F_LW_GROUP +: 6];
      end else if (Unit == tsp_pkg::UNIT_MXA) begin
        if (op == tsp_pkg::OP_ABC) first_o = 64'h1 << word_i[tsp_pkg::F_ABC_STREAM +: 6];
        if (op == tsp_pkg::OP_ABC_F16) first_o = 64'h3 << word_i[tsp_pkg::F_ABC_F16_GROUP +: 6];
      end else if (Unit == tsp_pkg::UNIT_SXT) begin
        first_o = ((64'd1 << tsp_pkg::LANES) - 64'd1) << word_i[tsp_pkg::F_TRANSPOSE_GROUP +: 6];
      end else if (Unit == tsp_pkg::UNIT_SXS || Unit == tsp_pkg::UNIT_SXP || Unit == tsp_pkg::UNIT_SXD) begin
        first_o = (op == tsp_pkg::OP_PMAP ? 64'h3 : 64'h1) << word_i[tsp_pkg::F_SELECT_STREAM +: 6];
      end
    end
  end
endmodule

`default_nettype wire
