#!/bin/sh
# Prints the path of a Python that has pyHanko, in a virtual environment under var/ that the first call makes.
set -eu
cd "$(dirname "$0")/.."
venv=$PWD/var/pyhanko
if ! [ -x "$venv/bin/python" ] || ! "$venv/bin/python" -c 'import pyhanko.sign.validation' 2>/dev/null; then
	mkdir -p var
	python3 -m venv "$venv" >&2 || { echo "python3 with its venv module is needed (Debian: python3-venv)" >&2; exit 2; }
	"$venv/bin/pip" install -q "pyhanko[pkcs11,image-support,opentype]==0.38.0" >&2 || { echo "pyHanko could not be installed" >&2; exit 2; }
fi
echo "$venv/bin/python"
