#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# vendor.sh vivado|diamond FILES... - a project script on stdout for people who have the vendor's tools. Debian has neither: what this prints
# was never run here, and says so in its first line.
set -eu
tool=$1
shift
root=$(pwd)
echo "# NOT RUN HERE: written for $tool without having $tool. Set part, pins and clock for your board."
case $tool in
  vivado)
    echo 'create_project -force tsp_board ./tsp_board -part xc7a100tcsg324-1'
    for f in "$@"; do echo "read_verilog -sv $root/$f"; done
    cat <<'T'
set_property top board_top [current_fileset]
set_property generic {ClockHz=100000000 Baud=1000000} [current_fileset]
synth_design -top board_top
create_clock -period 10.000 -name clk [get_ports clk_i]
report_utilization -hierarchical -file utilization.rpt
opt_design
place_design
route_design
report_timing_summary -file timing.rpt
write_bitstream -force board.bit
T
    ;;
  diamond)
    echo 'prj_project new -name "tsp_board" -impl "impl1" -dev LFE5U-85F-6BG381C -synthesis "synplify"'
    for f in "$@"; do echo "prj_src add \"$root/$f\""; done
    cat <<'T'
prj_impl option top "board_top"
prj_impl option VERILOG_DIRECTIVES {}
prj_project save
prj_run Synthesis -impl impl1
prj_run Map -impl impl1
prj_run PAR -impl impl1
prj_run Export -impl impl1 -task Bitgen
T
    ;;
  *) echo "vendor.sh: vivado or diamond, not $tool" >&2; exit 2 ;;
esac
