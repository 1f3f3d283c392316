#!/usr/bin/env bash
# What TensorBoard reads of a run is what metrics.jsonl says: of one that was never stopped, of one that was killed and
# went on, and of one that was made longer after its end.
# Needs DLRUN_PYTHON, a Python with tensorboard; skipped without.
# usage: DLRUN_PYTHON=python tests/program/tensorboard_oracle.sh DLRUN
set -u
dlrun=$1
python=${DLRUN_PYTHON:-}
if [ -z "$python" ] || ! "$python" -c 'import tensorboard' 2>/dev/null; then
  echo "skipped: DLRUN_PYTHON names no Python with tensorboard"
  exit 4
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
fail() { echo "FAILED: $*"; failed=1; }
train() { "$dlrun" train "$@" logging.tensorboard=true >"$work/log" 2>&1 </dev/null; }
read_back() { "$python" tests/oracles/tensorboard_events.py "$@" >"$work/log" 2>&1 || { fail "$*"; cat "$work/log"; }; }

{
  echo x,z,y
  for i in $(seq 1 80); do echo "$i,$((i * 7 % 13)),$((i * 2))"; done
} >"$work/table.csv"
cat >"$work/small.yaml" <<YAML
version: 1
name: small
task: regression
data: {type: csv, path: $work/table.csv, target: y, val: {split: 0.2}, test: {split: 0.2}}
architecture: {type: mlp, widths: [8]}
optimizer: {type: adam, lr: 0.01}
trainer: {batch_size: 16, epochs: 20}
checkpoint: {min_seconds: 0}
logging: {every_n_steps: 1, histograms: true, report: false}
hardware: {threads: 1}
YAML
small="$work/small.yaml"
train $small output_dir="$work/whole" || { fail "training"; cat "$work/log"; }
read_back "$work/whole" histograms

# Killed behind a checkpoint: what was told after it comes again, and stands there once.
"$dlrun" train $small logging.tensorboard=true output_dir="$work/killed" trainer.epochs=100000 >"$work/log" 2>&1 </dev/null &
pid=$!
for _ in $(seq 1 600); do ls "$work"/killed/checkpoints/step-*/manifest.json >/dev/null 2>&1 && break; sleep 0.05; done
sleep 0.5
kill -9 $pid
wait $pid 2>/dev/null
step=$(tail -n 2 "$work/killed/metrics.jsonl" | sed -n '1s/.*"step":\([0-9]*\),.*/\1/p')
train $small output_dir="$work/killed" trainer.epochs=$((step / 3 + 10)) --resume || { fail "going on"; cat "$work/log"; }
read_back "$work/killed" histograms resumed

# Made longer: what its first end came to is taken back.
train $small output_dir="$work/whole" trainer.epochs=25 --resume || { fail "making it longer"; cat "$work/log"; }
read_back "$work/whole" histograms resumed

# Runs beside each other are rows of a table, by what differs in them.
rates=0.001,0.01,0.1
for rate in ${rates//,/ }; do train $small output_dir="$work/rate-$rate" optimizer.lr=$rate || { fail "training"; cat "$work/log"; }; done
"$python" tests/oracles/tensorboard_hparams.py "optimizer.lr=$rates" "$work"/rate-0.001 "$work"/rate-0.01 "$work"/rate-0.1 >"$work/log" 2>&1 ||
  { fail "the table of hparams"; cat "$work/log"; }

# Pictures of a task that draws some.
train recipes/dcgan_fashion_mnist.yaml output_dir="$work/drawn" data.path=recipes/data/fashion_mnist_small hardware.threads=1 \
  trainer.batch_size=8 trainer.max_steps=4 trainer.epochs=null trainer.validate_every_n_steps=2 logging.report=false || { fail "pictures"; cat "$work/log"; }
read_back "$work/drawn" pictures

"$dlrun" train $small output_dir="$work/none" >"$work/log" 2>&1 && fail "histograms without event files are accepted"
grep -q 'logging.histograms: .*tensorboard' "$work/log" || { fail "histograms without event files"; cat "$work/log"; }
[ $failed = 0 ] && echo "ok: event files"
exit $failed
