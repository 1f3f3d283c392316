# dlrun data check, and the check for overlap before training, as a user meets them.
# usage: tests/program/data_check.sh DLRUN
set -u
dlrun=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache
failed=0

fail() { printf 'FAILED: %s\n' "$*"; failed=1; }
# expect CODE TEXT COMMAND...: exit code and a text somewhere in the output.
expect() {
  local code=$1 text=$2 output status
  shift 2
  output=$("$@" 2>&1 </dev/null)
  status=$?
  [ "$status" = "$code" ] && grep -qF -- "$text" <<<"$output" ||
    fail "$*: exit code $status, expected $code; looked for \"$text\" in:"$'\n'"$output"
}

# A table whose last ten rows are the test split; two of them are training rows, one under another label.
{
  echo "a,b,y"
  for i in $(seq 1 60); do echo "$((i * 37 % 61)).5,$((i * 11 % 61)).25,$((i * 11 % 61 % 2))"; done
} > "$work/table.csv"
sed -i -e '55s/.*/'"$(sed -n 5p "$work/table.csv")"'/' -e '56s/.*/'"$(sed -n 6p "$work/table.csv" | sed 's/0$/x/; s/1$/0/; s/x$/1/')"'/' "$work/table.csv"
cat > "$work/recipe.yaml" <<YAML
version: 1
name: table
task: classification
output_dir: $work/run
data:
  type: csv
  path: $work/table.csv
  target: y
  test: {rows: [50]}
architecture: {type: mlp, widths: [4]}
optimizer: sgd
trainer: {max_steps: 4, batch_size: 8}
checkpoint: {monitor: train/loss}
YAML
recipe=$work/recipe.yaml
message="recipe.yaml:6:3: data: 2 of 10 test samples are also in train, 1 of them under another label ($work/table.csv line 55 = $work/table.csv line 5, $work/table.csv line 56 = $work/table.csv line 6)"

# Training and validate refuse, with the place, the rows and what to do.
expect 65 "$message" "$dlrun" train "$recipe"
expect 65 "data_check: {allow: [exact_overlap]}" "$dlrun" train "$recipe" --dry-run
expect 65 "$message" "$dlrun" validate "$recipe"
[ -z "$(ls "$work/run/checkpoints" 2>/dev/null)" ] || fail "a refused training wrote checkpoints"
# The second refusal is read from the cache, word for word.
sleep 3.1
expect 65 "$message" "$dlrun" validate "$recipe"
[ "$(ls "$work/cache/dlrun/overlap" | wc -l)" = 1 ] || fail "the answer is not kept"
expect 65 "$message" "$dlrun" validate "$recipe"
# What is in the cache is what is believed, and only for this file.
sed -i 's/"count":2/"count":7/' "$work"/cache/dlrun/overlap/*.json
expect 65 "data: 7 of 10" "$dlrun" validate "$recipe"
touch "$work/table.csv"
expect 65 "$message" "$dlrun" validate "$recipe"
# An unwritable cache changes nothing.
expect 65 "$message" env XDG_CACHE_HOME=/proc/none "$dlrun" validate "$recipe"

# The report.
expect 65 "error   exact_overlap" "$dlrun" data check "$recipe"
grep -q '"finding": "exact_overlap"' "$work/run-data_check/report.json" || fail "no finding in report.json"
grep -q 'table.csv line 55' "$work/run-data_check/report.html" || fail "no example in report.html"
grep -qE 'src="http|href="http|<script' "$work/run-data_check/report.html" && fail "the page needs more than itself"
expect 0 "(allowed by data_check.allow)" "$dlrun" data check "$recipe" "data_check.allow=[exact_overlap]" --output "$work/report"
[ -s "$work/report/report.html" ] || fail "--output is not heeded"
"$dlrun" data check "$recipe" --json >"$work/lines" 2>/dev/null
grep -qv '^{"event":' "$work/lines" && fail "--json does not write JSON Lines"
grep -q '"event":"data_check","version":1,"errors":1' "$work/lines" || fail "no sum at the end of --json"
expect 2 "check" "$dlrun" data chekc "$recipe"
expect 66 "nowhere" "$dlrun" data check "$work/nowhere.yaml"
expect 73 "" "$dlrun" data check "$recipe" --output "$work/table.csv/report"
expect 78 "$recipe:14:28: data_check.group_column: $work/table.csv has no column 'z'" bash -c \
  "echo 'data_check: {group_column: z}' >> $recipe; $dlrun data check $recipe; code=\$?; sed -i '\$d' $recipe; exit \$code"
expect 78 "data_check.allow" "$dlrun" train "$recipe" "data_check.allow=[overlap]"
expect 78 "group in parentheses" "$dlrun" train "$recipe" "data_check.group_pattern=abc"

# What is allowed by name trains, and a resumed run may allow it later.
expect 0 "all 4 steps done" "$dlrun" train "$recipe" "data_check.allow=[exact_overlap]"
expect 65 "$message" "$dlrun" train "$recipe" --resume trainer.max_steps=6
expect 0 "all 6 steps done" "$dlrun" train "$recipe" --resume trainer.max_steps=6 "data_check.allow=[exact_overlap]"

# A run goes on with the data it was started with.
sed -i -e '55d;56d' "$work/table.csv"
expect 65 "recipe.yaml:6:3: data: the test split is not what this run was started with" \
  "$dlrun" train "$recipe" --resume trainer.max_steps=8 "data_check.allow=[exact_overlap]"
expect 0 "all 8 steps done" "$dlrun" train "$recipe" --resume trainer.max_steps=8 "data_check.allow=[exact_overlap, changed_data]"
sed -i '7s/.*/1,2,0/' "$work/table.csv"
expect 65 "the train split is not what" "$dlrun" train "$recipe" --resume trainer.max_steps=9 "data_check.allow=[exact_overlap]"

# The recipes that come with dlrun and their data.
expect 0 "0 errors" "$dlrun" data check recipes/cnn_fashion_mnist_small.yaml --output "$work/small"
grep -q 'data:image/png;base64,iVBOR' "$work/small/report.html" || fail "no pictures in the report of pictures"
expect 0 "0 errors" "$dlrun" data check recipes/mlp_hdf5.yaml --output "$work/hdf5"
exit $failed
