#!/usr/bin/env bash
# What dlrun exports loads strictly in transformers, timm and torchvision, and what they write loads strictly in dlrun.
# Needs DLRUN_PYTHON, a Python with torch, safetensors, transformers, timm and torchvision; skipped without.
# usage: DLRUN_PYTHON=python tests/program/weights_oracle.sh DLRUN
set -u
dlrun=$1
python=${DLRUN_PYTHON:-}
if [ -z "$python" ] || ! "$python" -c 'import torch, safetensors, transformers, timm, torchvision' 2>/dev/null; then
  echo "skipped: DLRUN_PYTHON names no Python with torch, safetensors, transformers, timm and torchvision"
  exit 4
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
step() { "$@" >"$work/log" 2>&1 </dev/null || { echo "FAILED: $*"; cat "$work/log"; failed=1; }; }
# What the last command said.
said() { grep -qF -- "$1" "$work/log" || { echo "FAILED: did not say '$1':"; cat "$work/log"; failed=1; }; }
check() { "$python" tests/oracles/weights.py check "$@" 2>"$work/log" || { echo "FAILED: $*"; cat "$work/log"; failed=1; }; }

# Small data, so that recipes of any architecture train a step.
tr 'A-Z' 'a-z' <README.md | tr -cd 'a-z \n' >"$work/text.txt"
cat >"$work/gpt.yaml" <<YAML
version: 1
name: gpt
task: language_model
data: {type: text, path: $work/text.txt, context_length: 32, val: {split: 0.1}}
architecture: {type: gpt, layers: 2, heads: 4, width: 32}
optimizer: {type: adamw, lr: 1e-3}
trainer: {max_steps: 2, batch_size: 4, limit_val_batches: 1}
hardware: {threads: 1}
output_dir: $work/gpt
export: {type: safetensors, max_shard_size: 100KB}
YAML
cat >"$work/resnet.yaml" <<YAML
version: 1
name: resnet
task: classification
data:
  type: idx
  path: recipes/data/fashion_mnist_small
  val: {split: 0.1}
architecture: {type: resnet18}
augmentation: [normalize]
optimizer: {type: sgd, lr: 0.01}
trainer: {max_steps: 1, batch_size: 8, limit_val_batches: 1, eval_batch_size: 8}
hardware: {threads: 1}
output_dir: $work/resnet
YAML
sed "s/resnet18/vit, patch_size: 7, layers: 2, heads: 2, width: 16/; s/resnet/vit/g" "$work/resnet.yaml" >"$work/vit.yaml"
step "$dlrun" train "$work/gpt.yaml"
step "$dlrun" export "$work/gpt"
step "$dlrun" train "$work/resnet.yaml"
step "$dlrun" export "$work/resnet"
step "$dlrun" train "$work/resnet.yaml" architecture.stem=cifar "output_dir=$work/cifar"
step "$dlrun" export "$work/cifar"
said "no config.json"
check gpt "$work/gpt/export"
step "$dlrun" train "$work/gpt.yaml" architecture.bias=false "output_dir=$work/plain"
step "$dlrun" export "$work/plain" export.dtype=bfloat16
said "no config.json: GPT2Config has no setting that leaves biases out"
check resnet18 "$work/resnet/export"
check resnet18_cifar "$work/cifar/export"
step "$dlrun" train "$work/vit.yaml"
step "$dlrun" export "$work/vit"
check vit "$work/vit/export"

# The other way round.
mkdir "$work/python"
step "$python" tests/oracles/weights.py write "$work/python"
for file in resnet18.safetensors resnet18.pt resnet18_parallel.pth; do
  step "$dlrun" train "$work/resnet.yaml" --dry-run "architecture.pretrained=$work/python/$file" "output_dir=$work/$file"
done
said "names without 'module.'"
step "$dlrun" import "$work/python/resnet18_parallel.pth" -o "$work/imported.safetensors"
said "122 tensors"
step "$dlrun" train "$work/vit.yaml" --dry-run "architecture.pretrained=$work/python/vit.safetensors" "output_dir=$work/larger"
said "8 x 8 patches, and are interpolated (bicubic) to 4 x 4"
step "$dlrun" train "$work/vit.yaml" --dry-run "architecture.pretrained=$work/python/vit_timm.safetensors" "output_dir=$work/timm"
said "cls_token is class_token"
step "$dlrun" import "$work/python/gpt2" -o "$work/gpt2.safetensors"
# The roundtrip: dlrun's own export is a start for dlrun.
step "$dlrun" train "$work/gpt.yaml" --dry-run "architecture.pretrained=$work/gpt/export" "output_dir=$work/again"
exit $failed
