# Sourced by script/demo and script/test: a virtual environment with the program in it.
# Plain POSIX sh. Says what it is about to install, before it does.

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

cd "$(dirname "$0")/.." || exit 1

# apt_get WORD ... : waits where another program installs just now, as on every desktop that was
# started a moment ago. What it prints goes to "$log".
apt_get() {
    waited=0
    until $as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get "$@" >"$log" 2>&1; do
        grep -qE 'Could not get lock|Unable to (acquire|lock)' "$log" || return 1
        [ "$waited" -lt 1800 ] || return 1
        [ "$waited" -gt 0 ] || say "Another program is installing packages; waiting until it is done."
        sleep 3
        waited=$((waited + 3))
    done
}

# need_debian PACKAGE ... : what is missing is installed by apt-get, as root or with sudo.
need_debian() {
    missing=""
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
            missing="$missing $package"
    done
    [ -z "$missing" ] && return 0
    say "Installing Debian packages:$missing"
    as_root=""
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || fail "Please install as root: apt-get install$missing"
        as_root="sudo"
    fi
    log=$(mktemp)
    # shellcheck disable=SC2086
    if ! { apt_get update -q &&
        apt_get install -q -y --no-install-recommends $missing; }; then
        tail -n 5 "$log" >&2
        fail "apt-get could not install:$missing (its whole output is in $log)"
    fi
    rm -f "$log"
}

# need_system PACKAGE ... : the Debian packages where there is apt-get; elsewhere one line of advice.
need_system() {
    if command -v apt-get >/dev/null; then
        need_debian "$@"
        return
    fi
    case "$(uname -s)" in
        Darwin) advice="brew install python@3.12 && brew install --cask vlc (macOS is untried)" ;;
        MINGW* | MSYS* | CYGWIN*) fail "soundscape does not run on Windows." ;;
        *) advice="your package manager's Python 3.11 or newer with venv, and VLC 3" ;;
    esac
    say "This script installs nothing here. If a step fails, install: $advice"
}

find_python() {
    for python in python3 python3.13 python3.12 python3.11; do
        if command -v "$python" >/dev/null &&
            "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            return 0
        fi
    done
    fail "Python 3.11 or newer is needed, and none was found."
}

# need_program EXTRAS : the virtual environment .venv, with the program and the named extras.
# Extras of development come in the versions that constraints.txt names.
need_program() {
    find_python
    if [ ! -x .venv/bin/python ]; then
        say "Making a virtual environment in .venv"
        "$python" -m venv .venv || fail "The virtual environment could not be made."
    fi
    locked=""
    case "$1" in *dev* | *docs*) locked="-c constraints.txt" ;; esac
    wanted="$1 $(cat pyproject.toml constraints.txt | cksum)"
    if [ "$(cat .venv/installed 2>/dev/null)" != "$wanted" ]; then
        say "Installing soundscape and what it needs into .venv"
        # shellcheck disable=SC2086
        .venv/bin/python -m pip install --quiet --disable-pip-version-check $locked -e ".$1" ||
            fail "pip could not install soundscape."
        printf '%s' "$wanted" >.venv/installed
    fi
}

# need_uv : the resolver, in .venv.
need_uv() {
    [ -x .venv/bin/uv ] || .venv/bin/python -m pip install --quiet uv || fail "pip could not install uv."
}
