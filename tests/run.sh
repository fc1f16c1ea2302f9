#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh TIER - builds and runs the tests of a tier (quick, full or long) and ends with "N passed, N failed".
# A suite's verdict is its exit status; the numbers are those that cmocka prints. Logs stay in build/test/. REPORT=junit also
# writes build/test/junit.xml: a testcase for each line below, with the log of what failed.
set -u
cd "$(dirname "$0")/.." || exit 1
tier=${1:-quick}
logs=build/test
passed=0 failed=0 failures=()
mkdir -p $logs
export TSP_SEED=${TSP_SEED:-1}

xml() { LC_ALL=C tr -cd '\11\12\40-\176' | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g; s/"/\&quot;/g'; }
junit_cases=$logs/junit.cases
: > $junit_cases
junit() { # NAME [LOG]: a testcase that passed, or with LOG failed
  local time=$((SECONDS - since))
  since=$SECONDS
  [ "${REPORT:-}" = junit ] || return 0
  printf '  <testcase classname="%s" name="%s" time="%d"' "$tier" "$(printf %s "$1" | xml)" $time >> $junit_cases
  if [ $# = 1 ]; then echo '/>'; else printf '>\n    <failure message="failed">%s</failure>\n  </testcase>\n' "$(tail -n 100 "$2" | xml)"; fi >> $junit_cases
}
write_junit() {
  { echo '<?xml version="1.0" encoding="UTF-8"?>'
    echo "<testsuite name=\"$tier\" tests=\"$(grep -c '<testcase' $junit_cases)\" failures=\"$(grep -c '<failure' $junit_cases)\" time=\"$SECONDS\">"
    cat $junit_cases
    echo '</testsuite>'; } > $logs/junit.xml
}

ok() { junit "$2"; passed=$((passed + $1)); printf '  ok    %-34s %4d   %s\n' "$2" "$1" "${3:-}"; }
bad() {
  junit "$2" "$3"
  failed=$((failed + $1)); failures+=("$2"); printf '  FAIL  %-34s %4d   see %s\n' "$2" "$1" "$3"
  tail -n 25 "$3" | sed 's/^/        | /'
}

# suite NAME COMMAND...: one cmocka program
suite() {
  local name=$1 log=$logs/$1.log; shift
  if "$@" > "$log" 2>&1; then
    ok "$(grep -oP '(?<=\[  PASSED  \] )\d+' "$log" | tail -n 1 | grep . || echo 1)" "$name"
  else
    bad "$(grep -oP '(?<=\[  FAILED  \] )\d+(?= test)' "$log" | tail -n 1 | grep . || echo 1)" "$name" "$log"
  fi
}

# step NAME COMMAND...: one command, one test
step() {
  local name=$1 log=$logs/${1// /-}.log; shift
  if "$@" > "$log" 2>&1; then ok 1 "$name" "$(grep -a '^PASS' "$log" | tail -n 1)"; else bad 1 "$name" "$log"; fi
}

build() {
  echo "build: $*"
  if ! make --no-print-directory -j2 "$@" > $logs/build.log 2>&1; then
    tail -n 40 $logs/build.log
    echo "the build failed; see $logs/build.log"
    junit "build $*" $logs/build.log
    echo "$passed passed, $((failed + 1)) failed"
    exit 1
  fi
}

fuzz() { step "fuzz $CONFIG${ENGINE:+ $ENGINE} $1${CONFIGS:+ (own)}" make --no-print-directory fuzz N="$1" SEED="$TSP_SEED"; }
sim() { step "$TEST $CONFIG${ENGINE:+ $ENGINE}${CONFIGS:+ (own)}" make --no-print-directory sim; }
cases() { sed -n 's/^\([a-z0-9_]*\) .*/\1/p' <(build/bin/tsp list); }

# The reference text of the trained model: all of it on the golden machine, its beginning in lockstep.
llama() {
  local d=${TSP_MODEL_DIR:-../shared/data} text
  [ -e "$d/stories260K.bin" ] || { echo "  no stories260K in $d: tsp llama is not run"; return; }
  build/bin/tsp llama "$d/stories260K.bin" -z "$d/tok512.bin" -t 0 -n 256 --engine golden > $logs/llama.txt 2> $logs/llama.log
  step "llama golden" cmp $logs/llama.txt "$d/stories260K.greedy.txt"
  text=$(build/mini/tsp llama "$d/stories260K.bin" -z "$d/tok512.bin" -t 0 -n 12 2> $logs/llama.log)
  step "llama lockstep" grep "^$text" "$d/stories260K.greedy.txt"
}

# A run that fails leaves the waves of its end, from a snapshot of the machine without waves.
waves_of_a_failure() {
  local out=build/mini/waves-of-a-failure
  rm -rf $out
  build/mini/tsp sim mxm_gemm --inject 'g_queue[0].u_icu.pc_q:3@60' --waves=fail --out $out
  [ $? = 1 ] && [ -s $out/waves.fst ] && [ ! -e $out/rtl.state ] && grep '^\[markername\] .*diverged' $out/waves.gtkw
}

finish_lint() { wait $lint; local s=$?; cat $logs/lint.log; return $s; }

quick() {
  build suites build/bin/tsp docs
  for s in tests/test_*.c; do
    s=$(basename "$s" .c)
    case $s in test_csim* | test_inject* | test_waves*) ;; *) suite "$s" "build/san/tests/$s" ;; esac
  done
  build CONFIG=mini all build/mini/tsp-waves build/mini/example build/mini/platform build/mini/tests/test_systemc $(for s in tests/test_csim*.c tests/test_inject*.c tests/test_waves*.c; do
    [ -e "$s" ] && echo "build/mini/tests/$(basename "$s" .c)"; done)
  for s in build/mini/tests/test_*; do [ -x "$s" ] && [ -f "$s" ] && suite "$(basename "$s")" "$s"; done
  export CONFIG TEST CONFIGS=
  CONFIG=mini
  for TEST in $(cases); do sim; done
  llama
  fuzz 100
  step "systemc mini" make --no-print-directory CONFIG=mini TEST=mxm_gemm sim-systemc
  step "install mini" make --no-print-directory CONFIG=mini test-install
  step "waves of a failure" waves_of_a_failure
  step "command line" tests/cli.sh build/bin/tsp
  step "inject mini" build/mini/tsp inject --test sxm_all --config mini --count 40 --seed "$TSP_SEED"
  CONFIG=nano; build CONFIG=nano all build/nano/smoke/chip.vvp build/nano/smoke/smoke build/nano/board_top/board-sim build/nano/example
  make --no-print-directory lint-rtl LINT_CONFIGS=nano > $logs/lint.log 2>&1 & # on the other core, beside the simulations
  lint=$!
  for TEST in $(cases); do sim; done
  fuzz 400
  step "icarus nano" make --no-print-directory smoke-icarus SMOKE_CYCLES=100 SMOKE_TESTS="mxm_gemm_k vxm_int sxm_all c2c_loopback icu_ifetch"
  step "board nano" make --no-print-directory TEST=vxm_int sim-board
  step "board_check nano" make --no-print-directory TOP=board_check sim-board
  step "bitstream board_check" make --no-print-directory TOP=board_check fpga
  CONFIG=odd CONFIGS=tests/odd.def; build CONFIG=odd CONFIGS=tests/odd.def all
  for TEST in $(cases | grep -v sweep); do sim; done
  fuzz 60
  unset CONFIG TEST CONFIGS
  step "lint-rtl nano" finish_lint
}

long='sweep|llama_decode|attention_mha|transformer_block' # tens of thousands of cycles

full() {
  build build/bin/tsp
  make --no-print-directory CONFIG=nano build/nano/netlist/tsp_netlist.v > $logs/yosys.log 2>&1 & # beside Verilator, of one thread as it
  build CONFIG=full all
  export CONFIG=full TEST CONFIGS= ENGINE
  for TEST in $(cases | grep -vE "$long"); do sim; done
  fuzz 20
  CONFIG=nano ENGINE=netlist
  wait # a failure shows when the build below makes it again
  build CONFIG=nano build/nano/tsp-netlist
  for TEST in mxm_gemm mxm_gemm_k vxm_int sxm_all mem_gather icu_ifetch c2c_loopback embedding; do sim; done
  fuzz 40
}

long() {
  build build/bin/tsp
  build CONFIG=full all
  export CONFIG=full TEST CONFIGS=
  for TEST in $(cases | grep -E "$long"); do sim; done
}

start=$SECONDS since=$SECONDS
if [ "${REPORT:-}" = junit ]; then trap write_junit EXIT; fi
"$tier"
echo "tier $tier: $((SECONDS - start)) s"
[ ${#failures[@]} -eq 0 ] || printf 'failed: %s\n' "${failures[@]}"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
