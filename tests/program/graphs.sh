#!/usr/bin/env bash
# What is said about a graph while it is read, and what a prediction of its nodes holds.
# usage: tests/program/graphs.sh DLRUN
set -u
dlrun=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$(dirname "$0")/expect.bash"

printf 'node_id,label,split,p,q\n' >"$work/nodes.csv"
printf 'source,target,km,since\n' >"$work/edges.csv"
for i in $(seq 24); do
  split=train; [ $((i % 3)) = 0 ] && split=val; [ $((i % 5)) = 0 ] && split=test
  echo "paper-$i,$((i % 3)),$split,0.$i,$((i % 4)).5" >>"$work/nodes.csv"
  echo "paper-$i,paper-$((i % 24 + 1)),$((i % 5)).25,19$i" >>"$work/edges.csv"
done
printf 'lone,1,train,0,0\nodd,2,train,-2,1\n' >>"$work/nodes.csv"
printf 'paper-1,paper-2,1.25,1999\nodd,odd,0,2000\n' >>"$work/edges.csv"
cat >"$work/graph.yaml" <<YAML
version: 1
name: graph
task: node_classification
output_dir: $work/run
data: {type: graph, nodes: $work/nodes.csv, edges: $work/edges.csv, feature_columns: [p, q]}
architecture: {type: gcn, widths: [4], dropout: 0}
optimizer: adamw
trainer: {epochs: 2, batch_size: 1}
hardware: {threads: 1}
export: {type: onnx}
YAML

# What is not used is told by its name, with the key that would use it.
expect 0 "edges.csv: columns 'km', 'since' of the edges are not used; data.weight_column names a column of weights" \
  "$dlrun" train "$work/graph.yaml"
expect 0 "edges.csv: 1 of 26 edges were there before; an edge counts once" "$dlrun" train "$work/graph.yaml" --overwrite
expect 0 "edges.csv: column 'since' of the edges is not used" \
  "$dlrun" train "$work/graph.yaml" data.weight_column=km "output_dir=$work/weighted"
expect 65 "edges.csv: has no column 'miles'" "$dlrun" train "$work/graph.yaml" data.weight_column=miles --overwrite
expect 0 "the features of 1 of 26 nodes sum to 0 and stay as they are" \
  "$dlrun" train "$work/graph.yaml" data.normalize_features=true "output_dir=$work/normalized"
expect 0 "the features of 1 of 26 nodes have a negative sum" \
  "$dlrun" train "$work/graph.yaml" data.normalize_features=true --overwrite "output_dir=$work/normalized"

# Nodes by their names, in the order of the table, with all probabilities.
expect 0 '"sample":"paper-1",' "$dlrun" predict "$work/run" "$work/nodes.csv" "$work/edges.csv" --json
"$dlrun" predict "$work/run" "$work/nodes.csv" "$work/edges.csv" --json >"$work/records" 2>/dev/null
[ "$(wc -l <"$work/records")" = 26 ] || { echo "FAILED: not a record for each node"; failed=1; }
cut -d, -f1 "$work/nodes.csv" | tail -n +2 >"$work/names"
grep -oE '"sample":"[^"]*"' "$work/records" | cut -d'"' -f4 | cmp -s - "$work/names" ||
  { echo "FAILED: the names of the nodes are not those of the table, in its order"; failed=1; }
[ "$(grep -cE '"probabilities":\{"0":[0-9.e-]+,"1":[0-9.e-]+,"2":[0-9.e-]+\}' "$work/records")" = 26 ] ||
  { echo "FAILED: not the probabilities of all classes"; failed=1; }
expect 0 "paper-5  class" "$dlrun" predict "$work/run"

# Weights everywhere a graph goes: before training, in a prediction, and as an input of the model for other programs.
for verb in validate describe; do expect 0 "" "$dlrun" "$verb" "$work/graph.yaml" data.weight_column=km; done
expect 0 "model.onnx" "$dlrun" export "$work/weighted" --output "$work/onnx"
grep -q edge_weight "$work/onnx/model.onnx" || { echo "FAILED: the model has no input for weights"; failed=1; }
expect 0 '"sample":"paper-1",' "$dlrun" predict "$work/onnx/model.onnx" "$work/nodes.csv" "$work/edges.csv" --json --engine dlrun
"$dlrun" predict "$work/weighted" "$work/nodes.csv" "$work/edges.csv" --json >"$work/weighted.jsonl" 2>/dev/null
cmp -s "$work/records" "$work/weighted.jsonl" && { echo "FAILED: weights change nothing"; failed=1; }
exit $failed
