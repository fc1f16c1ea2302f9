#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# netlist.sh OUT.v PACKAGES_AND_MODULES.sv... - the chip as Yosys maps it to iCE40 cells, module by module, written flat for
# simulation: LUTs, carries and flip-flops as expressions and registers (simulate.v), multipliers as SB_MAC16. RAMs stay arrays
# as inferred; that they map to block RAM is what `make fpga-report` checks. Registers keep the names that the views need.
set -eu
out=$1
shift
here=$(dirname "$0")
ice40=$(dirname "$(command -v yosys)")/../share/yosys/ice40
yosys -q -l "$out.log" -p "
  read_verilog -sv $*
  synth_ice40 -top tsp_chip -noflatten -dsp -run begin:coarse
  setattr -set fsm_encoding \"none\" */w:*state_q
  setattr -set keep 1 */w:mem_we */w:mem_waddr */w:iw_q */w:*.iw_q */w:wb_valid_q */w:wb_addr_q */w:*.wb_valid_q */w:*.wb_addr_q
  script $here/coarse.ys
  opt -fast -mux_undef -undriven -fine
  synth_ice40 -top tsp_chip -noflatten -dsp -run map_gates:check
  tee -o $out.stat stat
  techmap -map $here/simulate.v
  flatten
  setattr -set keep 1 w:*_q
  opt_clean -purge
  splitnets w:\$*
  write_verilog -noattr $out.chip"
# The model of the one cell that is left; its defaults of unconnected inputs are not Verilator's Verilog.
{ sed -n '1,/^`endif/p;/^module SB_MAC16/,/^endmodule/p' "$ice40/cells_sim.v" | sed '/^`ifdef TIMING/,$d'; } > "$out.cells"
cat "$out.cells" "$out.chip" > "$out"
rm "$out.cells" "$out.chip"
