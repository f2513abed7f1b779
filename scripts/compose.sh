#!/usr/bin/env bash
# Tries compose.yaml as somebody new does: brings it up on the engine of
# DOCKER_HOST in a project of its own, opens the link that it prints, deploys the
# example, pushes it to the registry of the profile if REGISTRY_IMAGE is there,
# and takes everything down again. Settings of compose.yaml may be set in the
# environment, as for make image.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "compose: $*" >&2; }
fail() {
	say "$*"
	compose logs moorage | tail -n 40 >&2
	exit 1
}

if docker compose version >/dev/null 2>&1; then
	compose=(docker compose)
else
	compose=(docker-compose)
fi
compose() { "${compose[@]}" "$@"; }

export COMPOSE_PROJECT_NAME=${COMPOSE_PROJECT_NAME:-moorage-try} MOORAGE_PORT=${MOORAGE_PORT:-18080}
export DOCKER_HOST=${DOCKER_HOST:-unix:///var/run/docker.sock}
export DOCKER_SOCKET=${DOCKER_HOST#unix://}
export MOORAGE_REGISTRY=127.0.0.1:5000/try
home=http://127.0.0.1:$MOORAGE_PORT
profile=()
if docker image inspect "${REGISTRY_IMAGE:-registry:2}" >/dev/null 2>&1; then
	profile=(--profile registry)
else
	say "There is no ${REGISTRY_IMAGE:-registry:2}: images stay in the engine."
	unset MOORAGE_REGISTRY
fi

# ask PATH [JSON]: the API, as the operator.
ask() {
	curl --silent --show-error --fail-with-body --max-time 60 --header "Authorization: Bearer $token" \
		${2:+--header 'Content-Type: application/json' --data "$2"} "$home$1"
}

await_health() {
	local id health=none _
	id=$(compose ps -q moorage)
	for _ in $(seq 120); do
		health=$(docker inspect --format '{{.State.Health.Status}}' "$id")
		[ "$health" = healthy ] && return
		sleep 0.5
	done
	fail "It is $health after a minute."
}

trap 'compose "${profile[@]}" down --volumes --timeout 40 >&2' EXIT
compose "${profile[@]}" up --build --detach
await_health

link=$(compose logs moorage | grep -o "$home/setup?code=[A-Za-z0-9_-]*" | head -n 1) || fail "It prints no link."
page=$(curl --silent --show-error --fail --max-time 30 "$link")
grep -q 'Become the operator' <<<"$page" || fail "The link $link shows something else."

user=$(awk '/^Uid:/ { print $2 }' "/proc/$(docker inspect --format '{{.State.Pid}}' "$(compose ps -q moorage)")/status")
[ "$user" = 65532 ] || fail "It runs as $user."

token=$(compose exec -T moorage moorage token create --name try --operator)
deployment=$(ask /api/deployments '{"repo":"example:greeter"}' | grep -o 'dep_[a-z0-9]*' | head -n 1)
compose exec -T -e MOORAGE_URL="$home" -e MOORAGE_TOKEN="$token" moorage moorage logs "$deployment" --follow || fail "The example is not live."
ask /api/services/greeter/call '{"tool":"greet","args":{"name":"Ada"}}' | grep -q 'Hello, Ada' || fail "The example does not answer."
say "It serves its link at $home, as user $user, and the example answers."
