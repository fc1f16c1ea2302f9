#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# sim.sh BUILD CONFIG TEST DIVIDER TOP - TEST's image on the board's RTL: tsp-board loads, runs and reads it over a pseudo terminal that
# ends in the serial pins, on a clean line and on one that turns bits. Its output must be that of the C engine. With TOP board_check
# there is no chip, and tsp-board checks the line.
set -euo pipefail
build=$1 config=$2 test=$3 divider=$4 top=$5
[ "$top" = board_top ] || test=$top
folder=$build/$config/$test-board
mkdir -p "$folder"
if [ "$top" = board_check ]; then
  ask=(--check)
  echo "serial line: 512 words written and read twice, as they should be" > "$folder/expected"
else
  "$build/bin/tsp" sim "$test" --config "$config" --engine golden --run 0 --out "$folder"
  tensor=$("$build/bin/tsp" dis "$folder/program.tsp" | sed -n 's/^\.tensor  *\([^ ]*\) .*output.*/\1/p' | head -n 1)
  [ -n "$tensor" ] || { echo "ERROR $test: the image has no output tensor" >&2; exit 2; }
  ask=("$folder/program.tsp" "$tensor")
  "$build/$config/example" "${ask[@]}" > "$folder/expected"
fi
sim=
trap '[ -z "$sim" ] || kill "$sim" 2> /dev/null || true' EXIT

run() { # NAME [noise]
  "$build/$config/$top/board-sim" "$divider" ${2:+"$2"} > "$folder/tty" &
  sim=$!
  for _ in $(seq 50); do [ -s "$folder/tty" ] && break; sleep 0.1; done
  "$build/bin/tsp-board" "$(head -n 1 "$folder/tty")" 1000000 "${ask[@]}" > "$folder/got"
  kill "$sim" 2> /dev/null && wait "$sim" 2> /dev/null || true
  sim=
  cmp "$folder/got" "$folder/expected" || { echo "FAIL $test ($config, board, $1): differs from $folder/expected"; exit 1; }
  echo "PASS $test ($config, board, $1): $(tail -n 1 "$folder/got" | sed 's/.*: //'), through the serial pins as expected"
}
run "clean line"
run "noisy line" noise
