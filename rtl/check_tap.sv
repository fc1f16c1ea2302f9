// SPDX-License-Identifier: Apache-2.0
// check_tap: the check bits of Count neighbouring streams at a column. Combinational.
// Degenerate: zero with en_i low, and always without ECC.
`default_nettype none

module check_tap #(
  parameter int Streams = tsp_pkg::STREAMS,
  parameter int Count   = 1              // neighbouring streams
) (
  input  logic                  en_i,
  input  logic [5:0]            stream_i,      // direction (1: west) and index of the first
  input  logic [Streams*16-1:0] east_check_i,  // check bits [Streams]
  input  logic [Streams*16-1:0] west_check_i,
  output logic [Count*16-1:0]   check_o
);
  wire [31:0] index = 32'(stream_i[4:0]) & (Streams - Count);
  always_comb begin
    check_o = '0;
    if (tsp_pkg::ECC != 0 && en_i) check_o = stream_i[5] ? west_check_i[16*index +: 16*Count]
                                                                     : east_check_i[16*index +: 16*Count];
  end
endmodule

`default_nettype wire
