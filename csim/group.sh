#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# group.sh DIR - gathers the C++ files that Verilator left in DIR into a few compilation units of about 25,000 lines,
# group_fast_<n>.cpp and group_slow_<n>.cpp (what runs once), and puts these in place of the others in
# Vtsp_chip_classes.mk. Each file of its own would parse the chip's header again, which at 320 lanes takes longer than
# its code.
set -eu
cd "$1"
rm -f group_*.cpp

group() { # KIND, file names on stdin
  xargs -r wc -l | awk -v kind="$1" '
    $2 != "total" { if (!n || lines > 25000) { n++; lines = 0 }
                    lines += $1; print "#include \"" $2 "\"" > "group_" kind "_" n ".cpp" }
    END { for (i = 1; i <= n; i++) printf " group_%s_%d", kind, i }'
}
slow='__Slow\.cpp$|__Syms'
fast_names=$(ls Vtsp_chip*.cpp | grep -vE "$slow" | group fast)
slow_names=$(ls Vtsp_chip*.cpp | grep -E "$slow" | group slow)
printf 'VM_CLASSES_FAST :=%s\nVM_CLASSES_SLOW :=%s\nVM_SUPPORT_FAST :=\nVM_SUPPORT_SLOW :=\n' \
  "$fast_names" "$slow_names" >> Vtsp_chip_classes.mk
