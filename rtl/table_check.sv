// SPDX-License-Identifier: Apache-2.0
// table_check: what the structure takes for granted about the tables. Latencies that are built in, and fields that
// several instructions share, are compared here with golden/isa.def; if one differs, elaboration fails in every tool
// because the module `tables_do_not_fit_the_structure` does not exist. No logic, no ports.
// Read, the VXM instructions and ACC's streams follow the table's d_func by themselves.
`default_nettype none

module table_check;
  localparam bit Skew = (tsp_pkg::FSK_READ | tsp_pkg::FSK_WRITE | tsp_pkg::FSK_READWRITE | tsp_pkg::FSK_LW |
      tsp_pkg::FSK_IW | tsp_pkg::FSK_ABC | tsp_pkg::FSK_ACC_SET | tsp_pkg::FSK_ACC_ADD | tsp_pkg::FSK_ACC_OUT |
      tsp_pkg::FSK_ACC_SUM) == 0;
  localparam bit Memory = tsp_pkg::DFN_WRITE == 1 && tsp_pkg::DFN_READ >= 2 &&
      tsp_pkg::DFN_READWRITE == tsp_pkg::DFN_READ;
  localparam bit Matrix = tsp_pkg::DFN_LW == 1 && tsp_pkg::DFN_IW == 1 && tsp_pkg::DFN_ABC == tsp_pkg::SUPERLANES &&
      tsp_pkg::DFN_ACC_SET == 2 && tsp_pkg::DFN_ACC_ADD == 2 && tsp_pkg::DFN_ACC_SUM >= 2 &&
      tsp_pkg::DFN_ACC_OUT == tsp_pkg::DFN_ACC_SUM;
  localparam bit Vector = tsp_pkg::VXM_REGULAR != 0 && tsp_pkg::W_ADD_I32_A == 8 && tsp_pkg::W_ADD_I32_B == 8 &&
      tsp_pkg::W_ADD_I32_DST == 8 && tsp_pkg::W_ADD_I32_IMM == 32 &&
      tsp_pkg::SPECIAL_C0_BITS == 32 && tsp_pkg::SPECIAL_C1_BITS == 28 && tsp_pkg::SPECIAL_C2_BITS == 22 &&
      tsp_pkg::SPECIAL_C3_BITS == 17 && tsp_pkg::SPECIAL_ROWS < 512;

  // Fields: one position per meaning, widths that the strides are added in.
  localparam bit MemoryFields = tsp_pkg::F_READ_RADDR == tsp_pkg::F_READWRITE_RADDR &&
      tsp_pkg::F_READ_RSTREAM == tsp_pkg::F_READWRITE_RSTREAM &&
      tsp_pkg::F_WRITE_WADDR == tsp_pkg::F_READWRITE_WADDR &&
      tsp_pkg::F_WRITE_WSTREAM == tsp_pkg::F_READWRITE_WSTREAM &&
      tsp_pkg::W_READWRITE_RADDR == 16 && tsp_pkg::W_READWRITE_WADDR == 16;
  localparam bit MatrixFields = tsp_pkg::F_ACC_SET_ACC == tsp_pkg::F_ACC_SUM_ACC &&
      tsp_pkg::F_ACC_ADD_ACC == tsp_pkg::F_ACC_SUM_ACC && tsp_pkg::F_ACC_OUT_OUT == tsp_pkg::F_ACC_SUM_OUT &&
      tsp_pkg::W_ACC_SUM_ACC == 16 && tsp_pkg::W_LW_SLOT == 16;
  localparam bit RepeatFields = tsp_pkg::W_REPEAT_A == 16 && tsp_pkg::W_REPEAT_B == 16 &&
      tsp_pkg::W_REPEAT_N == 16 && tsp_pkg::W_NOP_N == 16 && tsp_pkg::F_NOP_N == tsp_pkg::F_REPEAT_N;
  // Sizes: group bases stay inside the streams, numbers inside their fields.
  localparam bit Sizes = tsp_pkg::STREAMS <= 32 && tsp_pkg::STREAMS >= 4 &&
      (tsp_pkg::STREAMS & (tsp_pkg::STREAMS - 1)) == 0 && tsp_pkg::STREAMS % tsp_pkg::LW_STREAMS == 0 &&
      tsp_pkg::LANES % tsp_pkg::LW_STREAMS == 0 && tsp_pkg::MEM_WORDS % 2 == 0 && tsp_pkg::Q_MEM == 0 &&
      tsp_pkg::ALUS <= 64 && tsp_pkg::BARRIER >= 1;

  if (!(Skew && Memory && Matrix && Vector && MemoryFields && MatrixFields &&
        RepeatFields && Sizes)) begin : g_mismatch
    tables_do_not_fit_the_structure u_mismatch ();
  end
  // The shape of each VXM instruction, which vxm_pkg takes from its opcode.
  for (genvar op = 0; op < 256; op++) begin : g_opcode
    if ((tsp_pkg::VXM_OPCODES[op] || tsp_pkg::VXM_LAST_OPCODES[op]) &&
        (vxm_pkg::binary(op) != tsp_pkg::VXM_BINARY[op] ||
         vxm_pkg::size(vxm_pkg::source_type(op)) != tsp_pkg::VXM_SOURCE[2*op +: 2] ||
         vxm_pkg::size(vxm_pkg::result_type(op)) != tsp_pkg::VXM_RESULT[2*op +: 2] ||
         vxm_pkg::is_special(op) != tsp_pkg::VXM_LAST_OPCODES[op])) begin : g_mismatch
      tables_do_not_fit_the_structure u_mismatch ();
    end
  end
endmodule

`default_nettype wire
