#!/usr/bin/env bash
# Installs what dlrun is built with: Debian packages, and libtorch into .deps/ of the project. Safe to run at any time; what is
# there already is left alone.
#
#   scripts/setup.sh [parquet]    parquet: also pyarrow's libraries, which read Parquet, Arrow and Feather (170 MB on disk)
#
#   DLRUN_TORCH_DIR=/path     use this libtorch, or the `torch` folder of a Python installation; nothing is downloaded
#   DLRUN_SKIP_PACKAGES=1     do not look for Debian packages: you have put the libraries in place yourself
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
project=$PWD

torch_version=2.11.0
# The wheels torch 2.11.0 is linked with: libtorch_cpu.so needs libcudart.so.13 and libcupti.so.13 even without a GPU.
wheels=("torch==$torch_version" nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85)
python_tag=311  # of the torch wheel; its Python part is never used, so any Python can unpack it
needed_mib=2000
pyarrow=pyarrow==25.0.1  # another one needs other names of libraries: scripts/cmake/Arrow.cmake

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "setup: $1"
  shift
  for line in "$@"; do say "  $line"; done
  exit 1
}

tools=(g++ cmake ninja-build)
packages=(libyaml-cpp-dev libcli11-dev libspdlog-dev libfmt-dev libjpeg62-turbo-dev libpng-dev libhdf5-dev
  libarchive-dev nlohmann-json3-dev libxxhash-dev zlib1g-dev libcurl4-openssl-dev libpugixml-dev
  catch2)
helpful=(ccache mold libgloo-dev libopencv-imgcodecs-dev)  # without: a slower build, one process only, no TIFF, WebP or BMP

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing_packages() {
  local tool package
  for tool in "${tools[@]}"; do
    command -v "${tool%-build}" >/dev/null || echo "$tool"
  done
  # One query for all; a package it does not know is missing too.
  local there
  there=" $(dpkg-query -W -f '${binary:Package} ${db:Status-Status}\n' "${packages[@]}" "${helpful[@]}" 2>/dev/null |
    sed -n 's/^\([^ :]*\)[^ ]* installed$/\1/p' | tr '\n' ' ' || true) "
  for package in "${packages[@]}" "${helpful[@]}"; do
    case $there in *" $package "*) ;; *) echo "$package" ;; esac
  done
  # Python is needed once, to download and unpack libtorch.
  if [ -z "${DLRUN_TORCH_DIR:-}" ] && ! torch_complete && ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
    echo python3-venv
  fi
}

