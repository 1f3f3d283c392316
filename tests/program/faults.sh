#!/usr/bin/env bash
# Twelve things that go wrong on one process of several: nobody hangs, nobody is left, one message says it, status.json
# too, and the last checkpoint is good: resumed, the run ends with the bits of one that met no fault. Times that ranks are
# waited for are those of tests/dist/lost_ranks_test.cpp and of hardware.timeout_seconds here.
# usage: tests/program/faults.sh DLRUN [FAULT...]    FAULT_TIMES=n makes each n times (default 1)
set -u
dlrun=$1
shift
source "$(dirname "$0")/launch.bash"
all=(stopped killed aborted slow stuck_reader lost_store full_disk other_recipe other_data other_size port_taken clock_jump)
faults=("$@")
[ ${#faults[@]} -gt 0 ] || faults=("${all[@]}")
timeout=10
patient=120 # a process that takes longer hangs
reference

made=0
left_out() { echo "left out: $*"; }
# The message stands once in these files.
told_once() { # TEXT FILE...
  local text=$1
  shift
  [ "$(cat "$@" | grep -cF -- "$text")" = 1 ] || fail "$name: not told once: '$text': $(head -20 "$@")"
}
# What the terminal shows has one line of error: nothing is told by each process.
one_line() { # FILE...
  [ "$(cat "$@" | grep -c .)" = 1 ] || fail "$name: more than one line: $(cat "$@")"
}

local_ranks() { # FOLDER ARGUMENT...
  timeout $patient "$dlrun" train "$work/table.yaml" -q hardware.devices=2 hardware.timeout_seconds=$timeout \
    "output_dir=$work/$1" "${@:2}" >"$work/out" 2>&1 </dev/null
}
launcher_of() { pgrep -P "$(pgrep -P "$1" -x timeout)" -x dlrun | head -1; } # PROCESS of the shell
# Ranks that a shell starts, as a launcher would: VARIABLES are set for it, BEFORE stands before the program.
port=$((20000 + RANDOM % 9000))
rank() { # RANK ARGUMENT...
  env RANK=$1 WORLD_SIZE=2 LOCAL_RANK=$1 MASTER_ADDR=127.0.0.1 MASTER_PORT=$port ${VARIABLES:-} \
    timeout $patient ${BEFORE:-} "$dlrun" train "${recipe:-$work/table.yaml}" -q hardware.timeout_seconds=$timeout "${@:2}" \
    >"$work/out$1" 2>&1 </dev/null
}
# A run that two processes made a part of, to go on with: half FOLDER.
half() {
  if [ ! -d "$work/half" ]; then
    local_ranks half 2>/dev/null &
    wait_for_checkpoint half $!
    kill -KILL "$(launcher_of $!)"
    wait $!
    nobody_left half
    [ ! -e "$work/half/result.json" ] || fail "a run that was to be killed has come to its end"
  fi
  cp -a "$work/half" "$work/$1"
}
goes_on() { # FOLDER: after the fault
  resume "$1"
  same "$1"
  stands "$1" finished 0
}
elapsed() { awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'; }
# loses RANK SIGNAL CODE REASON: one of two local ranks gets the signal in the middle of the run.
loses() {
  local_ranks "$name" &
  local shell=$! began code
  wait_for_checkpoint "$name" $shell
  began=$EPOCHREALTIME
  kill -"$2" "$(rank_of "$name" "$1")"
  wait $shell
  code=$?
  seconds=$(elapsed)
  [ $code = "$3" ] || fail "$name: code $code: $(cat "$work/out")"
  nobody_left "$name"
  grep -qE "^rank $1 has not joined the .*; last in the .*$4" "$work/out" || fail "$name: not told: $(cat "$work/out")"
  one_line "$work/out"
  [ "$(status "$name" state)" = failed ] && grep -q "^rank $1 has not joined" <<<"$(status "$name" reason)" ||
    fail "$name: $(cat "$work/$name/status.json")"
  [ "$(status "$name" exit_code)" = "$3" ] || fail "$name: not $3: $(cat "$work/$name/status.json")"
  goes_on "$name"
}

stopped() {
  loses $((time % 2)) STOP 75 "is stopped"
  echo "  rank $((time % 2)) stopped: all had ended after $seconds s, with hardware.timeout_seconds=$timeout"
}
# A process that dies, by whatever signal, also the one that writes.
killed() { loses $((time % 2)) KILL 75 "was ended by signal 9"; }
aborted() { loses $((time % 2)) ABRT 70 "was ended by signal 6"; }

# One that stops for a while is waited for.
slow() {
  local_ranks "$name" &
  local shell=$! process
  wait_for_checkpoint "$name" $shell
  process=$(rank_of "$name" $((time % 2)))
  kill -STOP "$process"
  sleep 4
  [ "$(status "$name" state)" = running ] || fail "$name: $(cat "$work/$name/status.json")"
  kill -CONT "$process"
  wait $shell || fail "$name: $(cat "$work/out")"
  [ ! -s "$work/out" ] || fail "$name: quiet, and yet: $(cat "$work/out")"
  same "$name"
}

# A reader that does not come back, on a disk that hangs: the process lives, and shows signs of life.
stuck_reader() {
  local recipe=$work/pictures.yaml first second code0 code1 began
  command -v cc >/dev/null && command -v python3 >/dev/null || { left_out "a stuck reader, without cc and python3"; return 1; }
  if [ ! -e "$work/pictures.yaml" ]; then
    printf '%s\n' '#define _GNU_SOURCE' '#include <dlfcn.h>' '#include <string.h>' '#include <stdlib.h>' \
      '#include <unistd.h>' 'static int as(const char* name, const char* path, int flags, int mode) {' \
      '  if (strstr(path, ".png") && access(getenv("STUCK_IF"), F_OK) == 0) for (;;) pause();' \
      '  return ((int (*)(const char*, int, int))dlsym(RTLD_NEXT, name))(path, flags, mode); }' \
      'int open(const char* path, int flags, int mode) { return as("open", path, flags, mode); }' \
      'int open64(const char* path, int flags, int mode) { return as("open64", path, flags, mode); }' >"$work/stuck.c"
    cc -shared -fPIC -w -o "$work/stuck.so" "$work/stuck.c" -ldl || { left_out "a stuck reader: cc makes no library"; return 1; }
    python3 - "$work/pictures" <<'PY'
import os, struct, sys, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
for i in range(200):
    folder = f"{sys.argv[1]}/class{i % 2}"
    os.makedirs(folder, exist_ok=True)
    rows = b"".join(b"\0" + bytes((i * 7 + x * y * (1 + i % 2)) % 256 for x in range(8)) for y in range(8))
    with open(f"{folder}/{i}.png", "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
PY
    sed -E "s#^data:.*#data: {type: image_folder, path: $work/pictures, mode: grey, memory_limit: 1e-6, val: {split: 0.2}}#" \
      "$work/table.yaml" >"$work/pictures.yaml"
    rank 0 "output_dir=$work/pictures_whole" & rank 1 "output_dir=$work/pictures_whole"
    wait $! || { fail "$name: the run by itself: $(cat "$work/out0" "$work/out1")"; return 1; }
  fi
  rm -f "$work/stuck_now"
  rank 0 "output_dir=$work/$name" &
  first=$!
  BEFORE="env LD_PRELOAD=$work/stuck.so STUCK_IF=$work/stuck_now" rank 1 "output_dir=$work/$name" &
  second=$!
  wait_for_checkpoint "$name" $first
  began=$EPOCHREALTIME
  touch "$work/stuck_now"
  wait $first
  code0=$?
  wait $second
  code1=$?
  [ $code0 = 75 ] && [ $code1 = 75 ] || fail "$name: codes $code0 and $code1: $(cat "$work/out0" "$work/out1")"
  echo "  a reader that hangs: all had ended after $(elapsed) s, with hardware.timeout_seconds=$timeout"
  nobody_left "$name"
  grep -qE "^rank 1 has not joined the .*; last in the .*(data of step|validation after step).* is alive" "$work/out0" || fail "$name: $(cat "$work/out0")"
  one_line "$work/out0" "$work/out1"
  stands "$name" failed 75 "rank 1 has not joined"
  rank 0 --resume "output_dir=$work/$name" & rank 1 --resume "output_dir=$work/$name"
  wait $! || fail "$name: resuming: $(cat "$work/out0" "$work/out1")"
  same_run "$work/pictures_whole" "$work/$name" || fail "$name: differs from the run that read all"
}

# The meeting place does not answer for a while: nobody needs it. It is gone with the rank that opened it: all are told.
lost_store() {
  local_ranks "$name" &
  local shell=$! launcher first second code
  wait_for_checkpoint "$name" $shell
  launcher=$(launcher_of $shell)
  kill -STOP "$launcher"
  for _ in $(seq 600); do [ -e "$work/$name/result.json" ] && break; sleep 0.1; done
  [ -e "$work/$name/result.json" ] || fail "$name: without a meeting place the training does not end"
  kill -CONT "$launcher"
  wait $shell || fail "$name: $(cat "$work/out")"
  same "$name"
  rank 0 "output_dir=$work/${name}_gone" 2>/dev/null &
  first=$!
  rank 1 "output_dir=$work/${name}_gone" &
  second=$!
  wait_for_checkpoint "${name}_gone" $first
  kill -KILL "$(rank_of "${name}_gone" 0)"
  wait $first 2>/dev/null
  wait $second
  code=$?
  [ $code = 75 ] || fail "$name: code $code: $(cat "$work/out1")"
  grep -qE "^rank 0 has not joined the .*gone, or stopped: the meeting place 127.0.0.1:$port" "$work/out1" || fail "$name: $(cat "$work/out1")"
  one_line "$work/out1"
  nobody_left "${name}_gone"
  stands "${name}_gone" failed 75 "rank 0 has not joined"
  goes_on "${name}_gone"
}

# A disk that is full where the first process writes; that of another one is nobody's business.
full_disk() {
  local disk=$work/disk shell code second
  mkdir -p "$disk"
  mount -t tmpfs -o size=4m tmpfs "$disk" 2>/dev/null || { left_out "a full disk, where no file system can be mounted"; return 1; }
  local_ranks "disk/run" trainer.max_steps=3000 &
  shell=$!
  wait_for_checkpoint disk/run $shell
  dd if=/dev/zero of="$disk/filler" bs=4k 2>/dev/null
  wait $shell
  code=$?
  [ $code = 74 ] || [ $code = 73 ] || fail "$name: $code: $(cat "$work/out")"
  nobody_left disk/run
  [ "$(grep -v '^warning' "$work/out" | grep -cE 'disk is full|No space left')" = 1 ] || fail "$name: $(cat "$work/out")"
  rm "$disk/filler"
  "$dlrun" eval "$disk/run" --checkpoint last --split val >"$work/out" 2>&1 || fail "$name: its checkpoint: $(cat "$work/out")"
  local_ranks "disk/run" trainer.max_steps=3000 --resume || fail "$name: with room again: $(cat "$work/out")"
  [ -d "$work/long" ] || local_ranks long trainer.max_steps=3000 || fail "$name: $(cat "$work/out")"
  same_run "$work/long" "$disk/run" || fail "$name: differs from the run that never met a full disk"
  rm -rf "$disk/run"
  dd if=/dev/zero of="$disk/filler" bs=4k 2>/dev/null
  rank 0 "output_dir=$work/$name" &
  shell=$!
  (cd "$disk" && VARIABLES="TMPDIR=$disk HOME=$disk" rank 1 "output_dir=$work/$name")
  second=$?
  wait $shell && [ $second = 0 ] || fail "$name: of the second process: $(cat "$work/out0" "$work/out1")"
  same "$name"
  umount "$disk"
}

# pair_fails CODE TEXT: rank 0 ends with this code, the text is told once (or TIMES) by either. A run that goes on is as it
# was, and no new one begins.
pair_fails() {
  local folder first code
  half "$name"
  for folder in "$name" "${name}_new"; do
    local resume=
    [ "$folder" != "$name" ] || resume=--resume
    rank 0 "output_dir=$work/$folder" $resume ${FIRST:-} &
    first=$!
    VARIABLES=${SECOND_VARIABLES:-} rank 1 "output_dir=$work/$folder" $resume ${SECOND:-}
    wait $first
    code=$?
    [ $code = "$1" ] && [ "$(cat "$work/out0" "$work/out1" | grep -cF -- "$2")" = "${TIMES:-1}" ] ||
      fail "$folder: expected $1 and once '$2', got $code: $(head -20 "$work/out0" "$work/out1")"
    nobody_left "$folder"
  done
  [ ! -e "$work/${name}_new/recipe.yaml" ] || fail "$name: a run began"
  goes_on "$name"
}
other_recipe() { SECOND=optimizer.lr=0.5 pair_fails 78 "  optimizer.lr: 0.001 on rank 0, 0.5 here"; }
# Both say so, at once: neither knows who is right.
other_size() { TIMES=2 SECOND_VARIABLES="WORLD_SIZE=3 LOCAL_WORLD_SIZE=3" pair_fails 2 "WORLD_SIZE: must be the same everywhere"; }

# Two machines have two file systems: here a folder each, seen under one name.
on_two_machines() { # FILE FOLDER CODE TEXT ARGUMENT...
  cp "$1" "$work/there/t.csv"
  (cd "$work/here" && rank 0 "output_dir=$work/$2" "${@:5}") &
  local first=$! code
  (cd "$work/there" && rank 1 "output_dir=$work/$2" "${@:5}")
  wait $first
  code=$?
  [ $code = "$3" ] || fail "$2: expected $3, got $code: $(head -20 "$work/out0" "$work/out1")"
  [ -z "$4" ] || told_once "$4" "$work/out0" "$work/out1"
  nobody_left "$2"
}
other_data() {
  local recipe=$work/here.yaml
  if [ ! -e "$recipe" ]; then
    mkdir "$work/here" "$work/there"
    cp "$work/table.csv" "$work/here/t.csv"
    sed "s#path: $work/table.csv#path: t.csv#" "$work/table.yaml" >"$recipe"
    awk -F, 'BEGIN { OFS = "," } NR > 1 { $2 = $2 + 1 } { print }' "$work/table.csv" >"$work/other.csv"
    head -900 "$work/table.csv" >"$work/fewer.csv"
  fi
  on_two_machines "$work/other.csv" "${name}_new" 65 "rank 1: data: not the same on all ranks"
  on_two_machines "$work/fewer.csv" "${name}_new" 65 "samples on rank 0"
  [ ! -e "$work/${name}_new/recipe.yaml" ] || fail "$name: a run began"
  # A run that is to go on, of which another file has the numbers of one process now.
  local first
  cp "$work/table.csv" "$work/there/t.csv"
  (cd "$work/here" && rank 0 "output_dir=$work/$name") 2>/dev/null &
  first=$!
  (cd "$work/there" && rank 1 "output_dir=$work/$name") 2>/dev/null &
  wait_for_checkpoint "$name" $first
  kill -KILL "$(rank_of "$name" 0)" "$(rank_of "$name" 1)"
  wait
  on_two_machines "$work/other.csv" "$name" 65 "splits are not what this run was started with" --resume
  on_two_machines "$work/table.csv" "$name" 0 "" --resume
  same "$name"
}

port_taken() {
  command -v python3 >/dev/null || { left_out "a port that is taken, without python3"; return 1; }
  half "$name"
  python3 -c "
import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('0.0.0.0', $port)); s.listen(); time.sleep(60)" &
  local listener=$! code
  sleep 1
  rank 0 "output_dir=$work/$name" --resume
  code=$?
  [ $code = 74 ] || fail "$name: $code: $(cat "$work/out0")"
  told_once "MASTER_ADDR, MASTER_PORT: rank 0 cannot open the meeting place 127.0.0.1:$port" "$work/out0"
  kill $listener
  wait $listener 2>/dev/null
  goes_on "$name"
}

# The clock of one machine is set: a day on, then two back. What is waited for is measured by a clock that nobody sets.
clock_jump() {
  local library
  library=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -1)
  [ -n "$library" ] || { left_out "a clock that jumps (Debian: libfaketime)"; return 1; }
  echo "+0" >"$work/clock"
  rank $((1 - time % 2)) "output_dir=$work/$name" &
  local first=$! second before
  BEFORE="env LD_PRELOAD=$library FAKETIME_TIMESTAMP_FILE=$work/clock FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1" \
    rank $((time % 2)) "output_dir=$work/$name" &
  second=$!
  wait_for_checkpoint "$name" $first
  echo "+1d" >"$work/clock"
  before=$(status "$name" step)
  until [ "$(status "$name" step)" != "$before" ] || ! kill -0 $first 2>/dev/null; do sleep 0.02; done
  echo "-1d" >"$work/clock"
  wait $first && wait $second || fail "$name: $(cat "$work/out0" "$work/out1")"
  [ ! -s "$work/out0" ] && [ ! -s "$work/out1" ] || fail "$name: quiet, and yet: $(cat "$work/out0" "$work/out1")"
  nobody_left "$name"
  [ $((time % 2)) = 1 ] || [ "$(status "$name" time | cut -c1-10)" != "$(date -u +%F)" ] || fail "$name: no clock was set: $(cat "$work/$name/status.json")"
  same "$name"
}

for fault in "${faults[@]}"; do
  for ((time = 1; time <= ${FAULT_TIMES:-1}; ++time)); do
    name=${fault}_$time
    "$fault" && made=$((made + 1))
    [ -n "${KEEP:-}" ] || rm -rf "$work/$name" "$work/${name}_gone"
  done
  echo "$fault: done"
done

# What torchrun reads of a worker that failed.
TORCHELASTIC_ERROR_FILE=$work/error.json "$dlrun" train "$work/table.yaml" optimizer.lr=-1 >/dev/null 2>&1
grep -qE '^\{"message":\{"errorCode":78,"extraInfo":\{"py_callstack":"","timestamp":"[0-9]+"\},"message":"argument optimizer.lr' "$work/error.json" ||
  fail "TORCHELASTIC_ERROR_FILE: $(cat "$work/error.json")"

echo "$made faults of ${#faults[@]} kinds: nobody hung, nobody was left, the runs end with the bits of one that met none"
exit $failed
