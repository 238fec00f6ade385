#!/bin/sh
# What `make demo` does: packages, build, then the program's own demo. Every step says how long it took.
set -eu
cd "$(dirname "$0")/.."
start=$(date +%s)
took() { echo "   done in $(($(date +%s) - $1)) s"; }
echo "Mohur demo: a state body's signed letter is verified, answered, and the answer sealed over PKCS#11."
go version >/dev/null 2>&1 || { echo "Go 1.26 is needed and was not found: install it and put its bin folder on the PATH." >&2; exit 2; }
echo "1. Debian packages (softhsm2)"
t=$(date +%s); scripts/packages.sh demo; took "$t"
echo "2. Building bin/mohur (one to three minutes the first time, seconds later)"
t=$(date +%s)
mkdir -p bin
CGO_ENABLED=1 go build -o bin/mohur ./cmd/mohur &
build=$!
trap 'kill $build 2>/dev/null || true' INT TERM
while kill -0 $build 2>/dev/null; do
	sleep 1
	waited=$(($(date +%s) - t))
	[ $((waited % 15)) -ne 0 ] || [ "$waited" = 0 ] || ! kill -0 $build 2>/dev/null || echo "   still building, $waited s"
done
wait $build || { echo "The build failed." >&2; exit 2; }
trap - INT TERM
took "$t"
echo "3. The case"
exec bin/mohur demo "$@"
