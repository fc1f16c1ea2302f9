// SPDX-License-Identifier: Apache-2.0
// tsp_chip: the whole processor: instruction queues, superlanes, planes, shifters and permuters, host port, links.
// Sizes come from tsp_pkg. In cycle t of a program superlane 0 acts on what the queues dispatch, superlane n on what
// they dispatched at t - n.
// rst_ni resets everything but memory and text; a soft reset from the host spares the program lengths and the port too.
`default_nettype none

module tsp_chip (
  input  logic        clk_i,
  input  logic        rst_ni,
  // Host port (golden/README.md)
  input  logic        req_valid_i,
  output logic        req_ready_o,
  input  logic        req_write_i,
  input  logic [39:0] req_addr_i,
  input  logic [63:0] req_wdata_i,
  output logic        rsp_valid_o,
  output logic [63:0] rsp_rdata_o,
  output logic        rsp_error_o,
  // Links, west then east: of link k and superlane n bit k*superlanes + n, and lanes*8 bits of data from there on
  output logic [2*tsp_pkg::LINKS*tsp_pkg::SUPERLANES-1:0] c2c_tx_vector_o,  // a vector passes
  output logic [2*tsp_pkg::LINKS*tsp_pkg::SUPERLANES-1:0] c2c_tx_valid_o,   // this part of it is valid
  output logic [2*tsp_pkg::LINKS*tsp_pkg::VECTOR*8-1:0]   c2c_tx_data_o,
  output logic [2*tsp_pkg::LINKS*tsp_pkg::SUPERLANES*16-1:0] c2c_tx_check_o,   // check bits
  input  logic [2*tsp_pkg::LINKS*tsp_pkg::SUPERLANES-1:0] c2c_rx_vector_i,
  input  logic [2*tsp_pkg::LINKS*tsp_pkg::SUPERLANES-1:0] c2c_rx_valid_i,
  input  logic [2*tsp_pkg::LINKS*tsp_pkg::VECTOR*8-1:0]   c2c_rx_data_i,
  input  logic [2*tsp_pkg::LINKS*tsp_pkg::SUPERLANES*16-1:0] c2c_rx_check_i,
  // State, for a board
  output logic        running_o,
  output logic        done_o,
  output logic        fault_o,
  output logic        irq_o          // done or fault
);
  localparam int Queues     = tsp_pkg::QUEUES;
  localparam int Superlanes = tsp_pkg::SUPERLANES;
  localparam int Planes     = tsp_pkg::PLANES;
  localparam int ActBits    = tsp_pkg::LANES * 8;
  localparam int SumBits    = tsp_pkg::LANES * 32;
  localparam int LwBits     = tsp_pkg::LW_STREAMS * tsp_pkg::LANES * 8;
  localparam int WestPlanes = (Planes + 1) / 2;
  localparam int Width      = tsp_pkg::LANES * 8;
  localparam int Links      = 2 * tsp_pkg::LINKS;
  localparam int Columns    = tsp_pkg::COLUMNS;
  localparam int RowBits    = 64 * tsp_pkg::FETCH_ROW;

  table_check u_table_check ();

  // Host port, control and status
  wire        step, flow, running, settled, start, soft_reset;
  wire [7:0]  csr_index;
  wire [63:0] csr_rdata;
  wire        csr_exists;
  wire        host_write;
  wire [63:0] host_wdata;
  wire [15:0] host_queue;
  wire [19:0] host_index;
  wire [7:0]  host_slice, host_superlane;
  wire [15:0] host_addr;
  wire [3:0]  host_part;
  wire        host_text, host_length, host_mem_read, host_mem_write;
  logic [63:0] text_rdata, mem_rdata;
  logic        mem_error;
  logic [19:0] length_rdata;

  host_port u_host (
    .clk_i, .rst_ni,
    .req_valid_i, .req_ready_o, .req_write_i, .req_addr_i, .req_wdata_i, .rsp_valid_o, .rsp_rdata_o, .rsp_error_o,
    .running_i(running), .settled_i(settled), .start_o(start), .soft_reset_o(soft_reset),
    .csr_index_o(csr_index), .csr_rdata_i(csr_rdata), .csr_exists_i(csr_exists),
    .write_o(host_write), .wdata_o(host_wdata), .queue_o(host_queue), .index_o(host_index), .slice_o(host_slice),
    .addr_o(host_addr), .superlane_o(host_superlane), .part_o(host_part),
    .text_o(host_text), .length_o(host_length), .mem_read_o(host_mem_read), .mem_write_o(host_mem_write),
    .text_i(text_rdata), .length_i(length_rdata), .mem_i(mem_rdata), .mem_error_i(mem_error)
  );

  // Reset of everything but the port and the program lengths: with rst_ni, and for one cycle on a soft reset
  logic core_rst_n_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) core_rst_n_q <= 1'b0;
    else core_rst_n_q <= !soft_reset;
  end

  wire        fault_valid;
  wire [15:0] fault_queue;
  wire [3:0]  fault_code;
  wire [Queues-1:0] ended;
  wire        epoch;
  wire        config_go;
  wire [7:0]  config_count;
  wire [23:0] ecc_count;
  wire [15:0] ecc_queue, ecc_superlane;
  csr #(.Drain(tsp_pkg::DRAIN)) u_csr (
    .clk_i, .rst_ni(core_rst_n_q),
    .start_i(start), .all_ended_i(&ended),
    .fault_valid_i(fault_valid), .fault_queue_i(fault_queue), .fault_code_i(fault_code),
    .config_i(config_go), .config_count_i(config_count),
    .ecc_count_i(ecc_count), .ecc_queue_i(ecc_queue), .ecc_superlane_i(ecc_superlane),
    .step_o(step), .epoch_o(epoch), .flow_o(flow), .running_o(running), .settled_o(settled), .done_o, .fault_o,
    .index_i(csr_index), .rdata_o(csr_rdata), .exists_o(csr_exists)
  );
  assign running_o = running;
  assign irq_o     = done_o || fault_o;

  // Instruction queues
  wire                   due;
  wire [Queues-1:0]      notify;
  wire [Queues-1:0]      dispatch_valid;
  wire [64*Queues-1:0]   dispatch_word;
  wire [4*Queues-1:0]    dispatch_fault;
  wire [64*Queues-1:0]   text_words;
  wire [20*Queues-1:0]   lengths;
  barrier #(.Queues(Queues), .Delay(tsp_pkg::BARRIER)) u_barrier (
    .clk_i, .rst_ni(core_rst_n_q), .start_i(start), .notify_i(notify), .due_o(due)
  );
  wire [Queues-1:0]    ask_fetch, ask_config, grant, fetch_go;
  wire [8*Queues-1:0]  heads;
  wire [6*Columns-1:0] fetch_stream;
  icu_grant #(.Queues(Queues), .Columns(Columns)) u_grant (
    .clk_i, .rst_ni(core_rst_n_q), .ask_fetch_i(ask_fetch), .ask_config_i(ask_config), .head_i(heads), .grant_o(grant),
    .fetch_o(fetch_go), .fetch_stream_o(fetch_stream), .config_o(config_go), .config_count_o(config_count)
  );
  for (genvar q = 0; q < Queues; q++) begin : g_queue
    localparam int Column = icu_pkg::queue_column(q);
    localparam logic [3:0] Unit = icu_pkg::queue_unit(q);
    localparam logic [5:0] Alu  = Unit == tsp_pkg::UNIT_VXM ? 6'(q - tsp_pkg::Q_VXM) : 6'd0;
    localparam logic       West = Column < tsp_pkg::VXM_COLUMN;
    localparam logic       Pair = icu_pkg::queue_pairs(q);
    wire [Superlanes-1:0]  row_valid;
    wire                   issue;
    wire [3:0]             code;
    wire                   row_comes;
    wire [RowBits-1:0]     row;
    for (genvar n = 0; n < Superlanes; n++) begin : g_row
      assign row_valid[n] = g_superlane[n].row_valid[q];
    end
    fetch_row #(.Superlanes(Superlanes), .Bits(RowBits)) u_row (
      .valid_i(row_valid), .row_i(g_rows[Column].rows), .valid_o(row_comes), .row_o(row)
    );
    icu_check #(.Unit(Unit), .Alu(Alu), .West(West), .Pair(Pair)) u_check (
      .en_i(issue), .word_i(dispatch_word[64*q +: 64]), .code_o(code)
    );
    icu #(.Depth(tsp_pkg::IQ_DEPTH), .Row(tsp_pkg::FETCH_ROW), .Superlanes(Superlanes)) u_icu (
      .clk_i, .rst_ni(core_rst_n_q), .host_rst_ni(rst_ni), .link_i(Unit == tsp_pkg::UNIT_C2C),
      .start_i(start), .step_i(step), .due_i(due), .epoch_i(epoch),
      .issue_o(issue), .word_o(dispatch_word[64*q +: 64]), .code_i(code), .valid_o(dispatch_valid[q]),
      .fault_o(dispatch_fault[4*q +: 4]), .notify_o(notify[q]), .ended_o(ended[q]),
      .ask_fetch_o(ask_fetch[q]), .ask_config_o(ask_config[q]), .head_o(heads[8*q +: 8]), .grant_i(grant[q]),
      .row_valid_i(row_comes), .row_i(row),
      .host_text_i(host_text && 32'(host_queue) == q),
      .host_length_i(host_length && 32'(host_queue) == q),
      .host_write_i(host_write), .host_index_i(host_index), .host_wdata_i(host_wdata),
      .host_text_o(text_words[64*q +: 64]), .host_length_o(lengths[20*q +: 20])
    );
  end
  for (genvar c = 0; c < Columns; c++) begin : g_rows
    wire [Superlanes*RowBits-1:0] rows;  // of text, from each superlane
    for (genvar n = 0; n < Superlanes; n++) begin : g_row
      assign rows[RowBits*n +: RowBits] = g_superlane[n].rows[RowBits*c +: RowBits];
    end
  end
  always_comb begin
    text_rdata = '0;
    length_rdata = '0;
    if (32'(host_queue) < Queues) begin
      text_rdata = text_words[64*32'(host_queue) +: 64];
      length_rdata = lengths[20*32'(host_queue) +: 20];
    end
  end

  // Superlanes
  for (genvar n = 0; n < Superlanes; n++) begin : g_superlane
    wire [Queues-1:0]         valid, valid_out;
    wire [64*Queues-1:0]      word, word_out;
    wire                      config_in, config_out;
    wire [7:0]                config_count_in, config_count_out;
    wire [Queues-1:0]         fetch, fetch_out, row_valid;
    wire [6*Columns-1:0]      stream, stream_out;
    wire [RowBits*Columns-1:0] rows;
    wire [15:0]               part_ecc_count, part_ecc_queue;
    wire [Planes-1:0]         lw_en, iw_en, act_en, product_valid, product_f32;
    wire [2*Planes-1:0]       half;
    wire [16*Planes-1:0]      lw_slot;
    wire [LwBits*Planes-1:0]  lw_data;
    wire [ActBits*Planes-1:0] act;
    wire [SumBits*Planes-1:0] product;
    wire [5:0]                sxm_part_en, sxm_map_en, sxm_drive_en;
    wire [8*Width-1:0]        sxm_data;
    wire [6*6-1:0]            sxm_drive_stream;
    wire [6*Width-1:0]        sxm_drive_data;
    wire [Links-1:0]          tx_vector, tx_valid, rx_vector, rx_valid;
    wire [Links*Width-1:0]    tx_data, rx_data;
    wire [Links*16-1:0]       tx_check, rx_check;
    wire                      part_fault_valid;
    wire [15:0]               part_fault_queue;
    wire [3:0]                part_fault_code;
    wire [63:0]               host_rdata;
    wire                      host_selected = 32'(host_superlane) == n;
    wire [63:0]               mem_chain;  // read data of this superlane, or of one before it; and its error
    wire                      host_error, error_chain;
    if (n == 0) begin : g_first
      assign valid     = dispatch_valid;
      assign word      = dispatch_word;
      assign config_in       = config_go;
      assign config_count_in = config_count;
      assign fetch     = fetch_go;
      assign stream    = fetch_stream;
      assign mem_chain = host_rdata;
      assign error_chain = host_error;
    end else begin : g_next
      assign valid     = g_superlane[n-1].valid_out;
      assign word      = g_superlane[n-1].word_out;
      assign config_in       = g_superlane[n-1].config_out;
      assign config_count_in = g_superlane[n-1].config_count_out;
      assign fetch     = g_superlane[n-1].fetch_out;
      assign stream    = g_superlane[n-1].stream_out;
      assign mem_chain = host_selected ? host_rdata : g_superlane[n-1].mem_chain;
      assign error_chain = host_selected ? host_error : g_superlane[n-1].error_chain;
    end
    superlane u_superlane (
      .clk_i, .rst_ni(core_rst_n_q), .flow_i(flow), .clear_i(start),
      .valid_i(valid), .word_i(word), .valid_o(valid_out), .word_o(word_out),
      .config_i(config_in), .config_count_i(config_count_in),
      .config_o(config_out), .config_count_o(config_count_out),
      .fetch_i(fetch), .fetch_stream_i(stream), .fetch_o(fetch_out), .fetch_stream_o(stream_out),
      .row_valid_o(row_valid), .row_o(rows),
      .lw_en_o(lw_en), .lw_slot_o(lw_slot), .lw_data_o(lw_data), .iw_en_o(iw_en), .act_en_o(act_en), .half_o(half),
      .act_o(act),
      .product_valid_i(product_valid), .product_f32_i(product_f32), .product_i(product),
      .sxm_part_en_o(sxm_part_en), .sxm_map_en_o(sxm_map_en), .sxm_data_o(sxm_data),
      .sxm_drive_en_i(sxm_drive_en), .sxm_drive_stream_i(sxm_drive_stream), .sxm_drive_data_i(sxm_drive_data),
      .tx_vector_o(tx_vector), .tx_valid_o(tx_valid), .tx_data_o(tx_data), .tx_check_o(tx_check),
      .rx_vector_i(rx_vector), .rx_valid_i(rx_valid), .rx_data_i(rx_data), .rx_check_i(rx_check),
      .fault_valid_o(part_fault_valid), .fault_queue_o(part_fault_queue), .fault_code_o(part_fault_code),
      .ecc_count_o(part_ecc_count), .ecc_queue_o(part_ecc_queue),
      .host_read_i(host_mem_read && host_selected), .host_write_i(host_mem_write && host_selected),
      .host_slice_i(host_slice), .host_addr_i(host_addr), .host_part_i(host_part), .host_wdata_i(host_wdata),
      .host_rdata_o(host_rdata), .host_error_o(host_error)
    );
  end
  assign mem_rdata = g_superlane[Superlanes-1].mem_chain;
  assign mem_error = g_superlane[Superlanes-1].error_chain;

  // Shifters and permuter of the west, then of the east
  for (genvar h = 0; h < 2; h++) begin : g_sxm
    localparam int Queue = tsp_pkg::Q_SXM + tsp_pkg::SXM_QUEUES * h;
    for (genvar k = 0; k < 2; k++) begin : g_shifter
      wire [Superlanes-1:0]       part_en, map_en, drive_en;
      wire [8*Superlanes-1:0]     map_index;
      wire [Width*Superlanes-1:0] data, drive_data;
      wire [6*Superlanes-1:0]     drive_stream;
      for (genvar n = 0; n < Superlanes; n++) begin : g_lane
        assign part_en[n] = g_superlane[n].sxm_part_en[3*h+k];
        assign map_en[n] = g_superlane[n].sxm_map_en[3*h+k];
        assign map_index[8*n +: 8] = g_superlane[n].word_out[64*(Queue+k) + tsp_pkg::F_SMAP_MAP +: 8];
        assign data[Width*n +: Width] = g_superlane[n].sxm_data[Width*(4*h+k) +: Width];
        assign g_superlane[n].sxm_drive_en[3*h+k] = drive_en[n];
        assign g_superlane[n].sxm_drive_stream[6*(3*h+k) +: 6] = drive_stream[6*n +: 6];
        assign g_superlane[n].sxm_drive_data[Width*(3*h+k) +: Width] = drive_data[Width*n +: Width];
      end
      sxm_cross #(.Superlanes(Superlanes), .Lanes(tsp_pkg::LANES), .Maps(tsp_pkg::MAPS), .Permutes(0)) u_shifter (
        .clk_i, .rst_ni(core_rst_n_q),
        .valid_i(g_superlane[0].valid_out[Queue+k]), .word_i(g_superlane[0].word_out[64*(Queue+k) +: 64]),
        .en_i(part_en), .map_en_i(map_en), .map_index_i(map_index), .data_i(data),
        .drive_en_o(drive_en), .drive_stream_o(drive_stream), .drive_data_o(drive_data)
      );
    end

    wire [Superlanes-1:0]         part_en, map_en, drive_en;
    wire [8*Superlanes-1:0]       map_index;
    wire [2*Width*Superlanes-1:0] data;
    wire [6*Superlanes-1:0]       drive_stream;
    wire [Width*Superlanes-1:0]   drive_data;
    for (genvar n = 0; n < Superlanes; n++) begin : g_lane
      assign part_en[n] = g_superlane[n].sxm_part_en[3*h+2];
      assign map_en[n] = g_superlane[n].sxm_map_en[3*h+2];
      assign map_index[8*n +: 8] = g_superlane[n].word_out[64*(Queue+2) + tsp_pkg::F_PMAP_MAP +: 8];
      assign data[2*Width*n +: 2*Width] = g_superlane[n].sxm_data[Width*(4*h+2) +: 2*Width];
      assign g_superlane[n].sxm_drive_en[3*h+2] = drive_en[n];
      assign g_superlane[n].sxm_drive_stream[6*(3*h+2) +: 6] = drive_stream[6*n +: 6];
      assign g_superlane[n].sxm_drive_data[Width*(3*h+2) +: Width] = drive_data[Width*n +: Width];
    end
    sxm_cross #(.Superlanes(Superlanes), .Lanes(tsp_pkg::LANES), .Maps(tsp_pkg::MAPS), .Permutes(1)) u_permuter (
      .clk_i, .rst_ni(core_rst_n_q),
      .valid_i(g_superlane[0].valid_out[Queue+2]), .word_i(g_superlane[0].word_out[64*(Queue+2) +: 64]),
      .en_i(part_en), .map_en_i(map_en), .map_index_i(map_index), .data_i(data),
      .drive_en_o(drive_en), .drive_stream_o(drive_stream), .drive_data_o(drive_data)
    );
  end

  // Links
  for (genvar k = 0; k < Links; k++) begin : g_link
    for (genvar n = 0; n < Superlanes; n++) begin : g_lane
      localparam int Port = k * Superlanes + n;
      assign c2c_tx_vector_o[Port]              = g_superlane[n].tx_vector[k];
      assign c2c_tx_valid_o[Port]               = g_superlane[n].tx_valid[k];
      assign c2c_tx_data_o[Width*Port +: Width] = g_superlane[n].tx_data[Width*k +: Width];
      assign c2c_tx_check_o[16*Port +: 16]      = g_superlane[n].tx_check[16*k +: 16];
      assign g_superlane[n].rx_check[16*k +: 16] = c2c_rx_check_i[16*Port +: 16];
      assign g_superlane[n].rx_vector[k]        = c2c_rx_vector_i[Port];
      assign g_superlane[n].rx_valid[k]         = c2c_rx_valid_i[Port];
      assign g_superlane[n].rx_data[Width*k +: Width] = c2c_rx_data_i[Width*Port +: Width];
    end
  end

  // Planes of the west, planes of the east: row n is superlane n's feed, column n its accumulator
  for (genvar h = 0; h < (Planes > 1 ? 2 : 1); h++) begin : g_mxm
    localparam int First = h == 0 ? 0 : WestPlanes;
    localparam int Count = h == 0 ? WestPlanes : Planes - WestPlanes;
    localparam int Rows  = Count * Superlanes;
    wire [Rows-1:0]         lw_en, iw_en, act_en, product_valid;
    wire [16*Rows-1:0]      lw_slot;
    wire [LwBits*Rows-1:0]  lw_data;
    wire [2*Superlanes-1:0] half;
    wire [ActBits*Rows-1:0] act;
    wire [Superlanes-1:0]   f32;
    wire [SumBits*Rows-1:0] product;
    for (genvar n = 0; n < Superlanes; n++) begin : g_row
      for (genvar k = 0; k < Count; k++) begin : g_plane
        localparam int Row   = k * Superlanes + n;
        localparam int Plane = First + k;
        assign lw_en[Row]                          = g_superlane[n].lw_en[Plane];
        assign lw_slot[16*Row +: 16]               = g_superlane[n].lw_slot[16*Plane +: 16];
        assign lw_data[LwBits*Row +: LwBits]       = g_superlane[n].lw_data[LwBits*Plane +: LwBits];
        assign iw_en[Row]                          = g_superlane[n].iw_en[Plane];
        assign act_en[Row]                         = g_superlane[n].act_en[Plane];
        assign act[ActBits*Row +: ActBits]         = g_superlane[n].act[ActBits*Plane +: ActBits];
        assign g_superlane[n].product_valid[Plane] = product_valid[Row];
        assign g_superlane[n].product_f32[Plane]   = k == 0 && f32[n];
        assign g_superlane[n].product[SumBits*Plane +: SumBits] = product[SumBits*Row +: SumBits];
      end
      assign half[2*n +: 2] = g_superlane[n].half[2*First +: 2];
    end
    mxm #(
      .Superlanes(Superlanes), .Lanes(tsp_pkg::LANES), .LwStreams(tsp_pkg::LW_STREAMS), .Planes(Count)
    ) u_mxm (
      .clk_i, .rst_ni(core_rst_n_q),
      .lw_en_i(lw_en), .lw_slot_i(lw_slot), .lw_data_i(lw_data), .iw_en_i(iw_en),
      .act_en_i(act_en), .half_i(half), .act_i(act),
      .product_valid_o(product_valid), .f32_o(f32), .product_o(product)
    );
  end

  // First fault and first correction: the queues' candidate and each superlane's
  wire [Superlanes:0]      candidate_valid;
  wire [16*Superlanes+15:0] candidate_queue;
  wire [4*Superlanes+3:0]  candidate_code;
  wire [16*Superlanes-1:0] ecc_counts, ecc_queues;
  fault_first #(.Queues(Queues)) u_queue_fault (
    .clk_i, .rst_ni(core_rst_n_q), .code_i(dispatch_fault),
    .valid_o(candidate_valid[Superlanes]), .queue_o(candidate_queue[16*Superlanes +: 16]),
    .code_o(candidate_code[4*Superlanes +: 4])
  );
  for (genvar n = 0; n < Superlanes; n++) begin : g_candidate
    assign candidate_valid[n]          = g_superlane[n].part_fault_valid;
    assign candidate_queue[16*n +: 16] = g_superlane[n].part_fault_queue;
    assign candidate_code[4*n +: 4]    = g_superlane[n].part_fault_code;
    assign ecc_counts[16*n +: 16]      = g_superlane[n].part_ecc_count;
    assign ecc_queues[16*n +: 16]      = g_superlane[n].part_ecc_queue;
  end
  ecc_count #(.Superlanes(Superlanes)) u_ecc_count (
    .count_i(ecc_counts), .queue_i(ecc_queues),
    .count_o(ecc_count), .queue_o(ecc_queue), .superlane_o(ecc_superlane)
  );
  fault #(.Parts(Superlanes + 1)) u_fault (
    .valid_i(candidate_valid), .queue_i(candidate_queue), .code_i(candidate_code),
    .valid_o(fault_valid), .queue_o(fault_queue), .code_o(fault_code)
  );
endmodule

`default_nettype wire
