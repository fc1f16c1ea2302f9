#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lint.sh TSP_PKG_SV - reads every RTL module alone as a top with Verilator, Yosys and Icarus, for the configuration
# whose generated package is given. One line per module; stops with status 1 at the first complaint.
set -u -o pipefail

[ $# -eq 1 ] || { echo "usage: $0 build/<config>/rtl/tsp_pkg.sv" >&2; exit 2; }
package=$1
rtl=$(cd "$(dirname "$0")/.." && pwd)
packages="$package $rtl/ecc_pkg.sv $rtl/fp_pkg.sv $rtl/special_pkg.sv $rtl/mxm_pkg.sv $rtl/vxm_pkg.sv $rtl/icu_pkg.sv" # in the order in which they use each other
modules=
for file in "$rtl"/*.sv; do
  case $file in *_pkg.sv) ;; *) modules="$modules $(basename "$file" .sv)" ;; esac
done
files=$(for m in $modules; do echo "$rtl/$m.sv"; done)
log=$(mktemp)
stub=$(mktemp --suffix=.sv)
trap 'rm -f "$log" "$stub"' EXIT
for m in mxm vxm_alu; do echo '(* blackbox *)' && sed '/^);$/q' "$rtl/$m.sv" && echo endmodule; done > "$stub"

# What Yosys reads for a module. It elaborates all that is below the module, and checks the logic of that too, but of the
# wrappers their own logic only: what is below them is checked alone, and whether a process infers a latch does not
# depend on a width.
# It builds every supercell and every lane of an ALU anew, so with long vectors planes and ALUs stand as black boxes in
# the modules above them; alone, planes are read with two rows and columns of four lanes, ALUs with two lanes.
size() { sed -nE "s/.*localparam int $1 *= *([0-9]+);.*/\1/p" "$package"; }
vector=$(size VECTOR)
yosys_script() {
  local top=$1 only='' others
  case $top in vxm | superlane | tsp_chip) only=$top ;; esac
  if [ "$top" = vxm_alu ]; then
    echo "read_verilog -sv -defer $packages $rtl/vxm_alu.sv; hierarchy -check -top vxm_alu" \
      "-chparam Lanes 2 -chparam Special 1"
  elif [ "$vector" -le 16 ]; then
    echo "read_verilog -sv -defer $packages" $files "; hierarchy -check -top $top"
  elif [ "$top" = mxm ]; then
    echo "read_verilog -sv -defer $packages $rtl/mxm.sv; hierarchy -check -top mxm" \
      "-chparam Superlanes 2 -chparam Lanes 4 -chparam LwStreams 2"
  else
    others=$(for m in $modules; do [ $m = mxm ] || [ $m = vxm_alu ] || echo "$rtl/$m.sv"; done)
    echo "read_verilog -sv -defer $packages" $others "$stub; hierarchy -check -top $top"
  fi
  echo "; proc $only; check -assert $only"
}

# Icarus 11 says "sorry" where it makes a process sensitive to a whole vector instead of the selected bits. That
# is the behaviour wanted; nothing else is let through.
icarus_sorry='sorry: constant selects in always_\* processes are not currently supported \(all bits will be included\)'

fail() {
  printf '%s\n' "$1"
  head -40 "$log"
  exit 1
}

for module in $modules; do
  printf '%-14s' "$module"
  verilator --lint-only -Wall --top-module "$module" "$rtl/lint/waivers.vlt" $packages $files > "$log" 2>&1 ||
    fail "verilator complains"
  printf ' verilator'
  yosys -q -p "$(yosys_script "$module")" > "$log" 2>&1 || fail " yosys complains"
  grep -E 'Warning|Latch' "$log" > /dev/null && fail " yosys complains"
  printf ' yosys'
  iverilog -g2012 -Wall -s "$module" -o /dev/null $packages $files > "$log" 2>&1 || fail " iverilog complains"
  grep -vE "$icarus_sorry" "$log" > "$log.rest"
  mv "$log.rest" "$log"
  [ -s "$log" ] && fail " iverilog complains"
  printf ' iverilog\n'
done
