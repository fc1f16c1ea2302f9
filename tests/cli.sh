#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# cli.sh TSP - every subcommand in the source has its help, its section in the manual page and its completion, with the
# same options in each; wrong arguments end with 2 and a line on stderr.
set -euo pipefail
cd "$(dirname "$0")/.."
tsp=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "FAIL command line: $*"; exit 1; }
long_options() { grep -o -- '--[a-z][a-z-]*' | sort -u; }
complete_words() { # WORD...: what completion offers for the last one
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _tsp
  printf '%s\n' "${COMPREPLY[@]}" | sort -u
}

complete() { :; } # a script has no completion; what the function offers is asked for directly
source harness/tsp.bash
harness/man.sh "$tsp" > "$work/tsp.1"
sed 's/\\-/-/g' "$work/tsp.1" > "$work/page"
{ sed -n 's/^int cmd_\([a-z_]*\)(.*/\1/p' harness/commands.h | tr _ -; echo list; } | sort > "$work/commands"
[ -s "$work/commands" ] || fail "no commands in harness/commands.h"

"$tsp" --help | sed -n 's/^  \([a-z-]*\) .*/\1/p' | sort > "$work/listed"
cmp -s "$work/commands" "$work/listed" || fail "tsp --help does not list the commands: $(diff "$work/commands" "$work/listed")"
complete_words "$tsp" "" | grep -v -- --help > "$work/completed"
cmp -s "$work/commands" "$work/completed" || fail "completion: $(diff "$work/commands" "$work/completed")"

while read -r command; do
  "$tsp" "$command" --help > "$work/help" 2> "$work/err" || fail "tsp $command --help ends with $?"
  [ ! -s "$work/err" ] || fail "tsp $command --help says on stderr: $(cat "$work/err")"
  grep -q "^Usage: tsp $command " "$work/help" || fail "tsp $command --help begins with: $(head -n 1 "$work/help")"
  tr -s "\n " " " < "$work/help" | grep -q "Exit status: " || fail "tsp $command --help says nothing of its exit status"
  long_options < "$work/help" > "$work/options"
  complete_words "$tsp" "$command" -- > "$work/completed"
  cmp -s "$work/options" "$work/completed" || fail "completion of $command: $(diff "$work/options" "$work/completed")"
  sed -n "/^\.SH \"TSP ${command^^}\"/,/^\.fi/p" "$work/page" | long_options > "$work/paged" || fail "no tsp $command in the manual page"
  cmp -s "$work/options" "$work/paged" || fail "manual page of $command: $(diff "$work/options" "$work/paged")"
  status=0; "$tsp" "$command" --no-such-option > /dev/null 2> "$work/err" < /dev/null || status=$?
  [ $status = 2 ] || fail "tsp $command --no-such-option ends with $status"
  [ -s "$work/err" ] || fail "tsp $command --no-such-option says nothing"
done < "$work/commands"
[ "$(complete_words "$tsp" waves --view st)" = stream ] || fail "completion of a view"
if "$tsp" sim mxm_gemm --config nano --engine golden --out "$work" | grep -q $'\e'; then fail "colours where no terminal is"; fi
echo "PASS command line: $(wc -l < "$work/commands") subcommands, the same in help, manual page and completion"
