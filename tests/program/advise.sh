#!/usr/bin/env bash
# advise: the recipes it writes train, on data of every kind it knows. usage: tests/program/advise.sh DLRUN
set -u
dlrun=$1
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$(dirname "$0")/expect.bash"
fail() { echo "FAILED: $*"; failed=1; }
cd "$here" || exit 1

awk 'BEGIN { srand(3); print "area,town,price"; for (i = 0; i < 120; i++) printf "%.2f,%s,%.2f\n", 30 + 100 * rand(),
  rand() < 0.5 ? "Ulm" : "Bonn", 1000 * rand() }' >"$work/flats, new.csv"
awk 'BEGIN { srand(4); for (t = 0; t < 24; t++) printf "t%d,", t; print "kind"; for (i = 0; i < 90; i++) { p = 6 * rand();
  for (t = 0; t < 24; t++) printf "%.4f,", sin(p + t * (i % 2 ? 0.3 : 0.5)); print i % 2 ? "slow" : "fast" } }' >"$work/waves.csv"
awk 'BEGIN { srand(5); print "review,label"; split("good fine great", g); split("bad poor dull", b); for (i = 0; i < 90; i++) {
  w = i % 2 ? g[1 + int(3 * rand())] : b[1 + int(3 * rand())]; printf "the film number %d was really %s and long,%s\n", i, w, i % 2 ? "pos" : "neg" } }' >"$work/films.csv"

{ printf '@problemName unequal\n@equalLength false\n@classLabel true up down\n@data\n'
  awk 'BEGIN { srand(6); for (i = 0; i < 60; i++) { n = 8 + i % 5; for (c = 0; c < 2; c++) { for (t = 0; t < n; t++)
    printf "%s%.3f", t ? "," : "", (i % 2 ? t : -t) + rand(); printf ":" } print i % 2 ? "up" : "down" } }'; } >"$work/unequal.ts"

trains() {  # trains NAME ADVISE-ARGUMENT...: every recipe of the advice makes two steps and is evaluated
  local name=$1 recipe
  shift
  expect 0 "next:" "$dlrun" advise "$@" --output "$work/$name"
  for recipe in "$work/$name"/*.yaml; do
    expect 0 "next:" "$dlrun" train "$recipe" trainer.epochs=null trainer.max_steps=2 hardware.threads=1 "output_dir=$work/run" --overwrite
    expect 0 "val" "$dlrun" eval "$work/run" --split val
  done
  [ "$(ls "$work/$name" | wc -l)" -ge 2 ] || fail "$name: fewer than two candidates"
}
trains flats "$work/flats, new.csv"
trains waves "$work/waves.csv"
trains films "$work/films.csv"
trains unequal "$work/unequal.ts"
trains clothes recipes/data/fashion_mnist_small

expect 0 "gradient boosting" "$dlrun" advise "$work/flats, new.csv"
expect 0 "guessed: the last column, price, is what to predict" "$dlrun" advise "$work/flats, new.csv"
expect 0 "version: 1" "$dlrun" advise "$work/flats, new.csv" --target town
[ "$("$dlrun" advise "$work/waves.csv" --json | grep -c '"event":"candidate"')" -ge 2 ] || fail "--json"
expect 2 "no column 'cost'" "$dlrun" advise "$work/flats, new.csv" --target cost
expect 66 "no such file" "$dlrun" advise "$work/none.csv"
# A recipe that somebody changed is not written over.
echo "# mine" >>"$(ls "$work"/flats/*mlp.yaml)"
expect 73 "is there already" "$dlrun" advise "$work/flats, new.csv" --output "$work/flats"
exit $failed
