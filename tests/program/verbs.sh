#!/usr/bin/env bash
# A run from recipe to export through the program, and the ways it can go wrong.
# usage: tests/program/verbs.sh DLRUN
set -u
dlrun=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
recipe=recipes/cnn_fashion_mnist_small.yaml
short=(trainer.max_steps=12 trainer.limit_val_batches=1 hardware.threads=1 "output_dir=$work/run")
source "$(dirname "$0")/expect.bash"

expect 0 "valid" "$dlrun" validate "$recipe"
expect 0 "epoch 9 after the warm-up is never over" "$dlrun" validate "$recipe" "lr_scheduler={type: multi_step, milestones: [9]}" trainer.epochs=4
expect 0 "one training step" "$dlrun" describe "$recipe"
expect 0 '"path":"classifier.3"' "$dlrun" describe "$recipe" --json
expect 0 "not written: --dry-run" "$dlrun" train "$recipe" "${short[@]}" --dry-run
[ -e "$work/run" ] && { echo "FAILED: --dry-run wrote the run folder"; failed=1; }
expect 0 "next:" "$dlrun" train "$recipe" "${short[@]}"
for file in recipe.yaml environment.json metrics.jsonl log.txt result.json checkpoints/step-00000012/manifest.json; do
  [ -s "$work/run/$file" ] || { echo "FAILED: no $file in the run folder"; failed=1; }
done
expect 73 "--resume" "$dlrun" train "$recipe" "${short[@]}"
expect 0 "finished" "$dlrun" train "$recipe" "${short[@]}" --resume
expect 2 "--overwrite deletes it" "$dlrun" train "$recipe" "${short[@]}" --resume --overwrite
# A finished run that is damaged is not finished.
cp -r "$work/run" "$work/damaged"
: >"$work/damaged/checkpoints/step-00000012/rank-0.safetensors"
expect 65 "step-00000012/rank-0.safetensors: this checkpoint is damaged" "$dlrun" train "$work/damaged" --resume
rm -r "$work/damaged/checkpoints"
expect 65 "holds no checkpoint" "$dlrun" train "$work/damaged" --resume
grep -q '"event":"test"' "$work/run/metrics.jsonl" || { echo "FAILED: resuming a finished run lost its test"; failed=1; }
expect 78 "--resume" "$dlrun" train "$recipe" "${short[@]}" --resume optimizer.lr=0.5
expect 0 "all 20 steps done" "$dlrun" train "$work/run" --resume trainer.max_steps=20
# What is refused leaves the run as it was.
for mistake in checkpoint.monitor=val/acc loss=mse architecture.type=gcn 'optimizer.groups=[{match: q}]' 'metrics=[rmse]' \
  architecture=autoencoder; do
  expect 78 "argument ${mistake%%=*}" "$dlrun" train "$recipe" "${short[@]}" --overwrite "$mistake"
done
expect 0 "accuracy" "$dlrun" eval "$work/run"
expect 78 "metrics.0: rmse compares numbers" "$dlrun" eval "$work/run" 'metrics=[rmse]'
crop=$work/crop
expect 0 "input [1, 20, 20]" "$dlrun" train "$recipe" "${short[@]}" "output_dir=$crop" 'augmentation=[{type: random_crop, size: 20}]' \
  lr_scheduler.warmup_steps=0
expect 0 "cosine spans the whole training, 12 steps when the run was started and 20 now" \
  "$dlrun" train "$crop" --resume trainer.max_steps=20
