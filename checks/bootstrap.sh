#!/bin/sh
# Make the development environment: find a Python, create the virtual environment, install the project and its tools.
set -eu
venv=$1

python=
for candidate in "${PYTHON:-}" python3.14 python3.13 python3.12 python3.11 python3 python; do
    if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "omics-mock needs Python 3.11 or newer, and none was found. Install it, or name it: make PYTHON=... " >&2
    exit 1
fi

if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "This Python $version cannot create virtual environments: install the package python$version-venv" >&2
        echo "(on Debian and Ubuntu: apt-get install python$version-venv), then run make again." >&2
        exit 1
    fi
    "$python" -m venv --clear "$venv"
fi

echo "Preparing $venv (once, and again when pyproject.toml changes) ..."
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'  # the first that knows dependency groups
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable . --group dev
