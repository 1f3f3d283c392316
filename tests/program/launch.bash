# A small training for launchers of several processes, and how it stands. Sourced, with $dlrun set; makes $work, which
# is removed at the end. A script that sources it ends with $failed.

dlrun=$(realpath "$dlrun")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$here/tests/program/expect.bash"
source "$here/tests/program/compare.bash"
source "$here/tests/program/table.bash"
work=$(mktemp -d)
trap 'end_of_test' EXIT
end_of_test() { rm -rf "$work"; }
fail() { echo "FAILED: $*"; failed=1; }
skip() { echo "SKIP: $*"; exit 4; }
# Skips the test where this dlrun was built without Gloo.
needs_processes() {
  local reason
  reason=$("$dlrun" train "$here/recipes/cnn_fashion_mnist_small.yaml" hardware.devices=2 "output_dir=$work/none" trainer.max_steps=1 2>&1 >/dev/null) ||
    { grep -q "hardware.devices: must be 1 here" <<<"$reason" && skip "$reason"; }
}
# What the launcher of this test itself has set.
unset "${!PET_@}" "${!TORCHELASTIC_@}" "${!OMPI_@}" "${!PMI@}" RANK WORLD_SIZE LOCAL_RANK LOCAL_WORLD_SIZE MASTER_ADDR MASTER_PORT
export OMP_NUM_THREADS=1

write_table "$work/table.csv"
cat >"$work/table.yaml" <<YAML
version: 1
name: table
seed: 1
task: classification
data: {type: csv, path: $work/table.csv, target: y, val: {split: 0.2}, test: {split: 0.1}}
data_check: {allow: [exact_overlap]}
architecture: {type: mlp, widths: [16], dropout: 0.1}
loss: cross_entropy
optimizer: {type: adamw, lr: 1e-3}
trainer: {max_steps: 300, batch_size: 32, validate_every_n_steps: 50}
checkpoint: {every_n_steps: 5, save_top_k: 1}
logging: {every_n_steps: 10}
hardware: {threads: 1}
YAML
reason=$("$dlrun" train "$work/table.yaml" hardware.devices=2 "output_dir=$work/none" trainer.max_steps=1 2>&1 >/dev/null) ||
  { grep -q "hardware.devices: must be 1 here" <<<"$reason" && skip "$reason"; }

# One of two processes, started by dlrun itself: what every launcher's run is compared with.
reference() { "$dlrun" train "$work/table.yaml" -q hardware.devices=2 "output_dir=$work/reference" >"$work/out" 2>&1 || fail "the reference: $(cat "$work/out")"; }
# resume FOLDER OVERRIDE...: as two ranks that a shell starts, whoever started them before.
resume() {
  local port=$((15000 + RANDOM % 5000)) rank processes=() lost=0
  for rank in 0 1; do
    RANK=$rank WORLD_SIZE=2 LOCAL_RANK=$rank MASTER_ADDR=127.0.0.1 MASTER_PORT=$port \
      "$dlrun" train "$work/table.yaml" -q --resume "output_dir=$work/$1" "${@:2}" >"$work/out.$rank" 2>&1 </dev/null &
    processes+=($!)
  done
  for rank in 0 1; do wait "${processes[$rank]}" || lost=1; done
  [ $lost = 0 ] || fail "$1: resuming: $(cat "$work/out.0" "$work/out.1")"
}
# status FOLDER KEY: the value of status.json.
status() { sed -nE 's/^  "'"$2"'": "?(.*[^",])"?,?$/\1/p' "$work/$1/status.json"; }
# stands FOLDER STATE CODE [TEXT]: so it says, with the text in its reason.
stands() {
  [ "$(status "$1" state)" = "$2" ] && [ "$(status "$1" exit_code)" = "$3" ] && grep -qF -- "${4:-}" <<<"$(status "$1" reason)" ||
    fail "$1: not $2 with $3 and '${4:-}': $(cat "$work/$1/status.json")"
}
same() { same_run "$work/reference" "$work/$1" || fail "$1: differs from the reference"; }
# Waits until the run has a checkpoint, or the process is gone.
wait_for_checkpoint() { # FOLDER PROCESS
  until [ -n "$(compgen -G "$work/$1/checkpoints/step-*[0-9]")" ] || ! kill -0 "$2" 2>/dev/null; do sleep 0.02; done
}
# "RANK PROCESS" of every rank that trains into this folder; launchers are not counted.
ranks_of() { # FOLDER
  local process
  for process in $(grep -lzs "output_dir=$work/$1" /proc/[0-9]*/cmdline | cut -d/ -f3); do
    readlink "/proc/$process/exe" 2>/dev/null | grep -q '/dlrun$' || continue
    tr '\0' '\n' 2>/dev/null <"/proc/$process/environ" |
      sed -nE "s/^(RANK|OMPI_COMM_WORLD_RANK|PMI_RANK|SLURM_PROCID)=([0-9]+)$/\2 $process/p" | head -1
  done | sort -n
}
rank_of() { ranks_of "$1" | sed -n "s/^$2 //p" | head -1; } # FOLDER RANK: its process
# Nobody of this run is left, after at most 20 seconds.
nobody_left() { # FOLDER
  for _ in $(seq 200); do
    [ -z "$(ranks_of "$1")" ] && return
    sleep 0.1
  done
  fail "$1: processes live on: $(ranks_of "$1")"
}

# write_pictures STEPS: $work/pictures.yaml, pictures through a network with dropout, statistics of its norms and averaged
# weights, with a checkpoint every other step.
write_pictures() {
  cat >"$work/pictures.yaml" <<YAML
version: 1
name: pictures
seed: 7
task: classification
data: {type: idx, path: $here/recipes/data/fashion_mnist_small, val: {split: 0.05}}
architecture: {type: cnn, blocks: [{channels: 4}, {channels: 8}], head: {widths: [16], dropout: 0.3}}
loss: cross_entropy
optimizer: {type: adamw, lr: 1e-3}
regularization: {ema: {decay: 0.9}}
augmentation: [{type: random_crop, size: 28, padding: 2}, normalize]
trainer: {max_steps: $1, batch_size: 32, micro_batch_size: 8, validate_every_n_steps: 10}
checkpoint: {every_n_steps: 2, save_top_k: 2}
logging: {every_n_steps: 3}
hardware: {threads: 1, devices: 2}
YAML
}
