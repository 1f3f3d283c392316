# A killed run, resumed, ends bit-identical to one never killed: SIGKILL four times in each of its slices, half of them
# while a checkpoint is being written; a kill that came too late is tried again. Compared are the weights of every checkpoint kept and metrics.jsonl without its clock
# fields. usage: kill_test.sh DLRUN [SLICE...]    KILLS=n a slice (default 4), KILL_SEED=n repeats the random choices
set -u
dlrun=$1
shift
here=$(cd "$(dirname "$0")/../.." && pwd)
source "$here/tests/program/compare.bash"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kills=${KILLS:-4}
seed=${KILL_SEED:-$RANDOM}
RANDOM=$seed
fail() { echo "FAILED: $*"; exit 1; }

pictures="data: {type: idx, path: $here/recipes/data/fashion_mnist_small, val: {split: 0.01}}"
every="hardware: {threads: 1}
checkpoint: {every_n_steps: 2, save_top_k: 2}
logging: {every_n_steps: 3}"

# Small recipes of other tests, as long as is good here.
borrowed() {
  (cd "$here" && "$dlrun" config "tests/recipes/$1.yaml" trainer.epochs=null trainer.max_steps="$2" trainer.validate_every_n_steps=7 \
    checkpoint.every_n_steps=2 checkpoint.save_top_k=2 logging.every_n_steps=3 hardware.threads=1 "output_dir=$work/$1")
}

recipe() {
  local every=$every
  [ "$1" != recorded ] || every=${every/threads: 1/threads: 1, capture: always}
  case $1 in
    tagging | dlinear | multi_label | schedule_free | whole_bf16) borrowed "$1" 100; return ;;
    metric_learning) borrowed "$1" 60; return ;;
    mean_teacher) borrowed "$1" 30; return ;;
    unet) borrowed "$1" 60; return ;;
  esac
  echo "version: 1
name: $1
seed: 7
output_dir: $work/$1"
  case $1 in
    cnn) echo "task: classification
$pictures
architecture: {type: cnn, blocks: [{channels: 4}, {channels: 8}], head: {widths: [16], dropout: 0.3}}
loss: cross_entropy
optimizer: {type: sgd, lr: 0.05, momentum: 0.9}
lr_scheduler: {type: reduce_on_plateau, factor: 0.5, patience: 0, threshold: 0.02, warmup_steps: 5}
regularization: {gradient_clipping: {type: norm, value: 1.0}, early_stopping: {patience: 50}}
augmentation: [{type: random_crop, size: 28, padding: 2}, random_horizontal_flip, normalize]
trainer: {max_steps: 40, batch_size: 32, micro_batch_size: 16, validate_every_n_steps: 5}
$every" ;;
    gpt | recorded) echo "task: language_model
data: {type: text, path: $work/text.txt, context_length: 16, val: {split: 0.1}}
architecture: {type: gpt, layers: 2, heads: 2, width: 16, dropout: 0.1}
loss: cross_entropy
optimizer: {type: adamw, lr: 1e-3, weight_decay: 0.1}
lr_scheduler: {type: cosine, warmup_steps: 10}
regularization: {ema: {decay: 0.9}}
trainer: {max_steps: 100, batch_size: 4, validate_every_n_steps: 7, limit_val_batches: 2}
$every" ;;
    dcgan) echo "task: adversarial
$pictures
architecture: {type: dcgan, latent_size: 8}
loss: bce
optimizer: {type: adamw, lr: 2e-4, beta1: 0.5}
augmentation: [{type: normalize, mean: [0.5], std: [0.5]}]
trainer: {max_steps: 12, batch_size: 4, validate_every_n_steps: 5}
$every" ;;
    wgan_gp) echo "task: wgan_gp
data: {type: csv, path: $here/recipes/data/ring_of_gaussians.csv, target: gaussian, scaling: none}
architecture: {type: mlp_gan, latent_size: 2, generator_widths: [16], discriminator_widths: [16]}
optimizer: {type: adam, lr: 1e-3, beta1: 0.5}
trainer: {max_steps: 600, batch_size: 16}
$every" ;;
    dqn) echo "task: {type: dqn, buffer_size: 200, learning_starts: 50, moves_per_step: 2, environments: 3, target_update: 10}
data: {type: cartpole, val_episodes: 3, test_episodes: 3, epoch_steps: 20}
architecture: {type: mlp, widths: [16]}
optimizer: {type: adam, lr: 1e-3}
trainer: {max_steps: 600, batch_size: 16}
$every" ;;
    simclr) echo "task: {type: simclr, projection: [8, 4]}
data: {type: csv, path: $work/table.csv, target: y, scaling: none, val: {split: 0.1}}
data_check: {allow: [exact_overlap]}
architecture: {type: mlp, widths: [16]}
optimizer: {type: adamw, lr: 1e-3}
augmentation: [{type: views, first: [{type: jitter, std: 0.3}]}]
trainer: {max_steps: 400, batch_size: 16, validate_every_n_steps: 7}
$every" ;;
    prototypical) echo "task: {type: prototypical, ways: 3, shots: 1, width: 8}
$pictures
architecture: {type: mlp, widths: [16]}
optimizer: {type: adamw, lr: 1e-3}
sampler: {type: episodes, ways: 3, shots: 1, queries: 2, per_epoch: 10}
trainer: {max_steps: 400, batch_size: 9}
$every" ;;
    gcn) echo "task: node_classification
