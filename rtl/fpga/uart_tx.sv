// SPDX-License-Identifier: Apache-2.0
// uart_tx: sends 8N1. A byte is taken in a cycle with valid_i and ready_o. Divider is clock cycles per bit, at least 4.
`default_nettype none

module uart_tx #(
  parameter int Divider = 12
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       valid_i,
  input  logic [7:0] byte_i,
  output logic       ready_o,
  output logic       tx_o
);
  localparam int CountBits = $clog2(Divider);

  logic [CountBits-1:0] count_q;
  logic [3:0]           left_q;   // bits still to send, the one on the line among them
  logic [8:0]           shift_q;  // what follows the bit on the line
  logic                 tx_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= '0;
      left_q  <= '0;
      shift_q <= '1;
      tx_q    <= 1'b1;
    end else if (left_q == '0) begin
      if (valid_i) begin
        count_q <= CountBits'(Divider - 1);
        left_q  <= 4'd10;
        shift_q <= {1'b1, byte_i};
        tx_q    <= 1'b0;
      end
    end else if (count_q != '0) begin
      count_q <= count_q - CountBits'(1);
    end else begin
      count_q <= CountBits'(Divider - 1);
      left_q  <= left_q - 4'd1;
      shift_q <= {1'b1, shift_q[8:1]};
      tx_q    <= shift_q[0];
    end
  end
  assign ready_o = left_q == '0;
  assign tx_o    = tx_q;
endmodule

`default_nettype wire
