#!/bin/sh
# Runs every fuzz target, one after the other: fuzz.sh [TIME] [PACKAGE-PATTERN], by default two minutes each and ten for PDF and CMS.
# The public suites (MOHUR_CONFORMANCE, by default ../shared/conformance) are seeds where they are there. FUZZ_WORKERS sets the workers (1).
set -eu
cd "$(dirname "$0")/.."
only=${2:-.}
suites=${MOHUR_CONFORMANCE:-../shared/conformance}
if [ -d "$suites" ]; then
	MOHUR_CONFORMANCE=$(cd "$suites" && pwd)
	export MOHUR_CONFORMANCE
else
	unset MOHUR_CONFORMANCE
	echo "No suites in $suites: the seeds are the generated ones alone."
fi
grep -rlE '^func Fuzz[A-Za-z0-9_]+\(' --include='*_test.go' . | sort | while read -r file; do
	dir=$(dirname "$file")
	echo "$dir" | grep -q "$only" || continue
	sed -nE 's/^func (Fuzz[A-Za-z0-9_]+)\(.*/\1/p' "$file" | while read -r target; do
		case "$dir" in ./internal/pdf | ./internal/cms) default=10m ;; *) default=2m ;; esac
		time=${1:-$default}
		echo "== $dir $target $time"
		go test -run='^$' -fuzz="^$target\$" -fuzztime="$time" -fuzzminimizetime=10x -parallel="${FUZZ_WORKERS:-1}" "$dir" # else one large input can take a minute of minimising
	done
done
