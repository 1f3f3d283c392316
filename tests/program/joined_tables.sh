#!/usr/bin/env bash
# Tables of JSON Lines, and of several files: the same numbers as from one CSV, and errors that name the file.
# usage: tests/program/joined_tables.sh DLRUN
set -u
dlrun=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$(dirname "$0")/expect.bash"
fail() { echo "FAILED: $*"; failed=1; }

awk 'BEGIN { srand(3); print "a,color,kind"; for (i = 0; i < 120; i++) { a = rand(); c = int(3 * rand());
  printf "%.4f,%s,%s\n", a, c == 0 ? "red" : c == 1 ? "green" : "", (a + 0.3 * c + 0.2 * rand() > 0.9) ? "over" : "under" } }' >"$work/all.csv"
for part in 1 2 3; do
  head -1 "$work/all.csv" >"$work/part-$part.csv"
  tail -n +2 "$work/all.csv" | sed -n "$((40 * part - 39)),$((40 * part))p" >>"$work/part-$part.csv"
done
tail -n +2 "$work/all.csv" | awk -F, '{ printf "{\"a\": %s, %s\"kind\": \"%s\"}\n", $1, $2 == "" ? "" : "\"color\": \"" $2 "\", ", $3 }' >"$work/all.jsonl"
cat >"$work/r.yaml" <<YAML
version: 1
name: r
task: classification
data: {type: csv, path: $work/all.csv, target: kind, val: {split: 0.2}, test: {split: 0.2}}
architecture: {type: mlp, widths: [4]}
optimizer: {type: adam, lr: 0.02}
trainer: {epochs: 3, batch_size: 16}
logging: {report: false}
hardware: {threads: 1}
YAML
train() { "$dlrun" train "$work/r.yaml" "output_dir=$work/$1" "data.path=$2" >"$work/log" 2>&1 || { fail "$1"; cat "$work/log"; }; }
losses() { grep -o '"[a-z]*/loss":[^,]*' "$work/$1/metrics.jsonl"; }
train csv "$work/all.csv"
train lines "$work/all.jsonl"
grep -q "all.jsonl: 'color' is not in [0-9]* of 120 lines" "$work/log" || fail "keys that lines lack are not told"
train parts "[$work/part-1.csv, $work/part-2.csv, $work/part-3.csv]"
grep -q "data.path: 120 rows of 3 files" "$work/log" || fail "the number of files is not told"
train pattern "'$work/part-*.csv'"
for run in lines parts pattern; do
  cmp <(losses csv) <(losses $run) || fail "$run trains to other numbers than csv"
done
"$dlrun" train "$work/csv" --resume >/dev/null 2>&1 || fail "a run with one path is not gone on with"
"$dlrun" train "$work/parts" --resume trainer.epochs=4 >/dev/null 2>&1 || fail "a run with several paths is not gone on with"
expect 0 "" "$dlrun" predict "$work/lines" "$work/all.jsonl" -o "$work/answers.csv"
[ "$(wc -l <"$work/answers.csv")" = 121 ] || fail "predict has not an answer for each line"

sed -i '3s/^[^,]*/many/' "$work/part-2.csv"
expect 65 "part-2.csv line 3: column 'a'" "$dlrun" validate "$work/r.yaml" "data.path='$work/part-*.csv'" 'data.numeric=[a]'
sed -i '1s/color/colour/' "$work/part-3.csv"
expect 65 "part-3.csv: has not the columns of $work/part-1.csv: lacks 'color', has 'colour' beside them" "$dlrun" validate "$work/r.yaml" "data.path='$work/part-*.csv'"
expect 66 "none-*.csv: no file has a name like this (data.path)" "$dlrun" validate "$work/r.yaml" "data.path='$work/none-*.csv'"
expect 78 "is there twice: its rows would count twice" "$dlrun" validate "$work/r.yaml" "data.path=[$work/all.csv, $work/all.csv]"
expect 78 "data.separator: " "$dlrun" validate "$work/r.yaml" "data.path=$work/all.jsonl" data.separator=comma
expect 78 "data.path: " "$dlrun" validate "$work/r.yaml" "data.path=[]"
exit $failed
