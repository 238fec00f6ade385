#!/bin/sh
# Installs what is missing of a set of Debian packages: packages.sh demo | test | conformance | tokens | interop
# As root at once; otherwise it asks before sudo on a terminal, and without one it prints the exact line and stops.
set -eu
case "${1:-}" in
demo) want="softhsm2" ;;
test) want="softhsm2 postgresql-15 chromium qpdf poppler-utils openssl curl fonts-dejavu-core" ;;
conformance) want="openssl libxml2-utils" ;;
tokens) want="softhsm2 opencryptoki libnss3 libnss3-tools p11-kit p11-kit-modules libclang-dev libssl-dev libsqlite3-dev pkg-config gcc libc6-dev" ;;
interop) want="softhsm2 qpdf poppler-utils openssl strace default-jdk-headless maven" ;;
*) echo "usage: packages.sh demo|test|conformance|tokens|interop" >&2; exit 2 ;;
esac
missing=""
for p in $want; do
	dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
command -v apt-get >/dev/null || { echo "Missing packages:$missing. They are installed with apt-get on Debian 12; here, install their like by hand." >&2; exit 2; }
install="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then
	sudo=""
elif [ -t 0 ] && command -v sudo >/dev/null; then
	printf 'Missing from Debian:%s. Install them now with sudo? [y/N] ' "$missing"
	read -r answer
	case "$answer" in y | Y | yes | h | bəli) sudo="sudo" ;; *) echo "Nothing was installed." >&2; exit 2 ;; esac
else
	echo "Missing from Debian:$missing. Run this once, then start again:" >&2
	echo "  sudo apt-get update && sudo $install" >&2
	exit 2
fi
echo "Installing from Debian:$missing"
log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive
if ! { $sudo apt-get update -q && $sudo env DEBIAN_FRONTEND=noninteractive $install; } >"$log" 2>&1; then
	tail -5 "$log" >&2
	echo "The packages could not be installed:$missing (whole output: $log)" >&2
	exit 2
fi
rm -f "$log"
