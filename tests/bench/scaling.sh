#!/bin/bash
# What `dlrun describe --devices` foresees of a step of 1, 2 and 4 processes beside what it takes here.
#   DLRUN_DATA=data tests/bench/scaling.sh [ROUNDS]    RANKS="1 2 4", STRATEGIES="ddp zero2 fsdp", RECIPES="mlp_adult", BUILD=folder
#
# For each number of processes exchange_speed measures, in turn, steps in which every process computes alone, steps that they
# make together, and, while nobody computes, the exchange of the same gradients and of one number. describe gets the first, the
# last as a message's latency, and of ddp the third as a link on which the gradients go round once in that time, less starts and latencies.
# It foresees the second: what of the exchange the computation hides, and with zero2 and fsdp what is gathered. Processes that share a
# core share it in what is measured as well (4 processes with a thread each on two cores take twice as long to compute), so sharing is
# not foreseen. Medians of medians; the load of the machine is told, because with other work on it the processes wait for the one that
# was disturbed.
set -eu
here=$(dirname "$(readlink -f "$0")")
build=${BUILD:-$here/../../build}
for program in exchange_speed dlrun; do
  [ -x "$build/$program" ] || { echo "$build/$program: no such program; build it first" >&2; exit 66; }
done
export OMP_NUM_THREADS=1
rounds=${1:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
median() { sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }
middle() { sed -nE "s/.*$1 ([0-9.]+) ms.*/\1/p" "$2" | median; } # NAME FILE: in ms

echo "$(nproc --all) cores, load $(cut -d' ' -f1 /proc/loadavg), $(date -u +%F)"
printf '%-20s %9s %-8s %7s %10s %10s %10s %12s %10s %10s %6s\n' recipe processes strategy rows alone number exchange "link (MB/s)" together foreseen off
while read -r recipe rows steps overrides; do
  case " ${RECIPES:-$recipe} " in *" $recipe "*) ;; *) continue ;; esac
  for ranks in ${RANKS:-1 2 4}; do
    link=1000 latency=1
    for strategy in ${STRATEGIES:-ddp zero2 fsdp}; do
      [ "$ranks" != 1 ] || [ "$strategy" = ddp ] || continue
      said=$work/steps.$ranks.$strategy
      for ((round = 0; round < rounds; ++round)); do
        "$build/exchange_speed" "$here/../../recipes/$recipe.yaml" "$ranks" "$steps" trainer.batch_size=$((rows * ranks)) hardware.strategy="$strategy" $overrides >>"$said" 2>"$work/said" ||
          { cat "$work/said" >&2; exit 1; }
      done
      alone=$(middle alone "$said") together=$(middle together "$said") exchange=$(middle exchange "$said")
      number=$(middle number "$said")
      if [ "$ranks" != 1 ] && [ "$strategy" = ddp ]; then
        # Buckets in 2 (n - 1) messages of a n-th part each; where there are none, all to everybody. 60 us for each exchange.
        latency=$(awk -v l="$number" -v n="$ranks" 'BEGIN { left = (1000 * l - 60) / (n - 1); printf "%.3f", left < 1 ? 1 : left }')
        megabytes=$(sed -nE 's/.* ([0-9.]+) MB of gradients.*/\1/p' "$said" | median)
        buckets=$(sed -nE 's/.* in ([0-9]+) buckets.*/\1/p' "$said" | median)
        link=$(awk -v b="$megabytes" -v e="$exchange" -v n="$ranks" -v k="$buckets" -v l="$latency" 'BEGIN {
          left = e / 1000 - (k + 1) * 60e-6 - (2 * k + 1) * (n - 1) * l / 1e6; if (left < b / 2000) left = b / 2000
          printf "%.3f", (n - 1) * (k > 0 ? 2 / n : 1) * b / left }')
      fi
      whole=$(awk -v a="$alone" -v n="$ranks" 'BEGIN { printf "%.6f", a * n / 1000 }')
      foreseen=$("$build/dlrun" describe "$here/../../recipes/$recipe.yaml" --json --devices "$ranks" --link "${link}MB/s" --latency "${latency}us" --step-time "${whole}s" hardware.threads=1 "trainer.batch_size=$((rows * ranks))" $overrides 2>/dev/null |
        sed -nE '/"event":"devices"/{/"strategy":"'"$strategy"'"/s/.*"step_seconds":([0-9.e+-]+).*/\1/p}' | head -1)
      awk -v r="$recipe" -v n="$ranks" -v s="$strategy" -v rows="$rows" -v a="$alone" -v l="$number" -v e="$exchange" -v b="$link" -v t="$together" -v f="$foreseen" 'BEGIN {
        printf "%-20s %9d %-8s %7d %7.2f ms %7.2f ms %7.2f ms %12.0f %7.2f ms %7.2f ms %+4.0f %%\n", r, n, s, rows, a, l, e, b, t, f * 1000, 100 * (f * 1000 / t - 1) }'
    done
  done
  rm -f "$work"/*
done <<'RECIPES'
cnn_fashion_mnist 64 15
mlp_adult 64 200 architecture.dropout=0
gpt_tiny_shakespeare 8 10 architecture.dropout=0
resnet18_cifar10 8 3
RECIPES
