#!/bin/sh
# Asks EU DSS about the documents of verify's TestCombinations, with the same anchors, evidence and time, and shows what is not as
# verify/testdata/combinations.tsv says. usage: combinations.sh COMMAND [FOLDER]
# COMMAND validates the files of a list: COMMAND validate -anchors DIR -revocation DIR -time T @LIST, one JSON line each.
set -eu
[ $# -ge 1 ] || { sed -n 2,4p "$0"; exit 2; }
oracle=$1
cd "$(dirname "$0")/.."
out=${2:-$(mktemp -d)}
MOHUR_COMBINATIONS="$out" go test -count=1 -run 'TestCombinations$' ./verify/
for s in "$out"/*/; do
	s=${s%/}
	while IFS="$(printf '\t')" read -r _ _ _ file beside; do
		if [ "$beside" = true ]; then echo "$s/documents/$file::$s/documents/$file.txt"; else echo "$s/documents/$file"; fi
	done <"$s/outcomes.tsv" >"$s/list"
	mkdir -p "$s/evidence"
	nice "$oracle" validate -full -noetsi -anchors "$s/anchors" -revocation "$s/evidence" -time "$(cat "$s/time.txt")" "@$s/list" >"$s/oracle.jsonl" 2>"$s/oracle.log"
	echo "$(basename "$s"): $(grep -c . "$s/oracle.jsonl") answers"
done
python3 scripts/combinations.py "$out" verify/testdata/combinations.tsv
