#!/usr/bin/env bash
# Several targets of different kinds in one table: trained, measured, told and exported by their names; parts of a batch and
# shares of processes add up to the whole. usage: tests/program/targets.sh DLRUN
set -u
dlrun=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$(dirname "$0")/expect.bash"
source "$(dirname "$0")/compare.bash"
fail() { echo "FAILED: $*"; failed=1; }

cp tests/recipes/data/parts.csv "$work/parts.csv"
cat >"$work/r.yaml" <<YAML
version: 1
name: r
seed: 3
task:
  type: multi_target
  of:
    - {target: group, task: classification}
    - {target: count, task: regression, loss: poisson, weight: 0.5}
    - {target: value, task: regression, loss: {type: gaussian_nll}}
data: {type: csv, path: $work/parts.csv, targets: [count, value], class_targets: [group], weight_column: weight, missing: {target: keep},
  target_scaling: standard, unscaled_targets: [count], val: {split: 0.2}}
architecture: {type: mlp, widths: [8]}
metrics:
  - {type: of_target, target: group, metric: accuracy}
  - {type: of_target, target: group, metric: log_loss}
  - {type: of_target, target: count, metric: mae}
  - {type: of_target, target: value, metric: spearman}
optimizer: {type: sgd, lr: 0.05, momentum: 0.9}
checkpoint: {monitor: val/value.spearman}
trainer: {max_steps: 12, batch_size: 32, validate_every_n_steps: 4}
logging: {every_n_steps: 1, report: false}
hardware: {threads: 1}
YAML
train() { "$dlrun" train "$work/r.yaml" "output_dir=$work/$1" "${@:2}" >"$work/log" 2>&1 || { fail "$1"; cat "$work/log"; }; }
numbers() { without_clock "$work/$1/metrics.jsonl" | grep -o '"[a-z/._]*":-\?[0-9.e-]*'; }
alike() { # NAME NAME: numbers that rounding alone makes different
  [ "$(numbers "$1" | wc -l)" -gt 100 ] || fail "hardly any numbers of $1"
  paste -d: <(numbers "$1") <(numbers "$2") | awk -F: '
    { d = $2 - $4; if (d < 0) d = -d; m = $2 < 0 ? -$2 : $2; if ($1 != $3 || d > 1e-4 * (m > 1 ? m : 1)) { print $0; bad = 1 } } END { exit bad }' ||
    fail "$1 and $2 differ"
}

# 1. Trained; how many rows lack each target is told once.
train one
for target in count group value; do
  [ "$(grep -c "the target '$target' has no value in [0-9]* of [0-9]* of train" "$work/log")" = 1 ] || fail "rows without $target are not told once"
done
for name in train/group.loss train/count.mae val/value.spearman val/group.log_loss; do
  grep -q "\"$name\"" "$work/one/metrics.jsonl" || fail "$name is not recorded"
done
train parts trainer.micro_batch_size=8
alike one parts
if "$dlrun" train "$work/r.yaml" "output_dir=$work/two" hardware.devices=2 >"$work/log" 2>&1; then
  alike one two
else
  grep -q "hardware.devices: must be 1 here" "$work/log" || fail "two processes: $(cat "$work/log")"
  echo "left out: two processes, without Gloo"
fi

# 2. Measured: an interval for each target.
"$dlrun" eval "$work/one" --json >"$work/eval" 2>/dev/null || fail "eval"
for metric in group.accuracy count.mae value.spearman; do
  grep -q "\"intervals\":.*\"metric\":\"$metric\",\"low\":[0-9.-]*,\"high\":[0-9.-]*" "$work/eval" || fail "no interval of $metric: $(cat "$work/eval")"
done
expect 0 "group.accuracy" "$dlrun" eval "$work/one" --by group

# 3. Told by their names, also where a row lacks one.
expect 0 "(middle)" "$dlrun" predict "$work/one" --samples 3
"$dlrun" predict "$work/one" --samples 40 -o "$work/told.csv" 2>/dev/null || fail "predict"
head -1 "$work/told.csv" | grep -q "targets.group.class,.*targets.group.probabilities.high,.*targets.value.value,.*true.group" ||
  fail "columns: $(head -1 "$work/told.csv")"
