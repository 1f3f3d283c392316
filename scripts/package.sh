#!/usr/bin/env bash
# Makes packages of what is built in build/. The result lies in dist/.
#
#   scripts/package.sh wheel    for pip: everything but libtorch, which is torch 2.11.0 of the same Python
#   scripts/package.sh deb      for the Debian it is made on, with libtorch for processors
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=$(realpath -m "${DLRUN_BUILD:-build}")
version=$(sed -n 's/^project(dlrun VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)

usage() { sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
fail() { printf 'package: %s\n' "$*" >&2; exit 1; }

# Libraries that every system of the tag has: glibc, and what comes with gcc (PEP 600). libtorch's own come with it.
given='linux-vdso|ld-linux.*|libc|libm|libdl|librt|libpthread|libutil|libgcc_s|libstdc\+\+|libresolv'
torch='libtorch.*|libc10.*|libgomp.*|libcud.*|libcupti.*|libcu.*|libnv.*|libnccl.*'

# Copies the libraries that the files of a tree need and its system may lack or have in another version.
carry_libraries() {
  local tree=$1 name path
  while read -r name path; do
    [[ $name =~ ^(${given}|${torch})\.so ]] && continue
    [ -e "$tree/lib/dlrun/$name" ] && continue
    install -m 755 "$path" "$tree/lib/dlrun/$name"
  done < <(ldd "$tree"/bin/dlrun "$tree"/lib/dlrun/libdlrun_{engine,images}.so | sed -n 's/^\t\([^ ]*\) => \(\/[^ ]*\) .*/\1 \2/p' | sort -u)
}

wheel() {
  scripts/packaging/libraries.sh
  cmake -S . -B "$build" >/dev/null
  ninja -C "$build" dlrun package_wheel_parts
  local tree=$build/wheel-tree
  rm -rf "$tree"
  cmake --install "$build" --component program --prefix "$tree" >/dev/null
  rm -f "$tree"/lib/dlrun/*.so "$tree"/bin/dlrun  # those of the other linking; OpenCV, for rarer pictures, stays outside (400 MB)
  cp "$build"/wheel-parts/bin/dlrun "$tree/bin/"
  cp "$build"/wheel-parts/lib/dlrun/*.so "$tree/lib/dlrun/"
  strip --strip-unneeded "$tree"/bin/dlrun "$tree"/lib/dlrun/*.so
  carry_libraries "$tree"
  mkdir -p dist
  rm -f dist/dlrun-*.whl
  python3 scripts/packaging/wheel.py "$tree" "$version" dist
}

deb() {
  command -v dpkg-shlibdeps >/dev/null || fail "dpkg-shlibdeps is missing: sudo apt-get install dpkg-dev"
  # OpenCV, 421 MB with what it needs, is for a plugin that most never load: suggested, and not depended upon.
  local opencv wrapped=$build/shlibdeps
  opencv=$(dpkg-query -W -f '${Package}\n' 'libopencv-core*[0-9]' 'libopencv-imgcodecs*[0-9]' 2>/dev/null || true)
  mkdir -p "$wrapped"
  printf '#!/bin/sh\nexec %s %s "$@"\n' "$(command -v dpkg-shlibdeps)" "$(sed 's/^/-x/' <<<"$opencv" | tr '\n' ' ')" >"$wrapped/dpkg-shlibdeps"
  chmod 755 "$wrapped/dpkg-shlibdeps"
  DLRUN_DEB_SUGGESTS=$(grep imgcodecs <<<"$opencv" || true) cmake -S . -B "$build" >/dev/null
  ninja -C "$build" dlrun
  (cd "$build" && PATH=$wrapped:$PATH cpack -G DEB -B "$PWD/deb" >deb.log) || { tail -n 20 "$build/deb.log" >&2; fail "cpack failed"; }
  mkdir -p dist
  mv "$build"/deb/dlrun_*.deb dist/
  ls dist/dlrun_*.deb
}

case ${1:-} in
  wheel) wheel ;;
  deb) deb ;;
  *) usage ;;
esac
