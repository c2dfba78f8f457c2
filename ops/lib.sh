# What ops/run and ops/test share: finding the tools that the platform needs, and installing those
# that a fresh machine lacks. Sourced, not run.
# Written for bash 3.2 as well, which is what macOS has.
# shellcheck shell=bash

POSTGRES_MAJOR_MIN=14
PYTHON_MINOR_MIN=11 # of 3: schemathesis needs it

# Each argument is a line.
say() { printf '%s\n' "$@"; }

fail() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  shift
  if (($#)); then printf '  %s\n' "$@" >&2; fi
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# Installs what is missing of: cc curl postgres node python poppler chromium. Needs no privileges if nothing is.
need() {
  local tool missing=()
  for tool in "$@"; do
    "has_$tool" || missing+=("$tool")
  done
  if ((${#missing[@]} == 0)); then return; fi

  say "Installing what is missing here: ${missing[*]}"
  if have apt-get; then
    install_with_apt "${missing[@]}"
  elif have dnf; then
    install_with_dnf "${missing[@]}"
  elif have brew; then
    install_with_brew "${missing[@]}"
  else
    fail "please install: ${missing[*]}" "(this script knows apt-get, dnf and brew only)"
  fi

  for tool in "${missing[@]}"; do
    "has_$tool" || "still_lacks_$tool"
  done
}

has_cc() { have cc; }
has_curl() { have curl; }
has_node() { have node && have npm; }
has_poppler() { have pdftotext && have pdfinfo; }

has_chromium() { chromium_program >/dev/null; }

# Chromium, or a browser made of it.
chromium_program() {
  local program
  for program in "${CHROMIUM:-}" chromium chromium-browser google-chrome \
    '/Applications/Chromium.app/Contents/MacOS/Chromium' \
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'; do
    [[ -n $program ]] || continue
    if command -v "$program" 2>/dev/null; then return; fi
  done
  return 1
}

has_python() { python_program >/dev/null; }

# A Python that is new enough and can make environments, which Debian has in a package of its own.
python_program() {
  local program
  for program in python3 python3.14 python3.13 python3.12 python3.11; do
    have "$program" || continue
    if "$program" -c "import sys, ensurepip, venv; sys.exit(sys.version_info < (3, $PYTHON_MINOR_MIN))" 2>/dev/null; then
      printf '%s\n' "$program"
      return
    fi
  done
  return 1
}

# The same places, in the same order, as the platform itself looks for the server programs.
has_postgres() {
  local folder version
  while IFS= read -r folder; do
    [[ $folder == /* && -x $folder/initdb && -x $folder/postgres ]] || continue
    version=$("$folder/postgres" --version) || continue # postgres (PostgreSQL) 15.18 (Debian …)
    version=${version#postgres (PostgreSQL) }
    if ((${version%%[!0-9]*} >= POSTGRES_MAJOR_MIN)); then return 0; fi
  done < <(postgres_folders)
  if [[ -n ${PG_BINDIR:-} ]]; then # nothing that we could install would be used
    fail "PG_BINDIR=$PG_BINDIR has no initdb and postgres of PostgreSQL $POSTGRES_MAJOR_MIN or later"
  fi
  return 1
}

postgres_folders() {
  if [[ -n ${PG_BINDIR:-} ]]; then
    printf '%s\n' "$PG_BINDIR"
    return
  fi
  if have pg_config; then pg_config --bindir; fi
  printf '%s\n' "$PATH" | tr ':' '\n'
  printf '%s\n' /usr/lib/postgresql/*/bin /usr/local/lib/postgresql/*/bin \
    /Applications/Postgres.app/Contents/Versions/*/bin /usr/pgsql-*/bin \
    /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin
}

still_lacks_cc() { fail "there is still no C compiler (cc)"; }
still_lacks_curl() { fail "there is still no curl"; }
still_lacks_node() { fail "there is still no node and npm"; }
still_lacks_poppler() { fail "there is still no pdftotext and pdfinfo (of poppler)"; }
still_lacks_chromium() { fail "there is still no Chromium" "set CHROMIUM to the program of a browser made of it"; }
still_lacks_python() { fail "there is still no Python 3.$PYTHON_MINOR_MIN or later with venv"; }
still_lacks_postgres() {
  fail "this system's PostgreSQL is older than $POSTGRES_MAJOR_MIN" \
    "install a later one and set PG_BINDIR to its bin folder," \
    "or set DATABASE_URL to a server that runs elsewhere"
}

install_with_apt() {
  local tool packages=() apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o Dpkg::Use-Pty=0)
  # apt drops its privileges for downloads, and then needs a /tmp that everybody may write to.
  if [[ $(ls -ld /tmp/.) != d???????w* ]]; then apt+=(-o APT::Sandbox::User=root); fi
  as_root "${apt[@]}" update
  for tool in "$@"; do
    case $tool in
      cc) packages+=(gcc libc6-dev) ;;
      node) packages+=(nodejs npm) ;;
      poppler) packages+=(poppler-utils) ;;
      postgres) install_postgres_with_apt "${apt[@]}" ;;
      python) packages+=(python3 python3-venv) ;;
      *) packages+=("$tool") ;;
    esac
  done
  if ((${#packages[@]})); then
    as_root "${apt[@]}" install --no-install-recommends "${packages[@]}" >/dev/null
  fi
}

# Debian's package also makes and starts a database of its own on port 5432, which nobody here
# asked for. Its one switch is a file of postgresql-common: set for this installation, then put back.
install_postgres_with_apt() {
  as_root "$@" install --no-install-recommends postgresql-common >/dev/null
  # shellcheck disable=SC2016 # expanded by the inner shell
  as_root sh -euc '
    settings=/etc/postgresql-common/createcluster.conf
    cp -p "$settings" "$settings.kept"
    trap "mv \"$settings.kept\" \"$settings\"" EXIT
    printf "\ncreate_main_cluster = false\n" >>"$settings"
    "$@" install --no-install-recommends postgresql >/dev/null
  ' sh "$@"
}

install_with_dnf() {
  local tool packages=()
  for tool in "$@"; do
    case $tool in
      cc) packages+=(gcc) ;;
      node) packages+=(nodejs npm) ;;
      poppler) packages+=(poppler-utils) ;;
      postgres) packages+=(postgresql-server) ;;
      python) packages+=(python3) ;;
      *) packages+=("$tool") ;;
    esac
  done
  as_root dnf install -y -q "${packages[@]}"
}

install_with_brew() {
  local tool
  for tool in "$@"; do
    case $tool in
      cc) fail "there is no C compiler: run  xcode-select --install  and then this again" ;;
      postgres) brew install --quiet postgresql@17 ;;
      chromium) brew install --quiet --cask chromium ;;
      python) brew install --quiet python@3.13 ;;
      *) brew install --quiet "$tool" ;;
    esac
  done
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    fail "this needs root, and there is no sudo; as root, run:" "$*"
  fi
}

# Makes $scratch, a temporary folder; whoever makes one removes it. For root the databases run under
# another account, so it must be one that they can enter.
make_scratch() {
  local base=${TMPDIR:-/tmp}
  if ((EUID == 0)); then base=/tmp; fi
  scratch=$(mktemp -d "${base%/}/$1.XXXXXX")
  chmod 711 "$scratch"
}

# Rust is the one thing that is not installed here: people choose where and how they have it.
need_cargo() {
  if ! have cargo && [[ -x ${HOME:-}/.cargo/bin/cargo ]]; then
    PATH=$HOME/.cargo/bin:$PATH # rustup's own place, before a new shell has it
  fi
  have cargo || fail "Rust is missing; install it with this line, then run this again:" \
    "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
}
