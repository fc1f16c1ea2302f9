// SPDX-License-Identifier: Apache-2.0
// superlane_fault: the first fault of a superlane in a cycle, registered: of the codes of its queues' instructions, their
// Ifetches and its links. An invalid vector of an Ifetch has the lowest code of all, one beyond correction the highest.
// Latency one cycle. Degenerate: without faults nothing is compared.
`default_nettype none

module superlane_fault #(
  parameter int Queues  = tsp_pkg::QUEUES,
  parameter int Columns = tsp_pkg::COLUMNS,
  parameter int Links   = 2 * tsp_pkg::LINKS
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [4*Queues-1:0] code_i,         // of each queue's instruction, 0 if none
  input  logic [Queues-1:0]   fetch_i,        // queues whose Ifetch takes a vector
  input  logic [Columns-1:0]  fetch_fault_i,  // that is invalid or beyond correction,
  input  logic [Columns-1:0]  fetch_bad_i,    // beyond correction
  input  logic [Links-1:0]    dropped_i,      // fault LINK of the cycle before
  output logic                valid_o,
  output logic [15:0]         queue_o,
  output logic [3:0]          code_o
);
  logic [4*Queues-1:0] code;
  always_comb begin
    code = code_i;
    if (|fetch_fault_i)
      for (int q = 0; q < Queues; q++)
        if (fetch_i[q] && fetch_fault_i[icu_pkg::queue_column(q)]) begin
          if (!fetch_bad_i[icu_pkg::queue_column(q)]) code[4*q +: 4] = tsp_pkg::FLT_OPERAND;
          else if (code_i[4*q +: 4] == '0) code[4*q +: 4] = tsp_pkg::FLT_ECC;
        end
  end
  wire        first_valid;
  wire [15:0] first_queue;
  wire [3:0]  first_code;
  fault_first #(.Queues(Queues)) u_first (
    .clk_i, .rst_ni, .code_i(code), .valid_o(first_valid), .queue_o(first_queue), .code_o(first_code)
  );

  // A link's LINK fault comes registered, after the codes: what arrives at the chip's inputs ends in registers. It is
  // the first fault of the cycle if the codes' is of a higher queue, or of this one and a higher code.
  always_comb begin
    valid_o = first_valid;
    queue_o = first_queue;
    code_o = first_code;
    if (|dropped_i)
      for (int k = Links - 1; k >= 0; k--)
        if (dropped_i[k] && (!valid_o || {16'(tsp_pkg::Q_C2C + k), tsp_pkg::FLT_LINK} < {queue_o, code_o})) begin
          valid_o = 1'b1;
          queue_o = 16'(tsp_pkg::Q_C2C + k);
          code_o = tsp_pkg::FLT_LINK;
        end
  end
endmodule

`default_nettype wire
