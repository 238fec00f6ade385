#!/bin/sh
# Figures beside the peers, on the same files in the same run: CPU is user + system, warm page cache, medians of alternating runs.
# Needs what `make test` needs, and python3 with venv for pyHanko. BENCH_RUNS sets the runs (5).
set -eu
cd "$(dirname "$0")/.."
scripts/packages.sh test
if [ -n "${MOHUR_CONFORMANCE:-}" ]; then
	MOHUR_CONFORMANCE=$(cd "$MOHUR_CONFORMANCE" && pwd)
	export MOHUR_CONFORMANCE
fi
mkdir -p bin && go build -o bin/mohur ./cmd/mohur
MOHUR_PYTHON=$(sh scripts/pyhanko.sh)
export MOHUR_PYTHON
echo "In process (go test -bench)"
go test -run '^$' -bench 'Verify|Seal|KeySign' -benchtime "${BENCH_TIME:-2s}" -count 1 -benchmem ./verify/ ./signing/pades/ ./pkcs11/
echo "Whole processes beside pdfsig; MOHUR_CONFORMANCE adds documents of the public suites"
go test -count=1 -timeout 60m -tags bench -run '^TestBenchmarkProcesses$' -v ./cmd/mohur/
echo "Documents a second, with one worker and with two (MOHUR_CONFORMANCE; MOHUR_DSS names a program that runs EU DSS on the same documents)"
go test -count=1 -timeout 60m -tags bench -run '^TestBenchmarkThroughput$' -v ./cmd/mohur/
echo "Whole processes beside pdfsig, pyHanko and openssl"
go test -count=1 -timeout 60m -tags bench -run '^TestBenchmarkPeers$' -v ./cmd/mohur/
if [ -n "${MOHUR_DSS:-}" ] && [ -n "${MOHUR_CONFORMANCE:-}" ]; then
	echo "EU DSS on the PDF with 24 signatures, warm, in one process (above: BenchmarkVerifyManySignatures)"
	"$MOHUR_DSS" bench -warm 3 -iters 5 -noetsi "$MOHUR_CONFORMANCE/dss/dss-cookbook/src/test/resources/snippets/25sigs.pdf"
fi
