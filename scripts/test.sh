#!/usr/bin/env bash
# Sets up what is missing, builds everything and runs all tests; ends with ctest's summary and its exit code.
# usage: scripts/test.sh [PRESET [ctest options]]    (scripts/test.sh asan, scripts/test.sh release -R losses)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=${1:-release}
shift $(($# > 0 ? 1 : 0))

scripts/setup.sh
scripts/build.sh "$preset" all
# Two tests at a time share the machine: each gets half of its threads.
threads=$((($(nproc) + 1) / 2))
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$threads}
exec ctest --preset "$preset" -j 2 "$@" </dev/null
