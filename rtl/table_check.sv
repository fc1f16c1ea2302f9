// SPDX-License-Identifier: Apache-2.0
// table_check: what the structure takes for granted about the tables. Latencies that are built in, and fields that
// several instructions share, are compared here with golden/isa.def, row by row; if one differs, elaboration fails in
// every tool because the module `tables_do_not_fit_the_structure` does not exist. No logic, no ports.
// Read, the VXM instructions and ACC's streams follow the table's d_func by themselves.
`default_nettype none

module table_check;
  // The instructions of a kind of queue: how many the table has.
  function automatic int rows_of(input logic [3:0] kind);
    rows_of = 0;
    for (int i = 0; i < tsp_pkg::INSTRS; i++)
      if (tsp_pkg::INSTR_KINDS[16*i +: 16] == 16'(kind)) rows_of = rows_of + 1;
  endfunction

  // Every operand is read at dispatch and every result takes a cycle; the queues' own instructions are their affair.
  function automatic logic timing();
    timing = 1'b1;
    for (int i = 0; i < tsp_pkg::INSTRS; i++)
      if (tsp_pkg::INSTR_SKEWS[16*i +: 16] != '0 ||
          (tsp_pkg::INSTR_KINDS[16*i +: 16] != 16'(tsp_pkg::UNIT_ICU) && tsp_pkg::INSTR_FUNCS[16*i +: 16] == '0))
        timing = 1'b0;
  endfunction

  // Fields of one name have one place in all instructions of a kind of queue but those of the queues themselves, and
  // those that a Repeat moves are where icu moves them, as wide as its strides.
  function automatic logic places();
    logic [15:0] first;
    places = 1'b1;
    for (int i = 0; i < tsp_pkg::FIELDS; i++) begin
      first = tsp_pkg::FIELD_FIRSTS[16*i +: 16];
      if (tsp_pkg::FIELD_KINDS[16*i +: 16] != 16'(tsp_pkg::UNIT_ICU) &&
          (tsp_pkg::FIELD_LSBS[16*i +: 16] != tsp_pkg::FIELD_LSBS[16*first +: 16] ||
           tsp_pkg::FIELD_WIDTHS[16*i +: 16] != tsp_pkg::FIELD_WIDTHS[16*first +: 16]))
        places = 1'b0;
      if (tsp_pkg::FIELD_STRIDES[16*i +: 16] != '0 &&
          !(tsp_pkg::FIELD_WIDTHS[16*i +: 16] == 16'd16 &&
            (tsp_pkg::FIELD_STRIDES[16*i +: 16] == 16'd1
             ? tsp_pkg::FIELD_LSBS[16*i +: 16] == 16'(tsp_pkg::F_READWRITE_RADDR) ||
               tsp_pkg::FIELD_LSBS[16*i +: 16] == 16'(tsp_pkg::F_LW_SLOT)
             : tsp_pkg::FIELD_LSBS[16*i +: 16] == 16'(tsp_pkg::F_READWRITE_WADDR)))) places = 1'b0;
    end
  endfunction

  // Every instruction has a unit that knows it.
  localparam bit Known = rows_of(tsp_pkg::UNIT_ICU) == 7 && rows_of(tsp_pkg::UNIT_MEM) == 5 &&
      rows_of(tsp_pkg::UNIT_MXW) == 2 && rows_of(tsp_pkg::UNIT_MXA) == 2 && rows_of(tsp_pkg::UNIT_MXC) == 6 &&
      rows_of(tsp_pkg::UNIT_SXS) == 4 && rows_of(tsp_pkg::UNIT_SXP) == 2 && rows_of(tsp_pkg::UNIT_SXD) == 3 &&
      rows_of(tsp_pkg::UNIT_SXT) == 1 && rows_of(tsp_pkg::UNIT_C2C) == 3;
  localparam bit Memory = tsp_pkg::DFN_WRITE == 1 && tsp_pkg::DFN_READ >= 2 &&
      tsp_pkg::DFN_READWRITE == tsp_pkg::DFN_READ && tsp_pkg::DFN_GATHER == tsp_pkg::DFN_READ &&
      tsp_pkg::DFN_SCATTER == tsp_pkg::DFN_WRITE;
  localparam bit Matrix = tsp_pkg::DFN_LW == 1 && tsp_pkg::DFN_IW == 1 && tsp_pkg::DFN_ABC == tsp_pkg::SUPERLANES &&
      tsp_pkg::DFN_ABC_F16 == tsp_pkg::SUPERLANES + 1 && tsp_pkg::DFN_ACC_SET == 2 && tsp_pkg::DFN_ACC_ADD == 2 &&
      tsp_pkg::DFN_ACC_ADD_F32 == 2 && tsp_pkg::DFN_ACC_SUM >= 2 && tsp_pkg::DFN_ACC_OUT == tsp_pkg::DFN_ACC_SUM &&
      tsp_pkg::DFN_ACC_SUM_F32 == tsp_pkg::DFN_ACC_SUM;
  localparam bit Switch = tsp_pkg::DFN_SHIFT_UP == 1 + tsp_pkg::SUPERLANES &&
      tsp_pkg::DFN_SHIFT_DOWN == tsp_pkg::DFN_SHIFT_UP && tsp_pkg::DFN_SELECT == tsp_pkg::DFN_SHIFT_UP &&
      tsp_pkg::DFN_PERMUTE == tsp_pkg::DFN_SHIFT_UP && tsp_pkg::DFN_SMAP == 1 && tsp_pkg::DFN_PMAP == 1 &&
      tsp_pkg::DFN_DISTRIBUTE == 1 && tsp_pkg::DFN_DMAP == 1 && tsp_pkg::DFN_ROTATE == 1 &&
      tsp_pkg::DFN_TRANSPOSE == 1 && tsp_pkg::DFN_SEND == 1 && tsp_pkg::DFN_RECEIVE == 1;
  // Fields that the queues of the SXM share.
  localparam bit SwitchFields = tsp_pkg::F_SHIFT_UP_STREAM == tsp_pkg::F_SELECT_STREAM &&
      tsp_pkg::F_SHIFT_DOWN_STREAM == tsp_pkg::F_SELECT_STREAM && tsp_pkg::F_SMAP_STREAM == tsp_pkg::F_SELECT_STREAM &&
      tsp_pkg::F_PERMUTE_STREAM == tsp_pkg::F_SELECT_STREAM && tsp_pkg::F_PMAP_GROUP == tsp_pkg::F_SELECT_STREAM &&
      tsp_pkg::F_DISTRIBUTE_STREAM == tsp_pkg::F_SELECT_STREAM && tsp_pkg::F_DMAP_STREAM == tsp_pkg::F_SELECT_STREAM &&
      tsp_pkg::F_ROTATE_STREAM == tsp_pkg::F_SELECT_STREAM && tsp_pkg::F_SHIFT_UP_OUT == tsp_pkg::F_SELECT_OUT &&
      tsp_pkg::F_SHIFT_DOWN_OUT == tsp_pkg::F_SELECT_OUT && tsp_pkg::F_PERMUTE_OUT == tsp_pkg::F_SELECT_OUT &&
      tsp_pkg::F_SHIFT_UP_N == tsp_pkg::F_SELECT_N && tsp_pkg::F_SHIFT_DOWN_N == tsp_pkg::F_SELECT_N &&
      tsp_pkg::W_SELECT_N == 10 && tsp_pkg::F_SMAP_MAP == tsp_pkg::F_SELECT_MAP &&
      tsp_pkg::F_PERMUTE_MAP == tsp_pkg::F_SELECT_MAP && tsp_pkg::F_PMAP_MAP == tsp_pkg::F_SELECT_MAP &&
      tsp_pkg::F_DISTRIBUTE_MAP == tsp_pkg::F_DMAP_MAP && tsp_pkg::W_SELECT_MAP == 8 && tsp_pkg::W_DMAP_MAP == 8;
  localparam bit Vector = tsp_pkg::VXM_REGULAR != 0 && tsp_pkg::W_ADD_I32_A == 8 && tsp_pkg::W_ADD_I32_B == 8 &&
      tsp_pkg::W_ADD_I32_DST == 8 && tsp_pkg::W_ADD_I32_IMM == 32;
  localparam bit Control = tsp_pkg::DFN_IFETCH == 3 && tsp_pkg::DFN_CONFIG == 1 &&
      tsp_pkg::W_REPEAT_A == 16 && tsp_pkg::W_REPEAT_B == 16 && tsp_pkg::W_REPEAT_N == 16 && tsp_pkg::W_NOP_N == 16 &&
      tsp_pkg::F_NOP_N == tsp_pkg::F_REPEAT_N && tsp_pkg::W_CONFIG_SUPERLANES == 8 &&
      tsp_pkg::F_IFETCH_STREAM + tsp_pkg::W_IFETCH_STREAM <= 8 && tsp_pkg::F_CONFIG_SUPERLANES == 0;
  // Sizes: group bases stay inside the streams, numbers inside their fields, the ring wraps with its counters.
  localparam bit Sizes = tsp_pkg::STREAMS <= 32 && tsp_pkg::STREAMS >= 4 &&
      (tsp_pkg::STREAMS & (tsp_pkg::STREAMS - 1)) == 0 && tsp_pkg::STREAMS % tsp_pkg::LW_STREAMS == 0 &&
      tsp_pkg::LANES % tsp_pkg::LW_STREAMS == 0 && (tsp_pkg::LANES & (tsp_pkg::LANES - 1)) == 0 &&
      tsp_pkg::MEM_WORDS % 2 == 0 && tsp_pkg::Q_MEM == 0 && tsp_pkg::ALUS <= 64 && tsp_pkg::BARRIER >= 1 &&
      (tsp_pkg::IQ_DEPTH & (tsp_pkg::IQ_DEPTH - 1)) == 0 && tsp_pkg::FETCH_ROW * 4 == tsp_pkg::LANES &&
      tsp_pkg::IQ_DEPTH >= tsp_pkg::SUPERLANES * tsp_pkg::FETCH_ROW && tsp_pkg::HAC_PERIOD >= 1 &&
      tsp_pkg::STREAMS % tsp_pkg::LANES == 0 && tsp_pkg::SXM_QUEUES == 6 && tsp_pkg::MAPS <= 256 &&
      tsp_pkg::VECTOR <= 1024 && tsp_pkg::SUPERLANES <= 255 && (tsp_pkg::ECC == 0) == (tsp_pkg::CHECK_BITS == 0);

  if (!(Known && Memory && Matrix && Vector && Switch && SwitchFields && Control && Sizes && timing() &&
        places())) begin : g_mismatch
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
