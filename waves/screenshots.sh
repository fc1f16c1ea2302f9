#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# screenshots.sh TSP CONFIG FOLDER - pictures of GTKWave: for each line below, a test is run with waves, a view of them opened under
# Xvfb, and its window grabbed as FOLDER/NAME.png.
set -euo pipefail
tsp=$1 config=$2 folder=$3
mkdir -p "$folder"
script=$(mktemp --suffix=.tcl)
trap 'rm -f "$script"' EXIT

# shot NAME VIEW-FLAGS... -- TEST SIM-FLAGS...
shot() {
  local name=$1 view=() save status=0
  shift
  while [ "$1" != -- ]; do view+=("$1"); shift; done
  shift
  "$tsp" sim "$@" --config "$config" --out "$folder/$name" > "$folder/$name.log" 2>&1 || status=$?
  [ $status -le 1 ] || { cat "$folder/$name.log"; exit 1; }
  save=$folder/$name/waves.gtkw # what the run itself left
  [ ${#view[@]} = 0 ] || save=$("$tsp" waves "$folder/$name" "${view[@]}")
  grab "$name" "$save"
}

# The filters answer one by one after the file has been read: wait for them, with GTKWave's events served.
grab() {
  rm -f "$folder/$1.png"
  cat > "$script" <<T
after ${SHOT_MS:-6000} {set ready 1}
vwait ready
gtkwave::/File/Grab_To_File "$folder/$1.png"
gtkwave::/File/Quit
T
  timeout 120 xvfb-run -a -s '-screen 0 1920x1200x24' env GTK_CSD=0 gtkwave --rcvar 'initial_window_x 1500' --rcvar 'initial_window_y 900' \
    --script="$script" "$2" > "$folder/$1.log" 2>&1 || true
  [ -s "$folder/$1.png" ] || { tail -n 5 "$folder/$1.log"; echo "no screenshot of $2" >&2; exit 1; }
  echo "$folder/$1.png"
}

shot program -- mxm_gemm --waves
shot stream --view stream --stream s0.e -- mxm_gemm --waves
shot slice --view slice --slice vxm -- mxm_gemm --waves
shot queues --view queues --at 10 -- mxm_gemm --waves
shot superlane --view superlane --superlane 2 --at 39 -- mxm_gemm --waves
shot fail -- mxm_gemm --inject 'g_queue[0].u_icu.pc_q:3@60' --waves=fail
