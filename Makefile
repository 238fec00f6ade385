# make demo [ARGS=-exit]   install what is missing, build, walk one case with real parts, then keep serving
# make test                everything that proves the product, set-up included
# make check               vet, gofumpt, golangci-lint
# make conformance [ARGS=-v] public test suites (MOHUR_CONFORMANCE, by default ../shared/conformance)
# make fuzz [TIME=2m]      every fuzz target; make bench: figures beside the peers; make interop: other programs read what we seal
# make tokens              every software token: SoftHSM2, NSS, p11-kit, Kryoptic, openCryptoki; 64 goroutines on one key for a minute
# make load [RUNS=3]       200 people for five minutes on SQLite and PostgreSQL; make kills [KILLS=100]: kill -9 at random moments
# make s3                 files in a bucket of a real S3-compatible service; an office that moves there and back
# make volume             every list and page with a million submissions on PostgreSQL, a tenth of that on SQLite (30 GB, half an hour)
# make api-fuzz [CASES=100] the interface for programs against its OpenAPI document: schemathesis 4.32.5, seed 20261122, checks named in scripts/schemathesis.sh
.PHONY: api-fuzz demo test check conformance fuzz bench interop tokens kills load volume s3 build clean
export PATH := $(shell go env GOPATH 2>/dev/null)/bin:$(PATH)

demo:
	@sh scripts/demo.sh $(ARGS)

test:
	@sh scripts/test.sh $(ARGS)

build:
	@mkdir -p bin && go build -o bin/mohur ./cmd/mohur

check:
	@go vet ./...
	@command -v gofumpt >/dev/null || go install mvdan.cc/gofumpt@v0.12.0
	@test -z "$$(gofumpt -l .)" || { gofumpt -l .; exit 1; }
	@command -v golangci-lint >/dev/null || go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
	@golangci-lint run ./...

conformance:
	@sh scripts/conformance.sh $(ARGS)

fuzz:
	@sh scripts/fuzz.sh $(TIME)

bench:
	@sh scripts/bench.sh $(ARGS)

interop:
	@sh scripts/interop.sh

kills:
	@MOHUR_KILLS=$(or $(KILLS),100) go test ./cmd/mohur -run 'TestKills' -count=1 -v -timeout 60m

load:
	@sh scripts/load.sh

api-fuzz:
	@CASES=$(CASES) sh scripts/schemathesis.sh

volume:
	@sh scripts/volume.sh

s3:
	@sh scripts/s3.sh $(ARGS)

tokens:
	@sh scripts/tokens.sh $(ARGS)

clean:
	@rm -rf bin var
