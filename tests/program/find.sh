#!/usr/bin/env bash
# dlrun train --find-lr and --find-batch-size: a picture, a proposal, a size, and no run.
# usage: tests/program/find.sh DLRUN
set -u
dlrun=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
recipe=tests/recipes/adam.yaml
given=(hardware.threads=1 "output_dir=$work/run")
source "$(dirname "$0")/expect.bash"

expect 0 "proposed: optimizer.lr=" "$dlrun" train "$recipe" "${given[@]}" --find-lr --curve "$work/rates.svg"
head -c 4 "$work/rates.svg" | grep -q '<svg' || { echo "FAILED: no picture of the rates"; failed=1; }
expect 0 '"event":"find_lr"' "$dlrun" train "$recipe" "${given[@]}" --find-lr --curve "$work/rates.svg" --json
expect 0 "there are no more samples" "$dlrun" train "$recipe" "${given[@]}" --find-batch-size --memory 64GiB
expect 0 '"event":"find_batch_size"' "$dlrun" train "$recipe" "${given[@]}" --find-batch-size --json
expect 78 "a batch of 1 takes" "$dlrun" train "$recipe" "${given[@]}" --find-batch-size --memory 1MiB
expect 2 'expected a size as 4GiB, got "lots"' "$dlrun" train "$recipe" "${given[@]}" --find-batch-size --memory lots
expect 2 "train no run" "$dlrun" train "$recipe" "${given[@]}" --find-lr --resume
expect 2 "train no run" "$dlrun" train "$recipe" "${given[@]}" --find-batch-size --dry-run

# The folder of a run that is there already is left as it is.
mkdir "$work/run" && echo mine >"$work/run/recipe.yaml"
expect 0 "proposed" "$dlrun" train "$recipe" "${given[@]}" --find-lr --curve "$work/rates.svg"
[ "$(ls "$work/run")" = recipe.yaml ] && [ "$(cat "$work/run/recipe.yaml")" = mine ] || { echo "FAILED: a run folder was touched"; failed=1; }
exit $failed
