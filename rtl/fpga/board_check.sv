// SPDX-License-Identifier: Apache-2.0
// board_check: board_top with a RAM in place of the chip, to try a board's clock, pins and serial line with: a host port of Words words
// of 64 bits from address 0 on; all other addresses answer with an error. It fits the smallest boards. tsp-board --check writes and
// reads it. Each answer comes two cycles after its request. Lamps: a request is under way; the latest answer was an error.
`default_nettype none

module board_check #(
  parameter int ClockHz = 12000000,
  parameter int Baud    = 1000000,
  parameter int Words   = 512
) (
  input  logic clk_i,
  input  logic rst_ni,     // button, low while pressed
  input  logic uart_rx_i,
  output logic uart_tx_o,
  output logic running_no, // lamps, low: lit
  output logic fault_no
);
  localparam int Bits = $clog2(Words);

  logic [2:0] reset_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) reset_q <= '0;
    else reset_q <= {reset_q[1:0], 1'b1};
  end
  wire rst_n = reset_q[2];

  wire        req_valid, req_write;
  wire [39:0] req_addr;
  wire [63:0] req_wdata;
  logic        asked_q, answer_q, error_q;
  logic [63:0] word_q;
  uart_port #(.Divider(ClockHz / Baud)) u_port (
    .clk_i, .rst_ni(rst_n), .rx_i(uart_rx_i), .tx_o(uart_tx_o),
    .req_valid_o(req_valid), .req_ready_i(1'b1), .req_write_o(req_write), .req_addr_o(req_addr),
    .req_wdata_o(req_wdata), .rsp_valid_i(answer_q), .rsp_rdata_i(word_q), .rsp_error_i(error_q)
  );

  wire good = req_addr[39:Bits+3] == '0 && req_addr[2:0] == '0;
  always_ff @(posedge clk_i or negedge rst_n) begin
    if (!rst_n) begin
      asked_q  <= 1'b0;
      answer_q <= 1'b0;
      error_q  <= 1'b0;
    end else begin
      asked_q  <= req_valid;
      answer_q <= asked_q;
      if (req_valid) error_q <= !good;
    end
  end

  logic [63:0] ram_q [0:Words-1];
  always_ff @(posedge clk_i) begin
    if (req_valid && req_write && good) ram_q[req_addr[3 +: Bits]] <= req_wdata;
    if (req_valid) word_q <= ram_q[req_addr[3 +: Bits]];
  end

  assign running_no = !(req_valid || asked_q || answer_q);
  assign fault_no   = !error_q;
endmodule

`default_nettype wire
