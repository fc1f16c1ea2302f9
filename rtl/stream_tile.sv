// SPDX-License-Identifier: Apache-2.0
// stream_tile: the stream registers of one direction in one column of one superlane. Each cycle with flow_i they take
// the neighbour column's registers; a unit of this column that drives a stream overwrites it. Latency is one cycle.
// Drivers stand in the order of their queues: singles before the groups, groups, switches, blocks, links. The lowest
// wins, and learns of the conflict. A superlane that is off holds nothing valid; what would land there is lost.
// With ECC every driver brings the check bits of its words.
// Degenerate: without drivers (Singles = 0, Groups = 0) it is a plain delay; driver ports are then one wide, unused.
`default_nettype none

module stream_tile #(
  parameter int Streams = tsp_pkg::STREAMS,
  parameter int Lanes   = tsp_pkg::LANES,
  parameter int Singles = 1,                            // drivers of one stream: MEM, then Switches, then Links
  parameter int Groups  = 0,                            // drivers of four streams
  parameter int Switches = 0,                           // drivers of one stream that come after the groups
  parameter int Blocks   = 0,                           // drivers of Lanes streams or some of them
  parameter int Links    = 0,                           // drivers of one stream that come last
  parameter int Wide    = 0,                            // 1: a driver of any streams, the only one then
  parameter int SinglePorts = Singles > 0 ? Singles : 1,
  parameter int GroupPorts  = Groups > 0 ? Groups : 1,
  parameter int BlockPorts  = Blocks > 0 ? Blocks : 1,
  parameter int WidePorts   = Wide != 0 ? Streams : 1
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,            // valid bits only
  input  logic                          flow_i,
  input  logic                          on_i,              // the superlane is on in the next cycle
  input  logic [Streams-1:0]            valid_i,
  input  logic [Streams*Lanes*8-1:0]    data_i,            // uint8 [Streams][Lanes]
  input  logic [Streams*16-1:0]         check_i,           // check bits [Streams]
  input  logic [SinglePorts-1:0]        single_en_i,
  input  logic [SinglePorts*5-1:0]      single_stream_i,
  input  logic [SinglePorts*Lanes*8-1:0] single_data_i,    // uint8 [Singles][Lanes]
  input  logic [SinglePorts*16-1:0]     single_check_i,
  output logic [SinglePorts-1:0]        single_conflict_o,
  input  logic [GroupPorts-1:0]         group_en_i,
  input  logic [GroupPorts*5-1:0]       group_stream_i,    // the first stream
  input  logic [GroupPorts*Lanes*32-1:0] group_data_i,     // uint8 [Groups][4][Lanes]
  input  logic [GroupPorts*64-1:0]           group_check_i,
  output logic [GroupPorts-1:0]         group_conflict_o,
  input  logic [BlockPorts-1:0]         block_en_i,
  input  logic [BlockPorts*5-1:0]       block_stream_i,    // the first stream
  input  logic [BlockPorts*Lanes-1:0]   block_mask_i,      // which of them
  input  logic [BlockPorts*Lanes*Lanes*8-1:0] block_data_i, // uint8 [Blocks][Lanes streams][Lanes]
  input  logic [BlockPorts*Lanes*16-1:0]     block_check_i,
  output logic [BlockPorts-1:0]         block_conflict_o,
  input  logic [WidePorts-1:0]          wide_en_i,
  input  logic [WidePorts*Lanes*8-1:0]  wide_data_i,       // uint8 [Streams][Lanes]
  input  logic [WidePorts*16-1:0]            wide_check_i,
  output logic [Streams-1:0]            valid_o,
  output logic [Streams*Lanes*8-1:0]    data_o,
  output logic [Streams*16-1:0]         check_o
);
  localparam int Width = Lanes * 8;                        // bits of one stream
  localparam int Late  = Singles - Links;                  // first single of the links
  localparam int Early = Singles - Links - Switches;       // singles before the groups

  logic [Streams-1:0]       valid_q;
  logic [Streams*Width-1:0] data_q;
  logic [Streams*16-1:0]    check_q;

  // Streams driven; conflicts of a driver with a higher numbered one.
  logic [Streams-1:0] driven;
  logic [Streams-1:0] own;
  always_comb begin
    driven = Wide != 0 ? Streams'(wide_en_i) : '0;
    own = '0;
    single_conflict_o = '0;
    group_conflict_o = '0;
    block_conflict_o = '0;
    if (|single_en_i) begin
      for (int s = Singles - 1; s >= Late; s--) begin
        own = Streams'(1'b1) << single_stream_i[5*s +: 5];
        if (!single_en_i[s]) own = '0;
        single_conflict_o[s] = |(driven & own);
        driven = driven | own;
      end
    end
    if (|block_en_i) begin
      for (int b = Blocks - 1; b >= 0; b--) begin
        own = Streams'(block_mask_i[Lanes*b +: Lanes]) << block_stream_i[5*b +: 5];
        if (!block_en_i[b]) own = '0;
        block_conflict_o[b] = |(driven & own);
        driven = driven | own;
      end
    end
    if (|single_en_i) begin
      for (int s = Late - 1; s >= Early; s--) begin
        own = Streams'(1'b1) << single_stream_i[5*s +: 5];
        if (!single_en_i[s]) own = '0;
        single_conflict_o[s] = |(driven & own);
        driven = driven | own;
      end
    end
    if (|group_en_i) begin
      for (int g = Groups - 1; g >= 0; g--) begin
        own = Streams'(4'hf) << group_stream_i[5*g +: 5];
        if (!group_en_i[g]) own = '0;
        group_conflict_o[g] = |(driven & own);
        driven = driven | own;
      end
    end
    if (|single_en_i) begin
      for (int s = Early - 1; s >= 0; s--) begin
        own = Streams'(1'b1) << single_stream_i[5*s +: 5];
        if (!single_en_i[s]) own = '0;
        single_conflict_o[s] = |(driven & own);
        driven = driven | own;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else if (flow_i) valid_q <= on_i ? valid_i | driven : '0;
  end

  // A whole-vector assignment each: partial ones would make the simulator keep a second copy. Every slice is constant
  // once the loops are unrolled: an index into the whole vector would cost synthesis dearly. Of two drivers of one stream
  // the later one here wins.
  always_ff @(posedge clk_i) begin : p_data
    logic [Streams*Width-1:0] merged;
    logic [Streams*16-1:0]    check;
    if (flow_i && on_i) begin
      if (|driven) begin
        merged = data_i;
        check = check_i;
        if (Wide != 0 && |wide_en_i)
          for (int s = 0; s < Streams; s++)
            if (wide_en_i[s%WidePorts]) begin
              merged[s*Width +: Width] = wide_data_i[(s%WidePorts)*Width +: Width];
              check[16*s +: 16] = wide_check_i[16*(s%WidePorts) +: 16];
            end
        for (int k = Singles - 1; k >= Late; k--)
          if (single_en_i[k])
            for (int s = 0; s < Streams; s++)
              if (32'(single_stream_i[5*k +: 5]) == s) begin
                merged[s*Width +: Width] = single_data_i[k*Width +: Width];
                check[16*s +: 16] = single_check_i[16*k +: 16];
              end
        for (int b = Blocks - 1; b >= 0; b--)
          if (block_en_i[b])
            for (int s = 0; s < Streams; s++)
              if (block_mask_i[b*Lanes + s%Lanes] && 32'(block_stream_i[5*b +: 5])/Lanes == s/Lanes) begin
                merged[s*Width +: Width] = block_data_i[(b*Lanes + s%Lanes)*Width +: Width];
                check[16*s +: 16] = block_check_i[16*(b*Lanes + s%Lanes) +: 16];
              end
        for (int k = Late - 1; k >= Early; k--)
          if (single_en_i[k])
            for (int s = 0; s < Streams; s++)
              if (32'(single_stream_i[5*k +: 5]) == s) begin
                merged[s*Width +: Width] = single_data_i[k*Width +: Width];
                check[16*s +: 16] = single_check_i[16*k +: 16];
              end
        for (int g = Groups - 1; g >= 0; g--)
          if (group_en_i[g])
            for (int s = 0; s < Streams; s++)
              if (32'(group_stream_i[5*g + 2 +: 3]) == s / 4) begin
                merged[s*Width +: Width] = group_data_i[(4*g + s%4)*Width +: Width];
                check[16*s +: 16] = group_check_i[16*(4*g + s%4) +: 16];
              end
        for (int k = Early - 1; k >= 0; k--)
          if (single_en_i[k])
            for (int s = 0; s < Streams; s++)
              if (32'(single_stream_i[5*k +: 5]) == s) begin
                merged[s*Width +: Width] = single_data_i[k*Width +: Width];
                check[16*s +: 16] = single_check_i[16*k +: 16];
              end
        data_q  <= merged;
        check_q <= check;
      end else if (|valid_i) begin
        data_q  <= data_i;
        check_q <= check_i;
      end
    end
  end

  assign check_o = tsp_pkg::ECC != 0 ? check_q : '0;
  assign valid_o = valid_q;
  assign data_o  = data_q;
endmodule

`default_nettype wire
