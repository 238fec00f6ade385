#!/bin/sh
# Shows that verifying opens no file but its inputs and no socket, whatever the documents name: every open, connect and exec of the process is
# recorded with strace and held against a list. strace.sh [ANCHORS REVOCATION FILE...]; without arguments the PDF and CMS documents of
# MOHUR_CONFORMANCE. STRACE_EXTRA adds arguments to mohur verify, to see the check fail: STRACE_EXTRA="--policy /etc/hostname".
set -eu
cd "$(dirname "$0")/.."
scripts/packages.sh interop
mkdir -p bin var && go build -o bin/mohur ./cmd/mohur
log=$PWD/var/strace.txt
if [ $# -eq 0 ]; then
	suites=${MOHUR_CONFORMANCE:-$PWD/../shared/conformance}
	[ -d "$suites/attack" ] || { echo "MOHUR_CONFORMANCE names no folder: $suites"; exit 2; }
	set -- "$suites/attack/pki/root.cert.pem" "$suites/attack/pki" "$suites/attack" "$suites/pyhanko" "$suites/dss"
fi
anchors=$1 revocation=$2
shift 2
# shellcheck disable=SC2086
strace -f -qq -o "$log" -e trace=open,openat,openat2,creat,socket,connect,bind,sendto,execve,execveat \
	bin/mohur verify --json --offline --anchors "$anchors" --revocation "$revocation" --time 2026-11-22T12:00:00Z ${STRACE_EXTRA:-} "$@" >/dev/null 2>&1 || status=$?
[ "${status:-0}" -le 2 ] || { echo "strace: mohur verify ended with status $status"; exit 1; }
# What the process itself needs: its own program, the loader and the C library, the kernel's settings, the time zone.
awk -v inputs="$anchors $revocation $*" '
	BEGIN { n = split(inputs, allowed, " ") }
	/ENOENT|resumed>|--- SIG|exited with/ { next }
	/(socket|connect|bind|sendto)\(/ { print "socket: " $0; bad++; next }
	/execveat?\(/ { if (++execs > 1) { print "program: " $0; bad++ } next }
	{
		if (!match($0, /"[^"]*"/)) next
		f = substr($0, RSTART + 1, RLENGTH - 2); opened++
		if (f ~ /^\/(lib|usr\/lib|proc\/self|sys\/kernel|sys\/fs\/cgroup|proc\/sys)\// || f == "/etc/ld.so.cache" || f == "/etc/localtime" || f ~ /^\/usr\/share\/zoneinfo/ || f ~ /(^|\/)bin\/mohur$/) next
		for (i = 1; i <= n; i++) if (f == allowed[i] || index(f, allowed[i] "/") == 1) { inside++; next }
		print "file: " f; bad++
	}
	END {
		printf "strace: %d opened, %d of them the inputs, %d that no input explains\n", opened, inside, bad
		exit bad > 0 || inside == 0
	}' "$log"
