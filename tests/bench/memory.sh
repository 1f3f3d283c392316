#!/usr/bin/env bash
# Predicted and measured peak memory of training steps on a CPU, as a table. Needs the data sets below $DLRUN_DATA.
# usage: tests/bench/memory.sh DLRUN
#
# predicted: "peak_bytes" of `dlrun describe --json`. measured: the largest resident set (VmHWM of /proc) of `dlrun
# train` when five steps are done and nothing else (validation, checkpoint) has happened. step: the same two without
# what a process holds that has read the data and built nothing, "resident_bytes" of describe: weights, gradients,
# optimizer state, activations, batches, and what libtorch takes for itself when it first computes.
set -euo pipefail
dlrun=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1

# field NAME < records: a number of the last float32 step.
field() { grep '"numbers":"float32"' | tail -1 | sed -E "s/.*\"$1\":([0-9]+).*/\1/"; }

measured() {
  local recipe=$1 batch=$2 run=$work/run pid
  rm -rf "$run"
  "$dlrun" train "$recipe" trainer.batch_size="$batch" output_dir="$run" logging.every_n_steps=1 trainer.max_steps=1000 \
    trainer.epochs=null trainer.validate_every_n_steps=1000000 hardware.threads=1 -q >/dev/null 2>&1 </dev/null &
  pid=$!
  until [ "$(grep -c '"event":"step"' "$run/metrics.jsonl" 2>/dev/null || true)" -ge 5 ] 2>/dev/null; do
    kill -0 "$pid" 2>/dev/null || { echo "$recipe: training ended early" >&2; exit 1; }
    sleep 0.05
  done
  awk '/^VmHWM/ { print $2 * 1024 }' "/proc/$pid/status"
  kill -KILL "$pid"
  wait "$pid" 2>/dev/null || true
}

printf '%-28s %6s  %9s %9s %7s  %9s %9s %7s\n' recipe batch predicted measured error "step pred." "measured" error
while read -r recipe batch; do
  records=$("$dlrun" describe "recipes/$recipe.yaml" --json --batch-size "$batch" hardware.threads=1)
  predicted=$(field peak_bytes <<<"$records")
  resident=$(field resident_bytes <<<"$records")
  peak=$(measured "recipes/$recipe.yaml" "$batch")
  awk -v name="$recipe" -v batch="$batch" -v p="$predicted" -v m="$peak" -v r="$resident" 'BEGIN {
    unit = 1048576
    printf "%-28s %6d  %5.0f MiB %5.0f MiB %+6.1f%%  %5.0f MiB %5.0f MiB %+6.1f%%\n", name, batch, p / unit, m / unit,
           100 * (p / m - 1), (p - r) / unit, (m - r) / unit, 100 * ((p - r) / (m - r) - 1)
  }'
done <<'CASES'
mlp_fashion_mnist 128
mlp_fashion_mnist 4096
cnn_fashion_mnist 128
cnn_fashion_mnist 512
resnet18_fashion_mnist 32
resnet18_fashion_mnist 128
gpt_tiny_shakespeare 12
gpt_tiny_shakespeare 64
dcgan_fashion_mnist 64
dcgan_fashion_mnist 256
autoencoder_fashion_mnist 128
autoencoder_fashion_mnist 4096
CASES
