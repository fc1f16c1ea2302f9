#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sim.sh CONFIG TEST SEED BUILD - makes TEST's image with the golden engine alone, runs it on the example platform around
# either engine, and compares what is printed (every output and CYCLES) with what the C program prints without SystemC.
set -eu
config=$1 test=$2 seed=$3 build=$4
folder=$build/$config/$test-systemc
"$build/bin/tsp" sim "$test" --config "$config" --engine golden --seed "$seed" --out "$folder"
outputs=$("$build/bin/tsp" dis "$folder/program.tsp" | sed -n 's/^\.tensor  *\([^ ]*\) .*output.*/\1/p')
[ -n "$outputs" ] || { echo "ERROR $test: the image has no output tensor" >&2; exit 2; }
for tensor in $outputs; do
  "$build/$config/example" "$folder/program.tsp" "$tensor" > "$folder/$tensor.c"
  for engine in golden rtl; do
    "$build/$config/platform" $engine "$folder/program.tsp" "$tensor" > "$folder/$tensor.$engine" 2> "$folder/platform.log" ||
      { cat "$folder/platform.log"; exit 1; }
    cmp "$folder/$tensor.c" "$folder/$tensor.$engine" ||
      { echo "FAIL $test ($config, systemc around $engine): $tensor or its cycles differ from the C engine's"; exit 1; }
  done
  echo "PASS $test ($config, systemc): $tensor: $(tail -n 1 "$folder/$tensor.rtl" | sed 's/.*: //'), outputs and cycles equal the C engine's, golden and rtl"
done
