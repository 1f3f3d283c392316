#!/bin/bash
# What a GPU has to be asked, in minutes: numbers first, and only then times. Build dlrun and dlrun_tests before.
#   PYTHON=python3 DLRUN_DATA=data tests/bench/gpu.sh    BUILD=folder
# PYTHON with torch 2.11 adds PyTorch compiled on the same card; DLRUN_DATA with fashion-mnist/ adds the recipes on real data.
# Ends with 1 where a number is wrong, 69 where there is no GPU. Never run on one yet.
set -u
here=$(dirname "$(readlink -f "$0")")
cd "$here/../.." || exit
build=${BUILD:-build}
dlrun=$build/dlrun
for program in "$dlrun" "$build/dlrun_tests"; do
  [ -x "$program" ] || { echo "$program: no such program; build it first" >&2; exit 66; }
done
"$dlrun" doctor || true
command -v nvidia-smi >/dev/null && nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wrong=0
bad() { echo "WRONG: $*"; wrong=1; }

# train NAME RECIPE [a.b=value...]: a run of a few steps, each of which is recorded
train() {
  local name=$1 recipe=$2
  shift 2
  "$dlrun" train "$recipe" -q "output_dir=$work/$name" logging.every_n_steps=1 logging.report=false trainer.epochs=null \
    trainer.validate_every_n_steps=100000 trainer.limit_val_batches=1 trainer.max_steps=24 diagnosis.every_n_steps=0 "$@" \
    >"$work/$name.out" 2>&1 || { bad "$name: $(tail -3 "$work/$name.out")"; return 1; }
}
losses() { sed -nE 's/.*"train\/loss":([-0-9.e+]+).*/\1/p' "$work/$1/metrics.jsonl"; }
# apart ONE OTHER: the largest relative difference of their losses
apart() {
  paste <(losses "$1") <(losses "$2") | awk '{ d = $1 - $2; if (d < 0) d = -d; s = $1 < 0 ? -$1 : $1; if (s > 0 && d / s > m) m = d / s } END { if (NR < 20) m = 1e9; printf "%.2e", m }'
}
within() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }'; }

train none tests/recipes/adam.yaml hardware.accelerator=gpu || { echo "no GPU that dlrun can use"; exit 69; }
"$build/dlrun_tests" "[#cuda_test]" -# || bad "cuda_test"

echo "largest difference of 24 losses, relative"
printf '%-28s %12s %12s %12s %12s %12s\n' recipe "cpu, gpu" "recorded" "tf32" "bf16-mixed" "16-mixed"
for recipe in adam dlinear tcn unet gru multi_label metric_learning; do
  file=tests/recipes/$recipe.yaml
  plain=("optimizer={type: sgd, lr: 0.01}" hardware.precision=32)
  [ $recipe != gru ] || plain+=(architecture.dropout=0)  # a GPU draws other masks
  row=()
  for way in "cpu never" "gpu never" "gpu always"; do
    read -r device capture <<<"$way"
    train "$recipe.$device.$capture" "$file" "${plain[@]}" "hardware.accelerator=$device" "hardware.capture=$capture"
  done
  row+=("$(apart "$recipe.cpu.never" "$recipe.gpu.never")" "$(apart "$recipe.gpu.never" "$recipe.gpu.always")")
  within "${row[0]}" 2e-2 || bad "$recipe: GPU and CPU are ${row[0]} apart"
  within "${row[1]}" 1e-5 || bad "$recipe: recorded steps are ${row[1]} apart"
  for precision in tf32 bf16-mixed 16-mixed; do
    if train "$recipe.$precision" "$file" "${plain[@]}" hardware.accelerator=gpu hardware.capture=never "hardware.precision=$precision"; then
      row+=("$(apart "$recipe.gpu.never" "$recipe.$precision")")
    else
      row+=(-)
    fi
  done
  printf '%-28s %12s %12s %12s %12s %12s\n' "$recipe" "${row[@]}"
  grep -h "made as ever" "$work/$recipe.gpu.always.out"
done
bash tests/program/kill_test.sh "$dlrun" cnn gpt dlinear || bad "a killed run does not end like one that was not"
[ $wrong = 0 ] || exit 1

rate() { sed -nE 's/.*"samples_per_second":([0-9.e+]+).*/\1/p' "$work/$1/metrics.jsonl" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
echo "samples per second, medians of 20 windows"
for recipe in recipes/mlp_adult.yaml recipes/cnn_fashion_mnist.yaml recipes/resnet18_cifar10.yaml recipes/gpt_tiny_shakespeare.yaml; do
  for settings in "32 never" "32 always" "tf32 always" "bf16-mixed always" "bf16 always"; do
    read -r precision capture <<<"$settings"
    name=$(basename "$recipe").$precision.$capture
    train "$name" "$recipe" hardware.accelerator=gpu "hardware.precision=$precision" "hardware.capture=$capture" trainer.max_steps=400 logging.every_n_steps=20 &&
      printf '%-32s %-12s %-8s %12s\n' "$(basename "$recipe" .yaml)" "$precision" "$capture" "$(rate "$name")"
  done
done
if [ -n "${PYTHON:-}" ] && [ -d "${DLRUN_DATA:-data}/fashion-mnist" ]; then
  for model in mlp cnn; do
    for variant in tuned compiled; do
      echo "PyTorch $model $variant, seconds of an epoch of 59,904 samples:"
      "$PYTHON" tests/bench/fashion_mnist.py $model $variant "${DLRUN_DATA:-data}" --epochs 3 --device cuda | grep epoch
    done
    "$dlrun" train tests/bench/$model.yaml -q "output_dir=$work/bench.$model" hardware.accelerator=gpu trainer.epochs=3 >/dev/null &&
      echo "dlrun $model: $(rate "bench.$model") samples/s"
  done
fi
exit $wrong
