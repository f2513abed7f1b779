#!/bin/sh
# Fetches what the pages need from npm, exactly as the lock file says, and
# copies it into static/vendor, from where it is embedded. Does nothing when
# static/vendor is as the lock file and this script want it.
set -eu

cd "$(dirname "$0")/.."
vendor=static/vendor
wanted=$(cat package-lock.json scripts/assets.sh | cksum)

if [ "$(cat "$vendor/.assets" 2>/dev/null || true)" = "$wanted" ]; then
	exit 0
fi

if ! command -v npm >/dev/null; then
	echo "npm is not here. Install Node.js 20 or newer, then run make assets." >&2
	exit 1
fi

echo "Fetching htmx, Basecoat and uPlot by package-lock.json…"
npm ci --no-audit --no-fund --ignore-scripts --loglevel=error

mkdir -p "$vendor"
rm -f "$vendor"/.assets "$vendor"/*
cp node_modules/htmx.org/dist/htmx.min.js "$vendor/htmx.js"
cp node_modules/htmx.org/dist/ext/hx-sse.min.js "$vendor/hx-sse.js"
cp node_modules/htmx.org/LICENSE "$vendor/htmx.LICENSE.txt"
cp node_modules/basecoat-css/dist/basecoat-nova.cdn.min.css "$vendor/basecoat.css"
cp node_modules/basecoat-css/LICENSE.md "$vendor/basecoat.LICENSE.txt"
cp node_modules/uplot/dist/uPlot.iife.min.js "$vendor/uplot.js"
cp node_modules/uplot/dist/uPlot.min.css "$vendor/uplot.css"
cp node_modules/uplot/LICENSE "$vendor/uplot.LICENSE.txt"
echo "$wanted" >"$vendor/.assets"
