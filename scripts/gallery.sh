#!/usr/bin/env bash
# Writes every page in every state that the tests of views know, as files that
# a browser opens, to .cache/gallery.
set -euo pipefail
cd "$(dirname "$0")/.."

MOORAGE_GALLERY=$PWD/.cache/gallery
export MOORAGE_GALLERY
rm -rf "$MOORAGE_GALLERY"
mkdir -p "$MOORAGE_GALLERY"
go test -count 1 -run Gallery ./views/...
if [ -z "$(ls -A "$MOORAGE_GALLERY")" ]; then
	echo "gallery: nothing was written: no test of views reads MOORAGE_GALLERY." >&2
	exit 1
fi
echo "gallery: $(find "$MOORAGE_GALLERY" -name '*.html' | wc -l) pages in $MOORAGE_GALLERY." >&2
