#!/usr/bin/env bash
# Runs the official conformance suites and real clients against /mcp/<slug> of a
# real Moorage, with servers in containers behind it. What it needs from npm, a
# Node.js of its own among it, comes by conformance/package-lock.json and stays
# in conformance/node_modules until that file changes. The rest is as in test.sh.
#
#   conformance.sh [pattern of the tests to run]
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "conformance: $*" >&2; }

scripts/need.sh go node
stamp=conformance/node_modules/.lock
wanted=$(cat conformance/package-lock.json conformance/.npmrc | cksum)
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$wanted" ]; then
	say "Fetching the suites and the clients by conformance/package-lock.json."
	# Their scripts are not run, and npm's own Node.js may be older than they ask for.
	(cd conformance && npm ci --loglevel=error)
	echo "$wanted" >"$stamp"
fi

go vet -tags conformance ./e2e
exec scripts/test.sh -v -count=1 -tags conformance -timeout 30m -run "${1:-^TestConformance}" ./e2e
