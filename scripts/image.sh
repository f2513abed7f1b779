#!/usr/bin/env bash
# Builds Moorage's own image as moorage, holds its size, and tries it: a test
# runs it beside the engine as compose.yaml does, deploys, calls, crashes it.
# The engine is the one of DOCKER_HOST, on this machine; the tests need its socket.
#
# What the Dockerfile takes as an argument is taken from the environment, so a
# machine that cannot pull builds with
#
#   scripts/images.sh && scripts/images.sh go
#   NODE_IMAGE=moorage-test/node:20 GO_IMAGE=moorage-test/go:1 make image
set -euo pipefail
cd "$(dirname "$0")/.."

limit=60000000 # bytes
export DOCKER_HOST=${DOCKER_HOST:-unix:///var/run/docker.sock}

say() { echo "image: $*" >&2; }

arguments=(--build-arg "VERSION=${VERSION:-}")
for name in NODE_IMAGE GO_IMAGE NPM_CONFIG_REGISTRY GOPROXY GOSUMDB CA_CERTIFICATES HTTP_PROXY HTTPS_PROXY NO_PROXY; do
	if [ -n "${!name:-}" ]; then arguments+=(--build-arg "$name"); fi
done
docker build --tag moorage "${arguments[@]}" .

size=$(docker image inspect --format '{{.Size}}' moorage)
say "It has $size bytes; less than $limit are allowed."
[ "$size" -lt "$limit" ]

say "Trying it."
make --no-print-directory assets
MOORAGE_IMAGE=moorage go test ./e2e -count 1 -run '^TestMoorageInAContainer$'
