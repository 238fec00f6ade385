#!/bin/sh
# What `make test` does: packages, then every test of the project. Nothing is skipped: a part that cannot run fails with its reason.
set -eu
cd "$(dirname "$0")/.."
echo "1. Debian packages (softhsm2, postgresql-15, chromium, qpdf, poppler-utils, openssl, curl, fonts)"
scripts/packages.sh test
echo "2. go vet"
go vet ./...
go vet -tags "bench conformance interop load s3 tokens" ./...
echo "3. Tests: unit, house rules, both databases, SoftHSM2, command line, browser journey"
go test -timeout 25m "$@" ./...
echo "4. The verify-only build needs no C compiler"
CGO_ENABLED=0 go build -o /dev/null ./cmd/mohur
echo "All tests passed."
