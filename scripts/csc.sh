#!/bin/sh
# pyHanko's own CSCSigner signs through a running server whose keys are on SoftHSM2 tokens: PKCS #1, PSS, P-256, single, in batches and with an
# authorisation fetched before, over versions 1 and 2 of the CSC API, and whole documents by signDoc. Our own verify and pyHanko, strict, judge each.
# csc.sh [DIR]: the files stay in DIR, by default var/csc.
set -eu
cd "$(dirname "$0")/.."
dir=${1:-$PWD/var/csc}
rm -rf "$dir" && mkdir -p "$dir"
python=$(sh scripts/pyhanko.sh)
status=0
MOHUR_CSC_DIR=$dir MOHUR_CSC_PYTHON=$python go test -v -tags interop -count=1 -run '^TestCSCClient$' ./cmd/mohur/ >"$dir/log.txt" 2>&1 || status=1
[ $status = 0 ] || tail -n 40 "$dir/log.txt" | cut -c1-400
grep -oE 'csc      .*' "$dir/log.txt" || status=1
mkdir -p bin && go build -o bin/mohur ./cmd/mohur
bin/mohur verify --json --offline --anchors "$dir/root.pem" --revocation "$dir/crls" "$dir"/*.pdf >"$dir/mohur.jsonl" || status=1
passed='"indication":"TOTAL-PASSED","subIndication":"","signatures"'
grep -v "$passed" "$dir/mohur.jsonl" | cut -c1-400 | sed 's/^/mohur    /' || true
printf 'mohur    %s of %s TOTAL-PASSED\n' "$(grep -c "$passed" "$dir/mohur.jsonl" || true)" "$(ls "$dir"/*.pdf | wc -l)"
"$python" scripts/pyhanko_verify.py --root "$dir/root.pem" "$dir"/*.pdf >"$dir/pyhanko.txt" || status=1
grep -v ' accepted ' "$dir/pyhanko.txt" | sed "s|^$dir/|pyhanko  |" || true
printf 'pyHanko  %s of %s accepted, signed by its CSCSigner through our server\n' "$(grep -c ' accepted ' "$dir/pyhanko.txt" || true)" "$(ls "$dir"/*.pdf | wc -l)"
exit $status
