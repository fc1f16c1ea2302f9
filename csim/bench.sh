#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench.sh BUILD CONFIG TEST SECONDS JSON - one table of all engines in one run: golden, RTL, lockstep without and with a rolling
# window, in turns; lockstep with an FST of everything; SystemC around either engine; the netlist if it was built. BUILD_TIMES=1:
# also what the RTL of CONFIG takes to build from nothing, without ccache.
set -euo pipefail
build=$1 config=$2 test=$3 seconds=$4 json=$5
b=$build/$config
quiet() { "$@" > "$b/bench.log" 2>&1 || { cat "$b/bench.log"; exit 1; }; }

# cpu COMMAND...: its seconds of CPU, of which other work on this machine takes none
cpu() {
  local TIMEFORMAT='%U %S' t
  t=$({ time "$@" > "$b/bench.out" 2>&1; } 2>&1) || { cat "$b/bench.out" >&2; return 1; }
  awk '{ printf "%.3f", $1 + $2 }' <<< "$t"
}

# systemc ENGINE CYCLES: cycles and seconds of many runs less those of one, which are loading and printing
systemc() {
  local image=$b/bench/program.tsp cycles runs one many
  cycles=$("$b/platform" "$1" "$image" y 2> /dev/null | sed -n 's/.*: \([0-9]*\) cycles$/\1/p')
  runs=$((1 + ${2}/cycles))
  one=$(cpu "$b/platform" "$1" "$image" y)
  many=$(cpu "$b/platform" "$1" "$image" y $((runs + 1)))
  echo "$((cycles * runs)):$(awk "BEGIN { printf \"%.6f\", $many - $one }")"
}

# Seconds of CPU of the C code, of Verilator, of the compiler and of the linker, in a folder that is removed.
build_times() (
  local code verilate compile link
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  export CCACHE_DISABLE=1
  into() { cpu make --no-print-directory -j2 BUILD="$scratch" CONFIG="$config" "${@/#/$scratch/}"; }
  code=$(into bin/tsp) && verilate=$(into "$config/csim/obj/Vtsp_chip.mk") && compile=$(into "$config/libtsp_csim.a") &&
    link=$(into "$config/tsp") && echo "$config:$code:$verilate:$compile:$link"
)

mkdir -p "$(dirname "$json")"
rm -f "$json"
common=(bench "$test" --config "$config" --seconds "$seconds" --json "$json")
quiet "$b/tsp" "${common[@]}"
quiet "$b/tsp-waves" "${common[@]}" --append --waves
quiet "$build/bin/tsp" sim "$test" --config "$config" --engine golden --run 0 --out "$b/bench"
quiet "$b/tsp" "${common[@]}" --append --row "systemc (golden):$(systemc golden 2000000)"
quiet "$b/tsp" "${common[@]}" --append --row "systemc (rtl):$(systemc rtl 200000)"
if [ "${BUILD_TIMES:-}" = 1 ]; then
  times=$(build_times)
  quiet "$b/tsp" "${common[@]}" --append --build "$times"
fi
if [ -x "$b/tsp-netlist" ]; then quiet "$b/tsp-netlist" "${common[@]}" --append --as netlist; fi
cat "$b/bench.log"
[ -x "$b/tsp-netlist" ] || [ "$config" != nano ] || echo "netlist: not built (make CONFIG=nano $b/tsp-netlist)"
[ "$config" = nano ] || echo "netlist: only of nano"
echo "table: $json"
