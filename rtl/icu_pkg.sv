// SPDX-License-Identifier: Apache-2.0
// icu_pkg: what an instruction queue knows: its place, the fault that a word causes when it is dispatched, and the word
// that a Repeat makes of it (golden/README.md, queues; golden/isa.def). Kinds of queue are tsp_pkg::UNIT_*.
`default_nettype none

package icu_pkg;
  // States of a queue, numbered as TSP_QUEUE_* in golden/tsp_engine.h.
  localparam logic [1:0] RUN = 2'd0;
  localparam logic [1:0] PARKED = 2'd1;
  localparam logic [1:0] ENDED = 2'd2;
  localparam logic [1:0] EMPTY = 2'd3;

  // Planes of the west.
  function automatic int west_planes();
    west_planes = (tsp_pkg::PLANES + 1) / 2;
  endfunction

  // Kind of queue q.
  function automatic logic [3:0] queue_unit(input int q);
    queue_unit = tsp_pkg::UNIT_MEM;
    if (q >= tsp_pkg::Q_VXM) queue_unit = tsp_pkg::UNIT_VXM;
    if (q >= tsp_pkg::Q_MXM) queue_unit = tsp_pkg::UNIT_MXW + 4'((q - tsp_pkg::Q_MXM) % 3);
    if (q >= tsp_pkg::Q_SXM)
      case ((q - tsp_pkg::Q_SXM) % tsp_pkg::SXM_QUEUES)
        0, 1: queue_unit = tsp_pkg::UNIT_SXS;
        2: queue_unit = tsp_pkg::UNIT_SXP;
        3: queue_unit = tsp_pkg::UNIT_SXD;
        default: queue_unit = tsp_pkg::UNIT_SXT;
      endcase
    if (q >= tsp_pkg::Q_C2C) queue_unit = tsp_pkg::UNIT_C2C;
  endfunction

  // The stream-register column of queue q's unit.
  function automatic int queue_column(input int q);
    queue_column = tsp_pkg::VXM_COLUMN;
    if (q < tsp_pkg::MEM_SLICES) queue_column = tsp_pkg::VXM_COLUMN - 1 - q / tsp_pkg::MEM_PER_HOP;
    else if (q < tsp_pkg::Q_VXM)
      queue_column = tsp_pkg::VXM_COLUMN + 1 + (q - tsp_pkg::MEM_SLICES) / tsp_pkg::MEM_PER_HOP;
    else if (q >= tsp_pkg::Q_C2C) queue_column = q - tsp_pkg::Q_C2C < tsp_pkg::LINKS ? 0 : tsp_pkg::COLUMNS - 1;
    else if (q >= tsp_pkg::Q_SXM) queue_column = q - tsp_pkg::Q_SXM < tsp_pkg::SXM_QUEUES ? 0 : tsp_pkg::COLUMNS - 1;
    else if (q >= tsp_pkg::Q_MXM) queue_column = (q - tsp_pkg::Q_MXM) / 3 < west_planes() ? 0 : tsp_pkg::COLUMNS - 1;
  endfunction

  // The queues of column c, one bit each.
  function automatic logic [tsp_pkg::QUEUES-1:0] column_queues(input int c);
    int q;
    column_queues = '0;
    for (q = tsp_pkg::QUEUES - 1; q >= 0; q--) column_queues = (column_queues << 1) | (queue_column(q) == c ? 1 : 0);
  endfunction

  // The queues of a kind, one bit each. (Icarus evaluates a call of a function only outside blocks with own variables.)
  function automatic logic [tsp_pkg::QUEUES-1:0] unit_queues(input logic [3:0] unit);
    int q;
    unit_queues = '0;
    for (q = tsp_pkg::QUEUES - 1; q >= 0; q--) unit_queues = (unit_queues << 1) | (queue_unit(q) == unit ? 1 : 0);
  endfunction

  // Whether queue q belongs to the first plane of a pair that multiplies fp16.
  function automatic logic queue_pairs(input int q);
    int plane, first, planes;
    plane = (q - tsp_pkg::Q_MXM) / 3;
    first = plane < west_planes() ? 0 : west_planes();
    planes = plane < west_planes() ? west_planes() : tsp_pkg::PLANES - west_planes();
    queue_pairs = tsp_pkg::FP != 0 && q >= tsp_pkg::Q_MXM && q < tsp_pkg::Q_SXM && plane == first && planes == 2;
  endfunction

  // Bits that no field covers.
  function automatic logic stray(input logic [63:0] w, input logic [63:0] mask);
    stray = (w & ~mask) != '0;
  endfunction

  // Stream numbers are direction * 32 + index. `count` streams from a base that is a multiple of count.
  function automatic logic bad_group(input logic [5:0] stream, input int count);
    bad_group = 32'(stream[4:0]) + count > tsp_pkg::STREAMS || (32'(stream[4:0]) & (count - 1)) != 0;
  endfunction

  function automatic logic bad_stream(input logic [5:0] stream);
    bad_stream = 32'(stream[4:0]) >= tsp_pkg::STREAMS;
  endfunction

  // What is wrong with a word, by kind of queue: {encoding, address, bank}.
  function automatic logic [2:0] check_mem(input logic [63:0] w);
    logic [31:0] r, a;
    r = 32'(w[tsp_pkg::F_READWRITE_RADDR +: tsp_pkg::W_READWRITE_RADDR]);
    a = 32'(w[tsp_pkg::F_READWRITE_WADDR +: tsp_pkg::W_READWRITE_WADDR]);
    check_mem = '0;
    case (w[63:56])
      tsp_pkg::OP_READ: begin
        check_mem[2] = stray(w, tsp_pkg::MASK_READ) || bad_stream(w[tsp_pkg::F_READ_RSTREAM +: 6]);
        check_mem[1] = r >= 32'(tsp_pkg::MEM_WORDS);
      end
      tsp_pkg::OP_WRITE: begin
        check_mem[2] = stray(w, tsp_pkg::MASK_WRITE) || bad_stream(w[tsp_pkg::F_WRITE_WSTREAM +: 6]);
        check_mem[1] = a >= 32'(tsp_pkg::MEM_WORDS);
      end
      tsp_pkg::OP_READWRITE: begin
        check_mem[2] = stray(w, tsp_pkg::MASK_READWRITE) || bad_stream(w[tsp_pkg::F_READWRITE_RSTREAM +: 6]) ||
            bad_stream(w[tsp_pkg::F_READWRITE_WSTREAM +: 6]);
        check_mem[1] = r >= 32'(tsp_pkg::MEM_WORDS) || a >= 32'(tsp_pkg::MEM_WORDS);
        check_mem[0] = (r >= 32'(tsp_pkg::MEM_WORDS / 2)) == (a >= 32'(tsp_pkg::MEM_WORDS / 2));
      end
      tsp_pkg::OP_GATHER:
        check_mem[2] = stray(w, tsp_pkg::MASK_GATHER) || bad_stream(w[tsp_pkg::F_GATHER_RSTREAM +: 6]) ||
            bad_group(w[tsp_pkg::F_GATHER_MAP +: 6], 2);
      tsp_pkg::OP_SCATTER:
        check_mem[2] = stray(w, tsp_pkg::MASK_SCATTER) || bad_stream(w[tsp_pkg::F_SCATTER_WSTREAM +: 6]) ||
            bad_group(w[tsp_pkg::F_SCATTER_MAP +: 6], 2);
      default: check_mem[2] = 1'b1;
    endcase
  endfunction

  // A plane's weights queue. west: outward is west.
  function automatic logic [2:0] check_mxw(input logic west, input logic [63:0] w);
    check_mxw = '0;
    case (w[63:56])
      tsp_pkg::OP_LW: begin
        check_mxw[2] = stray(w, tsp_pkg::MASK_LW) || bad_group(w[tsp_pkg::F_LW_GROUP +: 6], tsp_pkg::LW_STREAMS) ||
            w[tsp_pkg::F_LW_GROUP + 5] != west;
        check_mxw[1] = 32'(w[tsp_pkg::F_LW_SLOT +: tsp_pkg::W_LW_SLOT]) >= 32'(tsp_pkg::SUPERLANES * tsp_pkg::PARTS);
      end
      tsp_pkg::OP_IW: check_mxw[2] = stray(w, tsp_pkg::MASK_IW);
      default: check_mxw[2] = 1'b1;
    endcase
  endfunction

  // A plane's activations queue. pair: the plane is the first of a pair.
  function automatic logic [2:0] check_mxa(input logic west, input logic pair, input logic [63:0] w);
    check_mxa = '0;
    case (w[63:56])
      tsp_pkg::OP_ABC:
        check_mxa[2] = stray(w, tsp_pkg::MASK_ABC) || bad_stream(w[tsp_pkg::F_ABC_STREAM +: 6]) ||
            w[tsp_pkg::F_ABC_STREAM + 5] != west;
      tsp_pkg::OP_ABC_F16:
        check_mxa[2] = !pair || stray(w, tsp_pkg::MASK_ABC_F16) || bad_group(w[tsp_pkg::F_ABC_F16_GROUP +: 6], 2) ||
            w[tsp_pkg::F_ABC_F16_GROUP + 5] != west;
      default: check_mxa[2] = 1'b1;
    endcase
  endfunction

  // A plane's accumulators queue.
  function automatic logic [2:0] check_mxc(input logic west, input logic [63:0] w);
    logic out, acc;
    out = bad_group(w[tsp_pkg::F_ACC_SUM_OUT +: 6], 4) || w[tsp_pkg::F_ACC_SUM_OUT + 5] == west;
    acc = 32'(w[tsp_pkg::F_ACC_SUM_ACC +: tsp_pkg::W_ACC_SUM_ACC]) >= 32'(tsp_pkg::ACC_DEPTH);
    check_mxc = '0;
    case (w[63:56])
      tsp_pkg::OP_ACC_SET, tsp_pkg::OP_ACC_ADD: check_mxc = {stray(w, tsp_pkg::MASK_ACC_SET), acc, 1'b0};
      tsp_pkg::OP_ACC_OUT: check_mxc[2] = stray(w, tsp_pkg::MASK_ACC_OUT) || out;
      tsp_pkg::OP_ACC_SUM: check_mxc = {stray(w, tsp_pkg::MASK_ACC_SUM) || out, acc, 1'b0};
      tsp_pkg::OP_ACC_ADD_F32:
        check_mxc = {tsp_pkg::FP == 0 || stray(w, tsp_pkg::MASK_ACC_ADD_F32), acc, 1'b0};
      tsp_pkg::OP_ACC_SUM_F32:
        check_mxc = {tsp_pkg::FP == 0 || stray(w, tsp_pkg::MASK_ACC_SUM_F32) || out, acc, 1'b0};
      default: check_mxc[2] = 1'b1;
    endcase
  endfunction

  // A queue of the SXM. Fields of one name have one place in all of them but `group` and a Rotate's `n`.
  function automatic logic [2:0] check_sxm(input logic [3:0] unit, input logic [63:0] w);
    logic in, out, shift, map;
    logic [7:0] n;
    in = bad_stream(w[tsp_pkg::F_SELECT_STREAM +: 6]);
    out = bad_stream(w[tsp_pkg::F_SELECT_OUT +: 6]);
    shift = 32'(w[tsp_pkg::F_SELECT_N +: tsp_pkg::W_SELECT_N]) >= tsp_pkg::VECTOR;
    map = 32'(w[tsp_pkg::F_SELECT_MAP +: tsp_pkg::W_SELECT_MAP]) >= tsp_pkg::MAPS;
    n = w[tsp_pkg::F_ROTATE_N +: 8];
    check_sxm = 3'b100;
    case (w[63:56])
      tsp_pkg::OP_SHIFT_UP, tsp_pkg::OP_SHIFT_DOWN:
        if (unit == tsp_pkg::UNIT_SXS) check_sxm = {stray(w, tsp_pkg::MASK_SHIFT_UP) || in || out || shift, 2'b00};
      tsp_pkg::OP_SELECT:
        if (unit == tsp_pkg::UNIT_SXS) check_sxm = {stray(w, tsp_pkg::MASK_SELECT) || in || out || shift, map, 1'b0};
      tsp_pkg::OP_SMAP:
        if (unit == tsp_pkg::UNIT_SXS) check_sxm = {stray(w, tsp_pkg::MASK_SMAP) || in, map, 1'b0};
      tsp_pkg::OP_PERMUTE:
        if (unit == tsp_pkg::UNIT_SXP) check_sxm = {stray(w, tsp_pkg::MASK_PERMUTE) || in || out, map, 1'b0};
      tsp_pkg::OP_PMAP:
        if (unit == tsp_pkg::UNIT_SXP)
          check_sxm = {stray(w, tsp_pkg::MASK_PMAP) || bad_group(w[tsp_pkg::F_PMAP_GROUP +: 6], 2), map, 1'b0};
      tsp_pkg::OP_DISTRIBUTE:
        if (unit == tsp_pkg::UNIT_SXD) check_sxm = {stray(w, tsp_pkg::MASK_DISTRIBUTE) || in || out, map, 1'b0};
      tsp_pkg::OP_DMAP:
        if (unit == tsp_pkg::UNIT_SXD) check_sxm = {stray(w, tsp_pkg::MASK_DMAP) || in, map, 1'b0};
      tsp_pkg::OP_ROTATE:
        if (unit == tsp_pkg::UNIT_SXD)
          check_sxm = {stray(w, tsp_pkg::MASK_ROTATE) || in || n < 8'd2 || n > 8'd4 ||
                       32'(n) * 32'(n) > tsp_pkg::LANES || bad_group(w[tsp_pkg::F_ROTATE_GROUP +: 6], tsp_pkg::LANES),
                       2'b00};
      tsp_pkg::OP_TRANSPOSE:
        if (unit == tsp_pkg::UNIT_SXT)
          check_sxm = {stray(w, tsp_pkg::MASK_TRANSPOSE) ||
                       bad_group(w[tsp_pkg::F_TRANSPOSE_GROUP +: 6], tsp_pkg::LANES) ||
                       bad_group(w[tsp_pkg::F_TRANSPOSE_OUT +: 6], tsp_pkg::LANES), 2'b00};
      default: ;
    endcase
  endfunction

  function automatic logic [2:0] check_c2c(input logic [63:0] w);
    check_c2c = '0;
    case (w[63:56])
      tsp_pkg::OP_SEND: check_c2c[2] = stray(w, tsp_pkg::MASK_SEND) || bad_stream(w[tsp_pkg::F_SEND_STREAM +: 6]);
      tsp_pkg::OP_RECEIVE: check_c2c[2] = stray(w, tsp_pkg::MASK_RECEIVE) || bad_stream(w[tsp_pkg::F_RECEIVE_OUT +: 6]);
      default: check_c2c[2] = 1'b1;
    endcase
  endfunction

  // The fault that dispatching w causes, 0 if none: ENCODING before ADDRESS before BANK.
  // unit: kind of queue; alu: number of a VXM queue; west, pair: of a plane's queues, as above.
  function automatic logic [3:0] check(input logic [3:0] unit, input logic [5:0] alu, input logic west,
                                       input logic pair, input logic [63:0] w);
    /* verilator no_inline_task */
    logic [2:0] wrong;
    case (unit)
      tsp_pkg::UNIT_MEM: wrong = check_mem(w);
      tsp_pkg::UNIT_VXM: wrong = {vxm_pkg::bad_word(w, alu), 2'b00};
      tsp_pkg::UNIT_MXW: wrong = check_mxw(west, w);
      tsp_pkg::UNIT_MXA: wrong = check_mxa(west, pair, w);
      tsp_pkg::UNIT_MXC: wrong = check_mxc(west, w);
      tsp_pkg::UNIT_C2C: wrong = check_c2c(w);
      default:           wrong = check_sxm(unit, w);
    endcase
    if (wrong[2]) check = tsp_pkg::FLT_ENCODING;
    else if (wrong[1]) check = tsp_pkg::FLT_ADDRESS;
    else if (wrong[0]) check = tsp_pkg::FLT_BANK;
    else check = '0;
  endfunction

  // The opcodes, one bit each, of which a Repeat's stride (1 or 2) moves the field at bit lsb.
  function automatic logic [255:0] moving(input logic [15:0] stride, input logic [15:0] lsb);
    moving = '0;
    for (int i = 0; i < tsp_pkg::FIELDS; i++)
      if (tsp_pkg::FIELD_STRIDES[16*i +: 16] == stride && tsp_pkg::FIELD_LSBS[16*i +: 16] == lsb)
        moving = moving | (256'd1 << tsp_pkg::FIELD_OPCODES[16*i +: 8]);
  endfunction
endpackage

`default_nettype wire
