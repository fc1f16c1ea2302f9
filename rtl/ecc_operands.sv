// SPDX-License-Identifier: Apache-2.0
// ecc_operands: the streams that an instruction of the VXM, a plane or the SXM takes, and what came of checking them.
// Streams by bit 32 * direction + index. Combinational.
// Degenerate: an instruction that takes no such stream wants nothing; nor does one that is not valid, at no cost.
`default_nettype none

module ecc_operands #(
  parameter logic [3:0] Unit = tsp_pkg::UNIT_VXM  // kind of queue
) (
  input  logic        takes_i,      // an instruction that takes its operands
  input  logic [63:0] word_i,
  input  logic [1:0]  size_i,       // VXM: log2 of the streams of a source,
  input  logic        binary_i,     // there is a second source,
  input  logic        missing_i,    // an operand that is no stream is invalid
  input  logic [63:0] valid_i,      // streams of the column: valid,
  input  logic [63:0] bad_i,        // beyond correction,
  input  logic [63:0] fixed_i,      // corrected
  output logic [63:0] uses_o,       // streams taken
  output logic        fault_o,      // the instruction's only fault is that an operand cannot be corrected
  output logic [5:0]  corrected_o   // operand parts corrected: of a stream that both sources take, two
);
  logic [63:0] first, second;  // of the first source, of the second
  wire [7:0] op = word_i[63:56];
  wire [7:0] a  = word_i[tsp_pkg::F_ADD_I32_A +: 8];
  wire [7:0] b  = word_i[tsp_pkg::F_ADD_I32_B +: 8];

  logic [63:0] group;
  always_comb begin
    group = '0;
    first = '0;
    second = '0;
    if (tsp_pkg::ECC != 0 && takes_i) begin
      if (Unit == tsp_pkg::UNIT_VXM) begin
        group = size_i[1] ? 64'hf : size_i[0] ? 64'h3 : 64'h1;
        if (a[7:6] == 2'b00) first = group << a[5:0];
        if (binary_i && b[7:6] == 2'b00) second = group << b[5:0];
      end else if (Unit == tsp_pkg::UNIT_MXW) begin
        if (op == tsp_pkg::OP_LW)
          first = ((64'd1 << tsp_pkg::LW_STREAMS) - 64'd1) << word_i[tsp_pkg::F_LW_GROUP +: 6];
      end else if (Unit == tsp_pkg::UNIT_MXA) begin
        if (op == tsp_pkg::OP_ABC) first = 64'h1 << word_i[tsp_pkg::F_ABC_STREAM +: 6];
        if (op == tsp_pkg::OP_ABC_F16) first = 64'h3 << word_i[tsp_pkg::F_ABC_F16_GROUP +: 6];
      end else if (Unit == tsp_pkg::UNIT_SXT) begin
        first = ((64'd1 << tsp_pkg::LANES) - 64'd1) << word_i[tsp_pkg::F_TRANSPOSE_GROUP +: 6];
      end else if (Unit == tsp_pkg::UNIT_SXS || Unit == tsp_pkg::UNIT_SXP || Unit == tsp_pkg::UNIT_SXD) begin
        first = (op == tsp_pkg::OP_PMAP ? 64'h3 : 64'h1) << word_i[tsp_pkg::F_SELECT_STREAM +: 6];
      end
    end
  end
  assign uses_o = first | second;

  always_comb begin
    fault_o = 1'b0;
    corrected_o = '0;
    if (tsp_pkg::ECC != 0 && |(uses_o & (bad_i | fixed_i)) && !missing_i && (uses_o & ~valid_i) == '0) begin
      fault_o = |(uses_o & bad_i);
      for (int s = 0; s < 64; s++)
        if (!fault_o) corrected_o = corrected_o + {5'd0, first[s] & fixed_i[s]} + {5'd0, second[s] & fixed_i[s]};
    end
  end
endmodule

`default_nettype wire
