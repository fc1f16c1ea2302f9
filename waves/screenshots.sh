#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# screenshots.sh FOLDER NAME=SAVEFILE... - each save file opened in GTKWave under Xvfb, its window grabbed as FOLDER/NAME.png.
set -euo pipefail
folder=$1
shift
mkdir -p "$folder"
script=$(mktemp --suffix=.tcl)
trap 'rm -f "$script"' EXIT
for one in "$@"; do
  name=${one%%=*} save=${one#*=}
  rm -f "$folder/$name.png"
  # The filters answer one by one after the file has been read: wait for them, with GTKWave's events served.
  cat > "$script" <<T
after ${SHOT_MS:-6000} {set ready 1}
vwait ready
gtkwave::/File/Grab_To_File "$folder/$name.png"
gtkwave::/File/Quit
T
  timeout 60 xvfb-run -a -s '-screen 0 1920x1200x24' env GTK_CSD=0 gtkwave --rcvar 'initial_window_x 1500' --rcvar 'initial_window_y 900' \
    --script="$script" "$save" > "$folder/$name.log" 2>&1 || true
  [ -s "$folder/$name.png" ] || { tail -n 5 "$folder/$name.log"; echo "no screenshot of $save" >&2; exit 1; }
  echo "$folder/$name.png"
done
