// SPDX-License-Identifier: Apache-2.0
// uart_port: a serial line as master of the host port. A request is a byte 0x52 (read) or 0x57 (write), five bytes of address,
// eight of data if it writes, and the sum of all these modulo 256, lowest bytes first. Its answer is 0x4b (done) or 0x45 (the
// port's error), eight bytes of data if it read without error, and the sum of these. A request with a wrong sum is
// answered 0x3f, 0x3f and not carried out. Bytes that begin no request are dropped; so is a request of which no byte came for
// 2^IdleBits cycles, so that a host finds its place again.
`default_nettype none

module uart_port #(
  parameter int Divider  = 12,  // clock cycles per bit, at least 4
  parameter int IdleBits = 16
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        rx_i,
  output logic        tx_o,
  // Host port
  output logic        req_valid_o,
  input  logic        req_ready_i,
  output logic        req_write_o,
  output logic [39:0] req_addr_o,
  output logic [63:0] req_wdata_o,
  input  logic        rsp_valid_i,
  input  logic [63:0] rsp_rdata_i,
  input  logic        rsp_error_i
);
  localparam logic [7:0] Read = 8'h52, Write = 8'h57, Done = 8'h4b, Error = 8'h45, What = 8'h3f;

  wire       rx_valid, tx_ready;
  wire [7:0] rx_byte;
  uart_rx #(.Divider(Divider)) u_rx (.clk_i, .rst_ni, .rx_i, .valid_o(rx_valid), .byte_o(rx_byte));

  localparam logic [1:0] Listen = 2'd0, Ask = 2'd1, Wait = 2'd2, Tell = 2'd3;
  logic [1:0]          state_q;
  logic                write_q;
  logic [3:0]          left_q;    // bytes to come, or to send
  logic [103:0]        frame_q;   // address and data: the latest byte uppermost; then the answer: the next byte lowest
  logic [7:0]          sum_q;
  logic [IdleBits-1:0] idle_q;

  wire [7:0] tx_byte = left_q == '0 ? sum_q : frame_q[7:0];
  uart_tx #(.Divider(Divider)) u_tx (
    .clk_i, .rst_ni, .valid_i(state_q == Tell), .byte_i(tx_byte), .ready_o(tx_ready), .tx_o
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Listen;
      write_q <= 1'b0;
      left_q  <= '0;
      frame_q <= '0;
      sum_q   <= '0;
      idle_q  <= '0;
    end else begin
      idle_q <= rx_valid || state_q != Listen || left_q == '0 ? '0 : idle_q + IdleBits'(1);
      case (state_q)
        Listen: begin
          if (rx_valid && left_q == '0) begin
            write_q <= rx_byte == Write;
            sum_q   <= rx_byte;
            if (rx_byte == Read || rx_byte == Write) left_q <= rx_byte == Write ? 4'd14 : 4'd6;
          end else if (rx_valid && left_q != 4'd1) begin
            frame_q <= {rx_byte, frame_q[103:8]};
            sum_q   <= sum_q + rx_byte;
            left_q  <= left_q - 4'd1;
          end else if (rx_valid) begin
            left_q  <= '0;
            state_q <= sum_q == rx_byte ? Ask : Tell;
            if (sum_q != rx_byte) begin
              frame_q[7:0] <= What;
              sum_q        <= '0;
              left_q       <= 4'd1;
            end
          end else if (&idle_q) begin
            left_q <= '0;
          end
        end
        Ask: if (req_ready_i) state_q <= Wait;
        Wait: if (rsp_valid_i) begin
          state_q <= Tell;
          frame_q <= {32'd0, rsp_rdata_i, rsp_error_i ? Error : Done};
          left_q  <= write_q || rsp_error_i ? 4'd1 : 4'd9;
          sum_q   <= '0;
        end
        default: if (tx_ready) begin
          frame_q <= {8'd0, frame_q[103:8]};
          sum_q   <= sum_q + frame_q[7:0];
          left_q  <= left_q - 4'd1;
          if (left_q == '0) begin
            state_q <= Listen;
            left_q  <= '0;
          end
        end
      endcase
    end
  end
  assign req_valid_o = state_q == Ask;
  assign req_write_o = write_q;
  assign req_addr_o  = write_q ? frame_q[39:0] : frame_q[103:64];
  assign req_wdata_o = frame_q[103:40];
endmodule

`default_nettype wire
