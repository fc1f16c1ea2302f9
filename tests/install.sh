#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# install.sh CONFIG - `make install` into an empty folder; then a C program and a SystemC program that are copied out of the
# tree are built in C11 and C++17 with what pkg-config says of that folder alone, run an image, and must print the same
# as the tree's own program.
set -euo pipefail
cd "$(dirname "$0")/.."
config=$1
tree=$PWD
prefix=$(mktemp -d)
outside=$(mktemp -d)
trap 'rm -rf "$prefix" "$outside"' EXIT

fail() { echo "FAIL install: $*"; exit 1; }

make --no-print-directory install PREFIX="$prefix" CONFIG="$config" > "$outside/install.log" || { cat "$outside/install.log"; exit 1; }
if grep -rIl -e "$tree" "$prefix"; then fail "the files above name the tree they were made in"; fi
cp csim/example.c csim/systemc/platform.cpp "$outside"
"$prefix/bin/tsp" sim mxm_gemm --config "$config" --engine golden --out "$outside/run" > "$outside/sim.log"
"build/$config/example" "$outside/run/program.tsp" y > "$outside/expected" || fail "the tree's own program does not run"

cd "$outside"
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
[ "$(pkg-config --variable=config tsp-csim)" = "$config" ] || fail "tsp-csim.pc tells another configuration"
for h in "$prefix"/include/tsp/*.h; do # every header stands alone, in C and in C++
  case $h in *systemc.h) ;; *) gcc -std=c99 -Wall -Wextra -Werror -x c -fsyntax-only $(pkg-config --cflags tsp-csim) "$h" ;; esac
  g++ -std=c++17 -Wall -Werror -Wno-pragma-once-outside-header -x c++ -fsyntax-only $(pkg-config --cflags tsp-systemc) "$h"
done
gcc -std=c11 -Wall -Wextra -Werror example.c $(pkg-config --cflags --libs tsp-csim) -o example
g++ -std=c++17 -Wall -Wextra -Werror platform.cpp $(pkg-config --cflags --libs tsp-systemc tsp-csim) -o platform
./example run/program.tsp y > c.txt
./platform golden run/program.tsp y > golden.txt 2> log || { cat log; fail "the platform does not run"; }
./platform rtl run/program.tsp y > rtl.txt 2> log || { cat log; fail "the platform does not run"; }
for out in c.txt golden.txt rtl.txt; do cmp "$out" expected || fail "$out differs from what the tree's program prints"; done
echo "PASS install ($config): an outside C program and an outside SystemC program print what the tree's does: $(tail -n 1 c.txt)"
