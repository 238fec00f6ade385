#!/bin/sh
# What `make conformance` does: every public suite, one line each, and a table at the end. -v shows each deviation with its reason and each
# document whose format is not yet read; without it they are in var/conformance/log.txt. Exit status 1 on a deviation that is not listed, and on
# a listed one that deviates no more. The suites lie where MOHUR_CONFORMANCE says, by default ../shared/conformance.
set -eu
cd "$(dirname "$0")/.."
export MOHUR_CONFORMANCE="${MOHUR_CONFORMANCE:-$PWD/../shared/conformance}"
[ -d "$MOHUR_CONFORMANCE" ] || { echo "MOHUR_CONFORMANCE names no folder: $MOHUR_CONFORMANCE"; exit 2; }
scripts/packages.sh conformance
mkdir -p var/conformance
log=var/conformance/log.txt
status=0
go test -count=1 -timeout 40m -v -tags conformance ./verify/conformance/ ./certs/ ./certs/tsa/ ./internal/algo/wycheproof/ >"$log" 2>&1 || status=1
if [ "${1:-}" = -v ]; then cat "$log"; elif [ $status -ne 0 ]; then
	grep -E 'deviates and is not listed|deviates no more|was read: list it|wrongly accepted|^(--- FAIL|FAIL|panic)|\.go:[0-9]+:[0-9]+:' "$log" || cat "$log"
fi
sed -n 's/.*suite \([^:]*\): \([0-9]*\)\/\([0-9]*\), deviations \([0-9]*\), not yet read \([0-9]*\)$/\1 \2 \3 \4 \5/p' "$log" |
	awk 'BEGIN { f = "%-26s %7s %7s %10s %10s\n"; printf f, "suite", "agree", "total", "deviations", "not read" }
	{ printf f, $1, $2, $3, $4, $5 }'
if [ $status -eq 0 ]; then echo "Every deviation is listed with its reason."; else echo "FAILED: see $log"; fi
exit $status
