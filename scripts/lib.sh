# Shared by ./shelfline, scripts/run and scripts/test. Requires `root`, the checkout's folder; gives `node`.

fail() {
  printf 'shelfline: %s\n' "$1" >&2
  exit 1
}

# Installs the packages when there are none, or when package-lock.json has changed since they were installed.
install_packages() {
  stamp=$root/node_modules/.shelfline-lock
  wanted=$(cksum <"$root/package-lock.json") || fail "$root/package-lock.json can't be read"
  is_installed && return
  command -v npm >/dev/null || fail 'npm is missing: install Node.js 20.3 or newer, which brings it'
  mkdir -p -m 700 "$root/.shelfline"
  lock=$root/.shelfline/npm-install.lock
  until mkdir "$lock" 2>/dev/null; do
    # The folder of an installation that was killed: its process is gone.
    kill -0 "$(cat "$lock/pid" 2>/dev/null || echo $$)" 2>/dev/null || rm -rf "$lock"
    sleep 1
  done
  trap 'rm -rf "$lock"' EXIT
  trap 'exit 130' INT TERM
  echo $$ >"$lock/pid"
  is_installed || run_npm
  rm -rf "$lock"
  trap - EXIT INT TERM
}

is_installed() {
  [ -d "$root/node_modules" ] || return 1
  [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return
  # npm was run by hand after the lock file was written.
  [ "$root/node_modules/.package-lock.json" -nt "$root/package-lock.json" ] || return 1
  echo "$wanted" >"$stamp"
}

run_npm() {
  log=$root/.shelfline/npm-ci.log
  echo 'shelfline: installing the npm packages (about 20 to 50 s, once) ...' >&2
  fetch_jars &
  if ! (cd "$root" && npm ci --include=optional --no-audit --no-fund) >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    fail "npm ci failed; its output is in $log"
  fi
  rm -f "$log"
  echo "$wanted" >"$stamp"
  wait
}

# Maven downloads Kafka's jars into its own cache while npm downloads. Best effort: the stack asks Maven again, and reports what fails.
fetch_jars() {
  command -v mvn >/dev/null || return
  plugin=org.apache.maven.plugins:maven-dependency-plugin:3.8.1
  mvn --batch-mode --strict-checksums --quiet "$plugin:resolve" -f "$root/scripts/stack/kafka/pom.xml" >/dev/null 2>&1
}

# Sets `node`: the pinned one that npm installed, else the machine's when it is new enough.
find_node() {
  node=$root/node_modules/.bin/node
  [ -x "$node" ] && return
  node=$(command -v node) || fail 'Node.js 24 or newer is missing: npm has none for this platform, install it yourself'
  major=$("$node" -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 24 ] || fail "$node is version $major: npm has no Node.js 24 for this platform, install it yourself"
}

# Runs a TypeScript file of the checkout in place of this shell.
run_typescript() {
  # With OpenMP's default a thread that waits burns its core; models share cores with the servers.
  export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-PASSIVE}"
  [ -n "${XDG_CACHE_HOME:-${HOME:-}}" ] || fail 'HOME is not set: set it, or XDG_CACHE_HOME, to a folder for downloads and builds'
  export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/shelfline/compiled}"
  exec "$node" --disable-warning=ExperimentalWarning --disable-warning=TimeoutNegativeWarning "$@"
}
