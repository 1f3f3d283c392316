#!/usr/bin/env bash
# Under PyTorch's torchrun: the numbers of dlrun's own launcher, signals, restarts, and a verdict whatever torchrun makes
# of exit codes. usage: tests/program/torchrun.sh DLRUN    TORCHRUN=... names one that is not in PATH
set -u
dlrun=$1
torchrun=${TORCHRUN:-$(command -v torchrun)}
[ -x "$torchrun" ] || { echo "SKIP: no torchrun (pip install torch; TORCHRUN=...)"; exit 4; }
source "$(dirname "$0")/launch.bash"
reference

launch() { # FOLDER ARGUMENT...: OPTIONS go to torchrun
  "$torchrun" --no-python --nproc-per-node 2 --standalone ${OPTIONS:-} \
    "$dlrun" train "$work/table.yaml" -q "output_dir=$work/$1" "${@:2}" >"$work/out" 2>&1 </dev/null
}

launch plain || fail "two processes: $(cat "$work/out")"
same plain
stands plain finished 0 "all 300 steps done"

# torchrun turns 75, 76 and 78 into 1; the run folder says which. It shows the message of the first process that failed.
launch diverged optimizer.lr=1e30 optimizer.type=sgd && fail "a diverged run ends with 0"
stands diverged diverged 76 "not finite"
grep -q "not finite" "$work/out" || fail "torchrun shows nothing of the divergence: $(cat "$work/out")"
launch wrong optimizer.lr=-1 && fail "a wrong recipe ends with 0"
[ "$(grep -c "^argument optimizer.lr" "$work/out")" = 1 ] || fail "a wrong recipe is not told once: $(cat "$work/out")"
[ ! -e "$work/wrong" ] || fail "a wrong recipe leaves a run folder"

# Signals to torchrun: it passes SIGTERM on, and dies of SIGUSR1, which leaves its workers alone.
for signal in TERM USR1; do
  launch "stopped_$signal" &
  shell=$!
  wait_for_checkpoint "stopped_$signal" $shell
  agent=$(pgrep -P $shell | head -1)
  kill -$signal "${agent:-$shell}"
  wait $shell
  nobody_left "stopped_$signal"
  stands "stopped_$signal" checkpointed 75 SIG
  resume "stopped_$signal"
  same "stopped_$signal"
done

# A process that is killed: the verdict names it, also where it is the one that writes.
for rank in 1 0; do
  launch "killed_$rank" &
  shell=$!
  wait_for_checkpoint "killed_$rank" $shell
  kill -KILL "$(rank_of "killed_$rank" $rank)"
  wait $shell
  nobody_left "killed_$rank"
  stands "killed_$rank" failed 75 "rank $rank has not joined"
  [ "$(grep -c "rank $rank has not joined" "$work/out")" -le 2 ] || fail "one lost process is told many times: $(cat "$work/out")"
  resume "killed_$rank"
  same "killed_$rank"
done

# torchrun starts all of them again.
OPTIONS="--max-restarts 1 --monitor-interval 0.2" launch again --resume &
shell=$!
wait_for_checkpoint again $shell
kill -KILL "$(rank_of again 1)"
wait $shell || fail "a restart: $(cat "$work/out")"
stands again finished 0
same again

exit $failed
