// SPDX-License-Identifier: Apache-2.0
// uart_rx: receives 8N1. byte_o is valid for the one cycle of valid_o, in the middle of the stop bit; a stop bit that is
// low drops the byte. Divider is clock cycles per bit, at least 4.
`default_nettype none

module uart_rx #(
  parameter int Divider = 12
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       rx_i,       // asynchronous
  output logic       valid_o,
  output logic [7:0] byte_o
);
  localparam int CountBits = $clog2(Divider);

  logic [2:0]           sync_q;   // the last is what is looked at
  logic                 busy_q;
  logic [CountBits-1:0] count_q;  // cycles until the next sample
  logic [3:0]           bit_q;    // 0 start, 1 to 8 data, 9 stop
  logic [7:0]           byte_q;
  logic                 valid_q;
  wire                  sample = busy_q && count_q == '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sync_q  <= '1;
      busy_q  <= 1'b0;
      count_q <= '0;
      bit_q   <= '0;
      byte_q  <= '0;
      valid_q <= 1'b0;
    end else begin
      sync_q  <= {sync_q[1:0], rx_i};
      valid_q <= 1'b0;
      if (!busy_q) begin
        busy_q  <= !sync_q[2];
        bit_q   <= '0;
        count_q <= CountBits'(Divider / 2 - 1);
      end else if (!sample) begin
        count_q <= count_q - CountBits'(1);
      end else begin
        count_q <= CountBits'(Divider - 1);
        bit_q   <= bit_q + 4'd1;
        if (bit_q == 4'd0 && sync_q[2]) busy_q <= 1'b0;  // not a start bit
        if (bit_q >= 4'd1 && bit_q <= 4'd8) byte_q <= {sync_q[2], byte_q[7:1]};
        if (bit_q == 4'd9) begin
          busy_q  <= 1'b0;
          valid_q <= sync_q[2];
        end
      end
    end
  end
  assign valid_o = valid_q;
  assign byte_o  = byte_q;
endmodule

`default_nettype wire
