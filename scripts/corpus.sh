#!/usr/bin/env bash
# Runs the tests with the build tag "corpus": they read real repositories and
# catalogs that are too large for this one, below MOORAGE_CORPUS.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "corpus: $*" >&2; }

MOORAGE_CORPUS=$(realpath -m "${MOORAGE_CORPUS:-../shared}")
export MOORAGE_CORPUS

mapfile -t packages < <(git ls-files '*_test.go' | xargs -r grep -lE '^//go:build .*\bcorpus\b' | xargs -r dirname | sort -u)
if [ ${#packages[@]} = 0 ]; then
	say "No test asks for a corpus yet; nothing to do."
	exit 0
fi
if [ ! -d "$MOORAGE_CORPUS" ]; then
	say "There is no folder $MOORAGE_CORPUS. Set MOORAGE_CORPUS to one that holds a corpus; nothing was tested."
	exit 0
fi
say "Testing ${packages[*]} against $MOORAGE_CORPUS."
go test -tags corpus -count 1 -run Corpus "${packages[@]/#/./}"
