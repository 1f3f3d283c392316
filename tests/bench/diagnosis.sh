#!/usr/bin/env bash
# What diagnosis costs, as a table. Needs fashion-mnist/ and tiny-shakespeare/ below $DLRUN_DATA.
# usage: tests/bench/diagnosis.sh DLRUN [PASSES]
#
# Every second step of a run is looked at, so that both kinds of step are timed in turns, milliseconds apart, in the same
# process: whatever else the machine does slows both. A "look" is the median step that is looked at less the median of
# the others, one thread; "at 100" is a hundredth of it by the step: the default interval.
set -euo pipefail
dlrun=$(realpath "$1")
passes=${2:-1}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1

train() {  # RECIPE STEPS
  "$dlrun" train "$1" output_dir="$work/run" trainer.epochs=null trainer.max_steps="$2" \
    trainer.validate_every_n_steps=1000000 trainer.limit_val_batches=1 checkpoint.every_n_steps=1000000 \
    logging.every_n_steps=1 hardware.threads=1 diagnosis.every_n_steps=2 --overwrite -q >"$work/out" 2>&1 ||
    { cat "$work/out" >&2; exit 1; }
}
median() { sort -g | awk '{ a[NR] = $1 } END { print (a[int((NR + 1) / 2)] + a[int((NR + 2) / 2)]) / 2 }'; }

printf '%-36s %10s %10s %10s %8s\n' recipe plain looked look "at 100"
while read -r recipe steps; do
  batch=$("$dlrun" config "$recipe" 2>/dev/null | sed -nE 's/^ *batch_size: *([0-9]+).*/\1/p' | head -1)
  for ((pass = 0; pass < passes; ++pass)); do
    train "$recipe" "$steps"
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
