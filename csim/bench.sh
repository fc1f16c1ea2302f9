#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench.sh BUILD CONFIG TEST SECONDS JSON - one table of all engines in one run: golden, RTL, lockstep; with waves built in: lockstep
# without, with a rolling window, with an FST of everything; SystemC around either engine; the netlist if it was built.
set -euo pipefail
build=$1 config=$2 test=$3 seconds=$4 json=$5
b=$build/$config
quiet() { "$@" > "$b/bench.log" 2>&1 || { cat "$b/bench.log"; exit 1; }; }

# systemc ENGINE: cycles and seconds of many runs less those of one, which are loading and printing
systemc() {
  local image=$b/bench/program.tsp cycles runs start one many
  cycles=$("$b/platform" "$1" "$image" y 2> /dev/null | sed -n 's/.*: \([0-9]*\) cycles$/\1/p')
  runs=$((1 + ${2}/cycles))
  start=$(date +%s.%N); "$b/platform" "$1" "$image" y > /dev/null 2>&1
  one=$(date +%s.%N); "$b/platform" "$1" "$image" y $((runs + 1)) > /dev/null 2>&1
  many=$(date +%s.%N)
  echo "$((cycles * runs)):$(awk "BEGIN { printf \"%.6f\", ($many - $one) - ($one - $start) }")"
}

mkdir -p "$(dirname "$json")"
rm -f "$json"
common=(bench "$test" --config "$config" --seconds "$seconds" --json "$json")
quiet "$b/tsp" "${common[@]}"
quiet "$b/tsp-waves" "${common[@]}" --append --waves
quiet "$build/bin/tsp" sim "$test" --config "$config" --engine golden --run 0 --out "$b/bench"
quiet "$b/tsp" "${common[@]}" --append --row "systemc (golden):$(systemc golden 2000000)"
quiet "$b/tsp" "${common[@]}" --append --row "systemc (rtl):$(systemc rtl 200000)"
if [ -x "$b/tsp-netlist" ]; then quiet "$b/tsp-netlist" "${common[@]}" --append --as netlist; fi
cat "$b/bench.log"
[ -x "$b/tsp-netlist" ] || echo "netlist: not built (make $b/tsp-netlist)"
echo "table: $json"
