#!/usr/bin/env bash
# A private Docker engine, in a network namespace of its own: neither its
# bridges nor its firewall rules meet those of another engine on the machine,
# and removing the namespace removes all of them.
#
#   engine.sh start FOLDER         starts it; all that it owns lives in FOLDER
#   engine.sh exec  FOLDER CMD…    runs CMD where the engine's networks are reachable
#   engine.sh stop  FOLDER         ends it, and whatever still runs in the namespace
#
# Root only. FOLDER must be short: it holds Unix sockets (108 bytes at most).
set -euo pipefail

verb=${1:?start, exec or stop}
folder=${2:?the folder of the engine}
shift 2

name=$(basename "$folder")    # of the namespace
short=${name: -6}             # nothing when the name has less
link=mo${short:-$name}        # of the cable's end on the machine; 15 bytes at most
wait_seconds=60

say() { echo "engine: $*" >&2; }
inside() { nsenter --net="/run/netns/$name" "$@"; }

# The first /30 of 10.213.0.0/16 that the machine has no route into.
free_net() {
	local n
	for n in $(seq 0 255); do
		if [ -z "$(ip -4 route show root "10.213.$n.0/24")$(ip -4 route show table local root "10.213.$n.0/24")" ]; then
			echo "10.213.$n"
			return
		fi
	done
	say "No free address range below 10.213.0.0/16."
	return 1
}

# Packets that are larger than what the machine's own way out takes get lost.
uplink_mtu() {
	local dev
	dev=$(ip -4 route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)
	cat "/sys/class/net/${dev:-lo}/mtu"
}

# firewall ADD|DELETE: lets the namespace reach what the machine reaches.
firewall() {
	local net=$2
	iptables -w -t nat "-$1" POSTROUTING -s "$net.0/30" ! -o "$link" -j MASQUERADE
	iptables -w "-$1" FORWARD -i "$link" -j ACCEPT
	iptables -w "-$1" FORWARD -o "$link" -j ACCEPT
}

lay_cable() {
	local net mtu
	net=$(free_net)
	mtu=$(uplink_mtu)
	[ "$mtu" -le 1500 ] || mtu=1500
	ip netns add "$name"
	ip link add "$link" mtu "$mtu" type veth peer name eth0 mtu "$mtu" netns "$name"
	ip addr add "$net.1/30" dev "$link"
	ip link set "$link" up
	inside ip link set lo up
	inside ip addr add "$net.2/30" dev eth0
	inside ip link set eth0 up
	inside ip route add default via "$net.1"
	echo "$net" >"$folder/net"
	echo "$mtu" >"$folder/mtu"
	echo 1 >/proc/sys/net/ipv4/ip_forward
	firewall I "$net"
}

# The daemon makes its pid file as soon as it runs and its socket when it answers.
await_engine() {
	local pid=$1 _
	for _ in $(seq $((wait_seconds * 5))); do
		if docker --host "unix://$folder/docker.sock" version >/dev/null 2>&1; then
			return
		fi
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.2
	done
	say "It did not start. The end of its log:"
	tail -n 15 "$folder/dockerd.log" >&2
	return 1
}

start() {
	mkdir -p "$folder"
	lay_cable
	nsenter --net="/run/netns/$name" dockerd \
		--host "unix://$folder/docker.sock" \
		--data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/docker.pid" \
		--bip 10.214.0.1/24 --default-address-pool base=10.214.0.0/16,size=24 \
		--mtu "$(cat "$folder/mtu")" --shutdown-timeout 3 \
		>"$folder/dockerd.log" 2>&1 </dev/null &
	await_engine $!
}

# end_all SIGNAL: everything in the namespace, by pid; true when nothing was there.
end_all() {
	local pids
	pids=$(ip netns pids "$name")
	[ -z "$pids" ] && return 0
	# shellcheck disable=SC2086 # a list of numbers
	kill "-$1" $pids 2>/dev/null || true
	return 1
}

stop_processes() {
	local pid _
	if pid=$(cat "$folder/docker.pid" 2>/dev/null); then
		kill "$pid" 2>/dev/null || true # it stops its containers by itself
		for _ in $(seq 150); do
			kill -0 "$pid" 2>/dev/null || break
			sleep 0.2
		done
	fi
	end_all TERM && return
	for _ in $(seq 50); do
		sleep 0.1
		end_all KILL && return
	done
}

stop() {
	if [ -e "/run/netns/$name" ]; then
		stop_processes
		ip netns del "$name"
	fi
	if [ -e "$folder/net" ]; then
		firewall D "$(cat "$folder/net")" 2>/dev/null || true
		ip link del "$link" 2>/dev/null || true # usually gone with the namespace
	fi
	# Deepest first. What a container left mounted would keep the folder alive.
	awk -v under="$folder/" 'index($5, under) == 1 { print $5 }' /proc/self/mountinfo |
		sort -r | while read -r mount; do umount -l "$mount"; done
	rm -rf "$folder"
}

case $verb in
start) start ;;
exec) exec nsenter --net="/run/netns/$name" "$@" ;;
stop) stop ;;
*)
	say "start, exec or stop; not $verb."
	exit 2
	;;
esac
