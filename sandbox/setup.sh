# Set-up shared by ./start and ./test: makes .local/venv with the packages of requirements-dev.txt.
# Sourced (by a POSIX shell, from the root of the project), so that both commands set up the same way.
# Nothing outside .local/ is touched here. What it needs: some Python 3, and the network once.

set -u

began=$(date +%s)
venv=.local/venv
python=$venv/bin/python
setup_log=.local/logs/setup.log
setup_lock=.local/setup.lock

# Where macOS and a user's own installations keep programs that a bare PATH does not name.
PATH=$PATH:/opt/homebrew/bin:/usr/local/bin:$HOME/.local/bin
export PATH

say() {
    printf '[%3d s] %s\n' $(($(date +%s) - began)) "$1"
}

# die SENTENCE: one sentence that says what to do; the details of what failed stand in the log.
die() {
    printf '%s: %s\n' "$0" "$1" >&2
    exit 1
}

# runs_as_wanted PYTHON: it starts, is 3.12 or newer, and is whole. Only running it can tell: a pyenv
# shim is on the PATH for every version ever installed, and fails for those that are not selected.
runs_as_wanted() {
    "$1" -c 'import ssl, sys, zlib; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1
}

# every_python: each Python that may be here, one a line; production's version, 3.12, comes first.
every_python() {
    for name in python3.12 python3.13 python3.14 python3; do
        command -v "$name" || true
    done
    for version in 3.12 3.13 3.14 3; do
        for candidate in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version"*/bin/python3; do
            if [ -x "$candidate" ]; then echo "$candidate"; fi
        done
    done
    if [ -x /usr/bin/python3 ]; then echo /usr/bin/python3; fi
}

# find_python: the real path (never a shim) of the first interpreter that is good enough.
find_python() {
    every_python | while IFS= read -r candidate; do
        if runs_as_wanted "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            break
        fi
    done
}

# pip_wheel: a pip that is not installed, but can run from its file: Debian keeps one for its venv
# module, and gives the package away without root. Prints the path, or nothing.
pip_wheel() {
    for wheel in /usr/share/python-wheels/pip-*.whl .local/pip/usr/share/python-wheels/pip-*.whl; do
        if [ -f "$wheel" ]; then
            echo "$wheel"
            return
        fi
    done
    command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 0
    mkdir -p .local/pip/lists/partial .local/pip/archives/partial
    # Its own lists, so that neither root nor an earlier `apt-get update` is needed.
    private="-o Dir::State::lists=$PWD/.local/pip/lists -o Dir::Cache=$PWD/.local/pip"
    (
        cd .local/pip &&
            { apt-get download python3-pip-whl ||
                # shellcheck disable=SC2086  # two options, meant to be split
                { apt-get $private update && apt-get $private download python3-pip-whl; }; } &&
            dpkg -x python3-pip-whl_*.deb .
    ) >>"$setup_log" 2>&1 || return 0
    for wheel in .local/pip/usr/share/python-wheels/pip-*.whl; do
        if [ -f "$wheel" ]; then echo "$wheel"; fi
    done
}

# install_uv: puts uv under .local/uv with whatever pip can be had; fails when none can.
install_uv() {
    every_python | {
        while IFS= read -r candidate; do
            "$candidate" -m pip install --quiet --upgrade --target .local/uv uv \
                >>"$setup_log" 2>&1 </dev/null && exit 0
        done
        exit 1
    } && return
    wheel=$(pip_wheel)
    [ -n "$wheel" ] || return 1
    every_python | {
        while IFS= read -r candidate; do
            PYTHONPATH=$wheel "$candidate" -m pip install --quiet --upgrade --target .local/uv uv \
                >>"$setup_log" 2>&1 </dev/null && exit 0
        done
        exit 1
    }
}

# find_uv: sets $uv, installing it where it is missing.
find_uv() {
    for uv in uv .local/uv/bin/uv; do
        if "$uv" --version >/dev/null 2>&1; then return; fi
    done
    say "Fetching uv, which installs the packages"
    if install_uv && .local/uv/bin/uv --version >/dev/null 2>&1; then return; fi
    if command -v brew >/dev/null && brew install uv >>"$setup_log" 2>&1; then
        uv=uv
        return
    fi
    die "uv could not be fetched; install it (https://docs.astral.sh/uv/) or give python3 its pip, \
then run this again (details: $setup_log)."
}

# download_python: sets $interpreter to one that uv puts under .local/python.
download_python() {
    say "No Python 3.12 or newer runs here: downloading one with uv"
    UV_PYTHON_INSTALL_DIR=$PWD/.local/python
    export UV_PYTHON_INSTALL_DIR
    # Not --managed-python in the search: what uv has downloaded already is good too.
    if "$uv" python install --no-bin 3.12 >>"$setup_log" 2>&1; then
        interpreter=$("$uv" python find --managed-python 3.12 2>>"$setup_log")
    fi
    if [ -z "$interpreter" ] || ! runs_as_wanted "$interpreter"; then
        die "Python 3.12 or newer is needed, none that runs was found, and uv could not download \
one; install Python 3.12 (apt, brew or pyenv) and run this again (details: $setup_log)."
    fi
}

# wanted_packages: changes when a requirement changes, or the project has been moved.
wanted_packages() {
    { pwd && cat requirements.txt requirements-dev.txt; } | cksum
}

is_set_up() {
    [ "$(cat "$venv/installed" 2>/dev/null)" = "$(wanted_packages)" ] && runs_as_wanted "$python"
}

# take_lock: two people, or two terminals, may set up the same tree at once; the second one waits.
take_lock() {
    waited=0
    until mkdir "$setup_lock" 2>/dev/null; do
        holder=$(cat "$setup_lock/pid" 2>/dev/null)
        if [ "$waited" -gt 0 ] && ! kill -0 "${holder:-none}" 2>/dev/null; then
            rm -rf "$setup_lock" # its holder was killed, and cannot take it away
            continue
        fi
        if [ "$waited" = 1 ]; then say "Waiting for another set-up (process $holder) to end"; fi
        sleep 1
        waited=$((waited + 1))
    done
    echo $$ >"$setup_lock/pid"
    trap 'rm -rf "$setup_lock"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

make_venv() {
    interpreter=$(find_python)
    find_uv
    if [ -z "$interpreter" ]; then download_python; fi
    say "Installing the packages for Python $("$interpreter" -c \
        'import platform; print(platform.python_version())') into $venv"
    "$uv" venv --quiet --clear --no-project --python "$interpreter" "$venv" >>"$setup_log" 2>&1 &&
        "$uv" pip install --quiet --python "$python" -r requirements-dev.txt >>"$setup_log" 2>&1 ||
        die "the packages of requirements-dev.txt could not be installed; see $setup_log, \
check the network, and run this again."
    wanted_packages >"$venv/installed"
}

# set_up: the only thing that the two commands call.
set_up() {
    if is_set_up; then return; fi
    mkdir -p .local/logs || die ".local/ cannot be written; run this where you may write."
    take_lock
    if ! is_set_up; then make_venv; fi
    rm -rf "$setup_lock"
    trap - EXIT INT TERM HUP
    say "Set-up is complete"
}
