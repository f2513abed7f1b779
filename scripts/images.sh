#!/usr/bin/env bash
# Makes base images out of what the machine has: no image has to be pulled. Each
# is a minimal Debian (or Ubuntu) of the machine's own release with the machine's
# CA bundle, registries of packages and proxies, so that "RUN npm install" works
# in it wherever "npm install" works here. Root only; the engine is the one of
# DOCKER_HOST.
#
#   images.sh            moorage-test/node:20, which the tests build from: Node and npm
#   images.sh go         moorage-test/go:1, to build Moorage's own image: Go and make
#   images.sh registry   moorage-test/registry:2, for the profile of compose.yaml
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/moorage
work=$(mktemp -d "${TMPDIR:-/tmp}/moorage-image.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root

say() { echo "images: $*" >&2; }

# The mirror is the one that apt uses for this release.
mirror() {
	# shellcheck disable=SC2016 # apt expands them
	apt-get indextargets --format '$(CODENAME) $(REPO_URI)' |
		awk -v release="$1" '$1 == release { print $2; exit }'
}

# unpack_base writes the minimal system into $root, from a tarball of less than a month if there is one.
unpack_base() {
	local release tarball
	# shellcheck source=/dev/null
	release=$(. /etc/os-release && echo "$VERSION_CODENAME")
	tarball=$cache/base-$release-$(dpkg --print-architecture).tar
	mkdir -p "$root" "$cache"
	find "$cache" -name 'base-*.tar' -mtime +30 -delete
	if [ ! -e "$tarball" ]; then
		say "Making a minimal $release with debootstrap; it is kept in $cache."
		if ! debootstrap --variant=minbase --include=libstdc++6 "$release" "$work/base" "$(mirror "$release")" >"$work/log" 2>&1; then
			tail -n 15 "$work/log" >&2
			return 1
		fi
		tar -C "$work/base" --one-file-system -cf "$work/base.tar" \
			--exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' --exclude='./var/log/*' --exclude='./dev/*' \
			--exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' .
		mv "$work/base.tar" "$tarball.$$"
		mv "$tarball.$$" "$tarball" # whole or not at all, whoever else makes one
	fi
	tar -C "$root" -xf "$tarball"
}

# copy PATH: a file or folder of the machine, to the same place in the image.
copy() { cp -a --parents -t "$root" "$1"; }

# library PATH: a shared library and what its name points to, unless the image has one.
library() {
	[ ! -e "$root$1" ] || return 0
	mkdir -p "$root$(dirname "$1")"
	cp -L "$1" "$root$1"
}

copy_node() {
	local binary npm
	binary=$(readlink -f "$(command -v node)")
	npm=$(readlink -f "$(command -v npm)") # …/npm/bin/npm-cli.js
	npm=${npm%/bin/npm-cli.js}
	mkdir -p "$root/usr/local/bin" "$root/usr/local/lib/node_modules"
	cp "$binary" "$root/usr/local/bin/node"
	ldd "$binary" | grep -o '/[^ ]*' | while read -r lib; do library "$lib"; done
	case $npm in
	/usr/share/nodejs/*) # Debian's own: npm's dependencies lie beside it, at paths that Node knows
		copy /usr/share/nodejs
		ln -s "$npm" "$root/usr/local/lib/node_modules/npm"
		;;
	*) cp -a "$npm" "$root/usr/local/lib/node_modules/npm" ;;
	esac
	ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
	ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
}

# binary PATH: a program of the machine with what it is linked to.
binary() {
	cp "$1" "$root/usr/bin/"
	{ ldd "$1" 2>/dev/null || true; } | { grep -o '/[^ ]*' || true; } | while read -r lib; do library "$lib"; done
}

copy_registry() {
	binary "$(command -v docker-registry)"
	mkdir -p "$root/etc/registry"
	printf '%s\n' 'version: 0.1' 'storage: {filesystem: {rootdirectory: /var/lib/registry}}' 'http: {addr: ":5000"}' >"$root/etc/registry/config.yml"
}

copy_go() {
	mkdir -p "$root/usr/local/go"
	tar -C "$(go env GOROOT)" --exclude=./test --exclude=./api --exclude=./doc -c . | tar -C "$root/usr/local/go" -x
	binary "$(command -v make)"
}

# settings KIND prints the environment of the image.
settings() {
	local name path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	echo "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"
	case $1 in
	node)
		echo "PATH=$path"
		echo "NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt"
		echo "npm_config_registry=$(npm config get registry 2>/dev/null)"
		;;
	go)
		echo "PATH=/usr/local/go/bin:$path"
		echo "GOPROXY=$(go env GOPROXY)"
		echo "GOSUMDB=$(go env GOSUMDB)"
		;;
	esac
	for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
		if [ -n "${!name:-}" ]; then echo "$name=${!name}"; fi
	done
}

kind=${1:-node}
case $kind in
node) image=moorage-test/node:20 command='CMD ["node"]' ;;
go) image=moorage-test/go:1 command='CMD ["go"]' ;;
registry) image=moorage-test/registry:2 command='CMD ["docker-registry", "serve", "/etc/registry/config.yml"]' ;;
*)
	say "node, go or registry; not $kind."
	exit 2
	;;
esac
if docker image inspect "$image" >/dev/null 2>&1; then
	exit 0
fi
say "Making $image."
unpack_base
"copy_$kind"
mkdir -p "$root/etc/ssl/certs"
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
changes=(--change "$command")
while read -r setting; do changes+=(--change "ENV $setting"); done < <(settings "$kind")
tar -C "$root" -c . | docker import "${changes[@]}" - "$image" >/dev/null
