// SPDX-License-Identifier: Apache-2.0
// vxm_pkg: instructions of a VXM ALU: their shape, the check of their encoding, and their arithmetic, all but the special
// functions (golden/README.md, numbers; opcodes as golden/isa.def composes them).
// Functions of a package are compiled once for the whole chip; `no_inline_task` keeps them from being copied into
// every lane.
`default_nettype none

package vxm_pkg;
  // Types, numbered as in an opcode.
  localparam logic [2:0] I8 = 3'd0;
  localparam logic [2:0] I16 = 3'd1;
  localparam logic [2:0] I32 = 3'd2;
  localparam logic [2:0] F16 = 3'd3;
  localparam logic [2:0] F32 = 3'd4;

  // Kinds of instruction, by the top bits of the opcode. Two kinds have the bits 011: conversions, and functions.
  function automatic logic is_arithmetic(input logic [7:0] op);
    is_arithmetic = op[7];
  endfunction
  function automatic logic is_logic(input logic [7:0] op);
    is_logic = op[7:5] == 3'b010;
  endfunction
  function automatic logic is_conversion(input logic [7:0] op);
    is_conversion = op[7:5] == 3'b011 && op[4:3] != 2'b11;
  endfunction
  function automatic logic is_special(input logic [7:0] op);
    is_special = op[7:3] == 5'b01111;
  endfunction

  // Type of the sources.
  function automatic logic [2:0] source_type(input logic [7:0] op);
    if (is_arithmetic(op)) source_type = op[2:0];
    else if (is_logic(op)) source_type = {1'b0, op[1:0]};
    else if (is_special(op)) source_type = op[0] ? F32 : F16;
    else source_type = op[4:2];
  endfunction

  // Type of the result: that of the sources, but a conversion has one of the four others.
  function automatic logic [2:0] result_type(input logic [7:0] op);
    result_type = source_type(op);
    if (is_conversion(op)) result_type = {1'b0, op[1:0]} + (({1'b0, op[1:0]} >= op[4:2]) ? 3'd1 : 3'd0);
  endfunction

  // log2 of the streams, and of the bytes, of a type.
  function automatic logic [1:0] size(input logic [2:0] type_);
    size = {type_ == I32 || type_ == F32, type_ == I16 || type_ == F16};
  endfunction

  // It takes a second source.
  function automatic logic binary(input logic [7:0] op);
    binary = is_logic(op);
    if (is_arithmetic(op))
      binary = !(op[6:3] == tsp_pkg::OP_ABS_I8[6:3] || op[6:3] == tsp_pkg::OP_NEG_I8[6:3] ||
                 op[6:3] == tsp_pkg::OP_MOV_I8[6:3] || op[6:3] == tsp_pkg::OP_RELU_I8[6:3]);
  endfunction

  // What a unit must know to fetch the operands and place the result:
  // [7:0] latency, [9:8] size of the sources, [11:10] size of the result, [12] a second source, [13] the result register
  // as third source, [14] a special function.
  function automatic logic [14:0] shape(input logic [7:0] op);
    /* verilator no_inline_task */
    shape = {is_special(op), is_arithmetic(op) && op[6:3] == tsp_pkg::OP_SELECT_V_I8[6:3], binary(op),
             size(result_type(op)), size(source_type(op)), tsp_pkg::VXM_LATENCY[{op, 3'b000} +: 8]};
  endfunction

  // ---- encoding ---------------------------------------------------------------------------------------------------

  // A stream number is direction * 32 + index; the base of a group is a multiple of its size.
  function automatic logic bad_group(input logic [5:0] stream, input logic [1:0] log2);
    bad_group = 32'(stream[4:0]) >= tsp_pkg::STREAMS || (stream[1:0] & ~(2'b11 << log2)) != 2'b00;
  endfunction

  // A source: stream or group, ALU in reach of the mesh (four wide), immediate.
  function automatic logic bad_source(input logic [7:0] source, input logic [1:0] log2, input logic [5:0] alu);
    logic [5:0] k;
    k = source[5:0];
    bad_source = 1'b1;
    if (source[7:6] == 2'b00) bad_source = bad_group(k, log2);
    if (source[7:6] == 2'b01)
      bad_source = 32'(k) >= tsp_pkg::ALUS ||
          !(k == alu || 32'(k) + 4 == 32'(alu) || 32'(k) == 32'(alu) + 4 ||
            (k[5:2] == alu[5:2] && (32'(k) + 1 == 32'(alu) || 32'(k) == 32'(alu) + 1)));
    if (source == 8'h80) bad_source = 1'b0;
  endfunction

  // A destination: the result register alone, or also a stream or group.
  function automatic logic bad_destination(input logic [7:0] destination, input logic [1:0] log2);
    bad_destination = destination != 8'h00 && (destination[7:6] != 2'b10 || bad_group(destination[5:0], log2));
  endfunction

  // w is an undefined encoding in the queue of an ALU.
  function automatic logic bad_word(input logic [63:0] w, input logic [5:0] alu);
    /* verilator no_inline_task */
    logic [7:0] op;
    logic known;
    op = w[63:56];
    known = tsp_pkg::VXM_OPCODES[op];
    if (alu[1:0] == 2'd3) known = known || tsp_pkg::VXM_LAST_OPCODES[op];
    bad_word = !known || (w & ~(binary(op) ? tsp_pkg::MASK_ADD_I32 : tsp_pkg::MASK_MOV_I32)) != '0 ||
        bad_source(w[tsp_pkg::F_ADD_I32_A +: 8], size(source_type(op)), alu) ||
        (binary(op) && bad_source(w[tsp_pkg::F_ADD_I32_B +: 8], size(source_type(op)), alu)) ||
        bad_destination(w[tsp_pkg::F_ADD_I32_DST +: 8], size(result_type(op)));
  endfunction

  // ---- arithmetic -------------------------------------------------------------------------------------------------

  // The low byte or half of x, sign-extended; all of it for 32 bits.
  function automatic logic [31:0] extend(input logic [2:0] type_, input logic [31:0] x);
    extend = x;
    if (type_ == I8) extend = {{24{x[7]}}, x[7:0]};
    if (type_ == I16 || type_ == F16) extend = {{16{x[15]}}, x[15:0]};
  endfunction

  // x saturated to the width of a type.
  function automatic logic [31:0] saturate(input logic [2:0] type_, input logic [63:0] x);
    logic [63:0] greatest;
    greatest = 64'h7fffffff;
    if (type_ == I8) greatest = 64'h7f;
    if (type_ == I16) greatest = 64'h7fff;
    if ($signed(x) > $signed(greatest)) saturate = greatest[31:0];
    else if ($signed(x) < $signed(~greatest)) saturate = ~greatest[31:0];
    else saturate = x[31:0];
  endfunction

  function automatic logic is_comparison(input logic [3:0] operation);
    is_comparison = operation == tsp_pkg::OP_CMPLT_I8[6:3] || operation == tsp_pkg::OP_CMPLE_I8[6:3] ||
        operation == tsp_pkg::OP_CMPEQ_I8[6:3];
  endfunction

  // Operations on integers of a type, sign-extended in x and y. Bits of the result beyond the type are any.
  function automatic logic [31:0] integer_arithmetic(input logic [3:0] operation, input logic [2:0] type_,
                                                     input logic [31:0] x, input logic [31:0] y);
    /* verilator no_inline_task */
    logic signed [63:0] p, q;
    p = {{32{x[31]}}, x};
    q = {{32{y[31]}}, y};
    case (operation)
      tsp_pkg::OP_ADD_I8[6:3]:   integer_arithmetic = x + y;
      tsp_pkg::OP_SUB_I8[6:3]:   integer_arithmetic = x - y;
      tsp_pkg::OP_MUL_I8[6:3]:   integer_arithmetic = x * y;
      tsp_pkg::OP_ADDS_I8[6:3]:  integer_arithmetic = saturate(type_, p + q);
      tsp_pkg::OP_SUBS_I8[6:3]:  integer_arithmetic = saturate(type_, p - q);
      tsp_pkg::OP_MULS_I8[6:3]:  integer_arithmetic = saturate(type_, p * q);
      tsp_pkg::OP_MIN_I8[6:3]:   integer_arithmetic = ($signed(x) < $signed(y)) ? x : y;
      tsp_pkg::OP_MAX_I8[6:3]:   integer_arithmetic = ($signed(x) < $signed(y)) ? y : x;
      tsp_pkg::OP_CMPLT_I8[6:3]: integer_arithmetic = ($signed(x) < $signed(y)) ? '1 : '0;
      tsp_pkg::OP_CMPLE_I8[6:3]: integer_arithmetic = ($signed(x) <= $signed(y)) ? '1 : '0;
      tsp_pkg::OP_CMPEQ_I8[6:3]: integer_arithmetic = (x == y) ? '1 : '0;
      tsp_pkg::OP_ABS_I8[6:3]:   integer_arithmetic = x[31] ? saturate(type_, -p) : x;
      tsp_pkg::OP_NEG_I8[6:3]:   integer_arithmetic = saturate(type_, -p);
      tsp_pkg::OP_RELU_I8[6:3]:  integer_arithmetic = x[31] ? '0 : x;
      default:                   integer_arithmetic = x;  // Mov
    endcase
  endfunction

  // The same operations on fp32. Comparisons give all ones or zero.
  function automatic logic [31:0] float_arithmetic(input logic [3:0] operation, input logic [31:0] x,
                                                   input logic [31:0] y);
    /* verilator no_inline_task */
    case (operation)
      tsp_pkg::OP_ADD_F32[6:3]:   float_arithmetic = fp_pkg::add_f32(x, y);
      tsp_pkg::OP_SUB_F32[6:3]:   float_arithmetic = fp_pkg::add_f32(x, {~y[31], y[30:0]});
      tsp_pkg::OP_MUL_F32[6:3]:   float_arithmetic = fp_pkg::mul_f32(x, y);
      tsp_pkg::OP_MIN_F32[6:3]:   float_arithmetic = fp_pkg::before_f32(x, y) ? x : y;
      tsp_pkg::OP_MAX_F32[6:3]:   float_arithmetic = fp_pkg::before_f32(x, y) ? y : x;
      tsp_pkg::OP_CMPLT_F32[6:3]: float_arithmetic = fp_pkg::less_f32(x, y) ? '1 : '0;
      tsp_pkg::OP_CMPLE_F32[6:3]: float_arithmetic = fp_pkg::less_f32(x, y) || fp_pkg::equal_f32(x, y) ? '1 : '0;
      tsp_pkg::OP_CMPEQ_F32[6:3]: float_arithmetic = fp_pkg::equal_f32(x, y) ? '1 : '0;
      tsp_pkg::OP_ABS_F32[6:3]:   float_arithmetic = {1'b0, x[30:0]};
      tsp_pkg::OP_NEG_F32[6:3]:   float_arithmetic = {~x[31], x[30:0]};
      default:                    float_arithmetic = x[31] ? '0 : x;  // ReLU
    endcase
    if (is_comparison(operation)) begin
      if (fp_pkg::is_nan(x) || fp_pkg::is_nan(y)) float_arithmetic = '0;
    end else if (fp_pkg::is_nan(x) || (binary({1'b1, operation, F32}) && fp_pkg::is_nan(y))) begin
      float_arithmetic = fp_pkg::NAN;
    end
  endfunction

  // Bitwise operations and shifts of integers of a type, sign-extended in x and y. Bits beyond the type are any.
  function automatic logic [31:0] logical(input logic [7:0] op, input logic [31:0] x, input logic [31:0] y);
    /* verilator no_inline_task */
    logic [31:0] unsigned_x;
    logic [4:0] n;     // places of a shift
    logic all;         // everything is shifted out
    unsigned_x = x;
    if (op[1:0] == I8[1:0]) unsigned_x = {24'd0, x[7:0]};
    if (op[1:0] == I16[1:0]) unsigned_x = {16'd0, x[15:0]};
    all = |y[7:5];
    n = y[4:0];
    case (op[4:2])
      tsp_pkg::OP_AND_I8[4:2]:  logical = x & y;
      tsp_pkg::OP_OR_I8[4:2]:   logical = x | y;
      tsp_pkg::OP_XOR_I8[4:2]:  logical = x ^ y;
      tsp_pkg::OP_ANDN_I8[4:2]: logical = x & ~y;
      tsp_pkg::OP_SHL_I8[4:2]:  logical = all ? '0 : x << n;
      tsp_pkg::OP_SHR_I8[4:2]:  logical = all ? '0 : unsigned_x >> n;
      default:                  logical = all ? {32{x[31]}} : 32'($signed(x) >>> n);  // Sar
    endcase
  endfunction

  // x of one type, fp16 already widened, as another; fp16 not yet narrowed.
  function automatic logic [31:0] convert(input logic [7:0] op, input logic [31:0] x);
    /* verilator no_inline_task */
    logic [2:0] from, to;
    logic [31:0] i;
    from = source_type(op);
    to = result_type(op);
    convert = x;
    if (to < F16) begin
      i = x;
      if (tsp_pkg::FP != 0 && from >= F16) i = fp_pkg::f32_to_i32(x);
      convert = saturate(to, {{32{i[31]}}, i});
    end
    if (tsp_pkg::FP != 0 && to >= F16 && from < F16) convert = fp_pkg::i32_to_f32(x);
  endfunction

  // One instruction, but no special function, in two lanes: sources a and b, and the ALU's result register r. Two lanes
  // are as many as a function can return to a simulator at once: the kind of instruction is looked at once for both, and
  // there are fewer calls.
  // A `case` where functions are called: of an `if` and its `else` a simulator may evaluate both.
  function automatic logic [63:0] execute(input logic [7:0] op, input logic [63:0] a, input logic [63:0] b,
                                          input logic [63:0] r);
    /* verilator no_inline_task */
    logic [2:0] from, to;
    logic [3:0] kind;
    logic widens, narrows, selects;
    logic [31:0] x, y, z;
    from = source_type(op);
    to = result_type(op);
    kind = {tsp_pkg::FP != 0 && from >= F16, op[7:5]};
    widens = tsp_pkg::FP != 0 && from == F16;
    narrows = tsp_pkg::FP != 0 && to == F16 && !(is_arithmetic(op) && is_comparison(op[6:3]));
    selects = is_arithmetic(op) && op[6:3] == tsp_pkg::OP_SELECT_V_I8[6:3];
    for (int l = 0; l < 2; l++) begin
      x = extend(from, a[32*l +: 32]);
      y = extend(from, b[32*l +: 32]);
      if (widens) begin
        x = fp_pkg::widen_f16(x[15:0]);
        if (op[7]) y = fp_pkg::widen_f16(y[15:0]);
      end
      case (kind)
        4'b0010: z = logical(op, x, y);
        4'b0011, 4'b1011: z = convert(op, x);
        4'b1100, 4'b1101, 4'b1110, 4'b1111: z = float_arithmetic(op[6:3], x, y);
        default: z = integer_arithmetic(op[6:3], from, x, y);
      endcase
      if (selects) z = (r[32*l +: 32] != '0) ? x : y;
      if (narrows) z = {16'd0, fp_pkg::narrow_f16(z)};
      execute[32*l +: 32] = extend(to, z);
    end
  endfunction
endpackage

`default_nettype wire
