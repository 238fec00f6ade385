#!/bin/sh
# EU DSS signs with a key of the set that interop.sh made, and our verify judges it. interop_peers.sh DIR: interop.sh calls it. What pyHanko signs is in
# interop.sh, what pdfsign signs in a test of signing/pades. Exit status 1 when our verify refuses something. Needs Java 17 and Maven; DSS comes from
# Maven Central.
set -eu
cd "$(dirname "$0")/.."
dir=$1
home=${MOHUR_DSS_SIGN_HOME:-$PWD/var/dss-sign}
mkdir -p "$home" "$dir/dss" && cp -r scripts/dss-sign/pom.xml scripts/dss-sign/src "$home/"
(cd "$home" && mvn -q -B package >&2)
mkdir -p bin && go build -o bin/mohur ./cmd/mohur
at=$(cat "$dir/time.txt")
java -cp "$home/target/classes:$home/target/lib/*" signer.Main "$dir/peer/key.pem" "$dir/peer/cert.pem" "$dir/peer/chain.pem" "$dir/peer/letter" "$dir/dss" "$at" >&2
made=0
: >"$dir/dss.signed.jsonl"
for f in "$dir"/dss/dss_*; do
	made=$((made + 1))
	case "$f" in *.p7s) content="--detached $dir/peer/letter" ;; *) content= ;; esac
	# shellcheck disable=SC2086 # two words or none
	bin/mohur verify --json --anchors "$dir/root.pem" --revocation "$dir" --time "$at" $content "$f" >>"$dir/dss.signed.jsonl" || true
done
passed='"indication":"TOTAL-PASSED","subIndication":"","signatures"'
grep -v "$passed" "$dir/dss.signed.jsonl" | cut -c1-400 | sed 's/^/peer     /' || true
good=$(grep -c "$passed" "$dir/dss.signed.jsonl" || true)
printf 'mohur    %s of %s accepted of what EU DSS signed\n' "$good" "$made"
[ "$good" = "$made" ]
