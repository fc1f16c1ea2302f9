// SPDX-License-Identifier: Apache-2.0
// sxm_pkg: what the units of the SXM do to bytes (golden/README.md, SXM), for the sizes of tsp_pkg. In a package the
// simulator compiles each of them once for the chip.
`default_nettype none

package sxm_pkg;
  localparam int WIDTH  = tsp_pkg::LANES * 8;           // bits of a superlane's part of a vector
  localparam int VECTOR = tsp_pkg::SUPERLANES * WIDTH;  // bits of a vector
  localparam int BLOCK  = tsp_pkg::LANES * WIDTH;       // bits of one superlane's part of LANES streams
  localparam int EDGE   = tsp_pkg::LANES >= 16 ? 4 : (tsp_pkg::LANES >= 9 ? 3 : 2);  // the greatest n of a Rotate

  // Superlane n's part of a shifter's output: each lane by its byte of `how` unshifted (0), from `distance` elements
  // below (1), from as many above (2), or zero.
  task automatic shift(input logic [VECTOR-1:0] operand, input int n,
                       input logic [9:0] distance, input logic [WIDTH-1:0] how, output logic [WIDTH-1:0] result);
    /* verilator no_inline_task */
    int whole, rest;
    logic [WIDTH-1:0] low, high, here, up, down;
    whole = 32'(distance) / tsp_pkg::LANES;
    rest = 32'(distance) % tsp_pkg::LANES;
    here = operand[n*WIDTH +: WIDTH];
    low = '0;
    high = '0;
    if (n > whole) low = operand[(n-whole-1)*WIDTH +: WIDTH];
    if (n >= whole) high = operand[(n-whole)*WIDTH +: WIDTH];
    up = WIDTH'({high, low} >> (8 * (tsp_pkg::LANES - rest)));
    low = '0;
    high = '0;
    if (n + whole < tsp_pkg::SUPERLANES) low = operand[(n+whole)*WIDTH +: WIDTH];
    if (n + whole + 1 < tsp_pkg::SUPERLANES) high = operand[(n+whole+1)*WIDTH +: WIDTH];
    down = WIDTH'({high, low} >> (8 * rest));
    for (int l = 0; l < tsp_pkg::LANES; l++)
      case (how[8*l +: 8])
        8'd0: result[8*l +: 8] = here[8*l +: 8];
        8'd1: result[8*l +: 8] = up[8*l +: 8];
        8'd2: result[8*l +: 8] = down[8*l +: 8];
        default: result[8*l +: 8] = '0;
      endcase
  endtask

  // One superlane's part of the permuter's output: each lane takes the element of its 16-bit entry, zero if there is
  // none.
  task automatic permute(input logic [VECTOR-1:0] operand,
                         input logic [2*WIDTH-1:0] element, output logic [WIDTH-1:0] result);
    /* verilator no_inline_task */
    logic [15:0] from;
    for (int l = 0; l < tsp_pkg::LANES; l++) begin
      from = element[16*l +: 16];
      result[8*l +: 8] = '0;
      if (32'(from) < tsp_pkg::VECTOR) result[8*l +: 8] = operand[8*32'(from) +: 8];
    end
  endtask

  // Each lane takes the lane of its byte of `lane`, zero if there is none.
  task automatic distribute(input logic [WIDTH-1:0] operand,
                            input logic [WIDTH-1:0] lane, output logic [WIDTH-1:0] result);
    /* verilator no_inline_task */
    logic [7:0] from;
    for (int l = 0; l < tsp_pkg::LANES; l++) begin
      from = lane[8*l +: 8];
      result[8*l +: 8] = '0;
      if (32'(from) < tsp_pkg::LANES) result[8*l +: 8] = operand[8*(32'(from) % tsp_pkg::LANES) +: 8];
    end
  endtask

  // All rotations of the n x n elements in the low lanes; streams and lanes from n*n on are zero. One layout of
  // constant slices for each n.
  task automatic rotate(input logic [WIDTH-1:0] operand, input logic [7:0] n, output logic [BLOCK-1:0] result);
    /* verilator no_inline_task */
    result = '0;
    for (int e = 2; e <= EDGE; e++)
      if (32'(n) == e)
        for (int s = 0; s < tsp_pkg::LANES; s++)
          for (int l = 0; l < tsp_pkg::LANES; l++)
            if (s < e * e && l < e * e)
              result[s*WIDTH + 8*l +: 8] = operand[8*(e*((l/e + s/e) % e) + (l%e + s%e) % e) +: 8];
  endtask

  // Lane i of stream j becomes lane j of stream i.
  task automatic transpose(input logic [BLOCK-1:0] operand, output logic [BLOCK-1:0] result);
    /* verilator no_inline_task */
    for (int i = 0; i < tsp_pkg::LANES; i++)
      for (int j = 0; j < tsp_pkg::LANES; j++)
        result[i*WIDTH + 8*j +: 8] = operand[j*WIDTH + 8*i +: 8];
  endtask
endpackage

`default_nettype wire
