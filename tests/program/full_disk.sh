# A disk that fills up while a run writes to it, and one that takes no writing at all: the right exit code, the last
# checkpoint still good, and with room again the run ends like one that never met it. Needs root, for a file system of its
# own. usage: full_disk.sh DLRUN
set -u
dlrun=$1
here=$(cd "$(dirname "$0")/../.." && pwd)
source "$here/tests/program/compare.bash"
work=$(mktemp -d)
disk=$work/disk
cleanup() {
  umount "$disk" 2>/dev/null
  rm -rf "$work"
}
trap cleanup EXIT
fail() { echo "FAILED: $*"; exit 1; }
mkdir "$disk"
mount -t tmpfs -o size=16m tmpfs "$disk" 2>/dev/null || { echo "skipped: cannot mount a file system here"; exit 4; }

# train FOLDER ARGUMENTS...: the program's exit code; what it said is in out.
train() {
  local folder=$1
  shift
  "$dlrun" train "$work/recipe.yaml" -q "output_dir=$folder" "$@" >"$work/out" 2>&1 </dev/null
}
cat >"$work/recipe.yaml" <<YAML
version: 1
name: full_disk
task: classification
seed: 5
data: {type: idx, path: $here/recipes/data/fashion_mnist_small, val: {split: 0.05}}
architecture: {type: mlp, widths: [64], dropout: 0.1}
loss: cross_entropy
optimizer: {type: adamw, lr: 1e-3}
trainer: {max_steps: 600, batch_size: 32, validate_every_n_steps: 100}
checkpoint: {every_n_steps: 5}
logging: {every_n_steps: 5}
hardware: {threads: 1}
YAML

train "$work/whole" || fail "the run by itself: $(cat "$work/out")"

# Not enough room from the start: said before anything is computed.
fallocate -l 15M "$disk/filler" || fail "cannot fill the disk"
train "$disk/run"
code=$?
[ $code = 74 ] && grep -q 'not enough space' "$work/out" || fail "no room at the start: exit code $code: $(cat "$work/out")"
rm -rf "$disk/filler" "$disk/run"

# Room at the start, none later.
train "$disk/run" &
process=$!
until compgen -G "$disk/run/checkpoints/step-*" >/dev/null || ! kill -0 $process 2>/dev/null; do :; done
dd if=/dev/zero of="$disk/filler" bs=64k 2>/dev/null
wait $process
code=$?
[ $code = 74 ] || [ $code = 73 ] || fail "a disk that fills up: exit code $code: $(cat "$work/out")"
grep -qE 'disk is full|No space left' "$work/out" || fail "a disk that fills up: it says $(cat "$work/out")"
rm "$disk/filler"
"$dlrun" eval "$disk/run" --checkpoint last --split val >"$work/out" 2>&1 || fail "the last checkpoint: $(cat "$work/out")"
train "$disk/run" --resume || fail "resuming with room again: $(cat "$work/out")"
same_run "$work/whole" "$disk/run" || fail "differs from the run that never met a full disk"

mount -o remount,ro "$disk" || fail "cannot make the disk read-only"
train "$disk/other"
code=$?
[ $code = 73 ] && grep -q 'Read-only file system' "$work/out" || fail "a read-only disk: exit code $code: $(cat "$work/out")"
"$dlrun" export "$disk/run" >"$work/out" 2>&1
code=$?
[ $code = 73 ] || fail "exporting to a read-only disk: exit code $code: $(cat "$work/out")"
"$dlrun" eval "$disk/run" >"$work/out" 2>&1 || fail "eval of a run on a read-only disk: $(cat "$work/out")"
echo "full and read-only disks are met with the right codes; the run ends as if nothing had been"
