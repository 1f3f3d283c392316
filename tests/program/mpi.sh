#!/usr/bin/env bash
# Under mpirun of Open MPI and of MPICH, as launchers alone. usage: tests/program/mpi.sh DLRUN
set -u
dlrun=$1
source "$(dirname "$0")/launch.bash"
found=()
for kind in openmpi mpich; do
  command -v mpirun.$kind >/dev/null && found+=("$kind") || echo "left out: no mpirun.$kind (Debian: ${kind/openmpi/openmpi-bin})"
done
[ ${#found[@]} -gt 0 ] || skip "no mpirun of Open MPI or MPICH"
reference

# Open MPI refuses root and more processes than cores unless it is told.
declare -A options=([openmpi]="--oversubscribe --bind-to none" [mpich]="-bind-to none")
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
for kind in "${found[@]}"; do
  launch() { # FOLDER ARGUMENT...
    mpirun.$kind ${options[$kind]} -n 2 "$dlrun" train "$work/table.yaml" -q "output_dir=$work/$1" "${@:2}" >"$work/out" 2>&1 </dev/null
  }
  launch $kind || fail "$kind: $(cat "$work/out")"
  same $kind
  stands $kind finished 0

  launch wrong_$kind optimizer.lr=-1 && fail "$kind: a wrong recipe ends with 0"
  [ "$(grep -c "^argument optimizer.lr" "$work/out")" = 1 ] || fail "$kind: a wrong recipe is not told once: $(cat "$work/out")"

  # mpirun passes SIGTERM on and kills what is left after a while; what was written stands.
  launch stopped_$kind &
  shell=$!
  wait_for_checkpoint stopped_$kind $shell
  kill -TERM "$(pgrep -P $shell | head -1)"
  wait $shell
  nobody_left stopped_$kind
  echo "$kind, SIGTERM to mpirun: $(status stopped_$kind state)"
  resume stopped_$kind
  same stopped_$kind

  # A signal to the processes themselves, as batch systems send it.
  launch told_$kind &
  shell=$!
  wait_for_checkpoint told_$kind $shell
  kill -USR1 "$(rank_of told_$kind 1)"
  wait $shell
  nobody_left told_$kind
  stands told_$kind checkpointed 75
  resume told_$kind
  same told_$kind

  launch killed_$kind &
  shell=$!
  wait_for_checkpoint killed_$kind $shell
  kill -KILL "$(rank_of killed_$kind 1)"
  wait $shell
  nobody_left killed_$kind
  resume killed_$kind
  same killed_$kind
done

exit $failed
