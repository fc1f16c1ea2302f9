// SPDX-License-Identifier: Apache-2.0
// vxm_pkg: the arithmetic of one lane of one VXM ALU (golden/README.md, numbers).
// Functions of a package are compiled once for the whole chip; `no_inline_task` keeps them from being copied into
// every lane. Integer logic only: nothing depends on a simulator's reals.
`default_nettype none

package vxm_pkg;
  localparam logic [31:0] CANONICAL_NAN = 32'h7fc00000;

  // The result is an int8: it drives one stream. Otherwise it drives four.
  function automatic logic narrow_result(input logic [7:0] op);
    narrow_result = op == tsp_pkg::OP_MOV_I8 || op == tsp_pkg::OP_CVT_I32_I8 || op == tsp_pkg::OP_CVT_F32_I8;
  endfunction

  // A stream source is an int8 of one stream. Otherwise it is a group of four.
  function automatic logic narrow_source(input logic [7:0] op);
    narrow_source = op == tsp_pkg::OP_MOV_I8 || op == tsp_pkg::OP_CVT_I8_I32;
  endfunction

  // It takes a second source.
  function automatic logic binary(input logic [7:0] op);
    binary = op == tsp_pkg::OP_ADD_I32 || op == tsp_pkg::OP_MAX_I32 || op == tsp_pkg::OP_MUL_F32;
  endfunction

  // Streams from a base that is a multiple of count; a source; a destination (golden/tsp_isa.h).
  function automatic logic bad_streams(input logic [4:0] stream, input int count);
    bad_streams = 32'(stream) + count > tsp_pkg::STREAMS || (32'(stream) % count) != 0;
  endfunction

  function automatic logic bad_source(input logic [7:0] source, input int count, input logic [5:0] alu);
    logic [5:0] k;
    k = source[5:0];
    bad_source = 1'b1;
    if (source[7:6] == 2'b00) bad_source = bad_streams(k[4:0], count);
    if (source[7:6] == 2'b01)
      bad_source = 32'(k) >= tsp_pkg::ALUS ||
          !(k == alu || 32'(k) + 4 == 32'(alu) || 32'(k) == 32'(alu) + 4 ||
            (k[5:2] == alu[5:2] && (32'(k) + 1 == 32'(alu) || 32'(k) == 32'(alu) + 1)));
    if (source == 8'h80) bad_source = 1'b0;
  endfunction

  function automatic logic bad_destination(input logic [7:0] destination, input int count);
    bad_destination = destination != 8'h00 && (destination[7:6] != 2'b10 || bad_streams(destination[4:0], count));
  endfunction

  // Undefined encodings of ALU `alu`'s queue.
  function automatic logic bad_word(input logic [63:0] w, input logic [5:0] alu);
    int from, to;
    logic [63:0] mask;
    logic known;
    from = narrow_source(w[63:56]) ? 1 : 4;
    to = narrow_result(w[63:56]) ? 1 : 4;
    mask = binary(w[63:56]) ? tsp_pkg::MASK_ADD_I32 : tsp_pkg::MASK_MOV_I32;
    case (w[63:56])
      tsp_pkg::OP_MOV_I8, tsp_pkg::OP_MOV_I32, tsp_pkg::OP_CVT_I8_I32, tsp_pkg::OP_ADD_I32, tsp_pkg::OP_MAX_I32,
      tsp_pkg::OP_CVT_I32_I8: known = 1'b1;
      tsp_pkg::OP_CVT_I32_F32, tsp_pkg::OP_CVT_F32_I8, tsp_pkg::OP_MUL_F32, tsp_pkg::OP_RELU_F32:
        known = tsp_pkg::FP != 0;
      default: known = 1'b0;
    endcase
    bad_word = !known || (w & ~mask) != '0 ||
        bad_source(w[tsp_pkg::F_ADD_I32_A +: tsp_pkg::W_ADD_I32_A], from, alu) ||
        (binary(w[63:56]) && bad_source(w[tsp_pkg::F_ADD_I32_B +: tsp_pkg::W_ADD_I32_B], from, alu)) ||
        bad_destination(w[tsp_pkg::F_ADD_I32_DST +: tsp_pkg::W_ADD_I32_DST], to);
  endfunction

  function automatic logic is_nan(input logic [31:0] x);
    is_nan = (&x[30:23]) && (|x[22:0]);
  endfunction

  function automatic logic [31:0] saturate_i8(input logic [31:0] x);
    if (!x[31] && (|x[30:7])) saturate_i8 = 32'h0000007f;
    else if (x[31] && !(&x[30:7])) saturate_i8 = 32'hffffff80;
    else saturate_i8 = x;
  endfunction

  function automatic logic [31:0] i32_to_f32(input logic [31:0] x);
    /* verilator no_inline_task */
    logic [31:0] m;
    logic [7:0] e;
    m = x[31] ? ~x + 32'd1 : x;
    e = 8'd158;  // 127 + 31: the exponent of bit 31
    // normalise: bit 31 becomes the hidden bit
    if (m[31:16] == '0) begin m = m << 16; e = e - 8'd16; end
    if (m[31:24] == '0) begin m = m << 8;  e = e - 8'd8; end
    if (m[31:28] == '0) begin m = m << 4;  e = e - 8'd4; end
    if (m[31:30] == '0) begin m = m << 2;  e = e - 8'd2; end
    if (!m[31])         begin m = m << 1;  e = e - 8'd1; end
    if (x == '0) i32_to_f32 = '0;
    else i32_to_f32 = {x[31], {e, m[30:8]} + {30'd0, m[7] & (m[8] | (|m[6:0]))}};  // a carry moves into the exponent
  endfunction

  function automatic logic [31:0] f32_to_i8(input logic [31:0] x);
    /* verilator no_inline_task */
    logic [7:0] e;
    logic [49:0] fixed;  // 24 integer bits (8 of them can be set), 26 fraction bits
    logic [8:0] n;
    e = x[30:23];
    fixed = {1'b1, x[22:0], 26'd0} >> (8'd150 - e);  // used for 124 <= e <= 134 only: nothing is shifted out
    n = {1'b0, fixed[33:26]} + {8'd0, fixed[25] & (fixed[26] | (|fixed[24:0]))};
    if (is_nan(x)) f32_to_i8 = '0;
    else if (e > 8'd134) f32_to_i8 = x[31] ? 32'hffffff80 : 32'h0000007f;
    else if (e < 8'd124) f32_to_i8 = '0;  // below one quarter
    else if (x[31]) f32_to_i8 = saturate_i8(~{23'd0, n} + 32'd1);
    else f32_to_i8 = saturate_i8({23'd0, n});
  endfunction

  function automatic logic [31:0] mul_f32(input logic [31:0] a, input logic [31:0] b);
    /* verilator no_inline_task */
    logic s, sticky;
    logic [47:0] p;         // product of the significands; the hidden bit of the result ends in bit 47
    logic signed [10:0] e;  // its biased exponent
    logic signed [10:0] d;  // places to the right for a subnormal result
    logic [47:0] lost;
    s = a[31] ^ b[31];
    p = {24'd0, |a[30:23], a[22:0]} * {24'd0, |b[30:23], b[22:0]};
    e = $signed({3'd0, a[30:23]}) + $signed({3'd0, b[30:23]}) - 11'sd126
        + ((a[30:23] == '0) ? 11'sd1 : 11'sd0) + ((b[30:23] == '0) ? 11'sd1 : 11'sd0);
    if (p[47:16] == '0) begin p = p << 32; e = e - 11'sd32; end
    if (p[47:32] == '0) begin p = p << 16; e = e - 11'sd16; end
    if (p[47:40] == '0) begin p = p << 8;  e = e - 11'sd8; end
    if (p[47:44] == '0) begin p = p << 4;  e = e - 11'sd4; end
    if (p[47:46] == '0) begin p = p << 2;  e = e - 11'sd2; end
    if (!p[47])         begin p = p << 1;  e = e - 11'sd1; end
    sticky = 1'b0;
    if (e < 11'sd1) begin
      d = 11'sd1 - e;
      if (d > 11'sd48) d = 11'sd48;
      lost = p & ~(~48'd0 << d[5:0]);
      sticky = |lost;
      p = p >> d[5:0];
      e = 11'sd0;
    end
    sticky = sticky | (|p[22:0]);
    if (is_nan(a) || is_nan(b)) mul_f32 = CANONICAL_NAN;
    else if (&a[30:23]) mul_f32 = (b[30:0] == '0) ? CANONICAL_NAN : {s, 31'h7f800000};
    else if (&b[30:23]) mul_f32 = (a[30:0] == '0) ? CANONICAL_NAN : {s, 31'h7f800000};
    else if (a[30:0] == '0 || b[30:0] == '0) mul_f32 = {s, 31'd0};
    else if (e > 11'sd254) mul_f32 = {s, 31'h7f800000};
    else mul_f32 = {s, {e[7:0], p[46:24]} + {30'd0, p[23] & (p[24] | sticky)}};
  endfunction

  function automatic logic [31:0] relu_f32(input logic [31:0] x);
    if (is_nan(x)) relu_f32 = CANONICAL_NAN;
    else relu_f32 = x[31] ? '0 : x;
  endfunction

  // One lane of one instruction; 0 for an opcode that the VXM does not have.
  function automatic logic [31:0] execute(input logic [7:0] op, input logic [31:0] a, input logic [31:0] b);
    /* verilator no_inline_task */
    execute = '0;
    case (op)
      tsp_pkg::OP_MOV_I8:     execute = {{24{a[7]}}, a[7:0]};
      tsp_pkg::OP_MOV_I32:    execute = a;
      tsp_pkg::OP_CVT_I8_I32: execute = {{24{a[7]}}, a[7:0]};
      tsp_pkg::OP_ADD_I32:    execute = a + b;
      tsp_pkg::OP_MAX_I32:    execute = ($signed(a) > $signed(b)) ? a : b;
      tsp_pkg::OP_CVT_I32_I8: execute = saturate_i8(a);
      default: begin
        if (tsp_pkg::FP != 0) begin
          if (op == tsp_pkg::OP_CVT_I32_F32) execute = i32_to_f32(a);
          if (op == tsp_pkg::OP_CVT_F32_I8)  execute = f32_to_i8(a);
          if (op == tsp_pkg::OP_MUL_F32)     execute = mul_f32(a, b);
          if (op == tsp_pkg::OP_RELU_F32)    execute = relu_f32(a);
        end
      end
    endcase
  endfunction
endpackage

`default_nettype wire
