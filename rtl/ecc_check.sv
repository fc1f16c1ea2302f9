// SPDX-License-Identifier: Apache-2.0
// ecc_check: what is wrong with those streams of one direction in a column that an instruction takes in this cycle.
// Combinational. Degenerate: with nothing wanted all outputs are zero and cost nothing; without ECC they always are.
`default_nettype none

module ecc_check #(
  parameter int Streams = tsp_pkg::STREAMS,
  parameter int Lanes   = tsp_pkg::LANES
) (
  input  logic [Streams-1:0]         want_i,
  input  logic [Streams-1:0]         valid_i,
  input  logic [Streams*Lanes*8-1:0] data_i,   // uint8 [Streams][Lanes]
  input  logic [Streams*16-1:0]      check_i,  // check bits [Streams]
  output logic [Streams*10-1:0]      wrong_o,  // ecc_diagnose [Streams]
  output logic [Streams-1:0]         bad_o,    // cannot be corrected
  output logic [Streams-1:0]         fixed_o   // has one wrong bit
);
  localparam int Width = Lanes * 8;

  for (genvar s = 0; s < Streams; s++) begin : g_stream
    ecc_diagnose #(.Lanes(Lanes)) u_diagnose (
      .en_i(want_i[s] && valid_i[s]), .data_i(data_i[Width*s +: Width]), .check_i(check_i[16*s +: 16]),
      .wrong_o(wrong_o[10*s +: 10])
    );
    assign bad_o[s]   = wrong_o[10*s + 9];
    assign fixed_o[s] = wrong_o[10*s + 8];
  end
endmodule

`default_nettype wire
