#!/usr/bin/env bash
# From a clean clone to a trained, evaluated and exported network: sets up, builds, then runs the verbs one after another.
# A second run finds everything in place and only trains again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

recipe=recipes/cnn_fashion_mnist_small.yaml
run=runs/quickstart

step() { printf '\n%s\n%s\n' "== $1" "   $2" >&2; }
dlrun() {
  printf '   $ build/dlrun %s\n' "$*" >&2
  build/dlrun "$@" </dev/null
}

step "1/6 Set up" "Debian packages, and libtorch in .deps/; minutes the first time, nothing afterwards."
scripts/setup.sh
step "2/6 Build" "build/dlrun; minutes the first time, seconds afterwards."
scripts/build.sh release dlrun

step "3/6 Train" "A convolutional network on 10 classes of clothing, real pictures; the recipe is $recipe."
# A run that was interrupted goes on where it stopped; a finished one is kept as quickstart-1, -2, ...
arguments=("$recipe" "output_dir=$run")
if [ -e "$run" ]; then
  number=1
  while [ -e "$run-$number" ]; do number=$((number + 1)); done
  mv "$run" "$run-$number"
  echo "   The run from last time is now $run-$number." >&2
fi
dlrun train "${arguments[@]}"

step "4/6 Evaluate" "Its best checkpoint on the test split."
dlrun eval "$run"
step "5/6 Predict" "A few pictures it has never seen."
dlrun predict "$run"
step "6/6 Export" "Weights other programs load."
dlrun export "$run"

cat <<TEXT

All of it lies in $run:
$(cd "$run" && find . -maxdepth 2 -not -name '.*' | sort | sed 's,^\./,   ,')

What to try next:
   build/dlrun train $recipe optimizer.lr=0.01     change any value from the command line
   build/dlrun list                                                          everything a recipe can name
   build/dlrun describe cnn                                                  one of them, with its parameters
   cp $recipe my.yaml                              a recipe of your own; then: build/dlrun validate my.yaml
   scripts/test.sh                                                           build and run all tests
TEXT
