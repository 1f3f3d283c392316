#!/usr/bin/env bash
# Each of two processes has a part of the network: the numbers of one process, the same bits after any end, files that
# one process reads. usage: tests/program/parted.sh DLRUN
set -u
dlrun=$1
source "$(dirname "$0")/launch.bash"
needs_processes

cat >"$work/gpt.yaml" <<YAML
version: 1
name: gpt
seed: 3
task: language_model
data: {type: text, path: $here/docs/step.md, level: byte, context_length: 32, val: {split: 0.1}}
architecture: {type: gpt, layers: 2, heads: 4, width: 32, dropout: 0}
optimizer: {type: adamw, lr: 1e-3}
regularization: {ema: {decay: 0.9}, gradient_clipping: {type: norm, value: 1}}
trainer: {max_steps: 40, batch_size: 8, micro_batch_size: 4, validate_every_n_steps: 20}
checkpoint: {every_n_steps: 4, save_top_k: 2}
logging: {every_n_steps: 5}
hardware: {threads: 1}
YAML
train() { "$dlrun" train "$work/gpt.yaml" -q "output_dir=$work/$1" "${@:2}" >"$work/out" 2>&1 </dev/null; }
losses() { grep -o '"[a-z]*/loss":[0-9.e-]*' "$work/$1/metrics.jsonl"; }

train one || fail "one process: $(cat "$work/out")"
alike() { # NAME NAME
  paste <(losses "$1") <(losses "$2") | awk -F'[:\t]' '
  $1 != $3 { print "other records"; exit 1 }
  { apart = $2 > $4 ? $2 - $4 : $4 - $2; if (apart > worst) worst = apart }
  END { if (NR < 10 || worst > 2e-4) { print NR " losses, " worst " apart"; exit 1 } print NR " losses, at most " worst + 0 " apart" }'
}
sizes() { (cd "$work/$1/checkpoints" && for file in */rank-0.safetensors; do echo "$file $(stat -c %s "$file")"; done); }
begun() { # NAME: started with "${way[@]}", until the first checkpoint
  "$dlrun" train "$work/gpt.yaml" -q "output_dir=$work/$1" "${way[@]}" >"$work/out" 2>&1 </dev/null &
  launcher=$!
  while kill -0 $launcher 2>/dev/null && [ -z "$(compgen -G "$work/$1/checkpoints/step-*")" ]; do sleep 0.02; done
}
stopped() { # NAME FURTHER...: asked to stop, and gone on with otherwise
  begun "$1"
  kill -TERM $launcher
  wait $launcher
  local code=$?
  [ $code = 75 ] || fail "$1: ended with $code: $(cat "$work/out")"
  train "$1" --resume "${@:2}" || fail "$1: resuming: $(cat "$work/out")"
  alike one "$1" || fail "$1: not like one process"
}

# What a pipeline takes is foreseen: 8 rows in 2 parts, of which each of 2 stages waits for a third.
"$dlrun" describe "$work/gpt.yaml" --json --devices 2 --link 1GB/s --step-time 0.1s hardware.devices=2 \
  hardware.pipeline_parallel_degree=2 >"$work/out" || fail "describe of a pipeline"
stages=$(grep -c '"event":"stage".*"layers":1,.*"parts":2,"waiting_share":0.333' "$work/out")
[ "$stages" = 2 ] || fail "describe of a pipeline: $stages stages: $(grep '"devices"' "$work/out")"