printf 'a,b,value,count,group\n0.5,0.5,,,\n0.1,-0.2,1,2,low\n' >"$work/new.csv"
expect 0 "the files hold the answers: over 2 samples" "$dlrun" predict "$work/one" "$work/new.csv"
printf 'b,a\n0.5,0.5\n' >"$work/new.csv"
expect 0 "group" "$dlrun" predict "$work/one" "$work/new.csv"

# 4. An ONNX file has an output for each, and answers as the run does.
expect 0 "largest difference" "$dlrun" export "$work/one" export.type=onnx -o "$work/onnx" export.onnxruntime=off
for model in one onnx/model.onnx; do
  "$dlrun" predict "$work/$model" "$work/parts.csv" -o "$work/${model%/*}.csv" >"$work/log" 2>&1 || fail "predict $model: $(cat "$work/log")"
done
[ "$(wc -l <"$work/onnx.csv")" = 161 ] || fail "the ONNX file does not answer for each row"
paste -d, <(tail -n +2 "$work/one.csv") <(tail -n +2 "$work/onnx.csv") | awk -F, '{ for (i = 2; i <= NF / 2; ++i) { d = $i - $(i + NF / 2);
  if (d > 1e-4 || d < -1e-4) { print $i, $(i + NF / 2); exit 1 } } }' || fail "the ONNX file answers otherwise"
grep -aq 'output.group' "$work/onnx/model.onnx" || fail "no output of its own in the ONNX file"
grep -aq '"group":{"first":0,"width":3,"classes":\["high","low","middle"\],"probabilities":"softmax"}' "$work/onnx/model.onnx" ||
  fail "the ONNX file does not say what its outputs are"

# 5. What classes weigh is found once, and is the run's from then on.
train balanced 'task.of.0.loss={type: cross_entropy, balance_classes: true}'
grep -q "class_weights: \[[0-9]" "$work/balanced/recipe.yaml" || fail "the run does not hold what its classes weigh"
train balanced 'task.of.0.loss={type: cross_entropy, balance_classes: true}' --resume trainer.max_steps=14
expect 0 "bfloat16 mixed" "$dlrun" describe "$work/r.yaml" 'task.of.0.loss={type: cross_entropy, class_weights: [1, 2, 3]}'

# 6. Members with other seeds answer with the mean of each target.
train several repeat.seeds=2
expect 0 "2 members" "$dlrun" eval "$work/several"
grep -q '"val/group.accuracy"' <(sed 's/.*"together"//' "$work/several/result.json" | tr -d '\n') || fail "members are not measured together"
train folded repeat.folds=val data.val='{folds: 2}'
expect 2 "scaled several targets by their own rows" "$dlrun" predict "$work/folded" "$work/new.csv"

# 7. What makes no sense is said with its key.
expect 78 "task: regression predicts targets of one kind" "$dlrun" validate "$work/r.yaml" task=regression loss=mse metrics=[mae]
expect 78 "metrics.0.target: the task has no target 'grup'; it has group, count, value" "$dlrun" validate "$work/r.yaml" metrics.0.target=grup
expect 78 "metrics.2: of_target compares the scores of classes" "$dlrun" validate "$work/r.yaml" metrics.2.metric=accuracy
expect 78 "Suitable: of_target" "$dlrun" validate "$work/r.yaml" 'metrics=[accuracy]' checkpoint.monitor=val/loss
expect 78 "task.of.2.target: the data have no target 'valu' (is it 'value'?)" "$dlrun" validate "$work/r.yaml" task.of.2.target=valu
expect 78 "data.unscaled_targets: [count]" "$dlrun" validate "$work/r.yaml" data.unscaled_targets=[]
expect 78 "task: mean_teacher predicts targets of one kind" "$dlrun" validate "$work/r.yaml" 'task={type: mean_teacher, of: {type: multi_target, of: [{target: group, task: classification}]}}' metrics=[]
expect 0 "" "$dlrun" data check "$work/r.yaml"
sed 's/^-0.4496,[^,]*,[^,]*,[0-9]*/-0.4496,0.8676,-1.7653,-2/' tests/recipes/data/parts.csv >"$work/parts.csv"
expect 65 "loss: poisson compares counts, and target 'count' of" "$dlrun" validate "$work/r.yaml"
exit $failed
