#!/usr/bin/env bash
# A recipe with `repeat`: several trainings as one, what they give together, and what becomes of them when a training
# is stopped, begun anew or refused. The numbers together are computed again from the members' predictions.
# usage: tests/program/members.sh DLRUN
set -u
dlrun=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$(dirname "$0")/expect.bash"
source "$(dirname "$0")/compare.bash"
fail() { echo "FAILED: $*"; failed=1; }

# expect_mean COLUMNS WHOLE MEMBER...: numbers of columns whose names begin so are the mean of the members'.
expect_mean() {
  local columns=$1 seen
  shift
  seen=$(paste -d, "$@" | awk -F, -v name="^$columns" -v files=$# '
    NR == 1 { n = NF / files; for (c = 1; c <= n; c++) if ($c ~ name) columns[c] = 1; next }
    { for (c in columns) { sum = 0; for (k = 1; k < files; k++) sum += $(k * n + c); d = $c - sum / (files - 1); if (d < 0) d = -d
        if (d > most) most = d; seen++ } }
    END { printf "%d %s", seen, most < 4e-6 ? "near" : most }')
  [ "${seen#* }" = near ] && [ "${seen% *}" -ge 70 ] || fail "$1 is not the mean of its members: $seen"
}

# Three classes by two numbers, with noise that no network can follow.
awk 'BEGIN { srand(3); print "a,b,kind"; for (i = 0; i < 240; i++) { a = rand(); b = rand(); k = int(3 * (a + b + 0.6 * rand()) / 2.6);
  printf "%.4f,%.4f,k%d\n", a, b, k } }' >"$work/table.csv"
cat >"$work/seeds.yaml" <<YAML
version: 1
name: seeds
task: classification
output_dir: $work/seeds
data: {type: csv, path: $work/table.csv, target: kind, test: {split: 0.3}}
architecture: {type: mlp, widths: [6]}
optimizer: {type: adam, lr: 0.02}
repeat: {seeds: 3}
trainer: {epochs: 4, batch_size: 16}
hardware: {threads: 1}
YAML

expect 0 "3 trainings; the first of them" "$dlrun" train "$work/seeds.yaml" --dry-run
[ -e "$work/seeds" ] && fail "--dry-run wrote"
expect 0 "answers averaged" "$dlrun" train "$work/seeds.yaml"
expect 0 "member 3 of 3: seed 2" "$dlrun" train "$work/seeds.yaml" --overwrite
for i in 1 2 3; do
  expect 0 "best" "$dlrun" eval "$work/seeds/members/$i"
  expect 0 "written" "$dlrun" predict "$work/seeds/members/$i" --split test --samples 100 -o "$work/$i.csv"
done
# The same rows are held out from all members.
for i in 2 3; do
  cmp <(cut -d, -f1 "$work/1.csv") <(cut -d, -f1 "$work/$i.csv") || fail "member $i has other rows in its test split"
