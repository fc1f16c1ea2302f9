// SPDX-License-Identifier: Apache-2.0
// icu_pkg: what an instruction queue knows about instruction words: the fault that a word causes when it is
// dispatched, and the word that a Repeat makes of it (golden/README.md, queues; golden/isa.def).
`default_nettype none

package icu_pkg;
  // Kinds of queue.
  localparam logic [2:0] MEM = 3'd1;
  localparam logic [2:0] VXM = 3'd2;
  localparam logic [2:0] MXW = 3'd3;  // weights of a plane
  localparam logic [2:0] MXA = 3'd4;  // activations of a plane
  localparam logic [2:0] MXC = 3'd5;  // accumulators of a plane

  // States of a queue, numbered as TSP_QUEUE_* in golden/tsp_engine.h.
  localparam logic [1:0] RUN = 2'd0;
  localparam logic [1:0] PARKED = 2'd1;
  localparam logic [1:0] ENDED = 2'd2;
  localparam logic [1:0] EMPTY = 2'd3;

  // Stream numbers are direction * 32 + index. `count` streams from a base that is a multiple of count.
  function automatic logic bad_group(input logic [5:0] stream, input int count);
    bad_group = 32'(stream[4:0]) + count > tsp_pkg::STREAMS || (32'(stream[4:0]) % count) != 0;
  endfunction

  // The fault that dispatching w causes, 0 if none: ENCODING before ADDRESS before BANK.
  // unit: kind of queue; alu: number of a VXM queue; west: the plane's outward direction is west.
  function automatic logic [3:0] check(input logic [2:0] unit, input logic [5:0] alu, input logic west,
                                       input logic [63:0] w);
    /* verilator no_inline_task */
    logic encoding, address, bank;
    logic [31:0] r, a;
    encoding = 1'b1;
    address = 1'b0;
    bank = 1'b0;
    r = 32'(w[tsp_pkg::F_READWRITE_RADDR +: tsp_pkg::W_READWRITE_RADDR]);
    a = 32'(w[tsp_pkg::F_READWRITE_WADDR +: tsp_pkg::W_READWRITE_WADDR]);
    if (unit == VXM) encoding = vxm_pkg::bad_word(w, alu);
    if (unit == MEM && w[63:56] == tsp_pkg::OP_READ) begin
      encoding = (w & ~tsp_pkg::MASK_READ) != '0 || bad_group(w[tsp_pkg::F_READ_RSTREAM +: 6], 1);
      address = r >= 32'(tsp_pkg::MEM_WORDS);
    end
    if (unit == MEM && w[63:56] == tsp_pkg::OP_WRITE) begin
      encoding = (w & ~tsp_pkg::MASK_WRITE) != '0 || bad_group(w[tsp_pkg::F_WRITE_WSTREAM +: 6], 1);
      address = a >= 32'(tsp_pkg::MEM_WORDS);
    end
    if (unit == MEM && w[63:56] == tsp_pkg::OP_READWRITE) begin
      encoding = (w & ~tsp_pkg::MASK_READWRITE) != '0 || bad_group(w[tsp_pkg::F_READWRITE_RSTREAM +: 6], 1) ||
          bad_group(w[tsp_pkg::F_READWRITE_WSTREAM +: 6], 1);
      address = r >= 32'(tsp_pkg::MEM_WORDS) || a >= 32'(tsp_pkg::MEM_WORDS);
      bank = (r >= 32'(tsp_pkg::MEM_WORDS / 2)) == (a >= 32'(tsp_pkg::MEM_WORDS / 2));
    end
    if (unit == MXW && w[63:56] == tsp_pkg::OP_LW) begin
      encoding = (w & ~tsp_pkg::MASK_LW) != '0 || bad_group(w[tsp_pkg::F_LW_GROUP +: 6], tsp_pkg::LW_STREAMS) ||
          w[tsp_pkg::F_LW_GROUP + 5] != west;
      address = 32'(w[tsp_pkg::F_LW_SLOT +: tsp_pkg::W_LW_SLOT]) >= 32'(tsp_pkg::SUPERLANES * tsp_pkg::PARTS);
    end
    if (unit == MXW && w[63:56] == tsp_pkg::OP_IW) encoding = (w & ~tsp_pkg::MASK_IW) != '0;
    if (unit == MXA && w[63:56] == tsp_pkg::OP_ABC)
      encoding = (w & ~tsp_pkg::MASK_ABC) != '0 || bad_group(w[tsp_pkg::F_ABC_STREAM +: 6], 1) ||
          w[tsp_pkg::F_ABC_STREAM + 5] != west;
    if (unit == MXC && (w[63:56] == tsp_pkg::OP_ACC_SET || w[63:56] == tsp_pkg::OP_ACC_ADD))
      encoding = (w & ~tsp_pkg::MASK_ACC_SET) != '0;
    if (unit == MXC && w[63:56] == tsp_pkg::OP_ACC_OUT) encoding = (w & ~tsp_pkg::MASK_ACC_OUT) != '0;
    if (unit == MXC && w[63:56] == tsp_pkg::OP_ACC_SUM) encoding = (w & ~tsp_pkg::MASK_ACC_SUM) != '0;
    if (unit == MXC && (w[63:56] == tsp_pkg::OP_ACC_OUT || w[63:56] == tsp_pkg::OP_ACC_SUM))
      encoding = encoding || bad_group(w[tsp_pkg::F_ACC_SUM_OUT +: 6], 4) || w[tsp_pkg::F_ACC_SUM_OUT + 5] == west;
    if (unit == MXC && w[63:56] != tsp_pkg::OP_ACC_OUT)
      address = 32'(w[tsp_pkg::F_ACC_SUM_ACC +: tsp_pkg::W_ACC_SUM_ACC]) >= 32'(tsp_pkg::ACC_DEPTH);
    if (encoding) check = 4'(tsp_pkg::FLT_ENCODING);
    else if (address) check = 4'(tsp_pkg::FLT_ADDRESS);
    else if (bank) check = 4'(tsp_pkg::FLT_BANK);
    else check = '0;
  endfunction

  // w with its strided fields moved by a Repeat's strides a and b, modulo the field. Any opcode, in any queue.
  function automatic logic [63:0] stride(input logic [63:0] w, input logic [15:0] a, input logic [15:0] b);
    /* verilator no_inline_task */
    logic [63:0] r;
    r = w;
    case (w[63:56])
      tsp_pkg::OP_READ, tsp_pkg::OP_READWRITE:
        r[tsp_pkg::F_READWRITE_RADDR +: 16] = w[tsp_pkg::F_READWRITE_RADDR +: 16] + a;
      tsp_pkg::OP_LW: r[tsp_pkg::F_LW_SLOT +: 16] = w[tsp_pkg::F_LW_SLOT +: 16] + a;
      tsp_pkg::OP_ACC_SET, tsp_pkg::OP_ACC_ADD, tsp_pkg::OP_ACC_SUM:
        r[tsp_pkg::F_ACC_SUM_ACC +: 16] = w[tsp_pkg::F_ACC_SUM_ACC +: 16] + a;
      default: ;
    endcase
    if (w[63:56] == tsp_pkg::OP_WRITE || w[63:56] == tsp_pkg::OP_READWRITE)
      r[tsp_pkg::F_READWRITE_WADDR +: 16] = w[tsp_pkg::F_READWRITE_WADDR +: 16] + b;
    stride = r;
  endfunction
endpackage

`default_nettype wire
