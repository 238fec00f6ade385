#!/bin/sh
# make load: 200 people at their work for five minutes after a minute's warm-up, on SQLite and on PostgreSQL, three times; it ends by itself.
# MOHUR_LOAD_USERS, _CASES, _WARM and _SECONDS (seconds), _ENGINES ("sqlite postgres") change it; RUNS=1 makes one run.
set -eu
cd "$(dirname "$0")/.."
scripts/packages.sh test
go test -c -tags load -o "${TMPDIR:-/tmp}/mohur-load.test" ./cmd/mohur
trap 'rm -f "${TMPDIR:-/tmp}/mohur-load.test"' EXIT
status=0
for run in $(seq "${RUNS:-3}"); do
	echo "run $run, load average $(cut -d' ' -f1-3 /proc/loadavg)"
	(cd cmd/mohur && "${TMPDIR:-/tmp}/mohur-load.test" -test.run 'TestLoad$' -test.v -test.timeout 40m) || status=1
done
exit $status
