#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# man.sh TSP - the manual page tsp.1 on stdout, from what the command says of itself.
set -eu
tsp=$1
roff() { sed 's/\\/\\e/g; s/-/\\-/g; s/^\./\\\&./'; }

cat <<'T'
.TH TSP 1 "" "" "Tensor streaming processor"
.SH NAME
tsp \- run, compile and examine programs of the tensor streaming processor
.SH SYNOPSIS
.B tsp
.I COMMAND
[\fIARGUMENTS\fR]
.SH COMMANDS
.nf
T
"$tsp" --help | sed -n 's/^  //p' | roff
echo .fi
for command in $("$tsp" --help | sed -n 's/^  \([a-z-]*\) .*/\1/p'); do
  echo ".SH \"TSP $(echo "$command" | tr a-z A-Z)\""
  echo .nf
  ARGP_HELP_FMT=rmargin=100 "$tsp" "$command" --help | roff
  echo .fi
done
cat <<'T'
.SH EXIT STATUS
0: done, or the test passed; 1: the test or what was asked for failed; 2: wrong arguments, or an error that is none of the machine's.
.SH FILES
A run leaves its report.json, program and waves in build/CONFIG/NAME, or where \-\-out says.
T
