#!/usr/bin/env bash
# A training that starts from the weights of another run.
# usage: tests/program/pretrained_run.sh DLRUN
set -u
dlrun=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$(dirname "$0")/expect.bash"
recipe=tests/recipes/time_warp.yaml
threads=hardware.threads=1

expect 0 "steps done" "$dlrun" train "$recipe" "$threads" trainer.epochs=3 "output_dir=$work/first"
# One step of a rate that moves nothing: the run is as good as the one it came from, and far from a fresh one.
still=("$threads" trainer.epochs=null trainer.max_steps=1 optimizer.lr=1e-12 optimizer.weight_decay=0)
expect 0 "the weights of its best checkpoint, step" "$dlrun" train "$recipe" "${still[@]}" "output_dir=$work/second" \
  "architecture.pretrained=$work/first"
expect 0 "steps done" "$dlrun" train "$recipe" "${still[@]}" "output_dir=$work/fresh"
accuracy() { "$dlrun" eval "$work/$1" 2>/dev/null | grep -o 'accuracy[^,]*' | head -1; }
[ -n "$(accuracy first)" ] || { echo "FAILED: the first run has no accuracy"; failed=1; }
[ "$(accuracy first)" = "$(accuracy second)" ] ||
  { echo "FAILED: $(accuracy first) became $(accuracy second) without a step"; failed=1; }
[ "$(accuracy first)" != "$(accuracy fresh)" ] || { echo "FAILED: fresh weights are as good"; failed=1; }
# The weights that a run averaged are the ones.
expect 0 "steps done" "$dlrun" train "$recipe" "$threads" "output_dir=$work/averaged" regularization.ema.decay=0.9
expect 0 "steps done" "$dlrun" train "$recipe" "${still[@]}" "output_dir=$work/from_average" \
  "architecture.pretrained=$work/averaged"
[ "$(accuracy averaged)" = "$(accuracy from_average)" ] || { echo "FAILED: not the averaged weights"; failed=1; }
# Of weights under norms, what these made of them; also into a network that puts its own under norms.
expect 0 "steps done" "$dlrun" train "$recipe" "$threads" "output_dir=$work/normed" \
  'regularization.spectral_norm={match: layers.0}' "regularization.weight_norm={match: 'layers.[1-9]'}"
expect 0 "steps done" "$dlrun" train "$recipe" "${still[@]}" "output_dir=$work/from_normed" \
  "architecture.pretrained=$work/normed"
[ "$(accuracy normed)" = "$(accuracy from_normed)" ] || { echo "FAILED: not what the norms made of the weights"; failed=1; }
expect 0 "steps done" "$dlrun" train "$recipe" "${still[@]}" "output_dir=$work/to_normed" \
  "architecture.pretrained=$work/normed" 'regularization.weight_norm={match: layers}'
[ "$(accuracy normed)" = "$(accuracy to_normed)" ] || { echo "FAILED: weight norm changed what it began with"; failed=1; }
# What is refused: a run without checkpoints, a head of another size.
mkdir "$work/empty" && cp "$work/first/.dlrun-run.json" "$work/first/recipe.yaml" "$work/empty"
expect 66 "no checkpoint yet" "$dlrun" train "$recipe" "$threads" "output_dir=$work/x" "architecture.pretrained=$work/empty"
expect 65 "pretrained_ignore" "$dlrun" train "$recipe" "$threads" "output_dir=$work/x" "architecture.pretrained=$work/first" \
  'architecture.widths=[8]'
expect 78 "mixup mixes samples" "$dlrun" validate "$recipe" task=reconstruction architecture=autoencoder
exit $failed
