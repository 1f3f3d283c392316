#!/usr/bin/env bash
# Builds HDF5 and libarchive without what dlrun never asks of them, into .deps/packaging of the project (or DLRUN_PACKAGING_DIR), for packages
# that carry their libraries. Debian's reach far: HDF5 to curl and LDAP, libarchive to ICU; 45 MB in 25 files, of which dlrun uses nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
folder=${DLRUN_PACKAGING_DIR:-$PWD/.deps/packaging}
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
# The sources of Debian 12, which dlrun is tested with.
sources=(
  "h/hdf5/hdf5_1.10.8+repack1.orig.tar.gz 7b38e58ff83b13fd8959a90b13bf896bc318ba096c940ab0847abf3ad41a0b31"
  "liba/libarchive/libarchive_3.6.2.orig.tar.xz 9e2c1b80d5fbe59b61308fdfab6c79b5021d7ff4ff2489fb12daf0a96a83551d"
)
packages=(libzstd-dev liblzma-dev zlib1g-dev)

fail() { printf 'packaging: %s\n' "$*" >&2; exit 1; }

[ -e "$folder/complete" ] && exit 0
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
    fail "$package is missing: sudo apt-get install --no-install-recommends ${packages[*]}"
done
mkdir -p "$folder/sources"
cd "$folder/sources"
for source in "${sources[@]}"; do
  read -r path sum <<<"$source"
  file=${path##*/}
  if ! sha256sum --check --status <<<"$sum  $file" 2>/dev/null; then
    curl -sSfL --retry 3 -o "$file" "$mirror/pool/main/$path" || fail "could not download $mirror/pool/main/$path; DEBIAN_MIRROR names another"
    sha256sum --check --status <<<"$sum  $file" || fail "$file: is not the file that was expected (sha256)"
  fi
  tar -xf "$file"
done
common=(-G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$folder" -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_SHARED_LIBS=OFF
  -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DBUILD_TESTING=OFF)
# Its checks write into the working folder, and read from the build's.
mkdir -p hdf5
(cd hdf5 && cmake ../hdf5-* "${common[@]}" -DHDF5_BUILD_TOOLS=OFF -DHDF5_BUILD_EXAMPLES=OFF -DHDF5_BUILD_HL_LIB=OFF -DHDF5_BUILD_CPP_LIB=OFF \
  -DHDF5_BUILD_FORTRAN=OFF -DHDF5_ENABLE_Z_LIB_SUPPORT=ON -DHDF5_ENABLE_SZIP_SUPPORT=OFF -DHDF5_ENABLE_THREADSAFE=ON \
  >../hdf5.log) || fail "HDF5: see $PWD/hdf5.log"
ninja -C hdf5 "-j${JOBS:-$(nproc)}" install >>hdf5.log || fail "HDF5: see $PWD/hdf5.log"
cmake -S libarchive-* -B libarchive "${common[@]}" -DENABLE_TAR=OFF -DENABLE_CPIO=OFF -DENABLE_CAT=OFF -DENABLE_TEST=OFF \
  -DENABLE_OPENSSL=OFF -DENABLE_NETTLE=OFF -DENABLE_MBEDTLS=OFF -DENABLE_LIBXML2=OFF -DENABLE_EXPAT=OFF -DENABLE_LZO=OFF -DENABLE_LIBB2=OFF \
  -DENABLE_LZ4=OFF -DENABLE_BZip2=OFF -DENABLE_ACL=OFF -DENABLE_XATTR=OFF -DENABLE_ICONV=ON >libarchive.log || fail "libarchive: see $PWD/libarchive.log"
ninja -C libarchive "-j${JOBS:-$(nproc)}" install >>libarchive.log || fail "libarchive: see $PWD/libarchive.log"
touch "$folder/complete"
