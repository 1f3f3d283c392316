#!/usr/bin/env bash
# compare: runs on the same samples, what is said of them, and what is refused. usage: tests/program/compare.sh DLRUN
set -u
dlrun=$(realpath "$1")
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$here/tests/program/expect.bash"
fail() { echo "FAILED: $*"; failed=1; }
cd "$work" || exit 1
export COLUMNS=300

awk 'BEGIN { srand(8); print "a,b,c,y"; for (i = 0; i < 400; i++) { a = rand(); b = rand(); c = rand();
  printf "%.4f,%.4f,%.4f,%s\n", a, b, c, (a + b > 1 ? "high" : "low") } }' >t.csv
cat >recipe.yaml <<'YAML'
version: 1
name: one
task: classification
seed: 1
data: {type: csv, path: t.csv, target: "y", val: {split: 0.2, seed: 1}, test: {split: 0.3, seed: 1}}
architecture: {type: mlp, widths: [16]}
optimizer: {type: adamw, lr: 0.01}
trainer: {epochs: 20, batch_size: 32}
hardware: {threads: 1}
data_check: {allow: [exact_overlap]}
YAML
train() { "$dlrun" train recipe.yaml -q "$@" >/dev/null || fail "training $*"; }
train output_dir=runs/long
train output_dir=runs/again name=again
train output_dir=runs/short name=short trainer.epochs=null trainer.max_steps=1 optimizer.lr=1e-6

expect 0 "They are the same on each of these 120 samples by accuracy." "$dlrun" compare runs/long runs/again
expect 0 "recipe: the same" "$dlrun" compare runs/long runs/again
expect 0 "code: the same" "$dlrun" compare runs/long runs/again
expect 0 "one is better, by more than noise: accuracy -0." "$dlrun" compare runs/long runs/short
expect 0 "optimizer.lr" "$dlrun" compare runs/long runs/short
expect 0 "Another seed moves results too" "$dlrun" compare runs/long runs/short
expect 0 "one is better, by more than noise: accuracy +0." "$dlrun" compare runs/short runs/long
[ "$("$dlrun" compare runs/long runs/short runs/again --json | grep -c '"event":"compare","version":1')" = 2 ] || fail "three runs are not two comparisons"
"$dlrun" compare runs/long runs/short --json | grep -q '"more_than_noise":true,"better":"first"' || fail "--json says another thing"
"$dlrun" compare runs/long runs/again --json | grep -q '"more_than_noise":false,"better":null' || fail "--json of runs that are the same"
# The same draws for a seed; the values are those of eval.
[ "$("$dlrun" compare runs/long runs/short --json --seed 3)" = "$("$dlrun" compare runs/long runs/short --json --seed 3)" ] || fail "draws differ"
value=$("$dlrun" eval runs/short --json | sed 's/.*"test\/accuracy":\([0-9.]*\).*/\1/')
"$dlrun" compare runs/long runs/short --json | grep -q "\"second_value\":$value," || fail "another value than eval's $value"

# Splits that were drawn anew share some of their samples, and that is told.
train output_dir=runs/drawn name=drawn data.test.seed=2
expect 0 "count nowhere here" "$dlrun" compare runs/long runs/drawn
expect 0 "data.test.seed" "$dlrun" compare runs/long runs/drawn
expect 0 "val" "$dlrun" compare runs/long runs/again --split val

# Other data are refused: another answer for the same row, no row in common.
sed 's/high$/x/; s/low$/high/; s/x$/low/' t.csv >other.csv
train output_dir=runs/other name=other data.path=other.csv
expect 65 "these are other data" "$dlrun" compare runs/long runs/other
expect 2 "nothing to be compared with" "$dlrun" compare runs/long
expect 2 "they share accuracy" "$dlrun" compare runs/long runs/short --metric f1
expect 66 "no such folder" "$dlrun" compare runs/long nowhere
mkdir moved && cp t.csv moved/ && train output_dir=runs/moved name=moved data.path=moved/t.csv
expect 0 "by what follows" "$dlrun" compare runs/long runs/moved
expect 0 "roc_auc" "$dlrun" compare runs/long runs/short --metric roc_auc --set 'metrics=[accuracy, roc_auc]'
exit $failed
