// SPDX-License-Identifier: Apache-2.0
// table_check: what the structure takes for granted about the tables. Latencies that are built in, and fields that
// several instructions share, are compared here with golden/isa.def; if one differs, elaboration fails in every tool
// because the module `tables_do_not_fit_the_structure` does not exist. No logic, no ports.
// Read, the VXM instructions and ACC's streams follow the table's d_func by themselves.
`default_nettype none

module table_check;
  localparam bit Skew = (tsp_pkg::FSK_READ | tsp_pkg::FSK_WRITE | tsp_pkg::FSK_READWRITE | tsp_pkg::FSK_LW |
      tsp_pkg::FSK_IW | tsp_pkg::FSK_ABC | tsp_pkg::FSK_ACC_SET | tsp_pkg::FSK_ACC_ADD | tsp_pkg::FSK_ACC_OUT |
      tsp_pkg::FSK_ACC_SUM | tsp_pkg::FSK_MOV_I8 | tsp_pkg::FSK_MOV_I32 | tsp_pkg::FSK_EXT_I8_I32 |
      tsp_pkg::FSK_ADD_I32 | tsp_pkg::FSK_MAX_I32 | tsp_pkg::FSK_CVT_I32_I8 | tsp_pkg::FSK_CVT_I32_F32 |
      tsp_pkg::FSK_CVT_F32_I8 | tsp_pkg::FSK_MUL_F32 | tsp_pkg::FSK_RELU_F32) == 0;
  localparam bit Memory = tsp_pkg::DFN_WRITE == 1 && tsp_pkg::DFN_READ >= 2 &&
      tsp_pkg::DFN_READWRITE == tsp_pkg::DFN_READ;
  localparam bit Matrix = tsp_pkg::DFN_LW == 1 && tsp_pkg::DFN_IW == 1 && tsp_pkg::DFN_ABC == tsp_pkg::SUPERLANES &&
      tsp_pkg::DFN_ACC_SET == 2 && tsp_pkg::DFN_ACC_ADD == 2 && tsp_pkg::DFN_ACC_SUM >= 2 &&
      tsp_pkg::DFN_ACC_OUT == tsp_pkg::DFN_ACC_SUM;
  localparam bit Vector = tsp_pkg::DFN_MOV_I8 >= 1 && tsp_pkg::DFN_MOV_I32 >= 1 && tsp_pkg::DFN_EXT_I8_I32 >= 1 &&
      tsp_pkg::DFN_ADD_I32 >= 1 && tsp_pkg::DFN_MAX_I32 >= 1 && tsp_pkg::DFN_CVT_I32_I8 >= 1 &&
      tsp_pkg::DFN_CVT_I32_F32 >= 1 && tsp_pkg::DFN_CVT_F32_I8 >= 1 && tsp_pkg::DFN_MUL_F32 >= 1 &&
      tsp_pkg::DFN_RELU_F32 >= 1;

  // Fields: one position per meaning, widths that the strides are added in.
  localparam bit MemoryFields = tsp_pkg::F_READ_RADDR == tsp_pkg::F_READWRITE_RADDR &&
      tsp_pkg::F_READ_RSTREAM == tsp_pkg::F_READWRITE_RSTREAM &&
      tsp_pkg::F_WRITE_WADDR == tsp_pkg::F_READWRITE_WADDR &&
      tsp_pkg::F_WRITE_WSTREAM == tsp_pkg::F_READWRITE_WSTREAM &&
      tsp_pkg::W_READWRITE_RADDR == 16 && tsp_pkg::W_READWRITE_WADDR == 16;
  localparam bit MatrixFields = tsp_pkg::F_ACC_SET_ACC == tsp_pkg::F_ACC_SUM_ACC &&
      tsp_pkg::F_ACC_ADD_ACC == tsp_pkg::F_ACC_SUM_ACC && tsp_pkg::F_ACC_OUT_OUT == tsp_pkg::F_ACC_SUM_OUT &&
      tsp_pkg::W_ACC_SUM_ACC == 16 && tsp_pkg::W_LW_SLOT == 16;
  localparam bit VectorMasks = tsp_pkg::MASK_MOV_I8 == tsp_pkg::MASK_MOV_I32 &&
      tsp_pkg::MASK_EXT_I8_I32 == tsp_pkg::MASK_MOV_I32 && tsp_pkg::MASK_CVT_I32_I8 == tsp_pkg::MASK_MOV_I32 &&
      tsp_pkg::MASK_CVT_I32_F32 == tsp_pkg::MASK_MOV_I32 && tsp_pkg::MASK_CVT_F32_I8 == tsp_pkg::MASK_MOV_I32 &&
      tsp_pkg::MASK_RELU_F32 == tsp_pkg::MASK_MOV_I32 && tsp_pkg::MASK_MAX_I32 == tsp_pkg::MASK_ADD_I32 &&
      tsp_pkg::MASK_MUL_F32 == tsp_pkg::MASK_ADD_I32;
  localparam bit VectorFields = tsp_pkg::F_MOV_I8_A == tsp_pkg::F_ADD_I32_A &&
      tsp_pkg::F_MOV_I8_DST == tsp_pkg::F_ADD_I32_DST && tsp_pkg::F_MOV_I8_IMM == tsp_pkg::F_ADD_I32_IMM &&
      tsp_pkg::F_MUL_F32_A == tsp_pkg::F_ADD_I32_A && tsp_pkg::F_MUL_F32_B == tsp_pkg::F_ADD_I32_B &&
      tsp_pkg::F_MUL_F32_DST == tsp_pkg::F_ADD_I32_DST && tsp_pkg::F_MUL_F32_IMM == tsp_pkg::F_ADD_I32_IMM;
  localparam bit RepeatFields = tsp_pkg::W_REPEAT_A == 16 && tsp_pkg::W_REPEAT_B == 16 &&
      tsp_pkg::W_REPEAT_N == 16 && tsp_pkg::W_NOP_N == 16 && tsp_pkg::F_NOP_N == tsp_pkg::F_REPEAT_N;
  // Sizes: group bases stay inside the streams, numbers inside their fields.
  localparam bit Sizes = tsp_pkg::STREAMS <= 32 && tsp_pkg::STREAMS >= 4 &&
      (tsp_pkg::STREAMS & (tsp_pkg::STREAMS - 1)) == 0 && tsp_pkg::STREAMS % tsp_pkg::LW_STREAMS == 0 &&
      tsp_pkg::LANES % tsp_pkg::LW_STREAMS == 0 && tsp_pkg::MEM_WORDS % 2 == 0 && tsp_pkg::Q_MEM == 0 &&
      tsp_pkg::ALUS <= 64 && tsp_pkg::BARRIER >= 1;

  if (!(Skew && Memory && Matrix && Vector && MemoryFields && MatrixFields && VectorMasks && VectorFields &&
        RepeatFields && Sizes)) begin : g_mismatch
    tables_do_not_fit_the_structure u_mismatch ();
  end
endmodule

`default_nettype wire
