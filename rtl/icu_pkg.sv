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

  // A VXM source: stream or group, ALU in reach of the mesh (four wide), immediate.
  function automatic logic bad_source(input logic [7:0] source, input int count, input logic [5:0] alu);
    logic [5:0] k;
    k = source[5:0];
    bad_source = 1'b1;
    if (source[7:6] == 2'b00) bad_source = bad_group(k, count);
    if (source[7:6] == 2'b01)
      bad_source = 32'(k) >= tsp_pkg::ALUS ||
          !(k == alu || 32'(k) + 4 == 32'(alu) || 32'(k) == 32'(alu) + 4 ||
            (k[5:2] == alu[5:2] && (32'(k) + 1 == 32'(alu) || 32'(k) == 32'(alu) + 1)));
    if (source == 8'h80) bad_source = 1'b0;
  endfunction

  // A VXM destination: the result register alone, or also a stream or group.
  function automatic logic bad_destination(input logic [7:0] destination, input int count);
    bad_destination = destination != 8'h00 && (destination[7:6] != 2'b10 || bad_group(destination[5:0], count));
  endfunction

  // Undefined encodings of a VXM instruction.
  function automatic logic bad_vxm(input logic [63:0] w, input logic [5:0] alu);
    int from, to;
    logic [63:0] mask;
    logic known;
    from = vxm_pkg::narrow_source(w[63:56]) ? 1 : 4;
    to = vxm_pkg::narrow_result(w[63:56]) ? 1 : 4;
    mask = vxm_pkg::binary(w[63:56]) ? tsp_pkg::MASK_ADD_I32 : tsp_pkg::MASK_MOV_I32;
    case (w[63:56])
      tsp_pkg::OP_MOV_I8, tsp_pkg::OP_MOV_I32, tsp_pkg::OP_EXT_I8_I32, tsp_pkg::OP_ADD_I32, tsp_pkg::OP_MAX_I32,
      tsp_pkg::OP_CVT_I32_I8: known = 1'b1;
      tsp_pkg::OP_CVT_I32_F32, tsp_pkg::OP_CVT_F32_I8, tsp_pkg::OP_MUL_F32, tsp_pkg::OP_RELU_F32:
        known = tsp_pkg::FP != 0;
      default: known = 1'b0;
    endcase
    bad_vxm = !known || (w & ~mask) != '0 ||
        bad_source(w[tsp_pkg::F_ADD_I32_A +: tsp_pkg::W_ADD_I32_A], from, alu) ||
        (vxm_pkg::binary(w[63:56]) && bad_source(w[tsp_pkg::F_ADD_I32_B +: tsp_pkg::W_ADD_I32_B], from, alu)) ||
        bad_destination(w[tsp_pkg::F_ADD_I32_DST +: tsp_pkg::W_ADD_I32_DST], to);
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
    if (unit == VXM) encoding = bad_vxm(w, alu);
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
