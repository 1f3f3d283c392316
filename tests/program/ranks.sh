#!/usr/bin/env bash
# Two processes train one network: to the numbers of one process, resumed to the same bits after any end, and with every
# error told once. usage: tests/program/ranks.sh DLRUN
set -u
dlrun=$1
source "$(dirname "$0")/launch.bash"
needs_processes

# A table, and pictures through a network with dropout and statistics of its norms.
write_table "$work/table.csv"
cat >"$work/table.yaml" <<YAML
version: 1
name: table
seed: 1
task: classification
data: {type: csv, path: $work/table.csv, target: y, val: {split: 0.2}, test: {split: 0.1}}
data_check: {allow: [exact_overlap]}
architecture: {type: mlp, widths: [16]}
loss: cross_entropy
metrics: [accuracy, roc_auc]
optimizer: {type: sgd, lr: 0.05, momentum: 0.9}
trainer: {max_steps: 200, batch_size: 33, eval_batch_size: 50, validate_every_n_steps: 20, drop_last: false}
checkpoint: {every_n_steps: 10, save_top_k: 2}
logging: {every_n_steps: 5}
hardware: {threads: 1}
YAML
write_pictures 40
train() { "$dlrun" train "$work/$1.yaml" -q "output_dir=$work/$2" "${@:3}" >"$work/out" 2>&1 </dev/null; }

# 1. The numbers of one process. SGD does not enlarge what rounding makes different.
train table one || fail "one process: $(cat "$work/out")"
train table two hardware.devices=2 || fail "two processes: $(cat "$work/out")"
[ ! -s "$work/out" ] || fail "quiet, and yet: $(cat "$work/out")"
alike() { alike_run "$work/$1" "$work/$2"; } # NAME NAME
alike one two || fail "two processes are not like one"

# 2. Killed, and asked to stop: the same bits as a run that went through.
train pictures whole || fail "pictures: $(cat "$work/out")"
[ "$(ls "$work"/whole/checkpoints/*/rank-1.safetensors | wc -l)" -ge 2 ] || fail "no streams of the second process kept"
ended() { # NAME SIGNAL CODE: the launcher ends so, after the first checkpoint
  rm -rf "${work:?}/$1"
  "$dlrun" train "$work/pictures.yaml" -q "output_dir=$work/$1" >"$work/out" 2>&1 </dev/null &
  local launcher=$!
  while kill -0 $launcher 2>/dev/null && [ -z "$(compgen -G "$work/$1/checkpoints/step-*")" ]; do sleep 0.02; done
  local ranks
  ranks=$(cat /proc/$launcher/task/$launcher/children)
  kill -"$2" $launcher
  wait $launcher 2>/dev/null
  local code=$?
  [ $code = "$3" ] || fail "$1: ended with $code: $(cat "$work/out")"
  for rank in $ranks; do
    for _ in $(seq 100); do kill -0 "$rank" 2>/dev/null || break; sleep 0.05; done
    kill -0 "$rank" 2>/dev/null && fail "$1: process $rank lives on"
  done
  train pictures "$1" --resume || fail "$1: resuming: $(cat "$work/out")"
  same_run "$work/whole" "$work/$1" || fail "$1: differs from the run that went through"
}
ended killed KILL 137
ended stopped TERM 75
# A process alone that dies takes the run with it, and says so.
"$dlrun" train "$work/pictures.yaml" -q "output_dir=$work/lost" >"$work/out" 2>&1 </dev/null &
launcher=$!
while kill -0 $launcher 2>/dev/null && [ -z "$(compgen -G "$work/lost/checkpoints/step-*")" ]; do sleep 0.02; done
kill -KILL "$(awk '{ print $NF }' /proc/$launcher/task/$launcher/children)"
wait $launcher
code=$?
[ $code = 75 ] && grep -q "was ended by signal 9" "$work/out" || fail "a process lost: $code: $(cat "$work/out")"
train pictures lost --resume || fail "lost: resuming: $(cat "$work/out")"
same_run "$work/whole" "$work/lost" || fail "lost: differs from the run that went through"

