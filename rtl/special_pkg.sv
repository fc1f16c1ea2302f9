// SPDX-License-Identifier: Apache-2.0
// special_pkg: Exp, TanH, RSqrt and Recip of one lane: a cubic on segments, rounded once (golden/README.md, special
// functions). Tables and numbers are those of golden/special.def, in tsp_pkg. The functions differ in how they find the
// segment and the exponent; the cubic is one.
`default_nettype none

package special_pkg;
  localparam logic [31:0] ONE = 32'h3f800000;
  localparam logic [31:0] TEN = 32'h41200000;
  localparam logic [31:0] INFINITE = 32'h7f800000;

  // The cubic of a row at d, in units of 2^-32. A row is {c0, c1, c2, c3} of 32, 28, 22 and 17 bits.
  function automatic logic [32:0] cubic(input logic [8:0] row, input logic [26:0] d);
    /* verilator no_inline_task */
    logic [98:0] c;
    logic signed [27:0] z;
    logic signed [44:0] p;
    logic signed [21:0] t;
    logic signed [49:0] q;
    logic signed [27:0] u;
    logic signed [55:0] r;
    c = tsp_pkg::special_row(row);
    z = {1'b0, d};
    p = $signed(c[16:0]) * z;
    t = $signed(c[38:17]) + 22'(p >>> 27);
    q = t * z;
    u = $signed(c[66:39]) + 28'(q >>> 27);
    r = u * z;
    cubic = {1'b0, c[98:67]} + 33'(r >>> 27);
  endfunction

  // A function of an fp32 number.
  function automatic logic [31:0] evaluate(input logic [1:0] fn, input logic [31:0] x);
    /* verilator no_inline_task */
    logic s;
    logic [23:0] m;          // significand, normalised
    logic signed [10:0] e;   // its exponent
    logic signed [10:0] k;   // biased exponent of bit 56 of the product below
    logic [8:0] row;
    logic [26:0] d;
    logic [62:0] t;
    logic [40:0] v;          // x * log2(e) in units of 2^-32
    logic [31:0] f;          // magnitude below 1, in units of 2^-32
    logic [56:0] p;
    s = x[31];
    m = {1'b1, x[22:0]};
    e = $signed({3'd0, x[30:23]}) - 11'sd127;
    if (x[30:23] == '0) begin
      m = {1'b0, x[22:0]};
      e = -11'sd126;
      if (m[23:8] == '0)  begin m = m << 16; e = e - 11'sd16; end
      if (m[23:16] == '0) begin m = m << 8;  e = e - 11'sd8; end
      if (m[23:20] == '0) begin m = m << 4;  e = e - 11'sd4; end
      if (m[23:22] == '0) begin m = m << 2;  e = e - 11'sd2; end
      if (!m[23])         begin m = m << 1;  e = e - 11'sd1; end
    end
    t = {39'd0, m} * {24'd0, tsp_pkg::SPECIAL_LOG2E};
    t = t >> ((e < -11'sd34) ? 6'd63 : 6'(11'sd29 - e));
    v = s ? ~t[40:0] + 41'd1 : t[40:0];
    f = 32'({m, 9'd0} >> ((e < -11'sd33) ? 6'd33 : 6'(-e)));

    // Segment, and exponent of the result
    case (fn)
      tsp_pkg::OP_RECIP_F32[2:1]: begin
        row = 9'(tsp_pkg::SPECIAL_RECIP) + {3'd0, m[22:17]};
        d = {m[16:0], 10'd0};
        k = 11'sd128 - e;
      end
      tsp_pkg::OP_RSQRT_F32[2:1]: begin
        row = 9'(tsp_pkg::SPECIAL_RSQRT) + {3'd0, e[0], m[22:18]};
        d = {m[17:0], 9'd0};
        k = 11'sd128 - (e >>> 1);
      end
      tsp_pkg::OP_EXP_F32[2:1]: begin
        row = 9'(tsp_pkg::SPECIAL_EXP) + {4'd0, v[31:27]};
        d = v[26:0];
        k = 11'sd129 + $signed({{2{v[40]}}, v[40:32]});
      end
      default: begin
        row = 9'(tsp_pkg::SPECIAL_TANH) + {4'd0, f[31:27]};
        d = f[26:0];
        k = 11'sd128 + e;
        if (!e[10]) begin
          row = 9'(tsp_pkg::SPECIAL_TANH + 32) + {e[3:0], m[22:18]};
          d = {m[17:0], 9'd0};
          k = 11'sd128;
        end
      end
    endcase
    p = {24'd0, cubic(row, d)};
    p = (fn == tsp_pkg::OP_TANH_F32[2:1] && e[10]) ? {33'd0, m} * p : p << 23;
    evaluate = fp_pkg::round_f32((fn == tsp_pkg::OP_RECIP_F32[2:1] || fn == tsp_pkg::OP_TANH_F32[2:1]) && s, k,
                                 {p[56:10], p[9] | (|p[8:0])});

    // Where there is no segment
    case (fn)
      tsp_pkg::OP_RECIP_F32[2:1]: begin
        if (&x[30:23]) evaluate = {s, 31'd0};
        if (x[30:0] == '0) evaluate = {s, INFINITE[30:0]};
      end
      tsp_pkg::OP_RSQRT_F32[2:1]: begin
        if (&x[30:23]) evaluate = '0;
        if (s) evaluate = fp_pkg::NAN;
        if (x[30:0] == '0) evaluate = {s, INFINITE[30:0]};
      end
      tsp_pkg::OP_EXP_F32[2:1]: begin
        if (x[30:0] == '0) evaluate = ONE;
        if (e > 11'sd6) evaluate = s ? '0 : INFINITE;
      end
      default: begin
        if (x[30:0] == '0) evaluate = x;
        if (x[30:0] >= TEN[30:0]) evaluate = {s, ONE[30:0]};
      end
    endcase
    if (fp_pkg::is_nan(x)) evaluate = fp_pkg::NAN;
  endfunction

  // A function of either type, by the low bits of its opcode, in two lanes. A result of 16 bits is sign-extended.
  function automatic logic [63:0] execute(input logic [2:0] op, input logic [63:0] a);
    /* verilator no_inline_task */
    logic [15:0] half;
    for (int l = 0; l < 2; l++) begin
      if (op[0] == tsp_pkg::OP_EXP_F32[0]) begin
        execute[32*l +: 32] = evaluate(op[2:1], a[32*l +: 32]);
      end else begin
        half = fp_pkg::narrow_f16(evaluate(op[2:1], fp_pkg::widen_f16(a[32*l +: 16])));
        execute[32*l +: 32] = {{16{half[15]}}, half};
      end
    end
  endfunction
endpackage

`default_nettype wire
