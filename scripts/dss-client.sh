#!/bin/sh
# DSS's own REST clients of version 6.4 call our server and read every answer into DSS's classes: unknown keys fail, and so does a report
# that does not come back from JSON and XML as it went in. Needs Java 17 and Maven; the clients come from Maven Central.
# dss-client.sh [DIR]: the sealed files of `make interop`, by default var/interop.
set -eu
cd "$(dirname "$0")/.."
dir=${1:-$PWD/var/interop}
[ -f "$dir/root.pem" ] || { rm -rf "$dir" && mkdir -p "$dir" && MOHUR_INTEROP_DIR=$dir go test -count=1 -run '^TestInteropSet$' ./signing/pades/ >&2; }
home=${MOHUR_DSS_CLIENT_HOME:-$PWD/var/dss-client}
mkdir -p "$home" && cp -r scripts/dss-client/pom.xml scripts/dss-client/src "$home/"
(cd "$home" && mvn -q -B package >&2)
status=0
MOHUR_DSS_SET=$dir MOHUR_DSS_CLIENT="java -cp $home/target/classes:$home/target/lib/* client.Main" \
	go test -v -tags interop -count=1 -run '^TestDSSClient$' ./api/ >"$home/answers.txt" 2>&1 || status=1
[ $status = 0 ] || tail -n 60 "$home/answers.txt" | cut -c1-400
grep '^dss-client' "$home/answers.txt" || status=1
exit $status
