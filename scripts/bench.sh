#!/usr/bin/env bash
# Measures what Moorage promises about speed and size, beside the same work by
# hand, against a private engine that is started here and ended here. Of an engine
# that DOCKER_HOST names the figures are taken as they are: by default BuildKit
# keeps 200 KiB a second of what a step prints, which is not the flood of the benchmark.
#
#   bench.sh [arguments for bench, such as -only pages]
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/need.sh go node git docker registry chromium certificates
make --no-print-directory build
go build -o bin/bench ./bench
if [ -n "${DOCKER_HOST:-}" ]; then
	scripts/images.sh
	exec bin/bench "$@"
fi

scripts/need.sh network debootstrap
folder=$(mktemp -d /tmp/moorage-bench.XXXXXX)
measuring=
finish() {
	local status=$?
	trap '' INT TERM # what was started is ended, also when asked twice
	[ -z "$measuring" ] || kill "$measuring" 2>/dev/null || true
	scripts/engine.sh stop "$folder"
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Bytes, and bytes a second, that BuildKit keeps of one step. It reads 32 bits.
export BUILDKIT_STEP_LOG_MAX_SIZE=2000000000 BUILDKIT_STEP_LOG_MAX_SPEED=2000000000
scripts/engine.sh start "$folder"
export DOCKER_HOST=unix://$folder/docker.sock
scripts/images.sh
# The image, if there is one, is where make image left it: in the machine's own engine.
# In the background, so that a signal is heard while it runs.
scripts/engine.sh exec "$folder" bin/bench -image-engine unix:///var/run/docker.sock "$@" </dev/null &
measuring=$!
wait "$measuring"
