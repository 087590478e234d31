# Shared by scripts/run and scripts/test. Source it; it changes into the project's folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Tools that a test run installs for itself, kept from one checkout to the next.
tools=${HALLWAY_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/hallway-tools}

say() { printf '\n\033[1m==> %s\033[0m\n' "$*"; }
die() { printf '\nerror: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

need_rust() {
  has cargo || die "cargo is missing. Install Rust from https://rustup.rs and run this again."
}

need_node() {
  has npm || die "npm is missing. Install Node.js 20 or newer from https://nodejs.org and run this again."
  local major
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] || die "Node.js $major is too old. Install Node.js 20 or newer from https://nodejs.org."
}

# install_package COMMAND PACKAGE...: from the system's packages, where we may.
install_package() {
  local command=$1
  shift
  if has apt-get && [ "$(id -u)" = 0 ]; then
    say "installing $*"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  else
    die "$command is missing. Install it (Debian, Ubuntu: sudo apt-get install $*) and run this again."
  fi
}

web_packages() {
  need_node
  if [ ! -f web/node_modules/.package-lock.json ] || [ web/package-lock.json -nt web/node_modules/.package-lock.json ]; then
    say "installing the web app's packages"
    (cd web && npm ci --no-audit --no-fund --loglevel=error)
    touch web/node_modules/.package-lock.json
  fi
}

# What the built web app was made from, as one hash.
web_sources() {
  (cd web && find src public index.html package-lock.json vite.config.ts tsconfig*.json -type f 2>/dev/null \
    | LC_ALL=C sort | xargs cat | cksum)
}

# Builds web/dist unless it was built from these very sources.
web_build() {
  local now
  now=$(web_sources)
  if [ ! -f web/dist/index.html ] || [ "$(cat web/dist/.sources 2>/dev/null)" != "$now" ]; then
    web_packages
    say "building the web app"
    (cd web && npm run --silent build)
    printf '%s\n' "$now" >web/dist/.sources
  fi
}
