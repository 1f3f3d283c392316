#!/usr/bin/env bash
# sweep: what it tries and chooses, several trials at once, trials that fail, early ends, kills and --resume.
# usage: tests/program/sweep.sh DLRUN
set -u
dlrun=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$(dirname "$0")/expect.bash"
fail() { echo "FAILED: $*"; failed=1; }
# column NAME FILE: a column of a CSV whose cells hold no commas.
column() { awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next } { print $at }' "$2"; }

awk 'BEGIN { srand(3); print "a,b,kind"; for (i = 0; i < 300; i++) { a = rand(); b = rand();
  printf "%.4f,%.4f,%s\n", a, b, (a + b + 0.4 * rand() > 1.2) ? "over" : "under" } }' >"$work/table.csv"
cat >"$work/r.yaml" <<YAML
version: 1
name: r
task: classification
output_dir: $work/r
data: {type: csv, path: $work/table.csv, target: kind, val: {split: 0.2}, test: {split: 0.2}}
architecture: {type: mlp, widths: [6]}
optimizer: {type: adam, lr: 0.02}
trainer: {epochs: 4, batch_size: 32}
checkpoint: {monitor: val/loss}
hardware: {threads: 1}
logging: {every_n_steps: 100}
YAML

# A grid, two trials at once: every combination, the best by the validation, at most two at a time.
expect 0 "best: trial" "$dlrun" sweep "$work/r.yaml" optimizer.lr=1e-4,0.05 'architecture.widths=[4],[4,4]' --jobs 2
grid=$work/r-sweep
[ "$(column optimizer.lr "$grid/sweep.csv" | sort | tr '\n' ' ')" = "0.05 0.05 1e-4 1e-4 " ] || fail "the grid has other rates"
[ "$(column state "$grid/sweep.csv" | sort -u)" = finished ] || fail "a trial of the grid is not finished"
for trial in 1 2 3 4; do
  # The number is the best of the validations that the trial itself recorded, and nothing of its test.
  recorded=$(grep '"event":"validation"' "$grid/trials/000$trial/metrics.jsonl" | grep -o '"val/loss":[0-9.e-]*' | cut -d: -f2 | sort -g | head -1)
  told=$(column val/loss "$grid/sweep.csv" | sed -n "${trial}p")
  [ "$recorded" = "$told" ] || fail "trial $trial: val/loss is $recorded in its metrics, and $told in sweep.csv"
done
best=$(grep -o '"best": [0-9]*' "$grid/sweep.json" | cut -d' ' -f2)
[ "$(column val/loss "$grid/sweep.csv" | sort -g | head -1)" = "$(column val/loss "$grid/sweep.csv" | sed -n "${best}p")" ] ||
  fail "the best trial has not the lowest val/loss"
grep -rq 'test/' "$grid/sweep.json" "$grid/sweep.csv" && fail "the sweep holds numbers of the test split"
expect 73 "holds a sweep already" "$dlrun" sweep "$work/r.yaml" optimizer.lr=1e-4,0.05
expect 78 "this is not the sweep in" "$dlrun" sweep "$work/r.yaml" optimizer.lr=1e-4,0.07 --resume
expect 0 "best: trial $best" "$dlrun" sweep "$grid" --resume

