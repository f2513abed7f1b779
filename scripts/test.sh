#!/usr/bin/env bash
# Tests everything against real components: a private Docker engine, a base
# image made of the machine's own Node, a registry, Git and a browser. What is
# started here is ended here, however the tests end. An engine that DOCKER_HOST
# names is used instead of a private one.
#
#   test.sh [arguments for go test instead of ./...]
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "test: $*" >&2; }
export CGO_ENABLED=0
targets=("$@")
[ $# -gt 0 ] || targets=(./...)

scripts/need.sh go node git docker registry chromium certificates

if [ -z "${DOCKER_HOST:-}" ]; then
	if [ "$(id -u)" != 0 ]; then
		say "A private engine needs root: run this as root, or name an engine in DOCKER_HOST."
		exit 1
	fi
	scripts/need.sh network debootstrap
fi

say "Fetching libraries and building the assets."
make --no-print-directory assets
say "Vetting."
go vet ./...

folder=
tests=
finish() {
	local status=$?
	trap '' INT TERM # what was started is ended, also when asked twice
	if [ -n "$tests" ]; then
		kill "$tests" 2>/dev/null || true
	fi
	if [ -n "$folder" ]; then
		say "Taking the private engine down."
		scripts/engine.sh stop "$folder"
	fi
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

run=()
if [ -z "${DOCKER_HOST:-}" ]; then
	folder=$(mktemp -d /tmp/moorage-test.XXXXXX)
	say "Starting a private engine in $folder."
	scripts/engine.sh start "$folder"
	export DOCKER_HOST=unix://$folder/docker.sock
	run=(scripts/engine.sh exec "$folder")
else
	say "Using the engine at $DOCKER_HOST."
fi

scripts/images.sh
say "Testing ${targets[*]}."
# In the background, so that a signal is heard while it runs.
"${run[@]}" go test -p 2 -timeout 35m "${targets[@]}" </dev/null &
tests=$!
wait "$tests"
