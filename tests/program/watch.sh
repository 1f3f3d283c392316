#!/usr/bin/env bash
# watch: runs that have ended, one that goes on, one that was killed; narrow terminals; what is no run.
# usage: tests/program/watch.sh DLRUN
set -u
dlrun=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$(dirname "$0")/expect.bash"
fail() { echo "FAILED: $*"; failed=1; }

awk 'BEGIN { srand(3); print "a,b,kind"; for (i = 0; i < 300; i++) { a = rand(); b = rand();
  printf "%.4f,%.4f,%s\n", a, b, (a + b + 0.4 * rand() > 1.2) ? "over" : "under" } }' >"$work/table.csv"
cat >"$work/r.yaml" <<YAML
version: 1
name: r
task: classification
output_dir: $work/r
data: {type: csv, path: $work/table.csv, target: kind, val: {split: 0.2}, test: {split: 0.2}}
architecture: {type: mlp, widths: [6]}
optimizer: {type: adam, lr: 0.02}
trainer: {epochs: 4, batch_size: 32}
hardware: {threads: 1}
YAML
"$dlrun" train "$work/r.yaml" >/dev/null 2>&1 || fail "training"
expect 0 "$work/r  finished" "$dlrun" watch "$work/r" --once
expect 0 "100 %" "$dlrun" watch "$work/r"
last=$(grep '"event":"validation"' "$work/r/metrics.jsonl" | tail -1 | grep -o '"val/accuracy":[0-9.]*' | cut -d: -f2)
expect 0 "$(printf 'val/accuracy     %.4f' "$last")" "$dlrun" watch "$work/r" --once
if command -v python3 >/dev/null; then
  widest=$(COLUMNS=30 "$dlrun" watch "$work/r" --once | python3 -c 'import sys; print(max(len(line) for line in sys.stdin.buffer.read().decode().splitlines()))')
  [ "$widest" -le 30 ] || fail "a line takes $widest of 30 columns"
else
  echo "skipped: how wide lines are, because there is no python3"
fi

"$dlrun" train "$work/r.yaml" trainer.epochs=1000000 output_dir="$work/long" >/dev/null 2>&1 &
training=$!
for _ in $(seq 600); do grep -q validation "$work/long/metrics.jsonl" 2>/dev/null && break; sleep 0.1; done
expect 0 "$work/long  running" "$dlrun" watch "$work/r" "$work/long" --once
expect 0 " left" "$dlrun" watch "$work/long" --once
kill -9 $training
wait $training 2>/dev/null
expect 0 "$work/long  killed" "$dlrun" watch "$work/long" --once
expect 66 "no such folder" "$dlrun" watch "$work/none" --once
expect 66 "holds no run" "$dlrun" watch "$work" --once
expect 2 "expected a number of at least 0.1" "$dlrun" watch "$work/r" --interval 0
exit $failed