# The same from the recipe alone; the command line counts more than its block, and a training does not look at it.
{
  cat "$work/r.yaml"
  printf 'sweep:\n  vary:\n    - optimizer.lr=1e-4,0.05\n    - architecture.widths=[4],[4,4]\n  jobs: 2\n'
} >"$work/block.yaml"
expect 0 "sweep: 4 trials, grid, 2 at once" "$dlrun" sweep "$work/block.yaml" --output "$work/block"
cmp <(cut -d, -f1-4,6- "$grid/sweep.csv") <(cut -d, -f1-4,6- "$work/block/sweep.csv") || fail "the block's sweep is another one"
grep -q '^sweep: *$' "$work/block/sweep.yaml" "$work/block/trials/0001/recipe.yaml" && fail "a trial holds the block"
expect 0 "best: trial" "$dlrun" sweep "$work/block" --resume
expect 0 "best: trial" "$dlrun" sweep "$work/block.yaml" --output "$work/block" --resume
expect 0 "the command line stands for optimizer.lr=1e-4,0.05" "$dlrun" sweep "$work/block.yaml" optimizer.lr=0.05 --output "$work/less" trainer.epochs=1
[ "$(column trial "$work/less/sweep.csv" | wc -l)" = 2 ] || fail "the command line does not take a key out of the block"
expect 0 "sweep: 1 trials, random, 1 at once" "$dlrun" sweep "$work/block.yaml" sweep.trials=1 sweep.jobs=1 --strategy random --output "$work/over" trainer.epochs=1
expect 0 "sweep: train does not look at it" "$dlrun" train "$work/block.yaml" "output_dir=$work/plain" trainer.epochs=1
sed 's/optimizer.lr=1e-4,0.05/optimizer.l=1,2/' "$work/block.yaml" >"$work/bad.yaml"
expect 78 "sweep.vary.0: no such key; did you mean optimizer.lr?" "$dlrun" sweep "$work/bad.yaml"
expect 78 "sweep.vary.0: no such key; did you mean optimizer.lr?" "$dlrun" validate "$work/bad.yaml"
sed 's/optimizer.lr=1e-4,0.05/optimizer.lr=0.05/' "$work/block.yaml" >"$work/bad.yaml"
expect 78 "sweep.vary.0: must give a key several values" "$dlrun" sweep "$work/bad.yaml"
sed 's/  jobs: 2/  job: 2/' "$work/block.yaml" >"$work/bad.yaml"
expect 78 "sweep.job: unknown key of sweep; did you mean 'jobs'?" "$dlrun" sweep "$work/bad.yaml"

# Its page, written at the end and by report.
page=$grid/report.html
[ -s "$page" ] || fail "a sweep leaves no page"
grep -qF "<h2>Best: trial $best, val/loss " "$page" || fail "the page has another best trial"
[ "$(grep -o '<path d=' "$page" | wc -l)" = 4 ] || fail "the page has not a line for each trial"
[ "$(grep -o '<circle ' "$page" | wc -l)" = 8 ] || fail "the page has not a point for each trial and key"
[ "$(grep -o 'href="trials/000[1-4]/report.html"' "$page" | sort -u | wc -l)" = 4 ] || fail "the page does not lead to its trials"
rm "$page"
expect 0 "report: $page" "$dlrun" report "$grid"
[ -s "$page" ] || fail "report wrote no page of a sweep"
expect 2 "a sweep has a page of its own" "$dlrun" report "$grid" "$grid/trials/0001"
expect 2 "--evaluate: is for one run" "$dlrun" report "$grid" --evaluate
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || echo "not looked at: no browser (chromium)"
for width in 400 1600; do
  [ -n "$browser" ] || break
  "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$work/browser" --window-size=$width,1200 --enable-logging=stderr --v=0 \
    --virtual-time-budget=2000 --dump-dom "$page" >"$work/dom.html" 2>"$work/browser.log"
  grep -E "CONSOLE.*(Error|error)" "$work/browser.log" && fail "the page at $width: the browser has errors"
  grep -q "<svg" "$work/dom.html" || fail "the page at $width: the browser shows no drawing"
done

# The first trial is the recipe as it is; the same seed draws the same, whatever ran before.
expect 0 "sweep: 3 trials, random" "$dlrun" sweep "$work/r.yaml" optimizer.lr=1e-4..0.1:log --strategy random --trials 3 --output "$work/one" trainer.epochs=1
expect 0 "sweep: 3 trials, random" "$dlrun" sweep "$work/r.yaml" optimizer.lr=1e-4..0.1:log --strategy random --trials 3 --output "$work/two" trainer.epochs=1 --jobs 3
[ "$(column optimizer.lr "$work/one/sweep.csv" | head -1)" = 0.02 ] || fail "the first trial is not the recipe"
cmp <(column optimizer.lr "$work/one/sweep.csv") <(column optimizer.lr "$work/two/sweep.csv") || fail "the seed does not decide the draws"
cmp <(column val/loss "$work/one/sweep.csv") <(column val/loss "$work/two/sweep.csv") || fail "trials at once have other results"

