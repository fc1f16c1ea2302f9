#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# sim.sh BUILD CONFIG TEST DIVIDER - TEST's image on the board's RTL: tsp-board loads, runs and reads it over a pseudo terminal that
# ends in the serial pins, on a clean line and on one that turns bits. Its output must be that of the C engine.
set -euo pipefail
build=$1 config=$2 test=$3 divider=$4
folder=$build/$config/$test-board
"$build/bin/tsp" sim "$test" --config "$config" --engine golden --run 0 --out "$folder"
tensor=$("$build/bin/tsp" dis "$folder/program.tsp" | sed -n 's/^\.tensor  *\([^ ]*\) .*output.*/\1/p' | head -n 1)
[ -n "$tensor" ] || { echo "ERROR $test: the image has no output tensor" >&2; exit 2; }
"$build/$config/example" "$folder/program.tsp" "$tensor" > "$folder/expected"
sim=
trap '[ -z "$sim" ] || kill "$sim" 2> /dev/null || true' EXIT

run() { # NAME [noise]
  "$build/$config/board/board-sim" "$divider" ${2:+"$2"} > "$folder/tty" &
  sim=$!
  for _ in $(seq 50); do [ -s "$folder/tty" ] && break; sleep 0.1; done
  "$build/bin/tsp-board" "$(head -n 1 "$folder/tty")" 1000000 "$folder/program.tsp" "$tensor" > "$folder/got"
  kill "$sim" 2> /dev/null && wait "$sim" 2> /dev/null || true
  sim=
  cmp "$folder/got" "$folder/expected" || { echo "FAIL $test ($config, board, $1): differs from the C engine"; exit 1; }
  echo "PASS $test ($config, board, $1): $(tail -n 1 "$folder/got" | sed 's/.*: //'), outputs and cycles through the serial pins equal the C engine's"
}
run "clean line"
run "noisy line" noise