data: {type: graph, nodes: $work/nodes.csv, edges: $work/edges.csv}
architecture: {type: gcn, widths: [8], dropout: 0.5}
loss: cross_entropy
optimizer: {type: muon, lr: 0.01, companion: {match: '', lr: 0.01}}
trainer: {epochs: 40, batch_size: 1, validate_every_n_epochs: 3}
$every" ;;
    autoencoder) echo "task: reconstruction
$pictures
architecture: {type: autoencoder, widths: [16], latent_size: 4}
loss: mse
optimizer: {type: rmsprop, lr: 1e-3, momentum: 0.9, centered: true}
lr_scheduler: one_cycle
trainer: {max_steps: 200, batch_size: 16, validate_every_n_steps: 6}
$every" ;;
    rollback) echo "task: regression
data: {type: csv, path: $work/table.csv, target: y, val: {split: 0.1}}
data_check: {allow: [exact_overlap]}
architecture: {type: mlp, widths: [16]}
loss: mse
optimizer: {type: sgd, lr: 1e6, momentum: 0.9}
regularization: {ema: {decay: 0.9}}
trainer: {max_steps: 600, batch_size: 16, validate_every_n_steps: 30, on_divergence: rollback, divergence_lr_factor: 1e-8}
checkpoint: {every_n_steps: 20, save_top_k: 2}
logging: {every_n_steps: 3}
hardware: {threads: 1}" ;;
  esac
}

# Text that is all digits, and a ring of 60 nodes in three classes.
awk 'BEGIN { print "node_id,label,split,features"
             for (i = 0; i < 60; ++i)
               print i "," "abc" i % 3 "," (i < 30 ? "train" : i < 45 ? "val" : "test") "," i % 7 " " i % 5 + 7 }' > "$work/nodes.csv"
awk 'BEGIN { print "a,b,y"; for (i = 0; i < 500; ++i) print i % 7 "," i % 5 "," i % 7 - i % 5 }' > "$work/table.csv"
seq 1 3000 > "$work/text.txt"
awk 'BEGIN { print "source,target"; for (i = 0; i < 60; ++i) print i "," (i + 3) % 60 }' > "$work/edges.csv"

train() { "$dlrun" train "$work/$1.yaml" -q "${@:2}" > "$work/out" 2>&1; }

# Starts the run and kills it: at the sight of an unfinished checkpoint, a random time after its first checkpoint, or at
# any moment of its life. 1 when the run was done before that.
hit() {
  local run=$work/$1 mode=$2 before
  before=$(ls "$run/checkpoints" 2>/dev/null | tail -1)
  "$dlrun" train "$work/$1.yaml" -q --resume > "$work/out" 2>&1 &
  local process=$!
  if [ "$mode" = saving ]; then
    while kill -0 $process 2>/dev/null && [ -z "$(compgen -G "$run/checkpoints/step-*.tmp")" ]; do :; done
  elif [ "$mode" = anywhere ]; then
    sleep "$(awk -v t="$duration" -v r=$RANDOM 'BEGIN { print t * r / 32768 }')"
  else
    while kill -0 $process 2>/dev/null && [ "$(ls "$run/checkpoints" 2>/dev/null | tail -1)" = "$before" ]; do :; done
    sleep "0.$(printf %03d $((RANDOM % 300)))"
  fi
  kill -9 $process 2>/dev/null
  wait $process 2>/dev/null
  local code=$?
  [ $code = 137 ] || { [ $code = 0 ] && return 1 || fail "$1: exit code $code: $(tail -3 "$work/out")"; }
  hits=$((hits + 1))
  [ -z "$(compgen -G "$run/checkpoints/*.tmp")$(compgen -G "$run/checkpoints/*.old")" ] || torn=$((torn + 1))
  return 0
}

slices=("$@")
[ ${#slices[@]} -gt 0 ] || slices=(cnn gpt recorded tagging dlinear multi_label metric_learning schedule_free whole_bf16 unet dcgan wgan_gp mean_teacher simclr prototypical dqn gcn autoencoder rollback)
moments=(anywhere saving training saving)
hits=0 torn=0
for name in "${slices[@]}"; do
  recipe "$name" > "$work/$name.yaml"
  started=$EPOCHREALTIME
  train "$name" || fail "$name: $(cat "$work/out")"
  duration=$(awk -v a="$started" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')
  mv "$work/$name" "$work/$name.whole"
  here_hits=$hits
  for ((i = 0, tries = 0; i < kills; ++tries)); do
    [ $tries -lt $((5 * kills)) ] || fail "$name: only $i of $tries kills met a running training"
    if hit "$name" "${moments[i % ${#moments[@]}]}"; then
      i=$((i + 1))
    else
      rm -rf "${work:?}/$name"  # done before the kill: begin again
    fi
  done
  train "$name" --resume || fail "$name: resuming: $(cat "$work/out")"
  same_run "$work/$name.whole" "$work/$name" || fail "$name: differs from the run that was never killed"
  echo "$name: killed $((hits - here_hits)) times, ends like a run never killed"
done
echo "killed $hits times (seed $seed), $torn times while a checkpoint was being written or removed"
[ "$torn" -gt 0 ] || fail "no kill met a checkpoint being written"
