#!/bin/sh
# Unpacks newer servers than the system has, for tests: nothing is installed, root is not needed.
#
#   test/setup/newer-servers.sh FOLDER [trixie] [sid]
#
# FOLDER/<suite> gets what the Debian packages hold, FOLDER/<name> (redis-8.0.2, valkey-9.1.2 ...) wrappers that start it.
# Then: RESPITE_SERVERS=FOLDER npm test. Needs apt-get and dpkg; MIRROR names another mirror than deb.debian.org.
set -eu

[ $# -ge 1 ] || { echo "usage: $0 FOLDER [trixie] [sid]" >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- trixie sid
mirror=${MIRROR:-http://deb.debian.org/debian}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The programs are built for a newer libc than this system's, so each suite brings its own, with its own loader.
libraries="libc6 libatomic1 libjemalloc2 liblzf1 libssl3t64 libsystemd0 libstdc++6 libgcc-s1 libzstd1 zlib1g libcap2"

# wrapper FILE PROGRAM: starts PROGRAM through the loader of the suite; exec keeps the process id.
wrapper() {
  printf '#!/bin/sh\nexec "%s" --library-path "%s" "%s" "$@"\n' "$loader" "$(dirname "$loader")" "$2" > "$1"
  chmod 755 "$1"
}

for suite in "$@"; do
  apt=$folder/.apt-$suite
  root=$folder/$suite
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/debs" "$root"
  echo "deb [signed-by=$keyring] $mirror $suite main" > "$apt/sources.list"
  # A private package list: the system's own stays as it is.
  private() {
    apt-get -oDir::Etc::sourcelist="$apt/sources.list" -oDir::Etc::sourceparts=/dev/null \
      -oDir::State::Lists="$apt/lists" -oDir::Cache="$apt/cache" -oAPT::Sandbox::User="$(id -un)" "$@"
  }
  private -qq update
  (
    cd "$apt/debs"
    for package in redis-tools valkey-tools $libraries; do
      private -qq download "$package/$suite" || echo "$suite has no $package" >&2
    done
  )
  for deb in "$apt"/debs/*.deb; do dpkg -x "$deb" "$root"; done
  rm -r "$apt"

  loader=$(ls "$root"/usr/lib/*/ld-linux-* "$root"/usr/lib*/ld-linux-* 2>/dev/null | head -n 1)
  for brand in redis valkey; do
    # The server is the check program under another name: it looks at its own.
    [ -e "$root/usr/bin/$brand-check-rdb" ] || continue
    ln -sf "$brand-check-rdb" "$root/usr/bin/$brand-server"
    wrapper "$root/$brand-server" "$root/usr/bin/$brand-server"
    version=$("$root/$brand-server" --version | sed -n 's/.* v=\([^ ]*\).*/\1/p')
    rm "$root/$brand-server"
    mkdir -p "$folder/$brand-$version"
    for program in server cli check-rdb check-aof benchmark; do
      [ -e "$root/usr/bin/$brand-$program" ] || continue
      wrapper "$folder/$brand-$version/$brand-$program" "$root/usr/bin/$brand-$program"
    done
    echo "$brand $version in $folder/$brand-$version"
  done
done
