#!/bin/sh
# Seals a document of every kind and asks other programs what they think: pyHanko (strict), pdfsig, qpdf and, about messages, OpenSSL, and
# our own verify; then DSS's own client asks our server, pyHanko's CSC client signs through it, and strace shows what verifying opens. One line per refusal and a sum.
# interop.sh [DIR [COMMAND]]: the files stay in DIR, by default var/interop. COMMAND asks EU DSS too: COMMAND validate -anchors DIR
# -revocation DIR -time T @LIST gives one JSON line each. Exit status 1 when one of them refuses.
set -eu
cd "$(dirname "$0")/.."
scripts/packages.sh interop
dir=${1:-$PWD/var/interop}
rm -rf "$dir" && mkdir -p "$dir"
python=$(sh scripts/pyhanko.sh)
oracle=${2:-}
MOHUR_INTEROP_DIR=$dir go test -count=1 -run '^TestInteropSet$' ./signing/pades/ ./signing/cades/ >&2
status=0
sum() { printf '%-8s %s of %s accepted%s\n' "$1" "$2" "$3" "$4"; [ "$2" = "$3" ] || status=1; }

"$python" scripts/pyhanko_verify.py --root "$dir/root.pem" "$dir"/*.pdf >"$dir/pyhanko.txt" || true
grep -v ' accepted ' "$dir/pyhanko.txt" | sed "s|^$dir/|pyhanko  |"

total=0 good=0 newer=0
for f in "$dir"/*.pdf; do
	case "$f" in *-newer.pdf) newer=$((newer + 1)); continue ;; esac # algorithms that its library does not know
	total=$((total + 1))
	pdfsig -nocert "$f" >"$f.txt" 2>&1 || true
	found=$(($(grep -c '^Signature #' "$f.txt" || true) - $(grep -c 'field is not signed' "$f.txt" || true) - $(grep -c 'Signature Type: unknown' "$f.txt" || true)))
	valid=$(grep -c 'Signature is Valid.' "$f.txt" || true)
	if [ "$found" -gt 0 ] && [ "$found" = "$valid" ]; then good=$((good + 1)); else echo "pdfsig   $(basename "$f"): $valid of $found signatures valid"; fi
	rm -f "$f.txt"
done
checked=0 clean=0
for f in "$dir"/*.pdf; do
	checked=$((checked + 1))
	if qpdf --check "$f" >"$f.txt" 2>&1; then clean=$((clean + 1)); else grep -E 'WARNING|ERROR|error' "$f.txt" | sed "s|^|qpdf     $(basename "$f"): |"; fi
	rm -f "$f.txt"
done
mkdir -p bin && go build -o bin/mohur ./cmd/mohur
bin/mohur verify --json --anchors "$dir/root.pem" --revocation "$dir" --time "$(cat "$dir/time.txt")" "$dir"/*.pdf >"$dir/mohur.jsonl" || true
passed='"indication":"TOTAL-PASSED","subIndication":"","signatures"'
grep -v "$passed" "$dir/mohur.jsonl" | cut -c1-400 | sed 's/^/mohur    /' || true
peer=$dir/peer
"$python" scripts/pyhanko_sign.py "$peer/key.pem" "$peer/cert.pem" "$peer/chain.pem" "$peer/letter" "$peer"
# pyHanko claims the time of this machine, which nothing proves: the verdict is for the time at which the lists are fresh.
bin/mohur verify --json --anchors "$dir/root.pem" --revocation "$dir" --time "$(cat "$dir/time.txt")" "$peer"/*.pdf >"$dir/peer.jsonl" || true
grep -v "$passed" "$dir/peer.jsonl" | cut -c1-400 | sed 's/^/peer     /' || true
messages=0 opened=0
for f in "$dir"/cades/*.p7?; do
	messages=$((messages + 1))
	case "$f" in *.p7s) content="-content $dir/cades/letter" ;; *) content= ;; esac
	# shellcheck disable=SC2086 # two words or none
	if openssl cms -verify -binary -inform DER -in "$f" -CAfile "$dir/cades/root.pem" -purpose any -no_check_time -out "$f.out" $content 2>"$f.txt" && cmp -s "$f.out" "$dir/cades/letter"; then opened=$((opened + 1)); else sed "s|^|openssl  $(basename "$f"): |" "$f.txt"; fi
	rm -f "$f.txt" "$f.out"
done
: >"$dir/cades/mohur.jsonl"
for f in "$dir"/cades/*.p7?; do
	case "$f" in *.p7s) content="--detached $dir/cades/letter" ;; *) content= ;; esac
	# shellcheck disable=SC2086
	bin/mohur verify --json --anchors "$dir/cades/root.pem" --revocation "$dir/cades" --time "$(cat "$dir/cades/time.txt")" $content "$f" >>"$dir/cades/mohur.jsonl" || true
done
grep -v "$passed" "$dir/cades/mohur.jsonl" | cut -c1-400 | sed 's/^/mohur    /' || true
echo
if [ -n "$oracle" ]; then
	ls "$dir"/*.pdf >"$dir/list"
	for f in "$dir"/cades/*.p7?; do case "$f" in *.p7s) echo "$f::$dir/cades/letter" ;; *) echo "$f" ;; esac; done >"$dir/cades/list"
	for d in "$dir" "$dir/cades"; do
		"$oracle" validate -full -noetsi -anchors "$d/anchors" -revocation "$d" -time "$(cat "$d/time.txt")" "@$d/list" >"$d/dss.jsonl" 2>"$d/dss.log" || true
	done
	refused='"indication": *"\(INDETERMINATE\|TOTAL_FAILED\|FAILED\)"'
	cat "$dir/dss.jsonl" "$dir/cades/dss.jsonl" | grep '"file"' | grep "$refused" | cut -c1-300 | sed 's/^/dss      /' || true
	sum DSS "$(cat "$dir/dss.jsonl" "$dir/cades/dss.jsonl" | grep '"file"' | grep -v "$refused" | grep -c TOTAL_PASSED || true)" "$((checked - $(ls "$dir"/*ed25519*.pdf | wc -l) + messages))" ", TOTAL_PASSED with every timestamp; its policy has no EdDSA"
fi
sum mohur "$(grep -c "$passed" "$dir/cades/mohur.jsonl" || true)" "$messages" " messages, TOTAL-PASSED"
sum OpenSSL "$opened" "$messages" " messages"
sum mohur "$(grep -c "$passed" "$dir/mohur.jsonl" || true)" "$checked" ", TOTAL-PASSED"
sum mohur "$(grep -c "$passed" "$dir/peer.jsonl" || true)" "$(ls "$peer"/*.pdf | wc -l)" " of what pyHanko signed"
hybrids=$(ls "$dir"/*hybrid*.pdf | wc -l)
sum pyHanko "$(grep -v hybrid "$dir/pyhanko.txt" | grep -c ' accepted ' || true)" "$((checked - hybrids))" ", strict, which judges no hybrid file ($hybrids)"
sum pdfsig "$good" "$total" ", $newer not judged (Ed25519, SHA-3)"
sum qpdf "$clean" "$checked" ""
sh scripts/interop_peers.sh "$dir" || status=1
sh scripts/interop_tokens.sh "$dir" "$python" "$oracle" || status=1
sh scripts/dss-client.sh "$dir" || status=1
sh scripts/csc.sh "$dir/csc" || status=1
sh scripts/strace.sh "$dir/root.pem" "$dir" "$dir"/*.pdf || status=1
exit $status
