#!/usr/bin/env bash
# Under srun of a real slurmctld and slurmd: tasks as ranks, one task that starts ranks, signals, scancel.
# usage: tests/program/slurm.sh DLRUN
set -u
dlrun=$1
source "$(dirname "$0")/launch.bash"
source "$(dirname "$0")/slurm.bash"
reference

launch() { # FOLDER ARGUMENT...: OPTIONS go to srun
  srun -Q -n ${TASKS:-2} ${OPTIONS:-} "$dlrun" train "$work/table.yaml" -q "output_dir=$work/$1" "${@:2}" >"$work/out" 2>&1 </dev/null
}
job() { squeue -h -o %A | head -1; }

launch tasks || fail "two tasks: $(cat "$work/out")"
same tasks
stands tasks finished 0
TASKS=1 OPTIONS="-c 2" launch starts hardware.devices=2 || fail "one task with two devices: $(cat "$work/out")"
same starts
OPTIONS="--mpi=pmi2" launch pmi2 || fail "--mpi=pmi2: $(cat "$work/out")"
same pmi2

launch wrong optimizer.lr=-1
code=$?
[ $code = 78 ] || fail "a wrong recipe: code $code: $(cat "$work/out")"
[ "$(grep -c "^argument optimizer.lr" "$work/out")" = 1 ] || fail "a wrong recipe is not told once: $(cat "$work/out")"

# Signals to the tasks: what --signal and scancel -s send.
for signal in USR1 TERM; do
  launch "told_$signal" &
  shell=$!
  wait_for_checkpoint "told_$signal" $shell
  scancel -s $signal "$(job)"
  wait $shell
  code=$?
  [ $code = 75 ] || fail "$signal: code $code: $(cat "$work/out")"
  nobody_left "told_$signal"
  stands "told_$signal" checkpointed 75 SIG
  resume "told_$signal"
  same "told_$signal"
done

# scancel: SIGTERM, and SIGKILL after KillWait.
launch cancelled &
shell=$!
wait_for_checkpoint cancelled $shell
scancel "$(job)"
wait $shell
nobody_left cancelled
stands cancelled checkpointed 75
resume cancelled
same cancelled

launch killed &
shell=$!
wait_for_checkpoint killed $shell
kill -KILL "$(rank_of killed 1)"
wait $shell
nobody_left killed
stands killed failed 75 "rank 1 has not joined"
resume killed
same killed

# In a job script nothing but srun makes tasks: dlrun by itself is alone there, and says nothing of ranks.
cat >"$work/script" <<SH
#!/bin/bash
#SBATCH --ntasks=2 --output=$work/batch.out
"$dlrun" train "$work/table.yaml" -q "output_dir=$work/batch" trainer.max_steps=10
SH
sbatch -W "$work/script" >/dev/null || fail "a script: $(cat "$work/batch.out")"
[ "$(status batch world_size)" = 1 ] || fail "a script without srun: $(cat "$work/batch/status.json")"

exit $failed