setup_packages() {
  [ -z "${DLRUN_SKIP_PACKAGES:-}" ] || return 0
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    fail "this is not Debian or Ubuntu, so no packages can be installed for you." \
      "Install what these Debian packages hold: ${tools[*]} ${packages[*]} ${helpful[*]}" \
      "then run this again with DLRUN_SKIP_PACKAGES=1 in the environment."
  fi
  local missing
  mapfile -t missing < <(missing_packages)
  [ ${#missing[@]} -gt 0 ] || return 0

  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      sudo=(sudo -n env DEBIAN_FRONTEND=noninteractive)
    else
      fail "${#missing[@]} Debian packages are missing, and installing them needs root. Run this, then start again:" "" \
        "sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}"
    fi
  fi
  say "setup: installing ${#missing[@]} Debian packages: ${missing[*]}"
  mkdir -p .deps
  local log=$project/.deps/apt.log
  export DEBIAN_FRONTEND=noninteractive
  if ! { "${sudo[@]}" apt-get -o DPkg::Lock::Timeout=300 -q update &&
    "${sudo[@]}" apt-get -o DPkg::Lock::Timeout=300 -q install -y --no-install-recommends "${missing[@]}"; } \
    >"$log" 2>&1 </dev/null; then
    tail -n 15 "$log" >&2
    fail "apt-get could not install the packages (its last lines stand above, the whole is in .deps/apt.log)." \
      "No network? Check the connection and the proxy (http_proxy), or the sources in /etc/apt." \
      "Afterwards run the same command again."
  fi
}

torch_complete() { [ "$(cat .deps/torch/complete 2>/dev/null)" = "${wheels[*]}" ]; }

# download_wheels SIZE WHAT-INSTEAD WHEEL...: into .deps/wheels
download_wheels() {
  local wheel file machine=x86_64 size=$1 instead=$2
  shift 2
  machine=$(uname -m)
  rm -rf .deps/wheels.tmp
  mkdir -p .deps/wheels
  for wheel in "$@"; do
    file=${wheel//-/_}
    file=${file/==/-}
    compgen -G ".deps/wheels/$file-*.whl" >/dev/null && continue  # An earlier, interrupted run had fetched it.
    say "setup: downloading $wheel"
    # Not from inside the user's Python: the version, platform and folder are all given.
    if ! TMPDIR=$project/.deps/tmp .deps/pip/bin/python -m pip download --quiet --no-cache-dir --no-deps \
      --disable-pip-version-check --no-input --only-binary :all: --implementation cp --python-version $python_tag \
      --abi "cp$python_tag" --abi none --platform "manylinux_2_28_$machine" --platform "manylinux_2_27_$machine" \
      --platform "manylinux_2_25_$machine" --platform "manylinux_2_17_$machine" --platform "manylinux2014_$machine" \
      --dest .deps/wheels.tmp "$wheel" >&2 </dev/null; then
      fail "could not download $wheel ($size in all)." \
        "No network? Behind a proxy set https_proxy; for a mirror of PyPI set PIP_INDEX_URL. Then run this again:" \
        "what has been fetched already is kept. Without any network, copy the wheels $*" \
        "(cp$python_tag, $machine) into .deps/wheels/, or $instead."
    fi
    mv .deps/wheels.tmp/*.whl .deps/wheels/
  done
}

# A pip of our own: Debian's Python refuses installs (PEP 668), and the user's must not change.
make_pip() {
  command -v python3 >/dev/null || fail "python3 is missing; it downloads wheels." "Install python3 with its venv module."
  rm -rf .deps/tmp
  mkdir -p .deps/tmp
  [ ! -x .deps/pip/bin/pip ] || return 0
  rm -rf .deps/pip
  python3 -m venv .deps/pip >&2 || fail "python3 cannot make a virtual environment." \
    "On Debian: sudo apt-get install python3-venv"
}

setup_torch() {
  if [ -n "${DLRUN_TORCH_DIR:-}" ]; then
    [ -d "$DLRUN_TORCH_DIR" ] || fail "DLRUN_TORCH_DIR=$DLRUN_TORCH_DIR: no such folder." \
      "Name an unpacked libtorch, or the torch folder of a Python installation; or unset it to have one installed."
    return 0  # CMake checks its content and version.
  fi
  torch_complete && return 0
  mkdir -p .deps
  exec 9>.deps/lock
  if ! flock -n 9; then
    say "setup: another set-up is running here; waiting for it"
    flock 9
    torch_complete && return 0
  fi

  local free
  free=$(df -Pm .deps | awk 'NR == 2 {print $4}')
  [ "$free" -ge $needed_mib ] || fail "$project/.deps: $needed_mib MiB of disk are needed for libtorch, $free are free." \
    "Make room, or set DLRUN_TORCH_DIR to an existing libtorch or Python torch $torch_version."
  rm -rf .deps/torch .deps/torch.tmp
  make_pip
  download_wheels "545 MB" "set DLRUN_TORCH_DIR to a libtorch or Python torch $torch_version" "${wheels[@]}"
  say "setup: unpacking libtorch into .deps/torch (1.3 GB)"
  local wheel
  for wheel in .deps/wheels/*.whl; do
    .deps/pip/bin/python -m zipfile -e "$wheel" .deps/torch.tmp || {
      rm -rf .deps/torch.tmp "$wheel"
      fail "$wheel: cannot be unpacked; it was removed." "Disk full, or a broken download? Run this again."
    }
  done
  printf '%s\n' "${wheels[*]}" >.deps/torch.tmp/complete
  sync -f .deps/torch.tmp/complete
  mv .deps/torch.tmp .deps/torch  # The last step: a set-up that was killed leaves no folder that looks whole.
  rm -rf .deps/wheels .deps/wheels.tmp .deps/pip .deps/tmp
}

setup_pyarrow() {
  [ "$(cat .deps/pyarrow/complete 2>/dev/null)" != "$pyarrow" ] || return 0
  mkdir -p .deps
  exec 9>.deps/lock
  flock 9
  rm -rf .deps/pyarrow .deps/pyarrow.tmp
  make_pip
  download_wheels "50 MB" "set DLRUN_PYARROW to the pyarrow folder of a Python installation" "$pyarrow"
  .deps/pip/bin/python -m zipfile -e .deps/wheels/pyarrow-*.whl .deps/pyarrow.tmp || {
    rm -rf .deps/pyarrow.tmp .deps/wheels/pyarrow-*.whl
    fail "the wheel of $pyarrow cannot be unpacked; it was removed." "Disk full, or a broken download? Run this again."
  }
  printf '%s\n' "$pyarrow" >.deps/pyarrow.tmp/complete
  sync -f .deps/pyarrow.tmp/complete
  mv .deps/pyarrow.tmp .deps/pyarrow
  rm -rf .deps/wheels .deps/wheels.tmp .deps/pip .deps/tmp
}

[ $# = 0 ] || [ "$*" = parquet ] || fail "usage: scripts/setup.sh [parquet]"
setup_packages
setup_torch
[ $# = 0 ] || setup_pyarrow
