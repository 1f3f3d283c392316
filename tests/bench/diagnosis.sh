#!/usr/bin/env bash
# What diagnosis costs, as a table. Needs fashion-mnist/ and tiny-shakespeare/ below $DLRUN_DATA.
# usage: tests/bench/diagnosis.sh DLRUN [PASSES]    COUNT=1 counts instructions under valgrind instead (slow)
#
# Every second step of a run is looked at, so that both kinds of step are timed in turns, milliseconds apart, in the same
# process: whatever else the machine does slows both. A "look" is the median step that is looked at less the median of
# the others, one thread; "at 100" is a hundredth of it by the step: the default interval. The instructions are those
# of whole trainings with diagnosis at 0 and at 100, so that what the other steps pay is in them.
set -euo pipefail
dlrun=$(realpath "$1")
passes=${2:-1}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1

train() {  # RECIPE STEPS LOOK_EVERY LOG_EVERY
  "${under[@]}" "$dlrun" train "$1" output_dir="$work/run" trainer.epochs=null trainer.max_steps="$2" \
    trainer.validate_every_n_steps=1000000 trainer.limit_val_batches=1 checkpoint.every_n_steps=1000000 \
    logging.every_n_steps="$4" hardware.threads=1 diagnosis.every_n_steps="$3" --overwrite -q >"$work/out" 2>&1 ||
    { cat "$work/out" >&2; exit 1; }
}
under=(env)

if [ "${COUNT:-0}" = 1 ]; then
  under=(valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null)
  count() { train "$@" 1000 && sed -nE 's/,//g; s/.*I *refs: *([0-9]+)/\1/p' "$work/out"; }
  echo "millions of instructions a step: steps 101 to 200, as the difference of two runs"
  printf '%-36s %10s %10s %8s\n' recipe off "at 100" cost
  while read -r recipe; do
    off=$(($(count "$recipe" 200 0) - $(count "$recipe" 100 0)))
    on=$(($(count "$recipe" 200 100) - $(count "$recipe" 100 100)))
    awk -v name="$recipe" -v off="$off" -v on="$on" 'BEGIN {
      printf "%-36s %10.2f %10.2f %+7.2f%%\n", name, off / 1e8, on / 1e8, 100 * (on / off - 1) }'
  done <<<"tests/bench/mlp.yaml"
  exit 0
fi

median() { sort -g | awk '{ a[NR] = $1 } END { print (a[int((NR + 1) / 2)] + a[int((NR + 2) / 2)]) / 2 }'; }

printf '%-36s %10s %10s %10s %8s\n' recipe plain looked look "at 100"
while read -r recipe steps; do
  batch=$("$dlrun" config "$recipe" 2>/dev/null | sed -nE 's/^ *batch_size: *([0-9]+).*/\1/p' | head -1)
  for ((pass = 0; pass < passes; ++pass)); do
    train "$recipe" "$steps" 2 1
    grep '"event":"step"' "$work/run/metrics.jsonl" | tail -n +11 |
      sed -E 's/.*"step":([0-9]+),.*"samples_per_second":([0-9.e+]+).*/\1 \2/' |
      awk -v batch="$batch" -v to="$work/times." '{ print 1000 * batch / $2 >> (to $1 % 2) }'
  done
  awk -v name="$recipe" -v plain="$(median <"$work/times.0")" -v looked="$(median <"$work/times.1")" 'BEGIN {
    look = looked - plain
    printf "%-36s %7.3f ms %7.3f ms %7.3f ms %+7.2f%%\n", name, plain, looked, look, look / plain }'
  rm "$work"/times.*
done <<'CASES'
tests/bench/mlp.yaml 2000
tests/bench/cnn.yaml 200
recipes/gpt_tiny_shakespeare.yaml 200
CASES
