#!/usr/bin/env bash
# Predicted and measured peak memory of training steps on a CPU, as tables. Needs the data sets below $DLRUN_DATA.
# usage: tests/bench/memory.sh DLRUN [DLRUN_TESTS]
#
# process: "peak_bytes" of `dlrun describe --json` beside the largest resident set (VmHWM of /proc) of `dlrun train` when
# five steps are done and nothing else (validation, checkpoint) has happened. step: the same two without what a process
# holds that has read the data and built nothing, "resident_bytes" of describe: weights, gradients, optimizer state,
# activations, batches, and what libtorch takes for itself when it first computes. With DLRUN_TESTS also the tensors of a
# step alone: "tensor_bytes" beside what the allocator counts. THREADS: of a step, 1 by default.
set -euo pipefail
dlrun=$(realpath "$1")
tests=${2:+$(realpath "$2")}
threads=${THREADS:-1}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=$threads

# The constants of src/rehearsal/rehearsal.cpp were set on the first twelve; the others are the check.
cases='mlp_fashion_mnist 128
cnn_fashion_mnist 128
gpt_tiny_shakespeare 12
dcgan_fashion_mnist 64
mlp_fashion_mnist 4096
cnn_fashion_mnist 512
resnet18_fashion_mnist 32
resnet18_fashion_mnist 128
gpt_tiny_shakespeare 64
dcgan_fashion_mnist 256
autoencoder_fashion_mnist 128
autoencoder_fashion_mnist 4096
mlp_adult 512
gcn_cora 1
cnn_fashion_mnist_small 256
cnn_fashion_mnist 300 optimizer.type=sgd
gpt_tiny_shakespeare 32 architecture.width=256,architecture.layers=6
resnet18_cifar10 64
mlp_california_housing 1024
resnet18_fashion_mnist 32 architecture.freeze=[^(conv1|bn1|layer)]
cnn_fashion_mnist 128 architecture.freeze=[features]
gpt_tiny_shakespeare 32 architecture.freeze=["h.[012]"]
mlp_fashion_mnist 128 regularization.ema={}
mlp_fashion_mnist 4096 optimizer.type=sgd,regularization.ema={}
resnet18_fashion_mnist 32 regularization.ema={}
cnn_fashion_mnist 128 trainer.on_divergence=rollback
resnet18_fashion_mnist 32 trainer.on_divergence=rollback
mlp_fashion_mnist 128 trainer.on_divergence=rollback'

# field NAME < records: a number of the last float32 step.
field() { grep '"numbers":"float32"' | tail -1 | sed -E "s/.*\"$1\":([0-9]+).*/\1/"; }

measured() {
  local recipe=$1 batch=$2 run=$work/run pid
  shift 2
  rm -rf "$run"
  "$dlrun" train "$recipe" trainer.batch_size="$batch" output_dir="$run" logging.every_n_steps=1 trainer.max_steps=1000 \
    trainer.epochs=null trainer.validate_every_n_steps=1000000 checkpoint.every_n_epochs=1000000 \
    hardware.threads="$threads" "$@" -q >/dev/null 2>&1 </dev/null &
  pid=$!
  until [ "$(grep -c '"event":"step"' "$run/metrics.jsonl" 2>/dev/null || true)" -ge 5 ] 2>/dev/null; do
    kill -0 "$pid" 2>/dev/null || { echo "$recipe: training ended early" >&2; exit 1; }
    sleep 0.05
  done
  awk '/^VmHWM/ { print $2 * 1024 }' "/proc/$pid/status"
  kill -KILL "$pid"
  wait "$pid" 2>/dev/null || true
}

printf '%-24s %6s  %9s %9s %7s  %9s %9s %7s\n' process batch predicted measured error "step pred." "measured" error
while read -r recipe batch more; do
  read -ra overrides <<<"${more//,/ }"
  records=$("$dlrun" describe "recipes/$recipe.yaml" --json --batch-size "$batch" hardware.threads="$threads" \
    "${overrides[@]}" 2>/dev/null)
  predicted=$(field peak_bytes <<<"$records")
  resident=$(field resident_bytes <<<"$records")
  peak=$(measured "recipes/$recipe.yaml" "$batch" "${overrides[@]}")
  awk -v name="$recipe" -v batch="$batch" -v p="$predicted" -v m="$peak" -v r="$resident" 'BEGIN {
    unit = 1048576
    printf "%-24s %6d  %5.0f MiB %5.0f MiB %+6.1f%%  %5.0f MiB %5.0f MiB %+6.1f%%\n", name, batch, p / unit, m / unit,
           100 * (p / m - 1), (p - r) / unit, (m - r) / unit, 100 * ((p - r) / (m - r) - 1)
  }'
done <<<"$cases"
if [ -n "$tests" ]; then
  echo
  DLRUN_MEMORY_CASES=$cases DLRUN_TEST_DATA=${DLRUN_TEST_DATA:-${DLRUN_DATA:-data}} "$tests" "[.memory_table]" |
    grep -E 'MiB|tensors of'
fi
