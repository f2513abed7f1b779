#!/usr/bin/env bash
# Checks that the machine has what the words name, and installs what is missing
# where it can: with apt, as root, after saying so. Elsewhere it prints the
# command. "engine" also starts the machine's Docker engine when none answers.
#
#   need.sh go node git engine
#   need.sh docker network registry chromium debootstrap certificates
set -euo pipefail

go_minor=26 # of Go 1

say() { echo "need: $*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }
can_install() { [ "$(id -u)" = 0 ] && has apt-get; }

packages=()
need_command() { has "$1" || packages+=("$2"); }
need_file() { compgen -G "$1" >/dev/null || packages+=("$2"); }

# Debian's Go is older than what Moorage is written in, so apt is no help here.
check_go() {
	local have=none
	if has go; then have=$(go env GOVERSION); fi
	if [[ $have =~ ^go1\.([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge "$go_minor" ]; then
		return
	fi
	say "Go 1.$go_minor or newer is needed (found: $have). Get it from https://go.dev/dl/ and run this again."
	exit 1
}

engine_answers() {
	local host=${DOCKER_HOST:-unix:///var/run/docker.sock}
	if has docker; then
		docker --host "$host" version >/dev/null 2>&1
	else
		[ -S "${host#unix://}" ] # no client to ask with: Moorage itself will
	fi
}

install_packages() {
	[ ${#packages[@]} -gt 0 ] || return 0
	local command="apt-get update && apt-get install -y --no-install-recommends ${packages[*]}"
	if ! can_install; then
		say "Missing: ${packages[*]}. On Debian or Ubuntu, as root: $command"
		exit 1
	fi
	say "Installing with apt: ${packages[*]}."
	export DEBIAN_FRONTEND=noninteractive
	local options=(-qq -o DPkg::Lock::Timeout=300)
	apt-get "${options[@]}" update >&2
	add_docker_client
	apt-get "${options[@]}" install -y --no-install-recommends "${packages[@]}" </dev/null >&2
}

# Newer Debians ship the client apart from the daemon; whether this one does is
# known only after the update.
add_docker_client() {
	case " ${packages[*]} " in
	*" docker.io "*) ;;
	*) return 0 ;;
	esac
	if ! has docker && apt-cache show docker-cli >/dev/null 2>&1; then
		packages+=(docker-cli)
	fi
}

start_engine() {
	if [ -n "${DOCKER_HOST:-}" ]; then
		say "No engine answers at $DOCKER_HOST. Start it, or unset DOCKER_HOST to use the machine's own."
		exit 1
	fi
	if [ "$(id -u)" != 0 ]; then
		say "No engine answers at /var/run/docker.sock. Start it (sudo systemctl start docker), or let your user use it (sudo usermod -aG docker $(id -un), then sign in again)."
		exit 1
	fi
	if [ -d /run/systemd/system ]; then
		say "No engine answers. Starting it: systemctl start docker."
		systemctl start docker
	else
		say "No engine answers. Starting dockerd; its log is /var/log/dockerd.log. It keeps running when Moorage stops."
		setsid dockerd >/var/log/dockerd.log 2>&1 </dev/null &
	fi
	local _
	for _ in $(seq 150); do
		engine_answers && return
		sleep 0.2
	done
	say "It does not answer after 30 seconds. See /var/log/dockerd.log, or: journalctl -u docker."
	exit 1
}

engine=no
for word in "$@"; do
	case $word in
	go) check_go ;;
	node)
		need_command node nodejs
		need_command npm npm
		;;
	git) need_command git git ;;
	docker) need_command dockerd docker.io ;;
	engine)
		engine=yes
		[ -n "${DOCKER_HOST:-}" ] || engine_answers || need_command dockerd docker.io
		;;
	network)
		need_command ip iproute2
		need_command iptables iptables
		;;
	registry) need_command docker-registry docker-registry ;;
	chromium)
		need_command chromium chromium
		need_file '/usr/share/fonts/truetype/*/*.ttf' fonts-liberation
		;;
	debootstrap) need_command debootstrap debootstrap ;;
	certificates) need_file /etc/ssl/certs/ca-certificates.crt ca-certificates ;;
	*)
		say "Nobody knows what $word is."
		exit 2
		;;
	esac
done
install_packages
if [ "$engine" = yes ] && ! engine_answers; then
	start_engine
fi