done
expect 0 "written" "$dlrun" predict "$work/seeds" --split test --samples 100 -o "$work/all.csv"
# Probabilities of the whole are the mean of its members'.
expect_mean probabilities "$work/all.csv" "$work/1.csv" "$work/2.csv" "$work/3.csv"
# result.json: mean and deviation of the members' own results.
expected=$(grep -h '"test/accuracy"' "$work"/seeds/members/*/result.json | tr -dc '0-9.\n' | awk '
  { sum += $1; squares += $1 * $1 } END { mean = sum / NR; printf "%.6f %.6f", mean, sqrt((squares - NR * mean * mean) / (NR - 1)) }')
written=$(awk '/"(mean|deviation)"/ { key = 1 } key && /"test\/accuracy"/ { gsub(/[^0-9.]/, "", $2); printf "%s%.6f", n++ ? " " : "", $2; key = 0 }' "$work/seeds/result.json")
[ "$(tr ' ' '\n' <<<"$written" | sort)" = "$(tr ' ' '\n' <<<"$expected" | sort)" ] || fail "result.json says $written, its members $expected"
expect 0 "3 members" "$dlrun" eval "$work/seeds"
expect 0 "onnx" "$dlrun" export "$work/seeds" --format onnx
expect 0 "accuracy" "$dlrun" eval "$work/seeds/export/model.onnx" "data.path=$work/table.csv"
# Data lie elsewhere than where the exported recipe says.
[ "$("$dlrun" eval "$work/seeds" --json | grep -o '"test/accuracy":[0-9.]*')" = \
  "$("$dlrun" eval "$work/seeds/export/model.onnx" "data.path=$work/table.csv" --json | grep -o '"test/accuracy":[0-9.]*')" ] || fail "the exported whole evaluates otherwise"

# Soups: one network of the members' weights, also where weights are computed from others.
for kind in uniform greedy; do
  expect 0 "soup of" "$dlrun" train "$work/seeds.yaml" "output_dir=$work/$kind" "repeat={seeds: 3, soup: $kind}" \
    'data.val={split: 0.2}' 'regularization.weight_norm={}'
  expect 0 "soup of members" "$dlrun" eval "$work/$kind"
  expect 0 "onnx" "$dlrun" export "$work/$kind" --format onnx
  expect 2 "a soup has no checkpoints" "$dlrun" eval "$work/$kind" --checkpoint last
  result=$(tr -d ' \n' <"$work/$kind/result.json" | grep -o '"soup":.*' | grep -o '"test/accuracy":[0-9.]*')
  [ "$result" = "$("$dlrun" eval "$work/$kind" --json | grep -o '"test/accuracy":[0-9.]*')" ] || fail "the $kind soup evaluates otherwise: $result"
done
expect 78 "repeat.soup: greedy chooses members on the validation split" "$dlrun" train "$work/seeds.yaml" \
  "output_dir=$work/none" 'repeat={seeds: 3, soup: greedy}'
expect 0 "answers averaged" "$dlrun" train "$work/seeds.yaml" "output_dir=$work/uniform" --overwrite
[ -e "$work/uniform/soup.safetensors" ] && fail "--overwrite leaves a soup"

# Again: refused, finished, or with fewer members, whose folders go.
expect 73 "holds a finished run already" "$dlrun" train "$work/seeds.yaml"
expect 0 "this run is finished" "$dlrun" train "$work/seeds.yaml" --resume
expect 78 "repeat" "$dlrun" train "$work/seeds.yaml" --resume repeat.seeds=2
touch "$work/seeds/members/mine.txt"
expect 0 "2 members" "$dlrun" train "$work/seeds.yaml" --overwrite repeat.seeds=2
[ -e "$work/seeds/members/3" ] && fail "a member of the run that was replaced is left"
[ -e "$work/seeds/members/mine.txt" ] || fail "a file of somebody else is gone"

# Killed in the second member and resumed: the same bits as never killed.
long=(trainer.epochs=40 checkpoint.every_n_steps=2 checkpoint.min_seconds=0)
"$dlrun" train "$work/seeds.yaml" "${long[@]}" "output_dir=$work/whole" >/dev/null 2>&1 || fail "training"
"$dlrun" train "$work/seeds.yaml" "${long[@]}" "output_dir=$work/killed" >/dev/null 2>&1 &
for _ in $(seq 400); do
  [ "$(ls "$work/killed/members/2/checkpoints" 2>/dev/null | wc -l)" -ge 2 ] && break
  sleep 0.05
done
kill -9 $!
wait $! 2>/dev/null
[ -e "$work/killed/members/3" ] && echo "the kill came late: member 3 had begun"
expect 0 "answers averaged" "$dlrun" train "$work/killed" --resume
for i in 1 2 3; do
  same_run "$work/whole/members/$i" "$work/killed/members/$i" || fail "member $i differs from one never killed"
done

# Folds: every row is tested once.
expect 78 "repeat.folds: goes through the folds of data.test, which has none" \
  "$dlrun" validate "$work/seeds.yaml" repeat.seeds=1 repeat.folds=test
expect 0 "member 5 of 6: seed 1, fold 1 of 3" "$dlrun" train "$work/seeds.yaml" repeat.seeds=2 repeat.folds=test \
  data.test.split=null data.test.folds=3 "output_dir=$work/folds"
for i in 1 2 3; do "$dlrun" predict "$work/folds/members/$i" --split test --samples 1000 -o "$work/fold$i.csv" 2>/dev/null; done
[ "$(cat "$work"/fold[123].csv | grep -v probab | cut -d, -f1 | sort -u | wc -l)" = 240 ] || fail "the folds do not cover the table"
expect 2 "trained on other rows each" "$dlrun" eval "$work/folds"
expect 2 "trained on other rows each" "$dlrun" export "$work/folds"
# New rows, and test rows that no fold has: each member prepares them its own way, and the whole is the mean.
(head -1 "$work/table.csv"; awk 'NR % 3 == 0' "$work/table.csv") >"$work/new.csv"
expect 0 "written" "$dlrun" predict "$work/folds" "$work/new.csv" -o "$work/all.csv"
for i in 1 2 3 4 5 6; do "$dlrun" predict "$work/folds/members/$i" "$work/new.csv" -o "$work/$i.csv" 2>/dev/null; done
expect_mean probabilities "$work/all.csv" "$work"/[1-6].csv
cat >"$work/numbers.yaml" <<YAML
version: 1
name: numbers
task: regression
output_dir: $work/numbers
data: {type: csv, path: $work/table.csv, target: b, scaling: robust, target_scaling: standard, categories: index, val: {folds: 3}, test: {split: 0.3}}
architecture: {type: mlp, widths: [6]}
optimizer: {type: adam, lr: 0.02}
repeat: {folds: val}
trainer: {epochs: 4, batch_size: 16}
hardware: {threads: 1}
YAML
expect 0 "member 3 of 3: fold 2 of 3" "$dlrun" train "$work/numbers.yaml"
expect 0 "3 members" "$dlrun" eval "$work/numbers"
expect 66 'have no split "val"' "$dlrun" eval "$work/numbers" --split val
expect 0 "written" "$dlrun" predict "$work/numbers" --samples 1000 -o "$work/all.csv"
for i in 1 2 3; do "$dlrun" predict "$work/numbers/members/$i" --samples 1000 -o "$work/$i.csv" 2>/dev/null; done
expect_mean value "$work/all.csv" "$work"/[1-3].csv
mae=$(awk -F, 'NR == 1 { for (c = 1; c <= NF; c++) place[$c] = c; next } { d = $place["value"] - $place["true"]; sum += d < 0 ? -d : d }
  END { printf "%.4f", sum / (NR - 1) }' "$work/all.csv")
"$dlrun" eval "$work/numbers" --json 2>/dev/null | grep -q "\"test/mae\":${mae%?}" || fail "the mean of folds evaluates otherwise than it predicts: $mae"
# Refused before anything is written.
expect 78 "widths" "$dlrun" train "$work/seeds.yaml" 'architecture.widths=[0]' "output_dir=$work/bad"
[ -e "$work/bad" ] && fail "a refused training left a folder"

exit $failed