for kind in tensor_parallel_degree=2 pipeline_parallel_degree=2 strategy=zero2 strategy=fsdp; do
  way=(hardware.devices=2 "hardware.$kind")
  name=${kind//[^a-z0-9]/}
  # The numbers of one process; checkpoints of the same names and sizes.
  train "$name" "${way[@]}" || fail "$kind: $(cat "$work/out")"
  [ ! -s "$work/out" ] || fail "$kind: quiet, and yet: $(cat "$work/out")"
  alike one "$name" || fail "$kind: not like one process"
  diff <(sizes one) <(sizes "$name") || fail "$kind: checkpoints of other sizes"
  # A process lost, and the run resumed: the same bits.
  begun "killed_$name"
  kill -KILL "$(awk '{ print $NF }' /proc/$launcher/task/$launcher/children)"
  wait $launcher
  [ $? = 75 ] || fail "$kind: a process lost: $(cat "$work/out")"
  grep -q "was ended by signal 9" "$work/out" || fail "$kind: the lost process is not named: $(cat "$work/out")"
  train "killed_$name" "${way[@]}" --resume || fail "$kind: resuming: $(cat "$work/out")"
  same_run "$work/$name" "$work/killed_$name" || fail "$kind: differs from the run that went through"
  # What one process does with the run.
  stopped "alone_$name"
  expect 0 "loss" "$dlrun" eval "$work/$name"
  expect 0 "" "$dlrun" export "$work/$name" export=onnx
done
# Stages draw for their own layers: what went through and what was resumed draw alike.
way=(hardware.devices=2 hardware.pipeline_parallel_degree=2 trainer.micro_batch_size=2 architecture.dropout=0.2)
train draws "${way[@]}" || fail "dropout in stages: $(cat "$work/out")"
begun killed_draws
kill -KILL "$(awk '{ print $1 }' /proc/$launcher/task/$launcher/children)"
wait $launcher
train killed_draws "${way[@]}" --resume || fail "dropout in stages, resuming: $(cat "$work/out")"
same_run "$work/draws" "$work/killed_draws" || fail "dropout in stages: differs from the run that went through"
way=(hardware.devices=2 hardware.pipeline_parallel_degree=2)
stopped in_pairs hardware.devices=4 hardware.pipeline_parallel_degree=2 # another number of processes

way=(hardware.devices=1)
stopped becomes_held hardware.devices=2 hardware.tensor_parallel_degree=2
stopped becomes_staged hardware.devices=2 hardware.pipeline_parallel_degree=2
stopped becomes_sharded hardware.devices=2 hardware.strategy=fsdp
way=(hardware.devices=2 hardware.tensor_parallel_degree=2)
stopped pairs hardware.devices=4 hardware.tensor_parallel_degree=2
way=(hardware.devices=3 hardware.strategy=fsdp)
stopped other hardware.devices=2 hardware.strategy=zero1

# Told as a run of one process is; several trainings as one.
for kind in tensor_parallel_degree=2 pipeline_parallel_degree=2 strategy=fsdp; do
  expect 0 "all 4 steps done" "$dlrun" train "$work/gpt.yaml" "output_dir=$work/told_$kind" hardware.devices=2 "hardware.$kind" trainer.max_steps=4
  expect 0 "" "$dlrun" train "$work/gpt.yaml" -q "output_dir=$work/repeat_$kind" hardware.devices=2 "hardware.$kind" trainer.max_steps=4 repeat.seeds=2
done

# Errors, told once.
# A network without a head, whose last layer would be cut alone.
cat >"$work/headless.yaml" <<YAML
version: 1
name: headless
task: metric_learning
data: {type: csv, path: $work/classes.csv, target: y, val: {split: 0.2}}
architecture: {type: mlp, widths: [8]}
loss: {type: triplet, margin: 0.2}
optimizer: {type: sgd, lr: 0.05}
trainer: {max_steps: 2, batch_size: 16}
hardware: {devices: 2, tensor_parallel_degree: 2}
YAML
awk 'BEGIN { print "a,b,y"; for (i = 0; i < 80; ++i) print i % 7 "," i % 5 "," "kind" i % 3 }' >"$work/classes.csv"
expect 78 "hardware.tensor_parallel_degree: layers of a network mlp are cut in pairs" "$dlrun" validate "$work/headless.yaml"
expect 78 "hardware.tensor_parallel_degree: must divide the 4 heads of the network, got 3" "$dlrun" train "$work/gpt.yaml" \
  -q "output_dir=$work/refused" hardware.devices=3 hardware.tensor_parallel_degree=3
expect 78 "hardware.tensor_parallel_degree: must divide the number of processes, 1, got 2" "$dlrun" train "$work/gpt.yaml" \
  -q "output_dir=$work/refused" hardware.tensor_parallel_degree=2
[ ! -e "$work/refused" ] || fail "a refused run left a folder"

exit $failed
