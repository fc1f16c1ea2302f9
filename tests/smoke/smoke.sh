#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# smoke.sh BUILD CONFIG CYCLES TEST... - the first CYCLES cycles of each test on the chip under Icarus, with four states. Passes
# if no X reaches anything valid and the state of every part in every cycle hashes to what it hashes to under Verilator.
set -euo pipefail
build=$1 config=$2 cycles=$3
shift 3
failed=0
for test in "$@"; do
  folder=$build/$config/smoke/$test
  mkdir -p "$folder"
  "$build/bin/tsp" sim "$test" --config "$config" --engine golden --run 0 --out "$folder" > "$folder/sim.log" || { cat "$folder/sim.log"; exit 1; }
  "$build/$config/smoke/smoke" "$folder/program.tsp" "$cycles" "$folder"
  rm -f "$folder/states"
  if ! vvp -n "$build/$config/smoke/chip.vvp" +requests="$folder/requests" +states="$folder/states" +cycles="$cycles" > "$folder/icarus.log"; then
    head -n 5 "$folder/icarus.log"
    echo "FAIL $test ($config, icarus): see $folder/icarus.log"
    failed=1
    continue
  fi
  LC_ALL=C sort "$folder/verilator" > "$folder/verilator.sorted"
  LC_ALL=C sort "$folder/states" > "$folder/icarus.sorted"
  if [ -s "$folder/icarus.sorted" ] && cmp -s "$folder/verilator.sorted" "$folder/icarus.sorted"; then
    echo "PASS $test ($config, icarus): $(tail -n 1 "$folder/icarus.log"), $(wc -l < "$folder/icarus.sorted") state hashes equal Verilator's"
  else
    echo "FAIL $test ($config, icarus): state differs from Verilator's (<: Verilator, >: Icarus; cycle, part, numbers, hash), first:"
    diff "$folder/verilator.sorted" "$folder/icarus.sorted" | grep '^[<>]' | sort -k2,2n -s | head -n 4 || true
    failed=1
  fi
done
exit $failed
