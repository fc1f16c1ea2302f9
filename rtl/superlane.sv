// SPDX-License-Identifier: Apache-2.0
// superlane: one superlane of every slice: the stream registers of all columns in both directions, the MEM tiles, the
// VXM's lanes, the planes' feeds and accumulators, the SXM's tiles, the links. The buses of instructions, Ifetch and
// Config are registered on entry: what acts here in a cycle enters the next superlane in that cycle and acts there in
// the next. The first fault of a cycle is registered at fault_*.
// Degenerate: a hemisphere without planes, or a column with fewer slices than mem_per_hop, just has fewer drivers.
`default_nettype none

module superlane (
  input  logic                                        clk_i,
  input  logic                                        rst_ni,
  input  logic                                        flow_i,
  input  logic                                        clear_i,  // start: the links' receiving ends are empty
  // Instruction bus, one word per queue: what acts here in the next cycle, what acts here now
  input  logic [tsp_pkg::QUEUES-1:0]                  valid_i,
  input  logic [tsp_pkg::QUEUES*64-1:0]               word_i,
  output logic [tsp_pkg::QUEUES-1:0]                  valid_o,
  output logic [tsp_pkg::QUEUES*64-1:0]               word_o,
  // Config bus: superlanes to power from the next one on, 0 if none; Ifetch bus: at most one queue of a column
  input  logic                                        config_i,
  input  logic [7:0]                                  config_count_i,
  output logic                                        config_o,
  output logic [7:0]                                  config_count_o,
  input  logic [tsp_pkg::QUEUES-1:0]                  fetch_i,
  input  logic [tsp_pkg::COLUMNS*6-1:0]               fetch_stream_i,
  output logic [tsp_pkg::QUEUES-1:0]                  fetch_o,
  output logic [tsp_pkg::COLUMNS*6-1:0]               fetch_stream_o,
  // Rows of text, per column, and the queues that they are for
  output logic [tsp_pkg::QUEUES-1:0]                  row_valid_o,
  output logic [tsp_pkg::COLUMNS*tsp_pkg::LANES*16-1:0] row_o,
  // To and from the planes
  output logic [tsp_pkg::PLANES-1:0]                  lw_en_o,
  output logic [tsp_pkg::PLANES*16-1:0]               lw_slot_o,
  output logic [tsp_pkg::PLANES*tsp_pkg::LW_STREAMS*tsp_pkg::LANES*8-1:0] lw_data_o,
  output logic [tsp_pkg::PLANES-1:0]                  iw_en_o,
  output logic [tsp_pkg::PLANES-1:0]                  act_en_o,
  output logic [tsp_pkg::PLANES*2-1:0]                half_o,
  output logic [tsp_pkg::PLANES*tsp_pkg::LANES*8-1:0] act_o,
  input  logic [tsp_pkg::PLANES-1:0]                  product_valid_i /* verilator public_flat_rd */,
  input  logic [tsp_pkg::PLANES-1:0]                  product_f32_i /* verilator public_flat_rd */,
  input  logic [tsp_pkg::PLANES*tsp_pkg::LANES*32-1:0] product_i /* verilator public_flat_rd */,
  // To and from the shifters and permuters: s0, s1, p of the west, then of the east
  output logic [5:0]                                  sxm_part_en_o,
  output logic [5:0]                                  sxm_map_en_o,
  output logic [8*tsp_pkg::LANES*8-1:0]               sxm_data_o,   // four streams each: sxm_tile
  input  logic [5:0]                                  sxm_drive_en_i /* verilator public_flat_rd */,
  input  logic [6*6-1:0]                              sxm_drive_stream_i /* verilator public_flat_rd */,
  input  logic [6*tsp_pkg::LANES*8-1:0]               sxm_drive_data_i /* verilator public_flat_rd */,
  // Links, west then east
  output logic [2*tsp_pkg::LINKS-1:0]                 tx_vector_o,
  output logic [2*tsp_pkg::LINKS-1:0]                 tx_valid_o,
  output logic [2*tsp_pkg::LINKS*tsp_pkg::LANES*8-1:0] tx_data_o,
  output logic [2*tsp_pkg::LINKS*16-1:0]              tx_check_o,
  input  logic [2*tsp_pkg::LINKS-1:0]                 rx_vector_i /* verilator public_flat_rd */,
  input  logic [2*tsp_pkg::LINKS-1:0]                 rx_valid_i /* verilator public_flat_rd */,
  input  logic [2*tsp_pkg::LINKS*tsp_pkg::LANES*8-1:0] rx_data_i /* verilator public_flat_rd */,
  input  logic [2*tsp_pkg::LINKS*16-1:0]              rx_check_i /* verilator public_flat_rd */,
  // First fault of the cycle before
  output logic                                        fault_valid_o,
  output logic [15:0]                                 fault_queue_o,
  output logic [3:0]                                  fault_code_o,
  // Operand parts corrected in the cycle before: their number, the lowest queue
  output logic [15:0]                                 ecc_count_o,
  output logic [15:0]                                 ecc_queue_o,
  // Host access to this superlane's memory
  input  logic                                        host_read_i /* verilator public_flat_rd */,
  input  logic                                        host_write_i /* verilator public_flat_rd */,
  input  logic [7:0]                                  host_slice_i,
  input  logic [15:0]                                 host_addr_i,
  input  logic [3:0]                                  host_part_i,
  input  logic [63:0]                                 host_wdata_i,
  output logic [63:0]                                 host_rdata_o,
  output logic                                        host_error_o    // what was read cannot be corrected
);
  /* verilator no_inline_module */
  localparam int Lanes      = tsp_pkg::LANES;
  localparam int Streams    = tsp_pkg::STREAMS;
  localparam int Width      = Lanes * 8;                  // bits of one stream
  localparam int Bits       = Streams * Width;            // bits of a tile
  localparam int Last       = tsp_pkg::COLUMNS - 1;
  localparam int WestPlanes = (tsp_pkg::PLANES + 1) / 2;
  localparam int LwBits     = tsp_pkg::LW_STREAMS * Width;
  localparam int Links      = tsp_pkg::LINKS;             // of a hemisphere
  localparam int Block      = Lanes * Width;              // bits of a transposer's result
  localparam int EdgeTiles  = tsp_pkg::MEM_SLICES - (tsp_pkg::HEMI_COLS - 1) * tsp_pkg::MEM_PER_HOP;

  // Buses. on, on_d: this superlane is powered in this cycle, in the next
  wire                           on, on_d;
  wire [tsp_pkg::QUEUES-1:0]     acts, fetch, second;
  wire [tsp_pkg::QUEUES*64-1:0]  word;
  wire [tsp_pkg::COLUMNS*6-1:0]  fetch_stream, second_stream;
  superlane_bus u_bus (
    .clk_i, .rst_ni, .valid_i, .word_i, .valid_o(acts), .word_o(word),
    .config_i, .config_count_i, .config_o, .config_count_o, .on_o(on), .on_next_o(on_d),
    .fetch_i, .fetch_stream_i, .fetch_o(fetch), .fetch_stream_o(fetch_stream),
    .second_o(second), .second_stream_o(second_stream), .row_valid_o
  );
  assign valid_o        = acts;
  assign word_o         = word;
  assign fetch_o        = fetch;
  assign fetch_stream_o = fetch_stream;

  // What an off superlane does not execute.
  wire [tsp_pkg::QUEUES-1:0]     run = on ? acts : '0;

  // Fault code of each queue's instruction, 0 if none
  wire [4*tsp_pkg::QUEUES-1:0] code;
  wire [tsp_pkg::COLUMNS-1:0]  fetch_fault;
  wire [2*Links-1:0]           dropped;
  superlane_fault u_fault (
    .clk_i, .rst_ni, .code_i(code), .fetch_i(fetch | second), .fetch_fault_i(fetch_fault), .fetch_bad_i(fetch_bad),
    .dropped_i(dropped), .valid_o(fault_valid_o), .queue_o(fault_queue_o), .code_o(fault_code_o)
  );

  // ECC, per queue: whether the only fault of its instruction's operands is that one cannot be corrected; parts
  // corrected, those of an Ifetch too.
  wire [6*tsp_pkg::QUEUES-1:0] corrected;
  wire [tsp_pkg::COLUMNS-1:0]  fetch_bad, fetch_fixed;
  for (genvar q = 0; q < tsp_pkg::QUEUES; q++) begin : g_use
    localparam int         Column = icu_pkg::queue_column(q);
    localparam logic [3:0] Unit   = icu_pkg::queue_unit(q);
    wire        fault;
    wire [5:0]  own;            // parts of its instruction
    wire [63:0] uses;  // streams that it takes
    if (Unit == tsp_pkg::UNIT_MEM) begin : g_map
      localparam int Tile = (q < tsp_pkg::MEM_SLICES ? q : q - tsp_pkg::MEM_SLICES) % tsp_pkg::MEM_PER_HOP;
      assign own   = {4'd0, g_column[Column].g_mem[Tile].fixed_parts};
      assign fault = 1'b0;  // in its code
      assign uses  = '0;
    end else begin : g_streams
      wire       takes, missing;  // it takes operands; one from an ALU is missing
      wire [1:0] size;
      wire       binary;
      if (Unit == tsp_pkg::UNIT_MXA) begin : g_act
        localparam int Plane = (q - tsp_pkg::Q_MXM) / 3;
        assign takes   = on && (act_en_o[Plane] || half_o[2*Plane]);  // not refused
        assign missing = 1'b0;
      end else if (Unit == tsp_pkg::UNIT_VXM) begin : g_alu
        assign takes   = run[q];
        assign missing = vxm_chain_fault[q - tsp_pkg::Q_VXM];
        assign size    = vxm_size[2*(q - tsp_pkg::Q_VXM) +: 2];
        assign binary  = vxm_binary[q - tsp_pkg::Q_VXM];
      end else begin : g_other
        assign takes   = run[q];
        assign missing = 1'b0;
      end
      if (Unit != tsp_pkg::UNIT_VXM) begin : g_no_alu
        assign size   = '0;
        assign binary = 1'b0;
      end
      ecc_operands #(.Unit(Unit)) u_operands (
        .takes_i(takes), .word_i(word[64*q +: 64]), .size_i(size), .binary_i(binary), .missing_i(missing),
        .valid_i(g_column[Column].valid), .bad_i(g_column[Column].bad), .fixed_i(g_column[Column].fixed),
        .uses_o(uses), .fault_o(fault), .corrected_o(own)
      );
    end
    assign corrected[6*q +: 6] = (fetch[q] || second[q]) && fetch_fixed[Column] ? own + 6'd1 : own;
  end
  if (tsp_pkg::ECC != 0) begin : g_ecc
    ecc_first #(.Queues(tsp_pkg::QUEUES), .CountBits(6)) u_ecc (
      .clk_i, .rst_ni, .corrected_i(corrected), .count_o(ecc_count_o), .queue_o(ecc_queue_o)
    );
  end else begin : g_no_ecc
    assign ecc_count_o = '0;
    assign ecc_queue_o = '0;
  end

  // Vector unit
  wire [tsp_pkg::ALUS-1:0]           vxm_operand_fault, vxm_chain_fault, vxm_alu_fault;
  wire [tsp_pkg::ALUS-1:0]           vxm_conflict, vxm_binary;
  wire [2*tsp_pkg::ALUS-1:0]         vxm_size;
  wire [Streams-1:0]                 vxm_east, vxm_west;
  wire [Bits-1:0]                    vxm_east_data, vxm_west_data;
  vxm #(.Lanes(Lanes), .Streams(Streams), .Alus(tsp_pkg::ALUS)) u_vxm (
    .clk_i, .rst_ni,
    .on_i(on_d),
    .valid_i(run[tsp_pkg::Q_VXM +: tsp_pkg::ALUS]),
    .word_i(word[64*tsp_pkg::Q_VXM +: 64*tsp_pkg::ALUS]),
    .operand_fault_o(vxm_operand_fault),
    .chain_fault_o(vxm_chain_fault),
    .alu_fault_o(vxm_alu_fault),
    .size_o(vxm_size),
    .binary_o(vxm_binary),
    .east_valid_i(g_column[tsp_pkg::VXM_COLUMN].east_valid),
    .east_data_i(g_column[tsp_pkg::VXM_COLUMN].east_data),
    .east_wrong_i(g_column[tsp_pkg::VXM_COLUMN].east_wrong),
    .west_valid_i(g_column[tsp_pkg::VXM_COLUMN].west_valid),
    .west_data_i(g_column[tsp_pkg::VXM_COLUMN].west_data),
    .west_wrong_i(g_column[tsp_pkg::VXM_COLUMN].west_wrong),
    .east_drive_o(vxm_east),
    .east_drive_data_o(vxm_east_data),
    .west_drive_o(vxm_west),
    .west_drive_data_o(vxm_west_data),
    .conflict_o(vxm_conflict)
  );
  for (genvar k = 0; k < tsp_pkg::ALUS; k++) begin : g_alu_fault
    wire ecc = g_use[tsp_pkg::Q_VXM + k].fault;
    assign code[4*(tsp_pkg::Q_VXM + k) +: 4] = vxm_operand_fault[k] && !ecc ? 4'(tsp_pkg::FLT_OPERAND)
                                             : vxm_conflict[k] ? 4'(tsp_pkg::FLT_STREAM)
                                             : vxm_alu_fault[k] ? 4'(tsp_pkg::FLT_ALU)
                                             : ecc ? 4'(tsp_pkg::FLT_ECC) : 4'd0;
  end

  // Planes
  for (genvar p = 0; p < tsp_pkg::PLANES; p++) begin : g_plane
    localparam int Queue  = tsp_pkg::Q_MXM + 3 * p;
    localparam int Column = (p < WestPlanes) ? 0 : Last;
    localparam int First  = (p < WestPlanes) ? 0 : WestPlanes;                        // of this hemisphere's planes
    localparam bit Paired = tsp_pkg::FP != 0 && First + 1 < ((p < WestPlanes) ? WestPlanes : tsp_pkg::PLANES);
    localparam bit F16    = Paired && p == First;
    wire             busy, first_busy;
    if (Paired && p == First + 1) begin : g_second
      assign first_busy = g_plane[First].busy;
    end else begin : g_first
      assign first_busy = 1'b0;
    end
    wire             operand_fault, lost_fault, conflict;
    wire             drive_en;
    wire [5:0]       drive_stream;
    wire [4*Width-1:0] drive_data;
    mxm_feed #(
      .Superlanes(tsp_pkg::SUPERLANES), .Lanes(Lanes), .Streams(Streams), .LwStreams(tsp_pkg::LW_STREAMS),
      .F16(F16)
    ) u_feed (
      .clk_i, .rst_ni, .on_i(on),
      .weights_valid_i(acts[Queue]),
      .weights_word_i(word[64*Queue +: 64]),
      .act_valid_i(acts[Queue+1]),
      .act_word_i(word[64*(Queue+1) +: 64]),
      .east_valid_i(g_column[Column].east_valid),
      .east_data_i(g_column[Column].east_data),
      .east_wrong_i(g_column[Column].east_wrong),
      .west_valid_i(g_column[Column].west_valid),
      .west_data_i(g_column[Column].west_data),
      .west_wrong_i(g_column[Column].west_wrong),
      .lw_en_o(lw_en_o[p]),
      .lw_slot_o(lw_slot_o[16*p +: 16]),
      .lw_data_o(lw_data_o[LwBits*p +: LwBits]),
      .iw_en_o(iw_en_o[p]),
      .act_en_o(act_en_o[p]),
      .half_o(half_o[2*p +: 2]),
      .act_o(act_o[Width*p +: Width]),
      .busy_i(first_busy),
      .busy_o(busy),
      .weights_ecc_i(g_use[Queue].fault),
      .act_ecc_i(g_use[Queue+1].fault),
      .weights_fault_o(code[4*Queue +: 4]),
      .act_fault_o(code[4*(Queue+1) +: 4])
    );
    mxm_acc #(.Lanes(Lanes), .Depth(tsp_pkg::ACC_DEPTH), .Latency(tsp_pkg::DFN_ACC_SUM), .F16(F16)) u_acc (
      .clk_i, .rst_ni, .on_i(on),
      .valid_i(run[Queue+2]),
      .word_i(word[64*(Queue+2) +: 64]),
      .operand_fault_o(operand_fault),
      .lost_fault_o(lost_fault),
      .product_valid_i(product_valid_i[p]),
      .product_f32_i(product_f32_i[p]),
      .product_i(product_i[4*Width*p +: 4*Width]),
      .drive_en_o(drive_en),
      .drive_stream_o(drive_stream),
      .drive_data_o(drive_data)
    );
    assign code[4*(Queue+2) +: 4] = operand_fault ? 4'(tsp_pkg::FLT_OPERAND)
                                  : conflict ? 4'(tsp_pkg::FLT_STREAM)
                                  : lost_fault ? 4'(tsp_pkg::FLT_LOST) : 4'd0;
    assign conflict = g_column[Column].east_group_conflict[(p < WestPlanes) ? p : p - WestPlanes] ||
                      g_column[Column].west_group_conflict[(p < WestPlanes) ? p : p - WestPlanes];
  end

  // Switch units of the west and of the east
  for (genvar h = 0; h < 2; h++) begin : g_sxm
    localparam int Queue  = tsp_pkg::Q_SXM + tsp_pkg::SXM_QUEUES * h;
    localparam int Column = h == 0 ? 0 : Last;
    wire [5:0]         operand_fault, conflict;
    wire               single_en;
    wire [5:0]         single_stream;
    wire [Width-1:0]   single_data;
    wire [2:0]         block_en;
    wire [3*6-1:0]     block_stream;
    wire [3*Lanes-1:0] block_mask;
    wire [3*Block-1:0] block_data;
    sxm_tile #(.Lanes(Lanes), .Streams(Streams), .Maps(tsp_pkg::MAPS)) u_sxm (
      .clk_i, .rst_ni,
      .valid_i(run[Queue +: 6]), .word_i(word[64*Queue +: 6*64]), .operand_fault_o(operand_fault),
      .east_valid_i(g_column[Column].east_valid), .east_data_i(g_column[Column].east_data),
      .east_wrong_i(g_column[Column].east_wrong),
      .west_valid_i(g_column[Column].west_valid), .west_data_i(g_column[Column].west_data),
      .west_wrong_i(g_column[Column].west_wrong),
      .part_en_o(sxm_part_en_o[3*h +: 3]), .map_en_o(sxm_map_en_o[3*h +: 3]),
      .part_data_o(sxm_data_o[4*Width*h +: 4*Width]),
      .single_en_o(single_en), .single_stream_o(single_stream), .single_data_o(single_data),
      .block_en_o(block_en), .block_stream_o(block_stream), .block_mask_o(block_mask), .block_data_o(block_data)
    );
    // A unit's results may go either way; the distributor drives one stream or a block.
    assign conflict[3:0] = g_column[Column].east_single_conflict[EdgeTiles +: 4] |
                           g_column[Column].west_single_conflict[EdgeTiles +: 4] |
                           {g_column[Column].east_block_conflict[0] | g_column[Column].west_block_conflict[0], 3'd0};
    assign conflict[5:4] = g_column[Column].east_block_conflict[2:1] | g_column[Column].west_block_conflict[2:1];
    for (genvar u = 0; u < 6; u++) begin : g_unit
      wire ecc = g_use[Queue + u].fault;
      assign code[4*(Queue + u) +: 4] = operand_fault[u] && !ecc ? 4'(tsp_pkg::FLT_OPERAND)
                                      : conflict[u] ? 4'(tsp_pkg::FLT_STREAM)
                                      : ecc ? 4'(tsp_pkg::FLT_ECC) : 4'd0;
    end
  end

  // Links of the west, then of the east
  for (genvar k = 0; k < 2 * Links; k++) begin : g_link
    localparam int Queue  = tsp_pkg::Q_C2C + k;
    localparam int Column = k < Links ? 0 : Last;
    localparam int Port   = EdgeTiles + 4 + k % Links;
    wire             operand_fault, conflict;
    wire             drive_en;
    wire [5:0]       drive_stream;
    wire [Width-1:0] drive_data;
    wire [15:0]      drive_check;
    c2c_link #(.Lanes(Lanes), .Streams(Streams), .Depth(tsp_pkg::LINK_DEPTH)) u_link (
      .clk_i, .rst_ni, .clear_i, .flow_i, .on_i(on),
      .valid_i(acts[Queue]), .word_i(word[64*Queue +: 64]),
      .operand_fault_o(operand_fault), .dropped_o(dropped[k]),
      .east_valid_i(g_column[Column].east_valid), .east_data_i(g_column[Column].east_data),
      .east_check_i(g_column[Column].east_check),
      .west_valid_i(g_column[Column].west_valid), .west_data_i(g_column[Column].west_data),
      .west_check_i(g_column[Column].west_check),
      .drive_en_o(drive_en), .drive_stream_o(drive_stream), .drive_data_o(drive_data), .drive_check_o(drive_check),
      .tx_vector_o(tx_vector_o[k]), .tx_valid_o(tx_valid_o[k]), .tx_data_o(tx_data_o[Width*k +: Width]),
      .tx_check_o(tx_check_o[16*k +: 16]),
      .rx_vector_i(rx_vector_i[k]), .rx_valid_i(rx_valid_i[k]), .rx_data_i(rx_data_i[Width*k +: Width]),
      .rx_check_i(rx_check_i[16*k +: 16])
    );
    assign conflict = g_column[Column].east_single_conflict[Port] || g_column[Column].west_single_conflict[Port];
    assign code[4*Queue +: 4] = operand_fault ? 4'(tsp_pkg::FLT_OPERAND)
                              : conflict ? 4'(tsp_pkg::FLT_STREAM) : 4'd0;
  end

  // Columns
  for (genvar c = 0; c < tsp_pkg::COLUMNS; c++) begin : g_column
    localparam int IsVxm     = c == tsp_pkg::VXM_COLUMN ? 1 : 0;
    localparam int Hop       = c < tsp_pkg::VXM_COLUMN ? tsp_pkg::VXM_COLUMN - 1 - c : c - tsp_pkg::VXM_COLUMN - 1;
    localparam int First     = IsVxm != 0 ? 0 : Hop * tsp_pkg::MEM_PER_HOP;
    localparam int Rest      = tsp_pkg::MEM_SLICES - First;
    localparam int Tiles     = IsVxm != 0 ? 0 : (Rest < tsp_pkg::MEM_PER_HOP ? Rest : tsp_pkg::MEM_PER_HOP);
    localparam int Planes    = c == 0 ? WestPlanes : (c == Last ? tsp_pkg::PLANES - WestPlanes : 0);
    localparam int Groups    = IsVxm != 0 ? 0 : Planes;
    localparam int Edge      = c == 0 || c == Last ? 1 : 0;        // the SXM and the links are here
    localparam int Switches  = Edge != 0 ? 4 : 0;                  // s0, s1, p, d
    localparam int Blocks    = Edge != 0 ? 3 : 0;                  // d, t0, t1
    localparam int Singles   = Tiles + Switches + (Edge != 0 ? Links : 0);
    localparam int SinglePorts = Singles > 0 ? Singles : 1;
    localparam int BlockPorts  = Blocks > 0 ? Blocks : 1;
    localparam int GroupPorts = Groups > 0 ? Groups : 1;
    localparam int WidePorts  = IsVxm != 0 ? Streams : 1;
    localparam int Queue     = tsp_pkg::Q_MEM + First + (c > tsp_pkg::VXM_COLUMN ? tsp_pkg::MEM_SLICES : 0);
    localparam int FirstPlane = c == 0 ? 0 : WestPlanes;

    // What the registers hold, and what comes from the neighbours
    wire [Streams-1:0] east_valid, west_valid, east_in_valid, west_in_valid;
    wire [Bits-1:0]    east_data, west_data, east_in_data, west_in_data;
    wire [Streams*16-1:0] east_check, west_check, east_in_check, west_in_check;
    if (c > 0) begin : g_from_west
      assign east_in_check = g_column[c-1].east_check;
      assign east_in_valid = g_column[c-1].east_valid;
      assign east_in_data  = g_column[c-1].east_data;
    end else begin : g_west_edge
      assign east_in_check = '0;
      assign east_in_valid = '0;
      assign east_in_data  = '0;
    end
    if (c < Last) begin : g_from_east
      assign west_in_check = g_column[c+1].west_check;
      assign west_in_valid = g_column[c+1].west_valid;
      assign west_in_data  = g_column[c+1].west_data;
    end else begin : g_east_edge
      assign west_in_check = '0;
      assign west_in_valid = '0;
      assign west_in_data  = '0;
    end

    // Drivers of one stream: MEM tiles; at the edges the SXM's and the links, too
    wire [SinglePorts-1:0]       single_en, single_west, east_single_conflict, west_single_conflict;
    wire [SinglePorts*5-1:0]     single_stream;
    wire [SinglePorts*Width-1:0] single_data;
    wire [SinglePorts*16-1:0]    single_check;
    for (genvar k = 0; k < Tiles; k++) begin : g_mem
      wire [1:0]       fixed_parts;  // of a map
      wire [5:0]       drive_stream;
      wire [Width-1:0] host_rdata;
      wire             host_selected = 32'(host_slice_i) == Queue + k;
      wire [Width-1:0] host_chain;  // read data of this tile, or of one west of it, and check bits
      wire [15:0]      host_rcheck, host_check;
      if (k > 0) begin : g_host_next
        assign host_chain = host_selected ? host_rdata : g_mem[k-1].host_chain;
        assign host_check = host_selected ? host_rcheck : g_mem[k-1].host_check;
      end else if (c > 0) begin : g_host_column
        assign host_chain = host_selected ? host_rdata : g_column[c-1].host_data;
        assign host_check = host_selected ? host_rcheck : g_column[c-1].host_check;
      end else begin : g_host_first
        assign host_chain = host_rdata;
        assign host_check = host_rcheck;
      end
      mem_tile #(
        .Lanes(Lanes), .Streams(Streams), .Words(tsp_pkg::MEM_WORDS), .ReadLatency(tsp_pkg::DFN_READ)
      ) u_tile (
        .clk_i, .rst_ni, .valid_i(run[Queue + k]), .word_i(word[64*(Queue + k) +: 64]),
        .conflict_i(east_single_conflict[k] || west_single_conflict[k]), .code_o(code[4*(Queue + k) +: 4]),
        .corrected_o(fixed_parts),
        .east_valid_i(east_valid), .east_data_i(east_data), .east_check_i(east_check),
        .west_valid_i(west_valid), .west_data_i(west_data), .west_check_i(west_check),
        .drive_en_o(single_en[k]), .drive_stream_o(drive_stream), .drive_data_o(single_data[Width*k +: Width]),
        .drive_check_o(single_check[16*k +: 16]),
        .host_read_i(host_read_i && host_selected), .host_write_i(host_write_i && host_selected),
        .host_addr_i, .host_wdata_i(host_merged), .host_wcheck_i(host_wcheck),
        .host_rdata_o(host_rdata), .host_rcheck_o(host_rcheck)
      );
      assign single_west[k]          = drive_stream[5];
      assign single_stream[5*k +: 5] = drive_stream[4:0];
    end
    wire [Width-1:0] host_data;  // read data of this column, or of one west of it
    wire [15:0]      host_check;
    if (Tiles > 0) begin : g_host
      assign host_data  = g_mem[Tiles-1].host_chain;
      assign host_check = g_mem[Tiles-1].host_check;
    end else begin : g_no_mem
      assign host_data  = g_column[c-1].host_data;
      assign host_check = g_column[c-1].host_check;
    end
    if (Singles == 0) begin : g_no_single
      assign single_en     = '0;
      assign single_west   = '0;
      assign single_stream = '0;
      assign single_data   = '0;
      assign single_check  = '0;
    end

    // The SXM and the links at the edges: drivers of one stream after the tiles, drivers of a block
    wire [BlockPorts-1:0]         block_en, block_west, east_block_conflict, west_block_conflict;
    wire [BlockPorts*5-1:0]       block_stream;
    wire [BlockPorts*Lanes-1:0]   block_mask;
    wire [BlockPorts*Block-1:0]   block_data;
    wire [BlockPorts*Lanes*16-1:0] block_check;
    if (Edge != 0) begin : g_switch
      localparam int H = c == 0 ? 0 : 1;
      for (genvar u = 0; u < 3; u++) begin : g_cross
        assign single_en[Tiles+u]                   = on && sxm_drive_en_i[3*H+u];  // off while it forms: lost
        assign single_west[Tiles+u]                 = sxm_drive_stream_i[6*(3*H+u) + 5];
        assign single_stream[5*(Tiles+u) +: 5]      = sxm_drive_stream_i[6*(3*H+u) +: 5];
        assign single_data[Width*(Tiles+u) +: Width] = sxm_drive_data_i[Width*(3*H+u) +: Width];
      end
      assign single_en[Tiles+3]                    = g_sxm[H].single_en;
      assign single_west[Tiles+3]                  = g_sxm[H].single_stream[5];
      assign single_stream[5*(Tiles+3) +: 5]       = g_sxm[H].single_stream[4:0];
      assign single_data[Width*(Tiles+3) +: Width] = g_sxm[H].single_data;
      ecc_encode #(.Lanes(Lanes), .Count(4)) u_single (
        .en_i(single_en[Tiles +: 4]), .data_i(single_data[Width*Tiles +: 4*Width]),
        .check_o(single_check[16*Tiles +: 4*16])
      );
      for (genvar k = 0; k < Links; k++) begin : g_receive
        assign single_en[Tiles+4+k]                    = g_link[Links*H+k].drive_en;
        assign single_west[Tiles+4+k]                  = g_link[Links*H+k].drive_stream[5];
        assign single_stream[5*(Tiles+4+k) +: 5]       = g_link[Links*H+k].drive_stream[4:0];
        assign single_data[Width*(Tiles+4+k) +: Width] = g_link[Links*H+k].drive_data;
        assign single_check[16*(Tiles+4+k) +: 16]      = g_link[Links*H+k].drive_check;
      end
      for (genvar b = 0; b < 3; b++) begin : g_block
        assign block_west[b]           = g_sxm[H].block_stream[6*b + 5];
        assign block_stream[5*b +: 5]  = g_sxm[H].block_stream[6*b +: 5];
      end
      assign block_en   = g_sxm[H].block_en;
      assign block_mask = g_sxm[H].block_mask;
      assign block_data = g_sxm[H].block_data;
      wire [3*Lanes-1:0] block_word;  // the words of the blocks that are driven
      for (genvar b = 0; b < 3; b++) begin : g_word
        assign block_word[Lanes*b +: Lanes] = block_en[b] ? block_mask[Lanes*b +: Lanes] : '0;
      end
      ecc_encode #(.Lanes(Lanes), .Count(3*Lanes)) u_block (
        .en_i(block_word), .data_i(block_data), .check_o(block_check)
      );
    end else begin : g_no_switch
      assign block_en     = '0;
      assign block_west   = '0;
      assign block_stream = '0;
      assign block_mask   = '0;
      assign block_data   = '0;
      assign block_check  = '0;
    end

    // Drivers of four streams: planes at the edges. Of any streams: the VXM in the middle.
    wire [GroupPorts-1:0]         group_en, group_west, east_group_conflict, west_group_conflict;
    wire [GroupPorts*5-1:0]       group_stream;
    wire [GroupPorts*4*Width-1:0] group_data;
    wire [GroupPorts*4*16-1:0]    group_check;
    wire [WidePorts-1:0]          east_wide, west_wide;
    wire [WidePorts*Width-1:0]    east_wide_data, west_wide_data;
    wire [WidePorts*16-1:0]       east_wide_check, west_wide_check;
    if (IsVxm != 0) begin : g_vxm
      assign east_wide      = vxm_east;
      assign east_wide_data = vxm_east_data;
      assign west_wide      = vxm_west;
      assign west_wide_data = vxm_west_data;
      ecc_encode #(.Lanes(Lanes), .Count(Streams)) u_east_wide (
        .en_i(vxm_east), .data_i(vxm_east_data), .check_o(east_wide_check)
      );
      ecc_encode #(.Lanes(Lanes), .Count(Streams)) u_west_wide (
        .en_i(vxm_west), .data_i(vxm_west_data), .check_o(west_wide_check)
      );
    end else begin : g_no_vxm
      assign east_wide      = '0;
      assign east_wide_data = '0;
      assign west_wide      = '0;
      assign west_wide_data = '0;
      assign east_wide_check = '0;
      assign west_wide_check = '0;
    end
    if (Groups > 0) begin : g_edge
      for (genvar k = 0; k < Groups; k++) begin : g_group
        assign group_en[k]                      = g_plane[FirstPlane + k].drive_en;
        assign group_west[k]                    = g_plane[FirstPlane + k].drive_stream[5];
        assign group_stream[5*k +: 5]           = g_plane[FirstPlane + k].drive_stream[4:0];
        assign group_data[4*Width*k +: 4*Width] = g_plane[FirstPlane + k].drive_data;
        ecc_encode #(.Lanes(Lanes), .Count(4)) u_encode (
          .en_i({4{group_en[k]}}), .data_i(g_plane[FirstPlane + k].drive_data), .check_o(group_check[64*k +: 64])
        );
      end
    end else begin : g_no_group
      assign group_en     = '0;
      assign group_west   = '0;
      assign group_stream = '0;
      assign group_data   = '0;
      assign group_check  = '0;
    end

    // Ifetch of a queue of this column
    localparam logic [tsp_pkg::QUEUES-1:0] Mine = icu_pkg::column_queues(c);
    wire fetch_first  = |(fetch & Mine);
    wire fetch_second = |(second & Mine);
    fetch_tap #(.Streams(Streams), .Lanes(Lanes)) u_fetch (
      .clk_i, .first_i(fetch_first), .second_i(fetch_second),
      .stream_i(fetch_first ? fetch_stream[6*c +: 6] : second_stream[6*c +: 6]),
      .east_valid_i(east_valid), .east_data_i(east_data), .east_check_i(east_check),
      .west_valid_i(west_valid), .west_data_i(west_data), .west_check_i(west_check),
      .bad_o(fetch_bad[c]), .fixed_o(fetch_fixed[c]), .fault_o(fetch_fault[c]), .row_o(row_o[2*Width*c +: 2*Width])
    );

    stream_tile #(
      .Streams(Streams), .Lanes(Lanes), .Singles(Singles), .Groups(Groups), .Switches(Switches), .Blocks(Blocks),
      .Links(Edge != 0 ? Links : 0), .Wide(IsVxm)
    ) u_east (
      .clk_i, .rst_ni, .flow_i, .on_i(on_d),
      .valid_i(east_in_valid), .data_i(east_in_data), .check_i(east_in_check),
      .single_en_i(single_en & ~single_west), .single_stream_i(single_stream), .single_data_i(single_data),
      .single_check_i(single_check), .single_conflict_o(east_single_conflict),
      .group_en_i(group_en & ~group_west), .group_stream_i(group_stream), .group_data_i(group_data),
      .group_check_i(group_check), .group_conflict_o(east_group_conflict),
      .block_en_i(block_en & ~block_west), .block_stream_i(block_stream), .block_mask_i(block_mask),
      .block_data_i(block_data), .block_check_i(block_check), .block_conflict_o(east_block_conflict),
      .wide_en_i(east_wide), .wide_data_i(east_wide_data), .wide_check_i(east_wide_check),
      .valid_o(east_valid), .data_o(east_data), .check_o(east_check)
    );
    stream_tile #(
      .Streams(Streams), .Lanes(Lanes), .Singles(Singles), .Groups(Groups), .Switches(Switches), .Blocks(Blocks),
      .Links(Edge != 0 ? Links : 0), .Wide(IsVxm)
    ) u_west (
      .clk_i, .rst_ni, .flow_i, .on_i(on_d),
      .valid_i(west_in_valid), .data_i(west_in_data), .check_i(west_in_check),
      .single_en_i(single_en & single_west), .single_stream_i(single_stream), .single_data_i(single_data),
      .single_check_i(single_check), .single_conflict_o(west_single_conflict),
      .group_en_i(group_en & group_west), .group_stream_i(group_stream), .group_data_i(group_data),
      .group_check_i(group_check), .group_conflict_o(west_group_conflict),
      .block_en_i(block_en & block_west), .block_stream_i(block_stream), .block_mask_i(block_mask),
      .block_data_i(block_data), .block_check_i(block_check), .block_conflict_o(west_block_conflict),
      .wide_en_i(west_wide), .wide_data_i(west_wide_data), .wide_check_i(west_wide_check),
      .valid_o(west_valid), .data_o(west_data), .check_o(west_check)
    );

    // ECC of the streams that the VXM, or the planes and the SXM, take in this column
    wire [63:0] valid = {32'(west_valid), 32'(east_valid)};
    wire [Streams*10-1:0] east_wrong, west_wrong;
    wire [Streams-1:0]    east_bad, west_bad, east_fixed, west_fixed;
    wire [63:0] bad   = {32'(west_bad), 32'(east_bad)};
    wire [63:0] fixed = {32'(west_fixed), 32'(east_fixed)};
    if (IsVxm != 0 || Edge != 0) begin : g_ecc
      localparam int FirstUse = IsVxm != 0 ? tsp_pkg::Q_VXM : tsp_pkg::Q_MXM + 3 * FirstPlane;
      localparam int Uses     = IsVxm != 0 ? tsp_pkg::ALUS : 3 * Planes;
      localparam int SxmUse   = tsp_pkg::Q_SXM + (c == 0 ? 0 : tsp_pkg::SXM_QUEUES);
      localparam int SxmUses  = Edge != 0 ? tsp_pkg::SXM_QUEUES : 0;
      for (genvar k = 0; k <= Uses + SxmUses; k++) begin : g_want
        localparam int User = k <= Uses ? FirstUse + k - 1 : SxmUse + k - Uses - 1;
        wire [63:0] upto;  // what the users so far take
        if (k == 0) begin : g_none
          assign upto = '0;
        end else begin : g_user
          assign upto = g_want[k-1].upto | g_use[User].uses;
        end
      end
      wire [63:0] want = g_want[Uses+SxmUses].upto;
      ecc_diagnose #(.Lanes(Lanes), .Count(Streams)) u_east (
        .en_i(want[0 +: Streams] & east_valid), .data_i(east_data), .check_i(east_check),
        .wrong_o(east_wrong), .bad_o(east_bad), .fixed_o(east_fixed)
      );
      ecc_diagnose #(.Lanes(Lanes), .Count(Streams)) u_west (
        .en_i(want[32 +: Streams] & west_valid), .data_i(west_data), .check_i(west_check),
        .wrong_o(west_wrong), .bad_o(west_bad), .fixed_o(west_fixed)
      );
    end else begin : g_no_ecc
      assign east_wrong = '0;
      assign west_wrong = '0;
      assign east_bad   = '0;
      assign west_bad   = '0;
      assign east_fixed = '0;
      assign west_fixed = '0;
    end
  end

  // The word that the host has read
  wire [Width-1:0] host_merged;
  wire [15:0]      host_wcheck;
  host_word #(.Lanes(Lanes)) u_host_word (
    .clk_i, .rst_ni, .read_i(host_read_i), .write_i(host_write_i), .part_i(host_part_i), .wdata_i(host_wdata_i),
    .data_i(g_column[Last].host_data), .check_i(g_column[Last].host_check),
    .rdata_o(host_rdata_o), .error_o(host_error_o), .merged_o(host_merged), .check_o(host_wcheck)
  );
endmodule

`default_nettype wire
