#!/usr/bin/env bash
# What predict takes and gives for each task, and JSON Lines for programs.
# usage: tests/program/predict.sh DLRUN
set -u
dlrun=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$(dirname "$0")/expect.bash"
short=(trainer.max_steps=3 hardware.threads=1)

# Text: prompts and files, characters and bytes.
for i in $(seq 40); do echo "the quick brown fox jumps over the lazy dog $i"; done >"$work/text.txt"
head -c 600 "$work/text.txt" >"$work/long.txt"
printf 'the quick' >"$work/part.txt"
printf 'déjà vu' >"$work/accents.txt"
cat >"$work/gpt.yaml" <<YAML
version: 1
name: gpt
task: language_model
output_dir: $work/gpt
data: {type: text, path: $work/text.txt, context_length: 16, val: {split: 0.2}}
architecture: {type: gpt, layers: 1, heads: 2, width: 8}
optimizer: adamw
trainer: {max_steps: 3, batch_size: 4, epochs: null}
YAML
expect 0 "next:" "$dlrun" train "$work/gpt.yaml" hardware.threads=1
expect 0 "the quick" "$dlrun" predict "$work/gpt" --prompt "the quick" --samples 1 --max-tokens 8
for file in long part; do
  [ "$("$dlrun" predict "$work/gpt" "$work/$file.txt" --samples 1 --max-tokens 30 2>/dev/null | wc -c)" = 31 ] ||
    { echo "FAILED: predict of $file.txt does not give 30 characters"; failed=1; }
done
expect 0 "{\"event\":\"text\",\"version\":1,\"sample\":\"$work/part.txt\",\"text\":" \
  "$dlrun" predict "$work/gpt" "$work/part.txt" --samples 1 --json
expect 65 'prompt: the training text has no "É"' "$dlrun" predict "$work/gpt" --prompt "É"
expect 65 "does not occur in the training text" "$dlrun" predict "$work/gpt" "$work/accents.txt"
expect 2 "two ways" "$dlrun" predict "$work/gpt" "$work/part.txt" --prompt a
expect 0 "next:" "$dlrun" train "$work/gpt.yaml" hardware.threads=1 data.level=byte "output_dir=$work/bytes"
expect 0 "déjà" "$dlrun" predict "$work/bytes" --prompt "déjà" --samples 1 --max-tokens 4
expect 0 "\"text\":" "$dlrun" predict "$work/bytes" "$work/accents.txt" --samples 1 --json

# Pictures for a network that was trained on IDX files.
recipe=recipes/cnn_fashion_mnist_small.yaml
expect 0 "next:" "$dlrun" train "$recipe" "${short[@]}" trainer.limit_val_batches=1 "output_dir=$work/cnn"
expect 0 "the first 10 of 2000 samples of test; --samples N tells more" "$dlrun" predict "$work/cnn"
grey() { base64 -d <<<"$1" >"$2"; }
mkdir "$work/pictures"
grey iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAAAAABXZoBIAAAAFElEQVR42mOIwgMYRiVHJUclYQAAPIcTsLFaaEEAAAAASUVORK5CYII= "$work/pictures/a.png"
grey iVBORw0KGgoAAAANSUhEUgAAAAUAAAAECAAAAABjWKqcAAAADklEQVR42mOIAgEGDBIAVHgHCSMAO7MAAAAASUVORK5CYII= "$work/small.png"
expect 0 "$work/pictures/a.png" "$dlrun" predict "$work/cnn" "$work/pictures/a.png"
expect 0 "$work/pictures/a.png" "$dlrun" predict "$work/cnn" "$work/pictures" recipes/data/fashion_mnist_small/t10k-images-idx3-ubyte.gz
expect 65 "small.png: is 4 x 5 pixels, the model was trained on 28 x 28" "$dlrun" predict "$work/cnn" "$work/small.png"

# Results in a file, in a folder, and as records.
expect 0 "" "$dlrun" predict "$work/cnn" --samples 2 -o "$work/cnn.jsonl"
[ "$(grep -c '^{"event":"prediction","version":1,"sample":' "$work/cnn.jsonl")" = 2 ] || { echo "FAILED: not two records"; failed=1; }
expect 0 "written to $work/new/predictions.jsonl" "$dlrun" predict "$work/cnn" --samples 2 -o "$work/new/"
expect 0 "written to $work/new/predictions.jsonl" "$dlrun" predict "$work/cnn" --samples 3 -o "$work/new"
[ "$(wc -l <"$work/new/predictions.jsonl")" = 3 ] || { echo "FAILED: a folder does not get predictions.jsonl"; failed=1; }

# A table for the programs of tables: ids carried over, answers beside the predictions where the files have them.
{ echo 'name,a,b,kind'; for i in $(seq 60); do echo "\"p, $i\",$i,$((i * 7 % 11)),k$((i % 2))"; done; } >"$work/t.csv"
sed 's/,k[01]$//; 1s/,kind$//' "$work/t.csv" >"$work/unlabelled.csv"
sed '5s/k[01]$/other/' "$work/t.csv" >"$work/other.csv"
cat >"$work/ids.yaml" <<YAML
version: 1
name: ids
task: classification
output_dir: $work/my runs/ids
data: {type: csv, path: $work/t.csv, target: kind, id: [name], val: {split: 0.2}}
architecture: mlp
optimizer: adamw
trainer: {epochs: 1, batch_size: 16}
YAML
expect 0 "  dlrun predict '$work/my runs/ids'" "$dlrun" train "$work/ids.yaml" hardware.threads=1
expect 0 "the files hold the answers: over 60 samples, loss " "$dlrun" predict "$work/my runs/ids" "$work/t.csv" -o "$work/ids.csv"
[ "$(head -1 "$work/ids.csv")" = "sample,name,class,index,probabilities.k0,probabilities.k1,probability,true" ] ||
  { echo "FAILED: the table's names are $(head -1 "$work/ids.csv")"; failed=1; }
