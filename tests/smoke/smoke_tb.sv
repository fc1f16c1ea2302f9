// SPDX-License-Identifier: Apache-2.0
// smoke_tb: a 4-state look at the chip. Plays the requests of +requests into the host port after reset, starts the
// program, and for +cycles cycles (or until it ends) writes a hash of the state of every queue, stream tile, ALU, store
// and accumulator entry to +states, as smoke.c does for the Verilated chip. An X in a valid bit, in a valid stream or
// result, in a queue or in a CSR ends the run with status 1.
`timescale 1ns / 1ps
`default_nettype none

module smoke_tb;
  localparam int Superlanes = tsp_pkg::SUPERLANES;
  localparam int Width      = tsp_pkg::LANES * 8;
  localparam int Links      = 2 * tsp_pkg::LINKS;
  localparam int West       = (tsp_pkg::PLANES + 1) / 2;

  reg         clk = 1'b0;
  reg         rst_n = 1'b0;
  reg         req_valid = 1'b0;
  reg         req_write = 1'b1;
  reg  [39:0] req_addr = '0;
  reg  [63:0] req_wdata = '0;
  wire        req_ready, rsp_valid, rsp_error;
  wire [63:0] rsp_rdata;
  wire        running, done, fault, irq;
  tsp_chip dut (
    .clk_i(clk), .rst_ni(rst_n),
    .req_valid_i(req_valid), .req_ready_o(req_ready), .req_write_i(req_write), .req_addr_i(req_addr),
    .req_wdata_i(req_wdata), .rsp_valid_o(rsp_valid), .rsp_rdata_o(rsp_rdata), .rsp_error_o(rsp_error),
    .c2c_tx_vector_o(tx_vector), .c2c_tx_valid_o(tx_valid), .c2c_tx_data_o(tx_data), .c2c_tx_check_o(tx_check),
    .c2c_rx_vector_i(rx_vector), .c2c_rx_valid_i(rx_valid), .c2c_rx_data_i(rx_data), .c2c_rx_check_i(rx_check),
    .running_o(running), .done_o(done), .fault_o(fault), .irq_o(irq)
  );
  always #5 clk = !clk;

  // The link of each hemisphere is joined to the same of the other, LINK_DELAY cycles long.
  localparam int Ends = Links * Superlanes, LinkBits = Ends * (2 + Width + 16);
  wire [Ends-1:0]       tx_vector, tx_valid, rx_vector, rx_valid;
  wire [Ends*Width-1:0] tx_data, rx_data;
  wire [Ends*16-1:0]    tx_check, rx_check;
  wire [LinkBits-1:0]   crossed = {tx_vector[Ends/2-1:0], tx_vector[Ends-1:Ends/2],
                                   tx_valid[Ends/2-1:0], tx_valid[Ends-1:Ends/2],
                                   tx_data[Ends*Width/2-1:0], tx_data[Ends*Width-1:Ends*Width/2],
                                   tx_check[Ends*8-1:0], tx_check[Ends*16-1:Ends*8]};
  reg  [LinkBits*tsp_pkg::LINK_DELAY-1:0] under = '0;
  always @(posedge clk) under <= {under, crossed};
  assign {rx_vector, rx_valid, rx_data, rx_check} = under[LinkBits*tsp_pkg::LINK_DELAY-1 -: LinkBits];

  integer states, requests, cycles, count, taken, xes = 0;
  reg [1023:0] path;
  reg [63:0] cycle = '0;
  reg look = 1'b0;  // rises when the state of a cycle is to be written down

  // The hash of smoke.c: 32 bits after 32 bits.
  function [63:0] mix(input [63:0] h, input [31:0] w);
    mix = (h ^ {32'd0, w}) * 64'h0000_0100_0000_01b3;
  endfunction
  function [63:0] mix64(input [63:0] h, input [63:0] w);
    mix64 = mix(mix(h, w[31:0]), w[63:32]);
  endfunction
  localparam logic [63:0] Seed = 64'hcbf2_9ce4_8422_2325;

  // What each part of the chip shows; `x` counts.
  for (genvar q = 0; q < tsp_pkg::QUEUES; q++) begin : g_queue
    reg [63:0] h;
    always @(posedge look) begin
      h = mix(mix(Seed, dut.g_queue[q].u_icu.pc_q), dut.g_queue[q].u_icu.tail_q);
      h = mix(mix(h, 32'(dut.g_queue[q].u_icu.idle_q)), 32'(dut.g_queue[q].u_icu.left_q));
      h = mix(mix64(h, dut.g_queue[q].u_icu.prev_q), 32'(dut.g_queue[q].u_icu.state_q));
      if (^h === 1'bx) begin
        xes = xes + 1;
        $display("X in queue %0d at cycle %0d", q, cycle);
      end
      $fdisplay(states, "%0d queue %0d 0 0 %h", cycle, q, h);
    end
  end
  for (genvar n = 0; n < Superlanes; n++) begin : g_superlane
    for (genvar c = 0; c < tsp_pkg::COLUMNS; c++) begin : g_column
      for (genvar d = 0; d < 2; d++) begin : g_direction
        wire [tsp_pkg::STREAMS-1:0]       valid;
        wire [tsp_pkg::STREAMS*Width-1:0] data;
        if (d == 0) begin : g_east
          assign valid = dut.g_superlane[n].u_superlane.g_column[c].u_east.valid_q;
          assign data  = dut.g_superlane[n].u_superlane.g_column[c].u_east.data_q;
        end else begin : g_west
          assign valid = dut.g_superlane[n].u_superlane.g_column[c].u_west.valid_q;
          assign data  = dut.g_superlane[n].u_superlane.g_column[c].u_west.data_q;
        end
        reg [63:0] h;
        integer s, w;
        always @(posedge look) begin
          h = mix(Seed, 32'(valid));
          for (s = 0; s < tsp_pkg::STREAMS; s = s + 1)
            if (valid[s])
              for (w = 0; w < Width / 32; w = w + 1) h = mix(h, data[Width*s+32*w +: 32]);
          if (^h === 1'bx) begin
            xes = xes + 1;
            $display("X in a stream, direction %0d column %0d superlane %0d, at cycle %0d: valid %b", d, c, n, cycle, valid);
          end
          $fdisplay(states, "%0d tile %0d %0d %0d %h", cycle, d, c, n, h);
        end
      end
    end
    for (genvar m = 0; m < 2 * tsp_pkg::MEM_SLICES; m++) begin : g_slice
      localparam int Hop    = (m % tsp_pkg::MEM_SLICES) / tsp_pkg::MEM_PER_HOP;
      localparam int Column = m < tsp_pkg::MEM_SLICES ? tsp_pkg::VXM_COLUMN - 1 - Hop : tsp_pkg::VXM_COLUMN + 1 + Hop;
      localparam int Place  = (m % tsp_pkg::MEM_SLICES) % tsp_pkg::MEM_PER_HOP;
      reg        stored_q = 1'b0;  // at the end of the last cycle
      reg [15:0] addr_q;
      always @(posedge clk) begin
        stored_q <= dut.g_superlane[n].u_superlane.g_column[Column].g_mem[Place].u_tile.mem_we && running;
        addr_q   <= dut.g_superlane[n].u_superlane.g_column[Column].g_mem[Place].u_tile.mem_waddr;
      end
      reg [63:0]      h;
      reg [Width-1:0] word;
      integer w;
      always @(posedge look)
        if (stored_q !== 1'b0) begin
          word = dut.g_superlane[n].u_superlane.g_column[Column].g_mem[Place].u_tile.ram_q[addr_q];
          h = mix(Seed, 32'(addr_q));
          for (w = 0; w < Width / 32; w = w + 1) h = mix(h, word[32*w +: 32]);
          if (^h === 1'bx) begin
            xes = xes + 1;
            $display("X stored in slice %0d superlane %0d at cycle %0d", m, n, cycle);
          end
          $fdisplay(states, "%0d mem %0d %0d 0 %h", cycle, m, n, h);
        end
    end
    for (genvar a = 0; a < tsp_pkg::ALUS; a++) begin : g_alu
      wire                        valid  = dut.g_superlane[n].u_superlane.u_vxm.g_alu[a].u_alu.out_valid_q;
      wire [tsp_pkg::LANES*32-1:0] result = dut.g_superlane[n].u_superlane.u_vxm.g_alu[a].u_alu.out_q;
      reg [63:0] h;
      integer w;
      always @(posedge look) begin
        h = mix(Seed, 32'(valid));
        if (valid)
          for (w = 0; w < tsp_pkg::LANES; w = w + 1) h = mix(h, result[32*w +: 32]);
        if (^h === 1'bx) begin
          xes = xes + 1;
          $display("X in ALU %0d superlane %0d at cycle %0d", a, n, cycle);
        end
        $fdisplay(states, "%0d alu %0d %0d 0 %h", cycle, a, n, h);
      end
    end
    for (genvar p = 0; p < tsp_pkg::PLANES; p++) begin : g_plane
      wire [31:0] addr = 32'(dut.g_superlane[n].u_superlane.g_plane[p].u_acc.wb_addr_q);
      wire        set  = dut.g_superlane[n].u_superlane.g_plane[p].u_acc.wb_valid_q;
      reg [63:0]                   h;
      reg [tsp_pkg::LANES*32-1:0] entry;
      integer w;
      always @(posedge look)
        if (set !== 1'b0) begin
          entry = dut.g_superlane[n].u_superlane.g_plane[p].u_acc.acc_q[addr];
          h = mix(Seed, addr);
          for (w = 0; w < tsp_pkg::LANES; w = w + 1) h = mix(h, entry[32*w +: 32]);
          if (^h === 1'bx) begin
            xes = xes + 1;
            $display("X in accumulators of plane %0d superlane %0d at cycle %0d", p, n, cycle);
          end
          $fdisplay(states, "%0d acc %0d %0d 0 %h", cycle, p, n, h);
        end
    end
  end

  task request(input [39:0] addr, input [63:0] data);
    begin
      req_valid = 1'b1;
      req_addr = addr;
      req_wdata = data;
      while (req_ready !== 1'b1) @(posedge clk) #1;
      @(posedge clk) #1 req_valid = 1'b0;
      while (rsp_valid !== 1'b1) @(posedge clk) #1;
      if (rsp_error !== 1'b0) begin
        $display("the host port refuses %h", addr);
        $finish_and_return(1);
      end
    end
  endtask

  reg [39:0] addr;
  reg [63:0] data;
  initial begin
    if (!$value$plusargs("requests=%s", path)) $finish_and_return(2);
    requests = $fopen(path, "r");
    if (!$value$plusargs("states=%s", path)) $finish_and_return(2);
    states = $fopen(path, "w");
    if (!$value$plusargs("cycles=%d", count)) $finish_and_return(2);
    if (requests == 0 || states == 0) begin
      $display("the files of +requests or +states cannot be opened");
      $finish_and_return(2);
    end
    repeat (4) @(posedge clk);
    #1 rst_n = 1'b1;
    @(posedge clk) #1;
    taken = $fscanf(requests, "%h %h", addr, data);
    while (taken == 2) begin
      request(addr, data);
      taken = $fscanf(requests, "%h %h", addr, data);
    end
    request(40'd1, 64'd1);
    while (running !== 1'b1) @(posedge clk) #1;
    cycles = 0;
    while (cycles < count && running === 1'b1) begin
      look = 1'b1;
      #1 look = 1'b0;
      @(posedge clk) #1;
      cycles = cycles + 1;
      cycle = cycle + 1;
    end
    if (cycles < count && (done !== 1'b1 || fault !== 1'b0)) begin
      $display("the program stops at cycle %0d: done %b fault %b", cycle, done, fault);
      xes = xes + 1;
    end
    $display("%0d cycles, %0d X", cycles, xes);
    $fclose(states);
    if (xes != 0) $finish_and_return(1);
    $finish;
  end
endmodule

`default_nettype wire
