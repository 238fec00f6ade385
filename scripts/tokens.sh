#!/bin/sh
# One suite over every software token: SoftHSM2, NSS, p11-kit's remoting, Kryoptic, openCryptoki; then 64 goroutines on one key for a minute while
# the driver process is killed. tokens.sh [ARGS for go test]; MOHUR_TOKENS_MINUTE is how long the last part takes (60s).
# Kryoptic is built from its published crate at the lowest priority, once: it stays in the user's cache. openCryptoki's daemon and files live in
# namespaces of their own, so that a machine's own tokens are not touched; that needs root.
set -eu
cd "$(dirname "$0")/.."
version=1.5.2
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mohur
library() { # library NAME: where Debian put it
	for d in /usr/lib/*-linux-gnu /usr/lib64 /usr/lib; do [ -e "$d/$1" ] && { echo "$d/$1"; return; }; done
	echo "tokens.sh: $1 is not installed" >&2
	exit 2
}

if [ "${1:-}" != --inside ]; then
	scripts/packages.sh tokens
	kryoptic=$cache/kryoptic-$version.so
	if [ ! -e "$kryoptic" ]; then
		command -v cargo >/dev/null || { echo "tokens.sh: cargo is missing: Kryoptic needs Rust 1.85 or newer" >&2; exit 2; }
		echo "Building Kryoptic $version (two minutes, once)"
		work=$(mktemp -d) && mkdir -p "$cache"
		trap 'rm -rf "$work"' EXIT
		printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\n[dependencies]\nkryoptic = "=%s"\n' $version >"$work/Cargo.toml"
		: >"$work/lib.rs"
		# The crate is a shared library, so it can't be depended on in earnest: its source is fetched and built as it was published.
		source=$(cd "$work" && cargo metadata --quiet --format-version 1 2>"$work/log" | tr ',' '\n' | sed -n 's|.*"manifest_path":"\(.*\)/kryoptic-'$version'/Cargo.toml".*|\1/kryoptic-'$version'|p' | head -1)
		[ -n "$source" ] || { tail -5 "$work/log" >&2; echo "tokens.sh: Kryoptic's source could not be fetched" >&2; exit 2; }
		cp -r "$source" "$work/source" && chmod -R u+w "$work/source"
		(cd "$work/source" && nice -n 19 env CARGO_TARGET_DIR="$work/target" CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off \
			cargo build --quiet --release --locked --no-default-features --features minimal,kryoptic-lib/dynamic) >"$work/log" 2>&1 || {
			tail -20 "$work/log" >&2
			echo "tokens.sh: Kryoptic could not be built" >&2
			exit 2
		}
		cp "$work/target/release/libkryoptic_pkcs11.so" "$kryoptic.new" && mv "$kryoptic.new" "$kryoptic"
		rm -rf "$work"
		trap - EXIT
	fi
	go test -tags tokens -c -o "$cache/tokens.test" ./pkcs11
	export MOHUR_TOKENS_KRYOPTIC="$kryoptic" MOHUR_TOKENS_BINARY="$cache/tokens.test"
	[ "$(id -u)" = 0 ] || { echo "tokens.sh: openCryptoki's daemon needs root; run it as root or in a container" >&2; exit 2; }
	exec unshare --mount --ipc sh "$0" --inside "$@"
fi

shift
MOHUR_TOKENS_NSS=$(library libsoftokn3.so) MOHUR_TOKENS_P11KIT=$(library pkcs11/p11-kit-client.so) MOHUR_TOKENS_OPENCRYPTOKI=$(library opencryptoki/libopencryptoki.so.0)
export MOHUR_TOKENS_NSS MOHUR_TOKENS_P11KIT MOHUR_TOKENS_OPENCRYPTOKI MOHUR_TOKENS_MINUTE="${MOHUR_TOKENS_MINUTE:-60s}"
for d in /etc/opencryptoki /var/lib/opencryptoki /var/lock/opencryptoki /run; do
	mkdir -p $d && mount -t tmpfs none $d
done
mkdir -p /run/lock/opencryptoki /var/lock/opencryptoki/swtok /var/lib/opencryptoki/swtok/TOK_OBJ
chgrp -R pkcs11 /run/lock/opencryptoki /var/lock/opencryptoki /var/lib/opencryptoki
chmod -R 770 /run/lock/opencryptoki /var/lock/opencryptoki /var/lib/opencryptoki
printf 'version opencryptoki-3.8\nslot 0\n{\nstdll = libpkcs11_sw.so\n}\n' >/etc/opencryptoki/opencryptoki.conf
log=$(mktemp)
pkcsslotd -f >"$log" 2>&1 &
daemon=$!
trap 'kill $daemon 2>/dev/null || true; rm -f "$log"' EXIT
for _ in 1 2 3 4 5 6 7 8 9 10; do
	pkcsconf -t >/dev/null 2>&1 && break
	kill -0 $daemon 2>/dev/null || { cat "$log" >&2; echo "tokens.sh: openCryptoki's daemon ended" >&2; exit 2; }
	sleep 0.3
done
cd pkcs11
"$MOHUR_TOKENS_BINARY" -test.v -test.count=1 -test.timeout 10m -test.run '^(TestTokens|TestAlwaysAuthenticateOnKryoptic|TestAMinuteOf64Goroutines)$' "$@"