[ "$(grep -c '^[^,]*t.csv line [0-9]*,"p, [0-9]*",k[01],[01],' "$work/ids.csv")" = 60 ] || { echo "FAILED: not 60 rows"; failed=1; }
said=$("$dlrun" eval "$work/my runs/ids" data.val.split=null "data.val.path=$work/t.csv" --json 2>/dev/null | grep -o '"val/accuracy":[0-9.]*')
right=$(tail -n +2 "$work/ids.csv" | sed 's/^[^"]*"[^"]*",//' | awk -F, '{n += $1 == $NF} END {printf "%.5f", n / NR}')
[ "$(printf '%.5f' "${said#*:}")" = "$right" ] || { echo "FAILED: eval says $said, the table $right"; failed=1; }
output=$("$dlrun" predict "$work/my runs/ids" "$work/unlabelled.csv" 2>&1)
grep -q "name p, 60  class k[01]" <<<"$output" && ! grep -q answers <<<"$output" || { echo "FAILED: $output"; failed=1; }
expect 0 "line 5 holds no answer the model could give in 'kind'" "$dlrun" predict "$work/my runs/ids" "$work/other.csv"
for input in - /dev/stdin; do
  [ "$("$dlrun" predict "$work/my runs/ids" "$input" <"$work/t.csv" 2>/dev/null | grep -c "^/dev/stdin line\|^- line")" = 60 ] ||
    { echo "FAILED: predict of standard input ($input)"; failed=1; }
done
[ "$(gzip -c "$work/t.csv" | "$dlrun" predict "$work/my runs/ids" - --json 2>/dev/null | grep -c '"event":"prediction"')" = 60 ] ||
  { echo "FAILED: predict of a gzip stream"; failed=1; }
expect 2 "predictions are written as .csv, .tsv, .jsonl or .parquet, not .xlsx" \
  "$dlrun" predict "$work/my runs/ids" "$work/t.csv" -o "$work/p.xlsx"

# Several targets, by name.
{ echo "a,b,sum,difference"; for i in $(seq 60); do echo "$i,$((i * 7 % 11)),$((i + i * 7 % 11)),$((i - i * 7 % 11))"; done; } >"$work/table.csv"
cat >"$work/table.yaml" <<YAML
version: 1
name: table
task: regression
output_dir: $work/table
data: {type: csv, path: $work/table.csv, targets: [sum, difference], val: {rows: [50]}}
architecture: {type: mlp, widths: [4]}
optimizer: adamw
trainer: {max_steps: 3, batch_size: 10}
YAML
expect 0 "next:" "$dlrun" train "$work/table.yaml" hardware.threads=1
"$dlrun" predict "$work/table" --samples 1 2>/dev/null | grep -qE '  difference -?[0-9.]+(e[-+0-9]+)?  sum -?[0-9.]' ||
  { echo "FAILED: targets without names: $("$dlrun" predict "$work/table" --samples 1)"; failed=1; }
expect 0 '"value":{"difference":' "$dlrun" predict "$work/table" --samples 1 --json

# What is no run, and how programs hear of it.
# eval of files says what predict says of the answers in them, and refuses those without.
expect 0 "files" "$dlrun" eval "$work/my runs/ids" "$work/t.csv"
told=$("$dlrun" predict "$work/my runs/ids" "$work/t.csv" 2>&1 >/dev/null | sed -n 's/.*the files hold the answers.*accuracy \([0-9.]*\).*/\1/p')
said=$("$dlrun" eval "$work/my runs/ids" "$work/t.csv" --json 2>/dev/null | grep -o '"files/accuracy":[0-9.]*')
[ -n "$told" ] && [ "$(printf '%.5f' "${said#*:}")" = "$(printf '%.5f' "$told")" ] || { echo "FAILED: eval says $said of a file, predict $told"; failed=1; }
expect 2 "files are evaluated instead of a split" "$dlrun" eval "$work/my runs/ids" "$work/t.csv" --split val
expect 66 "none.csv" "$dlrun" eval "$work/my runs/ids" "$work/none.csv"
expect 65 "without the answers in it nothing can be compared" "$dlrun" eval "$work/my runs/ids" "$work/unlabelled.csv"
expect 2 "is a recipe; give the run folder that it was trained into ($work/table)" "$dlrun" eval "$work/table.yaml"
expect 2 "is a recipe" "$dlrun" predict "$work/table.yaml"
expect 0 "model.safetensors" "$dlrun" export "$work/table"
expect 2 "is a file of weights" "$dlrun" eval "$work/table/export/model.safetensors"
[ "$("$dlrun" eval "$work/nothing" --json 2>/dev/null)" = "{\"event\":\"error\",\"version\":1,\"exit_code\":66,\"message\":\"$work/nothing: no such folder\"}" ] ||
  { echo "FAILED: an error with --json: $("$dlrun" eval "$work/nothing" --json)"; failed=1; }
"$dlrun" train "$work/table.yaml" --overwrite --json hardware.threads=1 >"$work/lines" 2>/dev/null
grep -qv '^{"event":"[a-z_]*","version":1,' "$work/lines" && { echo "FAILED: train --json: $(grep -v '^{"event"' "$work/lines")"; failed=1; }

# Without held-out samples eval says what it looks at.
sed '/^data:/s/, val: {rows: \[50\]}//' "$work/table.yaml" >"$work/all.yaml"
expect 0 "next:" "$dlrun" train "$work/all.yaml" hardware.threads=1 "output_dir=$work/all"
expect 0 "these are the samples the network was trained on" "$dlrun" eval "$work/all"
exit $failed
