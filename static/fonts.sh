#!/bin/sh
# fonts.sh SRCDIR OUT "NPM CI" FILE… - put the font files into OUT/fonts: from
# a release tarball's static/fonts when they are there, else from npm.
set -eu
src=$(cd "$1" && pwd) out=$2 npm=$3
shift 3
mkdir -p "$out/fonts"
if [ -f "$src/static/fonts/$1" ]; then
	for f in "$@" LICENSE; do
		[ "$src/static/fonts/$f" -ef "$out/fonts/$f" ] ||
			cp "$src/static/fonts/$f" "$out/fonts/$f"
	done
	exit 0
fi
mkdir -p "$out/npm"
cp "$src/package.json" "$src/package-lock.json" "$out/npm/"
(cd "$out/npm" && $npm --omit=dev >/dev/null) || {
	echo "fonts: npm could not install the packages of package-lock.json" >&2
	exit 1
}
for f in "$@"; do
	case $f in
	*mono*) family=ibm-plex-mono ;;
	*) family=ibm-plex-sans ;;
	esac
	cp "$out/npm/node_modules/@fontsource/$family/files/$f" "$out/fonts/$f"
done
cp "$out/npm/node_modules/@fontsource/ibm-plex-sans/LICENSE" "$out/fonts/LICENSE"
