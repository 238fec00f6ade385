#!/bin/sh
# make s3: the store of files against a real S3-compatible service on loopback, versitygw (Apache-2.0), which the Go module proxy serves; the first run
# builds it, some minutes. Then the same office's back-up, restore and fsck with its files in a bucket.
set -eu
cd "$(dirname "$0")/.."
version=v1.8.0
work=$(mktemp -d)
trap 'kill "$pid" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT INT TERM
pid=
server=$(go env GOPATH)/bin/versitygw
[ -x "$server" ] || go install github.com/versity/versitygw/cmd/versitygw@$version
mkdir -p "$work/data/mohur-test"
export AWS_ACCESS_KEY_ID=mohur AWS_SECRET_ACCESS_KEY=mohur-test-secret
port=$(( 20000 + $$ % 20000 ))
"$server" --access "$AWS_ACCESS_KEY_ID" --secret "$AWS_SECRET_ACCESS_KEY" --port "127.0.0.1:$port" posix "$work/data" > "$work/log" 2>&1 &
pid=$!
for _ in $(seq 100); do
	if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || curl -s -o /dev/null "http://127.0.0.1:$port/"; then break; fi
	kill -0 "$pid" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
	sleep 0.1
done
echo "1. The suite of stores of files"
MOHUR_S3="http://127.0.0.1:$port" go test -count=1 -tags s3 -run 'TestS3Server' "$@" ./internal/store/blob

echo "2. An office moves from folders into the bucket and back, and nothing is wrong with it"
scripts/packages.sh test
go build -o "$work/mohur" ./cmd/mohur
"$work/mohur" demo -exit -dir "$work/demo" > "$work/demo.log" 2>&1 || { cat "$work/demo.log" >&2; exit 1; }
config() { # FOLDER [URL]
	printf 'data = "%s"\npublic_url = "http://localhost:8420"\n[agency]\nname = "x"\n[trust]\nanchors = ["%s"]\n[audit]\ncheckpoints = "%s"\n' "$1" "$work/demo/anchors" "$work/demo/checkpoints"
	[ -z "${2:-}" ] || printf '[blobs]\nurl = "%s"\n' "$2"
}
config "$work/demo" > "$work/demo.toml"
config "$work/moved" "s3://mohur-test/office?endpoint=http://127.0.0.1:$port" > "$work/moved.toml"
config "$work/back" > "$work/back.toml"
"$work/mohur" backup --config "$work/demo.toml" "$work/one"
"$work/mohur" restore --config "$work/moved.toml" "$work/one"
"$work/mohur" fsck --config "$work/moved.toml"
"$work/mohur" backup --config "$work/moved.toml" "$work/two"
"$work/mohur" restore --config "$work/back.toml" "$work/two"
"$work/mohur" fsck --config "$work/back.toml"
diff -r "$work/one/files" "$work/two/files"
object=$(find "$work/data/mohur-test/office/blobs" -type f | head -1)
printf x >> "$object"
status=0
"$work/mohur" fsck --config "$work/moved.toml" || status=$?
[ "$status" = 1 ] || { echo "a changed object was not found: $status" >&2; exit 1; }
status=0
"$work/mohur" backup --config "$work/moved.toml" "$work/three" || status=$?
[ "$status" = 1 ] || { echo "a changed object was backed up: $status" >&2; exit 1; }
echo "S3: all as it should be."