# A trial that fails is a row, and the sweep goes on; all of them failing is the sweep's failure.
expect 0 "trial 2 of 3 failed (78)" "$dlrun" sweep "$work/r.yaml" trainer.batch_size=32,-1,64 --output "$work/some" trainer.epochs=1
[ "$(column state "$work/some/sweep.csv" | tr '\n' ' ')" = "finished failed finished " ] || fail "states of a sweep with a mistake"
expect 78 "no trial has a result" "$dlrun" sweep "$work/r.yaml" trainer.batch_size=-2,-1 --output "$work/none"

# Killed: what is done stays, what ran goes on, the rest is as if nothing had happened.
"$dlrun" sweep "$work/r.yaml" optimizer.lr=1e-4..0.1:log --strategy random --trials 3 --output "$work/killed" trainer.epochs=1 >/dev/null 2>&1 &
sweep=$!
for _ in $(seq 600); do grep -q '"finished"' "$work/killed/sweep.json" 2>/dev/null && break; sleep 0.1; done
kill -9 $sweep
wait $sweep 2>/dev/null
expect 0 "best: trial" "$dlrun" sweep "$work/killed" --resume
cmp <(cut -d, -f1-4,6- "$work/one/sweep.csv") <(cut -d, -f1-4,6- "$work/killed/sweep.csv") || fail "a sweep that was killed ends otherwise"
expect 0 "sweep: 4 trials" "$dlrun" sweep "$work/killed" --resume --trials 4

# Asked to end: 75, and the trial that ran keeps its checkpoint.
"$dlrun" sweep "$work/r.yaml" optimizer.lr=1e-3,1e-2 trainer.epochs=100000 --output "$work/asked" >/dev/null 2>&1 &
sweep=$!
for _ in $(seq 600); do grep -q validation "$work/asked/trials/0001/metrics.jsonl" 2>/dev/null && break; sleep 0.1; done
kill -TERM $sweep
wait $sweep
[ $? = 75 ] || fail "a sweep that is asked to end does not end with 75"
[ -n "$(ls "$work/asked/trials/0001/checkpoints")" ] || fail "the trial kept no checkpoint"

# Halving: trials that are behind are stopped, and the record says after how many validations.
expect 0 "stopped after 1 validations" "$dlrun" sweep "$work/r.yaml" optimizer.lr=0.05,1e-5,1e-6,1e-7 --halving 2 --output "$work/halving" trainer.epochs=30
[ "$(column state "$work/halving/sweep.csv" | tr '\n' ' ')" = "finished stopped stopped stopped " ] || fail "halving stopped other trials"
[ "$(column validations "$work/halving/sweep.csv" | tr '\n' ' ')" = "30 1 1 1 " ] || fail "halving stopped trials at other places"

expect 2 "nothing is varied" "$dlrun" sweep "$work/r.yaml" optimizer.lr=0.1
expect 2 "an interval has no end" "$dlrun" sweep "$work/r.yaml" optimizer.lr=0.1..0.2 --strategy grid
expect 78 "did you mean optimizer.lr?" "$dlrun" sweep "$work/r.yaml" optimizer.rl=0.1,0.2
expect 2 "is given twice" "$dlrun" sweep "$work/r.yaml" optimizer.lr=0.1,0.2 optimizer.lr=0.3,0.4
mkdir "$work/mine" && touch "$work/mine/letter.txt"
expect 73 "holds no sweep" "$dlrun" sweep "$work/r.yaml" optimizer.lr=0.1,0.2 --output "$work/mine" --overwrite
[ -e "$work/mine/letter.txt" ] || fail "a file of somebody else is gone"
exit $failed
