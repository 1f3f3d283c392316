#!/usr/bin/env bash
# Several processes that are killed, as a whole or one of them alone, again and again while they start, train and write a
# checkpoint: nobody is left, and the run that goes on ends with the bits of one that was never killed. Where the number of
# processes changes each time, it goes on with the same samples in the same order: its numbers are those of one process.
# usage: kill_ranks.sh DLRUN [SERIES...]    SERIES: two_whole two_alone four_whole four_alone changing
# KILLS=n kills in each (default 1, in three of the series), KILL_SEED=n repeats the random choices
set -u
dlrun=$1
shift
source "$(dirname "$0")/launch.bash"
kills=${KILLS:-1}
seed=${KILL_SEED:-$RANDOM}
RANDOM=$seed
series=("$@")
if [ ${#series[@]} = 0 ]; then
  series=(two_alone four_whole changing)
  [ "$kills" = 1 ] || series+=(two_whole four_alone)
fi

# Long enough for all kills.
write_pictures $((40 + 6 * kills))
# SGD without dropout: the number of processes changes nothing but the order of additions.
sed -E "s/dropout: 0.1/dropout: 0/; s/^optimizer:.*/optimizer: {type: sgd, lr: 0.05, momentum: 0.9}/
  s/max_steps: 300/max_steps: $((200 + 40 * kills))/; s/batch_size: 32, validate_every_n_steps: 50/batch_size: 33, validate_every_n_steps: 20, drop_last: false/
  s/every_n_steps: 10/every_n_steps: 3/" "$work/table.yaml" >"$work/changing.yaml"

train() { # RECIPE FOLDER ARGUMENT...
  "$dlrun" train "$work/$1.yaml" -q "output_dir=$work/$2" "${@:3}" >"$work/out" 2>&1 </dev/null
}
# hit RECIPE FOLDER PROCESSES WHO MOMENT: starts the run, or goes on with it, and kills the launcher or one process. 1 when
# the run was done before that.
hit() {
  local run=$work/$2 launcher victim expected before code
  before=$(ls "$run/checkpoints" 2>/dev/null | tail -1)
  "$dlrun" train "$work/$1.yaml" -q "output_dir=$run" --resume "hardware.devices=$3" >"$work/out" 2>&1 </dev/null &
  launcher=$!
  case $5 in
    saving) while kill -0 $launcher 2>/dev/null && [ -z "$(compgen -G "$run/checkpoints/step-*.tmp")" ]; do :; done ;;
    training)
      while kill -0 $launcher 2>/dev/null && [ "$(ls "$run/checkpoints" 2>/dev/null | tail -1)" = "$before" ]; do sleep 0.01; done
      sleep "0.$(printf %03d $((RANDOM % 300)))" ;;
    anywhere) sleep "$((RANDOM % 3)).$(printf %03d $((RANDOM % 1000)))" ;;
  esac
  victim=$launcher expected=137
  [ "$4" = whole ] || [ "$3" = 1 ] || { victim=$(rank_of "$2" $((RANDOM % $3))) expected=75; }
  [ -z "$victim" ] || kill -KILL "$victim" 2>/dev/null
  wait $launcher 2>/dev/null
  code=$?
  nobody_left "$2"
  [ $code = $expected ] || { [ $code = 0 ] && return 1 || { fail "$2: code $code: $(tail -3 "$work/out")"; return 0; }; }
  [ -z "$(compgen -G "$run/checkpoints/*.tmp")$(compgen -G "$run/checkpoints/*.old")" ] || torn=$((torn + 1))
  return 0
}
moments=(anywhere saving training saving)
# killed RECIPE FOLDER PROCESSES WHO: as often as asked, then to its end. Where PROCESSES is 0 their number changes.
killed() {
  local i tries=0 count=$3 first=$((RANDOM % ${#moments[@]}))
  torn=0
  for ((i = 0; i < kills && failed == 0; ++tries)); do
    [ $tries -lt $((5 * kills + 5)) ] || { fail "$2: only $i of $tries kills met a running training"; return; }
    [ "$3" != 0 ] || count=$((1 << RANDOM % 3))
    if hit "$1" "$2" "$count" "$4" "${moments[(first + i) % ${#moments[@]}]}"; then
      i=$((i + 1))
    else
      rm -rf "${work:?}/$2" # done before the kill: begin again
    fi
  done
  [ "$3" != 0 ] || count=2
  train "$1" "$2" --resume "hardware.devices=$count" || fail "$2: resuming: $(cat "$work/out")"
  stands "$2" finished 0
}

for one in "${series[@]}"; do
  who=${one#*_}
  case $one in
    two_* | four_*)
      count=2
      [ "${one%_*}" = two ] || count=4
      [ -d "$work/whole_$count" ] || train pictures "whole_$count" "hardware.devices=$count" || fail "$one: $(cat "$work/out")"
      killed pictures "$one" $count "$who"
      same_run "$work/whole_$count" "$work/$one" || fail "$one: differs from the run that was never killed"
      echo "$one: $kills kills, $torn of them while a checkpoint was being written or removed; the same bits" ;;
    changing)
      train changing one || fail "$one: $(cat "$work/out")"
      killed changing changing 0 alone
      alike_run "$work/one" "$work/changing" || fail "changing: not the numbers of one process"
      echo "changing: $kills kills, each time another number of processes, $torn while a checkpoint was being written or removed; the numbers of one" ;;
    *) fail "$one: no such series" ;;
  esac
  rm -rf "${work:?}/$one"
done
echo "seed $seed"
exit $failed
