#!/usr/bin/env bash
# Several machines with one process on each, which starts the machine's ranks: a TrainJob's pods by their variables, and
# hardware.num_nodes. The machines are this one, twice. usage: tests/program/kubeflow.sh DLRUN
set -u
dlrun=$1
source "$(dirname "$0")/launch.bash"
reference

port=$((20000 + RANDOM % 9000))
pod() { # NODE FOLDER ARGUMENT...
  PET_NNODES=2 PET_NPROC_PER_NODE=1 PET_NODE_RANK=$1 PET_MASTER_ADDR=127.0.0.1 PET_MASTER_PORT=$port \
    "$dlrun" train "$work/table.yaml" -q "output_dir=$work/$2" "${@:3}" >"$work/out$1" 2>&1 </dev/null
}
said() { cat "$work/out0" "$work/out1"; }

# Two pods of one process each, and one pod of two.
pod 1 pods & second=$!
pod 0 pods || fail "pod 0: $(said)"
wait $second || fail "pod 1: $(said)"
same pods
stands pods finished 0
PET_NNODES=1 PET_NPROC_PER_NODE=2 PET_NODE_RANK=0 "$dlrun" train "$work/table.yaml" -q "output_dir=$work/pod" >"$work/out" 2>&1 ||
  fail "one pod: $(cat "$work/out")"
same pod

# A pod that is told to end keeps a checkpoint; the other ends with it.
pod 1 ended & second=$!
pod 0 ended & first=$!
wait_for_checkpoint ended $first
kill -TERM "$(pgrep -P $second | head -1)"
wait $first
wait $second
nobody_left ended
stands ended checkpointed 75
resume ended
same ended

# A pod that is gone has its processes named by the other.
pod 1 gone & second=$!
pod 0 gone & first=$!
wait_for_checkpoint gone $first
kill -KILL "$(pgrep -P $second | head -1)"
wait $first
wait $second 2>/dev/null
nobody_left gone
stands gone failed 75 "rank 1 has not joined"
resume gone
same gone

expect 2 "PET_NODE_RANK: must be set together with PET_NNODES=2, PET_NPROC_PER_NODE=1, but is not" env PET_NNODES=2 PET_NPROC_PER_NODE=1 \
  "$dlrun" train "$work/table.yaml"
expect 78 "hardware.devices: must be PET_NPROC_PER_NODE (3), or 1, got 2" env PET_NNODES=1 PET_NPROC_PER_NODE=3 PET_NODE_RANK=0 \
  "$dlrun" train "$work/table.yaml" hardware.devices=2

# The same without Kubernetes: the recipe says how many machines there are.
node() { # NODE FOLDER
  NODE_RANK=$1 MASTER_ADDR=127.0.0.1 MASTER_PORT=$port "$dlrun" train "$work/table.yaml" -q "output_dir=$work/$2" \
    hardware.num_nodes=2 >"$work/out$1" 2>&1 </dev/null
}
node 1 nodes & second=$!
node 0 nodes || fail "node 0: $(said)"
wait $second || fail "node 1: $(said)"
same nodes
expect 78 "hardware.num_nodes: is 2: start dlrun on every machine with NODE_RANK (0 to 1)" \
  "$dlrun" train "$work/table.yaml" hardware.num_nodes=2
expect 2 "MASTER_PORT: must be set together with NODE_RANK=0, MASTER_ADDR=localhost" env NODE_RANK=0 MASTER_ADDR=localhost \
  "$dlrun" train "$work/table.yaml" hardware.num_nodes=2

exit $failed
