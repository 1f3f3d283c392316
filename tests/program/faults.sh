#!/usr/bin/env bash
# What goes wrong on one process of several: nobody hangs, nobody is left, one message says it, status.json too, and the
# last checkpoint is good. Times that ranks are waited for are those of tests/dist/lost_ranks_test.cpp.
# usage: tests/program/faults.sh DLRUN
set -u
dlrun=$1
source "$(dirname "$0")/launch.bash"
reference

local_ranks() { # FOLDER ARGUMENT...
  "$dlrun" train "$work/table.yaml" -q hardware.devices=2 "output_dir=$work/$1" "${@:2}" >"$work/out" 2>&1 </dev/null
}

# A process that dies, by whatever signal, also the one that writes.
for signal in KILL ABRT; do
  for rank in 0 1; do
    name=${signal}_$rank
    local_ranks "$name" &
    shell=$!
    wait_for_checkpoint "$name" $shell
    kill -$signal "$(rank_of "$name" $rank)"
    wait $shell
    code=$?
    number=$(kill -l $signal)
    [ $code = $((128 + number)) ] || fail "$name: code $code: $(cat "$work/out")"
    nobody_left "$name"
    # Who is left notices first, or the launcher: both name the process.
    [ "$(status "$name" state)" = failed ] && grep -q "^rank $rank: " <<<"$(status "$name" reason)" ||
      fail "$name: $(cat "$work/$name/status.json")"
    resume "$name" hardware.devices=2
    same "$name"
    stands "$name" finished 0
  done
done

# One that stops for a while is waited for.
local_ranks slow &
shell=$!
wait_for_checkpoint slow $shell
process=$(rank_of slow 1)
kill -STOP "$process"
sleep 4
[ "$(status slow state)" = running ] || fail "slow: $(cat "$work/slow/status.json")"
kill -CONT "$process"
wait $shell || fail "slow: $(cat "$work/out")"
same slow

# Ranks that a shell starts, as a launcher would, with something of their own each.
port=$((20000 + RANDOM % 9000))
rank() { # RANK ARGUMENT...: VARIABLES are set for it
  env RANK=$1 WORLD_SIZE=2 LOCAL_RANK=$1 MASTER_ADDR=127.0.0.1 MASTER_PORT=$port ${VARIABLES:-} \
    "$dlrun" train "$work/table.yaml" -q "${@:2}" >"$work/out$1" 2>&1 </dev/null
}
# pair_fails FOLDER CODE TEXT: rank 0 ends with this code, the text is told once (or TIMES) by either, and no run begins.
pair_fails() {
  rank 0 "output_dir=$work/$1" ${FIRST:-} &
  local first=$!
  VARIABLES=${SECOND_VARIABLES:-} rank 1 "output_dir=$work/$1" ${SECOND:-}
  wait $first
  local code=$?
  [ $code = "$2" ] && [ "$(cat "$work/out0" "$work/out1" | grep -cF -- "$3")" = "${TIMES:-1}" ] ||
    fail "$1: expected $2 and once '$3', got $code: $(head -20 "$work/out0" "$work/out1")"
  nobody_left "$1"
  [ ! -e "$work/$1/recipe.yaml" ] || fail "$1: a run began"
}
SECOND=optimizer.lr=0.5 pair_fails recipe 78 "  optimizer.lr: 0.001 on rank 0, 0.5 here"
awk -F, 'BEGIN { OFS = "," } NR > 1 { $2 = $2 + 1 } { print }' "$work/table.csv" >"$work/other.csv"
mv "$work/table.yaml" "$work/table.kept"
mkdir "$work/here" "$work/there"
cp "$work/table.csv" "$work/here/t.csv"
# Two machines have two file systems: here a folder each, seen under one name.
sed "s#path: $work/table.csv#path: t.csv#" "$work/table.kept" >"$work/table.yaml"
on_two_machines() { # FILE FOLDER CODE TEXT
  cp "$work/$1" "$work/there/t.csv"
  (cd "$work/here" && rank 0 "output_dir=$work/$2") &
  local first=$!
  (cd "$work/there" && rank 1 "output_dir=$work/$2")
  wait $first
  local code=$?
  [ $code = "$3" ] && [ "$(cat "$work/out0" "$work/out1" | grep -cF -- "$4")" = 1 ] ||
    fail "$2: expected $3 and once '$4', got $code: $(head -20 "$work/out0" "$work/out1")"
  nobody_left "$2"
}
on_two_machines other.csv content 65 "rank 1: data: not the same on all ranks"
head -900 "$work/table.csv" >"$work/fewer.csv"
on_two_machines fewer.csv fewer 65 "samples on rank 0"
mv "$work/table.kept" "$work/table.yaml"

# Another number of ranks on one of them (both say so, at once), and a port that is taken.
TIMES=2 SECOND_VARIABLES="WORLD_SIZE=3 LOCAL_WORLD_SIZE=3" pair_fails size 2 "WORLD_SIZE: must be the same everywhere"
python=$(command -v python3)
if [ -n "$python" ]; then
  "$python" -c "
import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('0.0.0.0', $port)); s.listen(); time.sleep(60)" &
  listener=$!
  sleep 1
  rank 0 "output_dir=$work/port"
  code=$?
  [ $code = 74 ] && grep -q "MASTER_ADDR, MASTER_PORT: rank 0 cannot open the meeting place 127.0.0.1:$port" "$work/out0" ||
    fail "a port that is taken: $code: $(cat "$work/out0")"
  kill $listener
else
  echo "left out: a port that is taken, without python3"
fi

# A disk that is full where the first process writes.
disk=$work/disk
mkdir "$disk"
if mount -t tmpfs -o size=4m tmpfs "$disk" 2>/dev/null; then
  "$dlrun" train "$work/table.yaml" -q hardware.devices=2 "output_dir=$disk/run" trainer.max_steps=3000 >"$work/out" 2>&1 </dev/null &
  shell=$!
  until compgen -G "$disk/run/checkpoints/step-*[0-9]" >/dev/null || ! kill -0 $shell 2>/dev/null; do sleep 0.02; done
  dd if=/dev/zero of="$disk/filler" bs=4k 2>/dev/null
  wait $shell
  code=$?
  [ $code = 74 ] || [ $code = 73 ] || fail "a full disk: $code: $(cat "$work/out")"
  [ "$(grep -cE 'disk is full|No space left' "$work/out")" -ge 1 ] || fail "a full disk: $(cat "$work/out")"
  rm "$disk/filler"
  "$dlrun" eval "$disk/run" --checkpoint last --split val >"$work/out" 2>&1 || fail "the checkpoint on a disk that was full: $(cat "$work/out")"
  umount "$disk"
else
  echo "left out: a full disk, where no file system can be mounted"
fi

# What torchrun reads of a worker that failed.
TORCHELASTIC_ERROR_FILE=$work/error.json "$dlrun" train "$work/table.yaml" optimizer.lr=-1 >/dev/null 2>&1
grep -qE '^\{"message":\{"errorCode":78,"extraInfo":\{"py_callstack":"","timestamp":"[0-9]+"\},"message":"argument optimizer.lr' "$work/error.json" ||
  fail "TORCHELASTIC_ERROR_FILE: $(cat "$work/error.json")"

exit $failed
