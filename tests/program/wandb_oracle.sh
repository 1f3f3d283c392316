#!/usr/bin/env bash
# What the wandb package reads of a run is what metrics.jsonl says: of one that was never stopped, of one that was killed
# and went on, of one that was made longer after its end, and of one so long that its file has several blocks.
# Needs DLRUN_PYTHON, a Python with wandb before 0.30, which has its reader in Python; skipped without.
# usage: DLRUN_PYTHON=python tests/program/wandb_oracle.sh DLRUN
set -u
dlrun=$1
python=${DLRUN_PYTHON:-}
if [ -z "$python" ] || ! "$python" -c 'import wandb.sdk.internal.datastore' 2>/dev/null; then
  echo "skipped: DLRUN_PYTHON names no Python with wandb before 0.30"
  exit 4
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
fail() { echo "FAILED: $*"; failed=1; }
train() { "$dlrun" train "$@" logging.wandb=true >"$work/log" 2>&1 </dev/null; }
read_back() { "$python" tests/oracles/wandb_run.py "$@" >"$work/log" 2>&1 || { fail "$*"; cat "$work/log"; }; }
unset WANDB_PROJECT WANDB_ENTITY WANDB_NAME WANDB_RUN_GROUP WANDB_JOB_TYPE WANDB_TAGS WANDB_NOTES

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
logging: {every_n_steps: 1, report: false}
hardware: {threads: 1}
YAML
small="$work/small.yaml"
WANDB_PROJECT=trees WANDB_ENTITY=us WANDB_RUN_GROUP=first WANDB_TAGS="small, of a test" WANDB_NOTES="a note" \
  train $small output_dir="$work/whole" || { fail "training"; cat "$work/log"; }
read_back "$work/whole" ended project=trees entity=us run_group=first "tags=small,of a test" "notes=a note" display_name=whole
# The package's own command, which shows what it would send.
if "$python" -m wandb sync --help 2>/dev/null | grep -q -- --view; then
  WANDB_DIR=$work WANDB_CACHE_DIR=$work WANDB_CONFIG_DIR=$work "$python" -m wandb sync --view --verbose "$work"/whole/wandb/offline-run-* >"$work/log" 2>&1
  grep -q "run_id" "$work/log" && grep -q "^exit {\|exit {" "$work/log" || { fail "wandb sync --view"; tail -20 "$work/log"; }
fi

# Killed behind a checkpoint: what was told after it comes again, and stands there once; the run is the same one.
"$dlrun" train $small logging.wandb=true output_dir="$work/killed" trainer.epochs=100000 >"$work/log" 2>&1 </dev/null &
pid=$!
for _ in $(seq 1 600); do ls "$work"/killed/checkpoints/step-*/manifest.json >/dev/null 2>&1 && break; sleep 0.05; done
for _ in $(seq 1 600); do [ "$(stat -c %s "$work"/killed/wandb/*/run-*.wandb)" -gt 150000 ] && break; sleep 0.05; done
kill -9 $pid
wait $pid 2>/dev/null
name=$(ls "$work/killed/wandb")
cp -r "$work/killed" "$work/dead"
"$python" -c '
import sys
from wandb.sdk.internal.datastore import DataStore
store = DataStore()
store.open_for_scan(sys.argv[1])
while store.scan_data() is not None: pass
' "$work"/dead/wandb/*/run-*.wandb 2>"$work/log" || { fail "a killed run leaves half a record"; cat "$work/log"; }
step=$(tail -n 2 "$work/killed/metrics.jsonl" | sed -n '1s/.*"step":\([0-9]*\),.*/\1/p')
train $small output_dir="$work/killed" trainer.epochs=$((step / 3 + 10)) --resume || { fail "going on"; cat "$work/log"; }
read_back "$work/killed" ended
[ "$(ls "$work/killed/wandb")" = "$name" ] || fail "a run that goes on is another one"
[ "$(stat -c %s "$work"/killed/wandb/*/run-*.wandb)" -gt 100000 ] || fail "the killed run is too short to try blocks"

# Made longer: what its first end came to is taken back.
train $small output_dir="$work/whole" trainer.epochs=25 --resume || { fail "making it longer"; cat "$work/log"; }
read_back "$work/whole" ended project=uncategorized
# Begun to be told when it goes on; numbers that are not finite; replaced.
"$dlrun" train $small output_dir="$work/late" >"$work/log" 2>&1 </dev/null && train $small output_dir="$work/late" trainer.epochs=22 --resume || { fail "told late"; cat "$work/log"; }
read_back "$work/late" ended
train $small output_dir="$work/late" --overwrite || fail "over an earlier run"
read_back "$work/late" ended
# A secret of the environment is a reference here too.
MY_TOKEN=hunter2 train $small output_dir="$work/secret" 'description="for ${env:MY_TOKEN}"' || { fail "a secret"; cat "$work/log"; }
grep -qa hunter2 -r "$work/secret" && fail "a secret is in the files"
[ $failed = 0 ] && echo "ok: files for Weights & Biases"
exit $failed
