#!/usr/bin/env bash
# Every base in configs/ composes with a recipe: its values are there, and no other value moves.
# usage: tests/program/configs.sh DLRUN
set -u
dlrun=$1
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
fail() { echo "FAILED: $*"; failed=1; }
unset DLRUN_RUNS

# The hardware and the places of a recipe are what bases are for; this one leaves them out.
cat >"$work/plain.yaml" <<YAML
version: 1
name: composed
task: classification
data: {type: idx, path: $here/recipes/data/fashion_mnist_small, val: {split: 0.05}}
architecture: {type: mlp, widths: [8]}
loss: cross_entropy
optimizer: {type: sgd, lr: 0.1}
trainer: {max_steps: 1, batch_size: 8}
YAML
"$dlrun" config "$work/plain.yaml" >"$work/plain" || fail "the recipe by itself"

composed=0
for base in "$here"/configs/*.yaml; do
  name=$(basename "$base" .yaml)
  { echo "_base_: $base"; cat "$work/plain.yaml"; } >"$work/$name.yaml"
  "$dlrun" config "$work/$name.yaml" >"$work/$name" 2>"$work/err" || { fail "$name: $(cat "$work/err")"; continue; }
  # Each value of the base, as dlrun itself says where it comes from.
  keys=$(grep -v '^#' "$base" | sed -nE 's/^([a-z_]+): \{(.*)\}$/\1 \2/p' | while read -r group rest; do
    grep -oE '[a-z_]+:' <<<"$rest" | sed "s/^/$group./; s/:$//"
  done; sed -nE 's/^([a-z_]+): [^{].*/\1/p' "$base")
  [ -n "$keys" ] || fail "$name: sets nothing"
  for key in $keys; do
    "$dlrun" config "$work/$name.yaml" --why "$key" | grep -q "from:  $base:" || fail "$name: $key does not come from it"
  done
  moved=$(diff "$work/plain" "$work/$name" | grep -c '^>')
  [ "$moved" -ge 1 ] && [ "$moved" -le "$(wc -w <<<"$keys")" ] || fail "$name: $moved values moved, for $(wc -w <<<"$keys") keys"
  composed=$((composed + 1))
done
[ "$composed" = "$(ls "$here"/configs/*.yaml | wc -l)" ] && [ "$composed" -ge 6 ] || fail "$composed of the bases composed"
grep -q 'output_dir: runs/composed' "$work/slurm" || fail "slurm: another output_dir without DLRUN_RUNS"
DLRUN_RUNS=/shared "$dlrun" config "$work/slurm.yaml" | grep -q 'output_dir: /shared/composed' || fail "slurm: DLRUN_RUNS is not read"
# The recipe's own values stand above those of its bases, and the command line above both.
{ echo "_base_: $here/configs/node_of_8.yaml"; cat "$work/plain.yaml"; echo "hardware: {devices: 2}"; } >"$work/own.yaml"
"$dlrun" config "$work/own.yaml" | grep -q '  devices: 2' || fail "a base wins over its recipe"
"$dlrun" config "$work/own.yaml" hardware.devices=3 | grep -q '  devices: 3' || fail "a recipe wins over the command line"

# --config lays them over the recipe instead; arguments stand above, and what is no file of settings is refused.
over() { "$dlrun" config "$work/own.yaml" --config "$here/configs/cpu.yaml" "$@"; }
over >"$work/over" || fail "--config"
grep -q '  devices: 2' "$work/over" || fail "--config: a value it does not give moved"
grep -q '  accelerator: cpu' "$work/over" || fail "--config: its value is not there"
over --why hardware.accelerator | grep -q "from:  $here/configs/cpu.yaml:" || fail "--config: another origin"
"$dlrun" config "$work/own.yaml" --config "$here/configs/node_of_8.yaml" | grep -q '  devices: 8' || fail "the recipe wins over --config"
over hardware.accelerator=auto | grep -q '  accelerator: auto' || fail "--config wins over the command line"
over --config "$work/plain.yaml" >/dev/null 2>"$work/err"
[ $? = 78 ] && grep -q "is a recipe itself (it has 'architecture')" "$work/err" || fail "--config of a recipe: $(cat "$work/err")"
over --config "$work/nowhere.yaml" >/dev/null 2>"$work/err"
[ $? = 66 ] && grep -q 'nowhere.yaml: no such file' "$work/err" || fail "--config of no file: $(cat "$work/err")"
"$dlrun" submit "$work/own.yaml" --config "$here/configs/slurm.yaml" --slurm partition=p --print | grep -q -- "--config=$here/configs/slurm.yaml" || fail "submit forgets --config"

echo "$composed bases compose"
exit $failed