# 3. Another number of processes goes on with the same samples in the same order: the numbers of one process. What a
# process drew for itself is drawn anew, and said so.
train table four hardware.devices=4 || fail "four processes: $(cat "$work/out")"
alike one four || fail "four processes are not like one"
goes_on() { # FROM TO: killed after a checkpoint, resumed with another number of processes
  local name=from_$1_to_$2 launcher
  for _ in 1 2 3 4 5; do # until it was killed before its end
    rm -rf "${work:?}/$name"
    "$dlrun" train "$work/table.yaml" -q "output_dir=$work/$name" hardware.devices="$1" checkpoint.min_seconds=0 >"$work/out" 2>&1 </dev/null &
    launcher=$!
    while kill -0 $launcher 2>/dev/null && [ -z "$(compgen -G "$work/$name/checkpoints/step-*[0-9]")" ]; do sleep 0.01; done
    kill -KILL $launcher
    wait $launcher 2>/dev/null
    sleep 0.3 # the ranks end with their launcher
    [ -e "$work/$name/result.json" ] || break
  done
  [ ! -e "$work/$name/result.json" ] || fail "$name: it had come to its end"
  train table "$name" --resume hardware.devices="$2" checkpoint.min_seconds=0 || fail "$name: resuming: $(cat "$work/out")"
  grep -q "was computed by $1 processes, and now there are $2" "$work/out" || fail "$name: not told: $(cat "$work/out")"
  alike one "$name" || fail "$name: not like one process"
}
goes_on 2 1
goes_on 1 2
goes_on 2 4
expect 78 "hardware.sync_batchnorm: false in the run, true now" "$dlrun" train "$work/pictures.yaml" --resume "output_dir=$work/lost" \
  hardware.sync_batchnorm=true trainer.max_steps=50

# 4. Errors are told once, by the first.
once() { # CODE TEXT ARGUMENT...
  local output code
  output=$("$dlrun" train "$work/table.yaml" -q "output_dir=$work/wrong" hardware.devices=2 "${@:3}" 2>&1 </dev/null)
  code=$?
  [ $code = "$1" ] && [ "$(grep -cF -- "$2" <<<"$output")" = 1 ] && [ "$(grep -c . <<<"$output")" -le 12 ] ||
    fail "expected once and $1: $2; code $code: $output"
  rm -rf "$work/wrong"
}
once 66 "gone.csv: no such file" data.path="$work/gone.csv"
once 78 "hardware.devices: 2 processes cannot share the last batch of an epoch, of size 1" trainer.batch_size=1
once 76 "not finite" optimizer.lr=1e30 optimizer.momentum=0
once 2 "give one" --resume --overwrite
mkdir -p "$work/wrong" && echo x >"$work/wrong/file"
once 73 "this folder is not empty"
awk 'BEGIN { print "node_id,label,split,features"
             for (i = 0; i < 60; ++i) print i "," "abc" i % 3 "," (i < 30 ? "train" : i < 45 ? "val" : "test") "," i % 7 " " i % 5 + 7 }' >"$work/nodes.csv"
awk 'BEGIN { print "source,target"; for (i = 0; i < 60; ++i) print i "," (i + 3) % 60 }' >"$work/edges.csv"
cat >"$work/graph.yaml" <<YAML
version: 1
name: graph
task: node_classification
data: {type: graph, nodes: $work/nodes.csv, edges: $work/edges.csv}
architecture: {type: gcn, widths: [8]}
loss: cross_entropy
optimizer: {type: adamw, lr: 0.01}
trainer: {epochs: 2, batch_size: 1}
hardware: {threads: 1, devices: 2}
output_dir: $work/graph
YAML
expect 78 "hardware.devices: 2 processes cannot share one sample; a graph is one" "$dlrun" validate "$work/graph.yaml"
expect 78 "hardware.devices: 2 processes cannot share one sample; a graph is one" "$dlrun" train "$work/graph.yaml"

exit $failed
