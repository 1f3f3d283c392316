#!/usr/bin/env bash
# A run that goes on on another kind of processor says so once, with both kinds, and is silent on the same kind.
# usage: tests/program/resume_elsewhere.sh DLRUN
set -u
dlrun=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$(dirname "$0")/expect.bash"
unset ATEN_CPU_CAPABILITY MKL_CBWR

awk 'BEGIN { print "a,b,y"; for (i = 0; i < 300; ++i) print i % 7 "," i * 3 % 11 "," i % 7 - i * 3 % 11 "." i }' >"$work/table.csv"
cat >"$work/recipe.yaml" <<YAML
version: 1
name: elsewhere
seed: 1
task: regression
data: {type: csv, path: $work/table.csv, target: y, val: {split: 0.1}}
data_check: {allow: [exact_overlap]}
architecture: {type: mlp, widths: [8]}
loss: mse
optimizer: {type: sgd, lr: 0.01}
trainer: {max_steps: 2, batch_size: 16}
hardware: {threads: 1}
output_dir: $work/run
YAML
steps=2
train() { "$@" "$dlrun" train "$work/recipe.yaml" --resume "trainer.max_steps=$steps"; }

# goes_on KINDS COMMAND...: two more steps; on another kind one warning matches KINDS, on the same there is none.
goes_on() {
  local kinds=$1 output told
  shift
  steps=$((steps + 2))
  output=$(train "$@" 2>&1 </dev/null) || { echo "FAILED: $*: $output"; failed=1; }
  told=$(grep "may differ in the last bits" <<<"$output")
  [ -z "$kinds$told" ] && return
  [ -n "$kinds" ] && [ "$(wc -l <<<"$told")" = 1 ] && grep -qE -- "$kinds" <<<"$told" && return
  printf 'FAILED: %s: expected %s, told: %s\n' "$*" "${kinds:-nothing}" "$told"
  failed=1
}

expect 0 "all 2 steps done" train env
expect 0 '"processor":' grep '"processor":' "$work/run/checkpoints/step-00000002/manifest.json"
goes_on "" env
goes_on "libtorch uses [A-Z0-9]*\) and goes on on .*; MKL_CBWR=COMPATIBLE\)" env MKL_CBWR=COMPATIBLE
expect 0 COMPATIBLE grep MKL_CBWR "$work/run/environment.json"
goes_on "" env MKL_CBWR=COMPATIBLE
goes_on "; MKL_CBWR=COMPATIBLE\) and goes on on .*libtorch uses [A-Z0-9]*\)" env
# Where libtorch has nothing better than its default, asking for it changes nothing.
if grep -q '"capability":"DEFAULT"\|"capability": "DEFAULT"' "$work/run/environment.json"; then
  goes_on "" env ATEN_CPU_CAPABILITY=default
else
  goes_on "libtorch uses AVX[0-9]*\) and goes on on .*libtorch uses DEFAULT\)" env ATEN_CPU_CAPABILITY=default
  goes_on "" env ATEN_CPU_CAPABILITY=default
fi
expect 78 "hardware.threads: 1 in the run, 2 now" "$dlrun" train "$work/recipe.yaml" --resume trainer.max_steps=99 hardware.threads=2
exit $failed