expect 0 "accuracy" "$dlrun" eval "$crop"
expect 0 "probability" "$dlrun" predict "$crop" recipes/data/fashion_mnist_small/t10k-images-idx3-ubyte.gz
expect 0 "val/accuracy" "$dlrun" export "$crop" --format onnx export.check_samples=50
expect 0 "accuracy" "$dlrun" eval "$crop/export/model.onnx"
# A forecast has two sizes, as a mask of pixels has.
forecast=$work/forecast
expect 0 "next:" "$dlrun" train tests/recipes/dlinear.yaml trainer.epochs=1 hardware.threads=1 "output_dir=$forecast"
expect 0 "model.onnx" "$dlrun" export "$forecast" --format onnx
expect 0 "mae" "$dlrun" eval "$forecast/export/model.onnx" --split val
# A class for every token.
tagger=$work/tagger
expect 0 "next:" "$dlrun" train tests/recipes/tagging.yaml trainer.epochs=1 hardware.threads=1 "output_dir=$tagger"
expect 0 "model.onnx" "$dlrun" export "$tagger" --format onnx
expect 0 "entity_f1" "$dlrun" eval "$tagger/export/model.onnx" --split val
expect 0 '"split":"val"' "$dlrun" eval "$work/run" --split val --json
expect 2 "train, val and test" "$dlrun" eval "$work/run" --split validation
expect 2 "train, val and test" "$dlrun" predict "$work/run" --split validation
expect 66 "no checkpoint" "$dlrun" eval "$work/run" --checkpoint 7
expect 0 "probability" "$dlrun" predict "$work/run" --samples 2
expect 0 "model.safetensors" "$dlrun" export "$work/run"
expect 2 "no exporter" "$dlrun" export "$work/run" --format nothing
expect 0 "val/accuracy" "$dlrun" export "$work/run" --format onnx export.opset=18 export.check_samples=50
expect 0 '"format":"onnx"' "$dlrun" export "$work/run" --format onnx --json export.check_samples=50
[ -s "$work/run/export/model.onnx" ] || { echo "FAILED: no export/model.onnx"; failed=1; }
model=$work/run/export/model.onnx
numbers() { "$dlrun" eval "$1" --json 2>/dev/null | sed 's/.*"test\/loss":\([0-9.]*\),"test\/accuracy":\([0-9.]*\).*/\1 \2/'; }
paste -d ' ' <(numbers "$work/run") <(numbers "$model") |
  awk '{ d = $1 - $3; bad = NF != 4 || d * d > 1e-8 || $2 != $4 } END { exit NR != 1 || bad }' ||
  { echo "FAILED: eval says of the run $(numbers "$work/run"), of its ONNX file $(numbers "$model")"; failed=1; }
expect 0 "model.onnx (step 20)" "$dlrun" eval "$model" --split val
expect 0 "probability" "$dlrun" predict "$model" --samples 2
expect 0 "probability" "$dlrun" predict "$model" recipes/data/fashion_mnist_small/t10k-images-idx3-ubyte.gz
expect 0 "dlrun can run it" "$dlrun" describe "$model"
expect 66 "no_such_folder" "$dlrun" eval "$model" data.path=no_such_folder
expect 66 "nowhere.onnx" "$dlrun" eval "$work/nowhere.onnx"
expect 66 "not a run folder" "$dlrun" export "$model"
expect 2 "--engine" "$dlrun" eval "$model" --engine tensorrt
expect 65 "README.md" "$dlrun" predict README.md
echo "no protobuf" >"$work/text.onnx"
expect 65 "text.onnx" "$dlrun" describe "$work/text.onnx"
expect 78 "unknown key" "$dlrun" export "$work/run" --format onnx export.opsets=18
expect 78 "has no discriminator" "$dlrun" export "$work/run" --format onnx export.discriminator=true
expect 66 "nowhere" "$dlrun" eval "$work/nowhere"
expect 66 "no_such_folder" "$dlrun" train "$recipe" data.path=no_such_folder "output_dir=$work/other"
expect 78 "did you mean 'widths'" "$dlrun" train "$recipe" architecture.type=mlp architecture.widht=3 "output_dir=$work/other"
expect 78 "cross_entropy compares classes" "$dlrun" train "$recipe" task=regression "output_dir=$work/other"
expect 76 "diverged" "$dlrun" train "$recipe" "${short[@]}" --overwrite optimizer.type=sgd optimizer.lr=1e30 \
  lr_scheduler=constant
expect 0 "all 12 steps done" "$dlrun" train "$recipe" "${short[@]}" --overwrite

# A set of small records: standard output is JSON Lines and nothing else.
"$dlrun" train "$recipe" "${short[@]}" --overwrite --json 2>/dev/null </dev/null >"$work/records"
if grep -qv '^{"event":' "$work/records" || ! grep -q '"event":"test"' "$work/records"; then
  echo "FAILED: --json does not write JSON Lines"
  failed=1
fi
exit $failed
