#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# report.sh FAMILY CONFIG OUT FILES... - synthesises the chip for a family (ecp5, xilinx) module by module, and prints LUTs,
# flip-flops, DSPs, block RAMs and LUTs that are RAM of each module (one instance of it, without what is in it) and of the chip.
# Nothing is placed: Debian has no place and route for these. Fails if a RAM or the multipliers of a supercell did not map: mem_tile
# and icu must hold block RAM, mxm_acc, which may be a few words deep, block RAM or LUT RAM, mxm DSPs.
set -euo pipefail
family=$1 config=$2 out=$3
shift 3
case $family in
  ecp5) command="synth_ecp5 -top tsp_chip -noflatten -nowidelut" lut='LUT4' ff='TRELLIS_FF' dsp='MULT18X18D' ram='DP16KD' lutram='TRELLIS_DPR16X4' ;;
  xilinx) command="synth_xilinx -family xc7 -top tsp_chip -noiopad" lut='LUT[1-6]' ff='FD[RSCP]E' dsp='DSP48E1' ram='RAMB(18|36)E1' lutram='RAM[0-9]+[MXSD0-9]*(_1)?' ;;
  *) echo "report.sh: no family $family" >&2; exit 2 ;;
esac
mkdir -p "$(dirname "$out")"
yosys -q -l "$out.log" -p "read_verilog -sv $*; $command; tee -o $out.stat stat"
awk -v lut="^$lut\$" -v ff="^$ff\$" -v dsp="^$dsp\$" -v ram="^$ram\$" -v lutram="^$lutram\$" -v title="$family, $config" '
  /^=== / {
    module = $2
    if (module ~ /^\$paramod/) { sub(/^\$paramod(\$[0-9a-f]*)?\\/, "", module); sub(/\\.*/, "", module) }
    all = module == "design"
    variants[module]++
  }
  $1 ~ lut { l[module] += $2 } $1 ~ ff { f[module] += $2 } $1 ~ dsp { d[module] += $2 } $1 ~ ram { r[module] += $2 }
  $1 ~ lutram { t[module] += $2 }
  END {
    printf "%-18s %9s %9s %9s %6s %6s %7s\n", title, "variants", "LUT", "FF", "DSP", "BRAM", "LUT RAM"
    cmd = "sort -k3,3nr"
    for (m in variants)
      if (m != "design" && l[m] + f[m] + d[m] + r[m] > 0)
        printf "%-18s %9d %9d %9d %6d %6d %7d\n", m, variants[m], l[m] / variants[m], f[m] / variants[m], d[m] / variants[m], r[m] / variants[m], t[m] / variants[m] | cmd
    close(cmd)
    printf "%-18s %9s %9d %9d %6d %6d %7d\n", "chip", "", l["design"], f["design"], d["design"], r["design"], t["design"]
    bad = 0
    split("mem_tile icu", memory, " ")
    for (i in memory)
      if (!r[memory[i]]) { print "FAIL: " memory[i] " maps to no block RAM"; bad = 1 }
    if (!r["mxm_acc"] && !t["mxm_acc"]) { print "FAIL: mxm_acc maps to no RAM"; bad = 1 }
    if (!d["mxm"]) { print "FAIL: mxm maps to no DSP"; bad = 1 }
    exit bad
  }' "$out.stat" | tee "$out"
