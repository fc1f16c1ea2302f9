#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# board.sh TOP OUT DEVICE PACKAGE CLOCK BAUD "port=pin .." FILES... - board_top or board_check through Yosys, nextpnr-ice40 and icepack: OUT/board.bin,
# OUT/utilisation, OUT/timing.rpt. Fails, saying what is too much, if it does not fit, and if the clock is not met.
set -euo pipefail
top=$1 out=$2 device=$3 package=$4 clock=$5 baud=$6 pins=$7
shift 7
mkdir -p "$out"
for p in $pins; do echo "set_io ${p%=*} ${p#*=}"; done > "$out/board.pcf"
mhz=$(awk "BEGIN { print $clock / 1e6 }")
yosys -q -l "$out/yosys.log" -p "read_verilog -sv -defer $*; chparam -set ClockHz $clock -set Baud $baud $top
  synth_ice40 -device u -top $top -run begin:coarse
  script $(dirname "$0")/coarse.ys
  synth_ice40 -device u -top $top -dsp -spram -run map_ram:check
  write_json $out/board.json; tee -o $out/yosys.stat stat"
awk -v device="$device" '
  BEGIN { have["LUT"] = 5280; have["FF"] = 5280; have["EBR"] = 30; have["SPRAM"] = 4; have["DSP"] = 8 }
  /SB_LUT4/ { used["LUT"] = $2 } /SB_DFF/ { used["FF"] += $2 } /SB_RAM40/ { used["EBR"] += $2 }
  /SB_SPRAM/ { used["SPRAM"] += $2 } /SB_MAC16/ { used["DSP"] += $2 }
  END {
    printf "%-8s %10s %10s\n", "", "needed", device
    n = split("LUT FF EBR SPRAM DSP", kind, " ")
    for (i = 1; i <= n; i++) {
      over = used[kind[i]] > have[kind[i]]
      bad = bad || over
      printf "%-8s %10d %10d%s\n", kind[i], used[kind[i]], have[kind[i]], over ? "  too much" : ""
    }
    exit bad
  }' "$out/yosys.stat" | tee "$out/utilisation" || { echo "FAIL: this configuration does not fit $device; no bitstream was made"; exit 1; }
nextpnr-ice40 --$device --package "$package" --freq "$mhz" --json "$out/board.json" --pcf "$out/board.pcf" \
  --asc "$out/board.asc" --report "$out/timing.json" > "$out/timing.rpt" 2>&1 || { tail -n 5 "$out/timing.rpt"; echo "FAIL: place and route, see $out/timing.rpt"; exit 1; }
grep 'Max frequency' "$out/timing.rpt" | tail -n 1
if grep -q 'Max frequency.*FAIL' "$out/timing.rpt"; then echo "FAIL: the clock of $mhz MHz is not met"; exit 1; fi
icepack "$out/board.asc" "$out/board.bin"
echo "bitstream $out/board.bin"
