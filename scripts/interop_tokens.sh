#!/bin/sh
# What was sealed with keys on SoftHSM2 tokens, at every level and with every algorithm: pyHanko (strict), pdfsig, qpdf, OpenSSL, and EU DSS when its
# command is given, are asked about all of it. interop_tokens.sh DIR PYTHON [COMMAND]: interop.sh calls it. Exit status 1 when one of them refuses.
set -eu
cd "$(dirname "$0")/.."
dir=$1 python=$2 oracle=${3:-}
status=0
sum() { printf 'tokens   %-8s %s of %s accepted%s\n' "$1" "$2" "$3" "$4"; [ "$2" = "$3" ] || status=1; }
MOHUR_INTEROP_DIR=$dir go test -v -tags interop -count=1 -run '^TestInteropTokens$' ./signing/ >"$dir/tokens.log" 2>&1 || { status=1; tail -n 40 "$dir/tokens.log" | cut -c1-400; }
grep '^tokens ' "$dir/tokens.log" || status=1
set_=$dir/tokens
"$python" scripts/pyhanko_verify.py --root "$set_/root.pem" "$set_"/*.pdf >"$dir/tokens-pyhanko.txt" || true
grep -v ' accepted ' "$dir/tokens-pyhanko.txt" | sed "s|^$set_/|pyhanko  |" || true
sheets=0 good=0 newer=0 clean=0
for f in "$set_"/*.pdf; do
	sheets=$((sheets + 1))
	if qpdf --check "$f" >"$dir/t.txt" 2>&1; then clean=$((clean + 1)); else sed "s|^|qpdf     $(basename "$f"): |" "$dir/t.txt"; fi
	case "$f" in *-newer.pdf) newer=$((newer + 1)); continue ;; esac
	pdfsig -nocert "$f" >"$dir/t.txt" 2>&1 || true
	if [ "$(grep -c 'ETSI.CAdES.detached' "$dir/t.txt" || true)" = "$(grep -c 'Signature is Valid.' "$dir/t.txt" || true)" ] && grep -q 'Signature is Valid.' "$dir/t.txt"; then good=$((good + 1)); else sed "s|^|pdfsig   $(basename "$f"): |" "$dir/t.txt"; fi
done
messages=0 opened=0 unknown=0
for f in "$set_"/*.p7?; do
	case "$f" in *-newer.*) unknown=$((unknown + 1)); continue ;; esac # its CMS has no EdDSA
	messages=$((messages + 1))
	case "$f" in *.p7s) content="-content $set_/letter" ;; *) content= ;; esac
	# shellcheck disable=SC2086 # two words or none
	if openssl cms -verify -binary -inform DER -in "$f" -CAfile "$set_/root.pem" -purpose any -no_check_time -out "$dir/t.out" $content 2>"$dir/t.txt" && cmp -s "$dir/t.out" "$set_/letter"; then opened=$((opened + 1)); else sed "s|^|openssl  $(basename "$f"): |" "$dir/t.txt"; fi
done
rm -f "$dir/t.txt" "$dir/t.out"
sum pyHanko "$(grep -c ' accepted ' "$dir/tokens-pyhanko.txt" || true)" "$sheets" ", strict"
sum pdfsig "$good" "$((sheets - newer))" ", $newer not judged (Ed25519)"
sum qpdf "$clean" "$sheets" ""
sum OpenSSL "$opened" "$messages" " messages, $unknown not judged (Ed25519)"
[ -n "$oracle" ] || exit $status
{ ls "$set_"/*.pdf "$set_"/*.p7m && for f in "$set_"/*.p7s; do echo "$f::$set_/letter"; done; } >"$set_/list"
"$oracle" validate -full -noetsi -anchors "$set_/anchors" -revocation "$set_" -time "$(cat "$set_/time.txt")" "@$set_/list" >"$dir/tokens-dss.jsonl" 2>"$dir/tokens-dss.log" || true
grep '"file"' "$dir/tokens-dss.jsonl" >"$dir/tokens-dss.txt" || true
refused='"indication": *"\(INDETERMINATE\|TOTAL_FAILED\|FAILED\)"'
grep -v newer "$dir/tokens-dss.txt" | grep "$refused" | cut -c1-300 | sed 's/^/dss      /' || true
sum DSS "$(grep -v newer "$dir/tokens-dss.txt" | grep -v "$refused" | grep -c TOTAL_PASSED || true)" "$(grep -vc newer "$set_/list")" ", TOTAL_PASSED with every timestamp"
sum DSS "$(grep newer "$dir/tokens-dss.txt" | grep -c '"sigIntact":true,"sigValid":true' || true)" "$(grep -c newer "$set_/list")" " with Ed25519 as intact and valid; its default policy has no EdDSA"
exit $status
