#!/usr/bin/env bash
# Runs every fuzz test for the given time. Go fuzzes one at a time.
#
#   fuzz.sh 20s
set -euo pipefail
cd "$(dirname "$0")/.."

time=${1:-20s}
grep -rHoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sort | while IFS=: read -r file name; do
	name=${name#func }
	echo "fuzz: $name in $(dirname "$file"), for $time." >&2
	go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" "$(dirname "$file")" </dev/null
done
