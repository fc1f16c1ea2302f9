// SPDX-License-Identifier: Apache-2.0
// simulate.v: the iCE40's cells as what Yosys writes as plain expressions and registers, for the netlist in simulation.
(* techmap_celltype = "SB_LUT4" *)
module lut (output O, input I0, input I1, input I2, input I3);
  parameter [15:0] LUT_INIT = 0;
  \$lut #(.WIDTH(4), .LUT(LUT_INIT)) u (.A({I3, I2, I1, I0}), .Y(O));
endmodule

(* techmap_celltype = "SB_CARRY" *)
module carry (output CO, input I0, input I1, input CI);
  assign CO = (I0 & I1) | ((I0 | I1) & CI);
endmodule

(* techmap_celltype = "SB_DFF" *)
module dff (output Q, input C, input D);
  \$_DFF_P_ u (.Q, .C, .D);
endmodule

(* techmap_celltype = "SB_DFFE" *)
module dffe (output Q, input C, input E, input D);
  \$_DFFE_PP_ u (.Q, .C, .E, .D);
endmodule

(* techmap_celltype = "SB_DFFR" *)
module dffr (output Q, input C, input R, input D);
  \$_DFF_PP0_ u (.Q, .C, .R, .D);
endmodule

(* techmap_celltype = "SB_DFFS" *)
module dffs (output Q, input C, input S, input D);
  \$_DFF_PP1_ u (.Q, .C, .R(S), .D);
endmodule

(* techmap_celltype = "SB_DFFER" *)
module dffer (output Q, input C, input E, input R, input D);
  \$_DFFE_PP0P_ u (.Q, .C, .E, .R, .D);
endmodule

(* techmap_celltype = "SB_DFFES" *)
module dffes (output Q, input C, input E, input S, input D);
  \$_DFFE_PP1P_ u (.Q, .C, .E, .R(S), .D);
endmodule

(* techmap_celltype = "SB_DFFSR" *)
module dffsr (output Q, input C, input R, input D);
  \$_SDFF_PP0_ u (.Q, .C, .R, .D);
endmodule

(* techmap_celltype = "SB_DFFESR" *)
module dffesr (output Q, input C, input E, input R, input D);
  \$_SDFFCE_PP0P_ u (.Q, .C, .E, .R, .D);
endmodule
