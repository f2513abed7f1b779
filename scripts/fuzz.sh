#!/usr/bin/env bash
# Runs every fuzz test for the given time. Go fuzzes one at a time.
#
#   fuzz.sh 1m
set -euo pipefail
cd "$(dirname "$0")/.."

time=${1:-1m}
mapfile -t found < <(git ls-files '*_test.go' | xargs -r grep -HoE '^func Fuzz[A-Za-z0-9_]*' | sort)
for row in "${found[@]}"; do
	folder=./$(dirname "${row%%:*}")
	name=${row##*func }
	echo "fuzz: $name in $folder, for $time." >&2
	go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" -fuzzminimizetime 20x "$folder"
done
echo "fuzz: ${#found[@]} tests." >&2
