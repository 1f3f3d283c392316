#!/usr/bin/env bash
# dlrun submit: a job that Slurm interrupts is queued again and ends with the bits of one that went through; one that is
# finished, wrong or cancelled is not. usage: tests/program/submit.sh DLRUN    SUBMIT_SIGNALS=n sends n signals (default 2)
# SUBMIT_SEED=n repeats the random moments
set -u
dlrun=$1
source "$(dirname "$0")/launch.bash"

# The script, which needs no Slurm.
script=$("$dlrun" submit "$work/table.yaml" --slurm partition=main,time=10,mail-type=END,FAIL,exclusive= hardware.devices=4 "name=a b" --print) ||
  fail "--print: $script"
for line in '#!/bin/bash' '#SBATCH --partition=main' '#SBATCH --time=10' '#SBATCH --mail-type=END,FAIL' '#SBATCH --exclusive' \
  "#SBATCH --job-name='a b'" '#SBATCH --ntasks-per-node=4' '#SBATCH --cpus-per-task=1' '#SBATCH --signal=USR1@120' '#SBATCH --requeue'; do
  grep -qxF -- "$line" <<<"$script" || fail "no line '$line' in: $script"
done
bash -n <<<"$script" || fail "no shell script: $script"
grep -qxF "#SBATCH --signal=USR1@7" <<<"$("$dlrun" submit "$work/table.yaml" --slurm signal=USR1@7 --print)" || fail "--slurm does not win"
expect 2 "--slurm: expected options of sbatch" "$dlrun" submit "$work/table.yaml" --slurm main --print
expect 78 "optimizer.lr" "$dlrun" submit "$work/table.yaml" --slurm time=10 optimizer.lr=-1
expect 66 "sbatch: not found" env PATH=/nowhere "$dlrun" submit "$work/table.yaml" --slurm time=10
[ $failed = 0 ] || exit 1

source "$(dirname "$0")/slurm.bash"
# Long enough that several signals meet each job.
sed -i "s/max_steps: 300/max_steps: 2000/" "$work/table.yaml"
reference
cd "$work" || exit 1
submit() { # FOLDER OVERRIDE...
  "$dlrun" submit "$work/table.yaml" --slurm time=10,partition=main hardware.devices=2 "output_dir=$work/$1" "${@:2}" | grep -o '[0-9]*$'
}
state_of() { scontrol show job "$1" | sed -nE 's/.*JobState=([A-Z]+).*/\1/p'; }
# ended JOB: waits until it is neither queued nor running.
ended() {
  until state_of "$1" | grep -qE 'COMPLETED|FAILED|CANCELLED|TIMEOUT'; do sleep 0.3; done
}

# Interrupted again and again, at random moments of as many jobs as it takes.
RANDOM=${SUBMIT_SEED:-$RANDOM}
signals=${SUBMIT_SIGNALS:-2}
sent=0 restarts=0 jobs=0
over() { state_of "$1" | grep -qE 'COMPLETED|FAILED|CANCELLED'; }
while [ $sent -lt "$signals" ] && [ $failed = 0 ]; do
  jobs=$((jobs + 1))
  run=run_$jobs
  job=$(submit $run)
  [ -n "$job" ] || { fail "no job"; break; }
  while [ $sent -lt "$signals" ] && ! over "$job"; do
    before=$(status $run step 2>/dev/null)
    until [ -n "$(rank_of $run 1)" ] && [ "$(status $run state 2>/dev/null)" = running ] && [ "$(status $run step)" != "$before" ]; do
      over "$job" && break 2
      sleep 0.05
    done
    sleep "0.$((RANDOM % 10))"
    scancel -s USR1 "$job" 2>/dev/null
    for _ in $(seq 100); do [ -z "$(ranks_of $run)" ] && break; sleep 0.1; done
    # One that came too late met nobody.
    [ "$(status $run state)" != checkpointed ] || sent=$((sent + 1))
  done
  ended "$job"
  [ "$(state_of "$job")" = COMPLETED ] || fail "$run is $(state_of "$job"): $(cat slurm-*.out)"
  stands $run finished 0
  same $run
  restarts=$((restarts + $(scontrol show job "$job" | sed -nE 's/.*Restarts=([0-9]+).*/\1/p')))
done
[ $restarts -ge $sent ] || fail "queued again $restarts times only, for $sent signals"
echo "$sent signals to $jobs jobs, queued again $restarts times, the same bits"

# Finished: once more is nothing to do. Wrong: not again.
job=$(submit run_1)
ended "$job"
[ "$(state_of "$job")" = COMPLETED ] || fail "a finished run: $(state_of "$job")"
job=$(submit diverged optimizer.lr=1e30 optimizer.type=sgd)
ended "$job"
[ "$(state_of "$job")" = FAILED ] || fail "a diverged run: $(state_of "$job")"
stands diverged diverged 76
# Cancelled: a checkpoint, and not again.
job=$(submit cancelled)
until [ -n "$(compgen -G "$work/cancelled/checkpoints/step-*[0-9]")" ]; do sleep 0.1; done
scancel "$job"
ended "$job"
nobody_left cancelled
sleep 2
[ "$(state_of "$job")" = CANCELLED ] || fail "a cancelled job: $(state_of "$job")"
stands cancelled checkpointed 75 SIGTERM

exit $failed
