#!/usr/bin/env bash
# Builds the fuzzers of tests/fuzz and runs each for so many seconds of processor time; ends with a table, and with 1 when
# one of them found something. usage: scripts/fuzz.sh [SECONDS [TARGET...]]    (default: 600, all targets)
#
# Starts from tests/fuzz/corpus/TARGET and what earlier runs left in build-fuzz/corpus/TARGET, where new inputs go too. Logs are
# build-fuzz/TARGET.log; an input that breaks a rule is build-fuzz/finds/TARGET-*, and one command runs it again:
#   build-fuzz/TARGET_fuzz build-fuzz/finds/TARGET-crash-...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${1:-600}
shift $(($# > 0 ? 1 : 0))
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "fuzz: seconds must be a number, got '$seconds'" >&2; exit 2; }
targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(cd tests/fuzz && ls ./*_fuzz.cpp | sed 's|./||; s|_fuzz.cpp||')

[ -n "${FUZZ_BUILT:-}" ] || scripts/build.sh fuzz
# -timeout goes by the clock, and the machine may be busy: an input has twenty minutes before it counts as one without end.
# One thread: what is counted is the time of one processor. libtorch is no leak of ours; a reader's own are found by the tests.
export OMP_NUM_THREADS=1 ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=0 UBSAN_OPTIONS=print_stacktrace=1
mkdir -p build-fuzz/finds
ticks=$(getconf CLK_TCK)

# Seconds of processor time that process $1 has had; nothing when it is gone.
used() { awk -v hz="$ticks" '{sub(/.*\) /, ""); print int(($12 + $13) / hz)}' "/proc/$1/stat" 2>/dev/null || true; }

# run TARGET: until its time is up, or it finds something.
run() {
  local target=$1 corpus=build-fuzz/corpus/$1 log=build-fuzz/$1.log pid time=0 now
  mkdir -p "$corpus" "tests/fuzz/corpus/$target"
  if [ "$target" = evaluator ] && [ -z "$(ls -A "$corpus")" ]; then
    build-fuzz/evaluator_seeds tests/golden/onnx_operators.onnx "$corpus" >&2
  fi
  "build-fuzz/${target}_fuzz" -rss_limit_mb=2048 -malloc_limit_mb=128 -max_len=16384 -timeout=1200 -print_final_stats=1 \
    "-artifact_prefix=build-fuzz/finds/$target-" "$corpus" "tests/fuzz/corpus/$target" >"$log" 2>&1 &
  pid=$!
  while now=$(used $pid) && [ -n "$now" ] && [ "$now" -lt "$seconds" ]; do
    time=$now
    sleep 1
  done
  time=${now:-$time}
  kill -USR1 $pid 2>/dev/null || true # libFuzzer ends, and sums up.
  local code=0
  wait $pid || code=$?
  local status runs cover peak
  status=$([ $code -eq 0 ] && echo nothing || echo "FOUND ($code)")
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  cover=$(grep -o ' cov: [0-9]*' "$log" | tail -1 | grep -o '[0-9]*')
  peak=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
  printf '%-12s %11s %12s %9s %9s  %s\n' "$target" "${time:-?}" "${runs:-?}" "${cover:-?}" "${peak:-?}" "$status"
  return $((code != 0))
}

found=0
printf '%-12s %11s %12s %9s %9s  %s\n' target "cpu seconds" executions edges "peak MiB" found
for target in "${targets[@]}"; do run "$target" || found=1; done
exit $found
