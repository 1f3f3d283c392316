#!/usr/bin/env bash
# output_dir with ${n}: every run a folder of its own, also of two that begin at once; one for all ranks of a run; sweep,
# submit, data check, and what must name a folder. usage: tests/program/numbered_runs.sh DLRUN
set -u
dlrun=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$(dirname "$0")/expect.bash"
source "$(dirname "$0")/table.bash"
fail() { echo "FAILED: $*"; failed=1; }
cd "$work" || exit 1
export OMP_NUM_THREADS=1

write_table table.csv
cat >r.yaml <<'YAML'
version: 1
name: r
task: classification
output_dir: runs/${name}-${n}
data: {type: csv, path: table.csv, target: y, val: {split: 0.2}}
architecture: {type: mlp, widths: [4]}
optimizer: {type: sgd, lr: 0.01}
trainer: {max_steps: 3, batch_size: 32}
logging: {report: false}
YAML

# One after the other, then two at once.
expect 0 "runs/r-1" "$dlrun" train r.yaml
expect 0 "runs/r-2" "$dlrun" train r.yaml
"$dlrun" train r.yaml >at_once_a 2>&1 & a=$!
"$dlrun" train r.yaml >at_once_b 2>&1 & b=$!
wait $a || fail "the first of two: $(cat at_once_a)"
wait $b || fail "the second of two: $(cat at_once_b)"
for n in 1 2 3 4; do
  [ -f runs/r-$n/result.json ] || fail "runs/r-$n holds no run"
  grep -qx "output_dir: runs/r-$n" runs/r-$n/recipe.yaml || fail "runs/r-$n: its recipe names $(grep output_dir runs/r-$n/recipe.yaml)"
done
[ "$(ls runs)" = "$(printf 'r-%s\n' 1 2 3 4)" ] || fail "there are $(ls runs)"

# The highest counts, whatever lies lower; a training that never begins leaves no number behind.
rm -r runs/r-2
expect 78 "optimizer.lr" "$dlrun" train r.yaml optimizer.lr=-1
expect 66 "no.csv" "$dlrun" train r.yaml data.path=no.csv
expect 0 "not written: --dry-run" "$dlrun" train r.yaml --dry-run
[ "$(ls runs | tail -1)" = r-4 ] || fail "a run that did not begin left $(ls runs | tail -1)"

# Which run is gone on with, a person says.
expect 2 "name the folder. For the last one: dlrun train runs/r-4 --resume" "$dlrun" train r.yaml --resume
expect 2 "new number for each run: name the folder" "$dlrun" train r.yaml --overwrite
expect 0 "this run is finished" "$dlrun" train runs/r-4 --resume
expect 78 "write it once" "$dlrun" validate r.yaml 'output_dir=${n}/${n}'
expect 0 'output_dir: "runs/r-${n}"' "$dlrun" config r.yaml

expect 0 "runs/r-5/x" "$dlrun" train r.yaml 'output_dir=runs/${name}-${n}/x'
[ -f runs/r-5/x/result.json ] || fail "no run in runs/r-5/x"

# Members share one, and so do ranks.
expect 0 "member 2 of 2" "$dlrun" train r.yaml 'repeat={seeds: 2}' 'output_dir=members/${n}'
[ "$(ls members members/1/members)" = "$(printf 'members:\n1\n\nmembers/1/members:\n1\n2')" ] || fail "members lie in $(ls -R members)"
reason=$("$dlrun" train r.yaml hardware.devices=2 'output_dir=ranks of/${n}' 2>&1) || {
  grep -q "hardware.devices: must be 1 here" <<<"$reason" && echo "not tested: ranks ($reason)" || fail "two ranks: $reason"
}
if [ -d "ranks of" ]; then
  [ "$(ls "ranks of")" = 1 ] && [ -f "ranks of/1/result.json" ] || fail "two ranks made $(ls "ranks of")"
  port=$((20000 + RANDOM % 10000))
  for rank in 0 1; do
    RANK=$rank LOCAL_RANK=$rank WORLD_SIZE=2 LOCAL_WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=$port \
      "$dlrun" train r.yaml 'output_dir=ranks of/${n}' >rank-$rank 2>&1 &
  done
  wait
  [ "$(ls "ranks of" | tr '\n' ' ')" = "1 2 " ] && [ -f "ranks of/2/result.json" ] || fail "two launched ranks made $(ls "ranks of"): $(cat rank-0 rank-1)"
fi

# A sweep has a number too; its trials have those of the sweep.
expect 0 "best: trial" "$dlrun" sweep r.yaml optimizer.lr=0.01,0.02 checkpoint.monitor=val/loss
[ -f runs/r-1-sweep/trials/0002/result.json ] || fail "the sweep is not in runs/r-1-sweep: $(ls runs)"
expect 2 "For the last one: dlrun sweep runs/r-1-sweep --resume" "$dlrun" sweep r.yaml optimizer.lr=0.01,0.02 --resume
expect 0 "best: trial" "$dlrun" sweep runs/r-1-sweep --resume
expect 2 "is varied" "$dlrun" sweep r.yaml
[ ! -e runs/r-2-sweep ] || fail "a sweep that did not begin left its folder"

# A job is given its number when it is submitted, so that it goes on in the same folder.
expect 0 "output_dir=runs/r-6 --resume" "$dlrun" submit r.yaml --slurm time=10 --print
[ ! -e runs/r-6 ] || fail "--print made a folder"
mkdir bin
printf '#!/bin/bash\ncat >"%s/job"\n' "$work" >bin/sbatch
chmod +x bin/sbatch
PATH=$work/bin:$PATH expect 0 "" "$dlrun" submit r.yaml --slurm time=10
grep -q -- "output_dir=runs/r-6 --resume" job || fail "the job is: $(cat job)"
[ -d runs/r-6 ] || fail "the number of the job is not kept"
printf '#!/bin/bash\nexit 1\n' >bin/sbatch
PATH=$work/bin:$PATH expect 2 "sbatch did not take the job" "$dlrun" submit r.yaml --slurm time=10
[ ! -e runs/r-7 ] || fail "a job that was not taken keeps its number"
expect 0 "runs/r-6" "$dlrun" train r.yaml output_dir=runs/r-6 --resume

# A report about the data.
"$dlrun" data check r.yaml >/dev/null 2>&1
[ -f runs/r-1-data_check/report.html ] || fail "no report in runs/r-1-data_check: $(ls runs)"

exit $failed
