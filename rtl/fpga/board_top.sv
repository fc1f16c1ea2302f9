// SPDX-License-Identifier: Apache-2.0
// board_top: the chip on a board: a serial line to its host port, a reset button, two lamps. Its links are joined to each
// other, LINK_DELAY cycles long, as the models' are. The reset is released in step with the clock.
`default_nettype none

module board_top #(
  parameter int ClockHz = 12000000,
  parameter int Baud    = 1000000
) (
  input  logic clk_i,
  input  logic rst_ni,     // button, low while pressed
  input  logic uart_rx_i,
  output logic uart_tx_o,
  output logic running_no, // lamps, low: lit
  output logic fault_no
);
  logic [2:0] reset_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) reset_q <= '0;
    else reset_q <= {reset_q[1:0], 1'b1};
  end
  wire rst_n = reset_q[2];

  wire        req_valid, req_ready, req_write, rsp_valid, rsp_error;
  wire [39:0] req_addr;
  wire [63:0] req_wdata, rsp_rdata;
  uart_port #(.Divider(ClockHz / Baud)) u_port (
    .clk_i, .rst_ni(rst_n), .rx_i(uart_rx_i), .tx_o(uart_tx_o),
    .req_valid_o(req_valid), .req_ready_i(req_ready), .req_write_o(req_write), .req_addr_o(req_addr),
    .req_wdata_o(req_wdata), .rsp_valid_i(rsp_valid), .rsp_rdata_i(rsp_rdata), .rsp_error_i(rsp_error)
  );

  localparam int Ends  = 2 * tsp_pkg::LINKS * tsp_pkg::SUPERLANES;
  localparam int Width = tsp_pkg::LANES * 8;
  localparam int Bits  = Ends * (2 + Width + 16);
  wire [Ends-1:0]       tx_vector, tx_valid, rx_vector, rx_valid;
  wire [Ends*Width-1:0] tx_data, rx_data;
  wire [Ends*16-1:0]    tx_check, rx_check;
  wire [Bits-1:0]       crossed = {tx_vector[Ends/2-1:0], tx_vector[Ends-1:Ends/2],
                                   tx_valid[Ends/2-1:0], tx_valid[Ends-1:Ends/2],
                                   tx_data[Ends*Width/2-1:0], tx_data[Ends*Width-1:Ends*Width/2],
                                   tx_check[Ends*8-1:0], tx_check[Ends*16-1:Ends*8]};
  localparam int Way   = Bits * tsp_pkg::LINK_DELAY;
  logic [Way-1:0]       under_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) under_q <= '0;
    else under_q <= Way'({under_q, crossed});
  end
  assign {rx_vector, rx_valid, rx_data, rx_check} = under_q[Way-1 -: Bits];

  wire running, done, fault, irq;
  wire unused = &{1'b0, done, irq};
  tsp_chip u_chip (
    .clk_i, .rst_ni(rst_n),
    .req_valid_i(req_valid), .req_ready_o(req_ready), .req_write_i(req_write), .req_addr_i(req_addr),
    .req_wdata_i(req_wdata), .rsp_valid_o(rsp_valid), .rsp_rdata_o(rsp_rdata), .rsp_error_o(rsp_error),
    .c2c_tx_vector_o(tx_vector), .c2c_tx_valid_o(tx_valid), .c2c_tx_data_o(tx_data), .c2c_tx_check_o(tx_check),
    .c2c_rx_vector_i(rx_vector), .c2c_rx_valid_i(rx_valid), .c2c_rx_data_i(rx_data), .c2c_rx_check_i(rx_check),
    .running_o(running), .done_o(done), .fault_o(fault), .irq_o(irq)
  );
  assign running_no = !running;
  assign fault_no   = !fault;
endmodule

`default_nettype wire
