#!/usr/bin/env bash
# Holds the format, go vet, and that generated code is what its sources say.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "lint: $*" >&2; }

unformatted=$(git ls-files -z '*.go' | xargs -0 gofmt -l)
if [ -n "$unformatted" ]; then
	say "Not formatted (gofmt -w them):"
	echo "$unformatted" >&2
	exit 1
fi

go vet ./...
go vet -tags conformance ./e2e

go tool templ generate -log-level error
if ! git diff --exit-code --stat -- '*_templ.go'; then
	say "Generated code is not what the pages say: commit what make generate wrote."
	exit 1
fi
say "Clean."
