# SIGTERM, SIGINT and SIGUSR1 at random moments: the run checkpoints and exits with 75, every time, also while it starts or
# validates; resumed, it ends bit-identical to one that was never stopped. usage: stop_test.sh DLRUN    STOP_SEED=n repeats
set -u
dlrun=$1
here=$(cd "$(dirname "$0")/../.." && pwd)
source "$here/tests/program/compare.bash"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
RANDOM=${STOP_SEED:-$RANDOM}
fail() { echo "FAILED: $*"; exit 1; }

recipe=$work/recipe.yaml
cat > "$recipe" <<YAML
version: 1
name: stop
task: classification
seed: 3
data: {type: idx, path: $here/recipes/data/fashion_mnist_small, val: {split: 0.2}}
architecture: {type: cnn, blocks: [{channels: 4}], head: {widths: [16], dropout: 0.3}}
loss: cross_entropy
optimizer: {type: adamw, lr: 1e-3}
regularization: {ema: {decay: 0.9}}
trainer: {max_steps: 300, batch_size: 32, validate_every_n_steps: 30}
checkpoint: {every_n_steps: 1000}
logging: {every_n_steps: 10}
hardware: {threads: 1}
YAML
run() { "$dlrun" train "$recipe" -q --resume output_dir="$1" > "$work/out" 2>&1; }

started=$EPOCHREALTIME
run "$work/whole" || fail "the run by itself: $(cat "$work/out")"
duration=$(awk -v a="$started" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')

stops=0
for signal in TERM INT USR1 TERM INT USR1; do
  # Job control, so that the background process does not ignore SIGINT.
  set -m
  "$dlrun" train "$recipe" -q --resume output_dir="$work/stopped" > "$work/out" 2>&1 &
  process=$!
  set +m
  # From the first moment of the program's own code on; before that the signal is the shell's business.
  until grep -q '^SigBlk:.*4203$' "/proc/$process/status" 2>/dev/null || ! kill -0 $process 2>/dev/null; do :; done
  sleep "$(awk -v t="$duration" -v r=$RANDOM 'BEGIN { print t * r / 32768 / 2 }')"
  kill -$signal $process 2>/dev/null
  wait $process
  code=$?
  [ $code = 75 ] && stops=$((stops + 1))
  [ $code = 75 ] || [ $code = 0 ] || fail "SIG$signal: exit code $code: $(cat "$work/out")"
done
[ $stops -ge 2 ] || fail "only $stops of six signals met a running training"
run "$work/stopped" || fail "resuming: $(cat "$work/out")"
same_run "$work/whole" "$work/stopped" || fail "differs from the run that was never stopped"

# A signal that comes while libtorch is loaded waits until the run can answer it.
"$dlrun" train "$recipe" -q output_dir="$work/early" > "$work/out" 2>&1 &
process=$!
until grep -q '^SigBlk:.*4203$' "/proc/$process/status" 2>/dev/null || ! kill -0 $process 2>/dev/null; do :; done
kill -TERM $process
wait $process
code=$?
[ $code = 75 ] || fail "SIGTERM while starting: exit code $code: $(cat "$work/out")"
run "$work/early" || fail "resuming a run stopped at its start: $(cat "$work/out")"
same_run "$work/whole" "$work/early" || fail "stopped at its start, it differs"
echo "stopped $stops times and once while starting; ends like a run never stopped"
