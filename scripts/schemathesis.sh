#!/bin/sh
# make api-fuzz: schemathesis makes requests after the OpenAPI document, right ones and wrong ones, and holds the answers against it. The server is a real
# office over SQLite with a case in it (cmd/mohur/api_fuzz_test.go), asked as a body's program and as the agency's. Anything found fails.
#
# Version, seed and checks are fixed: schemathesis 4.32.5, seed 20261122, every check of that version but
#   - positive_data_acceptance outside the office's own routes: there a right request holds a signed document, which nobody can make up;
#   - POST /v1/certificates/validations, whose media type (application/pkix-cert) schemathesis can't write.
# schemathesis.toml says which statuses count as right. CASES is how many cases each operation has in the fuzzing phase, beside those of the coverage and
# stateful phases: 100 makes over 10,000 cases in all. SHORT=1 leaves out the routes that are not the office's.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=$here/../var/schemathesis
if [ "${1:-}" = one ]; then # called by the test, with MOHUR_URL, MOHUR_KEY and MOHUR_PROGRAM
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	cd "$work"
	try() {
		name=$1
		shift
		echo "schemathesis as the program of $MOHUR_PROGRAM: $name"
		status=0
		"$venv/bin/schemathesis" --config-file "$here/schemathesis.toml" run "$MOHUR_URL/openapi.json" -H "Authorization: Bearer $MOHUR_KEY" --seed 20261122 \
			--continue-on-failure --suppress-health-check all --warnings off --no-color "$@" >out 2>&1 || status=$?
		if [ $status != 0 ]; then
			cat out
			exit $status
		fi
		grep -A1 -E '^Test cases:|Tested:' out | grep -v -e '^--' -e '^$'
	}
	try "the office" --include-tag office -n "${CASES:-100}"
	if [ "$MOHUR_PROGRAM" = agency ] && [ -z "${SHORT:-}" ]; then
		try "everything else" --exclude-tag office --exclude-operation-id postCertificateValidation --exclude-checks positive_data_acceptance -n 5
	fi
	exit 0
fi
if ! "$venv/bin/schemathesis" --version 2>/dev/null | grep -q 'version 4\.32\.5$'; then
	mkdir -p "$here/../var"
	python3 -m venv "$venv" || { echo "python3 with its venv module is needed (Debian: python3-venv)" >&2; exit 2; }
	"$venv/bin/pip" install -q schemathesis==4.32.5 || { echo "schemathesis could not be installed" >&2; exit 2; }
fi
cd "$here/.."
MOHUR_API_FUZZ="sh '$here/schemathesis.sh' one" exec go test -tags apifuzz ./cmd/mohur -run 'TestAPIFuzz$' -count=1 -v -timeout 90m
