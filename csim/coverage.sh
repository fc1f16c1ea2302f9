#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# coverage.sh FOLDER CONFIG SEED N - runs every case of at most CYCLES cycles (longer ones do the same for longer, and this
# build is slow), the suites of the csim and N random programs with the RTL that was built with coverage, merges, and prints
# a table per RTL module: points of lines and branches, bits toggled, in any of the module's instances.
# csim/coverage.reasons names what is no synthesizable logic and is left out, and says why a line may never run. FOLDER has
# tsp and the suites. Leaves in FOLDER/coverage: merged.dat, merged.info and html/ (lcov), modules.txt, and never.txt, the
# lines that never ran, with reasons. Needs build/bin/tsp, which tells the cycles of a case.
set -eu
CYCLES=10000
config=$2 seed=$3 n=$4 folder=$1/coverage tsp=$1/tsp
rm -rf "$folder"
mkdir -p "$folder/parts"
export TSP_COVERAGE=$folder/parts TSP_SEED=$seed TSP_FLOODS=200

# What runs, a line each; as many at once as there are processors. Each leaves a part of its own.
golden=${1%/*/*}/bin/tsp options="--config $config --seed $seed"
{
  echo "$tsp fuzz $options --count $n --out $folder/fuzz"
  for suite in "$1"/test_*; do
    echo "$suite > $folder/${suite##*/}.log 2>&1 && echo 'PASS ${suite##*/}' || { cat $folder/${suite##*/}.log; exit 1; }"
  done
  for test in $("$golden" list | awk '{print $1}'); do
    cycles=$("$golden" sim "$test" $options --engine golden --out "$folder/run/$test" | sed -nE '1s/.* ([0-9,]+) cycles.*/\1/p' | tr -d ,)
    if [ "${cycles:-0}" -gt $CYCLES ]; then echo "echo left out $test: $cycles cycles"
    else echo "$tsp sim $test $options --out $folder/run/$test"; fi
  done
} > "$folder/runs.txt"
tr '\n' '\0' < "$folder/runs.txt" | xargs -0 -P "$(nproc)" -I{} sh -c {} 2> "$folder/errors.log" || { cat "$folder/errors.log"; exit 1; }
verilator_coverage --write "$folder/merged.dat" "$folder"/parts/*.dat > /dev/null
verilator_coverage --write-info "$folder/merged.info" "$folder/merged.dat" > /dev/null
rm -rf "$folder/parts"

# Each line of the RTL: file:line, the function that it is in or -, its text with _ for spaces
awk '
  FNR == 1 { name = "-"; file = FILENAME; sub(/.*\//, "", file) }
  /^ *(function|task) / { name = $0; sub(/ *\(.*/, "", name); sub(/ *;.*/, "", name); sub(/.* /, "", name) }
  { text = $0; sub(/^ +/, "", text); gsub(/ /, "_", text); print file ":" FNR, name, text }
  /^ *end(function|task)/ { name = "-" }' rtl/*.sv > "$folder/lines.txt"

# A record is: C '<01>key<02>value<01>key<02>value..' count
awk -v lines="$folder/lines.txt" -v reasons=csim/coverage.reasons -v never="$folder/never.txt" '
  BEGIN {
    while ((getline line < lines) > 0) { split(line, w, " "); inside[w[1]] = w[2]; text[w[1]] = w[3] }
    while ((getline line < reasons) > 0)
      if (line !~ /^#/ && split(line, w, " ") > 3) {
        n++; rule[n] = w[1]; in_file[n] = "^(" w[2] ")$"; place[n] = "^(" w[3] ")$"
        why[n] = line
        for (i = 1; i <= 3; i++) sub(/^[^ ]+ +/, "", why[n])
      }
    FS = "\001"; printf "%-22s %16s %18s\n", "module", "lines, branches", "toggles"
  }
  # The first reason that fits a line, 0 if none
  function reason_for(file, line,    i, at) {
    at = file ":" line
    for (i = 1; i <= n; i++)
      if (file ~ in_file[i] && (inside[at] ~ place[i] || text[at] ~ place[i])) return i
    return 0
  }
  /^C / {
    split("", v)
    for (i = 2; i <= NF; i++) {
      split($i, kv, "\002")
      v[kv[1]] = kv[2]
    }
    last = $NF
    count = last
    sub(/.*\x27 /, "", count)
    sub(/\x27 [0-9]+$/, "", v["h"])
    module = v["page"]
    kind = module ~ /^v_toggle/ ? "t" : "l"
    sub(/^v_[a-z]*\//, "", module)
    sub(/__.*/, "", module) # instances with parameters of their own
    file = v["f"]
    sub(/.*\//, "", file)
    key = kind SUBSEP module SUBSEP file SUBSEP v["l"] SUBSEP v["n"] SUBSEP v["o"]
    if (!(key in best)) { best[key] = 0; order[++points] = key }
    if (count + 0 > best[key]) best[key] = count + 0
  }
  function percent(a, b) { return b ? sprintf("%6d/%-6d %5.1f", a, b, 100 * a / b) : "" }
  END {
    for (i = 1; i <= points; i++) {
      split(order[i], k, SUBSEP)
      hit = best[order[i]] > 0
      r = k[1] == "l" ? reason_for(k[3], k[4]) : 0
      if (r && rule[r] == "skip") { skipped[r]++; continue }
      all[k[1], k[2]]++; reached[k[1], k[2]] += hit
      sum[k[1]]++; sum_hit[k[1]] += hit
      modules[k[2]] = 1
      if (!hit && k[1] == "l") print k[3] ":" k[4] "  " k[6] "  " (r ? why[r] : "NO REASON GIVEN") > never
    }
    cmd = "sort"
    for (m in modules)
      printf "%-22s %s  %s\n", m, percent(reached["l", m], all["l", m]), percent(reached["t", m], all["t", m]) | cmd
    close(cmd)
    printf "%-22s %s  %s\n", "all", percent(sum_hit["l"], sum["l"]), percent(sum_hit["t"], sum["t"])
    for (r = 1; r <= n; r++)
      if (skipped[r]) printf "left out: %d lines, branches in %s, %s: %s\n", skipped[r], in_file[r], place[r], why[r]
  }' "$folder/merged.dat" | tee "$folder/modules.txt"
if [ -s "$folder/never.txt" ]; then
  sort -t: -k1,1 -k2,2n -u -o "$folder/never.txt" "$folder/never.txt"
  echo "lines that never ran:"
  sed 's/^/  /' "$folder/never.txt"
fi
if command -v genhtml > /dev/null; then
  genhtml --quiet --output-directory "$folder/html" "$folder/merged.info" && echo "html      $folder/html/index.html"
fi
echo "$(grep -c '^hole' "$folder/fuzz/coverage.txt") holes in the functional coverage: $folder/fuzz/coverage.txt"
